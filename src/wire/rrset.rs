//! The RRset: the unit of everything above `wire` (RFC 2181 section 5).

use super::{Class, Name, RrType};

/// The RDATA of one record: uncompressed, otherwise octet for octet as received.
pub type Rdata = Box<[u8]>;

/// What the program's allocator takes for a block of so many octets, for accounting: whole sixteens up to 64, and above four
/// sizes to each doubling.
#[must_use]
pub const fn block(octets: usize) -> usize {
    match octets {
        0..=64 => octets.next_multiple_of(16),
        more => more.next_multiple_of(1 << ((more - 1).ilog2() - 2)),
    }
}

/// All records of one owner, class and type, with the signatures over them.
///
/// `rdatas` is never empty and holds no octet-equal duplicates (RFC 2181 section 5). `signatures` are RDATA of the
/// RRSIG records that cover `rtype` at `owner`, in the order received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RrSet {
    /// The owner name.
    pub owner: Name,
    /// The class.
    pub class: Class,
    /// The type.
    pub rtype: RrType,
    /// Seconds to live: the least among the records and their signatures (RFC 2181 section 5.2).
    pub ttl: u32,
    /// The records' RDATA.
    pub rdatas: Vec<Rdata>,
    /// The RDATA of the RRSIGs that cover this RRset.
    pub signatures: Vec<Rdata>,
}

impl RrSet {
    /// An RRset of class IN without signatures.
    #[must_use]
    pub fn new(owner: Name, rtype: RrType, ttl: u32, rdatas: Vec<Rdata>) -> Self {
        Self { owner, class: Class::IN, rtype, ttl, rdatas, signatures: Vec::new() }
    }

    /// Is this the RRset of `owner` and `rtype` in class IN?
    #[must_use]
    pub fn is(&self, owner: &Name, rtype: RrType) -> bool {
        self.rtype == rtype && self.class == Class::IN && self.owner == *owner
    }

    /// Octets that this RRset holds on to, for accounting: its own, and its heap blocks with their overhead.
    #[must_use]
    pub fn weight(&self) -> usize {
        let all = |rdatas: &Vec<Rdata>| {
            let own = block(rdatas.capacity() * size_of::<Rdata>());
            own + rdatas.iter().map(|rdata| block(rdata.len())).sum::<usize>()
        };
        let owner = block(self.owner.as_wire().len());
        size_of::<Self>() + owner + all(&self.rdatas) + all(&self.signatures)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_takes_the_next_of_four_sizes_to_a_doubling() {
        let blocks = [0, 1, 16, 17, 64, 65, 80, 81, 128, 129, 330, 512, 513, 60_000].map(block);
        assert_eq!(blocks, [0, 16, 16, 32, 64, 80, 80, 96, 128, 160, 384, 512, 640, 65_536]);
    }
}
