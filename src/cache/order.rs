//! Names as octets whose own order is the canonical one (RFC 4034 section 6.1): a tree of them is searched without
//! taking names apart at every step.

use std::iter::repeat_n;

use crate::wire::{Name, block};

/// A name's place in canonical order.
///
/// The labels from the right, in lower case, a zero octet behind each: so what ends first comes first. Inside labels
/// the octets 0 and 1 are written as two, 1 and 1, 1 and 2, which keeps their order and leaves the zero free.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Ordered(Box<[u8]>);

impl Ordered {
    pub(super) fn new(name: &Name) -> Self {
        let escapes = |label: &[u8]| label.iter().filter(|octet| is_escaped(**octet)).count();
        let length = |label: &[u8]| label.len() + escapes(label) + 1;
        let mut octets: Box<[u8]> = repeat_n(0, name.labels().map(length).sum()).collect();
        let mut rest = &mut *octets;
        for label in name.labels() {
            let (before, place) = rest.split_at_mut(rest.len() - length(label));
            write(label, place);
            rest = before;
        }
        Self(octets)
    }

    /// Octets that it holds on to.
    pub(super) fn weight(&self) -> usize {
        block(self.0.len())
    }
}

const fn is_escaped(octet: u8) -> bool {
    octet < 2
}

/// Writes `label` into its place, whose last octet stays as it is.
fn write(label: &[u8], place: &mut [u8]) {
    if place.len() == label.len() + 1 {
        place[..label.len()].copy_from_slice(label);
        return place.make_ascii_lowercase(); // nothing to escape
    }
    let mut at = 0;
    for octet in label {
        if is_escaped(*octet) {
            place[at] = 1;
            at += 1;
        }
        place[at] = octet.to_ascii_lowercase() + u8::from(is_escaped(*octet));
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn label() -> impl Strategy<Value = Vec<u8>> {
        let octet = prop_oneof![Just(0), Just(1), Just(2), Just(b'A'), Just(b'a'), any::<u8>()];
        proptest::collection::vec(octet, 1..4)
    }

    fn some_name() -> impl Strategy<Value = Name> {
        let labels = proptest::collection::vec(label(), 0..4);
        labels
            .prop_map(|labels| Name::from_labels(labels.iter().map(Vec::as_slice)).expect("short"))
    }

    proptest! {
        #[test]
        fn rfc4034_s6_1_octets_in_the_order_of_names(a in some_name(), b in some_name()) {
            prop_assert_eq!(Ordered::new(&a).cmp(&Ordered::new(&b)), a.cmp(&b));
        }
    }

    #[test]
    fn rfc4034_s6_1_the_example() {
        let names = [
            "example",
            "a.example",
            "yljkjljk.a.example",
            "Z.a.example",
            "zABC.a.EXAMPLE",
            "z.example",
            "\\001.z.example",
            "*.z.example",
            "\\200.z.example",
        ];
        let ordered = names.map(|text| Ordered::new(&text.parse().expect("a name")));
        assert!(ordered.is_sorted());
    }
}
