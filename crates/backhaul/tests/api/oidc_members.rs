//! Who members are: by which name, with which rights, as which person, and for how long.

use simulators::oidc::Signing;

use crate::oidc::{entries, is_in, person, provider, through};
use crate::pages_approve::waiting;
use crate::pages_users::{PASSWORD, done, user};
use crate::support::{Bench, people};
use crate::visitor::Visitor;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_is_nobody_elses() {
    let (sim, block) = provider(Signing::Es256, None).await;
    let bench = Bench::with(&block).await;
    let add = ["add", "ada", "--role", "administrator", "--by", "root"];
    done(&bench, &add, PASSWORD);
    // Whoever is called as a user, or a token, is neither.
    let mut stranger = Visitor::of(&bench);
    sim.signs_in(person("1", "ada", &["everybody"]));
    assert_eq!(through(&mut stranger).await.status, 200);
    assert_eq!(stranger.get("/users").await.status, 403, "a viewer");
    let denied = entries(&bench, "api.denied").await;
    assert_eq!(denied[0]["actor"], "oidc/ada");
    // Nor has a member a password, whatever is typed.
    let mut guest = Visitor::of(&bench);
    for password in ["", PASSWORD] {
        assert_eq!(
            guest.sign_in_by_name("oidc/ada", password).await.status,
            401
        );
    }
    // A name that means something in the audit is none.
    for name in ["ada:sue", "user/ada", "../ada", ""] {
        sim.signs_in(person("2", name, &["everybody"]));
        let page = through(&mut guest).await;
        assert_eq!(page.status, 403, "{name}: {}", page.text);
        assert!(page.says("sign-in.no-name"), "{name}: {}", page.text);
    }
    // Whoever is given a name that was another's is not that other.
    sim.signs_in(person("2", "Ada", &["returns-ops"]));
    let page = through(&mut guest).await;
    assert_eq!(page.status, 403);
    assert!(page.says("sign-in.name-taken"), "{}", page.text);
    assert!(!is_in(&mut guest).await && is_in(&mut stranger).await);
    // Whoever is renamed stays who they are.
    sim.signs_in(person("1", "ada.smith", &["everybody"]));
    assert_eq!(through(&mut stranger).await.status, 200);
    assert!(stranger.see("/returns").await.says("<span>ada</span>"));
    // A released name is the next account's, and no more the one's before.
    let (code, text) = user(&bench, &["release", "ada", "--by", "root"], "");
    assert_eq!(code, 2, "{text}");
    done(&bench, &["release", "oidc/ada", "--by", "root"], "");
    assert!(!is_in(&mut stranger).await);
    // Whoever is not let in takes no name.
    sim.signs_in(person("3", "ada", &["no-group-of-ours"]));
    assert_eq!(through(&mut guest).await.status, 403);
    sim.signs_in(person("2", "ada", &["returns-ops"]));
    assert_eq!(through(&mut guest).await.status, 200);
    let failed = entries(&bench, "sign-in.failed").await;
    let taken: Vec<_> = failed
        .iter()
        .filter(|e| e["body"]["why"] == "name-taken")
        .collect();
    assert_eq!(taken.len(), 1, "{failed:?}");
    assert_eq!(taken[0]["subject"], "oidc/ada");
    assert!(bench.running.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rights_follow_the_groups() {
    let (sim, block) = provider(Signing::Es256, None).await;
    let bench = Bench::with(&block).await;
    let mut ada = Visitor::of(&bench);
    // Nobody without a group that has a role.
    sim.signs_in(person("1", "ada", &["chess", "Returns-Ops"]));
    let page = through(&mut ada).await;
    assert_eq!(page.status, 403);
    assert!(page.says("sign-in.no-group"), "{}", page.text);
    assert_eq!(entries(&bench, "user.").await.len(), 0, "nobody is kept");
    let failed = entries(&bench, "sign-in.failed").await;
    assert_eq!(
        (&failed[0]["subject"], &failed[0]["body"]["why"]),
        (&"oidc/ada".into(), &"no-group".into())
    );
    // Two groups, two roles.
    sim.signs_in(person("1", "ada", &["returns-ops", "money"]));
    assert_eq!(through(&mut ada).await.status, 200);
    assert_eq!(ada.get("/bench").await.status, 200);
    let listed = done(&bench, &["list"], "");
    assert_eq!(listed[0]["name"], "oidc/ada");
    assert_eq!(
        listed[0]["roles"],
        serde_json::json!(["finance", "operator"])
    );
    // The same again leaves the other session; others end it.
    let mut twin = Visitor::of(&bench);
    assert_eq!(through(&mut twin).await.status, 200);
    assert!(is_in(&mut ada).await && is_in(&mut twin).await);
    sim.signs_in(person("1", "ada", &["everybody"]));
    assert_eq!(through(&mut twin).await.status, 200);
    assert!(!is_in(&mut ada).await && is_in(&mut twin).await);
    assert_eq!(twin.get("/bench").await.status, 403);
    // None at all ends those that run as well.
    sim.signs_in(person("1", "ada", &[]));
    assert_eq!(through(&mut ada).await.status, 403);
    assert!(!is_in(&mut ada).await && !is_in(&mut twin).await);
    // Rights are the provider's to give.
    for arguments in [
        &[
            "set-scopes",
            "oidc/ada",
            "--role",
            "administrator",
            "--by",
            "root",
        ][..],
        &["set-password", "oidc/ada", "--by", "root"],
        &["add", "oidc/eve", "--role", "viewer", "--by", "root"],
    ] {
        let (code, text) = user(&bench, arguments, PASSWORD);
        assert_eq!(code, 2, "{arguments:?}: {text}");
    }
    assert!(bench.running.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_are_put_out_as_users_are() {
    let (sim, block) = provider(Signing::Es256, None).await;
    sim.signs_in(person("1", "ada@corp.example", &["everybody"]));
    let bench = Bench::with(&block).await;
    let (mut here, mut there) = (Visitor::of(&bench), Visitor::of(&bench));
    for visitor in [&mut here, &mut there] {
        assert_eq!(through(visitor).await.status, 200);
    }
    // By oneself, everywhere.
    let csrf = here.see("/returns").await.hidden("/sign-out", "csrf");
    let out = here.post("/sign-out/everywhere", &[("csrf", &csrf)]).await;
    assert_eq!(out.status, 303);
    assert!(!is_in(&mut there).await);
    // By an administrator.
    assert_eq!(through(&mut here).await.status, 200);
    let mut boss = Visitor::signed_in(&bench, "boss").await;
    let page = boss.see("/users").await;
    assert!(
        page.says("oidc/ada@corp.example") && !page.says("oidc:"),
        "{}",
        page.text
    );
    let action = "/users/oidc%2Fada%40corp.example/sign-out";
    let csrf = page.hidden(action, "csrf");
    assert_eq!(boss.post(action, &[("csrf", &csrf)]).await.status, 303);
    assert!(!is_in(&mut here).await);
    // By the command, for good.
    assert_eq!(through(&mut here).await.status, 200);
    done(
        &bench,
        &["disable", "oidc/ada@corp.example", "--by", "root"],
        "",
    );
    assert!(!is_in(&mut here).await);
    let page = through(&mut here).await;
    assert_eq!(page.status, 403);
    assert!(page.says("sign-in.disabled"), "{}", page.text);
    done(
        &bench,
        &["enable", "oidc/ada@corp.example", "--by", "root"],
        "",
    );
    assert_eq!(through(&mut here).await.status, 200);
    let out = entries(&bench, "user.signed-out").await;
    let who: Vec<(&str, &str)> = out
        .iter()
        .map(|e| (e["actor"].as_str().unwrap(), e["subject"].as_str().unwrap()))
        .collect();
    let ada = "oidc/ada@corp.example";
    assert_eq!(who, [(ada, ada), ("api/boss", ada)]);
    assert!(bench.running.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_decides_as_the_person_that_the_file_says() {
    let (sim, block) = provider(Signing::Es256, None).await;
    let bench = Bench::with(&format!("{}{block}", people())).await;
    let id = waiting(&bench, "W1", "somebody").await;
    let own = waiting(&bench, "W2", "max").await;
    let (here, there) = (format!("/approvals/{id}"), format!("/approvals/{own}"));
    let yes = [("do", "approve"), ("comment", "seen the photos")];
    // To be called as an approver is not to be one.
    let mut namesake = Visitor::of(&bench);
    sim.signs_in(person("2", "max", &["money"]));
    assert_eq!(through(&mut namesake).await.status, 200);
    let page = namesake.see(&here).await;
    assert!(!page.says("value=\"approve\""), "{}", page.text);
    // Whoever the file knows decides, and not on what is their own.
    let mut max = Visitor::of(&bench);
    sim.signs_in(person("1", "M.Mustermann@corp.example", &["money"]));
    assert_eq!(through(&mut max).await.status, 200);
    let page = max.see(&here).await;
    assert_eq!(max.send(&page, &here, &yes).await.status, 303);
    assert!(max.see(&here).await.says("max approved as"));
    let page = max.see(&there).await;
    assert_eq!(max.send(&page, &there, &yes).await.status, 403);
    let audit = bench.see("/v1/audit?action=approval.", "reader").await;
    let items = audit["items"].as_array().unwrap();
    let via: Vec<&str> = items
        .iter()
        .filter_map(|e| e["body"]["via"].as_str())
        .collect();
    let who = "oidc/m.mustermann@corp.example:max";
    assert_eq!(via, [who, who], "{audit}");
    assert!(bench.running.stop().await);
}
