//! Hands messages to the mail server. What its answers mean is decided in [`crate::smtp`].

use std::sync::Arc;

use async_trait::async_trait;
use canonical::effect::ErpRef;
use connector::{Confirmation, DuplicateGuard, Failure, Found, Governed, Outbound, Sink};

use crate::codec::MailCodec;
use crate::smtp::Server;

/// The way out of a block.
pub(crate) struct MailSink {
    pub(crate) server: Server,
    pub(crate) codec: Arc<Governed<MailCodec>>,
}

#[async_trait]
impl Sink for MailSink {
    async fn send(&self, effect: Outbound<'_>) -> Result<Confirmation, Failure> {
        let (codec, _) = self.codec.at(effect.command.issued_at);
        let envelope = codec.0.envelope(effect.command)?;
        self.server.hand_over(&envelope, effect.body).await?;
        let document = ErpRef::new("MAIL", codec.0.message_id(effect.command));
        Ok(Confirmation {
            document,
            duplicate: false,
        })
    }

    /// A mail server cannot be asked what it has taken: nothing is ever seen, and [`DuplicateGuard::None`] leaves it to a
    /// person to send again. But not while the server is away: then nobody could find out either.
    async fn find(&self, _: Outbound<'_>) -> Result<Found, Failure> {
        self.server.knock().await?;
        Ok(Found::Nothing)
    }

    fn guard(&self) -> DuplicateGuard {
        DuplicateGuard::None
    }

    async fn probe(&self) -> Result<String, Failure> {
        self.server.knock().await?;
        let Server { host, port, .. } = &self.server;
        Ok(format!("{host}:{port} answers and takes our credentials"))
    }
}
