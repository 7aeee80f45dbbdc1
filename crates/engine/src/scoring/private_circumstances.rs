//! Clauses of a text that tell private circumstances: leave, pregnancy, family, health, religion.
//!
//! They say nothing about the work, so the text criterion leaves them out: telling of them costs no
//! more than saying nothing. A clause that is about others (« remplacement d'un congé maternité »,
//! "cover for maternity leave") is work.

use std::sync::LazyLock;

use super::{text, vocabulary::table};

/// Phrases as folded words; some end with `*`, for any ending of the last word.
struct Phrases {
    private: Vec<Vec<String>>,
    of_others: Vec<Vec<String>>,
    alone: Vec<Vec<String>>,
}

static PHRASES: LazyLock<Phrases> = LazyLock::new(|| {
    let mut phrases = Phrases {
        private: Vec::new(),
        of_others: Vec::new(),
        alone: Vec::new(),
    };
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
        list.push(words);
    }
    phrases
});

/// Whether the folded words of a clause tell the person's private circumstances.
pub fn are_told(clause: &[String]) -> bool {
    let is_alone = PHRASES.alone.iter().any(|phrase| are_same(clause, phrase));
    is_alone || contains_one(clause, &PHRASES.private) && !contains_one(clause, &PHRASES.of_others)
}

/// Whether the words are those of a phrase.
fn are_same(words: &[String], phrase: &[String]) -> bool {
    words.len() == phrase.len()
        && words.iter().zip(phrase).all(|(word, expected)| {
            expected
                .strip_suffix('*')
                .map_or(word == expected, |beginning| word.starts_with(beginning))
        })
}

fn contains_one(clause: &[String], phrases: &[Vec<String>]) -> bool {
    phrases.iter().any(|phrase| {
        !phrase.is_empty()
            && clause
                .windows(phrase.len())
                .any(|words| are_same(words, phrase))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(clause: &str) -> bool {
        are_told(&text::prose_words(clause))
    }

    #[test]
    fn private_circumstances_are_seen_in_both_languages() {
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
            assert!(told(clause), "{clause}");
        }
    }

    #[test]
    fn work_that_is_about_such_circumstances_stays() {
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
            assert!(!told(clause), "{clause}");
        }
    }
}
