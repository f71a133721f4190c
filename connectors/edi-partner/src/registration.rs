//! What this connector exports: check, codec, build.

use std::sync::Arc;

use canonical::EffectKind;
use connector::{
    Built, Capabilities, Codec, Connector, CreditsShown, DuplicateGuard, Failure, Governed,
    InForce, Ports, Problem, Settings,
};

use crate::away::failed;
use crate::caught_up::CaughtUp;
use crate::codec::EdiCodec;
use crate::config::{self, Options};
use crate::failures;
use crate::ledger::Ledger;
use crate::partner::Partner;
use crate::profile;
use crate::samples;
use crate::sink::EdiSink;
use crate::source::EdiSource;

/// The connector.
pub const CONNECTOR: Connector = Connector {
    name: "edi-partner",
    summary: "X12 and EDIFACT with a trading partner or a 3PL, numbered and acknowledged; each partner is a profile",
    capabilities: Capabilities {
        transports: &["folder", "SFTP"],
        formats: &[
            "X12 180, 944, 861 in",
            "X12 180, 812 out",
            "EDIFACT RETANN in, RETINS and INVOIC 381 out",
            "997, 999, TA1, CONTRL both ways",
        ],
        takes: &[
            "backhaul.return.requested.v1",
            "backhaul.return.cancel-requested.v1",
            "backhaul.receipt.recorded.v1",
            "backhaul.inspection.finalized.v1",
            "backhaul.disposition.decided.v1",
        ],
        delivers: &[
            EffectKind::WmsRmaAsn,
            EffectKind::WmsRmaCancel,
            EffectKind::Edi180,
            EffectKind::Edi812,
        ],
        guards: &[DuplicateGuard::UniqueNumber, DuplicateGuard::LookUpOnly],
        extracts: &[],
        credits_shown: CreditsShown::CannotSay,
        acknowledgement: "later, by 997, 999 or CONTRL; sent again under the same number when it is overdue",
        residual_risk: "An overdue document is sent again under its number: a partner that books one control number twice \
                        books it twice. An acknowledgement says that the syntax is taken, not that the document is booked.",
    },
    options: config::schema,
    mappings: profile::SHIPPED,
    failures: failures::CODES,
    check,
    codec: |settings| governed(settings).map(|codec| Arc::new(codec) as Arc<dyn Codec>),
    build,
};

/// Profile by which EDIFACT is read where none is named.
const EDIFACT: &str = "edifact-d01b";

/// The codec, with the crosswalks that are in force when an interchange comes.
fn governed(settings: &Settings) -> Result<Governed<EdiCodec>, Problem> {
    Governed::new(settings, |settings, published| {
        codec(settings, published).map(|(_, codec)| codec)
    })
}

pub(crate) fn codec(
    settings: &Settings,
    published: &InForce,
) -> Result<(Options, EdiCodec), Problem> {
    let options: Options = settings.parse()?;
    let partner = partner(settings, &options, published)?;
    let unnamed = options.profile.is_none() && options.profile_file.is_none();
    let edifact = if unnamed && options.mailbox.is_none() {
        let options = Options {
            profile: Some(EDIFACT.to_owned()),
            adjust: toml::Table::new(),
            ..options.clone()
        };
        Some(self::partner(settings, &options, published)?)
    } else {
        None
    };
    Ok((options, EdiCodec { partner, edifact }))
}

fn partner(
    settings: &Settings,
    options: &Options,
    published: &InForce,
) -> Result<Arc<Partner>, Problem> {
    let profile = options.profile(settings)?;
    let mut wrong = Vec::new();
    let partner = Partner::new(options, profile, &settings.instance, published, &mut wrong);
    match wrong.into_iter().next() {
        Some((place, what)) => Err(wrong_code(settings, &place, what)),
        None => Ok(Arc::new(partner)),
    }
}

fn wrong_code(settings: &Settings, place: &str, what: String) -> Problem {
    Problem::new(
        settings.place(&format!("adjust.{place}")),
        what,
        "use one of our words; docs/reference lists them",
    )
}

fn check(settings: &Settings) -> Vec<Problem> {
    let options: Options = match settings.parse() {
        Ok(options) => options,
        Err(problem) => return vec![problem],
    };
    let mut problems = options.problems(settings);
    match options.profile(settings) {
        Ok(profile) => {
            problems.extend(profile::problems(&profile));
            problems.extend(options.address_problems(&profile, settings));
            let mut wrong = Vec::new();
            drop(Partner::new(
                &options,
                profile,
                &settings.instance,
                &InForce::default(),
                &mut wrong,
            ));
            let wrong = wrong.into_iter();
            problems.extend(wrong.map(|(place, what)| wrong_code(settings, &place, what)));
        }
        Err(problem) => problems.push(problem),
    }
    if problems.is_empty()
        && let Ok((options, codec)) = codec(settings, &InForce::default())
    {
        let samples = options.samples.iter().enumerate();
        problems
            .extend(samples.filter_map(|(n, sample)| samples::check(settings, &codec, n, sample)));
    }
    problems
}

fn build(settings: &Settings, ports: &dyn Ports) -> Result<Built, Failure> {
    let wrong = |problem: Problem| {
        let message = format!("{}: {}; {}", problem.place, problem.what, problem.fix);
        Failure::misconfigured(failures::BAD_CONFIGURATION, message)
    };
    // What is wrong with the mailbox alone is said by the mailbox, when it is reached.
    let mut problems = check(settings).into_iter();
    let host_key = settings.place("mailbox.host_key");
    if let Some(problem) = problems.find(|problem| problem.place != host_key) {
        return Err(wrong(problem));
    }
    let (options, plain) = codec(settings, &InForce::default()).map_err(wrong)?;
    let partner = plain.partner;
    let codec = Arc::new(governed(settings).map_err(wrong)?);
    let Some(mailbox) = &options.mailbox else {
        return Ok(Built {
            codec,
            source: None,
            sink: None,
        });
    };
    // Each has its own line to it: a wait for the source that was given up must not keep the sink waiting.
    let inward = mailbox.open(&settings.base_dir).map_err(failed)?;
    let outward = mailbox.open(&settings.base_dir).map_err(failed)?;
    let whom = options
        .theirs
        .as_ref()
        .map_or("", |theirs| theirs.id.trim());
    let usage = if options.test { "T" } else { "P" };
    let ledger = Ledger::new(
        ports.notes(&settings.instance),
        format!("out/{whom}/{usage}"),
    );
    let caught_up = Arc::new(CaughtUp::default());
    let source = EdiSource::new(
        &settings.instance,
        &options,
        Arc::clone(&partner),
        inward,
        ledger.clone(),
        Arc::clone(&caught_up),
    )?;
    Ok(Built {
        codec,
        source: Some(Box::new(source)),
        sink: Some(Arc::new(EdiSink {
            partner,
            mailbox: outward,
            ledger,
            caught_up,
        })),
    })
}
