//! How a word's one text form becomes its serde form too.

/// Gives a type that has `Display` and `FromStr` the same form in serde.
#[macro_export]
macro_rules! text_form {
    ($type:ty) => {
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

/// Gives a fieldless enum its text form: one word a variant, and an error that lists the words.
#[macro_export]
macro_rules! word_enum {
    ($type:ident, $what:literal, { $($variant:ident => $word:literal),+ $(,)? }) => {
        impl $type {
            /// Every value, in declaration order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
            /// The word for this value.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }
        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
        impl std::str::FromStr for $type {
            type Err = $crate::text::UnknownWord;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($word => Ok(Self::$variant),)+
                    _ => Err($crate::text::UnknownWord { what: $what, got: text.chars().take(40).collect(), words: &[$($word),+] }),
                }
            }
        }
        $crate::text_form!($type);
    };
}

/// A word that is not one of a closed list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{got}` is not a {what}; use one of: {}", words.join(", "))]
pub struct UnknownWord {
    /// What kind of word was expected.
    pub what: &'static str,
    /// What was found, cut at 40 characters.
    pub got: String,
    /// What would have been accepted.
    pub words: &'static [&'static str],
}

/// A free word (a criterion, a slug, a user) that breaks its rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{got}` is not a {what}: {rule}")]
pub struct BadWord {
    /// What kind of word was expected.
    pub what: &'static str,
    /// What was found, cut at 40 characters.
    pub got: String,
    /// The rule it breaks.
    pub rule: &'static str,
}

impl BadWord {
    /// An error about `got`, cut so that a hostile text cannot flood a log or a page.
    pub fn new(what: &'static str, got: &str, rule: &'static str) -> Self {
        Self { what, got: got.chars().take(40).collect(), rule }
    }
}
