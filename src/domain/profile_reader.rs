//! Reads profile documents into the domain's types, collecting every fault on the way.
//!
//! The reader is liberal in what is meant and strict in what is wrong. It takes the writings that
//! recruitment platforms send: a number as text, a list as comma-separated text, a level or a
//! contract in French or English words, `lat` or `latitude`; each `parse` in the neighbouring
//! modules lists its own. It refuses what can't be meant, such as a negative duration or a word for
//! a way of working that nobody knows, with a pointer to the field and a sentence that says what to
//! send. It never guesses, and never panics.
//!
//! Null and blank text count as absent, and fields it doesn't know are ignored. Invisible characters
//! go from every text ([`visible`]), and what a candidate's texts say about the person rather than
//! the work goes with them ([`without_personal_details`]).

use std::{borrow::Cow, ops::RangeInclusive};

use chrono::{Datelike as _, NaiveDate};
use serde_json::Value;

use super::{
    candidate::Candidate,
    contract::ContractType,
    education::{Education, EducationLevel},
    job_posting::{ExperienceRange, JobPosting, PostingStatus},
    language::{LanguageLevel, LanguageSkill},
    location::{Coordinates, Location, RemoteMode, RemotePreference},
    must_haves::MustHaves,
    numerals::{amounts, decimal},
    personal_details::{OwnName, without_personal_details},
    profile_fault::ProfileFault,
    profile_field::ProfileField as Field,
    salary::{SalaryPeriod, SalaryRange, currency_code},
    skill::Skill,
    visible_text::visible,
    written_date::{WrittenDate, means_now},
};

/// Most entries of one list.
const ENTRY_LIMIT: usize = 1_000;
/// Most characters of a name: a skill, a language, a city, an industry, a word such as a contract.
const NAME_LIMIT: usize = 200;
/// Most characters of a title, a diploma, or pay and experience in words.
const TITLE_LIMIT: usize = 500;
/// Most characters of free text.
pub(super) const TEXT_LIMIT: usize = 200_000;

const YEARS: RangeInclusive<f64> = 0.0..=80.0;
const DATE_YEARS: RangeInclusive<i32> = 1900..=2200;
/// Above it, an amount is a slip of the keyboard in any currency.
const AMOUNT: RangeInclusive<f64> = 0.0..=1_000_000_000.0;

const CONTRACTS: &str = "permanent, fixed_term, temporary, freelance, internship, apprenticeship, \
                         seasonal, volunteer, or their French names (CDI, CDD, intérim, \
                         indépendant, stage, alternance, saisonnier, bénévolat)";
const EDUCATION_LEVELS: &str = "none, vocational, secondary, short_cycle, bachelor, master, \
                                doctorate, a diploma's name (« BTS », « Bac+5 », \"PhD\"), or a \
                                level from 1 to 8 of the European Qualifications Framework";
const LANGUAGE_LEVELS: &str = "A1, A2, B1, B2, C1, C2, native, or a word such as \"fluent\", « \
                               courant », « notions »";
const PERIODS: &str = "hour, day, week, month, year";
const DATES: &str = "a date as YYYY-MM-DD, YYYY-MM or DD/MM/YYYY, or \"immediate\"";

/// Remembers what is wrong with one document.
pub(super) struct ProfileReader {
    faults: Vec<ProfileFault>,
}

