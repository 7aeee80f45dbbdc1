//! The engine: compiles profiles once, and scores pairs of compiled profiles.

use std::sync::{Arc, OnceLock};

use super::{
    assessment::{Assessment, Findings, JointFindings},
    calibration,
    confidence::EvidenceCounts,
    counterfactuals::Additions,
    criteria::{
        HeldFields, Outcome, RequestedFields, education, experience, languages, location, skills,
        text, title,
    },
    digest::{self, Digest},
    knockouts,
    prose::Prose,
    stated_in_text::{Author, StatedInText},
    total::{self, ByCriterion},
    weights::Weights,
};
use crate::profiles::{candidate::Candidate, job_posting::JobPosting};

/// Identifies the rules that produced a result: a number that is raised whenever the same profiles
/// may score differently (a formula, a table), and the version of the package.
pub const ENGINE_VERSION: &str = concat!("3+", env!("CARGO_PKG_VERSION"));

/// Scores pairs. Immutable and cheap to share.
#[derive(Debug)]
pub struct Engine {
    pub(super) settings: Arc<Settings>,
}

/// The settings of an engine that its assessments need.
#[derive(Debug)]
pub(super) struct Settings {
    /// The weights as configured.
    pub weights: Weights,
    /// The weights normalised to a sum of 1, or all 0.
    pub shares: ByCriterion<f64>,
}

/// A candidate compiled for many comparisons.
#[derive(Debug, Clone)]
pub struct CompiledCandidate(pub(super) Arc<CandidateForm>);

/// A job posting compiled for many comparisons.
#[derive(Debug, Clone)]
pub struct CompiledJobPosting(pub(super) Arc<PostingForm>);

/// The candidate's side of every criterion.
#[derive(Debug)]
pub(super) struct CandidateForm {
    pub digest: Digest,
    /// The amount of evidence, for the confidence.
    pub evidence_counts: EvidenceCounts,
    pub skills: skills::CandidateSkills,
    pub experience: experience::CandidateExperience,
    pub titles: title::CandidateTitles,
    pub education: education::StatedEducation,
    pub languages: languages::Languages,
    pub place: location::CandidatePlace,
    pub fields: HeldFields,
    pub text: text::CandidateText,
    pub licences_and_permits: knockouts::LicencesAndPermits,
    pub stated_in_text: StatedInText,
}

/// The posting's side of every criterion.
#[derive(Debug)]
pub(super) struct PostingForm {
    pub digest: Digest,
    pub skills: skills::RequestedSkills,
    pub experience: Option<experience::RequestedYears>,
    pub title: Option<Arc<title::Title>>,
    pub education: education::StatedEducation,
    pub languages: languages::Languages,
    pub place: location::PostingPlace,
    pub fields: RequestedFields,
    pub text: text::WorkVectors,
    pub must_haves: knockouts::MustHaveForm,
    pub stated_in_text: StatedInText,
    additions: OnceLock<Additions>,
}

impl PostingForm {
    /// Returns the effect of adding each requirement. Computed at first use, because only
    /// explanations need it.
    pub fn additions(&self) -> &Additions {
        self.additions
            .get_or_init(|| Additions::of(&self.skills, &self.languages, &self.must_haves))
    }
}

impl Engine {
    /// Creates an engine with these weights. Weights that [`Weights::validate`] refuses count as 0;
    /// with only such weights no pair is comparable.
    #[must_use]
    pub fn new(weights: Weights) -> Self {
        let weights = weights.without_faults();
        Self {
            settings: Arc::new(Settings {
                shares: total::shares(&weights),
                weights,
            }),
        }
    }

