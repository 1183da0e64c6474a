//! The built-in mini-Internet: hosts, zones and cases.
//!
//! ```text
//! .                 ECDSA P-256, key and zone signing key, NSEC
//!   test.           ECDSA P-256, NSEC: most zones are here
//!   nsec3-test.     Ed25519, NSEC3
//!   optout-test.    ECDSA P-256, NSEC3 with Opt-Out
//!   rsa-test.       RSA/SHA-256, NSEC
//! ```

mod broken;
mod good;
mod insecure;
mod top;

use std::sync::Arc;

use super::site::parse_name;
use super::{Case, Expectation, Host, Key, Keyring, LabError, Outcome, Role, Site};
use crate::dnssec::SigningKey;
use crate::wire::{EdeCode, RrType};

/// All that the built-in Internet is made from.
pub(super) struct Catalogue {
    pub hosts: Vec<Host>,
    pub sites: Vec<Site>,
    pub cases: Vec<Case>,
}

/// A case as the tables have it.
type Row = (&'static str, RrType, Expectation, &'static str);

const SECURE: Expectation = Expectation::Secure(Outcome::Answer);
const SECURE_NO_DATA: Expectation = Expectation::Secure(Outcome::NoData);
const SECURE_NO_NAME: Expectation = Expectation::Secure(Outcome::NameError);
const INSECURE: Expectation = Expectation::Insecure(Outcome::Answer, None);
const INSECURE_NO_NAME: Expectation = Expectation::Insecure(Outcome::NameError, None);

const fn bogus(code: EdeCode) -> Expectation {
    Expectation::Bogus(code)
}

/// What most zones hold.
const WWW: &str = "www A 198.51.100.80\nwww AAAA 2001:db8:80::80\n";

/// The one key of a zone that signs everything.
fn csk(pair: &Arc<SigningKey>) -> Vec<Key> {
    vec![Key::new(Arc::clone(pair), Role::Combined)]
}

/// The built-in hosts, zones and cases.
pub(super) fn built_in() -> Result<Catalogue, LabError> {
    let keyring = Keyring::built_in()?;
    let mut sites = top::sites(&keyring);
    sites.extend(good::sites(&keyring));
    sites.extend(insecure::sites(&keyring));
    sites.extend(broken::sites(&keyring)?);
    let rows = good::CASES.iter().chain(insecure::CASES).chain(broken::CASES);
    let case = |(name, rtype, expect, why): &Row| {
        Ok(Case { name: parse_name(name)?, rtype: *rtype, expect: *expect, why })
    };
    let cases = rows.map(case).collect::<Result<_, LabError>>()?;
    Ok(Catalogue { hosts: top::hosts(), sites, cases })
}
