//! Prometheus' own check of rules: `promtool`, of Debian's package prometheus, installed when it is missing.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::debian;

/// What it says of files of rules: `Ok` that they are sound, `Err` what is wrong.
pub fn check_rules(promtool: &Path, files: &[PathBuf]) -> Result<String, String> {
    let mut command = Command::new(promtool);
    let output = command.args(["check", "rules"]).args(files).output();
    let output = output.map_err(|error| error.to_string())?;
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    if output.status.success() {
        Ok(said)
    } else {
        Err(said)
    }
}

/// Where it is. `Err` is the sentence to print when a test is left out.
pub fn available() -> Result<PathBuf, String> {
    static AVAILABLE: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let find_or_install = || {
        let lock = File::create(std::env::temp_dir().join("backhaul-promtool-install"))
            .map_err(|e| e.to_string())?;
        lock.lock().map_err(|e| e.to_string())?;
        if found().is_none() {
            debian::install("prometheus").map_err(|e| format!("{e:#}"))?;
        }
        found().ok_or_else(|| "prometheus was installed, and promtool is not found".to_owned())
    };
    AVAILABLE.get_or_init(find_or_install).clone()
}

fn found() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut files = std::env::split_paths(&path).map(|folder| folder.join("promtool"));
    files.find(|file| file.is_file())
}
