//! What the partner says of our documents: 997, 999, TA1 and CONTRL, matched with what waits for them.

use std::collections::BTreeSet;

use connector::Failure;
use jiff::Timestamp;

use super::desk::Desk;
use crate::envelope::SET;
use crate::failures;
use crate::ledger::{Answer, Sent, away, padded};
use crate::wire::ack::{AckOf, Verdict, read_acks, verdict_of};
use crate::wire::model::Interchange;

/// What is wrong with acknowledgements.
pub(super) struct Concern {
    /// Code.
    pub(super) code: &'static str,
    /// Sentences.
    pub(super) text: String,
}

/// Takes the acknowledgements of an interchange. Each is written down before the interchange is handed over.
pub(super) async fn take(
    desk: &Desk,
    interchange: &Interchange,
    known_by: &str,
) -> Result<Option<Concern>, Failure> {
    let acks = read_acks(interchange);
    let mut unsolicited = Vec::new();
    let mut late = Vec::new();
    let mut seen = BTreeSet::new();
    for ack in &acks {
        let named = ack
            .group
            .as_ref()
            .or(ack.interchange.as_ref())
            .cloned()
            .unwrap_or_default();
        if !seen.insert(named.clone()) {
            continue;
        }
        let waiting = match named.parse::<u64>() {
            Ok(number) => waiting(desk, number).await?,
            Err(_) => Waiting::Nobody,
        };
        match waiting {
            Waiting::Document(sent) => match taken(desk, &acks, (&named, known_by), &sent).await? {
                Taken::Fine => {}
                Taken::Late(text) => late.push(text),
                Taken::NotAwaited(text) => unsolicited.push(text),
            },
            Waiting::Reply => {}
            Waiting::Nobody => {
                unsolicited.push(format!("{}: nothing was sent under {named:?}", ack.text));
            }
        }
    }
    if !unsolicited.is_empty() {
        unsolicited.extend(late);
        return Ok(Some(Concern {
            code: failures::ACK_UNSOLICITED,
            text: unsolicited.join("; "),
        }));
    }
    if late.is_empty() {
        return Ok(None);
    }
    Ok(Some(Concern {
        code: failures::ACK_LATE,
        text: late.join("; "),
    }))
}

/// What has a number.
enum Waiting {
    /// A document.
    Document(Box<Sent>),
    /// An acknowledgement of ours: nobody waits for it.
    Reply,
    /// Nothing.
    Nobody,
}

async fn waiting(desk: &Desk, number: u64) -> Result<Waiting, Failure> {
    if let Some(sent) = desk.ledger.waiting(number).await? {
        return Ok(Waiting::Document(Box::new(sent)));
    }
    let reply = desk
        .ledger
        .notes()
        .get("replies", &padded(number))
        .await
        .map_err(away)?;
    Ok(match reply {
        Some(_) => Waiting::Reply,
        None => Waiting::Nobody,
    })
}

/// What became of an acknowledgement.
enum Taken {
    Fine,
    Late(String),
    NotAwaited(String),
}

async fn taken(
    desk: &Desk,
    acks: &[AckOf],
    (named, said_by): (&str, &str),
    sent: &Sent,
) -> Result<Taken, Failure> {
    let Some(ack) = verdict_of(acks, named, named, SET) else {
        return Ok(Taken::Fine);
    };
    // There is one set in an interchange of ours: a group that is refused in part is this set, refused.
    let verdict = match (&ack.set, ack.verdict) {
        (Some(_), verdict) => Some(verdict),
        (None, Verdict::Partial) => Some(Verdict::Rejected),
        (None, _) => ack.verdict_of_unnamed(),
    };
    let accepted = match verdict {
        None | Some(Verdict::Received) => return Ok(Taken::Fine),
        Some(Verdict::Accepted | Verdict::AcceptedWithErrors) => true,
        Some(Verdict::Partial | Verdict::Rejected) => false,
    };
    let answer = Answer {
        accepted,
        text: ack.text.clone(),
        said_by: said_by.to_owned(),
    };
    let before = desk.ledger.answered(sent, &answer).await?;
    if let Some(before) = before {
        if before.accepted != accepted {
            let text = format!("{}; before it said: {}", answer.text, before.text);
            return Ok(Taken::NotAwaited(text));
        }
        if before.said_by != answer.said_by {
            return Ok(Taken::Fine);
        }
        // The same interchange, read again after a crash: what is to be said of it may not have been stored.
    }
    let Some(expected) = &desk.partner.profile.ack_expected else {
        return Ok(if accepted {
            Taken::Fine
        } else {
            Taken::NotAwaited(format!("{}; nobody waits for it", answer.text))
        });
    };
    let deadline = sent.put_at.checked_add(expected.within);
    if deadline.is_ok_and(|deadline| Timestamp::now() > deadline) {
        let (file, at) = (&sent.file, sent.put_at);
        return Ok(Taken::Late(format!(
            "{}: {file} was sent at {at}",
            answer.text
        )));
    }
    Ok(Taken::Fine)
}
