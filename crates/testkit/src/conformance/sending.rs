//! The way out, against a real partner in every weather.

use std::sync::Arc;

use canonical::{Command, EffectKey};
use connector::{Built, Confirmation, Failure, FailureKind, Found, Outbound, Sink};

use super::{Held, Partner, SilentPorts, Trial, Weather};

/// A connector before a partner, with a command to send.
struct Scene<'a> {
    trial: &'a Trial<'a>,
    partner: Box<dyn Partner>,
    built: Built,
    command: Command,
}

impl<'a> Scene<'a> {
    async fn new(trial: &'a Trial<'a>, weather: Weather) -> Result<Self, String> {
        let command = trial.harness.commands().into_iter().next();
        let command =
            command.ok_or("the harness gives no command: waive this if nothing is sent")?;
        let partner = trial.harness.partner(weather).await;
        let partner = partner.ok_or_else(|| {
            format!("the harness has no partner for {weather:?}: waive this with a reason")
        })?;
        let built =
            (trial.connector.build)(&partner.settings(), &SilentPorts).map_err(|failure| {
                trial.note(&failure);
                format!("cannot be built: {failure}")
            })?;
        Ok(Self {
            trial,
            partner,
            built,
            command,
        })
    }

    fn sink(&self) -> Result<&Arc<dyn Sink>, String> {
        self.built
            .sink
            .as_ref()
            .ok_or_else(|| "it has no sink: waive this".to_owned())
    }

    fn body(&self) -> Result<Vec<u8>, String> {
        self.built.codec.encode(&self.command).map_err(|failure| {
            self.trial.note(&failure);
            format!("the command is not encoded: {failure}")
        })
    }

    async fn send(&self) -> Result<Result<Confirmation, Failure>, String> {
        let body = self.body()?;
        let outcome = self.sink()?.send(self.outbound(&body)).await;
        if let Err(failure) = &outcome {
            self.trial.note(failure);
        }
        Ok(outcome)
    }

    async fn find(&self) -> Result<Result<Found, Failure>, String> {
        let body = self.body()?;
        let outcome = self.sink()?.find(self.outbound(&body)).await;
        if let Err(failure) = &outcome {
            self.trial.note(failure);
        }
        Ok(outcome)
    }

    fn outbound<'b>(&'b self, body: &'b [u8]) -> Outbound<'b> {
        Outbound {
            key: &self.command.effect_key,
            command: &self.command,
            body,
        }
    }

    /// Sends, and wants a failure.
    async fn fails(&self) -> Result<Failure, String> {
        match self.send().await? {
            Ok(confirmation) => Err(format!("sending says yes: {confirmation:?}")),
            Err(failure) => Ok(failure),
        }
    }

    async fn is_complete(&self) -> Held {
        match self.find().await? {
            Ok(Found::Complete(_)) => Ok(()),
            other => Err(format!(
                "the look-up gives {other:?} instead of the complete document"
            )),
        }
    }

    fn has_applied(&self, times: usize) -> Held {
        let applied = self.partner.applied(&self.command.effect_key);
        if applied == times {
            return Ok(());
        }
        Err(format!(
            "the partner's books have it {applied} times instead of {times}"
        ))
    }
}

/// Wants a failure of that kind.
fn is(failure: &Failure, wanted: &str) -> Held {
    if failure.kind.name() == wanted {
        return Ok(());
    }
    Err(format!(
        "{} instead of {wanted}: {failure}",
        failure.kind.name()
    ))
}

pub(super) async fn probe_answers(trial: &Trial<'_>) -> Held {
    let scene = Scene::new(trial, Weather::Fair).await?;
    match scene.sink()?.probe().await {
        Ok(sentence) if !sentence.is_empty() => Ok(()),
        other => Err(format!("probe gives {other:?}")),
    }
}

