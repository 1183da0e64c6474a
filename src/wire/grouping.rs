//! Records to RRsets (RFC 2181 section 5), whether they come from a section of a message or from a master file.

use std::collections::{BTreeMap, HashSet};

use super::{Class, Name, Rdata, RrSet, RrType};

/// Records on their way into RRsets, in the order in which each RRset first appears.
#[derive(Default)]
pub(super) struct Grouping {
    sets: Vec<RrSet>,
    signatures: Vec<RrSet>,
    set_index: Index,
    signature_index: Index,
}

impl Grouping {
    /// Takes one record in.
    pub(super) fn add(&mut self, owner: Name, rtype: RrType, class: Class, ttl: u32, rdata: Rdata) {
        if rtype == RrType::RRSIG
            && let Some(covered) = rdata.first_chunk::<2>().map(|c| RrType(u16::from_be_bytes(*c)))
        {
            let at = self.signature_index.find_or_insert(
                &mut self.signatures,
                owner,
                covered,
                class,
                ttl,
            );
            self.signatures[at].rdatas.push(rdata);
        } else {
            let at = self.set_index.find_or_insert(&mut self.sets, owner, rtype, class, ttl);
            self.sets[at].rdatas.push(rdata);
        }
    }

    /// Hands each RRSIG to what it covers; those that cover nothing here stay RRsets of type RRSIG.
    pub(super) fn finish(mut self) -> Vec<RrSet> {
        for mut signatures in self.signatures {
            drop_duplicates(&mut signatures.rdatas);
            if let Some(at) = self.set_index.find(
                &self.sets,
                &signatures.owner,
                signatures.rtype,
                signatures.class,
            ) {
                let set = &mut self.sets[at];
                set.ttl = set.ttl.min(signatures.ttl);
                set.signatures = signatures.rdatas;
            } else {
                let covers_nothing = RrSet { rtype: RrType::RRSIG, ..signatures };
                let at = self.set_index.find_or_insert(
                    &mut self.sets,
                    covers_nothing.owner,
                    RrType::RRSIG,
                    covers_nothing.class,
                    covers_nothing.ttl,
                );
                self.sets[at].rdatas.extend(covers_nothing.rdatas);
            }
        }
        for set in &mut self.sets {
            drop_duplicates(&mut set.rdatas);
        }
        self.sets
    }
}

/// Finds an RRset by owner, type and class: along the list while it is short, as nearly always, and in a tree when a
/// message holds many, so that 5,000 owners in 64 KB cost no 5,000 squared comparisons.
#[derive(Default)]
struct Index(Option<BTreeMap<(RrType, Name, Class), usize>>);

impl Index {
    const SHORT: usize = 16;

    fn find(&self, sets: &[RrSet], owner: &Name, rtype: RrType, class: Class) -> Option<usize> {
        match &self.0 {
            None => {
                sets.iter().position(|s| s.rtype == rtype && s.class == class && s.owner == *owner)
            }
            Some(tree) => tree.get(&(rtype, owner.clone(), class)).copied(),
        }
    }

    fn find_or_insert(
        &mut self,
        sets: &mut Vec<RrSet>,
        owner: Name,
        rtype: RrType,
        class: Class,
        ttl: u32,
    ) -> usize {
        if let Some(at) = self.find(sets, &owner, rtype, class) {
            sets[at].ttl = sets[at].ttl.min(ttl);
            return at;
        }
        let at = sets.len();
        sets.push(RrSet {
            owner,
            class,
            rtype,
            ttl,
            rdatas: Vec::with_capacity(1),
            signatures: Vec::new(),
        });
        match &mut self.0 {
            Some(tree) => drop(tree.insert((rtype, sets[at].owner.clone(), class), at)),
            None if sets.len() > Self::SHORT => {
                let keys =
                    sets.iter().enumerate().map(|(i, s)| ((s.rtype, s.owner.clone(), s.class), i));
                self.0 = Some(keys.collect());
            }
            None => {}
        }
        at
    }
}

/// Drops octet-equal copies (RFC 2181 section 5), keeping the order: each is compared with those before it while these are
/// few, as nearly always, and looked up among them in a message that holds thousands.
fn drop_duplicates(rdatas: &mut Vec<Rdata>) {
    const FEW: usize = 16;
    if rdatas.len() <= FEW {
        let mut at = 1;
        while at < rdatas.len() {
            if rdatas[..at].contains(&rdatas[at]) {
                rdatas.remove(at);
            } else {
                at += 1;
            }
        }
        return;
    }
    let mut seen = HashSet::with_capacity(rdatas.len());
    let keep: Vec<bool> = rdatas.iter().map(|rdata| seen.insert(&**rdata)).collect();
    if keep.contains(&false) {
        let mut keep = keep.into_iter();
        rdatas.retain(|_| keep.next().unwrap_or(true));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc2181_s5_copies_of_a_record_are_one_however_many_there_are() {
        for different in [1_u32, 2, 15, 16, 17, 4_000] {
            let rdata = |n: u32| -> Rdata { n.to_be_bytes().into() };
            let once: Vec<_> = (0..different).map(rdata).collect();
            let mut twice: Vec<_> = once.iter().chain(once.iter().rev()).cloned().collect();
            drop_duplicates(&mut twice);
            assert_eq!(twice, once);
            drop_duplicates(&mut twice);
            assert_eq!(twice, once);
        }
    }
}
