//! Embeds titles, skills and short texts as vectors whose cosine measures semantic similarity.
//!
//! The vectors are pre-trained on the taxonomy (`embedding/README.md` is their model card and
//! specifies the file and this arithmetic). A text's vector is the weighted sum of its words' rows.
//! A word outside the vocabulary is the mean of the rows of its character n-grams, so that
//! inflections, compounds, misspellings and related languages keep most of their meaning. French
//! and English share one space. All arithmetic is in integers: every machine gives the same bits.

use std::{ops::Deref, sync::LazyLock};

use unicode_normalization::{UnicodeNormalization, char::canonical_combining_class};

/// Number of components of a vector.
pub const DIMENSIONS: usize = 256;
/// The length of every nonzero vector; its square is the dot product of two equal directions.
const ONE: i64 = 1 << 14;
/// Number of characters of an unknown word from which n-grams are taken.
const MOST_CHARACTERS: usize = 64;
/// Maximum number of words of a text; keeps the sum within 32 bits.
const MOST_WORDS: usize = 4_096;
/// Lengths of the n-grams of an unknown word, in bytes.
const GRAMS: std::ops::RangeInclusive<usize> = 3..=5;
/// Number of bits of the sum that the normalisation uses, so that the sum of squares fits 64 bits.
const BITS: u32 = 24;

static FILE: &[u8] = include_bytes!("../embedding/vectors.bin");
static ROWS: LazyLock<Option<fst::Map<&'static [u8]>>> = LazyLock::new(|| {
    fst::Map::new(&include_bytes!(concat!(env!("OUT_DIR"), "/embedding.fst"))[..]).ok()
});

/// Reads a number of the file's header; `embedding/README.md` specifies the offsets.
fn header(at: usize) -> usize {
    FILE.get(at..)
        .and_then(|rest| rest.first_chunk::<4>())
        .map_or(0, |bytes| u32::from_le_bytes(*bytes) as usize)
}

/// Weights and rows of the words, or of the hash buckets of n-grams.
struct Section {
    weights: &'static [u8],
    rows: &'static [u8],
}

impl Section {
    fn at(weights: usize, rows: usize) -> Self {
        Self {
            weights: FILE.get(header(weights)..).unwrap_or_default(),
            rows: FILE.get(header(rows)..).unwrap_or_default(),
        }
    }

    fn row(&self, at: usize) -> Option<(i32, &'static [u8; DIMENSIONS])> {
        let weight = self.weights.get(at * 2..)?.first_chunk::<2>()?;
        let row = self.rows.get(at * DIMENSIONS..)?.first_chunk()?;
        Some((i32::from(u16::from_le_bytes(*weight)), row))
    }
}

static WORDS: LazyLock<Section> = LazyLock::new(|| Section::at(40, 48));
static BUCKETS: LazyLock<Section> = LazyLock::new(|| Section::at(44, 52));
static BUCKET_MASK: LazyLock<u32> =
    LazyLock::new(|| u32::try_from(header(16)).map_or(0, |buckets| buckets.wrapping_sub(1)));

/// Number of words after which the additional weight of a running text's first words is halved.
const LEAD: usize = 10;
/// Additional weight of the first word of a running text, and base weight of every word.
const LEAD_WEIGHT: usize = 64;
const BASE_WEIGHT: usize = 16;

/// The unnormalised sum of word vectors.
#[derive(Debug, Clone)]
pub struct Sum {
    /// The sum without the recent words.
    earlier: [i64; DIMENSIONS],
    /// The sum of the recent words, in 32 bits, which is twice as fast.
    recent: [i32; DIMENSIONS],
    /// Upper bound of the absolute components of `recent`, for any words.
    most_recent: i32,
}

impl Default for Sum {
    fn default() -> Self {
        Self {
            earlier: [0; DIMENSIONS],
            recent: [0; DIMENSIONS],
            most_recent: 0,
        }
    }
}

