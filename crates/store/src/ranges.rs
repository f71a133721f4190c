//! Numbers of commits as ranges: those of one process mostly follow one another.

/// Ranges, both ends included, that hold exactly these numbers. Ascending.
pub(crate) fn ranges(mut numbers: Vec<i64>) -> Vec<(i64, i64)> {
    numbers.sort_unstable();
    let mut found: Vec<(i64, i64)> = Vec::new();
    for n in numbers {
        match found.last_mut() {
            Some((_, last)) if n <= last.saturating_add(1) => *last = n,
            _ => found.push((n, n)),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::ranges;

    #[test]
    fn holds_these_numbers_and_no_others() {
        assert_eq!(ranges(vec![]), []);
        assert_eq!(ranges(vec![7]), [(7, 7)]);
        assert_eq!(ranges(vec![9, 3, 4, 4, 5, 11]), [(3, 5), (9, 9), (11, 11)]);
    }
}
