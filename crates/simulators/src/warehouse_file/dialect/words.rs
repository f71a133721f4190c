//! The warehouse's codes, by dialect.

use super::super::row::{Found, Kind};
use crate::wms::fact::{Action, Condition, Liability};

/// The words of one dialect.
pub(super) struct Words {
    /// Sealed, opened, damaged, defective, wrong item.
    conditions: [&'static str; 5],
    /// Pass, conditional, fail.
    results: [&'static str; 3],
    /// Restock, scrap, quarantine, return to vendor.
    actions: [&'static str; 4],
    /// Undetermined, customer, carrier, supplier.
    liabilities: [&'static str; 4],
    /// Receipt, inspection, reversal.
    kinds: [&'static str; 3],
    /// No condition at all.
    pub(super) impossible: &'static str,
}

pub(super) const CARET: Words = Words {
    conditions: ["NEW", "OPN", "DMG", "DEF", "WRG"],
    results: ["P", "C", "F"],
    actions: ["RST", "SCR", "QRN", "RTV"],
    liabilities: ["UND", "CUS", "CAR", "SUP"],
    kinds: ["R", "I", "X"],
    impossible: "???",
};

pub(super) const CSV: Words = Words {
    conditions: ["NEU", "GEÖFFNET", "BESCHÄDIGT", "DEFEKT", "FALSCH"],
    results: ["GUT", "BEDINGT", "SCHLECHT"],
    actions: ["LAGER", "SCHROTT", "SPERRE", "LIEFERANT"],
    liabilities: ["OFFEN", "KUNDE", "SPEDITEUR", "LIEFERANT"],
    kinds: ["EINGANG", "PRÜFUNG", "STORNO"],
    impossible: "???",
};

pub(super) const FIXED: Words = Words {
    conditions: ["1", "2", "3", "4", "5"],
    results: ["P", "C", "F"],
    actions: ["A", "S", "Q", "V"],
    liabilities: ["U", "C", "T", "S"],
    kinds: ["R", "I", "X"],
    impossible: "?",
};

/// Condition, disposition, result, liability.
pub(super) struct Told {
    pub(super) condition: &'static str,
    pub(super) action: &'static str,
    pub(super) result: &'static str,
    pub(super) liability: &'static str,
}

impl Words {
    /// What was found, in this dialect's words; blank where nothing was.
    pub(super) fn told(&self, found: Option<Found>) -> Told {
        let Some(found) = found else {
            return Told {
                condition: "",
                action: "",
                result: "",
                liability: "",
            };
        };
        Told {
            condition: self.condition(found.condition),
            action: self.action(found.action),
            result: self.result(found.condition),
            liability: self.liability(found.liability),
        }
    }

    fn condition(&self, condition: Condition) -> &'static str {
        let [sealed, opened, damaged, defective, wrong] = self.conditions;
        match condition {
            Condition::Sealed => sealed,
            Condition::Opened => opened,
            Condition::Damaged => damaged,
            Condition::Defective => defective,
            Condition::WrongItem => wrong,
        }
    }

    fn result(&self, condition: Condition) -> &'static str {
        let [pass, conditional, fail] = self.results;
        match condition {
            Condition::Sealed | Condition::Opened => pass,
            Condition::WrongItem => conditional,
            Condition::Damaged | Condition::Defective => fail,
        }
    }

    pub(super) fn action(&self, action: Action) -> &'static str {
        let [restock, scrap, quarantine, vendor] = self.actions;
        match action {
            Action::Restock => restock,
            Action::Scrap => scrap,
            Action::Quarantine => quarantine,
            Action::ReturnToVendor => vendor,
        }
    }

    fn liability(&self, liability: Liability) -> &'static str {
        let [undetermined, customer, carrier, supplier] = self.liabilities;
        match liability {
            Liability::Undetermined => undetermined,
            Liability::Customer => customer,
            Liability::Carrier => carrier,
            Liability::Supplier => supplier,
        }
    }

    pub(super) fn kind(&self, kind: Kind) -> &'static str {
        let [receipt, inspection, reversal] = self.kinds;
        match kind {
            Kind::Receipt => receipt,
            Kind::Inspection => inspection,
            Kind::Reversal => reversal,
        }
    }
}
