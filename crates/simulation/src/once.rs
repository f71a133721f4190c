//! What is credited and charged once: the freight of an invoice line, over all returns; the label of a return.

use std::collections::BTreeMap;

use canonical::calculation::Sign;
use canonical::{CommandData, ComponentType, EffectKind};
use store::EffectRow;

use crate::partner::Partners;
use crate::story::FREIGHT_MINOR;

/// Every memo that stands in the ERP: one charges the label of its return at most, and the freight of an invoice line comes
/// to no more than was invoiced.
pub(crate) fn check(effects: &[EffectRow], partners: &Partners, wrong: &mut Vec<String>) {
    let of: BTreeMap<&str, &str> = effects
        .iter()
        .map(|e| (e.effect_key.as_str(), e.return_id.as_str()))
        .collect();
    let mut labels: BTreeMap<&str, u32> = BTreeMap::new();
    let mut freight: BTreeMap<String, i64> = BTreeMap::new();
    let books = partners.erp.books();
    for (key, documents) in &books.documents {
        let memo = documents
            .first()
            .filter(|first| first.kind == EffectKind::ErpCreditMemo)
            .and_then(|first| serde_json::from_str(&first.says).ok());
        let Some(CommandData::PostCreditMemo(memo)) = memo else {
            continue;
        };
        let charged = memo.calculation.components.iter().any(|component| {
            component.kind == ComponentType::ReturnLabelFee && component.sign == Sign::Charge
        });
        let return_id = of.get(key.as_str()).copied().unwrap_or_default();
        *labels.entry(return_id).or_default() += u32::from(charged);
        let credited = memo
            .lines
            .iter()
            .filter(|line| line.component == Some(ComponentType::OutboundFreight));
        for line in credited {
            let name = line
                .invoice_ref
                .as_ref()
                .map_or_else(String::new, |of| format!("{} {}", of.document, of.line));
            *freight.entry(name).or_default() += line.net_minor;
        }
    }
    for (id, times) in labels.iter().filter(|(_, times)| **times > 1) {
        wrong.push(format!("the label of {id} is charged {times} times"));
    }
    for (line, minor) in freight.iter().filter(|(_, minor)| **minor > FREIGHT_MINOR) {
        wrong.push(format!(
            "{minor} of freight credited for {line}: there were {FREIGHT_MINOR}"
        ));
    }
}
