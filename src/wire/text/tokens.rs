//! Text to entries of tokens (RFC 1035 section 5.1): blanks, lines, parentheses, comments, quotes and escapes.

use super::TextError;

/// How a token was quoted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quoting {
    /// Not at all.
    None,
    /// As a whole; the quotes are not part of the token's text.
    Whole,
    /// In part, as in `alpn="h2"`; the quotes are part of the token's text.
    Part,
}

/// One word or quoted string, its escapes not yet decoded.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token<'a> {
    pub(super) text: &'a str,
    pub(super) quoting: Quoting,
    pub(super) line: usize,
}

impl<'a> Token<'a> {
    /// The text of a token that must not be quoted.
    pub(super) fn plain(self, wanted: &str) -> Result<&'a str, TextError> {
        match self.quoting {
            Quoting::None => Ok(self.text),
            Quoting::Whole | Quoting::Part => Err(self.expected(&format!("{wanted}, unquoted"))),
        }
    }

    pub(super) fn error(self, what: impl Into<String>) -> TextError {
        TextError::new(self.line, what)
    }

    pub(super) fn expected(self, wanted: &str) -> TextError {
        self.error(format!("expected {wanted}, found {}", self.shown()))
    }

    /// The token as an error shows it: escaped, and not at any length.
    pub(super) fn shown(self) -> String {
        const LONGEST: usize = 60;
        match self.text.char_indices().nth(LONGEST) {
            Some((end, _)) => format!("{:?}...", &self.text[..end]),
            None => format!("{:?}", self.text),
        }
    }
}

/// The tokens of one record or directive.
#[derive(Debug)]
pub(super) struct Entry<'a> {
    /// Does it start with a blank, so that it has the owner of the entry before?
    pub(super) leading_blank: bool,
    /// At least one.
    pub(super) tokens: Vec<Token<'a>>,
}

/// A cursor over the tokens of an entry.
#[derive(Debug)]
pub(super) struct Tokens<'t, 'a> {
    left: &'t [Token<'a>],
    line: usize,
}

impl<'t, 'a> Tokens<'t, 'a> {
    pub(super) fn new(tokens: &'t [Token<'a>]) -> Self {
        Self { left: tokens, line: tokens.first().map_or(1, |t| t.line) }
    }

    pub(super) fn peek(&self) -> Option<Token<'a>> {
        self.left.first().copied()
    }

    /// The next token; that there is none is an error.
    pub(super) fn take(&mut self, wanted: &str) -> Result<Token<'a>, TextError> {
        let (first, left) = self.left.split_first().ok_or_else(|| self.missing(wanted))?;
        (self.left, self.line) = (left, first.line);
        Ok(*first)
    }

    /// All tokens that are left, at least one.
    pub(super) fn rest(&mut self, wanted: &str) -> Result<&'t [Token<'a>], TextError> {
        match std::mem::take(&mut self.left) {
            [] => Err(self.missing(wanted)),
            rest => Ok(rest),
        }
    }

    /// Nothing may be left.
    pub(super) fn finish(&self) -> Result<(), TextError> {
        self.peek().map_or(Ok(()), |token| Err(token.expected("the end of the line")))
    }

    fn missing(&self, wanted: &str) -> TextError {
        TextError::new(self.line, format!("expected {wanted}, found the end of the line"))
    }
}

/// The entries of a text, front to back.
#[derive(Debug)]
pub(super) struct Entries<'a> {
    text: &'a str,
    at: usize,
    line: usize,
}

impl<'a> Entries<'a> {
    pub(super) const fn new(text: &'a str) -> Self {
        Self { text, at: 0, line: 1 }
    }

