#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

mod classify;
mod codec;
mod compare;
mod config;
mod document;
#[doc(hidden)]
pub mod door;
mod exchange;
mod failures;
mod interface;
mod login;
mod lookup;
mod profile;
mod samples;
mod sink;
mod windows;
mod wire;

use std::sync::Arc;

use canonical::EffectKind;
use connector::{
    Built, Capabilities, Codec, Connector, CreditsShown, DuplicateGuard, Failure, Ports, Problem,
    Settings,
};

use crate::codec::ErpCodec;
use crate::config::Options;
use crate::exchange::Exchange;
use crate::interface::Interface;
use crate::sink::ErpSink;

/// The connector.
pub const CONNECTOR: Connector = Connector {
    name: "erp-soap",
    summary: "posts to a legacy ERP over SOAP 1.1 or 1.2; each ERP is a profile",
    capabilities: Capabilities {
        transports: &["HTTP"],
        formats: &["SOAP 1.1 and 1.2, by profile"],
        takes: &[],
        delivers: &[
            EffectKind::ErpReturnOrder,
            EffectKind::ErpReceiptHold,
            EffectKind::ErpStockTransfer,
            EffectKind::ErpScrap,
            EffectKind::ErpCreditMemo,
            EffectKind::ErpCreditReversal,
        ],
        guards: &[
            DuplicateGuard::NativeKey,
            DuplicateGuard::UniqueNumber,
            DuplicateGuard::LookUpOnly,
            DuplicateGuard::None,
        ],
        extracts: &[],
        credits_shown: CreditsShown::CannotSay,
        acknowledgement: "at once, in the answer",
        residual_risk: "With look-up only, a slow first request may commit after the look-ups missed it: keep the settle \
                        window above the ERP's longest request. An ERP that shows only the number of what it has cannot be \
                        compared with what we said.",
    },
    options: config::schema,
    mappings: profile::SHIPPED,
    failures: failures::CODES,
    check,
    codec,
    build,
};

fn check(settings: &Settings) -> Vec<Problem> {
    let options: Options = match settings.parse() {
        Ok(options) => options,
        Err(problem) => return vec![problem],
    };
    let mut problems = options.problems(settings);
    match options.profile(settings) {
        Ok(profile) => {
            problems.extend(profile::problems(&profile, &options.vars, settings));
            let version = options.soap.unwrap_or(profile.soap);
            match Interface::new(profile, version, options.vars) {
                Ok(interface) => problems.extend(interface.problems()),
                Err(found) => problems.extend(found),
            }
        }
        Err(problem) => problems.push(problem),
    }
    problems
}

fn interface(options: &Options, settings: &Settings) -> Result<Arc<Interface>, Problem> {
    let profile = options.profile(settings)?;
    let version = options.soap.unwrap_or(profile.soap);
    Interface::new(profile, version, options.vars.clone())
        .map(Arc::new)
        .map_err(|problems| first(problems, settings))
}

fn codec(settings: &Settings) -> Result<Arc<dyn Codec>, Problem> {
    let options: Options = settings.parse()?;
    let interface = interface(&options, settings)?;
    Ok(Arc::new(ErpCodec { interface }))
}

fn build(settings: &Settings, _ports: &dyn Ports) -> Result<Built, Failure> {
    let wrong = |problem: Problem| {
        let message = format!("{}: {}; {}", problem.place, problem.what, problem.fix);
        Failure::misconfigured(failures::BAD_CONFIGURATION, message)
    };
    if let Some(problem) = check(settings).into_iter().next() {
        return Err(wrong(problem));
    }
    let options: Options = settings.parse().map_err(wrong)?;
    let interface = interface(&options, settings).map_err(wrong)?;
    let windows = options.windows(settings).map_err(wrong)?;
    let windows_for = options.windows_for;
    let exchange = Exchange::new(options, interface.profile.clone(), interface.version)?;
    Ok(Built {
        codec: Arc::new(ErpCodec {
            interface: interface.clone(),
        }),
        source: None,
        sink: Some(Arc::new(ErpSink {
            interface,
            exchange,
            windows,
            windows_for,
        })),
    })
}

fn first(problems: Vec<Problem>, settings: &Settings) -> Problem {
    problems.into_iter().next().unwrap_or_else(|| {
        Problem::new(
            settings.place("profile"),
            "the profile is wrong",
            "run `backhaul check`",
        )
    })
}