impl Sum {
    /// Sums the words of a text.
    pub fn of(text: &str) -> Self {
        let mut sum = Self::default();
        for word in words(text).iter().take(MOST_WORDS) {
            sum.add_word(word, 1);
        }
        sum
    }

    /// Adds a word of a running text with a weight that depends on its index, from 0: the first
    /// words of CVs and postings describe the work best. The weight at index n, relative to that of
    /// the first word, is 0.2 + 0.8·10/(10 + n).
    pub fn add_at(&mut self, place: usize, word: &str) {
        if place >= MOST_WORDS {
            return;
        }
        let weight = BASE_WEIGHT + LEAD_WEIGHT * LEAD / (LEAD + place);
        let times = i32::try_from(weight).unwrap_or(1);
        if word.bytes().all(is_kept) {
            self.add_word(word.trim_end_matches('.'), times);
        } else {
            for part in words(word) {
                self.add_word(&part, times);
            }
        }
    }

    /// Adds one word, in the form that [`words`] returns, up to 80 times.
    fn add_word(&mut self, word: &str, times: i32) {
        let row = ROWS.as_ref().and_then(|rows| rows.get(word));
        if let Some((weight, row)) = row
            .and_then(|row| usize::try_from(row).ok())
            .and_then(|row| WORDS.row(row))
        {
            let weight = weight * times;
            let most = weight * i32::from(u8::MAX);
            self.most_recent = if let Some(most_recent) = self.most_recent.checked_add(most) {
                most_recent
            } else {
                self.earlier = self.numbers();
                self.recent = [0; DIMENSIONS];
                most
            };
            for (sum, number) in self.recent.iter_mut().zip(row) {
                *sum += weight * i32::from(number.cast_signed());
            }
        } else {
            self.add_unknown(word, times);
        }
    }

    /// Adds the mean of the rows of a word's n-grams.
    fn add_unknown(&mut self, word: &str, times: i32) {
        let mut letters = Vec::with_capacity(MOST_CHARACTERS + 2);
        letters.push(b'<');
        letters.extend(word.bytes().take(MOST_CHARACTERS));
        letters.push(b'>');
        let (mut part, mut grams) = ([0_i64; DIMENSIONS], 0_i64);
        for gram in GRAMS.flat_map(|length| letters.windows(length)) {
            grams += 1;
            let bucket = (bucket_hash(gram) & *BUCKET_MASK) as usize;
            if let Some((weight, row)) = BUCKETS.row(bucket) {
                for (part, number) in part.iter_mut().zip(row) {
                    *part += i64::from(weight * i32::from(number.cast_signed()));
                }
            }
        }
        let Some(share) = 65_536_i64.checked_div(grams) else {
            return;
        };
        for (sum, part) in self.earlier.iter_mut().zip(part) {
            *sum += i64::from(times) * ((part * share) >> 16);
        }
    }

    fn numbers(&self) -> [i64; DIMENSIONS] {
        std::array::from_fn(|at| self.earlier[at] + i64::from(self.recent[at]))
    }

    /// Normalises the sum. Returns `None` if there is no word, or if the words cancel out.
    pub fn vector(&self) -> Option<Vector> {
        let numbers = self.numbers();
        let largest = numbers.iter().map(|number| number.unsigned_abs()).max()?;
        let shift = (u64::BITS - largest.leading_zeros()).saturating_sub(BITS);
        let shifted = numbers.map(|number| number >> shift);
        let squares: i64 = shifted.iter().map(|number| number * number).sum();
        let length = squares.unsigned_abs().isqrt().cast_signed();
        if length == 0 {
            return None;
        }
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a number of a vector of length 2^14"
        )]
        let unit = shifted.map(|number| (number * 2 * ONE + length).div_euclid(2 * length) as i16);
        Some(Vector(Box::new(Components(unit))))
    }
}

