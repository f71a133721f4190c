//! What a connector exports: one plain value.

use std::sync::Arc;

use crate::capabilities::Capabilities;
use crate::codec::Codec;
use crate::failure::{Failure, FailureCode};
use crate::ports::Ports;
use crate::settings::{Problem, Settings};
use crate::sink::Sink;
use crate::source::Source;

/// A kind of connector.
#[derive(Debug, Clone, Copy)]
pub struct Connector {
    /// Name, as in `type = "wms-json"`.
    pub name: &'static str,
    /// One line.
    pub summary: &'static str,
    /// What it can do.
    pub capabilities: Capabilities,
    /// JSON Schema of its options.
    pub options: fn() -> serde_json::Value,
    /// Mappings that are built in (profiles of an ERP or a partner, layouts of files): name and text.
    pub mappings: &'static [(&'static str, &'static str)],
    /// Failure codes it may report.
    pub failures: &'static [FailureCode],
    /// Everything wrong in a block, offline: options, mappings, samples.
    pub check: fn(&Settings) -> Vec<Problem>,
    /// The codec alone, without any I/O: for `translate` and for samples.
    pub codec: fn(&Settings) -> Result<Arc<dyn Codec>, Problem>,
    /// Opens what it needs. Spawns nothing, waits for nobody.
    pub build: fn(&Settings, &dyn Ports) -> Result<Built, Failure>,
}

/// A running instance.
pub struct Built {
    /// Codec.
    pub codec: Arc<dyn Codec>,
    /// Way in, if the block has one.
    pub source: Option<Box<dyn Source>>,
    /// Way out, if the block has one.
    pub sink: Option<Arc<dyn Sink>>,
}
