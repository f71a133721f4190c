//! The people of a scenario and what they do: they ask and decide by the API, and tell the router what an operator may tell.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use canonical::approval::Approval;
use canonical::crosswalk::Direction;
use canonical::event::{CreditReversalRequest, HoldChange};
use canonical::header::ReturnRequest;
use canonical::{EventData, HoldFlag};
use data_encoding::HEXLOWER;
use jiff::Timestamp;
use reqwest::Method;
use router::Routes;
use router::crosswalk::govern::{self, Drafting, Proposal};
use router::desk::{self, Decided, Replay};
use router::operator::{self, Told};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use store::ExceptionRow;

use crate::stage::{Setting, Stage};

/// Who may approve what. Ivan inspects goods and could approve as well; for a month everybody may act for him.
const APPROVERS: &str = r#"
tz = "UTC"
[[person]]
user = "sue"
roles = ["returns_supervisor"]
[[person]]
user = "fred"
roles = ["finance_manager"]
[[person]]
user = "cora"
roles = ["controller", "finance_manager"]
[[person]]
user = "max"
roles = ["returns_manager"]
[[person]]
user = "carol"
roles = ["returns_supervisor"]
[[person]]
user = "ivan"
roles = ["returns_supervisor"]
[[delegation]]
from = "ivan"
to = "max"
valid_from = 2020-01-01
valid_until = 2100-01-01
"#;

const USERS: [&str; 6] = ["sue", "fred", "cora", "max", "carol", "ivan"];

fn token(name: &str, more: &str) -> String {
    let hash = HEXLOWER.encode(&Sha256::digest(name.as_bytes()));
    format!("[[api.token]]\nname = {name:?}\nsha256 = {hash:?}\n{more}\n")
}

impl Setting {
    /// With the API, and people who may approve by it.
    pub(crate) fn people(mut self) -> Self {
        let mut approvers = APPROVERS.to_owned();
        let roles = [
            "returns_supervisor",
            "finance_manager",
            "controller",
            "returns_manager",
        ];
        for role in roles {
            let limit = format!(
                "[[limit]]\nrole = {role:?}\ncurrency = \"USD\"\nactivity = \"credit\"\nto = \"unlimited\"\n"
            );
            approvers += &limit;
        }
        self.files.push(("approvers.toml", approvers));
        let mut more = "\n[api]\nlisten = \"127.0.0.1:0\"\n".to_owned();
        more += &token("boss", "scopes = [\"admin\"]");
        for user in USERS {
            let scopes =
                format!("scopes = [\"approvals:read\", \"approvals:decide\"]\nperson = {user:?}");
            more += &token(user, &scopes);
        }
        more += "[approvers]\nfile = \"approvers.toml\"\n";
        self.blocks(&more)
    }
}

impl Stage {
    /// Asks the API, and gives status and body. A token's text is its name; with a key it waits for what comes of it.
    pub(crate) async fn ask_api(
        &self,
        method: Method,
        path: &str,
        who: &str,
        keyed: Option<(&str, &Value)>,
    ) -> Result<(u16, Value)> {
        let url = format!("http://{}{path}", self.api()?);
        let client = reqwest::Client::builder().timeout(Duration::from_mins(1));
        let mut request = client.build()?.request(method.clone(), url);
        request = request.bearer_auth(who);
        if method == Method::PATCH {
            request = request.header("If-Match", "*");
        }
        if let Some((key, body)) = keyed {
            request = request
                .header("Idempotency-Key", key)
                .header("Prefer", "wait=20")
                .json(body);
        }
        let answer = request.send().await?;
        let status = answer.status().as_u16();
        Ok((status, answer.json().await?))
    }

    /// The API is asked for a return, and it is authorised.
    pub(crate) async fn asked_by_api(&self, asked: &ReturnRequest) -> Result<()> {
        let body = serde_json::to_value(asked)?;
        let keyed = Some((asked.request_id.as_str(), &body));
        let (status, said) = self
            .ask_api(Method::POST, "/v1/returns", "boss", keyed)
            .await?;
        ensure!(
            status == 201 && said["decision"] == "authorised",
            "{status} {said}"
        );
        Ok(())
    }

    /// Decides on an approval as it stands, by the API.
    pub(crate) async fn decide(
        &self,
        who: &str,
        word: &str,
        approval: &Approval,
        more: &Value,
    ) -> Result<(u16, Value)> {
        let seen = json!({
            "calc_hash": approval.calc_hash, "version": approval.version, "reason": "NOT_DEFECTIVE: seen"
        });
        let body = crate::say::with(seen, more);
        let path = format!("/v1/approvals/{}/{word}", approval.approval_id);
        let key = format!("{who}/{}/{}/{more}", approval.approval_id, approval.version);
        self.ask_api(Method::POST, &path, who, Some((&key, &body)))
            .await
    }

