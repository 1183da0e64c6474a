//! What the root servers' replies say about the way to them.

use std::fmt::Display;
use std::net::{IpAddr, SocketAddr};

use super::ask::{Heard, Server};
use super::check::{Check, Finding};
use crate::wire::{Message, Name, Rcode, RrSet, RrType};

const UDP: &str = "UDP port 53";
const TCP: &str = "TCP port 53";
const LARGE: &str = "answers with DNSSEC over UDP";
const WHO: &str = "who answers";
const RECORDS: &str = "DNSSEC records";

/// Servers named in evidence.
const NAMED: usize = 3;

/// Everything that was heard on the way to the root servers.
pub(super) struct Replies {
    /// Of root servers.
    pub roots: Vec<Server>,
    /// Of addresses where there can be nobody (RFC 5737, RFC 3849).
    pub nobody: Vec<Server>,
}

impl Replies {
    /// All that can be told from them.
    pub fn checks(&self) -> Vec<Check> {
        if !self.roots.iter().chain(&self.nobody).any(Server::answers) {
            return vec![self.offline()];
        }
        let mut checks = vec![self.udp(), self.tcp(), self.large_answers(), self.who_answers()];
        checks.extend(self.dnssec_records());
        checks.extend(self.family("IPv4", SocketAddr::is_ipv4));
        checks.extend(self.family("IPv6", SocketAddr::is_ipv6));
        checks
    }

    /// The root's DNSKEY RRset with signatures, from whoever gave it.
    pub fn keys(&self) -> Option<&RrSet> {
        self.roots.iter().flat_map(Server::replies).find_map(signed_keys)
    }

    fn offline(&self) -> Check {
        let refused =
            self.roots.iter().all(|s| s.all().iter().all(|h| matches!(h, Heard::Refused)));
        let why = if refused { "the network refuses: no route, or a firewall" } else { "silence" };
        let asked = named(self.roots.iter());
        Check::bad(
            "network",
            Finding::Offline,
            format!("no root server answers over UDP or TCP: {why} ({asked})"),
        )
    }

    fn udp(&self) -> Check {
        let (heard, all) = self.count(Server::answers_udp);
        if heard == 0 {
            return Check::bad(
                UDP,
                Finding::NoUdp,
                format!("none of {all} root servers answers, over TCP they do"),
            );
        }
        Check::good(UDP, format!("{heard} of {all} root servers answer"))
    }

    fn tcp(&self) -> Check {
        let (heard, all) = self.count(|server| server.stream.is_answered());
        if heard == 0 {
            let refused = self.roots.iter().any(|s| matches!(s.stream, Heard::Refused));
            let how = if refused { "connections are refused" } else { "connections get no answer" };
            return Check::bad(
                TCP,
                Finding::NoTcp,
                format!("none of {all} root servers answers: {how}"),
            );
        }
        Check::good(TCP, format!("{heard} of {all} root servers answer"))
    }

    /// Those that answer small questions answer also with EDNS and DO: in full, or truncated.
    fn large_answers(&self) -> Check {
        let small = || self.roots.iter().filter(|server| server.plain.is_answered());
        let large = small().filter(|server| server.signed.is_answered()).count();
        match small().count() {
            0 => Check::note(LARGE, "not to be told: not even small ones arrive"),
            all if large == 0 => Check::bad(
                LARGE,
                Finding::LargeAnswersLost,
                format!("{all} root servers answer without EDNS, and none with EDNS and DO"),
            ),
            all => Check::good(LARGE, format!("{large} of {all} root servers")),
        }
    }

    /// A root server is authoritative for the root and resolves for nobody.
    fn who_answers(&self) -> Check {
        let bad = |evidence: String| Check::bad(WHO, Finding::Intercepted, evidence);
        if let Some(server) = self.nobody.iter().find(|server| server.answers()) {
            let ip = server.address.ip();
            return bad(format!(
                "{ip} answers, an address of documentation: whoever answers there answers everywhere"
            ));
        }
        let impostors: Vec<_> =
            self.roots.iter().filter(|server| server.replies().any(is_no_root_server)).collect();
        match impostors.first().and_then(|server| server.replies().find(|m| is_no_root_server(m))) {
            Some(reply) => bad(format!(
                "in the place of {} something answers that is no root server: {}",
                named(impostors.into_iter()),
                oddities(reply)
            )),
            None => Check::good(WHO, "the root servers themselves, as far as can be seen"),
        }
    }

