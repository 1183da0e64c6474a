//! The octets that a signature is over (RFC 4034 section 3.1.8.1, RFC 4035 section 5.3.2).

use crate::wire::rdata::Rrsig;
use crate::wire::{Name, RrSet, canonical_rdata, canonical_rrset_order};

/// The signed data of `set` under `rrsig`: the RRSIG's RDATA without the signature, then each record in canonical form
/// and order. `None` when the Labels field is greater than the owner has labels.
#[must_use]
pub fn signed_data(set: &RrSet, rrsig: &Rrsig<'_>) -> Option<Vec<u8>> {
    let mut data = SignedData::of(set);
    data.under(rrsig)?;
    Some(data.octets)
}

/// The signed data of one RRset under one signature after the other. Those of several keys differ in what stands in front of
/// the records: the records themselves are brought into canonical form once, in space that is taken once.
#[derive(Debug)]
pub(super) struct SignedData<'s> {
    set: &'s RrSet,
    octets: Vec<u8>,
    /// What the records in `octets` depend on.
    made: Option<Layout>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Layout {
    /// Octets in front of the first record.
    front: usize,
    labels: u8,
    original_ttl: u32,
}

impl<'s> SignedData<'s> {
    pub(super) const fn of(set: &'s RrSet) -> Self {
        Self { set, octets: Vec::new(), made: None }
    }

    /// Under `rrsig`. `None` when its Labels field is greater than the owner has labels.
    pub(super) fn under(&mut self, rrsig: &Rrsig<'_>) -> Option<&[u8]> {
        let (fixed, signer) = (rrsig.fixed_part(), rrsig.signer.as_wire());
        let front = fixed.len() + signer.len();
        let layout = Layout { front, labels: rrsig.labels, original_ttl: rrsig.original_ttl };
        if self.made != Some(layout) {
            self.made = None;
            self.write_records(layout)?;
            self.made = Some(layout);
        }
        self.octets[..fixed.len()].copy_from_slice(fixed);
        let place = &mut self.octets[fixed.len()..front];
        place.copy_from_slice(signer);
        place.make_ascii_lowercase();
        Some(&self.octets)
    }

    fn write_records(&mut self, layout: Layout) -> Option<()> {
        const BESIDE_NAMES: usize = 10; // type, class, TTL, length
        let set = self.set;
        let (asterisk, owner) = signed_owner(&set.owner, layout.labels)?;
        let each = asterisk.len() + owner.len() + BESIDE_NAMES;
        self.octets.clear();
        self.octets
            .reserve(layout.front + set.rdatas.iter().map(|r| each + r.len()).sum::<usize>());
        self.octets.resize(layout.front, 0);
        let mut write = |rdata: &[u8]| {
            self.octets.extend_from_slice(asterisk);
            let start = self.octets.len();
            self.octets.extend_from_slice(owner);
            self.octets[start..].make_ascii_lowercase();
            self.octets.extend_from_slice(&set.rtype.0.to_be_bytes());
            self.octets.extend_from_slice(&set.class.0.to_be_bytes());
            self.octets.extend_from_slice(&layout.original_ttl.to_be_bytes());
            self.octets.extend_from_slice(&u16::try_from(rdata.len()).ok()?.to_be_bytes());
            self.octets.extend_from_slice(rdata);
            Some(())
        };
        match set.rdatas.as_slice() {
            [only] => write(&canonical_rdata(set.rtype, only)),
            all => canonical_rrset_order(set.rtype, all).iter().try_for_each(|rdata| write(rdata)),
        }
    }
}

/// The wire form of the owner as it was when it was signed, but for its letter case: in two parts where it is the wildcard
/// that the owner was expanded from. The octets of lengths are no letters, so the whole of it may be put into lower case.
fn signed_owner(owner: &Name, labels: u8) -> Option<(&'static [u8], &[u8])> {
    let labels = usize::from(labels);
    match owner.signed_label_count().checked_sub(labels)? {
        0 => Some((b"", owner.as_wire())),
        _ => Some((b"\x01*", owner.wire_of_ancestor(labels))),
    }
}

