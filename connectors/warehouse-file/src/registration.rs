//! What this connector exports: check, codec, build.

use std::sync::Arc;
use std::time::Duration;

use canonical::EffectKind;
use connector::{
    Built, Capabilities, Codec, Connector, CreditsShown, DuplicateGuard, Failure, Governed,
    InForce, Ports, Problem, Settings, Sink, Source,
};
use jiff::SignedDuration;

use crate::codec::FileCodec;
use crate::config::Options;
use crate::layout::{self, Field, Layout, Prepared};
use crate::ledger::Ledger;
use crate::sink::FileSink;
use crate::source::{FileSource, Ways};
use crate::translate::Partner;
use crate::{failures, mailbox_failure, samples};

/// The connector.
pub const CONNECTOR: Connector = Connector {
    name: "warehouse-file",
    summary: "files of warehouses, in folders or over SFTP: receipts in, announcements and acknowledgements out",
    capabilities: Capabilities {
        transports: &["folder", "SFTP"],
        formats: &[
            "caret rows (RTNHDR/RTNTRL)",
            "delimited files, by layout",
            "fixed-width files, by layout",
        ],
        takes: &[
            "backhaul.receipt.recorded.v1",
            "backhaul.receipt.reversed.v1",
            "backhaul.inspection.finalized.v1",
            "backhaul.disposition.decided.v1",
        ],
        delivers: &[EffectKind::WmsRmaAsn, EffectKind::WmsRmaCancel],
        guards: &[DuplicateGuard::UniqueNumber],
        extracts: &[],
        credits_shown: CreditsShown::CannotSay,
        acknowledgement: "at once, when the file is in the outbox; or by the warehouse's acknowledgement file, when the block expects one",
        residual_risk: "An announcement that is not acknowledged in time is written again under the same name: a warehouse that took the first file away and ignores names sees it twice. When the process ends between writing a file and noting it, and the warehouse takes it away meanwhile, the same happens.",
    },
    options: || schemars::schema_for!(Options).to_value(),
    mappings: layout::SHIPPED,
    failures: failures::ALL,
    check,
    codec: |settings| governed(settings).map(|codec| Arc::new(codec) as Arc<dyn Codec>),
    build,
};

pub(crate) struct Parts {
    options: Options,
    layout: Arc<Prepared>,
    pub(crate) codec: FileCodec,
}

/// The layout of a block, as it stands in its file or in this program.
fn read_layout(settings: &Settings, options: &Options) -> Result<Layout, Problem> {
    let name = &options.layout;
    let is_file = std::path::Path::new(name)
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("toml"));
    let text = match layout::shipped(name) {
        Some(text) => text.to_owned(),
        None if is_file => settings.read("layout", name.as_ref())?,
        None => {
            return Err(Problem::new(
                settings.place("layout"),
                format!("no layout {name:?} is built in"),
                format!("use one of {}, or a file NAME.toml", layout::names()),
            ));
        }
    };
    Layout::read(&text, &options.adjust).map_err(|what| {
        Problem::new(
            settings.place("layout"),
            format!("layout {name}: {what}"),
            "compare it with the layout language in the README",
        )
    })
}

/// The codec, with the crosswalks that are in force when a file comes.
pub(crate) fn governed(settings: &Settings) -> Result<Governed<FileCodec>, Problem> {
    Governed::new(settings, |settings, published| {
        codec(settings, published).map(|parts| parts.codec)
    })
}

