//! Who delivers what.

use std::fmt::Write as _;

use anyhow::Result;

use crate::demo::partners::{EDI_SITE, FILE_WAREHOUSES, TRADERS, WAREHOUSES};

/// What the ERPs take.
const ERP: &str = r#"["ERP_RETURN_ORDER", "ERP_RECEIPT_HOLD", "ERP_STOCK_TRANSFER", "ERP_SCRAP", "ERP_CREDIT_MEMO", "ERP_CREDIT_REVERSAL"]"#;
/// What the ERP of US01 takes besides: only its policy lets money or goods leave before goods are back.
const IN_ADVANCE: &str = r#"["ERP_RECOVERY_INVOICE", "ERP_RECOVERY_REVERSAL", "REPLACEMENT_ORDER", "SUPPLIER_RETURN", "SUPPLIER_CLAIM"]"#;
/// What warehouses take.
const WAREHOUSE: &str = r#"["WMS_RMA_ASN", "WMS_RMA_CANCEL"]"#;

/// The routes.
pub(super) fn routes(out: &mut String) -> Result<()> {
    route(out, ERP, "", "erp-world")?;
    route(out, ERP, "entity = \"US01\"", "erp-us")?;
    route(out, IN_ADVANCE, "entity = \"US01\"", "erp-us")?;
    route(out, ERP, "entity = \"DE01\"", "erp-de")?;
    for (name, site, _) in WAREHOUSES {
        route(out, WAREHOUSE, &format!("site = {site:?}"), name)?;
    }
    for (name, site, _) in FILE_WAREHOUSES {
        route(out, WAREHOUSE, &format!("site = {site:?}"), name)?;
    }
    route(out, WAREHOUSE, &format!("site = {EDI_SITE:?}"), "edi-3pl")?;
    for trader in TRADERS {
        let channel = format!("channel = {:?}", trader.name);
        route(out, r#"["EDI_180", "EDI_812"]"#, &channel, trader.name)?;
    }
    // Customers are told through the first warehouse's system: it has a place for messages.
    route(out, r#"["NOTIFY"]"#, "", "wms-east")
}

fn route(out: &mut String, kinds: &str, of: &str, connector: &str) -> Result<()> {
    write!(
        out,
        "\n[[routes]]\nkinds = {kinds}\n{of}\nconnector = {connector:?}\n"
    )?;
    Ok(())
}
