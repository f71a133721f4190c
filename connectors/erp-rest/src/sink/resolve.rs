//! Before anything is made: the ids of the records that a body names by our codes.

use std::borrow::Cow;
use std::collections::BTreeMap;

use connector::{Failure, mapping};
use serde_json::Value;

use super::ErpSink;
use crate::classify::Verdict;
use crate::failures;
use crate::lookup::fill;
use crate::references::{self, Named, Record};
use crate::wire;

impl ErpSink {
    /// The body with the ERP's ids in it. Nothing is changed in the ERP by then, so no failure here leaves anything in doubt.
    pub(super) async fn resolved<'a>(&self, body: &'a [u8]) -> Result<Cow<'a, [u8]>, Failure> {
        if self.interface.profile.references.is_empty() {
            return Ok(Cow::Borrowed(body));
        }
        let wrong = |what: String| Failure::rejected(failures::SHAPE_FAILED, what);
        let json = mapping::read(body).map_err(|error| wrong(error.to_string()))?;
        let mut records = BTreeMap::new();
        for named in references::named(&json).map_err(wrong)? {
            let record = self.record(&named).await?;
            records.insert(named, record);
        }
        Ok(Cow::Owned(
            references::filled(&json, &records)?.into_bytes(),
        ))
    }

    /// The one record under that code.
    async fn record(&self, named: &Named) -> Result<Record, Failure> {
        let (name, of) = (&named.reference, &named.of);
        let reference = self.interface.profile.references.get(name).ok_or_else(|| {
            let message = format!("the profile has no reference {name:?}");
            Failure::misconfigured(failures::BAD_CONFIGURATION, message)
        })?;
        let mut values = self.interface.vars();
        values.push("of", of);
        let path = fill(&reference.path, &values)?;
        let (reply, verdict) = self.exchange.read(self.exchange.ours(&path)?).await?;
        if verdict != Verdict::Done {
            let message = format!("look-up of {name} {of:?}: {path} gives {verdict:?}");
            return Err(Failure::misconfigured(failures::WRONG_ADDRESS, message));
        }
        let unreadable = |what: String| {
            let message = format!("look-up of {name} {of:?}: {what}");
            Failure::unavailable(failures::LOOK_UP_FAILED, message)
        };
        let mut answer = wire::read(&reply.body).map_err(unreadable)?;
        let list = answer
            .pointer_mut(&reference.list_at)
            .and_then(Value::as_array_mut)
            .ok_or_else(|| unreadable(format!("no list at {:?}", reference.list_at)))?;
        match (list.pop(), list.len()) {
            (Some(value), 0) => Ok(Record {
                value,
                id_at: reference.id_at.clone(),
            }),
            (None, _) => Err(unknown(named, "the ERP has none")),
            (Some(_), _) => Err(unknown(named, "the ERP has several")),
        }
    }
}

fn unknown(named: &Named, what: &str) -> Failure {
    let message = format!("{} {:?}: {what}", named.reference, named.of);
    Failure::rejected(failures::UNKNOWN_REFERENCE, message).at(named.reference.clone())
}
