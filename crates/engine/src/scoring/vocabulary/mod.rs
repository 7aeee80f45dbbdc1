//! The engine's vocabulary beside the taxonomy: curated tables of skills, title words, industries,
//! fields of study, countries and cities, in French and English.
//!
//! The tables are text files beside this one. The build script merges those of skills into the
//! taxonomy, over which they take precedence (see `build/skills.rs`); the others are compiled into
//! the binary and parsed once.

mod cities;
mod countries;
mod languages;
mod phrases;
mod prefix_map;
mod skills;
mod spelling;
mod suites;
pub mod table;
mod title_words;

use std::sync::LazyLock;

pub use cities::city_key;
pub use countries::{Countries, countries_named_in, countries_of, country_code, country_names};
pub use languages::{language_code, language_named, language_skill};
pub use phrases::{PhraseTable, Terms, overlap};
pub use skills::{
    SkillId, alternatives, is_abbreviation, known_id, misspelt, names_licence, names_title, parts,
    resolve,
};
pub use spelling::Spelling;
pub use suites::suite_programs;
pub use title_words::{TitleWord, is_broad_role, is_credential, title_words};

/// Occupations and the words of job titles.
pub static TITLES: LazyLock<PhraseTable> =
    LazyLock::new(|| PhraseTable::parse(include_str!("titles.txt")));

/// Industries.
pub static INDUSTRIES: LazyLock<PhraseTable> =
    LazyLock::new(|| PhraseTable::parse(include_str!("industries.txt")));

/// Fields of study.
pub static FIELDS: LazyLock<PhraseTable> =
    LazyLock::new(|| PhraseTable::parse(include_str!("fields.txt")));
