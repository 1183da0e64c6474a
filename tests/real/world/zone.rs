//! What a zone is to be like.

/// Who signs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signer {
    /// BIND's dnssec-signzone.
    Bind,
    /// Knot DNS's kzonesign.
    Knot,
    /// ldns-signzone.
    Ldns,
    /// Nobody.
    Nobody,
}

/// How it denies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denial {
    /// With NSEC.
    Nsec,
    /// With NSEC3 of so many additional iterations.
    Nsec3(u16),
    /// With NSEC3 whose records have the Opt-Out flag.
    OptOut,
}

/// What its parent says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ds {
    /// Nothing: the delegation is insecure.
    Absent,
    /// True digests of its keys, of these types as dnssec-dsfromkey names them.
    Digests(&'static [&'static str]),
    /// A SHA-256 digest with one hexadecimal digit changed.
    WrongDigest,
    /// A true SHA-1 digest beside a wrong SHA-256 digest; the latter counts (RFC 4509 section 3).
    WrongBesideSha1,
    /// Only a DS of a key that the zone does not have.
    Stranger,
    /// The same beside true digests of three types.
    StrangerBesideTrue,
    /// Only a digest of a type that nobody knows.
    UnknownDigest,
    /// Only a key algorithm that nobody knows.
    UnknownAlgorithm,
}

impl Ds {
    /// One SHA-256 digest of each key, as nearly everywhere.
    pub const SHA256: Self = Self::Digests(&["SHA-256"]);
}

/// What is broken in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damage {
    /// Nothing.
    None,
    /// All signatures ended ten days ago.
    Expired,
    /// All signatures begin in ten days.
    NotYetValid,
    /// There are no signatures.
    Unsigned,
    /// There are no NSEC and NSEC3 records.
    NoDenials,
    /// `www A` is not signed.
    WwwUnsigned,
    /// The signature of `www A` has one character changed.
    WwwCorrupt,
    /// The signature of `www A` ended ten days ago.
    WwwExpired,
}

/// A zone.
#[derive(Clone, Debug)]
pub struct Zone {
    /// Its apex with the final dot.
    pub name: String,
    /// Who signs it.
    pub signer: Signer,
    /// The numbers of the algorithms it is signed with.
    pub algorithms: &'static [u8],
    /// How it denies.
    pub denial: Denial,
    /// What its parent says of it.
    pub ds: Ds,
    /// What is broken in it.
    pub damage: Damage,
}

impl Zone {
    /// A sound zone.
    pub fn new(name: &str, signer: Signer, algorithms: &'static [u8], denial: Denial) -> Self {
        let (name, ds, damage) = (name.to_owned(), Ds::SHA256, Damage::None);
        Self { name, signer, algorithms, denial, ds, damage }
    }

    /// An unsigned zone below an insecure delegation.
    pub fn unsigned(name: &str) -> Self {
        let zone = Self::new(name, Signer::Nobody, &[], Denial::Nsec);
        Self { ds: Ds::Absent, ..zone }
    }

    /// The same with something else at its parent.
    pub fn with_ds(self, ds: Ds) -> Self {
        Self { ds, ..self }
    }

    /// The same, broken.
    pub fn with_damage(self, damage: Damage) -> Self {
        Self { damage, ..self }
    }

    /// How many labels its name has.
    pub fn depth(&self) -> usize {
        self.name.split_terminator('.').filter(|label| !label.is_empty()).count()
    }

    /// The name without its first label; `None` for the root. In this world that is the parent zone.
    pub fn parent(&self) -> Option<&str> {
        match self.name.split_once('.') {
            Some(("", _)) | None => None,
            Some((_, "")) => Some("."),
            Some((_, parent)) => Some(parent),
        }
    }

    /// A name in the zone: `label` may be several labels, or empty for the apex.
    pub fn host(&self, label: &str) -> String {
        match (label, self.name.as_str()) {
            ("", name) => name.to_owned(),
            (label, ".") => format!("{label}."),
            (label, name) => format!("{label}.{name}"),
        }
    }

    /// Does it deny with Opt-Out?
    pub fn opts_out(&self) -> bool {
        self.denial == Denial::OptOut
    }

    /// Is it signed with one key that is both KSK and ZSK? Else it has one of each.
    pub fn has_one_key(&self) -> bool {
        // Any rule that mixes the two among all signers and algorithms.
        let newest = *self.algorithms.first().unwrap_or(&0);
        match self.signer {
            Signer::Bind => newest < 10,
            Signer::Knot => newest >= 10,
            Signer::Ldns | Signer::Nobody => newest.is_multiple_of(2),
        }
    }
}
