//! Job titles and occupations.
//!
//! Titles meet in the occupations they stand for, whatever their language: those of the taxonomy that
//! bear the title, and those whose titles look like it (see [`taxonomy::near_occupations`]). Two titles
//! are as alike as the best of:
//!
//! - 1 where they are the same words, gender and number aside;
//! - 0.9 to 1 where they are names of one occupation;
//! - how near one title is to an occupation that bears the other;
//! - the smaller of how near both are to one occupation;
//! - Tversky's index of their terms (see [`overlap`]), where known occupations and title words count
//!   as one term in French and English, and generic ones (« responsable », "manager") for half.
//!
//! Seniority (junior, senior, lead, …) is set aside, and takes 0.1 away for each step between two
//! titles that both name one (at most 0.3).
//!
//! The candidate's current title counts in full, a past one for 0.85 of its score; the best one
//! decides. Past titles are not told apart by age: a long list of positions says little about which
//! one matters. Where a candidate states no title, the titles that the summary names count: each
//! stands for the occupations that bear it, weighs 5 among the first ten words and 300 / (300 + n)
//! at word n, a fifth of that where it is a single word; the score is the cosine with the occupations
//! of the posting's title, for a fifth that of their fields (ISCO minor groups and the like). Beside
//! stated titles this counts as a past one.

use std::sync::{Arc, OnceLock};

use super::{
    Outcome, Scored, Unscored, of_unit_length, summed,
    text::{TextVector, words_of_occupations},
};
use crate::scoring::{
    memo::Memo,
    names,
    prose::{self, MentionedTitle, Prose},
    taxonomy::{self, Grams, KnownSkill, NearOccupations, OccupationId, TitleId},
    text,
    vocabulary::{TITLES, Terms, overlap},
};

const PAST_TITLE: f64 = 0.85;
const LOSS_PER_STEP: f64 = 0.1;
const MOST_STEPS: u8 = 3;
const HEAD_WORDS: usize = 10;
const HEAD_WEIGHT: f64 = 5.0;
const FIELDS: f64 = 0.2;
const FADING_WORDS: f64 = 300.0;
const SINGLE_WORD: f64 = 0.2;
/// Near occupations that stand for a title which nobody bears.
const FEW_NEAR: usize = 5;
/// Titles kept of one text.
const MOST_TOLD: usize = 60;
/// The likeness of two names of one occupation, at least.
const ONE_OCCUPATION: f32 = 0.9;
/// The part that the likeness of the letters decides between occupations equally near.
const LETTERS: f64 = 0.02;

/// ESCO occupations that a title may stand for, at most, to imply their skills.
const FEW_OCCUPATIONS: usize = 2;

/// One title, prepared. Titles repeat from profile to profile, so all that state one share it.
#[derive(Debug)]
pub struct Title {
    /// As written, trimmed.
    pub written: String,
    key: Box<str>,
    terms: Terms,
    seniority: Option<u8>,
    /// The ESCO occupations and ISCO groups that bear it, sorted.
    borne_by: Vec<OccupationId>,
    near: NearOccupations,
    grams: Grams,
    /// What it stands for, with weights of unit length, sorted.
    occupations: Vec<(OccupationId, f64)>,
    /// The fields of those, likewise.
    fields: Fields,
    /// Skills that they need, by ESCO, sorted; none where they are many.
    needed_skills: Box<[KnownSkill]>,
    /// What texts about them say; of a posting's title.
    words: OnceLock<Box<[TextVector]>>,
}

/// Hashed fields of occupations with weights of unit length, sorted.
type Fields = Vec<(u32, f64)>;

impl Title {
    /// The title that somebody states; none when it names no occupation or task.
    pub fn of(written: &str) -> Option<Arc<Self>> {
        static TITLES: Memo<Option<Arc<Title>>> = Memo::new();
        let title = TITLES.answer(written, || Self::read(written).map(Arc::new));
        title.as_ref().clone()
    }

    /// The step of seniority that it names: 0 in training, 1 junior, 2 experienced, 3 senior, 4 leading.
    pub fn seniority(&self) -> Option<u8> {
        self.seniority
    }