/// A vector of length 2^14.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vector(Box<Components>);

/// The components of a vector. Aligned, so that a product reads one of its factors from memory.
#[derive(Debug, Clone, PartialEq, Eq)]
#[repr(align(16))]
struct Components([i16; DIMENSIONS]);

impl Vector {
    /// Embeds a text; returns `None` if it has no word of letters or digits.
    pub fn of(text: &str) -> Option<Self> {
        Sum::of(text).vector()
    }

    /// Returns the normalised weighted sum of some vectors; `None` if they cancel out.
    pub fn of_sum<'a>(vectors: impl IntoIterator<Item = (i32, &'a Self)>) -> Option<Self> {
        let mut sum = Sum::default();
        for (times, vector) in vectors {
            for (sum, number) in sum.earlier.iter_mut().zip(&vector.0.0) {
                *sum += i64::from(times) * i64::from(*number);
            }
        }
        sum.vector()
    }

    /// Returns the cosine with another vector, in [-1, 1].
    pub fn cosine(&self, other: &Self) -> f32 {
        let dot = self.dot(other);
        #[expect(
            clippy::cast_possible_truncation,
            reason = "in [-1, 1]; the division by a power of two is exact"
        )]
        let cosine = (f64::from(dot) / (ONE * ONE) as f64) as f32;
        cosine.clamp(-1.0, 1.0)
    }

    /// Returns the dot product, which is below 2^29 by the Cauchy-Schwarz inequality.
    fn dot(&self, other: &Self) -> i32 {
        // With 16 sums the loop is unrolled: 101 instructions, against 176 with 8.
        dot::<16, _>(&self.0.0, &other.0.0, |one, other| {
            i32::from(one) * i32::from(other)
        })
    }
}

/// The direction of a word or of a sum of words in 8 bits, for many comparisons in which an error
/// of 1% is acceptable.
#[derive(Debug, Clone)]
pub struct Direction {
    numbers: Numbers,
    /// The square of its length, above 0.
    square: i32,
}

/// The signed components of a direction.
#[derive(Debug, Clone)]
enum Numbers {
    /// A row of the table of words.
    OfWord(&'static [u8; DIMENSIONS]),
    /// A quantised sum, on the heap, because most directions are those of words and stay small
    /// without it.
    OfSum(Box<[u8; DIMENSIONS]>),
}

impl Deref for Numbers {
    type Target = [u8; DIMENSIONS];

    fn deref(&self) -> &[u8; DIMENSIONS] {
        match self {
            Self::OfWord(numbers) => numbers,
            Self::OfSum(numbers) => numbers,
        }
    }
}

impl Direction {
    /// Returns the direction of a word in the form that [`words`] returns, and its pull on a text's
    /// vector (weight times length). Returns `None` for a word outside the vocabulary.
    pub fn of_known_word(word: &str) -> Option<(Self, f64)> {
        let row = ROWS.as_ref()?.get(word)?;
        let (weight, row) = WORDS.row(usize::try_from(row).ok()?)?;
        let direction = Self::of_numbers(Numbers::OfWord(row))?;
        let pull = f64::from(weight) * f64::from(direction.square).sqrt();
        Some((direction, pull))
    }

    /// Returns the direction of the sum of such words; `None` if they cancel out.
    pub fn of_words<'a>(words: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        let mut sum = Sum::default();
        for word in words.into_iter().take(MOST_WORDS) {
            sum.add_word(word, 1);
        }
        let sums = sum.numbers();
        let largest = sums.iter().map(|number| number.unsigned_abs()).max()?;
        let largest = largest.max(1).cast_signed();
        let numbers = sums.map(|number| {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "at most 127 where the number is at most the largest"
            )]
            let scaled = (number * 127 / largest) as i8;
            scaled.cast_unsigned()
        });
        Self::of_numbers(Numbers::OfSum(Box::new(numbers)))
    }

    fn of_numbers(numbers: Numbers) -> Option<Self> {
        let square = dot_of_bytes(&numbers, &numbers);
        (square > 0).then_some(Self { numbers, square })
    }

    /// Returns the cosine with another direction, in [-1, 1].
    pub fn cosine(&self, other: &Self) -> f64 {
        let lengths = f64::from(self.square) * f64::from(other.square);
        f64::from(dot_of_bytes(&self.numbers, &other.numbers)) / lengths.sqrt()
    }
}

