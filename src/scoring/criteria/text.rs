//! The candidate's summary against the posting's work.
//!
//! A text becomes the roots of its words, those of short and stop words aside; a root that occurs n
//! times weighs ln(1 + n) times how rare it is (see [`taxonomy::term_rarity`]), and a known skill is
//! one term in either language. The posting says its work in up to three ways: by its description,
//! and by what texts about the occupations of its title say in English and in French (names,
//! aliases and essential skills of the taxonomy's four likeliest occupations; Gabrilovich and
//! Markovitch's explicit semantic analysis, 2007, turned to occupations). The largest cosine c of these
//! with the summary counts, damped to 1.25·c / (c + 0.25), which keeps 0 and 1, is strictly rising,
//! and spreads the low values that even a good summary reaches. Rarities are fixed, so the score of a
//! pair depends on that pair alone.

use super::{Outcome, Scored, Unscored, title::Title};
use crate::scoring::{prose::Prose, taxonomy, text};

const KNOWN_SKILL: f64 = 6.0;
const DAMPING: f64 = 0.25;
/// Occupations of a title whose words are expected in a summary.
const LIKELIEST: usize = 4;

/// The heaviest terms kept of one text, so that one huge text can't slow every comparison down.
const MOST_TERMS: usize = 512;

/// Keeps known skills apart from the hashes of roots.
const SKILL_TERM: u64 = 1 << 32;

/// Terms of a text, sorted by term, with weights of unit length; empty when nothing is said.
pub type TextVector = Vec<(u64, f64)>;

/// What a posting says its work is, in each way that it does.
pub type WorkVectors = Vec<TextVector>;

/// Weighs a text's terms.
pub fn vector(prose: &Prose) -> TextVector {
    let mut terms: Vec<u64> = text::roots(&prose.words).map(u64::from).collect();
    terms.sort_unstable();
    let mut weighed: TextVector = terms
        .chunk_by(|one, other| one == other)
        .map(|same| {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "roots are hashes of 32 bits"
            )]
            let rarity = taxonomy::term_rarity(same[0] as u32);
            (same[0], logarithm(1.0 + same.len() as f64) * rarity)
        })
        .collect();
    let mut skills: Vec<u64> = prose
        .skills
        .iter()
        .map(|mention| u64::from(mention.skill) | SKILL_TERM)
        .collect();
    skills.sort_unstable();
    weighed.extend(skills.into_iter().map(|skill| (skill, KNOWN_SKILL)));
    if weighed.len() > MOST_TERMS {
        weighed.sort_unstable_by(|one, other| other.1.total_cmp(&one.1).then(one.0.cmp(&other.0)));
        weighed.truncate(MOST_TERMS);
        weighed.sort_unstable_by_key(|term| term.0);
    }
    of_unit_length(weighed)
}

/// What a posting says its work is.
pub fn work(title: Option<&Title>, description: &Prose) -> WorkVectors {
    let mut likeliest = title
        .map(|title| title.occupations().to_vec())
        .unwrap_or_default();
    likeliest.sort_by(|one, other| other.1.total_cmp(&one.1).then(one.0.cmp(&other.0)));
    likeliest.truncate(LIKELIEST);
    let mut languages: [TextVector; 2] = Default::default();
    for (occupation, weight) in likeliest {
        let terms = taxonomy::occupation_terms(occupation);
        for (language, terms) in languages.iter_mut().zip(terms) {
            language.extend(
                terms
                    .into_iter()
                    .map(|(root, by)| (u64::from(root), by * weight)),
            );
        }
    }
    let mut vectors: WorkVectors = Vec::new();
    for mut terms in languages {
        // Stable, so that sums are formed in one order.
        terms.sort_by_key(|term| term.0);
        terms.dedup_by(|again, kept| {
            let is_same = again.0 == kept.0;
            if is_same {
                kept.1 += again.1;
            }
            is_same
        });
        vectors.push(of_unit_length(terms));
    }
    vectors.push(vector(description));
    vectors.retain(|vector| !vector.is_empty());
    vectors
}

fn of_unit_length(mut terms: TextVector) -> TextVector {
    let length = terms.iter().map(|term| term.1 * term.1).sum::<f64>().sqrt();
    for term in &mut terms {
        term.1 /= length;
    }
    terms
}

/// The same bits on every machine, unlike the standard library's.
fn logarithm(number: f64) -> f64 {
    libm::log(number)
}

/// Nothing but the score.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Finding {}

/// See the module's head.
pub fn measure(candidate: &TextVector, posting: &WorkVectors) -> Outcome<Finding> {
    if candidate.is_empty() || posting.is_empty() {
        return Err(Unscored::silent(!candidate.is_empty(), !posting.is_empty()));
    }
    let cosine = posting
        .iter()
        .map(|work| cosine(candidate, work))
        .fold(0.0, f64::max)
        .clamp(0.0, 1.0);
    Ok(Scored {
        score: ((1.0 + DAMPING) * cosine / (cosine + DAMPING)).clamp(0.0, 1.0),
        finding: Finding {},
    })
}

fn cosine(one: &TextVector, other: &TextVector) -> f64 {
    let (mut left, mut right, mut sum) = (0, 0, 0.0);
    while let (Some(a), Some(b)) = (one.get(left), other.get(right)) {
        if a.0 == b.0 {
            sum += a.1 * b.1;
        }
        left += usize::from(a.0 <= b.0);
        right += usize::from(b.0 <= a.0);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(summary: &str, description: &str) -> f64 {
        measure(
            &vector(&Prose::of([summary])),
            &work(None, &Prose::of([description])),
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
    fn known_words_meet_across_languages() {
        let english = "Nurse with experience in first aid";
        assert!(score("Infirmière, premiers secours", english) > 0.3);
    }

    #[test]
    fn common_words_alone_are_little() {
        let common = "Vous rejoignez notre équipe pour un poste avec de l'expérience";
        let both = score(
            &format!("{common} plomberie sanitaire zinguerie"),
            &format!("{common} comptabilité trésorerie fiscalité"),
        );
        assert!(both < 0.5, "{both}");
    }

    #[test]
    fn stop_words_alone_say_nothing() {
        assert!(vector(&Prose::of(["le la les of the and"])).is_empty());
        assert!(vector(&Prose::default()).is_empty());
    }
}
