//! Free text of each side against the other side.
//!
//! A text is represented by the roots of its words, without single letters and stop words, and
//! without clauses about private circumstances (`vocabulary/private_circumstances.txt`). A root
//! that occurs n times weighs ln(1 + n) times its rarity (see [`taxonomy::term_rarity`]; for an
//! unknown word 1.2 for each letter of the root, at most 9), and half of that if any posting or CV
//! may use it. A text without any other root says nothing about work, and counts as absent.
//!
//! *A summary.* The posting is represented by its description, and by texts about the occupations
//! of its title in English and in French (names, aliases and essential skills of the four likeliest
//! occupations; after Gabrilovich and Markovitch's explicit semantic analysis, 2007). The largest
//! cosine c of these with the summary counts; that of the description is squared if occupations are
//! known, because descriptions share many words unrelated to the work. It is mapped to d = 1.4·c /
//! (c + 0.4), which keeps 0 and 1 and spreads the low values that even a good summary reaches. If a
//! posting has no description, the texts about all occupations of its title replace it: d is then
//! the mean of that value and of min(1, 3·s), where s is the share of these texts' words that the
//! summary uses. With the share t of the title's words that the summary uses, the lexical
//! similarity is w = 1 - (1 - d)·(1 - t²). The semantic similarity m is the cosine of two vectors
//! of the embedding: that of the summary, whose first words weigh most
//! ([`Sum::add_at`](crate::embedding::Sum::add_at)), and that of the posting's title and its
//! occupations, or of the description if no title is stated. The score is 0.45·w + 0.55·m.
//!
//! *A title without a summary.* The title replaces the summary: with the share t of its words that
//! the posting uses, and the largest cosine o of the words of its occupations with the description,
//! the lexical similarity is w = 1 - (1 - min(1, 1.3·t))·(1 - o), the semantic similarity m is the
//! cosine of title and description, and the score is 0.67·w + 0.33·m; the best of the current and
//! past titles counts. Two titles alone belong to the title criterion, and have no score here.
//!
//! *An external encoder.* If both profiles have a vector of the same model and length
//! ([`Encoding`]), its similarity is m in either case, even if the embedding has no vector.
//!
//! *The share of some words* is weighted by their rarity, and each counts n / (n + 1.2·(0.25 +
//! 0.75·L/150)) if it occurs n times in a text of L words: the saturation of Okapi BM25 (Robertson
//! and Zaragoza, 2009) with a fixed mean length. In a posting, a word of the title counts five
//! times and one of a listed skill twice. Rarities and lengths are fixed, so the score of a pair
//! depends on that pair alone.

use std::sync::{Arc, LazyLock};

use super::{Outcome, Scored, Unscored, of_unit_length, summed, title::Title};
use crate::embedding::{self, Sum, Vector};
use crate::profiles::encoding::Encoding;
use crate::scoring::{
    names,
    prose::Prose,
    taxonomy::{self, OccupationId},
    text,
    vocabulary::table,
};

/// Weight of words that any posting or CV may use.
const COMMON_WORD: f64 = 0.5;
/// Rarity of an unknown word for each letter of its root, and the maximum.
const RARITY_OF_A_LETTER: f64 = 1.2;
const RAREST: f64 = 9.0;
/// Constant of the map that spreads low cosines (see the module documentation).
const DAMPING: f64 = 0.4;
/// Weight of the semantic similarity, for a summary and for a title that replaces it.
const MEANING_OF_SUMMARY: f64 = 0.55;
const MEANING_OF_TITLE: f64 = 0.33;
/// Factor for the share of a stated title's words that a posting uses.
const TITLE_IN_POSTING: f64 = 1.3;
/// Factor for the share of the words of a title's occupations that a summary uses, and its weight
/// if no description is stated. Chosen on `fr_text2title` and `rome_definitions`.
const OCCUPATIONS_IN_SUMMARY: f64 = 3.0;
const SHARE_OF_OCCUPATIONS: f64 = 0.5;
/// Saturation and length normalisation of BM25, and the mean length in words.
const SATURATION: f64 = 1.2;
const BY_LENGTH: f64 = 0.75;
const MEAN_LENGTH: f64 = 150.0;
/// Weight of an occurrence in a posting's title and among its skills; 1 in the description.
const TITLE_COUNTS: f64 = 5.0;
const SKILL_COUNTS: f64 = 2.0;
/// Maximum number of titles that replace a summary.
const MOST_TITLES: usize = 64;
/// Number of a title's occupations that represent it: those with the largest weights.
const LIKELIEST: usize = 4;

/// Maximum number of terms kept of one text, the heaviest ones, so that one huge text can't slow
/// down every comparison.
const MOST_TERMS: usize = 512;

/// Terms of a text with weights of unit length; empty if the text says nothing.
#[derive(Debug, Default)]
pub struct TextVector {
    /// Hashed roots, sorted.
    terms: Box<[u32]>,
    /// The weights, parallel to `terms`.
    weights: Box<[f64]>,
}

