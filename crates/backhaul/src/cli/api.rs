//! `backhaul api`

use clap::{Args, Subcommand};
use console::Scope;
use console::access;
use serde_json::json;

use super::{Ended, output};

/// The HTTP API.
#[derive(Debug, Subcommand)]
pub enum ApiCommand {
    /// Tokens
    #[command(subcommand)]
    Token(TokenCommand),
}

/// Tokens.
#[derive(Debug, Subcommand)]
pub enum TokenCommand {
    /// Make a token: it is printed once, and the block that lets it in
    New(NewArgs),
}

/// Arguments of `api token new`.
#[derive(Debug, Args)]
#[command(after_help = "\
The token goes to whoever asks, the block into the configuration; the token itself is kept nowhere. Restart to let it in.
Scopes: returns:read, returns:write, returns:hold, credits:reverse, exceptions:read, bodies:read, personal:read,
exceptions:replay, exceptions:edit, exceptions:confirm, exceptions:discard, approvals:read, approvals:decide (with --person),
messages:try, metrics:read, proofs:read, proofs:sign (with --person), audit:read, admin (everything).
Roles are names for sets of them: viewer, operator, finance, auditor, administrator, and those of [[api.role]].

Example:
  backhaul api token new --name shop --scope returns:read --scope returns:write")]
pub struct NewArgs {
    /// Whose it is
    #[arg(long)]
    name: String,
    /// What it may do; several times for several
    #[arg(long = "scope", required_unless_present = "roles")]
    scopes: Vec<Scope>,
    /// A role whose scopes it has besides; several times for several
    #[arg(long = "role", value_name = "ROLE")]
    roles: Vec<String>,
    /// Within which idempotency keys are unique; the name if left out
    #[arg(long)]
    tenant: Option<String>,
    /// The approver that it stands for, a user of the file of approvers: who decides on approvals by it
    #[arg(long, value_name = "USER")]
    person: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(command: &ApiCommand) -> Result<(), Ended> {
    let ApiCommand::Token(TokenCommand::New(args)) = command;
    let token = access::fresh()
        .map_err(|error| Ended::Failed(format!("the system has no randomness to give: {error}")))?;
    let sha256 = access::write_hash(&access::hash(&token));
    let scopes: Vec<&str> = args.scopes.iter().map(|scope| scope.word()).collect();
    if args.json {
        return output::json(&json!({
            "token": token, "name": args.name, "sha256": sha256, "scopes": scopes, "roles": args.roles, "tenant": args.tenant,
            "person": args.person
        }));
    }
    let text = |text: &str| toml::Value::from(text).to_string();
    let more = [("tenant", &args.tenant), ("person", &args.person)];
    let more: String = more
        .into_iter()
        .filter_map(|(key, value)| Some(format!("{key} = {}\n", text(value.as_deref()?))))
        .collect();
    let roles = match args.roles.as_slice() {
        [] => String::new(),
        roles => format!("roles = {}\n", toml::Value::from(roles.to_vec())),
    };
    let block = format!(
        "[[api.token]]\nname = {}\nsha256 = {}\nscopes = {}\n{roles}{more}",
        text(&args.name),
        text(&sha256),
        toml::Value::from(scopes),
    );
    output::line(format!(
        "The token, shown this once:\n\n  {token}\n\nPaste into the configuration, then restart:\n\n{block}"
    ))
}
