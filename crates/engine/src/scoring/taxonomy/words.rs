//! Word vectors: the similarity of words, and of names that the taxonomy lacks.

use std::sync::{LazyLock, OnceLock};

use fst::{IntoStreamer, Streamer};

use super::tables::{F32s, U32s, table, table_text, text};
use crate::scoring::names;

/// Factor for the similarity of two vectors, compared with equal words.
const BY_VECTORS: f32 = 0.9;

/// Minimum number of letters with which two inflections of a word both begin, and their minimum
/// share of the longer one.
const SHORTEST_ROOT: usize = 5;
const LEAST_SHARED_PART: f32 = 0.75;

/// Minimum similarity of similar words, and the maximum number kept for each word.
const MIN_SIMILARITY: f32 = 0.3;
const MOST_SIMILAR_WORDS: usize = 100;
/// Number of words whose similarity is measured, preselected by the first components of their
/// vectors.
const MOST_LIKELY_WORDS: usize = 300;
const HEAD: usize = 32;
/// Minimum number of letters in a common prefix of similar words.
const COMMON_LETTERS: usize = 4;

/// Number of components of a vector.
pub const DIMENSIONS: usize = 128;

static ROWS: LazyLock<Option<fst::Map<&'static [u8]>>> =
    LazyLock::new(|| fst::Map::new(&table!("words.fst")[..]).ok());
static VECTORS: &[u8] = table!("words.vectors");
const WEIGHTS: F32s = F32s(table!("words.weights"));
const TEXT_ENDS: U32s = U32s(table!("words.ends"));
static TEXTS: &str = table_text!("words.text");
const RARITY: F32s = F32s(table!("words.rarity"));
const OF_WORD_ENDS: U32s = U32s(table!("skills.labels.of_word.ends"));

/// Returns the rows of a name's words that have a vector, in their order.
pub fn rows(name: &str) -> Vec<u16> {
    let Some(map) = &*ROWS else {
        return Vec::new();
    };
    names::vector_words(name)
        .iter()
        .filter_map(|word| map.get(word).or_else(|| row_of_inflection(map, word)))
        .filter_map(|row| u16::try_from(row).ok())
        .collect()
}

/// True if any word has a vector. Names of employers and small towns have none.
pub fn has_known_word(words: &[String]) -> bool {
    let Some(map) = &*ROWS else {
        return false;
    };
    let mut named = words.iter().flat_map(|word| names::vector_words(word));
    named.any(|word| map.contains_key(word))
}

/// Returns the rarity of a word among the labels of skills; `None` for a word without a vector.
pub fn label_rarity(word: &str) -> Option<f32> {
    rows(word).first().map(|row| rarity(*row))
}

/// Returns the row of a word that differs only in the last letters (« cercueil », « cercueils »):
/// of the words with the same first five letters that share three quarters of the longer word, the
/// one that shares most.
fn row_of_inflection(map: &fst::Map<&'static [u8]>, word: &str) -> Option<u64> {
    let root = word.get(..SHORTEST_ROOT)?;
    let mut similar_words = map.range().ge(root).into_stream();
    let mut closest: Option<(f32, u64)> = None;
    while let Some((other, row)) = similar_words.next() {
        if !other.starts_with(root.as_bytes()) {
            break;
        }
        let shared = word.bytes().zip(other).take_while(|(a, b)| a == *b).count();
        let share = shared as f32 / word.len().max(other.len()) as f32;
        if share >= LEAST_SHARED_PART && closest.is_none_or(|(best, _)| share > best) {
            closest = Some((share, row));
        }
    }
    closest.map(|(_, row)| row)
}

/// Returns the vector of a table's row.
pub fn vector_at(vectors: &'static [u8], row: usize) -> Option<&'static [u8; DIMENSIONS]> {
    vectors.get(row * DIMENSIONS..)?.first_chunk()
}

/// Returns the cosine of two quantised unit vectors.
pub fn cosine(one: &[u8; DIMENSIONS], other: &[u8; DIMENSIONS]) -> f32 {
    let mut sum = 0_i32;
    // Indexed access is fast even in builds without inlining.
    for at in 0..DIMENSIONS {
        sum += i32::from(one[at].cast_signed()) * i32::from(other[at].cast_signed());
    }
    sum as f32 / (127.0 * 127.0)
}

/// Returns the words of labels that are similar to a word, the closest first, each with the square
/// root of its similarity. Computed once for each word.
pub fn similar_words(row: u16) -> &'static [(u16, f32)] {
    static SIMILAR_WORDS: LazyLock<Vec<OnceLock<SimilarWords>>> =
        LazyLock::new(|| (0..RARITY.len()).map(|_| OnceLock::new()).collect());
    SIMILAR_WORDS
        .get(usize::from(row))
        .map_or(&[], |similar_words| {
            similar_words.get_or_init(|| find_similar_words(row))
        })
}

type SimilarWords = Box<[(u16, f32)]>;

