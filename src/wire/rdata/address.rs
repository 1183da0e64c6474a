//! A and AAAA (RFC 1035 section 3.4.1, RFC 3596 section 2.2).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::wire::{Rdata, RrType};

/// The address in the RDATA of an A or AAAA record; `None` for another type or length.
#[must_use]
pub fn address(rtype: RrType, rdata: &[u8]) -> Option<IpAddr> {
    match rtype {
        RrType::A => <[u8; 4]>::try_from(rdata).ok().map(|o| Ipv4Addr::from(o).into()),
        RrType::AAAA => <[u8; 16]>::try_from(rdata).ok().map(|o| Ipv6Addr::from(o).into()),
        _ => None,
    }
}

/// The type and RDATA of the record that gives `address`.
#[must_use]
pub fn address_rdata(address: IpAddr) -> (RrType, Rdata) {
    match address {
        IpAddr::V4(v4) => (RrType::A, Box::new(v4.octets())),
        IpAddr::V6(v6) => (RrType::AAAA, Box::new(v6.octets())),
    }
}
