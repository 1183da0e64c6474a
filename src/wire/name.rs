//! Domain names as octets (RFC 1035 section 3.1): up to 255 octets, labels of arbitrary octets up to 63.
//!
//! Case is kept and never matters for equality, order or hashing (RFC 4343). The order is the canonical one of
//! RFC 4034 section 6.1. Text is RFC 1035 section 5.1: `\.` and `\DDD` in decimal.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

/// A fully qualified domain name in uncompressed wire form.
#[derive(Clone)]
pub struct Name(Box<[u8]>);

/// Why octets or text are no domain name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameError {
    /// More than 255 octets in wire form (RFC 1035 section 2.3.4).
    TooLong,
    /// A label of more than 63 octets.
    LabelTooLong,
    /// An empty label inside the text of a name.
    EmptyLabel,
    /// `\` followed neither by a character nor by three digits up to 255.
    BadEscape,
    /// The octets end inside the name, or go on behind it.
    BadLength,
    /// A label type other than a plain label (RFC 6891 section 5: 0x40 is obsolete, 0x80 reserved).
    BadLabelType,
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLong => "a domain name longer than 255 octets",
            Self::LabelTooLong => "a label longer than 63 octets",
            Self::EmptyLabel => "an empty label in a domain name",
            Self::BadEscape => {
                "a backslash that is not followed by a character or by three digits up to 255"
            }
            Self::BadLength => "a domain name cut short or with octets behind its end",
            Self::BadLabelType => "a label of an unknown type",
        })
    }
}

impl std::error::Error for NameError {}

impl Name {
    /// The longest name in octets, root label included (RFC 1035 section 2.3.4).
    pub const MAX_OCTETS: usize = 255;
    /// The longest label in octets.
    pub const MAX_LABEL: usize = 63;

    /// The root, `.`.
    #[must_use]
    pub fn root() -> Self {
        Self(Box::new([0]))
    }

    /// The name that is exactly the uncompressed `octets`.
    ///
    /// # Errors
    /// When they are malformed or go on behind the root label.
    pub fn from_wire(octets: &[u8]) -> Result<Self, NameError> {
        match wire_length(octets)? {
            length if length == octets.len() => Ok(Self(octets.into())),
            _ => Err(NameError::BadLength),
        }
    }

    /// The uncompressed name at the start of `octets`; what follows it is the caller's.
    ///
    /// # Errors
    /// When the octets are malformed or end before the name does.
    pub fn from_wire_prefix(octets: &[u8]) -> Result<Self, NameError> {
        wire_length(octets).map(|length| Self(octets[..length].into()))
    }

