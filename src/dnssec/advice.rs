//! What an operator can do about a failure that his own configuration led to.

use std::fmt;
use std::net::SocketAddr;

use crate::wire::Name;

/// Advice that stands in front of a reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Advice {
    /// A zone that he has resolved from servers of his own is not signed, and nothing above it says so: he has to.
    Unsigned {
        /// The zone.
        zone: Name,
    },
    /// One of his forwarders takes DNSSEC records out.
    Strips {
        /// The zone that is forwarded.
        zone: Name,
        /// The forwarder.
        server: SocketAddr,
    },
}

impl fmt::Display for Advice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsigned { zone } => write!(
                f,
                "{zone} is of your own and unsigned? Then add dnssec: {{negative-trust-anchors: [{zone}]}}"
            ),
            Self::Strips { zone, server } => {
                write!(f, "{zone} is forwarded to {server}, which passes no DNSSEC records on")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_names_the_zone_and_what_to_write_or_whom_to_mistrust() {
        let zone: Name = "corp.example".parse().expect("a name");
        let server = SocketAddr::from(([192, 0, 2, 53], 53));
        let unsigned = Advice::Unsigned { zone: zone.clone() }.to_string();
        assert!(unsigned.starts_with("corp.example. "), "{unsigned}");
        assert!(unsigned.ends_with("negative-trust-anchors: [corp.example.]}"), "{unsigned}");
        let strips = Advice::Strips { zone, server }.to_string();
        assert!(strips.starts_with("corp.example. ") && strips.contains("192.0.2.53"), "{strips}");
    }
}
