//! Receipts: verifies that a stored result is the one that this engine computes from the stored
//! profiles.
//!
//! First the result has to be consistent: its document must follow from its own facts, and the row
//! that rankings read must follow from the document. Then the result is computed again, with the
//! same weights, and its document is compared byte for byte.

use serde_json::Value;
use tracing::error;

use super::{
    ServiceError,
    job_service::find_job,
    panics,
    profiles::{self, ScoredMatch},
    result_documents::{RESULT_REMOVED, ReportError, read_document},
};
use crate::{
    documents::DocumentStore,
    domain::{
        identifiers::JobId,
        task::{Pair, TaskState},
    },
    store::{Jobs, Profiles, Results, StoredResult},
};
use matching_engine::{
    profiles::profile_kind::ProfileKind,
    scoring::{ENGINE_VERSION, Engine, Language, ResultDocument, TAXONOMY_VERSION, Weights},
};

/// The outcome of a verification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The result is exactly what this engine computes from the stored profiles.
    Verified,
    /// A profile was changed after the computation.
    InputsChanged,
    /// Another version of the engine computed the result.
    EngineChanged,
    /// Inputs and engine are the same but the result differs: it was changed after it was computed.
    Mismatch,
    /// A profile is no longer stored.
    ProfileMissing,
    /// A stored profile can't be read.
    ProfileUnreadable,
    /// The document store no longer has the result's document.
    DocumentMissing,
    /// A newer job of the same pair has replaced the result.
    Superseded,
}

impl Outcome {
    /// All outcomes.
    pub const ALL: [Self; 8] = [
        Self::Verified,
        Self::InputsChanged,
        Self::EngineChanged,
        Self::Mismatch,
        Self::ProfileMissing,
        Self::ProfileUnreadable,
        Self::DocumentMissing,
        Self::Superseded,
    ];

    /// Returns the wire name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::InputsChanged => "inputs_changed",
            Self::EngineChanged => "engine_changed",
            Self::Mismatch => "mismatch",
            Self::ProfileMissing => "profile_missing",
            Self::ProfileUnreadable => "profile_unreadable",
            Self::DocumentMissing => "document_missing",
            Self::Superseded => "superseded",
        }
    }

    /// Explains the outcome and states what to do.
    #[must_use]
    pub fn message(self, language: Language) -> &'static str {
        match (self, language) {
            (Self::Verified, Language::English) => {
                "The stored result is, bit for bit, what this engine computes from the stored profiles."
            }
            (Self::Verified, Language::French) => {
                "Le résultat enregistré est, au bit près, ce que ce moteur calcule à partir des profils enregistrés."
            }
            (Self::InputsChanged, Language::English) => {
                "A profile was changed after this result was computed; queue the match again for a current one."
            }
            (Self::InputsChanged, Language::French) => {
                "Un profil a été modifié après le calcul de ce résultat ; relancez la mise en correspondance pour en obtenir un à jour."
            }
            (Self::EngineChanged, Language::English) => {
                "Another version of the engine computed this result; run that version to verify it, or queue the match again."
            }
            (Self::EngineChanged, Language::French) => {
                "Une autre version du moteur a calculé ce résultat ; exécutez cette version pour le vérifier, ou relancez la mise en correspondance."
            }
            (Self::Mismatch, Language::English) => {
                "The same profiles and the same engine give another result: the stored one was changed after it was computed. Find out who writes to the database, and queue the match again."
            }
            (Self::Mismatch, Language::French) => {
                "Les mêmes profils et le même moteur donnent un autre résultat : celui qui est enregistré a été modifié après son calcul. Cherchez qui écrit dans la base de données, puis relancez la mise en correspondance."
            }
            (Self::ProfileMissing, Language::English) => {
                "A profile of this result is stored no more; put it again as it was to verify the result."
            }
            (Self::ProfileMissing, Language::French) => {
                "Un profil de ce résultat n’est plus enregistré ; enregistrez-le de nouveau à l’identique pour vérifier le résultat."
            }
            (Self::ProfileUnreadable, Language::English) => {
                "A stored profile of this result can't be read; put it again."
            }
            (Self::ProfileUnreadable, Language::French) => {
                "Un profil enregistré de ce résultat est illisible ; enregistrez-le de nouveau."
            }
            (Self::DocumentMissing, Language::English) => {
                "The document of this result is gone from the document store; queue the match again."
            }
            (Self::DocumentMissing, Language::French) => {
                "Le document de ce résultat a disparu du stockage de documents ; relancez la mise en correspondance."
            }
            (Self::Superseded, Language::English) => {
                "A newer job of the same pair has replaced this result; verify that one."
            }
            (Self::Superseded, Language::French) => {
                "Un calcul plus récent de la même paire a remplacé ce résultat ; vérifiez celui-là."
            }
        }
    }
}