    /// The approval that a return waits for, once it does.
    pub(crate) async fn asked_for(&self, rma: &str) -> Result<Approval> {
        let waits = |s: &workflow::ReturnState| s.open_approvals().next().is_some();
        let state = self.until_return(rma, "a person is asked", waits).await?;
        let open = state.open_approvals().next().cloned();
        open.context("an approval")
    }

    /// They approve what that return waits for, and it counts.
    pub(crate) async fn approve(&self, who: &str, rma: &str) -> Result<()> {
        let approval = self.asked_for(rma).await?;
        let (status, said) = self.decide(who, "approve", &approval, &json!({})).await?;
        ensure!(status == 200 && said["counts"] == true, "{status} {said}");
        Ok(())
    }

    /// Somebody of the house tells the router something about a return.
    pub(crate) async fn operator(&self, rma: &str, id: &str, data: EventData) -> Result<()> {
        let state = self.the(rma).await?;
        let told = Told {
            return_id: state.return_id(),
            id,
            data,
            who: "fiona",
            reason: "as agreed",
        };
        operator::tell(self.store.as_ref(), &told, Timestamp::now()).await?;
        Ok(())
    }

    /// Somebody has what an exception stopped done again.
    pub(crate) async fn replay(&self, row: &ExceptionRow) -> Result<()> {
        let whole = self.store.exception(&row.exception_id).await?;
        let whole = whole.context("the exception")?;
        let routes = Routes::new(Vec::new());
        let how = Replay {
            who: "amelia",
            vouched: false,
            routes: &routes,
        };
        let decided = desk::replay(self.store.as_ref(), &whole, how, row.opened_at).await?;
        ensure!(matches!(decided, Decided::Done(_)), "{decided:?}");
        Ok(())
    }

    /// One person proposes what a partner's code means, another publishes it.
    pub(crate) async fn publish(
        &self,
        system: &str,
        list: &str,
        code: &str,
        ours: &str,
    ) -> Result<()> {
        let proposal = Proposal {
            list: list.to_owned(),
            system: system.to_owned(),
            direction: Direction::In,
            source_code: code.to_owned(),
            canonical_code: ours.to_owned(),
            from: None,
            to: None,
            owner: String::new(),
        };
        let now = Timestamp::now();
        let how = Drafting {
            by: "ada",
            systems: &[system.to_owned()],
            configured: &[],
            replace: false,
            known_is_fine: false,
            now,
        };
        let book = self.store.crosswalk().await?;
        let drafted = govern::draft(&book, &[proposal], how);
        let drafted = drafted.map_err(|wrong| anyhow::anyhow!("{wrong:?}"))?;
        let drafted = drafted.context("a draft")?;
        let numbers: Vec<u64> = drafted.rows.iter().map(|row| row.number).collect();
        ensure!(self.store.change_crosswalk(drafted).await?, "drafted");
        let book = self.store.crosswalk().await?;
        let approved = govern::approve(&book, &numbers, ("grace", None), now);
        let approved = approved.map_err(|wrong| anyhow::anyhow!("{wrong:?}"))?;
        ensure!(self.store.change_crosswalk(approved).await?, "published");
        Ok(())
    }

    /// The customer is put on hold, or the hold is lifted.
    pub(crate) async fn hold(&self, rma: &str, held: bool) -> Result<()> {
        let change = HoldChange {
            flag: HoldFlag::CustomerHold,
            held,
            changed_at: Timestamp::now(),
            changed_by: "fiona".to_owned(),
            reason: "unpaid invoices".to_owned(),
        };
        let id = format!("hold/{held}");
        self.operator(rma, &id, EventData::HoldChanged(change))
            .await
    }

    /// Finance takes a return's only memo back.
    pub(crate) async fn take_back(&self, rma: &str) -> Result<()> {
        let memos = self.effects(rma, "ERP_CREDIT_MEMO").await?;
        let memo = memos.first().context("a memo")?.effect_key.clone();
        let request = CreditReversalRequest {
            request_id: format!("back/{memo}"),
            memo,
            credit_again: false,
            requested_by: "fiona".to_owned(),
            reason: "wrong account".to_owned(),
        };
        let id = request.request_id.clone();
        self.operator(rma, &id, EventData::CreditReversalRequested(request))
            .await
    }
}
