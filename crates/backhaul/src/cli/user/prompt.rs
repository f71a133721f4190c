//! Reads a password: from a terminal without showing it, or the first line of standard input.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use rustix::stdio::stdin;
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

use crate::cli::Ended;

/// What was typed, without the end of its line. Whoever is stopped meanwhile (Ctrl-C) leaves a terminal that shows again.
pub(super) async fn password() -> Result<String, Ended> {
    if !io::stdin().is_terminal() {
        let read = tokio::task::spawn_blocking(line).await;
        return Ok(read.map_err(|error| Ended::Failed(error.to_string()))??);
    }
    // Heard before the terminal is silent.
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hangup = signal(SignalKind::hangup())?;
    let silent = Silent::begin()?;
    let (told, typed) = oneshot::channel();
    // A thread of its own: the command ends even while this one waits for a line.
    std::thread::spawn(move || told.send(twice()).ok());
    let stopped = || Ended::Failed("stopped: nothing was done".to_owned());
    let typed = tokio::select! {
        typed = typed => typed.map_err(|_| stopped())?,
        _ = interrupt.recv() => Err(stopped()),
        _ = terminate.recv() => Err(stopped()),
        _ = hangup.recv() => Err(stopped()),
    };
    drop(silent);
    typed
}

fn twice() -> Result<String, Ended> {
    let one = asked("Password: ")?;
    let two = asked("The same again: ")?;
    if one != two {
        return Err(Ended::Wrong(
            "they are not the same: nothing was done".to_owned(),
        ));
    }
    Ok(one)
}

fn asked(what: &str) -> io::Result<String> {
    // Not locked while a line is waited for: whoever is stopped meanwhile is told so.
    let mut err = io::stderr();
    write!(err, "{what}")?;
    err.flush()?;
    let text = line()?;
    // The end of the line was not shown either.
    writeln!(err)?;
    Ok(text)
}

fn line() -> io::Result<String> {
    let mut text = String::new();
    io::stdin().lock().read_line(&mut text)?;
    Ok(text.trim_end_matches(['\n', '\r']).to_owned())
}

/// A terminal that does not show what is typed, until this is dropped.
struct Silent(Termios);

impl Silent {
    fn begin() -> io::Result<Self> {
        let before = tcgetattr(stdin())?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO);
        tcsetattr(stdin(), OptionalActions::Flush, &silent)?;
        Ok(Self(before))
    }
}

impl Drop for Silent {
    fn drop(&mut self) {
        if let Err(error) = tcsetattr(stdin(), OptionalActions::Now, &self.0) {
            crate::cli::output::complain(&format!(
                "the terminal stays silent (reset shows again): {error}"
            ));
        }
    }
}
