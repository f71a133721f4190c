//! Bytes ↔ canonical: mapping, then wire, then translation.

use std::sync::Arc;

use canonical::{Command, Event};
use connector::mapping::{Json, Mapping, MappingFault};
use connector::{Codec, Decoded, Failure, Inbound};

use crate::translate::{self, Partner};
use crate::{failures, out, wire};

/// The codec of a block.
#[derive(Debug)]
pub(crate) struct WmsCodec {
    pub(crate) partner: Arc<Partner>,
    mapping: Option<Mapping>,
    max_bytes: usize,
}

impl WmsCodec {
    pub(crate) const fn new(
        partner: Arc<Partner>,
        mapping: Option<Mapping>,
        max_bytes: usize,
    ) -> Self {
        Self {
            partner,
            mapping,
            max_bytes,
        }
    }

    fn translated(
        &self,
        connector: &str,
        event: Result<wire::Event, Failure>,
    ) -> Result<Event, Failure> {
        translate::translate(&self.partner, connector, &event?)
    }

    /// The documents to read, each with the place where it stands.
    fn documents(&self, document: Json) -> Result<Vec<(String, Json)>, Failure> {
        let Some(mapping) = &self.mapping else {
            return Ok(vec![(String::new(), document)]);
        };
        let outputs = mapping.run(&document).map_err(|fault| {
            let what = fault.to_string();
            match fault {
                MappingFault::Failed(_) => {
                    Failure::malformed(failures::MAPPING_FAILED, what).at(mapping.name())
                }
                MappingFault::Exhausted(_) | MappingFault::Broken(_) => {
                    Failure::malformed(failures::MAPPING_ENDED, what).at(mapping.name())
                }
            }
        })?;
        let placed = outputs.into_iter().enumerate();
        Ok(placed
            .map(|(i, output)| (format!("{} output {i}: ", mapping.name()), output))
            .collect())
    }
}

impl Codec for WmsCodec {
    fn decode(&self, raw: &Inbound) -> Result<Vec<Decoded>, Failure> {
        if raw.raw.len() > self.max_bytes {
            let what = format!(
                "the message has {} bytes, more than {}",
                raw.raw.len(),
                self.max_bytes
            );
            let failure = Failure::malformed(failures::TOO_LARGE, what);
            return Err(failure.at(format!("byte {}", self.max_bytes)));
        }
        let document = wire::document(&raw.raw)?;
        self.events(raw.origin.connector.as_str(), document)
    }

    fn encode(&self, command: &Command) -> Result<Vec<u8>, Failure> {
        out::encode(&self.partner, command)
    }
}

impl WmsCodec {
    /// The events of a document, mapped and translated, as the instance `connector` takes them in.
    pub(crate) fn events(&self, connector: &str, document: Json) -> Result<Vec<Decoded>, Failure> {
        let mut decoded = Vec::new();
        for (at, document) in self.documents(document)? {
            match wire::events(&document, &at) {
                Ok(events) => {
                    decoded.extend(
                        events
                            .into_iter()
                            .map(|event| self.translated(connector, event)),
                    );
                }
                Err(failure) if self.mapping.is_none() => return Err(failure),
                Err(failure) => decoded.push(Err(failure)),
            }
        }
        Ok(decoded)
    }
}