#[cfg(test)]
mod tests {
    use allocation_counter::measure;

    use super::*;
    use crate::wire::RrType;

    fn name(text: &str) -> Name {
        text.parse().expect("a name")
    }

    /// RDATA of an RRSIG over MX records.
    fn rrsig(labels: u8, ttl: u32, tag: u16, signer: &str) -> Vec<u8> {
        let [mx, tag] = [RrType::MX.0, tag].map(u16::to_be_bytes);
        let front = [&mx[..], &[13, labels], &ttl.to_be_bytes(), &[9; 8], &tag].concat();
        [&front, name(signer).as_wire(), &[7; 64]].concat()
    }

    fn exchanges(count: u8) -> RrSet {
        let host = name("Mail.Example.");
        let rdata = |n: u8| [&[0, n][..], host.as_wire()].concat().into();
        RrSet::new(name("Www.EXAMPLE."), RrType::MX, 60, (0..count).rev().map(rdata).collect())
    }

    /// As it is written in RFC 4034 section 3.1.8.1.
    fn written_out(set: &RrSet, owner: &str, ttl: u32, rrsig: &[u8]) -> Vec<u8> {
        let mut octets = rrsig[..rrsig.len() - 64].to_ascii_lowercase();
        octets[..18].copy_from_slice(&rrsig[..18]);
        for n in 0..u8::try_from(set.rdatas.len()).expect("few") {
            octets.extend_from_slice(name(owner).as_wire());
            octets.extend([0, 15, 0, 1]);
            octets.extend_from_slice(&ttl.to_be_bytes());
            octets.extend([0, 16, 0, n]);
            octets.extend_from_slice(name("mail.example.").as_wire());
        }
        octets
    }

    #[test]
    fn rfc4034_s3_1_8_1_one_signature_after_the_other_over_one_rrset() {
        for count in [1, 2, 5] {
            let set = exchanges(count);
            let mut data = SignedData::of(&set);
            for (labels, ttl, tag, signer, owner) in [
                (2, 60, 1, "example.", "www.example."),
                (2, 60, 2, "EXAMPLE.", "www.example."),
                (2, 300, 3, "example.", "www.example."),
                (1, 300, 4, "example.", "*.example."),
                (0, 300, 5, ".", "*."),
                (2, 60, 6, "www.example.", "www.example."),
            ] {
                let rdata = rrsig(labels, ttl, tag, signer);
                let rrsig = Rrsig::parse(&rdata).expect("an RRSIG");
                let expected = written_out(&set, owner, ttl, &rdata);
                assert_eq!(data.under(&rrsig), Some(&expected[..]), "{count} {tag}");
                assert_eq!(signed_data(&set, &rrsig), Some(expected), "{count} {tag}");
            }
            let rdata = rrsig(3, 60, 7, "example.");
            assert_eq!(data.under(&Rrsig::parse(&rdata).expect("an RRSIG")), None);
        }
    }

    #[test]
    fn canonical_forms_take_one_block_whatever_the_number_of_signatures() {
        for (count, beside) in [(1, 0), (20, 1)] {
            let mut set = exchanges(count);
            set.rdatas.iter_mut().for_each(|rdata| *rdata = rdata.to_ascii_lowercase().into());
            let rdatas: Vec<_> = (0..4).map(|tag| rrsig(2, 60, tag, "Example.")).collect();
            let rrsigs: Vec<_> = rdatas.iter().filter_map(|rdata| Rrsig::parse(rdata)).collect();
            let mut data = SignedData::of(&set);
            let counted = measure(|| {
                for rrsig in &rrsigs {
                    assert!(data.under(rrsig).is_some());
                }
            });
            assert_eq!(counted.count_total, 1 + beside, "{count} records: the list to be sorted");
        }
    }
}
