//! Conditions of rules, written in CEL over a fixed vocabulary of facts. Compiled and checked when the policy is loaded,
//! shared from then on; only the facts that a condition names are looked up when it is evaluated.

mod check;
mod guard;
mod outlook;
mod vocabulary;

use std::sync::{Arc, LazyLock};

use cel::common::ast::IdedExpr;
use cel::common::types::{CelBool, CelInt, CelNull, CelString};
use cel::common::value::CowVal;
use cel::context::VariableResolver;
use cel::{Context, Env, Program, Value};

pub use vocabulary::{Codes, Fact, Kind, Known};

use super::selector::Facts;
use guard::Refusal;

/// Operators and functions of CEL; no macros, so that there are no loops. Made once: it is the costly part of a context.
static LANGUAGE: LazyLock<Arc<Env>> = LazyLock::new(|| Arc::new(Env::default().with_stdlib()));

/// What a policy is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Question {
    /// How long may a return be asked for?
    Window,
    /// How much is credited?
    CreditPercent,
    /// Which fee is taken?
    RestockingFee,
    /// When is freight to the customer credited?
    OutboundFreight,
    /// What is charged for the return label?
    ReturnLabel,
    /// Who must approve?
    Approval,
}

impl Question {
    /// Every question.
    pub const ALL: [Self; 6] = [
        Self::Window,
        Self::CreditPercent,
        Self::RestockingFee,
        Self::OutboundFreight,
        Self::ReturnLabel,
        Self::Approval,
    ];

    /// The table of a policy file that answers it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Window => "window",
            Self::CreditPercent => "credit_percent",
            Self::RestockingFee => "restocking_fee",
            Self::OutboundFreight => "outbound_freight",
            Self::ReturnLabel => "return_label",
            Self::Approval => "approval",
        }
    }
}

/// A condition that was found sound. Cheap to clone: the program is shared.
#[derive(Debug, Clone)]
pub(super) struct Expression {
    program: Arc<Program>,
    source: Arc<str>,
    facts: Arc<[Fact]>,
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

impl Eq for Expression {}

/// A condition that was parsed, with the places of its parts.
struct Written<'a> {
    program: &'a Program,
    source: &'a str,
}

impl Written<'_> {
    fn root(&self) -> &IdedExpr {
        self.program.expression()
    }

    /// Character of a part, counted from 1.
    fn position(&self, id: u64) -> usize {
        let offset = self.program.source_info().offset_for(id);
        let start = offset.map_or(0, |(start, _)| usize::try_from(start).unwrap_or_default());
        start.min(self.source.chars().count()) + 1
    }
}

impl Expression {
    /// Reads a condition of a rule that answers a question; or says at which character it is wrong, and how.
    /// `picked` are the words of a fact that the rule's selectors want one of.
    pub(super) fn compile(
        source: &str,
        question: Question,
        picked: &dyn Fn(Fact) -> Vec<String>,
    ) -> Result<Self, (usize, String)> {
        let told = |refusal: Refusal| (refusal.at, refusal.what);
        guard::check(source).map_err(told)?;
        let program = LANGUAGE.compile(source).map_err(|errors| {
            let first = errors.errors.first();
            let at = first.map_or(0, |error| usize::try_from(error.pos.1).unwrap_or_default());
            let what = first.map_or("", |error| error.msg.as_str());
            let what = what
                .split_once(" expecting ")
                .map_or(what, |(what, _)| what);
            (at.max(1), format!("it cannot be read: {what}"))
        })?;
        let written = Written {
            program: &program,
            source,
        };
        let facts = check::check(&written, question).map_err(told)?;
        if let Some(why) = outlook::hopeless(&program, question, picked) {
            return Err((1, why));
        }
        Ok(Self {
            source: source.into(),
            facts: facts.into(),
            program: Arc::new(program),
        })
    }

    /// Its text.
    pub(super) fn source(&self) -> &str {
        &self.source
    }

    /// The facts it looks at.
    pub(super) fn facts(&self) -> &[Fact] {
        &self.facts
    }

    /// True if it holds for these facts; or why nobody can say.
    pub(super) fn holds(
        &self,
        facts: &Facts<'_>,
        gross_minor: Option<i64>,
    ) -> Result<bool, String> {
        let bound = Bound { facts, gross_minor };
        let mut context = Context::with_env(Arc::clone(&LANGUAGE));
        context.set_variable_resolver(&bound);
        match self.program.execute(&context) {
            Ok(Value::Bool(holds)) => Ok(holds),
            Ok(_) => Err("it is neither true nor false".to_owned()),
            Err(error) => Err(self.told(&error, &bound)),
        }
    }

    /// The error, and which facts were not known: they are the usual cause.
    fn told(&self, error: &cel::ExecutionError, bound: &Bound<'_>) -> String {
        let unknown: Vec<&str> = (self.facts.iter())
            .filter(|fact| fact.of(bound.facts, bound.gross_minor) == Known::Nothing)
            .map(|fact| fact.name())
            .collect();
        if unknown.is_empty() {
            return error.to_string();
        }
        let names = unknown.join(", ");
        format!(
            "{error}; not known here: {names}; ask first whether it is known, as in {names} != null"
        )
    }
}

/// Facts, looked up by name when a condition names them.
struct Bound<'a> {
    facts: &'a Facts<'a>,
    gross_minor: Option<i64>,
}

impl VariableResolver for Bound<'_> {
    fn resolve<'b>(&'b self, variable: &str) -> Option<CowVal<'b, 'b>> {
        let fact = Fact::named(variable)?;
        Some(value_of(fact.of(self.facts, self.gross_minor)))
    }
}

/// A fact's value as CEL knows it.
fn value_of(known: Known<'_>) -> CowVal<'_, '_> {
    match known {
        Known::Nothing => CowVal::owned(CelNull),
        Known::Truth(truth) => CowVal::owned(CelBool::from(truth)),
        Known::Number(number) => CowVal::owned(CelInt::from(number)),
        Known::Text(std::borrow::Cow::Borrowed(text)) => CowVal::owned(CelString::from(text)),
        Known::Text(std::borrow::Cow::Owned(text)) => CowVal::owned(CelString::from(text)),
    }
}
