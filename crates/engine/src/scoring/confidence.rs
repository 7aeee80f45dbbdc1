//! Confidence: the reliability of a score. It is reported beside the score and never changes it.
//!
//! Each criterion with a score has a certainty in [0, 1], which measures the amount and the
//! sharpness of its evidence. The confidence is the sum of share × certainty over the criteria with
//! a score, where the shares are the configured weights divided by their sum. A criterion without
//! data therefore adds nothing, and the confidence can be recomputed from a result document: it is
//! `coverage` × the sum of `weight` × `certainty`.
//!
//! | criterion | certainty |
//! |---|---|
//! | skills | n / (n + 2), n = stated skills + a tenth of the summary's words; times the mean over the requested skills, weighted as in the score, of 0.5 + 0.5·credit |
//! | title | n / (n + 0.25), n = stated titles (at least 1); times 0.5 + 0.5·score; times 0.8 if the title stands in the summary only |
//! | languages | mean over the required languages: 1 if it is listed, with its level if one is required, else 0.75 |
//! | location | 1 for a known distance, the same city, another country or work from anywhere, else 0.7 |
//! | industry | 0.5 + 0.5·score |
//! | text | 0.8·n / (n + 40), n = words of the summary |
//! | others | 1: both sides state a value |
//!
//! More evidence never lowers a certainty: one more skill, title or word raises n, and the credits
//! and scores that determine the sharpness are maxima over all evidence.

use super::{
    assessment::Assessment,
    criteria::{Criterion, location::Proximity},
    total::{ByCriterion, round},
};

/// The amount of evidence in a candidate's profile.
#[derive(Debug, Clone, Copy, Default)]
pub struct EvidenceCounts {
    /// Number of words in the summary.
    pub words: usize,
    /// Number of current and past titles.
    pub titles: usize,
}

/// Number of skills at which the amount factor reaches 0.5.
const HALF_OF_SKILLS: f64 = 2.0;
/// Number of words of a summary that count as much as one listed skill.
const WORDS_PER_SKILL: f64 = 10.0;
/// Number of titles, and of words of a summary, at which the amount factor reaches 0.5.
const HALF_OF_TITLES: f64 = 0.25;
const HALF_OF_WORDS: f64 = 40.0;
/// Factor for a title that only the summary names.
const TITLE_IN_SUMMARY: f64 = 0.8;
/// Certainty about a required language that isn't listed, or whose level isn't stated.
const NOT_STATED: f64 = 0.75;
/// Certainty about a place whose distance isn't known.
const DISTANCE_NOT_KNOWN: f64 = 0.7;
/// Maximum certainty about the similarity of two texts.
const NEARNESS_OF_TEXTS: f64 = 0.8;

/// Returns the certainty of each criterion, rounded to four digits; `None` without a score.
pub fn certainties(assessment: &Assessment) -> ByCriterion<Option<f64>> {
    let scores = assessment.sub_scores();
    Criterion::ALL.map(|criterion| {
        let score = scores[criterion as usize]?;
        let certainty = certainty(assessment, criterion, score);
        Some(round(certainty.clamp(0.0, 1.0), 1e4))
    })
}

/// Returns the confidence, rounded to two digits.
pub fn confidence(certainties: &ByCriterion<Option<f64>>, shares: &ByCriterion<f64>) -> f64 {
    let certain = certainties.iter().zip(shares);
    let sum: f64 = certain
        .map(|(certainty, share)| certainty.unwrap_or(0.0) * share)
        .sum();
    round(sum.clamp(0.0, 1.0), 1e2)
}

