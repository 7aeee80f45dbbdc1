//! Parses a job title: splits it at separators, and separates the words of the occupation from
//! contract, hours, place, reference, seniority and hiring words.

use crate::scoring::{
    names, taxonomy, text,
    vocabulary::{TITLES, TitleWord, is_broad_role, title_words},
};

/// Maximum number of words read from a title; bounds the work on hostile input.
const MOST_WORDS: usize = 48;
/// Maximum number of alternatives kept from one title (« comptable / assistante de gestion »).
const MOST_READINGS: usize = 4;
/// Number of digits from which on a word of letters and digits is a reference number.
const REFERENCE_DIGITS: usize = 4;

/// A parsed title.
#[derive(Debug, Default)]
pub struct ParsedTitle {
    /// The level of seniority, from 0 in training to 4 leading.
    pub seniority: Option<u8>,
    /// The occupations that it names as alternatives, in text order. Empty if the title names none.
    pub readings: Vec<Reading>,
}

/// One occupation that a title names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The folded words of the occupation.
    pub core: Vec<String>,
    /// The core and the title's other words about the work, such as a specialism or a domain.
    pub all: Vec<String>,
}

/// A part of a title between separators.
struct Segment {
    words: Vec<String>,
    /// True if a slash separates it from the part before.
    is_behind_slash: bool,
}

/// Parses a title. The result does not depend on gender marks, case or accents.
pub fn parse(written: &str) -> ParsedTitle {
    let mut seniority = None;
    let mut rest = MOST_WORDS;
    // `whole` lacks gender marks and seniority, `ranked` lacks gender marks only, and `segments`
    // lack noise as well.
    let (mut whole, mut ranked, mut segments) = (Vec::new(), Vec::new(), Vec::new());
    for (segment, sign) in segments_of(written) {
        if rest == 0 {
            break;
        }
        let mut words: Vec<String> = text::prose_words(segment);
        words.truncate(rest);
        rest -= words.len();
        // U+FFFD marks an undecodable character and is no word.
        words.retain(|word| !text::is_gender_mark(word) && word.chars().any(char::is_alphanumeric));
        ranked.extend(words.iter().cloned());
        let words = without_seniority(&words, &mut seniority);
        whole.extend(words.iter().cloned());
        let mut words = without_noise(&words);
        drop_credentials(&mut words, &segments);
        if !words.is_empty() {
            let is_behind_slash = sign == '/';
            segments.push(Segment {
                words,
                is_behind_slash,
            });
        }
    }
    // A known title keeps all of its words: « veilleur de nuit », "contract manager".
    for words in [&whole, &ranked] {
        if is_titled(words) && !says_no_occupation(words) {
            return ParsedTitle {
                seniority,
                readings: vec![Reading {
                    core: words.clone(),
                    all: words.clone(),
                }],
            };
        }
    }
    ParsedTitle {
        seniority,
        readings: readings_of(&segments),
    }
}

/// Drops diplomas, licences and certificates at the end of a segment, after an occupation in the
/// segment or in an earlier one: « Architecte DE HMONP », "Accountant, CPA".
fn drop_credentials(words: &mut Vec<String>, before: &[Segment]) {
    let stems = stems_of(words);
    let is_credential = |stem: &String| {
        let found = title_words(std::iter::once(stem.as_str()));
        found.is_some_and(|(_, says)| says.contains(&TitleWord::Credential))
    };
    let Some(last) = stems.iter().rposition(|stem| !is_credential(stem)) else {
        if before.iter().any(|one| is_occupation(&one.words)) {
            words.clear();
        }
        return;
    };
    if last + 1 < words.len() && is_occupation(&words[..=last]) {
        words.truncate(last + 1);
    }
}

/// True if words are a known title, or contain one.
fn is_occupation(words: &[String]) -> bool {
    is_titled(words) || names_occupation(words)
}

/// Expands abbreviations of a title; other words stay unchanged.
pub fn expanded(words: &[String]) -> Vec<String> {
    let stems = stems_of(words);
    let (mut expanded, mut at) = (Vec::new(), 0);
    while at < words.len() {
        let phrase = title_words(stems[at..].iter().map(String::as_str));
        let long = phrase.and_then(|(length, says)| {
            says.iter().find_map(|word| match word {
                TitleWord::Short(long) => Some((length, long)),
                _ => None,
            })
        });
        if let Some((length, long)) = long {
            expanded.extend(long.iter().cloned());
            at += length;
        } else {
            expanded.push(words[at].clone());
            at += 1;
        }
    }
    expanded
}

