//! A return in a small world: facts go in, effects are remembered, and after every step the invariants must hold.

pub(crate) mod happening;
mod invariants;
pub(crate) mod scene;
mod told;

#[allow(unused_imports, reason = "some test files read the books")]
pub(crate) use invariants::{Invariant, posted};
pub(crate) use testkit::facts;

use std::collections::{BTreeMap, BTreeSet};

use canonical::effect::{EffectReport, ErpRef};
use canonical::status::StatusEvent;
use canonical::{
    BusinessCode, Command, EffectKey, EffectKind, EffectResult, Event, EventData, ExceptionCode,
    Lifecycle, MessageKey, Money, Qty, ReturnName, ReturnType,
};
use jiff::{SignedDuration, Timestamp};
use proptest::test_runner::{Config as ProptestConfig, RngSeed};
use workflow::{
    Bucket, Claim, Found, Given, History, HistoryAsk, PolicySet, Raised, ReturnState, Step,
    TimerSet, Verdict, apply,
};

/// The policy that is shipped as an example.
const US01: &str = include_str!("../../../../../deploy/policy/us01.toml");

/// What the router would hold.
pub(crate) struct World {
    pub state: Option<ReturnState>,
    pub policies: PolicySet,
    pub now: Timestamp,
    pub claims: Vec<Claim>,
    /// Every effect ever planned, and whether it may be sent.
    pub effects: BTreeMap<EffectKey, (Command, bool)>,
    pub cancelled: BTreeSet<EffectKey>,
    pub confirmed: BTreeSet<EffectKey>,
    pub statuses: Vec<StatusEvent>,
    pub exceptions: BTreeMap<String, Raised>,
    pub timers: BTreeMap<String, TimerSet>,
    pub references: Vec<(String, String)>,
    /// Base units that the policy tolerates on top of a line.
    pub tolerance: Qty,
    /// Length of the invoice lines' axis.
    pub axis: Qty,
    /// True if the policy books goods into hold when they arrive.
    pub books_arrivals: bool,
    /// What other returns were credited, by invoice.
    pub rolling: Option<Vec<(String, i64)>>,
    /// What the last event was to be told and was not.
    pub asks: Option<HistoryAsk>,
    /// Credits without goods that the customer got elsewhere.
    pub no_receipt_credits: Option<u32>,
    /// Who approved which calculation (hash, user): as it was told, whether or not it counted.
    pub said: BTreeSet<(String, String)>,
    /// What partners told of goods.
    pub told: told::Told,
    /// The policy is the example, and goods are told in base units: more can be looked after.
    pub by_the_example: bool,
    /// The invariant that is looked after; all of them if none.
    pub watched: Option<Invariant>,
    /// Everything that was told: when, what, whether an operator gave it back, and what became of it.
    pub log: Vec<(Timestamp, EventData, bool, Verdict)>,
    /// What other returns are to be told.
    pub passed_on: Vec<Event>,
    events: u64,
    again: bool,
}

impl World {
    /// Nothing has happened yet; credits as the example policy says, released by that granularity.
    pub(crate) fn new(granularity: &str) -> Self {
        let text = US01.replace("\"per_receipt\"", &format!("{granularity:?}"));
        Self::with_policy(&text)
    }

    /// The same, under a policy that says when the ERP learns of goods on hold.
    pub(crate) fn booking(granularity: &str, posting: &str) -> Self {
        Self::tolerating(granularity, posting, 0, "")
    }

    /// The same; so many base units are accepted on top of a line, and the policy has `more` rules.
    pub(crate) fn tolerating(granularity: &str, posting: &str, tolerated: i32, more: &str) -> Self {
        let over = "[over_receipt]                      # accepted on top of what was authorised: the smaller of both\n";
        let text = US01
            .replace("\"per_receipt\"", &format!("{granularity:?}"))
            .replace("\"receipt_to_hold\"", &format!("{posting:?}"))
            .replace(
                &format!("{over}percent = \"0\"\nbase_qty = \"0\""),
                &format!("[over_receipt]\npercent = \"100\"\nbase_qty = \"{tolerated}\""),
            );
        assert!(text.contains("percent = \"100\"\nbase_qty"));
        let mut world = Self::with_policy(&format!("{text}{more}"));
        world.tolerance = Qty::whole(tolerated);
        world
    }

