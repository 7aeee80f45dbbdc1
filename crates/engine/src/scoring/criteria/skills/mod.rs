//! Skills.
//!
//! Each requested skill earns a credit in [0, 1]. The score is their weighted mean: a required
//! skill weighs three times as much as a preferred one, and a rare one up to three times as much as
//! one that many occupations use (see [`rarity`]). Soft skills and the basics of office
//! software weigh a quarter of that. A credit is the best of:
//!
//! | the candidate | credit | listed as |
//! |---|---|---|
//! | states the skill | 1 | `matched` |
//! | lists it among the languages | 1 | `related` |
//! | states one that implies it (Django for Python) | 0.9 | `related` |
//! | states a kind of it (spot welding for welding, see `contained.rs`) | 0.8 | `related` |
//! | misspells it ("Kubernets") | 0.8 | `related` |
//! | mentions it in the title, past titles or summary | 0.8 | `related` |
//! | states one of nearly the same meaning, similarity n (see [`near_skills`]) | 0.7·n² | `related` |
//! | describes it in other words in a clause of the summary, strength s (see `clauses.rs`) | 0.7·s | `related` |
//! | holds, or held, the title of an occupation that needs it, by ESCO | 0.5 | `related` |
//! | states a neighbour (Vue.js for React) | 0.4 | `related` |
//! | states one that it builds on (Python for Django) | 0.25 | `related` |
//!
//! If both sides state a level or years, less than requested multiplies the credit by 0.5 +
//! 0.5·held/requested (the smaller of the two factors); more changes nothing.
//!
//! *Skills in free text.* A text that doesn't name a skill does not say that it is missing. So the
//! score is never less than 0.12 of the mean of the credits plus 0.88 of the text criterion's
//! score.
//!
//! Unknown names are searched by their words, in sequence within a clause, without function words.
//!
//! *Licences* are stated skills as well, by their names and by the skills that follow from them.
//!
//! *Names without a relation*, or with one that earns less than 0.25, are compared by their vectors
//! (see [`nearness_of_meanings`]), independently of other skills. A similarity n earns
//! 0.7·n². It is first reduced to 0.5·n if one of the two is known and was not found by its labels,
//! and to 0.3·n for two names of software. A credit below 0.2 counts, but leaves the skill among
//! the missing ones.
//!
//! A candidate who lists no skills is silent about them, and has no score here, unless the titles
//! and summary mention a requested skill or have ten words or more: a description of that length
//! states which work it is, and which it is not.
//!
//! For a posting that lists no skills but has a description, the known skills that the description
//! names are preferred skills; the document then says `"source":"description"`. Soft skills are not
//! read from descriptions, since nearly every posting names some.
//!
//! [`rarity`]: fn@crate::scoring::taxonomy::rarity
//! [`near_skills`]: fn@crate::scoring::taxonomy::near_skills
//! [`nearness_of_meanings`]: fn@crate::scoring::taxonomy::nearness_of_meanings

mod cached_measure;
mod candidate_skills;
mod clauses;
mod compiled_skill;
mod contained;
mod lists;
mod measure;
mod name;
mod relation_credit;
mod requested_skills;

#[cfg(test)]
mod tests;

pub use cached_measure::{CandidateNameCache, RequestedNameCache};
pub use candidate_skills::{CandidateSkills, EvidenceInText};
pub use compiled_skill::{Practice, PracticeChange};
#[cfg(test)]
pub use lists::Rung;
pub use lists::{Matched, Related, RelatedBy, SkillLists, View};
pub use measure::{Evidence, Finding, measure, measure_by_names, measure_with_practice, score_of};
pub use requested_skills::{RequestedSkill, RequestedSkills};