/// The sign bits of a direction's components. Two directions of cosine c agree in a share of 1 -
/// acos(c)/π of them on average (Charikar, 2002), so that most dissimilar pairs are excluded in one
/// step.
#[derive(Debug)]
pub struct Signs([u64; DIMENSIONS / 64]);

impl Signs {
    /// Returns the sign bits of a direction.
    pub fn of(direction: &Direction) -> Self {
        let mut signs = [0; DIMENSIONS / 64];
        for (at, number) in direction.numbers.iter().enumerate() {
            signs[at / 64] |= u64::from(*number >> 7) << (at % 64);
        }
        Self(signs)
    }

    /// Returns the number of components with equal signs.
    #[inline]
    pub fn agreement(&self, other: &Self) -> u32 {
        let mut agreement = 0;
        for at in 0..self.0.len() {
            agreement += (!(self.0[at] ^ other.0[at])).count_ones();
        }
        agreement
    }
}

/// The vocabulary in the order of its rows, for searches through all of it.
struct Vocabulary {
    words: Vec<String>,
    signs: Vec<Signs>,
}

static VOCABULARY: LazyLock<Vocabulary> = LazyLock::new(|| {
    let mut vocabulary = Vocabulary {
        words: Vec::new(),
        signs: Vec::new(),
    };
    let words = ROWS.as_ref().map(|rows| rows.stream().into_str_keys());
    for word in words.and_then(Result::ok).unwrap_or_default() {
        if let Some((direction, _)) = Direction::of_known_word(&word) {
            vocabulary.signs.push(Signs::of(&direction));
            vocabulary.words.push(word);
        }
    }
    vocabulary
});

/// Minimum number of sign bits that two words of similar meaning share. At a cosine of 0.64, 184 of
/// 256 agree on average, and fewer than 165 in one case of a hundred.
const LEAST_AGREEMENT_OF_WORDS: u32 = 165;

/// Returns the words of the vocabulary whose cosine with a word is at least this, which must be
/// 0.64 or more, with their cosines; the word itself is one of them. Empty for a word outside the
/// vocabulary.
pub fn words_near(word: &str, least: f64) -> impl Iterator<Item = (&'static str, f64)> {
    let direction = Direction::of_known_word(word).map(|(direction, _)| direction);
    let signs = direction.as_ref().map(Signs::of);
    let all = VOCABULARY.words.iter().zip(&VOCABULARY.signs);
    all.filter(move |(_, other)| {
        let signs = signs.as_ref();
        signs.is_some_and(|signs| signs.agreement(other) >= LEAST_AGREEMENT_OF_WORDS)
    })
    .filter_map(move |(other, _)| {
        let (of_other, _) = Direction::of_known_word(other)?;
        Some((other.as_str(), direction.as_ref()?.cosine(&of_other)))
    })
    .filter(move |(_, cosine)| *cosine >= least)
}

/// Returns the dot product, by partial sums that the compiler vectorises. Integer arithmetic is
/// exact, so the order of the sum doesn't matter.
fn dot<const LANES: usize, N: Copy>(
    one: &[N; DIMENSIONS],
    other: &[N; DIMENSIONS],
    product: impl Fn(N, N) -> i32,
) -> i32 {
    let mut sums = [0; LANES];
    let (one, other) = (one.as_chunks::<LANES>().0, other.as_chunks::<LANES>().0);
    for (one, other) in one.iter().zip(other) {
        for (lane, sum) in sums.iter_mut().enumerate() {
            *sum += product(one[lane], other[lane]);
        }
    }
    sums.iter().sum()
}

