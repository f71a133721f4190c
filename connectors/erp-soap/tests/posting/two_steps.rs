//! An ERP of BAPIs: what was made is kept only after a commit in the same session.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::sync::{Arc, Mutex};

use canonical::Command;
use connector::{FailureKind, Found, Settings};

use crate::scripted::{Scripted, envelope, ok};
use crate::support::{Clerk, command, settings};

/// How one call goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    /// As it should.
    Well,
    /// With a line of type E.
    Refused,
    /// Done, and no answer.
    Lost,
    /// Not done: 429.
    Throttled,
    /// Not done: 401.
    Locked,
}

/// What the ERP has.
#[derive(Debug, Default)]
struct Books {
    pending: Option<String>,
    kept: Vec<String>,
}

struct Bapi {
    server: Scripted,
    books: Arc<Mutex<Books>>,
    commit: Arc<Mutex<How>>,
}

const COOKIE: &str = "set-cookie: sap-contextid=SID1; path=/\r\n";

impl Bapi {
    async fn start(create: How, commit: How) -> Self {
        let books = Arc::new(Mutex::new(Books::default()));
        let commit = Arc::new(Mutex::new(commit));
        let (here, how) = (books.clone(), commit.clone());
        let server = Scripted::start(move |request| {
            let mut books = here.lock().unwrap();
            if request.contains("BAPI_SALESDOCU_CREATEFROMDATA1") {
                made(&mut books, request, create)
            } else if request.contains("BAPI_TRANSACTION_COMMIT") {
                committed(&mut books, request, *how.lock().unwrap())
            } else {
                found(&books, request)
            }
        })
        .await;
        Self {
            server,
            books,
            commit,
        }
    }

    fn settings(&self) -> Settings {
        settings(&format!(
            "url = \"{}\"\nprofile = \"sap-bapi\"\ntimeout = \"2s\"\nconnect_timeout = \"1s\"\n[vars]\n\
             sales_organization = \"1010\"\ndistribution_channel = \"10\"\ndivision = \"00\"\n\
             credit_memo_request_type = \"CR\"\nprice_condition = \"PR00\"",
            self.server.url()
        ))
    }

    fn kept(&self, command: &Command) -> usize {
        let books = self.books.lock().unwrap();
        let key = command.effect_key.as_str();
        books.kept.iter().filter(|kept| *kept == key).count()
    }
}

fn between<'t>(text: &'t str, from: &str, to: &str) -> &'t str {
    let (_, rest) = text.split_once(from).unwrap();
    rest.split_once(to).unwrap().0
}

fn response(name: &str, inside: &str) -> String {
    envelope(&format!(
        "<rfc:{name}.Response xmlns:rfc=\"urn:sap-com:document:sap:rfc:functions\">{inside}</rfc:{name}.Response>"
    ))
}

const REFUSED: &str =
    "<TYPE>E</TYPE><ID>ZZ</ID><NUMBER>001</NUMBER><MESSAGE>no authority</MESSAGE>";
const THROTTLED: &[u8] = b"HTTP/1.1 429 Too Many\r\nretry-after: 1\r\ncontent-length: 0\r\n\r\n";

const LOCKED: &[u8] = b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n";

fn made(books: &mut Books, request: &str, how: How) -> Vec<u8> {
    let name = "BAPI_SALESDOCU_CREATEFROMDATA1";
    let key = between(request, "<PURCH_NO_C>", "</PURCH_NO_C>").to_owned();
    match how {
        How::Refused => {
            let lines = format!("<RETURN><item>{REFUSED}</item></RETURN><SALESDOCUMENT_EX/>");
            ok("", &response(name, &lines))
        }
        How::Lost => {
            books.kept.push(key);
            Vec::new()
        }
        How::Throttled => THROTTLED.to_vec(),
        How::Locked => LOCKED.to_vec(),
        How::Well => {
            books.pending = Some(key);
            let inside = "<RETURN><item><TYPE>S</TYPE></item></RETURN><SALESDOCUMENT_EX>60000001</SALESDOCUMENT_EX>";
            ok(COOKIE, &response(name, inside))
        }
    }
}

