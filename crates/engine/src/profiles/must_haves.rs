//! Requirements without which a candidate can't do the job.

use super::{language::LanguageSkill, skill::Skill};

/// The must-haves that a posting declares. Each one is also listed among the posting's ordinary
/// requirements: its fit counts in the score as usual, and missing it also caps the score.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MustHaves {
    /// Required skills.
    pub skills: Vec<Skill>,
    /// Languages with their minimum levels.
    pub languages: Vec<LanguageSkill>,
    /// Licences, certificates and titles by name: "B", "CACES 3", « Infirmier diplômé d'État ».
    pub licences: Vec<String>,
    /// Countries, by code or name, that require a work permit.
    pub work_permits: Vec<String>,
    /// True if the workplace must be within the candidate's reach.
    pub location: bool,
}
