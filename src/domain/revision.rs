//! Conditions of writes that callers base on a document that they have read (optimistic
//! concurrency).

/// A condition on the stored document that a write replaces or deletes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WriteCondition {
    /// There is a document, of one of these revisions.
    pub is: Option<Revisions>,
    /// There is no document of one of these revisions.
    pub is_not: Option<Revisions>,
}

/// Revisions of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Revisions {
    /// Any revision.
    Any,
    /// One of these.
    OneOf(Vec<String>),
}

impl WriteCondition {
    /// Returns true if there is no condition.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Returns true if the condition holds for a document of this revision; `None` for no document.
    ///
    /// ```
    /// use matching::domain::revision::{Revisions, WriteCondition};
    /// let unchanged = WriteCondition {
    ///     is: Some(Revisions::OneOf(vec!["7".to_owned()])),
    ///     is_not: None,
    /// };
    /// assert!(unchanged.holds_for(Some("7")));
    /// assert!(!unchanged.holds_for(Some("8")));
    /// assert!(!unchanged.holds_for(None));
    /// ```
    pub fn holds_for(&self, revision: Option<&str>) -> bool {
        let is_of = |revisions: &Revisions| {
            revision.is_some_and(|revision| match revisions {
                Revisions::Any => true,
                Revisions::OneOf(list) => list.iter().any(|one| one == revision),
            })
        };
        self.is.as_ref().is_none_or(is_of) && !self.is_not.as_ref().is_some_and(is_of)
    }

    /// Returns the condition as columns of a statement: whether a document must exist, the revisions
    /// it must have (`None` for any), whether it must not exist, and the revisions it must not have.
    pub fn as_columns(&self) -> (bool, Option<&[String]>, bool, &[String]) {
        let wanted = match &self.is {
            Some(Revisions::OneOf(list)) => Some(&list[..]),
            Some(Revisions::Any) | None => None,
        };
        let (must_be_absent, refused) = match &self.is_not {
            Some(Revisions::Any) => (true, &[][..]),
            Some(Revisions::OneOf(list)) => (false, &list[..]),
            None => (false, &[][..]),
        };
        (self.is.is_some(), wanted, must_be_absent, refused)
    }
}
