//! Job titles and occupations.
//!
//! A title is parsed first ([`parse`]): contract, hours, place, reference and hiring words are
//! removed, seniority is separated, and each occupation that it names is an alternative. The
//! similarity of two titles is that of the best pair of their occupations:
//!
//! - 1 for the same words, apart from gender, number and noise, and 0.995 to 1 for the same terms,
//!   in French or English;
//! - otherwise 0.55·T² by the taxonomy and 0.45·M by meaning. T is 0.9 to 1 for names of one
//!   occupation, at least 0.8 if one title contains the other, else the similarity to a common
//!   occupation. M is the cosine of the vectors; in other languages that of the character n-grams
//!   counts if it is larger. M also scales 0.3 of the taxonomy's part;
//! - at most 0.65 if exactly one of them is a broad role (« responsable », "manager").
//!
//! Seniority subtracts 0.1 of the similarity for each level between two titles that both name one
//! (at most 0.3). Occupation codes beside a title are further alternatives.
//!
//! The candidate's current title counts in full, a past one for 0.85 of its score; the best one
//! decides. Past titles are not weighted by age: a long list of positions says little about which
//! one matters. Titles that the summary names represent the occupations that have them. Such a
//! title weighs 5 among the first ten words and 300 / (300 + n) at word n, a fifth of that if it is
//! a single word. Its score is the cosine with the occupations of the posting's title (four fifths)
//! and with their fields, such as ISCO minor groups (one fifth). Beside stated titles it counts as
//! a past title. If no title is stated, the score is calibrated ([`calibration`]) and has weight
//! 0.25, and the text criterion's score has weight 0.75.

mod parse;
mod similarity;

use std::sync::{Arc, OnceLock};

use similarity::NamedOccupation;

use super::{
    Outcome, Scored, Unscored, of_unit_length, summed,
    text::{TextVector, likeliest, shares_of_occupations, words_of_occupations},
};
use crate::{
    embedding::Vector,
    profiles::occupation_code::OccupationCode,
    scoring::{
        calibration,
        name_cache::NameCache,
        prose::{self, MentionedTitle, Prose},
        taxonomy::{self, KnownSkill, NearOccupations, OccupationId, TitleId},
        text,
    },
};

const PAST_TITLE: f64 = 0.85;
const LOSS_PER_STEP: f64 = 0.1;
const MOST_STEPS: u8 = 3;
/// Number of content words at the beginning of a summary, where a title usually is the writer's,
/// and the weight of a title there.
const HEAD_WORDS: usize = 10;
const HEAD_WEIGHT: f64 = 5.0;
/// Weight of the fields' cosine, for titles that the summary names; the occupations have the rest.
const FIELDS: f64 = 0.2;
/// Index of the content word at which a title in a summary has half of the weight of index 0.
const FADING_WORDS: f64 = 300.0;
/// Factor for the weight of a title of one word, which is often no title in running text.
const SINGLE_WORD: f64 = 0.2;
/// Weight of the text criterion's score if only the summary names titles.
const BY_TEXT: f64 = 0.75;
/// Number of similar occupations that represent a title which no occupation has.
const FEW_NEAR: usize = 5;
/// Maximum number of codes read from one document, and of their occupations.
const MOST_CODES: usize = 4;
/// Maximum number of titles kept from one text.
const MAX_TITLES_IN_TEXT: usize = 60;
/// Maximum number of ESCO occupations of a title that implies their skills.
const FEW_OCCUPATIONS: usize = 2;

/// A title, compiled. Titles repeat from profile to profile, so equal ones share an allocation.
#[derive(Debug)]
pub struct Title {
    /// The title as written, trimmed.
    pub written: String,
    seniority: Option<u8>,
    /// The occupations that it names, as alternatives; never empty.
    named: Box<[NamedOccupation]>,
    /// The occupations that it represents, sorted, with weights of unit length.
    occupations: Vec<(OccupationId, f64)>,
    /// The fields of these occupations, sorted, with weights of unit length.
    fields: Fields,
    /// Skills that they need, by ESCO, sorted; empty if there are too many occupations.
    needed_skills: Box<[KnownSkill]>,
    /// Texts about these occupations; computed at first use, for a posting's title.
    words: OnceLock<Box<[TextVector]>>,
    /// The vector of its work; computed at first use.
    meaning: OnceLock<Option<Vector>>,
}