    pub(crate) fn with_policy(text: &str) -> Self {
        let documents = [("us01.toml".to_owned(), text.to_owned())];
        let policies = PolicySet::load(&documents).unwrap_or_else(|p| panic!("{p:#?}"));
        Self {
            state: None,
            policies,
            now: facts::at("2026-05-01T10:00:00Z"),
            claims: Vec::new(),
            effects: BTreeMap::new(),
            cancelled: BTreeSet::new(),
            confirmed: BTreeSet::new(),
            statuses: Vec::new(),
            exceptions: BTreeMap::new(),
            timers: BTreeMap::new(),
            references: Vec::new(),
            tolerance: Qty::ZERO,
            axis: Qty::whole(10),
            books_arrivals: !text.contains("\"at_disposition\""),
            rolling: None,
            asks: None,
            no_receipt_credits: Some(0),
            said: BTreeSet::new(),
            told: told::Told::default(),
            by_the_example: false,
            watched: None,
            log: Vec::new(),
            passed_on: Vec::new(),
            events: 0,
            again: false,
        }
    }

    /// A world in which that return was asked for.
    pub(crate) fn after(granularity: &str, asked: EventData) -> Self {
        let mut world = Self::new(granularity);
        assert_eq!(world.tell(asked), Verdict::Applied);
        world
    }

    pub(crate) fn state(&self) -> &ReturnState {
        self.state.as_ref().unwrap()
    }

    /// Tells a fact, an hour after the last one.
    pub(crate) fn tell(&mut self, data: EventData) -> Verdict {
        self.now += SignedDuration::from_hours(1);
        let before = self.state.clone();
        if let EventData::ApprovalDecided(told) = &data {
            let said = (told.calc_hash.clone(), told.decision.user.clone());
            self.said.insert(said);
        }
        if let EventData::EffectSettled(report) = &data
            && report.result == EffectResult::Confirmed
        {
            self.confirmed.insert(report.effect_key.clone());
        }
        let step = self.step(data.clone());
        let verdict = step.verdict.clone();
        self.asks.clone_from(&step.asks);
        let early = before.as_ref().is_none_or(is_undecided);
        self.told.hear(&data, &verdict, early);
        let entry = (self.now, data, self.again, verdict.clone());
        self.log.push(entry);
        invariants::check_step(self, before.as_ref(), &step);
        self.absorb(step);
        if let Some(state) = &self.state {
            invariants::check_state(self, state);
        }
        verdict
    }

    /// Tells a log from its beginning, each entry when it was told.
    pub(crate) fn fold(&mut self, log: &[(Timestamp, EventData, bool, Verdict)]) {
        for (at, data, again, _) in log {
            self.now = *at - SignedDuration::from_hours(1);
            self.again = *again;
            self.tell(data.clone());
        }
        self.again = false;
    }

    /// Everything that a return has led to: what is compared when it is told twice.
    pub(crate) fn picture(&self) -> String {
        let state = serde_json::to_string(&self.state).unwrap();
        let statuses = serde_json::to_string(&self.statuses).unwrap();
        let effects: Vec<_> = self.effects.values().collect();
        format!(
            "{state}\n{statuses}\n{effects:#?}\n{:#?}\n{:#?}\n{:#?}\n{:#?}",
            self.cancelled, self.claims, self.exceptions, self.timers
        )
    }

    /// True if that invariant is to be looked after.
    pub(crate) fn watches(&self, invariant: Invariant) -> bool {
        match self.watched {
            Some(watched) => watched == invariant,
            None => self.by_the_example || !invariant.needs_the_example(),
        }
    }

