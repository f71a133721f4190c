//! The one binary: registry of connectors, configuration, command line, telemetry.
