//! Parser of the taxonomy's files: tab-separated, one header row, no quoting.

use std::{collections::HashMap, error::Error, fs};

/// The rows of one file.
pub struct Rows {
    columns: HashMap<String, usize>,
    lines: Vec<String>,
}

impl Rows {
    pub fn read(path: &str) -> Result<Self, Box<dyn Error>> {
        let text = fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
        let mut lines = text.lines().map(str::to_owned);
        let header = lines.next().ok_or_else(|| format!("{path} is empty"))?;
        let columns = header
            .split('\t')
            .enumerate()
            .map(|(at, name)| (name.to_owned(), at))
            .collect();
        Ok(Self {
            columns,
            lines: lines.collect(),
        })
    }

    /// Returns one column of every row; empty text for rows without it.
    pub fn column(&self, name: &str) -> Vec<&str> {
        let at = self.columns[name];
        self.lines
            .iter()
            .map(|line| line.split('\t').nth(at).unwrap_or_default())
            .collect()
    }
}

/// Splits a list separated by `|`.
pub fn items(list: &str) -> impl Iterator<Item = &str> {
    list.split('|')
        .map(str::trim)
        .filter(|item| !item.is_empty())
}
