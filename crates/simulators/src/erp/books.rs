//! The books: every document and the journal, behind one lock held shortly.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::header::{ETAG, LOCATION};
use jiff::civil::Date;
use serde_json::{Map, Value, json};

use super::booking::Accounts;
use super::document::{Document, Status};
use super::filter::Query;
use super::form::Paper;
use super::ledger::JournalEntry;
use super::paper::{Cancellation, CreditMemo, Customer, Invoice, Posting};
use super::{Collection, Config, Guard, refusals};
use crate::answer::{Done, Refusal, read, read_value};
use crate::decimal::Decimal;

pub(super) type Body = Map<String, Value>;

/// The books.
#[derive(Debug)]
pub(super) struct Books(Mutex<Pages>);

#[derive(Debug, Default)]
pub(super) struct Pages {
    pub(super) documents: HashMap<Collection, Vec<Document>>,
    by_key: HashMap<(Collection, String), Vec<usize>>,
    numbers: HashMap<(Collection, String), usize>,
    pub(super) journal: Vec<JournalEntry>,
    pub(super) accounts: Accounts,
    questions: BTreeMap<String, u32>,
}

impl Books {
    pub(super) fn new(closed_through: Option<Date>) -> Self {
        let books = Self(Mutex::default());
        books.close_through(closed_through);
        books
    }

