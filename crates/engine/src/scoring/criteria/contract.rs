//! Contract types.
//!
//! A type that the candidate accepts scores 1. Otherwise the candidate's closest type is scored by
//! a fixed table: types between which the same person often changes (fixed term and agency work)
//! are half a match, a permanent job against a fixed term 0.4, loosely related ones less, and all
//! others 0.

use super::{FieldCriterion, Outcome, Scored, Unscored};
use crate::{
    profiles::{candidate::Candidate, contract::ContractType, job_posting::JobPosting},
    scoring::document::document,
};

/// The offered type that fits the candidate best.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Finding {
    /// The posting's contract type.
    pub offered: ContractType,
    /// True if the candidate lists it.
    pub wanted: bool,
}

document! {
    /// The facts about contracts.
    pub struct ContractFacts {
        /// The posting's contract type, or the one of several that fits best.
        always offered: ContractType,
        /// True if the candidate names this type.
        always wanted: bool,
        /// All types that the candidate names.
        always types_wanted: Vec<ContractType>,
    }
}

/// The rules of this criterion. Both sides are sorted and without repetition.
pub struct Rules;

impl FieldCriterion for Rules {
    type Held = Vec<ContractType>;
    type Requested = Vec<ContractType>;
    type Finding = Finding;
    type Facts<'a> = ContractFacts;

    fn held(candidate: &Candidate) -> Vec<ContractType> {
        sorted(candidate.contract_types.clone())
    }

    fn requested(posting: &JobPosting) -> Vec<ContractType> {
        let first = posting.contract_type.iter();
        sorted(
            first
                .chain(&posting.other_contract_types)
                .copied()
                .collect(),
        )
    }

    fn measure(held: &Vec<ContractType>, requested: &Vec<ContractType>) -> Outcome<Finding> {
        measure(held, requested)
    }

    fn facts<'a>(
        found: &Scored<Finding>,
        held: &'a Vec<ContractType>,
        _: &'a Vec<ContractType>,
    ) -> Option<ContractFacts> {
        Some(ContractFacts {
            offered: found.finding.offered,
            wanted: found.finding.wanted,
            types_wanted: held.clone(),
        })
    }

    fn falls_short(facts: &ContractFacts) -> bool {
        !facts.wanted
    }
}

fn sorted(mut contract_types: Vec<ContractType>) -> Vec<ContractType> {
    contract_types.sort_unstable();
    contract_types.dedup();
    contract_types
}

/// Scores contract types by the rules of the module documentation. Of several offered types, the
/// best one decides.
pub fn measure(candidate: &[ContractType], posting: &[ContractType]) -> Outcome<Finding> {
    let best = |offered: &ContractType| {
        candidate
            .iter()
            .map(|wanted| closeness(*wanted, *offered))
            .fold(0.0, f64::max)
    };
    let score = posting.iter().map(best).fold(0.0, f64::max);
    // The first of equally good ones by the order of the enum, so that the posting's order doesn't
    // matter.
    let offered = posting
        .iter()
        .filter(|offered| best(offered) >= score)
        .min()
        .filter(|_| !candidate.is_empty());
    let Some(offered) = offered.copied() else {
        return Err(Unscored::silent(!candidate.is_empty(), !posting.is_empty()));
    };
    Ok(Scored {
        score,
        finding: Finding {
            offered,
            wanted: candidate.contains(&offered),
        },
    })
}

/// True if a posting offers only training or volunteering to a candidate who wants neither: an
/// internship for a candidate who wants a permanent job.
pub fn is_ruled_out(candidate: &[ContractType], posting: &[ContractType]) -> bool {
    let is_no_job = |contract: &ContractType| {
        matches!(
            contract,
            ContractType::Internship | ContractType::Apprenticeship | ContractType::Volunteer
        )
    };
    !candidate.is_empty()
        && !posting.is_empty()
        && posting.iter().all(is_no_job)
        && !candidate.iter().any(is_no_job)
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
        let score = |wanted: &[ContractType], offered| measure(wanted, &[offered]).unwrap().score;
        assert!((score(&[Internship, Permanent], Permanent) - 1.0).abs() < 1e-9);
        assert!((score(&[Permanent], FixedTerm) - 0.4).abs() < 1e-9);
        assert!((score(&[FixedTerm], Permanent) - 0.4).abs() < 1e-9);
        assert!((score(&[Internship, Temporary], FixedTerm) - 0.5).abs() < 1e-9);
        assert!(score(&[Internship], Permanent) < 1e-9);
    }

    #[test]
    fn the_best_offered_type_counts_in_any_order() {
        use ContractType::{Freelance, Internship, Permanent};
        for offered in [[Freelance, Permanent], [Permanent, Freelance]] {
            let found = measure(&[Permanent], &offered).unwrap();
            assert!((found.score - 1.0).abs() < 1e-9);
            assert_eq!(found.finding.offered, Permanent);
        }
        let unwanted = measure(&[Internship], &[Permanent, Freelance]).unwrap();
        assert_eq!(unwanted.finding.offered, Permanent);
    }

    #[test]
    fn training_contracts_are_ruled_out_for_a_candidate_who_wants_a_job() {
        use ContractType::{Apprenticeship, FixedTerm, Internship, Permanent};
        assert!(is_ruled_out(&[Permanent], &[Internship]));
        assert!(is_ruled_out(
            &[Permanent, FixedTerm],
            &[Apprenticeship, Internship]
        ));
        assert!(!is_ruled_out(&[Permanent, Apprenticeship], &[Internship]));
        assert!(!is_ruled_out(&[Permanent], &[Internship, FixedTerm]));
        assert!(!is_ruled_out(&[], &[Internship]));
        assert!(!is_ruled_out(&[Internship], &[Permanent]));
    }

    #[test]
    fn a_candidate_without_a_wanted_type_is_not_ruled_out() {
        assert_eq!(
            measure(&[], &[ContractType::Permanent]).unwrap_err(),
            Unscored::CandidateSilent
        );
    }
}