    /// The next entry that holds a token; `None` at the end of the text.
    pub(super) fn next_entry(&mut self) -> Result<Option<Entry<'a>>, TextError> {
        while self.peek().is_some() {
            let entry = self.entry()?;
            if !entry.tokens.is_empty() {
                return Ok(Some(entry));
            }
        }
        Ok(None)
    }

    /// One line, or several that parentheses join.
    fn entry(&mut self) -> Result<Entry<'a>, TextError> {
        let leading_blank = matches!(self.peek(), Some(b' ' | b'\t'));
        let mut tokens = Vec::new();
        let mut opened = Vec::new();
        while let Some(octet) = self.peek() {
            match octet {
                b';' => self.skip_while(|o| o != b'\n'),
                b'"' => tokens.push(self.quoted()?),
                b'\n' | b'\r' | b' ' | b'\t' | b'(' | b')' => {
                    self.at += 1;
                    match octet {
                        b'(' => opened.push(self.line),
                        b')' => drop(opened.pop().ok_or_else(|| self.error("a ) without its ("))?),
                        b'\n' => {
                            self.line += 1;
                            if opened.is_empty() {
                                break;
                            }
                        }
                        _ => {}
                    }
                }
                _ => tokens.push(self.word()?),
            }
        }
        match opened.first() {
            Some(line) if self.peek().is_none() => Err(TextError::new(*line, "a ( without its )")),
            _ => Ok(Entry { leading_blank, tokens }),
        }
    }

    /// The word that starts here; a quoted part of it may hold blanks.
    fn word(&mut self) -> Result<Token<'a>, TextError> {
        let (start, line, mut quoting) = (self.at, self.line, Quoting::None);
        while let Some(octet) = self.peek() {
            match octet {
                b'\n' | b'\r' | b' ' | b'\t' | b'(' | b')' | b';' => break,
                b'"' => {
                    quoting = Quoting::Part;
                    self.skip_quoted()?;
                }
                b'\\' => self.skip_escape(),
                _ => self.at += 1,
            }
        }
        Ok(Token { text: &self.text[start..self.at], quoting, line })
    }

    fn quoted(&mut self) -> Result<Token<'a>, TextError> {
        let start = self.at + 1;
        self.skip_quoted()?;
        let text = &self.text[start..self.at - 1];
        Ok(Token { text, quoting: Quoting::Whole, line: self.line })
    }

    /// Moves from a quote behind the next. A string ends on its line, so that a lost quote does not eat the file.
    fn skip_quoted(&mut self) -> Result<(), TextError> {
        self.at += 1;
        loop {
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => self.skip_escape(),
                Some(b'\n') | None => {
                    return Err(self.error("a quoted string that is not closed on its line"));
                }
                Some(_) => self.at += 1,
            }
        }
        self.at += 1;
        Ok(())
    }

    /// Moves behind a backslash and the octet that it escapes, but over no end of line: whoever decodes the token
    /// refuses a backslash in front of nothing.
    fn skip_escape(&mut self) {
        self.at += 1;
        if !matches!(self.peek(), Some(b'\n' | b'\r') | None) {
            self.at += 1;
        }
    }

    fn skip_while(&mut self, skipped: impl Fn(u8) -> bool) {
        while self.peek().is_some_and(&skipped) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn error(&self, what: &str) -> TextError {
        TextError::new(self.line, what)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each entry as its tokens, `line:text`, behind a blank where it starts with one.
    fn entries(text: &str) -> Result<Vec<String>, TextError> {
        let mut entries = Entries::new(text);
        let mut shown = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            let tokens = entry.tokens.iter().map(|t| format!("{}:{}", t.line, t.text));
            let blank = if entry.leading_blank { " " } else { "" };
            shown.push(format!("{blank}{}", tokens.collect::<Vec<_>>().join("|")));
        }
        Ok(shown)
    }

    #[test]
    fn rfc1035_s5_1_entries() {
        let text = "a b;c\n\n ;only\n\td ( e\n;f\n(g\r\n) \"h i\"\n) j\nk\\;\\(\\\" l\"m n\"o\r\n\"\"\"\\\"\"";
        let expected =
            ["1:a|1:b", " 4:d|4:e|6:g|7:h i|8:j", "9:k\\;\\(\\\"|9:l\"m n\"o", "10:|10:\\\""];
        assert_eq!(entries(text).expect("well-formed"), expected);
    }

    #[test]
    fn rfc1035_s5_1_what_is_not_closed_is_named_by_its_line() {
        for (text, line) in [
            ("a\n(b\n(c\n)", 2),
            ("a\n)", 2),
            ("\na \"b\nc\"", 2),
            ("a=\"b", 1),
            ("(\n\"b\\", 2),
            ("(", 1),
        ] {
            assert_eq!(entries(text).map_err(|e| e.line), Err(line), "{text:?}");
        }
    }

    #[test]
    fn an_escape_does_not_reach_over_the_end_of_a_line() {
        assert_eq!(entries("a\\\nb\\\r\nc\\").expect("lines"), ["1:a\\", "2:b\\", "3:c\\"]);
        assert_eq!(entries("\\é ü").expect("a line"), ["1:\\é|1:ü"]);
    }
}