/// The identity of one computation, and its result.
#[derive(Debug, Clone, PartialEq)]
pub struct Computation {
    /// The job of the computation.
    pub job_id: JobId,
    /// The version of the engine, as the document states it.
    pub engine_version: Option<String>,
    /// The hash of the inputs, as the document states it.
    pub input_hash: Option<String>,
    /// The score, in [0, 1], with the weights of the computation.
    pub score: Option<f64>,
    /// The category of the score.
    pub category: Option<String>,
}

/// A receipt.
#[derive(Debug, Clone, PartialEq)]
pub struct Receipt {
    /// The outcome of the verification.
    pub outcome: Outcome,
    /// The stored result of the pair.
    pub stored: Computation,
    /// The result of the second computation, if there was one.
    pub recomputed: Option<Computation>,
}

/// The reasons why there is no receipt.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The job has no result.
    #[error("the job is {}; only a completed job has a result to verify", .0.as_str())]
    NotCompleted(TaskState),
    /// The engine panicked on the stored profiles.
    #[error("the engine panicked on the stored profiles")]
    Panicked,
    /// There is no such job or its result was removed, or a part of the service failed.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

/// Verifies the result of a job.
///
/// # Errors
/// [`VerifyError`], if the result can't be verified.
pub async fn verify(
    store: &(impl Jobs + Results + Profiles + ?Sized),
    documents: &dyn DocumentStore,
    job_id: &JobId,
) -> Result<Receipt, VerifyError> {
    let view = find_job(store, job_id).await?;
    if view.state != TaskState::Completed {
        return Err(VerifyError::NotCompleted(view.state));
    }
    let Some(stored) = store.result(view.pair).await? else {
        return Err(ServiceError::NotFound(RESULT_REMOVED.into()).into());
    };
    let document = match read_document(documents, stored.document.clone()).await {
        Ok(document) => Some(document),
        Err(ReportError::Missing { .. }) => None,
        Err(error) => return Err(ServiceError::from(error).into()),
    };
    let parsed: Value = document
        .as_deref()
        .and_then(|document| serde_json::from_slice(document).ok())
        .unwrap_or_default();
    let receipt = |outcome, recomputed| Receipt {
        outcome,
        stored: Computation::of_document(stored.job_id.clone(), &parsed),
        recomputed,
    };
    if stored.job_id != *job_id {
        return Ok(receipt(Outcome::Superseded, None));
    }
    let Some(document) = document else {
        return Ok(receipt(Outcome::DocumentMissing, None));
    };
    let claims = Claims::of(&stored, &parsed);
    let is_of_this_engine = parsed["engine_version"] == ENGINE_VERSION
        && parsed["taxonomy_version"] == TAXONOMY_VERSION;
    // A document without an engine version wasn't written by this service.
    let is_of_another = parsed["engine_version"].is_string() && !is_of_this_engine;
    if !is_of_another && !claims.agree_with(&document) {
        return Ok(receipt(Outcome::Mismatch, None));
    }
    let (kind, id) = view.pair.candidate_id.profile();
    let candidate = store.profile(kind, id).await?;
    let (kind, id) = view.pair.job_posting_id.profile();
    let posting = store.profile(kind, id).await?;
    let (Some(candidate), Some(posting)) = (candidate, posting) else {
        return Ok(receipt(Outcome::ProfileMissing, None));
    };
    let texts = (candidate.document, posting.document);
    let (pair, expected) = (view.pair, document);
    let recompute = move || recompute(&texts.0, &texts.1, pair, &claims, &expected);
    let computed = tokio::task::spawn_blocking(|| panics::catch(recompute))
        .await
        .map_err(|_| VerifyError::Panicked)?
        .map_err(|panicked| {
            error!(%panicked, "scoring panicked");
            VerifyError::Panicked
        })?;
    let Some((is_same, recomputed)) = computed else {
        return Ok(receipt(Outcome::ProfileUnreadable, None));
    };
    let recomputed = Computation::of_document(stored.job_id.clone(), &recomputed);
    let outcome = if is_same {
        Outcome::Verified
    } else if is_of_another {
        Outcome::EngineChanged
    } else if parsed["input_hash"].as_str() != recomputed.input_hash.as_deref() {
        Outcome::InputsChanged
    } else {
        Outcome::Mismatch
    };
    Ok(receipt(outcome, Some(recomputed)))
}

