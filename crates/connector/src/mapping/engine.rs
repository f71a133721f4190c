//! Runs compiled mappings, each run on a thread of its own with a known stack.

use std::thread;

use jaq_core::compile::Lut;
use jaq_core::data::{DataT, HasLut};
use jaq_core::{Ctx, Native, Vars};

use super::budget::{self, Limit};
use super::json::Json;
use super::{Limits, MappingFault};

/// Stack of a run.
pub(super) const STACK: usize = 24 * 1024 * 1024;

/// A compiled program.
pub(super) type Filter = jaq_core::Filter<Jq>;

/// Tells the engine what values there are, and sees each of its steps.
pub(super) struct Jq;

/// The program's table, counted: the engine asks for it at each step.
#[derive(Clone, Copy)]
pub(super) struct Counted<'a>(&'a Lut<Native<Jq>>);

impl DataT for Jq {
    type V<'a> = Json;
    type Data<'a> = Counted<'a>;
}

impl<'a> HasLut<'a, Jq> for Counted<'a> {
    fn lut(&self) -> &'a Lut<Native<Jq>> {
        budget::steps(1);
        budget::deeper();
        self.0
    }
}

/// Runs a program on an input.
pub(super) fn run(filter: &Filter, input: Json, limits: Limits) -> Result<Vec<Json>, MappingFault> {
    on_own_stack(STACK, || {
        budget::start(limits);
        outputs(filter, input, limits.outputs)
    })?
}

/// Runs something on a thread with that much stack, and waits for it.
pub(super) fn on_own_stack<T: Send>(
    stack: usize,
    work: impl FnOnce() -> T + Send,
) -> Result<T, MappingFault> {
    thread::scope(|scope| {
        let worker = thread::Builder::new()
            .name("mapping".to_owned())
            .stack_size(stack)
            .spawn_scoped(scope, work)
            .map_err(|error| MappingFault::Broken(format!("no thread for it: {error}")))?;
        worker
            .join()
            .map_err(|cause| match cause.downcast_ref::<Limit>() {
                Some(limit) => MappingFault::Exhausted(*limit),
                None => MappingFault::Broken("the jq engine failed on it".to_owned()),
            })
    })
}

fn outputs(filter: &Filter, input: Json, at_most: usize) -> Result<Vec<Json>, MappingFault> {
    let context = Ctx::<Jq>::new(Counted(&filter.lut), Vars::new([]));
    let mut outputs = Vec::new();
    for output in filter.id.run((context, input)) {
        let output = output.map_err(|raised| match raised.get_err() {
            Ok(error) => MappingFault::Failed(shortened(&error.to_string())),
            Err(_) => MappingFault::Failed("it broke out of a label that is not there".to_owned()),
        })?;
        if outputs.len() == at_most {
            return Err(MappingFault::Exhausted(Limit::Outputs));
        }
        outputs.push(output);
    }
    Ok(outputs)
}

/// Errors quote the value they speak of, which may be the whole document.
fn shortened(text: &str) -> String {
    const MOST: usize = 300;
    if text.chars().count() <= MOST {
        text.to_owned()
    } else {
        let start: String = text.chars().take(MOST).collect();
        format!("{start}…")
    }
}
