//! The candidate's summary against the posting's work.
//!
//! A text becomes the roots of its words, those of short and stop words aside; a root that occurs n
//! times weighs ln(1 + n) times how rare it is (see [`taxonomy::term_rarity`]), and a fifth of that where
//! any posting or CV may use it. The posting says its work in up to three ways: by its description, and
//! by what texts about the occupations of its title say in English and in French (names, aliases and essential skills of the taxonomy's four likeliest
//! occupations; after Gabrilovich and Markovitch's explicit semantic analysis, 2007). The largest cosine
//! c of these with the summary counts; that of the description is squared where occupations are
//! known, since descriptions share many words that say nothing about the work. It is damped to
//! 1.25·c / (c + 0.25), which keeps 0 and 1, is strictly rising, and spreads the low values that even
//! a good summary reaches. Rarities are fixed, so the score of a pair depends on that pair alone.

use std::sync::LazyLock;

use super::{Outcome, Scored, Unscored, of_unit_length, summed, title::Title};
use crate::scoring::{prose::Prose, taxonomy, text};

/// What words that any posting or CV may use count for.
const COMMON_WORD: f64 = 0.2;
const DAMPING: f64 = 0.25;
/// Occupations of a title whose words are expected in a summary.
const LIKELIEST: usize = 4;

/// The heaviest terms kept of one text, so that one huge text can't slow every comparison down.
const MOST_TERMS: usize = 512;

/// Terms of a text, sorted by term, with weights of unit length; empty when nothing is said.
pub type TextVector = Vec<(u32, f64)>;

/// What a posting says its work is, in each way that it does.
#[derive(Debug, Default)]
pub struct WorkVectors {
    /// What texts about its occupations say; none, or those of one language or both.
    occupations: Vec<TextVector>,
    description: TextVector,
}

/// Weighs a text's terms.
pub fn vector(prose: &Prose) -> TextVector {
    let mut terms: Vec<u32> = text::roots(&prose.words).collect();
    terms.sort_unstable();
    let mut weighed: TextVector = terms
        .chunk_by(|one, other| one == other)
        .map(|same| {
            let mut rarity = taxonomy::term_rarity(same[0]);
            if COMMON_ROOTS.binary_search(&same[0]).is_ok() {
                rarity *= COMMON_WORD;
            }
            (same[0], logarithm(1.0 + same.len() as f64) * rarity)
        })
        .collect();
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
            language.extend(terms.into_iter().map(|(root, by)| (root, by * weight)));
        }
    }
    let occupations = languages
        .into_iter()
        .map(|terms| of_unit_length(summed(terms)));
    WorkVectors {
        occupations: occupations.filter(|terms| !terms.is_empty()).collect(),
        description: vector(description),
    }
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
    let posting_says = !posting.occupations.is_empty() || !posting.description.is_empty();
    if candidate.is_empty() || !posting_says {
        return Err(Unscored::silent(!candidate.is_empty(), posting_says));
    }
    let mut cosine = cosine_of(candidate, &posting.description);
    if !posting.occupations.is_empty() {
        cosine *= cosine;
    }
    for occupation in &posting.occupations {
        cosine = cosine.max(cosine_of(candidate, occupation));
    }
    let cosine = cosine.clamp(0.0, 1.0);
    Ok(Scored {
        score: ((1.0 + DAMPING) * cosine / (cosine + DAMPING)).clamp(0.0, 1.0),
        finding: Finding {},
    })
}

fn cosine_of(one: &TextVector, other: &TextVector) -> f64 {
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

/// The hashed roots of [`COMMON_STEMS`], sorted.
static COMMON_ROOTS: LazyLock<Vec<u32>> = LazyLock::new(|| {
    let mut roots: Vec<u32> = COMMON_STEMS
        .iter()
        .map(|stem| text::short_hash(&text::root(stem)))
        .collect();
    roots.sort_unstable();
    roots
});

/// Stems that any posting or CV may use.
const COMMON_STEMS: &[&str] = &[
    "abiliti",
    "accompagner",
    "across",
    "activit",
    "annee",
    "ans",
    "assurer",
    "autonomi",
    "avantag",
    "benefit",
    "besoin",
    "bon",
    "bonn",
    "business",
    "cadr",
    "candidat",
    "candidatur",
    "capacit",
    "client",
    "clientel",
    "compani",
    "competenc",
    "connaissanc",
    "contrat",
    "contribuer",
    "day",
    "degr",
    "description",
    "develop",
    "development",
    "developper",
    "different",
    "diplom",
    "domain",
    "dynamic",
    "dynamiqu",
    "emploi",
    "ensur",
    "entrepris",
    "environment",
    "environnement",
    "equip",
    "equivalent",
    "esprit",
    "excellent",
    "experienc",
    "experienced",
    "formation",
    "full",
    "gerer",
    "good",
    "great",
    "group",
    "help",
    "ideal",
    "idealement",
    "includ",
    "integrer",
    "job",
    "join",
    "knowledg",
    "leader",
    "look",
    "maitris",
    "maitriser",
    "manag",
    "minimum",
    "mission",
    "mois",
    "month",
    "motiv",
    "motivated",
    "mutuel",
    "need",
    "new",
    "niveau",
    "nouveau",
    "nouvel",
    "offr",
    "opportuniti",
    "part",
    "participer",
    "partiel",
    "passion",
    "passionat",
    "plein",
    "plus",
    "position",
    "post",
    "preferred",
    "premier",
    "profil",
    "projet",
    "provid",
    "qualification",
    "qualit",
    "realiser",
    "recherch",
    "rechercher",
    "rejoignez",
    "rejoindr",
    "remuneration",
    "required",
    "requirement",
    "requis",
    "responsabilit",
    "responsibiliti",
    "responsibl",
    "restaurant",
    "rigueur",
    "role",
    "salair",
    "salari",
    "secteur",
    "sein",
    "sen",
    "servic",
    "skill",
    "societ",
    "souhait",
    "strong",
    "successful",
    "support",
    "tach",
    "team",
    "teletravail",
    "temp",
    "ticket",
    "time",
    "travail",
    "travailler",
    "using",
    "well",
    "within",
    "work",
    "year",
];

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
    fn a_summary_meets_a_title_in_the_other_language() {
        let title = Title::of("Registered nurse");
        let work = work(title.as_ref(), &Prose::default());
        let score = |summary: &str| {
            measure(&vector(&Prose::of([summary])), &work)
                .unwrap()
                .score
        };
        let nurse = score("Infirmière, soins aux patients et suivi des traitements");
        let accountant = score("Comptable, tenue des comptes et déclarations fiscales");
        assert!(
            nurse > 0.3 && accountant < nurse / 2.0,
            "{nurse} {accountant}"
        );
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
