//! `backhaul exception`: the dead-letter desk.

mod confirm;
mod decide;
mod edit;
mod grouping;
mod groups;
mod look;
mod rerun;

use canonical::ExceptionCode;
use clap::{Args, Subcommand};
use router::Routes;
use store::{ExceptionFilter, ExceptionState};

use super::place::Place;
use super::remote::{self, Query, given};
use super::{Ended, output};

use confirm::ConfirmArgs;
use decide::{DiscardArgs, ReplayArgs};
use edit::EditArgs;
use groups::GroupsArgs;
use look::{ListArgs, ShowArgs};
use rerun::RerunArgs;

/// The dead-letter desk.
#[derive(Debug, Subcommand)]
pub enum ExceptionCommand {
    /// List exceptions, latest first
    List(ListArgs),
    /// Count exceptions by what they have in common, with the money at risk and the age of the oldest
    Groups(GroupsArgs),
    /// Show one exception with its raw bytes
    Show(ShowArgs),
    /// Give exceptions back to the flow
    Replay(ReplayArgs),
    /// Let a copy with other bytes take the place of a message that was refused
    Edit(EditArgs),
    /// Read what was refused again, with the configuration as it is now
    Rerun(RerunArgs),
    /// Say that the document of an effect is there in its target: nothing is sent, and the return goes on
    Confirm(ConfirmArgs),
    /// Decide that exceptions will not be processed
    Discard(DiscardArgs),
}

/// Who decides, and how it is told.
#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct DeciderArgs {
    /// Who decides; goes into the audit
    #[arg(
        long = "as",
        env = "USER",
        hide_env_values = true,
        default_value = "operator",
        value_name = "NAME"
    )]
    pub(in crate::cli) who: String,
    /// Print JSON
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

/// Which exceptions.
#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct FilterArgs {
    /// Only of this business code (SCHEMA_INVALID, ERP_REJECTED, …)
    #[arg(long)]
    code: Option<ExceptionCode>,
    /// Only of this connector
    #[arg(long)]
    connector: Option<String>,
    /// Only of this site
    #[arg(long)]
    site: Option<String>,
    /// Only of this return (its id)
    #[arg(long = "return", value_name = "ID")]
    return_id: Option<String>,
}

impl FilterArgs {
    fn is_empty(&self) -> bool {
        self.code.is_none()
            && self.connector.is_none()
            && self.site.is_none()
            && self.return_id.is_none()
    }

    /// As the API is asked.
    fn query(&self, state: Option<look::StateArg>) -> Query<'static> {
        let mut query = given(&[
            ("code", &self.code.map(|code| code.word().to_owned())),
            ("connector", &self.connector),
            ("site", &self.site),
            ("return_id", &self.return_id),
        ]);
        query.extend(state.map(|state| ("state", state.word().to_owned())));
        query
    }

    pub(in crate::cli) fn filter(
        &self,
        state: Option<ExceptionState>,
        limit: usize,
    ) -> ExceptionFilter {
        ExceptionFilter {
            state,
            code: self.code.map(|code| code.word().to_owned()),
            connector: self.connector.clone(),
            site: self.site.clone(),
            return_id: self.return_id.clone(),
            limit,
            ..ExceptionFilter::default()
        }
    }
}

/// Where a command works.
fn place(command: &ExceptionCommand) -> &Place {
    match command {
        ExceptionCommand::List(args) => args.place(),
        ExceptionCommand::Groups(args) => args.place(),
        ExceptionCommand::Show(args) => args.place(),
        ExceptionCommand::Replay(args) => args.place(),
        ExceptionCommand::Edit(args) => args.place(),
        ExceptionCommand::Discard(args) => args.place(),
        ExceptionCommand::Rerun(args) => args.place(),
        ExceptionCommand::Confirm(args) => args.place(),
    }
}

/// Does it on a running sidecar, if one is given.
async fn elsewhere(command: &ExceptionCommand) -> Option<Result<(), Ended>> {
    let sidecar = match place(command).sidecar() {
        Ok(sidecar) => sidecar?,
        Err(ended) => return Some(Err(ended)),
    };
    Some(match command {
        ExceptionCommand::List(args) => look::list_of(&sidecar, args).await,
        ExceptionCommand::Groups(args) => groups::run_of(&sidecar, args).await,
        ExceptionCommand::Show(args) => look::show_of(&sidecar, args).await,
        ExceptionCommand::Replay(args) => decide::replay_of(&sidecar, args).await,
        ExceptionCommand::Edit(args) => edit::edit_of(&sidecar, args).await,
        ExceptionCommand::Discard(args) => decide::discard_of(&sidecar, args).await,
        ExceptionCommand::Rerun(args) => rerun::rerun_of(&sidecar, args).await,
        ExceptionCommand::Confirm(args) => confirm::run_of(&sidecar, args).await,
    })
}

pub(super) async fn run(command: ExceptionCommand) -> Result<(), Ended> {
    if let Some(done) = elsewhere(&command).await {
        return done;
    }
    let (config, store) = place(&command).config.open_store().await?;
    let routes = Routes::new(config.routes.clone());
    let outcome = match &command {
        ExceptionCommand::List(args) => look::list(store.as_ref(), args).await,
        ExceptionCommand::Groups(args) => groups::run(store.as_ref(), args).await,
        ExceptionCommand::Show(args) => look::show(store.as_ref(), args).await,
        ExceptionCommand::Replay(args) => {
            let limits = config.replays.limits();
            decide::replay(store.as_ref(), args, &routes, &limits).await
        }
        ExceptionCommand::Edit(args) => edit::edit(store.as_ref(), args, &config).await,
        ExceptionCommand::Rerun(args) => rerun::rerun(store.as_ref(), args, &config).await,
        ExceptionCommand::Confirm(args) => confirm::run(store.as_ref(), args).await,
        ExceptionCommand::Discard(args) => decide::discard(store.as_ref(), args).await,
    };
    store.close().await;
    outcome
}
