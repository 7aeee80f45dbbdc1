//! Finds competences that clauses of a summary describe in other words.
//!
//! A requested competence of several words, or a known skill, that is neither software nor a
//! licence is compared with each clause ("Ran training courses for 40 technicians" for "deliver
//! training"). The strength is the mean of two values: the cosine of the two vectors, and the
//! alignment, which is the mean over the competence's words, weighted by their pull, of the cosine
//! with the closest word of the clause. The pull of a word is its influence on the competence's
//! vector. A clause counts if the cosine is at least 0.5 and each heavy word (at least 0.6 of the
//! largest pull) has a word with a cosine of at least 0.15 in the clause: without « sprinkler », no
//! clause shows "design sprinkler systems". The thresholds were chosen for precision: on
//! `sentences.tsv`, and on how many of 3,000 ESCO skills the clauses of CVs show by chance.

use std::{ops::Range, sync::OnceLock};

use crate::{
    embedding::{self, Direction, Signs},
    scoring::{names, prose::ContentWords, text},
};

/// Minimum strength; higher for a competence of one word, which matches by chance more often.
const LEAST_STRENGTH: f64 = 0.62;
const LEAST_STRENGTH_OF_A_WORD: f64 = 0.75;
const LEAST_COSINE: f64 = 0.5;
/// Minimum number of agreeing sign bits of two vectors. This filter drops 3% of the clauses with a
/// cosine of at least 0.5, and 99% of all clauses (measured on clauses of CVs and skills of ESCO).
const LEAST_AGREEMENT: u32 = 150;
/// Minimum cosine of a heavy word with the closest word of the clause.
const LEAST_COSINE_OF_A_WORD: f64 = 0.15;
/// Minimum cosine of the heaviest word with the closest word of a clause that is quoted.
const LEAST_COSINE_OF_THE_HEAVIEST: f64 = 0.5;
/// The same for each other word.
const LEAST_COSINE_OF_THE_OTHERS: f64 = 0.45;
/// Minimum pull of a heavy word, as a share of the largest pull.
const HEAVY: f64 = 0.6;

/// A competence, represented by the vectors of its words.
#[derive(Debug)]
pub(super) struct Competence {
    whole: Direction,
    signs: Signs,
    /// Each word with its pull on the whole vector.
    words: Box<[(Direction, f64)]>,
}

impl Competence {
    /// Compiles a competence. Returns `None` unless it has words that are no stop words and all of
    /// them have a vector.
    pub(super) fn of(name: &str) -> Option<Self> {
        let telling_words = words_with_vectors(name);
        let words = telling_words
            .iter()
            .map(|word| Direction::of_known_word(word));
        let words = words.collect::<Option<_>>()?;
        let whole = Direction::of_words(telling_words.iter().map(String::as_str))?;
        Some(Self {
            signs: Signs::of(&whole),
            whole,
            words,
        })
    }

    /// True if the competence has more than one word.
    pub(super) fn has_several_words(&self) -> bool {
        self.words.len() > 1
    }

    /// True if a clause has a word close in meaning to each word of the competence, and one closer
    /// still to the heaviest: « soins d'hygiène » show no « soins de nuit ».
    fn is_said_in(&self, clause: &ClauseWords) -> bool {
        let mut words = self.words.iter();
        words.all(|(word, _)| clause.has_word_near(word, LEAST_COSINE_OF_THE_OTHERS))
            && self.is_distinguished_in(clause)
    }

    /// True if a text has a word close in meaning to the competence's heaviest word, which
    /// distinguishes it: « prévention des escarres » is no quote for « prévention des chutes ».
    fn is_distinguished_in(&self, text: &ClauseWords) -> bool {
        let words = self.words.iter();
        let heaviest = words.max_by(|one, other| one.1.total_cmp(&other.1));
        heaviest.is_some_and(|(word, _)| text.has_word_near(word, LEAST_COSINE_OF_THE_HEAVIEST))
    }

    /// Works as [`Self::is_distinguished_in`] does, for the name of a stated skill.
    pub(super) fn is_distinguished_by(&self, name: &str) -> bool {
        self.is_distinguished_in(&ClauseWords::of(name))
    }

