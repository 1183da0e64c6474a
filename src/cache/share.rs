//! How the one bound of octets is divided among all that is kept of names and servers.

/// Something that is kept, in this room or above it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Share {
    /// [`Findings`](super::Findings).
    Findings,
    /// Replies that the workers of a server keep ready, of all of them.
    Ready,
    /// What was seen of server addresses.
    Servers,
    /// [`Failures`](super::Failures).
    Failures,
    /// [`Unproven`](super::Unproven).
    Unproven,
    /// [`Delegations`](super::Delegations).
    Delegations,
    /// [`Uncut`](super::Uncut).
    Uncut,
    /// [`Addresses`](super::Addresses).
    Addresses,
    /// [`Keys`](super::Keys).
    Keys,
    /// [`Signatures`](super::Signatures).
    Signatures,
    /// [`Denials`](super::Denials).
    Denials,
}

impl Share {
    /// All there are.
    pub const ALL: [Self; 11] = [
        Self::Findings,
        Self::Ready,
        Self::Servers,
        Self::Failures,
        Self::Unproven,
        Self::Delegations,
        Self::Uncut,
        Self::Addresses,
        Self::Keys,
        Self::Signatures,
        Self::Denials,
    ];

    /// In percent. A tenth is left for what the allocator loses between blocks.
    const fn percent(self) -> u64 {
        match self {
            Self::Findings => 33,
            Self::Ready => 14,
            Self::Keys | Self::Delegations => 8,
            Self::Unproven | Self::Denials => 6,
            Self::Servers | Self::Failures => 4,
            Self::Addresses => 3,
            Self::Uncut | Self::Signatures => 2,
        }
    }

    /// Its part of `octets`.
    #[must_use]
    pub const fn of(self, octets: u64) -> u64 {
        octets / 100 * self.percent()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shares_leave_a_tenth() {
        let given: u64 = Share::ALL.into_iter().map(|share| share.of(1_000)).sum();
        assert_eq!(given, 900);
    }
}
