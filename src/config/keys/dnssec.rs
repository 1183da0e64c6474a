//! `dnssec`: what is validated, from where, and by which rules.

use std::time::Duration;

use super::switched_off;
use super::zones::name;
use crate::config::anchors;
use crate::config::dates::date;
use crate::config::error::Problem;
use crate::config::section::Section;
use crate::config::value::Value;
use crate::dnssec::{NegativeTrustAnchor, NegativeTrustAnchors, Policy, TrustAnchor};
use crate::resolver::{Settings, Validation};

/// More of it would make signatures that ended long ago good again.
const MAX_SKEW: Duration = Duration::from_secs(86_400);
/// What RFC 5155 section 10.3 allows for the longest keys.
const MAX_ITERATIONS: u16 = 2_500;

/// Reads the section.
pub(super) fn read(keys: &Section<'_>, settings: &mut Settings) {
    keys.set("validation", &mut settings.validation, validation);
    if let Some(value) = keys.value("trust-anchors") {
        settings.anchors = value.items().iter().flat_map(trust_anchors).collect();
    }
    let negative = keys.value("negative-trust-anchors");
    if let Some(items) = negative.map(|value| value.items()) {
        let anchors = items.iter().filter_map(negative_trust_anchor).collect();
        settings.negative_anchors = NegativeTrustAnchors::new(anchors);
    }
    keys.set("aggressive-denial", &mut settings.aggressive_denial, |value| value.boolean());
    read_policy(keys, &mut settings.policy);
    keys.later(&["managed-trust-anchors"]);
}

fn read_policy(keys: &Section<'_>, policy: &mut Policy) {
    if let Some(off) = switched_off::read(keys, "disabled-algorithms", "algorithms") {
        policy.disabled_algorithms = off;
    }
    if let Some(off) = switched_off::read(keys, "disabled-digests", "digests") {
        policy.disabled_digests = off;
    }
    keys.set("signature-skew", &mut policy.signature_skew, |v| {
        v.time(&(Duration::ZERO..=MAX_SKEW))
    });
    keys.set("nsec3-insecure-above", &mut policy.nsec3_insecure_above, |v| {
        v.number(0..=MAX_ITERATIONS)
    });
    keys.set("nsec3-servfail-above", &mut policy.nsec3_servfail_above, |v| {
        if v.one_of(&[("off", ()), ("false", ())]).is_ok() {
            return Ok(None);
        }
        let problem = |problem: Problem| Problem {
            remedy: format!("from 0 to {MAX_ITERATIONS}, or off"),
            ..problem
        };
        v.number(0..=MAX_ITERATIONS).map(Some).map_err(problem)
    });
}

fn validation(value: &Value<'_>) -> Result<Validation, Problem> {
    if value.is_word("log") {
        return Ok(Validation::Log);
    }
    match value.boolean() {
        Ok(true) => Ok(Validation::On),
        Ok(false) => Ok(Validation::Off),
        Err(_) => Err(value.instead("true, false or log", "")),
    }
}

/// One item of `trust-anchors`: the built-in ones, a record, or a file. A record has blanks in it, a path none that is
/// well chosen.
fn trust_anchors(item: &Value<'_>) -> Vec<TrustAnchor> {
    if item.is_word("built-in") {
        return anchors::built_in();
    }
    let wanted = "built-in, the path of a file, or a DS or DNSKEY record";
    let Some(text) = item.read(|value| value.text(wanted)) else { return Vec::new() };
    if text.trim().contains([' ', '\t']) {
        let anchor = item.read(|value| anchors::from_text(text, value.place()));
        return anchor.into_iter().collect();
    }
    anchors::from_file(&item.reading().beside(text)).unwrap_or_else(|errors| {
        item.reading().report_all(errors);
        Vec::new()
    })
}

/// One item of `negative-trust-anchors`: a name, or a name with a reason and an end.
fn negative_trust_anchor(item: &Value<'_>) -> Option<NegativeTrustAnchor> {
    if !item.is_section() {
        let zone = item.read(name)?;
        return Some(NegativeTrustAnchor { zone, reason: String::new(), until: None });
    }
    let read = |keys: &Section<'_>| {
        let zone = keys.required("name", name);
        let (mut reason, mut until) = (String::new(), None);
        keys.set("reason", &mut reason, |value| value.text("text").map(String::from));
        keys.set("until", &mut until, |value| date(value.text("a date")?).map(Some));
        Some(NegativeTrustAnchor { zone: zone?, reason, until })
    };
    Section::of(item, read).flatten()
}
