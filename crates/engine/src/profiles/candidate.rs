//! The fields of a candidate that may count in a score.
//!
//! [`Candidate`] has no field for a name, age, gender, photo, nationality or address line: what the
//! engine can't see, it can't weigh. Candidates are built only by reading a profile document.

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
    /// The platform's id, if the document carries one.
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
    /// True if the document has a work history but the years of experience can't be derived from
    /// it.
    pub experience_unreadable: bool,
    /// Highest education.
    pub education: Option<Education>,
    /// Diplomas held, in the words of the document. A must-have licence or title may be one of
    /// them.
    pub diplomas: Vec<String>,
    /// Languages with their levels.
    pub languages: Vec<LanguageSkill>,
    /// Place of residence, at city precision.
    pub location: Option<Location>,
    /// Other places where the candidate would work. The place that fits best counts.
    pub other_locations: Vec<Location>,
    /// The wanted mode of work.
    pub remote: Option<RemotePreference>,
    /// Longest accepted distance to work, in kilometres as the crow flies, 0 to 20,000.
    pub max_distance_km: Option<f64>,
    /// True if the candidate is willing to relocate.
    pub willing_to_relocate: Option<bool>,
    /// Contract types that the candidate accepts; empty if not stated.
    pub contract_types: Vec<ContractType>,
    /// The pay that the candidate asks for.
    pub salary: Option<SalaryRange>,
    /// First day of availability.
    pub available_from: Option<chrono::NaiveDate>,
    /// Industries the candidate knows.
    pub industries: Vec<String>,
    /// Titles of past positions in the document's order, which is newest first as a rule.
    pub past_titles: Vec<String>,
    /// Positions whose time is known, in the document's order.
    pub work_history: Vec<Position>,
    /// Licences, certificates and titles by name; empty if not stated.
    pub licences: Vec<String>,
    /// Countries, by code or name, in which the candidate may work; empty if not stated. Never
    /// derived from a nationality.
    pub work_permits: Vec<String>,
    /// Codes of the candidate's occupation in public classifications; empty if not stated.
    pub occupation_codes: Vec<OccupationCode>,
    /// The vector that an external encoder computed for the candidate's texts.
    pub encoding: Option<Encoding>,
}

impl Candidate {
    /// Reads a candidate document. Unknown fields are ignored.
    ///
    /// # Errors
    /// Returns one fault, with its JSON pointer, for each field of a wrong type or with an
    /// impossible value.
    pub fn read(document: &ProfileDocument<'_>) -> Result<Self, Vec<ProfileFault>> {
        let as_written = ProfileReader::read(document, ProfileReader::candidate)?;
        Ok(without_the_person(as_written, document))
    }

    /// Reads a document that is already parsed.
    ///
    /// # Errors
    /// Returns the same faults as [`read`](Self::read).
    pub fn from_document(document: &Value) -> Result<Self, Vec<ProfileFault>> {
        Self::read(&ProfileDocument::of(document))
    }

    /// Checks a document and returns its id, if it carries one. Cheaper than [`read`](Self::read):
    /// personal details are not removed from the texts.
    ///
    /// # Errors
    /// Returns the same faults as [`read`](Self::read).
    pub fn check(document: &ProfileDocument<'_>) -> Result<Option<i64>, Vec<ProfileFault>> {
        ProfileReader::read(document, |reader, field| reader.candidate(field).id)
    }

    /// Returns the short texts about the candidate's work: current and past titles, industries,
    /// skills and the field of education.
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
