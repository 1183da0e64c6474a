//! Genuine DNS data, recorded from the Internet between 2013 and 2020, judged by the whole engine over an in-memory
//! network. `tests/data/README.md` says where each piece comes from.

#[path = "recorded/gz.rs"]
mod gz;
#[path = "recorded/pcaps.rs"]
mod pcaps;
#[path = "recorded/recordings.rs"]
mod recordings;
