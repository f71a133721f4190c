//! A folder, notes that outlive the connector, and a connector built over both.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use canonical::Command;
use connector::{
    Built, Confirmation, Failure, Found, Inbound, Inlet, Notes, Outbound, Ports, Settings,
    Settlement,
};
use testkit::notes::MemoryNotes;
use warehouse_file::CONNECTOR;

/// A place of exchange.
pub(crate) struct Place {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) notes: Arc<MemoryNotes>,
}

struct OneNotes(Arc<MemoryNotes>);

impl Ports for OneNotes {
    fn http(&self, path: &str, _max_bytes: usize) -> Result<Box<dyn Inlet>, Failure> {
        panic!("no path is needed: {path}")
    }

    fn amqp(&self, queue: &str) -> Result<Box<dyn Inlet>, Failure> {
        panic!("no queue is needed: {queue}")
    }

    fn notes(&self, _instance: &str) -> Arc<dyn Notes> {
        Arc::clone(&self.0) as Arc<dyn Notes>
    }
}

/// A block over that folder.
pub(crate) fn settings(folder: &Path, options: &str) -> Settings {
    let text = format!(
        "poll = \"10ms\"\nmailbox.kind = \"folder\"\nmailbox.path = {:?}\nmailbox.stable_for = \"0s\"\n{options}",
        folder.display().to_string()
    );
    Settings {
        instance: "dc-west".to_owned(),
        table: text.parse().unwrap(),
        base_dir: PathBuf::from("."),
        published: connector::Published::default(),
    }
}

impl Place {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["in", "work", "done", "rejected", "out"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
        }
        Self {
            folder,
            notes: Arc::default(),
        }
    }

    /// A connector, as after a start of the process.
    pub(crate) fn start(&self, options: &str) -> Running {
        self.start_with(&settings(self.folder.path(), options))
    }

    /// A connector of that block, with these notes.
    pub(crate) fn start_with(&self, settings: &Settings) -> Running {
        let built = (CONNECTOR.build)(settings, &OneNotes(Arc::clone(&self.notes))).unwrap();
        Running(built)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The warehouse puts a file.
    pub(crate) fn drop_in(&self, name: &str, content: &str) {
        std::fs::write(self.path("in").join(name), content).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// Names of the files in one of the five folders.
    pub(crate) fn names(&self, folder: &str) -> Vec<String> {
        let entries = std::fs::read_dir(self.path(folder)).unwrap();
        let names = entries.map(|e| e.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.filter(|name| !name.starts_with('.')).collect();
        names.sort();
        names
    }
}

/// A connector that runs.
pub(crate) struct Running(pub(crate) Built);

impl Running {
    /// The next inbound; a failure is an error of the test.
    pub(crate) async fn next(&mut self) -> Inbound {
        let source = self.0.source.as_mut().unwrap();
        let next = tokio::time::timeout(Duration::from_secs(10), source.next());
        next.await.expect("nothing came").unwrap().unwrap()
    }

    /// That nothing comes, while it looks a few times.
    pub(crate) async fn nothing(&mut self) {
        let source = self.0.source.as_mut().unwrap();
        let next = tokio::time::timeout(Duration::from_millis(400), source.next()).await;
        if let Ok(inbound) = next {
            panic!("unexpected: {inbound:?}");
        }
    }

    pub(crate) async fn settle(
        &mut self,
        inbound: &Inbound,
        how: Settlement,
    ) -> Result<(), Failure> {
        let source = self.0.source.as_mut().unwrap();
        source.settle(&inbound.origin, how).await
    }

    /// Decodes and settles as the sidecar does.
    pub(crate) async fn carry(&mut self, inbound: &Inbound) {
        let failure = match &inbound.refused {
            Some(failure) => Some(failure.clone()),
            None => match self.0.codec.decode(inbound) {
                Err(failure) => Some(failure),
                Ok(parts) if parts.iter().any(Result::is_ok) || parts.is_empty() => None,
                Ok(parts) => parts.into_iter().find_map(Result::err),
            },
        };
        let how = failure.map_or(Settlement::Stored, Settlement::Parked);
        self.settle(inbound, how).await.unwrap();
    }

    pub(crate) async fn send(&self, command: &Command) -> Result<Confirmation, Failure> {
        let body = self.0.codec.encode(command).unwrap();
        let sink = self.0.sink.as_ref().unwrap();
        sink.send(outbound(command, &body)).await
    }

    pub(crate) async fn find(&self, command: &Command) -> Result<Found, Failure> {
        let body = self.0.codec.encode(command).unwrap();
        let sink = self.0.sink.as_ref().unwrap();
        sink.find(outbound(command, &body)).await
    }
}

fn outbound<'a>(command: &'a Command, body: &'a [u8]) -> Outbound<'a> {
    Outbound {
        key: &command.effect_key,
        command,
        body,
    }
}

/// A file of one return, by import key.
pub(crate) fn file(import_key: &str, rows: &[&str]) -> String {
    let rows = rows.iter().map(|row| format!("RTNTRL^{row}\n"));
    format!(
        "RTNHDR^DC-WEST^RMA-1001^^^^^^^03/02/2026^14:05:00^{import_key}\n{}",
        rows.collect::<String>()
    )
}
