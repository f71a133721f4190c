//! Codes of a list as arguments: the help and the refusal of another word list what there is.

use std::str::FromStr;

use canonical::UnknownCode;
use clap::builder::{PossibleValuesParser, TypedValueParser};

/// Reads one of these codes, each by its word.
pub(super) fn one_of<T>(
    all: &'static [T],
    word: fn(T) -> &'static str,
) -> impl TypedValueParser<Value = T>
where
    T: FromStr<Err = UnknownCode> + Copy + Send + Sync + 'static,
{
    let words = all.iter().map(|code| word(*code));
    PossibleValuesParser::new(words).try_map(|text| text.parse::<T>())
}
