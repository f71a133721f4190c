//! One look at the mailbox: files are claimed, read and parted; each interchange is looked up in what was seen before.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;
use connector::Failure;
use jiff::Timestamp;
use mailbox::Claimed;
use sha2::{Digest, Sha256};

use super::acks::{self, Concern};
use super::desk::Desk;
use crate::away::failed;
use crate::codec::{ACK_CODE, ACK_TEXT};
use crate::examine::{has_business, refusal};
use crate::failures;
use crate::ledger::away;
use crate::wire::limits::Limits;
use crate::wire::model::{Interchange, Syntax};
use crate::wire::read::read;
use crate::wire::split::split;

/// Bytes that are read in one look, and the file that goes beyond them; other files wait for the next.
const MOST_BYTES: usize = 32 * 1024 * 1024;

/// What is looked for.
pub(super) struct Look {
    /// Claimed by us in an earlier look that came to no end.
    pub(super) mine: Vec<Claimed>,
    /// Files that are being worked on.
    pub(super) known: BTreeSet<Claimed>,
    /// True if what an earlier run left is to be taken up.
    pub(super) looks_back: bool,
    /// Files to claim at most.
    pub(super) room: usize,
}

/// What a look brought.
pub(super) struct Round {
    /// Files and their interchanges.
    pub(super) taken: Vec<(Claimed, Vec<Piece>)>,
    /// Claimed, and not read yet.
    pub(super) claimed: Vec<Claimed>,
    /// True if what an earlier run left was taken up.
    pub(super) looked_back: bool,
    /// What went wrong.
    pub(super) failure: Option<Failure>,
}

/// An interchange of a file, or a stretch of it that is none.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    /// Its bytes.
    pub(super) raw: Bytes,
    /// Why it is not to be decoded, if so.
    pub(super) refused: Option<Failure>,
    /// What the codec is to know of it.
    pub(super) headers: BTreeMap<String, String>,
    /// What it is known by, with the hash of its content; none if it cannot be read.
    pub(super) key: Option<String>,
    /// True if its control number was there before with other content.
    pub(super) conflicts: bool,
}

impl Piece {
    fn plain(raw: Bytes) -> Self {
        Self {
            raw,
            refused: None,
            headers: BTreeMap::new(),
            key: None,
            conflicts: false,
        }
    }
}

/// Looks once.
pub(super) async fn run(desk: Arc<Desk>, look: Look) -> Round {
    let mut round = Round {
        taken: Vec::new(),
        claimed: look.mine.clone(),
        looked_back: false,
        failure: None,
    };
    desk.caught_up.begin();
    let begun = Timestamp::now();
    let all = match claim(&desk, &look, &mut round).await {
        Ok(all) => all,
        Err(failure) => {
            round.failure = Some(failure);
            false
        }
    };
    let mut held = 0;
    for file in std::mem::take(&mut round.claimed) {
        if held >= MOST_BYTES {
            round.claimed.push(file);
            continue;
        }
        match open(&desk, &file).await {
            Ok(pieces) => {
                held += pieces.iter().map(|piece| piece.raw.len()).sum::<usize>();
                round.taken.push((file, pieces));
            }
            Err(failure) => {
                round.claimed.push(file);
                round.failure = Some(failure);
            }
        }
    }
    if all && round.claimed.is_empty() {
        desk.caught_up.end(begun);
    }
    round
}

/// Claims what there is room for. `true`: that was all that can be claimed.
async fn claim(desk: &Desk, look: &Look, round: &mut Round) -> Result<bool, Failure> {
    if look.looks_back {
        let claimed = desk.mailbox.claimed().await.map_err(failed)?;
        // What another process has finished meanwhile is not among them.
        round.claimed = claimed
            .into_iter()
            .filter(|file| !look.known.contains(file))
            .collect();
        round.looked_back = true;
    }
    let mut all = true;
    for entry in desk.mailbox.list().await.map_err(failed)? {
        if round.claimed.len() >= look.room {
            all = false;
            break;
        }
        match desk.mailbox.claim(&entry.name).await {
            Ok(file) => round.claimed.extend(file),
            // It stays where it is, and keeps no other out.
            Err(error) => round.failure = round.failure.take().or_else(|| Some(failed(error))),
        }
    }
    Ok(all)
}

