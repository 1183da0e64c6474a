//! What RFCs demand of a validator, rule by rule: `tests/musts.tsv` has the list.

mod anchors;
mod appendix_b;
mod budget;
mod delegations;
mod kept;
mod keys;
mod nsec;
mod nsec3;
mod oracle;
mod printed;
mod recall;
mod refusals;
mod signatures;
mod words;

/// Does a value have the shape?
macro_rules! assert_shape {
    ($value:expr, $shape:pat $(if $guard:expr)?) => {{
        let value = $value;
        assert!(matches!(&value, $shape $(if $guard)?), "{value:?}");
    }};
}
use assert_shape;
