//! Generates any number of profiles: variations of the shipped samples. Names of skills and titles
//! repeat as in practice, and no two documents are equal.
//!
//! Nothing is random: the n-th profile is the same on every machine and in every run.

use serde_json::{Map, Value, json};

/// The shipped samples that are in the service's own form.
pub struct Samples {
    candidates: Vec<Map<String, Value>>,
    job_postings: Vec<Map<String, Value>>,
}

impl Samples {
    pub fn read() -> Self {
        Self {
            candidates: of_own_form(include_str!("../../samples/candidates.ndjson")),
            job_postings: of_own_form(include_str!("../../samples/job-postings.ndjson")),
        }
    }

    /// Returns the candidate with this id, from 1: JSON text in one line.
    pub fn candidate(&self, id: i64) -> String {
        let mut draw = Draw::of(id, 1);
        let mut candidate = draw.one(&self.candidates).clone();
        vary(&mut candidate, &self.candidates, "summary", &mut draw);
        vary_list(&mut candidate, &self.candidates, "skills", &mut draw);
        candidate.insert("experience_years".to_owned(), draw.below(25).into());
        with_id(candidate, id)
    }

    /// Returns the job posting with this id, from 1.
    pub fn job_posting(&self, id: i64) -> String {
        let mut draw = Draw::of(id, 2);
        let mut posting = draw.one(&self.job_postings).clone();
        vary(&mut posting, &self.job_postings, "description", &mut draw);
        for list in ["required_skills", "preferred_skills"] {
            vary_list(&mut posting, &self.job_postings, list, &mut draw);
        }
        let least = draw.below(9);
        let years = json!({"min": least, "max": least + 4});
        posting.insert("experience_years".to_owned(), years);
        with_id(posting, id)
    }
}

/// Parses the samples without the documents in the format of JSON Resume or schema.org, whose
/// fields differ.
fn of_own_form(lines: &str) -> Vec<Map<String, Value>> {
    lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .filter(|profile: &Map<String, Value>| {
            !profile.contains_key("basics") && !profile.contains_key("@context")
        })
        .collect()
}

fn with_id(mut profile: Map<String, Value>, id: i64) -> String {
    profile.insert("id".to_owned(), id.into());
    Value::Object(profile).to_string()
}

/// Varies a profile: sometimes the title of another one; the text with one sentence less and one of
/// another profile.
fn vary(
    profile: &mut Map<String, Value>,
    others: &[Map<String, Value>],
    text: &str,
    draw: &mut Draw,
) {
    if draw.below(3) == 0
        && let Some(title) = draw.one(others).get("title")
    {
        profile.insert("title".to_owned(), title.clone());
    }
    let mut sentences = sentences(profile, text);
    if sentences.len() > 2 {
        sentences.remove(draw.index(sentences.len()));
    }
    for _ in 0..2 {
        let other = self::sentences(draw.one(others), text);
        if !other.is_empty() {
            sentences.insert(draw.index(sentences.len() + 1), draw.one(&other).clone());
        }
    }
    profile.insert(text.to_owned(), sentences.join(" ").into());
}

fn sentences(profile: &Map<String, Value>, text: &str) -> Vec<String> {
    let text = profile
        .get(text)
        .and_then(Value::as_str)
        .unwrap_or_default();
    text.split_inclusive(". ")
        .map(|sentence| sentence.trim().to_owned())
        .collect()
}

/// Keeps some of the list's entries, and adds up to three of another profile.
fn vary_list(
    profile: &mut Map<String, Value>,
    others: &[Map<String, Value>],
    list: &str,
    draw: &mut Draw,
) {
    let mut entries = entries(profile, list);
    entries.retain(|_| draw.below(5) > 0);
    let other = self::entries(draw.one(others), list);
    entries.extend(other.into_iter().take(draw.index(4)));
    profile.insert(list.to_owned(), entries.into());
}

fn entries(profile: &Map<String, Value>, list: &str) -> Vec<Value> {
    match profile.get(list) {
        Some(Value::Array(entries)) => entries.clone(),
        Some(Value::String(text)) => text.split(',').map(|entry| entry.trim().into()).collect(),
        _ => vec![],
    }
}

/// Pseudo-random numbers that are the same for the same profile (splitmix64).
struct Draw(u64);

impl Draw {
    fn of(id: i64, kind: u64) -> Self {
        Self(id.cast_unsigned().wrapping_mul(2).wrapping_add(kind) << 20)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }

    fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).unwrap()
    }

    fn one<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.index(from.len())]
    }
}