    /// An operator gives a fact back to the flow, and the exceptions named so are closed with it.
    pub(crate) fn replay(&mut self, data: EventData, closes: Option<ExceptionCode>) -> Verdict {
        self.exceptions
            .retain(|_, raised| Some(raised.code) != closes);
        self.again = true;
        let verdict = self.tell(data);
        self.again = false;
        verdict
    }

    fn step(&mut self, data: EventData) -> Step {
        self.events += 1;
        let is_credit_only = match (&self.state, &data) {
            (Some(state), _) => state.header().return_type == ReturnType::CreditOnly,
            (None, EventData::ReturnRequested(asked)) => {
                asked.return_type == ReturnType::CreditOnly
            }
            (None, _) => false,
        };
        let key = format!("event-{}", self.events);
        let event = Event {
            key: MessageKey(key.clone()),
            subject: ReturnName::External {
                system: "portal".to_owned(),
                value: "P1".to_owned(),
            },
            occurred_at: self.now,
            data,
        };
        // Without goods it is always looked up.
        let history = (self.rolling.is_some() || is_credit_only).then(|| History {
            rolling: self.rolling.as_deref().unwrap_or_default(),
            no_receipt_credits_90d: self.no_receipt_credits,
        });
        let policy = self.policies.at("US01", self.now);
        let found = match policy.filter(|policy| policy.blind_return().is_some()) {
            Some(policy) => Found::Nobodys {
                policy,
                candidates: &[],
            },
            None => Found::ByName,
        };
        let given = Given {
            crosswalk_version: "",
            policies: &self.policies,
            now: self.now,
            connector: "test",
            correlation_id: "corr-1",
            causation_id: &key,
            claims: &self.claims,
            history,
            again: self.again,
            found,
        };
        apply(self.state.clone(), &event, &given)
    }

    fn absorb(&mut self, step: Step) {
        if let Some(state) = step.state {
            let text = serde_json::to_string(&state).unwrap();
            let back: ReturnState = serde_json::from_str(&text).unwrap();
            assert_eq!(back, state, "the state survives its own JSON");
            self.state = Some(state);
        }
        for gone in &step.releases {
            let before = self.claims.len();
            self.claims.retain(|claim| claim != gone);
            assert_eq!(
                self.claims.len() + 1,
                before,
                "given back as it was taken: {gone:?}"
            );
        }
        self.claims.extend(step.claims);
        self.references.extend(step.references);
        self.passed_on.extend(step.tell);
        for planned in step.plan {
            self.effects.insert(
                planned.command.effect_key.clone(),
                (planned.command, planned.ready),
            );
        }
        for key in step.release {
            self.effects.get_mut(&key).unwrap().1 = true;
        }
        self.cancelled.extend(step.cancel);
        self.statuses.extend(step.statuses);
        for fingerprint in step.resolve {
            self.exceptions.remove(&fingerprint);
        }
        for raised in step.exceptions {
            self.exceptions
                .entry(raised.fingerprint.clone())
                .or_insert(raised);
        }
        for key in step.timers_done {
            self.timers.remove(&key);
        }
        for timer in step.timers {
            self.timers.insert(timer.key.clone(), timer);
        }
    }

    /// Confirms an effect; the target shows that amount.
    pub(crate) fn confirm_with(&mut self, key: &EffectKey, amount: Option<Money>) -> Verdict {
        self.settle_with(key, EffectResult::Confirmed, amount)
    }

    /// What became of an effect.
    pub(crate) fn settle(&mut self, key: &EffectKey, result: EffectResult) -> Verdict {
        self.settle_with(key, result, None)
    }

