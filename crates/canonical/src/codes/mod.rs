//! The code lists: closed sets of words. Partners' own codes are crosswalked onto them, never passed through.

/// Declares a code list: the enum, its words, `ALL`, `word`, `FromStr`, serde and schema by those words.
macro_rules! code_list {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$meta])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash,
            serde::Serialize, serde::Deserialize, schemars::JsonSchema,
        )]
        pub enum $name {
            $($(#[$vmeta])* #[serde(rename = $word)] $variant,)+
        }

        impl $name {
            /// Every code of the list.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The code as written.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.word())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::codes::UnknownCode;

            fn from_str(text: &str) -> Result<Self, $crate::codes::UnknownCode> {
                match text {
                    $($word => Ok(Self::$variant),)+
                    _ => Err($crate::codes::UnknownCode { list: stringify!($name), code: text.to_owned() }),
                }
            }
        }
    };
}

mod disposition;
mod effect;
mod exception;
mod inspection;
mod money;
mod reason;
mod status;
mod workflow;

pub use disposition::*;
pub use effect::*;
pub use exception::*;
pub use inspection::*;
pub use money::*;
pub use reason::*;
pub use status::*;
pub use workflow::*;

/// A word that is not in the list. Map it in the crosswalk; it is never passed through.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code:?} is not a code of {list}")]
pub struct UnknownCode {
    /// Name of the list.
    pub list: &'static str,
    /// The word.
    pub code: String,
}
