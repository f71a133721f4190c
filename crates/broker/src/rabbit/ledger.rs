//! Which deliveries of a channel are not settled yet, and how to settle them in few words. Pure.

use std::collections::VecDeque;

use crate::message::Verdict;

/// What to tell the broker, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    /// basic.ack; `multiple` includes all before it.
    Ack { number: u64, multiple: bool },
    /// basic.reject: counts as a failed delivery when requeued, else goes to the dead-letter queue.
    Reject { number: u64, requeue: bool },
    /// basic.nack with requeue: not tried.
    Nack { number: u64 },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Slot {
    Open,
    /// To be acknowledged, not said yet.
    Acked,
    Said,
}

/// Deliveries of one channel, from the oldest that is not settled. RabbitMQ numbers them from 1 without gaps.
#[derive(Debug)]
pub(super) struct Ledger {
    first: u64,
    slots: VecDeque<Slot>,
}

impl Ledger {
    pub(super) const fn new() -> Self {
        Self {
            first: 1,
            slots: VecDeque::new(),
        }
    }

    /// Notes a delivery.
    pub(super) fn delivered(&mut self, number: u64) {
        if self.slots.is_empty() {
            self.first = number;
        }
        while self.first + (self.slots.len() as u64) <= number {
            self.slots.push_back(Slot::Open);
        }
    }

    /// Takes verdicts; numbers that are unknown or settled are ignored. Refusals are said first, since an ack of
    /// "all before" must not include them.
    pub(super) fn settle(&mut self, verdicts: impl Iterator<Item = (u64, Verdict)>) -> Vec<Word> {
        let mut words = Vec::new();
        let mut acked = Vec::new();
        for (number, verdict) in verdicts {
            let Some(slot) = self.slot(number) else {
                continue;
            };
            if *slot != Slot::Open {
                continue;
            }
            *slot = Slot::Said;
            match verdict {
                Verdict::Ack => {
                    *slot = Slot::Acked;
                    acked.push(number);
                }
                Verdict::Failed => words.push(Word::Reject {
                    number,
                    requeue: true,
                }),
                Verdict::NotTried => words.push(Word::Nack { number }),
                Verdict::DeadLetter => words.push(Word::Reject {
                    number,
                    requeue: false,
                }),
            }
        }
        if let Some(number) = self.advance() {
            words.push(Word::Ack {
                number,
                multiple: true,
            });
        }
        for number in acked {
            if let Some(slot) = self.slot(number) {
                *slot = Slot::Said;
                words.push(Word::Ack {
                    number,
                    multiple: false,
                });
            }
        }
        words
    }

    fn slot(&mut self, number: u64) -> Option<&mut Slot> {
        let index = number.checked_sub(self.first)?;
        self.slots.get_mut(usize::try_from(index).ok()?)
    }

    /// Forgets the settled prefix; the last number in it that waits for its ack.
    fn advance(&mut self) -> Option<u64> {
        let mut last = None;
        while let Some(slot) = self.slots.front()
            && *slot != Slot::Open
        {
            if *slot == Slot::Acked {
                last = Some(self.first);
            }
            self.slots.pop_front();
            self.first += 1;
        }
        last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ledger(delivered: u64) -> Ledger {
        let mut ledger = Ledger::new();
        (1..=delivered).for_each(|n| ledger.delivered(n));
        ledger
    }

    fn settle(ledger: &mut Ledger, verdicts: &[(u64, Verdict)]) -> Vec<Word> {
        ledger.settle(verdicts.iter().copied())
    }

    #[test]
    fn a_prefix_is_one_ack() {
        let mut ledger = ledger(5);
        let words = settle(&mut ledger, &[1, 2, 3].map(|n| (n, Verdict::Ack)));
        assert_eq!(
            words,
            [Word::Ack {
                number: 3,
                multiple: true
            }]
        );
    }

    #[test]
    fn behind_an_open_one_each_is_acked_alone_and_the_gap_later() {
        let mut ledger = ledger(4);
        let words = settle(&mut ledger, &[(2, Verdict::Ack), (3, Verdict::Ack)]);
        let alone = [2, 3].map(|number| Word::Ack {
            number,
            multiple: false,
        });
        assert_eq!(words, alone);
        let words = settle(&mut ledger, &[(1, Verdict::Ack)]);
        assert_eq!(
            words,
            [Word::Ack {
                number: 1,
                multiple: true
            }]
        );
        let words = settle(&mut ledger, &[(4, Verdict::Ack)]);
        assert_eq!(
            words,
            [Word::Ack {
                number: 4,
                multiple: true
            }]
        );
    }

    #[test]
    fn refusals_are_said_before_the_ack_that_passes_over_them() {
        let mut ledger = ledger(4);
        let words = settle(
            &mut ledger,
            &[
                (1, Verdict::Ack),
                (2, Verdict::Failed),
                (3, Verdict::DeadLetter),
                (4, Verdict::Ack),
            ],
        );
        assert_eq!(
            words,
            [
                Word::Reject {
                    number: 2,
                    requeue: true
                },
                Word::Reject {
                    number: 3,
                    requeue: false
                },
                Word::Ack {
                    number: 4,
                    multiple: true
                },
            ]
        );
    }

    #[test]
    fn nothing_is_settled_twice() {
        let mut ledger = ledger(3);
        let once = settle(&mut ledger, &[(2, Verdict::NotTried), (2, Verdict::Ack)]);
        assert_eq!(once, [Word::Nack { number: 2 }]);
        assert_eq!(
            settle(&mut ledger, &[(2, Verdict::Ack), (9, Verdict::Ack)]),
            []
        );
        let words = settle(&mut ledger, &[(1, Verdict::Ack), (1, Verdict::Ack)]);
        assert_eq!(
            words,
            [Word::Ack {
                number: 1,
                multiple: true
            }]
        );
    }
}
