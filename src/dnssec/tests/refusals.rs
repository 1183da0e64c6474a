//! How a denial fails: what the tests of NSEC and of NSEC3 expect alike.

use std::fmt::Debug;

use super::assert_shape;
use crate::dnssec::testing::name;
use crate::dnssec::{ProofError, Reason};
use crate::wire::RrType;

/// No record is about the name.
pub(super) fn says_nothing(denial: Result<impl Debug, ProofError>) {
    assert_shape!(denial, Err(ProofError::Bogus(Reason::DenialMissing { .. })));
}

/// The record is missing that denies, or matches, `missing_name`.
pub(super) fn lacks(denial: Result<impl Debug, ProofError>, missing_name: &str) {
    let missing_name = name(missing_name);
    assert_shape!(
        denial,
        Err(ProofError::Bogus(Reason::DenialIncomplete { missing, .. })) if *missing == missing_name
    );
}

/// The type is there.
pub(super) fn has(denial: Result<impl Debug, ProofError>, wanted: RrType) {
    assert_shape!(
        denial,
        Err(ProofError::Bogus(Reason::TypeExists { rtype, .. })) if *rtype == wanted
    );
}

/// The name is there.
pub(super) fn is_there(denial: Result<impl Debug, ProofError>, wanted: &str) {
    let wanted = name(wanted);
    assert_shape!(
        denial,
        Err(ProofError::Bogus(Reason::NameExists { name })) if *name == wanted
    );
}

/// The records are forged.
pub(super) fn is_forged(denial: Result<impl Debug, ProofError>) {
    assert_shape!(denial, Err(ProofError::Bogus(Reason::SignatureMismatch { .. })));
}
