//! Free text, parsed once for all criteria that use it.
//!
//! Skills and job titles are found with their positions, so that a result can quote its evidence.
//! Names that a text [negates](negation) or only hopes for are not treated as stated.

use std::ops::Range;

use super::{
    names,
    negation::{self, Negation, is_negated},
    other_people, private_circumstances,
    taxonomy::{self, KnownSkill, OccupationId, TitleId, WrittenWord},
    text::{self, Word},
};

/// Parsed texts of one kind, such as a summary.
#[derive(Debug, Default)]
pub struct Prose {
    /// Folded words in text order, with a separator between two texts.
    pub words: Vec<String>,
    /// Known skills in text order, each at most once as the writer's.
    pub skills: Vec<Mention>,
    /// Job titles in text order.
    pub titles: Vec<MentionedTitle>,
    /// Number of words that were searched for titles.
    pub title_words: usize,
    /// The content words.
    pub content_words: ContentWords,
    /// The words outside clauses about private circumstances, as ranges of indexes into `words`.
    telling_clauses: Vec<Range<usize>>,
    /// Number of words in `telling_clauses`.
    pub telling_words: usize,
}

/// A skill that a text names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// The skill.
    pub skill: KnownSkill,
    /// Byte range of its name, for [`ContentWords::quote`].
    pub bytes: Range<u32>,
    /// True if another person has the skill ("a colleague does the VAT returns").
    pub is_of_others: bool,
}

/// A job title that a text names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MentionedTitle {
    /// The title.
    pub title: TitleId,
    /// The title as written.
    pub quote: String,
    /// Index of its first word, among the words searched for titles.
    pub at: usize,
    /// Number of its words, counted in the same way.
    pub length: usize,
    /// True if the context marks it as a title: it has several words, heads the text, or follows an
    /// introduction such as "as a", « en tant que ».
    pub is_marked: bool,
}

/// Separator between two texts. No folded word is a sign, so no name can contain it.
const EDGE: &str = "|";

/// Maximum length of a quote of several clauses, in characters.
pub const LONGEST_QUOTE: usize = 80;

/// Maximum length of a quoted clause, in characters: more than nearly all have, because the words
/// at its end may decide.
const LONGEST_WHOLE_CLAUSE: usize = 200;

/// Maximum length of a text in brackets, in bytes, that is quoted together with the clause before
/// it.
const LONGEST_BRACKET: usize = 40;

/// Maximum number of clauses of a text that are compared with competences, and maximum number of
/// content words in one.
const MOST_CLAUSES: usize = 64;
const LONGEST_CLAUSE: usize = 30;

/// The content words of texts, in which names outside the taxonomy are searched, and the texts, for
/// quotes. Content words are all but function words (see `text::is_function_word`).
#[derive(Debug, Clone, Default)]
pub struct ContentWords {
    /// The texts, concatenated.
    text: String,
    /// Byte offset of the start of each text.
    starts: Vec<u32>,
    /// Hashes of the words' stems.
    stems: Vec<u64>,
    /// Bloom filter of the stems, one bit each: proves most names absent in one step.
    mask: u128,
    /// The words, parallel to `stems`.
    words: Vec<ContentWord>,
}

#[derive(Debug, Clone)]
struct ContentWord {
    /// Byte range in the concatenated texts.
    bytes: Range<u32>,
    /// Negation at the word. A clause that begins with function words, which aren't kept, begins at
    /// its first content word.
    negation: Negation,
    /// True if its clause is about the writer's own work.
    is_ones_own: bool,
    /// True if another person is the subject of its part of the clause.
    is_of_others: bool,
}

/// The person whose work a word is about. Both fields are false for words about private
/// circumstances, which are about no work.
#[derive(Debug, Clone, Copy)]
struct Owner {
    is_the_writer: bool,
    is_another: bool,
}

/// Separators of clauses, from the strongest to the weakest.
#[derive(Debug, Clone, Copy)]
enum Level {
    Sentence,
    Comma,
    And,
}

/// Returns the byte range from the first word to the last; there must be at least one word.
fn bytes_of(words: &[ContentWord]) -> Range<u32> {
    words[0].bytes.start..words[words.len() - 1].bytes.end
}

