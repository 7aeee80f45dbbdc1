//! Similarity of two occupations that titles name; the parent module states the rules.

use super::parse::{self, Reading};
use crate::{
    embedding::{self, Vector},
    scoring::{
        names,
        taxonomy::{self, Grams, NearOccupations, OccupationId},
        text,
        vocabulary::{TITLES, Terms, is_broad_role, overlap},
    },
};

/// Minimum taxonomy similarity of two names of one occupation.
const ONE_OCCUPATION: f32 = 0.9;
/// Minimum taxonomy similarity if one title contains the other, or a title of an occupation that
/// has the other (« infirmière en EHPAD »).
const CONTAINED: f32 = 0.8;
/// Weight of the character n-grams within the taxonomy similarity.
const LETTERS: f64 = 0.02;
/// Weight of the square of the taxonomy similarity; the semantic similarity has the rest. The
/// square makes the many loose relations of the taxonomy count little, and close ones much.
const TAXONOMY: f64 = 0.55;
/// Share of the taxonomy similarity that counts only as far as the vectors agree, because some
/// aliases of an occupation name other work (« viticulteur » among those of « sommelier »).
const AGREED: f64 = 0.3;
/// Factor by which the similarity of n-grams counts as semantic similarity in other languages,
/// whose vectors are less reliable.
const LETTERS_OF_MEANING: f64 = 0.9;
/// Strength of the curve that raises names of one occupation and leaves unrelated titles unchanged.
const LIFT: f64 = 0.55;
/// Loss of two titles with equal terms for each unit by which their cosine is below
/// [`SAME_MEANING`]: at most 0.005 in total.
const SAME_TERMS_LOSS: f64 = 0.01;
/// Minimum cosine of two titles with equal terms that costs nothing.
const SAME_MEANING: f64 = 0.5;
/// Loss between a broad role and a more specific title: a similarity s becomes s·(1 - 0.35·s). So
/// at most 0.65 is left, and unrelated titles are unchanged.
const BROAD_LOSS: f64 = 0.35;
/// Weight of the core's vector if titles have details; the rest is that of all words.
const CORE: f64 = 0.85;
/// Overlap of equal terms if the titles differ in stop words, which are no terms, or if exactly one
/// of them is a broad role.
const MOSTLY_SAME_TERMS: f64 = 0.9;
/// Maximum number of stems in which a contained title is searched; bounds the work on hostile
/// input.
const MOST_STEMS: usize = 10;
/// Maximum loss for terms that differ.
const MISSING_TERMS: f64 = 0.04;
/// Weight of the semantic similarity for two titles that name the same occupation of the table of
/// titles; their shared terms have the rest.
const KNOWN_BY_MEANING: f64 = 0.1;
/// Number of a title's occupations whose names are searched for similar occupations.
const FEW_NEAR: usize = 5;

/// Bloom filter with one bit for each occupation: most searches find nothing, and the filter proves
/// it without one.
#[derive(Debug)]
struct OccupationFilter(u128);

impl OccupationFilter {
    fn of(occupations: &NearOccupations) -> Self {
        let bits = occupations.iter().map(|near| Self::bit(near.0));
        Self(bits.fold(0, |all, bit| all | bit))
    }

    fn bit(occupation: OccupationId) -> u128 {
        1 << (occupation % 128)
    }

    fn may_contain(&self, occupation: OccupationId) -> bool {
        self.0 & Self::bit(occupation) != 0
    }
}

/// One occupation that a title names, compiled.
#[derive(Debug)]
pub struct NamedOccupation {
    /// The key of the core: the stems of the occupation's words.
    core: Box<str>,
    /// The key of all words.
    key: Box<str>,
    terms: Terms,
    /// Terms of known occupations, which are equal in French and English.
    known_terms: Vec<u64>,
    /// The ESCO occupations and ISCO groups that have the core as a title, sorted.
    pub holders: Vec<OccupationId>,
    /// Occupations with the longest title within the core, sorted; empty if `holders` isn't.
    contained: Vec<OccupationId>,
    pub near: NearOccupations,
    near_filter: OccupationFilter,
    grams: Grams,
    pub meaning: Option<Vector>,
    /// The vector of the core alone.
    core_meaning: Option<Vector>,
    has_details: bool,
    /// True if most words are neither French nor English, as far as the taxonomy's vectors tell.
    is_foreign: bool,
    /// Stems that are no terms because they are stop words in running text (« technicien du son »).
    says_more: Vec<String>,
    is_broad: bool,
}

