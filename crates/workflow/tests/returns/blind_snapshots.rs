//! Goods without a return, told by a warehouse that tells the whole state each time.

use crate::blind::{identified, is_open, say, sold, taking};
use crate::world::World;
use crate::world::facts::{asked, line, request, snapshot};
use canonical::approval::Verdict as Say;
use canonical::identification::Identified;
use canonical::{EventData, Qty, ReturnType};
use workflow::{Bucket, Verdict};

#[test]
fn a_snapshot_opens_a_return_as_a_receipt_does() {
    let mut world = taking();
    let nothing = world.tell(snapshot("2026-05-01T08:00:00Z", &[("SKU-1", 0, 0, 0)]));
    assert_eq!(nothing, Verdict::UnknownReturn, "nothing has come");
    world.tell(snapshot("2026-05-01T09:00:00Z", &[("SKU-1", 2, 0, 0)]));
    assert_eq!(world.state().header().return_type, ReturnType::Blind);
    assert_eq!(world.pieces(Bucket::UnmatchedHold), 2);
    assert!(is_open(&world, "blind"));
    // It tells the whole state each time; what is older, or less, changes nothing.
    world.tell(snapshot(
        "2026-05-01T11:00:00Z",
        &[("SKU-1", 4, 3, 0), ("SKU-2", 1, 0, 0)],
    ));
    assert_eq!(world.pieces(Bucket::UnmatchedHold), 5);
    let again = snapshot(
        "2026-05-01T11:00:00Z",
        &[("SKU-1", 4, 3, 0), ("SKU-2", 1, 0, 0)],
    );
    assert_eq!(world.tell(again), Verdict::Duplicate);
    world.tell(snapshot("2026-05-01T10:00:00Z", &[("SKU-1", 9, 0, 0)]));
    assert_eq!(world.pieces(Bucket::UnmatchedHold), 5);
    // Its sale is found: what it counted comes then, and what it counts from then on is new.
    world.tell(sold("ID-1", vec![line(1, 6)]));
    let yes = say(&world, "max", Say::Approve);
    assert_eq!(world.tell(yes), Verdict::Applied);
    assert_eq!(world.pieces(Bucket::PendingInspection), 1);
    assert_eq!(
        world.state().received(),
        Qty::whole(5),
        "the other item among them"
    );
    world.tell(snapshot("2026-05-02T10:00:00Z", &[("SKU-1", 6, 6, 0)]));
    world.run_down();
    assert_eq!(world.pieces(Bucket::Credited), 6);
}

#[test]
fn snapshots_of_goods_that_are_handed_over_say_whose_record_counts() {
    let mut world = taking();
    let first = snapshot("2026-05-01T09:00:00Z", &[("SKU-1", 2, 0, 0)]);
    world.tell(first.clone());
    let theirs = Identified::Return {
        return_id: "RET-7".to_owned(),
    };
    assert_eq!(world.tell(identified("ID-1", theirs)), Verdict::Applied);
    assert_eq!(world.state().received(), Qty::ZERO);
    let next = snapshot("2026-05-01T10:00:00Z", &[("SKU-1", 3, 1, 0)]);
    assert_eq!(world.tell(next.clone()), Verdict::Applied);
    assert_eq!(world.tell(next), Verdict::Duplicate);
    assert_eq!(world.tell(first), Verdict::Duplicate);
    let handed: Vec<EventData> = world.passed_on.iter().map(|e| e.data.clone()).collect();
    assert_eq!(handed.len(), 2);

    // The other return has a record of its own at the same site: both count.
    let mut other = request(vec![line(1, 10)]);
    other.request_id = "P2".to_owned();
    let mut theirs = World::after("per_receipt", asked(other));
    theirs.tell(snapshot("2026-05-01T08:00:00Z", &[("SKU-1", 4, 0, 0)]));
    for fact in &handed {
        assert_eq!(theirs.tell(fact.clone()), Verdict::Applied);
    }
    assert_eq!(theirs.state().received(), Qty::whole(7));
    theirs.tell(snapshot("2026-05-02T08:00:00Z", &[("SKU-1", 5, 0, 0)]));
    assert_eq!(theirs.state().received(), Qty::whole(8));

    // It is the return whose record it is: it goes on counting where it was.
    let mut mine = World::after("per_receipt", asked(request(vec![line(1, 10)])));
    // What was told is counted by record, and here both are one.
    mine.by_the_example = false;
    for fact in &handed {
        mine.tell(fact.clone());
    }
    assert_eq!(mine.state().received(), Qty::whole(3));
    mine.tell(snapshot("2026-05-02T08:00:00Z", &[("SKU-1", 5, 1, 0)]));
    assert_eq!(mine.state().received(), Qty::whole(5));
}
