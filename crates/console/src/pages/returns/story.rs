//! Everything that happened to a return, in order: events and decisions from the audit, attempts at effects, exceptions.
//!
//! Beside the canonical form stand the native bytes where the store keeps them: of messages that were refused once. Of a
//! message that was read at once at most its sender's name for it is known.

use std::collections::BTreeSet;

use canonical::Envelope;
use connector::Origin;
use jiff::Timestamp;
use store::{
    AttemptRow, AuditRow, EffectRow, ExceptionFilter, ExceptionRow, ExceptionState, ReturnRow,
    Store, StoreError,
};

/// Entries of the audit of one return that are read.
const ENTRIES: usize = 2_000;
/// Exceptions of one connector that are looked through for the message behind an event.
const LOOKED_THROUGH: usize = 500;

/// What a moment tells of.
pub(super) enum Told {
    /// An event or a decision.
    Entry(AuditRow),
    /// A send or a look-up.
    Attempt(AttemptRow, String),
    /// Something went wrong.
    Exception(Box<ExceptionRow>),
}

/// Something that happened.
pub(super) struct Moment {
    pub(super) at: Timestamp,
    pub(super) told: Told,
}

/// The story of a return.
pub(super) struct Story {
    pub(super) moments: Vec<Moment>,
    /// Messages that were refused and came in later, with the sender's names for them.
    refused: Vec<(Origin, String)>,
}

/// What is known of the native message behind a moment.
pub(super) enum Native {
    /// In the exception of that id.
    In(String),
    /// Not kept; the name of what led to it.
    Named(String),
    /// None is kept, and nothing is known of it.
    None,
}

/// Gathers it, oldest first.
pub(super) async fn gather(
    store: &dyn Store,
    row: &ReturnRow,
    effects: &[EffectRow],
    // None: whoever asks may not look at exceptions, nor at what is kept with them.
    exceptions: Option<&[ExceptionRow]>,
) -> Result<Story, StoreError> {
    let entries = store.audit(&row.return_id, 0, ENTRIES).await?;
    let mut moments = Vec::new();
    let mut senders = BTreeSet::new();
    for entry in entries {
        if let Some(envelope) = envelope_of(&entry) {
            senders.insert(envelope.connector().to_owned());
        }
        moments.push(Moment {
            at: entry.entry.at,
            told: Told::Entry(entry),
        });
    }
    for effect in effects {
        for attempt in store.attempts(&effect.effect_key).await? {
            let kind = effect.kind.clone();
            moments.push(Moment {
                at: attempt.begun_at,
                told: Told::Attempt(attempt, kind),
            });
        }
    }
    for exception in exceptions.unwrap_or_default() {
        moments.push(Moment {
            at: exception.opened_at,
            told: Told::Exception(Box::new(exception.clone())),
        });
    }
    moments.sort_by_key(|moment| moment.at);
    let mut refused = Vec::new();
    if exceptions.is_none() {
        senders.clear();
    }
    for connector in senders {
        let filter = ExceptionFilter {
            state: Some(ExceptionState::Replayed),
            connector: Some(connector),
            limit: LOOKED_THROUGH,
            ..ExceptionFilter::default()
        };
        for row in store.exceptions(&filter).await? {
            if let Ok(origin) = serde_json::from_str(&row.origin) {
                refused.push((origin, row.exception_id));
            }
        }
    }
    Ok(Story { moments, refused })
}

/// The envelope of an event; none for what is no event.
fn envelope_of(row: &AuditRow) -> Option<Envelope> {
    Envelope::parse(&row.entry.body).ok()
}

impl Story {
    /// The native message behind a moment.
    pub(super) fn native(&self, moment: &Moment) -> Native {
        match &moment.told {
            Told::Exception(row) => Native::In(row.exception_id.clone()),
            Told::Attempt(..) => Native::None,
            Told::Entry(row) => match envelope_of(row) {
                Some(envelope) => self.of_event(&envelope),
                None => Native::None,
            },
        }
    }

    fn of_event(&self, envelope: &Envelope) -> Native {
        let name = &envelope.causationid;
        let mut refused = self.refused.iter();
        // A message that is read again keeps its sender, its name and the time at which it came.
        let found = refused.find(|(origin, id)| {
            id == name
                || (origin.reference == *name
                    && origin.connector == envelope.connector()
                    && origin.received_at == envelope.ingestedat)
        });
        match found {
            Some((_, id)) => Native::In(id.clone()),
            None if name.is_empty() => Native::None,
            None => Native::Named(name.clone()),
        }
    }
}

impl Moment {
    /// What happened, in a line.
    pub(super) fn title(&self) -> String {
        match &self.told {
            Told::Entry(row) => {
                let action = row.entry.action.as_str();
                let short = action.strip_prefix("backhaul.").unwrap_or(action);
                short.to_owned()
            }
            Told::Attempt(attempt, kind) => {
                let what = match attempt.what.as_str() {
                    "find" => "looked up",
                    "send" => "sent",
                    other => other,
                };
                let class = match attempt.class.as_str() {
                    "" => "no outcome yet",
                    class => class,
                };
                format!("{kind} {what}: {class}")
            }
            Told::Exception(row) => format!("exception {}", row.code),
        }
    }

    /// Who did it.
    pub(super) fn who(&self) -> &str {
        match &self.told {
            Told::Entry(row) => &row.entry.actor,
            Told::Attempt(..) => "router",
            Told::Exception(row) => &row.connector,
        }
    }

    /// More about it that is no secret.
    pub(super) fn note(&self) -> String {
        match &self.told {
            Told::Entry(row) => format!("audit {}", row.seq),
            Told::Attempt(attempt, _) => attempt.failure_text.clone(),
            Told::Exception(row) => row.reason.clone(),
        }
    }

    /// How it is marked.
    pub(super) fn mark(&self) -> &'static str {
        match &self.told {
            Told::Entry(_) => "event",
            Told::Attempt(attempt, _) if attempt.failure_code.is_empty() => "attempt",
            Told::Attempt(..) | Told::Exception(_) => "trouble",
        }
    }

    /// What was said, in our language; empty for what says nothing.
    pub(super) fn canonical(&self) -> &str {
        match &self.told {
            Told::Entry(row) => &row.entry.body,
            Told::Attempt(..) | Told::Exception(_) => "",
        }
    }
}
