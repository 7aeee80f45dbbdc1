//! What a job can't be done without.

use super::{language::LanguageSkill, skill::Skill};

/// The must-haves that a posting declares. They stand here as well as among what the posting asks
/// for: how well they are met counts in the score as ever, and missing one is a knock-out.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MustHaves {
    /// Required skills.
    pub skills: Vec<Skill>,
    /// Languages, at the level asked for.
    pub languages: Vec<LanguageSkill>,
    /// Licences, certificates and titles by name: "B", "CACES 3", « Infirmier diplômé d'État ».
    pub licences: Vec<String>,
    /// Countries, by code or name, in which a permit to work is needed.
    pub work_permits: Vec<String>,
    /// Whether the place of work has to be within reach.
    pub location: bool,
}
