//! Answers with attachments (MTOM, SOAP with attachments): the root part is taken, the others are left.

/// A part: its type and its bytes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Part<'b> {
    pub(super) content_type: String,
    pub(super) bytes: &'b [u8],
}

/// A header's parameter: `boundary` of `multipart/related; boundary="x"`.
pub(super) fn parameter(content_type: &str, name: &str) -> Option<String> {
    let mut rest = content_type.split_once(';')?.1;
    loop {
        let (key, after) = rest.split_once('=')?;
        let after = after.trim_start();
        let (value, behind) = if let Some(quoted) = after.strip_prefix('"') {
            quoted.split_once('"')?
        } else {
            let (value, behind) = after.split_once(';').unwrap_or((after, ""));
            (value.trim(), behind)
        };
        if key
            .trim_matches([' ', ';', '\t'])
            .eq_ignore_ascii_case(name)
        {
            return Some(value.to_owned());
        }
        rest = behind;
    }
}

/// The root part: the one that `start` names, or the first (RFC 2387, 3.2).
pub(super) fn root<'b>(bytes: &'b [u8], content_type: &str) -> Result<Part<'b>, String> {
    let boundary = parameter(content_type, "boundary").filter(|text| !text.is_empty());
    let boundary = boundary.ok_or("the parts have no boundary")?;
    let start = parameter(content_type, "start");
    let parts = split(bytes, &boundary);
    for part in &parts {
        let (head, content) = head(part).ok_or("a part has no head")?;
        let id = field(&head, "content-id");
        let is_root = match (&start, &id) {
            (Some(start), Some(id)) => bare(start) == bare(id),
            (Some(_), None) => false,
            (None, _) => true,
        };
        if !is_root {
            continue;
        }
        let encoding = field(&head, "content-transfer-encoding").unwrap_or_default();
        return match encoding.to_ascii_lowercase().as_str() {
            "" | "7bit" | "8bit" | "binary" => Ok(Part {
                content_type: field(&head, "content-type").unwrap_or_default(),
                bytes: content,
            }),
            other => Err(format!("a root part in {other} is not read")),
        };
    }
    Err("there is no root part".to_owned())
}

/// What stands between the boundaries; what is not closed is left out.
fn split<'b>(bytes: &'b [u8], boundary: &str) -> Vec<&'b [u8]> {
    let mark = format!("--{boundary}");
    let marks = places(bytes, mark.as_bytes());
    let mut parts = Vec::new();
    for pair in marks.windows(2) {
        let [from, to] = pair else { continue };
        let Some(part) = bytes.get(from + mark.len()..*to) else {
            continue;
        };
        // Behind the mark its line ends; in front of the next one a line end belongs to the mark.
        let Some(end) = part.iter().position(|byte| *byte == b'\n') else {
            continue;
        };
        let part = part.get(end + 1..).unwrap_or_default();
        let part = part.strip_suffix(b"\n").unwrap_or(part);
        parts.push(part.strip_suffix(b"\r").unwrap_or(part));
    }
    parts
}

/// Where a mark stands at the beginning of a line.
fn places(bytes: &[u8], mark: &[u8]) -> Vec<usize> {
    let mut found = Vec::new();
    let mut at = 0;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        if line.starts_with(mark) {
            found.push(at);
        }
        at += line.len();
    }
    found
}

/// Head and content, which an empty line parts.
fn head(part: &[u8]) -> Option<(String, &[u8])> {
    let mut at = 0;
    for line in part.split_inclusive(|byte| *byte == b'\n') {
        at += line.len();
        if line == b"\r\n" || line == b"\n" {
            let head = String::from_utf8_lossy(part.get(..at)?).into_owned();
            return Some((head, part.get(at..)?));
        }
    }
    None
}

/// A field of a head; lines that go on are joined.
fn field(head: &str, name: &str) -> Option<String> {
    let joined = head
        .replace("\r\n", "\n")
        .replace("\n ", " ")
        .replace("\n\t", " ");
    joined.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.trim()
            .eq_ignore_ascii_case(name)
            .then(|| value.trim().to_owned())
    })
}

fn bare(id: &str) -> &str {
    id.trim().trim_start_matches('<').trim_end_matches('>')
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPE: &str =
        "multipart/related; type=\"application/xop+xml\"; boundary=\"b 1\"; start=\"<root>\"";
    const BODY: &[u8] = b"preamble\r\n--b 1\r\nContent-ID: <pic>\r\n\r\nGIF\r\n--b 1\r\nContent-Type: application/xop+xml;\r\n \
        charset=UTF-8\r\nContent-Transfer-Encoding: 8bit\r\ncontent-id: <root>\r\n\r\n<a>\r\n</a>\r\n--b 1--\r\n";

    #[test]
    fn the_root_part_is_the_one_that_start_names() {
        let part = root(BODY, TYPE).unwrap();
        assert_eq!(part.bytes, b"<a>\r\n</a>");
        assert_eq!(
            parameter(&part.content_type, "charset").as_deref(),
            Some("UTF-8")
        );
    }

    #[test]
    fn without_start_it_is_the_first() {
        let part = root(BODY, "multipart/related; boundary=\"b 1\"").unwrap();
        assert_eq!(part.bytes, b"GIF");
    }

    #[test]
    fn what_is_missing_is_told() {
        let body = b"--x\r\ncontent-transfer-encoding: base64\r\n\r\nPGEvPg==\r\n--x--";
        for (bytes, kind, what) in [
            (BODY, "multipart/related", "boundary"),
            (BODY, "multipart/related; boundary=zz", "no root part"),
            (
                BODY,
                "multipart/related; boundary=\"b 1\"; start=other",
                "no root part",
            ),
            (body, "multipart/related; boundary=x", "base64"),
            (
                b"--x\r\nno head\r\n--x--",
                "multipart/related; boundary=x",
                "no head",
            ),
            (
                b"--x\r\n\r\n<a>cut off",
                "multipart/related; boundary=x",
                "no root part",
            ),
        ] {
            let error = root(bytes, kind).unwrap_err();
            assert!(error.contains(what), "{kind}: {error}");
        }
    }
}
