//! Cookies for clients (RFC 7873 section 5.2), interoperable ones (RFC 9018): a client that sends its own gets one of this
//! server's, which shows next time that it is who it says. A wrong one counts as none.

use std::fmt;
use std::hash::Hasher;
use std::net::IpAddr;

use crate::clock::WallSeconds;
use crate::entropy::Entropy;
use crate::wire::{Edns, OptionCode};

/// Octets of a client cookie.
const CLIENT: usize = 8;
/// Octets of a server cookie, of whatever server (RFC 7873 section 4.2).
const SERVER: std::ops::RangeInclusive<usize> = 8..=32;
/// Version 1 and three reserved octets (RFC 9018 sections 4.1 and 4.2).
const VERSION: [u8; 4] = [1, 0, 0, 0];
/// Seconds for which a cookie is good, and by which it may lie in the future (RFC 9018 section 4.3).
const LIFE: (u32, u32) = (3_600, 300);
/// Seconds after which a good one is replaced.
const RENEWED_AFTER: u32 = 1_800;

/// The server secret, drawn at the start: with it go all cookies, and clients get new ones.
pub struct Cookies {
    secret: [u64; 2],
}

impl fmt::Debug for Cookies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cookies") // never the secret
    }
}

/// The option that goes back: the client's cookie, and ours, which is of one length.
pub type CookieReply = [u8; 24];

/// Is the option, where there is one, of a length that a cookie can have (RFC 7873 section 5.2.2)?
#[must_use]
pub(super) fn is_well_formed(edns: &Edns) -> bool {
    edns.option(OptionCode::COOKIE).is_none_or(has_good_length)
}

/// The same of the option's data.
#[must_use]
pub(super) fn has_good_length(option: &[u8]) -> bool {
    option.len() == CLIENT || option.len().checked_sub(CLIENT).is_some_and(|n| SERVER.contains(&n))
}

impl Cookies {
    /// With a secret drawn from `entropy`.
    #[must_use]
    pub fn new(entropy: &Entropy) -> Self {
        Self { secret: [entropy.u64(), entropy.u64()] }
    }

    /// The option that goes back to `client`, which sent `option`: its good cookie while that is young, else a new one.
    #[must_use]
    pub fn reply(&self, option: &[u8], client: IpAddr, now: WallSeconds) -> Option<CookieReply> {
        let (own, server) = option.split_first_chunk::<CLIENT>()?;
        let age = self.age(own, server, client, now);
        if age.is_some_and(|age| age <= i64::from(RENEWED_AFTER)) {
            return option.try_into().ok(); // a good one is of this length
        }
        let time = u32::try_from(now & u64::from(u32::MAX)).unwrap_or_default().to_be_bytes();
        let hash = self.hash(own, VERSION, time, client);
        let mut reply = [0; 24];
        let (client, server) = reply.split_at_mut(CLIENT);
        client.copy_from_slice(own);
        server[..4].copy_from_slice(&VERSION);
        server[4..8].copy_from_slice(&time);
        server[8..].copy_from_slice(&hash);
        Some(reply)
    }

    /// The age of a cookie in seconds, if it is a good one; by serial number arithmetic (RFC 9018 section 4.3).
    fn age(
        &self,
        own: &[u8; CLIENT],
        server: &[u8],
        client: IpAddr,
        now: WallSeconds,
    ) -> Option<i64> {
        let (version, rest) = server.split_first_chunk::<4>()?;
        let (time, hash) = rest.split_first_chunk::<4>()?;
        let now = u32::try_from(now & u64::from(u32::MAX)).ok()?;
        let age = now.wrapping_sub(u32::from_be_bytes(*time)).cast_signed();
        let lives = (-i64::from(LIFE.1)..=i64::from(LIFE.0)).contains(&i64::from(age));
        let good = version[0] == VERSION[0] && self.hash(own, *version, *time, client)[..] == *hash;
        (lives && good).then_some(i64::from(age))
    }

