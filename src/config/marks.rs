//! Where a node of the configuration stands in its text.
//!
//! The YAML reader keeps no places, but gives its errors one. So to learn the place of a node the text is read once
//! more, by a visitor that walks down to the node and raises an error there. It costs a reading for each place asked
//! for, which only errors do, and it is right for every way to write YAML: the reader itself tells.

use std::fmt;

use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// What of a node is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// The key in front of the value.
    Key,
    /// The value.
    Value,
}

/// Raises an error at the node that `path` leads to: for each list or map from the top, which of its items or entries.
/// Where there is no such node, the error stands at the last one on the way there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seek<'p> {
    pub(super) path: &'p [usize],
    pub(super) part: Part,
}

impl<'de> serde::de::DeserializeSeed<'de> for Seek<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

/// Of any scalar, the methods that are not written here raise an error, as they should.
impl<'de> Visitor<'de> for Seek<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the place of a node")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let (index, path) = self.path.split_first().ok_or_else(here)?;
        for _ in 0..*index {
            items.next_element::<IgnoredAny>()?;
        }
        items.next_element_seed(Self { path, ..self })?;
        Err(here())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        let (index, path) = self.path.split_first().ok_or_else(here)?;
        for _ in 0..*index {
            entries.next_entry::<IgnoredAny, IgnoredAny>()?;
        }
        if path.is_empty() && self.part == Part::Key {
            entries.next_key_seed(Self { path, ..self })?;
        } else if entries.next_key::<IgnoredAny>()?.is_some() {
            entries.next_value_seed(Self { path, ..self })?;
        }
        Err(here())
    }
}

fn here<E: Error>() -> E {
    E::custom("here")
}
