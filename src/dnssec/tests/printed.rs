//! Keys, DS records and signatures that RFCs print.

use crate::dnssec::signature::{Key, Signers, Tried, verify_by};
use crate::dnssec::testing::*;
use crate::dnssec::{Algorithm, KeyProblem, Policy, Reason, crypto, delegation_signer};
use crate::wire::rdata::{Dnskey, Ds};
use crate::wire::{RrSet, RrType};

/// A key, and what the RFC says of it.
struct Printed {
    dnskey: &'static str,
    tag: u16,
    ds: &'static str,
}

impl Printed {
    fn dnskey(&self) -> RrSet {
        set(self.dnskey)
    }

    /// The DS record names the key, and its tag is right.
    fn check_ds(&self) {
        let (dnskey, ds) = (self.dnskey(), set(self.ds));
        let key = Dnskey::parse(&dnskey.rdatas[0]).expect("a DNSKEY");
        assert_eq!(key.key_tag(), self.tag);
        assert_eq!(Ds::parse(&ds.rdatas[0]).expect("a DS").key_tag, self.tag);
        let zone = TestZone { apex: dnskey.owner.clone(), ..example() };
        let vouch = zone.anchors(RrType::DS, ds.rdatas);
        let policy = Policy::default();
        let named =
            delegation_signer::named_keys(&dnskey.owner, &dnskey, &vouch, &policy, &mut None);
        assert_eq!(named.len(), 1, "{}", self.ds);
    }

    /// The signed RRset in `text` verifies at its inception.
    fn check_signature(&self, text: &str, inception: u64) {
        let signed = set(text);
        assert_eq!(signed.signatures.len(), 1);
        let dnskey = self.dnskey();
        let key = Dnskey::parse(&dnskey.rdatas[0]).expect("a DNSKEY");
        let (tag, algorithm, public_key) =
            (key.key_tag(), Algorithm(key.algorithm), key.public_key);
        assert_eq!(crypto::check_key(algorithm, public_key), Ok(()));
        let keys = [Key { tag, algorithm, public_key }];
        let signers = Signers { zone: &dnskey.owner, keys: &keys, unusable: &[] };
        let (policy, budget) = (Policy::default(), budget());
        let verify = |set: &RrSet| {
            verify_by(set, signers, at(inception), &policy, &budget, &mut Tried::default())
        };
        assert!(verify(&signed).is_ok(), "{text}: {:?}", verify(&signed));
        let mut forged = signed;
        *forged.rdatas[0].last_mut().expect("an octet") ^= 1;
        assert!(matches!(verify(&forged), Err(Reason::SignatureMismatch { .. })));
    }
}

const DSKEY: &str = "dskey.example.com. 86400 DNSKEY 256 3 5 AQOeiiR0GOMYkDshWoSKz9Xz \
    fwJr1AYtsmx3TGkJaNXVbfi/ 2pHm822aJ5iI9BMzNXxeYCmZ DRD99WYwYqUSdjMmmAphXdvx \
    egXd/M5+X7OrzKBaMbCVdFLU Uh6DhweJBjEVv5f2wwjM9Xzc nOf+EPbtG9DMBmADjFDc2w/r ljwvFw==";

#[test]
fn rfc4034_s5_4_ds_of_sha1() {
    let ds = "dskey.example.com. DS 60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118";
    Printed { dnskey: DSKEY, tag: 60485, ds }.check_ds();
}

#[test]
fn rfc4509_s2_3_ds_of_sha256() {
    let ds = "dskey.example.com. DS 60485 5 2 \
        D4B7D520E7BB5F0F67674A0CCEB1E3E0614B93C4F9E99B8383F6A1E4469DA50A";
    Printed { dnskey: DSKEY, tag: 60485, ds }.check_ds();
}

#[test]
fn rfc4034_s2_3_and_3_3_key_of_the_rrsig_example() {
    let dnskey = set("example.com. 86400 DNSKEY 256 3 5 AQPSKmynfzW4kyBv015MUG2DeIQ3 \
        Cbl+BBZH4b/0PY1kxkmvHjcZc8no kfzj31GajIQKY+5CptLr3buXA10h \
        WqTkF7H6RfoRqXQeogmMHfpftf6z Mv1LyBUgia7za6ZEzOJBOztyvhjL \
        742iU/TpPSEDhm2SNKLijfUppn1U aNvv4w==");
    assert_eq!(Dnskey::parse(&dnskey.rdatas[0]).map(|key| key.key_tag()), Some(2642));
}

