//! Reads profile documents into types, and collects every fault.
//!
//! The reader accepts every common notation of a value and refuses impossible values. It accepts
//! what recruitment platforms send: a number as text, a list as comma-separated text, a level or a
//! contract in French or English words, `lat` or `latitude`; each `parse` in the neighbouring
//! modules lists its own notations. It refuses values that can't be meant, such as a negative
//! duration or an unknown word for a mode of work, with a pointer to the field and a sentence that
//! says what to send. It never guesses, and never panics.
//!
//! Null and blank text count as absent, and unknown fields are ignored. Invisible characters are
//! removed from every text (see `visible_text`), and personal details from a candidate's texts
//! ([`without_personal_details`]).

mod fields;
mod history;
mod values;

#[cfg(test)]
mod tests;

use std::borrow::Cow;

pub(super) use self::{
    history::counted_list,
    values::{ENTRY_LIMIT, entries_of},
};

use self::{fields::held_diplomas, history::WorkHistory};
use super::{
    candidate::Candidate,
    job_posting::{JobPosting, PostingStatus},
    language::LanguageSkill,
    must_haves::MustHaves,
    numerals::decimal,
    personal_details::{OwnName, without_personal_details},
    profile_document::ProfileDocument,
    profile_fault::ProfileFault,
    profile_field::ProfileField as Field,
    requirement::Requirement,
};

/// Maximum length, in characters, of a name: a skill, language, city, industry, or a word such as a
/// contract type.
pub(super) const NAME_LIMIT: usize = 200;
/// Maximum length, in characters, of a title, a diploma, or pay and experience in words.
pub(super) const TITLE_LIMIT: usize = 500;
/// Maximum length, in characters, of free text.
pub(super) const TEXT_LIMIT: usize = 200_000;

/// Collects the faults of one document.
pub(super) struct ProfileReader {
    faults: Vec<ProfileFault>,
}

