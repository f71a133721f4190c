//! Everything wrong that was found, each with its place and its fix.

use std::fmt;

use connector::{Failure, Problem};
use serde::Serialize;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Keeps the sidecar from starting.
    Problem,
    /// Probably not what was meant.
    Warning,
}

impl Severity {
    /// As printed.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Problem => "problem",
            Self::Warning => "warning",
        }
    }
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How bad.
    pub severity: Severity,
    /// Where: "connectors.wms-east.secret", "policy/us01.toml:12".
    pub place: String,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub fix: String,
}

/// Findings in the order in which they were made.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// All of them.
    pub findings: Vec<Finding>,
}

impl Report {
    /// A report of one problem.
    pub fn of(place: impl Into<String>, what: impl Into<String>, fix: impl Into<String>) -> Self {
        let mut report = Self::default();
        report.problem(place, what, fix);
        report
    }

    /// Adds a problem.
    pub fn problem(
        &mut self,
        place: impl Into<String>,
        what: impl Into<String>,
        fix: impl Into<String>,
    ) {
        self.add(Severity::Problem, Problem::new(place, what, fix));
    }

    /// Adds a warning.
    pub fn warning(
        &mut self,
        place: impl Into<String>,
        what: impl Into<String>,
        fix: impl Into<String>,
    ) {
        self.add(Severity::Warning, Problem::new(place, what, fix));
    }

    /// Adds what a connector found.
    pub fn add(&mut self, severity: Severity, problem: Problem) {
        let Problem { place, what, fix } = problem;
        self.findings.push(Finding {
            severity,
            place,
            what,
            fix,
        });
    }

    /// Adds a connector's failure.
    pub fn failure(&mut self, place: impl Into<String>, failure: &Failure) {
        let fix = format!("see {} in the connector's failure codes", failure.code);
        self.problem(place, failure.to_string(), fix);
    }

    /// Adds everything of another report.
    pub fn extend(&mut self, other: Self) {
        self.findings.extend(other.findings);
    }

    /// True if nothing keeps the sidecar from starting.
    pub fn is_ok(&self) -> bool {
        self.count(Severity::Problem) == 0
    }

    /// How many findings of that severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.findings
            .iter()
            .filter(|finding| finding.severity == severity)
            .count()
    }

    /// The value if there is no problem, else the report.
    pub fn or<T>(self, value: T) -> Result<T, Self> {
        if self.is_ok() { Ok(value) } else { Err(self) }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, finding) in self.findings.iter().enumerate() {
            let Finding {
                severity,
                place,
                what,
                fix,
            } = finding;
            let end = if n == 0 { "" } else { "\n" };
            write!(f, "{end}{} {place}: {what}\n        {fix}", severity.word())?;
        }
        Ok(())
    }
}

impl std::error::Error for Report {}