/// Reads a file and parts it.
async fn open(desk: &Desk, file: &Claimed) -> Result<Vec<Piece>, Failure> {
    let content = desk
        .mailbox
        .read(file, desk.max_bytes)
        .await
        .map_err(failed)?;
    if content.is_cut() {
        let what = format!(
            "the file has {} bytes, more than the {} that are taken",
            content.size, desk.max_bytes
        );
        let failure = Failure::malformed(failures::TOO_LARGE, what);
        let refused = Some(failure.at(format!("byte {}", desk.max_bytes)));
        return Ok(vec![Piece {
            refused,
            ..Piece::plain(content.bytes)
        }]);
    }
    let Ok(stretches) = split(&content.bytes) else {
        // What is wrong with it is said by the codec.
        return Ok(vec![Piece::plain(content.bytes)]);
    };
    let mut pieces = Vec::with_capacity(stretches.len());
    for stretch in stretches {
        let end = stretch.end.min(content.bytes.len());
        let raw = content.bytes.slice(stretch.start.min(end)..end);
        pieces.push(piece(desk, raw).await?);
    }
    Ok(pieces)
}

/// Looks an interchange up in what was seen before, and takes the acknowledgements in it.
async fn piece(desk: &Desk, raw: Bytes) -> Result<Piece, Failure> {
    let limits = Limits {
        max_bytes: desk.partner.max_bytes,
        ..Limits::default()
    };
    let mut piece = Piece::plain(raw);
    let Ok(interchange) = read(&piece.raw, &limits) else {
        return Ok(piece);
    };
    let (known_by, hash) = (known_by(&interchange), hash(&piece.raw));
    piece.key = Some(format!("{known_by}#{hash}"));
    if refusal(&desk.partner, &interchange).is_some() {
        return Ok(piece);
    }
    let before = desk
        .ledger
        .notes()
        .claim("seen", &known_by, &hash)
        .await
        .map_err(away)?;
    if before.is_some_and(|before| before != hash) {
        let (opener, element) = match interchange.syntax {
            Syntax::X12 => ("ISA", 13),
            Syntax::Edifact => ("UNB", 5),
        };
        let what = format!(
            "control number {} of {} came before with other content",
            interchange.control, interchange.sender.id
        );
        let failure = Failure::rejected(failures::KEY_CONFLICT, what);
        piece.refused = Some(failure.at(format!("segment 1 ({opener}), element {element}")));
        piece.conflicts = true;
        return Ok(piece);
    }
    if let Some(concern) = acks::take(desk, &interchange, &known_by).await? {
        if has_business(&interchange) {
            piece
                .headers
                .insert(ACK_CODE.to_owned(), concern.code.to_owned());
            piece.headers.insert(ACK_TEXT.to_owned(), concern.text);
        } else {
            let Concern { code, text } = concern;
            piece.refused = Some(Failure::rejected(code, text).at("acknowledgement"));
        }
    }
    Ok(piece)
}

/// By what an interchange is known: who sends it to whom, under which number, as a test or not.
fn known_by(interchange: &Interchange) -> String {
    let syntax = match interchange.syntax {
        Syntax::X12 => "X12",
        Syntax::Edifact => "EDIFACT",
    };
    let (sender, receiver) = (&interchange.sender, &interchange.receiver);
    [
        syntax,
        &sender.qualifier,
        &sender.id,
        &receiver.qualifier,
        &receiver.id,
        &interchange.control,
        if interchange.is_test { "T" } else { "P" },
    ]
    .join("|")
}

fn hash(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(&Sha256::digest(bytes))
}
