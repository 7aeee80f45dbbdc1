//! Readers of the fields of profiles, in every notation that each field accepts.

use std::ops::RangeInclusive;

use chrono::{Datelike as _, NaiveDate};
use serde_json_borrow::Value;

use super::{ENTRY_LIMIT, NAME_LIMIT, ProfileReader, TITLE_LIMIT, values::whole_number};
use crate::profiles::{
    contract::ContractType,
    education::{Education, EducationLevel, is_not_held},
    encoding::{DIMENSIONS, Encoding, UNRELATED_COSINES},
    folded_text::fold,
    html_text::readable,
    job_posting::ExperienceRange,
    language::{LanguageLevel, LanguageSkill},
    licence_names::names_in_entry,
    location::{Coordinates, Location, RemoteMode, RemotePreference},
    numerals::{amounts, decimal},
    occupation_code::OccupationCode,
    profile_field::ProfileField as Field,
    salary::{SalaryPeriod, SalaryRange, currency_code, is_net},
    skill::Skill,
    visible_text::visible,
    written_date::{WrittenDate, means_now},
};

pub(super) const YEARS: RangeInclusive<f64> = 0.0..=80.0;
const DATE_YEARS: RangeInclusive<i32> = 1900..=2200;
/// Accepted amounts. A larger amount is a typing error in any currency.
const AMOUNT: RangeInclusive<f64> = 0.0..=1_000_000_000.0;

const CONTRACTS: &str = "permanent, fixed_term, temporary, freelance, internship, apprenticeship, \
                         seasonal, volunteer, or their French names (CDI, CDD, intérim, \
                         indépendant, stage, alternance, saisonnier, bénévolat)";
const EDUCATION_LEVELS: &str = "none, vocational, secondary, short_cycle, bachelor, master, \
                                doctorate, a diploma's name (« BTS », « Bac+5 », \"PhD\"), or a \
                                level from 1 to 8 of the European Qualifications Framework";
const LANGUAGE_LEVELS: &str = "A1, A2, B1, B2, C1, C2, native, or a word such as \"fluent\", « \
                               courant », « notions »";
const OCCUPATION_CODES: &str = "a code of O*NET (15-1252.00), ISCO-08 (2512), ROME (M1805) or ESCO";
const PERIODS: &str = "hour, day, week, fortnight, month, year";
/// Maximum number of places in one profile.
const PLACE_LIMIT: usize = 100;
/// Accepted notations of years of experience, for fault messages.
const EXPERIENCE: &str = "years from 0 to 80 as a number, or in words such as \"3 years\", « trois \
                          ans », \"3-5\", « débutant », « confirmé », \"senior\"";
/// Accepted parts of an encoding, for fault messages.
const VECTOR: &str = "a list of 2 to 4096 finite numbers, not all of them 0";
const MODEL: &str = "the name of the encoder's model, 1 to 200 characters";
const UNRELATED_COSINE: &str = "a number from 0 to below 1";
const DATES: &str = "a date as YYYY-MM-DD, YYYY-MM or DD/MM/YYYY, or \"immediate\"";

/// Readers of single fields.
impl ProfileReader {
    /// Reads an id: an integer of at least 1, also as text.
    pub(super) fn id(&mut self, field: Field<'_>) -> Option<i64> {
        let expected = "a whole number from 1 to 9223372036854775807";
        let id: Option<i128> = match field.value {
            Value::Number(number) => number
                .as_i64()
                .map(i128::from)
                .or_else(|| number.as_u64().map(i128::from))
                .or_else(|| number.as_f64().and_then(whole)),
            Value::Str(text) => text.trim().parse().ok(),
            _ => None,
        };
        match id.map(i64::try_from) {
            Some(Ok(id)) if id >= 1 => Some(id),
            Some(_) => self.out_of_range(field, expected),
            None => self.wrong_type(field, expected),
        }
    }

