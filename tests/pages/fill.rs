//! Plays the returns that are copied.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

/// Plays so many returns with misbehaving partners, in a process of its own, and leaves their store in the folder.
pub(crate) fn play(folder: &Path, returns: u32) -> Result<()> {
    let program = std::env::current_exe()?.with_file_name("product");
    if !program.exists() {
        bail!("build the product first: cargo build --release -p tests --bin product");
    }
    let store = format!("sqlite:{}", folder.join("backhaul.db").display());
    println!("playing {returns} returns");
    let status = Command::new(program)
        .args(["demo", "--once", "--store", &store, "--returns"])
        .arg(returns.to_string())
        .stdout(Stdio::null())
        .status()
        .context("cannot start the demo")?;
    if !status.success() {
        bail!("the demo ended with {status}");
    }
    Ok(())
}
