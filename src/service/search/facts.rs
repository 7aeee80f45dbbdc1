//! Facts that filters need and that are not part of a compiled profile.

use crate::service::profiles::CompiledProfile;
use matching_engine::{
    profiles::{
        candidate::Candidate,
        contract::ContractType,
        folded_text::fold,
        job_posting::{JobPosting, PostingStatus},
        language::LanguageSkill,
        location::{RemoteMode, RemotePreference},
        profile_document::ProfileDocument,
        profile_kind::ProfileKind,
    },
    scoring::{Engine, country_code},
};

/// The facts of one profile.
#[derive(Debug, Default)]
pub(super) struct Facts {
    /// The country, in the form of [`country_code`].
    pub(super) country: Option<String>,
    /// The ways of working that a candidate wants, or the one that a posting has.
    pub(super) remote: Option<RemotePreference>,
    /// The contract types that a candidate wants or a posting offers.
    pub(super) contract_types: Vec<ContractType>,
    /// The languages that a candidate speaks or a posting requires.
    pub(super) languages: Vec<LanguageSkill>,
    /// The skills that a posting requires, folded. (For a candidate's skills, filters use the
    /// engine.)
    pub(super) asked_skills: Vec<String>,
    /// The status of a posting.
    pub(super) status: Option<PostingStatus>,
}

impl Facts {
    /// Parses a stored document once for both the compiled profile and its facts.
    pub(super) fn read(
        engine: &Engine,
        kind: ProfileKind,
        document: &str,
    ) -> Option<(CompiledProfile, Self)> {
        let document = ProfileDocument::parse(document).ok()?;
        Some(match kind {
            ProfileKind::Candidate => {
                let candidate = Candidate::read(&document).ok()?;
                let compiled = engine.compile_candidate(&candidate);
                (CompiledProfile::Candidate(compiled), candidate.into())
            }
            ProfileKind::JobPosting => {
                let posting = JobPosting::read(&document).ok()?;
                let compiled = engine.compile_job_posting(&posting);
                (CompiledProfile::JobPosting(compiled), posting.into())
            }
        })
    }

    /// Returns true if the profile includes this way of working.
    pub(super) fn takes_mode(&self, mode: RemoteMode) -> bool {
        match self.remote {
            Some(RemotePreference::Any) => true,
            Some(RemotePreference::Only(stated)) => stated == mode,
            None => false,
        }
    }
}

impl From<Candidate> for Facts {
    fn from(candidate: Candidate) -> Self {
        Self {
            country: candidate
                .location
                .and_then(|location| location.country)
                .and_then(|country| country_code(&country)),
            remote: candidate.remote,
            contract_types: candidate.contract_types,
            languages: candidate.languages,
            ..Self::default()
        }
    }
}

impl From<JobPosting> for Facts {
    fn from(posting: JobPosting) -> Self {
        let skills = posting
            .required_skills
            .iter()
            .chain(&posting.preferred_skills);
        Self {
            country: posting
                .location
                .and_then(|location| location.country)
                .and_then(|country| country_code(&country)),
            remote: posting.remote.map(RemotePreference::Only),
            contract_types: posting
                .contract_type
                .into_iter()
                .chain(posting.other_contract_types)
                .collect(),
            asked_skills: skills.map(|skill| fold(&skill.name)).collect(),
            languages: posting.languages,
            status: posting.status,
        }
    }
}
