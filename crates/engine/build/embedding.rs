//! The vocabulary of the embedding: maps words to rows of `embedding/vectors.bin`.

use std::{error::Error, fs};

use crate::output::Output;

pub fn write(output: &Output) -> Result<(), Box<dyn Error>> {
    let vocabulary = fs::read_to_string("embedding/vocabulary.txt")?;
    let rows: Vec<(String, u64)> = vocabulary.lines().map(str::to_owned).zip(0..).collect();
    output.map("embedding.fst", &rows)
}