/// Converts a position in a text; texts are shorter than 4 GiB.
fn place(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

fn bit_of(stem: u64) -> u128 {
    1 << (stem % 128)
}

impl ContentWords {
    /// Returns the hashed stem of a folded word; `None` for a function word.
    pub fn stem(word: &str) -> Option<u64> {
        (!text::is_function_word(word)).then(|| text::hash(&text::stem(word)))
    }

    fn add(&mut self, text: &str, words: &[Word], negations: &[Negation], owners: &[Owner]) {
        let start = self.text.len();
        self.starts.push(place(start));
        self.text.push_str(text);
        let mut begins_clause = true;
        for ((word, negation), owner) in words.iter().zip(negations).zip(owners) {
            begins_clause |= negation.begins_clause;
            if let Some(stem) = Self::stem(&word.folded) {
                self.mask |= bit_of(stem);
                self.stems.push(stem);
                let mut negation = *negation;
                negation.begins_clause = begins_clause;
                self.words.push(ContentWord {
                    bytes: place(start + word.span.start)..place(start + word.span.end),
                    negation,
                    is_ones_own: owner.is_the_writer,
                    is_of_others: owner.is_another,
                });
                begins_clause = false;
            }
        }
    }

    /// Returns the index at which a name's stems first occur in sequence, within one clause and not
    /// denied.
    pub fn find(&self, name: &[u64]) -> Option<usize> {
        if name.iter().any(|stem| self.mask & bit_of(*stem) == 0) {
            return None;
        }
        let is_said_at = |(at, stems): (usize, &[u64])| {
            stems == name && {
                let words = &self.words[at..at + name.len()];
                let (first, last) = (&words[0], &words[words.len() - 1]);
                words[1..].iter().all(|word| !word.negation.begins_clause)
                    && !is_negated(first.negation, last.negation, false)
                    && !first.is_of_others
            }
        };
        let mut places = self.stems.windows(name.len().max(1)).enumerate();
        places.position(is_said_at)
    }

    /// Returns the byte ranges of clauses about the writer's own work: sentences, their parts
    /// between commas, and the parts of those between "and"s, the shorter ones first. Clauses that
    /// contain a negation, another person or private circumstances are left out, and so are those
    /// with fewer than two content words or more than [`LONGEST_CLAUSE`].
    pub fn clauses(&self) -> Vec<Range<u32>> {
        let mut clauses = Vec::new();
        for sentence in self.parts(0..self.words.len(), Level::Sentence) {
            for part in self.parts(sentence.clone(), Level::Comma) {
                if self.is_ones_own(&part) {
                    for item in self.parts(part.clone(), Level::And) {
                        if item.len() < part.len() && self.is_ones_own(&item) {
                            clauses.extend(self.bytes_of_clause(item));
                        }
                    }
                    if part.len() < sentence.len() {
                        clauses.extend(self.bytes_of_clause(part));
                    }
                }
            }
            if self.is_ones_own(&sentence) {
                clauses.extend(self.bytes_of_clause(sentence));
            }
            if clauses.len() >= MOST_CLAUSES {
                break;
            }
        }
        clauses.truncate(MOST_CLAUSES);
        clauses
    }

    /// Returns the byte ranges of clauses between commas that are about the writer and contain no
    /// negation.
    pub fn own_clauses(&self) -> impl Iterator<Item = Range<u32>> {
        self.parts(0..self.words.len(), Level::Comma)
            .filter(|clause| self.is_ones_own(clause))
            .map(|clause| self.bytes_with_function_words(&clause))
    }

    /// Returns the byte ranges of all sentences.
    pub fn sentences(&self) -> impl Iterator<Item = Range<u32>> {
        self.parts(0..self.words.len(), Level::Sentence)
            .map(|sentence| self.bytes_with_function_words(&sentence))
    }

    /// Returns the byte ranges of all clauses between commas that begin within these bytes.
    pub fn clauses_in(&self, bytes: &Range<u32>) -> impl Iterator<Item = Range<u32>> {
        let index = |at: u32| self.words.partition_point(|word| word.bytes.start < at);
        self.parts(index(bytes.start)..index(bytes.end), Level::Comma)
            .map(|clause| self.bytes_with_function_words(&clause))
    }

    /// Returns the byte range of a clause including function words before its first content word:
    /// « au moins 3 ans » and « moins 3 ans » differ in meaning.
    fn bytes_with_function_words(&self, clause: &Range<usize>) -> Range<u32> {
        let bytes = bytes_of(&self.words[clause.clone()]);
        let begun = self.starts.partition_point(|start| *start <= bytes.start);
        let text = begun.checked_sub(1).map_or(0, |at| self.starts[at]);
        let before = clause.start.checked_sub(1);
        let from = before.map_or(text, |before| self.words[before].bytes.end.max(text));
        let between = self.written(from..bytes.start);
        let is_sign =
            |letter: char| !letter.is_alphanumeric() && !matches!(letter, ' ' | '\'' | '\u{2019}');
        let function_words = between.rsplit(is_sign).next().unwrap_or_default();
        bytes.start - place(function_words.trim_start().len())..bytes.end
    }

    /// Returns the byte range of the first clause between commas that is about the writer, contains
    /// no negation and has all of these stems.
    pub fn own_clause_with(&self, stems: &[u64]) -> Option<Range<u32>> {
        if stems.is_empty() || stems.iter().any(|stem| self.mask & bit_of(*stem) == 0) {
            return None;
        }
        let mut clauses = self.parts(0..self.words.len(), Level::Comma);
        let clause = clauses.find(|clause| {
            let present = &self.stems[clause.clone()];
            stems.iter().all(|stem| present.contains(stem)) && self.is_ones_own(clause)
        });
        clause.map(|clause| bytes_of(&self.words[clause]))
    }

    /// Returns the byte range of the first clause between commas that is about the writer, contains
    /// no negation and has any of the stems of two groups, or of the only group.
    pub fn own_clause_near(&self, groups: &[Box<[u64]>]) -> Option<Range<u32>> {
        let least = groups.len().clamp(1, 2);
        let has = |stem: &u64| self.mask & bit_of(*stem) != 0 && self.stems.contains(stem);
        // Excludes nearly all texts before they are split into clauses.
        if (groups.iter().filter(|group| group.iter().any(has))).count() < least {
            return None;
        }
        let mut clauses = self.parts(0..self.words.len(), Level::Comma);
        let clause = clauses.find(|clause| {
            let present = &self.stems[clause.clone()];
            let is_in = |group: &[u64]| group.iter().any(|stem| present.contains(stem));
            groups.iter().filter(|group| is_in(group)).count() >= least && self.is_ones_own(clause)
        });
        clause.map(|clause| bytes_of(&self.words[clause]))
    }

    /// Returns the byte range of the clause between commas that contains these bytes.
    pub fn clause_around(&self, bytes: &Range<u32>) -> Range<u32> {
        let parts = self.parts(0..self.words.len(), Level::Comma);
        let mut clauses = parts.map(|clause| self.bytes_with_function_words(&clause));
        let clause = clauses.find(|clause| clause.end >= bytes.end);
        let clause = clause.map_or(bytes.clone(), |clause| {
            clause.start.min(bytes.start)..clause.end
        });
        // Includes a level in brackets: « anglais courant (C1) ».
        let rest = &self.text[clause.end as usize..];
        let bracket = rest.strip_prefix(" (").and_then(|inside| inside.find(')'));
        let bracket = bracket.filter(|length| *length <= LONGEST_BRACKET);
        clause.start..clause.end + place(bracket.map_or(0, |length| " (".len() + length + 1))
    }

    /// Splits a range of words at separators of this level or stronger.
    fn parts(&self, words: Range<usize>, level: Level) -> impl Iterator<Item = Range<usize>> {
        let mut from = words.start;
        std::iter::from_fn(move || {
            let mut later = (from + 1).min(words.end)..words.end;
            let to = later
                .find(|at| self.is_parted(*at, level))
                .unwrap_or(words.end);
            let part = from..to;
            from = to;
            (!part.is_empty()).then_some(part)
        })
    }

    /// True if a word begins a part.
    fn is_parted(&self, at: usize, level: Level) -> bool {
        let (before, word) = (&self.words[at - 1].bytes, &self.words[at]);
        let between = self.written(before.end..word.bytes.start);
        let has_comma = between.contains(',');
        let has_and = || {
            between
                .split_whitespace()
                .any(|word| matches!(word, "and" | "et" | "&"))
        };
        match level {
            Level::Sentence => {
                let text_of = |at: u32| self.starts.partition_point(|start| *start <= at);
                let is_of_another = text_of(before.start) != text_of(word.bytes.start);
                is_of_another || word.negation.begins_clause && !has_comma
            }
            Level::Comma => word.negation.begins_clause,
            Level::And => word.negation.begins_clause || has_and(),
        }
    }

    /// True if nothing in a clause is denied, private or about another person.
    fn is_ones_own(&self, clause: &Range<usize>) -> bool {
        let mut words = self.words[clause.clone()].iter();
        words.all(|word| word.is_ones_own && !is_negated(word.negation, word.negation, true))
    }

    /// Returns the byte range of a clause; `None` if it is too short or too long.
    fn bytes_of_clause(&self, clause: Range<usize>) -> Option<Range<u32>> {
        let fits = (2..=LONGEST_CLAUSE).contains(&clause.len());
        fits.then(|| bytes_of(&self.words[clause]))
    }

    /// Returns these words as written, and their range in their text, in characters.
    pub fn quote_words(&self, words: Range<usize>) -> (String, Range<usize>) {
        self.quote(self.words[words.start].bytes.start..self.words[words.end - 1].bytes.end)
    }

    /// Returns these bytes as written.
    pub fn written(&self, bytes: Range<u32>) -> &str {
        &self.text[bytes.start as usize..bytes.end as usize]
    }

    /// Returns these bytes as written, and their range in their text, in characters.
    pub fn quote(&self, bytes: Range<u32>) -> (String, Range<usize>) {
        let quoted = self.written(bytes.clone());
        let begun = self.starts.partition_point(|start| *start <= bytes.start);
        let origin = begun.checked_sub(1).map_or(0, |at| self.starts[at]);
        let start = self.text[origin as usize..bytes.start as usize]
            .chars()
            .count();
        let length = quoted.chars().count();
        let mut quote: String = quoted.chars().take(LONGEST_WHOLE_CLAUSE).collect();
        // A cut quote ends with a whole word.
        if length > LONGEST_WHOLE_CLAUSE
            && let Some(end) = quote.rfind(char::is_whitespace)
        {
            quote.truncate(end);
        }
        (quote, start..start + length)
    }
}

impl Prose {
    /// Parses texts. No name spans two texts.
    pub fn of<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut prose = Self::default();
        let mut seen = std::collections::BTreeSet::new();
        for text in texts {
            if !prose.words.is_empty() {
                prose.words.push(EDGE.to_owned());
            }
            let words: Vec<Word> = text::placed_prose_words(text).collect();
            let folded: Vec<String> = words.iter().map(|word| word.folded.clone()).collect();
            let negations = negation::negations(text, &words);
            let context = |at: usize| WrittenWord {
                written: &text[words[at].span.clone()],
                begins_clause: at == 0 || negations[at].begins_clause,
                is_cut_off: at > 0
                    && is_cut_off(&text[words[at - 1].span.end..words[at].span.start]),
                is_elided: text[words[at].span.end..].starts_with(['\'', '’']),
            };
            let owners = prose.mark_owners(&folded, &negations);
            let start = prose.content_words.text.len();
            for found in taxonomy::skills_in_text(&folded, context) {
                let named = found.from..found.to;
                let (first, last) = (negations[named.start], negations[named.end - 1]);
                let is_software = taxonomy::is_software(found.skill);
                // « rattaché au directeur des achats » names no skill of the writer, but "reporting
                // to the CTO, in Python" does.
                let is_of_a_superior = || {
                    let mut before = named.start;
                    while before > 0
                        && named.start - before < REACH_OF_A_SUPERIOR
                        && !negations[before].begins_clause
                    {
                        before -= 1;
                    }
                    have_pair(&folded[before..named.start], OF_SUPERIORS)
                };
                let is_of_others = owners[named.start].is_another;
                if is_negated(first, last, is_software)
                    || !is_software && is_of_a_superior()
                    || is_of_others && seen.contains(&found.skill)
                    || !is_of_others && !seen.insert(found.skill)
                {
                    continue;
                }
                prose.skills.push(Mention {
                    skill: found.skill,
                    bytes: place(start + words[named.start].span.start)
                        ..place(start + words[named.end - 1].span.end),
                    is_of_others,
                });
            }
            prose.read_titles(text, &words, &negations);
            prose.content_words.add(text, &words, &negations, &owners);
            prose.words.extend(folded);
        }
        prose
    }
}

