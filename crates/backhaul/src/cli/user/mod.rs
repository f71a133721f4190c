//! `backhaul user`: people who sign in to the console: by name and password, or at the identity provider (`oidc/NAME`).

mod change;
mod prompt;

use clap::{Args, Subcommand};
use console::Scope;
use serde_json::{Value, json};
use store::{Store, UserRow};

use super::{ConfigArg, Ended, output};

/// People who sign in to the console by name and password.
#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Let somebody in: the password is asked for, or read from standard input
    Add(AddArgs),
    /// List them with their rights
    List(ListArgs),
    /// Give somebody these scopes and roles instead of those they have; their sessions end
    SetScopes(SetScopesArgs),
    /// Give somebody another password; their sessions end
    SetPassword(OneArgs),
    /// End all sessions of somebody, in every process; they may sign in again
    SignOut(OneArgs),
    /// Let somebody in no more; their sessions end
    Disable(DisableArgs),
    /// Let somebody in again
    Enable(OneArgs),
    /// Let another account of the identity provider have the name of a member, oidc/NAME; their sessions end
    Release(OneArgs),
}

/// What somebody may do.
#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
struct RightsArgs {
    /// What they may do; several times for several
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Vec<Scope>,
    /// A role whose scopes they have besides: viewer, operator, finance, auditor, administrator, or one of [[api.role]]
    #[arg(long = "role", value_name = "ROLE")]
    roles: Vec<String>,
}

/// Who does it, and how it is told.
#[derive(Debug, Args)]
struct ByArgs {
    /// Who does it; goes into the audit
    #[arg(long, value_name = "USER", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    by: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: ConfigArg,
}

const EXIT_CODES: &str = "\
The password has 12 characters or more. On a terminal it is asked for twice and not shown; otherwise it is the first line of
standard input. It is never an argument: others could read it there.
Exit codes: 0 done, 1 the store cannot be reached, 2 something is wrong in what was given, 3 the name is taken, there is no such
user, or they were changed meanwhile";

/// Arguments of `user add`.
#[derive(Debug, Args)]
#[command(after_help = format!("{EXIT_CODES}

Examples:
  backhaul user add ada --role operator --by root
  backhaul user add sue --role finance --person sue --by root < password.txt"))]
pub struct AddArgs {
    /// By which they sign in: letters, digits, -, _ and ., at most 60
    name: String,
    #[command(flatten)]
    rights: RightsArgs,
    /// The approver that they stand for, a user of the file of approvers: who decides on approvals
    #[arg(long, value_name = "USER")]
    person: Option<String>,
    #[command(flatten)]
    by: ByArgs,
}

/// Arguments of `user list`.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  backhaul user list --json")]
pub struct ListArgs {
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: ConfigArg,
}

/// Arguments of `user set-scopes`.
#[derive(Debug, Args)]
#[command(after_help = "\
The last who administers goes on doing so without --force.
Exit codes: 0 done, 1 the store cannot be reached, 2 something is wrong in what was given, 3 there is no such user, they are the last
who administers, or they were changed meanwhile

Examples:
  backhaul user set-scopes ada --role viewer --scope exceptions:replay --by root
  backhaul user set-scopes sue --role finance --person sue --by root")]
pub struct SetScopesArgs {
    /// Whose
    name: String,
    #[command(flatten)]
    rights: RightsArgs,
    /// The approver that they stand for from now on; as before if left out
    #[arg(long, value_name = "USER", conflicts_with = "no_person")]
    person: Option<String>,
    /// They stand for no approver any more
    #[arg(long)]
    no_person: bool,
    /// Also the last who administers
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    by: ByArgs,
}

/// Arguments of `user set-password`, `sign-out`, `enable` and `release`.
#[derive(Debug, Args)]
#[command(after_help = format!("{EXIT_CODES}

Examples:
  backhaul user set-password ada --by root
  backhaul user sign-out ada --by root
  backhaul user enable ada --by root --json
  backhaul user release oidc/ada --by root"))]
pub struct OneArgs {
    /// Whose
    name: String,
    #[command(flatten)]
    by: ByArgs,
}

/// Arguments of `user disable`.
#[derive(Debug, Args)]
#[command(after_help = "\
The last who administers is not disabled without --force.
Exit codes: 0 done, 1 the store cannot be reached, 2 something is wrong in what was given, 3 there is no such user, they are the
last who administers, or they were changed meanwhile

Example:
  backhaul user disable ada --by root")]
pub struct DisableArgs {
    /// Whose
    name: String,
    /// Also the last who administers
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    by: ByArgs,
}

pub(super) async fn run(command: UserCommand) -> Result<(), Ended> {
    let config = match &command {
        UserCommand::Add(args) => &args.by.config,
        UserCommand::List(args) => &args.config,
        UserCommand::SetScopes(args) => &args.by.config,
        UserCommand::SetPassword(args)
        | UserCommand::SignOut(args)
        | UserCommand::Enable(args)
        | UserCommand::Release(args) => &args.by.config,
        UserCommand::Disable(args) => &args.by.config,
    };
    let (config, store) = config.open_store().await?;
    let store = store.as_ref();
    let outcome = match &command {
        UserCommand::Add(args) => change::add(store, &config, args).await,
        UserCommand::List(args) => list(store, args).await,
        UserCommand::SetScopes(args) => change::set_scopes(store, &config, args).await,
        UserCommand::SetPassword(args) => change::set_password(store, args).await,
        UserCommand::SignOut(args) => change::sign_out(store, args).await,
        UserCommand::Disable(args) => change::disable(store, &config, args).await,
        UserCommand::Enable(args) => change::enable(store, args).await,
        UserCommand::Release(args) => change::release(store, args).await,
    };
    store.close().await;
    outcome
}

async fn list(store: &dyn Store, args: &ListArgs) -> Result<(), Ended> {
    let users = store.users().await?;
    if args.json {
        return output::json(&users.iter().map(told).collect::<Vec<Value>>());
    }
    let rows = users.iter().map(|user| {
        vec![
            user.name.clone(),
            if user.is_enabled {
                "enabled"
            } else {
                "disabled"
            }
            .to_owned(),
            user.roles.join(" "),
            user.scopes.join(" "),
            user.person.clone(),
            user.changed_at.to_string(),
        ]
    });
    output::table(
        &["name", "state", "roles", "scopes", "person", "changed"],
        rows.collect(),
        "nobody signs in by name and password: backhaul user add",
    )
}

/// What may be told of a user: everything but the password's hash.
fn told(user: &UserRow) -> Value {
    json!({
        "name": user.name, "enabled": user.is_enabled, "roles": user.roles, "scopes": user.scopes, "person": user.person,
        "revision": user.revision, "changed_at": user.changed_at,
    })
}
