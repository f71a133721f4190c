//! A document in the books, and as element of an answer.

use std::time::{Duration, Instant};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::FINANCE;
use super::memo::Memo;
use super::paper::Paper;
use super::xml::Element;
use crate::decimal::Decimal;

/// The four kinds of documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Kind {
    /// Return order.
    #[serde(rename = "RO")]
    ReturnOrder,
    /// Stock movement.
    #[serde(rename = "SM")]
    StockMovement,
    /// Credit memo.
    #[serde(rename = "CM")]
    CreditMemo,
    /// Reversal of a credit memo.
    #[serde(rename = "RV")]
    Reversal,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 4] = [
        Self::ReturnOrder,
        Self::StockMovement,
        Self::CreditMemo,
        Self::Reversal,
    ];

    /// Its word on the wire, and the beginning of its numbers.
    pub fn word(self) -> &'static str {
        match self {
            Self::ReturnOrder => "RO",
            Self::StockMovement => "SM",
            Self::CreditMemo => "CM",
            Self::Reversal => "RV",
        }
    }

    pub(super) fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// One document.
#[derive(Debug, Clone)]
pub(super) struct Document {
    pub(super) kind: Kind,
    pub(super) number: String,
    pub(super) paper: Paper,
    /// Of a reversal: what it takes back.
    pub(super) reverses: Option<(String, Memo)>,
    /// Of a memo: by what it was taken back.
    pub(super) reversed_by: Option<String>,
    since: Instant,
}

/// What all kinds of documents show.
pub(super) struct Shown<'a> {
    pub(super) customer: Option<&'a str>,
    pub(super) currency: Option<&'a str>,
    pub(super) document_date: Option<Date>,
    pub(super) posting_date: Option<Date>,
    pub(super) site: Option<&'a str>,
    pub(super) invoice: Option<&'a str>,
    pub(super) rma: Option<&'a str>,
    /// Net, tax, gross.
    pub(super) amounts: Option<[Decimal; 3]>,
    pub(super) lines: Vec<ShownLine<'a>>,
}

/// What all lines show.
pub(super) struct ShownLine<'a> {
    pub(super) number: u32,
    pub(super) item: &'a str,
    pub(super) quantity: Decimal,
    pub(super) unit: &'a str,
    /// Net and tax.
    pub(super) amounts: Option<[Decimal; 2]>,
}

impl Document {
    pub(super) fn new(kind: Kind, number: String, paper: Paper) -> Self {
        Self {
            kind,
            number,
            paper,
            reverses: None,
            reversed_by: None,
            since: Instant::now(),
        }
    }

    pub(super) fn key(&self) -> &str {
        self.paper.key()
    }