    pub(super) fn pages(&self) -> MutexGuard<'_, Pages> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn register_customer(&self, customer: Customer) {
        self.pages().accounts.register_customer(customer);
    }

    pub(super) fn register_invoice(&self, invoice: Invoice) {
        self.pages().accounts.register_invoice(invoice);
    }

    /// The invoice of that number, for those who ask what was invoiced. Each question is counted.
    pub(super) fn invoice(&self, number: &str) -> Result<Done, Refusal> {
        let mut pages = self.pages();
        *pages.questions.entry(number.to_owned()).or_default() += 1;
        let invoice = pages.accounts.invoice_of(number);
        let invoice =
            invoice.ok_or_else(|| Refusal::not_found(format!("there is no invoice {number:?}")))?;
        Ok(Done::ok(json!(invoice)))
    }

    /// How often each invoice was asked for.
    pub(super) fn questions(&self) -> BTreeMap<String, u32> {
        self.pages().questions.clone()
    }

    pub(super) fn close_through(&self, date: Option<Date>) {
        self.pages().accounts.closed_through = date;
    }

    /// Enters a new document.
    pub(super) fn create(
        &self,
        config: &Config,
        collection: Collection,
        body: &[u8],
    ) -> Result<Done, Refusal> {
        let body: Body = read(body)?;
        let paper = Paper::read(collection, &body)?;
        let mut pages = self.pages();
        let number = pages.check_guard(config, collection, paper.key(), &body)?;
        let key = paper.key().to_owned();
        let status = match &paper {
            Paper::Order(order) => {
                pages.accounts.check_customer(&order.customer_number)?;
                Status::Open
            }
            Paper::Movement(movement) => {
                pages.accounts.check_period(movement.posting_date)?;
                pages.accounts.move_stock(movement);
                Status::Posted
            }
            Paper::Recovery(invoice) => {
                pages.accounts.check_customer(&invoice.customer_number)?;
                pages.accounts.check_period(invoice.posting_date)?;
                pages.accounts.invoice(invoice, false);
                Status::Posted
            }
            Paper::Goods(_, order) => {
                if let Some(customer) = &order.customer_number {
                    pages.accounts.check_customer(customer)?;
                }
                Status::Open
            }
            Paper::Memo(memo) if config.two_steps => {
                pages.accounts.check_customer(&memo.customer_number)?;
                Status::Draft
            }
            Paper::Memo(memo) => {
                pages
                    .accounts
                    .check_posting(config, memo, memo.posting_date)?;
                pages.accounts.credit(memo);
                Status::Posted
            }
        };
        let document = pages.enter(collection, number, key, status, body);
        Ok(Done::created(document.location(), document.render()).with(ETAG, document.etag()))
    }

    /// A credit memo that a clerk keys: posted at once, without a key of anybody's, and no guard looks at it.
    pub(super) fn key_by_hand(&self, body: &[u8]) -> Result<Value, Refusal> {
        let mut body: Body = read(body)?;
        let key = body
            .entry("externalDocumentNumber")
            .or_insert_with(|| "".into());
        let key = key.as_str().unwrap_or_default().to_owned();
        let memo: CreditMemo = read_value(&Value::Object(body.clone()))?;
        refusals::lines(memo.lines.len())?;
        refusals::totals(&memo)?;
        let mut pages = self.pages();
        pages.accounts.credit(&memo);
        let document = pages.enter(Collection::CreditMemos, None, key, Status::Posted, body);
        Ok(document.render())
    }

    /// One document, as it is now.
    pub(super) fn read(&self, collection: Collection, id: &str) -> Result<Done, Refusal> {
        let pages = self.pages();
        let document = pages.find(collection, id)?;
        Ok(Done::ok(document.render()).with(ETAG, document.etag()))
    }

    /// The documents that meet the query, as the index sees them.
    pub(super) fn query(&self, config: &Config, collection: Collection, query: &Query) -> Done {
        let lag = Duration::from_millis(config.index_lag_ms);
        let pages = self.pages();
        let found: Vec<Value> = pages
            .candidates(collection, query)
            .filter_map(|document| Some((document, document.indexed(lag)?)))
            .filter(|(document, face)| document.meets(face, query))
            .skip(query.skip)
            .take(query.top + 1)
            .map(|(document, face)| document.render_face(face))
            .collect();
        drop(pages);
        let more = found.len() > query.top;
        let mut answer = json!({"value": found.into_iter().take(query.top).collect::<Vec<_>>()});
        if let (true, Some(members)) = (more, answer.as_object_mut()) {
            let next = query.next_page(collection.name());
            members.insert("@odata.nextLink".to_owned(), next.into());
        }
        Done::ok(answer)
    }

    /// Posts a draft.
    pub(super) fn post(
        &self,
        config: &Config,
        id: &str,
        if_match: Option<&str>,
        body: &[u8],
    ) -> Result<Done, Refusal> {
        let posting: Posting = if body.is_empty() {
            Posting::default()
        } else {
            read(body)?
        };
        let mut pages = self.pages();
        let document = pages.find(Collection::CreditMemos, id)?;
        match document.status() {
            Some(Status::Posted) => return Err(done_before("ALREADY_POSTED", document)),
            Some(Status::Cancelled) => return Err(done_before("ALREADY_CANCELLED", document)),
            _ => {}
        }
        check_etag(config, document, if_match)?;
        let (memo, mut body) = memo_of(document)?;
        let date = posting.posting_date.unwrap_or(memo.posting_date);
        pages.accounts.check_posting(config, &memo, date)?;
        pages.accounts.credit(&memo);
        Arc::make_mut(&mut body).insert("postingDate".to_owned(), date.to_string().into());
        pages.turn(
            Collection::CreditMemos,
            id,
            (Status::Posted, body),
            "posted",
        )
    }

    /// Takes a credit memo back: the memo is cancelled, a cancellation document records it. A part that is taken back leaves
    /// the memo posted.
    pub(super) fn cancel_memo(
        &self,
        config: &Config,
        id: &str,
        if_match: Option<&str>,
        body: &[u8],
    ) -> Result<Done, Refusal> {
        let body: Body = read(body)?;
        let asked: Cancellation = read_value(&Value::Object(body.clone()))?;
        refusals::key(&asked.external_document_number)?;
        let part = asked.part()?;
        let mut pages = self.pages();
        let document = pages.find(Collection::CreditMemos, id)?;
        let was = document.status();
        if was == Some(Status::Cancelled) {
            return Err(done_before("ALREADY_CANCELLED", document));
        }
        check_etag(config, document, if_match)?;
        let (memo, memo_body) = memo_of(document)?;
        let memo_number = document.number.clone();
        let date = asked.posting_date.unwrap_or(memo.posting_date);
        let target = Collection::CreditMemoCancellations;
        let key = asked.external_document_number;
        let number = pages.check_guard(config, target, &key, &body)?;
        pages.accounts.check_period(date)?;
        let before = pages.taken_back(id);
        let part = part.filter(|_| was == Some(Status::Posted));
        if part.is_some_and(|part| memo.gross_amount < before + part)
            || (part.is_none() && before != Decimal::ZERO)
        {
            let message = format!("{before} of {memo_number} is taken back already");
            return Err(Refusal::rule("WRONG_TOTALS", "grossAmount", message));
        }
        let gross = match (part, was) {
            (Some(part), _) => {
                pages.accounts.uncredit_part(&memo, part);
                part.to_string()
            }
            (None, Some(Status::Posted)) => {
                pages.accounts.uncredit(&memo);
                memo.gross_amount.to_string()
            }
            (None, _) => "0".to_owned(),
        };
        if part.is_none() {
            pages.turn(
                Collection::CreditMemos,
                id,
                (Status::Cancelled, memo_body),
                "cancelled",
            )?;
        }
        let mut record = body;
        for (name, value) in [
            ("creditMemoId", id.to_owned()),
            ("creditMemoNumber", memo_number),
            ("customerNumber", memo.customer_number),
            ("currencyCode", memo.currency_code),
            ("grossAmount", gross),
            ("postingDate", date.to_string()),
        ] {
            record.insert(name.to_owned(), value.into());
        }
        let document = pages.enter(target, number, key, Status::Posted, record);
        Ok(Done::ok(document.render()).with(ETAG, document.etag()))
    }

    /// Cancels a return order.
    pub(super) fn cancel_order(
        &self,
        config: &Config,
        id: &str,
        if_match: Option<&str>,
    ) -> Result<Done, Refusal> {
        let mut pages = self.pages();
        let document = pages.find(Collection::ReturnOrders, id)?;
        if !document.is_live() {
            return Err(done_before("ALREADY_CANCELLED", document));
        }
        check_etag(config, document, if_match)?;
        let body = body_of(document);
        pages.turn(
            Collection::ReturnOrders,
            id,
            (Status::Cancelled, body),
            "cancelled",
        )
    }

    /// Replaces members of an open return order.
    pub(super) fn amend_order(
        &self,
        config: &Config,
        id: &str,
        if_match: Option<&str>,
        body: &[u8],
    ) -> Result<Done, Refusal> {
        let changes: Body = read(body)?;
        let mut pages = self.pages();
        let document = pages.find(Collection::ReturnOrders, id)?;
        if !document.is_live() {
            return Err(done_before("ALREADY_CANCELLED", document));
        }
        check_etag(config, document, if_match)?;
        let mut body = body_of(document);
        Arc::make_mut(&mut body).extend(changes);
        let paper = Paper::read(Collection::ReturnOrders, &body)?;
        if paper.key() != document.key {
            return Err(Refusal::malformed(
                "externalDocumentNumber cannot be changed",
            ));
        }
        pages.turn(
            Collection::ReturnOrders,
            id,
            (Status::Open, body),
            "amended",
        )
    }
}

