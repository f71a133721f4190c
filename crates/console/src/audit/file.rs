//! The audit as a file: every entry that is found, page by page, as long as somebody reads.

use std::sync::Arc;

use axum::body::Body;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use futures_util::stream;
use http::header::CONTENT_TYPE;
use router::spreadsheet::cell;

use super::search::Search;
use super::{AuditQuery, Entry, Format, entry};
use crate::access::Holder;
use crate::api::App;
use crate::gate::Caller;
use crate::page;
use crate::problem::Problem;

/// Entries read at once.
const AT_ONCE: usize = 1_000;
const HEAD: [&str; 8] = [
    "seq",
    "at",
    "actor",
    "action",
    "subject",
    "correlation_id",
    "hash",
    "body",
];

struct Writer {
    app: Arc<App>,
    search: Search,
    format: Format,
    holder: Arc<Holder>,
    is_first: bool,
    is_done: bool,
    /// So many more at the most.
    left: Option<usize>,
}

/// The file.
pub(crate) async fn whole(
    app: &Arc<App>,
    caller: &Caller,
    asked: &AuditQuery,
) -> Result<Response, Problem> {
    let writer = Writer {
        app: Arc::clone(app),
        search: Search::of(app.store(), asked).await?,
        format: asked.format,
        holder: Arc::clone(&caller.0),
        is_first: true,
        is_done: false,
        left: asked
            .limit
            .map(|limit| page::limit(Some(limit)))
            .transpose()?,
    };
    let media = match asked.format {
        Format::Csv => "text/csv; charset=utf-8",
        Format::Json | Format::Jsonl => "application/jsonl",
    };
    // A failure cuts the answer off, which whoever reads it sees.
    let parts = stream::try_unfold(writer, async |mut writer| {
        if writer.is_done {
            return Ok::<_, std::io::Error>(None);
        }
        let part = writer.part().await.inspect_err(|error| {
            tracing::error!(%error, "a file of the audit is cut off");
        })?;
        Ok(Some((part, writer)))
    });
    Ok(([(CONTENT_TYPE, media)], Body::from_stream(parts)).into_response())
}

impl Writer {
    async fn part(&mut self) -> Result<Bytes, std::io::Error> {
        if self.app.api.stop.is_cancelled() {
            return Err(std::io::Error::other("the sidecar is stopping"));
        }
        let store = self.app.store();
        let most = self.left.map_or(AT_ONCE, |left| left.min(AT_ONCE));
        let page = self.search.page(store, most).await;
        let (rows, next) = page.map_err(std::io::Error::other)?;
        self.left = self.left.map(|left| left.saturating_sub(rows.len()));
        self.is_done = next.is_none() || self.left == Some(0);
        let holder = Arc::clone(&self.holder);
        let entries = rows.into_iter().map(|row| entry(row, &holder));
        let is_first = std::mem::take(&mut self.is_first);
        match self.format {
            Format::Csv => csv(entries, is_first),
            Format::Json | Format::Jsonl => lines(entries),
        }
    }
}

fn lines(entries: impl Iterator<Item = Entry>) -> Result<Bytes, std::io::Error> {
    let mut text = Vec::new();
    for entry in entries {
        serde_json::to_writer(&mut text, &entry)?;
        text.push(b'\n');
    }
    Ok(text.into())
}

fn csv(entries: impl Iterator<Item = Entry>, with_head: bool) -> Result<Bytes, std::io::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    if with_head {
        writer.write_record(HEAD)?;
    }
    for entry in entries {
        let body = entry.body.map_or_else(String::new, |body| body.to_string());
        writer.write_record([
            cell(&entry.seq.to_string()).as_ref(),
            cell(&entry.at.to_string()).as_ref(),
            cell(&entry.actor).as_ref(),
            cell(&entry.action).as_ref(),
            cell(&entry.subject).as_ref(),
            cell(&entry.correlation_id).as_ref(),
            cell(&entry.hash).as_ref(),
            cell(&body).as_ref(),
        ])?;
    }
    let text = writer
        .into_inner()
        .map_err(csv::IntoInnerError::into_error)?;
    Ok(text.into())
}
