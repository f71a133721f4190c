//! A profile made ready: its shapes compiled, its operations chosen by paper. Pure.

use std::collections::BTreeMap;
use std::sync::Arc;

use canonical::Command;
use connector::mapping::{self, Json, Mapping};
use connector::paper::{Matter, Movement, Paper};
use connector::{Failure, Problem};

use crate::failures;
use crate::profile::{Credits, Invoices, Operation, Profile};
use crate::references;
use crate::samples;
use crate::template::Values;

/// Name of the operation that asks and changes nothing.
pub(crate) const TAX_QUOTE: &str = "tax-quote";

/// A profile made ready.
#[derive(Debug)]
pub(crate) struct Interface {
    pub(crate) profile: Arc<Profile>,
    vars: BTreeMap<String, String>,
    shapes: BTreeMap<&'static str, Shapes>,
    credits: Option<Mapping>,
    invoices: Option<Mapping>,
}

/// The shapes of an operation.
#[derive(Debug)]
struct Shapes {
    create: Mapping,
    /// One for each finishing step; a step without a body has none.
    finish: Vec<Option<Mapping>>,
}

/// What to do with a paper.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Task<'a> {
    /// Name of the operation in the profile.
    pub(crate) name: &'static str,
    pub(crate) operation: &'a Operation,
    pub(crate) paper: &'a Paper,
}

impl Interface {
    /// Compiles the shapes; every one that does not compile is a problem.
    pub(crate) fn new(
        profile: Profile,
        vars: BTreeMap<String, String>,
    ) -> Result<Self, Vec<Problem>> {
        let (mut shapes, mut problems) = (BTreeMap::new(), Vec::new());
        for (name, operation) in profile.operations.all() {
            let place = |what: &str| format!("{}:operations.{name}.{what}", profile.name);
            let compile = |shape: &str, what: &str| {
                Mapping::compile(&format!("{}{shape}", profile.definitions), &place(what))
            };
            let create = compile(&operation.shape, "shape");
            let finish = operation.finish.iter().map(|step| {
                let shape = step.shape.as_ref();
                shape
                    .map(|shape| compile(shape, "finish.shape"))
                    .transpose()
            });
            match (create, finish.collect()) {
                (Ok(create), Ok(finish)) => {
                    shapes.insert(name, Shapes { create, finish });
                }
                (create, finish) => problems.extend(create.err().into_iter().chain(finish.err())),
            }
        }
        let credits = profile.credits.as_ref().map(|credits| {
            let place = format!("{}:credits.shape", profile.name);
            Mapping::compile(&format!("{}{}", profile.definitions, credits.shape), &place)
        });
        let credits = credits.transpose().unwrap_or_else(|problem| {
            problems.push(problem);
            None
        });
        let invoices = profile.invoices.as_ref().map(|invoices| {
            let place = format!("{}:invoices.shape", profile.name);
            Mapping::compile(
                &format!("{}{}", profile.definitions, invoices.shape),
                &place,
            )
        });
        let invoices = invoices.transpose().unwrap_or_else(|problem| {
            problems.push(problem);
            None
        });
        if problems.is_empty() {
            Ok(Self {
                profile: Arc::new(profile),
                vars,
                shapes,
                credits,
                invoices,
            })
        } else {
            Err(problems)
        }
    }

