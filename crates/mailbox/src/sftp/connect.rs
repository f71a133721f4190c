//! Gets a connection: reaches the server, checks its key, logs in, opens SFTP.

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::SignedDuration;
use russh::client::{self, AuthResult, Handle, KeyboardInteractiveAuthResponse};
use russh::keys::ssh_key::{HashAlg, PublicKey};
use russh::keys::{PrivateKey, PrivateKeyWithHashAlg, PublicKeyOrCertificate};
use russh::{MethodKind, MethodSet, Preferred};
use russh_sftp::client::SftpSession;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::key;
use super::line::Line;
use super::pin::Pin;
use crate::config::SftpOptions;
use crate::port::MailboxError;

/// A silent connection is asked whether it still lives.
const KEEPALIVE: Duration = Duration::from_secs(20);
/// Packets of a file on their way at the same time.
const ON_THE_WAY: usize = 4;

/// Whom to reach, and how we prove who we are.
pub(super) struct Target {
    host: String,
    port: u16,
    user: String,
    login: Login,
    pin: Option<Pin>,
    connect_timeout: Duration,
    timeout: Duration,
}

enum Login {
    Key(Arc<PrivateKey>),
    Password(SecretString),
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sftp://{}@{}:{}", self.user, self.host, self.port)
    }
}

impl Target {
    pub(super) fn new(options: &SftpOptions, base_dir: &Path) -> Result<Self, MailboxError> {
        let wrong = |what: String| MailboxError::Misconfigured(what);
        let login = match (&options.key_file, &options.password) {
            (Some(path), None) => {
                let read = key::read(&base_dir.join(path), options.passphrase.as_ref());
                let key = read
                    .map_err(|bad| wrong(format!("{}: {}; {}", bad.option, bad.what, bad.fix)))?;
                Login::Key(Arc::new(key))
            }
            (None, Some(password)) => Login::Password(password.clone()),
            (Some(_), Some(_)) | (None, None) => {
                return Err(wrong("give either `key_file` or `password`".to_owned()));
            }
        };
        let pin = options.host_key.as_deref().map(Pin::read).transpose();
        Ok(Self {
            host: options.host.clone(),
            port: options.port,
            user: options.user.clone(),
            login,
            pin: pin.map_err(|what| wrong(format!("host_key: {what}")))?,
            connect_timeout: wait(options.connect_timeout),
            timeout: wait(options.timeout),
        })
    }

    fn config(&self) -> client::Config {
        let mut preferred = Preferred::default();
        if let Some(Pin::Key(key)) = &self.pin {
            // A server may have keys of several kinds: it is to show the one that we know.
            let kind = key.algorithm();
            let mut kinds = vec![kind.clone()];
            kinds.extend(
                preferred
                    .key
                    .iter()
                    .filter(|other| **other != kind)
                    .cloned(),
            );
            preferred.key = kinds.into();
        }
        client::Config {
            preferred,
            keepalive_interval: Some(KEEPALIVE),
            ..client::Config::default()
        }
    }

    fn unavailable(&self, what: impl fmt::Display) -> MailboxError {
        MailboxError::Unavailable(format!("{self}: {what}"))
    }

    fn misconfigured(&self, what: impl fmt::Display) -> MailboxError {
        MailboxError::Misconfigured(format!("{self}: {what}"))
    }

    /// What an error of the first steps means.
    fn failed(&self, error: &russh::Error, seen: Option<&str>) -> MailboxError {
        match error {
            russh::Error::UnknownKey => self.misconfigured(self.key_sentence(seen)),
            russh::Error::NoCommonAlgo { kind, theirs, .. } => self.misconfigured(format!(
                "the server and we have no {kind:?} method in common; it offers {}",
                theirs.join(", ")
            )),
            error => self.unavailable(format!("no connection: {error}")),
        }
    }

    fn key_sentence(&self, seen: Option<&str>) -> String {
        let seen = seen.unwrap_or("a key of a kind that is not supported");
        if self.pin.is_some() {
            format!(
                "the server shows the key {seen}, which is not the one in `host_key`: ask the partner whether it changed"
            )
        } else {
            format!(
                "the server shows the key {seen}: if the partner confirms it, write it into `host_key`"
            )
        }
    }
}

fn wait(option: SignedDuration) -> Duration {
    option.unsigned_abs()
}

/// Compares the server's key with the pinned one.
pub(super) struct HostCheck {
    pin: Option<Pin>,
    seen: Arc<Mutex<Option<String>>>,
}

impl client::Handler for HostCheck {
    type Error = russh::Error;

    async fn check_server_key(
        &mut self,
        shown: &PublicKeyOrCertificate,
    ) -> Result<bool, russh::Error> {
        let key = shown.public_key();
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(fingerprint(&key));
        Ok(self.pin.as_ref().is_some_and(|pin| pin.is(&key)))
    }
}

