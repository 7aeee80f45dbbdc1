//! Contract types.
//!
//! A type the candidate would take scores 1. Otherwise the closest of the candidate's types counts
//! by a fixed table: types under which the same person often works (fixed term and agency work)
//! are half a match, a permanent job against a fixed term 0.4, loosely related ones less, and all
//! others 0.

use super::{Outcome, Scored, Unscored};
use crate::profiles::contract::ContractType;

/// What is offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Finding {
    /// The posting's contract type.
    pub offered: ContractType,
    /// Whether the candidate names it.
    pub wanted: bool,
}

/// See the module's head.
pub fn measure(candidate: &[ContractType], posting: Option<ContractType>) -> Outcome<Finding> {
    let Some(offered) = posting.filter(|_| !candidate.is_empty()) else {
        return Err(Unscored::silent(!candidate.is_empty(), posting.is_some()));
    };
    let score = candidate
        .iter()
        .map(|wanted| closeness(*wanted, offered))
        .fold(0.0, f64::max);
    Ok(Scored {
        score,
        finding: Finding {
            offered,
            wanted: candidate.contains(&offered),
        },
    })
}

fn closeness(one: ContractType, other: ContractType) -> f64 {
    use ContractType::{
        Apprenticeship, FixedTerm, Freelance, Internship, Permanent, Seasonal, Temporary,
    };
    match if one <= other {
        (one, other)
    } else {
        (other, one)
    } {
        (one, other) if one == other => 1.0,
        (FixedTerm, Temporary | Seasonal) | (Temporary, Seasonal) => 0.5,
        (Permanent, FixedTerm) | (Internship, Apprenticeship) => 0.4,
        (FixedTerm | Temporary, Freelance) => 0.3,
        (Permanent, Temporary | Freelance) => 0.2,
        _ => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closest_of_the_wanted_types_counts() {
        use ContractType::{FixedTerm, Internship, Permanent, Temporary};
        let score =
            |wanted: &[ContractType], offered| measure(wanted, Some(offered)).unwrap().score;
        assert!((score(&[Internship, Permanent], Permanent) - 1.0).abs() < 1e-9);
        assert!((score(&[Permanent], FixedTerm) - 0.4).abs() < 1e-9);
        assert!((score(&[FixedTerm], Permanent) - 0.4).abs() < 1e-9);
        assert!((score(&[Internship, Temporary], FixedTerm) - 0.5).abs() < 1e-9);
        assert!(score(&[Internship], Permanent) < 1e-9);
    }

    #[test]
    fn a_candidate_who_names_no_type_is_not_refused() {
        assert_eq!(
            measure(&[], Some(ContractType::Permanent)).unwrap_err(),
            Unscored::CandidateSilent
        );
    }
}
