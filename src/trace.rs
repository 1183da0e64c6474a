//! The steps of one resolution as data.
