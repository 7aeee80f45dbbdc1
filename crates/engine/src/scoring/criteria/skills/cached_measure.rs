//! Cached measure: scores skills of one profile against many. Results for names of the other
//! profiles are cached, because names repeat from profile to profile.

use super::{
    candidate_skills::CandidateSkills,
    compiled_skill::CompiledSkill,
    measure::{Credit, Finding, credit, measure_by},
    name::SkillName,
    relation_credit::{
        RelationCredit, RelationCredits, UncachedCredits, relation_credit, vector_credit,
    },
    requested_skills::RequestedSkills,
};
use crate::scoring::{comparison_cache::ComparisonCache, criteria::Outcome};

/// Cached credits of one candidate for requested skills. Equal requests earn equal credits.
pub struct RequestedNameCache(ComparisonCache<SkillName, RequestKey, Credit>);

/// The part of a requested skill, besides its name, that its credit depends on.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct RequestKey {
    looks_near: bool,
    level: u64,
    years: u64,
}

impl RequestKey {
    fn of(requested: &CompiledSkill) -> Self {
        // No stated number has these bits.
        let bits = |number: Option<f64>| number.map_or(u64::MAX, f64::to_bits);
        Self {
            looks_near: requested.looks_near,
            level: bits(requested.level),
            years: bits(requested.years),
        }
    }
}

impl RequestedNameCache {
    /// Creates a cache with a capacity in entries.
    pub fn with_capacity(capacity: usize) -> Self {
        Self(ComparisonCache::with_capacity(capacity))
    }

    /// Works as [`super::measure()`] does, for this candidate.
    pub fn measure(
        &mut self,
        candidate: &CandidateSkills,
        posting: &RequestedSkills,
        described: Option<f64>,
    ) -> Outcome<Finding> {
        measure_by(candidate, posting, described, |_, requested| {
            let requested = &requested.skill;
            let find = || {
                let relation_credits = UncachedCredits {
                    stated: &candidate.stated,
                    requested,
                };
                credit(candidate, requested, None, &relation_credits)
            };
            let key = RequestKey::of(requested);
            self.0
                .with(&requested.meaning, key, find, |_| 1, |credit| *credit)
        })
    }
}

/// Cached relations of candidates' skills to the skills that one posting requests.
pub struct CandidateNameCache {
    names: ComparisonCache<SkillName, CandidateSkillKey, NameCredits>,
    /// For each requested skill, its relations to the current candidate's skills.
    cached: Vec<CachedCredits>,
}

/// The part of a stated skill, besides its name, that its relations depend on.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct CandidateSkillKey {
    is_licence: bool,
    looks_near: bool,
}

/// Relations of a name to the requested skills, given by index; usually empty.
#[derive(Default)]
struct NameCredits {
    by_name: Vec<(usize, RelationCredit)>,
    by_vector: Vec<(usize, f64)>,
}

impl NameCredits {
    fn of(held: &CompiledSkill, posting: &RequestedSkills) -> Self {
        let mut credits = Self::default();
        for (place, requested) in posting.requested.iter().enumerate() {
            if let Some(relation_credit) = relation_credit(held, &requested.skill) {
                credits.by_name.push((place, relation_credit));
            }
            let vector_credit = vector_credit(held, &requested.skill);
            if vector_credit > 0.0 {
                credits.by_vector.push((place, vector_credit));
            }
        }
        credits
    }
}

/// The relations of the current candidate's skills to one requested skill.
#[derive(Default)]
struct CachedCredits {
    by_name: Vec<(usize, RelationCredit)>,
    by_vector: Vec<(usize, f64)>,
}

impl RelationCredits for CachedCredits {
    fn by_name(&self) -> impl Iterator<Item = (usize, RelationCredit)> {
        self.by_name.iter().copied()
    }

    fn by_vector(&self) -> impl Iterator<Item = (usize, f64)> {
        self.by_vector.iter().copied()
    }

    fn by_name_at(&self, at: usize) -> Option<RelationCredit> {
        let place = self
            .by_name
            .binary_search_by_key(&at, |entry| entry.0)
            .ok()?;
        Some(self.by_name[place].1)
    }
}

impl CandidateNameCache {
    /// Creates a cache with a capacity in entries.
    pub fn with_capacity(capacity: usize) -> Self {
        Self {
            names: ComparisonCache::with_capacity(capacity),
            cached: Vec::new(),
        }
    }

    /// Works as [`super::measure()`] does, for this posting.
    pub fn measure(
        &mut self,
        candidate: &CandidateSkills,
        posting: &RequestedSkills,
        described: Option<f64>,
    ) -> Outcome<Finding> {
        self.cached
            .resize_with(posting.requested.len(), CachedCredits::default);
        for cached in &mut self.cached {
            cached.by_name.clear();
            cached.by_vector.clear();
        }
        for (at, held) in candidate.stated.iter().enumerate() {
            let key = CandidateSkillKey {
                is_licence: held.is_licence,
                looks_near: held.looks_near,
            };
            let find = || NameCredits::of(held, posting);
            let entries =
                |credits: &NameCredits| 1 + (credits.by_name.len() + credits.by_vector.len()) / 4;
            self.names
                .with(&held.meaning, key, find, entries, |credits| {
                    for (place, relation_credit) in &credits.by_name {
                        self.cached[*place].by_name.push((at, *relation_credit));
                    }
                    for (place, vector_credit) in &credits.by_vector {
                        self.cached[*place].by_vector.push((at, *vector_credit));
                    }
                });
        }
        let cached = &self.cached;
        measure_by(candidate, posting, described, |place, requested| {
            credit(candidate, &requested.skill, None, &cached[place])
        })
    }
}
