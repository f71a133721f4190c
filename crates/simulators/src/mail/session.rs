//! One conversation.

use std::io;
use std::time::Duration;

use data_encoding::BASE64;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

use super::{Mail, Office};
use crate::faults::Fault;

/// Largest message, bytes.
const LARGEST: usize = 1024 * 1024;

struct Session<'o> {
    office: &'o Office,
    stream: BufReader<TcpStream>,
    known: bool,
    from: Option<String>,
    to: Vec<String>,
}

/// What comes after a command.
enum Then {
    Say(&'static str),
    Close,
}

pub(super) async fn converse(office: &Office, stream: TcpStream) -> io::Result<()> {
    let mut session = Session {
        office,
        stream: BufReader::new(stream),
        known: office.login.is_none(),
        from: None,
        to: Vec::new(),
    };
    if session
        .fault("CONNECT", "", &[Fault::Unavailable])
        .is_some()
    {
        return session.say("421 mail.example not now").await;
    }
    session.say("220 mail.example ESMTP").await?;
    let mut line = String::new();
    loop {
        line.clear();
        if session.stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        match session.command(line.trim_end()).await? {
            Then::Say(answer) => session.say(answer).await?,
            Then::Close => return Ok(()),
        }
    }
}

impl Session<'_> {
    async fn say(&mut self, answer: &str) -> io::Result<()> {
        let stream = self.stream.get_mut();
        stream.write_all(format!("{answer}\r\n").as_bytes()).await
    }

    fn fault(&self, operation: &str, key: &str, out_of: &[Fault]) -> Option<Fault> {
        let injection = self.office.faults.draw(operation, key, out_of);
        injection.map(|injection| injection.fault)
    }

    async fn command(&mut self, line: &str) -> io::Result<Then> {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        Ok(match verb.to_ascii_uppercase().as_str() {
            "EHLO" => {
                Then::Say("250-mail.example\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 AUTH PLAIN")
            }
            "HELO" | "NOOP" => Then::Say("250 OK"),
            "RSET" => {
                self.from = None;
                self.to.clear();
                Then::Say("250 OK")
            }
            "AUTH" => Then::Say(self.log_in(rest)),
            "QUIT" => {
                self.say("221 bye").await?;
                Then::Close
            }
            _ if !self.known => Then::Say("530 5.7.0 authentication required"),
            "MAIL" => {
                self.from = Some(address(rest));
                self.to.clear();
                Then::Say("250 OK")
            }
            "RCPT" => self.recipient(&address(rest)),
            "DATA" if self.from.is_none() || self.to.is_empty() => {
                Then::Say("503 5.5.1 say MAIL and RCPT first")
            }
            "DATA" => self.data().await?,
            _ => Then::Say("502 5.5.2 unknown command"),
        })
    }

    /// `PLAIN` with the initial response (RFC 4616).
    fn log_in(&mut self, rest: &str) -> &'static str {
        let told = rest
            .strip_prefix("PLAIN ")
            .and_then(|text| BASE64.decode(text.as_bytes()).ok())
            .and_then(|bytes| String::from_utf8(bytes).ok());
        let wanted = self.office.login.as_ref();
        let wanted = wanted.map(|(user, password)| format!("\0{user}\0{password}"));
        self.known = wanted.is_none() || told == wanted;
        if self.known {
            "235 2.7.0 welcome"
        } else {
            "535 5.7.8 wrong user or password"
        }
    }

    fn recipient(&mut self, address: &str) -> Then {
        const FAULTS: &[Fault] = &[Fault::Refuse, Fault::Throttle, Fault::DropBefore];
        match self.fault("RCPT", address, FAULTS) {
            Some(Fault::Refuse) => Then::Say("550 5.1.1 no such mailbox"),
            Some(Fault::Throttle) => Then::Say("450 4.7.1 greylisted, come again"),
            Some(_) => Then::Close,
            None => {
                self.to.push(address.to_owned());
                Then::Say("250 OK")
            }
        }
    }

    async fn data(&mut self) -> io::Result<Then> {
        const FAULTS: &[Fault] = &[
            Fault::Refuse,
            Fault::Unavailable,
            Fault::CommitThenDrop,
            Fault::CommitThenHang,
            Fault::Garbage,
        ];
        self.say("354 end with a dot").await?;
        let text = self.text().await?;
        let message_id = message_id(&text);
        let fault = self.fault("DATA", &message_id, FAULTS);
        match fault {
            Some(Fault::Refuse) => return Ok(Then::Say("554 5.7.1 refused by policy")),
            Some(Fault::Unavailable) => return Ok(Then::Say("451 4.3.0 local trouble")),
            _ => {}
        }
        self.office.ledger().push(Mail {
            message_id,
            from: self.from.take().unwrap_or_default(),
            to: std::mem::take(&mut self.to),
            text,
        });
        Ok(match fault {
            Some(Fault::CommitThenDrop) => Then::Close,
            Some(Fault::CommitThenHang) => {
                tokio::time::sleep(Duration::from_mins(10)).await;
                Then::Close
            }
            Some(_) => Then::Say("yes, well"),
            None => Then::Say("250 2.0.0 taken"),
        })
    }

    /// Up to the line with a single dot; dots at the beginning of lines are unstuffed (RFC 5321 §4.5.2).
    async fn text(&mut self) -> io::Result<String> {
        let mut text = String::new();
        let mut line = String::new();
        loop {
            line.clear();
            let read = self.stream.read_line(&mut line).await?;
            if read == 0 || text.len() > LARGEST {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if line == ".\r\n" {
                return Ok(text);
            }
            text.push_str(line.strip_prefix('.').unwrap_or(&line));
        }
    }
}

/// The address in `FROM:<a@b>` or `TO:<a@b>`.
fn address(rest: &str) -> String {
    let inner = rest
        .split_once('<')
        .and_then(|(_, rest)| rest.split_once('>'));
    inner
        .map(|(address, _)| address.to_owned())
        .unwrap_or_default()
}

fn message_id(text: &str) -> String {
    let mut headers = text.lines().take_while(|line| !line.is_empty());
    let id = headers.find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("message-id").then_some(value)
    });
    id.unwrap_or_default()
        .trim()
        .trim_start_matches('<')
        .trim_end_matches('>')
        .to_owned()
}
