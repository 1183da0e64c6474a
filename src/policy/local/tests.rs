//! The rules of RFCs 6303, 6761, 7686, 8375 and 9462, and the operator's data among them.

use super::*;

fn name(text: &str) -> Name {
    text.parse().expect("a name")
}

fn record(owner: &str, rtype: RrType, rdata: &[u8]) -> RrSet {
    RrSet::new(name(owner), rtype, 60, vec![rdata.into()])
}

fn local(data: Vec<RrSet>, exempt: &[&str]) -> Local {
    let exempt = exempt.iter().map(|zone| name(zone)).collect();
    Local::new(LocalOptions { data, exempt, ..LocalOptions::default() })
}

/// The response code, the RDATA of the answer section, and the owner of the SOA.
type Said = (Rcode, Vec<Vec<u8>>, Option<String>);

fn ask(local: &Local, owner: &str, rtype: RrType) -> Option<Said> {
    let answer = local.answer(&Question::new(name(owner), rtype))?;
    assert!(!answer.security.is_secure());
    let rdatas = answer.answer.iter().flat_map(|set| set.rdatas.iter().map(|r| r.to_vec()));
    let soa = answer.authority.first().map(|set| {
        assert_eq!(set.rtype, RrType::SOA);
        set.owner.to_string()
    });
    Some((answer.rcode, rdatas.collect(), soa))
}

fn denied(rcode: Rcode, zone: &str) -> Option<Said> {
    Some((rcode, Vec::new(), Some(zone.to_owned())))
}

fn given(rdata: &[u8]) -> Option<Said> {
    Some((Rcode::NOERROR, vec![rdata.to_vec()], None))
}

#[test]
fn rfc6761_s6_3_localhost_is_loopback_and_nothing_else() {
    let local = Local::new(LocalOptions::default());
    for owner in ["localhost.", "a.b.LocalHost."] {
        assert_eq!(ask(&local, owner, RrType::A), given(&[127, 0, 0, 1]));
        let v6 = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
        assert_eq!(ask(&local, owner, RrType::AAAA), given(&v6));
        for rtype in [RrType::MX, RrType::NS, RrType::SOA, RrType::DS] {
            assert_eq!(ask(&local, owner, rtype), denied(Rcode::NOERROR, "localhost."));
        }
    }
    assert_eq!(ask(&local, "notlocalhost.", RrType::A), None);
}

#[test]
fn rfc6761_s6_4_and_rfc7686_s2_invalid_and_onion_do_not_exist() {
    let local = Local::new(LocalOptions::default());
    for (owner, zone) in
        [("invalid.", "invalid."), ("a.invalid.", "invalid."), ("x.y.onion.", "onion.")]
    {
        for rtype in [RrType::A, RrType::SOA, RrType::DS] {
            assert_eq!(ask(&local, owner, rtype), denied(Rcode::NXDOMAIN, zone), "{owner}");
        }
    }
}

#[test]
fn rfc6761_s6_2_test_is_special_only_when_the_operator_says_so() {
    assert_eq!(ask(&Local::new(LocalOptions::default()), "a.test.", RrType::A), None);
    let local = Local::new(LocalOptions { test: true, ..LocalOptions::default() });
    assert_eq!(ask(&local, "a.test.", RrType::A), denied(Rcode::NXDOMAIN, "test."));
}

#[test]
fn rfc6761_s6_5_and_rfc9476_s2_example_and_alt_are_ordinary() {
    let local = Local::new(LocalOptions::default());
    for owner in ["example.", "www.example.com.", "a.alt.", ".", "arpa.", "1.1.1.1.in-addr.arpa."] {
        assert_eq!(ask(&local, owner, RrType::A), None, "{owner}");
    }
}

#[test]
fn rfc6303_s3_empty_zones() {
    let (local, zone) = (Local::new(LocalOptions::default()), "10.in-addr.arpa.");
    let apex = ask(&local, zone, RrType::SOA).expect("an answer");
    assert_eq!((apex.0, apex.1.len()), (Rcode::NOERROR, 1));
    assert_eq!(ask(&local, zone, RrType::NS), given(name(zone).as_wire()));
    assert_eq!(ask(&local, zone, RrType::PTR), denied(Rcode::NOERROR, zone));
    for owner in ["1.0.0.10.in-addr.arpa.", "0.10.IN-ADDR.arpa."] {
        for rtype in [RrType::PTR, RrType::SOA, RrType::NS, RrType::DS] {
            assert_eq!(ask(&local, owner, rtype), denied(Rcode::NXDOMAIN, zone), "{owner}");
        }
    }
    assert_eq!(ask(&local, zone, RrType::DS), None, "RFC 4035 3.1.4.1");
}

#[test]
fn rfc6303_s4_2_loopback_addresses_have_names() {
    let local = Local::new(LocalOptions::default());
    let localhost = given(name("localhost.").as_wire());
    assert_eq!(ask(&local, "1.0.0.127.in-addr.arpa.", RrType::PTR), localhost);
    let v6 = format!("1.{}ip6.arpa.", "0.".repeat(31));
    assert_eq!(ask(&local, &v6, RrType::PTR), localhost);
    assert_eq!(ask(&local, &v6, RrType::SOA).map(|said| said.1.len()), Some(1));
    let ent = ask(&local, "0.0.127.in-addr.arpa.", RrType::PTR);
    assert_eq!(ent, denied(Rcode::NOERROR, "127.in-addr.arpa."), "RFC 8020 2");
}

