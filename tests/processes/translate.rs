//! `backhaul translate` as a user runs it, both ways: what partners send becomes canonical JSON, and commands become what
//! partners read; what is wrong is told with file, place and field. The blocks are those of the connectors' read-mes.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;
use tests::root;
use tests::samples;

/// Blocks beside those of the read-mes.
const BLOCKS: &str = r#"
[connectors.dc-fixed]
type = "warehouse-file"
layout = "fixed-returns"
entity = "US01"

[connectors.dc-caret]
type = "warehouse-file"
[connectors.dc-caret.sites]
W1 = "DC-WEST"

[connectors.sap]
type = "wms-json"
system = "sap"
mapping = "customer-return.jq"
[connectors.sap.codes]
reason = { "101" = "DAMAGED_IN_TRANSIT" }
uom = { ST = "EA" }

[connectors.soap]
type = "erp-soap"
url = "https://erp.example"
profile = "sim"

[connectors.rest]
type = "erp-rest"
base_url = "https://erp.example"
profile = "sim"
"#;

/// A customer return as SAP's API names things → the request that `wms-json` documents.
const MAPPING: &str = r#"
.CustomerReturn
| {
    type: "return.requested",
    requestId: .CustomerReturn,
    rma: .CustomerReturn,
    requestedAt: .CreationDate,
    legalEntity: .SalesOrganization,
    returnType: "PHYSICAL",
    channel: .DistributionChannel,
    customer: .SoldToParty,
    currency: .TransactionCurrency,
    returnTo: .CustomerReturnItem.ProductionPlant,
    lines: [
      .CustomerReturnItem
      | { line: (.CustomerReturnItem | tonumber), sku: .Material, qty: .RequestedQuantity, uom: .RequestedQuantityUnit,
          reason: .ReturnReason }
    ]
  }
"#;

const SAP_RETURN: &str = r#"{
  "connection_key": "response",
  "CustomerReturn": {
    "CustomerReturn": "60000012", "SalesOrganization": "US01", "DistributionChannel": "b2b", "SoldToParty": "C10010",
    "CreationDate": "2026-03-02T10:00:00Z", "TransactionCurrency": "USD",
    "CustomerReturnItem": {
      "CustomerReturnItem": "10", "Material": "TG12", "RequestedQuantity": "2.000", "RequestedQuantityUnit": "ST",
      "ReturnReason": "101", "ProductionPlant": "DC-EAST"
    }
  }
}"#;

/// A folder with a configuration: where a user would stand.
struct Desk(TempDir);

