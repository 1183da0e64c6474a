//! NSEC3 (RFC 5155 section 3) and the base32hex of its owner names (RFC 4648 section 7, without padding).

use super::TypeBitmap;

/// How a zone hashes its names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nsec3Params<'a> {
    /// 1 is SHA-1; no other is defined.
    pub hash_algorithm: u8,
    /// Additional iterations.
    pub iterations: u16,
    /// Appended to each hash input.
    pub salt: &'a [u8],
}

/// The next hashed owner of a zone and the types at this one, as a view of its RDATA.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nsec3<'a> {
    /// Bit 0 is Opt-Out.
    pub flags: u8,
    /// Hash algorithm, iterations, salt.
    pub params: Nsec3Params<'a>,
    /// The next hash in order; behind the last comes the first.
    pub next_hashed: &'a [u8],
    /// The types at the original owner.
    pub types: TypeBitmap<'a>,
}

impl<'a> Nsec3<'a> {
    /// The view of `rdata`.
    #[must_use]
    pub fn parse(rdata: &'a [u8]) -> Option<Self> {
        let (fixed, rest) = rdata.split_first_chunk::<5>()?;
        let [hash_algorithm, flags, hi, lo, salt_length] = *fixed;
        let (salt, rest) = rest.split_at_checked(usize::from(salt_length))?;
        let (hash_length, rest) = rest.split_first()?;
        let (next_hashed, rest) = rest.split_at_checked(usize::from(*hash_length))?;
        if next_hashed.is_empty() {
            return None; // RFC 5155 section 3.1.7: 1 to 255
        }
        let types = TypeBitmap::parse(rest)?;
        let params = Nsec3Params { hash_algorithm, iterations: u16::from_be_bytes([hi, lo]), salt };
        Some(Self { flags, params, next_hashed, types })
    }

    /// May unsigned delegations hide in the span (RFC 5155 section 6)?
    #[must_use]
    pub const fn is_opt_out(&self) -> bool {
        self.flags & 1 != 0
    }
}

/// Base32 with the extended hex alphabet, lower case, no padding.
pub mod base32hex {
    use data_encoding::BASE32_DNSSEC;

    /// Text of `octets`.
    #[must_use]
    pub fn encode(octets: &[u8]) -> String {
        BASE32_DNSSEC.encode(octets)
    }

    /// Octets of `text`, either case. `None` for a character outside the alphabet, or when left-over bits are not
    /// zero: an owner that no encoder makes names no hash.
    #[must_use]
    pub fn decode(text: &[u8]) -> Option<Vec<u8>> {
        BASE32_DNSSEC.decode(text).ok()
    }

    /// The same where `N` octets are wanted: `None` also for fewer or more.
    #[must_use]
    pub fn decode_array<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
        let mut octets = [0; N];
        let fits = BASE32_DNSSEC.decode_len(text.len()) == Ok(N);
        (fits && BASE32_DNSSEC.decode_mut(text, &mut octets) == Ok(N)).then_some(octets)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc4648_s10_base32hex_vectors() {
        for (octets, text) in [
            ("", ""),
            ("f", "co"),
            ("fo", "cpng"),
            ("foo", "cpnmu"),
            ("foob", "cpnmuog"),
            ("fooba", "cpnmuoj1"),
            ("foobar", "cpnmuoj1e8"),
        ] {
            assert_eq!(base32hex::encode(octets.as_bytes()), text);
            assert_eq!(
                base32hex::decode(text.to_uppercase().as_bytes()),
                Some(octets.as_bytes().to_vec())
            );
        }
        assert_eq!(base32hex::decode_array(b"CPNMU"), Some(*b"foo"));
        for wrong in [&b"cpng"[..], b"cpn", b"cpnw", b"cpnmuog", b""] {
            assert_eq!(base32hex::decode_array::<3>(wrong), None);
        }
        assert_eq!(base32hex::decode(b"w"), None);
        assert_eq!(base32hex::decode(b"c"), None);
        assert_eq!(base32hex::decode(b"cp"), None);
    }
}
