//! Checks the types of a condition, so that what can be known to be wrong is known when the policy is loaded.

use cel::common::ast::{CallExpr, Expr, IdedExpr, LiteralValue};

use super::guard::Refusal;
use super::vocabulary::{Codes, Fact, Kind};
use super::{Question, Written};

/// What an expression gives.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Type {
    /// A value of a kind; the second says whether it may be null.
    Of(Kind, bool),
    /// A text that stands in the condition: it may be meant as a date or a code.
    Literal(String),
    /// The word `null`.
    Null,
}

impl Type {
    fn word(&self) -> String {
        match self {
            Self::Of(kind, _) => kind.word().to_owned(),
            Self::Literal(text) => format!("text {text:?}"),
            Self::Null => "null".to_owned(),
        }
    }

    fn is(&self, kind: Kind) -> bool {
        match self {
            Self::Of(own, _) => *own == kind,
            Self::Literal(_) => kind == Kind::Text,
            Self::Null => false,
        }
    }
}

/// The facts that a condition looks at, if it is one: true or false, over known facts, of the right types.
pub(super) fn check(written: &Written<'_>, question: Question) -> Result<Vec<Fact>, Refusal> {
    let mut checker = Checker {
        written,
        question,
        facts: Vec::new(),
    };
    let root = written.root();
    let found = checker.type_of(root)?;
    checker.demand(root, &found, Kind::Truth)?;
    checker.facts.sort_unstable();
    checker.facts.dedup();
    Ok(checker.facts)
}

struct Checker<'a> {
    written: &'a Written<'a>,
    question: Question,
    facts: Vec<Fact>,
}

