//! People who sign in by name and password: kept by the command, let in by the console, put out when they are changed.

use std::io::Write as _;
use std::process::{Command, Stdio};

use console::access;
use serde_json::{Value, json};

use crate::pages_approve::waiting;
use crate::support::{Bench, people};
use crate::visitor::Visitor;

pub const PASSWORD: &str = "correct horse battery";

/// Runs `backhaul user` on the store of a bench, with that on standard input; gives its exit code and what it printed.
pub fn user(bench: &Bench, arguments: &[&str], input: &str) -> (i32, String) {
    let file = bench.folder.path().join("command.toml");
    let text = "[broker]\nurl = \"embedded:queue.db\"\n[store]\nurl = \"sqlite:backhaul.db\"\n[approvers]\nfile = \"approvers.toml\"\n\
                [policy]\nfiles = [\"us01.toml\"]\n[[api.role]]\nname = \"night\"\nscopes = [\"exceptions:read\"]\n\
                [[api.apart]]\nscopes = [\"messages:try\", \"audit:read\"]\n";
    std::fs::write(&file, text).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_backhaul"))
        .arg("user")
        .args(arguments)
        .args(["--json", "--config"])
        .arg(&file)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Whoever refuses before it asks closes its end: that is no failure.
    let written = child.stdin.take().unwrap().write_all(input.as_bytes());
    assert!(
        written.is_ok()
            || written.is_err_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
    );
    let output = child.wait_with_output().unwrap();
    let both = [output.stdout, output.stderr].concat();
    let text = String::from_utf8(both).unwrap();
    assert!(!text.contains("argon2"), "no hash is told: {text}");
    assert!(!text.contains(PASSWORD), "{text}");
    (output.status.code().unwrap(), text)
}