impl Prose {
    /// Finds the titles of a text; only those of the summary are used. Must be called after
    /// [`mark_owners`](Self::mark_owners) and before the text's words are appended.
    fn read_titles(&mut self, text: &str, words: &[Word], negations: &[Negation]) {
        for passage in self.passages_with_titles(text, words) {
            let stems = passage
                .iter()
                .map(|at| names::title_stem(&words[*at].folded));
            let stems: Vec<String> = stems.collect();
            for found in taxonomy::titles_in_text(&stems) {
                let (first, last) = (passage[found.at], passage[found.at + found.length - 1]);
                if !is_title_of_the_writer(text, words, negations, first..last + 1) {
                    continue;
                }
                let quote = &text[words[first].span.start..words[last].span.end];
                let at = self.title_words + found.at;
                self.titles.push(MentionedTitle {
                    title: found.title,
                    quote: quote.chars().take(LONGEST_QUOTE).collect(),
                    at,
                    length: found.length,
                    is_marked: found.length > 1
                        || at < HEADING_WORDS
                        || is_introduced(words, first),
                });
            }
            self.title_words += passage.len();
        }
    }

    /// Returns the passages of a text that no title exceeds, as indexes of words without function
    /// words and gender marks. A passage ends with a sentence and before a clause about private
    /// circumstances, which is left out. Must be called as [`read_titles`](Self::read_titles) is.
    fn passages_with_titles(&self, text: &str, words: &[Word]) -> Vec<Vec<usize>> {
        let start = self.words.len();
        let mut are_telling = vec![false; words.len()];
        for clause in self.telling_clauses.iter().rev() {
            if clause.start < start {
                break;
            }
            are_telling[clause.start - start..clause.end - start].fill(true);
        }
        let places: Vec<usize> = (0..words.len())
            .filter(|at| {
                let word = &words[*at].folded;
                are_telling[*at] && !text::is_function_word(word) && !text::is_gender_mark(word)
            })
            .collect();
        let goes_on = |one: &usize, next: &usize| {
            are_telling[*one..*next]
                .iter()
                .all(|is_telling| *is_telling)
                && !ends_sentence(&text[words[*one].span.end..words[*next].span.start])
        };
        places.chunk_by(goes_on).map(<[usize]>::to_vec).collect()
    }

