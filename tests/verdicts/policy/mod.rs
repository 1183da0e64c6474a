//! What an operator decides: algorithms, digests, anchors of both kinds, clocks, and whether failures count.

mod anchors;
mod forwarding;
mod lenient;
mod switched_off;