fn committed(books: &mut Books, request: &str, how: How) -> Vec<u8> {
    let name = "BAPI_TRANSACTION_COMMIT";
    match how {
        How::Refused => {
            return ok("", &response(name, &format!("<RETURN>{REFUSED}</RETURN>")));
        }
        How::Throttled => return THROTTLED.to_vec(),
        How::Locked => return LOCKED.to_vec(),
        How::Well | How::Lost => {}
    }
    // Another session has nothing to commit.
    if request.contains("sap-contextid=SID1") {
        books.kept.extend(books.pending.take());
    }
    if how == How::Lost {
        return Vec::new();
    }
    ok(
        "",
        &response(name, "<RETURN><TYPE/><NUMBER>000</NUMBER></RETURN>"),
    )
}

fn found(books: &Books, request: &str) -> Vec<u8> {
    let key = between(
        request,
        "<PURCHASE_ORDER_NUMBER>",
        "</PURCHASE_ORDER_NUMBER>",
    );
    let rows: String = books
        .kept
        .iter()
        .filter(|kept| *kept == key)
        .map(|key| {
            // One row for each item of the document.
            let row = format!(
                "<item><SD_DOC>60000001</SD_DOC><PURCH_NO>{key}</PURCH_NO><SOLD_TO>C10010</SOLD_TO>\
                 <CURRENCY>USD</CURRENCY></item>"
            );
            row.repeat(2)
        })
        .collect();
    let inside = format!("<SALES_ORDERS>{rows}</SALES_ORDERS>");
    ok("", &response("BAPI_SALESORDER_GETLIST", &inside))
}

#[tokio::test]
async fn what_is_made_is_committed_in_its_session() {
    let erp = Bapi::start(How::Well, How::Well).await;
    let clerk = Clerk::new(&erp.settings());
    let command = command("basic");
    let first = clerk.send(&command).await.unwrap();
    assert_eq!(
        (first.duplicate, first.document.doc_no.as_str()),
        (false, "60000001")
    );
    assert_eq!(erp.kept(&command), 1);
    assert!(matches!(
        clerk.find(&command).await.unwrap(),
        Found::Complete(_)
    ));
    assert!(clerk.send(&command).await.unwrap().duplicate);
    assert_eq!(erp.kept(&command), 1);
    let looks = erp.server.asked();
    assert!(
        looks[0].contains("BAPI_SALESORDER_GETLIST"),
        "it looks first"
    );
    assert!(looks[1].contains("SOAPAction: \"\"") || looks[1].contains("soapaction: \"\""));
}

#[tokio::test]
async fn a_commit_that_surely_did_nothing_leaves_nothing_behind() {
    for commit in [How::Throttled, How::Locked] {
        let erp = Bapi::start(How::Well, commit).await;
        let clerk = Clerk::new(&erp.settings());
        let command = command("basic");
        let failure = clerk.send(&command).await.unwrap_err();
        assert_eq!(
            (failure.kind, failure.code),
            (FailureKind::InDoubt, "erp-soap.half-finished"),
            "{commit:?}"
        );
        assert_eq!(clerk.find(&command).await.unwrap(), Found::Nothing);
        *erp.commit.lock().unwrap() = How::Well;
        assert!(!clerk.send(&command).await.unwrap().duplicate);
        assert_eq!(erp.kept(&command), 1);
    }
}

#[tokio::test]
async fn a_refused_commit_is_not_believed_when_the_look_that_should_prove_it_fails() {
    // The first look-up shows the draft, the one behind the refusal fails: an earlier commit may have been done.
    let looks = Mutex::new(0);
    let erp = Scripted::start(move |request| {
        if request.contains("PostDraft") {
            let fault = "<S:Fault><faultcode>S:Client</faultcode><faultstring>not now</faultstring></S:Fault>";
            return ok("", &envelope(fault));
        }
        let mut looks = looks.lock().unwrap();
        *looks += 1;
        if *looks > 1 {
            return b"HTTP/1.1 503 Down\r\ncontent-length: 0\r\n\r\n".to_vec();
        }
        let draft = "<FindDraftResponse><D><No>D7</No><Status>Draft</Status></D></FindDraftResponse>";
        ok("", &envelope(draft))
    })
    .await;
    let clerk = Clerk::new(&crate::support::block(&erp.url(), DRAFTS));
    let failure = clerk.send(&command("basic")).await.unwrap_err();
    assert_eq!(
        (failure.kind, failure.code),
        (FailureKind::InDoubt, "erp-soap.half-finished")
    );
    assert!(failure.message.contains("not now"), "{failure}");
}

