//! Forwarders and stub servers: does each do what it is for?

use super::ask::{Heard, Questions, Server};
use super::check::{Check, Finding};
use super::roots::signed_keys;
use crate::iterate::Zone;
use crate::wire::{Message, Name, Rcode, RrType};

/// What to ask the servers of `zone`. Who resolves everything knows the root's keys; another forwarder and a stub
/// server need to know their zone alone.
pub(super) fn questions(zone: &Zone) -> Questions {
    let delegation = &zone.delegation;
    let signed = if answers_for_all(zone) { RrType::DNSKEY } else { RrType::SOA };
    Questions::of(&delegation.zone, signed, delegation.is_forward())
}

/// Is it the forwarder of every name?
pub(super) fn answers_for_all(zone: &Zone) -> bool {
    zone.delegation.is_forward() && zone.delegation.zone == Name::root()
}

/// What one server of `zone` lacks, the worst of it.
pub(super) fn check(zone: &Zone, server: &Server) -> Check {
    let forward = zone.delegation.is_forward();
    let name = format!(
        "{} {} of {}",
        if forward { "forwarder" } else { "stub server" },
        server.address,
        zone.delegation.zone
    );
    match lack(zone, server) {
        Some((finding, evidence)) => Check::bad(&name, finding, evidence),
        None if forward && server.replies().any(|reply| !reply.header.flags.checking_disabled) => {
            let evidence = "answers, but does not heed CD: it may hide what it cannot validate (RFC 4035 3.2.2)";
            Check::note(&name, evidence)
        }
        None => Check::good(&name, "answers over UDP and TCP"),
    }
}

fn lack(zone: &Zone, server: &Server) -> Option<(Finding, String)> {
    let bad = |evidence: &str| Some((Finding::Upstream, evidence.to_owned()));
    if !server.answers() {
        let refused = server.all().iter().all(|heard| matches!(heard, Heard::Refused));
        return bad(if refused { "unreachable" } else { "does not answer" });
    }
    if let Some(why) = server.replies().find_map(|reply| refusal(zone, reply)) {
        return Some((Finding::Upstream, why));
    }
    if !server.answers_udp() {
        return bad("answers over TCP, and not over UDP");
    }
    if !server.signed.is_answered() {
        return bad("answers without EDNS, and not with EDNS and DO");
    }
    if !server.stream.is_answered() {
        return bad("answers over UDP, and not over TCP");
    }
    let whole = |heard: &&Heard| heard.reply().is_some_and(|m| !m.header.flags.truncated);
    let stripped = |heard: &Heard| heard.reply().is_some_and(|m| signed_keys(m).is_none());
    let both = [&server.signed, &server.stream];
    if answers_for_all(zone) && both.into_iter().filter(whole).any(stripped) {
        let evidence = "gives the root's keys without their signatures";
        return Some((Finding::ForwarderStrips, evidence.to_owned()));
    }
    None
}

/// Why a reply is of no use: another code than NOERROR, or a stub server without authority.
fn refusal(zone: &Zone, reply: &Message) -> Option<String> {
    let (flags, rcode) = (reply.header.flags, reply.header.rcode);
    if rcode != Rcode::NOERROR {
        Some(format!("answers {rcode}"))
    } else if !zone.delegation.is_forward() && !flags.authoritative {
        Some("is not authoritative for it; a resolver belongs under forward".into())
    } else if zone.delegation.is_forward() && !flags.recursion_available {
        Some("does not resolve (no RA); a zone's own server belongs under resolver.stub".into())
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::iterate::Fallback;
    use crate::model::Source;
    use crate::wire::{Flags, Header, Opcode, RrSet};

    const RESOLVER: Flags = Flags {
        response: true,
        authoritative: false,
        truncated: false,
        recursion_desired: true,
        recursion_available: true,
        authentic_data: false,
        checking_disabled: true,
    };

    fn reply(flags: Flags, rcode: Rcode, signed: bool) -> Heard {
        let mut message = Message::new(Header { id: 1, opcode: Opcode::QUERY, flags, rcode });
        let mut keys = RrSet::new(Name::root(), RrType::DNSKEY, 60, vec![[0].into()]);
        keys.signatures.extend(signed.then(|| [0].into()));
        message.answer.push(keys);
        Heard::Reply(Box::new(message))
    }

    fn zone(name: &str, source: Source) -> Zone {
        let at = "192.0.2.9:53".parse().expect("a socket");
        Zone::new(name.parse().expect("a name"), source, &[at], Fallback::None)
    }

    fn told(zone: &Zone, [plain, signed, stream]: [Heard; 3]) -> (Option<Finding>, String) {
        let server = Server { address: zone.sockets[0], plain, signed, stream };
        let check = check(zone, &server);
        (super::super::check::worst(std::slice::from_ref(&check)), check.evidence)
    }

    #[test]
    fn what_a_forwarder_can_lack() {
        use Heard::{Refused, Silence};
        let all = zone(".", Source::Forward);
        let one = zone("corp.example.", Source::Forward);
        let ok = || reply(RESOLVER, Rcode::NOERROR, true);
        let bare = || reply(RESOLVER, Rcode::NOERROR, false);
        let no = || reply(RESOLVER, Rcode::REFUSED, false);
        let lax = || reply(Flags { checking_disabled: false, ..RESOLVER }, Rcode::NOERROR, true);
        let closed =
            || reply(Flags { recursion_available: false, ..RESOLVER }, Rcode::NOERROR, true);
        let (up, strips) = (Some(Finding::Upstream), Some(Finding::ForwarderStrips));
        for (zone, heard, finding, words) in [
            (&all, [ok(), ok(), ok()], None, "answers over UDP and TCP"),
            (&all, [Silence, Silence, Silence], up, "does not answer"),
            (&all, [Refused, Refused, Refused], up, "unreachable"),
            (&all, [no(), no(), no()], up, "answers REFUSED"),
            (&all, [closed(), closed(), closed()], up, "no RA"),
            (&all, [Silence, Silence, ok()], up, "not over UDP"),
            (&all, [ok(), Silence, ok()], up, "not with EDNS"),
            (&all, [ok(), ok(), Refused], up, "not over TCP"),
            (&all, [bare(), bare(), bare()], strips, "without their signatures"),
            (&one, [bare(), bare(), bare()], None, "answers over UDP and TCP"),
            (&all, [lax(), lax(), lax()], None, "does not heed CD"),
        ] {
            let (found, evidence) = told(zone, heard);
            assert!(found == finding && evidence.contains(words), "{words}: {found:?} {evidence}");
        }
    }

    #[test]
    fn what_a_stub_server_can_lack() {
        let zone = zone("corp.example.", Source::Stub);
        let own = Flags { response: true, authoritative: true, ..Flags::default() };
        let ok = || reply(own, Rcode::NOERROR, false);
        assert_eq!(told(&zone, [ok(), ok(), ok()]).0, None);
        let resolver = || reply(RESOLVER, Rcode::NOERROR, false);
        let (found, evidence) = told(&zone, [resolver(), resolver(), resolver()]);
        assert!(found == Some(Finding::Upstream) && evidence.contains("forward"), "{evidence}");
    }
}
