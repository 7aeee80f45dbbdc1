//! Running text, read once for all criteria that use it.
//!
//! Skills and job titles are found with their places, so that a result can show the words it rests
//! on. What a text denies (« sans expérience de Java », "no SQL required") or only hopes for
//! (« envie d'apprendre Rust ») is not taken for stated.

use std::ops::Range;

use super::{
    names,
    taxonomy::{self, KnownSkill, OccupationId},
    text::{self, Word},
};

/// Texts of one kind, such as a summary, with what they say.
#[derive(Debug, Default)]
pub struct Prose {
    /// Folded, in their order; no word of two texts stands side by side.
    pub words: Vec<String>,
    /// Known skills, in their order, each once.
    pub skills: Vec<Mention>,
    /// Job titles, in their order.
    pub titles: Vec<MentionedTitle>,
    /// Words that were read before titles were looked for.
    pub title_words: usize,
}

/// A skill that a text names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// Which one.
    pub skill: KnownSkill,
    /// The words it is named by, as written.
    pub quote: String,
    /// Their place in the text, in characters.
    pub span: Range<usize>,
}

/// A job title that a text names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MentionedTitle {
    /// Who bears it.
    pub occupations: Vec<OccupationId>,
    /// The title, as written.
    pub quote: String,
    /// Its place, counted in words that say something.
    pub at: usize,
    /// Its length in such words.
    pub length: usize,
}

/// Stands between two texts: no folded word is a sign, so no name contains it.
const EDGE: &str = "|";

/// Longest quote, in characters.
const LONGEST_QUOTE: usize = 80;

/// Words to either side of a name among which a denial of it is looked for.
const DENIAL_REACH: usize = 4;

/// Words before a name that deny it, or put it off.
const DENIALS_BEFORE: &[&str] = &[
    "apprendre",
    "aucun",
    "aucune",
    "decouvrir",
    "except",
    "jamais",
    "lack",
    "learn",
    "learning",
    "never",
    "no",
    "non",
    "not",
    "pas",
    "sans",
    "sauf",
    "without",
];

/// Phrases after a name that deny it, as folded words.
const DENIALS_AFTER: &[&[&str]] = &[
    &["non", "requis"],
    &["non", "requise"],
    &["not", "required"],
    &["not", "needed"],
    &["not", "necessary"],
    &["pas", "exige"],
    &["pas", "exigee"],
    &["pas", "necessaire"],
    &["pas", "obligatoire"],
    &["pas", "requis"],
    &["pas", "requise"],
];

impl Prose {
    /// Reads texts; no name is seen across the edge of two.
    pub fn of<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut prose = Self::default();
        let mut seen = std::collections::BTreeSet::new();
        for text in texts {
            if !prose.words.is_empty() {
                prose.words.push(EDGE.to_owned());
            }
            let words: Vec<Word> = text::placed_prose_words(text).collect();
            let folded: Vec<String> = words.iter().map(|word| word.folded.clone()).collect();
            let written = |at: usize| &text[words[at].span.clone()];
            let (mut byte, mut character) = (0, 0);
            for found in taxonomy::skills_in_text(&folded, written) {
                let place = found.from..found.to;
                if is_denied(text, &words, &place) || !seen.insert(found.skill) {
                    continue;
                }
                let span = words[place.start].span.start..words[place.end - 1].span.end;
                character += text[byte..span.start].chars().count();
                byte = span.start;
                let length = text[span.clone()].chars().count();
                prose.skills.push(Mention {
                    skill: found.skill,
                    quote: text[span].chars().take(LONGEST_QUOTE).collect(),
                    span: character..character + length,
                });
            }
            let (said, stems): (Vec<&Word>, Vec<String>) = words
                .iter()
                .filter(|word| {
                    !text::is_little_word(&word.folded) && !text::is_gender_mark(&word.folded)
                })
                .map(|word| (word, names::title_stem(&word.folded)))
                .unzip();
            let before = prose.title_words;
            prose.title_words += said.len();
            prose
                .titles
                .extend(taxonomy::titles_in_text(&stems).into_iter().map(|title| {
                    let (first, last) = (said[title.at], said[title.at + title.length - 1]);
                    let quote = &text[first.span.start..last.span.end];
                    MentionedTitle {
                        occupations: title.occupations,
                        quote: quote.chars().take(LONGEST_QUOTE).collect(),
                        at: before + title.at,
                        length: title.length,
                    }
                }));
            prose.words.extend(folded);
        }
        prose
    }
}

/// Whether the sentence around a name denies it, or puts it off.
fn is_denied(text: &str, words: &[Word], place: &Range<usize>) -> bool {
    let ends_sentence = |between: &str| between.contains(['.', ';', '!', '?', '\n', ',', '(', ')']);
    let mut start = words[place.start].span.start;
    for word in words[..place.start].iter().rev().take(DENIAL_REACH) {
        if ends_sentence(&text[word.span.end..start]) {
            break;
        }
        if DENIALS_BEFORE.binary_search(&word.folded.as_str()).is_ok() {
            return true;
        }
        start = word.span.start;
    }
    let mut end = words[place.end - 1].span.end;
    let mut after: Vec<&str> = Vec::new();
    for word in words[place.end..].iter().take(DENIAL_REACH) {
        if ends_sentence(&text[end..word.span.start]) {
            break;
        }
        after.push(&word.folded);
        end = word.span.end;
    }
    after.windows(2).any(|pair| DENIALS_AFTER.contains(&pair))
}

/// The occupations that a short text, such as a job title, stands for, each with a weight: those that
/// bear the whole title or one of the titles it joins (« comptable et auditeur », "Sales, Retail");
/// where there is none, those whose titles stand in it.
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
        for title in taxonomy::titles_in_text(&names::title_stems(title)) {
            for occupation in &title.occupations {
                weights.push((*occupation, 1.0 / title.occupations.len() as f64));
            }
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

/// The titles that a title joins.
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
    fn the_denials_can_be_searched() {
        assert!(DENIALS_BEFORE.is_sorted());
    }

    #[test]
    fn skills_are_read_word_for_word_with_their_places() {
        let text = "Vous maîtrisez Java, les bases de PostgreSQL et la gestion de projets.";
        assert_eq!(read(text), ["Java", "PostgreSQL", "Project Management"]);
        let prose = Prose::of([text]);
        let quoted: Vec<String> = prose
            .skills
            .iter()
            .map(|mention| {
                text.chars()
                    .skip(mention.span.start)
                    .take(mention.span.len())
                    .collect()
            })
            .collect();
        assert_eq!(quoted, ["Java", "PostgreSQL", "gestion de projets"]);
    }

    #[test]
    fn everyday_words_are_no_skills_unless_written_as_names_among_software() {
        assert_eq!(read("Nous irons au tableau de la recherche, go"), [""; 0]);
        assert_eq!(
            read("Services en Go, Python et PostgreSQL"),
            ["Go", "Python", "PostgreSQL"]
        );
    }

    #[test]
    fn what_is_denied_or_only_hoped_for_is_not_stated() {
        for text in [
            "Sans expérience de Java.",
            "No Java required",
            "Java n'est pas nécessaire",
            "envie d'apprendre Java",
        ] {
            assert_eq!(read(text), [""; 0], "{text}");
        }
        assert_eq!(read("Pas de PHP, mais Java"), ["Java"]);
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
