//! Filters that a counterpart has to meet to be scored.
//!
//! A filter refers to stated values; a profile without a value doesn't pass. A counterpart must
//! pass all given filters; in a list of countries, ways of working or contract types, one entry
//! suffices.
//!
//! | filter | a candidate passes who | a job posting passes that |
//! |---|---|---|
//! | `ids` | is one of them | is one of them |
//! | `country` | is in one of them | is in one of them |
//! | `remote` | works in one of these ways | is done in one of these ways |
//! | `contract_types` | wants one of them | offers one of them |
//! | `languages` | speaks each, at this level or better | asks for each |
//! | `skills` | states each, one that implies it, or mentions it | asks for each by this name |
//! | `status` | (has none) | is `open` (also without this filter), `closed` or `any` |

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::facts::Facts;
use crate::{domain::identifiers::ProfileId, service::profiles::CompiledProfile};
use matching_engine::{
    profiles::{
        candidate::Candidate,
        contract::ContractType,
        folded_text::fold,
        job_posting::{JobPosting, PostingStatus},
        language::LanguageSkill,
        location::RemoteMode,
        profile_fault::ProfileFault,
        profile_kind::ProfileKind,
    },
    scoring::{CompiledJobPosting, Criterion, Engine, Weights, country_code},
};

/// The maximum number of entries of `ids`.
pub const FILTERED_ID_LIMIT: usize = 10_000;
/// The minimum credit for which a candidate counts as having a skill: stated, implied by a stated
/// one, misspelt or mentioned, but not merely related to a stated one.
const KNOWN_TO_HOLD: f64 = 0.8;
const FILTERS: &str = "ids, country, remote, contract_types, languages, skills, status";

/// Checked filters.
#[derive(Debug, Default)]
pub struct Filters {
    ids: Option<HashSet<ProfileId>>,
    countries: Option<Vec<String>>,
    modes: Option<Vec<RemoteMode>>,
    contract_types: Option<Vec<ContractType>>,
    languages: Vec<LanguageSkill>,
    /// The required skills, folded; for filtering postings.
    skills: Vec<String>,
    /// Each required skill as a posting that requires nothing else; for filtering candidates.
    skill_probes: Vec<CompiledJobPosting>,
    status: Option<PostingStatus>,
}

impl Filters {
    /// Returns the default filters for counterparts of this kind: postings have to be open.
    #[must_use]
    pub fn unstated(kind: ProfileKind) -> Self {
        Self {
            status: (kind == ProfileKind::JobPosting).then_some(PostingStatus::Open),
            ..Self::default()
        }
    }

    /// Reads filters for counterparts of this kind.
    ///
    /// # Errors
    /// All faults, each with its pointer within the object.
    pub fn read(kind: ProfileKind, stated: Map<String, Value>) -> Result<Self, Vec<ProfileFault>> {
        let mut filters = Self::unstated(kind);
        let mut faults = Vec::new();
        // Values that profiles have too are read by the reader of profiles, which also reports
        // their faults.
        let mut as_profile = Map::new();
        for (name, value) in stated {
            if value.is_null() {
                continue;
            }
            match name.as_str() {
                "ids" => filters.ids = Some(read_ids(&value, &mut faults)),
                "country" => {
                    let countries = texts("/country", &value, &mut faults);
                    filters.countries = Some(
                        countries
                            .iter()
                            .filter_map(|one| country_code(one))
                            .collect(),
                    );
                }
                "remote" => filters.modes = Some(read_modes(&value, &mut faults)),
                "status" if kind == ProfileKind::JobPosting => {
                    filters.status = read_status(&value, &mut faults);
                }
                "status" => {
                    let detail = "a candidate has no status; leave it out";
                    faults.push(fault("/status", "inconsistent", detail));
                }
                "skills" | "languages" | "contract_types" => {
                    as_profile.insert(name, value);
                }
                _ => {
                    let pointer = format!("/{}", name.replace('~', "~0").replace('/', "~1"));
                    let detail = format!("there is no such filter; the filters are {FILTERS}");
                    faults.push(fault(&pointer, "unknown_value", &detail));
                }
            }
        }
        filters.read_as_profile(as_profile, &mut faults);
        if faults.is_empty() {
            Ok(filters)
        } else {
            Err(faults)
        }
    }

