//! Approvals: whose word counts, and when it is enough.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on says so"
)]

mod support;

use canonical::ApprovalState;
use canonical::approval::{Approval, ApprovalSubject, Decision, Requirement, Verdict};
use support::now;
use workflow::approvals::{Ask, Refusal, decide, request};

fn demand(rule: &str, role: &str, min_count: u32) -> (String, Requirement) {
    let requirement = Requirement {
        role: role.to_owned(),
        min_count,
        limit_minor: None,
    };
    (rule.to_owned(), requirement)
}

fn asked(demands: &[(String, Requirement)]) -> Approval {
    request(Ask {
        approval_id: "A1".to_owned(),
        subject: ApprovalSubject::Calc,
        calc_hash: "h1".to_owned(),
        requested_by: "rita".to_owned(),
        demands,
        expires_at: None,
    })
}

fn yes(user: &str, role: &str) -> Decision {
    Decision {
        user: user.to_owned(),
        role: role.to_owned(),
        on_behalf_of: None,
        decision: Verdict::Approve,
        reason: String::new(),
        ts: now(),
    }
}

fn no(user: &str, role: &str, reason: &str) -> Decision {
    Decision {
        decision: Verdict::Reject,
        reason: reason.to_owned(),
        ..yes(user, role)
    }
}

#[test]
fn every_role_must_agree_and_each_through_another_person() {
    let mut approval = asked(&[demand("r1", "finance", 2), demand("r1", "controller", 1)]);
    assert_eq!(
        decide(&mut approval, yes("ann", "finance"), "h1", &[]),
        Ok(())
    );
    assert_eq!(
        decide(&mut approval, yes("Ann ", "controller"), "h1", &[]),
        Err(Refusal::SamePerson("Ann ".to_owned()))
    );
    assert_eq!(
        decide(&mut approval, yes("bob", "controller"), "h1", &[]),
        Ok(())
    );
    assert_eq!(
        decide(&mut approval, yes("cid", "controller"), "h1", &[]),
        Err(Refusal::RoleComplete("controller".to_owned()))
    );
    assert_eq!(approval.state, ApprovalState::Requested);
    assert_eq!(
        decide(&mut approval, yes("cid", "finance"), "h1", &[]),
        Ok(())
    );
    assert_eq!(approval.state, ApprovalState::Approved);
    assert_eq!(approval.decisions.len(), 3);
    assert_eq!(
        decide(&mut approval, no("dan", "finance", "late"), "h1", &[]),
        Err(Refusal::Closed(ApprovalState::Approved))
    );
}

#[test]
fn who_took_part_may_not_decide_nor_anybody_for_them() {
    let mut approval = asked(&[demand("r1", "finance", 1)]);
    for user in ["rita", "RITA", "ivan"] {
        assert_eq!(
            decide(&mut approval, yes(user, "finance"), "h1", &["ivan"]),
            Err(Refusal::FourEyes(user.to_owned()))
        );
    }
    let delegate = Decision {
        on_behalf_of: Some("ivan".to_owned()),
        ..yes("ann", "finance")
    };
    assert_eq!(
        decide(&mut approval, delegate, "h1", &["ivan"]),
        Err(Refusal::FourEyes("ivan".to_owned()))
    );
    assert_eq!(
        decide(&mut approval, yes(" ", "finance"), "h1", &[]),
        Err(Refusal::NoPerson)
    );
    assert!(approval.decisions.is_empty());
}

#[test]
fn a_person_and_their_delegate_are_one() {
    let mut approval = asked(&[demand("r1", "finance", 2)]);
    let delegate = Decision {
        on_behalf_of: Some("ann".to_owned()),
        ..yes("bob", "finance")
    };
    assert_eq!(decide(&mut approval, delegate, "h1", &[]), Ok(()));
    assert_eq!(
        decide(&mut approval, yes("ann", "finance"), "h1", &[]),
        Err(Refusal::SamePerson("ann".to_owned()))
    );
}

#[test]
fn a_decision_counts_for_the_calculation_it_was_made_on() {
    let mut approval = asked(&[demand("r1", "finance", 1)]);
    let refused = decide(&mut approval, yes("ann", "finance"), "h2", &[]);
    assert!(
        matches!(refused, Err(Refusal::OtherCalculation { .. })),
        "{refused:?}"
    );
    let refused = decide(&mut approval, yes("ann", "quality"), "h1", &[]);
    assert_eq!(
        refused.unwrap_err().to_string(),
        "role \"quality\" is not asked; it takes finance"
    );
}

#[test]
fn a_rejection_needs_a_reason_and_ends_it() {
    let mut approval = asked(&[demand("r1", "finance", 1), demand("r2", "quality", 1)]);
    assert_eq!(
        decide(&mut approval, no("ann", "finance", " "), "h1", &[]),
        Err(Refusal::NoReason)
    );
    assert_eq!(
        decide(&mut approval, yes("bob", "quality"), "h1", &[]),
        Ok(())
    );
    assert_eq!(
        decide(
            &mut approval,
            no("ann", "finance", "wrong price"),
            "h1",
            &[]
        ),
        Ok(())
    );
    assert_eq!(approval.state, ApprovalState::Rejected);
    let refused = decide(&mut approval, yes("cid", "finance"), "h1", &[]);
    assert_eq!(refused, Err(Refusal::Closed(ApprovalState::Rejected)));
}

#[test]
fn demands_on_one_role_become_one_and_no_demand_is_approval() {
    let approval = asked(&[
        demand("r1", "finance", 1),
        demand("r2", "finance", 2),
        demand("r1", "x", 1),
    ]);
    assert_eq!(approval.rule_ids, ["r1", "r2"]);
    let required: Vec<(&str, u32)> = (approval.required.iter())
        .map(|r| (r.role.as_str(), r.min_count))
        .collect();
    assert_eq!(required, [("finance", 2), ("x", 1)]);
    assert_eq!(asked(&[]).state, ApprovalState::Approved);
}

#[test]
fn an_escalated_approval_can_still_be_decided() {
    let mut approval = asked(&[demand("r1", "finance", 1)]);
    approval.state = ApprovalState::Escalated;
    assert_eq!(
        decide(&mut approval, yes("ann", "finance"), "h1", &[]),
        Ok(())
    );
    assert_eq!(approval.state, ApprovalState::Approved);
}
