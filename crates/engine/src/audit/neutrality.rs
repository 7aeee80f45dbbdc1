//! Compares scores of perturbed candidates with those of the unchanged candidates.

use serde_json::Value;

use super::perturbations::Perturbation;
use crate::{
    profiles::{
        candidate::Candidate, foreign_documents::normalise, profile_fault::ProfileFault,
        profile_kind::ProfileKind,
    },
    scoring::{CompiledJobPosting, Engine},
};

/// Maximum number of deviations kept for one perturbation; all are counted.
const KEPT_DEVIATIONS: usize = 20;

/// An audit of an engine, fed one candidate at a time.
pub struct Neutrality<'e> {
    engine: &'e Engine,
    /// Postings with the labels under which they are reported.
    job_postings: &'e [(String, CompiledJobPosting)],
    tallies: [PerturbationTally; Perturbation::ALL.len()],
}

/// The results of one perturbation.
#[derive(Debug, Clone, Default)]
pub struct PerturbationTally {
    /// Number of perturbed documents.
    pub variants: usize,
    /// Number of perturbed documents that read to the very same engine input, so that the engine
    /// can't react.
    pub same_input: usize,
    /// Number of scores compared for the other documents.
    pub compared: usize,
    /// Number of scores that differ.
    pub deviating: usize,
    /// The largest difference between two scores.
    pub largest: f64,
    /// The first deviations, at most 20.
    pub deviations: Vec<Deviation>,
}

/// A score that a perturbation changed, or a profile that it made unreadable.
#[derive(Debug, Clone, PartialEq)]
pub struct Deviation {
    /// The candidate's label.
    pub candidate: String,
    /// The job posting's label.
    pub job_posting: String,
    /// The score of the unchanged candidate.
    pub before: f64,
    /// The score of the perturbed candidate; `None` if its document could not be read.
    pub after: Option<f64>,
}

impl<'e> Neutrality<'e> {
    /// Starts an audit against these postings.
    #[must_use]
    pub fn new(engine: &'e Engine, job_postings: &'e [(String, CompiledJobPosting)]) -> Self {
        Self {
            engine,
            job_postings,
            tallies: Default::default(),
        }
    }

    /// Audits one candidate document, in the native format or JSON Resume. Returns the scores of
    /// the unchanged candidate, in the order of the postings.
    ///
    /// # Errors
    /// Returns every fault of the document, in which case nothing is tallied.
    pub fn audit(&mut self, label: &str, document: &Value) -> Result<Vec<f64>, Vec<ProfileFault>> {
        let candidate = read(document)?;
        let scores = self.scores(&candidate);
        for (perturbation, tally) in Perturbation::ALL.into_iter().zip(0..) {
            for variant in perturbation.variants(document) {
                let perturbed = read(&variant);
                let is_same = perturbed
                    .as_ref()
                    .is_ok_and(|perturbed| *perturbed == candidate);
                let after = match perturbed {
                    Ok(perturbed) if !is_same => Some(self.scores(&perturbed)),
                    _ => None,
                };
                let neutral = perturbation
                    .neutral_twin(document, &variant)
                    .filter(|_| !is_same)
                    .and_then(|twin| read(&twin).ok())
                    .map(|twin| self.scores(&twin));
                let Some(tally) = self.tallies.get_mut(tally) else {
                    continue;
                };
                tally.variants += 1;
                tally.same_input += usize::from(is_same);
                if is_same {
                    continue;
                }
                for (at, (before, (job_posting, _))) in
                    scores.iter().zip(self.job_postings).enumerate()
                {
                    let after = after.as_ref().and_then(|after| after.get(at).copied());
                    // A sentence about a private matter may dilute a text as much as a neutral
                    // sentence does, but may not cost more.
                    let before = match (&neutral, after) {
                        (Some(neutral), Some(after)) => {
                            let least = neutral.get(at).copied().unwrap_or(*before).min(*before);
                            if after >= least { after } else { least }
                        }
                        _ => *before,
                    };
                    tally.compare(Deviation {
                        candidate: label.to_owned(),
                        job_posting: job_posting.clone(),
                        before,
                        after,
                    });
                }
            }
        }
        Ok(scores)
    }

    /// Scores a candidate document without auditing it. Returns the scores in the order of the
    /// postings.
    ///
    /// # Errors
    /// Returns every fault of the document.
    pub fn score(&self, document: &Value) -> Result<Vec<f64>, Vec<ProfileFault>> {
        Ok(self.scores(&read(document)?))
    }

    fn scores(&self, candidate: &Candidate) -> Vec<f64> {
        let candidate = self.engine.compile_candidate(candidate);
        self.job_postings
            .iter()
            .map(|(_, job_posting)| self.engine.score(&candidate, job_posting).score())
            .collect()
    }

    /// Returns each perturbation with its results.
    pub fn tallies(&self) -> impl Iterator<Item = (Perturbation, &PerturbationTally)> {
        Perturbation::ALL.into_iter().zip(&self.tallies)
    }

    /// True if no score differs.
    #[must_use]
    pub fn is_neutral(&self) -> bool {
        self.tallies.iter().all(|tally| tally.deviating == 0)
    }
}