fn stems_of(words: &[String]) -> Vec<String> {
    words.iter().map(|word| text::stem(word)).collect()
}

/// Splits at separators; each part comes with the separator before it. A slash always separates. A
/// hyphen inside a word doesn't, and a parenthesis inside a word is an inclusive ending.
fn segments_of(written: &str) -> Vec<(&str, char)> {
    let (mut segments, mut start, mut before) = (Vec::new(), 0, ' ');
    let mut sign = ' ';
    let mut letters = written.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        let after = letters.peek().map_or(' ', |next| next.1);
        let divides = match letter {
            '|' | '•' | ',' | ';' | ':' | '–' | '—' | '[' | ']' | '{' | '}' | '/' | '"' | '*'
            | '«' | '»' | '\n' | '\t' => true,
            '-' => before.is_whitespace() || after.is_whitespace(),
            '(' => before.is_whitespace(),
            ')' => after.is_whitespace(),
            _ => false,
        };
        if divides {
            segments.push((&written[start..at], sign));
            sign = letter;
            start = at + letter.len_utf8();
        }
        before = letter;
    }
    segments.push((&written[start..], sign));
    segments
}

/// Removes seniority words, and raises `seniority` to the highest level that they name.
fn without_seniority(words: &[String], seniority: &mut Option<u8>) -> Vec<String> {
    let stems = stems_of(words);
    let (mut kept, mut at) = (Vec::new(), 0);
    while at < words.len() {
        let phrase = title_words(stems[at..].iter().map(String::as_str));
        let length = phrase.map_or(1, |(length, _)| length);
        let step = phrase.and_then(|(_, says)| {
            says.iter().find_map(|word| match word {
                TitleWord::Seniority(step) => Some(*step),
                _ => None,
            })
        });
        match step {
            Some(step) => *seniority = (*seniority).max(Some(step)),
            None => kept.extend(words[at..at + length].iter().cloned()),
        }
        at += length;
    }
    kept
}

/// Returns the words of a segment that may name an occupation or a domain.
fn without_noise(words: &[String]) -> Vec<String> {
    let stems = stems_of(words);
    let (mut kept, mut at): (Vec<String>, usize) = (Vec::new(), 0);
    // Index, among the kept words, of the most recent preposition.
    let mut preposition: Option<usize> = None;
    let (mut says_work, mut is_behind_number) = (false, false);
    while at < words.len() {
        let phrase = title_words(stems[at..].iter().map(String::as_str));
        let (length, says) = phrase.unwrap_or((1, &[]));
        let is = |word: TitleWord| says.contains(&word);
        if is(TitleWord::Place) || (preposition.is_some() && is(TitleWord::PlaceAlone)) {
            kept.truncate(preposition.unwrap_or(kept.len()));
        } else if is_number_or_reference(&words[at]) {
            is_behind_number = true;
            at += 1;
            continue;
        } else if is(TitleWord::Ignored) || (is_behind_number && is(TitleWord::IgnoredAlone)) {
            // The word says nothing about the work.
        } else {
            let is_preposition = is(TitleWord::Preposition);
            preposition = is_preposition.then_some(preposition.unwrap_or(kept.len()));
            let says_none = is_preposition
                || is(TitleWord::IgnoredAlone)
                || is(TitleWord::PlaceAlone)
                || text::is_stop_word(&words[at]);
            says_work |= !says_none;
            kept.extend(words[at..at + length].iter().cloned());
        }
        is_behind_number = false;
        at += length;
    }
    while kept.last().is_some_and(|word| is_preposition(word)) {
        kept.pop();
    }
    if says_work { kept } else { Vec::new() }
}

fn is_preposition(word: &str) -> bool {
    let stem = text::stem(word);
    title_words(std::iter::once(stem.as_str()))
        .is_some_and(|(_, says)| says.contains(&TitleWord::Preposition))
        || text::is_function_word(word)
}

/// True for a number (« 69 », "35h", "2x8", "II") or a reference ("R0012345").
fn is_number_or_reference(word: &str) -> bool {
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    let letters = word.chars().count() - digits;
    match digits {
        0 => matches!(word, "ii" | "iii" | "iv"),
        REFERENCE_DIGITS.. => true,
        _ => {
            letters == 0
                || word
                    .bytes()
                    .next()
                    .is_some_and(|first| first.is_ascii_digit())
                    && (word
                        .trim_end_matches('h')
                        .bytes()
                        .all(|byte| byte.is_ascii_digit())
                        || word.bytes().all(|byte| {
                            byte.is_ascii_digit() || matches!(byte, b'x' | b'h' | b'k' | b'.')
                        }))
        }
    }
}

