//! `bailiwick anchors`: where chains of trust begin, and where the operator ends them.

use serde_json::{Value, json};

use super::args::ConfigFile;
use super::common::{Ending, load};
use crate::dnssec::{Algorithm, DigestType, Policy, Timestamp, TrustAnchor, TrustAnchors, Vouch};
use crate::resolver::Settings;
use crate::wire::{Name, rdata_to_text};

pub(super) fn run(config: &ConfigFile, as_json: bool) -> Ending {
    let config = load(config.path.as_deref())?;
    if as_json {
        println!("{:#}", to_json(&config.settings));
    } else {
        print!("{}", to_text(&config.settings));
    }
    Ok(())
}

/// The zones with anchors, in canonical order.
fn trust_points(anchors: &TrustAnchors) -> Vec<&Name> {
    let mut zones: Vec<_> = anchors.iter().map(TrustAnchor::zone).collect();
    zones.dedup();
    zones
}

/// `active`, or why the anchors of `zone` can vouch for nothing.
fn state(zone: &Name, anchors: &TrustAnchors, policy: &Policy) -> String {
    let vouch = Vouch::Anchors(anchors.at(zone).unwrap_or_default().to_vec());
    vouch.usable(zone, policy).map_or_else(|why| why.to_string(), |()| "active".into())
}

/// Digest type and digest of a DS, or what a DNSKEY has instead.
fn digest(anchor: &TrustAnchor) -> (String, String) {
    let hex = |octets: &[u8]| octets.iter().map(|octet| format!("{octet:02x}")).collect::<String>();
    match anchor.ds() {
        Some(ds) => (DigestType(ds.digest_type).to_string(), hex(ds.digest)),
        None => ("-".into(), rdata_to_text(anchor.rtype(), anchor.rdata())),
    }
}

fn to_text(settings: &Settings) -> String {
    let mut rows = vec![
        ["zone", "key tag", "algorithm", "type", "digest type", "source", "digest"]
            .map(String::from),
    ];
    for anchor in settings.anchors.iter() {
        let (digest_type, digest) = digest(anchor);
        rows.push([
            anchor.zone().to_string(),
            anchor.key_tag().to_string(),
            Algorithm(anchor.algorithm()).to_string(),
            anchor.rtype().to_string(),
            digest_type,
            anchor.source().into(),
            digest,
        ]);
    }
    let mut text = format!("trust anchors\n{}", table(&rows));
    let mut rows = vec![["trust point", "anchors", "state"].map(String::from)];
    for zone in trust_points(&settings.anchors) {
        let count = settings.anchors.at(zone).map_or(0, <[_]>::len).to_string();
        rows.push([zone.to_string(), count, state(zone, &settings.anchors, &settings.policy)]);
    }
    text += &format!("\ntrust points\n{}", table(&rows));
    let mut rows = vec![["zone", "until", "reason"].map(String::from)];
    for negative in settings.negative_anchors.iter() {
        let until = negative.until.map_or("for ever".into(), |until| Timestamp(until).to_string());
        rows.push([negative.zone.to_string(), until, negative.reason.clone()]);
    }
    if rows.len() > 1 {
        text += &format!("\nnegative trust anchors\n{}", table(&rows));
    }
    text
}

/// Columns as wide as their widest cell; the last is not padded.
pub(super) fn table<const N: usize>(rows: &[[String; N]]) -> String {
    let width =
        |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<_> = (0..N).map(width).collect();
    let line = |row: &[String; N]| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        format!("  {}\n", cells.collect::<Vec<_>>().join("  ").trim_end())
    };
    rows.iter().map(line).collect()
}

fn to_json(settings: &Settings) -> Value {
    let anchor = |anchor: &TrustAnchor| {
        let (digest_type, digest) = digest(anchor);
        json!({
            "zone": anchor.zone().to_string(),
            "key-tag": anchor.key_tag(),
            "algorithm": Algorithm(anchor.algorithm()).to_string(),
            "algorithm-number": anchor.algorithm(),
            "type": anchor.rtype().to_string(),
            "digest-type": digest_type,
            "digest": digest,
            "source": anchor.source(),
        })
    };
    let point = |zone: &&Name| {
        let tags: Vec<_> = settings
            .anchors
            .at(zone)
            .unwrap_or_default()
            .iter()
            .map(TrustAnchor::key_tag)
            .collect();
        let state = state(zone, &settings.anchors, &settings.policy);
        json!({ "zone": zone.to_string(), "key-tags": tags, "state": state })
    };
    let negative = settings.negative_anchors.iter().map(|negative| {
        let until = negative.until.map(|until| Timestamp(until).to_string());
        json!({ "zone": negative.zone.to_string(), "until": until, "reason": negative.reason })
    });
    json!({
        "trust-anchors": settings.anchors.iter().map(anchor).collect::<Vec<_>>(),
        "trust-points": trust_points(&settings.anchors).iter().map(point).collect::<Vec<_>>(),
        "negative-trust-anchors": negative.collect::<Vec<_>>(),
    })
}
