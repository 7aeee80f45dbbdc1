//! Detects clauses whose subject is another person: "a colleague does the VAT returns", « le
//! cabinet comptable établit la paie ».
//!
//! A skill named in such a clause is no evidence that the writer has it. A subject is recognised at
//! the beginning of a clause or after a conjunction, and applies until the clause ends or the
//! writer becomes the subject again ("a colleague does the returns and I check them").

use super::{names, taxonomy};

/// Words that begin a new part of a clause.
const CONJUNCTIONS: &[&str] = &[
    "alors", "and", "but", "et", "mais", "pendant", "puis", "que", "tandis", "then", "where",
    "whereas", "while",
];

/// First words of a part whose subject is the writer.
const OF_THE_WRITER: &[&str] = &["i", "j", "je", "moi", "nous", "we"];

const ARTICLES: &[&str] = &[
    "a", "an", "another", "autre", "l", "la", "le", "les", "the", "un", "une",
];

const POSSESSIVES: &[&str] = &[
    "her", "his", "ma", "mes", "mon", "my", "nos", "notre", "our", "leur", "their",
];

/// Nouns for people other than the writer, with any article.
const OTHERS: &[&str] = &[
    "boss",
    "collegue",
    "collegues",
    "colleague",
    "colleagues",
    "confrere",
    "consoeur",
    "coworker",
    "coworkers",
    "teammate",
    "teammates",
];

/// Groups that may do work instead of the writer. A team with a possessive ("our team") is the
/// writer's own and doesn't count.
const FIRMS: &[&str] = &[
    "agence",
    "agency",
    "cabinet",
    "contractor",
    "department",
    "firm",
    "prestataire",
    "service",
    "subcontractor",
];
const TEAMS: &[&str] = &["equipe", "team"];

/// Verbs that show that a title or group before them is another person at work. Without such a
/// verb, a title describes the writer (« un comptable rigoureux », "a nurse with eight years").
const VERBS: &[&str] = &[
    "assure",
    "builds",
    "conduit",
    "did",
    "does",
    "enters",
    "established",
    "etablit",
    "fait",
    "files",
    "gere",
    "handled",
    "handles",
    "keeps",
    "looks",
    "maintains",
    "manages",
    "occupait",
    "occupe",
    "pilote",
    "prend",
    "prepare",
    "prepares",
    "produces",
    "programme",
    "realise",
    "redige",
    "runs",
    "saisit",
    "signe",
    "signs",
    "suit",
    "takes",
    "tenait",
    "tient",
    "took",
    "traite",
    "works",
    "writes",
];

/// Maximum distance in words of a group from its determiner and from its verb.
const REACH: usize = 3;

/// Returns, for each folded word of a clause, true if its part has another person as subject.
pub fn marks(clause: &[String]) -> Vec<bool> {
    let mut marks = Vec::with_capacity(clause.len());
    let mut is_about_others = false;
    let mut begins = true;
    for (at, word) in clause.iter().enumerate() {
        if CONJUNCTIONS.contains(&word.as_str()) {
            begins = true;
        } else if begins {
            begins = false;
            if OF_THE_WRITER.contains(&word.as_str()) {
                is_about_others = false;
            } else if begins_with_another(&clause[at..]) {
                is_about_others = true;
            }
        }
        marks.push(is_about_others);
    }
    marks
}

/// True if a part begins with another person as its subject and continues.
fn begins_with_another(part: &[String]) -> bool {
    let [determiner, rest @ ..] = part else {
        return false;
    };
    let is_possessive = POSSESSIVES.contains(&determiner.as_str());
    if !is_possessive && !ARTICLES.contains(&determiner.as_str()) {
        return false;
    }
    // An adjective may precede the noun: « un autre collègue ».
    let rest = match rest {
        [autre, rest @ ..] if autre == "autre" || autre == "other" => rest,
        _ => rest,
    };
    let [noun, after, ..] = rest else {
        return false;
    };
    if OTHERS.contains(&noun.as_str()) {
        return !matches!(after.as_str(), "et" | "and");
    }
    is_title(noun) && begins_with_verb(&rest[1..]) || names_acting_group(rest, is_possessive)
}

/// True if one of the first two words is a verb, which includes « s'occupe » and "also handles".
fn begins_with_verb(words: &[String]) -> bool {
    words
        .iter()
        .take(2)
        .any(|word| VERBS.contains(&word.as_str()))
}

/// True if a group stands near the beginning, with a verb soon after it.
fn names_acting_group(words: &[String], is_possessive: bool) -> bool {
    let is_group = |word: &String| {
        let word = word.as_str();
        FIRMS.contains(&word) || !is_possessive && TEAMS.contains(&word)
    };
    let group = words.iter().take(REACH).position(is_group);
    group.is_some_and(|at| {
        let after = words[at + 1..].iter().take(REACH);
        after.map(String::as_str).any(|word| VERBS.contains(&word))
    })
}

fn is_title(word: &str) -> bool {
    let key = names::title_key(&names::title_stems(word));
    !taxonomy::occupations_titled(&key).is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scoring::text;

    /// Returns the words whose subject is another person.
    fn of_others(clause: &str) -> String {
        let words = text::prose_words(clause);
        let marks = marks(&words);
        let marked = words.iter().zip(marks).filter(|(_, mark)| *mark);
        let words: Vec<&str> = marked.map(|(word, _)| word.as_str()).collect();
        words.join(" ")
    }

    #[test]
    fn another_subject_owns_its_part_of_a_clause() {
        for (clause, expected) in [
            (
                "A colleague does the VAT returns",
                "a colleague does the vat returns",
            ),
            (
                "Mon collègue s'occupe de la TVA",
                "mon collegue s occupe de la tva",
            ),
            (
                "le comptable s'occupe de la paie",
                "le comptable s occupe de la paie",
            ),
            (
                "The accounting team handles payroll",
                "the accounting team handles payroll",
            ),
            (
                "un cabinet comptable établit les bilans",
                "un cabinet comptable etablit les bilans",
            ),
            (
                "I prepare payroll and a colleague does the VAT returns",
                "a colleague does the vat returns",
            ),
            (
                "a colleague does the returns and I check them",
                "a colleague does the returns and",
            ),
        ] {
            assert_eq!(of_others(clause), expected, "{clause}");
        }
    }

    #[test]
    fn the_author_and_their_team_are_not_other_people() {
        for clause in [
            "A nurse with eight years on surgical wards",
            "Un comptable rigoureux et autonome",
            "Une équipe de huit développeurs à encadrer",
            "My team handles payroll for 300 people",
            "The VAT returns and the payroll",
            "Le service client en trois langues",
            "I work with colleagues on tax",
        ] {
            assert_eq!(of_others(clause), "", "{clause}");
        }
    }
}
