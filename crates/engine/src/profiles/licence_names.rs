//! Splits names that list several licence categories: « Permis C et CE », "driving licence B and
//! C1", « CACES R489 1, 3, 5 », « Habilitation électrique B1V, BR ».
//!
//! Each category becomes a licence of its own, prefixed with the words before the first category or
//! followed by the words after the last. A part of a list without such words inherits those of the
//! preceding part. Names without a list are kept as written. The profile readers split names with
//! this module, and scoring uses it to find the licences that a text names.

use std::ops::Range;

use super::{folded_text::fold_letters, profile_reader::entries_of};

/// Kinds of licences that are commonly listed by category.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    Driving,
    Caces,
    Electrical,
}

/// The connection between a word and the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Joint {
    Space,
    /// A comma, a slash, a hyphen, "and", « et ».
    List,
    Or,
}

/// One word of a licence name.
#[derive(Debug)]
struct Word {
    /// Without accents and in lower case; both `C+E` and `E(C)` become `ce`.
    folded: String,
    /// True if the word has no lower-case letter.
    is_capital: bool,
    span: Range<usize>,
    joint: Joint,
}

/// A list of categories with the words before or after it that apply to each.
#[derive(Debug)]
struct Listed {
    family: Family,
    /// The words before the categories; empty if they stand after the list.
    before: String,
    /// The words after the categories.
    behind: String,
    /// The categories as written.
    categories: Vec<String>,
    /// True if any one category is sufficient.
    are_alternatives: bool,
    /// Indexes of the words that the list covers.
    words: Range<usize>,
}

impl Listed {
    fn names(&self) -> impl Iterator<Item = String> + '_ {
        self.categories.iter().map(|category| {
            let parts = [self.before.as_str(), category, self.behind.as_str()];
            let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
            parts.join(" ")
        })
    }
}

/// The words before a list, which later parts of the list may inherit.
#[derive(Debug, Clone)]
pub struct Head {
    family: Family,
    before: String,
}

const DRIVING_HEAD: &[&str] = &[
    "a",
    "cat",
    "categorie",
    "categories",
    "category",
    "conduire",
    "d",
    "de",
    "driver",
    "drivers",
    "driving",
    "du",
    "full",
    "hgv",
    "lgv",
    "licence",
    "licences",
    "license",
    "licenses",
    "permis",
    "s",
];
/// A phrase that contains one of these words names a driving licence.
const DRIVING: &[&str] = &[
    "driver", "drivers", "driving", "hgv", "lgv", "licence", "licences", "license", "licenses",
    "permis",
];
const CATEGORIES: &[&str] = &[
    "a", "a1", "a2", "am", "b", "b96", "be", "c", "c1", "c1e", "ce", "d", "d1", "d1e", "de", "eb",
    "ec", "ed", "pl", "spl",
];
const CACES_HEAD: &[&str] = &[
    "caces",
    "cat",
    "categorie",
    "categories",
    "category",
    "n",
    "no",
    "type",
];
const ELECTRICAL_HEAD: &[&str] = &[
    "electrical",
    "electrique",
    "electriques",
    "habilitation",
    "habilitations",
    "niveau",
    "niveaux",
    "type",
];
const ELECTRICAL: &[&str] = &[
    "b0", "b0v", "b1", "b1v", "b2", "b2v", "bc", "be", "bf", "bp", "br", "bs", "h0", "h0v", "h1",
    "h1v", "h2", "h2v", "hc", "he", "hf",
];
/// Words after a list that do not describe its categories.
const VALID: &[&str] = &[
    "a jour",
    "en cours de validite",
    "exige",
    "exiges",
    "obligatoire",
    "obligatoires",
    "required",
    "requis",
    "valid",
    "valide",
    "valides",
];

