//! In which manner a server is asked, and what a reply leads to in the same conversation: a pure choice.

use crate::net::Transport;
use crate::wire::Rcode;

/// How a question is put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Manner {
    /// UDP or TCP.
    pub transport: Transport,
    /// Over TCP on a new connection, which no other question shares.
    pub alone: bool,
    /// With an OPT record, and DO in it.
    pub edns: bool,
    /// With the name in random letters (0x20).
    pub random_case: bool,
    /// After BADCOOKIE.
    pub new_cookie: bool,
}

/// What of a reply decides whether its question is put again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Heard {
    pub rcode: Rcode,
    pub truncated: bool,
    /// It has an OPT record.
    pub edns: bool,
}

impl Manner {
    /// The same over TCP.
    pub const fn over_tcp(self) -> Self {
        Self { transport: Transport::Tcp, ..self }
    }

    /// How to put the question again after `heard`; `None` when that is what the server has to say.
    ///
    /// - Truncated: over TCP (RFC 7766 section 5).
    /// - BADCOOKIE: once more with the cookie that came with it, then over TCP (RFC 7873 section 5.3).
    /// - FORMERR or NOTIMP without OPT to a query with it: over TCP, to know that the server said it, and then, unless the
    ///   path is signed and the answer would be worth nothing without DO, without OPT (RFC 6891 section 6.2.2).
    pub fn after(self, heard: Heard, signed: bool) -> Option<Self> {
        let udp = self.transport == Transport::Udp;
        match heard.rcode {
            _ if heard.truncated && udp => Some(self.over_tcp()),
            Rcode::BADCOOKIE if udp && !self.new_cookie => Some(Self { new_cookie: true, ..self }),
            Rcode::BADCOOKIE if udp => Some(self.over_tcp()),
            Rcode::FORMERR | Rcode::NOTIMP if self.edns && !heard.edns && udp => {
                Some(self.over_tcp())
            }
            Rcode::FORMERR | Rcode::NOTIMP if self.edns && !heard.edns && !signed => {
                Some(Self { transport: Transport::Udp, edns: false, ..self })
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Transport::Udp;

    const USUAL: Manner =
        Manner { transport: Udp, alone: false, edns: true, random_case: true, new_cookie: false };

    fn after(manner: Manner, rcode: Rcode, edns: bool, signed: bool) -> Option<Manner> {
        manner.after(Heard { rcode, truncated: false, edns }, signed)
    }

    #[test]
    fn rfc7766_s5_truncation_leads_to_tcp_once() {
        let cut = Heard { rcode: Rcode::NOERROR, truncated: true, edns: true };
        assert_eq!(USUAL.after(cut, true), Some(USUAL.over_tcp()));
        assert_eq!(USUAL.over_tcp().after(cut, true), None);
    }

    #[test]
    fn rfc7873_s5_3_badcookie_leads_to_one_more_try_and_then_to_tcp() {
        let again = Manner { new_cookie: true, ..USUAL };
        assert_eq!(after(USUAL, Rcode::BADCOOKIE, true, true), Some(again));
        assert_eq!(after(again, Rcode::BADCOOKIE, true, true), Some(again.over_tcp()));
        assert_eq!(after(again.over_tcp(), Rcode::BADCOOKIE, true, true), None);
    }

    #[test]
    fn rfc6891_s6_2_2_opt_is_left_out_when_tcp_confirmed_and_nothing_is_signed() {
        for rcode in [Rcode::FORMERR, Rcode::NOTIMP] {
            let tcp = USUAL.over_tcp();
            let plain = Manner { edns: false, ..USUAL };
            for (manner, edns, signed, expected) in [
                (USUAL, false, true, Some(tcp)),
                (USUAL, false, false, Some(tcp)),
                (USUAL, true, false, None),
                (tcp, false, true, None),
                (tcp, true, false, None),
                (tcp, false, false, Some(plain)),
                (plain, false, false, None),
                (plain.over_tcp(), false, false, None),
            ] {
                assert_eq!(after(manner, rcode, edns, signed), expected, "{manner:?} {edns}");
            }
        }
        for rcode in [Rcode::NOERROR, Rcode::NXDOMAIN, Rcode::SERVFAIL, Rcode::REFUSED] {
            assert_eq!(after(USUAL, rcode, false, false), None);
        }
    }
}
