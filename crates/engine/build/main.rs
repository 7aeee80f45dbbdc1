//! Compiles the taxonomy into tables that the binary reads in place.
//!
//! Nothing is parsed at run time: start-up is free, and the tables are shared, read-only pages.
//! Names are folded and tokenised by the same code that later reads profiles. Logarithms come from
//! `libm` rather than the machine's C library, so that every machine builds the same tables.

#[path = "../src/scoring/names.rs"]
mod names;
#[expect(dead_code, reason = "the build folds letters only")]
mod profiles;
#[path = "../src/scoring/vocabulary/table.rs"]
mod table;
#[path = "../src/scoring/text.rs"]
mod text;

mod embedding;
mod occupations;
mod output;
mod skills;
mod tsv;
mod words;

use std::{env, error::Error, path::PathBuf};

#[expect(
    clippy::disallowed_methods,
    reason = "Cargo passes the output folder in the environment"
)]
fn main() -> Result<(), Box<dyn Error>> {
    for changed in [
        "taxonomy",
        "embedding/vocabulary.txt",
        "build",
        "src/scoring/names.rs",
        "src/scoring/text.rs",
    ] {
        println!("cargo::rerun-if-changed={changed}");
    }
    for changed in ["src/scoring/vocabulary", "src/profiles/folded_text.rs"] {
        println!("cargo::rerun-if-changed={changed}");
    }
    let output = output::Output::new(PathBuf::from(env::var("OUT_DIR")?));
    let words = words::Words::read("taxonomy/words")?;
    let skills = skills::Skills::read()?;
    let occupations = occupations::Occupations::read()?;
    embedding::write(&output)?;
    words.write(&output)?;
    skills.write(&output, &words, &occupations)?;
    occupations.write(&output, &words, &skills)?;
    Ok(())
}
