//! The sentences in English.

use std::borrow::Cow;

use chrono::{Datelike, NaiveDate};

use super::{
    ChangeStatement, KnockoutStatement, Recommendation, Share, SkillKind, Statement, Topic, is_one,
    words::{Listed, Part, Separator, capitalise, enumerate, joined, number, quote, say},
};
use crate::{
    profiles::{
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
        decimals::push_hundredths,
        document::{ContractFacts, EducationFacts, ExperienceFacts, LanguageFact, LocationFacts},
        knockouts::{KnockoutKind, KnockoutOutcome},
    },
};

/// Appends the sentence that says it, with its full stop.
#[expect(clippy::too_many_lines, reason = "an arm for each statement")]
pub fn sentence(statement: &Statement<'_>, text: &mut String) {
    match statement {
        Statement::Unscored(criterion, unscored) => reason(*criterion, *unscored, text),
        Statement::Skills {
            kind,
            total,
            had,
            close,
        } => skills(kind_name(*kind), *total, had, close, text),
        Statement::MissingSkills(kind, missing) => {
            let skills = plural(missing.count, " skill: ", " skills: ");
            say!(
                text,
                "Missing ",
                kind_name(*kind),
                skills,
                list(missing),
                "."
            );
        }
        Statement::ShallowSkills(shallow) => {
            let skills = joined(shallow, "; ", |skill| depth(skill));
            say!(text, "Less practice than asked for: ", skills, ".");
        }
        Statement::Experience(facts) => experience(*facts, text),
        Statement::Title(facts) => {
            let was = match (facts.in_summary, facts.past) {
                (true, _) => "Title in the summary: ",
                (false, true) => "Past title: ",
                (false, false) => "Current title: ",
            };
            say!(text, was, quote(&facts.closest));
            if facts.closest == facts.title_required {
                say!(text, ", as advertised.");
            } else {
                say!(
                    text,
                    "; title of the job: ",
                    quote(&facts.title_required),
                    "."
                );
            }
        }
        Statement::Education(facts) => education(*facts, text),
        Statement::Languages(facts) => {
            say!(
                text,
                "Languages: ",
                joined(&facts.asked, "; ", language),
                "."
            );
        }
        Statement::Location(facts) => location(*facts, text),
        Statement::Contract(facts) => contract(facts, text),
        Statement::Salary(facts) => {
            let currency = facts.currency.as_deref();
            say!(
                text,
                "Asks for at least ",
                amount(facts.asked_per_year, currency)
            );
            say!(
                text,
                " a year; up to ",
                amount(facts.offered_per_year, currency),
                " offered."
            );
        }
        Statement::Availability(facts) => match facts.days_late {
            0 => say!(text, "Available by the start date."),
            1 => say!(text, "Available 1 day after the start date."),
            days => say!(text, "Available ", days, " days after the start date."),
        },
        Statement::Industry(facts) => {
            say!(text, "Industry: ", quote(&facts.closest));
            if facts.closest == facts.industry_required {
                say!(text, ", as advertised.");
            } else {
                say!(
                    text,
                    "; industry of the job: ",
                    quote(&facts.industry_required),
                    "."
                );
            }
        }
        Statement::Text(share) => {
            let much = match share {
                Share::Large => "much",
                Share::Middling => "some",
                Share::Small => "little",
            };
            say!(text, "The summary speaks of ", much, " of the work.");
        }
        Statement::Related(skill) => related(skill, text),
        Statement::Change(statement) => {
            change_made(statement, text);
            say!(text, ": +");
            push_hundredths(text, statement.gain, ".");
            say!(text, ".");
        }
        Statement::Knockout(statement) => knockout(statement, text),
        Statement::Recommendation(recommendation) => recommend(recommendation, text),
    }
}

fn list(names: &Listed<&str>) -> impl Part {
    enumerate(names, " and ", quote, and_more)
}

fn and_more(more: usize) -> impl Part {
    move |text: &mut String| say!(text, more, " more")
}

fn plural<'a>(count: usize, one: &'a str, many: &'a str) -> &'a str {
    if count == 1 { one } else { many }
}

fn decimal(value: Number) -> impl Part {
    number(value.0, ".", ",")
}

fn years(value: Number) -> impl Part {
    let unit = if is_one(value) { " year" } else { " years" };
    move |text: &mut String| say!(text, decimal(value), unit)
}