/// Hashed fields of occupations, sorted, with weights of unit length.
type Fields = Vec<(u32, f64)>;

impl Title {
    /// Compiles a stated title; returns `None` if no word is left after the removal of noise.
    pub fn of(written: &str) -> Option<Arc<Self>> {
        static TITLES: NameCache<Option<Arc<Title>>> = NameCache::new();
        let title = TITLES.get_or_insert_with(written, || Self::read(written).map(Arc::new));
        title.as_ref().clone()
    }

    /// Returns the level of seniority that it names: 0 in training, 1 junior, 2 experienced, 3
    /// senior, 4 leading.
    pub fn seniority(&self) -> Option<u8> {
        self.seniority
    }

    /// Compiles the title of a document that also states codes of occupations (O*NET-SOC, ISCO-08,
    /// ESCO, ROME): the occupations of known codes are alternatives of the title. Without a title
    /// that names an occupation, the name of the first known code's occupation is the title.
    pub fn with_codes(written: Option<&str>, codes: &[OccupationCode]) -> Option<Arc<Self>> {
        static TITLES: NameCache<Option<Arc<Title>>> = NameCache::new();
        let mut of_codes: Vec<OccupationId> = codes
            .iter()
            .take(MOST_CODES)
            .flat_map(|code| taxonomy::occupations_coded(&code.to_string()))
            .collect();
        of_codes.sort_unstable();
        of_codes.dedup();
        of_codes.truncate(MOST_CODES);
        if of_codes.is_empty() {
            return written.and_then(Self::of);
        }
        let written = written.unwrap_or_default();
        let ids: Vec<String> = of_codes.iter().map(ToString::to_string).collect();
        // The separator is a control character, which no title contains.
        let key = format!("{written}\u{1}{}", ids.join(" "));
        let title =
            TITLES.get_or_insert_with(&key, || Self::read_coded(written, &of_codes).map(Arc::new));
        title.as_ref().clone()
    }

    fn read(written: &str) -> Option<Self> {
        Self::read_coded(written, &[])
    }

    fn read_coded(written: &str, coded: &[OccupationId]) -> Option<Self> {
        let parsed = parse::parse(written);
        let mut named: Vec<NamedOccupation> = parsed
            .readings
            .iter()
            .filter_map(NamedOccupation::of)
            .collect();
        let name = |occupation: OccupationId| taxonomy::occupation_name(occupation, false);
        let written = match (named.is_empty(), coded) {
            (true, []) => return None,
            (true, [first, ..]) => name(*first),
            (false, _) => written,
        };
        for occupation in coded {
            let parsed = parse::parse(name(*occupation));
            named.extend(parsed.readings.iter().filter_map(NamedOccupation::of));
        }
        let first = named.first()?;
        let mut occupations = prose::occupations_of(written);
        occupations.extend(coded.iter().map(|occupation| (*occupation, 1.0)));
        if !occupations
            .iter()
            .any(|entry| taxonomy::is_shared_by_languages(entry.0))
        {
            // Only one language has the title: the most similar occupations of both are added.
            occupations.extend(nearest(&first.near));
        }
        let occupations = summed(occupations);
        let mut holders: Vec<OccupationId> = first.holders.clone();
        holders.extend(coded);
        holders.sort_unstable();
        holders.dedup();
        Some(Self {
            written: written.trim().to_owned(),
            fields: fields_of(&occupations),
            occupations: of_unit_length(occupations),
            seniority: parsed.seniority,
            needed_skills: needed_skills(&holders),
            named: named.into(),
            words: OnceLock::new(),
            meaning: OnceLock::new(),
        })
    }

    /// Returns the texts about its occupations: no vector, or one for one language or both.
    pub fn words(&self) -> &[TextVector] {
        self.words
            .get_or_init(|| words_of_occupations(&self.occupations))
    }

    /// Returns the texts about all its occupations, as shares that sum to 1.
    pub fn shares_of_words(&self) -> Box<[TextVector]> {
        shares_of_occupations(&self.occupations)
    }

