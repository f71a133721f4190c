//! Whether a condition can hold at all: it is asked over sample facts around the values that it names, when the policy is
//! loaded.
//!
//! Where facts are only compared, with values or with each other, those samples stand for all there are: one that holds for
//! none of them never holds. Where it calculates, or looks into texts, nothing follows from that. One that names no fact is
//! refused as well if it fails.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cel::common::ast::{Expr, IdedExpr, LiteralValue};
use cel::common::value::CowVal;
use cel::context::VariableResolver;
use cel::{Context, Program, Value};
use jiff::ToSpan as _;
use jiff::civil::Date;

use super::vocabulary::{Fact, Kind, Known};
use super::{LANGUAGE, Question, value_of};

/// Samples at most. A condition with more combinations is asked over so many of them, spread over all.
const MOST_SAMPLES: usize = 4096;

/// Values that a fact is compared with.
#[derive(Debug, Default)]
struct Named {
    numbers: BTreeSet<i64>,
    texts: BTreeSet<String>,
}

/// What a condition says, as far as samples need to know it.
#[derive(Debug, Default)]
struct Reading {
    facts: BTreeMap<Fact, Named>,
    /// It calculates, looks into texts or orders them: samples do not stand for all facts.
    is_open: bool,
    /// It compares facts with each other: what one is compared with matters to the others.
    is_mixed: bool,
}

/// Why the condition never answers yes, if that is so. `picked` are the words of a fact that the rule's selectors want one
/// of; none if they want nothing of it.
pub(super) fn hopeless(
    program: &Program,
    question: Question,
    picked: &dyn Fn(Fact) -> Vec<String>,
) -> Option<String> {
    let mut reading = Reading::default();
    reading.read(program.expression());
    for (fact, named) in &mut reading.facts {
        named.texts.extend(picked(*fact));
    }
    reading.share();
    let of_kind = |kind: Kind| reading.facts.keys().filter(|f| f.kind() == kind).count();
    let texts = of_kind(Kind::Text);
    // Between two values there are samples for two numbers that are compared with each other, not for more.
    let is_open = reading.is_open || (reading.is_mixed && of_kind(Kind::Number) > 2);
    let samples: Vec<(Fact, Vec<Known<'static>>)> = (reading.facts.iter())
        .map(|(fact, named)| match picked(*fact) {
            words if words.is_empty() => (*fact, values(*fact, named, texts, question)),
            words => (*fact, words.into_iter().map(text).collect()),
        })
        .collect();
    let all = samples
        .iter()
        .fold(1_usize, |all, (_, values)| all.saturating_mul(values.len()));
    let asked = all.min(MOST_SAMPLES);
    let (mut fails, mut why) = (0_usize, String::new());
    for n in 0..asked {
        let sample = Sample::nth(&samples, if asked < all { spread(n, all) } else { n });
        match sample.answer(program) {
            Ok(true) => return None,
            Ok(false) => {}
            Err(error) => {
                fails += 1;
                why = error;
            }
        }
    }
    if fails == asked && samples.is_empty() {
        return Some(format!("it fails whatever the facts are: {why}"));
    }
    if is_open || asked < all {
        return None;
    }
    let names: Vec<&str> = samples.iter().map(|(fact, _)| fact.name()).collect();
    Some(if names.is_empty() {
        "it never holds: it names no fact and is false".to_owned()
    } else if fails > 0 {
        let names = names.join(", ");
        format!("it never holds: whatever {names} may be, it is false or fails ({why})")
    } else {
        format!("it never holds, whatever {} may be", names.join(", "))
    })
}

/// Spreads numbers over all combinations: each value of each fact has its turn.
fn spread(n: usize, all: usize) -> usize {
    /// A prime that no count of combinations has as a factor.
    const STEP: usize = 2_654_435_761;
    n.wrapping_mul(STEP) % all.max(1)
}

impl Reading {
    fn read(&mut self, expr: &IdedExpr) {
        match &expr.expr {
            Expr::Ident(name) => {
                if let Some(fact) = Fact::named(name) {
                    self.facts.entry(fact).or_default();
                }
            }
            Expr::Call(call) => {
                let args: Vec<&IdedExpr> = call
                    .target
                    .as_deref()
                    .into_iter()
                    .chain(&call.args)
                    .collect();
                let is_signed =
                    matches!(args.as_slice(), [one] if matches!(one.expr, Expr::Literal(_)));
                match call.func_name.as_str() {
                    "_&&_" | "_||_" | "!_" | "_?_:_" => {}
                    "_==_" | "_!=_" | "_<_" | "_<=_" | "_>_" | "_>=_" | "@in" => {
                        self.compared(expr, call.func_name.contains(['<', '>']));
                    }
                    "-_" if is_signed => {}
                    _ => self.is_open = true,
                }
                for arg in args {
                    self.read(arg);
                }
            }
            Expr::List(list) => {
                for element in &list.elements {
                    self.read(element);
                }
            }
            _ => {}
        }
    }

    /// Gives each fact what the others are compared with, where facts are compared with each other.
    fn share(&mut self) {
        if !self.is_mixed {
            return;
        }
        let all = self.facts.values();
        let numbers: BTreeSet<i64> = all.clone().flat_map(|n| n.numbers.clone()).collect();
        let texts: BTreeSet<String> = all.flat_map(|n| n.texts.clone()).collect();
        for named in self.facts.values_mut() {
            named.numbers.clone_from(&numbers);
            named.texts.clone_from(&texts);
        }
    }

    /// Every fact of a comparison is compared with every value in it.
    fn compared(&mut self, expr: &IdedExpr, is_order: bool) {
        let (mut facts, mut named) = (BTreeSet::new(), Named::default());
        parts(expr, &mut facts, &mut named);
        self.is_mixed |= facts.len() > 1;
        for fact in facts {
            self.is_open |= is_order && fact.kind() == Kind::Text;
            let known = self.facts.entry(fact).or_default();
            known.numbers.extend(&named.numbers);
            known.texts.extend(named.texts.iter().cloned());
        }
    }
}

fn parts(expr: &IdedExpr, facts: &mut BTreeSet<Fact>, named: &mut Named) {
    match &expr.expr {
        Expr::Ident(name) => facts.extend(Fact::named(name)),
        Expr::Literal(LiteralValue::Int(number)) => {
            let number = *number.inner();
            // It may stand behind a minus.
            named.numbers.extend([number, number.saturating_neg()]);
        }
        Expr::Literal(LiteralValue::String(text)) => {
            named.texts.insert(text.inner().to_owned());
        }
        Expr::Call(call) => {
            let args = call.target.as_deref().into_iter().chain(&call.args);
            for arg in args {
                parts(arg, facts, named);
            }
        }
        Expr::List(list) => {
            for element in &list.elements {
                parts(element, facts, named);
            }
        }
        _ => {}
    }
}

const fn text(text: String) -> Known<'static> {
    Known::Text(Cow::Owned(text))
}

