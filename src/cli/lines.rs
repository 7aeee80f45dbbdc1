//! Input and output of lines: NDJSON from a file or standard input, answers to standard output.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read, Write},
    path::Path,
};

use anyhow::Context;
use serde_json::Value;

/// The byte order mark that some programs write at the beginning of a file; not a part of its first
/// line.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Opens a file for reading line by line; `-` is standard input.
pub(super) fn open(path: &Path) -> anyhow::Result<Box<dyn BufRead>> {
    if path == Path::new("-") {
        return Ok(Box::new(io::stdin().lock()));
    }
    let file = File::open(path).with_context(|| format!("{} can't be opened", path.display()))?;
    anyhow::ensure!(!file.metadata()?.is_dir(), "{} is a folder", path.display());
    Ok(Box::new(BufReader::with_capacity(1 << 20, file)))
}

/// Calls `with` for each line that is not blank, with its number, from 1. Lines are bytes: the JSON
/// parser checks line by line that they are UTF-8.
pub(super) fn for_each(
    reader: &mut dyn BufRead,
    mut with: impl FnMut(usize, &[u8]) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut line = Vec::new();
    let mut number = 0;
    loop {
        line.clear();
        if reader.read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        number += 1;
        let content = line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&line);
        if !content.trim_ascii().is_empty() {
            with(number, content)?;
        }
    }
}

/// Reads one JSON document from a file; `-` is standard input.
pub(super) fn read_document(path: &Path) -> anyhow::Result<Value> {
    let mut content = Vec::new();
    open(path)?.read_to_end(&mut content)?;
    serde_json::from_slice(content.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&content))
        .with_context(|| format!("{} is not a JSON document", path.display()))
}

/// Prints a line. If the reader has closed the pipe (`| head`), ends the process with exit code 0.
pub(super) fn print(line: &str) -> anyhow::Result<()> {
    let mut output = io::stdout().lock();
    match writeln!(output, "{line}") {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => std::process::exit(0),
        outcome => Ok(outcome?),
    }
}
