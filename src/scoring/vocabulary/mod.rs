//! The words the engine knows: curated tables of skills, occupations, industries, fields of study
//! and countries, in French and English.
//!
//! The tables are text files beside this one, compiled into the binary and read once. A larger
//! taxonomy can take the place of [`SkillVocabulary`]'s content: the criteria only ask it what a
//! name stands for and what it is related to.

mod countries;
mod languages;
mod phrases;
mod prefix_map;
mod skills;
mod spelling;
mod table;

use std::sync::LazyLock;

pub use countries::country_code;
pub use languages::language_name;
pub use phrases::{PhraseTable, Said, Terms, overlap};
pub use skills::{ReadSkill, Relation, SkillVocabulary};
pub use spelling::Spelling;

/// Occupations and the words of job titles.
pub static TITLES: LazyLock<PhraseTable> =
    LazyLock::new(|| PhraseTable::parse(include_str!("titles.txt")));

/// Industries.
pub static INDUSTRIES: LazyLock<PhraseTable> =
    LazyLock::new(|| PhraseTable::parse(include_str!("industries.txt")));

/// Fields of study.
pub static FIELDS: LazyLock<PhraseTable> =
    LazyLock::new(|| PhraseTable::parse(include_str!("fields.txt")));

/// Skills.
pub static SKILLS: LazyLock<SkillVocabulary> = LazyLock::new(SkillVocabulary::curated);
