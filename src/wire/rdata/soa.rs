//! SOA (RFC 1035 section 3.3.13).

use crate::wire::name::wire_length;
use crate::wire::{Name, RrSet};

/// A zone's start of authority.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Soa {
    /// The primary server.
    pub mname: Name,
    /// The mailbox of whoever is responsible.
    pub rname: Name,
    /// Version of the zone.
    pub serial: u32,
    /// Seconds.
    pub refresh: u32,
    /// Seconds.
    pub retry: u32,
    /// Seconds.
    pub expire: u32,
    /// The TTL of negative answers, in seconds (RFC 2308 section 4).
    pub minimum: u32,
}

impl Soa {
    /// How long denials may live by the SOA RRset `set`, in seconds: the lesser of its own TTL and its MINIMUM field (RFC 2308
    /// section 5). `None` for what is no SOA.
    #[must_use]
    pub fn negative_ttl(set: &RrSet) -> Option<u32> {
        let (_, _, numbers) = divide(set.rdatas.first()?)?;
        Some(number(numbers, MINIMUM).min(set.ttl))
    }

    /// The view of `rdata`.
    #[must_use]
    pub fn parse(rdata: &[u8]) -> Option<Self> {
        let (mname, rname, numbers) = divide(rdata)?;
        Some(Self {
            mname: Name::from_wire(mname).ok()?,
            rname: Name::from_wire(rname).ok()?,
            serial: number(numbers, 0),
            refresh: number(numbers, 1),
            retry: number(numbers, 2),
            expire: number(numbers, 3),
            minimum: number(numbers, MINIMUM),
        })
    }
}

/// Which of the numbers is MINIMUM.
const MINIMUM: usize = 4;

type Numbers = [[u8; 4]; 5];

/// The two names of `rdata`, and its numbers.
fn divide(rdata: &[u8]) -> Option<(&[u8], &[u8], &Numbers)> {
    let (mname, rest) = rdata.split_at(wire_length(rdata).ok()?);
    let (rname, numbers) = rest.split_at(wire_length(rest).ok()?);
    match numbers.as_chunks() {
        (numbers, []) => Some((mname, rname, numbers.try_into().ok()?)),
        _ => None,
    }
}

fn number(numbers: &Numbers, which: usize) -> u32 {
    u32::from_be_bytes(numbers[which])
}
