//! JSON events from a WMS over HTTP and over AMQP; RMA/ASN and cancel out.