#[test]
fn rfc5702_s6_1_a_key_of_512_bits_is_too_short() {
    let dnskey = set("example.net. 3600 DNSKEY 256 3 8 AwEAAcFcGsaxxdgiuuGmCkVI \
        my4h99CqT7jwY3pexPGcnUFtR2Fh36BponcwtkZ4cAgtvd4Qs8PkxUdp6p/DlUmObdk=");
    let key = Dnskey::parse(&dnskey.rdatas[0]).expect("a DNSKEY");
    assert_eq!(key.key_tag(), 9033);
    assert_eq!(
        crypto::check_key(Algorithm::RSASHA256, key.public_key),
        Err(KeyProblem::ModulusSize)
    );
}

#[test]
fn rfc5702_s6_2_rsa_sha512() {
    let printed = Printed {
        dnskey: "example.net. 3600 DNSKEY 256 3 10 AwEAAdHoNTOW+et86KuJOWRD \
            p1pndvwb6Y83nSVXXyLA3DLroROUkN6X0O6pnWnjJQujX/AyhqFD \
            xj13tOnD9u/1kTg7cV6rklMrZDtJCQ5PCl/D7QNPsgVsMu1J2Q8g \
            pMpztNFLpPBz1bWXjDtaR7ZQBlZ3PFY12ZTSncorffcGmhOL",
        tag: 3740,
        ds: "",
    };
    let dnskey = printed.dnskey();
    let key = Dnskey::parse(&dnskey.rdatas[0]).expect("a DNSKEY");
    assert_eq!(key.key_tag(), printed.tag);
    printed.check_signature(
        "www.example.net. 3600 IN A 192.0.2.91
        www.example.net. 3600 IN RRSIG A 10 3 3600 20300101000000 20000101000000 3740 \
            example.net. tsb4wnjRUDnB1BUi+t6TMTXThjVnG+eCkWqjvvjhzQL1d0YRoOe0CbxrVDYd0xDtsuJRa \
            eUw1ep94PzEWzr0iGYgZBWm/zpq+9fOuagYJRfDqfReKBzMweOL \
            DiNa8iP5g9vMhpuv6OPlvpXwm9Sa9ZXIbNl1MBGk0fthPgxdDLw=",
        946_684_800,
    );
}

#[test]
fn rfc6605_s6_1_p256() {
    let printed = Printed {
        dnskey: "example.net. 3600 DNSKEY 257 3 13 \
            GojIhhXUN/u4v54ZQqGSnyhWJwaubCvTmeexv7bR6edb \
            krSqQpF64cYbcB7wNcP+e+MAnLr+Wi9xMWyQLc8NAA==",
        tag: 55648,
        ds: "example.net. DS 55648 13 2 \
            b4c8c1fe2e7477127b27115656ad6256f424625bf5c1e2770ce6d6e37df61d17",
    };
    printed.check_ds();
    printed.check_signature(
        "www.example.net. 3600 IN A 192.0.2.1
        www.example.net. 3600 IN RRSIG A 13 3 3600 20100909100439 20100812100439 55648 \
            example.net. qx6wLYqmh+l9oCKTN6qIc+bw6ya+KJ8oMz0YP107epXA \
            yGmt+3SNruPFKG7tZoLBLlUzGGus7ZwmwWep666VCw==",
        1_281_607_479,
    );
}

#[test]
fn rfc6605_s6_2_p384() {
    let printed = Printed {
        dnskey: "example.net. 3600 DNSKEY 257 3 14 \
            xKYaNhWdGOfJ+nPrL8/arkwf2EY3MDJ+SErKivBVSum1 \
            w/egsXvSADtNJhyem5RCOpgQ6K8X1DRSEkrbYQ+OB+v8 \
            /uX45NBwY8rp65F6Glur8I/mlVNgF6W/qTI37m40",
        tag: 10771,
        ds: "example.net. DS 10771 14 4 \
            72d7b62976ce06438e9c0bf319013cf801f09ecc84b8 \
            d7e9495f27e305c6a9b0563a9b5f4d288405c3008a94 6df983d6",
    };
    printed.check_ds();
    printed.check_signature(
        "www.example.net. 3600 IN A 192.0.2.1
        www.example.net. 3600 IN RRSIG A 14 3 3600 20100909102025 20100812102025 10771 \
            example.net. /L5hDKIvGDyI1fcARX3z65qrmPsVz73QD1Mr5CEqOiLP \
            95hxQouuroGCeZOvzFaxsT8Glr74hbavRKayJNuydCuz \
            WTSSPdz7wnqXL5bdcJzusdnI0RSMROxxwGipWcJm",
        1_281_608_425,
    );
}

