//! Draws that depend on nothing but their parts: the same seed and names give the same story on every run,
//! in whatever order requests arrive.

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

fn digest(seed: u64, parts: &[&str]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(seed.to_be_bytes());
    for part in parts {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    hash.finalize().into()
}

/// A number in `0..below` (0 when `below` is 0).
pub(crate) fn below(seed: u64, parts: &[&str], below: u64) -> u64 {
    let start = digest(seed, parts).into_iter().take(8);
    let number = start.fold(0_u64, |number, byte| (number << 8) | u64::from(byte));
    number
        .checked_rem(below)
        .unwrap_or(0)
        .checked_rem(below)
        .unwrap_or(0)
}

/// One of the choices; nothing when there are none.
pub(crate) fn pick<'a, T>(seed: u64, parts: &[&str], choices: &'a [T]) -> Option<&'a T> {
    let count = u64::try_from(choices.len()).unwrap_or(u64::MAX);
    let index = below(seed, parts, count);
    usize::try_from(index)
        .ok()
        .and_then(|index| choices.get(index))
}

/// 32 hexadecimal digits.
pub(crate) fn hex(seed: u64, parts: &[&str]) -> String {
    let mut text = HEXLOWER.encode(&digest(seed, parts));
    text.truncate(32);
    text
}

/// Text shaped like a UUID.
pub(crate) fn uuid(seed: u64, parts: &[&str]) -> String {
    let mut text = hex(seed, parts);
    for position in [20, 16, 12, 8] {
        text.insert(position, '-');
    }
    text
}

/// The items in a drawn order (the same for the same seed and parts).
pub(crate) fn shuffle<T>(seed: u64, parts: &[&str], items: &mut [T]) {
    for last in (1..items.len()).rev() {
        let step = last.to_string();
        let mut named = parts.to_vec();
        named.push(&step);
        let bound = u64::try_from(last + 1).unwrap_or(u64::MAX);
        let other = usize::try_from(below(seed, &named, bound)).unwrap_or(last);
        items.swap(last, other);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_parts_give_the_same_draw() {
        assert_eq!(below(7, &["a", "b"], 100), below(7, &["a", "b"], 100));
        assert_ne!(
            hex(7, &["ab", ""]),
            hex(7, &["a", "b"]),
            "parts do not run together"
        );
        assert_ne!(hex(7, &["a"]), hex(8, &["a"]));
    }

    #[test]
    fn shapes_hold() {
        let id = uuid(1, &["x"]);
        assert_eq!(
            id.split('-').map(str::len).collect::<Vec<_>>(),
            [8, 4, 4, 4, 12]
        );
        let mut items: Vec<u32> = (0..20).collect();
        shuffle(3, &["s"], &mut items);
        assert_ne!(items, (0..20).collect::<Vec<_>>());
        items.sort_unstable();
        assert_eq!(items, (0..20).collect::<Vec<_>>());
    }
}