impl TextVector {
    /// Scales the weights to unit length. The terms must be sorted.
    fn of(weighed: Vec<(u32, f64)>) -> Self {
        let (terms, weights): (Vec<u32>, Vec<f64>) = of_unit_length(weighed).into_iter().unzip();
        Self {
            terms: terms.into(),
            weights: weights.into(),
        }
    }

    fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Keeps the weights unscaled. The terms must be sorted.
    fn unscaled(weighed: Vec<(u32, f64)>) -> Self {
        let (terms, weights): (Vec<u32>, Vec<f64>) = weighed.into_iter().unzip();
        Self {
            terms: terms.into(),
            weights: weights.into(),
        }
    }

    /// Returns the cosine of two texts. The products are added in the order of the terms.
    fn cosine(&self, other: &Self) -> f64 {
        let (short, long) = if self.terms.len() <= other.terms.len() {
            (self, other)
        } else {
            (other, self)
        };
        let (mut sum, mut passed) = (0.0, 0);
        for (term, weight) in short.terms.iter().zip(&short.weights) {
            passed += long.terms[passed..].partition_point(|other| other < term);
            match long.terms.get(passed) {
                Some(other) if other == term => sum += weight * long.weights[passed],
                Some(_) => {}
                None => break,
            }
        }
        sum
    }
}

/// A hash table of the terms of a text that is compared with many others.
pub struct TermTable {
    /// Bloom filter: one bit for each prefix of a term. Most terms of another text are absent here,
    /// and the filter proves it.
    beginnings: Box<[u64]>,
    /// Open addressing: a term is stored at the index of its upper bits or after it. At least half
    /// of the slots are free.
    terms: Box<[Option<(u32, f64)>]>,
    /// Number of bits by which a term is shifted to its index.
    shift: u32,
}

/// Number of bits of a term's prefix.
const BEGINNING: u32 = 13;

impl TermTable {
    /// Builds the table of a text.
    pub fn of(text: &TextVector) -> Self {
        let places = (2 * text.terms.len()).next_power_of_two().max(2);
        let mut table = Self {
            beginnings: vec![0; 1 << (BEGINNING - u64::BITS.ilog2())].into(),
            terms: vec![None; places].into(),
            shift: u32::BITS - places.ilog2(),
        };
        for (term, weight) in text.terms.iter().zip(&text.weights) {
            let (word, bit) = Self::beginning(*term);
            table.beginnings[word] |= bit;
            let mut place = (term >> table.shift) as usize;
            while table.terms[place].is_some() {
                place = (place + 1) & (places - 1);
            }
            table.terms[place] = Some((*term, *weight));
        }
        table
    }

    /// Returns the index of the filter's word, and the bit in it.
    fn beginning(term: u32) -> (usize, u64) {
        let beginning = term >> (u32::BITS - BEGINNING);
        (
            (beginning / u64::BITS) as usize,
            1 << (beginning % u64::BITS),
        )
    }

    fn weight(&self, term: u32) -> Option<f64> {
        let mut place = (term >> self.shift) as usize;
        while let Some((other, weight)) = self.terms[place] {
            if other == term {
                return Some(weight);
            }
            place = (place + 1) & (self.terms.len() - 1);
        }
        None
    }

    /// Returns the cosine with another text. Bit-identical to the cosine of the two vectors: the
    /// same products are added in the same order.
    fn cosine(&self, other: &TextVector) -> f64 {
        let mut sum = 0.0;
        for (term, weight) in other.terms.iter().zip(&other.weights) {
            let (word, bit) = Self::beginning(*term);
            if self.beginnings[word] & bit != 0
                && let Some(own) = self.weight(*term)
            {
                sum += weight * own;
            }
        }
        sum
    }

    /// Returns the largest cosine with any of some texts.
    pub fn largest_cosine(&self, texts: &[TextVector]) -> f64 {
        largest(texts.iter().map(|text| self.cosine(text)))
    }
}

/// Hash tables of a candidate's texts.
pub struct CandidateTables {
    summary: TermTable,
    /// The words of each title's occupations.
    titles: Box<[Box<[TermTable]>]>,
}

impl CandidateTables {
    /// Builds the tables of the summary, and of the titles that replace it if there is none.
    pub fn of(candidate: &CandidateText) -> Self {
        let titles = candidate.titles.iter();
        Self {
            summary: TermTable::of(&candidate.summary),
            titles: titles
                .map(|held| held.title.words().iter().map(TermTable::of).collect())
                .collect(),
        }
    }

    /// Returns the largest cosine of the summary with any of some texts.
    pub fn largest_cosine(&self, texts: &[TextVector]) -> f64 {
        self.summary.largest_cosine(texts)
    }

    /// Works as [`measure`] does, given the largest cosine of the summary with the words of the
    /// posting's title.
    pub fn measure(
        &self,
        candidate: &CandidateText,
        posting: &WorkVectors,
        of_occupations: f64,
    ) -> Outcome<Finding> {
        measure_by(
            candidate,
            posting,
            || self.summary.cosine(&posting.description),
            |_| of_occupations,
            |at, _| {
                largest(
                    self.titles[at]
                        .iter()
                        .map(|words| words.cosine(&posting.description)),
                )
            },
        )
    }
}

