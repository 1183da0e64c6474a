//! The RRset: the unit of everything above `wire` (RFC 2181 section 5).

use super::{Class, Name, RrType};

/// The RDATA of one record: uncompressed, otherwise octet for octet as received.
pub type Rdata = Box<[u8]>;

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

    /// Octets that this RRset holds on to, for accounting: its heap blocks and their overhead.
    #[must_use]
    pub fn weight(&self) -> usize {
        const BLOCK: usize = 16;
        let block = |octets: usize| octets + BLOCK;
        let rdatas: usize = self
            .rdatas
            .iter()
            .chain(&self.signatures)
            .map(|r| block(r.len()) + size_of::<Rdata>())
            .sum();
        size_of::<Self>() + block(self.owner.as_wire().len()) + rdatas
    }
}