/// Returns the licence names of one list entry: the entry itself, or one name for each category
/// that it lists.
///
/// ```
/// use matching_engine::profiles::licence_names::names_in_entry;
/// assert_eq!(names_in_entry("Permis C et CE"), ["Permis C", "Permis CE"]);
/// assert_eq!(names_in_entry("Gestion C et D"), ["Gestion C et D"]);
/// ```
#[must_use]
pub fn names_in_entry(entry: &str) -> Vec<String> {
    if !may_name_one(entry) {
        return vec![entry.to_owned()];
    }
    let mut names = Vec::new();
    let mut lists = Lists::default();
    for part in entries_of(entry) {
        lists.read(part, &mut names);
    }
    lists.end(&mut names);
    if lists.found_any && !lists.found_alternatives && names.len() > 1 {
        names
    } else {
        vec![entry.to_owned()]
    }
}

/// Returns the names of a list written as text, split at commas, semicolons and line breaks. A part
/// without letters inherits the words of the preceding name: « ISO 9001, 14001 » lists two
/// standards.
#[must_use]
pub fn names_in_list(text: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let mut lists = Lists::default();
    for part in entries_of(text) {
        let is_number = !part.contains(char::is_alphabetic) && part.contains(char::is_numeric);
        if is_number
            && lists.head.is_none()
            && let Some(previous) = names.last()
        {
            let name = match previous.rsplit_once(' ') {
                Some((head, last)) if last.starts_with(|letter: char| letter.is_ascii_digit()) => {
                    format!("{head} {part}")
                }
                _ => format!("{previous} {part}"),
            };
            if !name.starts_with(previous.as_str()) {
                names.push(name);
            } else if let Some(previous) = names.last_mut() {
                *previous = name;
            }
            continue;
        }
        lists.read(part, &mut names);
    }
    lists.end(&mut names);
    names
}

/// Returns the alternatives in a name, any of which is sufficient: « Permis C ou CE », « FIMO ou
/// FCO ». Empty if the name states no alternatives.
#[must_use]
pub fn alternatives_in(name: &str) -> Vec<String> {
    let words = words_of(name);
    if !words.iter().any(|word| word.joint == Joint::Or) {
        return Vec::new();
    }
    let mut names = Vec::new();
    let mut lists = Lists::default();
    for part in entries_of(name) {
        lists.read_alternatives(part, &mut names);
    }
    lists.end(&mut names);
    if lists.found_any && names.len() > 1 {
        return names;
    }
    let mut names = Vec::new();
    let mut from = 0;
    for word in words.iter().filter(|word| word.joint == Joint::Or) {
        names.push(&name[from..word.span.start]);
        from = word.span.start;
    }
    names.push(&name[from..]);
    let names = names.into_iter().map(|part| {
        let part = part.trim();
        let is_joint = |end: &str| matches!(end, "ou" | "or" | "et/ou" | "and/or");
        let end = part
            .rfind(' ')
            .filter(|at| is_joint(&fold_letters(&part[at + 1..])));
        part[..end.unwrap_or(part.len())]
            .trim_end_matches([',', ' '])
            .to_owned()
    });
    let names: Vec<String> = names
        .filter(|part| !part.is_empty() && !fold_letters(part).starts_with("equivalen"))
        .collect();
    names
}

/// Calls `found` for each licence that a clause names, with its byte range. On entry `head` is the
/// list that the preceding clause ended with; on return, the list that this clause ends with.
pub fn in_clause(
    clause: &str,
    head: &mut Option<Head>,
    mut found: impl FnMut(String, Range<usize>),
) {
    // Most clauses name no licence.
    if head.is_none() && !may_name_one(clause) {
        return;
    }
    let words = words_of(clause);
    let mut at = 0;
    let mut last = None;
    while at < words.len() {
        let inherited = head.take().filter(|_| at == 0);
        let listed = listed_at(clause, &words, at, inherited.as_ref());
        let Some(listed) = listed else {
            at += 1;
            last = None;
            continue;
        };
        let bytes = words[listed.words.start].span.start..words[listed.words.end - 1].span.end;
        for name in listed.names() {
            found(name, bytes.clone());
        }
        at = listed.words.end;
        last = Some(Head {
            family: listed.family,
            before: listed.before,
        });
    }
    *head = last;
}

