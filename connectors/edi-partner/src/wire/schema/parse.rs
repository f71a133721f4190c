//! The notation of the schema files → tables.

use super::table::{Field, Kind, Node, Spec, Use};

/// The elements of a segment: `353 M ID 2 2, C001 O (355 M ID 2 2; …), ...`.
pub(super) fn fields(text: &str) -> Result<Vec<Field>, String> {
    let mut fields = Vec::new();
    for item in outer(text) {
        let (count, item) = repeated(item.trim())?;
        let field = field(item)?;
        fields.extend(std::iter::repeat_n(field, count));
    }
    Ok(fields)
}

/// Cuts at the commas that stand in no parentheses.
fn outer(text: &str) -> Vec<&str> {
    let mut depth = 0_usize;
    let is_cut = |character: char| {
        match character {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        character == ',' && depth == 0
    };
    text.split(is_cut).collect()
}

/// `3*355 …` is three of these.
fn repeated(item: &str) -> Result<(usize, &str), String> {
    let digits = item.bytes().take_while(u8::is_ascii_digit).count();
    match item.split_at_checked(digits) {
        Some((count, rest)) if rest.starts_with('*') => {
            let count = count.parse();
            let count = count.map_err(|_| format!("{item:?} has no count"))?;
            Ok((count, rest.trim_start_matches('*')))
        }
        _ => Ok((1, item)),
    }
}

fn field(item: &str) -> Result<Field, String> {
    if item == "..." {
        return Ok(Field::Open);
    }
    let Some((head, parts)) = item.split_once('(') else {
        return spec(item).map(Field::Simple);
    };
    let Some(inner) = parts.strip_suffix(')') else {
        return Err(format!("{item:?} has no closing parenthesis"));
    };
    let mut all = Vec::new();
    for part in inner.split(';') {
        let (count, part) = repeated(part.trim())?;
        let part = match part {
            "..." => Field::Open,
            part => Field::Simple(spec(part)?),
        };
        all.extend(std::iter::repeat_n(part, count));
    }
    let words: Vec<&str> = head.split_whitespace().collect();
    let [_, requirement] = words.as_slice() else {
        return Err(format!("{head:?} is not: number, M or O"));
    };
    let mandatory = mandatory(requirement)?;
    let parts = all;
    Ok(Field::Composite { mandatory, parts })
}

fn spec(text: &str) -> Result<Spec, String> {
    let wrong = || format!("{text:?} is not: number, M or O, type, shortest, longest");
    let words: Vec<&str> = text.split_whitespace().collect();
    let [number, requirement, kind, shortest, longest] = words.as_slice() else {
        return Err(wrong());
    };
    Ok(Spec {
        number: (*number).to_owned(),
        mandatory: mandatory(requirement)?,
        kind: match *kind {
            "ID" | "AN" | "an" => Kind::Text,
            "a" => Kind::Letters,
            "N0" | "N2" => Kind::Whole,
            "R" | "n" => Kind::Decimal,
            "DT" => Kind::Date,
            "TM" => Kind::Time,
            _ => return Err(wrong()),
        },
        shortest: shortest.parse().map_err(|_| wrong())?,
        longest: longest.parse().map_err(|_| wrong())?,
    })
}

fn mandatory(word: &str) -> Result<bool, String> {
    match word {
        "M" => Ok(true),
        "O" | "C" => Ok(false),
        other => Err(format!("{other:?} is neither M nor O nor C")),
    }
}

/// The structure of a set: a line for each segment, loops from `loop` to `end`.
pub(super) fn structure(text: &str) -> Result<Vec<Node>, String> {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let nodes = level(&mut lines, false)?;
    match lines.next() {
        None => Ok(nodes),
        Some(line) => Err(format!("{line:?} stands behind the end")),
    }
}

fn level<'a>(
    lines: &mut impl Iterator<Item = &'a str>,
    is_loop: bool,
) -> Result<Vec<Node>, String> {
    let mut nodes = Vec::new();
    while let Some(line) = lines.next() {
        if line == "end" {
            return if is_loop {
                Ok(nodes)
            } else {
                Err("an end too many".to_owned())
            };
        }
        let node = match line.strip_prefix("loop ") {
            None => Node::Segment(used(line)?),
            Some(line) => {
                let (begins, nodes) = (used(line)?, level(&mut *lines, true)?);
                match nodes.first().map(Node::begins) {
                    Some(first) if first.id == begins.id => {}
                    _ => return Err(format!("loop {} does not begin with it", begins.id)),
                }
                Node::Loop { begins, nodes }
            }
        };
        nodes.push(node);
    }
    if is_loop {
        Err("a loop without an end".to_owned())
    } else {
        Ok(nodes)
    }
}

fn used(line: &str) -> Result<Use, String> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [id, requirement, most] = words.as_slice() else {
        return Err(format!("{line:?} is not: segment, M or O, most uses"));
    };
    Ok(Use {
        id: (*id).to_owned(),
        mandatory: mandatory(requirement)?,
        most: match *most {
            "*" => usize::MAX,
            most => most
                .parse()
                .map_err(|_| format!("{line:?} has no most uses"))?,
        },
    })
}
