//! What was seen of each server address: how fast it answers, whether it is silent, for which zones it is lame.
//!
//! Shared by all workers and bounded. Nothing in it is a verdict: it only orders and spaces the questions.

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use lru::LruCache;

use super::fitness::Fitness;
use super::habits::{Cookie, Habits};
use super::rtt::{Estimate, OF_ADDRESS, OF_FAMILY, Rtt, Silence};
use super::udp_path::UdpPath;
use crate::clock::Instant;
use crate::wire::Name;

/// Addresses remembered: more than a large resolver talks to within an hour.
const MAX_ADDRESSES: usize = 50_000;
/// What one takes, its cookie and its place in the table included.
const ADDRESS_OCTETS: u64 = 320;
/// Addresses that did not answer last time, which are probed in turn; more are found again by the questions for them.
const MAX_PROBED: usize = 64;
/// The time between two probes: of all workers together.
const PROBE_EVERY: Duration = Duration::from_secs(1);
/// The time within which the first dead address that answers tells for all of them that an outage has ended. Where many are
/// dead for reasons of their own, one or other of them comes back all the time.
const OUTAGE_ENDS_EVERY: Duration = Duration::from_secs(10);
/// Servers that answer over UDP and not over TCP, none over TCP in between: then it is the way, not the servers.
const WITHOUT_TCP: usize = 4;

#[derive(Debug, Default)]
struct Memory {
    rtt: Rtt,
    /// When it answered after it had been dead.
    came_back: Option<Instant>,
    fitness: Fitness,
    habits: Habits,
}

/// An address that did not answer last time.
#[derive(Clone, Debug)]
struct Silent {
    server: SocketAddr,
    /// One that it serves.
    zone: Name,
    /// Probes so far: nobody answered them.
    probes: u32,
}

#[derive(Debug)]
struct Table {
    addresses: LruCache<IpAddr, Memory>,
    /// Silences of addresses that never answered, in a row: of IPv4 and of IPv6. Where a family leads nowhere, its new
    /// addresses are tried last, rather than each one first.
    families: [Silence; 2],
    /// Addresses that answered over UDP and then not over TCP, since one did that; a few.
    without_tcp: Vec<IpAddr>,
    udp_path: UdpPath,
    /// Addresses that did not answer last time; the next to be probed first.
    silent: VecDeque<Silent>,
    next_probe: Instant,
    /// When a dead address answered and so told that the others may be back as well.
    outage_ended: Option<Instant>,
}

/// How the way over UDP is, as far as was seen: for what each question asks, which is not to wait for the table.
#[derive(Debug, Default)]
struct UdpSigns {
    is_troubled: AtomicBool,
    is_blocked: AtomicBool,
}

/// The memory of all addresses.
#[derive(Debug)]
pub struct Servers {
    table: Mutex<Table>,
    /// What `table` says of it.
    udp: UdpSigns,
}

impl Default for Servers {
    fn default() -> Self {
        Self::within(u64::MAX)
    }
}

impl Servers {
    /// A memory of as many addresses as `octets` have room for.
    #[must_use]
    pub fn within(octets: u64) -> Self {
        let most = usize::try_from(octets / ADDRESS_OCTETS).unwrap_or(MAX_ADDRESSES);
        let most = NonZeroUsize::new(most.min(MAX_ADDRESSES)).unwrap_or(NonZeroUsize::MIN);
        let table = Mutex::new(Table {
            addresses: LruCache::new(most),
            families: Default::default(),
            without_tcp: Vec::new(),
            udp_path: UdpPath::default(),
            silent: VecDeque::new(),
            next_probe: Instant::default(),
            outage_ended: None,
        });
        Self { table, udp: UdpSigns::default() }
    }
}

impl Table {
    fn memory(&mut self, address: IpAddr) -> &mut Memory {
        self.addresses.get_or_insert_mut(address, Memory::default)
    }

    fn family(&mut self, address: IpAddr) -> &mut Silence {
        &mut self.families[usize::from(address.is_ipv6())]
    }

