//! `return.requested`: a return that somebody asks for, with the frozen facts of the invoice.

use connector::Failure;
use jiff::Timestamp;
use jiff::civil::Date;

use super::field::Field;

/// A request.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) id: String,
    pub(crate) requested_at: Timestamp,
    pub(crate) legal_entity: String,
    pub(crate) return_type: String,
    pub(crate) channel: String,
    pub(crate) segment: Option<String>,
    pub(crate) customer: String,
    pub(crate) bill_to: Option<String>,
    pub(crate) ship_from: Option<String>,
    pub(crate) currency: String,
    pub(crate) base_currency: Option<String>,
    /// Units of the base currency per unit of the currency, at the invoice.
    pub(crate) fx_rate: Option<String>,
    pub(crate) time_zone: Option<String>,
    pub(crate) return_to: String,
    pub(crate) requested_by: Option<String>,
    pub(crate) references: Vec<(String, String, String)>,
    pub(crate) lines: Vec<RequestLine>,
}

/// A line of it.
#[derive(Debug, Clone)]
pub(crate) struct RequestLine {
    pub(crate) at: String,
    pub(crate) line: u32,
    pub(crate) line_id: Option<String>,
    pub(crate) sku: String,
    pub(crate) gtin: Option<String>,
    pub(crate) customer_sku: Option<String>,
    pub(crate) qty: String,
    pub(crate) uom: String,
    /// Base units in one `uom`.
    pub(crate) units: Option<u64>,
    pub(crate) reason: String,
    pub(crate) note: Option<String>,
    pub(crate) serials: Vec<String>,
    pub(crate) lots: Vec<String>,
    pub(crate) order: Option<(String, Option<String>)>,
    pub(crate) invoice: Option<Invoice>,
    /// What the customer says one `uom` cost.
    pub(crate) claimed_unit_price: Option<String>,
    pub(crate) replacement: Option<Replacement>,
    pub(crate) supplier: Option<Supplier>,
    /// Kind and reference.
    pub(crate) evidence: Vec<(String, String)>,
}

/// Other goods that it asks for.
#[derive(Debug, Clone)]
pub(crate) struct Replacement {
    pub(crate) at: String,
    pub(crate) sku: String,
    pub(crate) qty: String,
    pub(crate) uom: String,
    pub(crate) site: Option<String>,
}

/// Whom the goods may go back to.
#[derive(Debug, Clone)]
pub(crate) struct Supplier {
    pub(crate) number: String,
    pub(crate) rma: Option<String>,
    pub(crate) rma_required: bool,
}

/// The invoice line. Amounts are of the whole line.
#[derive(Debug, Clone)]
pub(crate) struct Invoice {
    pub(crate) at: String,
    pub(crate) number: String,
    pub(crate) line: String,
    pub(crate) date: Date,
    pub(crate) time_zone: Option<String>,
    /// Quantity (in the `uom` of the return line) and amount; none if nothing is told of what was invoiced.
    pub(crate) qty_and_amount: Option<(String, String)>,
    pub(crate) discounts: Vec<String>,
    pub(crate) prices_include_tax: bool,
    pub(crate) taxes: Vec<Tax>,
    pub(crate) freight: Option<String>,
    pub(crate) cost: Option<String>,
}

/// A tax of it.
#[derive(Debug, Clone)]
pub(crate) struct Tax {
    pub(crate) at: String,
    pub(crate) jurisdiction: String,
    pub(crate) kind: String,
    pub(crate) category: Option<String>,
    pub(crate) rate: String,
    pub(crate) amount: String,
}

impl Request {
    pub(super) fn read(field: &Field<'_>) -> Result<Self, Failure> {
        let text = |name| field.member(name)?.text();
        let references = field.list("references")?;
        let reference = |f: &Field<'_>| {
            Ok((
                f.member("system")?.text()?,
                f.member("type")?.text()?,
                f.member("value")?.text()?,
            ))
        };
        Ok(Self {
            id: text("requestId")?,
            requested_at: field.member("requestedAt")?.instant()?,
            legal_entity: text("legalEntity")?,
            return_type: text("returnType")?,
            channel: text("channel")?,
            segment: field.maybe_text("segment")?,
            customer: text("customer")?,
            bill_to: field.maybe_text("billTo")?,
            ship_from: field.maybe_text("shipFrom")?,
            currency: text("currency")?,
            base_currency: field.maybe_text("baseCurrency")?,
            fx_rate: field.optional("fxRate").map(|f| f.decimal()).transpose()?,
            time_zone: field.maybe_text("timeZone")?,
            return_to: text("returnTo")?,
            requested_by: field.maybe_text("requestedBy")?,
            references: references
                .iter()
                .map(reference)
                .collect::<Result<_, Failure>>()?,
            lines: field
                .some_items("lines")?
                .iter()
                .map(RequestLine::read)
                .collect::<Result<_, _>>()?,
        })
    }
}

