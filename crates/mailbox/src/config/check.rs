//! What may be wrong with the options of a mailbox. Offline.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::SignedDuration;
use secrecy::{ExposeSecret as _, SecretString};

use super::{FolderOptions, Folders, HOST_KEY, Options, SftpOptions};
use crate::name::UNFINISHED;
use crate::sftp::{Pin, key};

type Problem = (String, String, String);

/// Collects what is wrong.
struct Report(Vec<Problem>);

impl Report {
    fn add(&mut self, option: &str, what: impl Into<String>, fix: impl Into<String>) {
        self.0.push((option.to_owned(), what.into(), fix.into()));
    }
}

pub(super) fn check(options: &Options, base_dir: &Path) -> Vec<Problem> {
    let mut report = Report(Vec::new());
    match options {
        Options::Folder(options) => folder(&mut report, options),
        Options::Sftp(options) => sftp(&mut report, options, base_dir),
    }
    report.0
}

fn folder(report: &mut Report, options: &FolderOptions) {
    if options.path.as_os_str().is_empty() {
        report.add("path", "it is empty", "name a folder");
    }
    folders(report, &options.folders);
    looks(report, options.stable_for, options.done_marker.as_deref());
}

fn sftp(report: &mut Report, options: &SftpOptions, base_dir: &Path) {
    if options.host.trim().is_empty() {
        report.add("host", "it is empty", "name the server");
    }
    if options.host.contains([':', '/', '@']) && options.host.parse::<std::net::IpAddr>().is_err() {
        let fix = "name only the server; `port`, `user` and `path` are options of their own";
        report.add("host", "it is not the name of a server", fix);
    }
    if options.port == 0 {
        report.add("port", "it is zero", "write 22, or what the partner says");
    }
    if options.user.is_empty() {
        report.add("user", "it is empty", "give the user");
    }
    host_key(report, options.host_key.as_deref());
    credentials(report, options, base_dir);
    folders(report, &options.folders);
    looks(report, options.stable_for, options.done_marker.as_deref());
    for (option, wait) in [
        ("connect_timeout", options.connect_timeout),
        ("timeout", options.timeout),
    ] {
        if !wait.is_positive() {
            report.add(option, "it is not above zero", "write \"10s\"");
        }
    }
}

fn host_key(report: &mut Report, pin: Option<&str>) {
    let Some(pin) = pin else {
        let fix = "ask the partner for it; probing the mailbox tells the fingerprint that the server shows";
        report.add(HOST_KEY, "the server's key is not given", fix);
        return;
    };
    if let Err(what) = Pin::read(pin) {
        let fix = "write `ssh-ed25519 AAAA…` as in the server's public key file, or `SHA256:…`";
        report.add(HOST_KEY, what, fix);
    }
}

fn credentials(report: &mut Report, options: &SftpOptions, base_dir: &Path) {
    let empty = |secret: &Option<SecretString>| {
        secret
            .as_ref()
            .is_some_and(|secret| secret.expose_secret().is_empty())
    };
    match (&options.key_file, &options.password) {
        (None, None) => report.add(
            "key_file",
            "there is no key and no password",
            "give one of them",
        ),
        (Some(_), Some(_)) => {
            let fix = "leave one of them out";
            report.add("password", "there is a key and a password", fix);
        }
        (Some(path), None) => {
            let path = base_dir.join(path);
            // A machine that only checks the configuration must not have the key.
            if path.exists()
                && let Err(error) = key::read(&path, options.passphrase.as_ref())
            {
                report.add(error.option, error.what, error.fix);
            }
        }
        (None, Some(_)) => {}
    }
    if options.passphrase.is_some() && options.key_file.is_none() {
        let fix = "give `key_file`, or leave the passphrase out";
        report.add("passphrase", "there is no key that it belongs to", fix);
    }
    for (option, secret) in [
        ("passphrase", &options.passphrase),
        ("password", &options.password),
    ] {
        if empty(secret) {
            report.add(option, "it is empty", "give it, or leave it out");
        }
    }
}

fn folders(report: &mut Report, folders: &Folders) {
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    for (option, name) in folders.named() {
        let place = format!("folders.{option}");
        if name.trim().is_empty() {
            report.add(&place, "it is empty", "name a folder");
            continue;
        }
        let same = name.trim_end_matches('/').to_owned();
        if let Some(other) = seen.insert(same, option) {
            let what = format!("it is the same as `{other}`");
            report.add(&place, what, "the five folders must differ");
        }
    }
}

fn looks(report: &mut Report, stable_for: SignedDuration, marker: Option<&str>) {
    if stable_for.is_negative() {
        report.add(
            "stable_for",
            "it is negative",
            "write \"2s\", or \"0s\" for at once",
        );
    }
    let Some(marker) = marker else { return };
    if marker.len() < 2 || !marker.starts_with('.') || marker.contains('/') {
        let fix = "write the ending with its dot, as \".done\"";
        report.add("done_marker", "it is not an ending", fix);
    }
    if UNFINISHED.contains(&marker.to_ascii_lowercase().as_str()) {
        let fix = "choose \".done\" or \".ok\"";
        report.add("done_marker", "files that end so are being written", fix);
    }
}

impl Folders {
    /// The folders with the names of their options.
    pub(crate) fn named(&self) -> [(&'static str, &str); 5] {
        [
            ("in", &self.inbox),
            ("work", &self.work),
            ("done", &self.done),
            ("rejected", &self.rejected),
            ("out", &self.out),
        ]
    }
}
