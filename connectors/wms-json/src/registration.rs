//! What this connector exports: check, codec, build.

use std::path::Path;
use std::sync::Arc;

use canonical::EffectKind;
use connector::mapping::Mapping;
use connector::{
    Built, Capabilities, Codec, Connector, CreditsShown, DuplicateGuard, Extractable, Failure,
    Governed, InForce, Ports, Problem, Settings, Sink, Source,
};
use jiff::SignedDuration;
use secrecy::ExposeSecret;

use crate::codec::WmsCodec;
use crate::config::{Auth, Guard, Meaning, Options, Out};
use crate::sink::WmsSink;
use crate::sink::client::{Client, MAX_ANSWER};
use crate::source::{Fetching, Way, WmsSource, names};
use crate::translate::Partner;
use crate::{failures, samples};

/// The connector.
pub const CONNECTOR: Connector = Connector {
    name: "wms-json",
    summary: "JSON events from warehouses and portals, over HTTP and AMQP; announcements and notifications out",
    capabilities: Capabilities {
        transports: &["HTTP", "AMQP"],
        formats: &["JSON, by jq mapping from any shape"],
        takes: &[
            "backhaul.return.requested.v1",
            "backhaul.return.cancel-requested.v1",
            "backhaul.goods.in-transit.v1",
            "backhaul.receipt.recorded.v1",
            "backhaul.receipt.reversed.v1",
            "backhaul.inspection.finalized.v1",
            "backhaul.disposition.decided.v1",
            "backhaul.snapshot.reported.v1",
            "backhaul.supplier.answered.v1",
        ],
        delivers: &[
            EffectKind::WmsRmaAsn,
            EffectKind::WmsRmaCancel,
            EffectKind::Notify,
        ],
        guards: &[
            DuplicateGuard::NativeKey,
            DuplicateGuard::UniqueNumber,
            DuplicateGuard::LookUpOnly,
            DuplicateGuard::None,
        ],
        extracts: &[Extractable::Receipts],
        credits_shown: CreditsShown::CannotSay,
        acknowledgement: "at once, in the answer",
        residual_risk: "With look-up only, a slow first request may be carried out after the look-ups missed it: keep \
                        the settle window above the partner's longest request.",
    },
    options: || schemars::schema_for!(Options).to_value(),
    mappings: &[],
    failures: failures::ALL,
    check,
    codec: |settings| governed(settings).map(|codec| Arc::new(codec) as Arc<dyn Codec>),
    build,
};

struct Parts {
    options: Options,
    codec: WmsCodec,
}

/// The codec, with the crosswalks that are in force when a message comes.
fn governed(settings: &Settings) -> Result<Governed<WmsCodec>, Problem> {
    Governed::new(settings, |settings, published| {
        codec(settings, published).map(|parts| parts.codec)
    })
}

fn codec(settings: &Settings, published: &InForce) -> Result<Parts, Problem> {
    let options: Options = settings.parse()?;
    let mut wrong = Vec::new();
    let partner = Arc::new(Partner::new(&options, published, &mut wrong));
    if let Some((option, what)) = wrong.into_iter().next() {
        return Err(wrong_code(settings, &option, what));
    }
    let mapping = options
        .mapping
        .as_deref()
        .map(|path| mapping(settings, path))
        .transpose()?;
    let http = options.http.as_ref().map(|http| http.max_bytes);
    let fetch = options.fetch.as_ref().map(|fetch| fetch.max_bytes);
    let max_bytes = http.max(fetch).unwrap_or(MAX_ANSWER);
    let codec = WmsCodec::new(partner, mapping, max_bytes);
    Ok(Parts { options, codec })
}

fn mapping(settings: &Settings, path: &Path) -> Result<Mapping, Problem> {
    let source = settings.read("mapping", path)?;
    Mapping::compile(&source, &path.display().to_string())
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
    let mut wrong = Vec::new();
    drop(Partner::new(&options, &InForce::default(), &mut wrong));
    problems.extend(
        wrong
            .into_iter()
            .map(|(option, what)| wrong_code(settings, &option, what)),
    );
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
    if options.system.trim().is_empty() || options.system.contains('/') {
        say(
            "system",
            "it is empty or contains a slash",
            "use a short name, such as wms-east",
        );
    }
    if options.http.is_none() && options.amqp.is_none() && options.out.is_none() {
        say(
            "",
            "it has neither a way in nor a way out",
            "add http, amqp or out",
        );
    }
    if let Some(http) = &options.http {
        let secret = http.secret.as_ref().map(|s| s.expose_secret().len());
        match (secret, http.unsigned) {
            (None, false) => say(
                "http.secret",
                "messages are not signed",
                "set secret, or unsigned = true",
            ),
            (Some(0..8), _) => say(
                "http.secret",
                "it is too short to be a secret",
                "use at least 16 random characters",
            ),
            (Some(_), true) => say(
                "http.unsigned",
                "there is a secret as well",
                "leave one of them out",
            ),
            _ => {}
        }
        if !http.path.starts_with('/') {
            say(
                "http.path",
                "it does not begin with a slash",
                "write it as /in/NAME",
            );
        }
        if http.max_bytes == 0 || http.max_bytes > 64 * 1024 * 1024 {
            say("http.max_bytes", "it is 0 or above 64 MiB", "use 1048576");
        }
    }
    match (options.semantics, &options.fetch) {
        (Meaning::Notify, None) => {
            say(
                "fetch",
                "notifications say nothing by themselves",
                "set fetch.url",
            );
        }
        (Meaning::Delta | Meaning::Snapshot, Some(_)) => {
            say(
                "fetch",
                "only notifications need a fetch",
                "set semantics = \"notify\", or leave it out",
            );
        }
        _ => {}
    }
    if let Some(fetch) = &options.fetch {
        let filled = names(&fetch.url).fold(fetch.url.clone(), |url, name| {
            url.replace(&format!("{{{name}}}"), "x")
        });
        if url::Url::parse(&filled).is_err() {
            say(
                "fetch.url",
                "it is no address",
                "write it as https://partner/returns/{rma}",
            );
        }
        if fetch.timeout <= SignedDuration::ZERO {
            say(
                "fetch.timeout",
                "it is not above zero",
                "write a duration such as \"20s\"",
            );
        }
    }
    if let Some(out) = &options.out {
        check_out(out, &mut say);
    }
    problems
}