    fn read_as_profile(&mut self, stated: Map<String, Value>, faults: &mut Vec<ProfileFault>) {
        let given = |name: &str| stated.contains_key(name);
        let (skills, languages, contracts) =
            (given("skills"), given("languages"), given("contract_types"));
        let profile = match Candidate::from_document(&Value::Object(stated)) {
            Ok(profile) => profile,
            Err(more) => return faults.extend(more),
        };
        let mut require = |is_given: bool, is_empty: bool, pointer: &str, what: &str| {
            if is_given && is_empty {
                faults.push(fault(pointer, "unknown_value", &format!("name {what}")));
            }
        };
        require(
            skills,
            profile.skills.is_empty(),
            "/skills",
            "at least one skill",
        );
        require(
            languages,
            profile.languages.is_empty(),
            "/languages",
            "at least one language",
        );
        let no_contract = profile.contract_types.is_empty();
        require(
            contracts,
            no_contract,
            "/contract_types",
            "at least one type of contract",
        );
        self.contract_types = contracts.then_some(profile.contract_types);
        self.languages = profile.languages;
        let engine = Engine::new(Weights::default());
        for skill in profile.skills {
            self.skills.push(fold(&skill.name));
            let probe = JobPosting {
                required_skills: vec![skill],
                ..JobPosting::default()
            };
            self.skill_probes.push(engine.compile_job_posting(&probe));
        }
    }

    /// Returns true if a counterpart passes.
    pub(super) fn hold(
        &self,
        engine: &Engine,
        id: ProfileId,
        compiled: &CompiledProfile,
        facts: &Facts,
    ) -> bool {
        let is_open = facts.status != Some(PostingStatus::Closed);
        let has_status = match self.status {
            None => true,
            Some(PostingStatus::Open) => is_open,
            Some(PostingStatus::Closed) => !is_open,
        };
        has_status
            && self.ids.as_ref().is_none_or(|ids| ids.contains(&id))
            && self.countries.as_ref().is_none_or(|countries| {
                let country = facts.country.as_ref();
                country.is_some_and(|country| countries.contains(country))
            })
            && self
                .modes
                .as_ref()
                .is_none_or(|modes| modes.iter().any(|mode| facts.takes_mode(*mode)))
            && self.contract_types.as_ref().is_none_or(|types| {
                let stated = &facts.contract_types;
                types.iter().any(|one| stated.contains(one))
            })
            && self
                .languages
                .iter()
                .all(|wanted| facts.languages.iter().any(|held| satisfies(held, wanted)))
            && self.has_skills(engine, compiled, facts)
    }

    fn has_skills(&self, engine: &Engine, compiled: &CompiledProfile, facts: &Facts) -> bool {
        match compiled {
            CompiledProfile::Candidate(candidate) => self.skill_probes.iter().all(|probe| {
                let scores = engine.score(candidate, probe).sub_scores();
                scores[Criterion::Skills as usize].is_some_and(|score| score >= KNOWN_TO_HOLD)
            }),
            CompiledProfile::JobPosting(_) => self
                .skills
                .iter()
                .all(|skill| facts.asked_skills.contains(skill)),
        }
    }
}

/// Returns true if a language meets the wanted one. A language of unknown level meets no wanted
/// level.
fn satisfies(held: &LanguageSkill, wanted: &LanguageSkill) -> bool {
    held.code == wanted.code && wanted.level.is_none_or(|level| held.level >= Some(level))
}

fn fault(pointer: &str, code: &'static str, detail: &str) -> ProfileFault {
    ProfileFault {
        pointer: pointer.to_owned(),
        code,
        detail: detail.to_owned(),
    }
}

/// Reads a text, or a list of at least one text.
fn texts(pointer: &str, value: &Value, faults: &mut Vec<ProfileFault>) -> Vec<String> {
    let one = [value.clone()];
    let entries = value.as_array().map_or(&one[..], Vec::as_slice);
    let texts: Option<Vec<String>> = entries
        .iter()
        .map(|entry| entry.as_str().map(str::to_owned))
        .collect();
    match texts {
        Some(texts) if !texts.is_empty() && texts.iter().all(|text| !text.trim().is_empty()) => {
            texts
        }
        _ => {
            faults.push(fault(
                pointer,
                "wrong_type",
                "send a text, or a list of texts",
            ));
            vec![]
        }
    }
}

fn read_ids(value: &Value, faults: &mut Vec<ProfileFault>) -> HashSet<ProfileId> {
    let ids = value
        .as_array()
        .filter(|ids| (1..=FILTERED_ID_LIMIT).contains(&ids.len()));
    let Some(ids) = ids else {
        let detail = format!("send a list of 1 to {FILTERED_ID_LIMIT} ids");
        faults.push(fault("/ids", "wrong_type", &detail));
        return HashSet::new();
    };
    let mut read = HashSet::with_capacity(ids.len());
    for (index, id) in ids.iter().enumerate() {
        if let Some(id) = id.as_i64().and_then(|id| ProfileId::try_from(id).ok()) {
            read.insert(id);
        } else {
            let detail = "an id is a whole number of 1 or more";
            faults.push(fault(&format!("/ids/{index}"), "out_of_range", detail));
        }
    }
    read
}

