//! A sidecar whose credits people approve.

use std::path::Path;

use backhaul::sidecar::Running;

use super::{EMBEDDED, POLICY, configured, started};

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