    /// Reads a skill: a name, or `{name, level, years}`.
    pub(super) fn skill(&mut self, field: Field<'_>) -> Option<Skill> {
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

    /// Reads the skills of a list that `is_kept` accepts; it also receives whether the entry is
    /// marked as a must-have, if entries may be. An entry that lists categories gives one skill for
    /// each: « CACES R489 1, 3, 5 ».
    pub(super) fn skills(
        &mut self,
        field: Option<Field<'_>>,
        marks_must_haves: bool,
        mut is_kept: impl FnMut(&Skill, bool) -> bool,
    ) -> Vec<Skill> {
        let entries = self.listed(field, |reader, entry| {
            let is_must_have = marks_must_haves && reader.is_must_have(entry);
            Some((reader.skill(entry)?, is_must_have))
        });
        let each = entries.into_iter().flat_map(|(skill, is_must_have)| {
            let names = names_in_entry(&skill.name).into_iter();
            names.map(move |name| (Skill { name, ..skill }, is_must_have))
        });
        each.filter(|(skill, is_must_have)| is_kept(skill, *is_must_have))
            .map(|(skill, _)| skill)
            .collect()
    }

    /// True if an entry of a posting is marked as a must-have.
    pub(super) fn is_must_have(&mut self, entry: Field<'_>) -> bool {
        let flag = entry.member(&["must_have"]);
        flag.and_then(|flag| self.flag(flag)) == Some(true)
    }

    /// Reads a skill level: 1 to 5, also as text or as `4/5`, or a word.
    pub(super) fn skill_level(&mut self, field: Field<'_>) -> Option<u8> {
        let expected = "a level from 1 (beginner) to 5 (expert)";
        let number = match field.value {
            Value::Number(number) => number.as_f64(),
            Value::Str(text) => match decimal(text.trim().trim_end_matches("/5")) {
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

    /// Reads years as a number or in words; of a range in words, the lower end.
    pub(super) fn experience(&mut self, field: Field<'_>) -> Option<f64> {
        if let Value::Str(text) = field.value
            && years_in(text).is_none()
        {
            return self.unknown_value(field, EXPERIENCE);
        }
        self.number(field, YEARS, "years", years_in)
    }

    /// Reads a range of years: `{min, max}`, a number (the minimum), or words.
    pub(super) fn experience_range(&mut self, field: Field<'_>) -> Option<ExperienceRange> {
        let expected = "years as a number, as {min, max}, or in words such as « 3 ans »";
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
            Value::Str(text) => {
                self.check_length(field, text, TITLE_LIMIT)?;
                let range = match decimal(text) {
                    Some(number) => Some(ExperienceRange {
                        min: Some(number),
                        max: None,
                    }),
                    None => ExperienceRange::parse(text),
                };
                let Some(range) = range else {
                    return self.unknown_value(field, EXPERIENCE);
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

    /// Returns the highest of several diplomas, with the highest level in progress above it.
    pub(super) fn highest_education(&mut self, field: Field<'_>) -> Option<Education> {
        let diplomas = self.diplomas(field);
        let in_progress = diplomas.iter().filter_map(|diploma| diploma.in_progress);
        let in_progress = in_progress.max();
        // `max_by_key` returns the last of equal elements; in reversed order, the first.
        let mut highest = (diplomas.into_iter().rev()).max_by_key(|diploma| diploma.level)?;
        highest.in_progress =
            in_progress.filter(|studied| highest.level.is_none_or(|held| held < *studied));
        Some(highest)
    }

    /// Returns the lowest of several diplomas, since any of them is sufficient.
    pub(super) fn lowest_education(&mut self, field: Field<'_>) -> Option<Education> {
        let diplomas = self.diplomas(field);
        diplomas
            .into_iter()
            .min_by_key(|diploma| (diploma.level.is_none(), diploma.level))
    }

    pub(super) fn diplomas(&mut self, field: Field<'_>) -> Vec<Education> {
        match field.value {
            Value::Array(_) => self.list(Some(field), Self::diploma),
            _ => self.diploma(field).into_iter().collect(),
        }
    }

    /// Reads a diploma: `{level, field}`, or words. A `degree` or `diploma` member is read as
    /// words; `level` and `field` take precedence over it.
    pub(super) fn diploma(&mut self, field: Field<'_>) -> Option<Education> {
        let education = match field.value {
            Value::Str(text) => {
                self.check_length(field, text, TITLE_LIMIT)?;
                Education::parse(&visible(&readable(text)))
            }
            Value::Object(_) => {
                let written = field
                    .member(&["degree", "diploma"])
                    .and_then(|degree| self.text(degree, TITLE_LIMIT))
                    .map(|degree| Education::parse(&degree))
                    .unwrap_or_default();
                let stated = field.member(&["level"]);
                let under_way = match stated.map(|level| level.value) {
                    Some(Value::Str(text)) => Education::parse(&visible(&readable(text))),
                    _ => Education::default(),
                };
                let level = match under_way.in_progress {
                    Some(_) => under_way.level,
                    None => stated.and_then(|level| self.education_level(level)),
                };
                let studied = field
                    .member(&["field", "area", "field_of_study"])
                    .and_then(|studied| self.text(studied, TITLE_LIMIT));
                Education {
                    level: level.or(written.level),
                    field: studied.or(written.field),
                    in_progress: (under_way.in_progress)
                        .or(written.in_progress)
                        .filter(|studied| level.is_none_or(|held| held < *studied)),
                }
            }
            _ => return self.wrong_type(field, "{level, field}, or a diploma's name"),
        };
        (education != Education::default()).then_some(education)
    }

    pub(super) fn education_level(&mut self, field: Field<'_>) -> Option<EducationLevel> {
        let number = match field.value {
            Value::Number(number) => number.as_f64(),
            Value::Str(text) => decimal(text),
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

    /// Reads codes of occupations from a list or a text.
    pub(super) fn occupation_codes(&mut self, field: Option<Field<'_>>) -> Vec<OccupationCode> {
        self.list(field, |reader, entry| {
            reader.word(entry, OCCUPATION_CODES, OccupationCode::parse)
        })
    }

    pub(super) fn languages(&mut self, field: Option<Field<'_>>) -> Vec<LanguageSkill> {
        self.list(field, |reader, entry| {
            Some(reader.languages_of_entry(entry))
        })
        .into_iter()
        .flatten()
        .collect()
    }

    /// Reads languages: `{code, level}`, or words. A name may stand in place of the code, and there
    /// are aliases for the member.
    pub(super) fn languages_of_entry(&mut self, field: Field<'_>) -> Vec<LanguageSkill> {
        match field.value {
            Value::Str(_) => self
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

    /// Reads places: one place, words that name several (« Paris ou Lyon »), or a list of either.
    pub(super) fn locations(&mut self, field: Option<Field<'_>>) -> Vec<Location> {
        let Some(field) = field else {
            return Vec::new();
        };
        match field.value {
            Value::Str(text) => match self.check_length(field, text, TITLE_LIMIT) {
                Some(()) => Location::all_in(&visible(&readable(text))),
                None => Vec::new(),
            },
            Value::Object(_) => self.locations_of_object(field),
            Value::Array(items) => field
                .items(items)
                .take(PLACE_LIMIT)
                .flat_map(|item| self.locations(Some(item)))
                .collect(),
            _ => {
                self.wrong_type::<()>(field, "a city, or {city, country, lat, lon}");
                Vec::new()
            }
        }
    }

    /// Reads the places of `{city, country, countries, lat, lon}`. The city may name several: the
    /// country applies to each, the coordinates to the first. Address lines and postal codes are
    /// dropped.
    fn locations_of_object(&mut self, field: Field<'_>) -> Vec<Location> {
        let city = field
            .member(&["city"])
            .and_then(|city| self.text(city, NAME_LIMIT));
        let country = field
            .member(&["country", "country_code"])
            .and_then(|country| self.text(country, NAME_LIMIT));
        // Parsed in the same way as words, so that an address line in this field is dropped.
        let mut places = city.map_or_else(Vec::new, |city| Location::all_in(&city));
        if places.is_empty() {
            places.push(Location::default());
        }
        for place in &mut places {
            place.country = country.clone().or(place.country.take());
        }
        places[0].coordinates = self.coordinates(field);
        places.retain(|place| *place != Location::default());
        // Each country to which remote work is limited becomes a separate place.
        for country in self.names(field.member(&["countries"])) {
            let country = Some(country);
            if places.iter().all(|place| place.country != country) {
                places.push(Location {
                    country,
                    ..Location::default()
                });
            }
        }
        places
    }

    pub(super) fn coordinates(&mut self, location: Field<'_>) -> Option<Coordinates> {
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

    /// Reads a mode of work. `true` and `false` answer the question "remote?".
    pub(super) fn remote_preference(&mut self, field: Field<'_>) -> Option<RemotePreference> {
        match field.value {
            Value::Bool(remote) => Some(RemotePreference::Only(mode_of_flag(*remote))),
            _ => self.word(
                field,
                "onsite, hybrid, remote, any (any way is fine)",
                RemotePreference::parse,
            ),
        }
    }

    pub(super) fn remote_mode(&mut self, field: Field<'_>) -> Option<RemoteMode> {
        match field.value {
            Value::Bool(remote) => Some(mode_of_flag(*remote)),
            _ => self.word(field, "onsite, hybrid, remote", RemoteMode::parse),
        }
    }

    pub(super) fn contract_types(&mut self, field: Option<Field<'_>>) -> Vec<ContractType> {
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

    /// Reads pay: `{min, max, currency, period}`, `{amount, …}`, a number or words.
    pub(super) fn salary(&mut self, field: Field<'_>) -> Option<SalaryRange> {
        let salary = match field.value {
            Value::Number(_) => self.amount(field).map(salary_of_amount)?,
            Value::Str(text) => self.written_salary(field, text)?,
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
                let net = field.member(&["net"]);
                let says_net = ["period", "unit", "amount", "min", "max"]
                    .iter()
                    .filter_map(|name| field.member(&[name]))
                    .any(|member| match member.value {
                        Value::Str(text) => is_net(&fold(text)),
                        _ => false,
                    });
                SalaryRange {
                    min: min.or(alone),
                    max: max.or(alone),
                    currency,
                    period,
                    is_net: net.and_then(|net| self.flag(net)).unwrap_or(says_net),
                }
            }
            _ => {
                return self.wrong_type(field, "{min, max, currency, period}, or pay in words");
            }
        };
        self.check_order(field, salary.min, salary.max)?;
        // A currency without an amount is not pay.
        (salary.min.is_some() || salary.max.is_some()).then_some(salary)
    }

    /// Reads pay in words. Words without an amount (« selon profil ») give `None` and are no fault.
    pub(super) fn written_salary(&mut self, field: Field<'_>, text: &str) -> Option<SalaryRange> {
        self.check_length(field, text, TITLE_LIMIT)?;
        let salary = SalaryRange::parse(text)?;
        let mut ends = [salary.min, salary.max].into_iter().flatten();
        if is_negative(text) || !ends.all(|end| AMOUNT.contains(&end)) {
            return self.out_of_range(field, "amounts from 0 to 1,000,000,000");
        }
        Some(salary)
    }

    /// Reads an amount: a number, also as text such as "45 000" or "45k".
    pub(super) fn amount(&mut self, field: Field<'_>) -> Option<f64> {
        self.number(field, AMOUNT, "the currency", |text| {
            let mut amounts = amounts(text);
            let amount = amounts.next()?;
            let sign = if is_negative(text) { -1.0 } else { 1.0 };
            amounts.next().is_none().then_some(sign * amount.value)
        })
    }

    /// Reads the first day of availability. A word for "now" gives a date before all others.
    pub(super) fn first_free_day(&mut self, field: Field<'_>) -> Option<NaiveDate> {
        match field.value {
            Value::Str(text) if means_now(text) => {
                NaiveDate::from_ymd_opt(*DATE_YEARS.start(), 1, 1)
            }
            _ => self.date(field),
        }
    }

    /// Reads a date. A word for "now" gives `None`: it is no constraint.
    pub(super) fn date(&mut self, field: Field<'_>) -> Option<NaiveDate> {
        let Value::Str(text) = field.value else {
            return self.wrong_type(field, DATES);
        };
        self.check_length(field, text, NAME_LIMIT)?;
        match WrittenDate::parse(text) {
            // Other years are typing errors.
            Some(date) if !DATE_YEARS.contains(&date.first_day.year()) => {
                self.out_of_range(field, "a date from 1900 to 2200")
            }
            Some(date) => Some(date.first_day),
            None if means_now(text) => None,
            None => self.unknown_value(field, DATES),
        }
    }

    /// Reads the vector of an external encoder.
    pub(super) fn encoding(&mut self, field: Field<'_>) -> Option<Encoding> {
        if !field.value.is_object() {
            return self.wrong_type(field, "an object with model and vector");
        }
        let model = match field.member(&["model"]) {
            Some(model) => self.model(model),
            None => self.required(field.missing_member("model"), MODEL),
        };
        let vector = match field.member(&["vector"]) {
            Some(vector) => self.vector(vector),
            None => self.required(field.missing_member("vector"), VECTOR),
        };
        let unrelated = match field.member(&["unrelated_cosine"]) {
            Some(cosine) => self.unrelated_cosine(cosine),
            None => Some(0.0),
        };
        Encoding::of(&model?, &vector?, unrelated?)
    }

    fn model(&mut self, field: Field<'_>) -> Option<String> {
        let faults = self.faults.len();
        let model = self.text(field, NAME_LIMIT);
        // A name without any visible character counts as missing.
        if model.is_none() && self.faults.len() == faults {
            return self.required(field, MODEL);
        }
        model
    }

    fn unrelated_cosine(&mut self, field: Field<'_>) -> Option<f64> {
        match field.value {
            Value::Number(number) => match number.as_f64() {
                // Adding 0 turns −0 into 0.
                Some(cosine) if UNRELATED_COSINES.contains(&cosine) => Some(cosine + 0.0),
                _ => self.out_of_range(field, UNRELATED_COSINE),
            },
            _ => self.wrong_type(field, UNRELATED_COSINE),
        }
    }

    /// Reads the components of a vector, of which at least one must not be 0. A wrong component is
    /// a fault of the whole vector, so that a broken encoder doesn't cause thousands of faults.
    fn vector(&mut self, field: Field<'_>) -> Option<Vec<f64>> {
        let Value::Array(items) = field.value else {
            return self.wrong_type(field, VECTOR);
        };
        if items.len() > *DIMENSIONS.end() {
            let detail = format!("send at most {} components", DIMENSIONS.end());
            return self.fault(field, "too_many", detail);
        }
        let component = |item: &Value<'_>| match item {
            Value::Number(number) => number.as_f64().filter(|number| number.is_finite()),
            _ => None,
        };
        match items.iter().map(component).collect::<Option<Vec<f64>>>() {
            None => self.wrong_type(field, VECTOR),
            Some(vector)
                if !DIMENSIONS.contains(&vector.len())
                    || vector.iter().all(|component| *component == 0.0) =>
            {
                self.out_of_range(field, VECTOR)
            }
            vector => vector,
        }
    }
}

/// Returns the diplomas held, in the words of the document. Reports no faults:
/// [`ProfileReader::diplomas`] does.
pub(super) fn held_diplomas(education: Field<'_>) -> Vec<String> {
    let one = |entry: Field<'_>| {
        let words: Vec<String> = match entry.value {
            Value::Str(text) => vec![visible(&readable(text)).into_owned()],
            Value::Object(_) => [
                &["level"][..],
                &["degree", "diploma"],
                &["field", "area", "field_of_study"],
            ]
            .into_iter()
            .filter_map(|names| match entry.member(names)?.value {
                Value::Str(text) => Some(visible(&readable(text)).into_owned()),
                _ => None,
            })
            .collect(),
            _ => Vec::new(),
        };
        let words: Vec<&str> = (words.iter())
            .flat_map(|words| words.split_whitespace())
            .collect();
        let diploma = words.join(" ");
        let is_told = !diploma.is_empty() && diploma.len() <= 2 * TITLE_LIMIT;
        (is_told && !is_not_held(&diploma)).then_some(diploma)
    };
    match education.value {
        Value::Array(items) if items.len() <= ENTRY_LIMIT => {
            education.items(items).filter_map(one).collect()
        }
        _ => one(education).into_iter().collect(),
    }
}

/// Converts a number to an integer if it is whole: some languages write 5 as `5.0`. Returns `None`
/// beyond 2⁵³, where a float no longer identifies one integer.
fn whole(number: f64) -> Option<i128> {
    const LARGEST_EXACT: f64 = 9_007_199_254_740_992.0;
    #[expect(clippy::cast_possible_truncation, reason = "a whole number of 53 bits")]
    (number.fract() == 0.0 && number.abs() <= LARGEST_EXACT).then_some(number as i128)
}

/// Reads years from text: "3,5", « 18 mois », the lower end of "3-5 years".
pub(super) fn years_in(text: &str) -> Option<f64> {
    decimal(text).or_else(|| {
        let range = ExperienceRange::parse(text)?;
        let sign = if is_negative(text) { -1.0 } else { 1.0 };
        Some(sign * range.min.or(range.max)?)
    })
}

fn is_negative(text: &str) -> bool {
    text.trim_start().starts_with(['-', '−'])
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
        is_net: false,
    }
}
