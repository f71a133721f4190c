//! What a policy says of goods that come without a return: who takes them, and what is refused with which words.

use crate::support::{US01, now, policies};
use workflow::policy::PolicySet;

const BLIND: &str = "\n[blind_return]\naccept = true\n";

#[test]
fn goods_without_a_return_are_taken_by_one_entity_or_none() {
    let other = |sites: &str| {
        US01.replacen("entity = \"US01\"", "entity = \"US02\"", 1)
            .replacen("us01-2026-01-01.r1", "us02-2026-01-01.r1", 1)
            + BLIND
            + sites
    };
    let taking = |documents: &[String], entity: Option<&str>, site: &str| {
        let named = documents.iter().enumerate();
        let named: Vec<(String, String)> = named
            .map(|(n, text)| (format!("{n}.toml"), text.clone()))
            .collect();
        let set = PolicySet::load(&named).unwrap_or_else(|p| panic!("{p:#?}"));
        match set.taking_blind(entity, site, now()) {
            Ok(policy) => policy.map_or_else(String::new, |policy| policy.entity.clone()),
            Err(several) => several.join("+"),
        }
    };
    let plain = US01.to_owned();
    let any = plain.clone() + BLIND;
    let one = other("sites = \"WH2\"\n");
    assert_eq!(taking(std::slice::from_ref(&plain), None, "WH1"), "");
    assert_eq!(taking(&[plain.clone(), one.clone()], None, "WH1"), "");
    assert_eq!(taking(&[any.clone(), one.clone()], None, "WH1"), "US01");
    assert_eq!(
        taking(&[any.clone(), one.clone()], None, "WH2"),
        "US02",
        "who names the site goes first"
    );
    assert_eq!(
        taking(&[any.clone(), one.clone()], Some("US01"), "WH2"),
        "US01"
    );
    assert_eq!(taking(&[plain, one], Some("US01"), "WH2"), "");
    assert_eq!(taking(&[any, other("")], None, "WH1"), "US01+US02");
    let off = US01.to_owned() + &BLIND.replace("true", "false");
    assert_eq!(taking(&[off], None, "WH1"), "");
    let set = policies(&(US01.to_owned() + BLIND));
    let terms = set.at("US01", now()).unwrap().blind_return().unwrap();
    assert_eq!((terms.identify_hours, terms.wait_minutes), (48, 60));
    assert_eq!(terms.hold_status, canonical::StockStatus::ReturnsHold);
}

#[test]
fn mistakes_about_goods_without_a_return_are_named() {
    for (line, what) in [
        ("sites = []", "sites names nothing"),
        ("hold_site_status = \"AVAILABLE\"", "no place for goods"),
        ("hold_site_status = \"SHELF\"", "hold_site_status: "),
        ("identify_sla_h = 0", "identify_sla_h is 0"),
        ("identify_sla_h = 900000", "more than a century"),
        ("wait_min = 600000", "more than a year"),
        ("wait_minutes = 5", "unknown field"),
    ] {
        let text = format!("{US01}{BLIND}{line}\n");
        let found = PolicySet::load(&[("us01.toml".to_owned(), text)]).unwrap_err();
        let found: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert!(found.iter().any(|f| f.contains(what)), "{line}: {found:?}");
    }
}