#[test]
fn rfc8375_s4_home_arpa_is_local_but_for_its_ds() {
    let local = local(vec![record("router.home.arpa.", RrType::A, &[10, 0, 0, 1])], &[]);
    assert_eq!(ask(&local, "Router.home.arpa.", RrType::A), given(&[10, 0, 0, 1]));
    assert_eq!(
        ask(&local, "router.home.arpa.", RrType::AAAA),
        denied(Rcode::NOERROR, "home.arpa.")
    );
    assert_eq!(ask(&local, "tv.home.arpa.", RrType::A), denied(Rcode::NXDOMAIN, "home.arpa."));
    assert_eq!(ask(&local, "home.arpa.", RrType::NS), given(name("home.arpa.").as_wire()));
    assert_eq!(ask(&local, "home.arpa.", RrType::DS), None);
    assert_eq!(ask(&local, "tv.home.arpa.", RrType::DS), denied(Rcode::NXDOMAIN, "home.arpa."));
}

#[test]
fn rfc9462_s6_4_resolver_arpa_has_no_data() {
    let local = Local::new(LocalOptions::default());
    for owner in ["resolver.arpa.", "_dns.resolver.arpa.", "a.b.resolver.arpa."] {
        assert_eq!(ask(&local, owner, RrType::SVCB), denied(Rcode::NOERROR, "resolver.arpa."));
    }
}

#[test]
fn data_win_over_rules_and_other_types_are_denied() {
    let ptr = name("printer.corp.example.");
    let data = vec![
        record("3.2.1.10.in-addr.arpa.", RrType::PTR, ptr.as_wire()),
        record("www.example.", RrType::A, &[192, 0, 2, 1]),
        record("www.example.", RrType::A, &[192, 0, 2, 2]),
        record("www.example.", RrType::A, &[192, 0, 2, 2]),
    ];
    let local = local(data, &[]);
    assert_eq!(ask(&local, "3.2.1.10.in-addr.arpa.", RrType::PTR), given(ptr.as_wire()));
    let ent = ask(&local, "2.1.10.in-addr.arpa.", RrType::PTR);
    assert_eq!(ent, denied(Rcode::NOERROR, "10.in-addr.arpa."));
    assert_eq!(ask(&local, "www.example.", RrType::A).map(|said| said.1.len()), Some(2));
    let no_data = Some((Rcode::NOERROR, Vec::new(), None));
    assert_eq!(ask(&local, "www.example.", RrType::AAAA), no_data);
    assert_eq!(ask(&local, "example.", RrType::A), None);
    assert_eq!(ask(&local, "a.www.example.", RrType::A), None);
}

#[test]
fn zones_of_the_operator_are_exempt_from_the_rules_but_the_root_is_none() {
    let local = local(
        vec![record("nas.home.arpa.", RrType::A, &[10, 0, 0, 2])],
        &["10.in-addr.arpa.", "Home.arpa.", "127.in-addr.arpa.", "."],
    );
    for owner in
        ["10.in-addr.arpa.", "1.10.in-addr.arpa.", "tv.home.arpa.", "1.0.0.127.in-addr.arpa."]
    {
        assert_eq!(ask(&local, owner, RrType::PTR), None, "{owner}");
    }
    assert_eq!(ask(&local, "nas.home.arpa.", RrType::A), given(&[10, 0, 0, 2]));
    assert_eq!(ask(&local, "a.onion.", RrType::A), denied(Rcode::NXDOMAIN, "onion."));
}

#[test]
fn rfc6303_s3_the_rules_can_be_switched_off() {
    let local = Local::new(LocalOptions { special_use: false, ..LocalOptions::default() });
    for owner in ["localhost.", "1.0.0.127.in-addr.arpa.", "a.onion.", "home.arpa."] {
        assert_eq!(ask(&local, owner, RrType::A), None, "{owner}");
    }
}

#[test]
fn rfc1034_s3_6_2_aliases_are_followed_through_local_data_and_left_dangling_outside() {
    let alias = |owner, to| record(owner, RrType::CNAME, name(to).as_wire());
    let local = local(
        vec![
            alias("a.example.", "b.example."),
            alias("b.example.", "localhost."),
            alias("out.example.", "www.example.net."),
            alias("loop.example.", "loop.example."),
        ],
        &[],
    );
    let said = ask(&local, "a.example.", RrType::A).expect("an answer");
    assert_eq!((said.1.len(), said.1.last()), (3, Some(&vec![127, 0, 0, 1])));
    assert_eq!(ask(&local, "a.example.", RrType::CNAME), given(name("b.example.").as_wire()));
    let question = Question::new(name("out.example."), RrType::A);
    let out = local.answer(&question).expect("an answer");
    assert_eq!(dangling_alias(&out, RrType::A), Some(name("www.example.net.")));
    assert_eq!(ask(&local, "loop.example.", RrType::A).map(|s| s.0), Some(Rcode::SERVFAIL));
}