impl Checker<'_> {
    fn refuse<T>(&self, expr: &IdedExpr, what: impl Into<String>) -> Result<T, Refusal> {
        Err(Refusal::new(self.written.position(expr.id), what))
    }

    fn type_of(&mut self, expr: &IdedExpr) -> Result<Type, Refusal> {
        match &expr.expr {
            Expr::Ident(name) => self.fact(expr, name),
            Expr::Literal(literal) => self.literal(expr, literal),
            Expr::Call(call) => self.call(expr, call),
            Expr::Select(select) => {
                let what = format!(".{} is not known: facts have no parts", select.field);
                self.refuse(expr, what)
            }
            Expr::List(_) => self.refuse(expr, "a list can only stand on the right of in"),
            Expr::Map(_) | Expr::Struct(_) | Expr::Comprehension(_) | Expr::Unspecified => {
                self.refuse(expr, "this is not known here")
            }
        }
    }

    fn fact(&mut self, expr: &IdedExpr, name: &str) -> Result<Type, Refusal> {
        let Some(fact) = Fact::named(name) else {
            return self.refuse(expr, format!("{name} is not a fact"));
        };
        if !fact.is_known_to(self.question) {
            let what = format!(
                "{name} is not known yet when {} is asked for",
                self.question.word()
            );
            return self.refuse(expr, what);
        }
        self.facts.push(fact);
        Ok(Type::Of(fact.kind(), fact.may_be_null(self.question)))
    }

    fn literal(&self, expr: &IdedExpr, literal: &LiteralValue) -> Result<Type, Refusal> {
        match literal {
            LiteralValue::Boolean(_) => Ok(Type::Of(Kind::Truth, false)),
            LiteralValue::Int(_) => Ok(Type::Of(Kind::Number, false)),
            LiteralValue::String(text) => Ok(Type::Literal(text.inner().to_owned())),
            LiteralValue::Null => Ok(Type::Null),
            LiteralValue::Double(_) | LiteralValue::UInt(_) | LiteralValue::Bytes(_) => self
                .refuse(
                    expr,
                    "numbers are whole here, amounts are in minor units: 12.50 is 1250",
                ),
        }
    }

    fn call(&mut self, expr: &IdedExpr, call: &CallExpr) -> Result<Type, Refusal> {
        let args: Vec<&IdedExpr> = call
            .target
            .as_deref()
            .into_iter()
            .chain(&call.args)
            .collect();
        let is_method = call.target.is_some();
        match (call.func_name.as_str(), is_method, args.as_slice()) {
            ("_&&_" | "_||_", false, sides) => {
                for side in sides {
                    self.demanded(side, Kind::Truth)?;
                }
                Ok(Type::Of(Kind::Truth, false))
            }
            ("!_", false, [side]) => {
                self.demanded(side, Kind::Truth)?;
                Ok(Type::Of(Kind::Truth, false))
            }
            ("_==_" | "_!=_", false, [left, right]) => {
                let types = (self.type_of(left)?, self.type_of(right)?);
                self.meet(expr, (left, &types.0), (right, &types.1))?;
                Ok(Type::Of(Kind::Truth, false))
            }
            ("_<_" | "_<=_" | "_>_" | "_>=_", false, [left, right]) => {
                let types = (self.type_of(left)?, self.type_of(right)?);
                let ordered = |side: &Type| {
                    side.is(Kind::Number) || side.is(Kind::Date) || side.is(Kind::Text)
                };
                for (side, found) in [(left, &types.0), (right, &types.1)] {
                    if !ordered(found) {
                        return self.refuse(side, format!("{} has no order", found.word()));
                    }
                }
                self.meet(expr, (left, &types.0), (right, &types.1))?;
                Ok(Type::Of(Kind::Truth, false))
            }
            ("_+_" | "_-_" | "_*_" | "_/_" | "_%_", false, [left, right]) => {
                self.demanded(left, Kind::Number)?;
                self.demanded(right, Kind::Number)?;
                Ok(Type::Of(Kind::Number, false))
            }
            ("-_", false, [side]) => {
                self.demanded(side, Kind::Number)?;
                Ok(Type::Of(Kind::Number, false))
            }
            ("@in", false, [left, right]) => self.is_in(left, right),
            ("_?_:_", false, [condition, yes, no]) => {
                self.demanded(condition, Kind::Truth)?;
                let types = (self.type_of(yes)?, self.type_of(no)?);
                self.meet(expr, (yes, &types.0), (no, &types.1))?;
                Ok(match types {
                    (Type::Of(kind, a), Type::Of(_, b)) => Type::Of(kind, a || b),
                    (Type::Of(kind, a), other) | (other, Type::Of(kind, a)) => {
                        Type::Of(kind, a || other == Type::Null)
                    }
                    _ => Type::Of(Kind::Text, true),
                })
            }
            ("startsWith" | "endsWith" | "contains", true, [text, part]) => {
                self.demanded(text, Kind::Text)?;
                self.demanded(part, Kind::Text)?;
                Ok(Type::Of(Kind::Truth, false))
            }
            (name, ..) => self.refuse(expr, format!("{name} is not known here")),
        }
    }

    fn is_in(&mut self, left: &IdedExpr, right: &IdedExpr) -> Result<Type, Refusal> {
        let Expr::List(list) = &right.expr else {
            return self.refuse(right, "in needs a list such as [\"A\", \"B\"]");
        };
        let wanted = self.type_of(left)?;
        if list.elements.is_empty() {
            return self.refuse(right, "the list is empty");
        }
        for element in &list.elements {
            let found = self.type_of(element)?;
            self.meet(element, (left, &wanted), (element, &found))?;
        }
        Ok(Type::Of(Kind::Truth, false))
    }

    fn demanded(&mut self, expr: &IdedExpr, kind: Kind) -> Result<(), Refusal> {
        let found = self.type_of(expr)?;
        self.demand(expr, &found, kind)
    }

    fn demand(&self, expr: &IdedExpr, found: &Type, kind: Kind) -> Result<(), Refusal> {
        if found.is(kind) {
            return Ok(());
        }
        let what = format!("this is a {}, not a {}", found.word(), kind.word());
        self.refuse(expr, what.replace("a true or false", "true or false"))
    }

    /// Both sides can be compared: they are of one kind, or one is a text that reads as the other's kind, or null.
    fn meet(
        &self,
        whole: &IdedExpr,
        left: (&IdedExpr, &Type),
        right: (&IdedExpr, &Type),
    ) -> Result<(), Refusal> {
        match (left, right) {
            ((_, Type::Of(a, _)), (_, Type::Of(b, _))) if a == b => Ok(()),
            ((_, Type::Literal(_)), (_, Type::Literal(_))) => Ok(()),
            ((_, Type::Of(kind, _)), (at, Type::Literal(text)))
            | ((at, Type::Literal(text)), (_, Type::Of(kind, _))) => self.reads_as(at, text, *kind),
            ((_, Type::Of(_, true)), (_, Type::Null))
            | ((_, Type::Null), (_, Type::Of(_, true))) => Ok(()),
            ((_, Type::Of(_, false)), (at, Type::Null))
            | ((at, Type::Null), (_, Type::Of(_, false))) => {
                self.refuse(at, "what it is compared with is always known, never null")
            }
            ((_, a), (_, b)) => {
                let what = format!("{} and {} cannot be compared", a.word(), b.word());
                self.refuse(whole, what)
            }
        }
    }

    fn reads_as(&self, at: &IdedExpr, text: &str, kind: Kind) -> Result<(), Refusal> {
        match kind {
            Kind::Text => Ok(()),
            Kind::Date if is_day(text) => Ok(()),
            Kind::Date => self.refuse(at, format!("{text:?} is not a day such as \"2026-05-01\"")),
            Kind::Code(codes) if codes.words().contains(&text) => Ok(()),
            Kind::Code(codes) => self.refuse(at, unknown(text, codes)),
            Kind::Truth | Kind::Number => {
                self.refuse(at, format!("{text:?} is a text, not a {}", kind.word()))
            }
        }
    }
}

/// Only a day written in full compares as text like it does as a day.
fn is_day(text: &str) -> bool {
    text.parse::<jiff::civil::Date>()
        .is_ok_and(|day| day.to_string() == text)
}

fn unknown(text: &str, codes: Codes) -> String {
    format!("{text:?} is not one of {}", codes.words().join(", "))
}
