//! One stream: from the request of a page that is open until it is closed, its session ends, or the sidecar stops.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use http::header::CACHE_CONTROL;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use tokio::sync::broadcast::error::RecvError;
use tokio::time::Instant;

use super::super::session::Session;
use super::super::{Console, door, overview};
use super::look::{Seat, sit};
use super::news::{News, Shown};
use crate::problem::Problem;
use crate::users;

/// A browser that lost its stream comes back after that time.
const BACK: Duration = Duration::from_secs(3);

/// Begins a stream.
pub(super) fn follow(
    console: Arc<Console>,
    session: Session,
    headers: &HeaderMap,
    shown: Shown,
) -> Result<Response, Problem> {
    if !door::is_from_here(headers) {
        let detail = "Pages of this console alone are told when something changes.";
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            "console.elsewhere",
            detail,
        ));
    }
    if console.app.api.stop.is_cancelled() {
        return Err(Problem::later("the sidecar is stopping"));
    }
    let follower = Follower {
        seat: sit(&console, session.hash)?,
        console,
        session,
        shown,
        owed: Some(Instant::now()),
        told: None,
    };
    let events = stream::unfold(follower, async |mut follower| {
        let event = follower.next().await?;
        Some((Ok::<Event, Infallible>(event), follower))
    });
    let sse = Sse::new(events).keep_alive(KeepAlive::default());
    let mut response = sse.into_response();
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // Proxies that gather answers are asked not to.
    let buffering = HeaderName::from_static("x-accel-buffering");
    headers.insert(buffering, HeaderValue::from_static("no"));
    Ok(response)
}

struct Follower {
    console: Arc<Console>,
    session: Session,
    shown: Shown,
    seat: Seat,
    /// Something changed then that was not told yet. At first everything: the page was written before anybody looked.
    owed: Option<Instant>,
    /// When the overview was begun that was told last.
    told: Option<Instant>,
}

impl Follower {
    /// The next event; none when the session has ended or the sidecar stops.
    async fn next(&mut self) -> Option<Event> {
        let stop = self.console.app.api.stop.clone();
        loop {
            let heard = tokio::select! {
                biased;
                () = stop.cancelled() => return None,
                heard = self.seat.news.recv() => heard,
            };
            let news = match heard {
                Ok(news) => news,
                Err(RecvError::Lagged(_)) => Arc::new(News::much()),
                Err(RecvError::Closed) => return None,
            };
            if !self.is_entitled(&news).await {
                return None;
            }
            if news.concerns(&self.shown) {
                self.owed = Some(Instant::now());
            }
            if self.is_due() {
                // Without data a browser tells its page nothing.
                return Some(Event::default().data("changed").retry(BACK));
            }
        }
    }

    /// True while the session lives. To follow keeps no session alive.
    async fn is_entitled(&self, news: &News) -> bool {
        if !self.console.sessions.lives(&self.session.hash) {
            return false;
        }
        if !news.is_of_users() {
            return true;
        }
        let held = users::still_holds(&self.console.app, &self.session.holder).await;
        // Whoever comes back is looked at again.
        held.unwrap_or(false)
    }

    /// True if the page has something to ask for.
    fn is_due(&mut self) -> bool {
        if self.shown != Shown::Overview {
            return self.owed.take().is_some();
        }
        // An overview is made for all, now and then: it is worth a look when there is another one.
        let made = self.console.overview.begun();
        if made > self.owed {
            self.owed = None;
        } else if self.owed.is_some() {
            overview::renew(&self.console);
        }
        let is_other = made != self.told;
        self.told = made;
        is_other
    }
}