/// Hash tables of a posting's texts.
pub struct WorkTables {
    description: TermTable,
    occupations: Box<[TermTable]>,
}

impl WorkTables {
    /// Builds the tables of the description and of the texts about the title's occupations.
    pub fn of(posting: &WorkVectors) -> Self {
        Self {
            description: TermTable::of(&posting.description),
            occupations: posting.of_occupations().iter().map(TermTable::of).collect(),
        }
    }

    /// Works as [`measure`] does.
    pub fn measure(&self, candidate: &CandidateText, posting: &WorkVectors) -> Outcome<Finding> {
        measure_by(
            candidate,
            posting,
            || self.description.cosine(&candidate.summary),
            |_| {
                largest(
                    self.occupations
                        .iter()
                        .map(|words| words.cosine(&candidate.summary)),
                )
            },
            |_, words| self.description.largest_cosine(words),
        )
    }
}

fn largest(cosines: impl Iterator<Item = f64>) -> f64 {
    cosines.fold(0.0, f64::max)
}

/// A candidate's text, compiled.
#[derive(Debug, Default)]
pub struct CandidateText {
    summary: TextVector,
    /// The saturated count of each of the summary's words, in (0, 1).
    usage: TextVector,
    /// The vector of the summary.
    meaning: Option<Vector>,
    /// The titles that replace the summary; empty if there is one.
    titles: Box<[StandIn]>,
    /// The vector that an external encoder computed for title and summary.
    encoding: Option<Encoding>,
}

/// A title that replaces the summary.
#[derive(Debug)]
struct StandIn {
    title: Arc<Title>,
    /// The title's words, as shares that sum to 1.
    shares: TextVector,
}

impl CandidateText {
    /// Returns the title that replaced the summary, as written.
    pub fn stand_in(&self, finding: &Finding) -> Option<&str> {
        let held = self.titles.get(finding.title?)?;
        Some(&held.title.written)
    }

    /// Compiles the summary, or the titles if it says nothing. Past titles count beside a current
    /// one, so that changing the current title doesn't hide the past work.
    pub fn of(summary: &Prose, current: Option<&str>, past: &[String]) -> Self {
        let vector = vector(summary);
        let mut titles: Vec<Arc<Title>> = Vec::new();
        if vector.is_empty() {
            titles.extend(past.iter().filter_map(|title| Title::of(title)));
            titles.sort_by(|one, other| one.written.cmp(&other.written));
            // Placed first, so that it wins against an equally similar past title.
            titles.splice(..0, current.and_then(Title::of));
            titles.dedup_by(|one, other| one.written == other.written);
            titles.truncate(MOST_TITLES);
        }
        Self {
            usage: usage(counted(&terms(summary.telling_words()), 1.0)),
            meaning: meaning(summary),
            summary: vector,
            titles: titles
                .into_iter()
                .map(|title| StandIn {
                    shares: shares_of_title(&title.written),
                    title,
                })
                .collect(),
            encoding: None,
        }
    }

    /// Sets the vector of an external encoder.
    pub fn with_encoding(self, encoding: Option<Encoding>) -> Self {
        Self { encoding, ..self }
    }

    /// Returns the model whose vectors were compared; `None` for the built-in embedding.
    pub fn encoder(&self, finding: &Finding) -> Option<&str> {
        let encoding = self.encoding.as_ref().filter(|_| finding.by_encoding)?;
        Some(&encoding.model)
    }
}

/// A posting's work, in every representation that is compared.
#[derive(Debug, Default)]
pub struct WorkVectors {
    /// The title, which contains the texts about its occupations.
    title: Option<Arc<Title>>,
    /// The title's words, as shares that sum to 1.
    shares: TextVector,
    /// The words of texts about the title's occupations, as shares that sum to 1 for each language;
    /// empty if there is a description.
    shares_of_occupations: Box<[TextVector]>,
    description: TextVector,
    /// The vector of the description.
    meaning: Option<Vector>,
    /// The saturated count of each word of title, skills and description together, in (0, 1).
    usage: TextVector,
    /// The vector that an external encoder computed for title and description.
    encoding: Option<Encoding>,
}

