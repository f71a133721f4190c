//! Rows to write, with what a case does not care about filled in.

use std::sync::Arc;

use bytes::Bytes;
use jiff::{Timestamp, ToSpan as _};
use store::*;

/// A fixed instant and so many seconds.
pub fn at(seconds: i64) -> Timestamp {
    let start: Timestamp = "2026-03-02T08:00:00.123456Z".parse().unwrap();
    start + seconds.seconds()
}

pub fn state(return_id: &str, version: u64) -> ReturnRow {
    ReturnRow {
        return_id: return_id.to_owned(),
        version,
        rma_number: format!("RMA-{return_id}"),
        entity: "US01".to_owned(),
        site: "DC-7".to_owned(),
        customer: "C-1001".to_owned(),
        lifecycle: "REQUESTED".to_owned(),
        business_code: "R100".to_owned(),
        updated_at: at(version.cast_signed()),
        state: format!(r#"{{"version":{version}}}"#),
    }
}

/// A unit that writes this version of a return.
pub fn unit(return_id: &str, version: u64) -> Unit {
    Unit {
        state: Some(state(return_id, version)),
        ..Unit::default()
    }
}

pub fn inbox(key: u8, content: u64) -> InboxRow {
    InboxRow {
        key: [key; 16],
        content,
    }
}

pub fn name(value: &str) -> Reference {
    Reference {
        space: "rma/US01".to_owned(),
        value: value.to_owned(),
    }
}

pub fn claim(return_id: &str, from: i64, to: i64) -> ClaimRow {
    ClaimRow {
        invoice_line: "US01|INV-1|1".to_owned(),
        from,
        to,
        return_id: return_id.to_owned(),
        facts: String::new(),
    }
}

pub fn message(id: &str) -> OutboxMessage {
    OutboxMessage {
        id: id.to_owned(),
        destination: r#"{"exchange":"returns.status"}"#.to_owned(),
        content_type: "application/json".to_owned(),
        headers: r#"{"a":"b"}"#.to_owned(),
        body: Bytes::from_static(&[0, 1, 255]),
    }
}

pub fn entry(subject: &str, action: &str) -> AuditEntry {
    AuditEntry {
        at: at(1),
        actor: "wms-json".to_owned(),
        action: action.to_owned(),
        subject: subject.to_owned(),
        correlation_id: "corr".to_owned(),
        after_hash: "00".to_owned(),
        body: r#"{"é":"ß"}"#.to_owned(),
    }
}

pub fn effect(key: &str, return_id: &str, state: EffectState) -> EffectRow {
    EffectRow {
        effect_key: key.to_owned(),
        return_id: return_id.to_owned(),
        kind: "ERP_CREDIT_MEMO".to_owned(),
        connector: "erp-rest".to_owned(),
        state,
        command: r#"{"lines":[]}"#.to_owned(),
        amount_minor: Some(12_345),
        currency: Some("USD".to_owned()),
        correlation_id: "corr".to_owned(),
        traceparent: String::new(),
        attempts: 0,
        tries: 0,
        misses: 0,
        fence: 0,
        owner: String::new(),
        lease_until: None,
        not_before: None,
        last_sent_at: None,
        failure_code: String::new(),
        failure_text: String::new(),
        document: None,
        created_at: at(0),
        updated_at: at(0),
        ticket_at: None,
    }
}

pub fn ask(key: &str, owner: &str, now: i64, until: i64) -> LeaseRequest {
    LeaseRequest {
        effect_key: key.to_owned(),
        owner: owner.to_owned(),
        now: at(now),
        until: at(until),
    }
}

pub fn outcome(lease: &EffectRow, state: EffectState, class: &str, when: i64) -> EffectOutcome {
    EffectOutcome {
        effect_key: lease.effect_key.clone(),
        fence: lease.fence,
        state,
        tries: lease.tries,
        misses: lease.misses,
        not_before: None,
        class: class.to_owned(),
        failure_code: String::new(),
        failure_text: String::new(),
        document: None,
        at: at(when),
        outbox: Vec::new(),
        exception: None,
        audit: None,
    }
}

pub fn exception(fingerprint: &str) -> ExceptionRow {
    ExceptionRow {
        exception_id: format!("X-{fingerprint}"),
        fingerprint: fingerprint.to_owned(),
        code: "SCHEMA_INVALID".to_owned(),
        failure_code: "wms-json.shape".to_owned(),
        stage: "intake".to_owned(),
        connector: "wms-json".to_owned(),
        site: "DC-7".to_owned(),
        customer: String::new(),
        return_id: String::new(),
        effect_key: String::new(),
        reason: "the quantity is not a number".to_owned(),
        place: "/lines/0/quantity".to_owned(),
        amount_minor: Some(500),
        currency: Some("EUR".to_owned()),
        state: ExceptionState::Open,
        occurrences: 1,
        opened_at: at(0),
        updated_at: at(0),
        resolution: String::new(),
        origin: "{}".to_owned(),
        missing: vec![MissingCode {
            list: "uom".to_owned(),
            system: "wms-json".to_owned(),
            direction: "IN".to_owned(),
            code: format!("code of {fingerprint}"),
        }],
        raw: Bytes::from_static(b"\x00raw\xff"),
    }
}

pub fn timer(key: &str, due: i64) -> TimerRow {
    TimerRow {
        key: key.to_owned(),
        return_id: "A".to_owned(),
        kind: "EXPIRE".to_owned(),
        due_at: at(due),
    }
}

pub fn park(key: &str, value: &str, deadline: i64) -> ParkedRow {
    ParkedRow {
        key: key.to_owned(),
        reference: name(value),
        deadline: at(deadline),
        message: message(key),
    }
}

/// Commits one unit.
pub async fn write(store: &Arc<dyn Store>, unit: Unit) -> UnitOutcome {
    let commit = store.commit(vec![unit], Vec::new()).await.unwrap();
    assert_eq!(commit.outcomes.len(), 1);
    commit.outcomes.into_iter().next().unwrap()
}

/// Plans an effect.
pub async fn plan(store: &Arc<dyn Store>, row: EffectRow) {
    let unit = Unit {
        effects: vec![EffectWrite::Plan(row)],
        ..Unit::default()
    };
    assert_eq!(write(store, unit).await, UnitOutcome::Done);
}

/// Leases one effect.
pub async fn lease(store: &Arc<dyn Store>, request: LeaseRequest) -> Lease {
    let leases = store.lease(vec![request]).await.unwrap();
    assert_eq!(leases.len(), 1);
    leases.into_iter().next().unwrap()
}

/// Leases an effect that is ready.
pub async fn send(store: &Arc<dyn Store>, request: LeaseRequest) -> EffectRow {
    match lease(store, request).await {
        Lease::Send(row) => *row,
        other => panic!("not to be sent: {other:?}"),
    }
}

/// Settles one outcome.
pub async fn settle(store: &Arc<dyn Store>, outcome: EffectOutcome) -> bool {
    let (_, settled) = store.settle(vec![outcome], Vec::new()).await.unwrap();
    assert_eq!(settled.len(), 1);
    settled[0]
}

/// State of an effect that is there.
pub async fn state_of(store: &Arc<dyn Store>, key: &str) -> EffectState {
    store.effect(key).await.unwrap().unwrap().state
}
