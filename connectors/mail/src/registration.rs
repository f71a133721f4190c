//! What this connector exports: check, codec, build.

use std::sync::Arc;
use std::time::Duration;

use canonical::EffectKind;
use connector::{
    Built, Capabilities, Codec, Connector, CreditsShown, DuplicateGuard, Failure, Governed,
    InForce, Ports, Problem, Settings, Sink,
};
use lettre::message::Mailbox;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, TlsParameters};
use secrecy::ExposeSecret as _;

use crate::book::Book;
use crate::codec::MailCodec;
use crate::config::{Options, Security};
use crate::failures;
use crate::letter::{Desk, Sender};
use crate::sink::MailSink;
use crate::smtp::Server;
use crate::templates::Templates;

/// The connector.
pub const CONNECTOR: Connector = Connector {
    name: "mail",
    summary: "Messages to customers by e-mail, from templates per milestone and language",
    capabilities: Capabilities {
        transports: &["SMTP"],
        formats: &["plain text, by template"],
        takes: &[],
        delivers: &[EffectKind::Notify],
        guards: &[DuplicateGuard::None],
        extracts: &[],
        credits_shown: CreditsShown::CannotSay,
        acknowledgement: "at once: the mail server has taken it over (250)",
        residual_risk: "A message whose answer was lost waits for a person, who may send it a second time. That the \
                        server took it does not mean that it arrived.",
    },
    options: || schemars::schema_for!(Options).to_value(),
    mappings: &[],
    failures: failures::ALL,
    check,
    codec: |settings| governed(settings).map(|codec| Arc::new(codec) as Arc<dyn Codec>),
    build,
};

/// The codec, with the addresses that are published when a message is written.
fn governed(settings: &Settings) -> Result<Governed<MailCodec>, Problem> {
    Governed::new(settings, |settings, published| {
        let options: Options = settings.parse()?;
        Ok(MailCodec(desk(settings, &options, published)?))
    })
}

fn desk(settings: &Settings, options: &Options, published: &InForce) -> Result<Desk, Problem> {
    let reply_to = options.reply_to.as_deref();
    Ok(Desk {
        sender: Sender {
            from: mailbox(settings, "from", &options.from)?,
            reply_to: reply_to
                .map(|text| mailbox(settings, "reply_to", text))
                .transpose()?,
        },
        book: Book::new(options, published),
        templates: Templates::load(settings, options.templates.as_deref())?,
    })
}

fn mailbox(settings: &Settings, option: &str, text: &str) -> Result<Mailbox, Problem> {
    text.parse().map_err(|error| {
        Problem::new(
            settings.place(option),
            format!("{text:?} is no e-mail address: {error}"),
            "write it as Returns <returns@example.com>",
        )
    })
}

fn check(settings: &Settings) -> Vec<Problem> {
    let options: Options = match settings.parse() {
        Ok(options) => options,
        Err(problem) => return vec![problem],
    };
    let mut problems = sound(settings, &options);
    match desk(settings, &options, &InForce::default()) {
        Ok(desk) => problems.extend(languages(settings, &options, &desk.templates)),
        Err(problem) => problems.push(problem),
    }
    problems.extend(server(settings, &options).err());
    problems
}

/// What no type can say.
fn sound(settings: &Settings, options: &Options) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut say = |option: &str, what: &str, fix: &str| {
        problems.push(Problem::new(settings.place(option), what, fix));
    };
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    let is_address = options.host.parse::<std::net::IpAddr>().is_ok();
    let is_host = (1..=253).contains(&options.host.len()) && options.host.chars().all(is_name);
    if !is_host && !is_address {
        say(
            "host",
            "it is no name of a host",
            "name the mail server, as smtp.example.com; its port is an option of its own",
        );
    }
    if options.port == Some(0) {
        say("port", "it is 0", "leave it out, or write 587, 465 or 25");
    }
    if !options.timeout.is_positive() {
        say(
            "timeout",
            "it is not above zero",
            "write a duration such as \"30s\"",
        );
    }
    match (&options.user, &options.password) {
        (Some(_), None) => say(
            "password",
            "there is a user without it",
            "set both, or none",
        ),
        (None, Some(_)) => say(
            "user",
            "there is a password without it",
            "set both, or none",
        ),
        (Some(_), Some(_)) if options.security == Security::None => say(
            "security",
            "the password would go over the network in the clear",
            "use starttls or tls",
        ),
        _ => {}
    }
    for (account, customer) in &options.customers {
        if customer.to.is_empty() && customer.language.is_none() {
            let option = format!("customers.{account}");
            say(
                &option,
                "it says nothing",
                "give to, or language, or leave it out",
            );
        }
        for address in &customer.to {
            if let Err(error) = address.parse::<Mailbox>() {
                let what = format!("{address:?} is no e-mail address: {error}");
                let option = format!("customers.{account}.to");
                say(&option, &what, "write it as returns@customer.example");
            }
        }
    }
    problems
}

/// Each language that is spoken must have templates.
fn languages(settings: &Settings, options: &Options, templates: &Templates) -> Vec<Problem> {
    let of_customers = options.customers.iter().filter_map(|(account, customer)| {
        let language = customer.language.as_deref()?;
        Some((format!("customers.{account}.language"), language))
    });
    let house = std::iter::once(("language".to_owned(), options.language.as_str()));
    house
        .chain(of_customers)
        .filter(|(_, language)| !templates.speaks(language))
        .map(|(option, language)| {
            Problem::new(
                settings.place(&option),
                format!("there are no templates for {language:?}"),
                format!("write {language}/default.txt in the folder of `templates`"),
            )
        })
        .collect()
}

fn server(settings: &Settings, options: &Options) -> Result<Server, Problem> {
    let mut tls = TlsParameters::builder(options.host.clone());
    if let Some(path) = &options.ca {
        let pem = settings.read("ca", path)?;
        let authority = Certificate::from_pem(pem.as_bytes()).map_err(|error| {
            let fix = "give a certificate in PEM";
            Problem::new(settings.place("ca"), error.to_string(), fix)
        })?;
        tls = tls.add_root_certificate(authority);
    }
    let tls = tls.build_rustls().map_err(|error| {
        let fix = "name the mail server as its certificate does";
        Problem::new(settings.place("host"), error.to_string(), fix)
    })?;
    let credentials = options.user.as_ref().zip(options.password.as_ref());
    Ok(Server {
        host: options.host.clone(),
        port: options.port(),
        security: options.security,
        tls,
        credentials: credentials.map(|(user, password)| {
            Credentials::new(user.clone(), password.expose_secret().to_owned())
        }),
        timeout: Duration::try_from(options.timeout).unwrap_or_default(),
    })
}

fn build(settings: &Settings, _: &dyn Ports) -> Result<Built, Failure> {
    let misconfigured = |problem: Problem| {
        Failure::misconfigured(failures::MISCONFIGURED, problem.what).at(problem.place)
    };
    let options: Options = settings.parse().map_err(misconfigured)?;
    if let Some(problem) = sound(settings, &options).into_iter().next() {
        return Err(misconfigured(problem));
    }
    let codec = Arc::new(governed(settings).map_err(misconfigured)?);
    let server = server(settings, &options).map_err(misconfigured)?;
    let sink = MailSink {
        server,
        codec: Arc::clone(&codec),
    };
    Ok(Built {
        codec,
        source: None,
        sink: Some(Arc::new(sink) as Arc<dyn Sink>),
    })
}
