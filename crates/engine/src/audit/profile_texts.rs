//! Access to the free texts of a candidate document and to its object with personal details, in the
//! native format and in JSON Resume.

use serde_json::{Map, Value};

use crate::profiles::{foreign_documents::normalise, profile_kind::ProfileKind};

/// Fields whose texts describe the work, at any depth.
const TEXT_FIELDS: [&str; 6] = [
    "title",
    "summary",
    "label",
    "position",
    "role",
    "highlights",
];
/// Lists of positions. A text entry is a title.
const POSITION_LISTS: [&str; 5] = [
    "positions",
    "work_history",
    "experience",
    "experiences",
    "work",
];
/// Fields in which `name` and `label` do not refer to a title.
const OTHER_FIELDS: [&str; 4] = ["skills", "languages", "education", "location"];

/// Rewrites every free text of a document.
pub(super) fn rewrite_texts(document: &Value, rewrite: &mut dyn FnMut(&str) -> String) -> Value {
    let mut rewritten = document.clone();
    rewrite_within(&mut rewritten, false, rewrite);
    rewritten
}

fn rewrite_within(value: &mut Value, is_text: bool, rewrite: &mut dyn FnMut(&str) -> String) {
    match value {
        Value::String(text) if is_text => *text = rewrite(text),
        Value::Array(entries) => {
            for entry in entries {
                rewrite_within(entry, is_text, rewrite);
            }
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                let is_list = POSITION_LISTS.contains(&&**name) && field.is_array();
                if !OTHER_FIELDS.contains(&&**name) {
                    rewrite_within(field, is_list || TEXT_FIELDS.contains(&&**name), rewrite);
                }
            }
        }
        _ => {}
    }
}

/// Changes the object with the personal details: the document itself, or `basics` of a JSON Resume.
/// Documents that are no objects stay unchanged.
pub(super) fn with_person(document: &Value, change: impl FnOnce(&mut Map<String, Value>)) -> Value {
    let is_resume = normalise(ProfileKind::Candidate, document.clone(), None) != *document;
    let mut changed = document.clone();
    if let Value::Object(fields) = &mut changed {
        let person = if is_resume {
            fields
                .entry("basics")
                .or_insert_with(|| Value::Object(Map::new()))
                .as_object_mut()
        } else {
            Some(fields)
        };
        if let Some(person) = person {
            change(person);
        }
    }
    changed
}

/// Inserts a paragraph before the summary, or as the summary.
pub(super) fn with_paragraph(document: &Value, paragraph: &str) -> Value {
    with_person(document, |person| match person.get_mut("summary") {
        Some(Value::String(summary)) => *summary = format!("{paragraph}\n{summary}"),
        Some(Value::Null) | None => {
            person.insert("summary".to_owned(), paragraph.into());
        }
        Some(_) => {}
    })
}

/// Sets fields in the object with the personal details, whether they exist or not.
pub(super) fn with_fields(document: &Value, fields: &[(&str, &str)]) -> Value {
    with_person(document, |person| {
        for (name, value) in fields {
            person.insert((*name).to_owned(), (*value).into());
        }
    })
}

/// Replaces words of a text and keeps the capitalisation of each: lower case, Capitalised or ALL
/// CAPITALS.
pub(super) fn replace_words(text: &str, replacement: impl Fn(&str) -> Option<String>) -> String {
    let mut replaced = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(char::is_alphabetic) {
        let (before, from) = rest.split_at(start);
        let length = from
            .find(|c: char| !c.is_alphabetic())
            .unwrap_or(from.len());
        let (word, after) = from.split_at(length);
        replaced.push_str(before);
        match replacement(&word.to_lowercase()) {
            Some(other) => replaced.push_str(&written_like(word, &other)),
            None => replaced.push_str(word),
        }
        rest = after;
    }
    replaced.push_str(rest);
    replaced
}

fn written_like(model: &str, word: &str) -> String {
    let mut letters = model.chars();
    let is_capital = letters.next().is_some_and(char::is_uppercase);
    if is_capital && model.chars().count() > 1 && letters.all(char::is_uppercase) {
        return word.to_uppercase();
    }
    let mut letters = word.chars();
    match letters.next() {
        Some(first) if is_capital => first.to_uppercase().chain(letters).collect(),
        _ => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{replace_words, rewrite_texts, with_paragraph};

    #[test]
    fn free_texts_are_found_and_names_of_entities_are_not() {
        let document = json!({
            "title": "a", "summary": "a", "positions": ["a", {"title": "a", "company": "a"}],
            "skills": [{"label": "a"}, "a"], "work": [{"position": "a", "highlights": ["a"]}],
            "basics": {"label": "a", "name": "a"}, "education": {"level": "a"},
        });
        let expected = json!({
            "title": "b", "summary": "b", "positions": ["b", {"title": "b", "company": "a"}],
            "skills": [{"label": "a"}, "a"], "work": [{"position": "b", "highlights": ["b"]}],
            "basics": {"label": "b", "name": "a"}, "education": {"level": "a"},
        });
        assert_eq!(rewrite_texts(&document, &mut |_| "b".to_owned()), expected);
    }

    #[test]
    fn a_paragraph_is_added_to_the_summary_field_of_each_format() {
        for (document, expected) in [
            (json!({"id": 1}), json!({"id": 1, "summary": "P"})),
            (json!({"summary": "S"}), json!({"summary": "P\nS"})),
            (
                json!({"basics": {"summary": "S"}}),
                json!({"basics": {"summary": "P\nS"}}),
            ),
            (
                json!({"work": []}),
                json!({"work": [], "basics": {"summary": "P"}}),
            ),
        ] {
            assert_eq!(with_paragraph(&document, "P"), expected);
        }
    }

    #[test]
    fn replaced_words_keep_their_case() {
        let swap = |word: &str| (word == "vendeur").then(|| "vendeuse".to_owned());
        assert_eq!(
            replace_words("Vendeur, VENDEUR et vendeur-né; vendeurs", swap),
            "Vendeuse, VENDEUSE et vendeuse-né; vendeurs"
        );
    }
}
