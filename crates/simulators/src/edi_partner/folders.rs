//! The two folders: dropping files and taking files.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};

use tokio::fs::{self, File};
use tokio::io::AsyncWriteExt;

use super::config::Config;

/// Something to do in the folder that files are dropped into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Errand {
    pub(super) name: String,
    pub(super) bytes: Vec<u8>,
    pub(super) how: How,
}

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    /// Under a temporary name, then renamed.
    Whole,
    /// In place, and kept open: more is to come.
    FirstHalf,
    /// The end of a file that is open.
    Rest,
}

/// The folders of a partner.
#[derive(Debug)]
pub(super) struct Folders {
    drop: PathBuf,
    take: PathBuf,
    archive: Option<PathBuf>,
    open: HashMap<String, File>,
}

impl Folders {
    /// Makes the folders that are missing.
    pub(super) async fn open(config: &Config) -> io::Result<Self> {
        let archive = config.archive.as_ref();
        for folder in [&config.drop, &config.take].into_iter().chain(archive) {
            fs::create_dir_all(folder).await?;
        }
        Ok(Self {
            drop: config.drop.clone(),
            take: config.take.clone(),
            archive: config.archive.clone(),
            open: HashMap::new(),
        })
    }

    /// Writes a file, or a part of one. A reader that moved a half-written file away still gets the rest of it.
    pub(super) async fn run(&mut self, errand: Errand) -> io::Result<()> {
        let path = self.drop.join(&errand.name);
        match errand.how {
            How::Whole => {
                let hidden = self.drop.join(format!(".{}.tmp", errand.name));
                fs::write(&hidden, &errand.bytes).await?;
                fs::rename(&hidden, &path).await
            }
            How::FirstHalf => {
                let mut file = File::create(&path).await?;
                file.write_all(&errand.bytes).await?;
                file.flush().await?;
                self.open.insert(errand.name, file);
                Ok(())
            }
            How::Rest => {
                let mut file = match self.open.remove(&errand.name) {
                    Some(file) => file,
                    None => File::create(&path).await?,
                };
                file.write_all(&errand.bytes).await?;
                file.flush().await
            }
        }
    }

    /// Names of the files that wait, in order.
    pub(super) async fn waiting(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        let mut entries = fs::read_dir(&self.take).await?;
        while let Some(entry) = entries.next_entry().await? {
            let name = entry.file_name().to_string_lossy().into_owned();
            if is_whole(&name) && entry.file_type().await?.is_file() {
                names.push(name);
            }
        }
        names.sort();
        Ok(names)
    }

    pub(super) async fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        fs::read(self.take.join(name)).await
    }

    /// The file has been read and leaves the folder.
    pub(super) async fn put_away(&self, name: &str) -> io::Result<()> {
        let from = self.take.join(name);
        let Some(archive) = &self.archive else {
            return fs::remove_file(from).await;
        };
        fs::rename(from, free(archive, name)).await
    }
}

fn is_whole(name: &str) -> bool {
    let writing = [".tmp", ".part", ".filepart"];
    !name.starts_with('.') && !writing.iter().any(|ending| name.ends_with(ending))
}

/// A name that is free in the folder.
fn free(folder: &Path, name: &str) -> PathBuf {
    let path = folder.join(name);
    let numbered = |n: u32| folder.join(format!("{name}.{n}"));
    if !path.exists() {
        return path;
    }
    (2..u32::MAX)
        .map(numbered)
        .find(|path| !path.exists())
        .unwrap_or(path)
}