    /// Compiles a candidate.
    #[must_use]
    pub fn compile_candidate(&self, candidate: &Candidate) -> CompiledCandidate {
        let summary = Prose::of(candidate.summary.as_deref());
        // Sorted, because the order of titles must not matter.
        let mut titles: Vec<&str> = candidate.past_titles.iter().map(String::as_str).collect();
        titles.extend(candidate.title.as_deref());
        titles.sort_unstable();
        let titles = Prose::of(titles);
        let languages = languages::languages(&candidate.languages);
        let held_titles = title::CandidateTitles::of(
            candidate.title.as_deref(),
            &candidate.occupation_codes,
            &candidate.past_titles,
            &summary,
        );
        // A diploma counts as a licence, and a posting may list it among the skills.
        let licences = candidate.licences.iter().chain(&candidate.diplomas);
        let listed_licences: Vec<String> = licences.cloned().collect();
        let mut stated_in_text = StatedInText::of(&summary.content_words, Author::Candidate);
        let licences_in_text = std::mem::take(&mut stated_in_text.licences);
        CompiledCandidate(Arc::new(CandidateForm {
            digest: digest::of_candidate(candidate),
            evidence_counts: EvidenceCounts {
                words: summary.words.len(),
                titles: candidate.past_titles.len() + usize::from(candidate.title.is_some()),
            },
            skills: skills::CandidateSkills::of(
                &candidate.skills,
                &listed_licences,
                &languages,
                &summary,
                &titles,
                &held_titles,
            ),
            experience: experience::CandidateExperience::of(candidate),
            titles: held_titles,
            education: education::StatedEducation::of(candidate.education.as_ref())
                .with_diploma(&candidate.diplomas),
            languages,
            place: location::CandidatePlace::of(
                candidate.location.iter().chain(&candidate.other_locations),
                candidate.remote,
                candidate.max_distance_km,
                candidate.willing_to_relocate,
            ),
            fields: HeldFields::of(candidate),
            text: text::CandidateText::of(
                &summary,
                candidate.title.as_deref(),
                &candidate.past_titles,
            )
            .with_encoding(candidate.encoding.clone()),
            licences_and_permits: knockouts::LicencesAndPermits::of(candidate, licences_in_text),
            stated_in_text,
        }))
    }

    /// Compiles a job posting.
    #[must_use]
    pub fn compile_job_posting(&self, job_posting: &JobPosting) -> CompiledJobPosting {
        let description = Prose::of(job_posting.description.as_deref());
        let skills = skills::RequestedSkills::of(
            &job_posting.required_skills,
            &job_posting.preferred_skills,
            &description,
        );
        let languages = languages::languages(&job_posting.languages);
        let must_haves = knockouts::MustHaveForm::of(job_posting);
        let stated_in_text = StatedInText::of(&description.content_words, Author::Employer);
        let remote_terms = stated_in_text.place_terms.as_ref();
        let place = location::PostingPlace::of_posting(job_posting).with_remote_terms(
            job_posting.title.as_deref(),
            remote_terms.map(|terms| terms.quote.as_str()),
        );
        let title =
            title::Title::with_codes(job_posting.title.as_deref(), &job_posting.occupation_codes);
        CompiledJobPosting(Arc::new(PostingForm {
            digest: digest::of_job_posting(job_posting),
            additions: OnceLock::new(),
            skills,
            must_haves,
            languages,
            stated_in_text,
            experience: experience::RequestedYears::of(job_posting.experience_years),
            education: education::StatedEducation::of(job_posting.education.as_ref()),
            place,
            fields: RequestedFields::of(job_posting),
            text: text::WorkVectors::of(
                title.clone(),
                job_posting
                    .required_skills
                    .iter()
                    .chain(&job_posting.preferred_skills)
                    .map(|skill| skill.name.as_str()),
                &description,
            )
            .with_encoding(job_posting.encoding.clone()),
            title,
        }))
    }

    /// Scores one pair. Every criterion is measured whatever its weight, so that a pair can be
    /// reweighted without its profiles.
    #[must_use]
    pub fn score(&self, candidate: &CompiledCandidate, posting: &CompiledJobPosting) -> Assessment {
        let (held, requested) = (&candidate.0, &posting.0);
        let text = text::measure(&held.text, &requested.text);
        let found = FoundOfTitle::of(held, requested.title.as_deref(), |held, requested| {
            held.work_similarity(requested)
        });
        assess(&self.settings, held, requested, text, found, |described| {
            skills::measure(&held.skills, &requested.skills, described)
        })
    }
}

