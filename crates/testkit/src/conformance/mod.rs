//! The conformance suite: what every connector must do, whatever its partner is like.
//!
//! A connector's tests give a [`Harness`] (samples, golden folder, a real small partner that misbehaves on demand) and [`run`]
//! tries every [`Behaviour`]. What does not apply is waived with a reason, and the [`Report`] shows it.
//!
//! ```text
//! #[tokio::test]
//! async fn conforms() {
//!     testkit::conformance::run(&my_connector::CONNECTOR, &MyHarness).await.assert_held();
//! }
//! ```

mod behaviour;
mod decoding;
mod encoding;
mod harness;
mod hostile;
mod papers;
mod ports;
mod report;
mod sending;

use std::sync::{Mutex, PoisonError};

use connector::{Connector, Failure};

pub use behaviour::Behaviour;
pub use harness::{Harness, Neighbours, Partner, Waiver, Weather};
pub use papers::goldens;
pub use ports::SilentPorts;
pub use report::{Outcome, Report};

/// Least number of goldens.
pub const MIN_GOLDENS: usize = 5;

/// What a behaviour is tried with.
struct Trial<'a> {
    connector: &'a Connector,
    harness: &'a dyn Harness,
    /// Every failure met so far: all their codes must be declared.
    met: Mutex<Vec<Failure>>,
}

/// Held, or a sentence that says what happened instead.
type Held = Result<(), String>;

impl Trial<'_> {
    fn note(&self, failure: &Failure) {
        self.met
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(failure.clone());
    }
}

/// Tries every behaviour.
pub async fn run(connector: &Connector, harness: &dyn Harness) -> Report {
    let trial = Trial {
        connector,
        harness,
        met: Mutex::new(Vec::new()),
    };
    let waivers = harness.waivers();
    let mut report = Report::new(connector.name);
    for behaviour in Behaviour::ALL {
        let waiver = waivers.iter().find(|waiver| waiver.behaviour == *behaviour);
        let outcome = match waiver {
            Some(waiver) => Outcome::Waived(waiver.reason.to_owned()),
            None => match attempt(&trial, *behaviour).await {
                Ok(()) => Outcome::Held,
                Err(what) => Outcome::Broken(what),
            },
        };
        report.add(*behaviour, outcome);
    }
    report
}

async fn attempt(trial: &Trial<'_>, behaviour: Behaviour) -> Held {
    match behaviour {
        Behaviour::OptionsAreDescribed => papers::options_are_described(trial),
        Behaviour::UnknownOptionIsRefused => papers::unknown_option_is_refused(trial),
        Behaviour::ReadmeHasEveryCode => papers::readme_has_every_code(trial),
        Behaviour::CapabilitiesAreTrue => papers::capabilities_are_true(trial),
        Behaviour::EnoughGoldens => papers::enough_goldens(trial),
        Behaviour::EncodesTheSameTwice => encoding::encodes_the_same_twice(trial),
        Behaviour::DecodesTheSameTwice => decoding::decodes_the_same_twice(trial),
        Behaviour::NeighboursAreUnharmed => decoding::neighbours_are_unharmed(trial),
        Behaviour::HostileInputIsMalformed => hostile::hostile_input_is_malformed(trial),
        Behaviour::DamagedInputNeverPanics => hostile::damaged_input_never_panics(trial),
        Behaviour::ProbeAnswers => sending::probe_answers(trial).await,
        Behaviour::UnknownKeyIsNothing => sending::unknown_key_is_nothing(trial).await,
        Behaviour::SendIsIdempotent => sending::send_is_idempotent(trial).await,
        Behaviour::HalfFinishedIsResumed => sending::half_finished_is_resumed(trial).await,
        Behaviour::ThrottledSaysHowLong => sending::throttled_says_how_long(trial).await,
        Behaviour::ServerErrorIsInDoubt => sending::server_error_is_in_doubt(trial).await,
        Behaviour::NobodyThereIsUnavailable => sending::nobody_there_is_unavailable(trial).await,
        Behaviour::WrongLoginIsMisconfigured => sending::wrong_login_is_misconfigured(trial).await,
        Behaviour::LostAnswerIsInDoubt => sending::lost_answer_is_in_doubt(trial).await,
        Behaviour::GarbageAnswerIsInDoubt => sending::garbage_answer_is_in_doubt(trial).await,
        Behaviour::EveryCodeIsDeclared => papers::every_code_is_declared(trial),
    }
}

#[cfg(test)]
mod tests;
