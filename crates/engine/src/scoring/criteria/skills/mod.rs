//! Skills.
//!
//! Each skill asked for earns a credit in [0, 1]. The score is their mean, weighted by how much
//! each tells: a required skill three times as much as a preferred one, a rare one up to three
//! times as much as one that many occupations use (see [`taxonomy::rarity`]). Soft skills and the
//! basics of office software count a quarter of that. A credit comes from the best of:
//!
//! | the candidate | credit | listed as |
//! |---|---|---|
//! | states the skill | 1 | `matched` |
//! | lists it among the languages | 1 | `related` |
//! | states one that implies it (Django for Python) | 0.9 | `related` |
//! | states a kind of it (arc welding for welding, see `contained.rs`) | 0.8 | `related` |
//! | states it with a slip of the pen ("Kubernets") | 0.8 | `related` |
//! | mentions it in the title, past titles or summary | 0.8 | `related` |
//! | states one that means nearly the same, nearness n (see [`taxonomy::near_skills`]) | 0.7·n² | `related` |
//! | says it in other words in a clause of the summary, strength s (see `clauses.rs`) | 0.7·s | `related` |
//! | bears, or bore, the title of an occupation that needs it, by ESCO | 0.5 | `related` |
//! | states a neighbour (Vue.js for React) | 0.4 | `related` |
//! | states what it builds on (Python for Django) | 0.25 | `related` |
//!
//! Where both sides state a level or years for it, less than asked for multiplies the credit by
//! 0.5 + 0.5·held/asked (the smaller of the two factors), more changes nothing.
//!
//! *Skills in free text.* A text that doesn't name a skill does not say it is missing. So the score
//! is never less than 0.12 of the mean of the credits and 0.88 of how much the summary speaks of
//! the posting's work (the text criterion's score).
//!
//! Names that nobody knows are looked for by their words, one after the other within a clause,
//! little words aside.
//!
//! *Licences* are stated skills as well, by their names and by what follows from them.
//!
//! *Names that no relation joins*, or one that earns less than 0.25, are compared by their meanings
//! (see [`taxonomy::nearness_of_meanings`]), whatever other skills earn; a nearness n earns 0.7·n²,
//! after 0.5·n where one of the two is known and was not found near. For two names of software
//! 0.3·n counts. What a near skill earns below 0.2 counts, but leaves the skill among the missing
//! ones.
//!
//! A candidate who lists no skills is silent about them, and has no score here, unless the titles
//! and summary mention one that is asked for or have ten words or more: who describes their work at
//! that length has said what it is, and what it is not.
//!
//! A posting that lists no skills but has a description is taken to ask for the known skills that
//! the description names, all of them preferred ones; the document says `"source":"description"`.
//! Soft skills are not read from descriptions, since nearly every posting names some.

mod asked;
mod bonds;
mod clauses;
mod contained;
mod held;
mod lists;
mod measure;
mod name;
mod prepared;
mod remembered;

#[cfg(test)]
mod tests;

pub use asked::{AskedSkill, AskedSkills};
pub use held::{EvidenceInText, HeldSkills};
pub use lists::{Matched, Missing, Related, RelatedBy, Rung, SkillLists, View};
pub use measure::{Evidence, Finding, measure, measure_by_names, measure_raised, score_of};
pub use prepared::{Practice, Raised};
pub use remembered::{AskedNames, HeldNames};
