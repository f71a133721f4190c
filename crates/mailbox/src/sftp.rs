//! An account on an SFTP server.

mod connect;
mod files;
mod finishing;
pub(crate) mod key;
mod line;
mod pin;
mod place;
mod putting;
mod taking;

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use bytes::Bytes;
use tokio::sync::{Mutex, MutexGuard};

use crate::config::SftpOptions;
use crate::doubt::{Doubts, Pending};
use crate::name;
use crate::port::{Claimed, Content, Entry, Fate, Mailbox, MailboxError, Placed};
use crate::ready::Ready;
use connect::Target;
use line::Line;
pub(crate) use pin::Pin;
use place::Place;

/// A mailbox on an SFTP server. Files are claimed and put by renaming them. One connection is kept, and opened anew by the
/// call after the one that found it broken; nothing is tried twice.
pub struct Sftp {
    target: Target,
    place: Place,
    ready: Ready,
    doubts: Arc<Doubts>,
    /// Held during a call: the calls of a mailbox follow each other.
    line: Mutex<Option<Line>>,
}

/// The connection, open.
struct Held<'a>(MutexGuard<'a, Option<Line>>);

impl Held<'_> {
    fn line(&self) -> Result<&Line, MailboxError> {
        self.0
            .as_ref()
            .ok_or_else(|| MailboxError::Unavailable("there is no connection".to_owned()))
    }
}

impl Sftp {
    /// The mailbox with these options; the key file is read, relative to `base_dir`. Reaches nobody yet.
    pub fn new(options: &SftpOptions, base_dir: &Path) -> Result<Self, MailboxError> {
        Ok(Self {
            target: Target::new(options, base_dir)?,
            place: Place::new(options),
            ready: Ready::new(options.stable_for, options.done_marker.clone()),
            doubts: Arc::default(),
            line: Mutex::new(None),
        })
    }

    /// The kept connection, or a new one.
    async fn held(&self) -> Result<Held<'_>, MailboxError> {
        let mut kept = self.line.lock().await;
        if kept.as_ref().is_none_or(Line::is_broken) {
            *kept = None;
            *kept = Some(connect::connect(&self.target).await?);
        }
        Ok(Held(kept))
    }
}

#[async_trait]
impl Mailbox for Sftp {
    async fn list(&self) -> Result<Vec<Entry>, MailboxError> {
        let held = self.held().await?;
        let line = held.line()?;
        self.place.prepare_in(line).await?;
        let found = taking::found(line, &self.place, &self.ready).await?;
        let mut entries = self.ready.pick(found, Instant::now());
        taking::add_doubts(line, &self.place, &self.doubts, &mut entries).await?;
        Ok(entries)
    }

    async fn claim(&self, name: &str) -> Result<Option<Claimed>, MailboxError> {
        if !name::is_file_name(name) || name::refused(name).is_some() {
            return Ok(None);
        }
        let held = self.held().await?;
        let line = held.line()?;
        self.place.prepare_in(line).await?;
        if let Some(claimed) = self.doubts.take(name) {
            let pending = Pending::new(&self.doubts, claimed);
            if taking::is_claimed(line, &self.place, pending.claim()).await? {
                return Ok(pending.made());
            }
            pending.not_made();
        }
        let claimed = Claimed {
            name: name.to_owned(),
            claim: name::claim(name),
        };
        let pending = Pending::new(&self.doubts, claimed);
        let marker = self.ready.marker(name);
        taking::claim(line, &self.place, pending, marker.as_deref()).await
    }

    async fn claimed(&self) -> Result<Vec<Claimed>, MailboxError> {
        let held = self.held().await?;
        let line = held.line()?;
        self.place.prepare_in(line).await?;
        taking::claimed(line, &self.place, &self.ready).await
    }

    async fn read(&self, claimed: &Claimed, max_bytes: u64) -> Result<Content, MailboxError> {
        let held = self.held().await?;
        taking::read(held.line()?, &self.place, &claimed.claim, max_bytes).await
    }

    async fn finish(&self, claimed: &Claimed, fate: Fate) -> Result<(), MailboxError> {
        let held = self.held().await?;
        let line = held.line()?;
        self.place.prepare_in(line).await?;
        finishing::finish(line, &self.place, claimed, fate).await
    }

    async fn put(&self, name: &str, bytes: &[u8]) -> Result<Placed, MailboxError> {
        name::may_be_put(name)?;
        let held = self.held().await?;
        let line = held.line()?;
        self.place.prepare_out(line).await?;
        putting::put(line, &self.place, name, bytes).await
    }

    async fn placed(&self, name: &str) -> Result<Option<Bytes>, MailboxError> {
        name::may_be_put(name)?;
        let held = self.held().await?;
        putting::placed(held.line()?, &self.place, name).await
    }

    async fn probe(&self) -> Result<String, MailboxError> {
        let held = self.held().await?;
        let line = held.line()?;
        let found = self.place.probe(line).await?;
        Ok(format!(
            "{}, host key {}: {found}",
            self.target,
            line.host_key()
        ))
    }
}
