//! The configuration file: YAML as written to a checked [`Config`].
mod anchors;
mod bind_keys;
mod dates;
mod error;
mod file;
mod hints;
mod marks;
mod reading;
mod section;
mod suggest;
mod tree;
mod units;
mod value;