    pub(super) fn status(&self) -> &'static str {
        match self.kind {
            Kind::ReturnOrder => "Open",
            Kind::CreditMemo if self.reversed_by.is_some() => "Reversed",
            Kind::StockMovement | Kind::CreditMemo | Kind::Reversal => "Posted",
        }
    }

    pub(super) fn is_older_than(&self, lag: Duration) -> bool {
        self.since.elapsed() >= lag
    }

    pub(super) fn shown(&self) -> Shown<'_> {
        match &self.paper {
            Paper::Order(order) => Shown {
                customer: Some(&order.customer),
                currency: None,
                document_date: Some(order.document_date),
                posting_date: None,
                site: order.site.as_deref(),
                invoice: order.invoice.as_deref(),
                rma: order.rma.as_deref(),
                amounts: None,
                lines: order
                    .lines
                    .iter()
                    .map(|line| ShownLine {
                        number: line.number,
                        item: &line.item,
                        quantity: line.quantity,
                        unit: &line.unit,
                        amounts: None,
                    })
                    .collect(),
            },
            Paper::Movement(movement) => Shown {
                customer: None,
                currency: None,
                document_date: None,
                posting_date: Some(movement.posting_date),
                site: Some(&movement.site),
                invoice: None,
                rma: movement.rma.as_deref(),
                amounts: None,
                lines: movement
                    .lines
                    .iter()
                    .map(|line| ShownLine {
                        number: line.number,
                        item: &line.item,
                        quantity: line.quantity,
                        unit: &line.unit,
                        amounts: None,
                    })
                    .collect(),
            },
            Paper::Memo(memo) => shown_memo(memo, memo.posting_date),
            Paper::Reversal(reversal) => match &self.reverses {
                Some((_, memo)) => {
                    let date = reversal.posting_date.unwrap_or(memo.posting_date);
                    shown_memo(memo, date)
                }
                None => Shown {
                    customer: None,
                    currency: None,
                    document_date: None,
                    posting_date: reversal.posting_date,
                    site: None,
                    invoice: None,
                    rma: None,
                    amounts: None,
                    lines: Vec::new(),
                },
            },
        }
    }

    /// `Document` as answers have it.
    pub(super) fn element(&self) -> Element {
        let shown = self.shown();
        let day = |date: Option<Date>| date.map(|date| date.to_string());
        let own = |text: Option<&str>| text.map(str::to_owned);
        let [net, tax, gross] = match shown.amounts {
            Some(amounts) => amounts.map(|amount| Some(amount.to_string())),
            None => [None, None, None],
        };
        let reverses = self.reverses.as_ref().map(|(number, _)| number.clone());
        let mut children: Vec<Element> = [
            ("Kind", Some(self.kind.word().to_owned())),
            ("Number", Some(self.number.clone())),
            ("ExternalKey", Some(self.key().to_owned())),
            ("Status", Some(self.status().to_owned())),
            ("Customer", own(shown.customer)),
            ("Currency", own(shown.currency)),
            ("DocumentDate", day(shown.document_date)),
            ("PostingDate", day(shown.posting_date)),
            ("Site", own(shown.site)),
            ("Invoice", own(shown.invoice)),
            ("RmaNumber", own(shown.rma)),
            ("Net", net),
            ("Tax", tax),
            ("Gross", gross),
            ("Reverses", reverses),
            ("ReversedBy", self.reversed_by.clone()),
            ("LineCount", Some(shown.lines.len().to_string())),
        ]
        .map(|(name, value)| valued(name, value))
        .into();
        let lines = shown.lines.iter().map(ShownLine::element).collect();
        children.push(Element::with_children(FINANCE, "Lines", lines));
        Element::with_children(FINANCE, "Document", children)
    }
}

fn shown_memo(memo: &Memo, posting_date: Date) -> Shown<'_> {
    Shown {
        customer: Some(&memo.customer),
        currency: Some(&memo.currency),
        document_date: Some(memo.document_date),
        posting_date: Some(posting_date),
        site: None,
        invoice: memo.invoice.as_deref(),
        rma: memo.rma.as_deref(),
        amounts: Some([memo.net, memo.tax, memo.gross]),
        lines: memo
            .lines
            .iter()
            .map(|line| ShownLine {
                number: line.number,
                item: &line.item,
                quantity: line.quantity,
                unit: &line.unit,
                amounts: Some([line.net, line.tax()]),
            })
            .collect(),
    }
}

impl ShownLine<'_> {
    fn element(&self) -> Element {
        let [net, tax] = match self.amounts {
            Some(amounts) => amounts.map(|amount| Some(amount.to_string())),
            None => [None, None],
        };
        let children = [
            ("LineNo", Some(self.number.to_string())),
            ("Item", Some(self.item.to_owned())),
            ("Quantity", Some(self.quantity.to_string())),
            ("Unit", Some(self.unit.to_owned())),
            ("Net", net),
            ("Tax", tax),
        ]
        .map(|(name, value)| valued(name, value));
        Element::with_children(FINANCE, "Line", children.into())
    }
}

fn valued(name: &str, value: Option<String>) -> Element {
    match value {
        Some(value) => Element::with_text(FINANCE, name, value),
        None => Element::nil(FINANCE, name),
    }
}
