//! Right on every odd zone, and never fooled: the whole engine over mini-Internets in memory, under paused time.

#[path = "verdicts/asking.rs"]
mod asking;
#[path = "verdicts/ed25519.rs"]
mod ed25519;
#[path = "verdicts/forging.rs"]
mod forging;
#[path = "verdicts/reasons.rs"]
mod reasons;
#[path = "verdicts/world.rs"]
mod world;

#[path = "verdicts/rules.rs"]
mod rules;

#[path = "verdicts/odd/mod.rs"]
mod odd;

#[path = "verdicts/fooling/mod.rs"]
mod fooling;

#[path = "verdicts/bounds/mod.rs"]
mod bounds;

#[path = "verdicts/policy/mod.rs"]
mod policy;

#[path = "verdicts/aggressive/mod.rs"]
mod aggressive;
