//! Names as octets whose own order is the canonical one (RFC 4034 section 6.1): a tree of them is searched without
//! taking names apart at every step.

use crate::wire::Name;

/// A name's place in canonical order.
///
/// The labels from the right, in lower case, a zero octet behind each: so what ends first comes first. Inside labels
/// the octets 0 and 1 are written as two, 1 and 1, 1 and 2, which keeps their order and leaves the zero free.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Ordered(Box<[u8]>);

impl Ordered {
    pub(super) fn new(name: &Name) -> Self {
        let mut octets = Vec::with_capacity(name.as_wire().len() - 1); // a zero a label, none for the root
        for label in name.labels().rev_vec() {
            for octet in label {
                match octet.to_ascii_lowercase() {
                    plain @ 2.. => octets.push(plain),
                    escaped => octets.extend([1, escaped + 1]),
                }
            }
            octets.push(0);
        }
        Self(octets.into())
    }

    /// Octets that it holds on to.
    pub(super) fn weight(&self) -> usize {
        const BLOCK: usize = 16;
        BLOCK + self.0.len()
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