impl RequestLine {
    fn read(field: &Field<'_>) -> Result<Self, Failure> {
        let order = field.optional("order").map(|order| {
            let line = order.optional("line").map(|f| f.decimal()).transpose()?;
            Ok::<_, Failure>((order.member("number")?.text()?, line))
        });
        Ok(Self {
            at: field.at().to_owned(),
            line: field.member("line")?.line_no()?,
            line_id: field.maybe_text("lineId")?,
            sku: field.member("sku")?.text()?,
            gtin: field.maybe_text("gtin")?,
            customer_sku: field.maybe_text("customerSku")?,
            qty: field.member("qty")?.decimal()?,
            uom: field.member("uom")?.text()?,
            units: field
                .optional("unitsPerUom")
                .map(|f| f.whole())
                .transpose()?,
            reason: field.member("reason")?.text()?,
            note: field.maybe_text("note")?,
            serials: field.texts("serials")?,
            lots: field.texts("lots")?,
            order: order.transpose()?,
            invoice: field
                .optional("invoice")
                .map(|f| Invoice::read(&f))
                .transpose()?,
            claimed_unit_price: field
                .optional("claimedUnitPrice")
                .map(|f| f.decimal())
                .transpose()?,
            replacement: field
                .optional("replacement")
                .map(|f| Replacement::read(&f))
                .transpose()?,
            supplier: field
                .optional("supplier")
                .map(|f| Supplier::read(&f))
                .transpose()?,
            evidence: field
                .list("evidence")?
                .iter()
                .map(|f| Ok((f.member("kind")?.text()?, f.member("reference")?.text()?)))
                .collect::<Result<_, Failure>>()?,
        })
    }
}

impl Replacement {
    fn read(field: &Field<'_>) -> Result<Self, Failure> {
        Ok(Self {
            at: field.at().to_owned(),
            sku: field.member("sku")?.text()?,
            qty: field.member("qty")?.decimal()?,
            uom: field.member("uom")?.text()?,
            site: field.maybe_text("site")?,
        })
    }
}

impl Supplier {
    fn read(field: &Field<'_>) -> Result<Self, Failure> {
        Ok(Self {
            number: field.member("number")?.text()?,
            rma: field.maybe_text("rma")?,
            rma_required: field
                .optional("rmaRequired")
                .map_or(Ok(false), |f| f.flag())?,
        })
    }
}

/// Members that tell what was invoiced, not only where.
const FACTS: [&str; 7] = [
    "qty",
    "amount",
    "discounts",
    "pricesIncludeTax",
    "taxes",
    "freight",
    "cost",
];

impl Invoice {
    fn read(field: &Field<'_>) -> Result<Self, Failure> {
        let maybe = |name| field.optional(name).map(|f| f.decimal()).transpose();
        // Who tells a part of it tells all of it.
        let tells = FACTS.iter().any(|name| field.optional(name).is_some());
        let amounts = || {
            Ok((
                field.member("qty")?.decimal()?,
                field.member("amount")?.decimal()?,
            ))
        };
        Ok(Self {
            at: field.at().to_owned(),
            number: field.member("number")?.text()?,
            line: field.member("line")?.decimal()?,
            date: field.member("date")?.date()?,
            time_zone: field.maybe_text("timeZone")?,
            qty_and_amount: tells.then(amounts).transpose()?,
            discounts: field
                .list("discounts")?
                .iter()
                .map(Field::decimal)
                .collect::<Result<_, _>>()?,
            prices_include_tax: field
                .optional("pricesIncludeTax")
                .map_or(Ok(false), |f| f.flag())?,
            taxes: field
                .list("taxes")?
                .iter()
                .map(Tax::read)
                .collect::<Result<_, _>>()?,
            freight: maybe("freight")?,
            cost: maybe("cost")?,
        })
    }
}

impl Tax {
    fn read(field: &Field<'_>) -> Result<Self, Failure> {
        Ok(Self {
            at: field.at().to_owned(),
            jurisdiction: field.member("jurisdiction")?.text()?,
            kind: field.member("type")?.text()?,
            category: field.maybe_text("category")?,
            rate: field.member("rate")?.decimal()?,
            amount: field.member("amount")?.decimal()?,
        })
    }
}