impl NamedOccupation {
    /// Compiles an occupation; returns `None` if no word is left.
    pub fn of(reading: &Reading) -> Option<Self> {
        let in_one_gender = |words: &[String]| -> Vec<String> {
            words
                .iter()
                .map(|word| names::one_gender(word).into_owned())
                .collect()
        };
        let (mut core, mut all) = (in_one_gender(&reading.core), in_one_gender(&reading.all));
        let long = |words: &[String]| in_one_gender(&parse::expanded(words));
        let mut holders = holders_of(&core);
        if holders.is_empty() && !TITLES.has_phrase(&core) {
            core = long(&core);
            all = long(&all);
            holders = holders_of(&core);
        }
        let terms = TITLES.term_set(&all);
        if terms.is_empty() {
            return None;
        }
        let known_terms = TITLES.known_terms(&all);
        let stems = names::title_stems_of(&core);
        let all_stems = names::title_stems_of(&all);
        // For a known title, similarity depends on its occupation and not on its language.
        let near = if holders.is_empty() {
            taxonomy::near_occupations(&stems)
        } else {
            near_holders(&holders)
        };
        let contained = if holders.is_empty() {
            contained_in(&stems)
        } else {
            Vec::new()
        };
        let meaning = meaning_of(&long(&all));
        let core_meaning = if core == all {
            meaning.clone()
        } else {
            meaning_of(&long(&core))
        };
        Some(Self {
            is_broad: is_broad_role(&stems),
            core: names::title_key(&stems).into(),
            key: names::title_key(&all_stems).into(),
            terms,
            known_terms,
            holders,
            contained,
            near_filter: OccupationFilter::of(&near),
            near,
            grams: Grams::of(&all_stems),
            says_more: all_stems
                .iter()
                .filter(|stem| text::is_stop_word(stem))
                .cloned()
                .collect(),
            has_details: core != all,
            is_foreign: is_foreign(&all),
            meaning,
            core_meaning,
        })
    }

    /// True if some occupation has it as a title.
    fn is_known(&self) -> bool {
        !self.holders.is_empty()
    }

    /// Returns the similarity to a requested occupation, in [0, 1]; 1 only for equal words, or for
    /// terms known to be equal.
    pub fn similarity(&self, requested: &Self) -> f64 {
        if self.key == requested.key {
            return 1.0;
        }
        let letters = f64::from(self.grams.similarity(&requested.grams));
        let meaning = self.meaning_shared(requested, letters);
        let mut shared_terms = overlap(&requested.terms, &self.terms);
        if shared_terms >= 1.0
            && (self.is_broad != requested.is_broad || self.says_more != requested.says_more)
        {
            shared_terms = MOSTLY_SAME_TERMS;
        }
        if shared_terms >= 1.0 {
            return 1.0 - SAME_TERMS_LOSS * (SAME_MEANING - meaning).max(0.0);
        }
        let mut by_taxonomy = if self.core == requested.core {
            1.0
        } else {
            f64::from(self.nearness(requested))
        };
        if !self.is_known() && !requested.is_known() {
            // Words are weaker evidence than occupations: a shared word is often a rank or a place
            // of work.
            by_taxonomy = by_taxonomy.max(shared_terms);
        }
        let by_taxonomy = by_taxonomy * (1.0 - LETTERS) + letters * LETTERS;
        let agreed = 1.0 - AGREED + AGREED * meaning;
        let similarity = TAXONOMY * by_taxonomy * by_taxonomy * agreed + (1.0 - TAXONOMY) * meaning;
        let similarity = similarity * (1.0 + LIFT * similarity * (1.0 - similarity));
        let similarity = similarity * (1.0 - MISSING_TERMS * (1.0 - shared_terms));
        // A known occupation with a specialism: "back-end developer" for "software engineer".
        let is_shared = |term: &u64| requested.known_terms.binary_search(term).is_ok();
        let similarity = if self.known_terms.iter().any(is_shared) {
            similarity.max(shared_terms * (1.0 - KNOWN_BY_MEANING + KNOWN_BY_MEANING * meaning))
        } else {
            similarity
        };
        if self.is_broad == requested.is_broad {
            similarity
        } else {
            similarity * (1.0 - BROAD_LOSS * similarity)
        }
    }

    /// Returns the semantic similarity in [0, 1]. Details have a small weight, because they narrow
    /// an occupation.
    fn meaning_shared(&self, requested: &Self, letters: f64) -> f64 {
        let cosine = |one: &Option<Vector>, other: &Option<Vector>| match (one, other) {
            (Some(one), Some(other)) => f64::from(one.cosine(other)),
            // Texts in scripts without vectors are compared by their n-grams.
            _ => letters,
        };
        let mut meaning = cosine(&self.meaning, &requested.meaning);
        if self.has_details || requested.has_details {
            meaning =
                CORE * cosine(&self.core_meaning, &requested.core_meaning) + (1.0 - CORE) * meaning;
        }
        if self.is_foreign || requested.is_foreign {
            meaning = meaning.max(LETTERS_OF_MEANING * letters);
        }
        meaning.clamp(0.0, 1.0)
    }

    /// Returns the similarity to an occupation, if it is similar.
    fn near_to(&self, occupation: OccupationId) -> Option<f32> {
        if !self.near_filter.may_contain(occupation) {
            return None;
        }
        let at = self.near.binary_search_by_key(&occupation, |near| near.0);
        Some(self.near[at.ok()?].1)
    }

