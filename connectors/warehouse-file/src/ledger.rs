//! What is remembered of files: which came, which we wrote, what the warehouse answered.

use std::sync::Arc;

use connector::{Failure, Notes, NotesLost};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::failures;

/// Files taken in, by the hash of their bytes.
const TAKEN: &str = "taken";
/// Numbers of files.
const NUMBERS: &str = "numbers";
/// Exceptions that must reach people.
const ALARMS: &str = "alarms";
/// Files written, by our key.
const SENT: &str = "sent";
/// Our keys, by the file.
const SENT_AS: &str = "sent-as";
/// Answers, by our key.
const ANSWERS: &str = "answers";
/// Answers that were told, by our key.
const TOLD: &str = "told";
/// Where the highest number stands.
const HIGHEST: &str = "highest";

/// The notes, in the words of this connector.
#[derive(Clone)]
pub(crate) struct Ledger(pub(crate) Arc<dyn Notes>);

/// A file that we wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Sent {
    pub(crate) file: String,
    pub(crate) at: Timestamp,
}

/// What the warehouse answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Answered {
    /// Why it was refused; `None`: it was accepted.
    pub(crate) refused: Option<String>,
    /// The file of the answer.
    pub(crate) file: String,
    /// Its time.
    pub(crate) at: Timestamp,
}

/// What is known of a number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Number {
    /// It did not come.
    Missing,
    /// It came, with that hash.
    Came(String),
    /// It came, and nothing of it was taken: a correction may come under the same number.
    Refused,
}

/// Something that people must see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Alarm {
    pub(crate) is_gap: bool,
    pub(crate) what: String,
    pub(crate) file: String,
    pub(crate) is_told: bool,
}

fn lost(error: &NotesLost) -> Failure {
    Failure::unavailable(failures::NOTES_LOST, error.to_string())
}

impl Ledger {
    async fn read<T: DeserializeOwned>(
        &self,
        space: &str,
        key: &str,
    ) -> Result<Option<T>, Failure> {
        let text = self.0.get(space, key).await.map_err(|e| lost(&e))?;
        // An empty note is one that was taken back.
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
    }

    async fn write(&self, space: &str, key: &str, value: &impl Serialize) -> Result<(), Failure> {
        let text = serde_json::to_string(value)
            .map_err(|error| Failure::unavailable(failures::NOTES_LOST, error.to_string()))?;
        self.0.put(space, key, &text).await.map_err(|e| lost(&e))
    }

    /// Name under which a file of these bytes was taken in.
    pub(crate) async fn taken(&self, hash: &str) -> Result<Option<String>, Failure> {
        self.read(TAKEN, hash).await
    }

    pub(crate) async fn set_taken(&self, hash: &str, name: &str) -> Result<(), Failure> {
        self.write(TAKEN, hash, &name).await
    }

    pub(crate) async fn number(&self, number: u64) -> Result<Option<Number>, Failure> {
        self.read(NUMBERS, &padded(number)).await
    }

    pub(crate) async fn set_number(&self, number: u64, known: &Number) -> Result<(), Failure> {
        self.write(NUMBERS, &padded(number), known).await
    }

    /// The highest number that came.
    pub(crate) async fn highest(&self) -> Result<Option<u64>, Failure> {
        self.read(HIGHEST, HIGHEST).await
    }

    pub(crate) async fn set_highest(&self, number: u64) -> Result<(), Failure> {
        self.write(HIGHEST, HIGHEST, &number).await
    }

    /// Notes an alarm, once. Gives it if people are still to be told.
    pub(crate) async fn raise(&self, id: &str, alarm: Alarm) -> Result<Option<Alarm>, Failure> {
        let text = serde_json::to_string(&alarm)
            .map_err(|error| Failure::unavailable(failures::NOTES_LOST, error.to_string()))?;
        let before = self
            .0
            .claim(ALARMS, id, &text)
            .await
            .map_err(|e| lost(&e))?;
        let alarm = match before {
            None => Some(alarm),
            Some(before) => serde_json::from_str(&before).ok(),
        };
        Ok(alarm.filter(|alarm| !alarm.is_told))
    }

    pub(crate) async fn set_alarm(&self, id: &str, alarm: &Alarm) -> Result<(), Failure> {
        self.write(ALARMS, id, alarm).await
    }

    /// Alarms that nobody was told yet, with their ids.
    pub(crate) async fn alarms(&self) -> Result<Vec<(String, Alarm)>, Failure> {
        const PAGE: usize = 200;
        let (mut open, mut after) = (Vec::new(), String::new());
        loop {
            let page = self
                .0
                .list(ALARMS, &after, PAGE)
                .await
                .map_err(|e| lost(&e))?;
            let is_last = page.len() < PAGE;
            for (id, text) in page {
                after.clone_from(&id);
                let alarm = serde_json::from_str::<Alarm>(&text).ok();
                if let Some(alarm) = alarm.filter(|alarm| !alarm.is_told) {
                    open.push((id, alarm));
                }
            }
            if is_last {
                return Ok(open);
            }
        }
    }

    pub(crate) async fn sent(&self, key: &str) -> Result<Option<Sent>, Failure> {
        self.read(SENT, key).await
    }

    pub(crate) async fn set_sent(&self, key: &str, sent: &Sent) -> Result<(), Failure> {
        self.announce(key, &sent.file).await?;
        self.write(SENT, key, sent).await
    }

    /// Notes, before the file is written, whose it will be: the answer can be there before we know that it was written.
    pub(crate) async fn announce(&self, key: &str, file: &str) -> Result<(), Failure> {
        self.write(SENT_AS, key, &key).await?;
        self.write(SENT_AS, file, &key).await
    }

    /// Key of the announcement that is named so: by its key, or by the file that it was written to.
    pub(crate) async fn sent_as(&self, file: &str) -> Result<Option<String>, Failure> {
        self.read(SENT_AS, file).await
    }

    pub(crate) async fn answer(&self, key: &str) -> Result<Option<Answered>, Failure> {
        self.read(ANSWERS, key).await
    }

    pub(crate) async fn set_answer(&self, key: &str, answer: &Answered) -> Result<(), Failure> {
        self.write(ANSWERS, key, answer).await
    }

    /// Takes the answer back: the announcement is written anew.
    pub(crate) async fn forget_answer(&self, key: &str) -> Result<(), Failure> {
        self.0.put(ANSWERS, key, "").await.map_err(|e| lost(&e))
    }

    pub(crate) async fn told(&self, key: &str) -> Result<Option<Answered>, Failure> {
        self.read(TOLD, key).await
    }

    pub(crate) async fn set_told(&self, key: &str, answer: &Answered) -> Result<(), Failure> {
        self.write(TOLD, key, answer).await
    }
}

/// So that numbers sort as texts.
fn padded(number: u64) -> String {
    format!("{number:020}")
}
