//! The part of the `profiles` module that folds names.

#[path = "../src/profiles/folded_text.rs"]
pub mod folded_text;
