//! One message out: signed, re-sent with a growing pause, doubled or accompanied by rubbish when a fault says so.

use std::time::Duration;

use http::StatusCode;
use tokio_util::sync::CancellationToken;
use url::Url;

use super::{Outcome, garbage};
use crate::draw;
use crate::faults::{Fault, Faults, Injection};
use crate::signature;

const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
const PATIENCE: Duration = Duration::from_secs(15);

/// What a sender is made of.
#[derive(Debug, Clone)]
pub(crate) struct SenderOptions {
    pub(crate) secret: String,
    pub(crate) seed: u64,
    pub(crate) max_attempts: u32,
    pub(crate) faults: Faults,
    /// The operation its faults are drawn for, "EMIT …".
    pub(crate) operation: &'static str,
    pub(crate) cancel: CancellationToken,
}

/// Sends webhooks.
#[derive(Debug, Clone)]
pub(crate) struct Sender {
    client: reqwest::Client,
    options: SenderOptions,
}

/// A message to send.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub(crate) webhook_id: String,
    pub(crate) body: String,
    pub(crate) headers: Vec<(&'static str, String)>,
}

/// What became of a message.
#[derive(Debug, Clone)]
pub(crate) struct Delivery {
    pub(crate) webhook_id: String,
    pub(crate) attempts: u32,
    pub(crate) outcome: Outcome,
    pub(crate) last_status: Option<u16>,
    pub(crate) garbage: bool,
}

impl Sender {
    pub(crate) fn new(options: SenderOptions) -> reqwest::Result<Self> {
        let client = reqwest::Client::builder()
            .timeout(PATIENCE)
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        Ok(Self { client, options })
    }

    /// Sends the message until it is taken, and whatever the fault of the hour adds to it. The first delivery is the message's own.
    pub(crate) async fn send(&self, target: &Url, message: &Message) -> Vec<Delivery> {
        let id = message.webhook_id.as_str();
        let faults = &self.options.faults;
        let injection = faults.draw(self.options.operation, id, Fault::SENDING);
        let mut besides = Vec::new();
        match injection {
            Some(Injection {
                fault: Fault::Garbage,
                ..
            }) => {
                for rubbish in garbage::besides(self.options.seed, message) {
                    let delivery = self.attempt_once(target, &rubbish).await;
                    besides.push(delivery);
                }
            }
            Some(Injection {
                fault: Fault::Slow,
                delay,
            }) => {
                self.pause(delay.unwrap_or(Duration::from_millis(250)))
                    .await;
            }
            _ => {}
        }
        let signature = self.sign(&message.body);
        let mut deliveries = vec![self.deliver(target, message, &signature).await];
        if let Some(Injection {
            fault: Fault::Duplicate,
            ..
        }) = injection
        {
            for copy in self.copies(message) {
                deliveries.push(self.deliver(target, &copy, &signature).await);
            }
        }
        deliveries.extend(besides);
        deliveries
    }

    /// One or two more of the same, every second time under another webhook id.
    fn copies(&self, message: &Message) -> Vec<Message> {
        let seed = self.options.seed;
        let id = message.webhook_id.as_str();
        let count = 1 + draw::below(seed, &["copies", id], 2);
        let renamed = draw::below(seed, &["renamed", id], 2) == 1;
        let copy = |nth: u64| {
            let other = draw::uuid(seed, &["copy", id, &nth.to_string()]);
            let webhook_id = if renamed {
                other
            } else {
                message.webhook_id.clone()
            };
            Message {
                webhook_id,
                ..message.clone()
            }
        };
        (0..count).map(copy).collect()
    }

    fn sign(&self, body: &str) -> String {
        signature::sign(self.options.secret.as_bytes(), body.as_bytes())
    }

    async fn deliver(&self, target: &Url, message: &Message, signature: &str) -> Delivery {
        let mut delivery = Delivery::of(message, false);
        let mut pause = FIRST_PAUSE;
        while delivery.attempts < self.options.max_attempts {
            delivery.attempts += 1;
            let status = self.post(target, message, signature).await;
            delivery.last_status = status.map(|status| status.as_u16());
            match status {
                Some(status) if status.is_success() => {
                    delivery.outcome = Outcome::Acknowledged;
                    return delivery;
                }
                Some(status) if !worth_another(status) => {
                    delivery.outcome = Outcome::Refused;
                    return delivery;
                }
                _ => {}
            }
            if self.options.cancel.is_cancelled() {
                break;
            }
            self.pause(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        delivery.outcome = Outcome::Abandoned;
        delivery
    }

    async fn attempt_once(&self, target: &Url, rubbish: &garbage::Rubbish) -> Delivery {
        let mut delivery = Delivery::of(&rubbish.message, true);
        let mut signature = self.sign(&rubbish.message.body);
        if rubbish.wrongly_signed {
            signature = signature::sign(b"not the secret", rubbish.message.body.as_bytes());
        }
        let status = self.post(target, &rubbish.message, &signature).await;
        delivery.attempts = 1;
        delivery.last_status = status.map(|status| status.as_u16());
        delivery.outcome = match status {
            Some(status) if status.is_success() => Outcome::Acknowledged,
            Some(status) if !worth_another(status) => Outcome::Refused,
            _ => Outcome::Abandoned,
        };
        delivery
    }

    async fn post(&self, target: &Url, message: &Message, signature: &str) -> Option<StatusCode> {
        let now = jiff::Timestamp::now().as_second().to_string();
        let mut request = self
            .client
            .post(target.clone())
            .header("content-type", "application/json")
            .header("x-webhook-id", &message.webhook_id)
            .header(signature::HEADER, signature)
            .header("x-timestamp", now);
        for (name, value) in &message.headers {
            request = request.header(*name, value);
        }
        match request.body(message.body.clone()).send().await {
            Ok(response) => Some(response.status()),
            Err(error) => {
                tracing::debug!(%error, "no answer to a webhook");
                None
            }
        }
    }

    async fn pause(&self, pause: Duration) {
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = self.options.cancel.cancelled() => {}
        }
    }
}

impl Delivery {
    fn of(message: &Message, garbage: bool) -> Self {
        let webhook_id = message.webhook_id.clone();
        Self {
            webhook_id,
            attempts: 0,
            outcome: Outcome::Pending,
            last_status: None,
            garbage,
        }
    }
}

fn worth_another(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS
    ) || status.is_server_error()
}
