//! DNSKEY (RFC 4034 section 2).

/// A zone's public key, as a view of its RDATA.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dnskey<'a> {
    /// Flags: 0x0100 zone key, 0x0080 revoked (RFC 5011), 0x0001 secure entry point.
    pub flags: u16,
    /// Must be 3.
    pub protocol: u8,
    /// The algorithm number.
    pub algorithm: u8,
    /// The key in the algorithm's own format.
    pub public_key: &'a [u8],
    rdata: &'a [u8],
}

impl<'a> Dnskey<'a> {
    /// The view of `rdata`.
    #[must_use]
    pub fn parse(rdata: &'a [u8]) -> Option<Self> {
        let (fixed, public_key) = rdata.split_first_chunk::<4>()?;
        let [hi, lo, protocol, algorithm] = *fixed;
        Some(Self { flags: u16::from_be_bytes([hi, lo]), protocol, algorithm, public_key, rdata })
    }

    /// May it sign RRsets of its zone (RFC 4034 section 2.1.1)?
    #[must_use]
    pub const fn is_zone_key(&self) -> bool {
        self.flags & 0x0100 != 0
    }

    /// Has its holder revoked it (RFC 5011 section 2.1)?
    #[must_use]
    pub const fn is_revoked(&self) -> bool {
        self.flags & 0x0080 != 0
    }

    /// Is the secure entry point flag set? A hint for people; validation ignores it (RFC 4034 section 2.1.1).
    #[must_use]
    pub const fn is_secure_entry_point(&self) -> bool {
        self.flags & 0x0001 != 0
    }

    /// The whole RDATA.
    #[must_use]
    pub const fn rdata(&self) -> &'a [u8] {
        self.rdata
    }

    /// The key tag (RFC 4034 appendix B; for algorithm 1, appendix B.1).
    #[must_use]
    pub fn key_tag(&self) -> u16 {
        if self.algorithm == 1 {
            let tail =
                self.rdata.len().checked_sub(3).map(|at| [self.rdata[at], self.rdata[at + 1]]);
            return tail.map_or(0, u16::from_be_bytes);
        }
        let mut sum: u32 = 0;
        for pair in self.rdata.chunks(2) {
            sum = sum.wrapping_add(u32::from(u16::from_be_bytes([
                pair[0],
                pair.get(1).copied().unwrap_or(0),
            ])));
        }
        let folded = sum.wrapping_add(sum >> 16) & 0xffff;
        u16::try_from(folded).unwrap_or(0)
    }
}
