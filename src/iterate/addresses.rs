//! Addresses of name servers that came without glue: looked up one name at a time, only when they are needed, and few
//! (NXNSAttack: a delegation that names a victim's servers by the hundred).

use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use super::iteration::is_hopeless;
use super::iterator::Iterator;
use super::referral::{MAX_ADDRESSES, addresses_of};
use crate::model::{Delegation, Failure, Kind, NameServer};
use crate::wire::{Name, Question, RrType, rdata};
use crate::work::Work;

/// Look-ups for the servers of one delegation and one question.
const MAX_LOOKUPS: usize = 5;
/// Aliases followed behind a name server's name. RFC 2181 section 10.3 allows none; some have one.
const MAX_ALIASES: usize = 2;
/// How long a name without addresses is not asked for again.
const NONE_FOR: Duration = Duration::from_secs(60);
/// How long a name whose addresses could not be had is not asked for again: the least that RFC 9520 section 3.2 asks for,
/// since the servers that failed may be back.
const FAILED_FOR: Duration = Duration::from_secs(1);
/// Bounds of the life of found addresses.
const LIFE: (u32, u32) = (10, 86_400);

impl Iterator {
    /// What may be looked up when no address at hand leads on, the next one last: names whose addresses did not come
    /// with the delegation, in random order; IPv4 of each, then IPv6. A name inside the zone itself is left out: only
    /// its glue could lead there.
    pub(super) fn lookups(&self, delegation: &Delegation) -> Vec<(Name, RrType)> {
        let asked = |address: &IpAddr| match address {
            IpAddr::V4(_) => self.options.ipv4,
            IpAddr::V6(_) => self.options.ipv6,
        };
        let glueless = |s: &&NameServer| {
            !s.addresses.iter().any(asked) && !s.name.is_at_or_below(&delegation.zone)
        };
        let mut names: Vec<_> =
            delegation.servers.iter().filter(glueless).map(|s| &s.name).collect();
        self.entropy.shuffle(&mut names);
        let families = [(RrType::A, self.options.ipv4), (RrType::AAAA, self.options.ipv6)];
        let families = families.into_iter().filter(|(_, asked)| *asked);
        let all = families.flat_map(|(rtype, _)| names.iter().map(move |n| ((*n).clone(), rtype)));
        let mut lookups: Vec<_> = all.take(MAX_LOOKUPS).collect();
        lookups.reverse();
        lookups
    }

    /// The addresses of one family of `server`: from the cache, else by a question of their own.
    pub(super) async fn addresses_of_server(
        &self,
        server: &Name,
        rtype: RrType,
        work: &Work,
    ) -> Result<Vec<IpAddr>, Failure> {
        let mut found = self.look_up(server.clone(), rtype, work).await?;
        found.truncate(MAX_ADDRESSES);
        Ok(found)
    }

    /// What parents gave as glue for the servers of `delegation`, in the delegations of the zones that these lie in.
    pub(super) fn glue_of(&self, delegation: &Delegation) -> Vec<SocketAddr> {
        let now = self.clock.now();
        let glue = |name: &Name| {
            let zones = name.self_and_ancestors();
            let known = zones.filter_map(|zone| self.cache.delegations.get(&zone, now));
            let servers = known.flat_map(|known| known.servers.clone());
            servers.filter(|s| s.name == *name).flat_map(|s| s.addresses).collect::<Vec<_>>()
        };
        let glue = delegation.servers.iter().flat_map(|server| glue(&server.name));
        glue.map(|address| SocketAddr::new(address, 53)).collect()
    }

    /// Boxed: it is part of a recursion (the servers of the name's own zone may need looking up), which
    /// [`Work::enter`] bounds.
    fn look_up<'a>(
        &'a self,
        server: Name,
        rtype: RrType,
        work: &'a Work,
    ) -> Pin<Box<dyn Future<Output = Result<Vec<IpAddr>, Failure>> + 'a>> {
        Box::pin(async move {
            if let Some(known) = self.cache.addresses.get(&server, rtype, self.clock.now()) {
                return Ok(known);
            }
            let question = Question::new(server.clone(), rtype);
            if work.is_in_vain(&question) {
                return Ok(Vec::new());
            }
            work.budget.spend_name().map_err(Failure::Limit)?;
            let (addresses, life) = match self.ask_for_addresses(&server, rtype, work).await {
                Ok(Some(found)) => found,
                Ok(None) => {
                    work.note_in_vain(question);
                    return Ok(Vec::new());
                }
                Err(failure) => {
                    if self.is_servers_fault(&failure, work) {
                        let (none, now) = (Vec::new(), self.clock.now());
                        self.cache.addresses.put(&server, rtype, none, FAILED_FOR, now);
                    }
                    work.note_in_vain(question);
                    return Err(failure);
                }
            };
            if !addresses.is_empty() {
                work.forget_in_vain();
            }
            self.cache.addresses.put(&server, rtype, addresses.clone(), life, self.clock.now());
            Ok(addresses)
        })
    }

    /// Did servers fail, rather than this question's time or the way that led here? That dead ones did so again is known
    /// without them, until they are back.
    fn is_servers_fault(&self, failure: &Failure, work: &Work) -> bool {
        matches!(failure, Failure::NoServerAnswered { .. })
            && !is_hopeless(failure, work)
            && !failure.is_by_memory()
            && work.budget.time_left(self.clock.now()).is_ok()
    }

    /// Addresses, and how long they hold. `None` when they are being asked for already, further up: that says nothing
    /// about the name.
    async fn ask_for_addresses(
        &self,
        server: &Name,
        rtype: RrType,
        work: &Work,
    ) -> Result<Option<(Vec<IpAddr>, Duration)>, Failure> {
        let mut name = server.clone();
        for _ in 0..=MAX_ALIASES {
            let question = Question::new(name, rtype);
            let outermost = !work.is_looking_up();
            let Some(_pending) = work.enter(&question) else { return Ok(None) };
            let mut asked = pin!(async { self.iterate(&question, work).await.map(Arc::new) });
            let response = if outermost {
                self.once(&self.cache.coming, &question, work, asked.as_mut()).await?
            } else {
                asked.as_mut().await?
            };
            let Some(last) = response.answer.last() else { break };
            if response.kind == Kind::Answer {
                let life = Duration::from_secs(last.ttl.clamp(LIFE.0, LIFE.1).into());
                return Ok(Some((addresses_of(last).collect(), life)));
            }
            let Some(target) = rdata::target(RrType::CNAME, last.rdatas.first().map_or(&[], |r| r))
            else {
                break;
            };
            name = target;
        }
        Ok(Some((Vec::new(), NONE_FOR)))
    }
}
