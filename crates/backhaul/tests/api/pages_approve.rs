//! The console's approvals, and its overview.

use jiff::ToSpan as _;
use serde_json::Value;

use crate::support::{Bench, asked, people};
use crate::visitor::Visitor;

/// A return that is late enough for a person to decide; its approval.
pub async fn waiting(bench: &Bench, name: &str, by: &str) -> String {
    let mut late = asked(name, &format!("INV-{name}"), 1);
    late.requested_by = Some(by.to_owned());
    let invoice = late.lines[0].invoice_ref.as_mut().unwrap();
    invoice.date -= 28.days();
    let pending: Value = bench.decided(name, &late).await.json().await.unwrap();
    assert_eq!(pending["decision"], "pending", "{pending}");
    let id = &pending["open_approvals"][0]["approval_id"];
    id.as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_approval_is_given_once_and_never_by_whoever_took_part() {
    let bench = Bench::with(&people()).await;
    let id = waiting(&bench, "W1", "somebody").await;
    let own = waiting(&bench, "W2", "max").await;
    let here = format!("/approvals/{id}");

    let mut boss = Visitor::signed_in(&bench, "boss").await;
    let page = boss.see("/approvals").await;
    assert!(page.says("stands for no person"), "{}", page.text);
    let page = boss.see("/").await;
    assert!(page.says("Requested") && page.says("R120"), "{}", page.text);
    let mut viewer = Visitor::signed_in(&bench, "viewer").await;
    assert_eq!(viewer.get("/approvals").await.status, 403);

    let mut approver = Visitor::signed_in(&bench, "max-desk").await;
    assert_eq!(approver.get("/").await.to(), "/approvals");
    let page = approver.see("/approvals").await;
    assert!(
        page.says("2 wait; 1 of them you may approve"),
        "{}",
        page.text
    );
    let page = approver.see(&here).await;
    assert!(
        page.says("if approved: the return is authorised"),
        "{}",
        page.text
    );
    let no_reason = approver.send(&page, &here, &[("do", "reject")]).await;
    assert_eq!(no_reason.status, 400, "{}", no_reason.text);
    let yes = [("do", "approve"), ("comment", "seen the photos")];
    for _ in 0..2 {
        let done = approver.send(&page, &here, &yes).await;
        assert_eq!((done.status, done.to()), (303, &*here), "{}", done.text);
    }
    let page = approver.see(&here).await;
    assert!(page.says("max approved as"), "{}", page.text);
    assert!(page.says("seen the photos") && !page.says("Your answer"));

    let there = format!("/approvals/{own}");
    let page = approver.see(&there).await;
    assert!(page.says("You may not approve this"), "{}", page.text);
    let refused = approver.send(&page, &there, &yes).await;
    assert_eq!(refused.status, 403);
    assert!(refused.says("took part in this return"), "{}", refused.text);
    let audit = bench.see("/v1/audit?limit=200", "auditor").await;
    let entries = audit["items"].as_array().unwrap();
    let of = |action: &str| entries.iter().filter(|e| e["action"] == action).count();
    assert_eq!((of("approval.approve"), of("approval.refused")), (1, 1));
    assert_eq!(approver.get("/approvals/none").await.status, 404);
    assert!(bench.running.stop().await);
}
