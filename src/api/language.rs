//! In which language an answer is told: `?lang=`, else `Accept-Language` (RFC 9110), else the
//! service's own.

use std::cmp::Ordering;

use actix_web::{
    HttpRequest, HttpResponseBuilder,
    http::header::{ACCEPT_LANGUAGE, CONTENT_LANGUAGE, VARY},
};

use super::{
    problem::{FieldProblem, Problem},
    reading::read_query,
};
use matching_engine::scoring::Language;

/// The language that the caller wants most.
pub(super) fn read_language(request: &HttpRequest, default: Language) -> Result<Language, Problem> {
    if let Some(stated) = read_query(request)?.get("lang") {
        // Exactly one of the two: `?lang=` is chosen by whoever writes it, not by a browser.
        let known = Language::ALL.into_iter().find(|one| one.as_str() == stated);
        return known.ok_or_else(|| {
            let detail = "send en or fr, or leave it out and send Accept-Language";
            Problem::invalid(vec![FieldProblem::new(
                "query",
                "/lang",
                "unknown_value",
                detail,
            )])
        });
    }
    let ranges = request.headers().get_all(ACCEPT_LANGUAGE);
    let ranges: Vec<&str> = ranges.filter_map(|range| range.to_str().ok()).collect();
    Ok(most_wanted(&ranges.join(","), default))
}

/// Says in which language an answer is, and what that depends on.
pub(super) fn tell_language(response: &mut HttpResponseBuilder, language: Language) {
    response.insert_header((CONTENT_LANGUAGE, language.as_str()));
    depends_on_language(response);
}

/// Says that another `Accept-Language` may be answered otherwise.
pub(super) fn depends_on_language(response: &mut HttpResponseBuilder) {
    response.insert_header((VARY, ACCEPT_LANGUAGE.as_str()));
}

/// The language of the highest quality; of equal ones the first named, and of those that only `*`
/// speaks for the default. A range that can't be read says nothing.
fn most_wanted(ranges: &str, default: Language) -> Language {
    let mut wildcard: f32 = 0.0;
    let mut named: Vec<(Language, f32)> = Vec::new();
    for range in ranges.split(',') {
        let mut parts = range.split(';').map(str::trim);
        let tag = parts.next().unwrap_or_default();
        let Some(quality) = quality(parts) else {
            continue;
        };
        if tag == "*" {
            wildcard = quality;
        } else if let Some(language) = Language::from_tag(tag) {
            match named.iter_mut().find(|(known, _)| *known == language) {
                // `fr-CA;q=0.9, fr;q=0.5`: what is wanted most in any of its forms.
                Some((_, known)) => *known = known.max(quality),
                None => named.push((language, quality)),
            }
        }
    }
    let unnamed = [default].into_iter().chain(Language::ALL);
    let unnamed: Vec<(Language, f32)> = unnamed
        .filter(|language| named.iter().all(|(known, _)| known != language))
        .map(|language| (language, wildcard))
        .collect();
    named
        .into_iter()
        .chain(unnamed)
        .filter(|(_, quality)| *quality > 0.0)
        // The last of equals would be returned: from behind, that is the first.
        .rev()
        .max_by(|one, other| one.1.partial_cmp(&other.1).unwrap_or(Ordering::Equal))
        .map_or(default, |(language, _)| language)
}

/// `q=` of a range, 1 without; none where it is no quality.
fn quality<'a>(mut parameters: impl Iterator<Item = &'a str>) -> Option<f32> {
    let stated = parameters.find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim()
            .eq_ignore_ascii_case("q")
            .then_some(value.trim())
    });
    match stated {
        None => Some(1.0),
        Some(value) => value
            .parse()
            .ok()
            .filter(|quality| (0.0..=1.0).contains(quality)),
    }
}

#[cfg(test)]
mod tests {
    use super::most_wanted;
    use matching_engine::scoring::Language::{English, French};

    #[test]
    fn the_language_of_the_highest_quality_is_taken() {
        for (ranges, default, expected) in [
            ("", English, English),
            ("", French, French),
            ("fr", English, French),
            (
                "fr-CH, fr;q=0.9, en;q=0.8, de;q=0.7, *;q=0.5",
                English,
                French,
            ),
            ("en-GB,en;q=0.9,fr;q=0.95", French, English),
            ("en;q=0.8, fr;q=0.9", English, French),
            ("de, nl;q=0.9", French, French),
            ("de, *;q=0.1", French, French),
            ("fr, en", English, French),
            ("*", French, French),
            ("en;q=0", English, English),
            ("en;q=0, *", English, French),
            ("fr;q=0, *;q=0.5", French, English),
            ("fr;q=x, en;q=0.1", French, English),
            ("fr;q=2, en;q=0.1", French, English),
            ("FR_fr", English, French),
            ("fr ; q = 0.3 , en ; Q=0.2", English, French),
            (",,;q=1,", French, French),
        ] {
            assert_eq!(most_wanted(ranges, default), expected, "{ranges:?}");
        }
    }
}
