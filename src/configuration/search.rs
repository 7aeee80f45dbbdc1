//! `[search]`.

use super::reader::SettingsReader;

/// The settings of search among all stored profiles.
#[derive(Debug, Clone, Copy)]
pub struct SearchSettings {
    /// The maximum number of profiles of each kind that are held in memory. If more are stored,
    /// none of that kind is held, and each search reads them from the database.
    pub held_profiles: u32,
    /// True if they are read in the background after the start, instead of by the first search.
    pub warm_up: bool,
}

impl SearchSettings {
    pub(super) fn read(reader: &mut SettingsReader<'_>) -> Self {
        Self {
            held_profiles: reader.whole("search.held_profiles", 0..=10_000_000),
            warm_up: reader.flag("search.warm_up"),
        }
    }
}
