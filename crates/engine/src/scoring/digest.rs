//! Fingerprints of scored inputs.
//!
//! A profile's digest covers every field that the engine sees, and nothing else. Lists are sorted
//! first, and each value is tagged and length-prefixed, so that two profiles share a digest only if
//! the engine can't tell them apart. `profiles_hash` covers the two digests, `input_hash` that hash
//! and the weights. With the same engine version, the same `input_hash` means the same document,
//! except for ids and time.

use ring::digest::{Context, SHA256};

use super::{criteria::Criterion, weights::Weights};
use crate::profiles::{
    candidate::Candidate,
    contract::ContractType,
    education::{Education, EducationLevel},
    encoding::Encoding,
    job_posting::JobPosting,
    language::{LanguageLevel, LanguageSkill},
    location::{Location, RemoteMode, RemotePreference},
    occupation_code::OccupationCode,
    position::{Position, WorkedTime},
    salary::SalaryRange,
    skill::Skill,
};

/// A SHA-256 digest.
pub type Digest = [u8; 32];

struct Canonical(Context);

impl Canonical {
    fn new(kind: &str) -> Self {
        let mut canonical = Self(Context::new(&SHA256));
        canonical.text("kind", Some(kind));
        canonical
    }

    fn bytes(&mut self, field: &str, value: &[u8]) {
        self.0.update(field.as_bytes());
        self.0.update(&[0]);
        self.0.update(&(value.len() as u64).to_be_bytes());
        self.0.update(value);
    }

    fn text(&mut self, field: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.bytes(field, value.as_bytes());
        }
    }

    fn number(&mut self, field: &str, value: Option<f64>) {
        if let Some(value) = value {
            self.bytes(field, &value.to_bits().to_be_bytes());
        }
    }

    fn texts<'a>(&mut self, field: &str, values: impl Iterator<Item = &'a str>) {
        let mut values: Vec<&str> = values.collect();
        values.sort_unstable();
        for value in values {
            self.bytes(field, value.as_bytes());
        }
    }

    fn occupation_codes(&mut self, codes: &[OccupationCode]) {
        let codes: Vec<String> = codes.iter().map(ToString::to_string).collect();
        self.texts("occupation_code", codes.iter().map(String::as_str));
    }

    fn skills(&mut self, field: &str, skills: &[Skill]) {
        let mut skills: Vec<&Skill> = skills.iter().collect();
        let years = |skill: &Skill| skill.years.map(f64::to_bits);
        skills.sort_by(|one, other| {
            (&one.name, one.level, years(one)).cmp(&(&other.name, other.level, years(other)))
        });
        for skill in skills {
            self.text(field, Some(&skill.name));
            self.number("level", skill.level.map(f64::from));
            self.number("years", skill.years);
        }
    }

    fn languages(&mut self, languages: &[LanguageSkill]) {
        let mut languages: Vec<&LanguageSkill> = languages.iter().collect();
        languages.sort_by(|one, other| (&one.code, one.level).cmp(&(&other.code, other.level)));
        for language in languages {
            self.text("language", Some(&language.code));
            self.text("level", language.level.map(LanguageLevel::as_str));
        }
    }

    fn work_history(&mut self, history: &[Position]) {
        let mut positions: Vec<[Option<String>; 4]> = (history.iter())
            .map(|position| {
                let title = position.title.clone();
                match position.time {
                    WorkedTime::Dates {
                        first_day,
                        day_after,
                    } => [
                        title,
                        Some(first_day.to_string()),
                        Some(day_after.to_string()),
                        None,
                    ],
                    WorkedTime::Years(years) => {
                        [title, None, None, Some(years.to_bits().to_string())]
                    }
                }
            })
            .collect();
        positions.sort_unstable();
        for position in positions {
            self.text("position", Some(""));
            let fields = ["title", "from", "until", "years"];
            for (field, value) in fields.into_iter().zip(&position) {
                self.text(field, value.as_deref());
            }
        }
    }

    fn education(&mut self, education: Option<&Education>) {
        if let Some(education) = education {
            self.text("education", education.level.map(EducationLevel::as_str));
            self.text("field", education.field.as_deref());
            let in_progress = education.in_progress.map(EducationLevel::as_str);
            self.text("in_progress", in_progress);
        }
    }

    fn location(&mut self, location: Option<&Location>) {
        if let Some(location) = location {
            self.text("city", location.city.as_deref());
            self.text("country", location.country.as_deref());
            self.number("latitude", location.coordinates.map(|point| point.latitude));
            self.number(
                "longitude",
                location.coordinates.map(|point| point.longitude),
            );
        }
    }

    fn other_locations(&mut self, locations: &[Location]) {
        let mut locations: Vec<&Location> = locations.iter().collect();
        let point = |location: &Location| {
            let point = location.coordinates?;
            Some((point.latitude.to_bits(), point.longitude.to_bits()))
        };
        locations.sort_by(|one, other| {
            (&one.city, &one.country, point(one)).cmp(&(&other.city, &other.country, point(other)))
        });
        for location in locations {
            self.text("other_location", Some(""));
            self.location(Some(location));
        }
    }

    fn salary(&mut self, salary: Option<&SalaryRange>) {
        if let Some(salary) = salary {
            self.number("salary_min", salary.min);
            self.number("salary_max", salary.max);
            self.text("currency", salary.currency.as_deref());
            let period = salary.period.map(|period| [period as u8]);
            if let Some(period) = period {
                self.bytes("period", &period);
            }
            if salary.is_net {
                self.bytes("net", &[1]);
            }
        }
    }

    fn mode(&mut self, mode: Option<RemoteMode>) {
        if let Some(mode) = mode {
            self.bytes("mode", &[mode as u8]);
        }
    }

    fn encoding(&mut self, encoding: Option<&Encoding>) {
        if let Some(encoding) = encoding {
            self.text("encoding", Some(&encoding.model));
            let components = encoding.components().iter();
            let components: Vec<u8> = components.map(|one| one.cast_unsigned()).collect();
            self.bytes("vector", &components);
            self.number("unrelated_cosine", Some(encoding.unrelated_cosine));
        }
    }

    fn date(&mut self, date: Option<chrono::NaiveDate>) {
        if let Some(date) = date {
            self.text("date", Some(&date.to_string()));
        }
    }

    fn finish(self) -> Digest {
        let mut digest = Digest::default();
        digest.copy_from_slice(self.0.finish().as_ref());
        digest
    }
}

