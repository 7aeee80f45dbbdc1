//! The part of the domain that folds names.

#[path = "../src/domain/folded_text.rs"]
pub mod folded_text;
