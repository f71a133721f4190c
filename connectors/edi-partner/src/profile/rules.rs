//! What a profile says about documents: which reference is which, which price, which side's books.

use serde::Deserialize;

/// Which item number is which, by qualifier (X12 235, EDIFACT 7143). The first that is there counts.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Items {
    /// Our item number.
    pub(crate) ours: Vec<String>,
    /// GTIN.
    #[serde(default)]
    pub(crate) gtin: Vec<String>,
    /// The customer's item number.
    #[serde(default)]
    pub(crate) theirs: Vec<String>,
    /// What stands for our number if there is none: qualifiers whose numbers are ours all the same.
    #[serde(default)]
    pub(crate) instead: Vec<String>,
}

/// What a price in a request means.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Prices {
    /// It is the price of the invoice: the credit is calculated by it.
    AsInvoiced,
    /// It is what the partner claims: the credit waits for a person.
    #[default]
    Claimed,
}

/// One tax that lies on every line, because requests tell none.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TaxRule {
    /// Who levies it.
    pub(crate) jurisdiction: String,
    /// Kind of tax.
    pub(crate) kind: String,
    /// Percent, as a decimal ("8.25").
    pub(crate) rate: String,
    /// Category code.
    #[serde(default)]
    pub(crate) category: Option<String>,
}

/// How requests are read.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RequestRules {
    /// Qualifiers of a reference that is the RMA number; `number` is the number of the request itself. None: we give one.
    pub(crate) rma_from: Vec<String>,
    /// Qualifiers of the invoice.
    pub(crate) invoice: Vec<String>,
    /// Qualifiers of the line of the invoice. Without one the text of the invoice's reference (N903) is the line, else
    /// the item number.
    pub(crate) invoice_line: Vec<String>,
    /// Qualifiers of the order.
    pub(crate) order: Vec<String>,
    /// Qualifiers of serial numbers.
    pub(crate) serial: Vec<String>,
    /// Qualifiers of lots.
    pub(crate) lot: Vec<String>,
    /// Qualifiers of the quantity that comes back, where it is not in the line itself.
    pub(crate) quantity: Vec<String>,
    /// Qualifiers of the quantity that was invoiced.
    pub(crate) invoiced_quantity: Vec<String>,
    /// Roles of the party that is our legal entity.
    pub(crate) seller: Vec<String>,
    /// Roles of the party that is the customer.
    pub(crate) customer: Vec<String>,
    /// Roles of the party that is credited, if it is another.
    pub(crate) bill_to: Vec<String>,
    /// Roles of the party that the goods come from.
    pub(crate) ship_from: Vec<String>,
    /// Roles of the party that the goods go to.
    pub(crate) return_to: Vec<String>,
    /// What a price means.
    pub(crate) prices: Prices,
    /// Tax on every line.
    pub(crate) tax: Option<TaxRule>,
    /// True if prices contain the tax.
    pub(crate) prices_include_tax: bool,
    /// Reason of lines that give none. Without it they are refused.
    pub(crate) reason: Option<String>,
    /// Unit of lines that give none. Without it they are refused.
    pub(crate) uom: Option<String>,
}

impl Default for RequestRules {
    fn default() -> Self {
        Self {
            rma_from: Vec::new(),
            invoice: words(&["IV", "OI"]),
            invoice_line: words(&["LI"]),
            order: words(&["PO", "ON"]),
            serial: words(&["SE"]),
            lot: words(&["LT"]),
            quantity: words(&["76", "84", "61"]),
            invoiced_quantity: words(&["38", "47"]),
            seller: words(&["VN", "SE", "SU"]),
            customer: words(&["BY", "BT"]),
            bill_to: words(&["BT", "IV"]),
            ship_from: words(&["SF"]),
            return_to: words(&["RT", "WH", "ST"]),
            prices: Prices::default(),
            tax: None,
            prices_include_tax: false,
            reason: None,
            uom: None,
        }
    }
}

/// How receipts are read.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ReceiptRules {
    /// Where the RMA number is: qualifiers of references, first of the line, then of the head; `order` is the
    /// depositor's order number (W1704).
    pub(crate) rma_from: Vec<String>,
    /// Qualifiers of the line of the return.
    pub(crate) line: Vec<String>,
    /// Qualifiers of the tracking number.
    pub(crate) tracking: Vec<String>,
    /// Roles of the party that is the site.
    pub(crate) site: Vec<String>,
    /// True if the conditions told are an inspection, and decide what is done with the goods.
    pub(crate) inspects: bool,
    /// Condition code (412) of received goods that no condition is told of, if `inspects`.
    pub(crate) unlisted: String,
}

impl Default for ReceiptRules {
    fn default() -> Self {
        Self {
            rma_from: words(&["QJ", "RZ", "order"]),
            line: words(&["LI"]),
            tracking: words(&["CN", "2I"]),
            site: words(&["WH", "RC", "RT", "ST"]),
            inspects: false,
            unlisted: "07".to_owned(),
        }
    }
}

/// How requests are answered and returns announced.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct AnswerRules {
    /// Qualifier of our item number.
    pub(crate) ours: String,
    /// Qualifier of the customer's item number.
    pub(crate) theirs: String,
    /// Qualifier of the RMA number.
    pub(crate) rma: String,
    /// Qualifier of our own key, on every document; empty to leave it out.
    pub(crate) key: String,
    /// Qualifier of an invoice.
    pub(crate) invoice: String,
    /// Qualifier of the id of a site (66).
    pub(crate) site_id: String,
}

impl Default for AnswerRules {
    fn default() -> Self {
        Self {
            ours: "VP".to_owned(),
            theirs: "IN".to_owned(),
            rma: "QJ".to_owned(),
            key: "TN".to_owned(),
            invoice: "IV".to_owned(),
            site_id: "92".to_owned(),
        }
    }
}

/// Whose books credit and debit are read from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Books {
    /// Ours: a credit memo is a credit (C).
    #[default]
    Ours,
    /// The partner's: a credit memo of its vendor is a debit (D).
    Theirs,
}

/// How credits are advised.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct AdviceRules {
    /// How it is settled (305).
    pub(crate) handling: String,
    /// Whose books C and D are read from.
    pub(crate) books: Books,
    /// Code (426) of a line that takes something from the credit: restocking, damage, missing parts.
    pub(crate) charge: String,
    /// Version of an INVOIC (S009 behind the type).
    pub(crate) version: String,
}

impl Default for AdviceRules {
    fn default() -> Self {
        Self {
            handling: "L".to_owned(),
            books: Books::Ours,
            charge: "B7".to_owned(),
            version: "D:01B:UN:EAN010".to_owned(),
        }
    }
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}