/// Values that stand for all that the fact can have: those it is compared with, their neighbours, and others.
/// As many other texts as there are facts that are texts, so that all of them can differ.
fn values(fact: Fact, named: &Named, texts: usize, question: Question) -> Vec<Known<'static>> {
    let mut values: Vec<Known<'static>> = match fact.kind() {
        Kind::Truth => vec![Known::Truth(true), Known::Truth(false)],
        Kind::Number => numbers(fact, named)
            .into_iter()
            .map(Known::Number)
            .collect(),
        Kind::Date => days(named).into_iter().map(text).collect(),
        Kind::Text => {
            let others = (0..=texts).map(|n| format!("(another {n})"));
            let all = named.texts.iter().cloned().chain(others);
            all.map(text).collect()
        }
        Kind::Code(codes) => {
            let words = codes.words();
            let is_named = |word: &&&str| named.texts.contains(**word);
            let other = words.iter().find(|word| !is_named(word));
            let all = words.iter().filter(is_named).chain(other);
            all.map(|word| text((*word).to_owned())).collect()
        }
    };
    if fact.may_be_null(question) {
        values.push(Known::Nothing);
    }
    values
}

/// A quantity or an amount is not negative; days and what a customer claims may be.
fn numbers(fact: Fact, named: &Named) -> BTreeSet<i64> {
    const MANY: i64 = 1_000_000_000;
    let around = |n: &i64| {
        (-2..=2)
            .map(|step: i64| step.saturating_add(*n))
            .collect::<Vec<i64>>()
    };
    let mut numbers: BTreeSet<i64> = named.numbers.iter().flat_map(around).collect();
    numbers.extend([0, 1, 2, MANY, MANY + 1]);
    if matches!(fact, Fact::DaysSinceInvoice | Fact::ClaimedMinor) {
        numbers.extend([-2, -1]);
    } else {
        numbers.retain(|number| *number >= 0);
    }
    numbers
}

fn days(named: &Named) -> BTreeSet<String> {
    let around = |day: Date| (-2..=2).map(move |n: i64| day.saturating_add(n.days()));
    let days = named
        .texts
        .iter()
        .filter_map(|text| text.parse::<Date>().ok());
    let mut days: BTreeSet<String> = days.flat_map(around).map(|day| day.to_string()).collect();
    let others = ["1900-01-01", "1900-01-02", "2999-01-01", "2999-01-02"];
    days.extend(others.map(str::to_owned));
    days
}

/// Facts made up.
struct Sample<'a>(BTreeMap<Fact, &'a Known<'static>>);

impl<'a> Sample<'a> {
    /// The nth combination of values.
    fn nth(samples: &'a [(Fact, Vec<Known<'static>>)], mut nth: usize) -> Self {
        let mut facts = BTreeMap::new();
        for (fact, values) in samples {
            let count = values.len().max(1);
            if let Some(value) = values.get(nth % count) {
                facts.insert(*fact, value);
            }
            nth /= count;
        }
        Self(facts)
    }

    fn answer(&self, program: &Program) -> Result<bool, String> {
        let mut context = Context::with_env(Arc::clone(&LANGUAGE));
        context.set_variable_resolver(self);
        match program.execute(&context) {
            Ok(Value::Bool(holds)) => Ok(holds),
            Ok(_) => Err("it is neither true nor false".to_owned()),
            Err(error) => Err(error.to_string()),
        }
    }
}

