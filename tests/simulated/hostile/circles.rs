//! Delegations that lead back to themselves (TsuNAME).

use super::stage::*;

/// `a.evil.com.` is served by names in `b.evil.net.` alone, and that one by names in `a.evil.com.`.
#[tokio::test(start_paused = true)]
async fn two_zones_in_each_other() {
    let world = stage(
        1,
        Box::new(|asked, reply| {
            let other =
                if asked.name.is_below(&name("evil.com.")) { "b.evil.net" } else { "a.evil.com" };
            if let Some(zone) = asked.zone(3) {
                refer(reply, &zone, (0..4).map(|n| (format!("ns{n}.{other}."), None)));
            }
            true
        }),
    );
    cost(&world, GAP, names(100, "a.evil.com.")).await.assert("circle", 1.0);
}

/// Every name is such a pair of zones anew.
#[tokio::test(start_paused = true)]
async fn ever_new_pairs_of_zones_in_each_other() {
    let world = stage(
        1,
        Box::new(|asked, reply| {
            let other =
                if asked.name.is_below(&name("evil.com.")) { "evil.net" } else { "evil.com" };
            if let Some(zone) = asked.zone(3) {
                let server = |n| {
                    (
                        format!(
                            "ns{n}.{}.{other}.",
                            zone.to_string().split('.').next().expect("a label")
                        ),
                        None,
                    )
                };
                refer(reply, &zone, (0..4).map(server));
            }
            true
        }),
    );
    cost(&world, GAP, names(100, "evil.com.")).await.assert("circles", 2.0);
}

/// The servers of a zone have names in it, and no glue.
#[tokio::test(start_paused = true)]
async fn servers_below_their_own_zone() {
    let world = stage(
        1,
        Box::new(|asked, reply| {
            if let Some(zone) = asked.zone(3) {
                refer(reply, &zone, (0..20).map(|n| (format!("ns{n}.{zone}"), None)));
            }
            true
        }),
    );
    cost(&world, GAP, names(100, "evil.com.")).await.assert("below itself", 1.0);
}

/// Chains of zones, each served from the next, whose last is served from the first.
#[tokio::test(start_paused = true)]
async fn a_long_circle() {
    let world = stage(
        1,
        Box::new(|asked, reply| {
            let label = asked.zone(3).map(|zone| zone.to_string());
            let number = label
                .as_deref()
                .and_then(|zone| zone.strip_prefix('c')?.split('.').next()?.parse::<u32>().ok());
            if let (Some(number), Some(zone)) = (number, asked.zone(3)) {
                let next = (number + 1) % 12;
                refer(reply, &zone, (0..6).map(|n| (format!("ns{n}.c{next}.evil.com."), None)));
            }
            true
        }),
    );
    cost(&world, GAP, names(100, "c0.evil.com.")).await.assert("long circle", 1.0);
}
