//! The whole engine over networks in memory, under a clock that the test moves: no sockets, no waiting.

#[path = "simulated/ageing.rs"]
mod ageing;
#[path = "simulated/answers.rs"]
mod answers;
#[path = "simulated/boundaries.rs"]
mod boundaries;
#[path = "simulated/cases.rs"]
mod cases;
#[path = "simulated/choice.rs"]
mod choice;
#[path = "simulated/delegations.rs"]
mod delegations;
#[path = "simulated/economy.rs"]
mod economy;
#[path = "simulated/edns.rs"]
mod edns;
#[path = "simulated/floods.rs"]
mod floods;
#[path = "simulated/forgers.rs"]
mod forgers;
#[path = "simulated/forwarding.rs"]
mod forwarding;
#[path = "recorded/gz.rs"]
mod gz;
#[path = "simulated/hostile/mod.rs"]
mod hostile;
#[path = "simulated/letters.rs"]
mod letters;
#[path = "simulated/loss.rs"]
mod loss;
#[path = "simulated/network.rs"]
mod network;
#[path = "simulated/persist.rs"]
mod persist;
#[path = "simulated/places.rs"]
mod places;
#[path = "simulated/prefetch.rs"]
mod prefetch;
#[path = "simulated/ready.rs"]
mod ready;
#[path = "verdicts/reasons.rs"]
mod reasons;
#[path = "simulated/recovery.rs"]
mod recovery;
#[path = "simulated/root_zone.rs"]
mod root_zone;
#[path = "simulated/servers.rs"]
mod servers;
#[path = "simulated/service.rs"]
mod service;
#[path = "simulated/stale.rs"]
mod stale;
#[path = "simulated/udp_blocked.rs"]
mod udp_blocked;
#[path = "simulated/wall.rs"]
mod wall;
#[path = "simulated/world.rs"]
mod world;
