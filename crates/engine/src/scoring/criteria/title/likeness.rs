//! How alike two occupations are that titles name; see the parent module for the rules.

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

/// Likeness by the taxonomy of two names of one occupation, at least.
const ONE_OCCUPATION: f32 = 0.9;
/// The same where a title only contains a name of the occupation (« infirmière en EHPAD »).
const CONTAINED: f32 = 0.8;
/// Share that the likeness of the letters has in the likeness by the taxonomy.
const LETTERS: f64 = 0.02;
/// Share of the taxonomy; the rest is the meaning's.
const TAXONOMY: f64 = 0.55;
/// Share of the taxonomy's part that counts only as far as the meaning agrees: occupations bear
/// aliases that name others (« viticulteur », « sommelier »).
const AGREED: f64 = 0.3;
/// What equal letters count for against equal meaning: in other languages they tell more.
const LETTERS_OF_MEANING: f64 = 0.9;
/// Strength of the curve that lifts names of one occupation and leaves strangers where they are.
const LIFT: f64 = 0.55;
/// Known words for the same in both languages cost at most this where their meanings seem to
/// differ.
const SAME_TERMS_LOSS: f64 = 0.01;
/// The cosine from which on meanings are the same.
const SAME_MEANING: f64 = 0.5;
/// What a broad role loses of its likeness to a title that says more, times that likeness: at most
/// 0.65 is left, and strangers stay where they are.
const BROAD_LOSS: f64 = 0.35;
/// Share of the core's meaning where titles have details; the rest is that of all words.
const CORE: f64 = 0.85;
/// Shared terms count as this where words differ that terms leave out.
const MOSTLY_SAME_TERMS: f64 = 0.9;
/// Stems of a title that are searched for a title within; bounds the work on hostile input.
const MOST_STEMS: usize = 10;
/// What terms asked for and not held cost, at most.
const MISSING_TERMS: f64 = 0.04;
/// Share of what the terms of a shared known occupation count for that follows the meaning.
const KNOWN_BY_MEANING: f64 = 0.1;
/// Names of near occupations that stand for a title which nobody bears.
const FEW_NEAR: usize = 5;

/// One occupation that a title names, prepared for comparing.
#[derive(Debug)]
pub struct NamedOccupation {
    /// The stems of the core.
    core: Box<str>,
    /// The stems of all words.
    key: Box<str>,
    terms: Terms,
    /// Those of known occupations, which are the same in French and English.
    known_terms: Vec<u64>,
    /// The ESCO occupations and ISCO groups that bear the core, sorted.
    pub borne_by: Vec<OccupationId>,
    /// Those that bear the longest title within the core, sorted; empty where some bear the core.
    contained: Vec<OccupationId>,
    pub near: NearOccupations,
    grams: Grams,
    pub meaning: Option<Vector>,
    /// The meaning of the core alone.
    core_meaning: Option<Vector>,
    has_details: bool,
    /// Whether most words are neither French nor English, as far as the taxonomy's vectors tell.
    is_foreign: bool,
    /// Stems that terms leave out, since they say nothing in running text (« technicien du son »).
    says_more: Vec<String>,
    is_broad: bool,
}

