//! A claimed file becomes an inbound; unless it was taken before, or must wait.

use std::collections::BTreeMap;

use bytes::Bytes;
use connector::{Failure, Inbound, Origin};
use data_encoding::HEXLOWER;
use jiff::Timestamp;
use mailbox::{Claimed, Content};
use sha2::{Digest, Sha256};

use super::ending::Ending;
use super::numbers::Place;
use super::worker::{File, Open, Worker};
use crate::ledger::{Alarm, Answered};
use crate::{answer, failures, mailbox_failure, names};

/// Header with the name of the file.
const FILE_NAME: &str = "x-file-name";
/// Way in.
const CHANNEL: &str = "folder";

impl Worker {
    /// Reads a claimed file. `None`: there is nothing to hand over of it now.
    pub(super) async fn take(&mut self, claimed: &Claimed) -> Result<Option<Inbound>, Failure> {
        let content = self.ways.mailbox.read(claimed, self.ways.max_bytes).await;
        let content = content.map_err(|error| mailbox_failure::of(&error))?;
        let mut file = File {
            claimed: claimed.clone(),
            hash: HEXLOWER.encode(&Sha256::digest(&content.bytes)),
            number: None,
            is_answer: self.ways.codec.plain().is_answer(&claimed.name),
            refused: None,
        };
        if content.is_cut() {
            let what = format!(
                "the file has {} bytes, more than {}",
                content.size, self.ways.max_bytes
            );
            let failure = Failure::malformed(failures::TOO_LARGE, what);
            file.refused = Some(failure.at(format!("byte {}", self.ways.max_bytes)));
        } else if file.is_answer {
            file.refused = self.answers(claimed, &content).await?;
        } else {
            if self.ways.ledger.taken(&file.hash).await?.is_some() {
                // Ended at the next look: nothing may be waited for here, or a wait that is given up would end it twice.
                self.endings.push_back(Ending::known(file));
                return Ok(None);
            }
            file.number = self.number_of(&claimed.name, &content.bytes);
            if let Some(number) = file.number
                && self.place(number, &file, &content).await? == Place::Waits
            {
                self.held.push(file.claimed);
                return Ok(None);
            }
        }
        Ok(Some(self.hand_over(file, content.bytes)))
    }

    fn hand_over(&mut self, file: File, raw: Bytes) -> Inbound {
        let (reference, refused) = (file.claimed.name.clone(), file.refused.clone());
        let token = self.token(Open::File(file));
        self.inbound(token, reference, raw, refused)
    }

    /// An alarm, as something that came in and cannot be taken: so it reaches people.
    pub(super) fn alarm(&mut self, id: String, alarm: Alarm) -> Inbound {
        let code = if alarm.is_gap {
            failures::SEQUENCE_GAP
        } else {
            failures::SEQUENCE_REPEAT
        };
        let failure = Failure::rejected(code, alarm.what.as_str()).at(alarm.file.as_str());
        let (reference, raw) = (alarm.file.clone(), Bytes::from(alarm.what.clone()));
        let token = self.token(Open::Alarm(id, alarm));
        self.inbound(token, reference, raw, Some(failure))
    }

    fn inbound(
        &self,
        token: u64,
        reference: String,
        raw: Bytes,
        refused: Option<Failure>,
    ) -> Inbound {
        let headers = BTreeMap::from([(FILE_NAME.to_owned(), reference.clone())]);
        Inbound {
            origin: Origin {
                connector: self.ways.instance.clone(),
                channel: CHANNEL.to_owned(),
                reference,
                received_at: Timestamp::now(),
                headers,
                token,
            },
            raw,
            refused,
        }
    }

    /// Notes what the warehouse answers. The failure: it answers what nobody asked.
    async fn answers(
        &self,
        claimed: &Claimed,
        content: &Content,
    ) -> Result<Option<Failure>, Failure> {
        // What cannot be read is refused by the codec, with the same words.
        let Ok(answers) = answer::read(&self.ways.codec.plain().layout, &content.bytes) else {
            return Ok(None);
        };
        let ledger = &self.ways.ledger;
        let mut unsolicited = None;
        for answer in answers {
            let about = answer
                .about
                .unwrap_or_else(|| names::stem(&claimed.name).to_owned());
            let Some(key) = ledger.sent_as(&about).await? else {
                let what = format!("the warehouse answers {about}, which we did not announce");
                let failure = Failure::rejected(failures::ACK_UNSOLICITED, what).at(answer.at);
                unsolicited = unsolicited.or(Some(failure));
                continue;
            };
            let answered = Answered {
                refused: answer.refused,
                file: claimed.name.clone(),
                at: content.modified,
            };
            // The first word stands: an answer that comes twice is not another one, and a yes is not taken back.
            let stands = ledger.answer(&key).await?.is_some_and(|before| {
                before.refused.is_none() || before.refused == answered.refused
            });
            if !stands {
                ledger.set_answer(&key, &answered).await?;
            }
        }
        Ok(unsolicited)
    }
}
