//! Tables of limits: each layer that bounds something declares its own with `limits!`.

use std::ops::RangeInclusive;

/// One limit of a table of them, `L`: its name in the configuration, its default, its range, and why.
#[derive(Clone, Debug)]
pub struct Limit<L> {
    /// The key under `limits`.
    pub name: &'static str,
    /// The default.
    pub default: u32,
    /// The values taken.
    pub range: RangeInclusive<u32>,
    /// Why it is what it is.
    pub why: &'static str,
    /// Where it lies.
    pub field: fn(&mut L) -> &mut u32,
}

/// Declares limits from their table: the struct with a field for each, its defaults, and `TABLE` for those who read or
/// list all.
macro_rules! limits {
    ($(#[$meta:meta])* $limits:ident {
        $($(#[$what:meta])* $field:ident = $default:expr, $name:literal in $range:expr, $why:literal;)*
    }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $limits {
            $($(#[$what])* pub $field: u32,)*
        }

        impl Default for $limits {
            fn default() -> Self {
                Self { $($field: $default,)* }
            }
        }

        impl $limits {
            /// Every one of the limits.
            pub const TABLE: &'static [$crate::dnssec::Limit<Self>] = &[
                $($crate::dnssec::Limit {
                    name: $name,
                    default: $default,
                    range: $range,
                    why: $why,
                    field: |limits| &mut limits.$field,
                },)*
            ];
        }
    };
}
pub(crate) use limits;
