//! The files of the server: those of a folder of this machine.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::future::pending;
use std::io::ErrorKind;
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;

use russh_sftp::protocol::{
    Attrs, Data, File as Item, FileAttributes, Handle, Name, OpenFlags, Status, StatusCode,
};
use russh_sftp::server::Handler;

use super::{Client, Fault};

/// One session of SFTP.
pub(super) struct Files {
    client: Client,
    open: HashMap<String, File>,
    folders: HashMap<String, Vec<Item>>,
    handles: u32,
}

impl Files {
    pub(super) fn new(client: Client) -> Self {
        Self {
            client,
            open: HashMap::new(),
            folders: HashMap::new(),
            handles: 0,
        }
    }

    fn path(&self, path: &str) -> PathBuf {
        self.client.root.join(path.trim_start_matches('/'))
    }

    fn handle(&mut self, id: u32) -> Handle {
        self.handles += 1;
        Handle {
            id,
            handle: self.handles.to_string(),
        }
    }

    fn attributes(&self, data: &fs::Metadata) -> FileAttributes {
        let mut attributes = FileAttributes::from(data);
        if self.client.manners.tells_no_kind {
            attributes.permissions = None;
        }
        attributes
    }
}

fn done(id: u32) -> Status {
    Status {
        id,
        status_code: StatusCode::Ok,
        error_message: String::new(),
        language_tag: String::new(),
    }
}

fn code(error: &std::io::Error) -> StatusCode {
    match error.kind() {
        ErrorKind::NotFound => StatusCode::NoSuchFile,
        _ => StatusCode::Failure,
    }
}

impl Handler for Files {
    type Error = StatusCode;

    fn unimplemented(&self) -> StatusCode {
        StatusCode::OpUnsupported
    }

    async fn open(
        &mut self,
        id: u32,
        name: String,
        flags: OpenFlags,
        _attributes: FileAttributes,
    ) -> Result<Handle, StatusCode> {
        let opened = OpenOptions::new()
            .read(true)
            .write(flags.contains(OpenFlags::WRITE))
            .create(flags.contains(OpenFlags::CREATE))
            .truncate(flags.contains(OpenFlags::TRUNCATE))
            .open(self.path(&name));
        let file = opened.map_err(|error| code(&error))?;
        let handle = self.handle(id);
        self.open.insert(handle.handle.clone(), file);
        Ok(handle)
    }

    async fn close(&mut self, id: u32, handle: String) -> Result<Status, StatusCode> {
        self.open.remove(&handle);
        self.folders.remove(&handle);
        Ok(done(id))
    }

    async fn read(
        &mut self,
        id: u32,
        handle: String,
        offset: u64,
        len: u32,
    ) -> Result<Data, StatusCode> {
        let file = self.open.get(&handle).ok_or(StatusCode::Failure)?;
        // A server may give less than it is asked for.
        let mut data = vec![0; usize::try_from(len).unwrap().min(1_000)];
        let read = file
            .read_at(&mut data, offset)
            .map_err(|error| code(&error))?;
        if read == 0 {
            return Err(StatusCode::Eof);
        }
        data.truncate(read);
        Ok(Data { id, data })
    }

    async fn write(
        &mut self,
        id: u32,
        handle: String,
        offset: u64,
        data: Vec<u8>,
    ) -> Result<Status, StatusCode> {
        if self.client.is_ordered(Fault::FullAtWrite) {
            return Err(StatusCode::Failure);
        }
        let file = self.open.get(&handle).ok_or(StatusCode::Failure)?;
        file.write_all_at(&data, offset)
            .map_err(|error| code(&error))?;
        Ok(done(id))
    }

    async fn fstat(&mut self, id: u32, handle: String) -> Result<Attrs, StatusCode> {
        let file = self.open.get(&handle).ok_or(StatusCode::Failure)?;
        let data = file.metadata().map_err(|error| code(&error))?;
        Ok(Attrs {
            id,
            attrs: self.attributes(&data),
        })
    }

    async fn stat(&mut self, id: u32, path: String) -> Result<Attrs, StatusCode> {
        let data = fs::metadata(self.path(&path)).map_err(|error| code(&error))?;
        Ok(Attrs {
            id,
            attrs: self.attributes(&data),
        })
    }

    async fn lstat(&mut self, id: u32, path: String) -> Result<Attrs, StatusCode> {
        let data = fs::symlink_metadata(self.path(&path)).map_err(|error| code(&error))?;
        Ok(Attrs {
            id,
            attrs: self.attributes(&data),
        })
    }

    async fn opendir(&mut self, id: u32, path: String) -> Result<Handle, StatusCode> {
        let mut items = Vec::new();
        for item in fs::read_dir(self.path(&path)).map_err(|error| code(&error))? {
            let item = item.map_err(|error| code(&error))?;
            let data = item.metadata().map_err(|error| code(&error))?;
            let name = item.file_name().to_string_lossy().into_owned();
            items.push(Item::new(name, self.attributes(&data)));
        }
        let handle = self.handle(id);
        self.folders.insert(handle.handle.clone(), items);
        Ok(handle)
    }

    async fn readdir(&mut self, id: u32, handle: String) -> Result<Name, StatusCode> {
        let items = self.folders.get_mut(&handle).ok_or(StatusCode::Failure)?;
        if items.is_empty() {
            return Err(StatusCode::Eof);
        }
        let count = items.len().min(3);
        Ok(Name {
            id,
            files: items.drain(..count).collect(),
        })
    }

    async fn remove(&mut self, id: u32, path: String) -> Result<Status, StatusCode> {
        fs::remove_file(self.path(&path)).map_err(|error| code(&error))?;
        Ok(done(id))
    }

    async fn mkdir(
        &mut self,
        id: u32,
        path: String,
        _: FileAttributes,
    ) -> Result<Status, StatusCode> {
        fs::create_dir(self.path(&path)).map_err(|error| code(&error))?;
        Ok(done(id))
    }

    async fn rename(&mut self, id: u32, from: String, to: String) -> Result<Status, StatusCode> {
        if self.client.is_ordered(Fault::DeniedRename) {
            return Err(StatusCode::PermissionDenied);
        }
        if self.client.is_ordered(Fault::CutBeforeRename) {
            self.client.cut();
            return pending().await;
        }
        let (from, to) = (self.path(&from), self.path(&to));
        if !self.client.manners.overwrites && to.exists() {
            return Err(StatusCode::Failure);
        }
        fs::rename(from, to).map_err(|error| code(&error))?;
        if self.client.is_ordered(Fault::CutAfterRename) {
            self.client.cut();
            return pending().await;
        }
        if self.client.is_ordered(Fault::SilentAfterRename) {
            return pending().await;
        }
        Ok(done(id))
    }
}
