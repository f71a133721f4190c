//! Numbers of exceptions, of messages that came twice, and of the daily proof.

use store::{ExceptionRow, ExceptionState, TallyRow};

use super::{
    Dims, ESCAPED, EXCEPTION_AGE, EXCEPTION_VALUE, EXCEPTIONS, INBOUND, INFLOW, INVENTORY, MTTR,
    Numbers, OUTFLOW, Of, VARIANCE, VARIANCE_NET, VARIANCE_RATE,
};
use crate::reconcile::{Match, Report};

impl Numbers {
    /// An exception; `dims` are those of its return as far as it has one, its connector and its site.
    pub fn take_exception(&mut self, row: &ExceptionRow, dims: &Dims) {
        let of = Of::default();
        let as_of = self.as_of(&dims.entity);
        let ended = (row.state != ExceptionState::Open).then_some(row.updated_at);
        if row.opened_at <= as_of && ended.is_none_or(|ended| ended > as_of) {
            let seconds = self.span(row.opened_at, as_of, dims);
            self.add(EXCEPTIONS, of, dims, |cell| cell.num += 1);
            self.add(EXCEPTION_AGE, of, dims, |cell| {
                cell.duration(seconds, canonical::Qty::UNIT);
            });
            if let (Some(minor), Some(currency)) = (row.amount_minor, &row.currency) {
                let of = Of { part: "", currency };
                self.add(EXCEPTION_VALUE, of, dims, |c| c.num += i128::from(minor));
            }
        }
        if self.is_in_period(row.opened_at, &dims.entity) {
            self.add(INFLOW, of, dims, |cell| cell.num += 1);
            self.patterns.failure(dims, &row.code);
        }
        if let Some(ended) = ended
            && self.is_in_period(ended, &dims.entity)
        {
            let seconds = self.span(row.opened_at, ended, dims);
            self.add(OUTFLOW, of, dims, |cell| cell.num += 1);
            self.add(MTTR, of, dims, |cell| {
                cell.num += i128::from(seconds);
                cell.den += 1;
            });
        }
    }

    /// Messages of a day.
    pub fn take_tally(&mut self, row: &TallyRow) {
        if row.day < self.ask.from || row.day > self.ask.to {
            return;
        }
        let dims = Dims {
            adapter: row.connector.clone(),
            ..Dims::default()
        };
        let count = i128::from(row.count);
        let again = row.what == "duplicate";
        self.add(INBOUND, Of::default(), &dims, |cell| {
            cell.den += count;
            cell.num += if again { count } else { 0 };
        });
    }

    /// The last run of a day of an entity.
    pub fn take_proof(&mut self, report: &Report) {
        let dims = Dims {
            entity: report.entity.clone(),
            ..Dims::default()
        };
        for matched in report.matches.iter().filter(|matched| matched.keys > 0) {
            let part = matched.matched.word();
            let of = Of { part, currency: "" };
            let (varied, keys) = (wide(matched.varied), wide(matched.keys));
            self.add(VARIANCE_RATE, of, &dims, |cell| {
                cell.num += varied;
                cell.den += keys;
            });
            for (currency, sums) in &matched.sums {
                let of = Of { part, currency };
                let (abs, left) = (i128::from(sums.abs_minor), i128::from(sums.left_minor));
                let metric = if matched.matched == Match::C6 {
                    INVENTORY
                } else {
                    VARIANCE
                };
                let of_cell = Of {
                    part: if metric == INVENTORY { "" } else { part },
                    ..of
                };
                self.add(metric, of_cell, &dims, |cell| {
                    cell.num += abs;
                    cell.den += left;
                });
                let net = i128::from(sums.net_minor);
                self.add(VARIANCE_NET, of, &dims, |cell| cell.num += net);
            }
            if matched.matched == Match::C3 {
                let orphans = matched.classes.get("ORPHAN_IN_ERP").copied().unwrap_or(0);
                let ours = wide(matched.right.saturating_sub(orphans));
                let escaped = i128::from(matched.escaped);
                self.add(ESCAPED, Of::default(), &dims, |cell| {
                    cell.num += escaped;
                    cell.den += ours;
                });
            }
        }
    }
}

fn wide(count: usize) -> i128 {
    i128::try_from(count).unwrap_or(i128::MAX)
}
