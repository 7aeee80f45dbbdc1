//! A job posting, reduced to what may count in a score.

use serde_json::Value;

use super::{
    contract::ContractType,
    education::Education,
    language::LanguageSkill,
    location::{Location, RemoteMode},
    profile_fault::ProfileFault,
    profile_reader::ProfileReader,
    salary::SalaryRange,
    skill::Skill,
};

/// Whether a posting takes applications.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PostingStatus {
    /// It does.
    Open,
    /// It no longer does.
    Closed,
}

/// Years of experience a posting asks for.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct ExperienceRange {
    /// At least so many years.
    pub min: Option<f64>,
    /// About so many years at most; more is only a mild mismatch.
    pub max: Option<f64>,
}

/// One job posting. Every field may be missing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct JobPosting {
    /// The platform's id, where the document carries one.
    pub id: Option<i64>,
    /// The job's title.
    pub title: Option<String>,
    /// Free text in French or English.
    pub description: Option<String>,
    /// Skills the job can't be done without.
    pub required_skills: Vec<Skill>,
    /// Skills that are welcome.
    pub preferred_skills: Vec<Skill>,
    /// Years of experience asked for.
    pub experience_years: Option<ExperienceRange>,
    /// Lowest education asked for.
    pub education: Option<Education>,
    /// Languages asked for, with their lowest levels.
    pub languages: Vec<LanguageSkill>,
    /// Where the work is done.
    pub location: Option<Location>,
    /// Whether it is done there.
    pub remote: Option<RemoteMode>,
    /// The contract offered.
    pub contract_type: Option<ContractType>,
    /// The pay offered.
    pub salary: Option<SalaryRange>,
    /// First day of work.
    pub start_date: Option<chrono::NaiveDate>,
    /// The employer's industry.
    pub industry: Option<String>,
    /// Whether it takes applications.
    pub status: Option<PostingStatus>,
}

impl JobPosting {
    /// Reads a job posting document. Fields it doesn't know are ignored.
    ///
    /// # Errors
    /// Every field that has a wrong type or an impossible value, each with its JSON pointer.
    pub fn from_document(document: &Value) -> Result<Self, Vec<ProfileFault>> {
        ProfileReader::read(document, |reader| reader.job_posting())
    }
}
