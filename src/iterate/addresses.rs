//! Addresses of name servers that came without glue: looked up one name at a time, only when they are needed, and few
//! (NXNSAttack: a delegation that names a victim's servers by the hundred).

use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::time::Duration;

use super::iterator::Iterator;
use super::referral::{MAX_ADDRESSES, addresses_of};
use crate::model::{Delegation, Failure, Kind};
use crate::wire::{Name, Question, RrType, rdata};
use crate::work::Work;

/// Names of one delegation that are looked up for one question.
const MAX_LOOKUPS: usize = 5;
/// Aliases followed behind a name server's name. RFC 2181 section 10.3 allows none; some have one.
const MAX_ALIASES: usize = 2;
/// How long a name without addresses is not asked for again.
const NONE_FOR: Duration = Duration::from_secs(60);
/// Bounds of the life of found addresses.
const LIFE: (u32, u32) = (10, 86_400);

impl Iterator {
    /// Names whose addresses did not come with the delegation, in random order, few. A name inside the zone itself is
    /// left out: only its glue could lead there.
    pub(super) fn unresolved_names(&self, delegation: &Delegation) -> Vec<Name> {
        let glueless = delegation
            .servers
            .iter()
            .filter(|s| s.addresses.is_empty() && !s.name.is_at_or_below(&delegation.zone));
        let mut names: Vec<_> = glueless.map(|s| s.name.clone()).collect();
        self.entropy.shuffle(&mut names);
        names.truncate(MAX_LOOKUPS);
        names
    }

    /// The addresses of `server`: from the cache, else by questions of their own, IPv4 first. None at all is no
    /// failure: another server may have some. A limit is.
    pub(super) async fn addresses_of_server(
        &self,
        server: &Name,
        work: &Work,
    ) -> Result<Vec<IpAddr>, Failure> {
        let mut found = Vec::new();
        for (rtype, wanted) in [(RrType::A, self.options.ipv4), (RrType::AAAA, self.options.ipv6)] {
            if wanted && found.is_empty() {
                found = match self.look_up(server.clone(), rtype, work).await {
                    Err(limit) if limit.is_own_limit() => return Err(limit),
                    outcome => outcome.unwrap_or_default(),
                };
            }
        }
        found.truncate(MAX_ADDRESSES);
        Ok(found)
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
            let (addresses, life) = self.ask_for_addresses(&server, rtype, work).await?;
            self.cache.addresses.put(&server, rtype, addresses.clone(), life, self.clock.now());
            Ok(addresses)
        })
    }

    async fn ask_for_addresses(
        &self,
        server: &Name,
        rtype: RrType,
        work: &Work,
    ) -> Result<(Vec<IpAddr>, Duration), Failure> {
        let mut name = server.clone();
        for _ in 0..=MAX_ALIASES {
            let question = Question::new(name, rtype);
            let Some(_pending) = work.enter(&question) else { break };
            let response = self.iterate(&question, work).await?;
            let Some(last) = response.answer.last() else { break };
            if response.kind == Kind::Answer {
                let life = Duration::from_secs(last.ttl.clamp(LIFE.0, LIFE.1).into());
                return Ok((addresses_of(last).collect(), life));
            }
            let Some(target) = rdata::target(RrType::CNAME, last.rdatas.first().map_or(&[], |r| r))
            else {
                break;
            };
            name = target;
        }
        Ok((Vec::new(), NONE_FOR))
    }
}