impl ProfileReader {
    /// Reads a document; all its faults come back at once.
    pub(super) fn read<T>(
        document: &Value,
        read: impl FnOnce(&mut Self, Field<'_>) -> T,
    ) -> Result<T, Vec<ProfileFault>> {
        let mut reader = Self { faults: Vec::new() };
        let field = Field::document(document);
        if !document.is_object() {
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

    pub(super) fn candidate(&mut self, document: Field<'_>) -> Candidate {
        let field = |name| document.member(&[name]);
        let candidate = Candidate {
            id: field("id").and_then(|id| self.id(id)),
            title: field("title").and_then(|title| self.text(title, TITLE_LIMIT)),
            summary: field("summary").and_then(|summary| self.text(summary, TEXT_LIMIT)),
            skills: self.list(field("skills"), Self::skill),
            experience_years: field("experience_years").and_then(|years| self.experience(years)),
            education: field("education").and_then(|education| self.highest_education(education)),
            languages: self.languages(field("languages")),
            location: field("location").and_then(|location| self.location(location)),
            remote: field("remote").and_then(|remote| self.remote_preference(remote)),
            max_distance_km: field("max_distance_km").and_then(|distance| {
                self.number(distance, 0.0..=20_000.0, "kilometres", |text| {
                    decimal(text.trim_end_matches(char::is_alphabetic))
                })
            }),
            willing_to_relocate: field("willing_to_relocate").and_then(|flag| self.flag(flag)),
            contract_types: self.contract_types(field("contract_types")),
            salary: field("salary").and_then(|salary| self.salary(salary)),
            available_from: field("available_from").and_then(|date| self.date(date)),
            industries: self.names(field("industries")),
            past_titles: self.past_titles(document),
            licences: self.names(document.member(&["licences", "licenses"])),
            work_permits: self.names(document.member(&["work_permits", "work_permit"])),
        };
        without_the_person(candidate, document.value)
    }

    pub(super) fn job_posting(&mut self, document: Field<'_>) -> JobPosting {
        let field = |name| document.member(&[name]);
        let mut must_haves = MustHaves {
            licences: self.names(document.member(&["licences", "licenses"])),
            work_permits: self.names(document.member(&["work_permit", "work_permits"])),
            location: field("location").is_some_and(|location| self.is_must_have(location)),
            ..MustHaves::default()
        };
        JobPosting {
            id: field("id").and_then(|id| self.id(id)),
            title: field("title").and_then(|title| self.text(title, TITLE_LIMIT)),
            description: field("description").and_then(|text| self.text(text, TEXT_LIMIT)),
            // A posting that doesn't divide its skills asks for all of them.
            required_skills: self.list(
                document.member(&["required_skills", "skills"]),
                |reader, entry| {
                    let is_must_have = reader.is_must_have(entry);
                    let skill = reader.skill(entry)?;
                    if is_must_have {
                        must_haves.skills.push(skill.clone());
                    }
                    Some(skill)
                },
            ),
            preferred_skills: self.list(field("preferred_skills"), Self::skill),
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
            location: field("location").and_then(|location| self.location(location)),
            remote: field("remote").and_then(|remote| self.remote_mode(remote)),
            contract_type: self.contract_type(field("contract_type")),
            salary: field("salary").and_then(|salary| self.salary(salary)),
            start_date: field("start_date").and_then(|date| self.date(date)),
            industry: field("industry").and_then(|name| self.text(name, NAME_LIMIT)),
            status: field("status")
                .and_then(|status| self.word(status, "open, closed", PostingStatus::parse)),
            must_haves,
        }
    }
}

/// The fields of a profile.
impl ProfileReader {
    /// An integer of 1 or more, or the same as text.
    fn id(&mut self, field: Field<'_>) -> Option<i64> {
        let expected = "a whole number from 1 to 9223372036854775807";
        let id: Option<i128> = match field.value {
            // `5.0` is what some languages make of 5.
            Value::Number(number) => number.as_i64().map(i128::from).or_else(|| {
                let written = number.to_string();
                written.strip_suffix(".0").unwrap_or(&written).parse().ok()
            }),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        match id.map(i64::try_from) {
            Some(Ok(id)) if id >= 1 => Some(id),
            Some(_) => self.out_of_range(field, expected),
            None => self.wrong_type(field, expected),
        }
    }

    /// A name, or `{name, level, years}`.
    fn skill(&mut self, field: Field<'_>) -> Option<Skill> {
        if field.value.is_string() {
            return self.text(field, NAME_LIMIT).map(Skill::named);
        }
        if !field.value.is_object() {
            return self.wrong_type(field, "a skill as its name, or as {name, level, years}");
        }
        let level = field
            .member(&["level"])
            .and_then(|level| self.skill_level(level));
        let years = field
            .member(&["years"])
            .and_then(|years| self.number(years, YEARS, "years", years_in));
        let name = match field.member(&["name", "skill", "label"]) {
            Some(name) => self.text(name, NAME_LIMIT)?,
            None => return self.required(field.missing_member("name"), "the skill's name"),
        };
        Some(Skill { name, level, years })
    }

    /// Whether an entry of a posting is marked as one the job can't be done without.
    fn is_must_have(&mut self, entry: Field<'_>) -> bool {
        let flag = entry.member(&["must_have"]);
        flag.and_then(|flag| self.flag(flag)) == Some(true)
    }

    /// 1 to 5, the same as text or as `4/5`, or a word.
    fn skill_level(&mut self, field: Field<'_>) -> Option<u8> {
        let expected = "a level from 1 (beginner) to 5 (expert)";
        let number = match field.value {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => match decimal(text.trim().trim_end_matches("/5")) {
                Some(number) => Some(number),
                None => return self.word(field, expected, Skill::level_named),
            },
            _ => return self.wrong_type(field, expected),
        };
        match number.and_then(|number| whole_number(number, 1..=5)) {
            Some(level) => Some(level),
            None => self.out_of_range(field, expected),
        }
    }

    /// Years, as a number or in words; of a range in words, the lower end.
    fn experience(&mut self, field: Field<'_>) -> Option<f64> {
        self.number(field, YEARS, "years", years_in)
    }

    /// `{min, max}`, a number (the least), or words.
    fn experience_range(&mut self, field: Field<'_>) -> Option<ExperienceRange> {
        let expected = "years as a number, or as {min, max}";
        let range = match field.value {
            Value::Object(_) => {
                let mut end = |name| {
                    let end = field.member(&[name])?;
                    self.number(end, YEARS, "years", years_in)
                };
                ExperienceRange {
                    min: end("min"),
                    max: end("max"),
                }
            }
            Value::Number(_) => ExperienceRange {
                min: Some(self.number(field, YEARS, "years", years_in)?),
                max: None,
            },
            Value::String(text) => {
                self.check_length(field, text, TITLE_LIMIT)?;
                let range = match decimal(text) {
                    Some(number) => Some(ExperienceRange {
                        min: Some(number),
                        max: None,
                    }),
                    None => ExperienceRange::parse(text),
                };
                let Some(range) = range else {
                    return self.wrong_type(field, expected);
                };
                let mut ends = [range.min, range.max].into_iter().flatten();
                if is_negative(text) || !ends.all(|years| YEARS.contains(&years)) {
                    return self.out_of_range(field, "years from 0 to 80");
                }
                range
            }
            _ => return self.wrong_type(field, expected),
        };
        self.check_order(field, range.min, range.max)?;
        (range != ExperienceRange::default()).then_some(range)
    }

    /// The highest of several diplomas.
    fn highest_education(&mut self, field: Field<'_>) -> Option<Education> {
        let diplomas = self.diplomas(field);
        // `max_by_key` takes the last of equals; reversed, the first.
        diplomas
            .into_iter()
            .rev()
            .max_by_key(|diploma| diploma.level)
    }

    /// The lowest of several diplomas, since any of them will do.
    fn lowest_education(&mut self, field: Field<'_>) -> Option<Education> {
        let diplomas = self.diplomas(field);
        diplomas
            .into_iter()
            .min_by_key(|diploma| (diploma.level.is_none(), diploma.level))
    }

    fn diplomas(&mut self, field: Field<'_>) -> Vec<Education> {
        match field.value {
            Value::Array(_) => self.list(Some(field), Self::diploma),
            _ => self.diploma(field).into_iter().collect(),
        }
    }

    /// `{level, field}`, or a diploma in words. A `degree` or `diploma` is read as those words are;
    /// `level` and `field` go before it.
    fn diploma(&mut self, field: Field<'_>) -> Option<Education> {
        let education = match field.value {
            Value::String(text) => {
                self.check_length(field, text, TITLE_LIMIT)?;
                Education::parse(&visible(text))
            }
            Value::Object(_) => {
                let written = field
                    .member(&["degree", "diploma"])
                    .and_then(|degree| self.text(degree, TITLE_LIMIT))
                    .map(|degree| Education::parse(&degree))
                    .unwrap_or_default();
                let level = field
                    .member(&["level"])
                    .and_then(|level| self.education_level(level));
                let studied = field
                    .member(&["field", "area", "field_of_study"])
                    .and_then(|studied| self.text(studied, TITLE_LIMIT));
                Education {
                    level: level.or(written.level),
                    field: studied.or(written.field),
                }
            }
            _ => return self.wrong_type(field, "{level, field}, or a diploma's name"),
        };
        (education != Education::default()).then_some(education)
    }

    fn education_level(&mut self, field: Field<'_>) -> Option<EducationLevel> {
        let number = match field.value {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => decimal(text),
            _ => None,
        };
        let Some(number) = number else {
            return self.word(field, EDUCATION_LEVELS, EducationLevel::parse);
        };
        match whole_number(number, 1..=8).and_then(EducationLevel::of_eqf) {
            Some(level) => Some(level),
            None => self.out_of_range(field, EDUCATION_LEVELS),
        }
    }

    fn languages(&mut self, field: Option<Field<'_>>) -> Vec<LanguageSkill> {
        self.list(field, |reader, entry| {
            Some(reader.languages_of_entry(entry))
        })
        .into_iter()
        .flatten()
        .collect()
    }

    /// `{code, level}`, or words. The code may be a name, and may be called so.
    fn languages_of_entry(&mut self, field: Field<'_>) -> Vec<LanguageSkill> {
        match field.value {
            Value::String(_) => self
                .text(field, NAME_LIMIT)
                .map(|text| LanguageSkill::parse(&text))
                .unwrap_or_default(),
            Value::Object(_) => {
                let level = field
                    .member(&["level", "fluency", "proficiency"])
                    .and_then(|level| self.word(level, LANGUAGE_LEVELS, LanguageLevel::parse));
                let Some(code) = field.member(&["code", "language", "name"]) else {
                    let code = field.missing_member("code");
                    self.required::<()>(code, "the language's ISO 639 code, or its name");
                    return Vec::new();
                };
                let Some(code) = self.text(code, NAME_LIMIT) else {
                    return Vec::new();
                };
                let mut languages = LanguageSkill::parse(&code);
                for language in &mut languages {
                    language.level = level.or(language.level);
                }
                languages
            }
            _ => {
                self.wrong_type::<()>(field, "a language as {code, level}, or as its name");
                Vec::new()
            }
        }
    }

    /// `{city, country, lat, lon}`, or words. Address lines and postal codes have no place to go.
    fn location(&mut self, field: Field<'_>) -> Option<Location> {
        let location = match field.value {
            Value::String(text) => {
                self.check_length(field, text, TITLE_LIMIT)?;
                Location::parse(&visible(text))
            }
            Value::Object(_) => Location {
                // As in words, so that an address line in its place goes no further.
                city: field
                    .member(&["city"])
                    .and_then(|city| self.text(city, NAME_LIMIT))
                    .and_then(|city| Location::parse(&city).city),
                country: field
                    .member(&["country", "country_code"])
                    .and_then(|country| self.text(country, NAME_LIMIT)),
                coordinates: self.coordinates(field),
            },
            _ => return self.wrong_type(field, "a city, or {city, country, lat, lon}"),
        };
        (location != Location::default()).then_some(location)
    }

    fn coordinates(&mut self, location: Field<'_>) -> Option<Coordinates> {
        let latitude = location.member(&["lat", "latitude"]);
        let longitude = location.member(&["lon", "lng", "longitude"]);
        let other = match (latitude, longitude) {
            (None, None) => return None,
            (Some(_), None) => Some("lon"),
            (None, Some(_)) => Some("lat"),
            (Some(_), Some(_)) => None,
        };
        if let Some(other) = other {
            self.required::<()>(
                location.missing_member(other),
                "both coordinates, or neither",
            );
        }
        let latitude =
            latitude.and_then(|latitude| self.number(latitude, -90.0..=90.0, "degrees", decimal));
        let longitude = longitude
            .and_then(|longitude| self.number(longitude, -180.0..=180.0, "degrees", decimal));
        Some(Coordinates {
            latitude: latitude?,
            longitude: longitude?,
        })
    }

    /// A way of working. `true` and `false` answer the question "remote?".
    fn remote_preference(&mut self, field: Field<'_>) -> Option<RemotePreference> {
        match field.value {
            Value::Bool(remote) => Some(RemotePreference::Only(mode_of_flag(*remote))),
            _ => self.word(
                field,
                "onsite, hybrid, remote, any (any way is fine)",
                RemotePreference::parse,
            ),
        }
    }

    fn remote_mode(&mut self, field: Field<'_>) -> Option<RemoteMode> {
        match field.value {
            Value::Bool(remote) => Some(mode_of_flag(*remote)),
            _ => self.word(field, "onsite, hybrid, remote", RemoteMode::parse),
        }
    }

    fn contract_types(&mut self, field: Option<Field<'_>>) -> Vec<ContractType> {
        let named = self.list(field, |reader, entry| {
            reader.word(entry, CONTRACTS, ContractType::named_in)
        });
        let mut contracts = Vec::new();
        for contract in named.into_iter().flatten() {
            if !contracts.contains(&contract) {
                contracts.push(contract);
            }
        }
        contracts
    }

    /// The first contract named. Words that only say how many hours are worked name none.
    fn contract_type(&mut self, field: Option<Field<'_>>) -> Option<ContractType> {
        let named = self.word(field?, CONTRACTS, ContractType::named_in)?;
        named.first().copied()
    }

    /// `{min, max, currency, period}`, `{amount, …}`, a number or words.
    fn salary(&mut self, field: Field<'_>) -> Option<SalaryRange> {
        let salary = match field.value {
            Value::Number(_) => self.amount(field).map(salary_of_amount)?,
            Value::String(text) => self.written_salary(field, text)?,
            Value::Object(_) => {
                let mut end = |names: &[&'static str]| {
                    let end = field.member(names)?;
                    self.amount(end)
                };
                let (min, max) = (end(&["min"]), end(&["max"]));
                let amount = end(&["amount", "value"]);
                let currency = field.member(&["currency"]).and_then(|currency| {
                    self.word(
                        currency,
                        "an ISO 4217 code of three letters, such as EUR",
                        currency_code,
                    )
                });
                let period = field
                    .member(&["period", "unit"])
                    .and_then(|period| self.word(period, PERIODS, SalaryPeriod::parse));
                let alone = amount.filter(|_| min.is_none() && max.is_none());
                SalaryRange {
                    min: min.or(alone),
                    max: max.or(alone),
                    currency,
                    period,
                }
            }
            _ => {
                return self.wrong_type(field, "{min, max, currency, period}, or pay in words");
            }
        };
        self.check_order(field, salary.min, salary.max)?;
        // A currency alone is no pay.
        (salary.min.is_some() || salary.max.is_some()).then_some(salary)
    }

    /// Words without an amount (« selon profil ») say nothing, and are no fault.
    fn written_salary(&mut self, field: Field<'_>, text: &str) -> Option<SalaryRange> {
        self.check_length(field, text, TITLE_LIMIT)?;
        let salary = SalaryRange::parse(text)?;
        let mut ends = [salary.min, salary.max].into_iter().flatten();
        if is_negative(text) || !ends.all(|end| AMOUNT.contains(&end)) {
            return self.out_of_range(field, "amounts from 0 to 1,000,000,000");
        }
        Some(salary)
    }

    /// A number, or one as text: "45 000", "45k".
    fn amount(&mut self, field: Field<'_>) -> Option<f64> {
        self.number(field, AMOUNT, "the currency", |text| {
            let mut amounts = amounts(text);
            let amount = amounts.next()?;
            let sign = if is_negative(text) { -1.0 } else { 1.0 };
            amounts.next().is_none().then_some(sign * amount.value)
        })
    }

    /// A date, or a word for now, which is no constraint.
    fn date(&mut self, field: Field<'_>) -> Option<NaiveDate> {
        let Value::String(text) = field.value else {
            return self.wrong_type(field, DATES);
        };
        self.check_length(field, text, NAME_LIMIT)?;
        match WrittenDate::parse(text) {
            // Other years are slips of the keyboard.
            Some(date) if !DATE_YEARS.contains(&date.first_day.year()) => {
                self.out_of_range(field, "a date from 1900 to 2200")
            }
            Some(date) => Some(date.first_day),
            None if means_now(text) => None,
            None => self.unknown_value(field, DATES),
        }
    }

    /// The titles of `positions`, else of `experience` or `experiences`, else of `companies`: the
    /// first that has any, since they tell the same history. An entry is a title, or an object
    /// with one; in `companies`, plain text is a company's name. `experience` and `companies` count
    /// only where they are lists: other platforms keep a number or a text there.
    fn past_titles(&mut self, document: Field<'_>) -> Vec<String> {
        let mut titles = self.list(document.member(&["positions"]), Self::past_title);
        for (name, text_is_title) in [
            ("experience", true),
            ("experiences", true),
            ("companies", false),
        ] {
            let field = document.member(&[name]);
            let others = self.list(
                field.filter(|field| field.value.is_array()),
                |reader, entry| {
                    let is_title = text_is_title || !entry.value.is_string();
                    is_title.then(|| reader.past_title(entry))?
                },
            );
            if titles.is_empty() {
                titles = others;
            }
        }
        titles
    }

    fn past_title(&mut self, field: Field<'_>) -> Option<String> {
        match field.value {
            Value::Object(_) => {
                let title = field.member(&["title", "position", "role"])?;
                self.text(title, TITLE_LIMIT)
            }
            _ => self.text(field, TITLE_LIMIT),
        }
    }
}

/// The kinds of values.
impl ProfileReader {
    /// A trimmed text; none where it has only invisible characters.
    fn text(&mut self, field: Field<'_>, limit: usize) -> Option<String> {
        let Value::String(text) = field.value else {
            return self.wrong_type(field, "text");
        };
        self.check_length(field, text, limit)?;
        let text = visible(text);
        let text = text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// Names in a list.
    fn names(&mut self, field: Option<Field<'_>>) -> Vec<String> {
        self.list(field, |reader, name| reader.text(name, NAME_LIMIT))
    }

    fn check_length(&mut self, field: Field<'_>, text: &str, limit: usize) -> Option<()> {
        // Bytes first: a text of few bytes has few characters.
        if text.len() <= limit || text.trim().chars().count() <= limit {
            return Some(());
        }
        self.fault(
            field,
            "too_long",
            format!("send at most {limit} characters"),
        )
    }

    /// A word out of a known set.
    fn word<T>(
        &mut self,
        field: Field<'_>,
        accepted: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let Value::String(text) = field.value else {
            return self.wrong_type(field, accepted);
        };
        self.check_length(field, text, NAME_LIMIT)?;
        match parse(text) {
            Some(word) => Some(word),
            None => self.unknown_value(field, accepted),
        }
    }

    /// A number of that range, or text that `parse` makes one of.
    fn number(
        &mut self,
        field: Field<'_>,
        range: RangeInclusive<f64>,
        unit: &str,
        parse: impl FnOnce(&str) -> Option<f64>,
    ) -> Option<f64> {
        let expected = || {
            let (from, to) = (range.start(), range.end());
            format!("a number from {from} to {to}, in {unit}")
        };
        let number = match field.value {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => {
                self.check_length(field, text, TITLE_LIMIT)?;
                parse(text)
            }
            _ => None,
        };
        match number {
            // Adding 0 turns −0 into 0.
            Some(number) if range.contains(&number) => Some(number + 0.0),
            Some(_) => self.out_of_range(field, &expected()),
            None => self.wrong_type(field, &expected()),
        }
    }

    /// `true` or `false`, also as 1 and 0 and in words.
    fn flag(&mut self, field: Field<'_>) -> Option<bool> {
        let expected = "true or false";
        match field.value {
            Value::Bool(flag) => Some(*flag),
            Value::Number(number) => match number.as_u64() {
                Some(0) => Some(false),
                Some(1) => Some(true),
                _ => self.wrong_type(field, expected),
            },
            _ => self.word(field, expected, |text| {
                match text.trim().to_ascii_lowercase().as_str() {
                    "true" | "yes" | "oui" | "1" => Some(true),
                    "false" | "no" | "non" | "0" => Some(false),
                    _ => None,
                }
            }),
        }
    }

    /// The entries of a list, or of a text that separates them by commas, semicolons or line
    /// breaks. Entries that are absent are passed over.
    fn list<T>(
        &mut self,
        field: Option<Field<'_>>,
        mut read_entry: impl FnMut(&mut Self, Field<'_>) -> Option<T>,
    ) -> Vec<T> {
        let Some(field) = field else {
            return Vec::new();
        };
        let too_many = format!("send at most {ENTRY_LIMIT} entries");
        match field.value {
            Value::Array(items) if items.len() > ENTRY_LIMIT => {
                self.fault::<()>(field, "too_many", too_many);
                Vec::new()
            }
            Value::Array(items) => field
                .items(items)
                .filter_map(|item| read_entry(self, item))
                .collect(),
            Value::String(text) => {
                let entries: Vec<&str> = entries_of(text).take(ENTRY_LIMIT + 1).collect();
                if entries.len() > ENTRY_LIMIT {
                    self.fault::<()>(field, "too_many", too_many);
                    return Vec::new();
                }
                let entry_of = |entry: &str| Value::String(entry.to_owned());
                entries
                    .into_iter()
                    .filter_map(|entry| read_entry(self, field.part(&entry_of(entry))))
                    .collect()
            }
            _ => {
                self.wrong_type::<()>(field, "a list");
                Vec::new()
            }
        }
    }

    fn check_order(&mut self, range: Field<'_>, min: Option<f64>, max: Option<f64>) -> Option<()> {
        match (min, max) {
            (Some(min), Some(max)) if min > max => {
                let detail = "send a min that is not above the max".to_owned();
                let field = range.member(&["min"]).unwrap_or(range);
                self.fault(field, "min_above_max", detail)
            }
            _ => Some(()),
        }
    }
}

/// The faults; each returns `None`, so that a caller can leave with it.
impl ProfileReader {
    fn wrong_type<T>(&mut self, field: Field<'_>, expected: &str) -> Option<T> {
        self.fault(field, "wrong_type", format!("send {expected}"))
    }

    fn out_of_range<T>(&mut self, field: Field<'_>, expected: &str) -> Option<T> {
        self.fault(field, "out_of_range", format!("send {expected}"))
    }

    fn unknown_value<T>(&mut self, field: Field<'_>, accepted: &str) -> Option<T> {
        let detail = format!("this value is not known; accepted: {accepted}");
        self.fault(field, "unknown_value", detail)
    }

    fn required<T>(&mut self, field: Field<'_>, expected: &str) -> Option<T> {
        self.fault(field, "required", format!("send {expected}"))
    }

    fn fault<T>(&mut self, field: Field<'_>, code: &'static str, detail: String) -> Option<T> {
        self.faults.push(ProfileFault {
            pointer: field.pointer(),
            code,
            detail,
        });
        None
    }
}

/// The candidate without what the texts say about the person. Words of the name that the document
/// also uses for the work stay where they stand alone.
fn without_the_person(mut candidate: Candidate, document: &Value) -> Candidate {
    let own_name = document.as_object().map(OwnName::of).unwrap_or_default();
    let own_name = own_name.beside(candidate.words_for_work());
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
    candidate
}

/// The entries of a list written as text. A separator in parentheses belongs to its entry: « AWS
/// (EC2, S3), Docker » has two.
fn entries_of(text: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0_usize;
    text.split(move |character: char| {
        match character {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ',' | ';' => return depth == 0,
            // A line break also ends a parenthesis that was never closed.
            '\n' => {
                depth = 0;
                return true;
            }
            _ => {}
        }
        false
    })
    .map(str::trim)
    .filter(|entry| !entry.is_empty())
}

/// A number of years as text: "3,5", « 18 mois », the lower end of "3-5 years".
fn years_in(text: &str) -> Option<f64> {
    decimal(text).or_else(|| {
        let range = ExperienceRange::parse(text)?;
        let sign = if is_negative(text) { -1.0 } else { 1.0 };
        Some(sign * range.min.or(range.max)?)
    })
}

fn is_negative(text: &str) -> bool {
    text.trim_start().starts_with(['-', '−'])
}

fn whole_number(number: f64, range: RangeInclusive<u8>) -> Option<u8> {
    range
        .into_iter()
        .find(|whole| f64::from(*whole).total_cmp(&number).is_eq())
}

fn mode_of_flag(remote: bool) -> RemoteMode {
    if remote {
        RemoteMode::Remote
    } else {
        RemoteMode::Onsite
    }
}

fn salary_of_amount(amount: f64) -> SalaryRange {
    SalaryRange {
        min: Some(amount),
        max: Some(amount),
        currency: None,
        period: None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Map, json};

    use super::*;
    use crate::domain::{foreign_documents::normalise, profile_kind::ProfileKind};

    fn candidate(document: &Value) -> Candidate {
        Candidate::from_document(document).unwrap()
    }

    fn posting(document: &Value) -> JobPosting {
        JobPosting::from_document(document).unwrap()
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_candidate_document_is_read_in_full() {
        let read = candidate(&json!({
            "id": 123, "title": " Développeuse Rust ", "summary": "Ten years of systems.",
            "skills": [{"name": "Rust", "level": 5, "years": 4.5}, "SQL"],
            "experience_years": 10, "education": {"level": "master", "field": "informatique"},
            "languages": [{"code": "fr", "level": "native"}, {"code": "en", "level": "C1"}],
            "location": {"city": "Lyon", "country": "FR", "lat": 45.76, "lon": 4.84},
            "remote": "hybrid", "max_distance_km": 30, "willing_to_relocate": false,
            "contract_types": ["permanent", "freelance"],
            "salary": {"min": 50000, "max": 60000, "currency": "eur", "period": "year"},
            "available_from": "2026-09-01", "industries": ["banking", "energy"],
            "positions": [{"title": "Engineer"}, "Technician"], "favourite_colour": "blue",
        }));
        let expected = Candidate {
            id: Some(123),
            title: Some("Développeuse Rust".to_owned()),
            summary: Some("Ten years of systems.".to_owned()),
            skills: vec![
                Skill {
                    name: "Rust".to_owned(),
                    level: Some(5),
                    years: Some(4.5),
                },
                Skill::named("SQL"),
            ],
            experience_years: Some(10.0),
            education: Some(Education {
                level: Some(EducationLevel::Master),
                field: Some("informatique".to_owned()),
            }),
            languages: vec![
                LanguageSkill {
                    code: "fr".to_owned(),
                    level: Some(LanguageLevel::Native),
                },
                LanguageSkill {
                    code: "en".to_owned(),
                    level: Some(LanguageLevel::C1),
                },
            ],
            location: Some(Location {
                city: Some("Lyon".to_owned()),
                country: Some("FR".to_owned()),
                coordinates: Some(Coordinates {
                    latitude: 45.76,
                    longitude: 4.84,
                }),
            }),
            remote: Some(RemotePreference::Only(RemoteMode::Hybrid)),
            max_distance_km: Some(30.0),
            willing_to_relocate: Some(false),
            contract_types: vec![ContractType::Permanent, ContractType::Freelance],
            salary: Some(SalaryRange {
                min: Some(50_000.0),
                max: Some(60_000.0),
                currency: Some("EUR".to_owned()),
                period: Some(SalaryPeriod::Year),
            }),
            available_from: Some(day("2026-09-01")),
            industries: vec!["banking".to_owned(), "energy".to_owned()],
            past_titles: vec!["Engineer".to_owned(), "Technician".to_owned()],
            ..Candidate::default()
        };
        assert_eq!(read, expected);
    }

    #[test]
    fn the_writings_of_other_platforms_read_to_the_same_candidate() {
        let ours = candidate(&json!({
            "id": 7, "skills": ["Rust", "AWS (EC2, S3)", "SQL"], "experience_years": 3.5,
            "education": {"level": "master", "field": "informatique"},
            "languages": [{"code": "en", "level": "C1"}, {"code": "fr", "level": "native"}],
            "location": {"city": "Lyon", "country": "France"}, "remote": "remote",
            "max_distance_km": 30, "willing_to_relocate": true,
            "contract_types": ["permanent", "fixed_term"],
            "salary": {"min": 45000, "max": 55000, "currency": "EUR", "period": "year"},
            "available_from": "2026-09-01", "industries": ["banking", "energy"],
            "positions": ["Engineer"],
        }));
        let theirs = candidate(&json!({
            "id": "7", "skills": "Rust, AWS (EC2, S3); SQL", "experience_years": "3,5 ans",
            "education": "Master en informatique",
            "languages": ["Anglais (C1)", "Français langue maternelle"],
            "location": "Lyon, France", "remote": true,
            "max_distance_km": "30 km", "willing_to_relocate": "oui",
            "contract_types": "CDI / CDD", "salary": "45 000 - 55 000 € / an",
            "available_from": "01/09/2026", "industries": "banking; energy",
            "companies": [{"role": "Engineer"}, "ACME"], "experience": "3 ans",
        }));
        assert_eq!(ours, theirs);
        let others = candidate(&json!({
            "id": 7.0, "skills": [{"skill": "Rust"}, {"name": "AWS (EC2, S3)"}, {"name": "SQL"}],
            "experience_years": "42 months",
            "education": [{"level": "BTS", "field": "x"}, {"degree": "Ingénieur", "area": "informatique"}],
            "languages": [{"language": "English", "fluency": "fluent"}, {"name": "fr-FR", "level": "natif"}],
            "location": {"city": "Lyon", "country": "France", "lat": null}, "remote": "full remote",
            "max_distance_km": "30", "willing_to_relocate": 1,
            "contract_types": ["CDI", "cdd", "CDI temps plein"],
            "salary": {"min": "45k", "max": "55 000", "currency": "€", "period": "annuel"},
            "available_from": "2026-09-01T08:00:00Z", "industries": ["banking", null, " ", "energy"],
            "positions": [], "experiences": [{"position": "Engineer"}],
        }));
        assert_eq!(ours, others);
    }

    #[test]
    fn a_job_posting_document_is_read_in_full() {
        let read = posting(&json!({
            "id": 456, "title": "Ingénieur", "description": "Texte",
            "required_skills": ["Rust"], "preferred_skills": [{"name": "SQL", "level": "expert"}],
            "experience_years": {"min": 3, "max": 5}, "education": {"level": 7},
            "languages": "anglais courant, français", "location": "69003 Lyon",
            "remote": "2 jours de télétravail", "contract_type": "CDI",
            "salary": {"amount": 500, "period": "TJM"}, "start_date": "2026-09",
            "industry": "energy", "status": "open",
        }));
        let expected = JobPosting {
            id: Some(456),
            title: Some("Ingénieur".to_owned()),
            description: Some("Texte".to_owned()),
            required_skills: vec![Skill::named("Rust")],
            preferred_skills: vec![Skill {
                name: "SQL".to_owned(),
                level: Some(5),
                years: None,
            }],
            experience_years: Some(ExperienceRange {
                min: Some(3.0),
                max: Some(5.0),
            }),
            education: Some(Education {
                level: Some(EducationLevel::Master),
                field: None,
            }),
            languages: vec![
                LanguageSkill {
                    code: "en".to_owned(),
                    level: Some(LanguageLevel::C1),
                },
                LanguageSkill {
                    code: "fr".to_owned(),
                    level: None,
                },
            ],
            location: Some(Location {
                city: Some("Lyon".to_owned()),
                ..Location::default()
            }),
            remote: Some(RemoteMode::Hybrid),
            contract_type: Some(ContractType::Permanent),
            salary: Some(SalaryRange {
                min: Some(500.0),
                max: Some(500.0),
                currency: None,
                period: Some(SalaryPeriod::Day),
            }),
            start_date: Some(day("2026-09-01")),
            industry: Some("energy".to_owned()),
            status: Some(PostingStatus::Open),
            must_haves: MustHaves::default(),
        };
        assert_eq!(read, expected);
    }

    #[test]
    fn what_a_job_cant_be_done_without_is_declared_in_its_place() {
        let read = posting(&json!({
            "required_skills": [{"name": "Rust", "must_have": true}, {"name": "SQL"}],
            "languages": [{"code": "en", "level": "B2", "must_have": "yes"}, "fr"],
            "location": {"city": "Lyon", "must_have": 1},
            "licenses": "B, CACES 3", "work_permit": ["FR", null],
        }));
        assert_eq!(read.required_skills.len(), 2);
        assert_eq!(
            read.must_haves,
            MustHaves {
                skills: vec![Skill::named("Rust")],
                languages: LanguageSkill::parse("English B2"),
                licences: vec!["B".to_owned(), "CACES 3".to_owned()],
                work_permits: vec!["FR".to_owned()],
                location: true,
            }
        );
        let read = candidate(&json!({
            "licences": ["B"], "work_permits": "FR; BE", "nationality": "CH",
            "skills": [{"name": "Rust", "must_have": "whatever"}],
        }));
        assert_eq!(read.licences, ["B"]);
        assert_eq!(read.work_permits, ["FR", "BE"]);
    }

    #[test]
    fn wrong_must_haves_are_faults_with_their_pointer() {
        let faults = JobPosting::from_document(&json!({
            "required_skills": [{"name": "Rust", "must_have": "perhaps"}],
            "languages": [{"code": "en", "must_have": 7}],
            "location": {"city": "Lyon", "must_have": []},
            "licences": [5], "work_permit": {"FR": true},
        }))
        .unwrap_err();
        let mut pointers: Vec<&str> = faults.iter().map(|fault| &*fault.pointer).collect();
        pointers.sort_unstable();
        assert_eq!(
            pointers,
            [
                "/languages/0/must_have",
                "/licences/0",
                "/location/must_have",
                "/required_skills/0/must_have",
                "/work_permit",
            ]
        );
    }

    #[test]
    fn experience_of_a_posting_may_be_a_number_or_words() {
        for (years, min, max) in [
            (json!(3), Some(3.0), None),
            (json!("3,5"), Some(3.5), None),
            (json!("3-5 ans"), Some(3.0), Some(5.0)),
            (json!({"max": "2"}), None, Some(2.0)),
        ] {
            let range = posting(&json!({"experience_years": years}))
                .experience_years
                .unwrap();
            assert_eq!((range.min, range.max), (min, max), "{years}");
        }
    }

    #[test]
    fn what_says_nothing_is_absent() {
        let empty = json!({
            "id": null, "title": " ", "summary": "", "skills": [null, "", "  "],
            "experience_years": "", "education": {}, "languages": [], "location": {"city": ""},
            "remote": null, "contract_types": "", "salary": {"currency": "EUR"},
            "available_from": "immédiatement", "industries": ", ;", "positions": [{"company": "A"}],
        });
        assert_eq!(candidate(&empty), Candidate::default());
        assert_eq!(candidate(&json!({})), Candidate::default());
        let empty = json!({
            "contract_type": "temps plein", "salary": "selon profil", "start_date": "ASAP",
            "experience_years": {}, "location": "Remote",
        });
        assert_eq!(posting(&empty), JobPosting::default());
    }

    #[test]
    fn what_identifies_a_person_leaves_no_trace() {
        let plain = json!({"id": 1, "title": "Welder", "location": {"city": "Lyon"},
                           "skills": [{"name": "MIG"}]});
        let mut personal = plain.clone();
        for (name, value) in [
            ("name", json!("A. Person")),
            ("first_name", json!("A.")),
            ("last_name", json!("Person")),
            ("age", json!(58)),
            ("birth_date", json!("1968-01-01")),
            ("gender", json!("female")),
            ("sex", json!("F")),
            ("photo", json!("https://example.org/a.jpg")),
            ("nationality", json!("French")),
            ("marital_status", json!("married")),
            ("address", json!("1 Some Street")),
            ("email", json!("a@example.org")),
            ("phone", json!("+33 1")),
            ("street", json!("1 Some Street")),
        ] {
            personal[name] = value.clone();
            personal["location"][name] = value.clone();
            if name != "name" {
                personal["skills"][0][name] = value;
            }
        }
        assert_eq!(candidate(&personal), candidate(&plain));
    }

    /// The faults of a document of that kind, as (pointer, code).
    fn faults(kind: ProfileKind, document: &Value) -> Vec<(String, &'static str)> {
        let faults = match kind {
            ProfileKind::Candidate => Candidate::from_document(document).map(|_| ()),
            ProfileKind::JobPosting => JobPosting::from_document(document).map(|_| ()),
        };
        let faults = faults.err().unwrap_or_default();
        assert!(faults.iter().all(|fault| !fault.detail.is_empty()));
        faults
            .into_iter()
            .map(|fault| (fault.pointer, fault.code))
            .collect()
    }

    /// Kind, pointer, code, document.
    const IMPOSSIBLE: &str = r#"
        candidate    /id                   out_of_range   {"id": 0}
        candidate    /id                   out_of_range   {"id": -1}
        candidate    /id                   out_of_range   {"id": 18446744073709551615}
        candidate    /id                   wrong_type     {"id": 1.5}
        candidate    /id                   wrong_type     {"id": "abc"}
        candidate    /id                   wrong_type     {"id": true}
        candidate    /title                wrong_type     {"title": {}}
        candidate    /skills               wrong_type     {"skills": 5}
        candidate    /skills/1             wrong_type     {"skills": ["a", 5]}
        candidate    /skills/1/name        required       {"skills": [null, {"level": 3}]}
        candidate    /skills/0/level       out_of_range   {"skills": [{"name": "a", "level": 9}]}
        candidate    /skills/0/level       out_of_range   {"skills": [{"name": "a", "level": 2.5}]}
        candidate    /skills/0/level       unknown_value  {"skills": [{"name": "a", "level": "ninja"}]}
        candidate    /skills/0/years       out_of_range   {"skills": [{"name": "a", "years": -1}]}
        candidate    /experience_years     out_of_range   {"experience_years": -3}
        candidate    /experience_years     out_of_range   {"experience_years": "-3 ans"}
        candidate    /experience_years     out_of_range   {"experience_years": 81}
        candidate    /experience_years     wrong_type     {"experience_years": "many"}
        candidate    /experience_years     wrong_type     {"experience_years": [1]}
        candidate    /education/level      unknown_value  {"education": {"level": "wizard"}}
        candidate    /education/level      out_of_range   {"education": {"level": 9}}
        candidate    /education            wrong_type     {"education": 7}
        candidate    /languages/0/code     required       {"languages": [{"level": "C1"}]}
        candidate    /languages/0/level    unknown_value  {"languages": [{"code": "en", "level": "D1"}]}
        candidate    /languages/0/level    wrong_type     {"languages": [{"code": "en", "level": 3}]}
        candidate    /location/lat         out_of_range   {"location": {"lat": 200, "lon": 0}}
        candidate    /location/lng         out_of_range   {"location": {"latitude": 45, "lng": -181}}
        candidate    /location/lon         required       {"location": {"lat": 45}}
        candidate    /location             wrong_type     {"location": 5}
        candidate    /remote               unknown_value  {"remote": "on Mars"}
        candidate    /max_distance_km      out_of_range   {"max_distance_km": 20001}
        candidate    /willing_to_relocate  unknown_value  {"willing_to_relocate": "perhaps"}
        candidate    /contract_types/1     unknown_value  {"contract_types": ["CDI", "slavery"]}
        candidate    /salary/min           min_above_max  {"salary": {"min": 5, "max": 4}}
        candidate    /salary               min_above_max  {"salary": "50k - 40k"}
        candidate    /salary/min           out_of_range   {"salary": {"min": -1}}
        candidate    /salary/max           wrong_type     {"salary": {"max": "40 or 50"}}
        candidate    /salary               out_of_range   {"salary": "-500 €"}
        candidate    /salary/currency      unknown_value  {"salary": {"amount": 1, "currency": "shells"}}
        candidate    /salary/period        unknown_value  {"salary": {"amount": 1, "period": "eon"}}
        candidate    /salary               wrong_type     {"salary": []}
        candidate    /available_from       unknown_value  {"available_from": "2026-02-30"}
        candidate    /available_from       wrong_type     {"available_from": 20260101}
        candidate    /available_from       out_of_range   {"available_from": "0026-01-01"}
        candidate    /available_from       out_of_range   {"available_from": "9999-12-31"}
        candidate    /id                   out_of_range   {"id": "9223372036854775808"}
        candidate    /salary/min           out_of_range   {"salary": {"min": 1e10}}
        candidate    /experience_years     out_of_range   {"experience_years": 1e308}
        candidate    /experience_years     wrong_type     {"experience_years": "NaN"}
        candidate    /max_distance_km      wrong_type     {"max_distance_km": "inf"}
        candidate    /languages/0/code     wrong_type     {"languages": [{"code": 5}]}
        candidate    /skills/0             wrong_type     {"skills": [["a"]]}
        candidate    /positions/0/title    wrong_type     {"positions": [{"title": []}]}
        candidate    /positions            wrong_type     {"positions": 3}
        job_posting  /experience_years/min min_above_max  {"experience_years": {"min": 5, "max": 3}}
        job_posting  /experience_years     min_above_max  {"experience_years": "5-3 ans"}
        job_posting  /experience_years     wrong_type     {"experience_years": "senior"}
        job_posting  /experience_years     out_of_range   {"experience_years": "90 years"}
        job_posting  /remote               unknown_value  {"remote": "any"}
        job_posting  /contract_type        wrong_type     {"contract_type": 4}
        job_posting  /status               unknown_value  {"status": "maybe"}
        job_posting  /industry             wrong_type     {"industry": ["energy"]}
    "#;

    #[test]
    fn impossible_values_are_refused_where_they_stand() {
        for line in IMPOSSIBLE.lines().filter(|line| !line.trim().is_empty()) {
            let (head, document) = line.split_at(line.find('{').unwrap());
            let head: Vec<&str> = head.split_whitespace().collect();
            let kind = ProfileKind::parse(head[0]).unwrap();
            let found = faults(kind, &serde_json::from_str(document).unwrap());
            let found: Vec<_> = found
                .iter()
                .map(|(place, code)| (&**place, *code))
                .collect();
            assert_eq!(found, [(head[1], head[2])], "{line}");
        }
    }

    #[test]
    fn what_is_no_object_is_refused_as_a_whole() {
        for document in [json!([]), json!(null), json!("text"), json!(5)] {
            let expected = vec![(String::new(), "wrong_type")];
            assert_eq!(faults(ProfileKind::Candidate, &document), expected);
        }
    }

    #[test]
    fn what_is_too_long_is_refused() {
        for (document, pointer, code) in [
            (json!({"title": "x".repeat(501)}), "/title", "too_long"),
            (
                json!({"summary": "x".repeat(200_001)}),
                "/summary",
                "too_long",
            ),
            (
                json!({"skills": ["é".repeat(201)]}),
                "/skills/0",
                "too_long",
            ),
            (json!({"skills": vec!["x"; 1_001]}), "/skills", "too_many"),
            (json!({"skills": "x,".repeat(1_001)}), "/skills", "too_many"),
        ] {
            let expected = vec![(pointer.to_owned(), code)];
            assert_eq!(faults(ProfileKind::Candidate, &document), expected);
        }
    }

    #[test]
    fn what_nobody_sees_is_read_as_if_it_were_not_there() {
        let plain = json!({
            "title": "Welder", "summary": "Welds.\nBends.", "skills": ["Rust", {"name": "MIG"}],
            "location": "Lyon, France", "industries": ["energy"], "positions": ["Smith"],
            "education": {"level": "master", "field": "metals"}, "remote": "remote",
        });
        let forged = json!({
            "title": "\u{202e}Wel\u{200b}der\u{202c}", "summary": "Welds.\nBe\u{ad}nds.\u{0}",
            "skills": ["R\u{2060}ust", {"name": "\u{2066}MIG\u{2069}"}, "\u{200b}", {"name": "\u{feff}"}],
            "location": "Ly\u{202d}on, Fra\u{200d}nce", "industries": ["ener\u{61c}gy"],
            "positions": ["S\u{e0041}mith", "\u{202e}"],
            "education": {"level": "master", "field": "\u{7}metals"}, "remote": "remote",
        });
        assert_eq!(candidate(&forged), candidate(&plain));
        let posting_of = |text: &str| posting(&json!({"title": text, "description": text}));
        assert_eq!(posting_of("\u{202e}Welder"), posting_of("Welder"));
    }

    #[test]
    fn details_of_the_person_in_texts_stay_behind() {
        let plain = json!({"title": "Welder", "summary": "Welds well.", "skills": ["MIG"]});
        let personal = json!({
            "name": "Marie Dupont", "title": "Marie Dupont, Welder", "skills": ["MIG"],
            "summary": "My name is Marie Dupont. Aged 39, born on 2 May 1987 in Leeds. Welds well.",
            "positions": ["Marie Dupont"],
        });
        assert_eq!(candidate(&personal), candidate(&plain));
    }

    #[test]
    fn all_faults_come_back_at_once() {
        let document = json!({"id": 0, "title": 5, "skills": [{"level": 9}], "remote": {}});
        let expected = [
            ("/id", "out_of_range"),
            ("/title", "wrong_type"),
            ("/skills/0/level", "out_of_range"),
            ("/skills/0/name", "required"),
            ("/remote", "wrong_type"),
        ];
        let found = faults(ProfileKind::Candidate, &document);
        let found: Vec<_> = found
            .iter()
            .map(|(place, code)| (&**place, *code))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn an_unknown_word_is_answered_with_the_known_ones() {
        let document = json!({"remote": "on Mars"});
        let faults = Candidate::from_document(&document).unwrap_err();
        assert_eq!(
            faults[0].to_string(),
            "/remote: this value is not known; accepted: onsite, hybrid, remote, any (any way is \
             fine)"
        );
    }

    #[test]
    fn limits_are_in_characters_and_reach_to_the_last() {
        let document = json!({
            "title": "é".repeat(500), "summary": "é".repeat(200_000),
            "skills": vec!["é".repeat(200); 1_000],
        });
        assert_eq!(candidate(&document).skills.len(), 1_000);
    }

    const NAMES: &str = "id title summary description skills required_skills preferred_skills name \
        level years experience_years min max amount currency period education field degree \
        languages code language fluency location city country lat lon remote max_distance_km \
        willing_to_relocate contract_types contract_type salary available_from start_date \
        industries industry status positions experience companies role basics label work position \
        startDate endDate highlights studyType area keywords meta lastModified summary @type \
        @graph identifier value identifier employmentType jobLocation address addressLocality geo \
        latitude longitude jobLocationType baseSalary minValue unitText experienceRequirements \
        monthsOfExperience educationRequirements credentialCategory qualifications a/b~c";
    const TEXTS: &str = "JobPosting|CDI|Bac+5|Anglais (C1)|45-55k€|3 à 5 ans|2020-01|Present|12 rue \
        X, 69003 Lyon|télétravail|<p>&eacute;|5|-1|3,5|1e999|\u{0}|🦀|e\u{301}|’|(((|,;,|0|k|- -|9k9k9k|\
        20202020202020202020202020|½|٣ ans|TELECOMMUTE|en-GB|1 an 6 mois";

    fn any_value() -> impl Strategy<Value = Value> {
        let texts: Vec<&str> = TEXTS.split('|').collect();
        let names: Vec<&str> = NAMES.split_whitespace().collect();
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            (-5..=10_i64).prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            proptest::sample::select(texts).prop_map(Value::from),
            "\\PC{0,12}".prop_map(Value::from),
            "[0-9 ,.€k/a+à-]{0,12}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 64, 8, move |inner| {
            let member = (proptest::sample::select(names.clone()), inner.clone());
            prop_oneof![
                proptest::collection::vec(inner, 0..5).prop_map(Value::from),
                proptest::collection::vec(member, 0..12).prop_map(|members| {
                    let members = members
                        .into_iter()
                        .map(|(name, value)| (name.to_owned(), value));
                    Value::Object(members.collect::<Map<_, _>>())
                }),
            ]
        })
    }

    fn resolves(document: &Value, pointer: &str) -> bool {
        document.pointer(pointer).is_some()
            || pointer
                .rsplit_once('/')
                .is_some_and(|(parent, _)| document.pointer(parent).is_some())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1_000))]

        #[test]
        fn any_document_is_read_or_refused_where_it_is_wrong(document in any_value()) {
            for kind in [ProfileKind::Candidate, ProfileKind::JobPosting] {
                for document in [document.clone(), normalise(kind, document.clone())] {
                    let found = faults(kind, &document);
                    prop_assert!(
                        found.iter().all(|(pointer, _)| resolves(&document, pointer)),
                        "{found:?}"
                    );
                    prop_assert_eq!(found, faults(kind, &document));
                }
            }
        }

        #[test]
        fn what_is_read_keeps_its_promises(document in any_value()) {
            if let Ok(candidate) = Candidate::from_document(&document) {
                prop_assert_eq!(Candidate::from_document(&document), Ok(candidate.clone()));
                prop_assert!(candidate.id.is_none_or(|id| id >= 1));
                prop_assert!(candidate.experience_years.is_none_or(|years| YEARS.contains(&years)));
                prop_assert!(candidate.skills.iter().all(|skill| !skill.name.trim().is_empty()));
                prop_assert!(candidate.languages.iter().all(|language| !language.code.is_empty()));
                if let Some(salary) = candidate.salary {
                    prop_assert!(salary.min.is_some() || salary.max.is_some());
                    prop_assert!(salary.min.zip(salary.max).is_none_or(|(min, max)| min <= max));
                }
            }
        }

        #[test]
        fn normalising_twice_is_normalising_once(document in any_value()) {
            for kind in [ProfileKind::Candidate, ProfileKind::JobPosting] {
                let once = normalise(kind, document.clone());
                prop_assert_eq!(normalise(kind, once.clone()), once);
            }
        }
    }
}
