//! Reweighing: the engine's arithmetic in SQL, which gives many stored results other weights
//! without reading a profile or a document.
//!
//! The statement repeats the engine step by step and gives the same bits, categories included (the
//! contract suite compares the two over many random cases). IEEE 754 doubles are added and
//! multiplied in the order of the criteria, and rounded to the nearest, halves up, spelt out
//! because PostgreSQL's `round` of a double rounds halves to even. (Scores and weights are never
//! negative, so this equals Rust's rounding of halves away from zero.) `sum` is not used: its order
//! is not guaranteed, and SQLite compensates for rounding errors in it. Each step is a materialised
//! CTE: merged into the next one, its terms would be repeated again and again.

use std::fmt::Write as _;

use sqlx_macros::FromRow;

use crate::domain::{
    identifiers::{CandidateId, JobPostingId},
    ranking::ResultScope,
    task::Pair,
};
use matching_engine::scoring::Criterion;

/// The parts of the statement that the two databases spell differently.
pub(super) struct Dialect {
    /// The sign before a parameter's number.
    pub parameter: char,
    /// Returns the expression of a criterion's score by its index, from 0.
    pub criterion_score: fn(usize) -> String,
    /// Returns the expression of the integer part of a positive number.
    pub whole: fn(&str) -> String,
    /// The function that returns the smaller of two numbers.
    pub smaller: &'static str,
    /// The clause that locks a step's rows.
    pub locking: &'static str,
}

/// Parameter numbers. Those of the shares come first; the lowest score and the name of each
/// category come last.
const SHARES: usize = Criterion::ALL.len();
const WEIGHTS: usize = SHARES + 1;
const CANDIDATE: usize = SHARES + 2;
const JOB_POSTING: usize = SHARES + 3;
const AFTER_CANDIDATE: usize = SHARES + 4;
const AFTER_JOB_POSTING: usize = SHARES + 5;
const LIMIT: usize = SHARES + 6;
const CATEGORIES: usize = SHARES + 7;

impl Dialect {
    /// Returns the statement that reweighs one step of a scope and returns its pairs. Parameters,
    /// in order: each criterion's share of the weights, the weights as JSON, the scope's candidate
    /// and job posting, the pair before the step, the upper limit of results, and for each
    /// category, best first, its lowest score and its name.
    pub(super) fn reweigh(&self, scope: ResultScope, categories: usize) -> String {
        let parameter = |number: usize| format!("{}{number}", self.parameter);
        let each = |term: &dyn Fn(usize) -> String, between: &str| {
            let terms: Vec<String> = (0..SHARES).map(term).collect();
            terms.join(between)
        };
        let scores = each(
            &|at| format!("{} AS s{at}", (self.criterion_score)(at)),
            ", ",
        );
        let compared = each(
            &|at| {
                format!(
                    "CASE WHEN s{at} IS NULL THEN 0.0 ELSE {} END",
                    parameter(at + 1)
                )
            },
            " + ",
        );
        let parts = each(
            &|at| {
                let share = parameter(at + 1);
                format!(
                    "CASE WHEN compared > 0 THEN {share} / compared * 1e6 ELSE 0.0 END AS x{at}"
                )
            },
            ", ",
        );
        let products = each(
            &|at| {
                format!(
                    "coalesce(s{at} * ({} / 1e6), 0.0)",
                    self.rounded(&format!("x{at}"))
                )
            },
            " + ",
        );
        let mut sql = format!(
            "WITH step AS MATERIALIZED (
                 SELECT candidate_id, job_posting_id, score_cap, {scores} FROM results
                 WHERE criterion_scores IS NOT NULL AND {} AND {}
                 ORDER BY candidate_id, job_posting_id LIMIT {} {}
             ), compared AS MATERIALIZED (SELECT *, {compared} AS compared FROM step
             ), parts AS MATERIALIZED (SELECT *, {parts} FROM compared
             ), totals AS MATERIALIZED (SELECT *, ({products}) * 1e4 AS total FROM parts
             ), reweighed AS MATERIALIZED (
                 SELECT candidate_id, job_posting_id,
                     {}({}({} / 1e4, 1.0), coalesce(score_cap, 1.0)) AS score
                 FROM totals)
             UPDATE results SET weights = {}, score = reweighed.score, category = CASE",
            self.in_scope(scope),
            self.after_pair(),
            parameter(LIMIT),
            self.locking,
            self.smaller,
            self.smaller,
            self.rounded("total"),
            parameter(WEIGHTS),
        );
        for category in 0..categories {
            let lowest_score = parameter(CATEGORIES + 2 * category);
            let name = parameter(CATEGORIES + 2 * category + 1);
            let _ = write!(sql, " WHEN reweighed.score >= {lowest_score} THEN {name}");
        }
        sql.push_str(
            " END
             FROM reweighed
             WHERE results.candidate_id = reweighed.candidate_id
                 AND results.job_posting_id = reweighed.job_posting_id
             RETURNING results.candidate_id, results.job_posting_id",
        );
        sql
    }

    /// Returns the expression that rounds a column to the nearest integer, halves up.
    fn rounded(&self, column: &str) -> String {
        let whole = (self.whole)(column);
        format!("({whole} + CASE WHEN {column} - {whole} >= 0.5 THEN 1.0 ELSE 0.0 END)")
    }

    /// Returns the scope as plain conditions, so that each scope can use its index.
    fn in_scope(&self, scope: ResultScope) -> String {
        let parameter = self.parameter;
        let mut conditions = vec!["true".to_owned()];
        if scope.candidate_id.is_some() {
            conditions.push(format!("candidate_id = {parameter}{CANDIDATE}"));
        }
        if scope.job_posting_id.is_some() {
            conditions.push(format!("job_posting_id = {parameter}{JOB_POSTING}"));
        }
        conditions.join(" AND ")
    }

    fn after_pair(&self) -> String {
        let parameter = self.parameter;
        format!(
            "(candidate_id, job_posting_id) > ({parameter}{AFTER_CANDIDATE}, {parameter}{AFTER_JOB_POSTING})"
        )
    }
}

/// A pair of ids.
#[derive(FromRow)]
pub(super) struct PairRow {
    candidate_id: CandidateId,
    job_posting_id: JobPostingId,
}

/// Returns the pairs of written rows in order: an UPDATE returns its rows in none.
pub(super) fn pairs_in_order(rows: Vec<PairRow>) -> Vec<Pair> {
    let mut pairs: Vec<Pair> = rows
        .into_iter()
        .map(|row| Pair {
            candidate_id: row.candidate_id,
            job_posting_id: row.job_posting_id,
        })
        .collect();
    pairs.sort_unstable();
    pairs
}
