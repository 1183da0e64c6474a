//! The whole engine over networks in memory, under a clock that the test moves: no sockets, no waiting.

#[path = "simulated/cases.rs"]
mod cases;
#[path = "recorded/gz.rs"]
mod gz;
#[path = "simulated/iteration.rs"]
mod iteration;
#[path = "simulated/network.rs"]
mod network;
#[path = "simulated/root_zone.rs"]
mod root_zone;
#[path = "simulated/world.rs"]
mod world;