impl Pages {
    /// What was taken back of a memo, gross.
    fn taken_back(&self, memo_id: &str) -> Decimal {
        let cancellations = self.documents.get(&Collection::CreditMemoCancellations);
        let of_memo = cancellations.into_iter().flatten().filter_map(|document| {
            let body = body_of(document);
            let is_its = body.get("creditMemoId").and_then(Value::as_str) == Some(memo_id);
            let gross = body.get("grossAmount").and_then(Value::as_str)?;
            is_its.then(|| gross.parse().ok()).flatten()
        });
        Decimal::sum(of_memo)
    }

    pub(super) fn find(&self, collection: Collection, id: &str) -> Result<&Document, Refusal> {
        let all = self
            .documents
            .get(&collection)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let found = position(collection, id).and_then(|position| all.get(position));
        found.ok_or_else(|| Refusal::not_found(format!("there is no {collection} {id}")))
    }

    fn candidates(
        &self,
        collection: Collection,
        query: &Query,
    ) -> Box<dyn Iterator<Item = &Document> + '_> {
        let all = self
            .documents
            .get(&collection)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let Some(key) = query.key() else {
            return Box::new(all.iter());
        };
        let positions = self.by_key.get(&(collection, key.to_owned()));
        Box::new(
            positions
                .into_iter()
                .flatten()
                .filter_map(|position| all.get(*position)),
        )
    }

    /// Refuses a double when the ERP has a guard; gives the number the caller chose, if it may.
    pub(super) fn check_guard(
        &self,
        config: &Config,
        collection: Collection,
        key: &str,
        body: &Body,
    ) -> Result<Option<String>, Refusal> {
        let all = self
            .documents
            .get(&collection)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let exists = |position: &usize| all.get(*position).map(already_exists);
        match config.guard {
            Guard::None | Guard::IdempotencyHeader => Ok(None),
            Guard::ExternalId => {
                let positions = self.by_key.get(&(collection, key.to_owned()));
                let double = positions.and_then(|positions| exists(positions.first()?));
                double.map_or(Ok(None), Err)
            }
            Guard::UniqueNumber => {
                let Some(number) = body.get("number").and_then(Value::as_str) else {
                    let status = http::StatusCode::BAD_REQUEST;
                    let message = "number is missing: the caller chooses it";
                    return Err(Refusal::new(status, "NUMBER_REQUIRED", message));
                };
                let number = number.to_owned();
                let double = self
                    .numbers
                    .get(&(collection, number.clone()))
                    .and_then(exists);
                double.map_or(Ok(Some(number)), Err)
            }
        }
    }

    pub(super) fn enter(
        &mut self,
        collection: Collection,
        number: Option<String>,
        key: String,
        status: Status,
        body: Body,
    ) -> &Document {
        let all = self.documents.entry(collection).or_default();
        let position = all.len();
        let prefix = collection.prefix();
        let id = format!("{prefix}-{:06}", position + 1);
        let own = || format!("{}-{}", prefix.to_uppercase(), 100_001 + position);
        let number = number.unwrap_or_else(own);
        self.by_key
            .entry((collection, key.clone()))
            .or_default()
            .push(position);
        self.numbers.insert((collection, number.clone()), position);
        let next = u64::try_from(self.journal.len()).unwrap_or(u64::MAX) + 1;
        self.journal
            .push(JournalEntry::new(next, collection, &id, &key, "created"));
        let document = Document::new((collection, id, number), key, status, body);
        all.push_mut(document)
    }

    pub(super) fn turn(
        &mut self,
        collection: Collection,
        id: &str,
        (status, body): (Status, Arc<Body>),
        what: &'static str,
    ) -> Result<Done, Refusal> {
        let all = self.documents.entry(collection).or_default();
        let document = position(collection, id)
            .and_then(|position| all.get_mut(position))
            .ok_or_else(|| Refusal::not_found(format!("there is no {collection} {id}")))?;
        document.turn(status, body);
        let next = u64::try_from(self.journal.len()).unwrap_or(u64::MAX) + 1;
        self.journal
            .push(JournalEntry::new(next, collection, id, &document.key, what));
        Ok(Done::ok(document.render()).with(ETAG, document.etag()))
    }
}