fn may_name_one(text: &str) -> bool {
    [
        "ermis", "icen", "aces", "abilit", "ERMIS", "ICEN", "ACES", "ABILIT", "HGV", "LGV",
    ]
    .iter()
    .any(|part| text.contains(part))
}

/// Reads the parts of a list in sequence.
#[derive(Debug, Default)]
struct Lists {
    head: Option<Head>,
    /// Categories whose words may follow the last of them: « B, C and CE licence ».
    pending: Vec<String>,
    found_any: bool,
    found_alternatives: bool,
}

impl Lists {
    fn read(&mut self, part: &str, names: &mut Vec<String>) {
        self.read_part(part, names, false);
    }

    fn read_alternatives(&mut self, part: &str, names: &mut Vec<String>) {
        self.read_part(part, names, true);
    }

    fn read_part(&mut self, part: &str, names: &mut Vec<String>, divides_alternatives: bool) {
        let words = words_of(part);
        let Some(listed) = listed_at(part, &words, 0, self.head.as_ref()) else {
            self.head = None;
            let are_categories = !words.is_empty()
                && (words.iter())
                    .all(|word| is_category(Family::Driving, word, "") && word.is_capital);
            if are_categories {
                self.pending.push(part.to_owned());
            } else {
                self.end(names);
                names.push(part.to_owned());
            }
            return;
        };
        if listed.before.is_empty() {
            let pending = std::mem::take(&mut self.pending);
            names.extend(pending.iter().map(|one| format!("{one} {}", listed.behind)));
        } else {
            self.end(names);
        }
        self.found_any = true;
        self.found_alternatives |= listed.are_alternatives;
        let rest = words.get(listed.words.end);
        let has_head = listed.words.start == 0 && listed.categories.len() == 1;
        let is_inherited = !part.starts_with(&listed.before);
        let tail = rest.map_or("", |word| part[word.span.start..].trim());
        let is_further = rest.is_some_and(|word| word.joint == Joint::List);
        if listed.are_alternatives && !divides_alternatives {
            names.push(if is_inherited {
                format!("{} {part}", listed.before)
            } else {
                part.to_owned()
            });
        } else if has_head && !is_inherited && !is_further {
            names.push(part.to_owned());
        } else if is_further || is_valid(tail) {
            names.extend(listed.names());
        } else {
            // Words after the list apply to each category: « Permis C et CE en cours ».
            names.extend(
                listed
                    .names()
                    .map(|name| format!("{name} {tail}").trim().to_owned()),
            );
        }
        self.head = Some(Head {
            family: listed.family,
            before: listed.before,
        });
        if is_further && (divides_alternatives || !listed.are_alternatives) {
            self.read_part(tail, names, divides_alternatives);
        }
    }

    fn end(&mut self, names: &mut Vec<String>) {
        names.append(&mut self.pending);
    }
}

fn is_valid(tail: &str) -> bool {
    let folded = fold_letters(tail);
    let folded = folded.trim_matches(|letter: char| !letter.is_alphanumeric());
    tail.is_empty() || VALID.contains(&folded)
}

