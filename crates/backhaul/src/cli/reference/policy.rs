//! The page of the facts that conditions of policies may name.

use workflow::policy::{Codes, Fact, Kind, Question};

use super::{head, put};

const LISTS: [Codes; 5] = [
    Codes::Reason,
    Codes::ReturnType,
    Codes::Action,
    Codes::Liability,
    Codes::Condition,
];

const WORDS: &str = "
A rule of a policy may have a condition in CEL: `when = \"quantity > 10\"`, or beside selectors
`when = { segment = \"key_account\", cel = \"quantity > 10\" }`. [policies.md](../policies.md) says how policies are written.

What can be said:

| | |
|---|---|
| `a && b`, `a \\|\\| b`, `!a`, `c ? a : b` | and, or, not, choice |
| `==`, `!=` | two of one kind; `null` for a fact that may be missing |
| `<`, `<=`, `>`, `>=` | numbers, dates, texts |
| `+`, `-`, `*`, `/`, `%` | numbers |
| `reason in [\"RECALL\", \"SHORT_DATED\"]` | one of several |
| `item.startsWith(\"A-\")`, `endsWith`, `contains` | parts of a text |

Numbers are whole, amounts are in minor units, dates are texts such as `\"2026-05-01\"`. A condition has at most 1024 bytes, 100
operators, calls and brackets, and 16 brackets within each other; no escapes, comments, loops or functions beyond these. What a
fact is compared with is checked when the policy is loaded: names, kinds, codes and dates.

A fact that is not known is `null`. Compared by order, or counted with, it makes the condition fail, and a condition that fails
opens the exception `POLICY_GAP`: nothing is assumed. `claimed_minor != null && claimed_minor > 500` asks first.

";

pub(super) fn facts() -> String {
    let mut page = head("Facts in conditions of policies");
    put(&mut page, WORDS);
    put(
        &mut page,
        "| fact | kind | is | known to | may be null |\n|---|---|---|---|---|\n",
    );
    for fact in Fact::ALL {
        let known = asked(|question| fact.is_known_to(question));
        let null = asked(|question| fact.is_known_to(question) && fact.may_be_null(question));
        let kind = match fact.kind() {
            Kind::Code(codes) => format!("[{0}](#{0})", heading(codes)),
            kind => kind.word().to_owned(),
        };
        let (name, meaning) = (fact.name(), fact.meaning());
        let null = if null == known {
            "yes".to_owned()
        } else {
            listed(&null)
        };
        let known = listed(&known);
        put(
            &mut page,
            format!("| `{name}` | {kind} | {meaning} | {known} | {null} |\n"),
        );
    }
    for codes in LISTS {
        let words: Vec<String> = codes
            .words()
            .iter()
            .map(|word| format!("`{word}`"))
            .collect();
        put(
            &mut page,
            format!("\n## {}\n\n{}\n", heading(codes), words.join(", ")),
        );
    }
    page
}

fn asked(is_so: impl Fn(Question) -> bool) -> Vec<Question> {
    let questions = Question::ALL.into_iter();
    questions.filter(|question| is_so(*question)).collect()
}

fn listed(questions: &[Question]) -> String {
    let words: Vec<&str> = questions.iter().map(|question| question.word()).collect();
    if words.len() == Question::ALL.len() {
        "all".to_owned()
    } else {
        words.join(", ")
    }
}

fn heading(codes: Codes) -> &'static str {
    match codes {
        Codes::Reason => "reason",
        Codes::ReturnType => "return_type",
        Codes::Action => "action",
        Codes::Liability => "liability",
        Codes::Condition => "condition",
    }
}