/// Findings of the candidate's titles against a posting's title.
#[derive(Clone, Copy)]
pub(super) struct FoundOfTitle {
    title: Outcome<title::Finding>,
    /// The candidate's years that count for work under this title.
    counted: Option<experience::Counted>,
}

impl FoundOfTitle {
    /// Measures the title and the experience. `similarity` gives the similarity of a held title to
    /// the asked one, in [0, 1]; it is called at most once for the title of each position.
    pub fn of(
        held: &CandidateForm,
        requested: Option<&title::Title>,
        mut similarity: impl FnMut(&Arc<title::Title>, &title::Title) -> f64,
    ) -> Self {
        let Some(title) = requested.filter(|_| !held.experience.titles().is_empty()) else {
            return Self {
                title: title::measure_by(&held.titles, requested, similarity),
                counted: None,
            };
        };
        let of_positions = held.experience.titles();
        // `MOST_POSITIONS` bounds the number of titles.
        let mut similarities = [0.0; experience::MOST_POSITIONS];
        for (found, held) in similarities.iter_mut().zip(of_positions) {
            *found = similarity(held, title);
        }
        let known = |title: &Arc<title::Title>| {
            let at = of_positions
                .iter()
                .position(|known| Arc::ptr_eq(known, title))?;
            Some(similarities[at])
        };
        Self {
            title: title::measure_by(&held.titles, requested, |held, requested| {
                known(held).unwrap_or_else(|| similarity(held, requested))
            }),
            counted: held.experience.counted(&similarities),
        }
    }
}

