//! Pure functions over RRsets, keys, a [`Moment`](crate::clock::Moment) and a budget: signatures, DS, trust anchors,
//! denial of existence, and the reasons why any of them fails.
//!
//! No cache, no network, no async.
