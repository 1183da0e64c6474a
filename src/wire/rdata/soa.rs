//! SOA (RFC 1035 section 3.3.13).

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
        let soa = set.rdatas.first().and_then(|rdata| Self::parse(rdata))?;
        Some(soa.minimum.min(set.ttl))
    }

    /// The view of `rdata`.
    #[must_use]
    pub fn parse(rdata: &[u8]) -> Option<Self> {
        let mname = Name::from_wire_prefix(rdata).ok()?;
        let rest = &rdata[mname.as_wire().len()..];
        let rname = Name::from_wire_prefix(rest).ok()?;
        let numbers = <&[u8; 20]>::try_from(&rest[rname.as_wire().len()..]).ok()?;
        let number = |i: usize| {
            u32::from_be_bytes([
                numbers[4 * i],
                numbers[4 * i + 1],
                numbers[4 * i + 2],
                numbers[4 * i + 3],
            ])
        };
        Some(Self {
            mname,
            rname,
            serial: number(0),
            refresh: number(1),
            retry: number(2),
            expire: number(3),
            minimum: number(4),
        })
    }
}
