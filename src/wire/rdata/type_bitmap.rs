//! The type bit maps of NSEC, NSEC3 and CSYNC (RFC 4034 section 4.1.2).

use crate::wire::RrType;

/// The types that exist at a name, as a view of well-formed octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TypeBitmap<'a>(&'a [u8]);

impl<'a> TypeBitmap<'a> {
    /// The view of `octets`: window blocks in ascending order, each of 1 to 32 octets. An empty map is well-formed
    /// (the NSEC3 of an empty non-terminal has one, RFC 5155 section 7.1).
    #[must_use]
    pub fn parse(octets: &'a [u8]) -> Option<Self> {
        let mut rest = octets;
        let mut last_window = None;
        while let Some((window, block, behind)) = split_block(rest)? {
            if last_window.is_some_and(|last| last >= window)
                || block.is_empty()
                || block.len() > 32
            {
                return None;
            }
            last_window = Some(window);
            rest = behind;
        }
        Some(Self(octets))
    }

    /// Is the bit of `rtype` set? Bits of pseudo-types are ignored by whoever asks (RFC 4034 section 4.1.2), but for
    /// NXNAME (RFC 9824 section 3).
    #[must_use]
    pub fn contains(&self, rtype: RrType) -> bool {
        let [wanted, low] = rtype.0.to_be_bytes();
        let mut rest = self.0;
        while let Some(Some((window, block, behind))) = split_block(rest) {
            if window == wanted {
                return block
                    .get(usize::from(low / 8))
                    .is_some_and(|octet| octet & (0x80 >> (low % 8)) != 0);
            }
            rest = behind;
        }
        false
    }

    /// Every type whose bit is set, ascending.
    pub fn types(&self) -> impl Iterator<Item = RrType> + 'a {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            let (window, block, behind) = split_block(rest)??;
            rest = behind;
            Some((window, block))
        })
        .flat_map(|(window, block)| {
            (0..=255u8)
                .filter(move |low| {
                    block.get(usize::from(low / 8)).is_some_and(|o| o & (0x80 >> (low % 8)) != 0)
                })
                .map(move |low| RrType(u16::from_be_bytes([window, low])))
        })
    }

    /// The octets that set exactly `types`.
    #[must_use]
    pub fn build(types: &[RrType]) -> Vec<u8> {
        let mut sorted: Vec<_> = types.iter().map(|t| t.0.to_be_bytes()).collect();
        sorted.sort_unstable();
        let mut octets = Vec::new();
        for window in sorted.chunk_by(|a, b| a[0] == b[0]) {
            let mut block = vec![0u8; usize::from(window[window.len() - 1][1] / 8) + 1];
            for [_, low] in window {
                block[usize::from(low / 8)] |= 0x80 >> (low % 8);
            }
            octets.push(window[0][0]);
            octets.push(u8::try_from(block.len()).unwrap_or(32));
            octets.extend_from_slice(&block);
        }
        octets
    }
}

/// Window number, block and what follows.
type Block<'a> = (u8, &'a [u8], &'a [u8]);

/// The block at the start. `Some(None)` at the end, `None` when the octets end inside a block.
fn split_block(octets: &[u8]) -> Option<Option<Block<'_>>> {
    let Some((head, rest)) = octets.split_first_chunk::<2>() else {
        return octets.is_empty().then_some(None);
    };
    let (block, behind) = rest.split_at_checked(usize::from(head[1]))?;
    Some(Some((head[0], block, behind)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc4034_s4_3_example() {
        let octets =
            [[0, 6, 0x40, 0x01, 0, 0, 0, 3].as_slice(), &[4, 27], &[0; 26], &[0x20]].concat();
        let map = TypeBitmap::parse(&octets).expect("well-formed");
        let types = [RrType::A, RrType::MX, RrType::RRSIG, RrType::NSEC, RrType(1234)];
        assert_eq!(map.types().collect::<Vec<_>>(), types);
        assert!(
            types.iter().all(|t| map.contains(*t))
                && !map.contains(RrType::NS)
                && !map.contains(RrType(1235))
        );
        assert_eq!(TypeBitmap::build(&types), octets);
    }

    #[test]
    fn rfc4034_s4_1_2_malformed_maps_are_refused() {
        let bad: &[&[u8]] = &[
            &[0],
            &[0, 0],
            &[0, 2, 1],
            &[0, 1, 1, 0, 1, 1],
            &[1, 1, 1, 0, 1, 1],
            &[&[0, 33][..], &[1; 33]].concat(),
        ];
        for octets in bad {
            assert_eq!(TypeBitmap::parse(octets), None, "{octets:?}");
        }
        assert!(TypeBitmap::parse(&[]).is_some());
    }
}