pub(super) async fn unknown_key_is_nothing(trial: &Trial<'_>) -> Held {
    let mut scene = Scene::new(trial, Weather::Fair).await?;
    scene.command.effect_key = EffectKey::derive(&["never", "sent"]);
    match scene.find().await? {
        Ok(Found::Nothing) => Ok(()),
        other => Err(format!("a key that was never sent gives {other:?}")),
    }
}

pub(super) async fn send_is_idempotent(trial: &Trial<'_>) -> Held {
    let scene = Scene::new(trial, Weather::Fair).await?;
    let first = scene
        .send()
        .await?
        .map_err(|failure| format!("sending fails: {failure}"))?;
    let second = scene
        .send()
        .await?
        .map_err(|failure| format!("sending again fails: {failure}"))?;
    if first.duplicate || !second.duplicate {
        let (first, second) = (first.duplicate, second.duplicate);
        return Err(format!("duplicate is {first} at first and {second} again"));
    }
    if first.document.doc_no != second.document.doc_no {
        return Err(format!(
            "two documents: {:?} and {:?}",
            first.document, second.document
        ));
    }
    scene.is_complete().await?;
    scene.has_applied(1)
}

pub(super) async fn half_finished_is_resumed(trial: &Trial<'_>) -> Held {
    let scene = Scene::new(trial, Weather::StopsHalfway).await?;
    is(&scene.fails().await?, "in-doubt")?;
    match scene.find().await? {
        Ok(Found::Half(_)) => {}
        other => return Err(format!("the half-finished document is found as {other:?}")),
    }
    scene
        .send()
        .await?
        .map_err(|failure| format!("it is not resumed: {failure}"))?;
    scene.is_complete().await?;
    scene.has_applied(1)
}

pub(super) async fn throttled_says_how_long(trial: &Trial<'_>) -> Held {
    let scene = Scene::new(trial, Weather::Throttles).await?;
    let failure = scene.fails().await?;
    is(&failure, "throttled")?;
    if failure.kind == (FailureKind::Throttled { retry_after: None }) {
        return Err("the time that the partner gave is lost".to_owned());
    }
    scene.has_applied(0)?;
    scene
        .send()
        .await?
        .map_err(|failure| format!("sending afterwards fails: {failure}"))?;
    scene.has_applied(1)
}

pub(super) async fn server_error_is_in_doubt(trial: &Trial<'_>) -> Held {
    let scene = Scene::new(trial, Weather::Fails).await?;
    let failure = scene.fails().await?;
    if failure.kind == FailureKind::Unavailable {
        return scene.has_applied(0);
    }
    is(&failure, "in-doubt")
}

pub(super) async fn nobody_there_is_unavailable(trial: &Trial<'_>) -> Held {
    let scene = Scene::new(trial, Weather::IsAway).await?;
    is(&scene.fails().await?, "unavailable")?;
    match scene.find().await? {
        Err(failure) => is(&failure, "unavailable"),
        Ok(found) => Err(format!(
            "the look-up gives {found:?} though nobody is there"
        )),
    }
}

pub(super) async fn wrong_login_is_misconfigured(trial: &Trial<'_>) -> Held {
    let scene = Scene::new(trial, Weather::RefusesLogin).await?;
    is(&scene.fails().await?, "misconfigured")?;
    scene.has_applied(0)
}

pub(super) async fn lost_answer_is_in_doubt(trial: &Trial<'_>) -> Held {
    done_but_not_told(trial, Weather::LosesAnswer).await
}

pub(super) async fn garbage_answer_is_in_doubt(trial: &Trial<'_>) -> Held {
    done_but_not_told(trial, Weather::AnswersGarbage).await
}

async fn done_but_not_told(trial: &Trial<'_>, weather: Weather) -> Held {
    let scene = Scene::new(trial, weather).await?;
    is(&scene.fails().await?, "in-doubt")?;
    scene.has_applied(1)?;
    scene.is_complete().await?;
    let again = scene.send().await?;
    let again = again.map_err(|failure| format!("sending again fails: {failure}"))?;
    if !again.duplicate {
        return Err("sending again is not recognised as a duplicate".to_owned());
    }
    scene.has_applied(1)
}