/// True if a title has no word but noise. It then names no occupation, even if some list contains
/// it.
fn says_no_occupation(words: &[String]) -> bool {
    words.len() <= 1 && without_noise(words).is_empty()
}

/// True if the taxonomy or the table of titles has exactly this title.
fn is_titled(words: &[String]) -> bool {
    !words.is_empty()
        && (TITLES.has_phrase(words)
            || !taxonomy::occupations_titled(&names::title_key(&names::title_stems_of(words)))
                .is_empty())
}

fn is_broad(words: &[String]) -> bool {
    is_broad_role(&names::title_stems_of(words))
}

/// True if a segment contains a known title that is more than a rank.
fn names_occupation(words: &[String]) -> bool {
    let stems = names::title_stems_of(words);
    !is_broad_role(&stems)
        && taxonomy::titles_in_text(&stems)
            .iter()
            .any(|title| !is_broad_role(&stems[title.at..title.at + title.length]))
}

fn readings_of(segments: &[Segment]) -> Vec<Reading> {
    let joined: Vec<String> = segments.iter().flat_map(|one| one.words.clone()).collect();
    if joined.is_empty() {
        return Vec::new();
    }
    let whole = |core: Vec<String>| {
        vec![Reading {
            all: core.clone(),
            core,
        }]
    };
    if segments.len() < 2 || is_titled(&joined) {
        return whole(joined);
    }
    // Reversed order: "Manager, Logistics", "Teacher, English".
    if let [first, second] = segments {
        let turned = [second.words.clone(), first.words.clone()].concat();
        if is_titled(&turned) {
            return whole(turned);
        }
    }
    let is_title = |segment: &&Segment| is_titled(&segment.words) && !is_broad(&segment.words);
    let first = segments
        .iter()
        .position(|segment| is_title(&segment))
        .or_else(|| segments.iter().position(|one| names_occupation(&one.words)));
    let Some(first) = first else {
        return whole(joined);
    };
    // « vendeur / vendeuse en boulangerie » is one title in both genders.
    let head = text::stem(&segments[first].words[0]);
    if let Some(next) = segments.get(first + 1)
        && text::stem(&next.words[0]) == head
    {
        return whole(joined);
    }
    let mut cores: Vec<&Segment> = vec![&segments[first]];
    let mut details: Vec<String> = Vec::new();
    // Unknown parts beside a slash: alternatives that may be details as well.
    let mut by_slash: Vec<&Segment> = Vec::new();
    for (at, segment) in segments.iter().enumerate() {
        if at == first {
            continue;
        }
        // « soudeuse TIG / chaudronnière »: either is sufficient, although only one is a known
        // title.
        let is_by_slash = segment.is_behind_slash
            || segments
                .get(at + 1)
                .is_some_and(|next| next.is_behind_slash);
        let is_alternative = is_by_slash && names_occupation(&segment.words);
        if at > first && is_title(&segment) || is_alternative {
            if !cores.iter().any(|core| core.words == segment.words) {
                cores.push(segment);
            }
        } else if is_by_slash {
            by_slash.push(segment);
        } else if taxonomy::has_known_word(&segment.words) {
            details.extend(segment.words.iter().cloned());
        }
    }
    cores.truncate(MOST_READINGS);
    let with = |core: &Segment, details: &[String]| Reading {
        core: core.words.clone(),
        all: [core.words.as_slice(), details].concat(),
    };
    let mut readings: Vec<Reading> = cores.iter().map(|core| with(core, &details)).collect();
    // "care assistant / healthcare support worker" is either; « développeur / Angular » may be one
    // work or two.
    let mut joined = details.clone();
    for segment in by_slash {
        if names_role(&segment.words) {
            readings.push(with(segment, &details));
        }
        if taxonomy::has_known_word(&segment.words) {
            joined.extend(segment.words.iter().cloned());
        }
    }
    if joined.len() > details.len() {
        readings.extend(cores.iter().map(|core| with(core, &joined)));
    }
    readings.truncate(2 * MOST_READINGS);
    readings
}

/// Returns whether words that are no known title end or begin with a role: "healthcare support
/// worker", « agent de convivialité ».
fn names_role(words: &[String]) -> bool {
    let is_role =
        |word: Option<&String>| word.is_some_and(|word| is_broad(std::slice::from_ref(word)));
    words.len() > 1 && (is_role(words.first()) || is_role(words.last()))
}