    /// Returns the vector of its work: the occupations that it names and, each with half the
    /// weight, the names and the essential skills of the four likeliest occupations that it
    /// represents, by the squares of their weights.
    pub fn meaning(&self) -> Option<&Vector> {
        let find = || {
            let mut parts: Vec<(i32, &Vector)> = Vec::new();
            let occupations = likeliest(&self.occupations);
            let of_occupations = occupations.iter().filter_map(|(occupation, weight)| {
                #[expect(clippy::cast_possible_truncation, reason = "of a weight in [0, 1]")]
                let times = (1024.0 * weight * weight).round() as i32;
                Some((times, taxonomy::meaning_of_occupation(*occupation)?))
            });
            let of_occupations = Vector::of_sum(of_occupations);
            let named = self.named.iter().filter_map(|named| named.meaning.as_ref());
            let named = Vector::of_sum(named.map(|meaning| (1, meaning)));
            parts.extend(named.iter().map(|vector| (1, vector)));
            parts.extend(of_occupations.iter().map(|vector| (1, vector)));
            Vector::of_sum(parts)
        };
        self.meaning.get_or_init(find).as_ref()
    }

    /// True if its occupation needs a skill, by ESCO.
    pub fn needs(&self, skill: KnownSkill) -> bool {
        self.needed_skills.binary_search(&skill).is_ok()
    }

    /// Returns the similarity of a held title's work to that of a requested one, in [0, 1],
    /// independent of seniority.
    pub fn work_similarity(&self, requested: &Self) -> f64 {
        let pairs = self.named.iter().flat_map(|held| {
            requested
                .named
                .iter()
                .map(|requested| held.similarity(requested))
        });
        pairs.fold(0.0, f64::max)
    }

    /// Returns the factor for a difference in seniority; 1 unless both titles name a level.
    fn share_of_seniority(&self, requested: &Self) -> f64 {
        let steps = match (self.seniority, requested.seniority) {
            (Some(held), Some(requested)) => held.abs_diff(requested).min(MOST_STEPS),
            _ => 0,
        };
        1.0 - LOSS_PER_STEP * f64::from(steps)
    }
}

/// Returns the skills that a title's occupations need. Returns none if more than two ESCO
/// occupations have the title, because it is unclear which one is meant.
fn needed_skills(holders: &[OccupationId]) -> Box<[KnownSkill]> {
    let mut occupations: Vec<OccupationId> = holders.to_vec();
    occupations.retain(|occupation| taxonomy::has_skills(*occupation));
    if occupations.len() > FEW_OCCUPATIONS {
        return Box::default();
    }
    let needed = occupations.into_iter();
    let mut needed: Vec<KnownSkill> = needed.flat_map(taxonomy::essential_skills).collect();
    needed.sort_unstable();
    needed.dedup();
    needed.into()
}

/// Returns the most similar occupations, weighted by similarity.
fn nearest(near: &NearOccupations) -> Vec<(OccupationId, f64)> {
    let mut nearest: Vec<(OccupationId, f64)> = near
        .iter()
        .map(|(occupation, near)| (*occupation, f64::from(*near)))
        .collect();
    nearest.sort_by(|one, other| other.1.total_cmp(&one.1).then(one.0.cmp(&other.0)));
    nearest.truncate(FEW_NEAR);
    nearest.sort_unstable_by_key(|entry| entry.0);
    nearest
}

fn fields_of(occupations: &[(OccupationId, f64)]) -> Fields {
    of_unit_length(summed(
        occupations
            .iter()
            .map(|(occupation, weight)| {
                (text::short_hash(taxonomy::field_of(*occupation)), *weight)
            })
            .collect(),
    ))
}

fn cosine<K: Ord + Copy>(one: &[(K, f64)], other: &[(K, f64)]) -> f64 {
    one.iter()
        .filter_map(|(key, weight)| {
            let at = other.binary_search_by_key(key, |entry| entry.0).ok()?;
            Some(other[at].1 * weight)
        })
        .sum()
}

/// The candidate's titles.
#[derive(Debug, Default)]
pub struct CandidateTitles {
    current: Option<Arc<Title>>,
    /// Past titles, sorted by their text.
    past: Box<[Arc<Title>]>,
    /// Titles that the summary names, the heaviest first.
    titles_in_text: Box<[TitleInText]>,
    /// The occupations that the summary's titles represent, sorted, with weights of unit length.
    occupations: Vec<(OccupationId, f64)>,
    /// The fields of these occupations, sorted, with weights of unit length.
    fields: Fields,
}

/// A title that the summary names.
#[derive(Debug)]
struct TitleInText {
    written: Box<str>,
    title: TitleId,
}