    /// True if the context marks at least one title of the text as a title. Without one, no title
    /// of the text counts, because single words (« client », « commande ») have other meanings too.
    pub fn has_marked_title(&self) -> bool {
        self.titles.iter().any(|title| title.is_marked)
    }

    /// Returns the folded words outside clauses about private circumstances, in text order.
    pub fn telling_words(&self) -> impl Iterator<Item = &str> {
        let clauses = self.telling_clauses.iter();
        clauses.flat_map(|clause| self.words[clause.clone()].iter().map(String::as_str))
    }

    /// Records the clauses that are not about private circumstances, and returns the owner of each
    /// word. Must be called before the text's words are appended.
    fn mark_owners(&mut self, folded: &[String], negations: &[Negation]) -> Vec<Owner> {
        let mut owners = Vec::with_capacity(folded.len());
        let mut from = 0;
        while from < folded.len() {
            let length = negations[from + 1..]
                .iter()
                .position(|negation| negation.begins_clause);
            let to = length.map_or(folded.len(), |length| from + 1 + length);
            let clause = &folded[from..to];
            let is_private = private_circumstances::are_stated(clause);
            if !is_private {
                let start = self.words.len();
                self.telling_clauses.push(start + from..start + to);
                self.telling_words += clause.len();
            }
            let is_own = !is_private && !is_of_others(clause);
            owners.extend(
                other_people::marks(clause)
                    .into_iter()
                    .map(|is_another| Owner {
                        is_the_writer: is_own && !is_another,
                        is_another,
                    }),
            );
            from = to;
        }
        owners
    }
}

