//! Somebody has to administer: whoever is the last to do so stays.

use store::UserRow;

use crate::access::Scope;
use crate::roles::Roles;

/// True if somebody else than whoever is kept under that name may sign in and do everything. Tokens of the configuration do not count:
/// programs have them.
pub fn others_administer(rows: &[UserRow], name: &str, roles: &Roles) -> bool {
    let others = rows.iter().filter(|row| row.is_enabled && row.name != name);
    let mut others = others.map(|row| may_everything(row, roles));
    others.any(|may| may)
}

/// True if they may do everything, as long as they may sign in.
pub fn may_everything(row: &UserRow, roles: &Roles) -> bool {
    let of_roles = row.roles.iter().filter_map(|role| roles.of(role));
    let held: Vec<Scope> = of_roles.flatten().copied().collect();
    held.contains(&Scope::Admin) || row.scopes.iter().any(|scope| scope == Scope::Admin.word())
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn row(name: &str, role: &str, is_enabled: bool) -> UserRow {
        UserRow {
            name: name.to_owned(),
            password: String::new(),
            scopes: Vec::new(),
            roles: vec![role.to_owned()],
            person: String::new(),
            is_enabled,
            revision: 1,
            changed_at: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn the_last_one_is_known() {
        let roles = Roles::default();
        let rows = [
            row("ada", "administrator", true),
            row("max", "administrator", false),
            row("sue", "finance", true),
        ];
        assert!(!others_administer(&rows, "ada", &roles));
        assert!(others_administer(&rows, "sue", &roles));
        let mut scoped = row("oidc/eve", "viewer", true);
        scoped.scopes = vec!["admin".to_owned()];
        assert!(may_everything(&scoped, &roles));
        assert!(others_administer(&[rows[0].clone(), scoped], "ada", &roles));
    }
}
