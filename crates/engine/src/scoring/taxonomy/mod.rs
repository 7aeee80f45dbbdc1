//! The taxonomy: ESCO's skills and occupations, O*NET's software and titles, ROME's titles, and
//! word vectors, as tables that the build script compiled into the binary.
//!
//! Nothing is parsed at start-up: the tables are read in place. This module only looks up and
//! compares names; the criteria decide how much each result counts. Sources, licences and
//! attributions: `taxonomy/README.md` and `NOTICE`.

mod meanings;
mod near_skills;
mod near_titles;
mod occupations;
mod skills;
mod tables;
mod terms;
mod words;

pub use meanings::meaning_of_occupation;
pub use near_skills::{meaning_of_skill, near_skills, nearness_of_meanings};
pub use near_titles::{Grams, NearOccupations, near_occupations};
pub use occupations::{
    OccupationId, TitleId, essential_skills, field_of, has_skills, holders, is_shared_by_languages,
    occupation_name, occupations_coded, occupations_titled, titles_in_text,
};
pub use skills::{
    KnownSkill, Relation, WrittenWord, is_everyday, is_language, is_requested_in_text,
    is_soft_skill, is_software, known_beginning, rarity, relation, skill_keyed, skill_name,
    skills_in_text,
};
pub use terms::{occupation_terms, term_rarity};
pub use words::{has_known_word, label_rarity};

/// Identifies the data that the tables were built from; part of every result.
pub const TAXONOMY_VERSION: &str = "esco-1.1.1+rome-460+onet-29+1";