    fn settle_with(
        &mut self,
        key: &EffectKey,
        result: EffectResult,
        amount: Option<Money>,
    ) -> Verdict {
        let (command, _) = &self.effects[key];
        let report = EffectReport {
            effect_key: key.clone(),
            kind: command.kind,
            result,
            erp_ref: (result == EffectResult::Confirmed).then(|| ErpRef {
                amount,
                ..ErpRef::new("DOC", "4711")
            }),
            recovered: false,
            failure_code: String::new(),
            failure_text: String::new(),
            settled_at: self.now,
        };
        self.tell(EventData::EffectSettled(report))
    }

    /// Confirms everything that may be sent, until nothing is left.
    pub(crate) fn confirm_all(&mut self) {
        while let Some(key) = self.next_ready() {
            assert_eq!(self.settle(&key, EffectResult::Confirmed), Verdict::Applied);
        }
    }

    pub(crate) fn next_ready(&self) -> Option<EffectKey> {
        self.effects
            .iter()
            .find(|(key, (_, ready))| {
                *ready && !self.confirmed.contains(*key) && !self.cancelled.contains(*key)
            })
            .map(|(key, _)| key.clone())
    }

    /// Grants every approval that is open, by somebody new each time.
    pub(crate) fn approve_all(&mut self) {
        loop {
            let open = self.state().open_approvals().next().cloned();
            let Some(approval) = open else { return };
            let role = approval.required.iter().map(|need| need.role.clone());
            for (n, role) in role.enumerate() {
                let name = (approval.approval_id.as_str(), approval.calc_hash.as_str());
                let user = format!("approver-{}-{n}", self.events);
                let yes = canonical::approval::Verdict::Approve;
                self.tell(facts::decided(name, &user, &role, yes));
            }
        }
    }

    /// Approves and confirms until nothing is left to do.
    pub(crate) fn run_down(&mut self) {
        self.confirm_all();
        while self.state().open_approvals().next().is_some() {
            self.approve_all();
            self.confirm_all();
        }
    }

    /// Keys of all effects that were not cancelled.
    pub(crate) fn keys(&self) -> BTreeSet<String> {
        self.effects
            .iter()
            .filter(|(key, _)| !self.cancelled.contains(*key))
            .map(|(_, (command, _))| command.key_text.clone())
            .collect()
    }

    pub(crate) fn commands(&self, kind: EffectKind) -> Vec<&Command> {
        self.effects
            .values()
            .map(|(command, _)| command)
            .filter(|command| command.kind == kind)
            .collect()
    }

    pub(crate) fn codes(&self) -> Vec<BusinessCode> {
        self.statuses
            .iter()
            .map(|status| status.business_code)
            .collect()
    }

    pub(crate) fn raised(&self, code: ExceptionCode) -> usize {
        self.exceptions
            .values()
            .filter(|raised| raised.code == code)
            .count()
    }

    /// Pieces in a bucket.
    pub(crate) fn pieces(&self, bucket: Bucket) -> i64 {
        self.state().in_bucket(bucket).millionths() / Qty::UNIT
    }

    /// What is where, by line.
    pub(crate) fn buckets(&self) -> Vec<BTreeMap<Bucket, Qty>> {
        self.state()
            .lines()
            .iter()
            .map(|line| line.buckets.held().collect())
            .collect()
    }
}

/// Facts about its goods wait until somebody has decided.
fn is_undecided(state: &ReturnState) -> bool {
    matches!(
        state.lifecycle(),
        Lifecycle::Requested | Lifecycle::PendingAuthorization
    )
}

/// A property tried so many times with the same cases each time, so that a red run is due to a change; or PROPTEST_CASES
/// times with cases nobody has seen, if that is set in the environment: a campaign.
pub(crate) fn tried(times: u32) -> ProptestConfig {
    let asked = std::env::var("PROPTEST_CASES").ok();
    match asked.and_then(|cases| cases.parse().ok()) {
        Some(cases) => ProptestConfig::with_cases(cases),
        None => ProptestConfig {
            rng_seed: RngSeed::Fixed(20_260_505),
            ..ProptestConfig::with_cases(times)
        },
    }
}