    /// A name of the given labels, leftmost first.
    ///
    /// # Errors
    /// When a label is empty or too long, or the whole is.
    pub fn from_labels<'a>(labels: impl IntoIterator<Item = &'a [u8]>) -> Result<Self, NameError> {
        let mut octets = Vec::with_capacity(32);
        for label in labels {
            push_label(&mut octets, label)?;
        }
        octets.push(0);
        Self::from_checked_labels(octets)
    }

    /// For octets whose labels are known to be well-formed; only the whole length is left to check.
    pub(super) fn from_checked_labels(octets: Vec<u8>) -> Result<Self, NameError> {
        if octets.len() > Self::MAX_OCTETS {
            return Err(NameError::TooLong);
        }
        Ok(Self(octets.into_boxed_slice()))
    }

    /// For octets that are known to be a whole name.
    pub(super) fn from_checked_wire(octets: &[u8]) -> Self {
        Self(octets.into())
    }

    /// The uncompressed wire form, case as received.
    #[must_use]
    pub fn as_wire(&self) -> &[u8] {
        &self.0
    }

    /// Is `wire` the uncompressed wire form of an equal name?
    #[must_use]
    pub fn is_wire(&self, wire: &[u8]) -> bool {
        is_same(&self.0, wire)
    }

    /// The labels from the left, without the root label.
    #[must_use]
    pub fn labels(&self) -> Labels<'_> {
        Labels(&self.0)
    }

    /// How many labels, without the root label (`*` counts).
    #[must_use]
    pub fn label_count(&self) -> usize {
        self.labels().count()
    }

    /// The Labels value that a signature over this owner would have: without root and without a leading `*`
    /// (RFC 4034 section 3.1.3).
    #[must_use]
    pub fn signed_label_count(&self) -> usize {
        self.label_count() - usize::from(self.is_wildcard())
    }

    /// Is this `.`?
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.0.len() == 1
    }

    /// Is the leftmost label `*` (RFC 4592 section 2.1.1)?
    #[must_use]
    pub fn is_wildcard(&self) -> bool {
        self.0.starts_with(b"\x01*")
    }

    /// The name without its leftmost label; `None` for the root.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        let first = usize::from(self.0[0]);
        (first != 0).then(|| Self(self.0[first + 1..].into()))
    }

    /// The ancestor (or the name itself) that has exactly `labels` labels; `None` when the name has fewer.
    #[must_use]
    pub fn ancestor(&self, labels: usize) -> Option<Self> {
        let skip = self.label_count().checked_sub(labels)?;
        Some(Self(self.wire_behind(skip).into()))
    }

    /// The uncompressed wire form of the ancestor that has `labels` labels; of the name itself when it has no more.
    #[must_use]
    pub fn wire_of_ancestor(&self, labels: usize) -> &[u8] {
        self.wire_behind(self.label_count().saturating_sub(labels))
    }

    /// Every ancestor from the name itself up to the root.
    pub fn self_and_ancestors(&self) -> impl Iterator<Item = Self> + '_ {
        (0..=self.label_count()).map(|skip| Self(self.wire_behind(skip).into()))
    }

    /// Is this name `ancestor` or below it?
    #[must_use]
    pub fn is_at_or_below(&self, ancestor: &Self) -> bool {
        let mut rest = &*self.0;
        while rest.len() > ancestor.0.len() {
            rest = &rest[usize::from(rest[0]) + 1..];
        }
        is_same(rest, &ancestor.0)
    }

    /// Is this name strictly below `ancestor`?
    #[must_use]
    pub fn is_below(&self, ancestor: &Self) -> bool {
        self.0.len() > ancestor.0.len() && self.is_at_or_below(ancestor)
    }

    /// The longest name that both are at or below.
    #[must_use]
    pub fn common_ancestor(&self, other: &Self) -> Self {
        Self(self.parting(other).shared.into())
    }

    fn parting<'a>(&'a self, other: &'a Self) -> Parting<'a> {
        let (own, others) = (self.label_count(), other.label_count());
        let both = own.min(others);
        let mut mine = Labels(self.wire_behind(own - both));
        let mut theirs = Labels(other.wire_behind(others - both));
        let mut parting = Parting { labels: None, shared: mine.0 };
        while mine.0 != theirs.0
            && let (Some(a), Some(b)) = (mine.next(), theirs.next())
        {
            if !a.eq_ignore_ascii_case(b) {
                parting = Parting { labels: Some((a, b)), shared: mine.0 };
            }
        }
        parting
    }

    /// This name with one more label on the left.
    ///
    /// # Errors
    /// When the label or the result is too long.
    pub fn prepend(&self, label: &[u8]) -> Result<Self, NameError> {
        let mut octets = Vec::with_capacity(self.0.len() + label.len() + 1);
        push_label(&mut octets, label)?;
        octets.extend_from_slice(&self.0);
        Self::from_checked_labels(octets)
    }

    /// The wildcard `*.` right below this name (the source of synthesis of a closest encloser, RFC 4592 3.3.1).
    ///
    /// # Errors
    /// When that is too long.
    pub fn wildcard(&self) -> Result<Self, NameError> {
        self.prepend(b"*")
    }

    /// The ancestor of this name one label longer than `encloser` (RFC 5155 section 1.3: next closer name);
    /// `None` unless this name is strictly below `encloser`.
    #[must_use]
    pub fn next_closer(&self, encloser: &Self) -> Option<Self> {
        if !self.is_below(encloser) {
            return None;
        }
        self.ancestor(encloser.label_count() + 1)
    }

    /// DNAME substitution (RFC 6672 section 2.2): this name with the suffix `from` replaced by `to`. `Ok(None)` when
    /// the name is not strictly below `from`.
    ///
    /// # Errors
    /// [`NameError::TooLong`] when the result is over 255 octets (the server's YXDOMAIN).
    pub fn substitute(&self, from: &Self, to: &Self) -> Result<Option<Self>, NameError> {
        if !self.is_below(from) {
            return Ok(None);
        }
        let kept = self.0.len() - from.0.len();
        Self::from_checked_labels([&self.0[..kept], &to.0].concat()).map(Some)
    }

    /// Lower case, the canonical form of RFC 4034 section 6.2 (1).
    #[must_use]
    pub fn to_lowercase(&self) -> Self {
        Self(self.0.to_ascii_lowercase().into_boxed_slice())
    }

    /// Are the octets equal, letter case included (as 0x20 needs it)?
    #[must_use]
    pub fn eq_case(&self, other: &Self) -> bool {
        self.0 == other.0
    }

    /// The wire form behind the first `skip` labels; `skip` is at most the number of labels.
    fn wire_behind(&self, skip: usize) -> &[u8] {
        let mut at = 0;
        for _ in 0..skip {
            at += usize::from(self.0[at]) + 1;
        }
        &self.0[at..]
    }
}