    /// From here on `server` is probed in its turn. Where there are too many, the one that was probed most often in vain gives
    /// way; one that never was does not.
    fn probe_in_turn(&mut self, server: SocketAddr, zone: &Name) {
        let silent = &mut self.silent;
        if silent.iter().any(|silent| silent.server == server) {
            return;
        }
        if silent.len() >= MAX_PROBED {
            let most = silent.iter().enumerate().max_by_key(|(_, silent)| silent.probes);
            let Some((most, _)) = most.filter(|(_, silent)| silent.probes > 0) else { return };
            silent.remove(most);
        }
        silent.push_back(Silent { server, zone: zone.clone(), probes: 0 });
    }
}

impl Servers {
    fn lock(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner) // figures, never in a half-written state that matters
    }

    /// What is seen of the way over UDP.
    fn see_udp(&self, change: impl FnOnce(&mut Table)) {
        let mut table = self.lock();
        change(&mut table);
        self.udp.is_troubled.store(!table.udp_path.is_clear(), Ordering::Relaxed);
        self.udp.is_blocked.store(table.udp_path.is_blocked(), Ordering::Relaxed);
    }

    fn update(&self, address: IpAddr, change: impl FnOnce(&mut Memory)) {
        change(self.lock().memory(address));
    }

    /// What `find` finds in the memory of `address`, if there is one.
    fn look<T>(&self, address: IpAddr, find: impl FnOnce(&Memory) -> T) -> Option<T> {
        self.lock().addresses.peek(&address).map(find)
    }

    /// What to expect of `address` at `now`.
    #[must_use]
    pub fn estimate(&self, address: IpAddr, now: Instant) -> Estimate {
        let mut table = self.lock();
        let family = table.family(address).holds(now);
        let outage = table.outage_ended;
        let mut estimate = match table.addresses.get(&address) {
            Some(memory) => memory.rtt.estimate(outage, now),
            None => Rtt::default().estimate(None, now),
        };
        estimate.silent |= family && !estimate.known;
        estimate
    }

    /// It answered at `now`, after `rtt`. If it had been dead, others may be back with it: where the way to them all was
    /// cut, the first reply is not waited for at each of them.
    pub fn answered(&self, address: IpAddr, rtt: Duration, now: Instant) {
        let mut table = self.lock();
        let memory = table.memory(address);
        let came_back = memory.rtt.is_silent();
        memory.rtt.answered(rtt);
        if came_back {
            memory.came_back = Some(now);
        }
        *table.family(address) = Silence::default();
        let lately = |end: Instant| now.since(end) < OUTAGE_ENDS_EVERY;
        if came_back && !table.outage_ended.is_some_and(lately) {
            table.outage_ended = Some(now);
        }
    }

    /// May what failed at `since` for the silence of `addresses` succeed now?
    #[must_use]
    pub fn may_be_back(&self, addresses: &[IpAddr], since: Instant) -> bool {
        let table = self.lock();
        let after = |then: Option<Instant>| then.is_some_and(|then| then > since);
        let back = |ip: &IpAddr| table.addresses.peek(ip).is_some_and(|m| after(m.came_back));
        !addresses.is_empty() && (after(table.outage_ended) || addresses.iter().any(back))
    }

    /// May `address`, which is dead, be asked all the same? Only if nobody did so for the time `every`; whoever is told so does.
    #[must_use]
    pub fn claim_try(&self, address: IpAddr, every: Duration, now: Instant) -> bool {
        self.lock().memory(address).rtt.claim_try(every, now)
    }

    /// `server`, which was asked about `zone`, was silent: others are preferred until a probe finds it alive, and when
    /// that is no chance any more it is passed over, for twice as long each time.
    pub fn timed_out(&self, server: SocketAddr, zone: &Name, now: Instant) {
        let mut table = self.lock();
        let rtt = &mut table.memory(server.ip()).rtt;
        rtt.silence.note(now, OF_ADDRESS);
        if !rtt.is_known() {
            table.family(server.ip()).note(now, OF_FAMILY);
        }
        table.probe_in_turn(server, zone);
    }

    /// There is no way to `address`.
    pub fn no_route(&self, address: IpAddr, now: Instant) {
        self.lock().family(address).note(now, OF_FAMILY);
    }

    /// The address family that leads nowhere at `now` while the other one works, if one does.
    #[must_use]
    pub fn lost_family(&self, now: Instant) -> Option<&'static str> {
        let [v4, v6] = self.lock().families;
        let lost = |this: Silence, other: Silence| this.holds(now) && other.times == 0;
        lost(v4, v6).then_some("IPv4").or_else(|| lost(v6, v4).then_some("IPv6"))
    }

    /// Some server of the Internet answered over UDP at `now`. Where that had been thought blocked, nobody's silence counts.
    pub fn answered_over_udp(&self, now: Instant) {
        if self.udp.is_troubled.load(Ordering::Relaxed) {
            self.see_udp(|table| {
                if table.udp_path.answered() {
                    table.outage_ended = Some(now);
                }
            });
        }
    }

    /// A server of the Internet, and of `zone`, was silent over UDP.
    pub fn silent_over_udp(&self, address: IpAddr, zone: &Name) {
        self.see_udp(|table| table.udp_path.timed_out(address, zone.is_root()));
    }

    /// Is it to be found out now whether UDP is blocked, or is still? Whoever is told so does; it is this second's probe.
    #[must_use]
    pub fn claim_look_at_udp(&self, now: Instant) -> bool {
        if !self.udp.is_troubled.load(Ordering::Relaxed) {
            return false;
        }
        let mut table = self.lock();
        let may = now >= table.next_probe && table.udp_path.claim_look(now);
        if may {
            table.next_probe = now + PROBE_EVERY;
        }
        may
    }

    /// A root server was asked over UDP and TCP for that, and answered over TCP or not. If over TCP alone, the silence of
    /// others over UDP says nothing of them.
    pub fn looked_at_udp(&self, answered_over_tcp: bool, now: Instant) {
        self.see_udp(|table| {
            if table.udp_path.looked(answered_over_tcp, now) {
                table.outage_ended = Some(now);
                table.families = Default::default();
            }
        });
    }

    /// Is UDP to servers blocked and TCP not, as far as was seen? Then they are asked over TCP.
    #[must_use]
    pub fn is_udp_blocked(&self) -> bool {
        self.udp.is_blocked.load(Ordering::Relaxed)
    }

    /// `address` did not answer over TCP in a shorter time than that.
    pub fn late_over_tcp(&self, address: IpAddr, now: Instant) {
        self.update(address, |memory| memory.habits.asked_over_tcp(false, now));
    }

    /// `address` answered over TCP, or did not in a second and a half: what of a server that is silent over UDP as well says nothing about the way.
    pub fn asked_over_tcp(&self, address: IpAddr, answered: bool, now: Instant) {
        let mut table = self.lock();
        table.memory(address).habits.asked_over_tcp(answered, now);
        if answered {
            table.without_tcp.clear();
            return;
        }
        let rtt = &table.memory(address).rtt;
        let over_udp = rtt.is_known() && rtt.silence.times == 0;
        if over_udp
            && !table.udp_path.is_blocked()
            && table.without_tcp.len() < WITHOUT_TCP
            && !table.without_tcp.contains(&address)
        {
            table.without_tcp.push(address);
        }
    }

    /// Did it, as far as known, not fail over TCP a moment ago?
    #[must_use]
    pub fn takes_tcp(&self, address: IpAddr, now: Instant) -> bool {
        self.look(address, |memory| memory.habits.takes_tcp(now)).unwrap_or(true)
    }

    /// Is TCP to servers blocked, as far as was seen?
    #[must_use]
    pub fn is_tcp_blocked(&self) -> bool {
        self.lock().without_tcp.len() >= WITHOUT_TCP
    }

    /// The server that is to be probed now, and a zone that it serves: one a second, in turn.
    #[must_use]
    pub fn due_probe(&self, now: Instant) -> Option<(SocketAddr, Name)> {
        let mut table = self.lock();
        if now < table.next_probe {
            return None;
        }
        let Table { addresses, silent, .. } = &mut *table;
        silent.retain(|silent| {
            addresses.peek(&silent.server.ip()).is_some_and(|m| m.rtt.silence.times > 0)
        });
        let mut next = silent.pop_front()?;
        next.probes = next.probes.saturating_add(1);
        let probe = (next.server, next.zone.clone());
        silent.push_back(next);
        table.next_probe = now + PROBE_EVERY;
        Some(probe)
    }

    /// The cookie to send to `address` (RFC 7873 section 5.1); `fresh` draws a new one.
    #[must_use]
    pub fn cookie(&self, address: IpAddr, now: Instant, fresh: impl FnOnce() -> u64) -> Cookie {
        self.lock().memory(address).habits.cookie(now, fresh)
    }

    /// Its reply came with this cookie option, or without.
    pub fn keep_cookie(&self, address: IpAddr, option: Option<&[u8]>) {
        self.update(address, |memory| memory.habits.keep_cookie(option));
    }

    /// It does not repeat a name in the letters in which it is asked for; this came over TCP, so no forger said it.
    pub fn loses_case(&self, address: IpAddr, now: Instant) {
        self.update(address, |memory| memory.habits.loses_case(now));
    }

    /// Does it, as far as known, repeat names letter by letter?
    #[must_use]
    pub fn keeps_case(&self, address: IpAddr, now: Instant) -> bool {
        self.look(address, |memory| memory.habits.keeps_case(now)).unwrap_or(true)
    }

    /// It sent an OPT record.
    pub fn speaks_edns(&self, address: IpAddr) {
        self.update(address, |memory| memory.habits.speaks_edns = true);
    }

    /// Has it ever sent one?
    #[must_use]
    pub fn has_spoken_edns(&self, address: IpAddr) -> bool {
        self.look(address, |memory| memory.habits.speaks_edns).unwrap_or(false)
    }

    /// It answers only to queries without EDNS.
    pub fn cannot_read_edns(&self, address: IpAddr, now: Instant) {
        self.update(address, |memory| memory.habits.cannot_read_edns(now));
    }

    /// Does it, as far as known, read EDNS?
    #[must_use]
    pub fn reads_edns(&self, address: IpAddr, now: Instant) -> bool {
        self.look(address, |memory| memory.habits.reads_edns(now)).unwrap_or(true)
    }

    /// It is not authoritative for `zone`.
    pub fn lame(&self, address: IpAddr, zone: &Name, now: Instant) {
        self.update(address, |memory| memory.fitness.lame(zone, now));
    }

    /// It gave an error, or what is no answer, to a question about `zone`.
    pub fn failed(&self, address: IpAddr, zone: &Name, now: Instant) {
        self.update(address, |memory| memory.fitness.failed(zone, now));
    }

    /// It answered a question about `zone`.
    pub fn served(&self, address: IpAddr, zone: &Name, now: Instant) {
        self.update(address, |memory| memory.fitness.served(zone, now));
    }

    /// Was it lame for `zone` lately?
    #[must_use]
    pub fn is_lame(&self, address: IpAddr, zone: &Name, now: Instant) -> bool {
        self.look(address, |memory| memory.fitness.is_lame(zone, now)).unwrap_or(false)
    }

    /// Was it of no use for `zone` of late, whatever was asked?
    #[must_use]
    pub fn is_unfit(&self, address: IpAddr, zone: &Name, now: Instant) -> bool {
        self.look(address, |memory| memory.fitness.is_unfit(zone, now)).unwrap_or(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADDRESS: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
    const SERVER: SocketAddr = SocketAddr::new(ADDRESS, 53);

    #[test]
    fn so_many_are_remembered_as_there_is_room_for() {
        let servers = Servers::within(10 * ADDRESS_OCTETS);
        let address = |n| IpAddr::from([192, 0, 2, n]);
        let (rtt, now) = (Duration::from_millis(10), Instant::from_nanos(1));
        (0..20).for_each(|n| servers.answered(address(n), rtt, now));
        let known = |n: &u8| servers.estimate(address(*n), now).known;
        assert_eq!((0..20).filter(known).count(), 10);
    }

    #[test]
    fn silence_is_held_against_an_address_until_it_answers() {
        let servers = Servers::default();
        let now = Instant::from_nanos(1);
        for _ in 0..3 {
            assert!(!servers.estimate(ADDRESS, now).silent);
            servers.timed_out(SERVER, &Name::root(), now);
        }
        assert!(servers.estimate(ADDRESS, now).silent);
        servers.answered(ADDRESS, Duration::from_millis(5), now);
        assert!(!servers.estimate(ADDRESS, now).silent);
    }

    #[test]
    fn one_silent_server_a_second_is_probed_in_turn_until_it_answers() {
        let servers = Servers::default();
        let at = |seconds: u64| Instant::from_nanos(seconds * 1_000_000_000);
        let other = SocketAddr::from(([192, 0, 2, 2], 53));
        assert_eq!(servers.due_probe(at(1)), None);
        for server in [SERVER, other] {
            (0..3).for_each(|_| servers.timed_out(server, &Name::root(), at(1)));
        }
        let probed = |seconds| servers.due_probe(at(seconds)).map(|(server, _)| server);
        assert_eq!([1, 1, 2, 3].map(probed), [Some(SERVER), None, Some(other), Some(SERVER)]);
        servers.answered(ADDRESS, Duration::from_millis(5), at(4));
        assert_eq!([4, 5].map(probed), [Some(other); 2]);
        for last in 0..200 {
            let server = SocketAddr::from(([198, 51, 100, last], 53));
            (0..3).for_each(|_| servers.timed_out(server, &Name::root(), at(6)));
        }
        assert_eq!(servers.lock().silent.len(), MAX_PROBED);
    }

    #[test]
    fn who_was_probed_in_vain_gives_way_to_who_was_not_yet() {
        let servers = Servers::default();
        let at = |seconds: u64| Instant::from_nanos(seconds * 1_000_000_000);
        let of = |net: u8, last| SocketAddr::from(([192, 0, net, last], 53));
        (0..64).for_each(|last| servers.timed_out(of(2, last), &Name::root(), at(1)));
        servers.timed_out(of(3, 0), &Name::root(), at(1));
        let probed = |from: u64| {
            (from..from + 64).filter_map(|second| servers.due_probe(at(second))).map(|(s, _)| s)
        };
        let first: Vec<_> = probed(1).collect();
        assert!(first.len() == 64 && !first.contains(&of(3, 0)), "none before its first probe");
        (0..9).for_each(|last| servers.timed_out(of(3, last), &Name::root(), at(65)));
        let then: Vec<_> = probed(65).collect();
        assert!((0..9).all(|last| then.contains(&of(3, last))), "{then:?}");
        assert_eq!(servers.lock().silent.len(), MAX_PROBED);
    }

    #[test]
    fn the_first_of_the_dead_that_answers_tells_for_all_that_were_silent_before() {
        let servers = Servers::default();
        let at = |seconds: u64| Instant::from_nanos(seconds * 1_000_000_000);
        let of = |last: u8| IpAddr::from([192, 0, 2, last]);
        let silenced = |last: u8, now| {
            (0..3).for_each(|_| {
                servers.timed_out(SocketAddr::new(of(last), 53), &Name::root(), now);
            });
        };
        let silent = |last: u8, now| servers.estimate(of(last), now).silent;
        (1..5).for_each(|last| silenced(last, at(1)));
        let fast = Duration::from_millis(5);
        servers.answered(of(9), fast, at(1));
        assert!(silent(2, at(1)), "one that was never silent tells nothing");
        assert!(!servers.may_be_back(&[of(2)], at(0)));
        servers.answered(of(1), fast, at(2));
        assert!(!silent(2, at(2)) && servers.may_be_back(&[of(2)], at(1)));
        assert!(!servers.may_be_back(&[of(2)], at(2)), "it failed after that");
        assert!(!servers.may_be_back(&[], at(1)), "nobody's silence was the cause");
        silenced(3, at(3));
        assert!(silent(3, at(3)), "and silent once more, it is dead as before");
        // So soon after, one speaks for itself.
        servers.answered(of(3), fast, at(4));
        silenced(4, at(4));
        servers.answered(of(2), fast, at(5));
        assert!(silent(4, at(5)) && !servers.may_be_back(&[of(4)], at(4)));
        assert!(servers.may_be_back(&[of(4), of(3)], at(3)));
        silenced(1, at(13));
        servers.answered(of(4), fast, at(14));
        assert!(!silent(1, at(14)));
    }

    #[test]
    fn a_dead_address_is_tried_from_time_to_time() {
        let servers = Servers::default();
        let millis = |millis: u64| Duration::from_millis(millis);
        let claim = |(every, at)| {
            servers.claim_try(ADDRESS, millis(every), Instant::default() + millis(at))
        };
        let tries = [(80, 0), (80, 79), (80, 80), (80, 81), (250, 300), (80, 300), (250, 550)];
        assert_eq!(tries.map(claim), [true, false, true, false, false, true, true]);
    }

    #[test]
    fn rfc8305_s2_a_family_that_leads_nowhere_is_tried_last() {
        let servers = Servers::default();
        let now = Instant::from_nanos(1);
        let of =
            |last: u16| IpAddr::V6(std::net::Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, last));
        servers.answered(of(9), Duration::from_millis(5), now);
        for last in 0..3 {
            assert!(!servers.estimate(of(8), now).silent);
            servers.timed_out(SocketAddr::new(of(last), 53), &Name::root(), now);
        }
        assert!(servers.estimate(of(8), now).silent, "never asked");
        assert!(!servers.estimate(of(9), now).silent, "one that did answer");
        assert!(!servers.estimate(ADDRESS, now).silent, "the other family");
        assert_eq!(servers.lost_family(now), Some("IPv6"));
        servers.answered(of(7), Duration::from_millis(5), now);
        assert!(!servers.estimate(of(8), now).silent);
        assert_eq!(servers.lost_family(now), None);
        // With both of them gone it is the network, not the family.
        for _ in 0..3 {
            servers.no_route(of(1), now);
            servers.no_route(ADDRESS, now);
        }
        assert_eq!(servers.lost_family(now), None);
    }

    #[test]
    fn rfc7766_s5_tcp_is_blocked_when_only_udp_is_answered_wherever_it_is_tried() {
        let servers = Servers::default();
        let of = |last: u8| IpAddr::from([192, 0, 2, last]);
        let now = Instant::default();
        let fail = |last| servers.asked_over_tcp(of(last), false, now);
        (1..=9).for_each(fail);
        assert!(!servers.is_tcp_blocked(), "they never answered over UDP");
        (1..=9).for_each(|last| servers.answered(of(last), Duration::from_millis(5), now));
        [1, 2, 3, 3, 2, 1].into_iter().for_each(fail);
        assert!(!servers.is_tcp_blocked(), "three servers may be wrong themselves");
        servers.asked_over_tcp(of(9), true, now);
        [1, 2, 3].into_iter().for_each(fail);
        servers.timed_out(SocketAddr::new(of(4), 53), &Name::root(), Instant::default());
        fail(4);
        assert!(!servers.is_tcp_blocked(), "a silent one does not count");
        fail(5);
        assert!(servers.is_tcp_blocked());
        servers.asked_over_tcp(of(1), true, now);
        assert!(!servers.is_tcp_blocked());
    }

    #[test]
    fn who_failed_for_a_zone_may_be_good_for_another() {
        let servers = Servers::default();
        let (now, zone) = (Instant::from_nanos(1), "example.".parse::<Name>().expect("a name"));
        servers.lame(ADDRESS, &zone, now);
        assert!(servers.is_lame(ADDRESS, &zone, now) && servers.is_unfit(ADDRESS, &zone, now));
        assert!(!servers.is_lame(ADDRESS, &Name::root(), now));
        servers.served(ADDRESS, &zone, now);
        assert!(!servers.is_lame(ADDRESS, &zone, now) && !servers.is_unfit(ADDRESS, &zone, now));
        (0..2).for_each(|_| servers.failed(ADDRESS, &Name::root(), now));
        assert!(servers.is_unfit(ADDRESS, &Name::root(), now));
    }
}