impl ProfileReader {
    /// Reads a document.
    ///
    /// # Errors
    /// Returns all faults of the document.
    pub(super) fn read<T>(
        document: &ProfileDocument<'_>,
        read: impl FnOnce(&mut Self, Field<'_>) -> T,
    ) -> Result<T, Vec<ProfileFault>> {
        let mut reader = Self { faults: Vec::new() };
        let field = Field::document(document.root());
        if !field.value.is_object() {
            reader.wrong_type::<()>(field, "a JSON object");
            return Err(reader.faults);
        }
        let profile = read(&mut reader, field);
        if reader.faults.is_empty() {
            Ok(profile)
        } else {
            Err(reader.faults)
        }
    }

    /// Reads a candidate; personal details stay in the texts.
    pub(super) fn candidate(&mut self, document: Field<'_>) -> Candidate {
        let field = |name| document.member(&[name]);
        let mut locations = self.locations(field("location")).into_iter();
        let history: WorkHistory;
        let mut candidate = Candidate {
            id: field("id").and_then(|id| self.id(id)),
            title: field("title").and_then(|title| self.text(title, TITLE_LIMIT)),
            summary: field("summary").and_then(|summary| self.text(summary, TEXT_LIMIT)),
            skills: self.skills(field("skills"), false, |_, _| true),
            experience_years: field("experience_years").and_then(|years| self.experience(years)),
            experience_unreadable: field("experience_unreadable")
                .is_some_and(|flag| self.flag(flag) == Some(true)),
            education: field("education").and_then(|education| self.highest_education(education)),
            diplomas: field("education").map_or_else(Vec::new, held_diplomas),
            languages: self.languages(field("languages")),
            location: locations.next(),
            other_locations: locations.collect(),
            remote: field("remote").and_then(|remote| self.remote_preference(remote)),
            max_distance_km: field("max_distance_km").and_then(|distance| {
                self.number(distance, 0.0..=20_000.0, "kilometres", |text| {
                    decimal(text.trim_end_matches(char::is_alphabetic))
                })
            }),
            willing_to_relocate: field("willing_to_relocate").and_then(|flag| self.flag(flag)),
            contract_types: self.contract_types(field("contract_types")),
            salary: field("salary").and_then(|salary| self.salary(salary)),
            available_from: field("available_from").and_then(|date| self.first_free_day(date)),
            industries: self.names(field("industries")),
            past_titles: {
                history = self.work_history(document);
                history.titles.clone()
            },
            work_history: history.positions.clone(),
            licences: self.licences(document.member(&["licences", "licenses"])),
            work_permits: self.names(document.member(&["work_permits", "work_permit"])),
            occupation_codes: self.occupation_codes(field("occupation_codes")),
            encoding: field("encoding").and_then(|encoding| self.encoding(encoding)),
        };
        if candidate.experience_years.is_none() && !candidate.experience_unreadable {
            candidate.experience_years = history.years();
            candidate.experience_unreadable = history.is_unreadable();
        }
        for certificate in &candidate.licences {
            let Some(certified) = LanguageSkill::certified_by(certificate) else {
                continue;
            };
            let stated = (candidate.languages.iter())
                .any(|language| language.code == certified.code && language.level.is_some());
            if !stated {
                candidate.languages.push(certified);
            }
        }
        candidate
    }

    pub(super) fn job_posting(&mut self, document: Field<'_>) -> JobPosting {
        let field = |name| document.member(&[name]);
        self.refuse_other_vocabulary(document);
        let mut must_haves = MustHaves {
            licences: self.licences(document.member(&["licences", "licenses"])),
            work_permits: self.names(document.member(&["work_permit", "work_permits"])),
            location: field("location").is_some_and(|location| match location.value {
                serde_json_borrow::Value::Array(items) => {
                    // Counts instead of stopping at the first, so that the faults of every entry
                    // are found.
                    let marked = location.items(items).map(|item| self.is_must_have(item));
                    marked.filter(|marked| *marked).count() > 0
                }
                _ => self.is_must_have(location),
            }),
            ..MustHaves::default()
        };
        let mut locations = self.locations(field("location")).into_iter();
        let contracts = document.member(&["contract_type", "contract_types"]);
        let mut contracts = self.contract_types(contracts).into_iter();
        let mut requirements = Vec::new();
        let mut posting = JobPosting {
            id: field("id").and_then(|id| self.id(id)),
            title: field("title").and_then(|title| self.text(title, TITLE_LIMIT)),
            description: field("description").and_then(|text| self.text(text, TEXT_LIMIT)),
            // Undivided skills of a posting are all required.
            required_skills: self.skills(
                document.member(&["required_skills", "skills"]),
                true,
                |skill, is_must_have| {
                    if let Some(requirement) = Requirement::of(&skill.name) {
                        requirements.push(requirement);
                        return false;
                    }
                    if is_must_have {
                        must_haves.skills.push(skill.clone());
                    }
                    true
                },
            ),
            preferred_skills: self.skills(field("preferred_skills"), false, |skill, _| {
                Requirement::of(&skill.name).is_none()
            }),
            experience_years: field("experience_years")
                .and_then(|years| self.experience_range(years)),
            education: field("education").and_then(|education| self.lowest_education(education)),
            languages: self
                .list(field("languages"), |reader, entry| {
                    let is_must_have = reader.is_must_have(entry);
                    let languages = reader.languages_of_entry(entry);
                    if is_must_have {
                        must_haves.languages.extend_from_slice(&languages);
                    }
                    Some(languages)
                })
                .into_iter()
                .flatten()
                .collect(),
            location: locations.next(),
            other_locations: locations.collect(),
            remote: field("remote").and_then(|remote| self.remote_mode(remote)),
            contract_type: contracts.next(),
            other_contract_types: contracts.collect(),
            salary: field("salary").and_then(|salary| self.salary(salary)),
            start_date: field("start_date").and_then(|date| self.date(date)),
            industry: field("industry").and_then(|name| self.text(name, NAME_LIMIT)),
            status: field("status")
                .and_then(|status| self.word(status, "open, closed", PostingStatus::parse)),
            occupation_codes: self.occupation_codes(field("occupation_codes")),
            must_haves,
            encoding: field("encoding").and_then(|encoding| self.encoding(encoding)),
        };
        for requirement in requirements {
            match requirement {
                Requirement::Years(range) => {
                    posting.experience_years.get_or_insert(range);
                }
                Requirement::Education(education) => {
                    posting.education.get_or_insert(education);
                }
            }
        }
        posting
    }
}

impl ProfileReader {
    /// Refuses JSON-LD that contains neither a posting nor a native field. It would otherwise be
    /// stored as an empty posting.
    fn refuse_other_vocabulary(&mut self, document: Field<'_>) {
        const NATIVE_FIELDS: [&str; 9] = [
            "title",
            "description",
            "required_skills",
            "skills",
            "preferred_skills",
            "experience_years",
            "location",
            "contract_type",
            "salary",
        ];
        let telling = [
            "@type",
            "@graph",
            "@context",
            "mainEntity",
            "itemListElement",
        ];
        if let Some(other) = document.member(&telling)
            && document.member(&NATIVE_FIELDS).is_none()
        {
            let expected = "a schema.org JobPosting with a title, or a job posting's own fields";
            self.unknown_value::<()>(other, expected);
        }
    }
}

/// Removes personal details from a candidate's texts. Words of the name that the document also uses
/// for the work stay where they stand alone.
pub(super) fn without_the_person(
    mut candidate: Candidate,
    document: &ProfileDocument<'_>,
) -> Candidate {
    let own_name = OwnName::of(document).beside(candidate.words_for_work());
    let without = |text: String| match without_personal_details(&text, &own_name) {
        Cow::Borrowed(_) => Some(text),
        Cow::Owned(rest) => Some(rest).filter(|rest| !rest.is_empty()),
    };
    candidate.title = candidate.title.and_then(without);
    candidate.summary = candidate.summary.and_then(without);
    candidate.past_titles = candidate
        .past_titles
        .into_iter()
        .filter_map(without)
        .collect();
    for position in &mut candidate.work_history {
        position.title = position.title.take().and_then(without);
    }
    candidate
}