    /// Tries every shape on a sample paper: it must give one object, with our key where the guard needs it.
    pub(crate) fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        for (name, operation) in self.profile.operations.all() {
            let Some(paper) = samples::paper(name, &self.vars) else {
                continue;
            };
            let task = Task {
                name,
                operation,
                paper: &paper,
            };
            let mut wrong = |what: &str, problem: String, fix: &str| {
                let place = format!("{}:operations.{name}.{what}", self.profile.name);
                problems.push(Problem::new(place, problem, fix));
            };
            match self.create_body(task) {
                Ok(body) if String::from_utf8_lossy(&body).contains(&paper.key) => {}
                // A record that is made under an address with our key need not repeat it.
                Ok(_) if operation.create.path.contains("{key}") => {}
                Ok(_) => wrong(
                    "shape",
                    "the body does not carry our key: nobody could find the document again".into(),
                    "put .key into the reference field",
                ),
                Err(failure) => wrong("shape", failure.message, "mend the jq"),
            }
            for step in 0..operation.finish.len() {
                if let Err(failure) = self.finish_body(task, step) {
                    wrong("finish.shape", failure.message, "mend the jq");
                }
            }
        }
        problems
    }

    /// How credits against an invoice are listed and read, if the profile says it.
    pub(crate) fn credits(&self) -> Option<(&Credits, &Mapping)> {
        self.profile.credits.as_ref().zip(self.credits.as_ref())
    }

    /// How an invoice is found and read, if the profile says it.
    pub(crate) fn invoices(&self) -> Option<(&Invoices, &Mapping)> {
        self.profile.invoices.as_ref().zip(self.invoices.as_ref())
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
                if operations.return_order_change.is_none() {
                    let message = format!(
                        "the profile {} does not say how a return order is changed: change the one with the reference {} by hand to what this \
                         says, then confirm it",
                        self.profile.name, change.changes
                    );
                    return Err(Failure::rejected(failures::NO_WORDS, message));
                }
                ("return-order-change", &operations.return_order_change)
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
            Matter::TaxQuote(_) => (TAX_QUOTE, &operations.tax_quote),
            Matter::TaxCommit(_) => ("tax-commit", &operations.tax_commit),
            Matter::TaxVoid(_) => ("tax-void", &operations.tax_void),
            Matter::RecoveryInvoice(_) => ("recovery-invoice", &operations.recovery_invoice),
            Matter::RecoveryReversal(_) => ("recovery-reversal", &operations.recovery_reversal),
            Matter::ReplacementOrder(_) => ("replacement-order", &operations.replacement_order),
            Matter::SupplierReturn(_) => ("supplier-return", &operations.supplier_return),
            Matter::SupplierClaim(_) => ("supplier-claim", &operations.supplier_claim),
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

    /// Body of the create.
    pub(crate) fn create_body(&self, task: Task<'_>) -> Result<Vec<u8>, Failure> {
        let shapes = self
            .shapes
            .get(task.name)
            .ok_or_else(|| no_shape(task.name))?;
        let body = run(&shapes.create, task.paper)?;
        self.has_references(&shapes.create, &body)?;
        Ok(body.to_string().into_bytes())
    }

    /// Every record that the body names must be one that the profile can look up.
    fn has_references(&self, shape: &Mapping, body: &Json) -> Result<(), Failure> {
        let references = &self.profile.references;
        if references.is_empty() {
            return Ok(());
        }
        let failed = |what: String| {
            Failure::rejected(failures::SHAPE_FAILED, what).at(shape.name().to_owned())
        };
        let named = references::named(body).map_err(failed)?;
        match named
            .iter()
            .find(|it| !references.contains_key(&it.reference))
        {
            None => Ok(()),
            Some(it) => Err(failed(format!(
                "the profile has no reference {:?}",
                it.reference
            ))),
        }
    }

    /// Body of that finishing step, if it has one.
    pub(crate) fn finish_body(
        &self,
        task: Task<'_>,
        step: usize,
    ) -> Result<Option<Vec<u8>>, Failure> {
        let shapes = self
            .shapes
            .get(task.name)
            .ok_or_else(|| no_shape(task.name))?;
        let Some(Some(shape)) = shapes.finish.get(step) else {
            return Ok(None);
        };
        run(shape, task.paper).map(|body| Some(body.to_string().into_bytes()))
    }

    /// The instance's own values.
    pub(crate) fn vars(&self) -> Values<'_> {
        let vars = self.vars.iter();
        let vars = vars.map(|(name, value)| (name.as_str(), value.as_str()));
        Values::new(vars.collect(), &self.profile.texts)
    }

    /// Values for path and header templates.
    pub(crate) fn values<'a>(&'a self, paper: &'a Paper) -> Values<'a> {
        let mut values = self.vars();
        for (name, value) in [
            ("key", paper.key.as_str()),
            ("key_guid", &paper.key_guid),
            ("rma_number", &paper.rma_number),
            ("site", &paper.site),
            ("customer", &paper.customer),
            ("legal_entity", &paper.legal_entity),
            ("correlation_id", &paper.correlation_id),
            ("issued_on", &paper.issued_on),
            ("issued_at", &paper.issued_at),
        ] {
            values.push(name, value);
        }
        if let Matter::CreditReversal(reversal) | Matter::RecoveryReversal(reversal) = &paper.matter
        {
            values.push("reverses", &reversal.reverses);
            values.push("reverses_number", &reversal.reverses_number);
        }
        if let Matter::ReturnOrderChange(change) = &paper.matter {
            values.push("changes", &change.changes);
        }
        values
    }
}

fn no_shape(name: &str) -> Failure {
    Failure::rejected(
        failures::SHAPE_FAILED,
        format!("the operation {name} has no shape"),
    )
}

fn run(shape: &Mapping, paper: &Paper) -> Result<Json, Failure> {
    let failed =
        |what: String| Failure::rejected(failures::SHAPE_FAILED, what).at(shape.name().to_owned());
    let bytes = serde_json::to_vec(paper).map_err(|error| failed(error.to_string()))?;
    let input = mapping::read(&bytes).map_err(|error| failed(error.to_string()))?;
    let outputs = shape
        .run(&input)
        .map_err(|fault| failed(fault.to_string()))?;
    match outputs.as_slice() {
        [body @ Json::Object(_)] => Ok(body.clone()),
        [other] => Err(failed(format!(
            "the shape gave {} instead of an object",
            other.kind()
        ))),
        several => Err(failed(format!(
            "the shape gave {} results instead of one",
            several.len()
        ))),
    }
}
