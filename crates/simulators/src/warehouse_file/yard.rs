//! The warehouse at work: it looks into its folder, does what is due, writes files. One look is one [`Yard::tick`].

use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::tz::TimeZone;

use super::folders::{Folders, Seen};
use super::jobs::Job;
use super::state::{Cure, State};
use super::{Config, Ledger, ledger};
use crate::faults::Faults;

const UNTIL_TRIED_AGAIN: Duration = Duration::from_millis(500);

/// The warehouse's state.
#[derive(Debug)]
pub(super) struct Yard {
    pub(super) config: Config,
    pub(super) zone: TimeZone,
    pub(super) folders: Folders,
    pub(super) faults: Faults,
    state: Mutex<State>,
    seen: Mutex<Seen>,
}

impl Yard {
    /// Opens it; makes the folders that are missing.
    pub(super) fn open(config: Config) -> io::Result<Self> {
        let zone = TimeZone::get(&config.zone).map_err(io::Error::other)?;
        Ok(Self {
            zone,
            folders: Folders::open(&config)?,
            faults: Faults::new(config.faults.iter().cloned()),
            state: Mutex::default(),
            seen: Mutex::default(),
            config,
        })
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn ledger(&self) -> Ledger {
        let state = self.state();
        ledger::of(&state, self.rests(&state))
    }

    pub(super) fn is_idle(&self) -> bool {
        self.rests(&self.state())
    }

    fn rests(&self, state: &State) -> bool {
        state.is_idle() && !self.folders.has_mail()
    }

    /// One look: mail is read, what is due is done, rows go into files.
    pub(super) fn tick(&self) {
        if let Err(error) = self.read_mail() {
            tracing::warn!(%error, "could not look into the folder");
        }
        self.do_what_is_due();
        self.collect(&mut self.state());
        self.do_what_is_due();
    }

    fn read_mail(&self) -> io::Result<()> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        for name in self.folders.look(&mut seen)? {
            let mut state = self.state();
            state.taken += 1;
            let bytes = self.folders.take(&name, state.taken)?;
            self.read(&mut state, &name, &bytes);
        }
        Ok(())
    }

    fn do_what_is_due(&self) {
        let mut state = self.state();
        let due = state.jobs.due(Instant::now());
        for job in due {
            if let Err(error) = self.carry_out_job(&mut state, job.clone()) {
                tracing::warn!(%error, "could not write a file");
                state.jobs.after(UNTIL_TRIED_AGAIN, job);
            }
        }
    }

    fn carry_out_job(&self, state: &mut State, job: Job) -> io::Result<()> {
        match job {
            Job::Put { name, bytes } => self.folders.put(&name, &bytes)?,
            Job::PutHalf { name, bytes } => self.folders.put_half(&name, &bytes)?,
            Job::PutRest { name, bytes } => self.folders.put_rest(&name, &bytes)?,
            Job::Happen { rma, steps } => state.happen(&self.config, rma, steps),
            Job::Correct { file } => {
                let cure = state.files.get(file).and_then(|file| file.wrong);
                self.correct(state, file, cure.unwrap_or(Cure::SameNumber));
            }
            Job::Release { file } => state.release(file),
            Job::Resend { file } => state.resend(file, self.config.resend_ms),
        }
        Ok(())
    }
}
