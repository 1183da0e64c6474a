//! The numbers of the IANA registry "Domain Name System (DNS) Parameters", with their mnemonics.
//!
//! Numbers without a mnemonic here are carried just the same and print as `TYPEn`, `CLASSn` ... (RFC 3597
//! section 5).

use std::fmt;
use std::str::FromStr;

/// Declares a number type with named constants, `Display` with a fallback prefix, and `FromStr`.
macro_rules! registry {
    ($(#[$meta:meta])* $name:ident($int:ty), $prefix:literal, { $($constant:ident = $value:literal $text:literal,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub $int);

        #[allow(missing_docs, reason = "each constant is the registry's entry of that name")]
        impl $name {
            $(pub const $constant: Self = Self($value);)*

            /// The registry's mnemonic, where this program knows one.
            #[must_use]
            pub const fn mnemonic(self) -> Option<&'static str> {
                match self.0 {
                    $($value => Some($text),)*
                    _ => None,
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self.mnemonic() {
                    Some(text) => f.pad(text),
                    None => f.pad(&format!("{}{}", $prefix, self.0)),
                }
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = UnknownMnemonic;

            fn from_str(text: &str) -> Result<Self, UnknownMnemonic> {
                $(if text.eq_ignore_ascii_case($text) { return Ok(Self($value)); })*
                let digits = text.get(..$prefix.len()).filter(|p| p.eq_ignore_ascii_case($prefix)).map(|p| &text[p.len()..]);
                let digits = digits.filter(|d| d.bytes().all(|b| b.is_ascii_digit()));
                digits.and_then(|d| d.parse().ok()).map(Self).ok_or(UnknownMnemonic)
            }
        }
    };
}

/// Text that is neither a mnemonic nor the generic form (`TYPE123`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownMnemonic;

impl fmt::Display for UnknownMnemonic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an unknown mnemonic")
    }
}

impl std::error::Error for UnknownMnemonic {}

registry! {
    /// A resource record type.
    RrType(u16), "TYPE", {
        A = 1 "A", NS = 2 "NS", MD = 3 "MD", MF = 4 "MF", CNAME = 5 "CNAME", SOA = 6 "SOA", MB = 7 "MB", MG = 8 "MG",
        MR = 9 "MR", NULL = 10 "NULL", WKS = 11 "WKS", PTR = 12 "PTR", HINFO = 13 "HINFO", MINFO = 14 "MINFO",
        MX = 15 "MX", TXT = 16 "TXT", RP = 17 "RP", AFSDB = 18 "AFSDB", X25 = 19 "X25", ISDN = 20 "ISDN",
        RT = 21 "RT", NSAP = 22 "NSAP", NSAP_PTR = 23 "NSAP-PTR", SIG = 24 "SIG", KEY = 25 "KEY", PX = 26 "PX",
        GPOS = 27 "GPOS", AAAA = 28 "AAAA", LOC = 29 "LOC", NXT = 30 "NXT", SRV = 33 "SRV", NAPTR = 35 "NAPTR",
        KX = 36 "KX", CERT = 37 "CERT", A6 = 38 "A6", DNAME = 39 "DNAME", OPT = 41 "OPT", APL = 42 "APL", DS = 43 "DS",
        SSHFP = 44 "SSHFP", IPSECKEY = 45 "IPSECKEY", RRSIG = 46 "RRSIG", NSEC = 47 "NSEC", DNSKEY = 48 "DNSKEY",
        DHCID = 49 "DHCID", NSEC3 = 50 "NSEC3", NSEC3PARAM = 51 "NSEC3PARAM", TLSA = 52 "TLSA", SMIMEA = 53 "SMIMEA",
        HIP = 55 "HIP", CDS = 59 "CDS", CDNSKEY = 60 "CDNSKEY", OPENPGPKEY = 61 "OPENPGPKEY", CSYNC = 62 "CSYNC",
        ZONEMD = 63 "ZONEMD", SVCB = 64 "SVCB", HTTPS = 65 "HTTPS", DSYNC = 66 "DSYNC", SPF = 99 "SPF",
        NID = 104 "NID", L32 = 105 "L32", L64 = 106 "L64", LP = 107 "LP", EUI48 = 108 "EUI48", EUI64 = 109 "EUI64",
        NXNAME = 128 "NXNAME", TKEY = 249 "TKEY", TSIG = 250 "TSIG", IXFR = 251 "IXFR", AXFR = 252 "AXFR",
        MAILB = 253 "MAILB", MAILA = 254 "MAILA", ANY = 255 "ANY", URI = 256 "URI", CAA = 257 "CAA",
        RESINFO = 261 "RESINFO", DLV = 32769 "DLV",
    }
}

impl RrType {
    /// Is this a question-only or meta type (RFC 6895 section 3.1: 128 to 255, and OPT), which no zone holds?
    #[must_use]
    pub const fn is_meta(self) -> bool {
        matches!(self.0, 128..=255 | 41)
    }

