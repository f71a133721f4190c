//! One conversation with the mail server (RFC 5321), and what each of its answers means.
//!
//! Until the last dot of the message is out, a failure means that nothing was sent. After it, only an answer tells.

use std::future::Future;
use std::time::Duration;

use connector::Failure;
use lettre::address::Envelope;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Noop, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use lettre::transport::smtp::{Error, response::Code};

use crate::config::Security;
use crate::failures;

/// The mail server, and how we speak to it.
pub(crate) struct Server {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) security: Security,
    pub(crate) tls: TlsParameters,
    pub(crate) credentials: Option<Credentials>,
    pub(crate) timeout: Duration,
}

/// Strongest first that carry a plain password, which TLS keeps private.
const MECHANISMS: &[Mechanism] = &[Mechanism::Plain, Mechanism::Login];

impl Server {
    /// Hands a message over. The server's answer.
    pub(crate) async fn hand_over(
        &self,
        envelope: &Envelope,
        message: &[u8],
    ) -> Result<String, Failure> {
        let mut line = self.connected().await?;
        let before = self.within(self.prepare(&mut line, envelope, message));
        let before = before.await.ok_or_else(|| self.too_slow());
        if let Err(failure) = before.and_then(|told| told.map_err(|error| not_sent(&error))) {
            leave(&mut line).await;
            return Err(failure);
        }
        // The end of the last line belongs to the dot.
        let text = message.strip_suffix(b"\r\n").unwrap_or(message);
        let outcome = match self.within(line.message(text)).await {
            Some(Ok(response)) => Ok(response.message().collect::<Vec<_>>().join(" ")),
            Some(Err(error)) => Err(after_the_dot(&error)),
            None => {
                let what = "the message was handed over, and no answer came in time";
                return Err(Failure::in_doubt(failures::NO_ANSWER, what));
            }
        };
        leave(&mut line).await;
        outcome
    }

    /// Sees whether it answers and takes our credentials.
    pub(crate) async fn knock(&self) -> Result<(), Failure> {
        let mut line = self.connected().await?;
        let answer = self.within(line.command(Noop)).await;
        leave(&mut line).await;
        let answer = answer.ok_or_else(|| self.too_slow())?;
        answer.map(drop).map_err(|error| not_sent(&error))
    }

    /// What it gives in time.
    async fn within<T>(&self, part: impl Future<Output = T>) -> Option<T> {
        tokio::time::timeout(self.timeout, part).await.ok()
    }

    fn too_slow(&self) -> Failure {
        let what = format!("{} did not answer in time; nothing was sent", self.host);
        Failure::unavailable(failures::UNREACHABLE, what)
    }

    async fn connected(&self) -> Result<AsyncSmtpConnection, Failure> {
        let line = self.within(self.connect()).await;
        line.unwrap_or_else(|| Err(self.too_slow()))
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, Failure> {
        let me = ClientId::default();
        let wrapped = (self.security == Security::Tls).then(|| self.tls.clone());
        let connecting = AsyncSmtpConnection::connect_tokio1(
            (self.host.as_str(), self.port),
            Some(self.timeout),
            &me,
            wrapped,
            None,
        );
        let mut line = connecting.await.map_err(|error| not_sent(&error))?;
        if self.security == Security::Starttls {
            if !line.can_starttls() {
                leave(&mut line).await;
                let what = format!("{} does not offer STARTTLS", self.host);
                return Err(Failure::misconfigured(failures::NOT_PRIVATE, what));
            }
            line.starttls(self.tls.clone(), &me)
                .await
                .map_err(|error| not_sent(&error))?;
        }
        if let Some(credentials) = &self.credentials
            && let Err(error) = line.auth(MECHANISMS, credentials).await
        {
            leave(&mut line).await;
            return Err(not_logged_in(&error));
        }
        Ok(line)
    }

    /// Everything up to the message itself.
    async fn prepare(
        &self,
        line: &mut AsyncSmtpConnection,
        envelope: &Envelope,
        message: &[u8],
    ) -> Result<(), Error> {
        let mut parameters = Vec::new();
        let addresses = envelope.from().into_iter().chain(envelope.to());
        if addresses
            .into_iter()
            .any(|address| !address.to_string().is_ascii())
        {
            parameters.push(MailParameter::SmtpUtfEight);
        }
        if !message.is_ascii() && line.server_info().supports_feature(Extension::EightBitMime) {
            parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
        }
        let from = envelope.from().cloned();
        line.command(Mail::new(from, parameters)).await?;
        for address in envelope.to() {
            line.command(Rcpt::new(address.clone(), Vec::new())).await?;
        }
        line.command(Data).await?;
        Ok(())
    }
}

/// Says good-bye, and does not wait for long to hear it back.
async fn leave(line: &mut AsyncSmtpConnection) {
    drop(tokio::time::timeout(Duration::from_millis(500), line.abort()).await);
}

/// What a failure before the last dot means.
fn not_sent(error: &Error) -> Failure {
    if error.is_tls() {
        return Failure::misconfigured(failures::NOT_PRIVATE, error.to_string());
    }
    match error.status().map(u16::from) {
        Some(530 | 534 | 535) => Failure::misconfigured(failures::CREDENTIALS, told(error)),
        Some(500..) => Failure::rejected(failures::REFUSED, told(error)),
        Some(_) => Failure::unavailable(failures::NOT_NOW, told(error)),
        None => {
            let what = format!("nothing was sent: {}", told(error));
            Failure::unavailable(failures::UNREACHABLE, what)
        }
    }
}

/// A refused log-in is never about the message.
fn not_logged_in(error: &Error) -> Failure {
    match error.status() {
        Some(code) if is_final(code) => Failure::misconfigured(failures::CREDENTIALS, told(error)),
        None if error.is_client() => Failure::misconfigured(failures::CREDENTIALS, told(error)),
        _ => not_sent(error),
    }
}

/// What a failure after the last dot means: a refusal is one, anything else leaves open what became of the message.
fn after_the_dot(error: &Error) -> Failure {
    match error.status() {
        Some(code) if is_final(code) => Failure::rejected(failures::REFUSED, told(error)),
        Some(_) => Failure::unavailable(failures::NOT_NOW, told(error)),
        None => Failure::in_doubt(failures::NO_ANSWER, told(error)),
    }
}

fn is_final(code: Code) -> bool {
    u16::from(code) >= 500
}

/// The error with what is behind it.
fn told(error: &Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        let inner_text = inner.to_string();
        if !text.contains(&inner_text) {
            text = format!("{text}: {inner_text}");
        }
        cause = inner.source();
    }
    text
}