/// Returns the digest of a candidate.
pub fn of_candidate(candidate: &Candidate) -> Digest {
    let mut canonical = Canonical::new("candidate");
    canonical.text("title", candidate.title.as_deref());
    canonical.text("summary", candidate.summary.as_deref());
    canonical.skills("skill", &candidate.skills);
    canonical.number("experience", candidate.experience_years);
    if candidate.experience_unreadable {
        canonical.text("experience", Some("unreadable"));
    }
    canonical.work_history(&candidate.work_history);
    canonical.education(candidate.education.as_ref());
    canonical.languages(&candidate.languages);
    canonical.location(candidate.location.as_ref());
    canonical.other_locations(&candidate.other_locations);
    match candidate.remote {
        Some(RemotePreference::Only(mode)) => canonical.mode(Some(mode)),
        Some(RemotePreference::Any) => canonical.text("mode", Some("any")),
        None => {}
    }
    canonical.number("max_distance_km", candidate.max_distance_km);
    canonical.number(
        "relocates",
        candidate
            .willing_to_relocate
            .map(|relocates| f64::from(u8::from(relocates))),
    );
    let contract_types = candidate.contract_types.iter();
    canonical.texts("contract_type", contract_types.map(|one| one.as_str()));
    canonical.salary(candidate.salary.as_ref());
    canonical.date(candidate.available_from);
    canonical.texts("industry", candidate.industries.iter().map(String::as_str));
    canonical.texts(
        "past_title",
        candidate.past_titles.iter().map(String::as_str),
    );
    canonical.occupation_codes(&candidate.occupation_codes);
    canonical.texts("licence", candidate.licences.iter().map(String::as_str));
    canonical.texts("diploma", candidate.diplomas.iter().map(String::as_str));
    canonical.texts(
        "work_permit",
        candidate.work_permits.iter().map(String::as_str),
    );
    canonical.encoding(candidate.encoding.as_ref());
    canonical.finish()
}

/// Returns the digest of a job posting.
pub fn of_job_posting(posting: &JobPosting) -> Digest {
    let mut canonical = Canonical::new("job_posting");
    canonical.text("title", posting.title.as_deref());
    canonical.text("description", posting.description.as_deref());
    canonical.skills("required_skill", &posting.required_skills);
    canonical.skills("preferred_skill", &posting.preferred_skills);
    if let Some(range) = posting.experience_years {
        canonical.number("experience_min", range.min);
        canonical.number("experience_max", range.max);
    }
    canonical.education(posting.education.as_ref());
    canonical.languages(&posting.languages);
    canonical.location(posting.location.as_ref());
    canonical.other_locations(&posting.other_locations);
    canonical.mode(posting.remote);
    canonical.text(
        "contract_type",
        posting.contract_type.map(ContractType::as_str),
    );
    let others = posting.other_contract_types.iter();
    canonical.texts("other_contract_type", others.map(|one| one.as_str()));
    canonical.salary(posting.salary.as_ref());
    canonical.date(posting.start_date);
    canonical.text("industry", posting.industry.as_deref());
    canonical.occupation_codes(&posting.occupation_codes);
    let must_haves = &posting.must_haves;
    canonical.skills("must_have_skill", &must_haves.skills);
    canonical.text("must_have", Some("languages"));
    canonical.languages(&must_haves.languages);
    canonical.texts("licence", must_haves.licences.iter().map(String::as_str));
    canonical.texts(
        "work_permit",
        must_haves.work_permits.iter().map(String::as_str),
    );
    if must_haves.location {
        canonical.text("must_have", Some("location"));
    }
    canonical.encoding(posting.encoding.as_ref());
    canonical.finish()
}

/// Returns the hash of two profiles in lower-case hexadecimal digits.
pub fn of_profiles(candidate: &Digest, posting: &Digest) -> String {
    let mut profiles = Context::new(&SHA256);
    profiles.update(candidate);
    profiles.update(posting);
    hexadecimal(profiles)
}

/// Returns the hash of one match's input in lower-case hexadecimal digits.
pub fn of_input(profiles_hash: &str, weights: &Weights) -> String {
    // In one piece, because each call of the hash function costs more than the copy of its bytes.
    let weights = Criterion::ALL.map(|criterion| weights.of(criterion).to_bits().to_be_bytes());
    let mut input = Context::new(&SHA256);
    input.update(profiles_hash.as_bytes());
    input.update(weights.as_flattened());
    hexadecimal(input)
}

fn hexadecimal(context: Context) -> String {
    let digest = context.finish();
    let mut digits = [0; 2 * size_of::<Digest>()];
    for (pair, byte) in digits.as_chunks_mut().0.iter_mut().zip(digest.as_ref()) {
        *pair = [byte >> 4, byte & 0xf].map(|digit| b"0123456789abcdef"[usize::from(digit)]);
    }
    // Hexadecimal digits are ASCII.
    std::str::from_utf8(&digits).unwrap_or_default().to_owned()
}
