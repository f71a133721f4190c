//! What the targets share: codecs of the blocks that the connectors' own pages show, and decoding twice.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use connector::{Codec, Connector, Inbound, Origin, Settings};
use http::StatusCode;
use http::header::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;

/// Root of the repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The codec of that block in the connector's page.
///
/// # Panics
/// When the page has no such block.
pub fn codec(connector: &Connector, instance: &str) -> Arc<dyn Codec> {
    let folder = root().join("connectors").join(connector.name);
    let page = std::fs::read_to_string(folder.join("README.md")).expect("the page");
    for block in page.split("```toml\n").skip(1) {
        let text = block.split("```").next().unwrap_or_default();
        let table: toml::Table = text.parse().expect("a block");
        let Some(block) = table.get("connectors").and_then(|all| all.get(instance)) else {
            continue;
        };
        let mut table = block.as_table().expect("a table").clone();
        table.remove("type");
        // Mappings lie beside the example configurations, layouts beside the connector.
        for base_dir in [root().join("deploy"), folder.clone()] {
            let settings = Settings {
                instance: instance.to_owned(),
                table: table.clone(),
                base_dir,
                published: connector::Published::default(),
            };
            if let Ok(codec) = (connector.codec)(&settings) {
                return codec;
            }
        }
    }
    panic!("{} shows no block {instance}", connector.name)
}

/// Decodes twice: nothing panics, and both times the same comes out.
///
/// # Panics
/// When it does not.
pub fn twice(codec: &dyn Codec, data: &[u8]) {
    let first = codec.decode(&inbound(data));
    let second = codec.decode(&inbound(data));
    assert_eq!(format!("{first:?}"), format!("{second:?}"));
}

fn inbound(data: &[u8]) -> Inbound {
    Inbound {
        origin: Origin {
            connector: "fuzz".to_owned(),
            channel: "fuzz".to_owned(),
            reference: String::new(),
            received_at: Timestamp::UNIX_EPOCH,
            headers: BTreeMap::new(),
            token: 0,
        },
        raw: Bytes::copy_from_slice(data),
        refused: None,
    }
}

/// An answer as it comes over the wire: a status line, headers, an empty line, the body.
pub fn answer(data: &[u8]) -> (StatusCode, HeaderMap, Vec<u8>) {
    let end = data.windows(2).position(|two| two == b"\n\n");
    let (head, body) = match end {
        Some(end) => data.split_at(end),
        None => ([].as_slice(), data),
    };
    let head = String::from_utf8_lossy(head);
    let status = head.lines().next().and_then(|line| line.split(' ').nth(1));
    let headers = head.lines().skip(1).filter_map(|line| {
        let (name, value) = line.split_once(": ")?;
        Some((
            name.parse::<HeaderName>().ok()?,
            value.parse::<HeaderValue>().ok()?,
        ))
    });
    (
        status
            .and_then(|status| status.parse().ok())
            .unwrap_or(StatusCode::OK),
        headers.collect(),
        body.strip_prefix(b"\n\n").unwrap_or(body).to_vec(),
    )
}