impl WorkVectors {
    /// Compiles a posting's work.
    pub fn of<'a>(
        title: Option<Arc<Title>>,
        skills: impl IntoIterator<Item = &'a str>,
        description: &Prose,
    ) -> Self {
        let written = title.as_ref().map_or("", |title| &title.written);
        let mut counts = counted(&terms(description.telling_words()), 1.0);
        let named = |name: &str| terms(text::prose_words(name).iter().map(String::as_str));
        counts.extend(counted(&named(written), TITLE_COUNTS));
        for skill in skills {
            counts.extend(counted(&named(skill), SKILL_COUNTS));
        }
        let vector = vector(description);
        let shares_of_occupations = title
            .as_ref()
            .filter(|_| vector.is_empty())
            .map(|title| title.shares_of_words())
            .unwrap_or_default();
        Self {
            shares: shares_of_title(written),
            shares_of_occupations,
            description: vector,
            meaning: meaning(description),
            usage: usage(counts),
            title,
            encoding: None,
        }
    }

    /// Sets the vector of an external encoder.
    pub fn with_encoding(self, encoding: Option<Encoding>) -> Self {
        Self { encoding, ..self }
    }

    /// Returns the semantic similarity to a summary, in [0, 1], if both sides have a vector. If a
    /// title is stated, the description's cosine is raised to the fourth power, because
    /// descriptions contain much that is unrelated to the work.
    fn nearness(&self, summary: Option<&Vector>) -> Option<f64> {
        let summary = summary?;
        let cosine = |work: &Vector| {
            if work == summary {
                1.0
            } else {
                f64::from(work.cosine(summary)).max(0.0)
            }
        };
        let of_description = self.meaning.as_ref().map(cosine);
        match self.title.as_ref().and_then(|title| title.meaning()) {
            Some(title) => {
                Some(cosine(title).max(of_description.map_or(0.0, |cosine| cosine.powi(4))))
            }
            None => of_description,
        }
    }

    /// Returns the share of the words of texts about the title's occupations that a summary uses,
    /// weighted by their saturated counts; `None` if the posting has a description.
    fn share_of_occupations(&self, usage: &TextVector) -> Option<f64> {
        let shares = self.shares_of_occupations.iter();
        let shares = shares.map(|shares| shares.cosine(usage));
        shares.reduce(f64::max)
    }

    fn of_occupations(&self) -> &[TextVector] {
        self.title.as_ref().map_or(&[], |title| title.words())
    }
}

/// A word, represented by its hashed root.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Term {
    root: u32,
    /// Number of letters of the root.
    letters: usize,
}

/// Returns the terms of folded words in their order, without stop words and single letters.
fn terms<'a>(words: impl IntoIterator<Item = &'a str>) -> Vec<Term> {
    words
        .into_iter()
        .filter(|word| word.chars().nth(1).is_some() && !text::is_stop_word(word))
        .map(|word| {
            let root = text::root(word);
            Term {
                root: text::short_hash(&root),
                letters: root.chars().count(),
            }
        })
        .collect()
}

/// Returns the rarity of a term, reduced if any text may use it. Of words that are neither French
/// nor English nor a known name, the short ones are the frequent ones (Zipf, "The Psycho-Biology of
/// Language", 1935).
fn weight_of(term: Term) -> f64 {
    let root = term.root;
    let rarity = taxonomy::term_rarity(root)
        .unwrap_or_else(|| (RARITY_OF_A_LETTER * term.letters as f64).min(RAREST));
    if COMMON_ROOTS.binary_search(&root).is_ok() {
        rarity * COMMON_WORD
    } else {
        rarity
    }
}

fn counted(terms: &[Term], times: f64) -> Vec<(u32, f64)> {
    terms.iter().map(|term| (term.root, times)).collect()
}

/// Returns the saturated counts of a text's words.
fn usage(counts: Vec<(u32, f64)>) -> TextVector {
    let counts = summed(counts);
    let length: f64 = counts.iter().map(|entry| entry.1).sum();
    let by_length = SATURATION * (1.0 - BY_LENGTH + BY_LENGTH * length / MEAN_LENGTH);
    let mut used: Vec<(u32, f64)> = counts
        .into_iter()
        .map(|(root, count)| (root, count / (count + by_length)))
        .collect();
    keep_heaviest(&mut used, 2 * MOST_TERMS);
    TextVector::unscaled(used)
}

/// Returns a title's words by their rarity, as shares that sum to 1.
fn shares_of_title(title: &str) -> TextVector {
    let words: Vec<String> = text::prose_words(title)
        .into_iter()
        .filter(|word| !text::is_gender_mark(word))
        .collect();
    let mut terms = terms(words.iter().map(String::as_str));
    terms.sort_unstable();
    terms.dedup_by_key(|term| term.root);
    let total: f64 = terms.iter().map(|term| weight_of(*term)).sum();
    let shares = terms.into_iter();
    TextVector::unscaled(
        shares
            .map(|term| (term.root, weight_of(term) / total))
            .collect(),
    )
}

/// Drops the lightest terms beyond `most`; the rest is sorted by term.
fn keep_heaviest(weighed: &mut Vec<(u32, f64)>, most: usize) {
    if weighed.len() > most {
        weighed.sort_unstable_by(|one, other| other.1.total_cmp(&one.1).then(one.0.cmp(&other.0)));
        weighed.truncate(most);
        weighed.sort_unstable_by_key(|term| term.0);
    }
}

