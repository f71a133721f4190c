//! Finds a free number for a name with few looks, however many are taken: a partner may send a file of the same name every hour.

/// What to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Look whether that number is taken.
    Look(u64),
    /// That number is free, and the one below it is taken.
    Free(u64),
}

/// A search for a free number: up in doubling steps, then halving.
#[derive(Debug, Default)]
pub(crate) struct Search {
    taken: u64,
    free: Option<u64>,
}

impl Search {
    /// What to do next.
    pub(crate) fn step(&self) -> Step {
        match self.free {
            None => Step::Look(self.taken.saturating_mul(2).max(1)),
            Some(free) if free <= self.taken.saturating_add(1) => Step::Free(free),
            Some(free) => Step::Look(self.taken.midpoint(free)),
        }
    }

    /// What a look said.
    pub(crate) fn learn(&mut self, number: u64, taken: bool) {
        if taken {
            self.taken = self.taken.max(number);
            // Somebody else took it since the last look: upwards again.
            self.free = self.free.filter(|free| *free > number);
        } else {
            self.free = Some(number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The number found, and how many looks that took.
    fn find(taken: impl Fn(u64) -> bool) -> (u64, usize) {
        let mut search = Search::default();
        let mut looks = 0;
        loop {
            match search.step() {
                Step::Free(number) => return (number, looks),
                Step::Look(number) => search.learn(number, taken(number)),
            }
            looks += 1;
        }
    }

    #[test]
    fn the_first_free_one_is_found_with_few_looks() {
        assert_eq!(find(|_| false), (1, 1));
        for count in [1, 2, 3, 7, 8, 9, 1_000, 100_000] {
            let (number, looks) = find(|n| n <= count);
            assert_eq!(number, count + 1);
            assert!(looks <= 40, "{count}: {looks}");
        }
    }

    #[test]
    fn gaps_do_no_harm() {
        let taken = |n| [1, 2, 4, 9].contains(&n);
        let (number, _) = find(taken);
        assert!(!taken(number));
    }

    #[test]
    fn a_number_that_was_taken_meanwhile_is_left() {
        let mut search = Search::default();
        search.learn(1, false);
        assert_eq!(search.step(), Step::Free(1));
        search.learn(1, true);
        assert_eq!(search.step(), Step::Look(2));
    }
}
