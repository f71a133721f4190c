//! The router's part, played by tests.

use canonical::{Command, Event};
use connector::{Built, Confirmation, Failure, Found, Inbound, Outbound, Settlement, Source};

use crate::common::Site;

/// What the router makes of an inbound: events, and what it refuses.
pub(crate) struct Decoded {
    pub(crate) inbound: Inbound,
    pub(crate) events: Vec<Event>,
    pub(crate) failures: Vec<Failure>,
}

impl Decoded {
    /// What the source is told.
    pub(crate) fn settlement(&self) -> Settlement {
        match self.failures.first() {
            Some(failure) if self.events.is_empty() => Settlement::Parked(failure.clone()),
            _ => Settlement::Stored,
        }
    }
}

/// The next inbound, decoded.
pub(crate) async fn next(built: &mut Built) -> Decoded {
    let source = built.source.as_mut().unwrap();
    let inbound = next_of(source.as_mut()).await;
    let parts = match &inbound.refused {
        Some(failure) => vec![Err(failure.clone())],
        None => built
            .codec
            .decode(&inbound)
            .unwrap_or_else(|failure| vec![Err(failure)]),
    };
    let (mut events, mut failures) = (Vec::new(), Vec::new());
    for part in parts {
        match part {
            Ok(event) => events.push(event),
            Err(failure) => failures.push(failure),
        }
    }
    Decoded {
        inbound,
        events,
        failures,
    }
}

async fn next_of(source: &mut dyn Source) -> Inbound {
    let wait = std::time::Duration::from_secs(20);
    let next = tokio::time::timeout(wait, source.next()).await;
    next.expect("nothing came").unwrap().expect("it ended")
}

/// Takes the next inbound as the router would.
pub(crate) async fn take(built: &mut Built) -> Decoded {
    let decoded = next(built).await;
    settle(built, &decoded).await.unwrap();
    decoded
}

/// Settles as the router would.
pub(crate) async fn settle(built: &mut Built, decoded: &Decoded) -> Result<(), Failure> {
    let source = built.source.as_mut().unwrap();
    source
        .settle(&decoded.inbound.origin, decoded.settlement())
        .await
}

/// Lets the source look at its mailbox for a while; nothing must come.
pub(crate) async fn nothing_comes(built: &mut Built) {
    let wait = std::time::Duration::from_millis(60);
    let source = built.source.as_mut().unwrap();
    let came = tokio::time::timeout(wait, source.next()).await;
    assert!(came.is_err(), "something came: {came:?}");
}

/// Sends a command.
pub(crate) async fn send(built: &Built, command: &Command) -> Result<Confirmation, Failure> {
    let body = built.codec.encode(command).unwrap();
    let effect = Outbound {
        key: &command.effect_key,
        command,
        body: &body,
    };
    built.sink.as_ref().unwrap().send(effect).await
}

/// Looks a command up.
pub(crate) async fn find(built: &Built, command: &Command) -> Result<Found, Failure> {
    let body = built.codec.encode(command).unwrap();
    let effect = Outbound {
        key: &command.effect_key,
        command,
        body: &body,
    };
    built.sink.as_ref().unwrap().find(effect).await
}

/// A 997 of the partner of `acme` about one of our groups: `A` or `R`.
pub(crate) fn functional(control: u32, group: u64, verdict: &str) -> Vec<u8> {
    let (accepted, codes) = if verdict == "A" { (1, "") } else { (0, "*5") };
    let kind = "180";
    envelope(
        control,
        &format!(
            "GS*FA*CUSTOMER*BACKHAUL*20260303*1000*{control}*X*004010~ST*997*0001~AK1*AN*{group}~AK2*{kind}*0001~AK5*{verdict}{codes}~\
             AK9*{verdict}*1*1*{accepted}~SE*6*0001~GE*1*{control}~"
        ),
        1,
    )
}

/// A TA1 of the partner about one of our interchanges.
pub(crate) fn ta1(control: u32, interchange: u64, verdict: &str, note: &str) -> Vec<u8> {
    envelope(
        control,
        &format!("TA1*{interchange:09}*260303*0900*{verdict}*{note}~"),
        0,
    )
}

fn envelope(control: u32, body: &str, groups: u32) -> Vec<u8> {
    format!(
        "ISA*00*          *00*          *ZZ*CUSTOMER       *ZZ*BACKHAUL       *260303*1000*U*00401*{control:09}*0*P*>~\
         {body}IEA*{groups}*{control:09}~"
    )
    .into_bytes()
}

/// A file of the outbox with its dates and times replaced, one segment a line.
pub(crate) fn masked(site: &Site, name: &str) -> String {
    let text = site.out(name);
    let (element, terminator) = if text.starts_with("ISA") {
        ('*', '~')
    } else {
        ('+', '\'')
    };
    let mut lines = String::new();
    for segment in text
        .split(terminator)
        .filter(|segment| !segment.trim().is_empty())
    {
        let mut parts: Vec<&str> = segment.trim_start().split(element).collect();
        let hidden: &[usize] = match parts[0] {
            "ISA" => &[9, 10],
            "GS" => &[4, 5],
            "UNB" => &[4],
            _ => &[],
        };
        for n in hidden {
            parts[*n] = "-";
        }
        lines.push_str(&parts.join(&element.to_string()));
        lines.push(terminator);
        lines.push('\n');
    }
    lines
}