/// Reads the list of categories that begins at a word.
fn listed_at(text: &str, words: &[Word], at: usize, inherited: Option<&Head>) -> Option<Listed> {
    let first = words.get(at)?;
    let family = match first.folded.as_str() {
        "caces" => Some(Family::Caces),
        "habilitation" | "habilitations" => Some(Family::Electrical),
        word if DRIVING.contains(&word) => Some(Family::Driving),
        _ => None,
    };
    if let Some(family) = family {
        let heads = match family {
            Family::Driving => DRIVING_HEAD,
            Family::Caces => CACES_HEAD,
            Family::Electrical => ELECTRICAL_HEAD,
        };
        let is_head = |word: &Word| {
            let is_shouted = word.is_capital && matches!(word.folded.as_str(), "a" | "d" | "de");
            heads.contains(&word.folded.as_str()) && !is_shouted
                || family == Family::Caces && is_recommendation(&word.folded)
        };
        let mut end = at;
        while words.get(end).is_some_and(is_head) && (end == at || words[end].joint == Joint::Space)
        {
            end += 1;
        }
        let mut stop = words[end - 1].span.end;
        // A full stop after the abbreviation « cat. ».
        stop += usize::from(text[stop..].starts_with('.'));
        let before = text[first.span.start..stop].to_owned();
        return with_categories(text, words, at, end, family, before);
    }
    if let Some(head) = inherited.filter(|head| !head.before.is_empty()) {
        let mut end = at;
        let mut before = head.before.clone();
        if head.family == Family::Caces && is_recommendation(&first.folded) {
            let kept: Vec<&str> = before
                .split(' ')
                .take_while(|word| !is_recommendation(&fold_letters(word)))
                .collect();
            before = format!("{} {}", kept.join(" "), &text[first.span.clone()]);
            end += 1;
        }
        if words
            .get(end)
            .is_some_and(|word| word.folded.starts_with("cat"))
        {
            end += 1;
        }
        return with_categories(text, words, at, end, head.family, before);
    }
    // Categories before the words that apply to them: « CE licence », "B and C1 licences".
    let mut end = at;
    while let Some(word) = words.get(end)
        && is_category(Family::Driving, word, "")
        && (word.is_capital || word.folded.len() > 1)
        && (end == at || word.joint != Joint::Space)
    {
        end += 1;
    }
    let categories = at..end;
    while words.get(end).is_some_and(|word| {
        DRIVING_HEAD.contains(&word.folded.as_str()) && word.joint == Joint::Space
    }) {
        end += 1;
    }
    let behind = &words[categories.end..end];
    let has_licence = |word: &Word| word.folded.starts_with("licen") || word.folded == "permis";
    if categories.is_empty() || !behind.iter().any(has_licence) {
        return None;
    }
    let listed = &words[categories.clone()];
    Some(Listed {
        family: Family::Driving,
        before: String::new(),
        behind: text[behind[0].span.start..behind[behind.len() - 1].span.end].to_owned(),
        categories: listed
            .iter()
            .map(|word| category_as_written(text, word))
            .collect(),
        are_alternatives: listed[1..].iter().any(|word| word.joint == Joint::Or),
        words: at..end,
    })
}

/// Reads the categories from `end` on, which follow the words in `before`.
fn with_categories(
    text: &str,
    words: &[Word],
    at: usize,
    mut end: usize,
    family: Family,
    mut before: String,
) -> Option<Listed> {
    let from = end;
    while let Some(word) = words.get(end)
        && is_category(family, word, &before)
        && (end == from || word.joint != Joint::Space || word.is_capital)
    {
        end += 1;
    }
    let listed = &words[from..end];
    if listed.is_empty() {
        return None;
    }
    // The recommendation may follow the category: « CACES 3 R489 ».
    if let Some(word) = words.get(end)
        && family == Family::Caces
        && is_recommendation(&word.folded)
        && words.len() == end + 1
        && !before
            .split(' ')
            .any(|word| is_recommendation(&fold_letters(word)))
    {
        before = format!("{before} {}", &text[word.span.clone()]);
        end += 1;
    }
    Some(Listed {
        family,
        before,
        behind: String::new(),
        categories: listed
            .iter()
            .map(|word| category_as_written(text, word))
            .collect(),
        are_alternatives: listed[1..].iter().any(|word| word.joint == Joint::Or),
        words: at..end,
    })
}

/// Returns a category as written; `C+E` and `E(C)` become « CE ».
fn category_as_written(text: &str, word: &Word) -> String {
    let written = &text[word.span.clone()];
    if written.chars().all(char::is_alphanumeric) {
        written.to_owned()
    } else {
        word.folded.to_uppercase()
    }
}

