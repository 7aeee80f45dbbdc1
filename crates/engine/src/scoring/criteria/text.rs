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

use std::sync::{Arc, LazyLock};

use super::{Outcome, Scored, Unscored, of_unit_length, summed, title::Title};
use crate::scoring::{
    prose::Prose,
    taxonomy::{self, OccupationId},
    text,
};

/// What words that any posting or CV may use count for.
const COMMON_WORD: f64 = 0.2;
const DAMPING: f64 = 0.25;
/// Occupations of a title whose words are expected in a summary.
const LIKELIEST: usize = 4;

/// The heaviest terms kept of one text, so that one huge text can't slow every comparison down.
const MOST_TERMS: usize = 512;

/// Terms of a text with weights of unit length; none when nothing is said.
#[derive(Debug, Default)]
pub struct TextVector {
    /// Sorted.
    terms: Box<[u32]>,
    /// As many as there are terms.
    weights: Box<[f64]>,
}

impl TextVector {
    /// Scales the weights to a length of 1. The terms are sorted.
    fn of(weighed: Vec<(u32, f64)>) -> Self {
        let (terms, weights): (Vec<u32>, Vec<f64>) = of_unit_length(weighed).into_iter().unzip();
        Self {
            terms: terms.into(),
            weights: weights.into(),
        }
    }

    fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// The cosine of two texts; the products are added in the order of the terms.
    fn cosine(&self, other: &Self) -> f64 {
        let (short, long) = if self.terms.len() <= other.terms.len() {
            (self, other)
        } else {
            (other, self)
        };
        let (mut sum, mut passed) = (0.0, 0);
        for (term, weight) in short.terms.iter().zip(&short.weights) {
            passed += long.terms[passed..].partition_point(|other| other < term);
            match long.terms.get(passed) {
                Some(other) if other == term => sum += weight * long.weights[passed],
                Some(_) => {}
                None => break,
            }
        }
        sum
    }
}

/// A text that many others are compared with: its terms, each found at once.
pub struct TermTable {
    /// A bit for each beginning of a term, set where one of the text begins so: most terms of another
    /// text are none of this one, and seen here.
    beginnings: Box<[u64]>,
    /// At the place of their own bits or behind it; at least every second is free.
    terms: Box<[Option<(u32, f64)>]>,
    /// By how many bits a term is shifted to its place.
    shift: u32,
}

/// Bits of a term that are its beginning.
const BEGINNING: u32 = 13;

impl TermTable {
    /// Makes the terms of a text easy to find.
    pub fn of(text: &TextVector) -> Self {
        let places = (2 * text.terms.len()).next_power_of_two().max(2);
        let mut table = Self {
            beginnings: vec![0; 1 << (BEGINNING - u64::BITS.ilog2())].into(),
            terms: vec![None; places].into(),
            shift: u32::BITS - places.ilog2(),
        };
        for (term, weight) in text.terms.iter().zip(&text.weights) {
            let (word, bit) = Self::beginning(*term);
            table.beginnings[word] |= bit;
            let mut place = (term >> table.shift) as usize;
            while table.terms[place].is_some() {
                place = (place + 1) & (places - 1);
            }
            table.terms[place] = Some((*term, *weight));
        }
        table
    }

    /// The word of the bits for beginnings, and the bit in it.
    fn beginning(term: u32) -> (usize, u64) {
        let beginning = term >> (u32::BITS - BEGINNING);
        (
            (beginning / u64::BITS) as usize,
            1 << (beginning % u64::BITS),
        )
    }

    fn weight(&self, term: u32) -> Option<f64> {
        let mut place = (term >> self.shift) as usize;
        while let Some((other, weight)) = self.terms[place] {
            if other == term {
                return Some(weight);
            }
            place = (place + 1) & (self.terms.len() - 1);
        }
        None
    }

    /// The cosine with another text, to the last bit that of the two vectors: the same products are
    /// added in the same order.
    fn cosine(&self, other: &TextVector) -> f64 {
        let mut sum = 0.0;
        for (term, weight) in other.terms.iter().zip(&other.weights) {
            let (word, bit) = Self::beginning(*term);
            if self.beginnings[word] & bit != 0
                && let Some(own) = self.weight(*term)
            {
                sum += weight * own;
            }
        }
        sum
    }

    /// The largest cosine with one of some texts.
    pub fn largest_cosine(&self, texts: &[TextVector]) -> f64 {
        largest(texts.iter().map(|text| self.cosine(text)))
    }
}