fn read_modes(value: &Value, faults: &mut Vec<ProfileFault>) -> Vec<RemoteMode> {
    let mut modes = Vec::new();
    for text in texts("/remote", value, faults) {
        match RemoteMode::parse(&text) {
            Some(mode) => modes.push(mode),
            None => faults.push(fault(
                "/remote",
                "unknown_value",
                "send onsite, hybrid or remote",
            )),
        }
    }
    modes
}

fn read_status(value: &Value, faults: &mut Vec<ProfileFault>) -> Option<PostingStatus> {
    match value.as_str() {
        Some("open") => Some(PostingStatus::Open),
        Some("closed") => Some(PostingStatus::Closed),
        Some("any") => None,
        _ => {
            faults.push(fault(
                "/status",
                "unknown_value",
                "send open, closed or any",
            ));
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(kind: ProfileKind, stated: &Value) -> Result<Filters, Vec<ProfileFault>> {
        Filters::read(kind, stated.as_object().unwrap().clone())
    }

    fn passes(kind: ProfileKind, filters: &Value, profile: &Value) -> bool {
        let engine = Engine::new(Weights::default());
        let (compiled, facts) = Facts::read(&engine, kind, &profile.to_string()).unwrap();
        let filters = read(kind, filters).unwrap();
        filters.hold(
            &engine,
            ProfileId::try_from(profile["id"].as_i64().unwrap_or(1)).unwrap(),
            &compiled,
            &facts,
        )
    }

    #[test]
    fn each_filter_lets_pass_what_says_so_and_nothing_else() {
        let candidate = json!({
            "id": 3, "location": "Lyon, France", "remote": "any", "contract_types": ["CDI"],
            "languages": [{"code": "en", "level": "B2"}, "fr"], "skills": ["Postgres", "Django"]
        });
        let silent = json!({"id": 4});
        for (filters, expected) in [
            (json!({"ids": [3]}), true),
            (json!({"ids": [4, 5]}), false),
            (json!({"country": "FR"}), true),
            (json!({"country": ["de", "France"]}), true),
            (json!({"country": "Belgique"}), false),
            (json!({"remote": "hybrid"}), true),
            (json!({"contract_types": ["permanent", "freelance"]}), true),
            (json!({"contract_types": ["freelance"]}), false),
            (
                json!({"languages": [{"code": "en", "level": "B1"}, "fr"]}),
                true,
            ),
            (json!({"languages": [{"code": "en", "level": "C1"}]}), false),
            (json!({"languages": [{"code": "fr", "level": "A1"}]}), false),
            (json!({"languages": ["de"]}), false),
            (json!({"skills": ["PostgreSQL"]}), true),
            (json!({"skills": ["PostgreSQL", "Python"]}), true),
            (json!({"skills": ["Rust"]}), false),
        ] {
            let kind = ProfileKind::Candidate;
            assert_eq!(passes(kind, &filters, &candidate), expected, "{filters}");
            assert!(
                !passes(kind, &filters, &silent) || filters["ids"] == json!([4, 5]),
                "{filters}"
            );
        }
    }

    #[test]
    fn postings_are_open_unless_asked_otherwise() {
        let kind = ProfileKind::JobPosting;
        let closed = json!({"id": 1, "status": "closed", "required_skills": ["Rust"]});
        let silent = json!({"id": 2, "preferred_skills": ["rust"]});
        for (filters, of_closed, of_silent) in [
            (json!({}), false, true),
            (json!({"status": "open"}), false, true),
            (json!({"status": "closed"}), true, false),
            (json!({"status": "any", "skills": ["RUST"]}), true, true),
        ] {
            assert_eq!(passes(kind, &filters, &closed), of_closed, "{filters}");
            assert_eq!(passes(kind, &filters, &silent), of_silent, "{filters}");
        }
    }

    #[test]
    fn every_wrong_filter_is_named() {
        let stated = json!({
            "ids": [1, 0], "country": 7, "remote": "moon", "status": "open", "skills": [],
            "contract_types": ["full time"], "languages": [{"code": "en", "level": "Z"}], "age": 30
        });
        let faults = read(ProfileKind::Candidate, &stated).unwrap_err();
        let mut pointers: Vec<&str> = faults.iter().map(|fault| fault.pointer.as_str()).collect();
        pointers.sort_unstable();
        assert_eq!(
            pointers,
            [
                "/age",
                "/country",
                "/ids/1",
                "/languages/0/level",
                "/remote",
                "/status"
            ]
        );
        let empty = json!({"skills": [], "contract_types": ["full time"]});
        let faults = read(ProfileKind::Candidate, &empty).unwrap_err();
        assert_eq!(faults.len(), 2);
    }
}
