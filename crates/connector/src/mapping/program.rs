//! Compiles the source of a mapping, or says where it is wrong.

use jaq_core::load::parse::{BinaryOp, Def, Pattern, Term};
use jaq_core::load::{Arena, Error, File, Loader, lex, parse};
use jaq_core::path::Part;

use super::engine::{self, Filter};
use super::{MAX_SOURCE, library};
use crate::settings::Problem;

/// Stack for reading a program: the reader recurses, and [`MAX_SOURCE`] bytes may nest deeply.
const STACK: usize = 512 * 1024 * 1024;
/// Deepest nesting of brackets in a source.
const MAX_BRACKETS: usize = 64;

/// Most parts of a path (`.a.b[0]` has three).
const MAX_PATH: usize = 64;

/// Something wrong at an offset of the source.
struct Wrong {
    at: usize,
    what: String,
    fix: String,
}

impl Wrong {
    fn new(at: usize, what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self {
            at,
            what: what.into(),
            fix: fix.into(),
        }
    }
}

/// Compiles.
pub(super) fn compile(source: &str, name: &str) -> Result<Filter, Problem> {
    let compiled = engine::on_own_stack(STACK, || program(source))
        .unwrap_or_else(|fault| Err(Wrong::new(0, fault.to_string(), "simplify the mapping")));
    compiled.map_err(|wrong| {
        let before = source.get(..wrong.at).unwrap_or(source);
        let line = 1 + before.matches('\n').count();
        Problem::new(format!("{name}:{line}"), wrong.what, wrong.fix)
    })
}

fn program(source: &str) -> Result<Filter, Wrong> {
    check_size(source)?;
    let arena = Arena::default();
    let loaded = Loader::new(library::definitions()).load(
        &arena,
        File {
            code: source,
            path: (),
        },
    );
    let modules = loaded.map_err(|errors| {
        errors
            .iter()
            .map(|(_, error)| unreadable(source, error))
            .next()
            .unwrap_or_else(|| Wrong::new(0, "the mapping cannot be read", "see the jq manual"))
    })?;
    // Read once more for the check alone: what the loader holds cannot be looked at.
    let term = parse_main(source).unwrap_or_default();
    no_recursion(source, &term, &mut Vec::new())?;
    jaq_core::Compiler::default()
        .with_funs(library::natives())
        .compile::<()>(modules)
        .map_err(|errors| {
            errors
                .iter()
                .flat_map(|(_, undefined)| undefined)
                .map(|(name, kind)| {
                    let fix = library::why_not(name).unwrap_or("see the filters of the jq manual");
                    let kind = kind.as_str();
                    Wrong::new(
                        offset(source, name),
                        format!("there is no {kind} {name}"),
                        fix,
                    )
                })
                .next()
                .unwrap_or_else(|| {
                    Wrong::new(0, "the mapping cannot be compiled", "see the jq manual")
                })
        })
}