fn position(collection: Collection, id: &str) -> Option<usize> {
    let digits = id.strip_prefix(collection.prefix())?.strip_prefix('-')?;
    digits.parse::<usize>().ok()?.checked_sub(1)
}

fn already_exists(document: &Document) -> Refusal {
    let message = format!("{} {} exists already", document.collection, document.number);
    Refusal::conflict("ALREADY_EXISTS", message).with(LOCATION, document.location())
}

pub(super) fn done_before(code: &'static str, document: &Document) -> Refusal {
    let message = format!(
        "{} {} was done before",
        document.collection, document.number
    );
    Refusal::conflict(code, message).with(LOCATION, document.location())
}

pub(super) fn check_etag(
    config: &Config,
    document: &Document,
    if_match: Option<&str>,
) -> Result<(), Refusal> {
    let current = document.etag();
    if !config.etags || if_match.is_some_and(|etag| etag == "*" || etag == current) {
        return Ok(());
    }
    let status = http::StatusCode::PRECONDITION_FAILED;
    let message = format!("If-Match is missing or old, the document is at {current}");
    Err(Refusal::new(status, "ETAG_MISMATCH", message))
}

pub(super) fn body_of(document: &Document) -> Arc<Body> {
    document
        .face()
        .map(|face| face.body.clone())
        .unwrap_or_default()
}

fn memo_of(document: &Document) -> Result<(CreditMemo, Arc<Body>), Refusal> {
    let body = body_of(document);
    let memo = read_value(&Value::Object(body.as_ref().clone()))?;
    Ok((memo, body))
}
