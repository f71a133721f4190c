//! Lines of quoted values, the first of which names the columns.

/// A file of lines under named columns.
pub(super) struct Table {
    names: Vec<String>,
    pub(super) lines: Vec<Line>,
}

/// One line.
pub(super) struct Line {
    pub(super) number: usize,
    values: Vec<String>,
}

impl Table {
    /// Reads a file without a line of names.
    pub(super) fn unnamed(text: &str) -> Result<Vec<Line>, String> {
        cut(text)
    }

    /// Reads a file.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let mut lines = cut(text)?.into_iter();
        let names = lines.next().ok_or("the file is empty")?.values;
        Ok(Self {
            names: names.iter().map(|name| name.trim().to_owned()).collect(),
            lines: lines.collect(),
        })
    }

    /// What stands in a column; blank when there is none.
    pub(super) fn at<'a>(&self, line: &'a Line, name: &str) -> &'a str {
        let position = self.names.iter().position(|known| known == name);
        let value = position.and_then(|position| line.values.get(position));
        value.map(|value| value.trim()).unwrap_or_default()
    }

    /// What stands in a column of that number, from 1; blank when there is none.
    pub(super) fn nth(line: &Line, number: usize) -> &str {
        let value = number.checked_sub(1).and_then(|at| line.values.get(at));
        value.map(|value| value.trim()).unwrap_or_default()
    }

    pub(super) fn needed(&self, line: &Line, name: &str) -> Result<String, String> {
        match self.at(line, name) {
            "" => Err(format!("line {}: {name} is missing", line.number)),
            text => Ok(text.to_owned()),
        }
    }

    pub(super) fn own(&self, line: &Line, name: &str) -> Option<String> {
        Some(self.at(line, name))
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
    }
}

/// Cuts a text into lines and values; a quoted value may hold anything.
fn cut(text: &str) -> Result<Vec<Line>, String> {
    let mut lines = Vec::new();
    let mut number = 1;
    let mut line = Line {
        number,
        values: Vec::new(),
    };
    let mut value = String::new();
    let mut quoted = false;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                value.push('"');
            }
            '"' => quoted = !quoted,
            ';' if !quoted => line.values.push(std::mem::take(&mut value)),
            '\n' if !quoted => {
                number += 1;
                line.values.push(std::mem::take(&mut value));
                keep(&mut lines, &mut line, number);
            }
            '\r' if !quoted => {}
            '\n' => {
                number += 1;
                value.push('\n');
            }
            other => value.push(other),
        }
    }
    if quoted {
        return Err(format!("line {}: a quote does not end", line.number));
    }
    if !value.is_empty() || !line.values.is_empty() {
        line.values.push(value);
        keep(&mut lines, &mut line, number);
    }
    Ok(lines)
}

/// Keeps a line that is not blank, and begins the next.
fn keep(lines: &mut Vec<Line>, line: &mut Line, next: usize) {
    let fresh = Line {
        number: next,
        values: Vec::new(),
    };
    let whole = std::mem::replace(line, fresh);
    if whole.values.iter().any(|value| !value.trim().is_empty()) {
        lines.push(whole);
    }
}

/// One line, quoted where it must be.
pub(super) fn written(values: &[&str]) -> String {
    let quote = |value: &&str| {
        if value.contains([';', '"', '\n', '\r']) {
            format!("\"{}\"", value.replace('"', "\"\""))
        } else {
            (*value).to_owned()
        }
    };
    let mut line = values.iter().map(quote).collect::<Vec<_>>().join(";");
    line.push_str("\r\n");
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_quoted_is_read_again() {
        let values = ["a;b", "say \"x\"", "two\nlines", "", "plain"];
        let text = format!("A;B;C;D;E\r\n\r\n{}", written(&values));
        let table = Table::read(&text).expect("a table");
        let line = &table.lines[0];
        let read: Vec<&str> = ["A", "B", "C", "D", "E"]
            .iter()
            .map(|name| table.at(line, name))
            .collect();
        assert_eq!(read, values);
        assert_eq!(table.at(line, "F"), "");
        assert_eq!(line.number, 3);
        assert!(Table::read("A\n\"open").is_err());
        assert!(Table::read("").is_err());
    }
}