impl Computation {
    fn of_document(job_id: JobId, document: &Value) -> Self {
        let text = |name: &str| document[name].as_str().map(str::to_owned);
        Self {
            job_id,
            engine_version: text("engine_version"),
            input_hash: text("input_hash"),
            score: document["score"].as_f64(),
            category: text("category"),
        }
    }
}

/// The statements of a stored result about itself.
struct Claims {
    /// The weights of the computation.
    weights: Weights,
    computed_at: String,
    /// The row that belongs to the document.
    row: StoredResult,
}

impl Claims {
    fn of(stored: &StoredResult, document: &Value) -> Self {
        Self {
            // Unreadable values were changed, which the comparison will detect.
            weights: serde_json::from_value(document["weights_configured"].clone())
                .unwrap_or_default(),
            computed_at: document["computed_at"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
            row: stored.clone(),
        }
    }

    /// Returns true if the document follows from its own facts, and the row from the document.
    fn agree_with(&self, document: &[u8]) -> bool {
        let text = std::str::from_utf8(document).unwrap_or_default();
        let Ok(parsed) = ResultDocument::parse(text) else {
            return false;
        };
        let computed = parsed.reweighed(&self.weights);
        let is_itself = computed.to_text(Language::English) == text;
        let current = match self.row.weights.as_deref().map(serde_json::from_str) {
            Some(Ok(weights)) => computed.reweighed(&weights),
            Some(Err(_)) => return false,
            None => computed,
        };
        is_itself
            && is_same_number(Some(current.score()), Some(self.row.score))
            && current.category().as_str() == self.row.category
    }
}

/// Computes the result again; returns whether it equals the stored one, and its document. `None` if
/// a profile can't be read.
fn recompute(
    candidate: &str,
    posting: &str,
    pair: Pair,
    claims: &Claims,
    document: &[u8],
) -> Option<(bool, Value)> {
    let engine = Engine::new(claims.weights);
    let candidate = profiles::compile(&engine, ProfileKind::Candidate, candidate).ok()?;
    let posting = profiles::compile(&engine, ProfileKind::JobPosting, posting).ok()?;
    let assessment = profiles::score_profiles(&engine, &candidate, &posting)?;
    let computed = ScoredMatch::of(&assessment, pair, &claims.computed_at);
    let row = &claims.row;
    let is_same = computed.document.as_bytes() == document
        // Results of older versions, which stored no scores of criteria, are verified without them.
        && row.criterion_scores.as_ref().is_none_or(|kept| {
            is_same_number(row.score_cap, computed.score_cap)
                && kept.len() == computed.criterion_scores.len()
                && std::iter::zip(kept, computed.criterion_scores)
                    .all(|(kept, computed)| is_same_number(*kept, computed))
        });
    let document = serde_json::from_str(&computed.document).unwrap_or_default();
    Some((is_same, document))
}

fn is_same_number(one: Option<f64>, other: Option<f64>) -> bool {
    one.map(f64::to_bits) == other.map(f64::to_bits)
}
