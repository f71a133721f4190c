//! People: they approve what waits for them, and give dead letters back.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use canonical::MessageKey;
use canonical::approval::Verdict;
use connector::DuplicateGuard;
use router::Routes;
use router::desk::{self, Decided, Replay};
use router::impact::Action;
use router::replay::{Answer, Asker, Chosen, Limits, Wish, ask};
use store::{
    EffectState, ExceptionFilter, ExceptionRow, ExceptionState, ReturnFilter, SqliteStore, Store,
    StoreError,
};
use testkit::facts;
use workflow::ReturnState;

use crate::feed::Feed;
use crate::partner::Partners;
use crate::story;
use crate::world::World;

/// Everybody who decides.
pub struct Operator {
    /// The run.
    pub world: Arc<World>,
    /// The store.
    pub store: Arc<SqliteStore>,
    /// Where decisions are said.
    pub feed: Arc<Feed>,
    /// What targets hold: somebody who releases a send looks there first.
    pub partners: Arc<Partners>,
    /// Ways of effects.
    pub routes: Routes,
    /// Decisions already said.
    pub said: BTreeSet<String>,
}

/// The returns as they are stored.
pub async fn states(store: &SqliteStore) -> Result<Vec<ReturnState>, StoreError> {
    let rows = store.returns(&ReturnFilter::default()).await?;
    let read = rows.iter().map(|row| serde_json::from_str(&row.state));
    read.collect::<Result<_, _>>()
        .map_err(|error| StoreError::Broken(error.to_string()))
}

/// True if that is given back together with what else is open of its return.
fn by_run(row: &ExceptionRow) -> bool {
    let last = row.return_id.bytes().last();
    last.is_some_and(|byte| byte % 2 == 0)
}

impl Operator {
    /// Approves what waits for somebody.
    pub async fn approve(&mut self) -> Result<(), StoreError> {
        for state in states(&self.store).await? {
            let number = state.header().external_refs.iter().find_map(|r| {
                let value = &r.value;
                value
                    .strip_prefix('P')
                    .and_then(|n| n.parse::<usize>().ok())
            });
            let Some(number) = number else { continue };
            for approval in state.open_approvals() {
                for required in &approval.required {
                    let name = format!("approval-{}-{}", approval.approval_id, required.role);
                    if !self.said.insert(name.clone()) {
                        continue;
                    }
                    let user = format!("{}-{}", required.role, approval.decisions.len());
                    let id = (approval.approval_id.as_str(), approval.calc_hash.as_str());
                    let data = facts::decided(id, &user, &required.role, Verdict::Approve);
                    self.world
                        .tell(format!("{user} approves {name} of P{number}"));
                    story::say(&self.feed, number, &name, data, Duration::from_secs(1));
                }
            }
        }
        Ok(())
    }

    /// Open exceptions.
    pub async fn open(&self) -> Result<Vec<ExceptionRow>, StoreError> {
        let filter = ExceptionFilter {
            state: Some(ExceptionState::Open),
            ..ExceptionFilter::default()
        };
        let mut rows = self.store.exceptions(&filter).await?;
        rows.sort_by(|a, b| a.exception_id.cmp(&b.exception_id));
        Ok(rows)
    }

    /// Gives everything back that can go on: of some returns by runs, the rest one by one. How many did.
    pub async fn give_back(&self) -> Result<usize, StoreError> {
        let open = self.open().await?;
        let by_runs = self.give_back_by_runs(&open).await?;
        let mut given = by_runs.len();
        for row in open {
            if by_runs.contains(&row.return_id)
                || row.occurrences > 12
                || !self.may_go_on(&row).await?
            {
                continue;
            }
            let Some(whole) = self.store.exception(&row.exception_id).await? else {
                continue;
            };
            // Nobody can make anything of these.
            if [story::STRAY, story::GARBAGE]
                .iter()
                .any(|text| whole.raw == text.as_bytes())
            {
                continue;
            }
            let how = Replay {
                who: "operator",
                vouched: true,
                routes: &self.routes,
            };
            let decided = desk::replay(self.store.as_ref(), &whole, how, self.world.now()).await?;
            self.world.tell(format!(
                "replay of {} {}: {decided:?}",
                row.code, row.effect_key
            ));
            if matches!(decided, Decided::Done(_)) {
                given += 1;
            }
        }
        Ok(given)
    }

    /// Asks for a run for each of those returns of which everything that is open can go on.
    async fn give_back_by_runs(
        &self,
        open: &[ExceptionRow],
    ) -> Result<BTreeSet<String>, StoreError> {
        let mut returns = BTreeMap::<&str, bool>::new();
        for row in open.iter().filter(|row| by_run(row)) {
            let does = desk::preview(self.store.as_ref(), row, &self.routes).await?;
            let goes_on = row.occurrences <= 12
                && does.does != Action::Nothing
                && self.may_go_on(row).await?;
            *returns.entry(&row.return_id).or_insert(true) &= goes_on;
        }
        let mut given = BTreeSet::new();
        for (return_id, _) in returns.into_iter().filter(|(_, goes_on)| *goes_on) {
            let now = self.world.now();
            let wish = Wish {
                name: MessageKey::derive(&["operator", return_id, &now.to_string()]),
                chosen: Chosen {
                    return_id: Some(return_id.to_owned()),
                    ..Chosen::default()
                },
                canary: 1,
                canary_seconds: 20,
                rate: 2,
                vouched: true,
                who: Asker::named("operator"),
                now,
            };
            let asked = ask::start(self.store.as_ref(), wish, &Limits::default()).await?;
            self.world
                .tell(format!("run of replays for {return_id}: {asked:?}"));
            if matches!(asked, Answer::Done(_)) {
                given.insert(return_id.to_owned());
            }
        }
        Ok(given)
    }

    /// Would a careful person replay that? Not for ever.
    async fn may_go_on(&self, row: &ExceptionRow) -> Result<bool, StoreError> {
        if row.effect_key.is_empty() {
            return Ok(true);
        }
        let Some(effect) = self.store.effect(&row.effect_key).await? else {
            return Ok(false);
        };
        let refused = self
            .partners
            .all()
            .iter()
            .any(|p| p.refuses(&row.effect_key));
        if refused || effect.state == EffectState::Ambiguous {
            return Ok(false);
        }
        let blind = self
            .partners
            .all()
            .into_iter()
            .find(|p| p.guard == DuplicateGuard::None);
        let there = blind.is_some_and(|p| p.books().documents.contains_key(&row.effect_key));
        Ok(!there)
    }
}
