//! Pages: so many at once, and where to read on.

use data_encoding::BASE64URL_NOPAD;
use jiff::Timestamp;

use crate::problem::Problem;

/// Rows of a page if nothing is said.
const USUAL: usize = 50;
/// Rows of a page at the most.
pub(crate) const MOST: usize = 200;

/// Rows of a page.
pub(crate) fn limit(asked: Option<u32>) -> Result<usize, Problem> {
    let asked = asked.map_or(USUAL, |n| usize::try_from(n).unwrap_or(usize::MAX));
    if (1..=MOST).contains(&asked) {
        Ok(asked)
    } else {
        let detail = format!("limit is from 1 to {MOST}");
        Err(Problem::bad_request("api.query", detail))
    }
}

/// Cuts what was read beyond a page. Its last row, if there was more.
pub(crate) fn cut<T>(rows: &mut Vec<T>, limit: usize) -> Option<&T> {
    let more = rows.len() > limit;
    rows.truncate(limit);
    rows.last().filter(|_| more)
}

/// Where a page ended, as handed out.
pub(crate) fn cursor(at: Timestamp, id: &str) -> String {
    BASE64URL_NOPAD.encode(format!("{}/{id}", at.as_microsecond()).as_bytes())
}

/// Reads one that was handed out.
pub(crate) fn after(cursor: Option<&str>) -> Result<Option<(Timestamp, String)>, Problem> {
    let Some(cursor) = cursor else {
        return Ok(None);
    };
    let read = || {
        let bytes = BASE64URL_NOPAD.decode(cursor.as_bytes()).ok()?;
        let text = String::from_utf8(bytes).ok()?;
        let (at, id) = text.split_once('/')?;
        let at = Timestamp::from_microsecond(at.parse().ok()?).ok()?;
        Some((at, id.to_owned()))
    };
    match read() {
        Some(found) => Ok(Some(found)),
        None => Err(Problem::bad_request(
            "api.query",
            "cursor is not one that was handed out: give \"next\" of the page before",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_are_read_as_handed_out() {
        let at: Timestamp = "2026-05-01T09:00:00.000001Z".parse().unwrap();
        let handed = cursor(at, "01J/x");
        let read = after(Some(&handed)).unwrap();
        assert_eq!(read, Some((at, "01J/x".to_owned())));
        assert_eq!(after(None).unwrap(), None);
        assert!(after(Some("nonsense")).is_err());
    }

    #[test]
    fn a_page_has_bounds() {
        assert_eq!(limit(None).unwrap(), USUAL);
        assert_eq!(limit(Some(200)).unwrap(), 200);
        assert!(limit(Some(0)).is_err() && limit(Some(201)).is_err());
    }
}
