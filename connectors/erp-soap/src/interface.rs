//! A profile made ready: its shapes compiled, its operations chosen by paper, its envelopes written. Pure.

use std::collections::BTreeMap;
use std::sync::Arc;

use canonical::Command;
use connector::mapping::{self, Json, Mapping};
use connector::paper::{Matter, Movement, Paper};
use connector::{Failure, Problem};
use serde::Serialize;

use crate::failures;
use crate::profile::{Call, Form, Operation, Profile};
use crate::samples;
use crate::wire::{Body, Version, envelope};

/// A profile made ready.
#[derive(Debug)]
pub(crate) struct Interface {
    pub(crate) profile: Arc<Profile>,
    pub(crate) version: Version,
    vars: BTreeMap<String, String>,
    probe: Mapping,
    shapes: BTreeMap<&'static str, Shapes>,
}

/// The shapes of an operation.
#[derive(Debug)]
struct Shapes {
    create: Mapping,
    finish: Option<Mapping>,
    places: Vec<Mapping>,
}

/// What to do with a paper.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Task<'a> {
    /// Name of the operation in the profile.
    pub(crate) name: &'static str,
    pub(crate) operation: &'a Operation,
    pub(crate) paper: &'a Paper,
}

/// A paper, and the document that was made of it: what the shape of a finishing call reads.
#[derive(Serialize)]
struct PaperAndDocument<'a> {
    #[serde(flatten)]
    paper: &'a Paper,
    document: DocumentNames<'a>,
}

#[derive(Serialize)]
struct DocumentNames<'a> {
    id: &'a str,
    number: &'a str,
}

/// What the shape of the probe reads.
#[derive(Serialize)]
struct Knock<'a> {
    key: &'a str,
    vars: &'a BTreeMap<String, String>,
}

