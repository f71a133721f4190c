//! A sidecar as a process of its own: started from a configuration file, asked, stopped, killed.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

/// A running sidecar. Dropped, it is killed.
pub struct Sidecar {
    program: PathBuf,
    config: PathBuf,
    child: Child,
    /// Base address of its listener for connectors.
    pub ingress: String,
    /// Base address of its metrics and health.
    pub admin: String,
}

impl Sidecar {
    /// Starts it and waits until it is ready. `program` is the product's command.
    pub async fn start(program: &Path, config: &Path, ingress: u16, admin: u16) -> Result<Self> {
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(config.with_extension("log"))?;
        let child = Command::new(program)
            .args(["run", "--config"])
            .arg(config)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .context("cannot start the sidecar")?;
        let mut sidecar = Self {
            program: program.to_owned(),
            config: config.to_owned(),
            child,
            ingress: format!("http://127.0.0.1:{ingress}"),
            admin: format!("http://127.0.0.1:{admin}"),
        };
        sidecar.until_ready().await?;
        Ok(sidecar)
    }

    async fn until_ready(&mut self) -> Result<()> {
        let deadline = Instant::now() + Duration::from_mins(1);
        let ready = format!("{}/readyz", self.admin);
        loop {
            if let Ok(answer) = reqwest::get(&ready).await
                && answer.status().is_success()
            {
                return Ok(());
            }
            if let Some(status) = self.child.try_wait()? {
                bail!("the sidecar ended with {status}: {}", self.log());
            }
            if Instant::now() > deadline {
                bail!("the sidecar is not ready after 60 s: {}", self.log());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// How it ended, if it did.
    pub fn ended(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// What it logged so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.config.with_extension("log")).unwrap_or_default()
    }

    /// The most memory that it ever had, in bytes.
    pub fn peak_memory(&self) -> Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = line.and_then(|line| line.split_whitespace().next());
        let kilobytes: u64 = kilobytes.context("no VmHWM")?.parse()?;
        Ok(kilobytes * 1024)
    }

    /// SIGKILL: no goodbye.
    pub fn kill(mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// SIGTERM, and waits for the drain.
    pub async fn terminate(mut self) -> Result<ExitStatus> {
        self.signal("TERM")?;
        self.until_ended().await
    }

    /// Sends it a signal.
    pub fn signal(&self, name: &str) -> Result<()> {
        let pid = self.child.id().to_string();
        Command::new("kill").args(["-s", name, &pid]).status()?;
        Ok(())
    }

    /// Waits until it has ended.
    pub async fn until_ended(&mut self) -> Result<ExitStatus> {
        let deadline = Instant::now() + Duration::from_mins(1);
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        bail!(
            "the sidecar did not end within 60 s of SIGTERM: {}",
            self.log()
        )
    }

    /// Runs another command of the product on the same configuration; its JSON.
    pub fn ask(&self, arguments: &[&str]) -> Result<serde_json::Value> {
        let output = self.command(arguments)?;
        if !output.status.success() {
            bail!("{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(serde_json::from_slice(&output.stdout)?)
    }

    /// Runs another command of the product on the same configuration.
    pub fn command(&self, arguments: &[&str]) -> Result<Output> {
        command(&self.program, &self.config, arguments)
    }
}

impl Drop for Sidecar {
    fn drop(&mut self) {
        if self.child.kill().is_ok() {
            drop(self.child.wait());
        }
    }
}

/// Runs a command of the product on a configuration.
pub fn command(program: &Path, config: &Path, arguments: &[&str]) -> Result<Output> {
    Ok(Command::new(program)
        .args(arguments)
        .arg("--config")
        .arg(config)
        .output()?)
}

/// Two ports that were free a moment ago.
pub fn ports() -> Result<(u16, u16)> {
    Ok((testkit::ports::free()?, testkit::ports::free()?))
}