/// Returns the dot product of signed 8-bit components.
fn dot_of_bytes(one: &[u8; DIMENSIONS], other: &[u8; DIMENSIONS]) -> i32 {
    let wide = |number: u8| i16::from(number.cast_signed());
    // A product of two such components is at most 2^14.
    dot::<8, _>(one, other, |one, other| i32::from(wide(one) * wide(other)))
}

/// Splits a text into the words that may have vectors: lower case, without accents, separated by
/// everything but letters, digits and `+`, `#`, `.`. This tokenisation is that of the training, and
/// differs from [`crate::profiles::folded_text::fold`].
pub fn words(text: &str) -> Vec<String> {
    let folded: String = text
        .to_lowercase()
        .nfkd()
        .filter(|letter| canonical_combining_class(*letter) == 0)
        .collect();
    folded
        .split(|letter: char| !u8::try_from(letter).is_ok_and(is_kept))
        .map(|part| part.trim_end_matches('.'))
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Maps both genders of a word to one form, so that a person's gender makes no difference: feminine
/// endings to the masculine one, and `-if` to the ending that English shares (« administratif »,
/// "administrative"). Of forms that differ only in an `e`, the masculine one if their meanings are
/// similar (« experte ») or if one of the two is unknown. Number is kept: the vocabulary has both.
pub fn in_one_gender(word: &str) -> String {
    if word.len() < 5 || !word.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return word.to_owned();
    }
    match word.strip_suffix('s') {
        Some(singular) if !singular.ends_with('s') => masculine(singular) + "s",
        _ => masculine(word),
    }
}

/// Maps a singular.
fn masculine(word: &str) -> String {
    let mut word = word;
    while word.ends_with("ee") {
        word = &word[..word.len() - 1];
    }
    if let Some(head) = word.strip_suffix("if") {
        return format!("{head}ive");
    }
    // « vendeuse », « curieuse »: chooses the masculine form that is a known word.
    let head = word
        .strip_suffix("euse")
        .or_else(|| word.strip_suffix("eux"));
    if let Some(head) = head.filter(|head| head.len() >= 3) {
        let endings = ["eur", "eux"].map(|ending| format!("{head}{ending}"));
        let known = endings
            .iter()
            .find(|form| Direction::of_known_word(form).is_some());
        return known.unwrap_or(&endings[0]).clone();
    }
    for (ending, masculine, shortest_head) in FEMININE_ENDINGS {
        if let Some(head) = word.strip_suffix(ending)
            && head.len() >= *shortest_head
        {
            return format!("{head}{masculine}");
        }
    }
    let shorter = word.strip_suffix('e').unwrap_or(word);
    let longer = format!("{shorter}e");
    if !FEMININE_WITH_E
        .iter()
        .any(|ending| longer.ends_with(ending))
    {
        return word.to_owned();
    }
    let known = (
        Direction::of_known_word(shorter),
        Direction::of_known_word(&longer),
    );
    match known {
        (Some((shorter, _)), Some((longer, _))) if shorter.cosine(&longer) < ONE_WORD => {
            word.to_owned()
        }
        (None, Some(_)) => longer,
        _ => shorter.to_owned(),
    }
}

/// Endings of feminine forms that differ from the masculine one only in an `e`. Other words, such
/// as "manage" and "sample", are left unchanged: the vocabulary has pieces of such words.
const FEMININE_WITH_E: &[&str] = &[
    "ale", "ande", "ane", "ante", "arde", "ate", "ente", "erte", "ere", "ete", "ie", "ine", "inte",
    "ise", "ite", "onde", "orte", "ue",
];

/// Minimum cosine of two forms of one word that differ only in an `e`: « agent » has 0.96,
/// « cours » and « course » 0.65, "post" and « poste » 0.28.
const ONE_WORD: f64 = 0.7;

