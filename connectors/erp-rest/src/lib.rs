#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

mod auth;
mod classify;
mod codec;
mod compare;
mod config;
mod credits;
mod csrf;
mod document;
#[doc(hidden)]
pub mod door;
mod exchange;
mod extract;
mod failures;
mod interface;
mod invoices;
mod lookup;
mod profile;
mod references;
mod samples;
mod sink;
mod template;
mod wire;

use std::sync::Arc;

use canonical::EffectKind;
use connector::{
    Built, Capabilities, Codec, Connector, CreditsShown, DuplicateGuard, Extractable, Failure,
    Ports, Problem, Settings,
};

use crate::codec::ErpCodec;
use crate::config::Options;
use crate::exchange::Exchange;
use crate::interface::Interface;
use crate::sink::ErpSink;

/// The connector.
pub const CONNECTOR: Connector = Connector {
    name: "erp-rest",
    summary: "posts to a cloud ERP over REST or OData; each ERP is a profile",
    capabilities: Capabilities {
        transports: &["HTTP"],
        formats: &["REST and OData, by profile"],
        takes: &[],
        delivers: &[
            EffectKind::ErpReturnOrder,
            EffectKind::ErpReceiptHold,
            EffectKind::ErpStockTransfer,
            EffectKind::ErpScrap,
            EffectKind::ErpCreditMemo,
            EffectKind::ErpCreditReversal,
            EffectKind::InvoiceFacts,
            EffectKind::TaxRefundQuote,
            EffectKind::TaxRefundCommit,
            EffectKind::TaxRefundVoid,
            EffectKind::ErpRecoveryInvoice,
            EffectKind::ErpRecoveryReversal,
            EffectKind::ReplacementOrder,
            EffectKind::SupplierReturn,
            EffectKind::SupplierClaim,
        ],
        guards: &[
            DuplicateGuard::NativeKey,
            DuplicateGuard::UniqueNumber,
            DuplicateGuard::LookUpOnly,
            DuplicateGuard::None,
        ],
        extracts: &[Extractable::CreditMemos, Extractable::StockMovements],
        credits_shown: CreditsShown::ByProfile,
        acknowledgement: "at once, in the answer",
        residual_risk: "With look-up only, a slow first create may commit after the look-ups missed it: keep the settle \
                        window above the ERP's longest request.",
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
            match Interface::new(profile, options.vars) {
                Ok(interface) => problems.extend(interface.problems()),
                Err(found) => problems.extend(found),
            }
        }
        Err(problem) => problems.push(problem),
    }
    problems
}

fn codec(settings: &Settings) -> Result<Arc<dyn Codec>, Problem> {
    let options: Options = settings.parse()?;
    let profile = options.profile(settings)?;
    let interface =
        Interface::new(profile, options.vars).map_err(|problems| first(problems, settings))?;
    Ok(Arc::new(ErpCodec {
        interface: Arc::new(interface),
    }))
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
    let profile = options.profile(settings).map_err(wrong)?;
    let interface = Interface::new(profile, options.vars.clone())
        .map_err(|problems| wrong(first(problems, settings)))?;
    let interface = Arc::new(interface);
    let exchange = Exchange::new(options, interface.profile.clone())?;
    Ok(Built {
        codec: Arc::new(ErpCodec {
            interface: interface.clone(),
        }),
        source: None,
        sink: Some(Arc::new(ErpSink {
            interface,
            exchange,
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