    /// Returns how strongly a clause shows the competence, in [0, 1]; `None` below the minimum.
    fn strength(&self, cosine: f64, clause: &ClauseWords) -> Option<f64> {
        if clause.count < self.words.len().min(2) {
            return None;
        }
        let heaviest = self.words.iter().map(|word| word.1).fold(0.0, f64::max);
        let (mut aligned, mut total) = (0.0, 0.0);
        for (word, pull) in &self.words {
            let cosines = clause.directions.iter().map(|said| word.cosine(said));
            let closest = cosines.fold(0.0, f64::max);
            if *pull >= HEAVY * heaviest && closest < LEAST_COSINE_OF_A_WORD {
                return None;
            }
            aligned += pull * closest;
            total += pull;
        }
        let strength = f64::midpoint(cosine, aligned / total).min(1.0);
        let least = if self.has_several_words() {
            LEAST_STRENGTH
        } else {
            LEAST_STRENGTH_OF_A_WORD
        };
        (strength >= least).then_some(strength)
    }
}

/// Returns the words of a text that are no stop words, in the form that has vectors.
pub(super) fn words_with_vectors(text: &str) -> Vec<String> {
    let mut words = embedding::words(text);
    words.retain(|word| {
        let has_letters = word.bytes().filter(u8::is_ascii_lowercase).count() > 1;
        has_letters && !text::is_stop_word(word)
    });
    for word in &mut words {
        *word = embedding::in_one_gender(&names::one_gender(word));
    }
    words
}

/// The clauses of a summary with their vectors.
#[derive(Debug, Default)]
pub(super) struct Clauses {
    signs: Box<[Signs]>,
    /// The clauses, parallel to `signs`.
    clauses: Box<[Clause]>,
}

#[derive(Debug)]
struct Clause {
    bytes: Range<u32>,
    meaning: Direction,
    /// Computed at first use, since most clauses are similar to no competence.
    words: OnceLock<ClauseWords>,
}

impl Clause {
    fn words(&self, content_words: &ContentWords) -> &ClauseWords {
        let find = || ClauseWords::of(content_words.written(self.bytes.clone()));
        self.words.get_or_init(find)
    }
}

/// The words of a clause that are no stop words.
#[derive(Debug)]
struct ClauseWords {
    count: usize,
    /// Directions of the words that have one.
    directions: Box<[Direction]>,
}

impl ClauseWords {
    fn of(clause: &str) -> Self {
        let words = words_with_vectors(clause);
        let direction = |word: &String| {
            let known = Direction::of_known_word(word).map(|(direction, _)| direction);
            known.or_else(|| Direction::of_words([word.as_str()]))
        };
        Self {
            count: words.len(),
            directions: words.iter().filter_map(direction).collect(),
        }
    }

    fn has_word_near(&self, word: &Direction, least: f64) -> bool {
        let mut said = self.directions.iter();
        said.any(|said| word.cosine(said) >= least)
    }
}

impl Clauses {
    /// Compiles the clauses of a summary.
    pub(super) fn of(content_words: &ContentWords) -> Self {
        let clause = |bytes: Range<u32>| {
            let words = words_with_vectors(content_words.written(bytes.clone()));
            let meaning = Direction::of_words(words.iter().map(String::as_str))?;
            Some(Clause {
                bytes,
                meaning,
                words: OnceLock::new(),
            })
        };
        let clauses: Box<[Clause]> = content_words
            .clauses()
            .into_iter()
            .filter_map(clause)
            .collect();
        let signs = clauses.iter().map(|clause| Signs::of(&clause.meaning));
        Self {
            signs: signs.collect(),
            clauses,
        }
    }

    /// Returns the index of the clause that shows a competence most strongly, the first of equal
    /// ones, and its strength.
    pub(super) fn showing(
        &self,
        content_words: &ContentWords,
        requested: &Competence,
    ) -> Option<(usize, f64)> {
        let mut best: Option<(usize, f64)> = None;
        for (at, signs) in self.signs.iter().enumerate() {
            if signs.agreement(&requested.signs) < LEAST_AGREEMENT {
                continue;
            }
            let clause = &self.clauses[at];
            let cosine = requested.whole.cosine(&clause.meaning);
            // Upper bound: the mean of the cosine and a perfect alignment of 1.
            let most = f64::midpoint(cosine, 1.0);
            if cosine < LEAST_COSINE || best.is_some_and(|(_, strength)| most <= strength) {
                continue;
            }
            if let Some(strength) = requested.strength(cosine, clause.words(content_words))
                && best.is_none_or(|(_, other)| strength > other)
            {
                best = Some((at, strength));
            }
        }
        best
    }

    /// True if the clause at an index has the words of a competence.
    pub(super) fn shows_specifically(
        &self,
        content_words: &ContentWords,
        at: usize,
        requested: &Competence,
    ) -> bool {
        requested.is_said_in(self.clauses[at].words(content_words))
    }

    /// Returns the byte range of a clause in the summary.
    pub(super) fn bytes(&self, at: usize) -> Range<u32> {
        self.clauses[at].bytes.clone()
    }
}
