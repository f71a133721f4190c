//! The contract between Backhaul and a partner's system: codec, source, sink, failure, mapping.
