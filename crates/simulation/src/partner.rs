//! What a target remembers: documents by our key, whole or half, and whether it has acknowledged them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use canonical::EffectKind;
use connector::DuplicateGuard;
use tokio::time::Instant;

/// A document in a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Its number.
    pub number: String,
    /// Kind of the effect.
    pub kind: EffectKind,
    /// What it says: the body as sent.
    pub says: String,
    /// True while it is half finished.
    pub half: bool,
}

/// A target.
pub struct Partner {
    /// Name.
    pub name: &'static str,
    /// How it keeps doubles out.
    pub guard: DuplicateGuard,
    /// True if it acknowledges later.
    pub later: bool,
    /// True if it refuses some documents for good.
    pub refuses: bool,
    books: Mutex<Books>,
}

/// What it remembers.
#[derive(Default)]
pub struct Books {
    /// Documents by our key.
    pub documents: BTreeMap<String, Vec<Document>>,
    /// When a document is acknowledged (none: never), and when it was handed over.
    pub handed_over: BTreeMap<String, (Option<Instant>, Instant)>,
    /// When it can be reached again.
    pub gone_until: Option<Instant>,
}

impl Partner {
    /// An empty one.
    pub fn new(name: &'static str, guard: DuplicateGuard) -> Self {
        Self {
            name,
            guard,
            later: false,
            refuses: false,
            books: Mutex::default(),
        }
    }

    /// Its books.
    pub fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does it refuse this one, whenever and however often it is asked?
    pub fn refuses(&self, key: &str) -> bool {
        self.refuses && key.ends_with(['a', 'b', 'c'])
    }

    /// Books a document. True: it knew it already and made no second one.
    pub fn book(&self, key: &str, kind: EffectKind, says: &str, half: bool) -> (Document, bool) {
        let mut books = self.books();
        let known = books.documents.entry(key.to_owned()).or_default();
        let short = key.get(4..12).unwrap_or(key);
        let number = format!("{}-{short}-{}", self.name, known.len() + 1);
        // A half-finished document is resumed, by whatever target.
        if let Some(resumed) = known.iter_mut().find(|d| d.half) {
            resumed.half = half;
            return (resumed.clone(), false);
        }
        let recognises = matches!(
            self.guard,
            DuplicateGuard::NativeKey | DuplicateGuard::UniqueNumber
        );
        if let Some(first) = known.first()
            && (recognises || self.later)
        {
            return (first.clone(), true);
        }
        let document = Document {
            number,
            kind,
            says: says.to_owned(),
            half,
        };
        known.push(document.clone());
        (document, false)
    }
}

/// All targets of a run.
pub struct Partners {
    /// The ERP: orders, stock, credit memos.
    pub erp: Arc<Partner>,
    /// The warehouse: announcements.
    pub warehouse: Arc<Partner>,
    /// Customers' mail.
    pub mail: Arc<Partner>,
    /// An EDI partner: answers and advices, acknowledged later.
    pub edi: Arc<Partner>,
}

impl Partners {
    /// Every one.
    pub fn all(&self) -> [&Arc<Partner>; 4] {
        [&self.erp, &self.warehouse, &self.mail, &self.edi]
    }
}