fn is_category(family: Family, word: &Word, before: &str) -> bool {
    let name = word.folded.as_str();
    match family {
        // Lower-case "a", "d" and "de" are also ordinary French words, as in « permis a ».
        Family::Driving => {
            CATEGORIES.contains(&name) && (word.is_capital || !matches!(name, "a" | "d" | "de"))
        }
        Family::Electrical => ELECTRICAL.contains(&name),
        Family::Caces => {
            let digits = name.trim_end_matches(|letter| matches!(letter, 'a'..='c'));
            let is_number = name.len() - digits.len() <= 1
                && (1..=2).contains(&digits.len())
                && digits.bytes().all(|byte| byte.is_ascii_digit());
            let letter = name.trim_end_matches(|letter: char| letter.is_ascii_digit());
            let is_letter = word.is_capital
                && name.len() <= 2
                && letter.len() == 1
                && matches!(letter.as_bytes()[0], b'a'..=b'g')
                && before
                    .split(' ')
                    .any(|word| is_recommendation(&fold_letters(word)));
            is_number || is_letter
        }
    }
}

/// True for the number of a CACES recommendation: `R489`, `R372m`.
fn is_recommendation(folded: &str) -> bool {
    let digits = folded
        .strip_prefix('r')
        .unwrap_or_default()
        .trim_end_matches('m');
    digits.len() == 3 && digits.bytes().all(|byte| byte.is_ascii_digit())
}

fn words_of(text: &str) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut joint = Joint::Space;
    let mut letters = text.char_indices().peekable();
    while let Some((start, letter)) = letters.next() {
        if !letter.is_alphanumeric() {
            let is_list = matches!(letter, ',' | ';' | '/' | '&' | '+' | '-' | '–' | '\n' | '|');
            if is_list && joint == Joint::Space {
                joint = Joint::List;
            }
            continue;
        }
        let mut end = start + letter.len_utf8();
        while let Some((at, letter)) = letters.next_if(|(_, letter)| letter.is_alphanumeric()) {
            end = at + letter.len_utf8();
        }
        let written = &text[start..end];
        let folded = fold_letters(written);
        match folded.as_str() {
            "et" | "and" if !words.is_empty() => {
                joint = Joint::List;
                continue;
            }
            "ou" | "or" if !words.is_empty() => {
                joint = Joint::Or;
                continue;
            }
            _ => {}
        }
        if let Some(last) = words.last_mut()
            && let Some(joined) = joined_category(text, last, start, &folded)
        {
            last.folded = joined;
            last.span.end = end + usize::from(text[end..].starts_with(')') && folded != "e");
            joint = Joint::Space;
            continue;
        }
        words.push(Word {
            folded,
            is_capital: !written.contains(char::is_lowercase),
            span: start..end,
            joint,
        });
        joint = Joint::Space;
    }
    words
}

