//! Error fingerprints: a short text that is equal for errors with the same code whose details
//! differ only in ids, numbers and quoted values, so that ten thousand dead letters can be grouped
//! by their few causes.

use std::hash::Hasher as _;

use fnv::FnvHasher;

use super::task::TaskError;

/// The text before the first of several errors in a combined detail.
const FIRST_OF_MANY: &str = "the first: ";

/// Returns the part of a combined detail that describes the first error; other details unchanged.
///
/// ```
/// use matching::domain::error_fingerprint::first_detail;
/// assert_eq!(first_detail("3 candidates failed alike; the first: no skills"), "no skills");
/// assert_eq!(first_detail("no skills"), "no skills");
/// ```
pub fn first_detail(detail: &str) -> &str {
    detail
        .split_once(FIRST_OF_MANY)
        .map_or(detail, |(_, first)| first)
}

/// Returns the error's code and eight hex digits: a hash of its detail without ids, numbers and
/// quoted values.
///
/// ```
/// use matching::domain::{error_fingerprint::fingerprint, task::TaskError};
/// let of = |detail: &str| fingerprint(&TaskError::new("too_late", detail));
/// assert_eq!(of("candidate 7 took 300 s"), of("candidate 123 took 12.5 s"));
/// assert_ne!(of("candidate 7 took 300 s"), of("posting 7 took 300 s"));
/// assert!(of("candidate 7").starts_with("too_late-"));
/// ```
pub fn fingerprint(error: &TaskError) -> String {
    // FNV-1a: short, the same on every machine, and not used for security.
    let mut hasher = FnvHasher::default();
    hasher.write(normalised(first_detail(&error.detail)).as_bytes());
    let hash = hasher.finish();
    format!("{}-{:08x}", error.code, (hash ^ (hash >> 32)) & 0xffff_ffff)
}

/// Words before a number that is the cause itself: an SQLSTATE, an HTTP status, an error number of
/// the system.
const BEFORE_CAUSE: [&str; 3] = ["SQLSTATE ", "status ", "os error "];

/// Returns the detail with a `#` for each word that contains a digit and for each quoted text,
/// except for codes that name a cause.
fn normalised(detail: &str) -> String {
    let mut normal = String::with_capacity(detail.len());
    let mut rest = detail;
    while let Some(first) = rest.chars().next() {
        let before = normal.chars().next_back();
        if let Some(length) = quoted_length(rest, before) {
            normal.push('#');
            rest = &rest[length..];
            continue;
        }
        let word = rest
            .find(|c: char| !(c.is_alphanumeric() || "-_.:/@+".contains(c)))
            .unwrap_or(rest.len());
        let (word, after) = rest.split_at(word.max(first.len_utf8()));
        let is_cause = BEFORE_CAUSE.iter().any(|words| normal.ends_with(words));
        if !is_cause && word.chars().any(|c| c.is_ascii_digit()) {
            normal.push('#');
            // Punctuation at the end of a sentence does not belong to its last number.
            normal.push_str(&word[word.trim_end_matches(['.', ':']).len()..]);
        } else {
            normal.push_str(word);
        }
        rest = after;
    }
    normal
}

/// Returns the length of the quoted text that begins here, including its quotation marks. An
/// apostrophe within a word is not a quotation mark.
fn quoted_length(text: &str, before: Option<char>) -> Option<usize> {
    let mark = text.chars().next().filter(|c| "\"'`".contains(*c))?;
    if mark == '\'' && before.is_some_and(char::is_alphanumeric) {
        return None;
    }
    let inside = &text[1..];
    let end = inside.match_indices(mark).find(|(at, _)| {
        let next = inside[at + 1..].chars().next();
        mark != '\'' || !next.is_some_and(char::is_alphanumeric)
    });
    end.map(|(at, _)| at + 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_numbers_and_quoted_values_are_ignored() {
        assert_eq!(
            normalised("candidate 12 isn't stored; import it, then retry."),
            "candidate # isn't stored; import it, then retry."
        );
        assert_eq!(
            normalised("01JABC-3, which this waited for, ended after 1.5 s."),
            "#, which this waited for, ended after # s."
        );
        assert_eq!(
            normalised("\"Zoé\" at 'levels' or `x` can't be"),
            "# at # or # can't be"
        );
        assert_eq!(
            normalised("after 3 s: SQLSTATE 53100, status 403 (os error 111), port 111"),
            "after # s: SQLSTATE 53100, status 403 (os error 111), port #"
        );
        assert_eq!(normalised("an open \" mark"), "an open \" mark");
        assert_eq!(normalised(""), "");
    }

    #[test]
    fn errors_of_different_codes_have_different_fingerprints() {
        let one = fingerprint(&TaskError::new("candidate_not_found", "7 is missing"));
        let other = fingerprint(&TaskError::new("job_posting_not_found", "7 is missing"));
        assert_ne!(one, other);
    }

    #[test]
    fn one_failed_match_and_many_have_equal_fingerprints() {
        let one = TaskError::new("candidate_not_found", "candidate 7 isn't stored");
        let many = TaskError::new(
            "candidate_not_found",
            "12 candidates failed alike; the first: candidate 9 isn't stored",
        );
        assert_eq!(fingerprint(&one), fingerprint(&many));
    }
}
