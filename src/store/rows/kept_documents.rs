//! Reads and writes the two columns of a document's location.

use crate::store::DocumentLocation;

impl DocumentLocation {
    /// Reads the two columns, of which at most one is set.
    pub(in crate::store) fn of_columns(
        inline: Option<String>,
        key: Option<String>,
    ) -> Option<Self> {
        key.map(Self::Key).or(inline.map(Self::Inline))
    }

    /// Returns the two columns: the document, and its key in the document store.
    pub(in crate::store) fn as_columns(&self) -> (Option<&str>, Option<&str>) {
        match self {
            Self::Inline(document) => (Some(document), None),
            Self::Key(key) => (None, Some(key)),
        }
    }
}
