//! Blocks of a configuration that many tests need.

/// A connector that takes signed JSON under `/in/NAME` for US01.
pub fn json_in(name: &str, secret: &str) -> String {
    format!(
        r#"
[connectors.{name}]
type = "wms-json"
system = "{name}"
entity = "US01"
[connectors.{name}.http]
path = "/in/{name}"
secret = "{secret}"
"#
    )
}

/// The simulated REST ERP at that address: an attempt may take `deadline`, an unknown outcome settles within `settles`.
pub fn rest_erp(url: &str, deadline: &str, settles: &str) -> String {
    format!(
        r#"
[connectors.erp]
type = "erp-rest"
base_url = "{url}"
profile = "sim"
timeout = "2s"
connect_timeout = "1s"
deadline = "{deadline}"
auth = {{ kind = "client-credentials", token_url = "/oauth/token", client_id = "backhaul", client_secret = "s3cret" }}
[connectors.erp.retry]
settle_window = "{settles}"
max_reposts = 6
"#
    )
}