#[tokio::test]
async fn of_several_memos_the_one_that_was_not_taken_back_counts() {
    for (second, several) in [("Reversed", false), ("Posted", true)] {
        let erp = Scripted::start(move |_| {
            let list = format!(
                "<D><No>D7</No><Status>Posted</Status></D><D><No>D8</No><Status>{second}</Status></D>"
            );
            ok(
                "",
                &envelope(&format!("<FindDraftResponse>{list}</FindDraftResponse>")),
            )
        })
        .await;
        let clerk = Clerk::new(&crate::support::block(&erp.url(), DRAFTS));
        let found = clerk.find(&command("basic")).await.unwrap();
        assert_eq!(matches!(found, Found::Several(_)), several, "{found:?}");
        let one = matches!(&found, Found::Complete(document) if document.doc_no == "D7");
        assert_eq!(one, !several, "{found:?}");
    }
}

#[tokio::test]
async fn a_lost_answer_is_in_doubt_at_either_step() {
    for (create, commit) in [(How::Lost, How::Well), (How::Well, How::Lost)] {
        let erp = Bapi::start(create, commit).await;
        let clerk = Clerk::new(&erp.settings());
        let command = command("basic");
        let failure = clerk.send(&command).await.unwrap_err();
        assert_eq!(
            (failure.kind, failure.code),
            (FailureKind::InDoubt, "erp-soap.answer-lost"),
            "{create:?} {commit:?}"
        );
        assert!(matches!(
            clerk.find(&command).await.unwrap(),
            Found::Complete(_)
        ));
        assert!(clerk.send(&command).await.unwrap().duplicate);
        assert_eq!(erp.kept(&command), 1);
    }
}

#[tokio::test]
async fn a_line_of_type_e_refuses_at_either_step() {
    for (create, commit) in [(How::Refused, How::Well), (How::Well, How::Refused)] {
        let erp = Bapi::start(create, commit).await;
        let clerk = Clerk::new(&erp.settings());
        let command = command("basic");
        let failure = clerk.send(&command).await.unwrap_err();
        assert_eq!(
            (failure.kind, failure.code),
            (FailureKind::Rejected, "erp-soap.refused"),
            "{create:?} {commit:?}"
        );
        assert!(failure.message.contains("ZZ/001"), "{failure}");
        assert_eq!(erp.kept(&command), 0);
    }
}

/// An ERP that keeps drafts: the look-up shows a status, and the finishing call posts it.
const DRAFTS: &str = "adjust.guard = \"look-up-only\"\n[adjust.operations.credit-memo]\nhalf = [\"Draft\"]\n\
                      finish = { element = \"PostDraft\", shape = \"{Number: .document.number}\" }\n\
                      [[adjust.operations.credit-memo.places]]\nelement = \"FindDraft\"\nshape = \"{Key: .key}\"\n\
                      shows = { at = \"FindDraftResponse/D\", number = \"No\", status = \"Status\" }";

#[tokio::test]
async fn a_draft_that_is_found_is_finished_and_not_made_again() {
    let posted = Arc::new(Mutex::new(false));
    let here = posted.clone();
    let erp = Scripted::start(move |request| {
        let mut posted = here.lock().unwrap();
        if request.contains("PostDraft") {
            assert!(request.contains(">D7</m:Number>"), "{request}");
            *posted = true;
            return ok("", &envelope("<PostDraftResponse/>"));
        }
        assert!(request.contains("FindDraft"), "nothing is made: {request}");
        let status = if *posted { "Posted" } else { "Draft" };
        let draft = format!("<D><No>D7</No><Status>{status}</Status></D>");
        ok(
            "",
            &envelope(&format!("<FindDraftResponse>{draft}</FindDraftResponse>")),
        )
    })
    .await;
    let clerk = Clerk::new(&crate::support::block(&erp.url(), DRAFTS));
    let command = command("basic");
    assert!(matches!(
        clerk.find(&command).await.unwrap(),
        Found::Half(_)
    ));
    let sent = clerk.send(&command).await.unwrap();
    assert!(sent.duplicate && sent.document.doc_no == "D7");
    assert!(*posted.lock().unwrap());
    assert!(matches!(
        clerk.find(&command).await.unwrap(),
        Found::Complete(_)
    ));
}