    /// Returns the best similarity to a common occupation: the maximum, over occupations, of the
    /// smaller of the two titles' similarities.
    fn both_near(&self, other: &Self) -> f32 {
        let mut best = 0.0;
        for (occupation, similarity) in &self.near {
            // A less similar occupation can't raise the maximum, and needs no search.
            if *similarity > best
                && let Some(of_other) = other.near_to(*occupation)
            {
                best = similarity.min(of_other).max(best);
            }
        }
        best
    }

    /// Returns the taxonomy similarity in [0, 1].
    fn nearness(&self, other: &Self) -> f32 {
        let near_to = |title: &Self, holders: &[OccupationId]| {
            holders
                .iter()
                .filter_map(|holder| title.near_to(*holder))
                .fold(0.0_f32, f32::max)
        };
        // Most titles share no occupation, and the empty vector allocates nothing.
        let shared = shared_by(&self.holders, &other.holders);
        if !shared.is_empty() {
            // An occupation has many titles, and some titles belong to several occupations.
            let near = f32::midpoint(near_to(self, &shared), near_to(other, &shared));
            return ONE_OCCUPATION + (1.0 - ONE_OCCUPATION) * near;
        }
        let to_holders = near_to(self, &other.holders).max(near_to(other, &self.holders));
        let near = if to_holders > 0.0 {
            to_holders
        } else {
            self.both_near(other)
        };
        let contains = || {
            !other.is_broad && contains_words(&self.core, &other.core)
                || !self.is_broad && contains_words(&other.core, &self.core)
        };
        if near < CONTAINED && (self.contains_title_of_holders(other) || contains()) {
            CONTAINED
        } else {
            near
        }
    }

    /// True if one title contains a title of an occupation that the other has.
    fn contains_title_of_holders(&self, other: &Self) -> bool {
        let meets = |one: &[OccupationId], other: &[OccupationId]| {
            one.iter().any(|id| other.binary_search(id).is_ok())
        };
        meets(&self.contained, &other.holders) || meets(&other.contained, &self.holders)
    }
}

/// True if the words of one key occur in sequence in another.
fn contains_words(key: &str, part: &str) -> bool {
    let mut rest = Some(key).filter(|_| !part.is_empty());
    while let Some(words) = rest.filter(|words| words.len() >= part.len()) {
        let after = words.strip_prefix(part);
        if after.is_some_and(|after| after.is_empty() || after.starts_with(' ')) {
            return true;
        }
        rest = words.split_once(' ').map(|(_, words)| words);
    }
    false
}

fn shared_by(one: &[OccupationId], other: &[OccupationId]) -> Vec<OccupationId> {
    one.iter()
        .filter(|occupation| other.binary_search(occupation).is_ok())
        .copied()
        .collect()
}

/// Returns the occupations of both languages that have exactly these words as a title.
fn holders_of(words: &[String]) -> Vec<OccupationId> {
    let key = names::title_key(&names::title_stems_of(words));
    let mut holders = taxonomy::occupations_titled(&key);
    holders.retain(|occupation| taxonomy::is_shared_by_languages(*occupation));
    holders
}

/// Returns the occupations of both languages with the longest title within these stems, the first
/// of equally long ones.
fn contained_in(stems: &[String]) -> Vec<OccupationId> {
    let stems = &stems[..stems.len().min(MOST_STEMS)];
    for length in (1..stems.len()).rev() {
        for part in stems.windows(length) {
            if !is_broad_role(part) {
                let mut holders = taxonomy::occupations_titled(&names::title_key(part));
                holders.retain(|occupation| taxonomy::is_shared_by_languages(*occupation));
                if !holders.is_empty() {
                    return holders;
                }
            }
        }
    }
    Vec::new()
}

fn is_foreign(words: &[String]) -> bool {
    let known = words
        .iter()
        .filter(|word| taxonomy::has_known_word(std::slice::from_ref(*word)));
    2 * known.count() < words.len()
}

/// Returns the vector of words, independent of their gender.
fn meaning_of(words: &[String]) -> Option<Vector> {
    let mut words: Vec<String> = words
        .iter()
        .map(|word| embedding::in_one_gender(word))
        .collect();
    words.dedup();
    Vector::of(&words.join(" "))
}

/// Returns the occupations similar to some occupations, by their names in both languages.
fn near_holders(holders: &[OccupationId]) -> NearOccupations {
    let mut near: NearOccupations = holders
        .iter()
        .take(FEW_NEAR)
        .flat_map(|holder| [(*holder, false), (*holder, true)])
        .flat_map(|(holder, in_french)| {
            let stems = names::title_stems(taxonomy::occupation_name(holder, in_french));
            taxonomy::near_occupations(&stems)
        })
        .collect();
    near.sort_by(|one, other| one.0.cmp(&other.0).then(other.1.total_cmp(&one.1)));
    near.dedup_by_key(|entry| entry.0);
    near
}
