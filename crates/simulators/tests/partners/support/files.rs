//! What the tests of the warehouse of files need: orders for it, eyes for its files, and a reader that takes them in.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use simulators::Decimal;
use simulators::warehouse_file::{Dialect, FileSim};

pub(crate) const DIALECTS: [Dialect; 3] = [Dialect::Caret, Dialect::Csv, Dialect::Fixed];

fn latin(text: &str) -> Vec<u8> {
    text.chars().map(|c| u8::try_from(c).unwrap()).collect()
}

fn text(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

fn dec(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn fixed(parts: &[(usize, &str)]) -> String {
    let mut line = String::new();
    for (start, value) in parts {
        while line.chars().count() + 1 < *start {
            line.push(' ');
        }
        line.push_str(value);
    }
    line + "\n"
}

/// An announcement of 3 DRILL and 2 GLOVE.
pub(crate) fn announcement(dialect: Dialect, key: &str, rma: &str) -> Vec<u8> {
    match dialect {
        Dialect::Caret => format!(
            "ASNHDR^{key}^{rma}^DC-EAST^C1^20270401\nASNLIN^1^DRILL^3^EA^DEFECTIVE^SO-1^s1~s2~s3\n\
             ASNLIN^2^GLOVE^2^EA\nASNEND^2^5\n"
        )
        .into_bytes(),
        Dialect::Csv => latin(&format!(
            "Typ;Schluessel;Retoure;Lager;Position;Artikel;Menge;Einheit;Serien;Notiz\r\n\
             A;{key};{rma};DC-EAST;1;DRILL;3,00;EA;s1|s2|s3;\"für \"\"uns\"\"; zwei\"\r\n\
             A;{key};{rma};DC-EAST;2;GLOVE;2;EA;;\r\nE;2;5,00\r\n"
        )),
        Dialect::Fixed => {
            let header = fixed(&[(1, "A"), (2, key), (82, rma), (112, "DC-EAST"), (132, "C1")]);
            let drill = [
                (1, "L"),
                (2, "0001"),
                (6, "DRILL"),
                (36, "00000003000"),
                (47, "EA"),
            ];
            let glove = [
                (1, "L"),
                (2, "0002"),
                (6, "GLOVE"),
                (36, "00000002000"),
                (47, "EA"),
            ];
            let drill = [drill.as_slice(), &[(110, "s1,s2,s3")]].concat();
            let end = fixed(&[(1, "T"), (2, "00000002"), (10, "000000000005000")]);
            latin(&(header + &fixed(&drill) + &fixed(&glove) + &end))
        }
    }
}

pub(crate) fn cancellation(dialect: Dialect, key: &str, of: &str, rma: &str) -> Vec<u8> {
    match dialect {
        Dialect::Caret => format!("ASNCAN^{key}^{of}^{rma}^DC-EAST^no more\n").into_bytes(),
        Dialect::Csv => latin(&format!(
            "Satz;Schluessel;Retoure;Lager;StornoZu\nS;{key};{rma};DC-EAST;{of}\n"
        )),
        Dialect::Fixed => latin(&fixed(&[(1, "C"), (2, key), (82, of), (162, rma)])),
    }
}

/// The answer of whoever takes receipt files.
pub(crate) fn reply(dialect: Dialect, file: &str, status: &str) -> Vec<u8> {
    match dialect {
        Dialect::Caret => format!("ACKHDR^{file}^{status}^0^0^^\n").into_bytes(),
        Dialect::Csv => latin(&format!("K;{file};{status}\n")),
        Dialect::Fixed => latin(&fixed(&[(1, "K"), (2, file), (62, status)])),
    }
}

/// Status and code of the answer to an announcement.
pub(crate) fn answer(dialect: Dialect, bytes: &[u8]) -> (bool, String) {
    let all = text(bytes);
    let last = all.lines().last().unwrap();
    let (status, code) = match dialect {
        Dialect::Caret => {
            let columns: Vec<&str> = last.split('^').collect();
            (columns[3].to_owned(), columns[4].to_owned())
        }
        Dialect::Csv => {
            let columns: Vec<&str> = last.split(';').collect();
            (columns[3].to_owned(), columns[4].to_owned())
        }
        Dialect::Fixed => (place(last, 112, 1), place(last, 113, 20)),
    };
    assert!(["A", "R", "ANGENOMMEN", "ABGELEHNT"].contains(&status.as_str()));
    (["A", "ANGENOMMEN"].contains(&status.as_str()), code)
}

fn place(line: &str, start: usize, len: usize) -> String {
    let places: String = line.chars().skip(start - 1).take(len).collect();
    places.trim().to_owned()
}

/// A row as a reader sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) id: String,
    pub(crate) rma: String,
    pub(crate) line: String,
    pub(crate) sku: String,
    pub(crate) qty: Decimal,
    pub(crate) confirmed: Decimal,
    pub(crate) condition: String,
    pub(crate) disposition: String,
    pub(crate) kind: String,
    pub(crate) of: String,
    pub(crate) serials: Vec<String>,
}

/// A file as a reader sees it.
#[derive(Debug, Clone)]
pub(crate) struct SeenFile {
    pub(crate) sequence: u64,
    pub(crate) rows: Vec<Seen>,
}

/// Reads a receipt file; refuses it when its trailer is missing or wrong.
pub(crate) fn read(dialect: Dialect, bytes: &[u8]) -> Result<SeenFile, String> {
    let all = text(bytes);
    let mut rows = Vec::new();
    let mut header: Vec<String> = Vec::new();
    let mut end = None;
    for (nth, line) in all.lines().enumerate() {
        if end.is_some() {
            return Err("something behind the end".to_owned());
        }
        match dialect {
            Dialect::Caret => {
                let c: Vec<String> = line.split('^').map(str::to_owned).collect();
                match c[0].as_str() {
                    "RTNHDR" if c.len() == 7 => header = c,
                    "RTNTRL" if c.len() == 14 && !header.is_empty() => {
                        let mut disposition = c[8].clone();
                        if disposition.is_empty() && dec(&c[5]).is_positive() {
                            disposition.clone_from(&header[4]);
                        }
                        rows.push(Seen {
                            id: format!("{}/{}", header[1], c[1]),
                            rma: header[3].clone(),
                            line: c[2].clone(),
                            sku: c[3].clone(),
                            qty: dec(&c[4]),
                            confirmed: dec(&c[5]),
                            condition: c[7].clone(),
                            disposition,
                            serials: c[11].split('~').map(str::to_owned).collect(),
                            kind: c[12].clone(),
                            of: c[13].clone(),
                        });
                    }
                    "RTNEND" if c.len() == 4 => {
                        end = Some((c[1].clone(), c[2].clone(), dec(&c[3])));
                    }
                    other => return Err(format!("{other:?} is no record")),
                }
            }
            Dialect::Csv => {
                let c: Vec<String> = line.split(';').map(str::to_owned).collect();
                let comma = |text: &str| dec(&text.replace(',', "."));
                match (nth, c[0].as_str()) {
                    (0, "Satz") if c.len() == 22 && c[8] == "Bestätigt" => {}
                    (0, _) => return Err("no header line".to_owned()),
                    (_, "D") if c.len() == 22 => rows.push(Seen {
                        id: format!("{}/{}", c[1], c[2]),
                        rma: c[4].clone(),
                        line: c[5].clone(),
                        sku: c[6].clone(),
                        qty: comma(&c[7]),
                        confirmed: comma(&c[8]),
                        condition: c[10].clone(),
                        disposition: c[11].clone(),
                        serials: c[14].split('|').map(str::to_owned).collect(),
                        kind: c[17].clone(),
                        of: c[18].clone(),
                    }),
                    (_, "E") if c.len() == 22 => {
                        end = Some((c[19].clone(), c[20].clone(), comma(&c[21])));
                    }
                    _ => return Err(format!("{line:?} is no Satz")),
                }
            }
            Dialect::Fixed => {
                let implied = |start, len| {
                    let digits: i64 = place(line, start, len).parse().map_err(|_| "a quantity")?;
                    Ok::<_, &str>(Decimal::new(digits, 3))
                };
                match place(line, 1, 1).as_str() {
                    _ if line.chars().count() != 320 => return Err("a short line".to_owned()),
                    "H" if nth == 0 => {}
                    "D" => rows.push(Seen {
                        id: format!(
                            "{}/{}",
                            place(line, 2, 40),
                            place(line, 42, 4).trim_start_matches('0')
                        ),
                        rma: place(line, 66, 30),
                        line: place(line, 96, 4).trim_start_matches('0').to_owned(),
                        sku: place(line, 100, 30),
                        qty: implied(130, 11)?,
                        confirmed: implied(141, 11)?,
                        condition: place(line, 155, 1),
                        disposition: place(line, 156, 1),
                        kind: place(line, 173, 1),
                        of: place(line, 174, 47),
                        serials: place(line, 221, 100)
                            .split(',')
                            .map(str::to_owned)
                            .collect(),
                    }),
                    "T" => end = Some((place(line, 2, 8), place(line, 10, 8), implied(18, 15)?)),
                    other => return Err(format!("{other:?} is no record")),
                }
            }
        }
    }
    let (sequence, count, total) = end.ok_or("there is no end")?;
    if !all.ends_with('\n') {
        return Err("half an end".to_owned());
    }
    let sum = Decimal::sum(rows.iter().map(|row| row.qty));
    if count.parse() != Ok(rows.len()) || total != sum {
        return Err(format!(
            "{count} rows and {total}, not {} and {sum}",
            rows.len()
        ));
    }
    Ok(SeenFile {
        sequence: sequence.parse().unwrap(),
        rows,
    })
}

/// Takes every receipt file as soon as it sees it, half or whole, and answers.
pub(crate) struct Taker {
    dialect: Dialect,
    inbox: PathBuf,
    outbox: PathBuf,
    answers: bool,
    /// Rows taken, by identity.
    pub(crate) rows: BTreeMap<String, Seen>,
    /// Names of the files, in the order in which they came.
    pub(crate) came: Vec<String>,
    pub(crate) sequences: Vec<u64>,
    pub(crate) refused: BTreeSet<String>,
    /// Answers to announcements, by the name of their file.
    pub(crate) acks: Vec<String>,
}

impl Taker {
    pub(crate) fn of(sim: &FileSim, dialect: Dialect, answers: bool) -> Self {
        Self {
            dialect,
            inbox: sim.inbox().to_owned(),
            outbox: sim.outbox().to_owned(),
            answers,
            rows: BTreeMap::new(),
            came: Vec::new(),
            sequences: Vec::new(),
            refused: BTreeSet::new(),
            acks: Vec::new(),
        }
    }

    pub(crate) fn take(&mut self) {
        for name in names(&self.inbox) {
            if ends_with(&name, "tmp") {
                continue;
            }
            let path = self.inbox.join(&name);
            // Away first, as a mailbox claims; then read.
            let claimed = self.inbox.parent().unwrap().join("claimed");
            if fs::rename(&path, &claimed).is_err() {
                continue;
            }
            let bytes = fs::read(&claimed).unwrap();
            if ends_with(&name, "ack") {
                self.acks.push(name);
            } else {
                self.file(name, &bytes);
            }
        }
    }

    fn file(&mut self, name: String, bytes: &[u8]) {
        let verdict = match read(self.dialect, bytes) {
            Err(_) => "refused",
            Ok(file) => {
                self.sequences.push(file.sequence);
                self.rows(file.rows)
            }
        };
        if verdict != "accepted" {
            self.refused.insert(name.clone());
        }
        if self.answers {
            let bytes = reply(self.dialect, &name, verdict);
            put(&self.outbox, &format!("{name}.ack"), &bytes);
        }
        self.came.push(name);
    }

    fn rows(&mut self, rows: Vec<Seen>) -> &'static str {
        let mut verdict = "accepted";
        for row in rows {
            if row.condition.contains('?') {
                verdict = "partly";
                continue;
            }
            if let Some(known) = self.rows.get(&row.id) {
                assert_eq!(*known, row, "the same row says the same");
            }
            self.rows.insert(row.id.clone(), row);
        }
        verdict
    }

    /// What was received of an article, as the rows tell it.
    pub(crate) fn received(&self, rma: &str, sku: &str) -> Decimal {
        let of = self
            .rows
            .values()
            .filter(|row| row.rma == rma && row.sku == sku);
        Decimal::sum(of.map(|row| match row.kind.as_str() {
            "R" | "EINGANG" => row.qty,
            "X" | "STORNO" => -row.qty,
            "I" | "PRÜFUNG" => Decimal::ZERO,
            other => unreachable!("{other}"),
        }))
    }

    /// What was decided of an article.
    pub(crate) fn decided(&self, rma: &str, sku: &str) -> Decimal {
        let of = self
            .rows
            .values()
            .filter(|row| row.rma == rma && row.sku == sku);
        Decimal::sum(of.map(|row| row.confirmed))
    }
}

pub(crate) fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn ends_with(name: &str, ending: &str) -> bool {
    name.rsplit('.').next() == Some(ending)
}

/// Puts a file into a folder at once.
pub(crate) fn put(folder: &Path, name: &str, bytes: &[u8]) {
    let hidden = folder.join(format!(".{name}"));
    fs::write(&hidden, bytes).unwrap();
    fs::rename(hidden, folder.join(name)).unwrap();
}
