//! What the daily proof asks of a return: what left in advance, and what its suppliers said.

use canonical::event::SupplierAnswer;
use canonical::{EffectKey, Qty};

use crate::buckets::Bucket;
use crate::recovery;
use crate::state::{LineState, ReturnState};

impl LineState {
    /// What is not back: expected, or given up, in base units.
    pub fn missing(&self) -> Qty {
        let out = [Bucket::Authorized, Bucket::InTransit, Bucket::Expired];
        self.buckets.sum(&out)
    }
}

impl ReturnState {
    /// The effect by which the advance left: its credit memo, or its first replacement order. None if nothing was credited or
    /// replaced in advance, or not yet.
    pub fn advance_effect(&self) -> Option<EffectKey> {
        recovery::advance_key(self)
    }

    /// What suppliers answered, in the order in which they were heard.
    pub fn supplier_answers(&self) -> &[SupplierAnswer] {
        &self.supplier_answers
    }
}
