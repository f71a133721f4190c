//! The hash that an approval is bound to.

use canonical::calculation::{Calculation, CreditComponent};
use canonical::header::ReturnHeader;
use data_encoding::HEXLOWER;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::SliceInput;

/// SHA-256 (hex) of the canonical JSON (keys sorted, no blanks) of everything that the amounts come from, and of the
/// amounts. The time of the calculation is left out, so that the same figures a minute later are the same figures; the
/// version is in, so that an approval of an earlier calculation never serves for a later one.
pub(super) fn calc_hash(
    header: &ReturnHeader,
    slices: &[&SliceInput<'_>],
    calculation: &Calculation,
) -> String {
    let slices: Vec<Value> = slices
        .iter()
        .map(|slice| {
            json!({
                "line_no": slice.line.line_no,
                "line_id": slice.line.line_id,
                "sku": slice.line.sku,
                "reason": slice.line.reason,
                "invoice_ref": slice.line.invoice_ref,
                "invoiced": slice.line.invoiced,
                "disposition_id": slice.disposition_id,
                "position_from": slice.position_from,
                "position_to": slice.position_to,
                "action": slice.action,
                "condition": slice.condition,
                "liability": slice.liability,
            })
        })
        .collect();
    let mut material = json!({
        "return_id": header.return_id,
        "return_type": header.return_type,
        "legal_entity": header.legal_entity,
        "channel": header.channel,
        "customer_segment": header.customer_segment,
        "customer_account": header.customer_account,
        "bill_to": header.bill_to,
        "currency": header.currency,
        "base_currency": header.base_currency,
        "fx_rate": header.fx_rate,
        "calc_version": calculation.calc_version,
        "policy_version": calculation.policy_version,
        "slices": slices,
        "components": calculation.components.iter().map(hashed).collect::<Vec<_>>(),
        "tax_lines": calculation.tax_lines,
        "totals": calculation.totals,
    });
    // Only where there are some, so that figures from before there were any keep their hash.
    if let (false, Some(material)) = (calculation.variances.is_empty(), material.as_object_mut()) {
        let variances = calculation.variances.iter().map(|it| {
            json!([
                it.kind,
                it.expected_minor,
                it.actual_minor,
                it.tolerance_minor
            ])
        });
        material.insert("variances".to_owned(), variances.collect());
    }
    of(&material)
}

/// A component without what follows from its place, so that figures from before it was told keep their hash.
fn hashed(component: &CreditComponent) -> CreditComponent {
    CreditComponent {
        tax_line: None,
        ..component.clone()
    }
}

/// SHA-256 (hex) of the canonical JSON of anything.
pub(super) fn of(material: &Value) -> String {
    HEXLOWER.encode(&Sha256::digest(sorted(material).as_bytes()))
}

/// JSON without blanks, keys in order whatever order the map holds them in.
fn sorted(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let mut fields: Vec<(&String, &Value)> = map.iter().collect();
            fields.sort_unstable_by_key(|(key, _)| *key);
            let fields: Vec<String> = fields
                .into_iter()
                .map(|(key, value)| format!("{}:{}", Value::from(key.as_str()), sorted(value)))
                .collect();
            format!("{{{}}}", fields.join(","))
        }
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(sorted).collect();
            format!("[{}]", items.join(","))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_a_tax_stands_is_not_hashed() {
        let old = json!({
            "type": "TAX", "sign": "CREDIT", "amount_minor": 7, "line_no": 1, "formula": "", "policy_rule_id": ""
        });
        let mut component: CreditComponent = serde_json::from_value(old.clone()).unwrap();
        component.tax_line = Some(3);
        assert_eq!(json!(hashed(&component)), old);
    }

    #[test]
    fn keys_are_sorted_at_every_depth() {
        let value = json!({"b": [{"d": 1, "c": null}], "a": "\"", "ä": true});
        assert_eq!(
            sorted(&value),
            r#"{"a":"\"","b":[{"c":null,"d":1}],"ä":true}"#
        );
    }
}
