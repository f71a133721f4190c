//! The page of the state machines: diagrams and tables of the steps that the code allows.

use canonical::Lifecycle;
use store::{EFFECT_TRANSITIONS, EffectState};
use workflow::TRANSITIONS;

use super::{head, put};

const RETURN: &str = "
## A return

Steps of `lifecycle`, as `return list` and the API show it. Whether goods are received, inspected, disposed and credited is
in the quantities of its lines and in the business codes, not here. No event leads to `CLOSED` yet.

";

const EFFECT: &str = "
## An effect

What is to be done in a partner's system. An effect whose outcome is not known is looked up before it is sent again, always.

";

/// A step: from, to, on.
type Step = (&'static str, &'static str, &'static str);

pub(super) fn page() -> String {
    let mut page = head("State machines");
    put(&mut page, RETURN);
    let steps: Vec<Step> = (TRANSITIONS.iter())
        .map(|step| (step.from.word(), step.to.word(), step.on))
        .collect();
    let begins = [Lifecycle::Requested, Lifecycle::PendingAuthorization];
    machine(&mut page, &begins.map(Lifecycle::word), &steps);
    put(&mut page, EFFECT);
    let steps: Vec<Step> = (EFFECT_TRANSITIONS.iter())
        .map(|step| (step.from.word(), step.to.word(), step.on))
        .collect();
    let begins = [
        EffectState::Planned,
        EffectState::Ready,
        EffectState::Parked,
    ];
    machine(&mut page, &begins.map(EffectState::word), &steps);
    page
}

/// The diagram, and the table.
fn machine(page: &mut String, begins: &[&str], steps: &[Step]) {
    put(page, "```mermaid\nstateDiagram-v2\n");
    for state in begins {
        put(page, format!("    [*] --> {state}\n"));
    }
    for (from, to, _) in steps {
        put(page, format!("    {from} --> {to}\n"));
    }
    let mut ends: Vec<&str> = steps.iter().map(|(_, to, _)| *to).collect();
    ends.retain(|state| steps.iter().all(|(from, ..)| from != state));
    ends.sort_unstable();
    ends.dedup();
    for state in ends {
        put(page, format!("    {state} --> [*]\n"));
    }
    put(page, "```\n\n| from | to | on |\n|---|---|---|\n");
    for (from, to, on) in steps {
        put(page, format!("| `{from}` | `{to}` | {on} |\n"));
    }
}
