//! Approvals: whose word counts, and when it is enough.

use crate::support::now;
use canonical::ApprovalState;
use canonical::approval::{
    Approval, ApprovalDecided, ApprovalSubject, Decision, Requirement, Verdict,
};
use workflow::approvals::{self, Ask, Court, Refusal, request};

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

/// A decision on whatever version the approval is at.
fn decide(
    approval: &mut Approval,
    decision: Decision,
    calc_hash: &str,
    took_part: &[&str],
) -> Result<(), Refusal> {
    let decided = ApprovalDecided {
        approval_id: approval.approval_id.clone(),
        calc_hash: calc_hash.to_owned(),
        version: None,
        decision,
    };
    let court = Court {
        took_part,
        approvers: None,
    };
    approvals::decide(approval, &decided, &court)
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
    let refused = decide(&mut approval, no("dan", "finance", "late"), "h1", &[]);
    assert!(matches!(
        refused,
        Err(Refusal::Closed {
            state: ApprovalState::Approved,
            ..
        })
    ));
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
        decide(&mut approval, no("ann", "finance", "because"), "h1", &[]),
        Err(Refusal::NoReason)
    );
    assert_eq!(
        decide(&mut approval, yes("bob", "quality"), "h1", &[]),
        Ok(())
    );
    assert_eq!(
        decide(
            &mut approval,
            no("ann", "finance", "PRICE_DIFFERENCE: wrong price"),
            "h1",
            &[]
        ),
        Ok(())
    );
    assert_eq!(approval.state, ApprovalState::Rejected);
    let refused = decide(&mut approval, yes("cid", "finance"), "h1", &[]);
    assert!(
        refused
            .unwrap_err()
            .to_string()
            .contains("is REJECTED and takes no decisions (ann rejected as finance at")
    );
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

#[test]
fn the_first_valid_decision_wins() {
    let mut approval = asked(&[demand("r1", "finance", 1), demand("r1", "controller", 1)]);
    let on = |version, decision| ApprovalDecided {
        approval_id: "A1".to_owned(),
        calc_hash: "h1".to_owned(),
        version: Some(version),
        decision,
    };
    let court = Court::default();
    let seen = approval.version;
    let first = on(seen, yes("ann", "finance"));
    assert_eq!(approvals::decide(&mut approval, &first, &court), Ok(()));
    let second = on(seen, yes("bob", "controller"));
    let refused = approvals::decide(&mut approval, &second, &court).unwrap_err();
    let says = refused.to_string();
    assert!(
        says.contains("version 0") && says.contains("(ann approved as finance at"),
        "{says}"
    );
    assert_eq!(approval.decisions.len(), 1, "nothing was recorded");
    let again = on(approval.version, yes("bob", "controller"));
    assert_eq!(approvals::decide(&mut approval, &again, &court), Ok(()));
    assert_eq!(approval.state, ApprovalState::Approved);
}

#[test]
fn whoever_stands_in_fills_one_place() {
    let mut approval = asked(&[demand("r1", "finance", 2), demand("r1", "controller", 1)]);
    approval.stand_ins = vec!["controller".to_owned(), "cfo".to_owned()];
    assert_eq!(
        decide(&mut approval, yes("ann", "controller"), "h1", &[]),
        Ok(())
    );
    assert_eq!(
        approvals::missing(&approval),
        [("finance".to_owned(), 2)],
        "their own place first"
    );
    assert_eq!(
        decide(&mut approval, yes("bob", "controller"), "h1", &[]),
        Ok(())
    );
    assert_eq!(approvals::missing(&approval), [("finance".to_owned(), 1)]);
    assert_eq!(decide(&mut approval, yes("cid", "cfo"), "h1", &[]), Ok(()));
    assert_eq!(approval.state, ApprovalState::Approved);
}
