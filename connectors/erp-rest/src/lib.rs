//! Cloud ERP over REST and OData.