pub fn done(bench: &Bench, arguments: &[&str], input: &str) -> Value {
    let (code, text) = user(bench, arguments, input);
    assert_eq!(code, 0, "{text}");
    serde_json::from_str(&text).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_has_a_password_gets_in_until_they_are_changed() {
    let bench = Bench::new().await;
    let by = ["--by", "root"];
    let add = |name: &'static str, more: &[&'static str]| [&["add", name], more, &by[..]].concat();
    let line = format!("{PASSWORD}\n");
    for (arguments, input, code, words) in [
        (
            add("ada", &["--role", "auditor"]),
            "elevenchars\n",
            2,
            "shorter than 12",
        ),
        (
            add("a/da", &["--role", "auditor"]),
            &*line,
            2,
            "no name for a user",
        ),
        (
            add("ada", &["--role", "king"]),
            &*line,
            2,
            "there is no role",
        ),
        (
            add("ada", &["--scope", "king"]),
            &*line,
            2,
            "is not a scope",
        ),
        (add("ada", &[]), &*line, 2, "required"),
        (
            add("ada", &["--role", "auditor", "--role", "operator"]),
            &*line,
            2,
            "nobody holds messages:try, audit:read together",
        ),
        (
            add("ada", &["--role", "viewer", "--person", "nobody"]),
            &*line,
            2,
            "no person",
        ),
        (
            vec!["disable", "ada", "--by", "root"],
            "",
            3,
            "there is no user",
        ),
    ] {
        let (found, text) = user(&bench, &arguments, input);
        assert_eq!(found, code, "{arguments:?}: {text}");
        assert!(text.contains(words), "{arguments:?}: {text}");
    }
    let ada = done(&bench, &add("ada", &["--role", "auditor"]), &line);
    assert_eq!(ada["roles"], json!(["auditor"]));
    let (code, text) = user(&bench, &add("ada", &["--role", "viewer"]), &line);
    assert_eq!(code, 3, "{text}");

    // Whether the name is known cannot be told from the answer.
    let mut visitor = Visitor::of(&bench);
    let mut answers = Vec::new();
    for (name, password) in [
        ("ada", "wrong horse battery"),
        ("nobody", PASSWORD),
        ("ada", ""),
        ("", PASSWORD),
    ] {
        let page = visitor.sign_in_by_name(name, password).await;
        assert_eq!(page.status, 401, "{name}");
        assert!(!visitor.cookies.contains_key("backhaul"));
        let form = page.hidden("/sign-in", "csrf");
        answers.push(page.text.replace(&form, ""));
    }
    answers.dedup();
    assert_eq!(answers.len(), 1);
    let page = visitor.sign_in_by_name("ada", PASSWORD).await;
    assert_eq!((page.status, page.to()), (303, "/"), "{}", page.text);
    assert!(visitor.see("/audit").await.says("user.added"));
    let page = visitor.get("/bench").await;
    assert_eq!(page.status, 403);
    assert!(page.says("lacks the right messages:try"), "{}", page.text);

    // Whatever is changed ends the session, and no other.
    let mut boss = Visitor::signed_in(&bench, "boss").await;
    let set = [
        "set-scopes",
        "ada",
        "--role",
        "night",
        "--scope",
        "returns:read",
        "--by",
        "root",
    ];
    done(&bench, &set, "");
    assert_eq!(visitor.get("/audit").await.to(), "/sign-in?to=%2Faudit");
    assert_eq!(visitor.sign_in_by_name("ada", PASSWORD).await.status, 303);
    assert_eq!(visitor.get("/audit").await.status, 403);
    visitor.see("/returns").await;
    done(
        &bench,
        &["set-password", "ada", "--by", "root"],
        "another horse battery\n",
    );
    assert_eq!(visitor.get("/returns").await.status, 303);
    assert_eq!(visitor.sign_in_by_name("ada", PASSWORD).await.status, 401);
    assert_eq!(
        visitor
            .sign_in_by_name("ada", "another horse battery")
            .await
            .status,
        303
    );
    done(&bench, &["disable", "ada", "--by", "root"], "");
    assert_eq!(visitor.get("/returns").await.status, 303);
    let page = visitor
        .sign_in_by_name("ada", "another horse battery")
        .await;
    assert_eq!(page.status, 401);
    assert!(page.says("Nobody signs in by that name and password"));
    done(&bench, &["enable", "ada", "--by", "root"], "");
    assert_eq!(
        visitor
            .sign_in_by_name("ada", "another horse battery")
            .await
            .status,
        303
    );
    boss.see("/returns").await;

    let listed = done(&bench, &["list"], "");
    assert_eq!(listed[0]["revision"], 5, "{listed}");
    let audit = bench
        .see("/v1/audit?subject=user%2Fada&action=user.", "reader")
        .await;
    let items = audit["items"].as_array().unwrap();
    let actions: Vec<&str> = items
        .iter()
        .map(|e| e["action"].as_str().unwrap())
        .collect();
    assert_eq!(
        actions,
        [
            "user.added",
            "user.rights-changed",
            "user.password-changed",
            "user.disabled",
            "user.enabled"
        ]
    );
    assert!(items.iter().all(|e| e["actor"] == "root"), "{audit}");
    assert!(!audit.to_string().contains("argon2"), "{audit}");
    let denied = bench
        .see("/v1/audit?actor=user%2Fada&action=api.denied", "auditor")
        .await;
    assert_eq!(denied["items"].as_array().unwrap().len(), 2, "{denied}");
    assert!(bench.running.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guesses_are_counted_with_those_of_tokens() {
    let bench = Bench::new().await;
    done(
        &bench,
        &["add", "ada", "--role", "viewer", "--by", "root"],
        PASSWORD,
    );
    let mut visitor = Visitor::of(&bench);
    for _ in 0..5 {
        assert_eq!(visitor.sign_in("guess", "/").await.status, 401);
        assert_eq!(visitor.sign_in_by_name("ada", "guess").await.status, 401);
    }
    assert_eq!(visitor.sign_in_by_name("ada", PASSWORD).await.status, 429);
    assert_eq!(visitor.sign_in("viewer", "/").await.status, 429);
    assert!(bench.running.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_decides_as_their_person() {
    let bench = Bench::with(&people()).await;
    let id = waiting(&bench, "W1", "somebody").await;
    let own = waiting(&bench, "W2", "max").await;
    done(
        &bench,
        &[
            "add", "mia", "--role", "finance", "--person", "max", "--by", "root",
        ],
        PASSWORD,
    );
    let mut visitor = Visitor::of(&bench);
    assert_eq!(visitor.sign_in_by_name("mia", PASSWORD).await.status, 303);
    let here = format!("/approvals/{id}");
    let page = visitor.see(&here).await;
    let yes = [("do", "approve"), ("comment", "seen the photos")];
    assert_eq!(visitor.send(&page, &here, &yes).await.status, 303);
    assert!(visitor.see(&here).await.says("max approved as"));
    let there = format!("/approvals/{own}");
    let page = visitor.see(&there).await;
    assert_eq!(visitor.send(&page, &there, &yes).await.status, 403);
    let audit = bench.see("/v1/audit?action=approval.", "reader").await;
    let via: Vec<&str> = audit["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|e| e["body"]["via"].as_str())
        .collect();
    assert_eq!(via, ["user/mia@max", "user/mia@max"], "{audit}");
    assert!(bench.running.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_has_the_scopes_of_its_roles() {
    let hash = access::write_hash(&access::hash("lead"));
    let blocks = format!(
        "[[api.token]]\nname = \"lead\"\nsha256 = \"{hash}\"\nscopes = [\"audit:read\"]\nroles = [\"night\"]\n\
         [[api.role]]\nname = \"night\"\nscopes = [\"exceptions:read\"]\n"
    );
    let bench = Bench::with(&blocks).await;
    for (path, status) in [
        ("/v1/exceptions", 200),
        ("/v1/audit", 200),
        ("/v1/returns", 403),
    ] {
        assert_eq!(bench.get(path, "lead").await.status(), status, "{path}");
    }
    assert!(bench.running.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn administrators_turn_users_away_over_the_api_and_on_the_page() {
    let bench = Bench::new().await;
    for name in ["ada", "bob", "root"] {
        let role = if name == "root" {
            "administrator"
        } else {
            "viewer"
        };
        let add = ["add", name, "--role", role, "--by", "root"];
        done(&bench, &add, PASSWORD);
    }
    let first = bench.see("/v1/users?limit=2", "boss").await;
    let names = |page: &Value| -> Vec<String> {
        let items = page["items"].as_array().unwrap().iter();
        items
            .map(|user| user["name"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(names(&first), ["ada", "bob"], "{first}");
    assert!(!first.to_string().contains("argon2"), "{first}");
    let cursor = first["next"].as_str().unwrap();
    let rest = bench
        .see(&format!("/v1/users?cursor={cursor}"), "boss")
        .await;
    assert_eq!(names(&rest), ["root"]);
    assert_eq!(bench.get("/v1/users", "auditor").await.status(), 403);

    // Sessions end at once; they are let in again when somebody says so.
    let mut ada = Visitor::of(&bench);
    assert_eq!(ada.sign_in_by_name("ada", PASSWORD).await.status, 303);
    let act = async |name: &str, what: &str, key: &str| {
        let path = format!("/v1/users/{name}/{what}");
        bench
            .post(&path, "boss", key, &json!({}))
            .await
            .status()
            .as_u16()
    };
    assert_eq!(act("ada", "sign-out", "K1").await, 200);
    assert_eq!(ada.get("/returns").await.status, 303);
    assert_eq!(ada.sign_in_by_name("ada", PASSWORD).await.status, 303);
    for _ in 0..2 {
        assert_eq!(act("ada", "disable", "K2").await, 200, "one key, once");
    }
    assert_eq!(act("ada", "disable", "K3").await, 409);
    assert_eq!(ada.get("/returns").await.status, 303);
    assert_eq!(ada.sign_in_by_name("ada", PASSWORD).await.status, 401);
    assert_eq!(act("nobody", "disable", "K4").await, 404);

    let mut root = Visitor::of(&bench);
    assert_eq!(root.sign_in_by_name("root", PASSWORD).await.status, 303);
    let page = root.see("/users").await;
    let csrf = page.hidden("/users/ada/enable", "csrf");
    let turn = async |root: &mut Visitor, what: &str| {
        root.post(&format!("/users/{what}"), &[("csrf", &*csrf)])
            .await
    };
    let enabled = turn(&mut root, "ada/enable").await;
    assert_eq!(enabled.to(), "/users", "{}", enabled.text);
    let again = turn(&mut root, "ada/enable").await;
    assert_eq!(again.status, 409, "{}", again.text);
    assert_eq!(ada.sign_in_by_name("ada", PASSWORD).await.status, 303);
    let own = turn(&mut root, "root/disable").await;
    assert_eq!(own.status, 409, "{}", own.text);
    assert!(own.says("nobody shuts themselves out"), "{}", own.text);
    let done = turn(&mut root, "bob/disable").await;
    assert_eq!(done.to(), "/users", "{}", done.text);
    assert!(root.see("/users").await.says("/users/bob/enable"));

    let audit = bench
        .see("/v1/audit?subject=user%2Fada&action=user.", "auditor")
        .await;
    let said: Vec<(&str, &str)> = audit["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| (e["action"].as_str().unwrap(), e["actor"].as_str().unwrap()))
        .collect();
    assert_eq!(
        said,
        [
            ("user.added", "root"),
            ("user.signed-out", "api/boss"),
            ("user.disabled", "api/boss"),
            ("user.enabled", "user/root"),
        ]
    );
    assert!(bench.running.stop().await);
}

/// Somebody has to administer.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_who_administers_stays() {
    let bench = Bench::new().await;
    for (name, role) in [("ada", "administrator"), ("max", "operator")] {
        done(
            &bench,
            &["add", name, "--role", role, "--by", "root"],
            PASSWORD,
        );
    }
    let demote = ["set-scopes", "ada", "--role", "viewer", "--by", "root"];
    for args in [&["disable", "ada", "--by", "root"][..], &demote] {
        let (code, text) = user(&bench, args, "");
        assert_eq!(code, 3, "{text}");
        assert!(text.contains("the last who administers"), "{text}");
    }
    let turn = async |name: &str, key: &str| {
        let path = format!("/v1/users/{name}/disable");
        bench.post(&path, "boss", key, &json!({})).await
    };
    let refused = turn("ada", "K1").await;
    assert_eq!(refused.status(), 409);
    let why = refused.text().await.unwrap();
    assert!(why.contains("the last who administers"), "{why}");
    assert_eq!(turn("max", "K2").await.status(), 200, "he does not");
    // With another one either may go, and the other one stays.
    done(
        &bench,
        &["add", "sue", "--scope", "admin", "--by", "root"],
        PASSWORD,
    );
    assert_eq!(turn("ada", "K3").await.status(), 200);
    assert_eq!(turn("sue", "K4").await.status(), 409);
    done(&bench, &["enable", "ada", "--by", "root"], "");
    done(&bench, &demote, "");
    let force = ["disable", "sue", "--force", "--by", "root"];
    let gone = done(&bench, &force, "");
    assert_eq!(gone["enabled"], false);
    assert!(bench.running.stop().await);
}
