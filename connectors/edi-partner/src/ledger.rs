//! What is noted of each document that was sent: its control number, when it went, what the partner said of it.
//!
//! | space | key | holds |
//! |---|---|---|
//! | series `out/…` | document and generation | control number, gap-free over documents and acknowledgements |
//! | `sent` | effect key and generation | number, file, when, whether it surely lies in the mailbox |
//! | `waiting` | control number | which effect it is |
//! | `answer` | effect key and generation | what the partner said |
//! | `told` | effect key and generation | that a refusal was passed on |
//! | `generation` | effect key | how often it was refused and given back |

use std::sync::Arc;

use canonical::EffectKey;
use connector::{Failure, Notes, NotesLost};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::failures;

/// The notes of a block.
#[derive(Clone)]
pub(crate) struct Ledger {
    notes: Arc<dyn Notes>,
    series: String,
}

/// A document that was sent, or is about to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Sent {
    /// Effect.
    pub(crate) effect: EffectKey,
    /// How often it was refused and given back before.
    pub(crate) generation: u32,
    /// Control number.
    pub(crate) number: u64,
    /// `180`, `812`, `RETINS`.
    pub(crate) kind: String,
    /// Name of the file.
    pub(crate) file: String,
    /// When it was put last.
    pub(crate) put_at: Timestamp,
    /// False until it surely lies in the mailbox.
    pub(crate) placed: bool,
    /// Hash of its bytes: what goes again under its number is the same.
    #[serde(default)]
    pub(crate) hash: String,
}

/// What the partner said of a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Answer {
    /// Taken, or refused.
    pub(crate) accepted: bool,
    /// Its sentence, with the codes.
    pub(crate) text: String,
    /// The interchange that said it: read again after a crash, it says the same for the first time.
    #[serde(default)]
    pub(crate) said_by: String,
}

/// Notes that say what we did not write.
fn spoilt(space: &str, key: &str) -> Failure {
    let what = format!("the note {space}/{key} cannot be read");
    Failure::misconfigured(failures::NOTES_AWAY, what)
}

/// The store is away: nothing was done.
#[expect(clippy::needless_pass_by_value, reason = "it is given to map_err")]
pub(crate) fn away(lost: NotesLost) -> Failure {
    Failure::unavailable(failures::NOTES_AWAY, lost.to_string())
}

impl Ledger {
    /// The notes; numbers are of that series.
    pub(crate) fn new(notes: Arc<dyn Notes>, series: String) -> Self {
        Self { notes, series }
    }

    /// The notes themselves.
    pub(crate) fn notes(&self) -> &dyn Notes {
        self.notes.as_ref()
    }

    /// The control number of that document: the same each time.
    pub(crate) async fn number(&self, key: &str) -> Result<u64, Failure> {
        self.notes.number(&self.series, key).await.map_err(away)
    }

    /// How often the effect was refused and given back.
    pub(crate) async fn generation(&self, effect: &EffectKey) -> Result<u32, Failure> {
        let found = self
            .notes
            .get("generation", effect.as_str())
            .await
            .map_err(away)?;
        match found {
            None => Ok(0),
            Some(text) => text
                .parse()
                .map_err(|_| spoilt("generation", effect.as_str())),
        }
    }

    /// From now on the effect is another document, with another number.
    pub(crate) async fn next_generation(&self, effect: &EffectKey, is: u32) -> Result<(), Failure> {
        let next = is.saturating_add(1).to_string();
        self.notes
            .put("generation", effect.as_str(), &next)
            .await
            .map_err(away)
    }

    /// What is noted of the document.
    pub(crate) async fn sent(&self, effect: &EffectKey, is: u32) -> Result<Option<Sent>, Failure> {
        self.read("sent", &of(effect, is)).await
    }

    /// The document with that control number.
    pub(crate) async fn waiting(&self, number: u64) -> Result<Option<Sent>, Failure> {
        let found = self
            .notes
            .get("waiting", &padded(number))
            .await
            .map_err(away)?;
        match found {
            None => Ok(None),
            Some(key) => self.read("sent", &key).await,
        }
    }

    /// Notes the document: first under its effect, then under its number.
    pub(crate) async fn note(&self, sent: &Sent) -> Result<(), Failure> {
        let key = of(&sent.effect, sent.generation);
        self.write("sent", &key, sent).await?;
        self.notes
            .put("waiting", &padded(sent.number), &key)
            .await
            .map_err(away)
    }

    /// What the partner said of the document.
    pub(crate) async fn answer(
        &self,
        effect: &EffectKey,
        is: u32,
    ) -> Result<Option<Answer>, Failure> {
        self.read("answer", &of(effect, is)).await
    }

    /// Notes what the partner said, unless it has said something before; gives that.
    pub(crate) async fn answered(
        &self,
        sent: &Sent,
        answer: &Answer,
    ) -> Result<Option<Answer>, Failure> {
        let key = of(&sent.effect, sent.generation);
        let text = serde_json::to_string(answer).map_err(|_| spoilt("answer", &key))?;
        let before = self
            .notes
            .claim("answer", &key, &text)
            .await
            .map_err(away)?;
        match before {
            None => Ok(None),
            Some(before) => {
                let before = serde_json::from_str(&before).map_err(|_| spoilt("answer", &key))?;
                Ok(Some(before))
            }
        }
    }

    /// True the first time: a refusal is passed on once.
    pub(crate) async fn tell(&self, effect: &EffectKey, is: u32) -> Result<bool, Failure> {
        let before = self
            .notes
            .claim("told", &of(effect, is), "told")
            .await
            .map_err(away)?;
        Ok(before.is_none())
    }

    async fn read<T: DeserializeOwned>(
        &self,
        space: &str,
        key: &str,
    ) -> Result<Option<T>, Failure> {
        let found = self.notes.get(space, key).await.map_err(away)?;
        found
            .map(|text| serde_json::from_str(&text).map_err(|_| spoilt(space, key)))
            .transpose()
    }

    async fn write<T: Serialize + Sync>(
        &self,
        space: &str,
        key: &str,
        value: &T,
    ) -> Result<(), Failure> {
        let text = serde_json::to_string(value).map_err(|_| spoilt(space, key))?;
        self.notes.put(space, key, &text).await.map_err(away)
    }
}

/// Key of a document: the effect and its generation.
pub(crate) fn of(effect: &EffectKey, generation: u32) -> String {
    format!("{effect}#{generation}")
}

/// A control number as a key that sorts.
pub(crate) fn padded(number: u64) -> String {
    format!("{number:09}")
}
