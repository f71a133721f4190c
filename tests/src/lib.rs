//! Whole-product scenarios, fault campaigns, the tidy test.
