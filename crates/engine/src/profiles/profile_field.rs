//! One value of a profile document, and the way to it.

use std::fmt::Write as _;

use serde_json_borrow::Value;

use super::profile_document::member;

/// A value and where it stands. The way is a chain of borrowed steps, so that reading a document
/// without faults builds no pointer.
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
    /// The document itself.
    pub(super) fn document(value: &'a Value<'a>) -> Self {
        Self {
            value,
            way: Way::Document,
        }
    }

    /// The first of these members that is there. Null and blank text count as absent.
    pub(super) fn member(&'a self, names: &[&'a str]) -> Option<Self> {
        names.iter().find_map(|name| {
            let value = member(self.value, name).filter(|value| !is_absent(value))?;
            Some(Self {
                value,
                way: Way::Member(self, name),
            })
        })
    }

    /// A member that should be there.
    pub(super) fn missing_member(&'a self, name: &'a str) -> Self {
        Self {
            value: &ABSENT,
            way: Way::Member(self, name),
        }
    }

    /// The items of a list that are there.
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

    /// A part of this value, such as one entry of a list written as text. It has no place of its
    /// own in the document.
    pub(super) fn part<'b>(&self, value: &'b Value<'b>) -> ProfileField<'b>
    where
        'a: 'b,
    {
        ProfileField {
            value,
            way: self.way,
        }
    }

    /// The JSON pointer (RFC 6901).
    pub(super) fn pointer(&self) -> String {
        let mut pointer = String::new();
        self.write_pointer(&mut pointer);
        pointer
    }

    fn write_pointer(&self, pointer: &mut String) {
        match self.way {
            Way::Document => {}
            // The reader asks for names of its own only; none has a character to escape.
            Way::Member(parent, name) => {
                parent.write_pointer(pointer);
                pointer.push('/');
                pointer.push_str(name);
            }
            Way::Item(parent, index) => {
                parent.write_pointer(pointer);
                // Writing to a String can't fail.
                let _ = write!(pointer, "/{index}");
            }
        }
    }
}

/// Whether a value counts as absent: null, or text of white space only.
pub(super) fn is_absent(value: &Value<'_>) -> bool {
    match value {
        Value::Null => true,
        Value::Str(text) => text.trim().is_empty(),
        _ => false,
    }
}
