//! Scores one profile against many. Bit-identical to scoring each pair separately, but faster: work
//! on the fixed profile and on pairs of names is cached.
//!
//! A comparison belongs to one thread and one set of weights. Its two caches are bounded
//! (see [`comparison_cache::CAPACITY`]).

use std::sync::Arc;

use super::{
    assessment::Assessment,
    comparison_cache::{self, ComparisonCache},
    criteria::{
        skills::{CandidateNameCache, RequestedNameCache},
        text::{CandidateTables, WorkTables},
        title::Title,
    },
    engine::{
        CandidateForm, CompiledCandidate, CompiledJobPosting, Engine, FoundOfTitle, PostingForm,
        Settings, assess,
    },
};

/// Compares one candidate with many job postings.
pub struct CandidateComparison {
    settings: Arc<Settings>,
    candidate: Arc<CandidateForm>,
    text: CandidateTables,
    titles: ComparisonCache<Title, (), CachedForTitle>,
    skills: RequestedNameCache,
}

/// All findings that depend only on the posting's title, for the fixed candidate.
#[derive(Clone, Copy)]
struct CachedForTitle {
    /// Its similarity, and the years of experience that count for it.
    of_title: FoundOfTitle,
    /// The largest cosine of the candidate's text with the texts of the title's occupations.
    cosine: f64,
}

/// Compares one job posting with many candidates.
pub struct JobPostingComparison {
    settings: Arc<Settings>,
    posting: Arc<PostingForm>,
    text: WorkTables,
    /// Similarity of the work of a candidate's title to that of the posting's title, in [0, 1].
    titles: ComparisonCache<Title, (), f64>,
    skills: CandidateNameCache,
}

impl Engine {
    /// Prepares to score one candidate against many postings.
    #[must_use]
    pub fn compare_candidate(&self, candidate: &CompiledCandidate) -> CandidateComparison {
        self.compare_candidate_with_capacity(candidate, comparison_cache::CAPACITY)
    }

    /// Prepares to score one posting against many candidates.
    #[must_use]
    pub fn compare_job_posting(&self, posting: &CompiledJobPosting) -> JobPostingComparison {
        self.compare_job_posting_with_capacity(posting, comparison_cache::CAPACITY)
    }

    /// Compares like [`compare_candidate`](Self::compare_candidate), with this many entries in each
    /// of its two caches: tests make them overflow.
    pub(super) fn compare_candidate_with_capacity(
        &self,
        candidate: &CompiledCandidate,
        capacity: usize,
    ) -> CandidateComparison {
        CandidateComparison {
            settings: Arc::clone(&self.settings),
            text: CandidateTables::of(&candidate.0.text),
            titles: ComparisonCache::with_capacity(capacity),
            skills: RequestedNameCache::with_capacity(capacity),
            candidate: Arc::clone(&candidate.0),
        }
    }

    /// Compares like [`compare_job_posting`](Self::compare_job_posting), with this many entries in
    /// each of its two caches: tests make them overflow.
    pub(super) fn compare_job_posting_with_capacity(
        &self,
        posting: &CompiledJobPosting,
        capacity: usize,
    ) -> JobPostingComparison {
        JobPostingComparison {
            settings: Arc::clone(&self.settings),
            text: WorkTables::of(&posting.0.text),
            titles: ComparisonCache::with_capacity(capacity),
            skills: CandidateNameCache::with_capacity(capacity),
            posting: Arc::clone(&posting.0),
        }
    }
}

impl CandidateComparison {
    /// Scores one pair; same result as [`Engine::score`].
    #[must_use]
    pub fn score(&mut self, posting: &CompiledJobPosting) -> Assessment {
        let (held, requested) = (&self.candidate, &posting.0);
        let found = match &requested.title {
            None => CachedForTitle {
                of_title: FoundOfTitle::of(held, None, |_, _| 0.0),
                cosine: 0.0,
            },
            Some(title) => {
                let find = || CachedForTitle {
                    of_title: FoundOfTitle::of(held, Some(title), |held, requested| {
                        held.work_similarity(requested)
                    }),
                    cosine: self.text.largest_cosine(title.words()),
                };
                self.titles.with(title, (), find, |_| 1, |found| *found)
            }
        };
        let text = self.text.measure(&held.text, &requested.text, found.cosine);
        let skills = &mut self.skills;
        assess(
            &self.settings,
            held,
            requested,
            text,
            found.of_title,
            |described| skills.measure(&held.skills, &requested.skills, described),
        )
    }
}

impl JobPostingComparison {
    /// Scores one pair; same result as [`Engine::score`].
    #[must_use]
    pub fn score(&mut self, candidate: &CompiledCandidate) -> Assessment {
        let (held, requested) = (&candidate.0, &self.posting);
        let text = self.text.measure(&held.text, &requested.text);
        let titles = &mut self.titles;
        let title = FoundOfTitle::of(held, requested.title.as_deref(), |held, requested| {
            titles.with(
                held,
                (),
                || held.work_similarity(requested),
                |_| 1,
                |similarity| *similarity,
            )
        });
        let skills = &mut self.skills;
        assess(&self.settings, held, requested, text, title, |described| {
            skills.measure(&held.skills, &requested.skills, described)
        })
    }
}
