//! The engine: intake, routing, effect delivery, recovery, exceptions, replay, timers.
