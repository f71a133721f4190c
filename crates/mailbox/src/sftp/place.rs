//! Where the five folders are on the server, and that they are there.

use super::files;
use super::line::{Line, Trouble};
use crate::config::SftpOptions;
use crate::name;
use crate::port::{Entry, Fate, MailboxError};

/// The five folders.
pub(super) struct Place {
    pub(super) inbox: String,
    pub(super) work: String,
    done: String,
    rejected: String,
    pub(super) out: String,
    create: bool,
}

impl Place {
    pub(super) fn new(options: &SftpOptions) -> Self {
        let below = |name: &str| joined(&options.path, name);
        let folders = &options.folders;
        Self {
            inbox: below(&folders.inbox),
            work: below(&folders.work),
            done: below(&folders.done),
            rejected: below(&folders.rejected),
            out: below(&folders.out),
            create: options.create,
        }
    }

    /// Where finished files go.
    pub(super) fn fate(&self, fate: Fate) -> &str {
        match fate {
            Fate::Done => &self.done,
            Fate::Rejected => &self.rejected,
        }
    }

    /// The folders that files are taken by are there.
    pub(super) async fn prepare_in(&self, line: &Line) -> Result<(), MailboxError> {
        if line.is_prepared_in() {
            return Ok(());
        }
        for folder in [&self.inbox, &self.work, &self.done, &self.rejected] {
            self.prepare(line, folder).await?;
        }
        line.set_prepared_in();
        Ok(())
    }

    /// The folder that files are put into is there.
    pub(super) async fn prepare_out(&self, line: &Line) -> Result<(), MailboxError> {
        if line.is_prepared_out() {
            return Ok(());
        }
        self.prepare(line, &self.out).await?;
        line.set_prepared_out();
        Ok(())
    }

    /// Makes a folder, and those above it, if it is missing and may be made.
    async fn prepare(&self, line: &Line, folder: &str) -> Result<(), MailboxError> {
        if is_folder(line, folder).await? {
            return Ok(());
        }
        if !self.create {
            return Err(no_such(folder));
        }
        for above in ladder(folder) {
            if is_folder(line, &above).await? {
                continue;
            }
            match line.ask(line.sftp().create_dir(above.as_str())).await {
                Ok(()) => {}
                // Somebody else may have made it meanwhile.
                Err(Trouble::Refused(_)) if is_folder(line, &above).await? => {}
                Err(trouble) => return Err(trouble.harmless("the folder cannot be made", &above)),
            }
        }
        Ok(())
    }

    /// Looks at everything and changes nothing.
    pub(super) async fn probe(&self, line: &Line) -> Result<String, MailboxError> {
        let mut missing = Vec::new();
        for folder in [
            &self.inbox,
            &self.work,
            &self.done,
            &self.rejected,
            &self.out,
        ] {
            if !is_folder(line, folder).await? {
                if !self.create {
                    return Err(no_such(folder));
                }
                missing.push(folder.as_str());
            }
        }
        let mut said = Vec::new();
        if missing.contains(&self.inbox.as_str()) {
            said.push("no inbox yet".to_owned());
        } else {
            let found = files::list(line, &self.inbox).await?;
            let mail = |entry: &&Entry| !name::is_unfinished(&entry.name);
            let waiting = found.plain.iter().filter(mail).count();
            said.push(format!("{waiting} waiting in {}", self.inbox));
            if !found.garbled.is_empty() {
                let names = found.garbled.join(", ");
                said.push(format!(
                    "not taken, because their names are not UTF-8: {names}"
                ));
            }
        }
        if !missing.is_empty() {
            said.push(format!("will be made: {}", missing.join(", ")));
        }
        Ok(said.join("; "))
    }
}

fn no_such(folder: &str) -> MailboxError {
    MailboxError::Misconfigured(format!("{folder}: the server has no such folder"))
}

async fn is_folder(line: &Line, folder: &str) -> Result<bool, MailboxError> {
    match line.ask(line.sftp().metadata(folder)).await {
        Ok(data) if data.is_dir() || data.permissions.is_none() => Ok(true),
        Ok(_) => Err(MailboxError::Misconfigured(format!(
            "{folder} is not a folder"
        ))),
        Err(Trouble::Missing) => Ok(false),
        Err(trouble) => Err(trouble.harmless("the folder is not reached", folder)),
    }
}

/// A path on the server. One that begins at the root stands for itself.
pub(super) fn joined(folder: &str, name: &str) -> String {
    if folder.is_empty() || name.starts_with('/') {
        name.to_owned()
    } else if folder.ends_with('/') {
        format!("{folder}{name}")
    } else {
        format!("{folder}/{name}")
    }
}

/// Path of a file whose name is shown so.
pub(super) fn file(folder: &str, shown: &str) -> String {
    // Only names that are text are ever shown by a server.
    joined(folder, &String::from_utf8_lossy(&name::raw(shown)))
}

/// A folder and those above it, from the top.
fn ladder(folder: &str) -> Vec<String> {
    let mut steps = Vec::new();
    let mut path = String::new();
    for (n, part) in folder.split('/').enumerate() {
        if n > 0 {
            path.push('/');
        }
        path.push_str(part);
        if !part.is_empty() {
            steps.push(path.clone());
        }
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_those_of_the_server() {
        assert_eq!(joined("", "in"), "in");
        assert_eq!(joined("/", "in"), "/in");
        assert_eq!(joined("/box", "in"), "/box/in");
        assert_eq!(joined("box/", "in"), "box/in");
        assert_eq!(joined("/box", "/outbound"), "/outbound");
        assert_eq!(ladder("/a/b"), ["/a", "/a/b"]);
        assert_eq!(ladder("a//b"), ["a", "a//b"]);
    }
}