impl CandidateTitles {
    /// Compiles the current title, the past ones, and those that the summary names.
    pub fn of(
        current: Option<&str>,
        codes: &[OccupationCode],
        past: &[String],
        summary: &Prose,
    ) -> Self {
        let mut past: Vec<Arc<Title>> = past.iter().filter_map(|title| Title::of(title)).collect();
        past.sort_by(|one, other| one.written.cmp(&other.written));
        let mut titles_in_text: Vec<(f64, &MentionedTitle)> = summary
            .titles
            .iter()
            .filter(|_| summary.has_marked_title())
            .map(|title| {
                let place = if title.at < HEAD_WORDS {
                    HEAD_WEIGHT
                } else {
                    FADING_WORDS / (FADING_WORDS + title.at as f64)
                };
                let length = if title.length == 1 { SINGLE_WORD } else { 1.0 };
                (place * length, title)
            })
            .collect();
        // The sort is stable: of equal weights, the first in the text comes first.
        titles_in_text.sort_by(|one, other| other.0.total_cmp(&one.0));
        let occupations = summed(
            titles_in_text
                .iter()
                .flat_map(|(weight, title)| {
                    let holders = taxonomy::holders(title.title);
                    let share = weight / holders.len() as f64;
                    holders.map(move |occupation| (occupation, share))
                })
                .collect(),
        );
        titles_in_text.truncate(MAX_TITLES_IN_TEXT);
        Self {
            current: Title::with_codes(current, codes),
            past: past.into(),
            titles_in_text: titles_in_text
                .into_iter()
                .map(|(_, title)| TitleInText {
                    written: title.quote.as_str().into(),
                    title: title.title,
                })
                .collect(),
            fields: fields_of(&occupations),
            occupations: of_unit_length(occupations),
        }
    }

    fn states_none(&self) -> bool {
        self.current.is_none() && self.past.is_empty()
    }

    fn is_silent(&self) -> bool {
        self.states_none() && self.titles_in_text.is_empty()
    }

    /// Returns the current title and the past ones.
    pub fn stated(&self) -> impl Iterator<Item = &Arc<Title>> {
        self.current.iter().chain(&self.past)
    }

    /// Compiles the titles that the summary names, the heaviest first.
    pub fn in_text(&self) -> impl Iterator<Item = Arc<Title>> {
        let titles = self.titles_in_text.iter();
        titles.filter_map(|title| Title::of(&title.written))
    }

    /// Returns the level of seniority that the closest title names; `None` for titles in the
    /// summary.
    pub fn closest_seniority(&self, finding: &Finding) -> Option<u8> {
        match finding.closest {
            Closest::Current => self.current.as_ref()?.seniority,
            Closest::Past(at) => self.past.get(at)?.seniority,
            Closest::InText(_) => None,
        }
    }

    /// Returns the finding to show. A title in the summary that decides is replaced by the current
    /// title if that one contains its words, or else by a stated title that is at least as similar
    /// to the requested title, compared title by title.
    pub fn prefer_stated(&self, finding: Finding, requested: &Title) -> Finding {
        let Closest::InText(at) = finding.closest else {
            return finding;
        };
        // « Aide-soignante » of the summary is « Aide-soignante en EHPAD » of the title.
        let words = |title: &str| text::words(title);
        let said = self
            .titles_in_text
            .get(at)
            .map(|title| words(&title.written));
        let contains = |title: &Arc<Title>| {
            let stated = words(&title.written);
            said.as_ref()
                .is_some_and(|said| said.iter().all(|word| stated.contains(word)))
        };
        if self.current.as_ref().is_some_and(contains) {
            return Finding {
                closest: Closest::Current,
            };
        }
        let similarity =
            |held: &Title| held.work_similarity(requested) * held.share_of_seniority(requested);
        let in_text = self
            .titles_in_text
            .get(at)
            .and_then(|title| Title::of(&title.written));
        let in_text = in_text.map_or(0.0, |title| similarity(&title) * PAST_TITLE);
        let current = self
            .current
            .iter()
            .map(|title| (similarity(title), Closest::Current));
        let past = self.past.iter().enumerate();
        let past = past.map(|(at, title)| (similarity(title) * PAST_TITLE, Closest::Past(at)));
        let stated = current
            .chain(past)
            .reduce(|best, other| if other.0 > best.0 { other } else { best });
        let closest = stated.filter(|(similarity, _)| *similarity >= in_text);
        Finding {
            closest: closest.map_or(finding.closest, |(_, closest)| closest),
        }
    }

