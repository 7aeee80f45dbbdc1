//! Writes the tables: little-endian numbers, and texts with a list of their ends.

use std::{error::Error, fs, path::PathBuf};

/// The output folder, from which the crate includes tables.
pub struct Output(PathBuf);

impl Output {
    pub fn new(folder: PathBuf) -> Self {
        Self(folder)
    }

    pub fn bytes(&self, name: &str, bytes: &[u8]) -> Result<(), Box<dyn Error>> {
        Ok(fs::write(self.0.join(name), bytes)?)
    }

    pub fn u16s(&self, name: &str, numbers: &[u16]) -> Result<(), Box<dyn Error>> {
        let bytes: Vec<u8> = numbers.iter().flat_map(|n| n.to_le_bytes()).collect();
        self.bytes(name, &bytes)
    }

    pub fn u32s(&self, name: &str, numbers: &[u32]) -> Result<(), Box<dyn Error>> {
        let bytes: Vec<u8> = numbers.iter().flat_map(|n| n.to_le_bytes()).collect();
        self.bytes(name, &bytes)
    }

    pub fn f32s(&self, name: &str, numbers: &[f32]) -> Result<(), Box<dyn Error>> {
        let bytes: Vec<u8> = numbers.iter().flat_map(|n| n.to_le_bytes()).collect();
        self.bytes(name, &bytes)
    }

    /// Writes `NAME.ends`, the end of each text, and `NAME.text`, the texts.
    pub fn texts<'a>(
        &self,
        name: &str,
        texts: impl Iterator<Item = &'a str>,
    ) -> Result<(), Box<dyn Error>> {
        let (mut ends, mut joined) = (Vec::new(), String::new());
        for text in texts {
            joined.push_str(text);
            ends.push(u32::try_from(joined.len())?);
        }
        self.u32s(&format!("{name}.ends"), &ends)?;
        self.bytes(&format!("{name}.text"), joined.as_bytes())
    }

    /// Writes `NAME.ends`, the end of each list, and `NAME.items`, the lists.
    pub fn lists_u16(&self, name: &str, lists: &[Vec<u16>]) -> Result<(), Box<dyn Error>> {
        self.ends(name, lists)?;
        self.u16s(&format!("{name}.items"), &lists.concat())
    }

    /// Works as [`Self::lists_u16`] does, with wider numbers.
    pub fn lists_u32(&self, name: &str, lists: &[Vec<u32>]) -> Result<(), Box<dyn Error>> {
        self.ends(name, lists)?;
        self.u32s(&format!("{name}.items"), &lists.concat())
    }

    fn ends<T>(&self, name: &str, lists: &[Vec<T>]) -> Result<(), Box<dyn Error>> {
        let mut end = 0;
        let ends: Result<Vec<u32>, _> = lists
            .iter()
            .map(|list| {
                end += list.len();
                u32::try_from(end)
            })
            .collect();
        self.u32s(&format!("{name}.ends"), &ends?)
    }

    /// Writes a map; keys must be sorted and distinct.
    pub fn map(&self, name: &str, keys: &[(String, u64)]) -> Result<(), Box<dyn Error>> {
        let map = fst::Map::from_iter(keys.iter().map(|(key, value)| (key, *value)))?;
        self.bytes(name, map.as_fst().as_bytes())
    }
}
