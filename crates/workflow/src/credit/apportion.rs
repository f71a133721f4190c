//! Cumulative apportionment: a total spread over units so that any partition sums to the total exactly.

use canonical::Qty;
use canonical::money::round_ratio;

/// The share of `total_minor` that falls on the units `[from, to)` of `whole`: `R(T·to/Q) − R(T·from/Q)`, with R rounding
/// half away from zero. Whatever the partition and its order, the shares sum to `total_minor`, and a share is the same
/// each time it is asked for. `None` when the units are not within `[0, whole]` or there are none.
pub fn apportion(total_minor: i64, whole: Qty, from: Qty, to: Qty) -> Option<i64> {
    share(
        total_minor,
        whole.millionths(),
        from.millionths(),
        to.millionths(),
    )
}

/// The same on an axis of plain numbers.
pub(super) fn share(total: i64, whole: i64, from: i64, to: i64) -> Option<i64> {
    if from < 0 || to < from || whole < to || whole <= 0 {
        return None;
    }
    let up_to =
        |position: i64| round_ratio(i128::from(total) * i128::from(position), i128::from(whole));
    up_to(to)?.checked_sub(up_to(from)?)
}

/// So many percent of an amount, rounded half away from zero.
pub(super) fn percent_of(minor: i64, percent: Qty) -> Option<i64> {
    round_ratio(
        i128::from(minor) * i128::from(percent.millionths()),
        i128::from(100 * Qty::UNIT),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_cumulative() {
        let unit = |a, b| apportion(1000, Qty::whole(3), Qty::whole(a), Qty::whole(b));
        assert_eq!(
            [unit(0, 1), unit(1, 2), unit(2, 3)],
            [Some(333), Some(334), Some(333)]
        );
        assert_eq!(unit(0, 3), Some(1000));
        assert_eq!(unit(1, 1), Some(0));
    }

    #[test]
    fn units_outside_the_whole_have_no_share() {
        let units = |whole, a, b| apportion(1000, Qty::whole(whole), Qty::whole(a), Qty::whole(b));
        assert_eq!(units(3, 0, 4), None);
        assert_eq!(units(3, 2, 1), None);
        assert_eq!(units(3, -1, 1), None);
        assert_eq!(units(0, 0, 0), None);
    }

    #[test]
    fn percent_rounds_both_signs_alike() {
        let half: Qty = Qty::whole(50);
        assert_eq!(percent_of(13, half), Some(7));
        assert_eq!(percent_of(-13, half), Some(-7));
    }
}