    fn read(written: &str) -> Option<Self> {
        let mut seniority = None;
        let words: Vec<String> = text::prose_words(written)
            .into_iter()
            .filter(|word| match seniority_of(word) {
                Some(step) => {
                    seniority = seniority.max(Some(step));
                    false
                }
                None => !text::is_gender_mark(word),
            })
            .map(|word| names::one_gender(&word).into_owned())
            .collect();
        let terms = TITLES.term_set(&words);
        if terms.is_empty() {
            return None;
        }
        let stems = names::title_stems_of(&words);
        let key = names::title_key(&stems);
        let mut borne_by =
            taxonomy::occupations_titled(&names::title_key(&names::title_stems(written)));
        if borne_by.is_empty() {
            borne_by = taxonomy::occupations_titled(&key);
        }
        borne_by.retain(|occupation| taxonomy::is_shared_by_languages(*occupation));
        // What a known title is near to is a matter of its occupation, not of its language.
        let near = if borne_by.is_empty() {
            taxonomy::near_occupations(&stems)
        } else {
            near_bearers(&borne_by)
        };
        let mut occupations = prose::occupations_of(written);
        if !occupations
            .iter()
            .any(|entry| taxonomy::is_shared_by_languages(entry.0))
        {
            // One language's list has the title: the nearest occupations of both join in.
            occupations.extend(nearest(&near));
            occupations = summed(occupations);
        }
        Some(Self {
            written: written.trim().to_owned(),
            fields: fields_of(&occupations),
            occupations: of_unit_length(occupations),
            key: key.into(),
            terms,
            seniority,
            needed_skills: needed_skills(&borne_by),
            borne_by,
            near,
            grams: Grams::of(&stems),
            words: OnceLock::new(),
        })
    }

    /// What texts about its occupations say; none, or those of one language or both.
    pub fn words(&self) -> &[TextVector] {
        self.words
            .get_or_init(|| words_of_occupations(&self.occupations))
    }

    /// Whether a skill is needed in its occupation, by ESCO.
    pub fn needs(&self, skill: KnownSkill) -> bool {
        self.needed_skills.binary_search(&skill).is_ok()
    }

    /// How alike a held title and one asked for are, in [0, 1].
    pub fn likeness(&self, asked: &Self) -> f64 {
        let steps = match (self.seniority, asked.seniority) {
            (Some(held), Some(asked)) => held.abs_diff(asked).min(MOST_STEPS),
            _ => 0,
        };
        let likeness = if self.key == asked.key {
            1.0
        } else {
            let overlap = overlap(&asked.terms, &self.terms);
            // Words say less than occupations: a shared one is often a rank or a place of work.
            if overlap < 1.0 && (self.is_known() || asked.is_known()) {
                self.nearness(asked)
            } else {
                self.nearness(asked).max(overlap)
            }
        };
        likeness * (1.0 - LOSS_PER_STEP * f64::from(steps))
    }

    /// Whether some occupation bears the title.
    fn is_known(&self) -> bool {
        !self.borne_by.is_empty()
    }

    fn nearness(&self, other: &Self) -> f64 {
        let near_to = |title: &Self, bearers: &[OccupationId]| {
            bearers
                .iter()
                .filter_map(|bearer| title.near.binary_search_by_key(bearer, |near| near.0).ok())
                .fold(0.0_f32, |best, at| best.max(title.near[at].1))
        };
        // Most titles share no bearer, and collect nothing.
        let shared: Vec<OccupationId> = self
            .borne_by
            .iter()
            .filter(|occupation| other.borne_by.binary_search(occupation).is_ok())
            .copied()
            .collect();
        let nearness = if shared.is_empty() {
            let borne = near_to(self, &other.borne_by).max(near_to(other, &self.borne_by));
            if borne > 0.0 {
                borne
            } else {
                both_near(&self.near, &other.near)
            }
        } else {
            // An occupation bears many names, and some names are borne by several.
            let near = f32::midpoint(near_to(self, &shared), near_to(other, &shared));
            ONE_OCCUPATION + (1.0 - ONE_OCCUPATION) * near
        };
        let letters = f64::from(self.grams.likeness(&other.grams));
        f64::from(nearness) * (1.0 - LETTERS) + letters * LETTERS
    }
}

