//! The fields of a job posting that may count in a score.

use serde_json::Value;

use super::{
    contract::ContractType,
    education::Education,
    encoding::Encoding,
    folded_text::fold,
    language::LanguageSkill,
    location::{Location, RemoteMode},
    must_haves::MustHaves,
    numerals::{joins_range, leading_decimal, with_digits},
    occupation_code::OccupationCode,
    phrases::Phrases,
    profile_document::ProfileDocument,
    profile_fault::ProfileFault,
    profile_reader::ProfileReader,
    salary::SalaryRange,
    skill::Skill,
};

/// The status of a posting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PostingStatus {
    /// Takes applications.
    Open,
    /// No longer takes applications, or not yet.
    Closed,
}

impl PostingStatus {
    /// Reads a status: "open", "published", « pourvue », or "draft", which is closed.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        STATUSES.first_in(&fold(text))
    }
}

/// Years of experience that a posting asks for.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct ExperienceRange {
    /// Minimum years.
    pub min: Option<f64>,
    /// Approximate maximum years. More experience is only a mild mismatch.
    pub max: Option<f64>,
}

impl ExperienceRange {
    /// Reads years of experience as written: « 3 ans », "3-5 years", « 18 mois », "1 year 6
    /// months", "5+", « moins de 2 ans », « Minimum 3 ans d'expérience », « débutant accepté »
    /// (from 0 years). Numbers with another unit are skipped; numbers in a text without any words
    /// are years. `min` may exceed `max` here; the document reader refuses that.
    ///
    /// ```
    /// use matching_engine::profiles::job_posting::ExperienceRange;
    /// let range = ExperienceRange::parse("3 à 5 ans d'expérience").unwrap();
    /// assert_eq!((range.min, range.max), (Some(3.0), Some(5.0)));
    /// ```
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = &*with_digits(text);
        let durations = durations_in(text);
        let first = durations
            .iter()
            .position(|duration| duration.years_each.is_some());
        let Some(first) = first else {
            let none = WITHOUT_NUMBERS.first_in(&fold(text));
            return none.map(|years| Self {
                min: Some(years),
                max: None,
            });
        };
        let years = |duration: &Duration| duration.number * duration.years_each.unwrap_or(1.0);
        let duration = durations.get(first)?;
        let before = first.checked_sub(1).and_then(|index| durations.get(index));
        if let Some(before) = before.filter(|before| joins_range(&text[before.end..duration.start]))
        {
            // « 3 à 5 ans », « 6 à 18 mois »: one unit applies to both numbers.
            return Some(Self {
                min: Some(before.number * duration.years_each.unwrap_or(1.0)),
                max: Some(years(duration)),
            });
        }
        if let Some(next) = durations
            .get(first + 1)
            .filter(|next| next.years_each.is_some())
        {
            let between = &text[duration.end..next.start];
            let in_months =
                |duration: &Duration| duration.years_each.is_some_and(|each| each < 1.0);
            if !in_months(duration)
                && in_months(next)
                && matches!(between.trim(), "" | "et" | "and" | ",")
            {
                let min = Some(years(duration) + years(next));
                return Some(Self { min, max: None });
            }
            if joins_range(between) {
                return Some(Self {
                    min: Some(years(duration)),
                    max: Some(years(next)),
                });
            }
        }
        let years = Some(years(duration));
        Some(match UPPER_BOUNDS.first_in(&fold(text)) {
            Some(()) => Self {
                min: None,
                max: years,
            },
            None => Self {
                min: years,
                max: None,
            },
        })
    }
}

/// A number in a text with the unit after it.
struct Duration {
    number: f64,
    /// Years in one unit; `None` if the unit is not one of time.
    years_each: Option<f64>,
    /// Byte offset of the number.
    start: usize,
    /// Byte offset of the end of the unit.
    end: usize,
}