impl NamedOccupation {
    /// Prepares what a title says; none when no word is left.
    pub fn of(reading: &Reading) -> Option<Self> {
        let in_one_gender = |words: &[String]| -> Vec<String> {
            words
                .iter()
                .map(|word| names::one_gender(word).into_owned())
                .collect()
        };
        let (mut core, mut all) = (in_one_gender(&reading.core), in_one_gender(&reading.all));
        let long = |words: &[String]| in_one_gender(&parse::expanded(words));
        let mut borne_by = bearers(&core);
        if borne_by.is_empty() && !TITLES.has_phrase(&core) {
            core = long(&core);
            all = long(&all);
            borne_by = bearers(&core);
        }
        let terms = TITLES.term_set(&all);
        if terms.is_empty() {
            return None;
        }
        let known_terms = TITLES.known_terms(&all);
        let stems = names::title_stems_of(&core);
        let all_stems = names::title_stems_of(&all);
        // What a known title is near to is a matter of its occupation, not of its language.
        let near = if borne_by.is_empty() {
            taxonomy::near_occupations(&stems)
        } else {
            near_bearers(&borne_by)
        };
        let contained = if borne_by.is_empty() {
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
            borne_by,
            contained,
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

    /// Whether some occupation bears it.
    fn is_known(&self) -> bool {
        !self.borne_by.is_empty()
    }

    /// How alike it is to one asked for, in [0, 1]; 1 only for the same words or known words for
    /// the same.
    pub fn likeness(&self, asked: &Self) -> f64 {
        if self.key == asked.key {
            return 1.0;
        }
        let letters = f64::from(self.grams.likeness(&asked.grams));
        let meaning = self.meaning_shared(asked, letters);
        let mut shared_terms = overlap(&asked.terms, &self.terms);
        if shared_terms >= 1.0
            && (self.is_broad != asked.is_broad || self.says_more != asked.says_more)
        {
            shared_terms = MOSTLY_SAME_TERMS;
        }
        if shared_terms >= 1.0 {
            return 1.0 - SAME_TERMS_LOSS * (SAME_MEANING - meaning).max(0.0);
        }
        let mut by_taxonomy = if self.core == asked.core {
            1.0
        } else {
            f64::from(self.nearness(asked))
        };
        if !self.is_known() && !asked.is_known() {
            // Words say less than occupations: a shared one is often a rank or a place of work.
            by_taxonomy = by_taxonomy.max(shared_terms);
        }
        let by_taxonomy = by_taxonomy * (1.0 - LETTERS) + letters * LETTERS;
        let agreed = 1.0 - AGREED + AGREED * meaning;
        let likeness = TAXONOMY * by_taxonomy * by_taxonomy * agreed + (1.0 - TAXONOMY) * meaning;
        let likeness = likeness * (1.0 + LIFT * likeness * (1.0 - likeness));
        let likeness = likeness * (1.0 - MISSING_TERMS * (1.0 - shared_terms));
        // A known occupation with a specialism: "back-end developer" for "software engineer".
        let is_shared = |term: &u64| asked.known_terms.binary_search(term).is_ok();
        let likeness = if self.known_terms.iter().any(is_shared) {
            likeness.max(shared_terms * (1.0 - KNOWN_BY_MEANING + KNOWN_BY_MEANING * meaning))
        } else {
            likeness
        };
        if self.is_broad == asked.is_broad {
            likeness
        } else {
            likeness * (1.0 - BROAD_LOSS * likeness)
        }
    }

    /// How alike the meanings are, in [0, 1]. Details narrow an occupation and don't outweigh it.
    fn meaning_shared(&self, asked: &Self, letters: f64) -> f64 {
        let cosine = |one: &Option<Vector>, other: &Option<Vector>| match (one, other) {
            (Some(one), Some(other)) => f64::from(one.cosine(other)),
            // Texts in scripts without vectors are compared by their letters.
            _ => letters,
        };
        let mut meaning = cosine(&self.meaning, &asked.meaning);
        if self.has_details || asked.has_details {
            meaning =
                CORE * cosine(&self.core_meaning, &asked.core_meaning) + (1.0 - CORE) * meaning;
        }
        if self.is_foreign || asked.is_foreign {
            meaning = meaning.max(LETTERS_OF_MEANING * letters);
        }
        meaning.clamp(0.0, 1.0)
    }

    /// How near the taxonomy has the two, in [0, 1].
    fn nearness(&self, other: &Self) -> f32 {
        let near_to = |title: &Self, bearers: &[OccupationId]| {
            bearers
                .iter()
                .filter_map(|bearer| title.near.binary_search_by_key(bearer, |near| near.0).ok())
                .fold(0.0_f32, |best, at| best.max(title.near[at].1))
        };
        // Most titles share no bearer, and collect nothing.
        let shared = shared_by(&self.borne_by, &other.borne_by);
        if !shared.is_empty() {
            // An occupation bears many names, and some names are borne by several.
            let near = f32::midpoint(near_to(self, &shared), near_to(other, &shared));
            return ONE_OCCUPATION + (1.0 - ONE_OCCUPATION) * near;
        }
        let borne = near_to(self, &other.borne_by).max(near_to(other, &self.borne_by));
        let near = if borne > 0.0 {
            borne
        } else {
            both_near(&self.near, &other.near)
        };
        let contains = || {
            !other.is_broad && contains_words(&self.core, &other.core)
                || !self.is_broad && contains_words(&other.core, &self.core)
        };
        if near < CONTAINED && (self.contains_what_is_borne_by(other) || contains()) {
            CONTAINED
        } else {
            near
        }
    }

    /// Whether one contains a title of an occupation that bears, or is contained in, the other.
    fn contains_what_is_borne_by(&self, other: &Self) -> bool {
        let meets = |one: &[OccupationId], other: &[OccupationId]| {
            one.iter().any(|id| other.binary_search(id).is_ok())
        };
        meets(&self.contained, &other.borne_by) || meets(&other.contained, &self.borne_by)
    }
}

/// Whether the words of one key stand in another, one after the other.
fn contains_words(key: &str, part: &str) -> bool {
    !part.is_empty()
        && part.len() <= key.len()
        && key.match_indices(part).any(|(at, _)| {
            let (before, after) = (&key[..at], &key[at + part.len()..]);
            (before.is_empty() || before.ends_with(' '))
                && (after.is_empty() || after.starts_with(' '))
        })
}

fn shared_by(one: &[OccupationId], other: &[OccupationId]) -> Vec<OccupationId> {
    one.iter()
        .filter(|occupation| other.binary_search(occupation).is_ok())
        .copied()
        .collect()
}

/// The occupations of both languages that bear exactly these words.
fn bearers(words: &[String]) -> Vec<OccupationId> {
    let key = names::title_key(&names::title_stems_of(words));
    let mut borne_by = taxonomy::occupations_titled(&key);
    borne_by.retain(|occupation| taxonomy::is_shared_by_languages(*occupation));
    borne_by
}

/// The occupations of both languages that bear the longest title within these stems, the first of
/// equally long ones.
fn contained_in(stems: &[String]) -> Vec<OccupationId> {
    let stems = &stems[..stems.len().min(MOST_STEMS)];
    for length in (1..stems.len()).rev() {
        for part in stems.windows(length) {
            if !is_broad_role(part) {
                let mut bearers = taxonomy::occupations_titled(&names::title_key(part));
                bearers.retain(|occupation| taxonomy::is_shared_by_languages(*occupation));
                if !bearers.is_empty() {
                    return bearers;
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

/// The vector of words whose gender makes no difference.
fn meaning_of(words: &[String]) -> Option<Vector> {
    let mut words: Vec<String> = words
        .iter()
        .map(|word| embedding::in_one_gender(word))
        .collect();
    words.dedup();
    Vector::of(&words.join(" "))
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
