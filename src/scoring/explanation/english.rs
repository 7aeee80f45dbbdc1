//! The sentences in English.

use chrono::NaiveDate;

use super::{
    ChangeStatement, KnockoutStatement, Recommendation, Share, SkillKind, Statement, Topic, is_one,
    words::{capitalised, enumerate, number, quote},
};
use crate::{
    domain::{
        contract::ContractType,
        education::EducationLevel,
        language::LanguageLevel,
        location::{RemoteMode, RemotePreference},
    },
    scoring::{
        category::Category,
        counterfactuals::ChangeKind,
        criteria::{
            Criterion, Number, Unscored,
            location::Proximity,
            skills::{Matched, Related, RelatedBy},
        },
        document::{
            ContractFacts, EducationFacts, ExperienceFacts, LanguageFact, LocationFacts,
            SalaryFacts,
        },
        knockouts::{KnockoutKind, KnockoutOutcome},
    },
};

/// The sentence that says it, with its full stop.
pub fn sentence(statement: &Statement<'_>) -> String {
    match statement {
        Statement::Unscored(criterion, unscored) => reason(*criterion, *unscored),
        Statement::Skills {
            kind,
            total,
            had,
            close,
        } => skills(kind_name(*kind), *total, had, close),
        Statement::MissingSkills(kind, missing) => {
            let (kind, skills) = (kind_name(*kind), plural(missing.len(), "skill", "skills"));
            format!("Missing {kind} {skills}: {}.", list(missing))
        }
        Statement::ShallowSkills(shallow) => {
            let skills: Vec<String> = shallow.iter().map(|skill| depth(skill)).collect();
            format!("Less practice than asked for: {}.", skills.join("; "))
        }
        Statement::Experience(facts) => experience(*facts),
        Statement::Title(facts) => {
            let was = match (facts.in_summary, facts.past) {
                (true, _) => "Title in the summary",
                (false, true) => "Past title",
                (false, false) => "Current title",
            };
            let (closest, asked) = (quote(&facts.closest), quote(&facts.title_required));
            if facts.closest == facts.title_required {
                format!("{was}: {closest}, as advertised.")
            } else {
                format!("{was}: {closest}; title of the job: {asked}.")
            }
        }
        Statement::Education(facts) => education(*facts),
        Statement::Languages(facts) => {
            let languages: Vec<String> = facts.asked.iter().map(language).collect();
            format!("Languages: {}.", languages.join("; "))
        }
        Statement::Location(facts) => location(*facts),
        Statement::Contract(facts) => contract(facts),
        Statement::Salary(facts) => salary(facts),
        Statement::Availability(facts) => match facts.days_late {
            0 => "Available by the start date.".to_owned(),
            1 => "Available 1 day after the start date.".to_owned(),
            days => format!("Available {days} days after the start date."),
        },
        Statement::Industry(facts) => {
            let (closest, asked) = (quote(&facts.closest), quote(&facts.industry_required));
            if facts.closest == facts.industry_required {
                format!("Industry: {closest}, as advertised.")
            } else {
                format!("Industry: {closest}; industry of the job: {asked}.")
            }
        }
        Statement::Text(share) => {
            let much = match share {
                Share::Large => "much",
                Share::Middling => "some",
                Share::Small => "little",
            };
            format!("The summary speaks of {much} of the work.")
        }
        Statement::Related(skill) => related(skill),
        Statement::Change(statement) => change(statement),
        Statement::Knockout(statement) => knockout(statement),
        Statement::Recommendation(recommendation) => recommend(recommendation),
    }
}

fn list(names: &[&str]) -> String {
    enumerate(names.iter().copied(), " and ", |more| {
        format!("{more} more")
    })
}

fn plural<'a>(count: usize, one: &'a str, many: &'a str) -> &'a str {
    if count == 1 { one } else { many }
}

fn decimal(value: Number) -> String {
    number(value.0, '.', ",")
}

fn years(value: Number) -> String {
    let unit = if is_one(value) { "year" } else { "years" };
    format!("{} {unit}", decimal(value))
}