    /// Is this a type that DNSSEC adds to answers for those who set DO (RFC 4035 section 3.2.1)?
    #[must_use]
    pub const fn is_dnssec(self) -> bool {
        matches!(self, Self::RRSIG | Self::NSEC | Self::NSEC3)
    }
}

registry! {
    /// A class; the resolver works in IN alone.
    Class(u16), "CLASS", { IN = 1 "IN", CH = 3 "CH", HS = 4 "HS", NONE = 254 "NONE", ANY = 255 "ANY", }
}

registry! {
    /// A response code, extended bits included (RFC 6891 section 6.1.3).
    Rcode(u16), "RCODE", {
        NOERROR = 0 "NOERROR", FORMERR = 1 "FORMERR", SERVFAIL = 2 "SERVFAIL", NXDOMAIN = 3 "NXDOMAIN",
        NOTIMP = 4 "NOTIMP", REFUSED = 5 "REFUSED", YXDOMAIN = 6 "YXDOMAIN", YXRRSET = 7 "YXRRSET",
        NXRRSET = 8 "NXRRSET", NOTAUTH = 9 "NOTAUTH", NOTZONE = 10 "NOTZONE", BADVERS = 16 "BADVERS",
        BADCOOKIE = 23 "BADCOOKIE",
    }
}

registry! {
    /// An operation code.
    Opcode(u8), "OPCODE", {
        QUERY = 0 "QUERY", IQUERY = 1 "IQUERY", STATUS = 2 "STATUS", NOTIFY = 4 "NOTIFY", UPDATE = 5 "UPDATE",
        DSO = 6 "DSO",
    }
}

registry! {
    /// An EDNS option code.
    OptionCode(u16), "OPTION", {
        NSID = 3 "NSID", ECS = 8 "ECS", EXPIRE = 9 "EXPIRE", COOKIE = 10 "COOKIE", KEEPALIVE = 11 "KEEPALIVE",
        PADDING = 12 "PADDING", EDE = 15 "EDE", REPORT_CHANNEL = 18 "REPORT-CHANNEL",
    }
}

registry! {
    /// An extended DNS error (RFC 8914 section 4 and the registry it made).
    EdeCode(u16), "EDE", {
        OTHER = 0 "Other", UNSUPPORTED_DNSKEY_ALGORITHM = 1 "Unsupported DNSKEY Algorithm",
        UNSUPPORTED_DS_DIGEST = 2 "Unsupported DS Digest Type", STALE_ANSWER = 3 "Stale Answer",
        FORGED_ANSWER = 4 "Forged Answer", DNSSEC_INDETERMINATE = 5 "DNSSEC Indeterminate",
        DNSSEC_BOGUS = 6 "DNSSEC Bogus", SIGNATURE_EXPIRED = 7 "Signature Expired",
        SIGNATURE_NOT_YET_VALID = 8 "Signature Not Yet Valid", DNSKEY_MISSING = 9 "DNSKEY Missing",
        RRSIGS_MISSING = 10 "RRSIGs Missing", NO_ZONE_KEY_BIT = 11 "No Zone Key Bit Set",
        NSEC_MISSING = 12 "NSEC Missing", CACHED_ERROR = 13 "Cached Error", NOT_READY = 14 "Not Ready",
        BLOCKED = 15 "Blocked", CENSORED = 16 "Censored", FILTERED = 17 "Filtered", PROHIBITED = 18 "Prohibited",
        STALE_NXDOMAIN = 19 "Stale NXDomain Answer", NOT_AUTHORITATIVE = 20 "Not Authoritative",
        NOT_SUPPORTED = 21 "Not Supported", NO_REACHABLE_AUTHORITY = 22 "No Reachable Authority",
        NETWORK_ERROR = 23 "Network Error", INVALID_DATA = 24 "Invalid Data",
        SIGNATURE_EXPIRED_BEFORE_VALID = 25 "Signature Expired before Valid", TOO_EARLY = 26 "Too Early",
        UNSUPPORTED_NSEC3_ITERATIONS = 27 "Unsupported NSEC3 Iterations Value",
        UNABLE_TO_CONFORM = 28 "Unable to conform to policy", SYNTHESIZED = 29 "Synthesized",
        INVALID_QUERY_TYPE = 30 "Invalid Query Type", NEGATIVE_TRUST_ANCHOR = 33 "Negative Trust Anchor",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc3597_s5_unknown_types() {
        assert_eq!("TYPE65280".parse(), Ok(RrType(65280)));
        assert_eq!("type1".parse(), Ok(RrType::A));
        assert_eq!(RrType(65280).to_string(), "TYPE65280");
        assert_eq!("aaaa".parse(), Ok(RrType::AAAA));
        assert_eq!("TYPE65536".parse::<RrType>(), Err(UnknownMnemonic));
        assert_eq!("TYPE+1".parse::<RrType>(), Err(UnknownMnemonic));
        assert_eq!("TYP".parse::<RrType>(), Err(UnknownMnemonic));
        assert_eq!("CLASS1".parse(), Ok(Class::IN));
    }
}