/// The tables of what a posting says.
pub struct WorkTables {
    description: TermTable,
    occupations: Box<[TermTable]>,
}

impl WorkTables {
    /// Of each way in which a posting says what its work is.
    pub fn of(posting: &WorkVectors) -> Self {
        Self {
            description: TermTable::of(&posting.description),
            occupations: posting.of_occupations().iter().map(TermTable::of).collect(),
        }
    }

    /// As [`measure`].
    pub fn measure(&self, candidate: &TextVector, posting: &WorkVectors) -> Outcome<Finding> {
        measure_by(
            candidate,
            posting,
            || self.description.cosine(candidate),
            |_| largest(self.occupations.iter().map(|words| words.cosine(candidate))),
        )
    }
}

/// As [`measure`], with the table of the candidate's text, and the largest cosine with the words of the
/// posting's title.
pub fn measure_with(
    table: &TermTable,
    candidate: &TextVector,
    posting: &WorkVectors,
    of_occupations: f64,
) -> Outcome<Finding> {
    measure_by(
        candidate,
        posting,
        || table.cosine(&posting.description),
        |_| of_occupations,
    )
}

fn largest(cosines: impl Iterator<Item = f64>) -> f64 {
    cosines.fold(0.0, f64::max)
}

/// What a posting says its work is, in each way that it does.
#[derive(Debug, Default)]
pub struct WorkVectors {
    /// Of which the occupations are described elsewhere.
    title: Option<Arc<Title>>,
    description: TextVector,
}

impl WorkVectors {
    /// What a posting says its work is.
    pub fn of(title: Option<Arc<Title>>, description: &Prose) -> Self {
        Self {
            title,
            description: vector(description),
        }
    }

    fn of_occupations(&self) -> &[TextVector] {
        self.title.as_ref().map_or(&[], |title| title.words())
    }
}

/// Weighs a text's terms.
pub fn vector(prose: &Prose) -> TextVector {
    let mut terms: Vec<u32> = text::roots(&prose.words).collect();
    terms.sort_unstable();
    let mut weighed: Vec<(u32, f64)> = terms
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
    TextVector::of(weighed)
}

/// What texts about occupations say, those of the largest weights; none, or a vector for one language
/// or both.
pub fn words_of_occupations(occupations: &[(OccupationId, f64)]) -> Box<[TextVector]> {
    let mut likeliest = occupations.to_vec();
    likeliest.sort_by(|one, other| other.1.total_cmp(&one.1).then(one.0.cmp(&other.0)));
    likeliest.truncate(LIKELIEST);
    let mut languages: [Vec<(u32, f64)>; 2] = Default::default();
    for (occupation, weight) in likeliest {
        let terms = taxonomy::occupation_terms(occupation);
        for (language, terms) in languages.iter_mut().zip(terms) {
            language.extend(terms.into_iter().map(|(root, by)| (root, by * weight)));
        }
    }
    let vectors = languages
        .into_iter()
        .map(|terms| TextVector::of(summed(terms)));
    vectors.filter(|vector| !vector.is_empty()).collect()
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
    measure_by(
        candidate,
        posting,
        || candidate.cosine(&posting.description),
        |occupations| largest(occupations.iter().map(|words| candidate.cosine(words))),
    )
}

/// The same, with the cosine of the description, and the largest of those of the occupations.
fn measure_by(
    candidate: &TextVector,
    posting: &WorkVectors,
    of_description: impl FnOnce() -> f64,
    of_occupations: impl FnOnce(&[TextVector]) -> f64,
) -> Outcome<Finding> {
    let occupations = posting.of_occupations();
    let posting_says = !occupations.is_empty() || !posting.description.is_empty();
    if candidate.is_empty() || !posting_says {
        return Err(Unscored::silent(!candidate.is_empty(), posting_says));
    }
    let mut cosine = of_description();
    if !occupations.is_empty() {
        cosine *= cosine;
        cosine = cosine.max(of_occupations(occupations));
    }
    let cosine = cosine.clamp(0.0, 1.0);
    Ok(Scored {
        score: ((1.0 + DAMPING) * cosine / (cosine + DAMPING)).clamp(0.0, 1.0),
        finding: Finding {},
    })
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
            &WorkVectors::of(None, &Prose::of([description])),
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
        let work = WorkVectors::of(title, &Prose::default());
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
