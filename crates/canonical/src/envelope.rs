//! The envelope of every message on the broker: CloudEvents 1.0, JSON format, with our extensions.
//!
//! Source: <https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md>.
//! Extension names are lower-case letters and digits only, as the specification demands.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::event::{Event, EventData};
use crate::ids::ReturnName;
use crate::key::MessageKey;

/// Media type of an event in the JSON format.
pub const MEDIA_TYPE: &str = "application/cloudevents+json";

/// An event in its envelope, as it travels.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Envelope {
    /// "1.0".
    pub specversion: String,
    /// Message key: recognises the fact.
    pub id: String,
    /// Who says it: `/backhaul/CONNECTOR`.
    pub source: String,
    /// Type and version of the data.
    #[serde(rename = "type")]
    pub kind: String,
    /// Name of the return.
    pub subject: String,
    /// When it happened.
    pub time: Timestamp,
    /// "application/json".
    pub datacontenttype: String,
    /// On everything that belongs to one return or one request.
    pub correlationid: String,
    /// Id of the message that led to this one.
    pub causationid: String,
    /// W3C trace context.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub traceparent: String,
    /// When Backhaul took it in.
    pub ingestedat: Timestamp,
    /// Publication of the crosswalks by which it was read; empty if there was none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub crosswalkversion: String,
    /// The data.
    pub data: Box<RawValue>,
}

/// Why an envelope could not be read.
#[derive(Debug, thiserror::Error)]
pub enum EnvelopeError {
    /// Not a CloudEvents JSON object with our attributes.
    #[error("the message is not a CloudEvents envelope: {0}")]
    NotAnEnvelope(serde_json::Error),
    /// A version of CloudEvents that is not known.
    #[error("CloudEvents version {0:?} is not supported: expected \"1.0\"")]
    Version(String),
    /// A type that is not known.
    #[error("event type {0:?} is not known")]
    UnknownType(String),
    /// The subject does not name a return.
    #[error("subject: {0}")]
    Subject(crate::ids::BadReturnName),
    /// The data is not what its type demands.
    #[error("data of {kind}: {error}")]
    Data {
        /// Type.
        kind: String,
        /// What is wrong, with line and column.
        error: serde_json::Error,
    },
}

/// What an envelope says besides the event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    /// Connector instance that says it.
    pub connector: String,
    /// Correlation id; the subject's text if empty.
    pub correlation_id: String,
    /// Causation id.
    pub causation_id: String,
    /// W3C trace context, or empty.
    pub traceparent: String,
    /// When Backhaul took it in.
    pub ingested_at: Timestamp,
}

impl Envelope {
    /// Puts an event into its envelope.
    pub fn seal(event: &Event, context: &Context) -> Result<Self, serde_json::Error> {
        let subject = event.subject.to_string();
        let correlation = if context.correlation_id.is_empty() {
            subject.clone()
        } else {
            context.correlation_id.clone()
        };
        Ok(Self {
            specversion: "1.0".to_owned(),
            id: event.key.0.clone(),
            source: format!("/backhaul/{}", context.connector),
            kind: event.data.type_name().to_owned(),
            subject,
            time: event.occurred_at,
            datacontenttype: "application/json".to_owned(),
            correlationid: correlation,
            causationid: context.causation_id.clone(),
            traceparent: context.traceparent.clone(),
            ingestedat: context.ingested_at,
            crosswalkversion: String::new(),
            data: event.data.to_json()?,
        })
    }

    /// Reads an envelope.
    pub fn parse(json: &str) -> Result<Self, EnvelopeError> {
        let envelope: Self = serde_json::from_str(json).map_err(EnvelopeError::NotAnEnvelope)?;
        if envelope.specversion != "1.0" {
            return Err(EnvelopeError::Version(envelope.specversion));
        }
        Ok(envelope)
    }

    /// Takes the event out.
    pub fn open(&self) -> Result<Event, EnvelopeError> {
        let data = EventData::from_json(&self.kind, self.data.get())
            .ok_or_else(|| EnvelopeError::UnknownType(self.kind.clone()))?
            .map_err(|error| EnvelopeError::Data {
                kind: self.kind.clone(),
                error,
            })?;
        let subject: ReturnName = self.subject.parse().map_err(EnvelopeError::Subject)?;
        Ok(Event {
            key: MessageKey(self.id.clone()),
            subject,
            occurred_at: self.time,
            data,
        })
    }

    /// The connector instance that says it.
    pub fn connector(&self) -> &str {
        self.source
            .strip_prefix("/backhaul/")
            .unwrap_or(&self.source)
    }
}
