//! Rarity of words, and the words of texts about occupations.

use super::{
    occupations::OccupationId,
    tables::{U16s, U32s, table},
};

const ROOTS: U32s = U32s(table!("rarity.roots"));
static STEPS: &[u8] = table!("rarity.steps");
const ENGLISH: Terms = Terms {
    ends: U32s(table!("terms.english.ends")),
    roots: U32s(table!("terms.english.items")),
    weights: U16s(table!("terms.english.weights")),
};
const FRENCH: Terms = Terms {
    ends: U32s(table!("terms.french.ends")),
    roots: U32s(table!("terms.french.items")),
    weights: U16s(table!("terms.french.weights")),
};

struct Terms {
    ends: U32s,
    roots: U32s,
    weights: U16s,
}

/// Returns the rarity of a hashed root, -ln(30·p) for its probability p: from 0.2, for a root in
/// most texts, to 9. Returns `None` for a root that the texts behind the table lack.
pub fn term_rarity(root: u32) -> Option<f64> {
    let steps = ROOTS.find(root).and_then(|at| STEPS.get(at))?;
    Some(f64::from(*steps) / 25.0)
}

/// Returns the texts about an occupation, in English and in French, as sorted hashed roots with
/// weights of unit length; empty if the taxonomy has no text in that language.
pub fn occupation_terms(occupation: OccupationId) -> [Vec<(u32, f64)>; 2] {
    [ENGLISH, FRENCH].map(|terms| {
        let span = terms.ends.span(usize::from(occupation));
        let weights = terms.weights.range(span.clone());
        terms
            .roots
            .range(span)
            .zip(weights.map(|weight| f64::from(weight) / 65_535.0))
            .collect()
    })
}
