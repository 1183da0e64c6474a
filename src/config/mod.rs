//! The configuration file: YAML as written to a checked [`Config`].
mod dates;
mod error;
mod file;
mod marks;
mod reading;
mod section;
mod suggest;
mod tree;
mod units;
mod value;
