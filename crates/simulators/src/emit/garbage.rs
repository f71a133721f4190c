//! The rubbish a bad sender adds to a right message.

use serde_json::Value;

use super::Message;
use crate::draw;

/// A message that ought to be refused or set aside.
pub(super) struct Rubbish {
    pub(super) message: Message,
    pub(super) wrongly_signed: bool,
}

/// Three pieces: half the JSON, the right body under a wrong signature, and an impossible date under identities of its own.
pub(super) fn besides(seed: u64, message: &Message) -> Vec<Rubbish> {
    let id = message.webhook_id.as_str();
    let named = |what: &str, body: String, wrongly_signed: bool| Rubbish {
        message: Message {
            webhook_id: draw::uuid(seed, &[what, id]),
            body,
            ..message.clone()
        },
        wrongly_signed,
    };
    let half: String = message
        .body
        .chars()
        .take(message.body.chars().count() / 2)
        .collect();
    let mut rubbish = vec![
        named("half", half, false),
        named("wrong-signature", message.body.clone(), true),
    ];
    if let Some(body) = impossible(seed, message) {
        rubbish.push(named("impossible", body, false));
    }
    rubbish
}

/// The same message on 31 February, under an own id, so that it cannot be mistaken for the right one.
fn impossible(seed: u64, message: &Message) -> Option<String> {
    let mut value: Value = serde_json::from_str(&message.body).ok()?;
    let members = value.as_object_mut()?;
    let own = draw::hex(seed, &["garbage", &message.webhook_id]);
    for id in ["eventId", "id"] {
        if let Some(member) = members.get_mut(id) {
            *member = format!("bad-{own}").into();
        }
    }
    let mut dated = false;
    for date in ["occurredAt", "updated_at", "requested_at"] {
        if let Some(member) = members.get_mut(date) {
            *member = "2026-02-31T25:61:00Z".into();
            dated = true;
        }
    }
    if !dated && let Some(rma) = members.get_mut("rma") {
        *rma = format!("NO-SUCH-{}", own.to_uppercase()).into();
    }
    serde_json::to_string(&value).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rubbish_never_carries_the_identity_of_the_right_message() {
        let body = r#"{"eventId":"evt-1","rma":"R1","occurredAt":"2026-03-02T14:05:00Z"}"#;
        let message = Message {
            webhook_id: "w".into(),
            body: body.into(),
            headers: vec![],
        };
        let rubbish = besides(1, &message);
        assert_eq!(rubbish.len(), 3);
        assert!(rubbish.iter().all(|piece| piece.message.webhook_id != "w"));
        let parsed: Vec<Result<Value, _>> = rubbish
            .iter()
            .map(|piece| serde_json::from_str(&piece.message.body))
            .collect();
        assert!(parsed[0].is_err(), "half a message is no JSON");
        assert!(rubbish[1].wrongly_signed);
        assert_ne!(parsed[2].as_ref().expect("JSON")["eventId"], "evt-1");
    }
}