/// Where two names part, going down from the root.
struct Parting<'a> {
    /// The labels by which they do, of one and of the other; none where one of them ends before.
    labels: Option<(&'a [u8], &'a [u8])>,
    /// What both end in, as the first one has it.
    shared: &'a [u8],
}

/// Length of the name at the start of `octets`, root label included.
pub(super) fn wire_length(octets: &[u8]) -> Result<usize, NameError> {
    let mut at = 0;
    loop {
        match octets.get(at).copied().ok_or(NameError::BadLength)? {
            0 if at < Name::MAX_OCTETS => return Ok(at + 1),
            0 => return Err(NameError::TooLong),
            length @ 1..=63 => at += usize::from(length) + 1,
            _ => return Err(NameError::BadLabelType),
        }
        if at >= Name::MAX_OCTETS {
            return Err(NameError::TooLong);
        }
    }
}

fn push_label(octets: &mut Vec<u8>, label: &[u8]) -> Result<(), NameError> {
    let length = u8::try_from(label.len()).ok().filter(|l| usize::from(*l) <= Name::MAX_LABEL);
    match length.ok_or(NameError::LabelTooLong)? {
        0 => Err(NameError::EmptyLabel),
        length => {
            octets.push(length);
            octets.extend_from_slice(label);
            Ok(())
        }
    }
}

/// The labels of a name from the left, without the root label.
#[derive(Clone, Debug)]
pub struct Labels<'a>(&'a [u8]);

impl<'a> Iterator for Labels<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let (length, rest) = self.0.split_first()?;
        if *length == 0 {
            return None;
        }
        let (label, rest) = rest.split_at(usize::from(*length));
        self.0 = rest;
        Some(label)
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        is_same(&self.0, &other.0)
    }
}

/// Are they equal but for letter case? Most names are written alike. Length octets are below `A`, so folding case is safe on
/// the whole.
fn is_same(a: &[u8], b: &[u8]) -> bool {
    a == b || a.eq_ignore_ascii_case(b)
}

impl Eq for Name {}

impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        const PART: usize = 64; // most names are shorter
        for part in self.0.chunks(PART) {
            let mut lower = [0; PART];
            let lower = &mut lower[..part.len()];
            lower.copy_from_slice(part);
            lower.make_ascii_lowercase();
            state.write(lower);
        }
    }
}

impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The canonical order of RFC 4034 section 6.1: label by label from the right, each as lower-case octets, an
/// absent label first.
impl Ord for Name {
    fn cmp(&self, other: &Self) -> Ordering {
        match self.parting(other).labels {
            Some((mine, theirs)) => compare_label(mine, theirs),
            None => self.0.len().cmp(&other.0.len()), // one is the other's ancestor, or they are equal
        }
    }
}

fn compare_label(a: &[u8], b: &[u8]) -> Ordering {
    a.iter().map(u8::to_ascii_lowercase).cmp(b.iter().map(u8::to_ascii_lowercase))
}

impl FromStr for Name {
    type Err = NameError;

    /// Reads RFC 1035 section 5.1 text. The final dot may be left out: every name is fully qualified.
    fn from_str(text: &str) -> Result<Self, NameError> {
        if text == "." {
            return Ok(Self::root());
        }
        let mut octets = Vec::with_capacity(text.len() + 2);
        let mut label = Vec::new();
        let mut rest = text.as_bytes();
        while let Some((octet, behind)) = rest.split_first() {
            rest = behind;
            match octet {
                b'.' => {
                    push_label(&mut octets, &label)?;
                    label.clear();
                }
                b'\\' => label.push(unescape(&mut rest)?),
                octet => label.push(*octet),
            }
        }
        if !label.is_empty() {
            push_label(&mut octets, &label)?;
        }
        if octets.is_empty() {
            return Err(NameError::EmptyLabel);
        }
        octets.push(0);
        Self::from_checked_labels(octets)
    }
}

