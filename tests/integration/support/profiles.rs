//! Builders of profile documents with sensible defaults.

use serde_json::{Value, json};

/// A backend developer.
pub fn candidate(id: i64) -> Value {
    json!({
        "id": id,
        "title": "Développeur backend",
        "summary": "Dix ans de développement de services web en Rust et en Python.",
        "skills": [{"name": "Rust", "level": 4}, "PostgreSQL", "Docker"],
        "experience_years": 8,
        "languages": [{"code": "fr", "level": "native"}, {"code": "en", "level": "B2"}],
        "location": {"city": "Lyon", "country": "FR", "lat": 45.76, "lon": 4.84},
        "contract_types": ["permanent"],
    })
}

/// A posting that suits that developer; each id differs a little from the next.
pub fn job_posting(id: i64) -> Value {
    let second_skill =
        ["PostgreSQL", "Kubernetes", "Java", "Docker"][usize::try_from(id).unwrap() % 4];
    json!({
        "id": id,
        "title": "Backend developer",
        "description": "Design and run web services in Rust.",
        "required_skills": ["Rust", second_skill],
        "experience_years": {"min": 1 + id % 12},
        "languages": [{"code": "en", "level": "B1"}],
        "location": {"city": "Lyon", "country": "FR", "lat": 45.75, "lon": 4.85},
        "contract_type": "permanent",
    })
}

pub fn candidates(ids: impl IntoIterator<Item = i64>) -> Vec<Value> {
    ids.into_iter().map(candidate).collect()
}

pub fn job_postings(ids: impl IntoIterator<Item = i64>) -> Vec<Value> {
    ids.into_iter().map(job_posting).collect()
}
