//! Templates of messages, by language and milestone: the house's own before those that are built in.
//!
//! A template is a text: its first line is `Subject: …`, an empty line follows, the rest is the message. In it, values
//! stand as `{{ rma_number }}` (minijinja). A value that is not there is a mistake, not an empty place.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use canonical::BusinessCode;
use connector::{Problem, Settings};
use minijinja::{Environment, UndefinedBehavior};

/// Language, milestone (or `default`), text.
const BUILT_IN: &[(&str, &str, &str)] = &[
    ("en", "R200", include_str!("../templates/en/R200.txt")),
    ("en", "R540", include_str!("../templates/en/R540.txt")),
    ("en", "default", include_str!("../templates/en/default.txt")),
    ("de", "R200", include_str!("../templates/de/R200.txt")),
    ("de", "R540", include_str!("../templates/de/R540.txt")),
    ("de", "default", include_str!("../templates/de/default.txt")),
];

/// Steps that a template may take: a thousand times what a message needs.
const FUEL: u64 = 200_000;

/// Largest template, bytes.
const LARGEST: u64 = 64 * 1024;

/// Longest part in braces, bytes: the parser recurses along it, and knows no bound.
const LONGEST_PART: usize = 400;

/// All templates, compiled.
#[derive(Debug)]
pub(crate) struct Templates {
    environment: Environment<'static>,
    names: BTreeSet<String>,
}

/// A message that is filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Text {
    pub(crate) subject: String,
    pub(crate) body: String,
}

impl Templates {
    /// Reads and compiles them.
    pub(crate) fn load(settings: &Settings, folder: Option<&Path>) -> Result<Self, Problem> {
        let mut sources: BTreeMap<String, String> = BUILT_IN
            .iter()
            .map(|(language, milestone, text)| (name(language, milestone), (*text).to_owned()))
            .collect();
        if let Some(folder) = folder {
            sources.extend(own(settings, folder)?);
        }
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_fuel(Some(FUEL));
        let names = sources.keys().cloned().collect();
        for (name, source) in sources {
            let file = name.clone();
            environment
                .add_template_owned(name, source)
                .map_err(|error| wrong(settings, &file, &error.to_string()))?;
        }
        Ok(Self { environment, names })
    }

    /// True if there is one to fall back on for every milestone.
    pub(crate) fn speaks(&self, language: &str) -> bool {
        self.names.contains(&name(language, "default"))
    }

    /// Fills the template of that language and milestone, or the default one of the language.
    pub(crate) fn fill(
        &self,
        language: &str,
        milestone: BusinessCode,
        values: BTreeMap<String, String>,
    ) -> Result<Text, String> {
        let own = name(language, milestone.word());
        let name = if self.names.contains(&own) {
            own
        } else {
            name(language, "default")
        };
        let template = self.environment.get_template(&name);
        let filled = template
            .and_then(|template| template.render(values))
            .map_err(|error| error.to_string())?;
        split(&filled).ok_or_else(|| {
            format!("{name}: its first line is not \"Subject: …\" with an empty line after it")
        })
    }
}

fn name(language: &str, milestone: &str) -> String {
    format!("{language}/{milestone}.txt")
}

/// What the house has in its folder.
fn own(settings: &Settings, folder: &Path) -> Result<BTreeMap<String, String>, Problem> {
    let mut sources = BTreeMap::new();
    let unreadable = |path: &Path, error: &std::io::Error| {
        wrong(settings, &path.display().to_string(), &error.to_string())
    };
    let folder = settings.base_dir.join(folder);
    for language in entries(&folder).map_err(|error| unreadable(&folder, &error))? {
        for file in entries(&language).map_err(|error| unreadable(&language, &error))? {
            let words = (word(&language), file.file_stem().and_then(|s| s.to_str()));
            let (Some(language), Some(milestone)) = words else {
                continue;
            };
            let known = milestone == "default"
                || BusinessCode::ALL
                    .iter()
                    .any(|code| code.word() == milestone);
            if file.extension().is_none_or(|extension| extension != "txt") || !known {
                let what = "it is neither default.txt nor MILESTONE.txt with a business status code, as R540.txt";
                return Err(wrong(settings, &file.display().to_string(), what));
            }
            let length = fs::metadata(&file).map_err(|error| unreadable(&file, &error))?;
            if length.len() > LARGEST {
                let what = format!("it is larger than {LARGEST} bytes");
                return Err(wrong(settings, &file.display().to_string(), &what));
            }
            let text = fs::read_to_string(&file).map_err(|error| unreadable(&file, &error))?;
            if let Some(line) = long_part(&text) {
                let what =
                    format!("line {line}: a part in braces is longer than {LONGEST_PART} bytes");
                return Err(wrong(settings, &file.display().to_string(), &what));
            }
            if split(&text).is_none() {
                let what = "its first line is not \"Subject: …\" with an empty line after it";
                return Err(wrong(settings, &file.display().to_string(), what));
            }
            sources.insert(name(language, milestone), text);
        }
    }
    Ok(sources)
}

fn entries(folder: &Path) -> std::io::Result<Vec<std::path::PathBuf>> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if word(&path).is_some_and(|name| !name.starts_with('.')) {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

fn word(path: &Path) -> Option<&str> {
    path.file_name().and_then(|name| name.to_str())
}

fn wrong(settings: &Settings, file: &str, what: &str) -> Problem {
    Problem::new(
        settings.place("templates"),
        format!("{file}: {what}"),
        "mend the template; connectors/mail/README.md says what one looks like",
    )
}

/// Line of a part in braces that is too long; one that does not end counts to the end of the text.
fn long_part(text: &str) -> Option<usize> {
    let mut rest = text;
    while let Some(start) = rest.find("{{").into_iter().chain(rest.find("{%")).min() {
        let part = rest.get(start..).unwrap_or_default();
        let end = part.find("}}").into_iter().chain(part.find("%}")).min();
        let length = end.unwrap_or(part.len());
        if length > LONGEST_PART {
            let before = text.len() - part.len();
            let lines = text.get(..before).unwrap_or_default().matches('\n');
            return Some(lines.count() + 1);
        }
        rest = part.get(length + 2..).unwrap_or_default();
    }
    None
}

fn split(text: &str) -> Option<Text> {
    let (first, rest) = text.split_once('\n')?;
    let subject = first.strip_prefix("Subject:")?.trim();
    let body = rest
        .strip_prefix("\r\n")
        .or_else(|| rest.strip_prefix('\n'))?;
    Some(Text {
        subject: subject.replace(char::is_control, " "),
        body: format!("{}\n", body.trim_end()),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn long_chains_are_found_by_their_line() {
        let long = format!("Subject: s\n\n{{{{ {}1 }}}}\n", "1+".repeat(300));
        assert_eq!(long_part(&long), Some(3));
        let open = format!("Subject: s\n\n{{% if {}", "not ".repeat(200));
        assert_eq!(long_part(&open), Some(3));
        let fine = "Subject: {{ rma_number }}\n\n{% if a %}{{ b }}{% endif %}\n".repeat(50);
        assert_eq!(long_part(&fine), None);
    }

    #[test]
    fn a_subject_is_one_line_and_stands_first() {
        let text = split("Subject: a\tb \n\nHello\n").unwrap();
        assert_eq!(
            (text.subject.as_str(), text.body.as_str()),
            ("a b", "Hello\n")
        );
        for wrong in ["", "Subject: x", "Subject: x\nno empty line", "Hello\n\n"] {
            assert_eq!(split(wrong), None, "{wrong:?}");
        }
    }
}