/// What follows a backslash: three decimal digits, or any one octet.
pub(super) fn unescape(rest: &mut &[u8]) -> Result<u8, NameError> {
    let (first, behind) = rest.split_first().ok_or(NameError::BadEscape)?;
    if !first.is_ascii_digit() {
        *rest = behind;
        return Ok(*first);
    }
    let digits = rest
        .get(..3)
        .and_then(|d| std::str::from_utf8(d).ok())
        .filter(|d| d.bytes().all(|b| b.is_ascii_digit()));
    let value = digits.and_then(|d| d.parse().ok()).ok_or(NameError::BadEscape)?;
    *rest = &rest[3..];
    Ok(value)
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_root() {
            return f.write_str(".");
        }
        for label in self.labels() {
            f.write_str(&escaped_label(label))?;
            f.write_str(".")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text of one label, safe to print: RFC 1035 section 5.1 escapes for what is not a plain graphic character.
fn escaped_label(label: &[u8]) -> Cow<'_, str> {
    let plain = |octet: &u8| {
        octet.is_ascii_graphic()
            && !matches!(octet, b'.' | b'\\' | b'"' | b';' | b'(' | b')' | b'@' | b'$')
    };
    if label.iter().all(plain) {
        return String::from_utf8_lossy(label);
    }
    let mut text = String::with_capacity(label.len() * 4);
    for octet in label {
        if plain(octet) {
            text.push(char::from(*octet));
        } else if octet.is_ascii_graphic() {
            text.push('\\');
            text.push(char::from(*octet));
        } else {
            text.push_str(&format!("\\{octet:03}"));
        }
    }
    text.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Name {
        text.parse().expect("a name")
    }

    #[test]
    fn rfc4034_s6_1_example_order() {
        let sorted = [
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
        let mut names: Vec<Name> = sorted.iter().rev().map(|t| name(t)).collect();
        names.sort();
        assert_eq!(names, sorted.iter().map(|t| name(t)).collect::<Vec<_>>());
    }

    #[test]
    fn rfc1035_s5_1_text_round_trip() {
        for text in [".", "a.b.", "a\\.b.c.", "\\000\\255.x.", "\\\\\\@.y.", "\\032.z."] {
            assert_eq!(name(text).to_string(), text);
        }
        assert_eq!(name("\\065.").to_string(), "A.");
    }

    #[test]
    fn bad_text_is_refused() {
        for (text, error) in [
            ("", NameError::EmptyLabel),
            ("a..b", NameError::EmptyLabel),
            (".a", NameError::EmptyLabel),
            ("a\\", NameError::BadEscape),
            ("\\256", NameError::BadEscape),
            ("\\12", NameError::BadEscape),
        ] {
            assert_eq!(text.parse::<Name>(), Err(error), "{text}");
        }
        assert_eq!("a".repeat(64).parse::<Name>(), Err(NameError::LabelTooLong));
        assert_eq!("a.".repeat(128).parse::<Name>(), Err(NameError::TooLong));
        assert_eq!("a.".repeat(127).parse::<Name>().map(|n| n.as_wire().len()), Ok(255));
    }

    #[test]
    fn wire_of_255_octets_is_the_longest() {
        let mut wire = [[1, b'a'].repeat(127), vec![0]].concat();
        assert!(Name::from_wire(&wire).is_ok());
        wire.splice(0..0, [1, b'b']);
        assert_eq!(Name::from_wire(&wire), Err(NameError::TooLong));
        assert_eq!(Name::from_wire(&[0x41, 0, 0]), Err(NameError::BadLabelType));
        assert_eq!(Name::from_wire(&[1, b'a', 0, 0]), Err(NameError::BadLength));
        assert_eq!(Name::from_wire(&[3, b'a']), Err(NameError::BadLength));
    }

    #[test]
    fn family() {
        let (www, zone) = (name("www.Example.com"), name("eXample.com"));
        assert!(
            www.is_below(&zone) && www.is_at_or_below(&Name::root()) && zone.is_at_or_below(&zone)
        );
        assert!(!zone.is_below(&zone) && !name("xexample.com").is_at_or_below(&zone));
        assert_eq!(www.ancestor(1), Some(name("com")));
        assert_eq!(www.ancestor(4), None);
        assert_eq!(name("a.b.c").next_closer(&name("c")), Some(name("b.c")));
        assert_eq!(name("a.b.c").common_ancestor(&name("x.B.c")), name("b.c"));
        assert_eq!(www.self_and_ancestors().count(), 4);
        assert_eq!(name("*.x").signed_label_count(), 1);
    }

    #[test]
    fn rfc6672_s2_2_substitution() {
        let from = name("example.com");
        assert_eq!(
            name("a.example.com").substitute(&from, &name("x.net")),
            Ok(Some(name("a.x.net")))
        );
        assert_eq!(from.substitute(&from, &name("x.net")), Ok(None));
        let long = name(&"abcdefgh.".repeat(27));
        assert_eq!(
            name("abcdefghijklmno.example.com").substitute(&from, &long),
            Err(NameError::TooLong)
        );
    }

    #[test]
    fn rfc4343_case_does_not_matter_but_is_kept() {
        let (a, b) = (name("ExAmple.Com"), name("example.com"));
        assert_eq!(a, b);
        assert!(!a.eq_case(&b));
        assert_eq!(a.to_string(), "ExAmple.Com.");
    }
}