/// Returns the category that two words form together: `C+E`, `C1 + E`, `E(C)`.
fn joined_category(text: &str, last: &Word, start: usize, folded: &str) -> Option<String> {
    let between = text[last.span.end..start].trim();
    let heavy = |name: &str| matches!(name, "b" | "c" | "c1" | "d" | "d1");
    let is_joined = between == "+" && folded == "e" && heavy(&last.folded)
        || between == "(" && last.folded == "e" && heavy(folded);
    let heavier = if folded == "e" { &last.folded } else { folded };
    is_joined.then(|| format!("{heavier}e"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_category_in_a_list_is_a_separate_licence() {
        for (entry, names) in [
            ("Permis C et CE", &["Permis C", "Permis CE"][..]),
            ("Permis B, C, CE", &["Permis B", "Permis C", "Permis CE"]),
            ("Permis B/C/CE", &["Permis B", "Permis C", "Permis CE"]),
            (
                "permis de conduire B et C1",
                &["permis de conduire B", "permis de conduire C1"],
            ),
            (
                "driving licence B and C1",
                &["driving licence B", "driving licence C1"],
            ),
            (
                "B, C and CE driving licence",
                &[
                    "B driving licence",
                    "C driving licence",
                    "CE driving licence",
                ],
            ),
            ("Permis C, CE, FIMO", &["Permis C", "Permis CE", "FIMO"]),
            ("Permis C et C+E à jour", &["Permis C", "Permis CE"]),
            (
                "Permis C et CE en cours",
                &["Permis C en cours", "Permis CE en cours"],
            ),
            ("Permis B et CACES 3", &["Permis B", "CACES 3"]),
            (
                "CACES R489 1, 3, 5",
                &["CACES R489 1", "CACES R489 3", "CACES R489 5"],
            ),
            (
                "CACES R489 cat. 1A, 3 et 5",
                &[
                    "CACES R489 cat. 1A",
                    "CACES R489 cat. 3",
                    "CACES R489 cat. 5",
                ],
            ),
            ("CACES 1A-3-5", &["CACES 1A", "CACES 3", "CACES 5"]),
            (
                "CACES 1, 3 et 5 (R489)",
                &["CACES 1", "CACES R489 3", "CACES R489 5"],
            ),
            ("CACES R489 3, R482 A", &["CACES R489 3", "CACES R482 A"]),
            (
                "Habilitation électrique B1V, BR",
                &["Habilitation électrique B1V", "Habilitation électrique BR"],
            ),
        ] {
            assert_eq!(names_in_entry(entry), names, "{entry}");
        }
    }

    #[test]
    fn other_names_are_left_unchanged() {
        for entry in [
            "Permis B",
            "permis de conduire",
            "CE licence",
            "Class 1 (C+E) licence",
            "Permis C ou CE",
            "CACES R489 3",
            "Soudure, assemblage",
            "Vitamines A, B et C",
            "Python 3, 4",
            "C, C++",
            "Licence de droit, mention A",
            "A/B testing",
            "Habilitation nucléaire",
            "",
            "Permis B (véhicule)",
        ] {
            assert_eq!(names_in_entry(entry), [entry], "{entry}");
        }
    }

    #[test]
    fn parts_without_letters_belong_to_the_preceding_name() {
        for (text, names) in [
            (
                "CACES R489 1, 3, 5",
                &["CACES R489 1", "CACES R489 3", "CACES R489 5"][..],
            ),
            (
                "Soudure; CACES R489 1A, 3; Permis B, C, anglais",
                &[
                    "Soudure",
                    "CACES R489 1A",
                    "CACES R489 3",
                    "Permis B",
                    "Permis C",
                    "anglais",
                ],
            ),
            (
                "ISO 9001, 14001, audit",
                &["ISO 9001", "ISO 14001", "audit"],
            ),
            ("Python, 3", &["Python 3"]),
            ("C, SQL, R", &["C", "SQL", "R"]),
            ("B, C, CE", &["B", "C", "CE"]),
            ("AWS (EC2, S3), Docker", &["AWS (EC2, S3)", "Docker"]),
        ] {
            assert_eq!(names_in_list(text), names, "{text}");
        }
    }

    #[test]
    fn alternatives_are_split() {
        for (name, names) in [
            ("Permis C ou CE", &["Permis C", "Permis CE"][..]),
            (
                "driving licence B or C1",
                &["driving licence B", "driving licence C1"],
            ),
            ("FIMO ou FCO", &["FIMO", "FCO"]),
            (
                "Diplôme d'État d'infirmier ou équivalent",
                &["Diplôme d'État d'infirmier"],
            ),
            ("Permis B", &[]),
        ] {
            assert_eq!(alternatives_in(name), names, "{name}");
        }
    }

    #[test]
    fn licences_are_found_in_clauses() {
        let found = |clauses: &[&str]| {
            let mut names = Vec::new();
            let mut head = None;
            for clause in clauses {
                in_clause(clause, &mut head, |name, _| names.push(name));
            }
            names
        };
        assert_eq!(
            found(&["Permis C et CE", "FIMO"]),
            ["Permis C", "Permis CE"]
        );
        assert_eq!(
            found(&["Titulaire du permis B", "C et CE"]),
            ["permis B", "permis C", "permis CE"]
        );
        assert_eq!(found(&["CE licence since 2013"]), ["CE licence"]);
        assert_eq!(found(&["I hold a C+E licence"]), ["CE licence"]);
        assert_eq!(
            found(&["CACES 1", "3 et 5"]),
            ["CACES 1", "CACES 3", "CACES 5"]
        );
        assert_eq!(
            found(&["Je gère les licences de logiciels", "C et D"]),
            [""; 0]
        );
    }
}