/// RFC 8080 prints its RRSIG records without the algorithm.
fn mx(algorithm: u8, tag: u16, signature: &str) -> String {
    format!(
        "example.com. 3600 IN MX 10 mail.example.com.
        example.com. 3600 IN RRSIG MX {algorithm} 2 3600 1440021600 1438207200 {tag} \
            example.com. {signature}"
    )
}

#[test]
fn rfc8080_s6_1_ed25519() {
    for (printed, signature) in [
        (
            Printed {
                dnskey: "example.com. 3600 DNSKEY 257 3 15 \
                    l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=",
                tag: 3613,
                ds: "example.com. DS 3613 15 2 \
                    3aa5ab37efce57f737fc1627013fee07bdf241bd10f3b1964ab55c78e79a304b",
            },
            "oL9krJun7xfBOIWcGHi7mag5/hdZrKWw15jPGrHpjQeRAvTdszaPD+QLs3fx8A4M3e23mRZ9VrbpMngwcrqNAg==",
        ),
        (
            Printed {
                dnskey: "example.com. 3600 DNSKEY 257 3 15 \
                    zPnZ/QwEe7S8C5SPz2OfS5RR40ATk2/rYnE9xHIEijs=",
                tag: 35217,
                ds: "example.com. DS 35217 15 2 \
                    401781b934e392de492ec77ae2e15d70f6575a1c0bc59c5275c04ebe80c6614c",
            },
            "zXQ0bkYgQTEFyfLyi9QoiY6D8ZdYo4wyUhVioYZXFdT410QPRITQSqJSnzQoSm5poJ7gD7AQR0O7KuI5k2pcBg==",
        ),
    ] {
        printed.check_ds();
        printed.check_signature(&mx(15, printed.tag, signature), 1_438_207_200);
    }
}

#[test]
fn rfc8080_s6_2_ed448() {
    for (printed, signature) in [
        (
            Printed {
                dnskey: "example.com. 3600 DNSKEY 257 3 16 \
                    3kgROaDjrh0H2iuixWBrc8g2EpBBLCdGzHmn+G2MpTPhpj/OiBVHHSfPodx1FYYUcJKm1MDpJtIA",
                tag: 9713,
                ds: "example.com. DS 9713 16 2 \
                    6ccf18d5bc5d7fc2fceb1d59d17321402f2aa8d368048db93dd811f5cb2b19c7",
            },
            "3cPAHkmlnxcDHMyg7vFC34l0blBhuG1qpwLmjInI8w1CMB29FkEAIJUA0amxWndkmnBZ6SKiwZSAxGILn/NBtOXft0+Gj7FSvOKxE/07+4RQvE581N3Aj/JtIyaiYVdnYtyMWbSNyGEY2213WKsJlwEA",
        ),
        (
            Printed {
                dnskey: "example.com. 3600 DNSKEY 257 3 16 \
                    kkreGWoccSDmUBGAe7+zsbG6ZAFQp+syPmYUurBRQc3tDjeMCJcVMRDmgcNLp5HlHAMy12VoISsA",
                tag: 38353,
                ds: "example.com. DS 38353 16 2 \
                    645ff078b3568f5852b70cb60e8e696cc77b75bfaaffc118cf79cbda1ba28af4",
            },
            "E1/oLjSGIbmLny/4fcgM1z4oL6aqo+izT3urCyHyvEp4Sp8Syg1eI+lJ57CSnZqjJP41O/9l4m0AsQ4f7qI1gVnML8vWWiyW2KXhT9kuAICUSxv5OWbf81Rq7Yu60npabODB0QFPb/rkW3kUZmQ0YQUA",
        ),
    ] {
        printed.check_ds();
        printed.check_signature(&mx(16, printed.tag, signature), 1_438_207_200);
    }
}
