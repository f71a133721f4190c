//! Style, script and mark of the pages: in the binary, addressed by a hash of their content, kept by browsers for ever.

use std::sync::LazyLock;

use axum::response::{IntoResponse as _, Response};
use data_encoding::HEXLOWER;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use sha2::{Digest as _, Sha256};

use crate::ask::Named;
use crate::problem::Problem;

/// A file as it is served.
struct Asset {
    name: String,
    media: &'static str,
    text: &'static str,
}

impl Asset {
    fn new(stem: &str, end: &str, media: &'static str, text: &'static str) -> Self {
        let hash = HEXLOWER.encode(&Sha256::digest(text.as_bytes()));
        let short: String = hash.chars().take(16).collect();
        Self {
            name: format!("{stem}-{short}.{end}"),
            media,
            text,
        }
    }
}

static STYLE: LazyLock<Asset> = LazyLock::new(|| {
    let text = include_str!("../../assets/style.css");
    Asset::new("style", "css", "text/css; charset=utf-8", text)
});
static SCRIPT: LazyLock<Asset> = LazyLock::new(|| {
    let text = include_str!("../../assets/live.js");
    Asset::new("live", "js", "text/javascript; charset=utf-8", text)
});
static MARK: LazyLock<Asset> = LazyLock::new(|| {
    let text = include_str!("../../assets/mark.svg");
    Asset::new("mark", "svg", "image/svg+xml", text)
});

/// Where the style is.
pub(super) fn style() -> &'static str {
    &STYLE.name
}

/// Where the script is.
pub(super) fn script() -> &'static str {
    &SCRIPT.name
}

/// Where the mark is.
pub(super) fn mark() -> &'static str {
    &MARK.name
}

/// Serves one.
pub(super) async fn serve(Named(name): Named) -> Result<Response, Problem> {
    let all = [&STYLE, &SCRIPT, &MARK];
    let Some(asset) = all.into_iter().find(|asset| asset.name == name) else {
        return Err(Problem::not_found("there is no such file"));
    };
    let headers = [
        (CONTENT_TYPE, asset.media),
        (CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    Ok((headers, asset.text).into_response())
}
