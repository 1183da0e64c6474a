//! An Internet with a hostile server in it, and the count of what each question costs the others.

use std::fmt::Write;
use std::time::Duration;

use bailiwick::lab::{Key, Keyring, Passing, Role, Site};
use bailiwick::model::{Answer, Checking};
use bailiwick::resolver::Settings;
use bailiwick::trace::{Step, Trace};
use bailiwick::wire::{Message, Name, Question, Rcode, RrSet, RrType};

use crate::world::{ROOT, TOP, World, ip};

/// The attacker's server: of `evil.com.`, `evil.net.`, and of whatever these delegate to it.
pub const EVIL: &str = "203.0.113.66";
/// The server of `victim.net.`: it knows few names.
pub const VICTIM: &str = "192.0.2.13";
/// An address at which nobody ever answers, and the only server of `dead.net.`.
pub const DEAD: &str = "203.0.113.99";
/// More of the attacker's addresses: as many as a delegation may have.
pub const LEGION: std::ops::Range<u8> = 100..220;

/// Attackers do not wait: twenty questions a second.
pub const GAP: Duration = Duration::from_millis(50);

/// Of the zones that are signed.
pub fn keys() -> Vec<Key> {
    vec![Key::new(Keyring::built_in().expect("keys").ed25519[0].clone(), Role::Combined)]
}

/// The one of the attacker's addresses with this last octet.
pub fn legion(last: u8) -> String {
    format!("203.0.113.{last}")
}

/// What the attacker's server makes of a question: the reply comes empty, NOERROR and with AA. `false` loses it.
pub type Answering = Box<dyn FnMut(&Asked, &mut Message) -> bool>;

/// One question at the attacker's server.
pub struct Asked {
    /// In lower case.
    pub name: Name,
    pub over_tcp: bool,
    /// Was it put to [`EVIL`], not to one of the others?
    pub at_home: bool,
    pub rtype: RrType,
    /// The address that was asked.
    pub server: std::net::IpAddr,
}

/// The Internet: a signed root, `com.` and `net.`, the healthy `good.com.` and `victim.net.`, and the attacker's zones.
pub fn stage(seed: u64, answering: Answering) -> World {
    stage_with(seed, Vec::new(), answering, |_| ())
}

/// The same with further `sites` on host `good`, and settings of the operator's.
pub fn stage_with(
    seed: u64,
    sites: Vec<Site>,
    mut answering: Answering,
    set: impl FnOnce(&mut Settings),
) -> World {
    let evil: Vec<String> = std::iter::once(EVIL.into()).chain(LEGION.map(legion)).collect();
    let evil: Vec<&str> = evil.iter().map(String::as_str).collect();
    let hosts = [
        ROOT,
        TOP,
        ("good", &["192.0.2.11", "192.0.2.12"][..]),
        ("victim", &[VICTIM]),
        ("dead", &[DEAD]),
        ("evil", &evil[..1]),
        ("legion", &evil[1..]),
    ];
    let own = [
        Site::signed(".", "", keys()).on(&["root"]),
        Site::signed("com.", "", keys()).on(&["top"]),
        Site::signed("net.", "", keys()).on(&["top"]),
        Site::signed("good.com.", "$TTL 60\n* A 198.51.100.1", keys()).on(&["good"]),
        Site::unsigned("victim.net.", "$TTL 300\nwww A 198.51.100.2").on(&["victim"]),
        Site::unsigned("dead.net.", "").on(&["dead"]),
        Site::unsigned("evil.com.", "").on(&["evil"]),
        Site::unsigned("evil.net.", "").on(&["evil"]),
    ];
    let sites: Vec<Site> = own.into_iter().chain(sites).collect();
    let world = World::seeded(seed, &hosts, &sites, set);
    world.kill(&[DEAD]);
    let is_hostile = move |address: std::net::IpAddr| address.to_string().starts_with("203.0.113.");
    world.network.set_hook(Box::new(move |passing: Passing<'_>| {
        if !is_hostile(passing.from) {
            return true;
        }
        let question = &passing.query.questions[0];
        let asked = Asked {
            name: question.name.to_lowercase(),
            over_tcp: passing.transport == bailiwick::net::Transport::Tcp,
            at_home: passing.from == ip(EVIL),
            rtype: question.rtype,
            server: passing.from,
        };
        let reply = passing.reply;
        reply.answer.clear();
        reply.authority.clear();
        reply.additional.clear();
        reply.header.rcode = Rcode::NOERROR;
        reply.header.flags.authoritative = true;
        answering(&asked, reply)
    }));
    world
}

pub fn name(text: &str) -> Name {
    text.parse().expect("a name")
}

impl Asked {
    /// The `n`th label from the left, as text.
    pub fn label(&self, n: usize) -> String {
        self.name.to_string().split('.').nth(n).unwrap_or_default().into()
    }