impl PerturbationTally {
    fn compare(&mut self, found: Deviation) {
        self.compared += 1;
        let difference = found
            .after
            .map_or(1.0, |after| (after - found.before).abs());
        // Scores are rounded to 4 digits, so equal scores have equal bits.
        if difference > 0.0 {
            self.deviating += 1;
            self.largest = self.largest.max(difference);
            if self.deviations.len() < KEPT_DEVIATIONS {
                self.deviations.push(found);
            }
        }
    }
}

fn read(document: &Value) -> Result<Candidate, Vec<ProfileFault>> {
    Candidate::from_document(&normalise(ProfileKind::Candidate, document.clone(), None))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Deviation, Neutrality, PerturbationTally};
    use crate::{
        audit::Perturbation,
        profiles::job_posting::JobPosting,
        scoring::{Engine, Weights},
    };

    fn is_private(perturbation: Perturbation) -> bool {
        use Perturbation::{Disability, Leave, Religion};
        matches!(perturbation, Leave | Disability | Religion)
    }

    #[test]
    fn changing_personal_details_keeps_the_score() {
        let engine = Engine::new(Weights::default());
        let posting = json!({"title": "Développeur Rust", "description": "Du Rust à Lyon.",
                             "required_skills": ["Rust"], "location": "Lyon"});
        let posting = engine.compile_job_posting(&JobPosting::from_document(&posting).unwrap());
        let postings = [("1".to_owned(), posting)];
        let mut audit = Neutrality::new(&engine, &postings);
        let candidate = json!({
            "name": "Marie Dupont", "title": "Développeuse Rust", "skills": ["Rust"],
            "summary": "Je m'appelle Marie, 39 ans. Développeuse motivée.", "location": "69003 Lyon",
        });
        let scores = audit.audit("7", &candidate).unwrap();
        assert!(scores[0] > 0.5);
        for (perturbation, tally) in audit.tallies() {
            assert!(tally.variants > 0, "{perturbation:?}");
            if is_private(perturbation) {
                continue;
            }
            assert_eq!(tally.deviations, [], "{perturbation:?}");
            let reaches_engine = perturbation == Perturbation::GenderedForms;
            assert!(reaches_engine || tally.same_input == tally.variants);
            assert_eq!(tally.compared > 0, tally.same_input < tally.variants);
        }
        assert!(audit.audit("8", &json!({"skills": 5})).is_err());
    }

    #[test]
    fn private_circumstances_cost_no_more_than_a_neutral_sentence() {
        let engine = Engine::new(Weights::default());
        let postings: Vec<_> = [
            json!({"title": "Comptable", "required_skills": ["TVA", "paie"],
                   "description": "Tenue de la comptabilité, déclarations de TVA, paie."}),
            json!({"title": "Software developer", "required_skills": ["Python"],
                   "description": "You write web services in Python and run them."}),
        ]
        .iter()
        .zip(0..)
        .map(|(posting, at)| {
            let posting = JobPosting::from_document(posting).unwrap();
            (at.to_string(), engine.compile_job_posting(&posting))
        })
        .collect();
        let mut audit = Neutrality::new(&engine, &postings);
        for candidate in [
            json!({"title": "Comptable", "skills": ["TVA"],
                   "summary": "Huit ans de comptabilité et de paie en cabinet."}),
            json!({"summary": "Python developer for six years, web services and databases."}),
            json!({"title": "Comptable", "skills": ["paie", "TVA"]}),
        ] {
            audit.audit("1", &candidate).unwrap();
        }
        for (perturbation, tally) in audit.tallies() {
            if is_private(perturbation) {
                assert!(tally.variants > 0, "{perturbation:?}");
                assert_eq!(tally.deviations, [], "{perturbation:?}");
            }
        }
    }

    #[test]
    fn changing_personal_details_keeps_the_scores_of_samples() {
        let engine = Engine::new(Weights::default());
        let documents = |file: &'static str| {
            file.lines()
                .map(|line| serde_json::from_str::<Value>(line).unwrap())
        };
        let postings = documents(include_str!("../../../../samples/job-postings.ndjson"))
            .step_by(12)
            .map(|posting| {
                let read = JobPosting::from_document(&posting).unwrap();
                (posting["id"].to_string(), engine.compile_job_posting(&read))
            })
            .collect::<Vec<_>>();
        let mut audit = Neutrality::new(&engine, &postings);
        for candidate in documents(include_str!("../../../../samples/candidates.ndjson")) {
            audit
                .audit(&candidate["id"].to_string(), &candidate)
                .unwrap();
        }
        for (perturbation, tally) in audit.tallies() {
            assert!(tally.variants > 0, "{perturbation:?}");
            assert_eq!(tally.deviations, [], "{perturbation:?}");
        }
    }

    #[test]
    fn every_deviation_is_counted_and_the_first_are_listed() {
        let mut tally = PerturbationTally::default();
        let found = |after| Deviation {
            candidate: "1".to_owned(),
            job_posting: "2".to_owned(),
            before: 0.5,
            after,
        };
        tally.compare(found(Some(0.5)));
        for _ in 0..30 {
            tally.compare(found(Some(0.4)));
        }
        tally.compare(found(None));
        assert_eq!((tally.compared, tally.deviating), (32, 31));
        assert_eq!(
            (tally.deviations.len(), tally.largest.to_bits()),
            (20, 1.0_f64.to_bits())
        );
    }
}