fn certainty(assessment: &Assessment, criterion: Criterion, score: f64) -> f64 {
    let (held, requested, findings) = (
        &*assessment.candidate,
        &*assessment.posting,
        &assessment.findings,
    );
    let words = count(held.evidence_counts.words);
    match criterion {
        Criterion::Skills => {
            let Ok(found) = &findings.skills else {
                return 0.0;
            };
            let amount = count(held.skills.stated.len()) + words / WORDS_PER_SKILL;
            let (mut sharp, mut total) = (0.0, 0.0);
            for (requested, credit) in requested
                .skills
                .requested
                .iter()
                .zip(&found.finding.credits)
            {
                sharp += requested.weight * sharpness(credit.credit);
                total += requested.weight;
            }
            enough(amount, HALF_OF_SKILLS) * if total > 0.0 { sharp / total } else { 0.0 }
        }
        Criterion::Title => {
            let is_in_summary =
                (findings.title.as_ref()).is_ok_and(|found| found.finding.is_in_summary());
            let by_source = if is_in_summary { TITLE_IN_SUMMARY } else { 1.0 };
            enough(count(held.evidence_counts.titles.max(1)), HALF_OF_TITLES)
                * sharpness(score)
                * by_source
        }
        Criterion::Languages => {
            let Ok(found) = &findings.languages else {
                return 0.0;
            };
            let credits = &found.finding.credits;
            let unclear = requested
                .languages
                .iter()
                .zip(credits)
                .filter(|(requested, found)| {
                    !found.is_spoken || (requested.level.is_some() && found.level.is_none())
                });
            1.0 - (1.0 - NOT_STATED) * count(unclear.count()) / count(credits.len().max(1))
        }
        Criterion::Location => {
            let proximity = (findings.location.as_ref())
                .ok()
                .and_then(|found| found.finding.proximity);
            match proximity {
                Some(Proximity::OtherCity | Proximity::SameCountry) | None => DISTANCE_NOT_KNOWN,
                Some(_) => 1.0,
            }
        }
        Criterion::Industry => sharpness(score),
        Criterion::Text => NEARNESS_OF_TEXTS * enough(words, HALF_OF_WORDS),
        // Both sides state a value.
        _ => 1.0,
    }
}

/// Returns the sharpness of evidence: 1 for a stated or equal value, lower for a similar one, 0.5
/// for its absence.
fn sharpness(credit: f64) -> f64 {
    0.5 + 0.5 * credit
}

/// Saturates from 0 for no evidence towards 1; 0.5 at `half`.
fn enough(amount: f64, half: f64) -> f64 {
    amount / (amount + half)
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
fn count(things: usize) -> f64 {
    things as f64
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::{
        profiles::{candidate::Candidate, job_posting::JobPosting},
        scoring::{Engine, Weights},
    };

    fn confidence(candidate: &Value, posting: &Value) -> f64 {
        let engine = Engine::new(Weights::default());
        let candidate = engine.compile_candidate(&Candidate::from_document(candidate).unwrap());
        let posting = engine.compile_job_posting(&JobPosting::from_document(posting).unwrap());
        let document = engine
            .score(&candidate, &posting)
            .to_document(None, None, "");
        let document: Value = serde_json::from_str(&document).unwrap();
        let stated = document["confidence"].as_f64().unwrap();
        let mut sum = 0.0;
        for (_, entry) in document["criteria"].as_object().unwrap() {
            assert_eq!(entry["certainty"].is_null(), entry["score"].is_null());
            let certainty = entry["certainty"].as_f64().unwrap_or(0.0);
            sum += certainty * entry["weight"].as_f64().unwrap();
        }
        let sum = sum * document["coverage"].as_f64().unwrap();
        assert!(
            (sum - stated).abs() <= 0.0051,
            "{sum} is stated as {stated}"
        );
        stated
    }

    #[test]
    fn each_piece_of_evidence_raises_the_confidence() {
        let posting = json!({
            "title": "Comptable", "required_skills": ["TVA", "paie"], "experience_years": 5,
            "languages": [{"code": "en", "level": "B2"}], "description": "Tenue des comptes.",
        });
        let steps = [
            json!({"title": "Comptable"}),
            json!({"title": "Comptable", "experience_years": 8}),
            json!({"title": "Comptable", "experience_years": 8, "skills": ["paie"]}),
            json!({"title": "Comptable", "experience_years": 8, "skills": ["paie", "TVA"]}),
            json!({"title": "Comptable", "experience_years": 8, "skills": ["paie", "TVA"],
                   "languages": ["anglais"]}),
            json!({"title": "Comptable", "experience_years": 8, "skills": ["paie", "TVA"],
                   "languages": ["anglais B2"]}),
            json!({"title": "Comptable", "experience_years": 8, "skills": ["paie", "TVA"],
                   "languages": ["anglais B2"], "summary": "Dix ans de comptabilité et de paie en \
                   cabinet, puis en entreprise, avec les déclarations de TVA."}),
        ];
        let confidences: Vec<f64> = steps.iter().map(|one| confidence(one, &posting)).collect();
        assert!(
            confidences.is_sorted()
                && confidences[0] > 0.1
                && confidences[6] > confidences[0] + 0.4,
            "{confidences:?}"
        );
    }

    #[test]
    fn equal_names_give_more_confidence_than_similar_ones_and_mentions() {
        let posting = json!({"required_skills": ["React"]});
        let of = |candidate: Value| confidence(&candidate, &posting);
        let same = of(json!({"skills": ["React"]}));
        let near = of(json!({"skills": ["Vue.js"]}));
        assert!(same > near && near > 0.0, "{same} {near}");
        assert!(of(json!({})).abs() < 1e-9);
    }
}
