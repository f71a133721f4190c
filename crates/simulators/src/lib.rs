//! Partners that misbehave on demand, with ledgers: a WMS and a REST ERP.
