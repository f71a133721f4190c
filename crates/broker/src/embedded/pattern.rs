//! Topic patterns: dotted words, `*` for one word, `#` for any number of words (AMQP 0-9-1 §3.1.3.3). Pure.

/// True if the routing key matches the pattern.
pub(super) fn matches(pattern: &str, key: &str) -> bool {
    let pattern: Vec<&str> = pattern.split('.').collect();
    let key: Vec<&str> = if key.is_empty() {
        Vec::new()
    } else {
        key.split('.').collect()
    };
    // reached[n]: the pattern's words so far can match the first n words of the key.
    let mut reached = vec![false; key.len() + 1];
    reached[0] = true;
    for word in pattern {
        if word == "#" {
            let from = reached.iter().position(|r| *r).unwrap_or(reached.len());
            reached.iter_mut().skip(from).for_each(|r| *r = true);
            continue;
        }
        let mut next = vec![false; reached.len()];
        for ((before, after), part) in reached.iter().zip(next.iter_mut().skip(1)).zip(&key) {
            *after = *before && (word == "*" || word == *part);
        }
        reached = next;
    }
    reached.last().is_some_and(|r| *r)
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn stars_and_hashes() {
        for (pattern, key, wanted) in [
            ("a.b", "a.b", true),
            ("a.b", "a.b.c", false),
            ("a.*", "a.b", true),
            ("a.*", "a", false),
            ("a.*", "a.b.c", false),
            ("#", "", true),
            ("#", "a.b.c", true),
            ("a.#", "a", true),
            ("a.#", "a.b.c", true),
            ("a.#", "b.a", false),
            ("#.c", "a.b.c", true),
            ("#.c", "c", true),
            ("a.#.c", "a.c", true),
            ("a.#.c", "a.b.b.c", true),
            ("a.#.c", "a.b.b", false),
            ("*.#", "", false),
            ("#.*.#", "a", true),
            ("erp-rest", "erp-rest", true),
        ] {
            assert_eq!(matches(pattern, key), wanted, "{pattern} {key}");
        }
    }
}
