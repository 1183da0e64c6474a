//! `dnssec.disabled-algorithms` and `disabled-digests`: what is taken as unknown, everywhere or below a name.

use super::zones::name;
use crate::config::error::{Problem, quoted};
use crate::config::section::Section;
use crate::config::value::Value;
use crate::dnssec::{Algorithm, Below, DigestType};
use crate::wire::Name;

/// What can be switched off: it has a number, and some numbers have a name.
pub(super) trait Numbered: Copy {
    const WANTED: &'static str;
    const REMEDY: &'static str;
    fn new(number: u8) -> Self;
    fn mnemonic(self) -> Option<&'static str>;
}

impl Numbered for Algorithm {
    const WANTED: &'static str = "an algorithm";
    const REMEDY: &'static str = "write its number or its name, as 5 or RSASHA1";

    fn new(number: u8) -> Self {
        Self(number)
    }

    fn mnemonic(self) -> Option<&'static str> {
        self.mnemonic()
    }
}

impl Numbered for DigestType {
    const WANTED: &'static str = "a digest type";
    const REMEDY: &'static str = "write its number or its name, as 1 or SHA-1";

    fn new(number: u8) -> Self {
        Self(number)
    }

    fn mnemonic(self) -> Option<&'static str> {
        self.mnemonic()
    }
}

/// Reads the list at `key`; an item that holds only below a name has its own list at `inner`.
pub(super) fn read<T: Numbered>(
    keys: &Section<'_>,
    key: &'static str,
    inner: &'static str,
) -> Option<Vec<Below<T>>> {
    let items = keys.value(key)?.items();
    Some(items.iter().flat_map(|item| below(item, inner)).collect())
}

fn below<T: Numbered>(item: &Value<'_>, inner: &'static str) -> Vec<Below<T>> {
    let (name, what) = if item.is_section() {
        let read = |keys: &Section<'_>| {
            let below = keys.required("below", name);
            let list = keys.required(inner, |value| Ok(value.items())).unwrap_or_default();
            (below, list.iter().filter_map(|item| item.read(numbered)).collect())
        };
        Section::of(item, read).unwrap_or_default()
    } else {
        (Some(Name::root()), item.read(numbered).into_iter().collect::<Vec<T>>())
    };
    let below = |what| Some(Below { name: name.clone()?, what });
    what.into_iter().filter_map(below).collect()
}

fn numbered<T: Numbered>(value: &Value<'_>) -> Result<T, Problem> {
    let Ok(text) = value.text(T::WANTED) else {
        let instead = |_| value.instead(T::WANTED, T::REMEDY);
        return value.number(0..=255).map(T::new).map_err(instead);
    };
    let plain = |text: &str| text.replace('-', "").to_ascii_uppercase();
    let named = |number: &u8| T::new(*number).mnemonic().is_some_and(|m| plain(m) == plain(text));
    (0..=255).find(named).map(T::new).ok_or_else(|| {
        Problem::new(format!("expected {}, found {}", T::WANTED, quoted(text)), T::REMEDY)
    })
}
