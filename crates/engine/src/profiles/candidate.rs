//! A candidate, reduced to what may count in a score.
//!
//! The type has no field for a name, age, gender, photo, nationality or address line: what the
//! engine can't see, it can't weigh. Reading a document into it is the only way in.

use serde_json::Value;

use super::{
    contract::ContractType,
    education::Education,
    encoding::Encoding,
    language::LanguageSkill,
    location::{Location, RemotePreference},
    occupation_code::OccupationCode,
    position::Position,
    profile_document::ProfileDocument,
    profile_fault::ProfileFault,
    profile_reader::{ProfileReader, without_the_person},
    salary::SalaryRange,
    skill::Skill,
};

/// One candidate. Every field may be missing; missing data is left out of a score, never counted
/// against the candidate.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Candidate {
    /// The platform's id, where the document carries one.
    pub id: Option<i64>,
    /// Current or wanted job title.
    pub title: Option<String>,
    /// Free text in French or English: a CV's summary, or the whole CV.
    pub summary: Option<String>,
    /// Skills, in the document's order.
    pub skills: Vec<Skill>,
    /// Years of professional experience, 0 to 80: as stated, else the time that the positions
    /// cover.
    pub experience_years: Option<f64>,
    /// Whether a history was sent from which the years can't be told.
    pub experience_unreadable: bool,
    /// Highest education.
    pub education: Option<Education>,
    /// The diplomas that are held, in the words of the document; a must-have licence or title may
    /// be one of them.
    pub diplomas: Vec<String>,
    /// Languages with their levels.
    pub languages: Vec<LanguageSkill>,
    /// Where the candidate lives, to the city.
    pub location: Option<Location>,
    /// Other places where the candidate would work: the best counts.
    pub other_locations: Vec<Location>,
    /// How the candidate wants to work.
    pub remote: Option<RemotePreference>,
    /// Longest way to work, in kilometres as the crow flies, 0 to 20,000.
    pub max_distance_km: Option<f64>,
    /// Whether the candidate would move.
    pub willing_to_relocate: Option<bool>,
    /// Contract types the candidate would take; empty when not said.
    pub contract_types: Vec<ContractType>,
    /// The pay the candidate asks for.
    pub salary: Option<SalaryRange>,
    /// First day of availability.
    pub available_from: Option<chrono::NaiveDate>,
    /// Industries the candidate knows.
    pub industries: Vec<String>,
    /// Titles of past positions in the document's order, which is newest first as a rule.
    pub past_titles: Vec<String>,
    /// Positions whose time is known, in the document's order.
    pub work_history: Vec<Position>,
    /// Licences, certificates and titles by name; empty when not said.
    pub licences: Vec<String>,
    /// Countries, by code or name, in which the candidate may work; empty when not said. Never
    /// taken from a nationality.
    pub work_permits: Vec<String>,
    /// Codes of the candidate's occupation in public classifications; empty when not said.
    pub occupation_codes: Vec<OccupationCode>,
    /// What an external encoder made of the texts.
    pub encoding: Option<Encoding>,
}

impl Candidate {
    /// Reads a candidate document. Fields it doesn't know are ignored.
    ///
    /// # Errors
    /// Every field that has a wrong type or an impossible value, each with its JSON pointer.
    pub fn read(document: &ProfileDocument<'_>) -> Result<Self, Vec<ProfileFault>> {
        let as_written = ProfileReader::read(document, ProfileReader::candidate)?;
        Ok(without_the_person(as_written, document))
    }

    /// Reads a document that has been parsed.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn from_document(document: &Value) -> Result<Self, Vec<ProfileFault>> {
        Self::read(&ProfileDocument::of(document))
    }

    /// Finds what [`read`](Self::read) would find wrong, and returns the id where the document
    /// carries one. Cheaper: what only the engine asks for is not made.
    ///
    /// # Errors
    /// As there.
    pub fn check(document: &ProfileDocument<'_>) -> Result<Option<i64>, Vec<ProfileFault>> {
        ProfileReader::read(document, |reader, field| reader.candidate(field).id)
    }

    /// The short texts that say what the candidate works as and with: titles, skills, industries
    /// and the field of education.
    pub fn words_for_work(&self) -> impl Iterator<Item = &str> {
        let skills = self.skills.iter().map(|skill| &skill.name);
        let studied = self
            .education
            .iter()
            .filter_map(|education| education.field.as_ref());
        self.title
            .iter()
            .chain(&self.past_titles)
            .chain(&self.industries)
            .chain(skills)
            .chain(studied)
            .map(String::as_str)
    }
}