fn reason(criterion: Criterion, unscored: Unscored) -> String {
    let (candidates, postings) = match criterion {
        Criterion::Skills => ("skills", "skills"),
        Criterion::Experience => ("years of experience", "years of experience"),
        Criterion::Title => ("job title", "job title"),
        Criterion::Education => ("comparable education", "comparable education"),
        Criterion::Languages => ("languages", "languages"),
        Criterion::Location => (
            "comparable place or way of working",
            "comparable place or way of working",
        ),
        Criterion::Contract => ("contract type", "contract type"),
        Criterion::Salary => ("pay", "pay"),
        Criterion::Availability => ("first day of availability", "start date"),
        Criterion::Industry => ("industry", "industry"),
        Criterion::Text => ("summary", "description"),
    };
    match unscored {
        Unscored::CandidateSilent => format!("The candidate states no {candidates}."),
        Unscored::PostingSilent => format!("The job posting states no {postings}."),
        Unscored::BothSilent if candidates == postings => {
            format!("Neither the candidate nor the job posting states any {candidates}.")
        }
        Unscored::BothSilent => {
            format!("The candidate states no {candidates} and the job posting no {postings}.")
        }
        Unscored::CurrenciesDiffer => {
            "The two profiles state pay in different currencies.".to_owned()
        }
    }
}

fn kind_name(kind: SkillKind) -> &'static str {
    match kind {
        SkillKind::Required => "required",
        SkillKind::Preferred => "preferred",
        SkillKind::Described => "described",
    }
}

fn skills(kind: &str, total: usize, had: &[&str], close: &[&str]) -> String {
    let (count, held, near) = (had.len(), list(had), list(close));
    match (total, count, close.len()) {
        (1, 0, 0) => format!("The {kind} skill does not appear in the profile."),
        (_, 0, 0) => format!("None of the {total} {kind} skills appears in the profile."),
        (1, 0, _) => format!("Has a skill close to the {kind} one: {near}."),
        (_, 0, near_count) => {
            format!("Has skills close to {near_count} of {total} {kind} skills: {near}.")
        }
        (1, _, _) => format!("Has the {kind} skill: {held}."),
        (_, _, 0) if count == total => format!("Has all {total} {kind} skills: {held}."),
        (_, _, 0) => format!("Has {count} of {total} {kind} skills: {held}."),
        (_, _, 1) => {
            format!("Has {count} of {total} {kind} skills: {held}; a close skill for {near}.")
        }
        _ => format!("Has {count} of {total} {kind} skills: {held}; close skills for {near}."),
    }
}

/// "Rust (level 2, 4 asked; 1 year, 3 asked)"
fn depth(skill: &Matched<'_>) -> String {
    let name = quote(&skill.name);
    let mut parts = Vec::new();
    if let (Some(actual), Some(asked)) = (skill.level_actual, skill.level_required)
        && actual.0 < asked.0
    {
        parts.push(format!(
            "level {}, {} asked",
            decimal(actual),
            decimal(asked)
        ));
    }
    if let (Some(actual), Some(asked)) = (skill.years_actual, skill.years_required)
        && actual.0 < asked.0
    {
        parts.push(format!("{}, {} asked", years(actual), decimal(asked)));
    }
    if parts.is_empty() {
        return name.into_owned();
    }
    format!("{name} ({})", parts.join("; "))
}

fn experience(facts: ExperienceFacts) -> String {
    let held = facts.actual.map_or_else(String::new, years);
    let asked = match (facts.min, facts.max) {
        (Some(min), Some(max)) if min == max => format!("; {} asked", decimal(min)),
        (Some(min), Some(max)) => format!("; {} to {} asked", decimal(min), decimal(max)),
        (Some(min), None) => format!("; at least {} asked", decimal(min)),
        (None, Some(max)) => format!("; at most {} asked", decimal(max)),
        (None, None) => String::new(),
    };
    format!("{held} of experience{asked}.")
}

fn education(facts: EducationFacts) -> String {
    let mut parts = Vec::new();
    if let (Some(held), Some(asked)) = (facts.level_actual, facts.level_required) {
        let (held_name, asked_name) = (education_name(held), education_name(asked));
        parts.push(if held == asked {
            format!("{held_name}, as asked")
        } else {
            format!("{held_name}; {asked_name} asked")
        });
    }
    parts.extend(facts.field_likeness.map(|likeness| {
        match Share::of(likeness) {
            Share::Large => "the field fits",
            _ if likeness > 0.0 => "the field fits in part",
            _ => "another field",
        }
        .to_owned()
    }));
    format!("Education: {}.", parts.join("; "))
}