    /// SipHash-2-4 over client cookie, version, reserved, time and client address (RFC 9018 section 4.4).
    #[allow(
        deprecated,
        reason = "the standard library's SipHash-2-4, whose successor promises no algorithm"
    )]
    fn hash(&self, own: &[u8; CLIENT], version: [u8; 4], time: [u8; 4], client: IpAddr) -> [u8; 8] {
        let mut hasher = std::hash::SipHasher::new_with_keys(self.secret[0], self.secret[1]);
        hasher.write(own);
        hasher.write(&version);
        hasher.write(&time);
        match client.to_canonical() {
            IpAddr::V4(v4) => hasher.write(&v4.octets()),
            IpAddr::V6(v6) => hasher.write(&v6.octets()),
        }
        hasher.finish().to_le_bytes()
    }
}

#[cfg(test)]
mod tests {
    use data_encoding::HEXLOWER;

    use super::*;

    fn hex(text: &str) -> Vec<u8> {
        HEXLOWER.decode(text.as_bytes()).expect("hex")
    }

    fn with_secret(text: &str) -> Cookies {
        let octets = hex(text);
        let half = |at: usize| u64::from_le_bytes(octets[at..at + 8].try_into().expect("8 octets"));
        Cookies { secret: [half(0), half(8)] }
    }

    #[test]
    fn rfc9018_appendix_a_test_vectors() {
        let secret = "e5e973e5a6b2a43f48e7dc849e37bfcf";
        let new = "445536bcd2513298075a5d379663c962";
        let v6 = "2001:db8:220:1:59de:d0f4:8769:82b8";
        let first = "2464c4abcf10c957010000005cf79f111f8130c3eee29480";
        for (secret, client, now, sent, expected) in [
            (secret, "198.51.100.100", 1_559_731_985, "2464c4abcf10c957", first),
            (
                secret,
                "198.51.100.100",
                1_559_734_385,
                first,
                "2464c4abcf10c957010000005cf7a871d4a564a1442aca77",
            ),
            (
                secret,
                "203.0.113.203",
                1_559_734_700,
                "fc93fc62807ddb8601abcdef5cf78f71a314227b6679ebf5",
                "fc93fc62807ddb86010000005cf7a9acf73a7810aca2381e",
            ),
            (
                new,
                v6,
                1_559_741_961,
                "22681ab97d52c298010000005cf7c57926556bd0934c72f8",
                "22681ab97d52c298010000005cf7c609a6bb79d16625507a",
            ),
        ] {
            let client = client.parse().expect("an address");
            let reply = with_secret(secret).reply(&hex(sent), client, now).expect("a cookie");
            assert_eq!(HEXLOWER.encode(&reply), expected);
        }
    }

    #[test]
    fn rfc9018_s4_3_a_good_cookie_stays_while_it_is_young() {
        let cookies = Cookies::new(&Entropy::seeded(5));
        let client = IpAddr::from([192, 0, 2, 1]);
        let born = 1_800_000_000;
        let cookie = cookies.reply(&[1; 8], client, born).expect("a cookie");
        for (now, stays) in [
            (born, true),
            (born + 1_800, true),
            (born + 1_801, false),
            (born + 4_000, false),
            (born - 300, true),
            (born - 301, false),
        ] {
            let same = cookies.reply(&cookie, client, now).expect("a cookie") == cookie;
            assert_eq!(same, stays, "{now}");
        }
        assert!(cookies.age(&[1; 8], &cookie[8..], client, born + 3_600).is_some());
        assert!(cookies.age(&[1; 8], &cookie[8..], client, born + 3_601).is_none());
        let other = IpAddr::from([192, 0, 2, 2]);
        assert!(cookies.age(&[1; 8], &cookie[8..], other, born).is_none());
        assert!(cookies.age(&[2; 8], &cookie[8..], client, born).is_none());
        let mapped = "::ffff:192.0.2.1".parse().expect("an address");
        assert!(cookies.age(&[1; 8], &cookie[8..], mapped, born).is_some());
        assert_eq!(cookies.reply(&[1; 7], client, born), None);
    }

    #[test]
    fn rfc7873_s5_2_2_lengths() {
        for length in 0..50 {
            let data = vec![0; length].into();
            let option = crate::wire::EdnsOption { code: OptionCode::COOKIE, data };
            let edns = Edns { options: vec![option], ..Edns::default() };
            assert_eq!(is_well_formed(&edns), matches!(length, 8 | 16..=40), "{length}");
        }
    }
}