pub(crate) fn codec(settings: &Settings, published: &InForce) -> Result<Parts, Problem> {
    let options: Options = settings.parse()?;
    let layout = read_layout(settings, &options)?;
    if let Some(problem) = in_layout(settings, &options, &layout).into_iter().next() {
        return Err(problem);
    }
    let prepared = layout::prepare(&layout, options.zone.as_deref())
        .map_err(|(place, what)| wrong_zone(settings, &options, &place, what))?;
    let mut wrong = Vec::new();
    let tables = options.codes.over(&layout.codes);
    let partner = Partner::new(
        &options,
        &settings.instance,
        prepared.key.clone(),
        &tables,
        published,
        &mut wrong,
    );
    if let Some((option, what)) = wrong.into_iter().next() {
        return Err(wrong_code(settings, &option, what));
    }
    let layout = Arc::new(prepared);
    let codec = FileCodec {
        partner: Arc::new(partner),
        layout: Arc::clone(&layout),
        on_bad_row: options.on_bad_row,
        max_bytes: options.max_bytes,
        answers: options.asn_acknowledged.as_ref().map(|a| a.pattern.clone()),
    };
    Ok(Parts {
        options,
        layout,
        codec,
    })
}

fn in_layout(settings: &Settings, options: &Options, layout: &Layout) -> Vec<Problem> {
    let problems = layout.problems().into_iter();
    problems
        .map(|(place, what, fix)| {
            let what = format!("layout {}, {place}: {what}", options.layout);
            Problem::new(settings.place("layout"), what, fix)
        })
        .collect()
}

fn wrong_zone(settings: &Settings, options: &Options, place: &str, what: String) -> Problem {
    let option = if options.zone.is_some() && place == "zone" {
        "zone".to_owned()
    } else {
        format!("layout ({place})")
    };
    Problem::new(
        settings.place(&option),
        what,
        "use a name such as Europe/Berlin or UTC",
    )
}

fn wrong_code(settings: &Settings, option: &str, what: String) -> Problem {
    Problem::new(
        settings.place(option),
        what,
        "use one of our words; docs/reference lists them",
    )
}

fn check(settings: &Settings) -> Vec<Problem> {
    let options: Options = match settings.parse() {
        Ok(options) => options,
        Err(problem) => return vec![problem],
    };
    let mut problems = sound(settings, &options);
    match read_layout(settings, &options) {
        Err(problem) => problems.push(problem),
        Ok(layout) => {
            problems.extend(in_layout(settings, &options, &layout));
            problems.extend(fitting(settings, &options, &layout));
            if let Err((place, what)) = layout::prepare(&layout, options.zone.as_deref())
                && !place.ends_with("encoding")
            {
                problems.push(wrong_zone(settings, &options, &place, what));
            }
            let (mut wrong, tables) = (Vec::new(), options.codes.over(&layout.codes));
            drop(crate::codes::Codes::new(
                &tables,
                &InForce::default(),
                &mut wrong,
            ));
            let wrong = wrong.into_iter();
            problems.extend(wrong.map(|(option, what)| wrong_code(settings, &option, what)));
        }
    }
    if problems.is_empty() {
        match codec(settings, &InForce::default()) {
            Ok(parts) => {
                let samples = options.samples.iter().enumerate();
                problems.extend(
                    samples.filter_map(|(i, sample)| {
                        samples::check(settings, &parts.codec, i, sample)
                    }),
                );
            }
            Err(problem) => problems.push(problem),
        }
    }
    problems
}

/// What no type can say.
fn sound(settings: &Settings, options: &Options) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut say = |option: &str, what: &str, fix: &str| {
        problems.push(Problem::new(settings.place(option), what, fix));
    };
    for (option, name) in [
        ("system", options.system.as_deref()),
        ("entity", options.entity.as_deref()),
        ("rma_namespace", Some(options.rma_namespace.as_str())),
    ] {
        if name.is_some_and(|name| name.trim().is_empty() || name.contains('/')) {
            say(
                option,
                "it is empty or contains a slash",
                "use a short name, such as dc-west",
            );
        }
    }
    if options.max_bytes == 0 || options.max_bytes > 1024 * 1024 * 1024 {
        say("max_bytes", "it is 0 or above 1 GiB", "use 67108864");
    }
    if options.pattern.is_empty() {
        say("pattern", "it is empty", "use \"*\"");
    }
    let mut spans = vec![("poll", options.poll)];
    if let Some(answers) = &options.asn_acknowledged {
        spans.push(("asn_acknowledged.within", answers.within));
        if answers.pattern.is_empty() || answers.pattern == "*" {
            say(
                "asn_acknowledged.pattern",
                "every file would be an answer",
                "use a pattern such as \"*.ack\"",
            );
        }
    }
    if let Some(sequence) = &options.sequence {
        spans.push(("sequence.gap_patience", sequence.gap_patience));
    }
    for (option, span) in spans {
        if span <= SignedDuration::ZERO {
            say(
                option,
                "it is not above zero",
                "write a duration such as \"5s\"",
            );
        }
    }
    if options.mailbox.is_none() {
        say(
            "mailbox",
            "there is no place where files are exchanged",
            "set mailbox = { kind = \"folder\", path = \"…\" }, or kind = \"sftp\"",
        );
    }
    if let Some(mailbox) = &options.mailbox {
        for (option, what, fix) in mailbox.check(&settings.base_dir) {
            say(&format!("mailbox.{option}"), &what, &fix);
        }
    }
    problems
}

