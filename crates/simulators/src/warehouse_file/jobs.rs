//! What is to be done, and when.

use std::time::{Duration, Instant};

use super::plan::Step;

/// Something to do later.
#[derive(Debug, Clone)]
pub(super) enum Job {
    /// The next step of a return's play happens; the others follow.
    Happen { rma: String, steps: Vec<Step> },
    /// A file is written.
    Put { name: String, bytes: Vec<u8> },
    /// Half of a file is written.
    PutHalf { name: String, bytes: Vec<u8> },
    /// The rest of a file is written.
    PutRest { name: String, bytes: Vec<u8> },
    /// A file whose content was wrong comes right, unless it did already.
    Correct { file: usize },
    /// A file that was held back is written, unless it was already.
    Release { file: usize },
    /// A file is sent again, unless it was answered meanwhile.
    Resend { file: usize },
}

/// Jobs by their time.
#[derive(Debug, Default)]
pub(super) struct Jobs(Vec<(Instant, Job)>);

impl Jobs {
    pub(super) fn after(&mut self, delay: Duration, job: Job) {
        self.0.push((Instant::now() + delay, job));
    }

    /// Takes out what is due, in the order of its time.
    pub(super) fn due(&mut self, now: Instant) -> Vec<Job> {
        let (mut due, later): (Vec<_>, Vec<_>) =
            self.0.drain(..).partition(|(time, _)| *time <= now);
        self.0 = later;
        due.sort_by_key(|(time, _)| *time);
        due.into_iter().map(|(_, job)| job).collect()
    }

    /// What was to come after a file has come: its release or correction is not needed any more.
    pub(super) fn forget(&mut self, position: usize) {
        self.0.retain(|(_, job)| match job {
            Job::Release { file } | Job::Correct { file } => *file != position,
            _ => true,
        });
    }

    /// Whether nothing is left to do but what is done over and over.
    pub(super) fn is_idle(&self) -> bool {
        let over_and_over = |(_, job): &(Instant, Job)| matches!(job, Job::Resend { .. });
        self.0.iter().all(over_and_over)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobs_are_done_in_their_time() {
        let mut jobs = Jobs::default();
        jobs.after(Duration::from_secs(9), Job::Release { file: 9 });
        jobs.after(Duration::from_secs(2), Job::Release { file: 2 });
        jobs.after(Duration::from_secs(1), Job::Resend { file: 1 });
        let now = Instant::now();
        assert!(jobs.due(now).is_empty());
        let due = jobs.due(now + Duration::from_secs(3));
        assert!(matches!(
            due.as_slice(),
            [Job::Resend { file: 1 }, Job::Release { file: 2 }]
        ));
        assert!(!jobs.is_idle());
        jobs.after(Duration::from_secs(9), Job::Correct { file: 8 });
        jobs.forget(8);
        jobs.due(now + Duration::from_secs(10));
        assert!(jobs.is_idle());
    }
}
