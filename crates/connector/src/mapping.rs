//! Mappings of JSON shapes, in jq.