impl VariableResolver for Sample<'_> {
    fn resolve<'b>(&'b self, variable: &str) -> Option<CowVal<'b, 'b>> {
        let fact = Fact::named(variable)?;
        self.0.get(&fact).map(|known| value_of((*known).clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::super::Expression;
    use super::*;

    fn verdict(source: &str) -> String {
        verdict_with(source, &|_| Vec::new())
    }

    fn verdict_with(source: &str, picked: &dyn Fn(Fact) -> Vec<String>) -> String {
        match Expression::compile(source, Question::Approval, picked) {
            Ok(_) => "sound".to_owned(),
            Err((_, why)) => why,
        }
    }

    #[test]
    fn what_the_selectors_exclude_never_holds() {
        let portal = |fact: Fact| match fact {
            Fact::Channel => vec!["portal".to_owned(), "b2b".to_owned()],
            _ => Vec::new(),
        };
        assert_eq!(
            verdict_with("channel == 'b2b' && quantity > 3", &portal),
            "sound"
        );
        let why = verdict_with("channel == 'desk' && quantity > 3", &portal);
        assert_eq!(why, "it never holds, whatever channel, quantity may be");
        assert_eq!(verdict("channel == 'desk' && quantity > 3"), "sound");
        assert_eq!(verdict_with("customer == channel", &portal), "sound");
    }

    #[test]
    fn what_can_hold_is_sound() {
        for source in [
            "true",
            "quantity > 10 && quantity < 12",
            "quantity == 0",
            "days_since_invoice < -5",
            "gross_minor > invoiced_minor",
            "quantity == 500 && invoiced_minor == quantity",
            "gross_minor > 5000000000 && invoiced_minor > gross_minor",
            "customer != supplier && supplier != item && item != customer && supplier != null",
            "invoice_date == \"2026-05-01\" && requested_on == invoice_date",
            "item == \"A\" && supplier != item",
            "reason == \"DEFECTIVE_ON_ARRIVAL\" || reason == \"SHORT_DATED\"",
            "requested_on > \"2026-05-01\" && requested_on < \"2026-05-03\"",
            "requested_on > \"2026-05-01\" && invoice_date < requested_on",
            "segment == null && !has_evidence",
            // Where it calculates or looks into texts, samples prove nothing.
            "quantity * 7 == 700021",
            "gross_minor > 2 * invoiced_minor + 77",
            "item.startsWith(\"AB\") && item.endsWith(\"YZ\")",
            "item >= \"M\" && item < \"N\"",
            "invoiced_minor < claimed_minor && claimed_minor < gross_minor && gross_minor < 3",
            "currency in [\"USD\", \"EUR\"] && channel != \"b2b\"",
        ] {
            assert_eq!(verdict(source), "sound", "{source}");
        }
    }

    #[test]
    fn what_never_holds_is_refused() {
        for source in [
            "false",
            "1 > 2",
            "quantity > 10 && quantity < 11",
            "quantity > 10 && quantity <= 10",
            "quantity < 0",
            "has_invoice && !has_invoice",
            "item == \"A\" && item == \"B\"",
            "reason == \"DEFECTIVE_ON_ARRIVAL\" && reason == \"SHORT_DATED\"",
            "currency == \"USD\" && currency in [\"EUR\", \"GBP\"]",
            "requested_on > \"2026-05-01\" && requested_on < \"2026-05-02\"",
            "segment == null && segment == \"vip\"",
            "gross_minor > invoiced_minor && invoiced_minor > gross_minor",
        ] {
            let why = verdict(source);
            assert!(why.starts_with("it never holds"), "{source}: {why}");
        }
        assert!(verdict("quantity < 0").contains("whatever quantity may be"));
    }

    #[test]
    fn what_always_fails_is_refused() {
        for source in ["1 / 0 == 1", "9223372036854775807 + 1 > 3"] {
            let why = verdict(source);
            assert!(why.starts_with("it fails whatever"), "{source}: {why}");
        }
        // Whether there are facts for which it does not fail is not known, or there are: that shows when such a return comes.
        for source in [
            "quantity / 0 > 1",
            "10 / (gross_minor / 100000 / 100000) > 0",
            "claimed_minor == -100",
            "claimed_minor < 0",
        ] {
            assert_eq!(verdict(source), "sound", "{source}");
        }
        assert_eq!(verdict("100 / quantity > 1"), "sound");
        assert_eq!(verdict("days_since_invoice > 60"), "sound");
    }

    #[test]
    fn many_combinations_are_asked_for_a_part() {
        let many: Vec<String> = (0..30).map(|n| format!("quantity != {}", n * 10)).collect();
        let source = format!(
            "{} && gross_minor > 5 && invoiced_minor > 5 && claimed_minor > 5 && days_since_invoice > 5",
            many.join(" && ")
        );
        assert_eq!(verdict(&source), "sound");
    }
}
