//! Our answer to a file of the warehouse: which rows were taken, which were refused and why. Pure, and the same each time.

use connector::Failure;
use encoding_rs::Encoding;

use crate::codec::Outcome;
use crate::layout::{Document, Field, Outgoing};
use crate::names;
use crate::wire::{self, Value, Values};

/// Longest reason.
const LONGEST: usize = 200;

/// Writes the answer to the file of that name.
pub(crate) fn write(
    outgoing: &Outgoing,
    name: &str,
    outcome: &Result<Vec<Outcome>, Failure>,
) -> Result<Vec<u8>, Failure> {
    let mut header = Values::new();
    let mut rows = Vec::new();
    let (mut accepted, mut refused) = (0_usize, 0_usize);
    set(outgoing, &mut header, Field::File, name);
    let status = match outcome {
        Err(failure) => {
            reason(outgoing, &mut header, failure);
            "refused"
        }
        Ok(outcomes) => {
            for outcome in outcomes {
                match &outcome.events {
                    Ok(_) => accepted += 1,
                    Err(_) => refused += 1,
                }
                rows.push(row(outgoing, outcome));
            }
            match (accepted, refused) {
                (_, 0) => "accepted",
                (0, _) => "refused",
                _ => "partly",
            }
        }
    };
    set(outgoing, &mut header, Field::Status, word(outgoing, status));
    set(
        outgoing,
        &mut header,
        Field::Accepted,
        &accepted.to_string(),
    );
    set(outgoing, &mut header, Field::Refused, &refused.to_string());
    wire::write(&outgoing.document, &header, &rows)
}

/// Its name; with the hash of the file if another answer has that name already.
pub(crate) fn name(outgoing: &Outgoing, file: &str, hash: &str, again: bool) -> Option<String> {
    let short: String = hash.chars().take(8).collect();
    let template = if again && !outgoing.name.contains("{hash}") {
        match outgoing.name.rsplit_once('.') {
            Some((stem, ending)) => format!("{stem}.{{hash}}.{ending}"),
            None => format!("{}.{{hash}}", outgoing.name),
        }
    } else {
        outgoing.name.clone()
    };
    let values = [
        ("name", file),
        ("stem", names::stem(file)),
        ("hash", short.as_str()),
    ];
    names::filled(&template, &values)
}

fn row(outgoing: &Outgoing, outcome: &Outcome) -> Values {
    let mut row = Values::new();
    set(
        outgoing,
        &mut row,
        Field::FileLine,
        &outcome.line.to_string(),
    );
    set(
        outgoing,
        &mut row,
        Field::Id,
        outcome.id.as_deref().unwrap_or_default(),
    );
    match &outcome.events {
        Ok(_) => set(
            outgoing,
            &mut row,
            Field::Status,
            word(outgoing, "accepted"),
        ),
        Err(failure) => {
            set(outgoing, &mut row, Field::Status, word(outgoing, "refused"));
            reason(outgoing, &mut row, failure);
        }
    }
    row
}

fn reason(outgoing: &Outgoing, values: &mut Values, failure: &Failure) {
    set(outgoing, values, Field::Code, failure.code);
    let text = if failure.place.is_empty() {
        failure.message.clone()
    } else {
        format!("{}: {}", failure.place, failure.message)
    };
    set(outgoing, values, Field::Text, &text);
}

fn word<'a>(outgoing: &'a Outgoing, ours: &'a str) -> &'a str {
    outgoing.words.get(ours).map_or(ours, String::as_str)
}

/// Sets a text so that it can be written: it is for people, and must not break the answer.
fn set(outgoing: &Outgoing, values: &mut Values, field: Field, text: &str) {
    let document = &outgoing.document;
    let room = room(document, field).unwrap_or(LONGEST);
    let fits = |c: char| {
        let separates = document.form.quote.is_none() && c == document.form.separator;
        !c.is_control() && !separates && can_say(document.encoding, c)
    };
    let clean = text.chars().map(|c| if fits(c) { c } else { ' ' });
    let mut clean: String = clean.take(room).collect();
    while document.encoding.encode(&clean).0.len() > room.max(1) {
        clean.pop();
    }
    if !clean.is_empty() {
        values.insert(field, Value::Text(clean));
    }
}

fn room(document: &Document, field: Field) -> Option<usize> {
    let columns = document
        .records
        .iter()
        .filter_map(|record| record.fields.get(&field));
    columns.filter_map(|column| column.len).min()
}

fn can_say(encoding: &'static Encoding, c: char) -> bool {
    let mut buffer = [0; 4];
    !encoding.encode(c.encode_utf8(&mut buffer)).2
}
