//! Packages of Debian that tests need: installed when they are missing, if this is a Debian and we may.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

/// True if we are root.
pub(crate) fn is_root() -> bool {
    Command::new("id")
        .arg("-u")
        .output()
        .is_ok_and(|o| o.stdout.trim_ascii() == b"0")
}

/// Installs a package, without starting its service.
pub(crate) fn install(package: &str) -> Result<()> {
    if !is_root() || !Path::new("/usr/bin/apt-get").is_file() {
        bail!("this test needs Debian's package {package}: install it");
    }
    // Debian starts a service when its package is installed, unless this says no.
    let policy = Path::new("/usr/sbin/policy-rc.d");
    let ours = !policy.exists();
    if ours {
        use std::os::unix::fs::PermissionsExt as _;
        fs::write(policy, "#!/bin/sh\nexit 101\n")?;
        fs::set_permissions(policy, fs::Permissions::from_mode(0o755))?;
    }
    let done = apt_get(&["update"])
        .and_then(|()| apt_get(&["install", "-y", "--no-install-recommends", package]));
    if ours {
        fs::remove_file(policy)?;
    }
    done
}

fn apt_get(arguments: &[&str]) -> Result<()> {
    let mut command = Command::new("apt-get");
    let output = command
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .output()?;
    if output.status.success() {
        return Ok(());
    }
    bail!(
        "apt-get {} says: {}",
        arguments.join(" "),
        String::from_utf8_lossy(&output.stderr)
    )
}
