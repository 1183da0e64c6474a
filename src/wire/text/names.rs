//! Domain names in a master file (RFC 1035 section 5.1): absolute, relative to the origin, or `@`.

use super::TextError;
use super::tokens::{Token, Tokens};
use crate::wire::{Name, NameError, Reader};

pub(super) fn read(
    tokens: &mut Tokens<'_, '_>,
    origin: &Name,
    octets: &mut Vec<u8>,
) -> Result<(), TextError> {
    let token = tokens.take("a domain name")?;
    octets.extend_from_slice(name(token, origin)?.as_wire());
    Ok(())
}

/// Names in RDATA are uncompressed; a compression pointer does not fit.
pub(super) fn write(rdata: &mut Reader<'_>, text: &mut String) -> Option<()> {
    let name = Name::from_wire_prefix(rdata.clone().rest()).ok()?;
    rdata.octets(name.as_wire().len()).ok()?;
    text.push_str(&name.to_string());
    Some(())
}

/// The name that `token` stands for where relative names are below `origin`.
pub(super) fn name(token: Token<'_>, origin: &Name) -> Result<Name, TextError> {
    let text = token.plain("a domain name")?;
    if text == "@" {
        return Ok(origin.clone());
    }
    let name = text
        .parse()
        .and_then(|name: Name| if is_absolute(text) { Ok(name) } else { join(&name, origin) });
    name.map_err(|error: NameError| token.error(format!("{} is {error}", token.shown())))
}

/// Does the text end in a dot that no backslash escapes?
fn is_absolute(text: &str) -> bool {
    text.strip_suffix('.')
        .is_some_and(|front| front.bytes().rev().take_while(|o| *o == b'\\').count() % 2 == 0)
}

fn join(name: &Name, origin: &Name) -> Result<Name, NameError> {
    let labels = name.as_wire().strip_suffix(&[0]).unwrap_or_default();
    Name::from_checked_labels([labels, origin.as_wire()].concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::text::tokens::Quoting;

    fn shown(text: &str, origin: &Name) -> Result<String, String> {
        let token = Token { text, quoting: Quoting::None, line: 1 };
        name(token, origin).map(|n| n.to_string()).map_err(|e| e.what)
    }

    #[test]
    fn rfc1035_s5_1_relative_names() {
        let origin: Name = "Example.".parse().expect("a name");
        for (text, name) in [
            ("@", "Example."),
            (".", "."),
            ("a", "a.Example."),
            ("a.B", "a.B.Example."),
            ("a.b.", "a.b."),
            ("a\\.", "a\\..Example."),
            ("a\\\\.", "a\\\\."),
            ("a\\046", "a\\..Example."),
            ("\\@", "\\@.Example."),
            ("*", "*.Example."),
        ] {
            assert_eq!(shown(text, &origin), Ok(name.into()), "{text}");
        }
        assert_eq!(shown("a", &Name::root()), Ok("a.".into()));
    }

    #[test]
    fn rfc1035_s2_3_4_a_name_may_be_too_long_for_its_origin() {
        let origin: Name = "a.".repeat(120).parse().expect("a name");
        assert!(shown("123456789012", &origin).is_ok());
        assert!(shown("1234567890123", &origin).is_ok_and(|n| n.len() > 250));
        assert_eq!(
            shown("12345678901234", &origin),
            Err("\"12345678901234\" is a domain name longer than 255 octets".into())
        );
    }
}