    /// Returns the title of a finding, as written.
    pub fn closest(&self, finding: &Finding) -> Option<&str> {
        Some(match finding.closest {
            Closest::Current => &self.current.as_ref()?.written,
            Closest::Past(at) => &self.past.get(at)?.written,
            Closest::InText(at) => &self.titles_in_text.get(at)?.written,
        })
    }
}

/// Identifies the candidate's closest title.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Closest {
    Current,
    /// Index among the past titles.
    Past(usize),
    /// Index among the titles that the summary names.
    InText(usize),
}

/// The candidate's closest title.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Finding {
    closest: Closest,
}

impl Finding {
    /// True if the closest title is a past one.
    pub fn is_past(&self) -> bool {
        matches!(self.closest, Closest::Past(_))
    }

    /// True if only the summary names the closest title.
    pub fn is_in_summary(&self) -> bool {
        matches!(self.closest, Closest::InText(_))
    }
}

/// Scores titles by the rules of the module documentation. `work_similarity` gives the similarity
/// of a held title's work to the requested one's, as [`Title::work_similarity`] does.
pub fn measure_by(
    candidate: &CandidateTitles,
    posting: Option<&Title>,
    mut work_similarity: impl FnMut(&Arc<Title>, &Title) -> f64,
) -> Outcome<Finding> {
    let Some(requested) = posting.filter(|_| !candidate.is_silent()) else {
        return Err(Unscored::silent(!candidate.is_silent(), posting.is_some()));
    };
    let current = candidate
        .current
        .iter()
        .map(|title| (title, 1.0, Closest::Current));
    let past = candidate.past.iter().enumerate();
    let past = past.map(|(at, title)| (title, PAST_TITLE, Closest::Past(at)));
    let stated = current.chain(past).map(|(title, share, closest)| {
        let similarity = work_similarity(title, requested) * title.share_of_seniority(requested);
        (similarity * share, closest)
    });
    let mut best = None;
    for (score, closest) in stated.chain(closest_in_text(candidate, requested)) {
        if best.is_none_or(|(best, _)| score > best) {
            best = Some((score, closest));
        }
    }
    let (score, closest) = best.unwrap_or((0.0, Closest::InText(0)));
    Ok(Scored {
        score: score.clamp(0.0, 1.0),
        finding: Finding { closest },
    })
}

/// Combines the score of a title that only the summary names with the text criterion's score, if no
/// title is stated: a title found in running text is weaker evidence than a stated one.
pub fn with_text(
    outcome: Outcome<Finding>,
    held: &CandidateTitles,
    text: Option<f64>,
) -> Outcome<Finding> {
    let mut found = outcome?;
    if let Some(text) = text.filter(|_| held.states_none()) {
        found.score = (1.0 - BY_TEXT) * calibration::of_title_in_text(found.score) + BY_TEXT * text;
    }
    Ok(found)
}

