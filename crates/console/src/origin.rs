//! Where a request comes from.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::{ConnectInfo, Request};

use crate::api::App;

/// The address of who asks. Behind a proxy it is the one that the proxy says it had the request from, which is the last one.
pub(crate) fn address(app: &App, request: &Request) -> IpAddr {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let peer = peer.map_or_else(|| Ipv4Addr::UNSPECIFIED.into(), |peer| peer.0.ip());
    if !app.api.pages.is_some_and(|pages| pages.behind_tls) {
        return peer;
    }
    let forwarded = request.headers().get_all("x-forwarded-for").iter();
    let last = forwarded
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(','))
        .next_back();
    last.and_then(|text| text.trim().parse().ok())
        .unwrap_or(peer)
}