/// Feminine endings, the masculine endings, and the minimum number of letters before them.
const FEMININE_ENDINGS: &[(&str, &str, usize)] = &[
    ("trice", "teur", 2),
    ("drice", "deur", 3),
    ("eure", "eur", 3),
    ("esse", "e", 3),
    ("enne", "en", 3),
    ("anne", "an", 3),
    ("onne", "on", 3),
    ("elle", "el", 3),
    ("effe", "ef", 2),
    ("iere", "ier", 3),
    ("ente", "ent", 4),
    ("ante", "ant", 4),
];

/// True if a folded letter is part of a word.
fn is_kept(letter: u8) -> bool {
    letter.is_ascii_lowercase() || letter.is_ascii_digit() || matches!(letter, b'+' | b'#' | b'.')
}

/// Computes the 32-bit FNV-1a hash (Fowler, Noll and Vo) with the upper half folded in, because
/// buckets are taken from the low bits.
fn bucket_hash(gram: &[u8]) -> u32 {
    let hash = gram.iter().fold(2_166_136_261_u32, |hash, byte| {
        (hash ^ u32::from(*byte)).wrapping_mul(16_777_619)
    });
    hash ^ (hash >> 16)
}

#[cfg(test)]
mod tests {
    use ring::digest::{SHA256, digest};
    use serde_json::Value;

    use super::*;

    fn reference() -> Value {
        serde_json::from_str(include_str!("../embedding/reference.json")).unwrap()
    }

    fn numbers(vector: Option<&Vector>) -> [i16; DIMENSIONS] {
        vector.map_or([0; DIMENSIONS], |vector| vector.0.0)
    }

    #[test]
    fn vectors_are_those_of_the_reference_reader_bit_for_bit() {
        let reference = reference();
        let texts = reference["texts"].as_array().unwrap();
        assert!(texts.len() >= 30);
        for text in texts {
            let words = text["text"].as_str().unwrap();
            let numbers = numbers(Vector::of(words).as_ref());
            let bytes: Vec<u8> = numbers
                .iter()
                .flat_map(|number| number.to_le_bytes())
                .collect();
            let hash = digest(&SHA256, &bytes);
            let hash = hash
                .as_ref()
                .iter()
                .fold(String::new(), |hash, byte| hash + &format!("{byte:02x}"));
            assert_eq!(text["first"], serde_json::json!(numbers[..8]), "{words}");
            assert_eq!(text["sha256"], hash.as_str(), "{words}");
        }
        for pair in reference["pairs"].as_array().unwrap() {
            let vector = |side: &str| {
                let at = usize::try_from(pair[side].as_u64().unwrap()).unwrap();
                Vector::of(texts[at]["text"].as_str().unwrap())
            };
            let dot = match (vector("a"), vector("b")) {
                (Some(one), Some(other)) => one.dot(&other),
                _ => 0,
            };
            assert_eq!(pair["dot"], dot, "{pair}");
        }
    }

    #[test]
    fn translations_inflections_and_misspellings_are_similar() {
        let cosine =
            |one: &str, other: &str| Vector::of(one).unwrap().cosine(&Vector::of(other).unwrap());
        for (one, near, far) in [
            ("Infirmière", "Registered nurse", "Software developer"),
            ("développeur logiciel", "Software developer", "Boulanger"),
            ("acountant", "accountant", "welder"),
        ] {
            let (near, far) = (cosine(one, near), cosine(one, far));
            assert!(near > far + 0.2, "{one}: {near} {far}");
        }
    }

    #[test]
    fn a_text_without_words_has_no_vector() {
        for text in ["", "— !!! …", "日本語 ☃", "..."] {
            assert_eq!(Vector::of(text), None, "{text}");
        }
        assert!(Vector::of(&"mot ".repeat(100_000)).is_some());
    }
}
