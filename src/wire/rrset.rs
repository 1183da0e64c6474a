//! The RRset: the unit of everything above `wire` (RFC 2181 section 5).

use super::{Class, Name, RrType};

/// The RDATA of one record: uncompressed, otherwise octet for octet as received.
pub type Rdata = Box<[u8]>;

/// What the allocator takes for a block of so many octets, for accounting: eight of its own, whole sixteens, two of them at
/// the least.
#[must_use]
pub const fn block(octets: usize) -> usize {
    match octets {
        0 => 0,
        1..=24 => 32,
        more => (more + 8).next_multiple_of(16),
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