/// Weights a text's terms; empty for a text that says nothing about work.
pub fn vector(prose: &Prose) -> TextVector {
    let mut terms = terms(prose.telling_words());
    if terms.iter().all(|term| says_nothing(term.root)) {
        return TextVector::default();
    }
    terms.sort_unstable();
    let mut weighed: Vec<(u32, f64)> = terms
        .chunk_by(|one, other| one.root == other.root)
        .map(|same| {
            let count = logarithm(1.0 + same.len() as f64);
            (same[0].root, count * weight_of(same[0]))
        })
        .collect();
    keep_heaviest(&mut weighed, MOST_TERMS);
    TextVector::of(weighed)
}

/// Returns the vector of a text. Words unrelated to the work are skipped, and gender makes no
/// difference. Returns `None` if no word is left, or if most words are unknown: vectors of other
/// languages are guesses from subwords.
fn meaning(prose: &Prose) -> Option<Vector> {
    let mut sum = Sum::default();
    let (mut known, mut all) = (0, 0);
    for (place, word) in prose.telling_words().enumerate() {
        let root = text::short_hash(&text::root(word));
        if !says_nothing(root) {
            all += 1;
            let is_known = text::is_stop_word(word) || taxonomy::term_rarity(root).is_some();
            known += usize::from(is_known);
            sum.add_at(place, &embedding::in_one_gender(&names::one_gender(word)));
        }
    }
    if 2 * known < all {
        return None;
    }
    sum.vector()
}

/// True if a text says something about work.
pub fn is_about_work(prose: &Prose) -> bool {
    terms(prose.telling_words())
        .iter()
        .any(|term| !says_nothing(term.root))
}

/// True if a root says nothing about work by itself: a text of such roots alone counts as absent.
fn says_nothing(root: u32) -> bool {
    COMMON_ROOTS.binary_search(&root).is_ok() || EMPTY_ROOTS.binary_search(&root).is_ok()
}

/// Hashed roots, sorted, of words that praise the person ("punctual") or refer to a document.
static EMPTY_ROOTS: LazyLock<Vec<u32>> = LazyLock::new(|| {
    let words = table::lines(include_str!("../vocabulary/not_about_work.txt"));
    let mut roots: Vec<u32> = words
        .flat_map(|line| text::roots(&text::prose_words(line)).collect::<Vec<u32>>())
        .collect();
    roots.sort_unstable();
    roots.dedup();
    roots
});

/// Returns the occupations with the largest weights, the largest first.
pub fn likeliest(occupations: &[(OccupationId, f64)]) -> Vec<(OccupationId, f64)> {
    let mut likeliest = occupations.to_vec();
    likeliest.sort_by(|one, other| other.1.total_cmp(&one.1).then(one.0.cmp(&other.0)));
    likeliest.truncate(LIKELIEST);
    likeliest
}

/// Returns the texts about the likeliest of some occupations: no vector, or one for one language or
/// both.
pub fn words_of_occupations(occupations: &[(OccupationId, f64)]) -> Box<[TextVector]> {
    let languages = weighed_words(&likeliest(occupations)).into_iter();
    languages
        .map(TextVector::of)
        .filter(|vector| !vector.is_empty())
        .collect()
}

/// Returns the texts about all of some occupations, as shares that sum to 1.
pub fn shares_of_occupations(occupations: &[(OccupationId, f64)]) -> Box<[TextVector]> {
    let languages = weighed_words(occupations).into_iter();
    languages
        .map(|mut terms| {
            let total: f64 = terms.iter().map(|term| term.1).sum();
            for term in &mut terms {
                term.1 /= total;
            }
            TextVector::unscaled(terms)
        })
        .filter(|vector| !vector.is_empty())
        .collect()
}

/// Returns the words of texts about occupations in both languages, each weighted by the square of
/// its occupation's weight.
fn weighed_words(occupations: &[(OccupationId, f64)]) -> [Vec<(u32, f64)>; 2] {
    let mut languages: [Vec<(u32, f64)>; 2] = Default::default();
    for (occupation, weight) in occupations.iter().copied() {
        let terms = taxonomy::occupation_terms(occupation);
        for (language, terms) in languages.iter_mut().zip(terms) {
            let weight = weight * weight;
            language.extend(terms.into_iter().map(|(root, by)| (root, by * weight)));
        }
    }
    languages.map(summed)
}

/// Returns the natural logarithm with the same bits on every machine, unlike the standard
/// library's.
fn logarithm(number: f64) -> f64 {
    libm::log(number)
}

/// The evidence of the score, on either side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Finding {
    /// Index of the title that replaced the summary; `None` if the summary was compared.
    pub title: Option<usize>,
    /// True if the posting's description decided, rather than its title.
    pub by_description: bool,
    /// True if the semantic similarity is that of an external encoder.
    pub by_encoding: bool,
}

/// Scores text by the rules of the module documentation.
pub fn measure(candidate: &CandidateText, posting: &WorkVectors) -> Outcome<Finding> {
    measure_by(
        candidate,
        posting,
        || candidate.summary.cosine(&posting.description),
        |occupations| {
            largest(
                occupations
                    .iter()
                    .map(|words| candidate.summary.cosine(words)),
            )
        },
        |_, words| largest(words.iter().map(|words| words.cosine(&posting.description))),
    )
}

