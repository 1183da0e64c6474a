//! A network: an address and how many of its leading bits count.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// A network of IPv4 or IPv6 addresses, written `192.0.2.0/24`; a lone address is a network of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Network {
    address: IpAddr,
    length: u8,
}

/// Text that is no network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NetworkError {
    /// What stands in front of the slash is no IP address.
    Address,
    /// What stands behind it is no number, or more than the address has bits.
    Length,
}

impl fmt::Display for NetworkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Address => "not an IP address",
            Self::Length => "not a prefix length: a number up to 32 for IPv4, up to 128 for IPv6",
        })
    }
}

impl std::error::Error for NetworkError {}

impl Network {
    /// The network of `address` and the first `length` bits. Bits behind them are cleared.
    ///
    /// # Errors
    /// When the address has fewer bits.
    pub fn new(address: IpAddr, length: u8) -> Result<Self, NetworkError> {
        if length > bits(address) {
            return Err(NetworkError::Length);
        }
        let address = match address {
            IpAddr::V4(v4) => Ipv4Addr::from_bits(v4.to_bits() & mask_32(length)).into(),
            IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() & mask_128(length)).into(),
        };
        Ok(Self { address, length })
    }

    /// Its lowest address.
    #[must_use]
    pub const fn address(&self) -> IpAddr {
        self.address
    }

    /// How many bits are the same in all its addresses.
    #[must_use]
    pub const fn length(&self) -> u8 {
        self.length
    }

    /// Does `address` lie in it? An IPv4-mapped IPv6 address is an IPv6 address here: who wants it to be the IPv4
    /// one converts it first.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(own), IpAddr::V4(v4)) => {
                v4.to_bits() & mask_32(self.length) == own.to_bits()
            }
            (IpAddr::V6(own), IpAddr::V6(v6)) => {
                v6.to_bits() & mask_128(self.length) == own.to_bits()
            }
            _ => false,
        }
    }

    /// The same network in IPv4 where it is one of IPv4-mapped addresses (RFC 4291 section 2.5.5.2).
    #[must_use]
    pub fn to_canonical(self) -> Self {
        const MAPPED: u8 = 96;
        match (self.address.to_canonical(), self.length.checked_sub(MAPPED)) {
            (address @ IpAddr::V4(_), Some(length)) if self.address.is_ipv6() => {
                Self { address, length }
            }
            _ => self,
        }
    }
}

const fn bits(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

fn mask_32(length: u8) -> u32 {
    u32::MAX.checked_shl(32_u32.saturating_sub(length.into())).unwrap_or(0)
}

fn mask_128(length: u8) -> u128 {
    u128::MAX.checked_shl(128_u32.saturating_sub(length.into())).unwrap_or(0)
}

impl From<IpAddr> for Network {
    fn from(address: IpAddr) -> Self {
        Self { address, length: bits(address) }
    }
}

impl FromStr for Network {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, NetworkError> {
        let (address, length) = text.split_once('/').map_or((text, None), |(a, l)| (a, Some(l)));
        let address: IpAddr = address.parse().map_err(|_| NetworkError::Address)?;
        let Some(length) = length else { return Ok(address.into()) };
        let digits = length.bytes().all(|octet| octet.is_ascii_digit()); // `parse` would take a sign
        let length = length.parse().ok().filter(|_| digits).ok_or(NetworkError::Length)?;
        Self::new(address, length)
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(text: &str) -> Network {
        text.parse().expect("a network")
    }

    #[test]
    fn text_both_ways() {
        for (text, shown) in [
            ("10.0.0.0/8", "10.0.0.0/8"),
            ("10.1.2.3/8", "10.0.0.0/8"),
            ("0.0.0.0/0", "0.0.0.0/0"),
            ("192.0.2.1", "192.0.2.1/32"),
            ("::1", "::1/128"),
            ("2001:db8::ffff/33", "2001:db8::/33"),
            ("::/0", "::/0"),
        ] {
            assert_eq!(network(text).to_string(), shown);
        }
        for text in ["", "10/8", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/+8", "::1/1/1"] {
            assert!(text.parse::<Network>().is_err(), "{text}");
        }
    }

    #[test]
    fn contains_its_own_family_only() {
        let in_it = |n: &str, a: &str| network(n).contains(a.parse().expect("an address"));
        assert!(in_it("10.0.0.0/8", "10.255.0.1") && !in_it("10.0.0.0/8", "11.0.0.0"));
        assert!(in_it("0.0.0.0/0", "255.255.255.255") && !in_it("0.0.0.0/0", "::1"));
        assert!(in_it("::/0", "ff02::1") && !in_it("::1", "::2"));
        assert!(in_it("::ffff:0:0/96", "::ffff:192.0.2.1"));
        assert!(!in_it("192.0.2.0/24", "::ffff:192.0.2.1"));
    }

    #[test]
    fn rfc4291_s2_5_5_2_mapped_networks_are_ipv4_ones() {
        assert_eq!(network("::ffff:10.0.0.0/104").to_canonical(), network("10.0.0.0/8"));
        assert_eq!(network("::ffff:0:0/95").to_canonical(), network("::ffff:0:0/95"));
        assert_eq!(network("fe80::/10").to_canonical(), network("fe80::/10"));
        assert_eq!(network("10.0.0.0/8").to_canonical(), network("10.0.0.0/8"));
    }
}
