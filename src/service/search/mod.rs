//! Search: compares one profile with all stored ones of the other kind, exactly. No estimate
//! excludes a pair: the engine scores each of them, and a bounded heap keeps the top matches.
//!
//! The stored profiles are held in memory, compiled ([`ProfileIndex`]). If there are more than the
//! process may hold, they are read from the database page by page, which takes longer. In both
//! cases a search sees every write that was answered before the search began.

mod facts;
mod filters;
mod index;
mod ranking;

use std::sync::Arc;

use chrono::NaiveDate;
use tokio_util::sync::CancellationToken;

pub use self::{
    filters::{FILTERED_ID_LIMIT, Filters},
    index::ProfileIndex,
};
use self::{
    index::{Held, IndexedProfile},
    ranking::Ranking,
};
use super::{
    computation_slots::{ComputationSlot, ComputationSlots},
    immediate_match::{ImmediateMatchError, ProfileSource, load},
    parallel,
    profiles::{self, CompiledProfile},
};
use crate::{
    domain::identifiers::ProfileId,
    outage::with_causes,
    store::{CriterionScores, Profiles},
};
use matching_engine::{
    profiles::{profile_document::ProfileDocument, profile_kind::ProfileKind},
    scoring::{Category, Engine, Language, Weights},
};

/// The number of profiles read at a time if they aren't held in memory.
const PAGE: u32 = 2_000;
/// The number of profiles that are compared between two checks whether the caller is still there.
const CHECK_EVERY: usize = 256;
/// The maximum number of concurrent searches; each uses all cores.
const SEARCHES_AT_ONCE: usize = 2;

/// The resources of searches.
pub struct SearchEngine {
    stored: Arc<dyn Profiles>,
    candidates: ProfileIndex,
    job_postings: ProfileIndex,
    slots: ComputationSlots,
}

/// A checked request.
#[derive(Debug)]
pub struct Search {
    /// The kind of the profile that the others are compared with.
    pub subject_kind: ProfileKind,
    /// The source of that profile.
    pub subject: ProfileSource,
    /// The weights to score with.
    pub weights: Weights,
    /// The number of top matches to return, at least 1.
    pub top: usize,
    /// The minimum score of a match, in [0, 1].
    pub min_score: f64,
    /// The filters that a counterpart has to pass.
    pub filters: Filters,
    /// The language of the result documents of the top matches; `None` for no documents.
    pub explain: Option<Language>,
    /// The time of computation that the documents state.
    pub computed_at: String,
    /// The day until which open jobs last, in a subject that comes with the search.
    pub received_on: NaiveDate,
}

/// The outcome of a search.
#[derive(Debug)]
pub struct Found {
    /// The subject's id, if it has one.
    pub subject_id: Option<ProfileId>,
    /// The number of counterparts that were checked, which is all of them.
    pub searched: usize,
    /// The number of counterparts that pass the filters and reach the minimum score.
    pub matched: usize,
    /// The number of counterparts whose stored document can't be read.
    pub unreadable: usize,
    /// The top matches, best first; equal scores by increasing id.
    pub matches: Vec<FoundMatch>,
}

/// One match of a search.
#[derive(Debug)]
pub struct FoundMatch {
    /// The id of the counterpart.
    pub id: ProfileId,
    /// The score, in [0, 1], to four digits.
    pub score: f64,
    /// The category of the score.
    pub category: Category,
    /// The score of each criterion.
    pub criterion_scores: CriterionScores,
    /// The result document, if requested.
    pub document: Option<String>,
}

/// The running counts of a search.
#[derive(Default)]
struct Progress {
    searched: usize,
    matched: usize,
    unreadable: usize,
    ranking: Ranking,
}

/// The data that all threads of a search share.
struct Comparison {
    engine: Engine,
    subject: CompiledProfile,
    filters: Filters,
    min_score: f64,
    top: usize,
    /// Cancelled if nobody waits for the answer any more.
    abandoned: CancellationToken,
}

impl SearchEngine {
    /// Creates a search engine over this store. Holds at most `held_profiles` profiles of each kind in
    /// memory.
    pub fn new(stored: Arc<dyn Profiles>, held_profiles: u32) -> Self {
        let index = |kind| ProfileIndex::new(Arc::clone(&stored), kind, held_profiles);
        Self {
            candidates: index(ProfileKind::Candidate),
            job_postings: index(ProfileKind::JobPosting),
            slots: ComputationSlots::new(SEARCHES_AT_ONCE),
            stored,
        }
    }

    /// Fills the index before the first search needs it. After a failure, that search fills it.
    pub async fn warm_up(&self) {
        for index in [&self.candidates, &self.job_postings] {
            if let Err(error) = index.current().await {
                tracing::warn!(
                    error = with_causes(&error),
                    "the search index is not loaded; the first search loads it"
                );
            }
        }
    }