fn education_name(level: EducationLevel) -> &'static str {
    match level {
        EducationLevel::None => "no diploma",
        EducationLevel::Vocational => "vocational certificate",
        EducationLevel::Secondary => "secondary school diploma",
        EducationLevel::ShortCycle => "two years of higher education",
        EducationLevel::Bachelor => "bachelor's degree",
        EducationLevel::Master => "master's degree",
        EducationLevel::Doctorate => "doctorate",
    }
}

/// "English B2 (C1 asked)"
fn language(fact: &LanguageFact<'_>) -> String {
    let name = language_name(&fact.code);
    let asked = fact.level_required.map_or_else(String::new, |level| {
        format!(" ({} asked)", level_name(level))
    });
    match (fact.spoken, fact.level_actual) {
        (false, _) => format!("{name} not stated{asked}"),
        (true, None) if fact.level_required.is_some() => {
            format!("{name}, level not stated{asked}")
        }
        (true, None) => name,
        (true, Some(level)) => format!("{name} {}{asked}", level_name(level)),
    }
}

fn level_name(level: LanguageLevel) -> &'static str {
    level.as_str()
}

/// The name of an ISO 639 code, or the code itself.
fn language_name(code: &str) -> String {
    let name = match code {
        "ar" => "Arabic",
        "ase" => "American Sign Language",
        "ber" => "Berber",
        "bfi" => "British Sign Language",
        "bg" => "Bulgarian",
        "bn" => "Bengali",
        "br" => "Breton",
        "ca" => "Catalan",
        "co" => "Corsican",
        "cs" => "Czech",
        "da" => "Danish",
        "de" => "German",
        "el" => "Greek",
        "en" => "English",
        "es" => "Spanish",
        "et" => "Estonian",
        "eu" => "Basque",
        "fa" => "Persian",
        "fi" => "Finnish",
        "fr" => "French",
        "fsl" => "French Sign Language",
        "ga" => "Irish",
        "he" => "Hebrew",
        "hi" => "Hindi",
        "hr" => "Croatian",
        "hu" => "Hungarian",
        "hy" => "Armenian",
        "id" => "Indonesian",
        "is" => "Icelandic",
        "it" => "Italian",
        "ja" => "Japanese",
        "ko" => "Korean",
        "lb" => "Luxembourgish",
        "lt" => "Lithuanian",
        "lv" => "Latvian",
        "mg" => "Malagasy",
        "nl" => "Dutch",
        "no" => "Norwegian",
        "oc" => "Occitan",
        "pl" => "Polish",
        "pt" => "Portuguese",
        "ro" => "Romanian",
        "ru" => "Russian",
        "sk" => "Slovak",
        "sl" => "Slovenian",
        "sq" => "Albanian",
        "sr" => "Serbian",
        "sv" => "Swedish",
        "sw" => "Swahili",
        "ta" => "Tamil",
        "th" => "Thai",
        "tl" => "Tagalog",
        "tr" => "Turkish",
        "uk" => "Ukrainian",
        "ur" => "Urdu",
        "vi" => "Vietnamese",
        "wo" => "Wolof",
        "zh" => "Chinese",
        other => return quote(other).into_owned(),
    };
    name.to_owned()
}

fn location(facts: LocationFacts) -> String {
    let mut parts: Vec<String> = Vec::new();
    match facts.proximity {
        Some(Proximity::Anywhere) => parts.push("the work can be done from anywhere".to_owned()),
        Some(Proximity::SameCity) => parts.push("lives in the city of the job".to_owned()),
        Some(Proximity::OtherCity) => parts.push("lives in another city".to_owned()),
        Some(Proximity::SameCountry) => parts.push("lives in the country of the job".to_owned()),
        Some(Proximity::OtherCountry) => parts.push("lives in another country".to_owned()),
        Some(Proximity::Measured) => {
            if let (Some(distance), Some(limit)) = (facts.distance_km, facts.limit_km) {
                let (distance, limit) = (kilometres(distance), kilometres(limit));
                parts.push(format!(
                    "lives {distance} km from the place of work (limit {limit} km)"
                ));
            }
        }
        None => {}
    }
    if facts.relocation {
        parts.push("would relocate".to_owned());
    }
    if let (Some(RemotePreference::Only(wanted)), Some(offered)) =
        (facts.mode_wanted, facts.mode_offered)
    {
        let (wanted, offered) = (mode_name(wanted), mode_name(offered));
        parts.push(if wanted == offered {
            format!("wants {wanted} work, as offered")
        } else {
            format!("wants {wanted} work, {offered} work offered")
        });
    } else if let (Some(RemotePreference::Any), Some(offered)) =
        (facts.mode_wanted, facts.mode_offered)
    {
        parts.push(format!(
            "any way of working is fine, {} work offered",
            mode_name(offered)
        ));
    }
    format!("{}.", capitalised(&parts.join("; ")))
}

