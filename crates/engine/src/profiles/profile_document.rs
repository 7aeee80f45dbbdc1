//! Parsed profile documents that borrow names and texts from their JSON source.
//!
//! Checking an import reads each document once and keeps nothing of it. Copying every name and text
//! into a [`serde_json::Value`] took half of that time.

use serde_json_borrow::Value;

/// A parsed document.
#[derive(Debug, Clone, PartialEq)]
pub struct ProfileDocument<'a>(Value<'a>);

impl<'a> ProfileDocument<'a> {
    /// Parses a JSON text.
    ///
    /// # Errors
    /// Returns the parser's error if the text is not JSON.
    pub fn parse(text: &'a str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text).map(Self)
    }

    /// Borrows a document that is already parsed.
    #[must_use]
    pub fn of(value: &'a serde_json::Value) -> Self {
        Self(borrowed(value))
    }

    /// Copies the document into a value that can be changed.
    #[must_use]
    pub fn to_value(&self) -> serde_json::Value {
        (&self.0).into()
    }

    /// Returns a member that is a whole number.
    #[must_use]
    pub fn whole_number(&self, name: &str) -> Option<i64> {
        self.member(name)?.as_i64()
    }

    /// Returns a member of the document; `None` if the document is no object or has no such member.
    pub(super) fn member(&self, name: &str) -> Option<&Value<'a>> {
        member(&self.0, name)
    }

    pub(super) fn root(&self) -> &Value<'a> {
        &self.0
    }
}

/// Returns a member of an object. Of duplicate names the last one counts, as in a
/// [`serde_json::Value`].
pub(super) fn member<'v, 'a>(value: &'v Value<'a>, name: &str) -> Option<&'v Value<'a>> {
    let members = value.as_object()?.as_vec();
    let found = members.iter().rev().find(|(other, _)| *other == name);
    found.map(|(_, value)| value)
}

/// Converts a value without copying its texts. Replaces the library's conversion, which is
/// quadratic in the number of members (a hostile document has hundreds of thousands) and does not
/// keep whole numbers as `u64`.
fn borrowed(value: &serde_json::Value) -> Value<'_> {
    match value {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(flag) => Value::Bool(*flag),
        serde_json::Value::Number(number) => number
            .as_u64()
            .map(Value::from)
            .or_else(|| number.as_i64().map(Value::from))
            .or_else(|| number.as_f64().map(Value::from))
            .unwrap_or_default(),
        serde_json::Value::String(text) => text.as_str().into(),
        serde_json::Value::Array(items) => Value::Array(items.iter().map(borrowed).collect()),
        serde_json::Value::Object(members) => {
            let members = members.iter();
            Value::Object(
                members
                    .map(|(name, value)| (name.as_str(), borrowed(value)))
                    .collect(),
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::ProfileDocument;

    #[test]
    fn a_text_and_its_parsed_value_give_the_same_document() {
        let text = r#"{"id":7,"title":"a \"word\" \u00e9","n\u0061me":[1.5,-2,18446744073709551615,1e300,true,null,{}]}"#;
        let value: serde_json::Value = serde_json::from_str(text).unwrap();
        let document = ProfileDocument::parse(text).unwrap();
        assert_eq!(document, ProfileDocument::of(&value));
        assert_eq!(document.to_value(), value);
    }

    #[test]
    fn the_last_of_duplicate_members_counts() {
        let text = r#"{"id":1,"title":"Welder","id":2}"#;
        let document = ProfileDocument::parse(text).unwrap();
        assert_eq!(document.whole_number("id"), Some(2));
        assert_eq!(document.to_value(), json!({"id": 2, "title": "Welder"}));
        assert_eq!(document.member("salary"), None);
    }
}