impl Desk {
    fn new() -> Self {
        let desk = Self(tempfile::tempdir().unwrap());
        let mut text = BLOCKS.to_owned();
        for connector in ["edi-partner", "warehouse-file"] {
            text.push_str(&blocks_of_the_readme(connector));
        }
        desk.write("backhaul.toml", &text);
        desk.write("customer-return.jq", MAPPING);
        desk
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// Translates by a block of the configuration.
    fn translate(&self, connector: &str, more: &[&str], files: &[&Path]) -> Output {
        let mut command = translate(connector);
        command
            .arg("--config")
            .arg(self.0.path().join("backhaul.toml"));
        command.args(more).args(files).output().unwrap()
    }

    /// What comes in is exactly the golden text under the block's own name, and nothing is said besides.
    fn comes_in(&self, connector: &str, file: &str, golden: &str) {
        let (file, golden) = (of_connectors(file), of_connectors(golden));
        let output = self.translate(connector, &[], &[&file]);
        assert_eq!((code(&output), said(&output)), (0, String::new()));
        let expected = std::fs::read_to_string(golden).unwrap();
        let ours = format!("\"adapter\": \"{connector}\"");
        let expected = expected.replace("\"adapter\": \"golden\"", &ours);
        assert_eq!(printed(&output), expected, "{}", file.display());
    }

    /// What goes out.
    fn goes_out(&self, connector: &str, command: &str) -> String {
        let output = self.translate(connector, &["--outbound"], &[&of_connectors(command)]);
        assert_eq!((code(&output), said(&output)), (0, String::new()));
        printed(&output)
    }

    /// A bad file: exit code 2; the complaint names the file and each of these words.
    fn refuses(&self, connector: &str, file: &Path, words: &[&str]) -> Value {
        let output = self.translate(connector, &[], &[file]);
        let said = said(&output);
        assert_eq!(code(&output), 2, "{said}");
        let name = file.display().to_string();
        for word in words.iter().copied().chain([name.as_str()]) {
            assert!(said.contains(word), "{word:?} is not in {said:?}");
        }
        serde_json::from_slice(&output.stdout).unwrap()
    }
}

fn translate(connector: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_product"));
    command.args(["translate", "--connector", connector]);
    command
}

fn blocks_of_the_readme(connector: &str) -> String {
    let readme = std::fs::read_to_string(of_connectors(&format!("{connector}/README.md"))).unwrap();
    let blocks = readme.split("```toml\n").skip(1);
    let blocks = blocks.filter_map(|block| block.split("```").next());
    blocks
        .filter(|block| block.starts_with("[connectors."))
        .collect()
}

fn of_connectors(path: &str) -> PathBuf {
    root().join("connectors").join(path)
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn printed(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A golden document without the line ends and indents that it has for people.
fn on_one_line(golden: &str) -> String {
    let text = std::fs::read_to_string(of_connectors(golden)).unwrap();
    text.lines().map(str::trim_start).collect()
}

#[test]
fn a_real_944_needs_no_configuration_at_all() {
    let Some(file) = samples::path("npm__node-x12-edi/944.edi") else {
        return;
    };
    let output = translate("edi-partner").arg(file).output().unwrap();
    assert_eq!((code(&output), said(&output)), (0, String::new()));
    let events: Value = serde_json::from_slice(&output.stdout).unwrap();
    let receipt = &events[0];
    assert_eq!(receipt["type"], "backhaul.receipt.recorded.v1");
    assert_eq!(receipt["key"], "receipt|PC1234|4280");
    assert_eq!(receipt["data"]["receipt_id"], "4280");
    let lines = receipt["data"]["lines"].as_array().unwrap();
    assert_eq!(lines.len(), 5);
    for line in lines {
        assert_eq!(
            (&line["sku_scanned"], &line["qty"]),
            (&"100000154".into(), &"120".into())
        );
        assert_eq!(line["uom"], "XCS", "CA is a case");
    }
}

#[test]
fn what_partners_send_comes_in() {
    let desk = Desk::new();
    let edi = "edi-partner/testdata";
    for (connector, condition) in [
        ("acme", "customer/basic"),
        ("tpl-west", "warehouse/part-damaged"),
        ("tpl-west", "warehouse/advice-with-questioned-goods"),
        ("handel", "edifact/basic"),
    ] {
        let (file, golden) = (
            format!("{edi}/{condition}.edi"),
            format!("{edi}/{condition}.json"),
        );
        desk.comes_in(connector, &file, &golden);
    }
    let files = "warehouse-file/testdata";
    desk.comes_in(
        "warehouse-file",
        &format!("{files}/caret/with-end.rtn"),
        &format!("{files}/caret/with-end.json"),
    );
    desk.comes_in(
        "dc-fixed",
        &format!("{files}/fixed/basic.txt"),
        &format!("{files}/fixed/basic.json"),
    );
}

#[test]
fn an_own_mapping_makes_a_request_of_a_customer_return() {
    let desk = Desk::new();
    let file = desk.write("return.json", SAP_RETURN);
    let output = desk.translate("sap", &[], &[&file]);
    assert_eq!((code(&output), said(&output)), (0, String::new()));
    let events: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(events.as_array().unwrap().len(), 1);
    assert_eq!(events[0]["type"], "backhaul.return.requested.v1");
    let line = &events[0]["data"]["lines"][0];
    assert_eq!((&line["sku"], &line["uom"]), (&"TG12".into(), &"EA".into()));
    assert_eq!(line["reason"], "DAMAGED_IN_TRANSIT");

    let bad = desk.write("bad.json", &SAP_RETURN.replace("\"2.000\"", "\"two\""));
    desk.refuses("sap", &bad, &["/lines/0/qty", "two"]);
    // The real example leaves everything empty but its number.
    let real = "json__latonaio__sap-api-integrations-customer-return-reads/Inputs/SDC_Customer_Return_Item_sample.json";
    if let Some(real) = samples::path(real) {
        desk.refuses("sap", &real, &["wms-json."]);
    }
}

#[test]
fn commands_go_out_as_partners_read_them() {
    let desk = Desk::new();
    let out = "edi-partner/testdata/out";
    for (connector, condition) in [
        ("acme", "credit"),
        ("acme", "authorized"),
        ("acme", "denied"),
        ("handel", "authorized"),
        ("handel", "credit"),
    ] {
        let document = desk.goes_out(connector, &format!("{out}/{condition}.command.json"));
        let golden = on_one_line(&format!("{out}/{condition}.{connector}.edi"));
        // Written for people, EDIFACT tells its separators even where they are the usual ones.
        let golden = golden.strip_prefix("UNA:+.? '").unwrap_or(&golden);
        let document = document.trim_end();
        let document = document.strip_prefix("UNA:+.? '").unwrap_or(document);
        assert_eq!(document, golden, "{connector}: {condition}");
    }
    let announced = desk.goes_out(
        "dc-caret",
        "warehouse-file/testdata/out/announce.command.json",
    );
    let golden = of_connectors("warehouse-file/testdata/out/announce.caret-rtn.txt");
    assert_eq!(
        announced.trim_end(),
        std::fs::read_to_string(golden).unwrap().trim_end()
    );
    let soap = desk.goes_out("soap", "erp-soap/testdata/basic.command.json");
    assert_eq!(
        soap.trim_end(),
        on_one_line("erp-soap/testdata/basic.sim.xml")
    );
    let rest = desk.goes_out("rest", "erp-rest/testdata/basic.command.json");
    let golden = of_connectors("erp-rest/testdata/basic.sim.json");
    let [rest, golden] = [rest, std::fs::read_to_string(golden).unwrap()]
        .map(|text| serde_json::from_str::<Value>(&text).unwrap());
    assert_eq!(rest, golden);
}

#[test]
fn a_bad_file_is_named_with_place_and_field() {
    let desk = Desk::new();
    let bad_set = of_connectors("edi-partner/testdata/customer/one-bad-set-among-good.edi");
    let parts = desk.refuses("acme", &bad_set, &["segment 22 (BLI), element 3", "many"]);
    assert_eq!(
        parts.as_array().unwrap().len(),
        3,
        "its neighbours are there"
    );
    assert_eq!(parts[1]["failure"], "edi-partner.bad-set");

    let message = of_connectors("edi-partner/testdata/edifact/without-quantity.edi");
    desk.refuses("handel", &message, &["segment ", "(LIN)"]);
    let row = of_connectors("warehouse-file/testdata/caret/short-row.rtn");
    let parts = desk.refuses("warehouse-file", &row, &["line 2, column 5 (qty)"]);
    assert_eq!(parts.as_array().unwrap().len(), 2);
    let row = of_connectors("warehouse-file/testdata/fixed/letters-in-quantity.txt");
    desk.refuses(
        "dc-fixed",
        &row,
        &["line 2, places 58-67 (qty)", "000000300O"],
    );
}

#[test]
fn what_a_partner_has_no_words_for_is_told() {
    let desk = Desk::new();
    let command = of_connectors("erp-soap/testdata/notify.command.json");
    let output = desk.translate("soap", &["--outbound"], &[&command]);
    assert_eq!(code(&output), 2);
    assert!(
        said(&output).contains("erp-soap.no-words"),
        "{}",
        said(&output)
    );
    assert_eq!(printed(&output), "");
    let no_command = desk.write("no-command.json", "{\"kind\": \"CREDIT\"}");
    let output = desk.translate("soap", &["--outbound"], &[&no_command]);
    assert_eq!(code(&output), 2);
    let said = said(&output);
    assert!(
        said.contains("no-command.json") && said.contains("ERP_CREDIT_MEMO"),
        "{said}"
    );
}

#[test]
fn exit_codes_tell_what_kind_of_wrong_it_is() {
    let desk = Desk::new();
    let output = desk.translate("acme", &[], &[Path::new("not-there.edi")]);
    assert_eq!(code(&output), 1, "{}", said(&output));
    assert!(said(&output).contains("not-there.edi"));
    let output = desk.translate("acne", &[], &[Path::new("any.edi")]);
    assert_eq!(code(&output), 3, "{}", said(&output));
    assert!(
        said(&output).contains("edi-partner"),
        "it names the types that there are"
    );
    // A bad file does not keep the next one from being read.
    let bad = of_connectors("warehouse-file/testdata/caret/truncated.rtn");
    let good = of_connectors("warehouse-file/testdata/caret/basic.rtn");
    let output = desk.translate("warehouse-file", &[], &[&bad, &good]);
    assert_eq!(code(&output), 2);
    let outcomes: Vec<Value> = serde_json::Deserializer::from_slice(&output.stdout)
        .into_iter()
        .map(Result::unwrap)
        .collect();
    assert_eq!(outcomes.len(), 2);
    assert_eq!(outcomes[1].as_array().unwrap().len(), 2, "{outcomes:#?}");
}