    /// The keys come with their signatures wherever they come at all.
    fn dnssec_records(&self) -> Option<Check> {
        let complete = |m: &&Message| !m.header.flags.truncated;
        let asked_for_keys = |server: &Server| {
            let both = [&server.signed, &server.stream];
            both.into_iter().filter_map(Heard::reply).filter(complete).cloned().collect::<Vec<_>>()
        };
        let replies: Vec<_> = self.roots.iter().flat_map(asked_for_keys).collect();
        let with = replies.iter().filter(|message| signed_keys(message).is_some()).count();
        match replies.len() {
            0 => None,
            all if with < all => {
                let evidence =
                    format!("{} of {all} answers lack the root's signed keys", all - with);
                Some(Check::bad(RECORDS, Finding::NoDnssec, evidence))
            }
            all => Some(Check::good(RECORDS, format!("in all of {all} answers"))),
        }
    }

    /// A family that the host has and that leads nowhere, while the other one works.
    fn family(&self, name: &str, is: impl Fn(&SocketAddr) -> bool) -> Option<Check> {
        let own = || self.roots.iter().filter(|server| is(&server.address));
        let (all, heard) = (own().count(), own().filter(|server| server.answers()).count());
        let refused = own().all(|s| s.all().iter().all(|h| matches!(h, Heard::Refused)));
        match (all, heard) {
            (0, _) => None,
            (_, 0) if refused => {
                Some(Check::note(name, "this host has no route; it is done without"))
            }
            (_, 0) => {
                let evidence =
                    format!("none of {all} root servers answers, over the other family they do");
                Some(Check::bad(name, Finding::FamilyBroken, evidence))
            }
            _ => Some(Check::good(name, format!("{heard} of {all} root servers answer"))),
        }
    }

    fn count(&self, is: impl Fn(&Server) -> bool) -> (usize, usize) {
        (self.roots.iter().filter(|server| is(server)).count(), self.roots.len())
    }
}

/// Of a non-recursive question about the root itself: without AA, with RA, or with another response code it does not
/// come from the root's servers.
fn is_no_root_server(reply: &Message) -> bool {
    let flags = reply.header.flags;
    !flags.authoritative || flags.recursion_available || reply.header.rcode != Rcode::NOERROR
}

fn oddities(reply: &Message) -> String {
    let flags = reply.header.flags;
    let told = [
        (!flags.authoritative).then(|| "it is not authoritative (no AA)".to_owned()),
        flags.recursion_available.then(|| "it resolves for others (RA)".to_owned()),
        (reply.header.rcode != Rcode::NOERROR)
            .then(|| format!("it answers {}", reply.header.rcode)),
    ];
    told.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// The root's DNSKEY RRset of a reply, if it is signed.
pub(super) fn signed_keys(reply: &Message) -> Option<&RrSet> {
    let keys = |set: &&RrSet| set.is(&Name::root(), RrType::DNSKEY) && !set.signatures.is_empty();
    reply.answer.iter().find(keys)
}

/// The first few of `servers`.
fn named<'s>(servers: impl Iterator<Item = &'s Server>) -> impl Display {
    let mut ips: Vec<_> = servers.map(|server| server.address.ip().to_string()).collect();
    let more = ips.len() > NAMED;
    ips.truncate(NAMED);
    ips.join(", ") + if more { ", …" } else { "" }
}