fn check_size(source: &str) -> Result<(), Wrong> {
    if source.len() > MAX_SOURCE {
        let what = format!(
            "the mapping has {} bytes, more than {MAX_SOURCE}",
            source.len()
        );
        return Err(Wrong::new(0, what, "split it by message type"));
    }
    let mut depth = 0_usize;
    for (at, c) in source.bytes().enumerate() {
        match c {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if source.as_bytes().get(at..at + 2) == Some(b"--") {
            return Err(Wrong::new(
                at,
                "-- is not taken",
                "write one minus, or none",
            ));
        }
        if depth > MAX_BRACKETS {
            let what = format!("brackets are nested deeper than {MAX_BRACKETS} levels");
            return Err(Wrong::new(at, what, "use definitions (def name: …;)"));
        }
    }
    Ok(())
}

fn parse_main(source: &str) -> Option<Term<&str>> {
    let tokens = lex::Lexer::new(source).lex().ok()?;
    parse::Parser::new(&tokens).parse(parse::Parser::term).ok()
}

fn unreadable(source: &str, error: &Error<&str>) -> Wrong {
    let see = "see the jq manual; the jq tool says the same";
    match error {
        Error::Io(errors) => {
            let at = errors.first().map_or(0, |(path, _)| offset(source, path));
            Wrong::new(
                at,
                "include and import are not there",
                "write it into one file",
            )
        }
        Error::Lex(errors) => match errors.first() {
            Some((expected, found)) => {
                let what = format!("expected {}", expected.as_str());
                Wrong::new(offset(source, found), what, see)
            }
            None => Wrong::new(0, "it cannot be read", see),
        },
        Error::Parse(errors) => match errors.first() {
            Some((expected, found)) => {
                let found_text: String = found.chars().take(20).collect();
                let found_text = if found_text.is_empty() {
                    "the end"
                } else {
                    &found_text
                };
                let what = format!("expected {}, found {found_text}", expected.as_str());
                Wrong::new(offset(source, found), what, see)
            }
            None => Wrong::new(0, "it cannot be read", see),
        },
    }
}

/// Where a part of the source begins; its end if it is no part of it.
fn offset(source: &str, part: &str) -> usize {
    let start = source.as_ptr().addr();
    let at = part.as_ptr().addr();
    if at < start || at - start > source.len() {
        return source.len();
    }
    at - start
}

/// Refuses definitions that call themselves, or one that they stand in. Without them a program does a bounded number of
/// things to each value, and the library's own loops are counted.
fn no_recursion<'s>(
    source: &str,
    term: &Term<&'s str>,
    open: &mut Vec<&'s str>,
) -> Result<(), Wrong> {
    let mut each = |term: &Term<&'s str>| no_recursion(source, term, open);
    match term {
        Term::Id | Term::Recurse | Term::Num(_) | Term::Break(_) | Term::Var(_) => Ok(()),
        Term::Str(_, parts) => parts.iter().try_for_each(|part| match part {
            lex::StrPart::Term(term) => each(term),
            lex::StrPart::Str(_) | lex::StrPart::Char(_) => Ok(()),
        }),
        Term::Arr(inner) => inner.iter().try_for_each(|t| each(t)),
        Term::Obj(members) => members.iter().try_for_each(|(name, value)| {
            each(name)?;
            value.iter().try_for_each(&mut each)
        }),
        Term::Neg(inner) | Term::Label(_, inner) => each(inner),
        Term::BinOp(left, op, right) => {
            each(left)?;
            if let BinaryOp::Pipe(Some(pattern)) = op {
                pattern_terms(pattern, &mut each)?;
            }
            each(right)
        }
        Term::Fold(_, over, pattern, args) => {
            each(over)?;
            pattern_terms(pattern, &mut each)?;
            args.iter().try_for_each(each)
        }
        Term::TryCatch(inner, catch) => {
            each(inner)?;
            catch.iter().try_for_each(|t| each(t))
        }
        Term::IfThenElse(branches, otherwise) => {
            branches.iter().try_for_each(|(condition, then)| {
                each(condition)?;
                each(then)
            })?;
            otherwise.iter().try_for_each(|t| each(t))
        }
        Term::Path(inner, path) => {
            if path.0.len() > MAX_PATH {
                let what = format!("a path has more than {MAX_PATH} parts");
                return Err(Wrong::new(0, what, "shorten it"));
            }
            each(inner)?;
            path.0.iter().try_for_each(|(part, _)| match part {
                Part::Index(term) => each(term),
                Part::Range(from, to) => from.iter().chain(to).try_for_each(&mut each),
            })
        }
        Term::Call(name, args) => {
            if open.contains(name) {
                return Err(recursive(source, name));
            }
            args.iter().try_for_each(|t| no_recursion(source, t, open))
        }
        Term::Def(defs, rest) => {
            defs.iter()
                .try_for_each(|def| definition(source, def, open))?;
            no_recursion(source, rest, open)
        }
    }
}

fn definition<'s>(source: &str, def: &Def<&'s str>, open: &mut Vec<&'s str>) -> Result<(), Wrong> {
    open.push(def.name);
    let checked = no_recursion(source, &def.body, open);
    open.pop();
    checked
}

fn recursive(source: &str, name: &str) -> Wrong {
    Wrong::new(
        offset(source, name),
        format!("{name} calls itself"),
        "use .., map, reduce, foreach or recurse instead",
    )
}

fn pattern_terms<'s>(
    pattern: &Pattern<&'s str>,
    each: &mut impl FnMut(&Term<&'s str>) -> Result<(), Wrong>,
) -> Result<(), Wrong> {
    match pattern {
        Pattern::Var(_) => Ok(()),
        Pattern::Arr(patterns) => patterns.iter().try_for_each(|p| pattern_terms(p, each)),
        Pattern::Obj(members) => members.iter().try_for_each(|(name, inner)| {
            each(name)?;
            pattern_terms(inner, each)
        }),
    }
}
