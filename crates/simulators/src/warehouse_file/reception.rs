//! Taking orders: announcements and their withdrawals. Each has an answer.

use super::order::{Announcement, Answer, Order, Withdrawal};
use super::state::State;
use crate::decimal::Decimal;
use crate::wms::{Asn, AsnLine, AsnStatus, StockRow};

/// An order, carried out or refused.
pub(super) struct Received {
    pub(super) answer: Answer,
    /// The RMA of a return that is new.
    pub(super) to_play: Option<String>,
}

/// Why not: code and text.
type No = (&'static str, String);

impl State {
    /// Carries an order out.
    pub(super) fn receive(&mut self, order: &Order) -> Received {
        let outcome = match order {
            Order::Announce(announcement) => self.announce(announcement),
            Order::Cancel(withdrawal) => self.cancel(withdrawal).map(|()| None),
        };
        let (refused, to_play) = match outcome {
            Ok(to_play) => (None, to_play),
            Err(no) => (Some(no), None),
        };
        let answer = Answer {
            key: order.key().to_owned(),
            rma: order.rma().to_owned(),
            refused,
        };
        Received { answer, to_play }
    }

    fn announce(&mut self, announcement: &Announcement) -> Result<Option<String>, No> {
        let (key, rma) = (&announcement.key, &announcement.rma);
        if self.by_key.contains_key(key) {
            *self.repeats.entry(key.clone()).or_default() += 1;
            return Ok(None);
        }
        if announcement.lines.is_empty() {
            return Err(("EMPTY_ASN", "nothing is announced".to_owned()));
        }
        let earlier = self.by_rma.get(rma).copied();
        let earlier = earlier.and_then(|position| self.asns.get(position));
        // What was withdrawn may be announced anew.
        if earlier.is_some_and(|asn| asn.status != AsnStatus::Cancelled) {
            let text = format!("{rma} is announced under another key");
            return Err(("RMA_IN_USE", text));
        }
        let position = self.asns.len();
        let rows = announcement.lines.iter();
        let rows = rows.map(|line| stock_row(announcement, line)).collect();
        self.stock.insert(rma.clone(), rows);
        self.by_key.insert(key.clone(), position);
        self.by_rma.insert(rma.clone(), position);
        self.asns.push(Asn {
            asn_id: format!("asn-{:06}", position + 1),
            external_reference: key.clone(),
            rma_number: rma.clone(),
            site: announcement.site.clone(),
            customer: announcement.customer.clone(),
            expires_on: announcement.expires_on.clone(),
            status: AsnStatus::Expected,
            cancel_reference: None,
            lines: announcement.lines.clone(),
        });
        Ok(Some(rma.clone()))
    }

    fn cancel(&mut self, withdrawal: &Withdrawal) -> Result<(), No> {
        let Withdrawal {
            key,
            announced_as,
            rma,
        } = withdrawal;
        let position = self.by_key.get(announced_as).copied();
        let asn = position.and_then(|position| self.asns.get_mut(position));
        let Some(asn) = asn else {
            let text = format!("{announced_as} was never announced");
            return Err(("UNKNOWN_ASN", text));
        };
        match asn.status {
            AsnStatus::Cancelled if asn.cancel_reference.as_ref() == Some(key) => {
                *self.repeats.entry(key.clone()).or_default() += 1;
                Ok(())
            }
            AsnStatus::Cancelled => {
                let text = format!("{rma} was cancelled before");
                Err(("ALREADY_CANCELLED", text))
            }
            AsnStatus::Receiving | AsnStatus::Completed => {
                let text = format!("goods of {rma} have arrived");
                Err(("ALREADY_RECEIVED", text))
            }
            AsnStatus::Expected => {
                asn.status = AsnStatus::Cancelled;
                asn.cancel_reference = Some(key.clone());
                Ok(())
            }
        }
    }

    pub(super) fn asn_mut(&mut self, rma: &str) -> Option<&mut Asn> {
        let position = self.by_rma.get(rma).copied()?;
        self.asns.get_mut(position)
    }
}

fn stock_row(announcement: &Announcement, line: &AsnLine) -> StockRow {
    StockRow {
        rma: announcement.rma.clone(),
        line: Some(line.line),
        sku: line.sku.clone(),
        site: announcement.site.clone(),
        uom: line.uom.clone(),
        announced: line.quantity,
        received: Decimal::ZERO,
        inspected: Decimal::ZERO,
        disposed: std::collections::BTreeMap::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn announcement(key: &str, rma: &str) -> Order {
        let line = AsnLine {
            line: 1,
            sku: "A".into(),
            quantity: Decimal::ONE,
            uom: "EA".into(),
            serials: Vec::new(),
        };
        Order::Announce(Announcement {
            key: key.into(),
            rma: rma.into(),
            site: "DC".into(),
            customer: None,
            expires_on: None,
            lines: vec![line],
        })
    }

    fn cancellation(key: &str, of: &str) -> Order {
        Order::Cancel(Withdrawal {
            key: key.into(),
            announced_as: of.into(),
            rma: "R".into(),
        })
    }

    #[test]
    fn each_key_is_one_order() {
        let mut state = State::default();
        let mut code = |order: &Order| {
            let refused = state.receive(order).answer.refused;
            refused.map(|(code, _)| code)
        };
        assert_eq!(code(&announcement("k", "R")), None);
        assert_eq!(code(&announcement("k", "R")), None, "known");
        assert_eq!(code(&announcement("k2", "R")), Some("RMA_IN_USE"));
        assert_eq!(code(&cancellation("c", "none")), Some("UNKNOWN_ASN"));
        assert_eq!(code(&cancellation("c", "k")), None);
        assert_eq!(code(&cancellation("c", "k")), None, "known");
        assert_eq!(code(&cancellation("c2", "k")), Some("ALREADY_CANCELLED"));
        assert_eq!(state.asns.len(), 1);
        assert_eq!(state.repeats.values().sum::<usize>(), 2);
    }
}