fn durations_in(text: &str) -> Vec<Duration> {
    let only_numbers = !text.contains(char::is_alphabetic);
    let mut durations = Vec::new();
    let mut position = 0;
    // End of the number of a diploma or a level.
    let mut level_end = None;
    while let Some(offset) = text[position..].find(|c: char| c.is_ascii_digit()) {
        let start = position + offset;
        let Some((number, rest)) = leading_decimal(&text[start..]) else {
            break;
        };
        let number_end = text.len() - rest.len();
        let is_level = names_level(&text[..start])
            || level_end.is_some_and(|end| {
                matches!(
                    text[end..start].trim(),
                    "/" | "-" | "à" | "ou" | "to" | "or"
                )
            });
        if is_level && unit_after(rest).is_none() {
            level_end = Some(number_end);
            position = number_end;
            continue;
        }
        level_end = None;
        let word_start = text.len()
            - rest
                .trim_start_matches([' ', '\u{a0}', '\u{202f}', '+', '(', ')'])
                .len();
        let word = &text[word_start..];
        let word = &word[..word
            .find(|c: char| !c.is_alphabetic())
            .unwrap_or(word.len())];
        let unit = UNITS.meaning_of(&fold(word));
        let end = unit.map_or(number_end, |_| word_start + word.len());
        durations.push(Duration {
            number,
            years_each: unit.or(only_numbers.then_some(1.0)),
            start,
            end,
        });
        position = end;
    }
    durations
}

/// True if a text ends with words that announce the number of a diploma or a level: « Bac+ »,
/// « niveau », "level".
fn names_level(before: &str) -> bool {
    let before = before.trim_end().trim_end_matches('+').trim_end();
    let start = before
        .char_indices()
        .rev()
        .take(12)
        .take_while(|(_, character)| character.is_alphabetic())
        .last()
        .map_or(before.len(), |(start, _)| start);
    matches!(
        &*fold(&before[start..]),
        "bac" | "niveau" | "niv" | "level" | "bts" | "eqf" | "cec"
    )
}

/// Returns the years in one unit of time directly after a number.
fn unit_after(rest: &str) -> Option<f64> {
    let word = rest.trim_start_matches([' ', '\u{a0}', '\u{202f}']);
    let end = word
        .find(|c: char| !c.is_alphabetic())
        .unwrap_or(word.len());
    UNITS.meaning_of(&fold(&word[..end]))
}

/// Years in one unit of time.
const UNITS: Phrases<f64> = Phrases::sorted(&[
    ("an", 1.0),
    ("annee", 1.0),
    ("annees", 1.0),
    ("ans", 1.0),
    ("mois", 1.0 / 12.0),
    ("month", 1.0 / 12.0),
    ("months", 1.0 / 12.0),
    ("y", 1.0),
    ("year", 1.0),
    ("years", 1.0),
    ("yr", 1.0),
    ("yrs", 1.0),
]);

/// Words for an amount of experience without a number, in years.
///
/// Words for career stages map to the fewest years that French job boards mean by them: three for
/// « confirmé », five for « senior ».
const WITHOUT_NUMBERS: Phrases<f64> = Phrases::sorted(&[
    ("aucune", 0.0),
    ("aucune experience", 0.0),
    ("beginner", 0.0),
    ("confirme", 3.0),
    ("confirmee", 3.0),
    ("confirmes", 3.0),
    ("debutant", 0.0),
    ("debutant accepte", 0.0),
    ("debutante", 0.0),
    ("debutantes", 0.0),
    ("debutants", 0.0),
    ("entry level", 0.0),
    ("experienced", 3.0),
    ("experimente", 3.0),
    ("experimentee", 3.0),
    ("expert", 5.0),
    ("experte", 5.0),
    ("graduate", 0.0),
    ("intermediaire", 3.0),
    ("intermediate", 3.0),
    ("jeune diplome", 0.0),
    ("jeune diplomee", 0.0),
    ("junior", 0.0),
    ("lead", 5.0),
    ("mid", 3.0),
    ("mid level", 3.0),
    ("mid senior level", 3.0),
    ("neant", 0.0),
    ("no experience", 0.0),
    ("none", 0.0),
    ("premiere experience", 0.0),
    ("sans experience", 0.0),
    ("senior", 5.0),
    ("seniors", 5.0),
    ("tres experimente", 5.0),
    ("very experienced", 5.0),
    ("zero", 0.0),
]);