/// Scores text, given the cosine of summary and description, the largest cosine of the summary with
/// the texts about the posting's occupations, and that of the description with the texts about the
/// candidate's title at an index.
fn measure_by(
    candidate: &CandidateText,
    posting: &WorkVectors,
    of_description: impl FnOnce() -> f64,
    of_occupations: impl FnOnce(&[TextVector]) -> f64,
    mut of_title: impl FnMut(usize, &[TextVector]) -> f64,
) -> Outcome<Finding> {
    let occupations = posting.of_occupations();
    let posting_says = !occupations.is_empty() || !posting.description.is_empty();
    let encodings = candidate.encoding.as_ref().zip(posting.encoding.as_ref());
    let encoded = encodings.and_then(|(candidate, posting)| candidate.nearness(posting));
    let (score, finding) = if candidate.summary.is_empty() {
        if candidate.titles.is_empty() || posting.description.is_empty() {
            return Err(Unscored::silent(false, posting_says));
        }
        let score_of = |(at, held): (usize, &StandIn)| {
            let said = (TITLE_IN_POSTING * held.shares.cosine(&posting.usage)).min(1.0);
            let of_occupations = of_title(at, held.title.words()).clamp(0.0, 1.0);
            let by_words = 1.0 - (1.0 - said) * (1.0 - of_occupations);
            let by_meaning = encoded.or_else(|| {
                let meanings = held.title.meaning().zip(posting.meaning.as_ref());
                meanings.map(|(one, other)| f64::from(one.cosine(other)).max(0.0))
            });
            (with_meaning(by_words, by_meaning, MEANING_OF_TITLE), at)
        };
        let scores = candidate.titles.iter().enumerate().map(score_of);
        // The first of equally good titles.
        let best = scores.fold(
            (0.0, 0),
            |best, next| {
                if next.0 > best.0 { next } else { best }
            },
        );
        let finding = Finding {
            title: Some(best.1),
            by_description: true,
            by_encoding: encoded.is_some(),
        };
        (best.0, finding)
    } else if !posting_says {
        return Err(Unscored::PostingSilent);
    } else {
        let mut cosine = of_description();
        let mut by_description = !posting.description.is_empty();
        if !occupations.is_empty() {
            cosine *= cosine;
            let by_title = of_occupations(occupations);
            by_description &= cosine >= by_title;
            cosine = cosine.max(by_title);
        }
        let cosine = cosine.clamp(0.0, 1.0);
        let mut damped = (1.0 + DAMPING) * cosine / (cosine + DAMPING);
        if let Some(share) = posting.share_of_occupations(&candidate.usage) {
            let by_share = (OCCUPATIONS_IN_SUMMARY * share).min(1.0);
            damped = (1.0 - SHARE_OF_OCCUPATIONS) * damped + SHARE_OF_OCCUPATIONS * by_share;
        }
        let said = posting.shares.cosine(&candidate.usage);
        let by_title_words = said * said;
        let by_words = 1.0 - (1.0 - damped) * (1.0 - by_title_words);
        let by_meaning = encoded.or_else(|| posting.nearness(candidate.meaning.as_ref()));
        let finding = Finding {
            title: None,
            by_description: by_description && damped >= by_title_words,
            by_encoding: encoded.is_some(),
        };
        (
            with_meaning(by_words, by_meaning, MEANING_OF_SUMMARY),
            finding,
        )
    };
    Ok(Scored {
        score: score.clamp(0.0, 1.0),
        finding,
    })
}

/// Combines lexical and semantic similarity. The semantic one has weight `share` if it is known.
fn with_meaning(by_words: f64, by_meaning: Option<f64>, share: f64) -> f64 {
    by_meaning.map_or(by_words, |by_meaning| {
        (1.0 - share) * by_words + share * by_meaning
    })
}

/// The hashed roots of [`COMMON_STEMS`], sorted.
static COMMON_ROOTS: LazyLock<Vec<u32>> = LazyLock::new(|| {
    let mut roots: Vec<u32> = COMMON_STEMS
        .iter()
        .map(|stem| text::short_hash(&text::root(stem)))
        .collect();
    roots.sort_unstable();
    roots
});

