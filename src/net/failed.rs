//! Why an exchange over the operating system's sockets failed, and whether anything had left by then.

use std::io::{Error, ErrorKind};

use super::exchange::ExchangeError;
use super::sockopts::is_exhausted;

/// Why, and when. Errors are told in the same words by this host, which has no route, and by routers on the way (ICMP), which
/// got a packet: the first cost nobody anything, the others are paid for as any packet.
#[derive(Debug)]
pub(super) enum Failed {
    /// Before anything left this host.
    Unsent(Error),
    /// After something had left: whatever it was, it is paid for.
    Sent,
    /// The same, and what ended was a connection that others share.
    ClosedEarly,
}

impl From<Error> for Failed {
    fn from(_: Error) -> Self {
        Self::Sent
    }
}

impl From<Failed> for ExchangeError {
    fn from(failed: Failed) -> Self {
        use ErrorKind::{AddrNotAvailable, HostUnreachable, NetworkUnreachable};
        let error = match failed {
            Failed::Unsent(error) => error,
            Failed::Sent => return Self::Unreachable,
            Failed::ClosedEarly => return Self::ClosedEarly,
        };
        match error.kind() {
            NetworkUnreachable | HostUnreachable | AddrNotAvailable => Self::NoRoute,
            _ if is_exhausted(&error) => Self::NoSocket,
            _ => Self::Unreachable,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_fails_before_anything_left_is_free() {
        use ErrorKind::{AddrNotAvailable, ConnectionRefused, HostUnreachable, NetworkUnreachable};
        for (kind, at_once) in [
            (NetworkUnreachable, ExchangeError::NoRoute),
            (HostUnreachable, ExchangeError::NoRoute),
            (AddrNotAvailable, ExchangeError::NoRoute),
            (ConnectionRefused, ExchangeError::Unreachable),
        ] {
            assert_eq!(ExchangeError::from(Failed::Unsent(kind.into())), at_once, "{kind}");
            let later = Failed::from(Error::from(kind));
            assert_eq!(ExchangeError::from(later), ExchangeError::Unreachable, "{kind}");
        }
        let exhausted = || Error::from_raw_os_error(24); // EMFILE
        assert_eq!(ExchangeError::from(Failed::Unsent(exhausted())), ExchangeError::NoSocket);
        assert_eq!(ExchangeError::from(Failed::from(exhausted())), ExchangeError::Unreachable);
    }
}