const UPPER_BOUNDS: Phrases<()> = Phrases::sorted(&[
    ("at most", ()),
    ("au plus", ()),
    ("fewer than", ()),
    ("jusqu'a", ()),
    ("less than", ()),
    ("max", ()),
    ("maximum", ()),
    ("moins de", ()),
    ("up to", ()),
]);

const STATUSES: Phrases<PostingStatus> = Phrases::sorted(&[
    ("actif", PostingStatus::Open),
    ("active", PostingStatus::Open),
    ("annule", PostingStatus::Closed),
    ("annulee", PostingStatus::Closed),
    ("archive", PostingStatus::Closed),
    ("archived", PostingStatus::Closed),
    ("archivee", PostingStatus::Closed),
    ("brouillon", PostingStatus::Closed),
    ("canceled", PostingStatus::Closed),
    ("cancelled", PostingStatus::Closed),
    ("closed", PostingStatus::Closed),
    ("cloture", PostingStatus::Closed),
    ("cloturee", PostingStatus::Closed),
    ("depublie", PostingStatus::Closed),
    ("depubliee", PostingStatus::Closed),
    ("draft", PostingStatus::Closed),
    ("en cours", PostingStatus::Open),
    ("en ligne", PostingStatus::Open),
    ("expire", PostingStatus::Closed),
    ("expired", PostingStatus::Closed),
    ("expiree", PostingStatus::Closed),
    ("ferme", PostingStatus::Closed),
    ("fermee", PostingStatus::Closed),
    ("filled", PostingStatus::Closed),
    ("inactif", PostingStatus::Closed),
    ("inactive", PostingStatus::Closed),
    ("live", PostingStatus::Open),
    ("on hold", PostingStatus::Closed),
    ("online", PostingStatus::Open),
    ("open", PostingStatus::Open),
    ("opened", PostingStatus::Open),
    ("ouvert", PostingStatus::Open),
    ("ouverte", PostingStatus::Open),
    ("paused", PostingStatus::Closed),
    ("pourvu", PostingStatus::Closed),
    ("pourvue", PostingStatus::Closed),
    ("publie", PostingStatus::Open),
    ("publiee", PostingStatus::Open),
    ("published", PostingStatus::Open),
    ("suspended", PostingStatus::Closed),
    ("suspendu", PostingStatus::Closed),
    ("suspendue", PostingStatus::Closed),
    ("unpublished", PostingStatus::Closed),
]);

/// One job posting. Every field may be missing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct JobPosting {
    /// The platform's id, if the document carries one.
    pub id: Option<i64>,
    /// The job's title.
    pub title: Option<String>,
    /// Free text in French or English.
    pub description: Option<String>,
    /// Required skills.
    pub required_skills: Vec<Skill>,
    /// Skills that are a plus.
    pub preferred_skills: Vec<Skill>,
    /// Years of experience asked for.
    pub experience_years: Option<ExperienceRange>,
    /// Minimum education.
    pub education: Option<Education>,
    /// Languages asked for, with their minimum levels.
    pub languages: Vec<LanguageSkill>,
    /// Place of work.
    pub location: Option<Location>,
    /// Other places where the work may be done. The place that fits the candidate best counts.
    pub other_locations: Vec<Location>,
    /// Work on site, hybrid or remote.
    pub remote: Option<RemoteMode>,
    /// The contract offered.
    pub contract_type: Option<ContractType>,
    /// Other contracts offered. The contract that fits the candidate best counts.
    pub other_contract_types: Vec<ContractType>,
    /// The pay offered.
    pub salary: Option<SalaryRange>,
    /// First day of work.
    pub start_date: Option<chrono::NaiveDate>,
    /// The employer's industry.
    pub industry: Option<String>,
    /// Open or closed.
    pub status: Option<PostingStatus>,
    /// Codes of the job's occupation in public classifications; empty if not stated.
    pub occupation_codes: Vec<OccupationCode>,
    /// Requirements without which a candidate can't do the job.
    pub must_haves: MustHaves,
    /// The vector that an external encoder computed for the posting's texts.
    pub encoding: Option<Encoding>,
}

