//! The language of an answer: `?lang=`, else `Accept-Language` (RFC 9110), else the configured one.

use actix_web::{
    HttpRequest, HttpResponseBuilder,
    http::header::{ACCEPT_LANGUAGE, CONTENT_LANGUAGE, Preference, Quality, QualityItem, VARY},
};
use deserr::Deserr;
use utoipa::IntoParams;

use super::{
    faults::{Faults, InQuery},
    fields::AnswerLanguage,
    problem::Problem,
    reading::{Fields, read_query},
};
use matching_engine::scoring::Language;

/// The language of an answer.
#[derive(Deserr, IntoParams)]
#[deserr(error = Faults<InQuery>)]
#[into_params(parameter_in = Query)]
pub struct LanguageQuery {
    /// Language of the answer's sentences; by default that of `Accept-Language`.
    #[deserr(default)]
    #[param(inline)]
    lang: Option<AnswerLanguage>,
}

impl Fields<InQuery> for LanguageQuery {}

/// Returns the language that the caller prefers.
pub(super) fn read_language(request: &HttpRequest, default: Language) -> Result<Language, Problem> {
    let query = read_query::<LanguageQuery>(request).map_err(Problem::invalid)?;
    if let Some(AnswerLanguage(stated)) = query.lang {
        return Ok(stated);
    }
    let ranges = request.headers().get_all(ACCEPT_LANGUAGE);
    let ranges: Vec<&str> = ranges.filter_map(|range| range.to_str().ok()).collect();
    Ok(preferred(&ranges.join(","), default))
}

/// Sets the headers that state the language of an answer and that the answer depends on the
/// request's language.
pub(super) fn set_content_language(response: &mut HttpResponseBuilder, language: Language) {
    response.insert_header((CONTENT_LANGUAGE, language.as_str()));
    set_vary_on_language(response);
}

/// Sets `Vary`, so that caches store one answer for each `Accept-Language`.
pub(super) fn set_vary_on_language(response: &mut HttpResponseBuilder) {
    response.insert_header((VARY, ACCEPT_LANGUAGE.as_str()));
}

/// Returns the language with the highest quality. Of languages with equal quality the first named
/// one is chosen, or the default if only `*` covers them. Unreadable ranges are skipped.
fn preferred(ranges: &str, default: Language) -> Language {
    let mut wildcard = Quality::ZERO;
    let mut named: Vec<(Language, Quality)> = Vec::new();
    // White space is allowed around separators only.
    let ranges: String = ranges.split_whitespace().collect();
    for range in ranges.split(',') {
        // Not a `LanguageTag`, which refuses `fr_FR`, a form that some clients send.
        let Ok(QualityItem { item, quality }) = range.parse::<QualityItem<Preference<String>>>()
        else {
            continue;
        };
        let Preference::Specific(tag) = item else {
            wildcard = quality;
            continue;
        };
        if let Some(language) = Language::from_tag(&tag) {
            match named.iter_mut().find(|(known, _)| *known == language) {
                // `fr-CA;q=0.9, fr;q=0.5`: a language has the highest quality of its variants.
                Some((_, known)) => *known = quality.max(*known),
                None => named.push((language, quality)),
            }
        }
    }
    let unnamed = [default].into_iter().chain(Language::ALL);
    let unnamed: Vec<(Language, Quality)> = unnamed
        .filter(|language| named.iter().all(|(known, _)| known != language))
        .map(|language| (language, wildcard))
        .collect();
    named
        .into_iter()
        .chain(unnamed)
        .filter(|(_, quality)| *quality > Quality::ZERO)
        // `max_by_key` returns the last of equal items; in reverse order that is the first.
        .rev()
        .max_by_key(|(_, quality)| *quality)
        .map_or(default, |(language, _)| language)
}

#[cfg(test)]
mod tests {
    use super::preferred;
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
            assert_eq!(preferred(ranges, default), expected, "{ranges:?}");
        }
    }
}