/// Addresses of documentation (RFC 5737, RFC 3849) where nobody answers; none of a network that `used` has servers in,
/// as a lab may.
pub(super) fn nobody(used: &[SocketAddr]) -> Vec<SocketAddr> {
    const NOBODY: [IpAddr; 4] = [
        IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 253)),
        IpAddr::V4(std::net::Ipv4Addr::new(198, 51, 100, 253)),
        IpAddr::V4(std::net::Ipv4Addr::new(203, 0, 113, 253)),
        IpAddr::V6(std::net::Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0x53)),
    ];
    let near = |a: &IpAddr, b: IpAddr| match (a, b) {
        (IpAddr::V4(a), IpAddr::V4(b)) => a.octets()[..3] == b.octets()[..3],
        (IpAddr::V6(a), IpAddr::V6(b)) => a.segments()[..2] == b.segments()[..2],
        _ => false,
    };
    let free = |ip: &IpAddr| !used.iter().any(|socket| near(ip, socket.ip()));
    NOBODY.into_iter().filter(free).map(|ip| SocketAddr::new(ip, 53)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::doctor::check::{Outcome, worst};
    use crate::wire::{Flags, Header, Opcode};

    fn reply(flags: Flags, signed: bool) -> Heard {
        let flags = Flags { response: true, ..flags };
        let header = Header { id: 1, opcode: Opcode::QUERY, flags, rcode: Rcode::NOERROR };
        let mut message = Message::new(header);
        let mut keys = RrSet::new(Name::root(), RrType::DNSKEY, 60, vec![[0].into()]);
        keys.signatures.extend(signed.then(|| [0].into()));
        message.answer.push(keys);
        Heard::Reply(Box::new(message))
    }

    fn right() -> Heard {
        reply(Flags { authoritative: true, ..Flags::default() }, true)
    }

    fn server(address: &str, [plain, signed, stream]: [Heard; 3]) -> Server {
        let address = SocketAddr::new(address.parse().expect("an address"), 53);
        Server { address, plain, signed, stream }
    }

    fn finding(roots: Vec<Server>, nobody: Vec<Server>) -> Option<Finding> {
        worst(&Replies { roots, nobody }.checks())
    }

    #[test]
    fn one_finding_for_each_way_of_failing() {
        use Heard::{Refused, Silence};
        let v4 = |heard| server("192.0.2.1", heard);
        let v6 = |heard| server("2001:db8::1", heard);
        let nowhere = || v6([Refused, Refused, Refused]);
        let silent = || v6([Silence, Silence, Silence]);
        let all = || [right(), right(), right()];
        let cut = Flags { authoritative: true, truncated: true, ..Flags::default() };
        let table = [
            (vec![v4(all()), v6(all())], None),
            (vec![v4(all()), nowhere()], None),
            (vec![v4(all()), silent()], Some(Finding::FamilyBroken)),
            (vec![v4([Silence, Silence, Silence]), v6(all())], Some(Finding::FamilyBroken)),
            (vec![v4([Silence, Silence, Silence]), nowhere()], Some(Finding::Offline)),
            (vec![nowhere()], Some(Finding::Offline)),
            (vec![v4([Silence, Silence, right()])], Some(Finding::NoUdp)),
            (vec![v4([right(), right(), Silence])], Some(Finding::NoTcp)),
            (vec![v4([right(), right(), Refused])], Some(Finding::NoTcp)),
            (vec![v4([right(), Silence, right()])], Some(Finding::LargeAnswersLost)),
            (vec![v4([right(), reply(cut, false), right()])], None),
            (
                vec![v4([
                    right(),
                    reply(Flags { authoritative: true, ..Flags::default() }, false),
                    right(),
                ])],
                Some(Finding::NoDnssec),
            ),
            (
                vec![v4([reply(Flags::default(), true), right(), right()])],
                Some(Finding::Intercepted),
            ),
            (
                vec![v4([
                    right(),
                    right(),
                    reply(
                        Flags {
                            authoritative: true,
                            recursion_available: true,
                            ..Flags::default()
                        },
                        true,
                    ),
                ])],
                Some(Finding::Intercepted),
            ),
            (vec![v4([Heard::Garbled, right(), right()])], None),
        ];
        for (at, (roots, expected)) in table.into_iter().enumerate() {
            assert_eq!(finding(roots, Vec::new()), expected, "row {at}");
        }
        let nobody = vec![server("203.0.113.253", [right(), Silence, Silence])];
        assert_eq!(finding(vec![v4(all())], nobody), Some(Finding::Intercepted));
        let checks = Replies { roots: vec![v4(all()), nowhere()], nobody: Vec::new() }.checks();
        assert_eq!(checks.last().map(|check| check.outcome), Some(Outcome::Note), "no IPv6");
    }

    #[test]
    fn rfc5737_addresses_near_known_servers_are_left_out() {
        assert_eq!(nobody(&[]).len(), 4);
        let used = ["192.0.2.1:53", "[2001:db8:7::1]:53"].map(|s| s.parse().expect("a socket"));
        let left: Vec<_> = nobody(&used).iter().map(|socket| socket.ip().to_string()).collect();
        assert_eq!(left, ["198.51.100.253", "203.0.113.253"]);
    }
}