fn fingerprint(key: &PublicKey) -> String {
    key.fingerprint(HashAlg::Sha256).to_string()
}

/// Connects, within the time for it.
pub(super) async fn connect(target: &Target) -> Result<Line, MailboxError> {
    timeout(target.connect_timeout, open(target))
        .await
        .unwrap_or_else(|_| {
            Err(target.unavailable(format!("no connection within {:?}", target.connect_timeout)))
        })
}

async fn open(target: &Target) -> Result<Line, MailboxError> {
    let stream = TcpStream::connect((target.host.as_str(), target.port))
        .await
        .map_err(|error| target.unavailable(format!("no connection: {error}")))?;
    // Requests are small, and each waits for its answer.
    stream
        .set_nodelay(true)
        .map_err(|error| target.unavailable(format!("no connection: {error}")))?;
    let seen = Arc::new(Mutex::new(None));
    let check = HostCheck {
        pin: target.pin.clone(),
        seen: Arc::clone(&seen),
    };
    let look = || seen.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let mut ssh = client::connect_stream(Arc::new(target.config()), stream, check)
        .await
        .map_err(|error| target.failed(&error, look().as_deref()))?;
    login(target, &mut ssh).await?;
    let unavailable = |error: russh::Error| target.unavailable(format!("no session: {error}"));
    let channel = ssh.channel_open_session().await.map_err(unavailable)?;
    let asked = channel.request_subsystem(true, "sftp").await;
    asked.map_err(|error| target.unavailable(format!("no SFTP: {error}")))?;
    // Our own limit is the one that counts: it also covers what is not a request.
    let config = russh_sftp::client::Config {
        max_concurrent_reads: ON_THE_WAY,
        max_concurrent_writes: ON_THE_WAY,
        request_timeout_secs: target.timeout.as_secs().saturating_add(5),
        ..russh_sftp::client::Config::default()
    };
    let sftp = SftpSession::new_with_config(channel.into_stream(), config)
        .await
        .map_err(|error| target.unavailable(format!("the server offers no SFTP: {error}")))?;
    Ok(Line::new(
        sftp,
        ssh,
        look().unwrap_or_default(),
        target.timeout,
    ))
}

async fn login(target: &Target, ssh: &mut Handle<HostCheck>) -> Result<(), MailboxError> {
    let lost = |error: russh::Error| target.unavailable(format!("no login: {error}"));
    let (what, result) = match &target.login {
        Login::Key(key) => {
            let key = PrivateKeyWithHashAlg::new(Arc::clone(key), None);
            let result = ssh.authenticate_publickey(target.user.as_str(), key).await;
            ("our key", result.map_err(lost)?)
        }
        Login::Password(password) => {
            let secret = password.expose_secret();
            let result = ssh
                .authenticate_password(target.user.as_str(), secret)
                .await;
            ("our password", result.map_err(lost)?)
        }
    };
    let (left, partly) = match result {
        AuthResult::Success => return Ok(()),
        AuthResult::Failure {
            remaining_methods,
            partial_success,
        } => (remaining_methods, partial_success),
    };
    if let Login::Password(password) = &target.login
        && left.contains(&MethodKind::KeyboardInteractive)
        && answers(target, ssh, password).await?
    {
        return Ok(());
    }
    let methods = named(&left);
    Err(target.misconfigured(if partly {
        format!("the server took {what} and wants more ({methods}), which is not supported")
    } else {
        format!("the server refuses {what}; it takes {methods}")
    }))
}

fn named(methods: &MethodSet) -> String {
    let names: Vec<String> = methods
        .iter()
        .map(|kind| String::from(<&str>::from(kind)))
        .collect();
    if names.is_empty() {
        "nothing else".to_owned()
    } else {
        names.join(", ")
    }
}

/// Some servers ask for the password as a question.
async fn answers(
    target: &Target,
    ssh: &mut Handle<HostCheck>,
    password: &SecretString,
) -> Result<bool, MailboxError> {
    let lost = |error: russh::Error| target.unavailable(format!("no login: {error}"));
    let started = ssh
        .authenticate_keyboard_interactive_start(target.user.as_str(), None)
        .await;
    let mut answer = started.map_err(lost)?;
    // A question for the password, and one without prompts that says goodbye.
    for _ in 0..3 {
        let prompts = match answer {
            KeyboardInteractiveAuthResponse::Success => return Ok(true),
            KeyboardInteractiveAuthResponse::Failure { .. } => return Ok(false),
            KeyboardInteractiveAuthResponse::InfoRequest { prompts, .. } => prompts,
        };
        let secrets = prompts
            .iter()
            .map(|_| password.expose_secret().to_owned())
            .collect();
        let said = ssh.authenticate_keyboard_interactive_respond(secrets).await;
        answer = said.map_err(lost)?;
    }
    Ok(matches!(answer, KeyboardInteractiveAuthResponse::Success))
}
