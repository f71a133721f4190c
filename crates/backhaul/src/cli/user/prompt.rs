//! Reads a password: from a terminal without showing it, or the first line of standard input.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use rustix::stdio::stdin;
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

use crate::cli::Ended;

/// What was typed, without the end of its line.
pub(super) fn password() -> Result<String, Ended> {
    if !io::stdin().is_terminal() {
        return Ok(line()?);
    }
    let silent = Silent::begin()?;
    let one = asked("Password: ")?;
    let two = asked("The same again: ")?;
    drop(silent);
    if one != two {
        return Err(Ended::Wrong(
            "they are not the same: nothing was done".to_owned(),
        ));
    }
    Ok(one)
}

fn asked(what: &str) -> io::Result<String> {
    let mut err = io::stderr().lock();
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
