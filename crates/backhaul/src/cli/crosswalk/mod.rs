//! `backhaul crosswalk`: codes of partners and ours, drafted by one person and approved by another.

mod change;
mod configured;
mod file;
mod import;
mod look;
mod publish;
mod unmapped;

use std::collections::BTreeMap;
use std::sync::Arc;

use clap::{Args, Subcommand};
use connector::{Codec, Publication, Published};
use router::crosswalk::rerun::Codecs;
use store::{CrosswalkBook, CrosswalkChange, Store};

use super::{ConfigArg, Ended, output};
use crate::config::Config;
use crate::registry;

use change::{DraftArgs, RetireArgs};
use import::ImportArgs;
use look::{ExportArgs, ListArgs, ShowArgs};
use publish::ApproveArgs;
use unmapped::UnmappedArgs;

/// Codes of partners and ours.
#[derive(Debug, Subcommand)]
pub enum CrosswalkCommand {
    /// List entries: what holds, what is drafted, what has ended
    List(ListArgs),
    /// Show one entry with its history
    Show(ShowArgs),
    /// Propose what a code means
    Draft(DraftArgs),
    /// Propose everything that a CSV file says, all or nothing
    Import(ImportArgs),
    /// Write what is published as CSV
    Export(ExportArgs),
    /// Approve what somebody else proposed: it is published, and what waited for it goes on
    Approve(ApproveArgs),
    /// Propose the end of entries; drafts are withdrawn
    Retire(RetireArgs),
    /// List the codes that have no meaning yet, with what waits for them
    Unmapped(UnmappedArgs),
}

/// Who does it, and how it is told.
#[derive(Debug, Clone, Args)]
pub(super) struct ByArgs {
    /// Who does it; goes into the audit. Who proposes may not approve
    #[arg(long, value_name = "USER", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    by: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(command: CrosswalkCommand) -> Result<(), Ended> {
    let config = match &command {
        CrosswalkCommand::List(args) => args.config(),
        CrosswalkCommand::Show(args) => args.config(),
        CrosswalkCommand::Draft(args) => args.config(),
        CrosswalkCommand::Import(args) => args.config(),
        CrosswalkCommand::Export(args) => args.config(),
        CrosswalkCommand::Approve(args) => args.config(),
        CrosswalkCommand::Retire(args) => args.config(),
        CrosswalkCommand::Unmapped(args) => args.config(),
    };
    let (config, store) = config.open_store().await?;
    let outcome = match &command {
        CrosswalkCommand::List(args) => look::list(store.as_ref(), args).await,
        CrosswalkCommand::Show(args) => look::show(store.as_ref(), args).await,
        CrosswalkCommand::Draft(args) => change::draft(store.as_ref(), args, &config).await,
        CrosswalkCommand::Import(args) => import::run(store.as_ref(), args, &config).await,
        CrosswalkCommand::Export(args) => look::export(store.as_ref(), args).await,
        CrosswalkCommand::Approve(args) => publish::run(store.as_ref(), args, &config).await,
        CrosswalkCommand::Retire(args) => change::retire(store.as_ref(), args).await,
        CrosswalkCommand::Unmapped(args) => unmapped::run(store.as_ref(), args).await,
    };
    store.close().await;
    outcome
}

/// Names of all connector instances.
fn systems(config: &Config) -> Vec<String> {
    config.connectors.keys().cloned().collect()
}

/// Codecs of all connector instances, following that publication.
///
/// # Errors
/// What is wrong in a block, or does not fit it.
fn codecs(config: &Config, publication: &Publication) -> Result<Codecs, Ended> {
    let mut codecs: BTreeMap<String, Arc<dyn Codec>> = BTreeMap::new();
    for (name, block) in &config.connectors {
        let Some(connector) = registry::find(&block.kind) else {
            continue;
        };
        let mut settings = block.settings(name, &config.base_dir);
        settings.published = Published::new(publication.clone());
        let codec = (connector.codec)(&settings)
            .map_err(|p| Ended::Wrong(format!("{}: {}; {}", p.place, p.what, p.fix)))?;
        codecs.insert(name.clone(), codec);
    }
    Ok(codecs)
}

/// How often a change is decided anew because somebody else changed the book meanwhile.
const TURNS: usize = 5;

/// Decides a change on the book as it stands, and writes it. `None`: there was nothing to write. Gives the book before.
async fn write(
    store: &dyn Store,
    decide: impl Fn(&CrosswalkBook) -> Result<Option<CrosswalkChange>, Ended>,
) -> Result<(CrosswalkBook, Option<CrosswalkChange>), Ended> {
    for _ in 0..TURNS {
        let book = store.crosswalk().await?;
        let Some(change) = decide(&book)? else {
            return Ok((book, None));
        };
        if store.change_crosswalk(change.clone()).await? {
            return Ok((book, Some(change)));
        }
    }
    Err(Ended::Failed(
        "others change the crosswalks all the time: try again".to_owned(),
    ))
}