fn check_out(out: &Out, say: &mut impl FnMut(&str, &str, &str)) {
    if !matches!(out.base_url.scheme(), "http" | "https") {
        say(
            "out.base_url",
            "it is neither http nor https",
            "write it as https://partner/api/",
        );
    }
    for (option, span) in [
        ("out.timeout", out.timeout),
        ("out.connect_timeout", out.connect_timeout),
    ] {
        if span <= SignedDuration::ZERO {
            say(
                option,
                "it is not above zero",
                "write a duration such as \"20s\"",
            );
        }
    }
    let paths = &out.paths;
    for (option, send, find) in [
        (
            "out.paths.find_announcement",
            &paths.announce,
            &paths.find_announcement,
        ),
        ("out.paths.find_cancel", &paths.cancel, &paths.find_cancel),
        (
            "out.paths.find_notification",
            &paths.notify,
            &paths.find_notification,
        ),
    ] {
        if !send.is_empty() && out.guard != Guard::None && !find.contains("{key}") {
            say(
                option,
                "it does not look for our key",
                "put {key} into it, or set guard = \"none\"",
            );
        }
    }
    let lists = &paths.list_receipts;
    let asks_days = lists.contains("{from}") && lists.contains("{to}");
    if !lists.is_empty() && !asks_days {
        say(
            "out.paths.list_receipts",
            "it does not ask for days",
            "put {from} and {to} into it: the first and the last day, as YYYY-MM-DD",
        );
    }
    if let Auth::Header { name, .. } = &out.auth
        && http::HeaderName::from_bytes(name.as_bytes()).is_err()
    {
        say(
            "out.auth.name",
            "it is no name of a header",
            "use letters, digits and -",
        );
    }
}

fn build(settings: &Settings, ports: &dyn Ports) -> Result<Built, Failure> {
    let misconfigured = |problem: Problem| {
        Failure::misconfigured(failures::MISCONFIGURED, problem.what).at(problem.place)
    };
    let Parts { options, .. } = codec(settings, &InForce::default()).map_err(misconfigured)?;
    let codec = Arc::new(governed(settings).map_err(misconfigured)?);
    if let Some(problem) = sound(settings, &options).into_iter().next() {
        return Err(misconfigured(problem));
    }
    let mut ways = Vec::new();
    if let Some(http) = &options.http {
        let inlet = ports.http(&http.path, http.max_bytes)?;
        ways.push(Way {
            channel: "http",
            inlet,
            ended: false,
        });
    }
    if let Some(amqp) = &options.amqp {
        let inlet = ports.amqp(&amqp.queue)?;
        ways.push(Way {
            channel: "amqp",
            inlet,
            ended: false,
        });
    }
    let fetch = options.fetch.map(|fetch| {
        let client = Client::new(
            fetch.auth.clone(),
            fetch.timeout,
            fetch.timeout,
            fetch.max_bytes,
        )?;
        Ok::<_, Failure>(Fetching {
            options: fetch,
            client,
        })
    });
    let fetch = fetch.transpose()?;
    let source = (!ways.is_empty()).then(|| {
        Box::new(WmsSource::new(
            &settings.instance,
            ways,
            options.http,
            fetch,
        )) as Box<dyn Source>
    });
    let sink = options.out.map(|out| {
        let client = Client::new(
            out.auth.clone(),
            out.connect_timeout,
            out.timeout,
            MAX_ANSWER,
        )?;
        let sink = WmsSink::new(&settings.instance, client, out, Arc::clone(&codec));
        Ok::<_, Failure>(Arc::new(sink) as Arc<dyn Sink>)
    });
    Ok(Built {
        codec,
        source,
        sink: sink.transpose()?,
    })
}