    /// Runs a search, which ends early if its future is dropped.
    ///
    /// # Errors
    /// [`ImmediateMatchError`]: the subject is not stored or can't be read, the database failed, or
    /// too many searches wait.
    pub async fn search(&self, search: Search) -> Result<Found, ImmediateMatchError> {
        let slot = Arc::new(self.slots.enter().await?);
        let abandoned = CancellationToken::new();
        let _ends_with_this_call = abandoned.clone().drop_guard();
        let kind = search.subject_kind;
        let document = load(&*self.stored, kind, search.subject, search.received_on).await?;
        let engine = Engine::new(search.weights);
        let subject = profiles::compile_document(&engine, kind, &ProfileDocument::of(&document))
            .map_err(|faults| ImmediateMatchError::Faults { kind, faults })?;
        let subject_id = document["id"].as_i64();
        let subject_id = subject_id.and_then(|id| ProfileId::try_from(id).ok());
        let index = match kind.counterpart() {
            ProfileKind::Candidate => &self.candidates,
            ProfileKind::JobPosting => &self.job_postings,
        };
        let comparison = Arc::new(Comparison {
            engine,
            subject,
            filters: search.filters,
            min_score: search.min_score,
            top: search.top,
            abandoned,
        });
        let progress = match index.current().await? {
            Held::All(profiles) => compare(&comparison, &slot, profiles).await?,
            Held::TooMany => compare_pages(&comparison, &slot, index).await?,
        };
        let explain = search
            .explain
            .map(|language| (language, search.computed_at));
        let (searched, matched, unreadable) =
            (progress.searched, progress.matched, progress.unreadable);
        let telling = tokio::task::spawn_blocking(move || {
            comparison.tell(progress.ranking, subject_id, explain.as_ref())
        });
        Ok(Found {
            subject_id,
            searched,
            matched,
            unreadable,
            matches: telling.await.map_err(|_| ImmediateMatchError::Panicked)?,
        })
    }
}

/// Scores counterparts that are in memory.
async fn compare(
    comparison: &Arc<Comparison>,
    slot: &Arc<ComputationSlot>,
    profiles: Arc<[Arc<IndexedProfile>]>,
) -> Result<Progress, ImmediateMatchError> {
    let (comparison, slot) = (Arc::clone(comparison), Arc::clone(slot));
    let comparing = tokio::task::spawn_blocking(move || {
        // Threads can't be interrupted: the slot is free when they have ended.
        let _slot = slot;
        let parts = parallel::for_each_part(&profiles, |part| comparison.compare_part(part));
        parts.into_iter().fold(Progress::default(), |all, part| {
            all.with(part, comparison.top)
        })
    });
    comparing.await.map_err(|_| ImmediateMatchError::Panicked)
}

/// Scores the counterparts in pages from the database, each read after the search began.
async fn compare_pages(
    comparison: &Arc<Comparison>,
    slot: &Arc<ComputationSlot>,
    index: &ProfileIndex,
) -> Result<Progress, ImmediateMatchError> {
    let mut progress = Progress::default();
    let mut after = None;
    loop {
        let profiles = index.page_after(after, PAGE).await?;
        let Some(last) = profiles.last() else {
            return Ok(progress);
        };
        after = Some(last.id);
        let part = compare(comparison, slot, profiles).await?;
        progress = progress.with(part, comparison.top);
    }
}

impl Progress {
    fn with(self, other: Self, top: usize) -> Self {
        Self {
            searched: self.searched + other.searched,
            matched: self.matched + other.matched,
            unreadable: self.unreadable + other.unreadable,
            ranking: self.ranking.with(other.ranking, top),
        }
    }
}

impl Comparison {
    fn compare_part(&self, profiles: &[Arc<IndexedProfile>]) -> Progress {
        let mut progress = Progress::default();
        let mut comparison = profiles::Comparison::of(&self.engine, &self.subject);
        for profile in profiles {
            if progress.searched.is_multiple_of(CHECK_EVERY) && self.abandoned.is_cancelled() {
                break;
            }
            progress.searched += 1;
            let Some((compiled, facts)) = &profile.content else {
                progress.unreadable += 1;
                continue;
            };
            if !self.filters.hold(&self.engine, profile.id, compiled, facts) {
                continue;
            }
            // A subject and a counterpart never have the same kind.
            let Some(assessment) = comparison.score(compiled) else {
                continue;
            };
            if assessment.score() >= self.min_score {
                progress.matched += 1;
                progress
                    .ranking
                    .offer(assessment.score(), profile, self.top);
            }
        }
        progress
    }

    /// Scores the ranked profiles once more, for their details.
    fn tell(
        &self,
        ranking: Ranking,
        subject_id: Option<ProfileId>,
        explain: Option<&(Language, String)>,
    ) -> Vec<FoundMatch> {
        let best = ranking.into_best_first();
        let mut comparison = profiles::Comparison::of(&self.engine, &self.subject);
        let told = best.into_iter().filter_map(|profile| {
            let (compiled, _) = profile.content.as_ref()?;
            let assessment = comparison.score(compiled)?;
            let (candidate_id, job_posting_id) = match self.subject {
                CompiledProfile::Candidate(_) => (subject_id, Some(profile.id)),
                CompiledProfile::JobPosting(_) => (Some(profile.id), subject_id),
            };
            Some(FoundMatch {
                id: profile.id,
                score: assessment.score(),
                category: assessment.category(),
                criterion_scores: assessment.sub_scores(),
                document: explain.map(|(language, computed_at)| {
                    assessment.to_document_in(
                        *language,
                        candidate_id.map(ProfileId::number),
                        job_posting_id.map(ProfileId::number),
                        computed_at,
                    )
                }),
            })
        });
        told.collect()
    }
}