fn reason(criterion: Criterion, unscored: Unscored, text: &mut String) {
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
        Unscored::CandidateSilent => say!(text, "The candidate states no ", candidates, "."),
        Unscored::PostingSilent => say!(text, "The job posting states no ", postings, "."),
        Unscored::BothSilent if candidates == postings => {
            say!(
                text,
                "Neither the candidate nor the job posting states any ",
                candidates,
                "."
            );
        }
        Unscored::BothSilent => {
            say!(text, "The candidate states no ", candidates);
            say!(text, " and the job posting no ", postings, ".");
        }
        Unscored::CurrenciesDiffer => {
            say!(text, "The two profiles state pay in different currencies.");
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

fn skills(kind: &str, total: usize, had: &Listed<&str>, close: &Listed<&str>, text: &mut String) {
    let has = |text: &mut String| {
        say!(
            text,
            "Has ",
            had.count,
            " of ",
            total,
            " ",
            kind,
            " skills: ",
            list(had)
        );
    };
    let near = list(close);
    match (total, had.count, close.count) {
        (1, 0, 0) => say!(text, "The ", kind, " skill does not appear in the profile."),
        (_, 0, 0) => {
            say!(
                text,
                "None of the ",
                total,
                " ",
                kind,
                " skills appears in the profile."
            );
        }
        (1, 0, _) => say!(text, "Has a skill close to the ", kind, " one: ", near, "."),
        (_, 0, count) => {
            say!(text, "Has skills close to ", count, " of ", total);
            say!(text, " ", kind, " skills: ", near, ".");
        }
        (1, _, _) => say!(text, "Has the ", kind, " skill: ", list(had), "."),
        (_, count, 0) if count == total => {
            say!(
                text,
                "Has all ",
                total,
                " ",
                kind,
                " skills: ",
                list(had),
                "."
            );
        }
        (_, _, 0) => say!(text, has, "."),
        (_, _, 1) => say!(text, has, "; a close skill for ", near, "."),
        _ => say!(text, has, "; close skills for ", near, "."),
    }
}

/// "Rust (level 2, 4 asked; 1 year, 3 asked)"
fn depth(skill: &Matched<'_>) -> impl Part {
    let less = |held: Option<Number>, asked: Option<Number>| {
        held.zip(asked).filter(|(held, asked)| held.0 < asked.0)
    };
    let level = less(skill.level_actual, skill.level_required);
    let used = less(skill.years_actual, skill.years_required);
    move |text: &mut String| {
        say!(text, quote(&skill.name));
        let mut before = Separator::of("; ");
        let has_any = level.is_some() || used.is_some();
        say!(text, has_any.then_some(" ("));
        if let Some((held, asked)) = level {
            say!(
                text,
                before.part(),
                "level ",
                decimal(held),
                ", ",
                decimal(asked),
                " asked"
            );
        }
        if let Some((held, asked)) = used {
            say!(
                text,
                before.part(),
                years(held),
                ", ",
                decimal(asked),
                " asked"
            );
        }
        say!(text, has_any.then_some(")"));
    }
}

fn experience(facts: ExperienceFacts, text: &mut String) {
    say!(text, facts.actual.map(years), " of experience");
    match (facts.min, facts.max) {
        (Some(min), Some(max)) if min == max => say!(text, "; ", decimal(min), " asked"),
        (Some(min), Some(max)) => {
            say!(text, "; ", decimal(min), " to ", decimal(max), " asked");
        }
        (Some(min), None) => say!(text, "; at least ", decimal(min), " asked"),
        (None, Some(max)) => say!(text, "; at most ", decimal(max), " asked"),
        (None, None) => {}
    }
    say!(text, ".");
}

fn education(facts: EducationFacts, text: &mut String) {
    say!(text, "Education: ");
    let mut before = Separator::of("; ");
    if let (Some(held), Some(asked)) = (facts.level_actual, facts.level_required) {
        say!(text, before.part(), education_name(held));
        if held == asked {
            say!(text, ", as asked");
        } else {
            say!(text, "; ", education_name(asked), " asked");
        }
    }
    if let Some(likeness) = facts.field_likeness {
        let fits = match Share::of(likeness) {
            Share::Large => "the field fits",
            _ if likeness > 0.0 => "the field fits in part",
            _ => "another field",
        };
        say!(text, before.part(), fits);
    }
    say!(text, ".");
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
fn language(fact: &LanguageFact<'_>) -> impl Part {
    move |text: &mut String| {
        say!(text, language_name(&fact.code));
        match (fact.spoken, fact.level_actual) {
            (false, _) => say!(text, " not stated"),
            (true, None) if fact.level_required.is_some() => say!(text, ", level not stated"),
            (true, None) => {}
            (true, Some(level)) => say!(text, " ", level_name(level)),
        }
        if let Some(level) = fact.level_required {
            say!(text, " (", level_name(level), " asked)");
        }
    }
}

fn level_name(level: LanguageLevel) -> &'static str {
    level.as_str()
}

/// The name of an ISO 639 code, or the code itself.
fn language_name(code: &str) -> Cow<'_, str> {
    Cow::Borrowed(match code {
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
        other => return quote(other),
    })
}

fn location(facts: LocationFacts, text: &mut String) {
    let start = text.len();
    let mut before = Separator::of("; ");
    let mut place = |text: &mut String, place: &str| say!(text, before.part(), place);
    match facts.proximity {
        Some(Proximity::Anywhere) => place(text, "the work can be done from anywhere"),
        Some(Proximity::SameCity) => place(text, "lives in the city of the job"),
        Some(Proximity::OtherCity) => place(text, "lives in another city"),
        Some(Proximity::SameCountry) => place(text, "lives in the country of the job"),
        Some(Proximity::OtherCountry) => place(text, "lives in another country"),
        Some(Proximity::Measured) => {
            if let (Some(distance), Some(limit)) = (facts.distance_km, facts.limit_km) {
                say!(text, before.part(), "lives ", kilometres(distance));
                say!(
                    text,
                    " km from the place of work (limit ",
                    kilometres(limit),
                    " km)"
                );
            }
        }
        None => {}
    }
    if facts.relocation {
        say!(text, before.part(), "would relocate");
    }
    match (facts.mode_wanted, facts.mode_offered) {
        (Some(RemotePreference::Only(wanted)), Some(offered)) => {
            say!(text, before.part(), "wants ", mode_name(wanted), " work, ");
            if wanted == offered {
                say!(text, "as offered");
            } else {
                say!(text, mode_name(offered), " work offered");
            }
        }
        (Some(RemotePreference::Any), Some(offered)) => {
            say!(text, before.part(), "any way of working is fine, ");
            say!(text, mode_name(offered), " work offered");
        }
        _ => {}
    }
    capitalise(text, start);
    say!(text, ".");
}

fn kilometres(distance: Number) -> impl Part {
    move |text: &mut String| {
        if distance.0 < 0.5 {
            say!(text, "less than 1");
        } else {
            say!(text, number(distance.0.round(), ".", ","));
        }
    }
}

fn mode_name(mode: RemoteMode) -> &'static str {
    match mode {
        RemoteMode::Onsite => "on-site",
        RemoteMode::Hybrid => "hybrid",
        RemoteMode::Remote => "remote",
    }
}