/// The skills that the bearers of a title need, where the title says which of them is meant.
fn needed_skills(bearers: &[OccupationId]) -> Box<[KnownSkill]> {
    let mut occupations: Vec<OccupationId> = bearers.to_vec();
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

/// What occupations are near to, by their names in both languages.
fn near_bearers(bearers: &[OccupationId]) -> NearOccupations {
    let mut near: NearOccupations = bearers
        .iter()
        .take(FEW_NEAR)
        .flat_map(|bearer| [(*bearer, false), (*bearer, true)])
        .flat_map(|(bearer, in_french)| {
            let stems = names::title_stems(taxonomy::occupation_name(bearer, in_french));
            taxonomy::near_occupations(&stems)
        })
        .collect();
    near.sort_by(|one, other| one.0.cmp(&other.0).then(other.1.total_cmp(&one.1)));
    near.dedup_by_key(|entry| entry.0);
    near
}

/// The smaller of how near two titles are to one occupation, at best.
fn both_near(one: &NearOccupations, other: &NearOccupations) -> f32 {
    one.iter()
        .filter_map(|near| {
            let at = other.binary_search_by_key(&near.0, |other| other.0).ok()?;
            Some(near.1.min(other[at].1))
        })
        .fold(0.0, f32::max)
}

/// The nearest occupations, by their nearness.
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

/// The step of a seniority word: 0 in training, 1 junior, 2 experienced, 3 senior, 4 leading.
fn seniority_of(word: &str) -> Option<u8> {
    match text::stem(word).as_str() {
        "stagiair" | "stag" | "intern" | "internship" | "traine" | "apprenti" | "apprentic"
        | "alternant" | "alternanc" | "apprentissag" | "apprenticeship" => Some(0),
        "junior" | "debutant" | "jr" => Some(1),
        "confirm" | "experiment" | "experienced" | "mid" | "intermediat" | "intermediair" => {
            Some(2)
        }
        "senior" | "sr" => Some(3),
        "lead" | "leader" | "principal" => Some(4),
        _ => None,
    }
}

/// The candidate's titles.
#[derive(Debug, Default)]
pub struct HeldTitles {
    current: Option<Arc<Title>>,
    /// Sorted by their text.
    past: Box<[Arc<Title>]>,
    /// Those that the summary names, the weightiest first.
    told: Box<[ToldTitle]>,
    /// The occupations they stand for, with weights of unit length, sorted.
    occupations: Vec<(OccupationId, f64)>,
    /// The fields of those, likewise.
    fields: Fields,
}

/// A title that the summary names.
#[derive(Debug)]
struct ToldTitle {
    written: Box<str>,
    title: TitleId,
}

impl HeldTitles {
    /// Reads the current title, the past ones, and those that the summary names.
    pub fn of(current: Option<&str>, past: &[String], summary: &Prose) -> Self {
        let mut past: Vec<Arc<Title>> = past.iter().filter_map(|title| Title::of(title)).collect();
        past.sort_by(|one, other| one.written.cmp(&other.written));
        let mut told: Vec<(f64, &MentionedTitle)> = summary
            .titles
            .iter()
            .filter(|_| summary.tells_titles())
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
        // Stable: of equal weight, the first in the text.
        told.sort_by(|one, other| other.0.total_cmp(&one.0));
        let occupations = summed(
            told.iter()
                .flat_map(|(weight, title)| {
                    let bearers = taxonomy::bearers(title.title);
                    let share = weight / bearers.len() as f64;
                    bearers.map(move |occupation| (occupation, share))
                })
                .collect(),
        );
        told.truncate(MOST_TOLD);
        Self {
            current: current.and_then(Title::of),
            past: past.into(),
            told: told
                .into_iter()
                .map(|(_, title)| ToldTitle {
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
        self.states_none() && self.told.is_empty()
    }

    /// The current title.
    pub fn current(&self) -> Option<&Arc<Title>> {
        self.current.as_ref()
    }

    /// The step of seniority that the closest title names; none for titles in the summary.
    pub fn closest_seniority(&self, finding: &Finding) -> Option<u8> {
        match finding.closest {
            Closest::Current => self.current.as_ref()?.seniority,
            Closest::Past(at) => self.past.get(at)?.seniority,
            Closest::Told(_) => None,
        }
    }

    /// The title a finding is about, as written.
    pub fn closest(&self, finding: &Finding) -> Option<&str> {
        Some(match finding.closest {
            Closest::Current => &self.current.as_ref()?.written,
            Closest::Past(at) => &self.past.get(at)?.written,
            Closest::Told(at) => &self.told.get(at)?.written,
        })
    }
}

/// Which of the candidate's titles is closest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Closest {
    Current,
    /// Its place among the past titles.
    Past(usize),
    /// Its place among those that the summary names.
    Told(usize),
}

/// Which of the candidate's titles is closest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Finding {
    closest: Closest,
}

impl Finding {
    /// Whether the closest title is a past one.
    pub fn is_past(&self) -> bool {
        matches!(self.closest, Closest::Past(_))
    }

    /// Whether it is one that the summary names.
    pub fn is_in_summary(&self) -> bool {
        matches!(self.closest, Closest::Told(_))
    }
}

/// See the module's head.
pub fn measure(candidate: &HeldTitles, posting: Option<&Title>) -> Outcome<Finding> {
    measure_by(candidate, posting, |held, asked| held.likeness(asked))
}

/// The same, with the likeness of a held title and the one asked for from elsewhere.
pub fn measure_by(
    candidate: &HeldTitles,
    posting: Option<&Title>,
    mut likeness: impl FnMut(&Arc<Title>, &Title) -> f64,
) -> Outcome<Finding> {
    let Some(asked) = posting.filter(|_| !candidate.is_silent()) else {
        return Err(Unscored::silent(!candidate.is_silent(), posting.is_some()));
    };
    let current = candidate
        .current
        .iter()
        .map(|title| (title, 1.0, Closest::Current));
    let past = candidate.past.iter().enumerate();
    let past = past.map(|(at, title)| (title, PAST_TITLE, Closest::Past(at)));
    let stated = current
        .chain(past)
        .map(|(title, share, closest)| (likeness(title, asked) * share, closest));
    let mut best = None;
    for (score, closest) in stated.chain(told_closest(candidate, asked)) {
        if best.is_none_or(|(best, _)| score > best) {
            best = Some((score, closest));
        }
    }
    let (score, closest) = best.unwrap_or((0.0, Closest::Told(0)));
    Ok(Scored {
        score: score.clamp(0.0, 1.0),
        finding: Finding { closest },
    })
}

/// How much the summary's titles stand for the occupations asked for, and the weightiest of those
/// that do.
fn told_closest(candidate: &HeldTitles, asked: &Title) -> Option<(f64, Closest)> {
    let is_asked = |occupation: OccupationId| {
        asked
            .occupations
            .binary_search_by_key(&occupation, |entry| entry.0)
            .is_ok()
    };
    let at = candidate
        .told
        .iter()
        .position(|told| taxonomy::bearers(told.title).any(is_asked))
        .or_else(|| (!candidate.told.is_empty()).then_some(0))?;
    let likeness = (1.0 - FIELDS) * cosine(&asked.occupations, &candidate.occupations)
        + FIELDS * cosine(&asked.fields, &candidate.fields);
    let share = if candidate.states_none() {
        1.0
    } else {
        PAST_TITLE
    };
    Some((likeness * share, Closest::Told(at)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::gendered_forms;

    fn score(current: &str, past: &[&str], asked: &str) -> f64 {
        let past: Vec<String> = past.iter().map(ToString::to_string).collect();
        measure(
            &HeldTitles::of(Some(current), &past, &Prose::default()),
            Title::of(asked).as_deref(),
        )
        .unwrap()
        .score
    }

    #[test]
    fn gender_forms_marks_and_languages_make_no_difference() {
        for (held, asked) in [
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
            let score = score(held, &[], asked);
            assert!(score > 0.99, "{held} / {asked}: {score}");
        }
    }

    #[test]
    fn a_shared_generic_word_is_not_a_shared_occupation() {
        assert!(score("Responsable paie", &[], "Responsable logistique") < 0.5);
        let chefs = score("Chef de cuisine", &[], "Chef de projet");
        assert!(chefs < 0.5, "{chefs}");
        assert!(score("Infirmière", &[], "Développeur") < 0.2);
    }

    #[test]
    fn a_missing_word_costs_more_than_one_too_many() {
        let missing = score("Développeur", &[], "Développeur Rust");
        let extra = score("Développeur Rust", &[], "Développeur");
        assert!(missing < extra && extra < 1.0, "{missing} {extra}");
    }

    #[test]
    fn seniority_counts_only_where_both_name_one() {
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

    /// What a title is compared by; how near it is to occupations follows from its grams.
    fn compared(title: &str) -> (String, Vec<u32>, Terms, Vec<OccupationId>) {
        let words: Vec<String> = text::prose_words(title)
            .into_iter()
            .filter(|word| !text::is_gender_mark(word))
            .map(|word| names::one_gender(&word).into_owned())
            .collect();
        let stems = names::title_stems_of(&words);
        let borne_by = taxonomy::occupations_titled(&names::title_key(&names::title_stems(title)));
        (
            names::title_key(&stems),
            names::grams(&stems),
            TITLES.term_set(&words),
            borne_by,
        )
    }

    #[test]
    fn both_genders_of_every_title_of_the_taxonomy_are_one() {
        let titles = include_str!("../../../taxonomy/rome_titles.tsv")
            .lines()
            .filter_map(|line| line.split('\t').next())
            .chain(
                include_str!("../../../taxonomy/occupations.tsv")
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
    fn a_title_of_marks_alone_says_nothing() {
        assert!(Title::of("(H/F)").is_none());
        assert!(Title::of("  ").is_none());
        assert_eq!(
            measure(&HeldTitles::default(), Title::of("Comptable").as_deref()).unwrap_err(),
            Unscored::CandidateSilent
        );
    }
}
