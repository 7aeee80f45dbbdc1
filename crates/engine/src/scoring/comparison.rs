//! Scores one profile against many. Bit-identical to scoring each pair separately, but faster: work
//! on the fixed profile and on pairs of names is cached.
//!
//! A comparison belongs to one thread and one set of weights. Its cache is bounded (see
//! [`memory::ROOM`]).

use std::sync::Arc;

use super::{
    assessment::Assessment,
    criteria::{
        skills::{AskedNames, HeldNames},
        text::{CandidateTables, WorkTables},
        title::Title,
    },
    engine::{
        CandidateForm, CompiledCandidate, CompiledJobPosting, Engine, FoundOfTitle, PostingForm,
        Settings, assess,
    },
    memory::{self, Memory},
};

/// Compares one candidate with many job postings.
pub struct CandidateComparison {
    settings: Arc<Settings>,
    candidate: Arc<CandidateForm>,
    text: CandidateTables,
    titles: Memory<Title, (), FoundByTitle>,
    skills: AskedNames,
}

/// Cached findings about one posting's title for the fixed candidate.
#[derive(Clone, Copy)]
struct FoundByTitle {
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
    titles: Memory<Title, (), f64>,
    skills: HeldNames,
}

impl Engine {
    /// Prepares to score one candidate against many postings.
    #[must_use]
    pub fn compare_candidate(&self, candidate: &CompiledCandidate) -> CandidateComparison {
        self.compare_candidate_with_room(candidate, memory::ROOM)
    }

    /// Prepares to score one posting against many candidates.
    #[must_use]
    pub fn compare_job_posting(&self, posting: &CompiledJobPosting) -> JobPostingComparison {
        self.compare_job_posting_with_room(posting, memory::ROOM)
    }

    pub(super) fn compare_candidate_with_room(
        &self,
        candidate: &CompiledCandidate,
        room: usize,
    ) -> CandidateComparison {
        CandidateComparison {
            settings: Arc::clone(&self.settings),
            text: CandidateTables::of(&candidate.0.text),
            titles: Memory::with_room(room),
            skills: AskedNames::with_room(room),
            candidate: Arc::clone(&candidate.0),
        }
    }

    pub(super) fn compare_job_posting_with_room(
        &self,
        posting: &CompiledJobPosting,
        room: usize,
    ) -> JobPostingComparison {
        JobPostingComparison {
            settings: Arc::clone(&self.settings),
            text: WorkTables::of(&posting.0.text),
            titles: Memory::with_room(room),
            skills: HeldNames::with_room(room),
            posting: Arc::clone(&posting.0),
        }
    }
}

impl CandidateComparison {
    /// Scores one pair; same result as [`Engine::score`].
    #[must_use]
    pub fn score(&mut self, posting: &CompiledJobPosting) -> Assessment {
        let (held, asked) = (&self.candidate, &posting.0);
        let found = match &asked.title {
            None => FoundByTitle {
                of_title: FoundOfTitle::of(held, None, |_, _| 0.0),
                cosine: 0.0,
            },
            Some(title) => {
                let find = || FoundByTitle {
                    of_title: FoundOfTitle::of(held, Some(title), |held, asked| {
                        held.likeness_of_work(asked)
                    }),
                    cosine: self.text.largest_cosine(title.words()),
                };
                self.titles.with(title, (), find, |_| 1, |found| *found)
            }
        };
        let text = self.text.measure(&held.text, &asked.text, found.cosine);
        let skills = &mut self.skills;
        assess(
            &self.settings,
            held,
            asked,
            text,
            found.of_title,
            |described| skills.measure(&held.skills, &asked.skills, described),
        )
    }
}

impl JobPostingComparison {
    /// Scores one pair; same result as [`Engine::score`].
    #[must_use]
    pub fn score(&mut self, candidate: &CompiledCandidate) -> Assessment {
        let (held, asked) = (&candidate.0, &self.posting);
        let text = self.text.measure(&held.text, &asked.text);
        let titles = &mut self.titles;
        let title = FoundOfTitle::of(held, asked.title.as_deref(), |held, asked| {
            titles.with(
                held,
                (),
                || held.likeness_of_work(asked),
                |_| 1,
                |likeness| *likeness,
            )
        });
        let skills = &mut self.skills;
        assess(&self.settings, held, asked, text, title, |described| {
            skills.measure(&held.skills, &asked.skills, described)
        })
    }
}