fn contract(facts: &ContractFacts, text: &mut String) {
    let offered = contract_name(facts.offered);
    if facts.wanted {
        say!(text, "Would take the contract offered: ", offered, ".");
    } else {
        let wanted = joined(&facts.types_wanted, ", ", |wanted| contract_name(*wanted));
        say!(
            text,
            "Contract offered: ",
            offered,
            "; wanted: ",
            wanted,
            "."
        );
    }
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

fn amount(amount: Number, currency: Option<&str>) -> impl Part {
    let digits = number(amount.0.round(), ".", ",");
    move |text: &mut String| match currency {
        Some("EUR") => say!(text, "€", digits),
        Some("GBP") => say!(text, "£", digits),
        Some("USD") => say!(text, "$", digits),
        Some(other) => say!(text, digits, " ", quote(other)),
        None => say!(text, digits),
    }
}

fn knockout(statement: &KnockoutStatement<'_>, text: &mut String) {
    let name = quote(statement.name);
    let failed = statement.outcome == KnockoutOutcome::Failed;
    match (statement.kind, failed) {
        (KnockoutKind::Skill, true) => say!(text, "Must-have skill missing: ", name, "."),
        (KnockoutKind::Skill, false) => {
            say!(text, "Must-have skill to be checked: ", name);
            say!(text, "; the profile states no skills.");
        }
        (KnockoutKind::Language, _) => {
            let is_spoken = statement.language.is_some_and(|fact| fact.spoken);
            say!(text, "Must-have language ");
            match (failed, is_spoken) {
                (true, true) => say!(text, "below the level asked for: "),
                (true, false) => say!(text, "missing: "),
                (false, _) => say!(text, "to be checked: "),
            }
            match statement.language {
                Some(fact) => say!(text, language(fact)),
                None => say!(text, language_name(statement.name)),
            }
            if !failed && !is_spoken {
                say!(text, "; the profile states no languages");
            }
            say!(text, ".");
        }
        (KnockoutKind::Licence, true) => {
            say!(
                text,
                "Must-have licence or certificate missing: ",
                name,
                "."
            );
        }
        (KnockoutKind::Licence, false) => {
            say!(text, "Licence or certificate to be checked: ", name);
            say!(text, "; the profile states none.");
        }
        (KnockoutKind::WorkPermit, true) => {
            say!(
                text,
                "The permits to work that the profile states do not cover: ",
                name,
                "."
            );
        }
        (KnockoutKind::WorkPermit, false) => {
            say!(
                text,
                "Permit to work to be checked: ",
                name,
                "; the profile states none."
            );
        }
        (KnockoutKind::Contract, _) => {
            let offered = ContractType::named_in(statement.name).and_then(|all| all.first().copied());
            say!(text, "Contract offered that the person does not want: ");
            match offered {
                Some(offered) => say!(text, contract_name(offered), "."),
                None => say!(text, statement.name, "."),
            }
        }
        (KnockoutKind::Location, true) => {
            say!(text, "Must-have place of work out of reach: ", name);
            let facts = statement.location;
            match facts.and_then(|facts| facts.distance_km.zip(facts.limit_km)) {
                Some((distance, limit)) => {
                    say!(text, " (", kilometres(distance), " km away");
                    say!(text, ", limit ", kilometres(limit), " km).");
                }
                None => say!(text, " (the person lives in another country)."),
            }
        }
        (KnockoutKind::Location, false) => {
            say!(text, "Must-have place of work to be checked: ", name);
            say!(text, "; the distance is not known.");
        }
    }
}

fn related(skill: &Related<'_>, text: &mut String) {
    let (name, via) = (quote(&skill.name), quote(&skill.via));
    match skill.relation {
        RelatedBy::Implies => say!(text, via, " implies ", name, "."),
        RelatedBy::Narrower => say!(text, via, " is a kind of ", name, "."),
        RelatedBy::Near => say!(text, via, " and ", name, " belong to neighbouring fields."),
        RelatedBy::Occupation => {
            say!(
                text,
                name,
                " is usual in the occupation \u{201c}",
                via,
                "\u{201d}."
            );
        }
        RelatedBy::Misspelt => say!(text, via, " was read as ", name, "."),
        RelatedBy::Neighbour => say!(text, via, " and ", name, " are close."),
        RelatedBy::Foundation => say!(text, name, " builds on ", via, "."),
        RelatedBy::Spoken => say!(text, name, " is among the languages."),
        RelatedBy::Mentioned => {
            if let Some(evidence) = &skill.evidence {
                let place = if evidence.field == "title" {
                    "The titles mention "
                } else {
                    "The summary mentions "
                };
                say!(
                    text,
                    place,
                    name,
                    ": \u{201c}",
                    quote(&evidence.quote),
                    "\u{201d}."
                );
            } else {
                say!(text, name, " is mentioned in the titles or the summary.");
            }
        }
    }
}

fn change_made(statement: &ChangeStatement<'_>, text: &mut String) {
    let name = quote(&statement.change.name);
    let (from, to) = (statement.number_before(), statement.number_after());
    match statement.change.kind {
        ChangeKind::AddSkill => say!(text, "With the skill ", name),
        ChangeKind::RaiseLevel => {
            say!(
                text,
                "With ",
                name,
                " at level ",
                to.map(decimal),
                instead(from.map(decimal))
            );
        }
        ChangeKind::SkillYears => {
            say!(text, "With ", to.map(years), " of practice in ", name);
            say!(text, instead(from.map(decimal)));
        }
        ChangeKind::MoreYears => {
            say!(
                text,
                "With ",
                to.map(years),
                " of experience",
                instead(from.map(decimal))
            );
        }
        ChangeKind::EducationLevel => {
            let (from, to) = (statement.word_before(), statement.word_after());
            say!(
                text,
                "With a higher level of education, ",
                to.map(education_name)
            );
            say!(text, " (now: ", from.map(education_name), ")");
        }
        ChangeKind::AddLanguage | ChangeKind::LanguageLevel => {
            say!(text, "With ", language_name(&statement.change.name));
            match statement.word_after().map(level_name) {
                Some(level) => {
                    let from = statement.word_before().map(level_name);
                    say!(text, " at ", level, instead(from));
                }
                None => say!(text, " among the languages"),
            }
        }
        ChangeKind::Distance => {
            say!(text, "If a way of ", to.map(kilometres), " km is accepted");
            if let Some(from) = from {
                say!(text, " (now: ", kilometres(from), " km)");
            }
        }
        ChangeKind::Relocate => say!(text, "If relocating is an option"),
        ChangeKind::WorkMode => {
            let (from, to) = (statement.word_before(), statement.word_after());
            say!(text, "If ", to.map(mode_name), " work is accepted");
            say!(text, " (wanted: ", from.map(mode_name), ")");
        }
        ChangeKind::ContractType => {
            let contract = statement.word_after().map(contract_name);
            say!(text, "If the contract offered is accepted, ", contract);
        }
        ChangeKind::Salary => {
            let amount = |value: Number| amount(value, statement.currency);
            say!(text, "If ", to.map(amount), " a year is accepted");
            say!(text, " (asked: ", from.map(amount), ")");
        }
        ChangeKind::AvailableFrom => {
            say!(
                text,
                "If available from ",
                statement.date_after().map(date_in_words)
            );
            say!(
                text,
                " (now: ",
                statement.date_before().map(date_in_words),
                ")"
            );
        }
        ChangeKind::AddLicence => say!(text, "With the licence or certificate ", name),
        ChangeKind::AddWorkPermit => say!(text, "With a permit to work in ", name),
    }
}

fn instead(from: Option<impl Part>) -> impl Part {
    from.map(|from| move |text: &mut String| say!(text, " instead of ", from))
}

/// "1 February 2026"
fn date_in_words(date: NaiveDate) -> impl Part {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let month = MONTHS.get(date.month0() as usize).copied().unwrap_or("");
    move |text: &mut String| {
        say!(text, i64::from(date.day()), " ", month, " ");
        match date.year() {
            year @ 1000..=9999 => say!(text, i64::from(year)),
            _ => say!(text, date.format("%Y").to_string().as_str()),
        }
    }
}

fn recommend(recommendation: &Recommendation<'_>, text: &mut String) {
    let (category, topics, checks, is_thin) = match recommendation {
        Recommendation::NotComparable => {
            say!(
                text,
                "Not enough data to compare: the two profiles state nothing in common."
            );
            return;
        }
        Recommendation::KnockedOut { failed, checks } => {
            let what = plural(failed.count, "this must-have", "these must-haves");
            say!(
                text,
                "To be pursued only if ",
                what,
                " can still be met: ",
                topic_names(failed)
            );
            if checks.count > 0 {
                say!(text, "; check as well: ", topic_names(checks));
            }
            say!(text, ".");
            return;
        }
        Recommendation::Fit {
            category,
            topics,
            checks,
            is_thin,
        } => (*category, topics, checks, *is_thin),
    };
    let has_topic = topics.count > 0;
    say!(
        text,
        match (category, has_topic) {
            (Category::Excellent, false) => "Excellent fit: contact the candidate",
            (Category::Excellent, true) => "Excellent fit: contact the candidate, and ask about ",
            (Category::Good, false) => "Good fit: worth an interview",
            (Category::Good, true) => "Good fit: worth an interview; ask about ",
            (Category::Moderate, false) => "Partial fit: consider after closer candidates",
            (Category::Moderate, true) => {
                "Partial fit: consider only if this can be made up for: "
            }
            (Category::Weak, false) => "Weak fit: look at closer candidates first",
            (Category::Weak, true) => "Weak fit; the main gaps: ",
            (Category::Insufficient, false) => "The profile does not fit this job posting",
            (Category::Insufficient, true) => {
                "The profile does not fit this job posting; the main gaps: "
            }
        },
        topic_names(topics)
    );
    if checks.count > 0 {
        say!(text, "; check first: ", topic_names(checks));
    }
    if is_thin {
        say!(
            text,
            "; this rests on few data, so complete the profiles first"
        );
    }
    say!(text, ".");
}

fn topic_names(topics: &Listed<Topic<'_>>) -> impl Part {
    enumerate(topics, " and ", topic_name, and_more)
}

fn topic_name(topic: Topic<'_>) -> Cow<'_, str> {
    let with = |what: &str, name: &str| {
        let name = format!("{what} {name}");
        Cow::Owned(quote(&name).into_owned())
    };
    match topic {
        Topic::Skill(name) => quote(name),
        Topic::Language(code) => language_name(code),
        Topic::Licence(name) => with("licence or certificate", name),
        Topic::WorkPermit(name) => with("permit to work in", name),
        Topic::Criterion(criterion) => Cow::Borrowed(match criterion {
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
        }),
    }
}