/// True if no name spans the text between two words: a separator, a list bullet or an empty line. A
/// single line break is part of running text.
fn is_cut_off(between: &str) -> bool {
    between.contains([',', '.', ';', ':', '!', '?', '(', ')', '•', '|', '\u{2022}'])
        || between.matches('\n').count() > 1
        || between.contains("\n-")
        || between.contains("\n*")
}

/// True if a sentence or a paragraph ends between two words.
fn ends_sentence(between: &str) -> bool {
    between.contains(['.', ';', ':', '!', '?', '•', '|']) || between.matches('\n').count() > 1
}

/// Words before a title that show that it is another person's, each as its first letters with the
/// maximum distance in words: « rattaché au directeur », "reporting to the CTO".
const OF_OTHERS: &[(&str, usize)] = &[
    ("alongside", 3),
    ("assist", 3),
    ("aupres", 3),
    ("avec", 3),
    ("by", 3),
    ("collabor", 4),
    ("cotes", 4),
    ("rattach", 6),
    ("recrut", 4),
    ("recruit", 4),
    ("rend", 4),
    ("report", 5),
    ("secretaire", 3),
    ("sous", 6),
    ("support", 4),
    ("supervis", 5),
    ("under", 6),
    ("with", 3),
];

/// Pairs of words that announce a superior, given by their first letters; at most two words may
/// stand between.
const OF_SUPERIORS: &[(&str, &str)] = &[
    ("rattach", "a"),
    ("rendant", "compte"),
    ("rends", "compte"),
    ("report", "to"),
    ("sous", "autorite"),
    ("sous", "direction"),
    ("sous", "responsabilite"),
    ("under", "direction"),
    ("under", "supervision"),
];

/// Pairs of words that announce a colleague, whose work a clause may name beside the writer's own.
const OF_COLLEAGUES: &[(&str, &str)] = &[
    ("aupres", "d"),
    ("collabor", "avec"),
    ("collabor", "with"),
    ("cotes", "d"),
    ("work", "alongside"),
    ("work", "with"),
];

/// Number of words between the title of a superior and the words that announce one.
const REACH_OF_A_SUPERIOR: usize = 6;

/// Possessives before another person at the beginning of a clause.
const POSSESSIVES: &[&str] = &[
    "her", "his", "ma", "mes", "mon", "my", "nos", "notre", "our",
];

/// True if the folded words of a clause describe another person's work: a superior's, a
/// colleague's, or that of the holder of the title that the clause begins with (« notre comptable
/// tient la paie »).
fn is_of_others(clause: &[String]) -> bool {
    let is_title = |word: &String| {
        let key = names::title_key(&names::title_stems(word));
        !taxonomy::occupations_titled(&key).is_empty()
    };
    let names_holder = || match clause {
        [possessive, title, _, ..] => POSSESSIVES.contains(&possessive.as_str()) && is_title(title),
        _ => false,
    };
    have_pair(clause, OF_SUPERIORS) || have_pair(clause, OF_COLLEAGUES) || names_holder()
}

/// True if folded words contain one of some pairs.
fn have_pair(words: &[String], pairs: &[(&str, &str)]) -> bool {
    pairs.iter().any(|(first, second)| {
        words.iter().enumerate().any(|(at, word)| {
            let mut after = words[at + 1..].iter().take(3);
            word.starts_with(first) && after.any(|word| word.starts_with(second))
        })
    })
}

/// Maximum length, in characters, of a one-word title that must be written in capitals (« EST »,
/// "PA").
const SHORT_TITLE: usize = 3;

/// True if a title is the writer's own, judged by the words before it, is neither denied nor only
/// hoped for, and is no stop word. `title` is a range of word indexes.
fn is_title_of_the_writer(
    text: &str,
    words: &[Word],
    negations: &[Negation],
    title: Range<usize>,
) -> bool {
    if title.len() == 1 {
        let word = &words[title.start];
        let written = &text[word.span.clone()];
        let is_short = written.chars().count() <= SHORT_TITLE;
        if (is_short || text::is_stop_word(&word.folded)) && written.chars().any(char::is_lowercase)
        {
            return false;
        }
    }
    if is_negated(negations[title.start], negations[title.end - 1], false) {
        return false;
    }
    let mut at = title.start;
    while at > 0 && !negations[at].begins_clause {
        at -= 1;
        let distance = title.start - at;
        if distance > 6 {
            break;
        }
        let word = words[at].folded.as_str();
        let names_another = OF_OTHERS
            .iter()
            .any(|(begins, reach)| distance <= *reach && word.starts_with(begins));
        // « assistant comptable », "support engineer": the word is itself part of a title.
        if names_another && !(distance == 1 && is_part_of_a_title(word)) {
            return false;
        }
    }
    true
}