fn kilometres(distance: Number) -> String {
    if distance.0 < 0.5 {
        return "less than 1".to_owned();
    }
    number(distance.0.round(), '.', ",")
}

fn mode_name(mode: RemoteMode) -> &'static str {
    match mode {
        RemoteMode::Onsite => "on-site",
        RemoteMode::Hybrid => "hybrid",
        RemoteMode::Remote => "remote",
    }
}

fn contract(facts: &ContractFacts) -> String {
    let offered = contract_name(facts.offered);
    if facts.wanted {
        return format!("Would take the contract offered: {offered}.");
    }
    let wanted: Vec<&str> = facts
        .types_wanted
        .iter()
        .copied()
        .map(contract_name)
        .collect();
    format!(
        "Contract offered: {offered}; wanted: {}.",
        wanted.join(", ")
    )
}

fn contract_name(contract: ContractType) -> &'static str {
    match contract {
        ContractType::Permanent => "permanent",
        ContractType::FixedTerm => "fixed term",
        ContractType::Temporary => "temporary agency work",
        ContractType::Freelance => "freelance",
        ContractType::Internship => "internship",
        ContractType::Apprenticeship => "apprenticeship",
        ContractType::Seasonal => "seasonal",
        ContractType::Volunteer => "volunteering",
    }
}

fn salary(facts: &SalaryFacts<'_>) -> String {
    let currency = facts.currency.as_deref();
    let asked = amount(facts.asked_per_year, currency);
    let offered = amount(facts.offered_per_year, currency);
    format!("Asks for at least {asked} a year; up to {offered} offered.")
}

fn amount(amount: Number, currency: Option<&str>) -> String {
    let digits = number(amount.0.round(), '.', ",");
    match currency {
        Some("EUR") => format!("€{digits}"),
        Some("GBP") => format!("£{digits}"),
        Some("USD") => format!("${digits}"),
        Some(other) => format!("{digits} {}", quote(other)),
        None => digits,
    }
}

fn knockout(statement: &KnockoutStatement<'_>) -> String {
    let name = quote(statement.name);
    let failed = statement.outcome == KnockoutOutcome::Failed;
    match (statement.kind, failed) {
        (KnockoutKind::Skill, true) => format!("Must-have skill missing: {name}."),
        (KnockoutKind::Skill, false) => {
            format!("Must-have skill to be checked: {name}; the profile states no skills.")
        }
        (KnockoutKind::Language, _) => {
            let spoken = statement
                .language
                .map_or_else(|| language_name(statement.name), language);
            let is_spoken = statement.language.is_some_and(|fact| fact.spoken);
            match (failed, is_spoken) {
                (true, true) => format!("Must-have language below the level asked for: {spoken}."),
                (true, false) => format!("Must-have language missing: {spoken}."),
                (false, true) => format!("Must-have language to be checked: {spoken}."),
                (false, false) => {
                    format!(
                        "Must-have language to be checked: {spoken}; the profile states no languages."
                    )
                }
            }
        }
        (KnockoutKind::Licence, true) => {
            format!("Must-have licence or certificate missing: {name}.")
        }
        (KnockoutKind::Licence, false) => {
            format!("Licence or certificate to be checked: {name}; the profile states none.")
        }
        (KnockoutKind::WorkPermit, true) => {
            format!("The permits to work that the profile states do not cover: {name}.")
        }
        (KnockoutKind::WorkPermit, false) => {
            format!("Permit to work to be checked: {name}; the profile states none.")
        }
        (KnockoutKind::Location, true) => {
            let facts = statement.location;
            let how = match facts.and_then(|facts| facts.distance_km.zip(facts.limit_km)) {
                Some((distance, limit)) => {
                    let (distance, limit) = (kilometres(distance), kilometres(limit));
                    format!("{distance} km away, limit {limit} km")
                }
                None => "the person lives in another country".to_owned(),
            };
            format!("Must-have place of work out of reach: {name} ({how}).")
        }
        (KnockoutKind::Location, false) => {
            format!("Must-have place of work to be checked: {name}; the distance is not known.")
        }
    }
}