/// Returns the similarity of all titles in the summary, taken together, to the requested title. The
/// finding names the heaviest one that shares an occupation with it, or else the heaviest one.
fn closest_in_text(candidate: &CandidateTitles, requested: &Title) -> Option<(f64, Closest)> {
    let is_requested = |occupation: OccupationId| {
        requested
            .occupations
            .binary_search_by_key(&occupation, |entry| entry.0)
            .is_ok()
    };
    let at = candidate
        .titles_in_text
        .iter()
        .position(|in_text| taxonomy::holders(in_text.title).any(is_requested))
        .or_else(|| (!candidate.titles_in_text.is_empty()).then_some(0))?;
    let similarity = (1.0 - FIELDS) * cosine(&requested.occupations, &candidate.occupations)
        + FIELDS * cosine(&requested.fields, &candidate.fields);
    let share = if candidate.states_none() {
        1.0
    } else {
        PAST_TITLE
    };
    Some((similarity * share, Closest::InText(at)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        audit::gendered_forms,
        scoring::{
            names,
            vocabulary::{TITLES, Terms},
        },
    };

    impl Title {
        fn similarity_to(&self, requested: &Title) -> f64 {
            self.work_similarity(requested) * self.share_of_seniority(requested)
        }
    }

    fn measure(candidate: &CandidateTitles, posting: Option<&Title>) -> Outcome<Finding> {
        measure_by(candidate, posting, |held, requested| {
            held.work_similarity(requested)
        })
    }

    fn score(current: &str, past: &[&str], requested: &str) -> f64 {
        let past: Vec<String> = past.iter().map(ToString::to_string).collect();
        measure(
            &CandidateTitles::of(Some(current), &[], &past, &Prose::default()),
            Title::of(requested).as_deref(),
        )
        .unwrap()
        .score
    }

    #[test]
    fn gender_forms_marks_and_language_do_not_change_the_score() {
        for (held, requested) in [
            ("Développeuse Rust", "Développeur / Développeuse Rust (H/F)"),
            ("Chargée de recrutement", "Chargé(e) de recrutement H/F"),
            ("Vendeuse", "Vendeur(se)"),
            ("Vendeuse", "Vendeur.euse (f/h/x)"),
            ("Infirmière", "Registered nurse"),
            ("Comptable", "Accountant"),
            ("Aide soignante", "Aide-soignant(e)"),
            ("Software engineer", "Développeur·euse"),
            ("Sales assistant", "Conseillère de vente"),
            ("Back-end developer", "Développeur backend"),
            ("Chef de projet", "Project manager"),
            ("Femme de ménage", "Cleaner"),
            ("Sage-femme", "Midwife"),
            ("Chirurgienne", "Surgeon"),
            ("Viticultrice", "Winegrower"),
            ("Grutier", "Crane operator"),
            ("RRH", "HR manager"),
            ("IDE", "Infirmière"),
            ("AESH", "Teaching assistant"),
            ("ATSEM", "Teaching assistant"),
            ("Professeur d'anglais", "English teacher"),
            ("Professeure de mathématiques", "Enseignant en maths"),
            ("Développeur full stack", "Full-stack engineer"),
        ] {
            let score = score(held, &[], requested);
            assert!(score > 0.99, "{held} / {requested}: {score}");
        }
    }

    #[test]
    fn a_part_after_a_slash_is_an_alternative_even_if_unknown() {
        for (held, requested) in [
            (
                "Care assistant / healthcare support worker",
                "Healthcare assistant",
            ),
            ("Développeur / Angular", "Développeur"),
        ] {
            let alone = score(held.split(" / ").next().unwrap(), &[], requested);
            let both = score(held, &[], requested);
            assert!(both >= alone && alone > 0.99, "{held}: {both}, {alone}");
        }
    }

    #[test]
    fn a_credential_after_an_occupation_does_not_change_the_score() {
        for (held, plain) in [
            ("Architecte DE HMONP", "Architecte"),
            ("Accountant, CPA", "Accountant"),
            ("Staff nurse RN", "Staff nurse"),
            ("Project manager (PMP)", "Project manager"),
            ("Aide-soignante DEAS", "Aide-soignante"),
            ("Psychomotricien D.E.", "Psychomotricien"),
        ] {
            let found = score(held, &[], plain);
            assert!((found - 1.0).abs() < 1e-9, "{held}: {found}");
        }
        // Alone it is all that is said.
        assert!(score("RN", &[], "Registered nurse") > 0.99);
    }

    #[test]
    fn a_shared_generic_word_is_not_a_shared_occupation() {
        assert!(score("Responsable paie", &[], "Responsable logistique") < 0.5);
        let chefs = score("Chef de cuisine", &[], "Chef de projet");
        assert!(chefs < 0.5, "{chefs}");
        assert!(score("Infirmière", &[], "Développeur") < 0.2);
    }

    #[test]
    fn a_missing_word_costs_more_than_an_extra_one() {
        let missing = score("Développeur", &[], "Développeur Rust");
        let extra = score("Développeur Rust", &[], "Développeur");
        assert!(missing < extra && extra < 1.0, "{missing} {extra}");
    }

    #[test]
    fn seniority_counts_only_if_both_titles_name_it() {
        let same = score("Développeur senior", &[], "Senior developer");
        let apart = score("Développeur junior", &[], "Senior developer");
        let unsaid = score("Développeur", &[], "Senior developer");
        assert!((same - 1.0).abs() < 1e-9 && (unsaid - 1.0).abs() < 1e-9);
        assert!((apart - 0.8).abs() < 1e-9, "{apart}");
    }

    #[test]
    fn a_past_title_counts_for_less_than_the_current_one() {
        let past = score("Vendeuse", &["Serveuse", "Comptable"], "Comptable");
        assert!((past - 0.85).abs() < 1e-9, "{past}");
    }

    /// Returns the compared features of a title; similarity to occupations follows from its
    /// n-grams.
    fn compared(title: &str) -> (String, Vec<u32>, Terms, Vec<OccupationId>) {
        let words: Vec<String> = text::prose_words(title)
            .into_iter()
            .filter(|word| !text::is_gender_mark(word))
            .map(|word| names::one_gender(&word).into_owned())
            .collect();
        let stems = names::title_stems_of(&words);
        let holders = taxonomy::occupations_titled(&names::title_key(&names::title_stems(title)));
        (
            names::title_key(&stems),
            names::grams(&stems),
            TITLES.term_set(&words),
            holders,
        )
    }

    #[test]
    fn both_genders_of_every_taxonomy_title_are_equal() {
        let titles = include_str!("../../../../taxonomy/rome_titles.tsv")
            .lines()
            .filter_map(|line| line.split('\t').next())
            .chain(
                include_str!("../../../../taxonomy/occupations.tsv")
                    .lines()
                    .filter_map(|line| line.split('\t').nth(3)),
            );
        let (mut pairs, mut different) = (0, Vec::new());
        for title in titles {
            if let Some((masculine, feminine)) = gendered_forms(title) {
                pairs += 1;
                if compared(&masculine) != compared(&feminine) {
                    different.push(format!("{masculine} / {feminine}"));
                }
            }
        }
        assert!(pairs > 13_000, "{pairs}");
        assert!(
            different.is_empty(),
            "{} of {pairs}: {different:#?}",
            different.len()
        );
    }

    #[test]
    fn a_title_of_marks_alone_gives_no_score() {
        assert!(Title::of("(H/F)").is_none());
        assert!(Title::of("  ").is_none());
        assert_eq!(
            measure(
                &CandidateTitles::default(),
                Title::of("Comptable").as_deref()
            )
            .unwrap_err(),
            Unscored::CandidateSilent
        );
    }

    #[test]
    fn contract_hours_place_and_reference_words_cost_almost_nothing() {
        for (held, requested) in [
            ("Comptable", "Comptable - CDI - Lyon 3 (H/F)"),
            ("Ingénieure logiciel indépendante", "Software engineer"),
            ("Boulanger", "URGENT : Boulanger - Paris 15 - REF 12345"),
            ("Boulangère", "Boulanger (m/w/d) CDD 6 mois"),
            ("Serveur - Nice", "Serveuse à Tours"),
            (
                "Software engineer",
                "Software Engineer II - Remote - Full time",
            ),
            (
                "Chauffeur SPL de nuit (H/F)",
                "Conducteur super poids lourd",
            ),
            ("Cook", "Cook (m/w/d) in Vollzeit"),
            (
                "Assistante RH - 35h - Nantes (44)",
                "Assistante ressources humaines",
            ),
            ("Resp. logistique", "Responsable logistique"),
            (
                "Chargée de recrutement",
                "Chargé de recrutement CDD remplacement congé maternité",
            ),
        ] {
            for (held, requested) in [(held, requested), (requested, held)] {
                let score = score(held, &[], requested);
                assert!(score > 0.98, "{held} / {requested}: {score}");
            }
        }
    }

    #[test]
    fn the_occupation_decides_and_the_domain_narrows() {
        let requested = "Software Engineer, Infrastructure";
        let engineers = score("Software engineer", &[], requested).min(score(
            "Site reliability engineer",
            &[],
            requested,
        ));
        let others = score("Railway infrastructure engineer", &[], requested).max(score(
            "IT support technician",
            &[],
            requested,
        ));
        assert!(engineers > others, "{engineers} {others}");
        let requested = "Infirmière en EHPAD (H/F) CDI temps plein";
        let (nurse, midwife) = (
            score("Infirmière", &[], requested),
            score("Sage-femme", &[], requested),
        );
        assert!(
            (0.7..1.0).contains(&nurse) && nurse > midwife + 0.2,
            "{nurse} {midwife}"
        );
        assert!(score("Logistics manager", &[], "Manager, Logistics") > 0.98);
    }

    #[test]
    fn a_broad_role_is_not_excellent_for_a_specialised_one() {
        for (broad, special) in [
            ("Technicien (H/F)", "Technicien du son"),
            ("Director", "Art director"),
            ("Responsable", "Responsable paie"),
            ("Assistante", "Assistante dentaire"),
            ("Senior Manager - CDI", "Restaurant manager"),
        ] {
            for (held, requested) in [(broad, special), (special, broad)] {
                let score = score(held, &[], requested);
                assert!(score > 0.0 && score < 0.7, "{held} / {requested}: {score}");
            }
        }
    }

    #[test]
    fn an_alternative_after_a_slash_costs_nothing_beside_a_known_title() {
        let alone = score("Soudeuse TIG", &[], "Soudeur(se) TIG inox");
        for both in [
            "Soudeuse TIG / chaudronnière",
            "Chaudronnière / soudeuse TIG",
        ] {
            let score = score(both, &[], "Soudeur(se) TIG inox");
            assert!((score - alone).abs() < 1e-9, "{both}: {score}, not {alone}");
        }
    }

    #[test]
    fn any_of_several_titles_counts() {
        let both = score("Comptable / Assistante de gestion", &[], "Comptable");
        assert!(both > 0.98, "{both}");
        let second = score("Comptable", &[], "Assistant de gestion | Comptable");
        assert!(second > 0.98, "{second}");
    }

    #[test]
    fn aliases_of_one_occupation_that_mean_others_are_not_excellent() {
        let score = score("Viticulteur", &[], "Sommelier");
        assert!(score > 0.2 && score < 0.85, "{score}");
    }

    #[test]
    fn the_current_title_is_named_before_a_past_one_that_fits_no_better() {
        let past = ["Junior Software Engineer".to_owned()];
        for (current, requested) in [
            ("Senior Back-end Developer", "Senior software engineer"),
            ("Software Engineer", "Software engineer"),
        ] {
            let held = CandidateTitles::of(Some(current), &[], &past, &Prose::default());
            let requested = Title::of(requested);
            let finding = measure(&held, requested.as_deref()).unwrap().finding;
            assert_eq!(held.closest(&finding), Some(current));
        }
    }

    #[test]
    fn occupation_codes_stand_for_the_titles_occupation() {
        let similarity = |codes: &[&str], held: &str| {
            let codes: Vec<OccupationCode> = codes
                .iter()
                .map(|code| OccupationCode::parse(code).unwrap())
                .collect();
            let requested = Title::with_codes(Some("Ninja"), &codes).unwrap();
            Title::of(held).unwrap().similarity_to(&requested)
        };
        for code in [
            "15-1252.00",
            "15-1252",
            "M1855",
            "2512",
            "ISCO-08: 2512",
            "ISCO C2512",
        ] {
            let (coded, plain) = (
                similarity(&[code], "Software developer"),
                similarity(&[], "Software developer"),
            );
            assert!(coded > plain + 0.3, "{code}: {coded} {plain}");
        }
        assert!(!taxonomy::occupations_coded("15-1252").is_empty());
        assert!(!taxonomy::occupations_coded("http://data.europa.eu/esco/isco/C2512").is_empty());
        for nonsense in ["", "0", "99-9999", "é-😀", "----------", "12345678901"] {
            assert!(
                taxonomy::occupations_coded(nonsense).is_empty(),
                "{nonsense}"
            );
        }
        assert!(Title::with_codes(None, &[OccupationCode::parse("15-1252.00").unwrap()]).is_some());
        assert!(Title::with_codes(None, &[]).is_none());
    }

    #[test]
    fn titles_of_noise_alone_give_no_score() {
        for noise in [
            "CDI",
            "Temps plein - Paris",
            "URGENT !!",
            "REF 123456",
            "35h",
            "\u{fffd}",
        ] {
            assert!(Title::of(noise).is_none(), "{noise}");
        }
    }

    #[test]
    fn titles_in_other_scripts_are_compared_by_their_letters() {
        let near = score("Бухгалтер", &[], "Главный бухгалтер");
        let far = score("Бухгалтер", &[], "Водитель");
        assert!(near > far + 0.2, "{near} {far}");
    }

    #[test]
    fn long_titles_are_bounded() {
        let long = "Comptable / 😀 \u{fffd} бухгалтер, ".repeat(2_000);
        let title = Title::of(&long).unwrap();
        assert!(title.named.len() <= 4);
        assert!(title.similarity_to(&Title::of("Comptable").unwrap()) > 0.5);
    }
}