/// What options and layout must agree on.
fn fitting(settings: &Settings, options: &Options, layout: &Layout) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut say = |option: &str, what: &str, fix: &str| {
        problems.push(Problem::new(settings.place(option), what, fix));
    };
    if options.acknowledge && layout.acknowledgement.is_none() {
        say(
            "acknowledge",
            "the layout has no [acknowledgement]",
            "describe it in the layout, or leave acknowledge out",
        );
    }
    if options.asn_acknowledged.is_some() && layout.answer.is_none() {
        say(
            "asn_acknowledged",
            "the layout has no [answer]",
            "describe it in the layout, or leave asn_acknowledged out",
        );
    }
    let has = |field| layout.records.iter().any(|r| r.fields.contains_key(&field));
    let by_content =
        |sequence: &crate::config::Sequence| sequence.from == crate::config::NumberFrom::Content;
    if options.sequence.as_ref().is_some_and(by_content) && !has(Field::Sequence) {
        say(
            "sequence.from",
            "the layout has no column sequence",
            "set from = \"name\", or describe the column",
        );
    }
    problems
}

fn build(settings: &Settings, ports: &dyn Ports) -> Result<Built, Failure> {
    let misconfigured = |problem: Problem| {
        Failure::misconfigured(failures::MISCONFIGURED, problem.what).at(problem.place)
    };
    let Parts {
        options, layout, ..
    } = codec(settings, &InForce::default()).map_err(misconfigured)?;
    let codec = Arc::new(governed(settings).map_err(misconfigured)?);
    let mailbox = options.mailbox.as_ref().ok_or_else(|| {
        let what = "the block has no mailbox";
        Failure::misconfigured(failures::MISCONFIGURED, what).at(settings.place("mailbox"))
    })?;
    // Each has its own line to it: a wait for the source that was given up must not keep the sink waiting.
    let open = || mailbox.open(&settings.base_dir);
    let (inward, outward) = open()
        .and_then(|inward| Ok((inward, open()?)))
        .map_err(|error| mailbox_failure::of(&error))?;
    let ledger = Ledger(ports.notes(&settings.instance));
    let source = FileSource::new(Ways {
        instance: settings.instance.clone(),
        mailbox: inward,
        ledger: ledger.clone(),
        codec: Arc::clone(&codec),
        poll: Duration::try_from(options.poll).unwrap_or(Duration::from_secs(5)),
        max_bytes: options.max_bytes,
        pattern: options.pattern.clone(),
        acknowledge: options.acknowledge,
        sequence: options.sequence.clone(),
    });
    let sends = layout.announce.is_some() || layout.cancel.is_some();
    let sink = sends.then(|| {
        Arc::new(FileSink {
            mailbox: outward,
            ledger,
            layout,
            answers_within: options.asn_acknowledged.map(|answers| answers.within),
        }) as Arc<dyn Sink>
    });
    Ok(Built {
        codec,
        source: Some(Box::new(source) as Box<dyn Source>),
        sink,
    })
}