impl JobPosting {
    /// Reads a job posting document. Unknown fields are ignored.
    ///
    /// # Errors
    /// Returns one fault, with its JSON pointer, for each field of a wrong type or with an
    /// impossible value.
    pub fn read(document: &ProfileDocument<'_>) -> Result<Self, Vec<ProfileFault>> {
        ProfileReader::read(document, ProfileReader::job_posting)
    }

    /// Reads a document that is already parsed.
    ///
    /// # Errors
    /// Returns the same faults as [`read`](Self::read).
    pub fn from_document(document: &Value) -> Result<Self, Vec<ProfileFault>> {
        Self::read(&ProfileDocument::of(document))
    }
}

#[cfg(test)]
mod tests {
    use super::{
        ExperienceRange,
        PostingStatus::{self, Closed, Open},
        STATUSES, UNITS, UPPER_BOUNDS, WITHOUT_NUMBERS,
    };
    use crate::profiles::phrases::assert_findable;

    #[test]
    fn experience_is_parsed_from_common_spellings() {
        for (text, min, max) in [
            ("5", Some(5.0), None),
            ("3,5 ans", Some(3.5), None),
            ("5+", Some(5.0), None),
            ("5+ years", Some(5.0), None),
            ("3-5", Some(3.0), Some(5.0)),
            ("3 à 5 ans", Some(3.0), Some(5.0)),
            ("3 to 5 years' experience", Some(3.0), Some(5.0)),
            ("1 an à 3 ans", Some(1.0), Some(3.0)),
            ("18 mois", Some(1.5), None),
            ("cinq (5) ans", Some(5.0), None),
            ("Bac+2 et 5 ans d'expérience", Some(5.0), None),
            ("Bac+5 et 3 ans d'expérience", Some(3.0), None),
            ("Bac +2/3, 4 ans minimum", Some(4.0), None),
            ("Niveau 5 ou 6 et 2 à 4 ans", Some(2.0), Some(4.0)),
            ("5 ans d'expérience, bac+3", Some(5.0), None),
            ("6 - 18 months", Some(0.5), Some(1.5)),
            ("1 year 6 months", Some(1.5), None),
            ("Minimum 3 ans d'expérience", Some(3.0), None),
            ("Team of 10, at least 4 years", Some(4.0), None),
            ("moins de 2 ans", None, Some(2.0)),
            ("Débutant accepté", Some(0.0), None),
            ("senior", Some(5.0), None),
        ] {
            let range = ExperienceRange::parse(text).unwrap();
            assert_eq!((range.min, range.max), (min, max), "{text:?}");
        }
        for text in ["", "ninja", "10 projects", "no requirements"] {
            assert_eq!(ExperienceRange::parse(text), None, "{text:?}");
        }
        assert_findable(&UNITS);
        assert_findable(&WITHOUT_NUMBERS);
        assert_findable(&UPPER_BOUNDS);
    }

    #[test]
    fn words_are_parsed_as_a_status() {
        for (text, status) in [
            ("open", Open),
            ("PUBLISHED", Open),
            ("Ouverte", Open),
            ("closed", Closed),
            ("pourvue", Closed),
            ("draft", Closed),
        ] {
            assert_eq!(PostingStatus::parse(text), Some(status), "{text:?}");
        }
        assert_eq!(PostingStatus::parse("unclear"), None);
        assert_findable(&STATUSES);
    }
}
