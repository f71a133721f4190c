//! The console's exceptions: replayed alone and with a few first, mended, discarded; each once.

use crate::support::Bench;
use crate::visitor::Visitor;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_exception_is_discarded_once_however_often_it_is_pressed() {
    let bench = Bench::new().await;
    let id = bench.garbage("<b>no JSON</b>").await;
    let here = format!("/exceptions/{id}");
    let mut boss = Visitor::signed_in(&bench, "boss").await;
    let page = boss.see("/exceptions").await;
    assert!(
        page.says("SCHEMA_INVALID") && page.says("portal"),
        "{}",
        page.text
    );
    let page = boss.see("/exceptions/all?connector=portal").await;
    assert!(page.says(&format!("href=\"{here}\"")), "{}", page.text);
    let page = boss.see(&here).await;
    assert!(
        page.says("&#60;b&#62;no JSON&#60;/b&#62;"),
        "its bytes, escaped"
    );
    let action = format!("{here}/discard");
    let refused = boss.send(&page, &action, &[("reason", " ")]).await;
    assert_eq!(refused.status, 422);
    assert!(refused.says("say why"), "{}", refused.text);
    let why = [("reason", "a test")];
    for _ in 0..3 {
        let done = boss.send(&page, &action, &why).await;
        assert_eq!((done.status, done.to()), (303, &*here), "{}", done.text);
    }
    let other = boss.send(&page, &action, &[("reason", "another")]).await;
    assert_eq!(other.status, 409, "it is not open any more");
    let page = boss.see(&here).await;
    assert!(page.says("discarded by api/boss: a test"), "{}", page.text);
    assert!(!page.says("/discard\""), "nothing left to decide");
    let audit = bench
        .see(&format!("/v1/audit?subject={id}"), "auditor")
        .await;
    assert_eq!(audit["items"].as_array().unwrap().len(), 1, "{audit}");
    // Without the key of a form nothing is done.
    let csrf = page.hidden("/sign-out", "csrf");
    let page = boss
        .post(&action, &[("csrf", &csrf), ("reason", "x")])
        .await;
    assert_eq!(page.status, 400, "{}", page.text);
    assert!(bench.running.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_is_replayed_a_few_first_and_then_the_rest() {
    let bench = Bench::new().await;
    for n in 0..5 {
        bench.garbage(&format!("no JSON {n}")).await;
    }
    let mut boss = Visitor::signed_in(&bench, "boss").await;
    let page = boss.see("/exceptions").await;
    let link = page
        .text
        .split("href=\"/exceptions/replay?")
        .nth(1)
        .unwrap();
    let query = link.split('"').next().unwrap().replace("&#38;", "&");
    let preview = boss.see(&format!("/exceptions/replay?{query}")).await;
    assert!(preview.says("5 open exceptions. Nothing is done yet."));
    assert!(preview.says("<dt>Decode the bytes again</dt><dd>5</dd>"));
    let paced = |canary| {
        [
            ("canary", canary),
            ("canary_seconds", "60"),
            ("rate", "0"),
            ("vouched", "yes"),
        ]
    };
    let more = paced("2");
    let action = "/exceptions/replay";
    let first = boss.send(&preview, action, &more).await;
    assert_eq!(first.status, 303, "{}", first.text);
    let again = boss.send(&preview, action, &more).await;
    assert_eq!(again.to(), first.to(), "pressed twice, done once");
    let other = boss.send(&preview, action, &paced("1")).await;
    assert_eq!(other.status, 409, "one run at a time: {}", other.text);
    for typed in ["many", "501", "-1", "", " "] {
        let wrong = boss.send(&preview, action, &paced(typed)).await;
        assert_eq!(wrong.status, 422, "{typed:?}");
        assert!(wrong.says("How many go first?"), "{}", wrong.text);
        wrong.form(action);
    }
    let wrong = boss.send(&preview, action, &[]).await;
    assert_eq!(wrong.status, 422, "nothing is meant by what is left out");
    // What nobody mended fails again: the rest is untouched, and it can be resumed or left.
    let here = first.to().to_owned();
    let stopped = boss.until(&here, "failed again").await;
    assert!(stopped.says("2 of 5 given back"), "{}", stopped.text);
    let listed = boss.see("/replays").await;
    assert!(
        listed.says(&here) && listed.says("2 of 5"),
        "{}",
        listed.text
    );
    let resumed = boss.send(&stopped, &here, &[("do", "resume")]).await;
    assert_eq!(resumed.status, 303, "{}", resumed.text);
    let stopped = boss.until(&here, "failed again").await;
    assert!(stopped.says("1 times"), "{}", stopped.text);
    let nothing = boss.send(&stopped, &here, &[("do", "cancel")]).await;
    assert_eq!(nothing.status, 409, "{}", nothing.text);
    let nothing = boss.send(&stopped, &here, &[("do", "jump")]).await;
    assert_eq!(nothing.status, 400, "{}", nothing.text);
    let all = boss.get("/exceptions/replay").await;
    assert_eq!(all.status, 400, "a group is named");
    let nothing = boss.get("/replays/none").await;
    assert_eq!(nothing.status, 404);
    // Who may look and nothing else is offered nothing else.
    let mut clerk = Visitor::signed_in(&bench, "clerk").await;
    let page = clerk.see("/exceptions").await;
    assert!(!page.says("/exceptions/replay?"), "{}", page.text);
    assert_eq!(clerk.get("/exceptions/replay?code=x").await.status, 403);
    let page = clerk.see(&here).await;
    assert!(!page.says("value=\"resume\""), "{}", page.text);
    assert!(bench.running.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_that_cannot_be_read_says_where_and_is_kept_in_the_form() {
    let bench = Bench::new().await;
    let id = bench.garbage("{ \"kind\": 1 }\n</textarea>").await;
    let here = format!("/exceptions/{id}");
    let mut boss = Visitor::signed_in(&bench, "boss").await;
    let page = boss.see(&format!("{here}/edit")).await;
    assert!(
        page.says(">\n{ &#34;kind&#34;: 1 }\n&#60;/textarea&#62;</textarea>"),
        "{}",
        page.text
    );
    let action = format!("{here}/edit");
    let copy = [("text", "{\r\n \"mine\": "), ("do", "check")];
    let checked = boss.send(&page, &action, &copy).await;
    assert_eq!(checked.status, 422, "{}", checked.text);
    assert!(checked.says("Nothing was done") && checked.says("&#34;mine&#34;"));
    let sent = [("text", "{"), ("do", "send"), ("reason", "")];
    let refused = boss.send(&page, &action, &sent).await;
    assert!(refused.says("say why"), "{}", refused.text);
    let exception = bench.see(&format!("/v1/exceptions/{id}"), "clerk").await;
    assert_eq!(exception["state"], "OPEN", "{exception}");
    // Whoever may mend and not look sees nothing of it.
    let mut editor = Visitor::signed_in(&bench, "editor").await;
    let page = editor.see(&format!("{here}/edit")).await;
    assert!(
        !page.says("kind") && page.says("bodies:read"),
        "{}",
        page.text
    );
    assert_eq!(editor.get(&here).await.status, 403);
    assert!(bench.running.stop().await);
}
