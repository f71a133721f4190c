//! Every step in the life of a return that the table names is made by some event. That no other is made is asserted where
//! they are made.

use std::collections::BTreeSet;

use crate::world::World;
use crate::world::facts::{
    asked, at, cancelled, decided, disposed, fired, inspected, line, received, request, reversed,
};
use canonical::approval::Verdict as Say;
use canonical::event::TimerKind;
use canonical::{Condition, DispositionAction, EventData, Lifecycle};
use workflow::TRANSITIONS;

const A: Condition = Condition::ANewSealed;

/// A world, and the steps that were seen in it.
struct Seen<'a> {
    world: World,
    steps: &'a mut BTreeSet<(Lifecycle, Lifecycle)>,
}

impl Seen<'_> {
    fn stands(&self) -> Lifecycle {
        let state = self.world.state.as_ref();
        state.map_or(Lifecycle::Requested, workflow::ReturnState::lifecycle)
    }

    fn does(&mut self, what: impl FnOnce(&mut World)) -> &mut Self {
        let before = self.stands();
        what(&mut self.world);
        let after = self.stands();
        if before != after {
            self.steps.insert((before, after));
        }
        self
    }

    fn told(&mut self, data: EventData) -> &mut Self {
        self.does(|world| {
            world.tell(data);
        })
    }
}

#[test]
fn every_step_of_the_table_is_made() {
    let mut steps = BTreeSet::new();
    let plain = || asked(request(vec![line(1, 4)]));
    let late = || {
        let mut request = request(vec![line(1, 4)]);
        request.requested_at = at("2026-09-01T09:00:00Z");
        asked(request)
    };
    let mut begin = |first: EventData, rest: &mut dyn FnMut(&mut Seen<'_>)| {
        let mut seen = Seen {
            world: World::new("per_receipt"),
            steps: &mut steps,
        };
        rest(seen.told(first));
    };
    // From request to settled, and on.
    begin(plain(), &mut |seen| {
        seen.told(received("R1", &[("SKU-1", 4)]));
        seen.told(inspected("I1", &[("SKU-1", 4, A)]));
        seen.told(disposed("D1", &[("SKU-1", 4, DispositionAction::Restock)]));
        seen.does(World::run_down);
        seen.told(received("R2", &[("SKU-1", 1)]));
    });
    // Outside of the window: allowed, refused, withdrawn.
    begin(late(), &mut |seen| {
        seen.does(World::approve_all);
    });
    begin(late(), &mut |seen| {
        let approval = seen.world.state().open_approvals().next().unwrap().clone();
        let name = (approval.approval_id.as_str(), approval.calc_hash.as_str());
        seen.told(decided(
            name,
            "sue",
            &approval.required[0].role,
            Say::Reject,
        ));
    });
    begin(late(), &mut |seen| {
        seen.told(cancelled());
    });
    begin(asked(request(vec![line(1, 11)])), &mut |_| {});
    let mut elsewhere = request(vec![line(1, 4)]);
    elsewhere.legal_entity = "XX01".to_owned();
    begin(asked(elsewhere), &mut |seen| {
        seen.told(cancelled());
    });
    // Goods came, and were taken back: as announced, withdrawn, expired.
    begin(plain(), &mut |seen| {
        seen.told(received("R1", &[("SKU-1", 4)]));
        seen.told(reversed("R1"));
    });
    begin(plain(), &mut |seen| {
        seen.told(cancelled());
        seen.does(World::confirm_all);
        seen.told(received("R1", &[("SKU-1", 4)]));
        seen.told(reversed("R1"));
    });
    begin(plain(), &mut |seen| {
        let due = seen.world.state().header().expires_at.unwrap();
        seen.world.now = due;
        seen.told(fired(TimerKind::Expiry, "", due));
        seen.told(received("R1", &[("SKU-1", 4)]));
        seen.told(reversed("R1"));
    });
    let table: BTreeSet<(Lifecycle, Lifecycle)> = TRANSITIONS
        .iter()
        .map(|step| (step.from, step.to))
        .collect();
    assert_eq!(steps, table);
}
