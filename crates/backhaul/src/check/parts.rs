//! Connector instances: each checks itself, then is built against ports that only take notes.

use std::sync::{Arc, Mutex};

use connector::{Failure, Inlet, Notes, NotesLost, Ports};

use crate::config::Config;
use crate::ingress::{PathTaken, claim};
use crate::registry;
use crate::report::{Report, Severity};

pub(super) fn check(config: &Config, report: &mut Report) {
    let ports = Silence::default();
    for (name, block) in &config.connectors {
        let place = format!("connectors.{name}");
        if block.kind.is_empty() {
            let fix = format!("write type = \"…\", one of {}", registry::names());
            report.problem(format!("{place}.type"), "it is missing", fix);
            continue;
        }
        let Some(connector) = registry::find(&block.kind) else {
            let what = format!("there is no connector type {:?}", block.kind);
            report.problem(
                format!("{place}.type"),
                what,
                format!("one of {}", registry::names()),
            );
            continue;
        };
        let settings = block.settings(name, &config.base_dir);
        let problems = (connector.check)(&settings);
        let sound = problems.is_empty();
        for problem in problems {
            report.add(Severity::Problem, problem);
        }
        if !sound {
            continue;
        }
        match (connector.build)(&settings, &ports) {
            Err(_) if config.has_unset(&place) => {}
            Err(failure) => report.failure(&place, &failure),
            Ok(built) => {
                let routed = config.routes.iter().any(|route| route.connector == *name);
                if built.sink.is_none() && routed {
                    report.problem(
                        &place,
                        "a route leads to it, and it has no way out",
                        "configure where it delivers to, or remove the route",
                    );
                }
                if built.sink.is_some() && !routed {
                    report.warning(
                        &place,
                        "it can deliver, and no route leads to it",
                        "add a route with this connector, or leave it so if it only takes in",
                    );
                }
                let within = built.sink.as_ref().and_then(|s| s.acknowledged_within());
                if let Some(within) = within
                    && within > block.retry.unknown_sla
                {
                    report.problem(
                        format!("{place}.retry.unknown_sla"),
                        format!(
                            "it is {:?}, and the partner may take {within:?} to acknowledge: a document would be given up while \
                             its acknowledgement may still come",
                            block.retry.unknown_sla
                        ),
                        "make it longer than the partner's time to acknowledge",
                    );
                }
                if built.source.is_none() && block.expect_every.is_some() {
                    report.problem(
                        format!("{place}.expect_every"),
                        "nothing can come in from it: it would be called silent for ever",
                        "configure where it takes in from, or remove the key",
                    );
                }
                if built.source.is_none() && built.sink.is_none() {
                    let fix = "configure where it takes in from or delivers to";
                    report.problem(&place, "it has neither a way in nor a way out", fix);
                }
            }
        }
    }
}

/// Ports that open nothing and remember which paths were asked for.
#[derive(Default)]
struct Silence {
    paths: Mutex<Vec<String>>,
}

impl Ports for Silence {
    fn http(&self, path: &str, _max_bytes: usize) -> Result<Box<dyn Inlet>, Failure> {
        let mut paths = self
            .paths
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        claim(path, paths.iter().any(|taken| taken == path)).map_err(PathTaken::failure)?;
        paths.push(path.to_owned());
        Ok(Box::new(Nothing))
    }

    fn amqp(&self, _queue: &str) -> Result<Box<dyn Inlet>, Failure> {
        Ok(Box::new(Nothing))
    }

    fn notes(&self, _instance: &str) -> Arc<dyn Notes> {
        Arc::new(Nothing)
    }
}

#[async_trait::async_trait]
impl Notes for Nothing {
    async fn number(&self, _series: &str, _key: &str) -> Result<u64, NotesLost> {
        Err(unread())
    }

    async fn get(&self, _space: &str, _key: &str) -> Result<Option<String>, NotesLost> {
        Err(unread())
    }

    async fn claim(&self, _: &str, _: &str, _: &str) -> Result<Option<String>, NotesLost> {
        Err(unread())
    }

    async fn put(&self, _: &str, _: &str, _: &str) -> Result<(), NotesLost> {
        Err(unread())
    }

    async fn list(&self, _: &str, _: &str, _: usize) -> Result<Vec<(String, String)>, NotesLost> {
        Err(unread())
    }
}

/// A check opens no store.
fn unread() -> NotesLost {
    NotesLost("a check opens no store".to_owned())
}

/// A way in where nothing comes.
struct Nothing;

#[async_trait::async_trait]
impl Inlet for Nothing {
    async fn next(&mut self) -> Result<Option<connector::InletDelivery>, Failure> {
        Ok(None)
    }

    async fn answer(&mut self, _id: u64, _answer: connector::Answer) -> Result<(), Failure> {
        Ok(())
    }
}
