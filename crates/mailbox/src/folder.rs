//! A folder of this machine, or of a share that is mounted here.

mod fault;
mod finishing;
mod place;
mod putting;
mod taking;

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use bytes::Bytes;

use crate::config::FolderOptions;
use crate::doubt::{Doubts, Pending};
use crate::name;
use crate::port::{Claimed, Content, Entry, Fate, Mailbox, MailboxError, Placed};
use crate::ready::Ready;
use place::Place;

/// A mailbox in a folder. Files are claimed by renaming them, and put by a link that appears at once.
#[derive(Debug)]
pub struct Folder {
    place: Arc<Place>,
    ready: Arc<Ready>,
    doubts: Arc<Doubts>,
}

impl Folder {
    /// The mailbox with these options; relative paths start from `base_dir`. Touches nothing yet.
    pub fn new(options: &FolderOptions, base_dir: &Path) -> Self {
        Self {
            place: Arc::new(Place::new(options, base_dir)),
            ready: Arc::new(Ready::new(options.stable_for, options.done_marker.clone())),
            doubts: Arc::default(),
        }
    }

    /// Runs it where blocking harms nobody. It runs to its end even if nobody waits for it any more.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Place) -> Result<T, MailboxError> + Send + 'static,
    ) -> Result<T, MailboxError> {
        let place = Arc::clone(&self.place);
        tokio::task::spawn_blocking(move || work(&place))
            .await
            .map_err(|error| MailboxError::InDoubt(format!("the work was broken off: {error}")))?
    }
}

#[async_trait]
impl Mailbox for Folder {
    async fn list(&self) -> Result<Vec<Entry>, MailboxError> {
        let ready = Arc::clone(&self.ready);
        let doubts = Arc::clone(&self.doubts);
        self.blocking(move |place| {
            place.prepare_in()?;
            let mut entries = ready.pick(taking::found(place)?, Instant::now());
            taking::add_doubts(place, &doubts, &mut entries)?;
            Ok(entries)
        })
        .await
    }

    async fn claim(&self, name: &str) -> Result<Option<Claimed>, MailboxError> {
        if !name::is_file_name(name) || name::refused(name).is_some() {
            return Ok(None);
        }
        let doubts = Arc::clone(&self.doubts);
        let marker = self.ready.marker(name);
        let name = name.to_owned();
        let pending = self
            .blocking(move |place| {
                place.prepare_in()?;
                if let Some(claimed) = doubts.take(&name) {
                    let pending = Pending::new(&doubts, claimed);
                    if taking::is_claimed(place, pending.claim())? {
                        return Ok(Some(pending));
                    }
                    pending.not_made();
                }
                let claim = name::claim(&name);
                let pending = Pending::new(&doubts, Claimed { name, claim });
                taking::claim(place, pending, marker.as_deref())
            })
            .await?;
        Ok(pending.and_then(Pending::made))
    }

    async fn claimed(&self) -> Result<Vec<Claimed>, MailboxError> {
        let ready = Arc::clone(&self.ready);
        self.blocking(move |place| {
            place.prepare_in()?;
            taking::claimed(place, &ready)
        })
        .await
    }

    async fn read(&self, claimed: &Claimed, max_bytes: u64) -> Result<Content, MailboxError> {
        let claim = claimed.claim.clone();
        self.blocking(move |place| taking::read(place, &claim, max_bytes))
            .await
    }

    async fn finish(&self, claimed: &Claimed, fate: Fate) -> Result<(), MailboxError> {
        let claimed = claimed.clone();
        self.blocking(move |place| {
            place.prepare_in()?;
            finishing::finish(place, &claimed, fate)
        })
        .await
    }

    async fn put(&self, name: &str, bytes: &[u8]) -> Result<Placed, MailboxError> {
        name::may_be_put(name)?;
        let name = name.to_owned();
        let bytes = Bytes::copy_from_slice(bytes);
        self.blocking(move |place| {
            place.prepare_out()?;
            putting::put(place, &name, &bytes)
        })
        .await
    }

    async fn placed(&self, name: &str) -> Result<Option<Bytes>, MailboxError> {
        name::may_be_put(name)?;
        let name = name.to_owned();
        self.blocking(move |place| {
            place.prepare_out()?;
            putting::placed(place, &name)
        })
        .await
    }

    async fn probe(&self) -> Result<String, MailboxError> {
        self.blocking(place::probe).await
    }
}