/// Number of words at the start of a text among which a one-word title heads the text.
const HEADING_WORDS: usize = 3;

/// Words that introduce the writer's title: « je suis », "as a", « poste de ». An infinitive, as in
/// "to become a nurse", introduces none.
const INTRODUCING: &[&str] = &[
    "am",
    "as",
    "became",
    "comme",
    "devenu",
    "devenue",
    "etais",
    "fonction",
    "m",
    "metier",
    "poste",
    "profession",
    "qualite",
    "role",
    "suis",
    "tant",
    "was",
];

/// True if one of the three words before a title introduces it.
fn is_introduced(words: &[Word], title: usize) -> bool {
    words[title.saturating_sub(3)..title]
        .iter()
        .any(|word| INTRODUCING.contains(&word.folded.as_str()))
}

/// True for words that match [`OF_OTHERS`] but also occur in titles.
fn is_part_of_a_title(word: &str) -> bool {
    matches!(
        word,
        "assistant"
            | "assistante"
            | "support"
            | "supervisor"
            | "reporter"
            | "recruiter"
            | "secretaire"
            | "recruteur"
            | "recruteuse"
    )
}

/// Returns the occupations of a short text, such as a job title, each with a weight: those with the
/// whole title or one of the titles that it joins (« comptable et auditeur », "Sales, Retail"). If
/// there are none, those whose titles occur in the text.
pub fn occupations_of(title: &str) -> Vec<(OccupationId, f64)> {
    let mut weights: Vec<(OccupationId, f64)> = Vec::new();
    let mut add = |occupations: &[OccupationId]| {
        for occupation in occupations {
            weights.push((*occupation, 1.0 / occupations.len() as f64));
        }
    };
    add(&taxonomy::occupations_titled(&names::title_key(
        &names::title_stems(title),
    )));
    for part in parts(title) {
        add(&taxonomy::occupations_titled(&names::title_key(
            &names::title_stems(part),
        )));
    }
    if weights.is_empty() {
        for found in taxonomy::titles_in_text(&names::title_stems(title)) {
            let holders = taxonomy::holders(found.title);
            let share = 1.0 / holders.len() as f64;
            weights.extend(holders.map(|occupation| (occupation, share)));
        }
    }
    weights.sort_unstable_by_key(|entry| entry.0);
    weights.dedup_by(|again, kept| {
        let is_same = again.0 == kept.0;
        if is_same {
            kept.1 += again.1;
        }
        is_same
    });
    weights
}