/// Stems that any posting or CV may use.
const COMMON_STEMS: &[&str] = &[
    "abiliti",
    "accompagner",
    "across",
    "activit",
    "annee",
    "ans",
    "assurer",
    "autonomi",
    "avantag",
    "benefit",
    "besoin",
    "bon",
    "bonn",
    "business",
    "cadr",
    "candidat",
    "candidatur",
    "capacit",
    "client",
    "clientel",
    "compani",
    "competenc",
    "connaissanc",
    "contrat",
    "contribuer",
    "day",
    "degr",
    "description",
    "develop",
    "development",
    "developper",
    "different",
    "diplom",
    "domain",
    "dynamic",
    "dynamiqu",
    "emploi",
    "ensur",
    "entrepris",
    "environment",
    "environnement",
    "equip",
    "equivalent",
    "esprit",
    "excellent",
    "experienc",
    "experienced",
    "formation",
    "full",
    "gerer",
    "good",
    "great",
    "group",
    "help",
    "ideal",
    "idealement",
    "includ",
    "integrer",
    "job",
    "join",
    "knowledg",
    "leader",
    "look",
    "maitris",
    "maitriser",
    "manag",
    "minimum",
    "mission",
    "mois",
    "month",
    "motiv",
    "motivated",
    "mutuel",
    "need",
    "new",
    "niveau",
    "nouveau",
    "nouvel",
    "offr",
    "opportuniti",
    "part",
    "participer",
    "partiel",
    "passion",
    "passionat",
    "plein",
    "plus",
    "position",
    "post",
    "preferred",
    "premier",
    "profil",
    "projet",
    "provid",
    "qualification",
    "qualit",
    "realiser",
    "recherch",
    "rechercher",
    "rejoignez",
    "rejoindr",
    "remuneration",
    "required",
    "requirement",
    "requis",
    "responsabilit",
    "responsibiliti",
    "responsibl",
    "restaurant",
    "rigueur",
    "role",
    "salair",
    "salari",
    "secteur",
    "sein",
    "sen",
    "servic",
    "skill",
    "societ",
    "souhait",
    "strong",
    "successful",
    "support",
    "tach",
    "team",
    "teletravail",
    "temp",
    "ticket",
    "time",
    "travail",
    "travailler",
    "using",
    "well",
    "within",
    "work",
    "year",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn score(summary: &str, description: &str) -> f64 {
        measure(
            &CandidateText::of(&Prose::of([summary]), None, &[]),
            &WorkVectors::of(None, [], &Prose::of([description])),
        )
        .unwrap()
        .score
    }

    #[test]
    fn the_same_text_scores_one_and_an_unrelated_one_zero() {
        let words = "Infirmière en réanimation, soins intensifs et urgences";
        assert!((score(words, words) - 1.0).abs() < 1e-9);
        assert!(score("charpente couverture zinguerie", words) < 1e-9);
    }

    #[test]
    fn a_closer_text_scores_higher() {
        let description = "Nous recherchons un développeur Rust pour nos services PostgreSQL.";
        let close = score("Développeuse Rust, bases PostgreSQL", description);
        let near = score("Développeur PHP, sites de commerce", description);
        let far = score("Cuisinier en restauration collective", description);
        assert!(close > near && near > far, "{close} {near} {far}");
    }

    #[test]
    fn a_summary_matches_a_title_in_the_other_language() {
        let title = Title::of("Registered nurse");
        let work = WorkVectors::of(title, [], &Prose::default());
        let score = |summary: &str| {
            measure(&CandidateText::of(&Prose::of([summary]), None, &[]), &work)
                .unwrap()
                .score
        };
        let nurse = score("Infirmière, soins aux patients et suivi des traitements");
        let accountant = score("Comptable, tenue des comptes et déclarations fiscales");
        assert!(
            nurse > 0.3 && accountant < nurse / 2.0,
            "{nurse} {accountant}"
        );
    }

    #[test]
    fn a_title_alone_is_compared_with_its_occupations_words() {
        let work = WorkVectors::of(Title::of("Infirmier"), [], &Prose::default());
        let share = |summary: &str| {
            let usage = CandidateText::of(&Prose::of([summary]), None, &[]).usage;
            work.share_of_occupations(&usage).unwrap()
        };
        let little = share("Soins");
        let more = share("Soins infirmiers aux patients");
        let most = share("Soins infirmiers et de santé aux patients, médicaments, traitements");
        assert!(
            0.0 < little && little < more && more < most && most < 1.0,
            "{little} {more} {most}"
        );
        assert!(share("Charpente et zinguerie") < little);
        // A description states the work better than its title.
        let described = Prose::of(["Soins infirmiers au bloc"]);
        let described = WorkVectors::of(Title::of("Infirmier"), [], &described);
        assert!(described.shares_of_occupations.is_empty());
    }

    #[test]
    fn common_words_alone_score_low() {
        let common = "Vous rejoignez notre équipe pour un poste avec de l'expérience";
        let both = score(
            &format!("{common} plomberie sanitaire zinguerie"),
            &format!("{common} comptabilité trésorerie fiscalité"),
        );
        assert!(both < 0.5, "{both}");
    }

    #[test]
    fn a_text_not_about_work_counts_as_missing() {
        for summary in [
            "Voir CV joint.",
            "Motivée et rigoureuse.",
            "References available on request.",
            "Hard-working and punctual",
            "Dynamique, souriante et ponctuelle, disponible immédiatement.",
            "CV ci-joint, lettre de motivation sur demande",
            "A motivated team player, eager to learn",
        ] {
            assert!(vector(&Prose::of([summary])).is_empty(), "{summary}");
            assert!(!is_about_work(&Prose::of([summary])), "{summary}");
        }
        for summary in ["Soudeur motivé", "Punctual nurse", "Comptabilité", "Python"] {
            assert!(is_about_work(&Prose::of([summary])), "{summary}");
        }
    }

    #[test]
    fn private_circumstances_cost_no_more_than_a_neutral_sentence() {
        let description = "Tenue de la comptabilité générale, TVA, clôtures mensuelles.";
        let work = "Tenue de la comptabilité générale et déclarations de TVA.";
        let neutral = score(
            &format!("{work} Je vis à Lyon depuis dix ans."),
            description,
        );
        for circumstance in [
            "De retour de congé maternité depuis un an.",
            "Je suis enceinte de quatre mois.",
            "Reconnue travailleuse handicapée depuis 2019.",
            "Je suis de confession musulmane.",
            "Back from two years of parental leave.",
            "I have a registered disability.",
        ] {
            let score = score(&format!("{work} {circumstance}"), description);
            assert!(score >= neutral - 1e-12, "{score} {neutral}");
        }
    }

    #[test]
    fn a_title_replaces_a_missing_summary() {
        let posting = |description: &str| {
            WorkVectors::of(Title::of("Poste à Lyon"), [], &Prose::of([description]))
        };
        let score = |title: &str, posting: &WorkVectors| {
            let candidate = CandidateText::of(&Prose::default(), Some(title), &[]);
            measure(&candidate, posting).map(|found| found.score)
        };
        let nursing =
            posting("Vous assurez les soins infirmiers aux patients et le suivi des traitements.");
        let nurse = score("Infirmière", &nursing).unwrap();
        let accountant = score("Comptable", &nursing).unwrap();
        assert!(
            nurse > 0.2 && accountant < nurse / 2.0,
            "{nurse} {accountant}"
        );
        let literal = posting("Nous cherchons un soudeur pour notre atelier de charpente.");
        assert!(score("Soudeur", &literal).unwrap() > 0.5);
        // Two titles alone belong to the title criterion.
        let untold = WorkVectors::of(Title::of("Infirmière"), [], &Prose::default());
        assert_eq!(score("Infirmière", &untold), Err(Unscored::CandidateSilent));
    }

    #[test]
    fn an_encoders_nearness_replaces_the_embedding_cosine() {
        type Said = (Option<&'static str>, Option<&'static str>);
        let encoding = |model: &str, vector: &[f64]| Encoding::of(model, vector, 0.5);
        let found = |(summary, title): Said, candidate, posting| {
            let held = CandidateText::of(&Prose::of(summary), title, &[]);
            let held = held.with_encoding(candidate);
            let description = Prose::of(["Soudure TIG et lecture de plans"]);
            let work = WorkVectors::of(None, [], &description).with_encoding(posting);
            let found = measure(&held, &work).unwrap();
            let model = held.encoder(&found.finding).map(str::to_owned);
            (found.score, model)
        };
        for (said, share) in [
            ((Some("Soudure et montage"), None), MEANING_OF_SUMMARY),
            ((None, Some("Soudeur")), MEANING_OF_TITLE),
        ] {
            let requested = || encoding("m", &[1.0, 0.0]);
            let none = found(said, requested(), encoding("m", &[0.0, 1.0]));
            // Its cosine is 0.75, half way from 0.5 to 1.
            let half = found(said, requested(), encoding("m", &[3.0, 7.0_f64.sqrt()]));
            let all = found(said, requested(), requested());
            assert_eq!(none.1.as_deref(), Some("m"));
            assert!((all.0 - none.0 - share).abs() < 1e-12, "{all:?} {none:?}");
            assert!((half.0 - none.0 - share / 2.0).abs() < 0.01, "{half:?}");
            let built_in = found(said, None, None);
            assert_eq!(built_in.1, None);
            for other in [
                None,
                encoding("n", &[1.0, 0.0]),
                encoding("m", &[1.0, 0.0, 0.0]),
            ] {
                assert_eq!(found(said, requested(), other), built_in);
            }
        }
    }

    #[test]
    fn a_title_replaces_only_a_summary_without_content() {
        let empty = CandidateText::of(&Prose::of(["Voir CV joint."]), Some("Soudeur"), &[]);
        let full = CandidateText::of(
            &Prose::of(["Soudure TIG et lecture de plans"]),
            Some("Soudeur"),
            &[],
        );
        assert_eq!((empty.titles.len(), full.titles.len()), (1, 0));
    }

    #[test]
    fn huge_and_malformed_texts_are_scored() {
        let description = "Soudage TIG, lecture de plans, montage.";
        for summary in [
            "soudage ".repeat(10_000),
            "\u{fffd}\u{1f680} soudage\u{fffd} TIG ".repeat(500),
            "Soudage — welding — сварка — 溶接\n\n•• TIG".to_owned(),
        ] {
            let found = score(&summary, description);
            assert!((0.0..=1.0).contains(&found), "{found}");
        }
    }

    #[test]
    fn stop_words_alone_give_no_score() {
        assert!(vector(&Prose::of(["le la les of the and"])).is_empty());
        assert!(vector(&Prose::default()).is_empty());
    }
}