fn related(skill: &Related<'_>) -> String {
    let (name, via) = (quote(&skill.name), quote(&skill.via));
    match skill.relation {
        RelatedBy::Implies => format!("{via} implies {name}."),
        RelatedBy::Narrower => format!("{via} is a kind of {name}."),
        RelatedBy::Near => format!("{via} and {name} belong to neighbouring fields."),
        RelatedBy::Occupation => {
            format!("{name} is usual in the occupation \u{201c}{via}\u{201d}.")
        }
        RelatedBy::Misspelt => format!("{via} was read as {name}."),
        RelatedBy::Neighbour => format!("{via} and {name} are close."),
        RelatedBy::Foundation => format!("{name} builds on {via}."),
        RelatedBy::Spoken => format!("{name} is among the languages."),
        RelatedBy::Mentioned => match &skill.evidence {
            Some(evidence) if evidence.field == "title" => {
                format!(
                    "The titles mention {name}: \u{201c}{}\u{201d}.",
                    quote(&evidence.quote)
                )
            }
            Some(evidence) => {
                format!(
                    "The summary mentions {name}: \u{201c}{}\u{201d}.",
                    quote(&evidence.quote)
                )
            }
            None => format!("{name} is mentioned in the titles or the summary."),
        },
    }
}

fn change(statement: &ChangeStatement<'_>) -> String {
    format!("{}: +{:.2}.", change_made(statement), statement.gain)
}

fn change_made(statement: &ChangeStatement<'_>) -> String {
    let name = quote(&statement.change.name);
    let to = statement.number_after().map_or_else(String::new, decimal);
    let instead =
        |from: Option<String>| from.map_or_else(String::new, |from| format!(" instead of {from}"));
    let from = statement.number_before();
    match statement.change.kind {
        ChangeKind::AddSkill => format!("With the skill {name}"),
        ChangeKind::RaiseLevel => {
            format!("With {name} at level {to}{}", instead(from.map(decimal)))
        }
        ChangeKind::SkillYears => {
            let to = statement.number_after().map_or_else(String::new, years);
            format!(
                "With {to} of practice in {name}{}",
                instead(from.map(decimal))
            )
        }
        ChangeKind::MoreYears => {
            let to = statement.number_after().map_or_else(String::new, years);
            format!("With {to} of experience{}", instead(from.map(decimal)))
        }
        ChangeKind::EducationLevel => {
            let level = |level: Option<EducationLevel>| level.map_or("", education_name);
            let (from, to) = (
                level(statement.word_before()),
                level(statement.word_after()),
            );
            format!("With a higher level of education, {to} (now: {from})")
        }
        ChangeKind::AddLanguage | ChangeKind::LanguageLevel => {
            let language = language_name(&statement.change.name);
            let from = statement.word_before().map(level_name).map(str::to_owned);
            match statement.word_after().map(level_name) {
                Some(level) => format!("With {language} at {level}{}", instead(from)),
                None => format!("With {language} among the languages"),
            }
        }
        ChangeKind::Distance => {
            let way = statement
                .number_after()
                .map_or_else(String::new, kilometres);
            let now = from.map_or_else(String::new, |from| {
                format!(" (now: {} km)", kilometres(from))
            });
            format!("If a way of {way} km is accepted{now}")
        }
        ChangeKind::Relocate => "If relocating is an option".to_owned(),
        ChangeKind::WorkMode => {
            let mode = |mode: Option<RemoteMode>| mode.map_or("", mode_name);
            let (from, to) = (mode(statement.word_before()), mode(statement.word_after()));
            format!("If {to} work is accepted (wanted: {from})")
        }
        ChangeKind::ContractType => {
            let contract = statement.word_after().map_or("", contract_name);
            format!("If the contract offered is accepted, {contract}")
        }
        ChangeKind::Salary => {
            let amount = |value: Option<Number>| {
                value.map_or_else(String::new, |value| amount(value, statement.currency))
            };
            let (from, to) = (amount(from), amount(statement.number_after()));
            format!("If {to} a year is accepted (asked: {from})")
        }
        ChangeKind::AvailableFrom => {
            let date = |date: Option<NaiveDate>| {
                date.map_or_else(String::new, |date| date.format("%-d %B %Y").to_string())
            };
            let (from, to) = (date(statement.date_before()), date(statement.date_after()));
            format!("If available from {to} (now: {from})")
        }
        ChangeKind::AddLicence => format!("With the licence or certificate {name}"),
        ChangeKind::AddWorkPermit => format!("With a permit to work in {name}"),
    }
}

