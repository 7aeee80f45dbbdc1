//! Detects clauses about private circumstances: leave, pregnancy, family, health, religion.
//!
//! They are irrelevant to the work, so the text criterion skips them: mentioning such circumstances
//! costs no more than not mentioning them. A clause about another person (« remplacement d'un congé
//! maternité », "cover for maternity leave") is about work.

use std::{collections::BTreeMap, sync::LazyLock};

use super::{text, vocabulary::table};

/// Phrases of folded words, indexed by their first byte, so that most words of a text are compared
/// with few phrases. A final `*` matches any ending of the last word.
type ByFirstByte = BTreeMap<u8, Vec<Vec<String>>>;

#[derive(Default)]
struct Phrases {
    private: ByFirstByte,
    of_others: ByFirstByte,
    alone: ByFirstByte,
}

static PHRASES: LazyLock<Phrases> = LazyLock::new(|| {
    let mut phrases = Phrases::default();
    for row in table::rows(include_str!("vocabulary/private_circumstances.txt")) {
        let ends_open = row.name.ends_with('*');
        let mut words = text::words(row.name);
        if let Some(last) = words.last_mut().filter(|_| ends_open) {
            last.push('*');
        }
        let list = match row.section {
            "of others" => &mut phrases.of_others,
            "alone" => &mut phrases.alone,
            _ => &mut phrases.private,
        };
        if let Some(first) = words.first().and_then(|word| first_byte(word)) {
            list.entry(first).or_default().push(words);
        }
    }
    phrases
});

fn first_byte(word: &str) -> Option<u8> {
    word.bytes().next()
}

/// True if the folded words of a clause state the writer's private circumstances.
pub fn are_stated(clause: &[String]) -> bool {
    let is_alone = beginning_as(clause, &PHRASES.alone)
        .any(|phrase| phrase.len() == clause.len() && begins_with(clause, phrase));
    is_alone || contains_one(clause, &PHRASES.private) && !contains_one(clause, &PHRASES.of_others)
}

/// Returns the phrases that begin with the same byte as the first word.
fn beginning_as<'a>(
    words: &[String],
    phrases: &'a ByFirstByte,
) -> impl Iterator<Item = &'a Vec<String>> {
    let first = words.first().and_then(|word| first_byte(word));
    first
        .and_then(|first| phrases.get(&first))
        .into_iter()
        .flatten()
}

/// True if a phrase matches the first words.
fn begins_with(words: &[String], phrase: &[String]) -> bool {
    words.len() >= phrase.len()
        && words.iter().zip(phrase).all(|(word, expected)| {
            expected
                .strip_suffix('*')
                .map_or(word == expected, |beginning| word.starts_with(beginning))
        })
}

fn contains_one(clause: &[String], phrases: &ByFirstByte) -> bool {
    (0..clause.len()).any(|from| {
        let words = &clause[from..];
        beginning_as(words, phrases).any(|phrase| begins_with(words, phrase))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn states_circumstance(clause: &str) -> bool {
        are_stated(&text::prose_words(clause))
    }

    #[test]
    fn private_circumstances_are_detected_in_both_languages() {
        for clause in [
            "De retour de congé maternité",
            "j'ai pris un congé parental de deux ans",
            "je suis enceinte de quatre mois",
            "Reconnue travailleuse handicapée (RQTH)",
            "je suis de confession musulmane",
            "Back from maternity leave",
            "I'm pregnant and due in May",
            "I have a registered disability",
            "as a practising Catholic",
            "I use a wheelchair",
            "two years of sick leave",
            "back at work since 2024",
            "Malentendante",
            "je lis sur les lèvres",
            "active dans ma paroisse",
            "In remission from cancer",
        ] {
            assert!(states_circumstance(clause), "{clause}");
        }
    }

    #[test]
    fn work_about_private_circumstances_is_kept() {
        for clause in [
            "Accompagnement de personnes en situation de handicap",
            "Remplacement d'un congé maternité en comptabilité",
            "Suivi des grossesses en service de maternité",
            "maternity leave cover in payroll",
            "Care for disabled adults",
            "Accueil d'enfants malentendants",
            "Nurse in a cancer ward",
            "Managed leave and absence records",
            "Développeuse Java",
        ] {
            assert!(!states_circumstance(clause), "{clause}");
        }
    }
}
