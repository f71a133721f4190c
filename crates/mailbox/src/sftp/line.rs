//! A connection: requests with a time limit, and what their failures mean.

use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use russh::client::Handle;
use russh_sftp::client::SftpSession;
use russh_sftp::client::error::Error;
use russh_sftp::protocol::StatusCode;
use tokio::time::timeout;

use super::connect::HostCheck;
use crate::port::MailboxError;

/// Why a request did not do what it should.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Trouble {
    /// The server has no such file or folder.
    Missing,
    /// We may not do that.
    Denied(String),
    /// The server says no, and not why: a name that is taken, a full disk.
    Refused(String),
    /// No answer: it may have been done.
    Lost(String),
}

impl Trouble {
    /// As a failure of something that surely did nothing that matters.
    pub(super) fn harmless(self, what: &str, path: &str) -> MailboxError {
        match self {
            Self::Missing => MailboxError::Misconfigured(format!(
                "{path}: {what}: the server has no such file or folder"
            )),
            Self::Denied(why) => MailboxError::Misconfigured(format!("{path}: {what}: {why}")),
            Self::Refused(why) | Self::Lost(why) => {
                MailboxError::Unavailable(format!("{path}: {what}: {why}"))
            }
        }
    }
}

/// An open connection.
pub(super) struct Line {
    sftp: SftpSession,
    // Held, because dropping it ends the connection.
    ssh: Handle<HostCheck>,
    host_key: String,
    wait: Duration,
    broken: AtomicBool,
    prepared_in: AtomicBool,
    prepared_out: AtomicBool,
    linkless: AtomicBool,
}

impl Line {
    pub(super) fn new(
        sftp: SftpSession,
        ssh: Handle<HostCheck>,
        host_key: String,
        wait: Duration,
    ) -> Self {
        Self {
            sftp,
            ssh,
            host_key,
            wait,
            broken: AtomicBool::new(false),
            prepared_in: AtomicBool::new(false),
            prepared_out: AtomicBool::new(false),
            linkless: AtomicBool::new(false),
        }
    }

    /// True when it is of no use any more.
    pub(super) fn is_broken(&self) -> bool {
        self.broken.load(Ordering::Relaxed) || self.ssh.is_closed()
    }

    /// True once the folders of the inbox were seen by this connection.
    pub(super) fn is_prepared_in(&self) -> bool {
        self.prepared_in.load(Ordering::Relaxed)
    }

    pub(super) fn set_prepared_in(&self) {
        self.prepared_in.store(true, Ordering::Relaxed);
    }

    /// True once the outbox was seen by this connection.
    pub(super) fn is_prepared_out(&self) -> bool {
        self.prepared_out.load(Ordering::Relaxed)
    }

    pub(super) fn set_prepared_out(&self) {
        self.prepared_out.store(true, Ordering::Relaxed);
    }

    /// True while the server may be asked for links (`hardlink@openssh.com`).
    pub(super) fn links(&self) -> bool {
        !self.linkless.load(Ordering::Relaxed)
    }

    /// The server, or the file system of its outbox, knows no links.
    pub(super) fn set_linkless(&self) {
        self.linkless.store(true, Ordering::Relaxed);
    }

    /// Fingerprint of the server's key.
    pub(super) fn host_key(&self) -> &str {
        &self.host_key
    }

    /// The protocol, for requests that are given to [`Line::ask`].
    pub(super) fn sftp(&self) -> &SftpSession {
        &self.sftp
    }

    /// Waits for the answer to a request, not too long.
    pub(super) async fn ask<T>(
        &self,
        request: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Trouble> {
        let answer = timeout(self.wait, request).await;
        let lost = match answer {
            Ok(Ok(value)) => return Ok(value),
            Ok(Err(Error::Status(status))) => match status.status_code {
                StatusCode::NoSuchFile => return Err(Trouble::Missing),
                StatusCode::PermissionDenied => {
                    return Err(Trouble::Denied("the server denies it".to_owned()));
                }
                StatusCode::NoConnection | StatusCode::ConnectionLost => {
                    "the server lost its connection".to_owned()
                }
                StatusCode::Ok
                | StatusCode::Eof
                | StatusCode::Failure
                | StatusCode::BadMessage
                | StatusCode::OpUnsupported => {
                    let why = format!(
                        "the server refuses it ({})",
                        said(&status.error_message, status.status_code)
                    );
                    return Err(Trouble::Refused(why));
                }
            },
            Ok(Err(Error::Limited(why))) => return Err(Trouble::Refused(why)),
            Ok(Err(error)) => format!("the connection broke ({error})"),
            Err(_) => format!("no answer within {:?}", self.wait),
        };
        self.broken.store(true, Ordering::Relaxed);
        Err(Trouble::Lost(lost))
    }

    /// Waits for a step of reading or writing a file, not too long. Whatever goes wrong: the file is not whole.
    pub(super) async fn step<T>(
        &self,
        step: impl Future<Output = std::io::Result<T>>,
    ) -> Result<T, Trouble> {
        match timeout(self.wait, step).await {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => {
                // Not told apart from a refusal here: a new connection costs less than a dead one.
                self.broken.store(true, Ordering::Relaxed);
                Err(Trouble::Refused(error.to_string()))
            }
            Err(_) => {
                self.broken.store(true, Ordering::Relaxed);
                Err(Trouble::Lost(format!("no answer within {:?}", self.wait)))
            }
        }
    }
}

fn said(message: &str, code: StatusCode) -> String {
    if message.is_empty() {
        code.to_string()
    } else {
        message.to_owned()
    }
}