fn recommend(recommendation: &Recommendation<'_>) -> String {
    let (category, topics, checks, is_thin) = match recommendation {
        Recommendation::NotComparable => {
            return "Not enough data to compare: the two profiles state nothing in common."
                .to_owned();
        }
        Recommendation::KnockedOut { failed, checks } => {
            let what = plural(failed.len(), "this must-have", "these must-haves");
            let failed = topic_names(failed);
            let checks = match checks.as_slice() {
                [] => String::new(),
                checks => format!("; check as well: {}", topic_names(checks)),
            };
            return format!("To be pursued only if {what} can still be met: {failed}{checks}.");
        }
        Recommendation::Fit {
            category,
            topics,
            checks,
            is_thin,
        } => (*category, topics, checks, *is_thin),
    };
    let has_topic = !topics.is_empty();
    let topics = topic_names(topics);
    let mut sentence = match (category, has_topic) {
        (Category::Excellent, false) => "Excellent fit: contact the candidate.".to_owned(),
        (Category::Excellent, true) => {
            format!("Excellent fit: contact the candidate, and ask about {topics}.")
        }
        (Category::Good, false) => "Good fit: worth an interview.".to_owned(),
        (Category::Good, true) => format!("Good fit: worth an interview; ask about {topics}."),
        (Category::Moderate, false) => "Partial fit: consider after closer candidates.".to_owned(),
        (Category::Moderate, true) => {
            format!("Partial fit: consider only if this can be made up for: {topics}.")
        }
        (Category::Weak, false) => "Weak fit: look at closer candidates first.".to_owned(),
        (Category::Weak, true) => format!("Weak fit; the main gaps: {topics}."),
        (Category::Insufficient, false) => "The profile does not fit this job posting.".to_owned(),
        (Category::Insufficient, true) => {
            format!("The profile does not fit this job posting; the main gaps: {topics}.")
        }
    };
    if !checks.is_empty() {
        sentence.pop();
        sentence.push_str("; check first: ");
        sentence.push_str(&topic_names(checks));
        sentence.push('.');
    }
    if is_thin {
        sentence.pop();
        sentence.push_str("; this rests on few data, so complete the profiles first.");
    }
    sentence
}

fn topic_names(topics: &[Topic<'_>]) -> String {
    let names: Vec<String> = topics.iter().map(|topic| topic_name(*topic)).collect();
    list(&names.iter().map(String::as_str).collect::<Vec<_>>())
}

fn topic_name(topic: Topic<'_>) -> String {
    match topic {
        Topic::Skill(name) => name.to_owned(),
        Topic::Language(code) => language_name(code),
        Topic::Licence(name) => format!("licence or certificate {name}"),
        Topic::WorkPermit(name) => format!("permit to work in {name}"),
        Topic::Criterion(criterion) => match criterion {
            Criterion::Skills => "skills",
            Criterion::Experience => "experience",
            Criterion::Education => "education",
            Criterion::Languages => "languages",
            Criterion::Location => "the place of work",
            Criterion::Contract => "the contract type",
            Criterion::Salary => "pay",
            Criterion::Availability => "availability",
            Criterion::Title => "the job title",
            Criterion::Industry => "the industry",
            Criterion::Text => "the summary",
        }
        .to_owned(),
    }
}