/// Measures the remaining, cheap criteria and combines all scores. Skills are measured with the
/// text's score, rounded to four digits.
pub(super) fn assess(
    settings: &Arc<Settings>,
    held: &Arc<CandidateForm>,
    requested: &Arc<PostingForm>,
    text: Outcome<text::Finding>,
    found_of_title: FoundOfTitle,
    skills: impl FnOnce(Option<f64>) -> Outcome<skills::Finding>,
) -> Assessment {
    let text = calibration::of_text(text);
    let described = text
        .as_ref()
        .ok()
        .map(|found| total::round(found.score, 1e4));
    let title = title::with_text(found_of_title.title, &held.titles, described);
    let joint = JointFindings {
        skills: skills(described),
        experience: experience::measure(
            held.experience.years,
            found_of_title.counted,
            requested.experience,
        )
        .map_err(|unscored| unscored.unreadable_if(held.experience.is_unreadable)),
        title,
        education: education::measure(&held.education, &requested.education),
        languages: languages::measure(&held.languages, &requested.languages),
        location: location::measure(&held.place, &requested.place),
        text,
    };
    let findings = Findings::of(joint, &held.fields, &requested.fields);
    Assessment::new(
        Arc::clone(settings),
        Arc::clone(held),
        Arc::clone(requested),
        findings,
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        profiles::{
            education::{Education, EducationLevel},
            job_posting::ExperienceRange,
            skill::Skill,
        },
        scoring::{Category, Criterion, Language, ResultDocument, TAXONOMY_VERSION},
    };

    fn posting() -> JobPosting {
        JobPosting {
            title: Some("Développeur Rust (H/F)".to_owned()),
            required_skills: ["Rust", "PostgreSQL", "Kubernetes"]
                .map(Skill::named)
                .into(),
            preferred_skills: vec![Skill::named("Anglais")],
            experience_years: Some(ExperienceRange {
                min: Some(3.0),
                max: Some(6.0),
            }),
            education: Some(Education {
                level: Some(EducationLevel::Bachelor),
                field: None,
                in_progress: None,
            }),
            ..JobPosting::default()
        }
    }

    fn candidate() -> Candidate {
        Candidate {
            title: Some("Développeuse Rust senior".to_owned()),
            skills: ["rust", "Postgres", "English", "Tricot"]
                .map(Skill::named)
                .into(),
            experience_years: Some(5.0),
            education: Some(Education {
                level: Some(EducationLevel::Master),
                field: None,
                in_progress: None,
            }),
            ..Candidate::default()
        }
    }

    fn assess(weights: Weights) -> Assessment {
        let engine = Engine::new(weights);
        engine.score(
            &engine.compile_candidate(&candidate()),
            &engine.compile_job_posting(&posting()),
        )
    }

    #[test]
    fn the_document_has_the_documented_fields() {
        let document = assess(Weights::default()).to_document(Some(123), Some(456), "T");
        let mut document: serde_json::Value = serde_json::from_str(&document).unwrap();
        for hash in ["profiles_hash", "input_hash"] {
            assert_eq!(document[hash].as_str().map(str::len), Some(64));
            document[hash] = json!("…");
        }
        let not_stated = |candidates: &str, postings: &str| {
            let reason = if candidates == postings {
                format!("Not compared, blank on both sides: {candidates}.")
            } else {
                format!("Not compared, blank on both sides: {candidates} and {postings}.")
            };
            json!({"score": null, "weight": 0.0, "unscored": "both_silent", "reason": reason})
        };
        assert_eq!(
            document,
            json!({
                "candidate_id": 123,
                "job_posting_id": 456,
                "score": 0.8992,
                "category": "excellent",
                "confidence": 0.51,
                "knockouts": [],
                "must_haves_met": [],
                "criteria": {
                    "skills": {
                        "score": 0.7857, "weight": 0.470_588, "certainty": 0.5952,
                        "matched": [
                            {"name": "PostgreSQL", "required": true, "credit": 1.0, "weight": 1.5,
                             "stated_as": "Postgres", "rung": "listed"},
                            {"name": "Rust", "required": true, "credit": 1.0, "weight": 3.0, "stated_as": "rust",
                             "rung": "in_title",
                             "evidence": {"field": "title", "quote": "Rust", "start": 13, "end": 17}},
                            {"name": "Anglais", "required": false, "credit": 1.0, "weight": 1.0,
                             "stated_as": "English", "rung": "listed"}
                        ],
                        "related": [],
                        "missing": [{"name": "Kubernetes", "required": true, "weight": 1.5}],
                        "additional": ["Tricot"]
                    },
                    "experience": {
                        "score": 1.0, "weight": 0.176_471, "certainty": 1.0,
                        "years_required": 3, "years_maximum": 6, "years_actual": 5
                    },
                    "title": {
                        "score": 1.0, "weight": 0.264_706, "certainty": 0.8,
                        "title_required": "Développeur Rust (H/F)",
                        "closest": "Développeuse Rust senior", "past": false
                    },
                    "education": {
                        "score": 1.0, "weight": 0.088_235, "certainty": 1.0,
                        "level_required": "bachelor", "level_actual": "master"
                    },
                    "languages": not_stated("languages", "languages"),
                    "location": not_stated("place or way of working", "place or way of working"),
                    "contract": not_stated("contract type", "contract type"),
                    "salary": not_stated("pay", "pay"),
                    "availability": not_stated("first day of availability", "start date"),
                    "industry": not_stated("industry", "industry"),
                    "text": {
                        "score": null, "weight": 0.0, "unscored": "candidate_silent",
                        "reason": "The candidate has no summary that speaks of work."
                    }
                },
                "strengths": [
                    "Required skills in the profile: PostgreSQL and Rust.",
                    "Current title: Développeuse Rust senior; title of the job: Développeur Rust (H/F).",
                    "5 years of experience; 3 to 6 asked.",
                    "Preferred skill in the profile: Anglais.",
                    "Education: master's degree; bachelor's degree asked."
                ],
                "gaps": [],
                "recommendation": "Excellent fit: contact the candidate; required skills to be confirmed: 1 of 3.",
                "questions": [
                    "Required, but not named word for word in your profile: Kubernetes. Can you show it, and how?"
                ],
                "not_judged": null,
                "counterfactuals": [{
                    "change": "add_skill", "name": "Kubernetes", "from": null, "to": null,
                    "scores": {"skills": 1.0}, "gain": 0.1008,
                    "sentence": "If \u{201c}Kubernetes\u{201d} is confirmed: +0.10."
                }],
                "other_changes": [],
                "coverage": 0.68,
                "weights_configured": Weights::default(),
                "weights_default": Weights::default(),
                "language": "en",
                "engine_version": ENGINE_VERSION,
                "taxonomy_version": TAXONOMY_VERSION,
                "profiles_hash": "…",
                "input_hash": "…",
                "computed_at": "T"
            })
        );
    }

    #[test]
    fn a_criterion_of_weight_0_is_shown_but_does_not_count() {
        let assessment = assess(Weights {
            skills: 0.0,
            ..Weights::default()
        });
        let document = assessment.to_document(None, None, "");
        let document: serde_json::Value = serde_json::from_str(&document).unwrap();
        let skills = &document["criteria"]["skills"];
        assert_eq!(
            (&skills["score"], &skills["weight"]),
            (&json!(0.7857), &json!(0.0))
        );
        assert_eq!(skills["missing"][0]["name"], "Kubernetes");
        assert_eq!(assessment.category(), Category::Excellent);
        assert_eq!(document["gaps"], json!([]));
        assert_eq!(
            document["recommendation"],
            "Excellent fit: contact the candidate."
        );
    }

    #[test]
    fn the_input_hash_differs_by_input_and_weights() {
        let hash = |assessment: &Assessment| {
            let document = assessment.to_document(None, None, "");
            let document: serde_json::Value = serde_json::from_str(&document).unwrap();
            document["input_hash"].as_str().unwrap().to_owned()
        };
        let engine = Engine::new(Weights::default());
        let posting = engine.compile_job_posting(&posting());
        let other = Candidate {
            max_distance_km: Some(1.0),
            ..candidate()
        };
        let one = engine.score(&engine.compile_candidate(&candidate()), &posting);
        let other = engine.score(&engine.compile_candidate(&other), &posting);
        let heavier = assess(Weights {
            skills: 0.5,
            ..Weights::default()
        });
        assert_eq!(hash(&one), hash(&assess(Weights::default())));
        assert_ne!(hash(&one), hash(&other));
        assert_ne!(hash(&one), hash(&heavier));
    }

    #[test]
    fn every_criterion_has_a_sentence_in_both_languages() {
        let document = assess(Weights::default()).to_document(None, None, "");
        let document = ResultDocument::parse(&document).unwrap();
        assert_eq!(
            document.sentence(Criterion::Skills, Language::English),
            "Required skills in the profile: PostgreSQL and Rust. Required skill not named word for word in \
             the profile: Kubernetes. Preferred skill in the profile: Anglais."
        );
        assert_eq!(
            document.sentence(Criterion::Experience, Language::French),
            "5 ans d'expérience\u{a0}; 3 à 6 demandés."
        );
        for language in Language::ALL {
            for criterion in Criterion::ALL {
                assert!(document.sentence(criterion, language).ends_with('.'));
            }
        }
    }

    #[test]
    fn a_document_with_missing_facts_is_rejected() {
        let document = assess(Weights::default()).to_document(None, None, "");
        assert!(ResultDocument::parse(&document).is_ok());
        for damaged in [
            "",
            "{}",
            &document.replace("\"weight\"", "\"wait\""),
            &document.replace("\"closest\"", "\"nearest\""),
            &document.replace("\"level_actual\":\"master\"", "\"level_actual\":\"sage\""),
        ] {
            assert!(ResultDocument::parse(damaged).is_err(), "{damaged}");
        }
    }
}