fn find_similar_words(row: u16) -> SimilarWords {
    let mut alike: Vec<(i32, u16)> = Vec::new();
    if let Some(vector) = vector_at(VECTORS, usize::from(row)) {
        let head = head_of(vector);
        alike.extend(
            WORDS_OF_LABELS
                .iter()
                .map(|word| (head_product(&head, &word.head), word.row)),
        );
        if alike.len() > MOST_LIKELY_WORDS {
            alike.select_nth_unstable_by(MOST_LIKELY_WORDS, |one, other| {
                other.0.cmp(&one.0).then(one.1.cmp(&other.1))
            });
            alike.truncate(MOST_LIKELY_WORDS);
        }
    }
    let mut words: Vec<u16> = alike.into_iter().map(|entry| entry.1).collect();
    words.extend(beginning_alike(text(TEXT_ENDS, TEXTS, usize::from(row))));
    words.sort_unstable();
    words.dedup();
    let mut similar_words: Vec<(u16, f32)> = words
        .into_iter()
        .map(|word| {
            (
                word,
                if word == row {
                    1.0
                } else {
                    word_similarity(row, word)
                },
            )
        })
        .filter(|(_, similarity)| *similarity >= MIN_SIMILARITY)
        .collect();
    similar_words.sort_by(|one, other| other.1.total_cmp(&one.1).then(one.0.cmp(&other.0)));
    similar_words.truncate(MOST_SIMILAR_WORDS);
    for (_, similarity) in &mut similar_words {
        *similarity = similarity.sqrt();
    }
    similar_words.into()
}

/// A word of labels. A copy of its head is kept here, because reading whole vectors for it would be
/// bound by memory latency.
struct LabelWord {
    row: u16,
    head: [u8; HEAD],
}

static WORDS_OF_LABELS: LazyLock<Vec<LabelWord>> = LazyLock::new(|| {
    let words = 0..u16::try_from(RARITY.len()).unwrap_or(u16::MAX);
    words
        .filter(|row| is_in_labels(*row))
        .filter_map(|row| {
            let vector = vector_at(VECTORS, usize::from(row))?;
            let head = *vector.first_chunk()?;
            Some(LabelWord { row, head })
        })
        .collect()
});

fn is_in_labels(word: u16) -> bool {
    !OF_WORD_ENDS.span(usize::from(word)).is_empty()
}

/// Returns the first components of a vector, which contain most of the information: they are
/// ordered by a principal component analysis.
fn head_of(vector: &[u8; DIMENSIONS]) -> [i16; HEAD] {
    std::array::from_fn(|at| i16::from(vector[at].cast_signed()))
}

fn head_product(head: &[i16; HEAD], other: &[u8; HEAD]) -> i32 {
    let mut sum = 0;
    // Indexed access is fast even in builds without inlining.
    for at in 0..HEAD {
        sum += i32::from(head[at]) * i32::from(i16::from(other[at].cast_signed()));
    }
    sum
}

/// Returns the words of labels with the first letters of a word.
fn beginning_alike(word: &str) -> Vec<u16> {
    let (Some(map), Some(beginning)) = (&*ROWS, word.get(..COMMON_LETTERS)) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    let mut from_here = map.range().ge(beginning).into_stream();
    while let Some((other, row)) = from_here.next() {
        if !other.starts_with(beginning.as_bytes()) {
            break;
        }
        found.extend(u16::try_from(row).ok().filter(|row| is_in_labels(*row)));
    }
    found
}

/// Returns the similarity of two words, in [0, 1]: by their vectors, or by a common prefix of four
/// letters or more (« soudeur », « soudage »).
pub fn word_similarity(one: u16, other: u16) -> f32 {
    let by_vectors = match (
        vector_at(VECTORS, usize::from(one)),
        vector_at(VECTORS, usize::from(other)),
    ) {
        (Some(one), Some(other)) => BY_VECTORS * cosine(one, other),
        _ => 0.0,
    };
    by_vectors.max(common_beginning(
        text(TEXT_ENDS, TEXTS, usize::from(one)),
        text(TEXT_ENDS, TEXTS, usize::from(other)),
    ))
}

/// Returns the similarity of words with a common prefix: Dice's coefficient of the shared letters,
/// reduced if only four are shared.
fn common_beginning(one: &str, other: &str) -> f32 {
    if one.len() <= 4 || other.len() <= 4 {
        return 0.0;
    }
    let letters = one.bytes().zip(other.bytes());
    let shared = letters.take_while(|(a, b)| a == b).count();
    let most = match shared {
        0..4 => return 0.0,
        4 => 0.7,
        _ => 0.9,
    };
    most * 2.0 * shared as f32 / (one.len() + other.len()) as f32
}

/// Returns the number of words.
pub fn count() -> usize {
    RARITY.len()
}

/// Returns the rarity of a word among the labels of skills: ln(1 + N/(1 + n)).
pub fn rarity(row: u16) -> f32 {
    RARITY.get(usize::from(row))
}

/// Returns the vector of a name: the weighted sum of its words' vectors, scaled to unit length and
/// quantised. Returns `None` if no word has a vector.
pub fn name_vector(rows: &[u16]) -> Option<[u8; DIMENSIONS]> {
    let mut sum = [0.0_f32; DIMENSIONS];
    for row in rows {
        let row = usize::from(*row);
        let vector = vector_at(VECTORS, row)?;
        let weight = WEIGHTS.get(row);
        for (sum, number) in sum.iter_mut().zip(vector) {
            *sum += weight * f32::from(number.cast_signed());
        }
    }
    let length = sum.iter().map(|number| number * number).sum::<f32>().sqrt();
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a number of a unit vector times 127"
    )]
    (length > 0.0)
        .then(|| sum.map(|number| ((number / length * 127.0).round() as i8).cast_unsigned()))
}
