//! One value of a profile document with its path.

use std::fmt::Write as _;

use serde_json_borrow::Value;

use super::profile_document::member;

/// A value with its path. The path is a chain of borrowed steps, so that reading a document without
/// faults builds no pointer.
#[derive(Debug, Clone, Copy)]
pub(super) struct ProfileField<'a> {
    /// The value.
    pub(super) value: &'a Value<'a>,
    way: Way<'a>,
}

#[derive(Debug, Clone, Copy)]
enum Way<'a> {
    Document,
    Member(&'a ProfileField<'a>, &'a str),
    Item(&'a ProfileField<'a>, usize),
}

static ABSENT: Value<'static> = Value::Null;

impl<'a> ProfileField<'a> {
    /// Returns the root of a document.
    pub(super) fn document(value: &'a Value<'a>) -> Self {
        Self {
            value,
            way: Way::Document,
        }
    }

    /// Returns the first of these members that is present. Null and blank text count as absent.
    pub(super) fn member(&'a self, names: &[&'a str]) -> Option<Self> {
        names.iter().find_map(|name| {
            let value = member(self.value, name).filter(|value| !is_absent(value))?;
            Some(Self {
                value,
                way: Way::Member(self, name),
            })
        })
    }

    /// Returns an absent member, as the position of a fault about a missing field.
    pub(super) fn missing_member(&'a self, name: &'a str) -> Self {
        Self {
            value: &ABSENT,
            way: Way::Member(self, name),
        }
    }

    /// Returns the items of a list, without absent ones.
    pub(super) fn items(&'a self, items: &'a [Value<'a>]) -> impl Iterator<Item = Self> {
        items
            .iter()
            .enumerate()
            .filter(|(_, value)| !is_absent(value))
            .map(|(index, value)| Self {
                value,
                way: Way::Item(self, index),
            })
    }

    /// Returns a part of this value, such as one entry of a list written as text. It has the same
    /// pointer as the whole.
    pub(super) fn part<'b>(&self, value: &'b Value<'b>) -> ProfileField<'b>
    where
        'a: 'b,
    {
        ProfileField {
            value,
            way: self.way,
        }
    }

    /// Builds the JSON pointer (RFC 6901).
    pub(super) fn pointer(&self) -> String {
        let mut pointer = String::new();
        self.write_pointer(&mut pointer);
        pointer
    }

    fn write_pointer(&self, pointer: &mut String) {
        match self.way {
            Way::Document => {}
            // Names come from the reader, never from the document, and need no escaping.
            Way::Member(parent, name) => {
                parent.write_pointer(pointer);
                pointer.push('/');
                pointer.push_str(name);
            }
            Way::Item(parent, index) => {
                parent.write_pointer(pointer);
                // Writing to a `String` can't fail.
                let _ = write!(pointer, "/{index}");
            }
        }
    }
}

/// True if a value counts as absent: null or blank text.
pub(super) fn is_absent(value: &Value<'_>) -> bool {
    match value {
        Value::Null => true,
        Value::Str(text) => text.trim().is_empty(),
        _ => false,
    }
}
