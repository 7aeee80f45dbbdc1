//! Names of fields that a request may have, and names that are probably meant to be one of them.
//!
//! Callers may send fields that this service doesn't know. A misspelt name must not be among them:
//! it would be ignored without a word, and the match would run without its webhook or its queue.

use strsim::damerau_levenshtein;
use utoipa::{
    IntoParams, ToSchema,
    openapi::{RefOr, schema::Schema},
};

use super::{faults::Part, problem::FieldProblem};

/// The documented names of a part of a request.
pub(super) type FieldNames = Vec<String>;

/// Returns the names of a body's fields.
pub(super) fn of_body<T: ToSchema>() -> FieldNames {
    match T::schema() {
        RefOr::T(Schema::Object(schema)) => schema.properties.into_keys().collect(),
        _ => vec![],
    }
}

/// Returns the names of a group of parameters.
pub(super) fn of_parameters<T: IntoParams>() -> FieldNames {
    let parameters = T::into_params(|| None).into_iter();
    parameters.map(|parameter| parameter.name).collect()
}

/// Returns the fault of a name that is not documented but differs only by its spelling from one that
/// is: `webhok_url`, `candidateId`.
pub(super) fn misspelt<P: Part>(name: &str, documented: &[String]) -> Option<FieldProblem> {
    let meant = closest(name, documented)?;
    let detail = format!("there is no such {}; did you mean {meant}?", P::FIELD);
    Some(FieldProblem::new(
        P::NAME,
        pointer_to(name),
        "unknown_field",
        detail,
    ))
}

/// Returns the warning about a name that is ignored.
pub(super) fn ignored<P: Part>(name: &str) -> FieldProblem {
    let detail = format!("there is no such {} here; it was ignored", P::FIELD);
    FieldProblem::new(P::NAME, pointer_to(name), "unknown_field", detail)
}

/// Returns the JSON pointer of a field of this name.
pub(super) fn pointer_to(name: &str) -> String {
    format!("/{}", name.replace('~', "~0").replace('/', "~1"))
}

/// The maximum length of a name that is compared; the comparison takes quadratic time.
const COMPARED_LENGTH: usize = 40;

/// Returns the documented name that is written almost like `name`: apart from case, `-` and `_`, one
/// edit is allowed for every four characters.
fn closest<'a>(name: &str, documented: &'a [String]) -> Option<&'a str> {
    if name.len() > COMPARED_LENGTH {
        return None;
    }
    let plain = |name: &str| -> String {
        let characters = name.chars().filter(|c| !matches!(c, '-' | '_' | ' '));
        characters.flat_map(char::to_lowercase).collect()
    };
    let name = plain(name);
    let allowed = name.chars().count() / 4;
    documented
        .iter()
        .map(|one| (damerau_levenshtein(&name, &plain(one)), one.as_str()))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, one)| one)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_spelt_in_another_way_is_recognised() {
        let documented = ["candidate_id", "job_ids", "webhook_url", "id"].map(str::to_owned);
        for (name, meant) in [
            ("candidateId", Some("candidate_id")),
            ("CANDIDATE-ID", Some("candidate_id")),
            ("jobIds", Some("job_ids")),
            ("job_id", Some("job_ids")),
            ("webhok_url", Some("webhook_url")),
            ("webhook_uri", Some("webhook_url")),
            ("Id", Some("id")),
            ("it", None),
            ("tags", None),
            ("callback", None),
            ("", None),
        ] {
            assert_eq!(closest(name, &documented), meant, "{name}");
        }
    }

    #[test]
    fn a_name_of_any_length_is_compared_in_bounded_time() {
        let documented = ["candidate_id".to_owned()];
        assert_eq!(closest(&"candidate_id".repeat(100_000), &documented), None);
    }
}