impl Interface {
    /// Compiles the shapes; every one that does not compile is a problem.
    pub(crate) fn new(
        profile: Profile,
        version: Version,
        vars: BTreeMap<String, String>,
    ) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut compile = |call: &Call, place: String| {
            let place = format!("{}:{place}.shape", profile.name);
            match Mapping::compile(&call.shape, &place) {
                Ok(mapping) => Some(mapping),
                Err(problem) => {
                    problems.push(problem);
                    None
                }
            }
        };
        let probe = compile(&profile.probe, "probe".to_owned());
        let mut shapes = BTreeMap::new();
        for (name, operation) in profile.operations.all() {
            let mut mappings: Vec<Option<Mapping>> = operation
                .calls()
                .map(|(what, call)| compile(call, format!("operations.{name}.{what}")))
                .collect();
            // In the order of `calls`: create, finish if there is one, places.
            let places = mappings.split_off(mappings.len() - operation.places.len());
            let finish = operation.finish.as_ref().and_then(|_| mappings.pop()?);
            if let Some(create) = mappings.pop().flatten() {
                let places = places.into_iter().flatten().collect();
                shapes.insert(
                    name,
                    Shapes {
                        create,
                        finish,
                        places,
                    },
                );
            }
        }
        match probe {
            Some(probe) if problems.is_empty() => Ok(Self {
                profile: Arc::new(profile),
                version,
                vars,
                probe,
                shapes,
            }),
            _ => Err(problems),
        }
    }

    /// Tries every shape on a sample paper: each must give a body that XML can carry, with our key where it is needed.
    pub(crate) fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut wrong = |place: String, what: String, fix: &str| {
            let place = format!("{}:{place}.shape", self.profile.name);
            problems.push(Problem::new(place, what, fix));
        };
        if let Err(failure) = self.probe() {
            wrong("probe".to_owned(), failure.message, "mend the jq");
        }
        for (name, operation) in self.profile.operations.all() {
            let Some(paper) = samples::paper(name, &self.vars) else {
                continue;
            };
            let task = Task {
                name,
                operation,
                paper: &paper,
            };
            let place = |what: &str| format!("operations.{name}.{what}");
            let keyed = |body: &[u8]| {
                let text = String::from_utf8_lossy(body);
                text.contains(&paper.key) || text.contains(&paper.key_guid)
            };
            match self.create(task) {
                Ok(body) if keyed(&body) => {}
                Ok(_) => wrong(
                    place("create"),
                    "the body does not carry our key: nobody could find the document again".into(),
                    "put .key into the reference field",
                ),
                Err(failure) => wrong(place("create"), failure.message, "mend the jq"),
            }
            if let Err(failure) = self.finish(task, "id", "number") {
                wrong(place("finish"), failure.message, "mend the jq");
            }
            for index in 0..operation.places.len() {
                let place = place(&format!("places[{index}]"));
                match self.place(task, index) {
                    Ok((_, body)) if keyed(&body) => {}
                    Ok(_) => wrong(
                        place,
                        "the look-up does not ask for our key".into(),
                        "put .key into the query",
                    ),
                    Err(failure) => wrong(place, failure.message, "mend the jq"),
                }
            }
        }
        problems
    }

    /// The command's paper.
    pub(crate) fn paper(&self, command: &Command) -> Result<Paper, Failure> {
        Paper::of(command, &self.vars, failures::NO_WORDS)
    }

    /// What to do with a paper. `Rejected` when the profile has no operation for it.
    pub(crate) fn task<'a>(&'a self, paper: &'a Paper) -> Result<Task<'a>, Failure> {
        let operations = &self.profile.operations;
        let (name, operation) = match &paper.matter {
            Matter::ReturnOrder(_) => ("return-order", &operations.return_order),
            Matter::ReturnOrderChange(change) => {
                let message = format!(
                    "no profile says how a return order is changed: change the one with the reference {} by hand to what this says, then \
                     confirm it",
                    change.changes
                );
                return Err(Failure::rejected(failures::NO_WORDS, message));
            }
            Matter::StockMovement(stock) => {
                let own = match stock.movement {
                    Movement::Receipt => ("receipt", &operations.receipt),
                    Movement::Transfer => ("transfer", &operations.transfer),
                    Movement::Scrap => ("scrap", &operations.scrap),
                    Movement::Issue => ("issue", &operations.issue),
                };
                match own {
                    (_, None) => ("stock-movement", &operations.stock_movement),
                    own => own,
                }
            }
            Matter::CreditMemo(_) => ("credit-memo", &operations.credit_memo),
            Matter::CreditReversal(_) => ("credit-reversal", &operations.credit_reversal),
            Matter::TaxQuote(_) | Matter::TaxCommit(_) | Matter::TaxVoid(_) => {
                let message = "no profile speaks to a tax engine: route it to another connector";
                return Err(Failure::rejected(failures::NO_WORDS, message));
            }
            Matter::RecoveryInvoice(_)
            | Matter::RecoveryReversal(_)
            | Matter::ReplacementOrder(_)
            | Matter::SupplierReturn(_)
            | Matter::SupplierClaim(_) => {
                let message = "no profile has words for what is recovered, replaced or sent to a supplier: \
                               route it to another connector";
                return Err(Failure::rejected(failures::NO_WORDS, message));
            }
        };
        let operation = operation.as_ref().ok_or_else(|| {
            let message = format!("the profile {} has no operation {name}", self.profile.name);
            Failure::rejected(failures::NO_WORDS, message)
        })?;
        if let Matter::CreditReversal(reversal) = &paper.matter
            && reversal.part
            && !operation.parts
        {
            let message = format!(
                "the profile {} takes memos back as a whole only, and {} of {} is to be taken back: post it by hand and confirm \
                 it, or have the profile do it (operations.credit-reversal.parts)",
                self.profile.name, reversal.gross, reversal.reverses_number
            );
            return Err(Failure::rejected(failures::NO_WORDS, message));
        }
        Ok(Task {
            name,
            operation,
            paper,
        })
    }

    /// Envelope of the call that makes the document.
    pub(crate) fn create(&self, task: Task<'_>) -> Result<Vec<u8>, Failure> {
        let shape = self.shapes(task)?;
        self.write(&task.operation.create, &shape.create, task.paper)
    }

    /// The finishing call and its envelope, if there is one.
    pub(crate) fn finish<'a>(
        &self,
        task: Task<'a>,
        id: &str,
        number: &str,
    ) -> Result<Option<(&'a Call, Vec<u8>)>, Failure> {
        let (Some(call), Some(shape)) = (&task.operation.finish, &self.shapes(task)?.finish) else {
            return Ok(None);
        };
        let input = PaperAndDocument {
            paper: task.paper,
            document: DocumentNames { id, number },
        };
        Ok(Some((call, self.write(call, shape, &input)?)))
    }

    /// The look-up in that place and its envelope.
    pub(crate) fn place<'a>(
        &self,
        task: Task<'a>,
        index: usize,
    ) -> Result<(&'a Call, Vec<u8>), Failure> {
        let call = task.operation.places.get(index);
        let shape = self.shapes(task)?.places.get(index);
        let (Some(call), Some(shape)) = (call, shape) else {
            return Err(no_shape(task.name));
        };
        Ok((call, self.write(call, shape, task.paper)?))
    }

    /// Envelope of the probe.
    pub(crate) fn probe(&self) -> Result<Vec<u8>, Failure> {
        let knock = Knock {
            key: "backhaul-probe",
            vars: &self.vars,
        };
        self.write(&self.profile.probe, &self.probe, &knock)
    }

    fn shapes(&self, task: Task<'_>) -> Result<&Shapes, Failure> {
        self.shapes
            .get(task.name)
            .ok_or_else(|| no_shape(task.name))
    }

    fn write(
        &self,
        call: &Call,
        shape: &Mapping,
        input: &impl Serialize,
    ) -> Result<Vec<u8>, Failure> {
        let failed = |what: String| {
            Failure::rejected(failures::SHAPE_FAILED, what).at(shape.name().to_owned())
        };
        let content = run(shape, input).map_err(failed)?;
        let body = Body {
            element: &call.element,
            namespace: call.namespace.as_ref().unwrap_or(&self.profile.namespace),
            qualified: self.profile.elements == Form::Qualified,
            prefixes: &self.profile.prefixes,
            content: &content,
        };
        envelope(self.version, &body).map_err(failed)
    }
}

fn no_shape(name: &str) -> Failure {
    Failure::rejected(
        failures::SHAPE_FAILED,
        format!("the operation {name} has no shape"),
    )
}

fn run(shape: &Mapping, input: &impl Serialize) -> Result<Json, String> {
    let bytes = serde_json::to_vec(input).map_err(|error| error.to_string())?;
    let input = mapping::read(&bytes).map_err(|error| error.to_string())?;
    let mut outputs = shape.run(&input).map_err(|fault| fault.to_string())?;
    match (outputs.pop(), outputs.len()) {
        (Some(only), 0) => Ok(only),
        (_, others) => Err(format!(
            "the shape gave {} results instead of one",
            if others == 0 { 0 } else { others + 1 }
        )),
    }
}