    /// The last `count` labels.
    pub fn zone(&self, count: usize) -> Option<Name> {
        self.name.ancestor(count)
    }
}

/// Refers to `zone`, served by these names, some with an address.
pub fn refer<'a>(
    reply: &mut Message,
    zone: &Name,
    servers: impl IntoIterator<Item = (String, Option<&'a str>)>,
) {
    reply.header.flags.authoritative = false;
    let mut names = Vec::new();
    for (server, address) in servers {
        let server = name(&server);
        names.push(server.as_wire().into());
        if let Some(address) = address {
            reply.additional.push(address_of(server, address));
        }
    }
    reply.authority.push(RrSet::new(zone.clone(), RrType::NS, 3_600, names));
}

/// A DS record for `zone` that looks as if its parent had signed it.
pub fn vouch(reply: &mut Message, zone: &Name) {
    let parent = zone.parent().expect("a parent");
    let rdata = [&[0x12, 0x34, 13, 2][..], &[7; 32]].concat();
    let mut ds = RrSet::new(zone.clone(), RrType::DS, 3600, vec![rdata.into()]);
    let head = [0, 43, 13, 3, 0, 0, 14, 16, 0x7f, 0, 0, 0, 0x60, 0, 0, 0, 1, 2];
    ds.signatures.push([&head[..], parent.as_wire(), &[9; 64]].concat().into());
    reply.authority.push(ds);
}

/// An A RRset.
pub fn address_of(owner: Name, address: &str) -> RrSet {
    let octets: std::net::Ipv4Addr = address.parse().expect("an IPv4 address");
    RrSet::new(owner, RrType::A, 300, vec![octets.octets().into()])
}

/// What a series of questions cost.
pub struct Cost {
    packets: Vec<u32>,
    octets: u32,
    longest: Duration,
    pub rcodes: Vec<Rcode>,
}

impl Cost {
    pub fn average(&self) -> f64 {
        f64::from(self.packets.iter().sum::<u32>()) / self.packets.len() as f64
    }

    pub fn worst(&self) -> u32 {
        self.packets.iter().copied().max().unwrap_or(0)
    }

    /// At the most `average` packets a question, and what holds of every attack: the limits of one question, and an
    /// answer before the client gives up.
    #[track_caller]
    pub fn assert(&self, attack: &str, average: f64) {
        println!(
            "{attack}: {:.2} on average, {} at most, {} octets, {:?}",
            self.average(),
            self.worst(),
            self.octets,
            self.longest
        );
        assert!(self.average() <= average, "{attack}: {} > {average}", self.average());
        assert!(self.worst() <= 60, "{attack}: {}", self.worst());
        assert!(self.octets <= 1 << 20, "{attack}: {}", self.octets);
        assert!(self.longest <= Duration::from_millis(4_500), "{attack}: {:?}", self.longest);
    }
}

/// One after the other, `gap` from the end of one to the start of the next. What the root, `com.` and `net.` tell is known before.
pub async fn cost(
    world: &World,
    gap: Duration,
    questions: impl IntoIterator<Item = String>,
) -> Cost {
    for known in ["www.good.com.", "www.victim.net.", "evil.com.", "evil.net."] {
        world.ask(known, "SOA").await;
    }
    let mut cost =
        Cost { packets: Vec::new(), octets: 0, longest: Duration::ZERO, rcodes: Vec::new() };
    for question in questions {
        tokio::time::sleep(gap).await;
        world.network.forget();
        let started = world.now();
        let (answer, octets) = resolve(world, &question).await;
        cost.packets.push(world.network.queries());
        cost.octets = cost.octets.max(octets);
        cost.longest = cost.longest.max(world.now().since(started));
        cost.rcodes.push(answer.rcode);
    }
    cost
}

/// The answer, and how many octets came for it.
async fn resolve(world: &World, asked: &str) -> (Answer, u32) {
    let question = Question::new(name(asked), RrType::A);
    if let Some(answer) = world.resolver.answer_from_cache(&question, Checking::Enabled) {
        return (answer, 0);
    }
    let trace = Trace::recording();
    let answer = world.resolver.resolve(&question, Checking::Enabled, trace.clone()).await;
    let spent = trace.steps().into_iter().find_map(|step| match step {
        Step::Done { spent } => Some(spent),
        _ => None,
    });
    let spent = spent.expect("every resolution ends with what it cost");
    assert!(spent.packets <= 60, "{asked}: {spent:?}");
    (answer, spent.octets)
}

/// So many different names `x0.zone`, `x1.zone` ...
pub fn names(count: usize, zone: &str) -> Vec<String> {
    (0..count).map(|n| format!("x{n}.{zone}")).collect()
}

/// A name of `labels` labels of one letter above `zone`.
pub fn long(labels: usize, zone: &str) -> String {
    let mut text = String::new();
    for _ in 0..labels {
        write!(text, "a.").expect("a string");
    }
    text + zone
}
