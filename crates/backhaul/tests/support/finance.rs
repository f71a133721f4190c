//! A sidecar whose credits people approve, and returns that it works through.
#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "shared by several test files, each of which uses a part"
)]

use std::path::Path;

use backhaul::sidecar::Running;
use canonical::header::ReturnRequest;
use canonical::{Condition, DispositionAction};
use testkit::facts;

use super::{EMBEDDED, POLICY, configured, started, tell};

/// The configuration: no partners.
pub(crate) fn blocks() -> String {
    format!("{EMBEDDED}{POLICY}[approvers]\nfile = \"approvers.toml\"\n")
}

/// Writes it into a folder, with the policy that is shipped and the approvers, and some more of these.
pub(crate) fn write(folder: &Path) {
    let deploy = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy");
    let people = std::fs::read_to_string(deploy.join("approvers.toml")).unwrap();
    // The inspector of these goods is one of them.
    let people = people.replace("\"INSP-0017\"", "\"INSP-0017\", \"ivan\"");
    let people = format!(
        "{people}\n[[person]]\nuser = \"sue\"\nroles = [\"returns_supervisor\"]\n\
         [[delegation]]\nfrom = \"sue\"\nto = \"eroth\"\nvalid_from = 2020-01-01\nvalid_until = 2100-01-01\n"
    );
    std::fs::write(folder.join("approvers.toml"), people).unwrap();
    configured(folder, &blocks());
}

/// Starts the sidecar on it.
pub(crate) async fn start(folder: &Path) -> Running {
    started(folder, &blocks()).await
}

/// Goods of that gross came back, and were inspected and restocked.
pub(crate) async fn credited(running: &Running, name: &str, gross_minor: i64) {
    let mut line = facts::line(1, 10);
    line.invoice_ref.as_mut().unwrap().document = format!("INV-{name}");
    let invoiced = line.invoiced.as_mut().unwrap();
    invoiced.amount_minor = gross_minor;
    invoiced.taxes.clear();
    let mut request = facts::request(vec![line]);
    name.clone_into(&mut request.request_id);
    returned(running, request).await;
}

/// What was asked for came back, and was inspected and restocked: ten pieces of the first item.
pub(crate) async fn returned(running: &Running, request: ReturnRequest) {
    let name = request.request_id.clone();
    let told = vec![
        facts::asked(request),
        facts::received(&format!("R-{name}"), &[("SKU-1", 10)]),
        facts::inspected(
            &format!("I-{name}"),
            &[("SKU-1", 10, Condition::ANewSealed)],
        ),
        facts::disposed(
            &format!("D-{name}"),
            &[("SKU-1", 10, DispositionAction::Restock)],
        ),
    ];
    tell(running, &name, told).await;
}
