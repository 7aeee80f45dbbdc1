//! The criteria. Each is a pure function from the candidate's side and the posting's side to a
//! score in [0, 1] with its finding, or to the reason why there is no score.
//!
//! [`all_criteria`] registers them; everything that exists once for each criterion is derived from
//! it: weights, settings, schemas, findings, documents, labels. A criterion of fields is its row,
//! its file with a [`FieldCriterion`], and its sentences in each language.

pub mod availability;
pub mod contract;
pub mod education;
pub mod experience;
pub mod industry;
pub mod languages;
pub mod location;
pub mod salary;
pub mod skills;
pub mod text;
pub mod title;

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{document::value::Members, language::Language, wire_name::wire_names};
use crate::profiles::{candidate::Candidate, job_posting::JobPosting};

/// Passes the criteria to another macro, in the order of result documents. Each has its
/// description, its name on the wire, its default weight, the lowest score that is a strength, its
/// French label, and either
///
/// - `fields` and its file: the file implements [`FieldCriterion`], or
/// - `joint` with its name and its facts in documents: `engine` compiles and measures it with
///   others, `document` collects its facts, and `explanation` selects its sentences.
macro_rules! all_criteria {
    ($then:ident) => {
        $then! {
            /// Skills asked for, and skills stated or mentioned.
            Skills: skills { weight: 0.32, strength: 0.75, french: "compétences", joint skills: SkillLists<'a> }
            /// Years of experience.
            Experience: experience { weight: 0.12, strength: 1.0, french: "expérience", joint experience: ExperienceFacts }
            /// The posting's title against current and past titles.
            Title: title { weight: 0.18, strength: 0.75, french: "intitulé", joint title: Option<TitleFacts<'a>> }
            /// Level and field of education.
            Education: education { weight: 0.06, strength: 0.9, french: "formation", joint education: Option<EducationFacts<'a>> }
            /// Languages and their levels.
            Languages: languages { weight: 0.05, strength: 0.75, french: "langues", joint languages: Option<LanguageFacts<'a>> }
            /// Distance and way of working.
            Location: location { weight: 0.06, strength: 0.75, french: "lieu", joint location: Option<LocationFacts<'a>> }
            /// Type of contract.
            Contract: contract { weight: 0.02, strength: 1.0, french: "contrat", fields contract }
            /// Pay.
            Salary: salary { weight: 0.02, strength: 1.0, french: "rémunération", fields salary }
            /// First day of availability against the start date.
            Availability: availability { weight: 0.01, strength: 1.0, french: "disponibilité", fields availability }
            /// Industry.
            Industry: industry { weight: 0.01, strength: 0.75, french: "secteur", fields industry }
            /// Words of the summary against words of the description.
            Text: text { weight: 0.15, strength: 0.75, french: "texte", joint text: TextFacts<'a> }
        }
    };
}
pub(super) use all_criteria;

macro_rules! criterion {
    ($(
        $(#[doc = $description:literal])+
        $variant:ident: $name:ident {
            weight: $weight:literal,
            strength: $strength:literal,
            french: $french:literal,
            $($kind:tt)+
        }
    )+) => {
        /// An aspect in which a candidate and a job posting are compared.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Criterion {
            $($(#[doc = $description])+ $variant,)+
        }

        impl Criterion {
            /// All criteria, in the order of result documents.
            pub const ALL: [Self; [$(stringify!($name)),+].len()] = [$(Self::$variant),+];

            /// Returns the wire name, which result documents and settings use.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => stringify!($name),)+
                }
            }

            /// Describes the comparison that the criterion makes.
            #[must_use]
            pub fn description(self) -> &'static str {
                match self {
                    $(Self::$variant => concat!($($description),+).trim_start(),)+
                }
            }

            /// Returns the name that tables show to readers.
            #[must_use]
            pub fn label(self, language: Language) -> &'static str {
                match language {
                    Language::English => self.as_str(),
                    Language::French => match self {
                        $(Self::$variant => $french,)+
                    },
                }
            }

            /// Returns the weight that applies unless another is configured.
            #[must_use]
            pub fn default_weight(self) -> f64 {
                match self {
                    $(Self::$variant => $weight,)+
                }
            }

            /// Returns the lowest score that is a strength. It is 1 where any lower score means
            /// less than requested.
            pub(super) fn strength_from(self) -> f64 {
                match self {
                    $(Self::$variant => $strength,)+
                }
            }
        }
    };
}
all_criteria!(criterion);

/// A criterion that compares fields of the two profiles, independently of all other criteria.
pub trait FieldCriterion {
    /// The candidate's side, compiled.
    type Held: fmt::Debug;
    /// The posting's side, compiled.
    type Requested: fmt::Debug;
    /// The measured values.
    type Finding: fmt::Debug;
    /// The facts that a document records about a score.
    type Facts<'a>: Members;

    /// Compiles the candidate's side.
    fn held(candidate: &Candidate) -> Self::Held;

    /// Compiles the posting's side.
    fn requested(posting: &JobPosting) -> Self::Requested;

    /// Scores a pair.
    fn measure(held: &Self::Held, requested: &Self::Requested) -> Outcome<Self::Finding>;

    /// Collects the facts behind a score.
    fn facts<'a>(
        found: &Scored<Self::Finding>,
        held: &'a Self::Held,
        requested: &'a Self::Requested,
    ) -> Option<Self::Facts<'a>>;

    /// True if the candidate states less than requested: a gap at any score.
    fn falls_short(facts: &Self::Facts<'_>) -> bool {
        let _ = facts;
        false
    }
}

macro_rules! fields {
    ($(
        $(#[$description:meta])+
        $variant:ident: $name:ident {
            weight: $weight:literal,
            strength: $strength:literal,
            french: $french:literal,
            $(fields $fields:ident)?
            $(joint $joint:ident: $facts:ty)?
        }
    )+) => {
        /// The candidate's side of the criteria of fields.
        #[derive(Debug)]
        pub struct HeldFields {
            $($(pub $fields: <$fields::Rules as FieldCriterion>::Held,)?)+
        }

        impl HeldFields {
            /// Compiles the candidate's side.
            pub fn of(candidate: &Candidate) -> Self {
                Self {
                    $($($fields: $fields::Rules::held(candidate),)?)+
                }
            }
        }

        /// The posting's side of the criteria of fields.
        #[derive(Debug)]
        pub struct RequestedFields {
            $($(pub $fields: <$fields::Rules as FieldCriterion>::Requested,)?)+
        }

        impl RequestedFields {
            /// Compiles the posting's side.
            pub fn of(posting: &JobPosting) -> Self {
                Self {
                    $($($fields: $fields::Rules::requested(posting),)?)+
                }
            }
        }
    };
}
all_criteria!(fields);

wire_names! {
    /// The reason why a criterion has no score. Having no score differs from a score of 0.
    pub enum Unscored {
        /// The candidate's profile states nothing.
        CandidateSilent = "candidate_silent",
        /// The candidate's profile states it in a form that can't be read.
        CandidateUnreadable = "candidate_unreadable",
        /// The job posting states nothing.
        PostingSilent = "job_posting_silent",
        /// Neither side states anything.
        BothSilent = "both_silent",
        /// Pay is in two currencies without a fixed exchange rate.
        CurrenciesDiffer = "currencies_differ",
    }
}

impl Unscored {
    /// Returns the reason for a missing statement; at least one side must be silent.
    pub(super) fn silent(candidate_says: bool, posting_says: bool) -> Self {
        match (candidate_says, posting_says) {
            (false, false) => Self::BothSilent,
            (false, true) => Self::CandidateSilent,
            _ => Self::PostingSilent,
        }
    }

    /// Replaces the candidate's silence if the candidate did state something, but unreadably.
    pub(super) fn unreadable_if(self, is_unreadable: bool) -> Self {
        match self {
            Self::CandidateSilent if is_unreadable => Self::CandidateUnreadable,
            Self::BothSilent if is_unreadable => Self::PostingSilent,
            other => other,
        }
    }
}

/// A score with its finding.
#[derive(Debug, Clone, Copy)]
pub struct Scored<F> {
    /// Score in [0, 1].
    pub score: f64,
    /// The facts that explain the score.
    pub finding: F,
}

/// The result of measuring one criterion.
pub type Outcome<F> = Result<Scored<F>, Unscored>;

/// A number that is written without decimals if it is whole.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct Number(pub f64);

impl Number {
    /// Returns a number without decimals.
    pub fn as_whole(self) -> Option<i64> {
        let whole = self.0.trunc();
        let is_whole = whole.to_bits() == self.0.to_bits() && whole.abs() < 1e15;
        #[expect(clippy::cast_possible_truncation, reason = "whole and below 2^53")]
        is_whole.then_some(whole as i64)
    }
}

/// Returns a number of a profile if it is finite and not negative.
pub(super) fn stated(number: Option<f64>) -> Option<f64> {
    number.filter(|number| number.is_finite() && *number >= 0.0)
}

/// Converts a loss to a score: linearly down to 0.1, then ever more slowly. Strictly decreasing: of
/// two losses the smaller one always scores higher.
pub(super) fn falling(loss: f64) -> f64 {
    const BEND: f64 = 0.9;
    if loss <= BEND {
        1.0 - loss
    } else {
        (1.0 - BEND) * BEND / loss
    }
}

/// Sums the weights of equal keys, and sorts by key. The sort is stable, so that sums are formed in
/// one order.
pub(super) fn summed<K: Ord + Copy>(mut weights: Vec<(K, f64)>) -> Vec<(K, f64)> {
    weights.sort_by_key(|entry| entry.0);
    weights.dedup_by(|again, kept| {
        let is_same = again.0 == kept.0;
        if is_same {
            kept.1 += again.1;
        }
        is_same
    });
    weights
}

/// Scales the weights to a Euclidean length of 1.
pub(super) fn of_unit_length<K>(mut weights: Vec<(K, f64)>) -> Vec<(K, f64)> {
    let length = weights
        .iter()
        .map(|entry| entry.1 * entry.1)
        .sum::<f64>()
        .sqrt();
    for entry in &mut weights {
        entry.1 /= length;
    }
    weights
}