/// Splits a title into the titles that it joins.
fn parts(title: &str) -> impl Iterator<Item = &str> {
    title
        .split([',', '/', '|', '–', '—', ';'])
        .flat_map(|part| part.split(" and "))
        .flat_map(|part| part.split(" et "))
        .flat_map(|part| part.split(" - "))
        .map(str::trim)
        .filter(|part| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<&'static str> {
        let prose = Prose::of([text]);
        let names = prose.skills.iter();
        names
            .map(|mention| taxonomy::skill_name(mention.skill, false))
            .collect()
    }

    #[test]
    fn skills_are_found_with_their_positions() {
        let text = "Vous maîtrisez Java, les bases de PostgreSQL et la gestion de projets.";
        assert_eq!(read(text), ["Java", "PostgreSQL", "Project Management"]);
        let prose = Prose::of([text]);
        let quotes: Vec<(String, Range<usize>)> = prose
            .skills
            .iter()
            .map(|mention| prose.content_words.quote(mention.bytes.clone()))
            .collect();
        let at_their_places: Vec<String> = quotes
            .iter()
            .map(|(_, span)| text.chars().skip(span.start).take(span.len()).collect())
            .collect();
        let texts: Vec<&String> = quotes.iter().map(|(quote, _)| quote).collect();
        assert_eq!(texts, at_their_places.iter().collect::<Vec<_>>());
        assert_eq!(texts, ["Java", "PostgreSQL", "gestion de projets"]);
    }

    #[test]
    fn everyday_words_are_skills_only_if_capitalised_among_software() {
        assert_eq!(read("Nous irons au tableau de la recherche, go"), [""; 0]);
        assert_eq!(
            read("Services en Go, Python et PostgreSQL"),
            ["Go", "Python", "PostgreSQL"]
        );
    }

    #[test]
    fn negated_and_hoped_for_skills_are_not_stated() {
        for text in [
            "Sans expérience de Java.",
            "No Java required",
            "Java n'est pas nécessaire",
            "envie d'apprendre Java",
        ] {
            assert_eq!(read(text), [""; 0], "{text}");
        }
        assert_eq!(read("Pas de PHP, mais Java"), ["Java"]);
        for text in [
            "Développeur sans Java ni Python",
            "Je ne code ni en Java ni en Python",
            "Développeuse, pas d'expérience en Java ni en Python",
            "Pas d'habilitation ni de permis C",
            "A developer, but I don't know Java",
            "A developer with no experience with Java, Python or Docker",
            "permis B en cours",
            "permis B en cours d'obtention",
            "Je souhaite obtenir mon permis poids lourd",
            "Je souhaite me former à PostgreSQL",
            "I am currently learning PostgreSQL",
        ] {
            assert_eq!(read(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn abandoned_and_planned_skills_are_not_stated() {
        for text in [
            "Je ne souhaite plus faire de recrutement. Formation Silae prévue en 2027.",
            "Je n'utilise plus Silae",
            "Je souhaite suivre une formation Silae",
            "Je commence des cours d'espagnol en janvier",
            "Je prends des cours de Python",
            "Formation Python en ce moment",
            "I have started evening French",
            "I start a course in Python in January",
            "Taking evening classes in Spanish",
            "Training on Silae planned for 2027",
            "Learning PostgreSQL at the moment",
            "no French yet",
        ] {
            let found = read(text);
            assert!(
                found.iter().all(|name| *name == "Training"),
                "{text}: {found:?}"
            );
        }
        for (text, expected) in [
            ("Formation Silae suivie en 2021", "Silae"),
            ("J'ai commencé en 2012 avec Silae", "Silae"),
            ("Je ne jure plus que par PostgreSQL", "PostgreSQL"),
            ("Started with PostgreSQL in 2012", "PostgreSQL"),
            ("Looking for evening shifts with Silae", "Silae"),
            ("Formateur : cours de Python et PostgreSQL", "Python"),
            ("Plus de dix ans de Silae", "Silae"),
        ] {
            assert!(read(text).contains(&expected), "{text}: {:?}", read(text));
        }
    }

    #[test]
    fn phrases_that_only_resemble_a_negation_are_stated() {
        for (text, expected) in [
            (
                "machine learning with Python, deep learning using PyTorch and reinforcement \
                 learning on AWS",
                &[
                    "Machine Learning",
                    "Python",
                    "Deep Learning",
                    "PyTorch",
                    "AWS",
                ][..],
            ),
            ("Développement : not only Java", &["Java"]),
            ("Développement non seulement Java", &["Java"]),
            (
                "PostgreSQL, sans oublier Docker et Kubernetes",
                &["PostgreSQL", "Docker", "Kubernetes"],
            ),
            ("I never stopped using PostgreSQL", &["PostgreSQL"]),
            ("pas de problème avec Excel", &["Excel"]),
            ("e-learning avec Moodle", &["Moodle"]),
            ("Formateur : apprendre Python aux enfants", &["Python"]),
            (
                "Développeur Java. Projet Docker en cours.",
                &["Java", "Docker"],
            ),
            ("No PHP here, PostgreSQL for ten years", &["PostgreSQL"]),
        ] {
            let found = read(text);
            for name in expected {
                assert!(found.contains(name), "{name} in {text}: {found:?}");
            }
        }
    }

    #[test]
    fn everyday_words_are_not_read_as_software() {
        for text in [
            "Removing rust",
            "I excel at patient care",
            "ma cuisine a vue sur la mer",
            "Commerciale chez SAS Durand à Lyon",
            "quick to react",
            "the elixir of life",
            "hiking in spring with a rust coloured jacket",
            "feeding my python and my ant",
            "two years on the island of Java",
            "avec Julia et Ruby, rue Pascal",
            "reading Kafka, a flask of tea in hand, a dart in the other",
            "the node of a plant, you silly git",
        ] {
            let prose = Prose::of([text]);
            let software: Vec<_> = prose
                .skills
                .iter()
                .filter(|mention| taxonomy::is_software(mention.skill))
                .map(|mention| prose.content_words.quote(mention.bytes.clone()))
                .collect();
            assert!(software.is_empty(), "{text}: {software:?}");
        }
    }

    #[test]
    fn names_of_software_written_as_such_are_read() {
        for (text, expected) in [
            (
                "développe en Rust et PostgreSQL",
                &["Rust", "PostgreSQL"][..],
            ),
            ("Développeuse Java", &["Java"]),
            ("python developer", &["Python"]),
            ("tableaux croisés sous Excel", &["Excel"]),
            ("Java, Kafka et Docker", &["Java", "Apache Kafka", "Docker"]),
            ("Outils en Python", &["Python"]),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    fn titles(text: &str) -> Vec<String> {
        let prose = Prose::of([text]);
        prose.titles.into_iter().map(|title| title.quote).collect()
    }

    #[test]
    fn titles_of_other_people_are_not_the_candidates() {
        for (text, own, others) in [
            (
                "Comptable rattaché au directeur financier",
                "Comptable",
                "directeur",
            ),
            (
                "Developer, reporting to the chief technology officer",
                "Developer",
                "officer",
            ),
            (
                "Conducteur de travaux sous la responsabilité du chef de projet",
                "Conducteur",
                "chef",
            ),
            ("Nurse who worked with designers", "Nurse", "designers"),
            (
                "Soudeur, en collaboration avec les architectes",
                "Soudeur",
                "architectes",
            ),
            (
                "Plombier, supervisé par un ingénieur",
                "Plombier",
                "ingénieur",
            ),
        ] {
            let found = titles(text);
            let names = |part: &str| found.iter().any(|title| title.contains(part));
            assert!(names(own) && !names(others), "{text}: {found:?}");
        }
    }

    #[test]
    fn denied_and_hoped_for_titles_are_not_the_candidates() {
        for text in [
            "Je ne suis pas comptable.",
            "I am not a nurse",
            "Never worked as a nurse",
            "Sans expérience de comptable",
            "I want to become a nurse",
            "I am studying to become a nurse",
            "My goal is to become a nurse",
            "Je souhaite devenir comptable",
            "Mon objectif est de devenir comptable",
            "Formation de comptable prévue en 2027",
        ] {
            let found = titles(text);
            let names_it = |title: &String| title.contains("nurse") || title.contains("comptable");
            assert!(!found.iter().any(names_it), "{text}: {found:?}");
        }
        for (text, title) in [
            ("Je ne suis pas comptable mais soudeur", "soudeur"),
            ("Je ne suis pas comptable, je suis soudeur", "soudeur"),
            ("Je suis non seulement comptable", "comptable"),
            ("I am a nurse and not afraid of nights", "nurse"),
            ("I became a nurse in 2012", "nurse"),
            ("Devenue comptable en 2012", "comptable"),
            ("Looking for work as a nurse", "nurse"),
        ] {
            let found = titles(text);
            assert!(
                found.iter().any(|found| found == title),
                "{text}: {found:?}"
            );
        }
    }

    #[test]
    fn an_infinitive_introduces_no_title() {
        let marks = |text: &str| Prose::of([text]).has_marked_title();
        assert!(marks("All my life until today I was a nurse"));
        assert!(marks("When my two children were small I became a nurse"));
        assert!(!marks("All my friends told me to become a nurse"));
    }

    #[test]
    fn verb_forms_are_not_read_as_titles() {
        for text in ["Elle est dans la vente", "is", "il est à Lyon et pa ici"] {
            let found = titles(text);
            assert!(
                !found
                    .iter()
                    .any(|title| ["est", "is", "pa"].contains(&title.as_str())),
                "{found:?}"
            );
        }
    }

    #[test]
    fn words_that_only_share_a_key_are_not_read_as_skills() {
        for text in [
            "J'excelle dans la vente",
            "Elle excelle en négociation",
            "C'est dans la vente que j'ai fait mes preuves",
            "Docker au port depuis dix ans, déchargement des navires",
            "Docker, dix ans au port du Havre",
            "mes collègues et son équipe",
            "Unfamiliar with React",
            "Plutôt que Java ou Python",
            "yet to learn PostgreSQL",
        ] {
            let found = read(text);
            for name in [
                "Excel",
                "C",
                "Docker",
                "React",
                "Java",
                "Python",
                "PostgreSQL",
            ] {
                assert!(!found.contains(&name), "{text}: {found:?}");
            }
        }
        for (text, expected) in [
            ("Conteneurs avec Docker et Kubernetes", "Docker"),
            ("Kubernetes en production", "Kubernetes"),
        ] {
            assert!(read(text).contains(&expected), "{text}: {:?}", read(text));
        }
    }

    #[test]
    fn names_may_span_a_line_break_but_not_a_comma() {
        assert!(!read("Engineering, Computer Science").contains(&"Engineering, Computer"));
        assert_eq!(read("la gestion de\nprojets"), ["Project Management"]);
    }

    #[test]
    fn ordinary_words_of_postings_are_not_read_as_skills() {
        for text in [
            "Educational requirements: completed apprenticeship. SQL.",
            "You have shipped, and like shipping, products. SQL.",
            "Reading, writing, planning and reporting to customers. SQL.",
        ] {
            let found = read(text);
            for word in [
                "Educational",
                "shipping",
                "Shipping",
                "reading",
                "writing",
                "planning",
            ] {
                assert!(!found.contains(&word), "{text}: {found:?}");
            }
            assert!(found.contains(&"SQL"), "{text}: {found:?}");
        }
    }

    #[test]
    fn hyphenated_words_are_joined_across_lines() {
        let prose = Prose::of(["déve-\nloppement de logiciels en Py-\nthon et PostgreSQL"]);
        assert!(
            prose.words.contains(&"developpement".to_owned()),
            "{:?}",
            prose.words
        );
        let broken = Prose::of(["d\u{fffd}veloppement, C\u{fffd}line, R\u{fffd}seaux"]);
        assert!(broken.skills.is_empty(), "{:?}", broken.skills);
    }

    #[test]
    fn a_title_that_joins_two_stands_for_both() {
        let names = |title| -> Vec<&'static str> {
            let mut names: Vec<&str> = occupations_of(title)
                .iter()
                .map(|entry| taxonomy::occupation_name(entry.0, false))
                .collect();
            names.sort_unstable();
            names
        };
        let both = names("Comptable et plombier");
        for one in ["accountant", "plumber"] {
            assert!(both.contains(&one), "{both:?}");
        }
    }
}
