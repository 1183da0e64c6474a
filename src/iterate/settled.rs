//! A message that settles its question, in the terms of the rooms above. A pure function.

use crate::clock::Moment;
use crate::model::{Kind, Response};
use crate::wire::{Message, Name, Question, RrSet, RrType};

/// The scrubbed `message`, which is a response of `kind` by some server of `zone`.
#[must_use]
pub fn settled(
    message: Message,
    question: &Question,
    zone: &Name,
    kind: Kind,
    arrived: Moment,
) -> Response {
    let ds_in_referral =
        |set: &RrSet| question.rtype == RrType::DS && set.is(&question.name, RrType::DS);
    let (mut answer, mut authority) = (message.answer, message.authority);
    if answer.is_empty() {
        answer.extend(authority.extract_if(.., |set| ds_in_referral(set)));
    }
    let apex = deepest_apex(&authority);
    authority.retain(|set| matches!(set.rtype, RrType::SOA | RrType::NSEC | RrType::NSEC3));
    Response {
        question: question.clone(),
        zone: zone.clone(),
        server: None,
        unasked: false,
        kind,
        rcode: message.header.rcode,
        answer,
        authority,
        apex,
        arrived,
    }
}

/// The deepest zone that the authority section shows.
fn deepest_apex(authority: &[RrSet]) -> Option<Name> {
    let shows = |set: &&RrSet| matches!(set.rtype, RrType::SOA | RrType::NS);
    let apexes = authority.iter().filter(shows).map(|set| &set.owner);
    apexes.max_by_key(|apex| apex.label_count()).cloned()
}
