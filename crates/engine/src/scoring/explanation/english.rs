//! Renders statements in English.

use std::borrow::Cow;

use chrono::{Datelike, NaiveDate};

use super::{
    ChangeStatement, KnockoutStatement, PaySide, Question, Recommendation, ShownSkill, SkillKind,
    Statement, Topic, Words, clause, countries, difference, is_fitting, is_net_to_be_checked,
    is_of_posting, is_one, said,
    words::{
        Listed, MOST_SKILLS, Part, Separator, alternatives, capitalise, cents, enumerate, joined,
        number, phrase, quote, say,
    },
};
use crate::{
    profiles::{
        contract::ContractType,
        education::EducationLevel,
        language::LanguageLevel,
        location::{RemoteMode, RemotePreference},
        salary::SalaryPeriod,
    },
    scoring::{
        category::Category,
        counterfactuals::ChangeKind,
        criteria::{
            Criterion, Number, Unscored,
            contract::ContractFacts,
            location::Proximity,
            salary::{PayBound, SalaryFacts},
            skills::{EvidenceInText, Matched, Related, RelatedBy},
        },
        document::{
            EducationFacts, ExperienceFacts, FieldFacts, LanguageFact, LocationFacts, TextFacts,
            WorkSource,
        },
        knockouts::{KnockoutKind, KnockoutOutcome},
        number_format::push_hundredths,
    },
};

/// Appends the sentence for a statement, with its full stop.
#[expect(clippy::too_many_lines, reason = "an arm for each statement")]
pub fn sentence(statement: &Statement<'_>, text: &mut String) {
    match statement {
        Statement::Unscored(criterion, unscored, quoted) => {
            reason(*criterion, *unscored, text);
            if let Some(quoted) = quoted {
                text.pop();
                let is_summary = quoted.field == "summary";
                let says = if is_summary {
                    "; the summary says "
                } else {
                    "; the description says "
                };
                say!(text, says, "\u{201c}", said(quoted));
                say!(text, "\u{201d} (to be confirmed).");
            }
        }
        Statement::Skills {
            kind,
            total,
            named,
            in_other_words,
        } => skills(*kind, *total, named, in_other_words, text),
        Statement::UnnamedSkills(unnamed) => {
            let start = text.len();
            say!(text, skills_of(SkillKind::Required, unnamed.len()));
            say!(text, " not named word for word in the profile: ");
            say!(text, shown_list(unnamed, THERE), ".");
            capitalise(text, start);
        }
        Statement::AskedSkills(unnamed) => {
            say!(
                text,
                "Required, but not named word for word in your profile: "
            );
            say!(text, shown_list(unnamed, THERE));
            say!(
                text,
                plural(
                    unnamed.len(),
                    ". Can you show it, and how?",
                    ". Which of these can you show, and how?"
                )
            );
        }
        Statement::ShallowSkills(shallow) => {
            let skills = joined(shallow, "; ", |skill| depth(skill));
            say!(text, "Less practice than asked for: ", skills, ".");
        }
        Statement::Experience(facts) => experience(facts, text),
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
        Statement::Education(facts) => education(facts, text),
        Statement::Languages(requested) => {
            let requested = joined(requested, "; ", |fact| language(fact));
            say!(text, "Languages: ", requested, ".");
        }
        Statement::Location(facts, terms) => location(facts, *terms, text),
        Statement::Fields(FieldFacts::Contract(facts)) => contract(facts, text),
        Statement::Fields(FieldFacts::Salary(facts)) => {
            let (least, most) = (bound(facts.asked_bound), bound(facts.offered_bound));
            say!(text, "Asks for ", least, pay(facts, PaySide::Requested));
            if facts.offered.is_none() && facts.requested.is_none() {
                let offered = amount(facts.offered_per_year, facts.currency.as_deref());
                say!(text, "; ", most, offered, " offered.");
            } else {
                say!(text, "; ", most, pay(facts, PaySide::Offered), " offered");
                let is_open = is_net_to_be_checked(facts);
                say!(
                    text,
                    is_open.then_some("; check whether gross or net is meant"),
                    "."
                );
            }
        }
        Statement::Fields(FieldFacts::Availability(facts)) => match facts.days_late {
            0 => say!(text, "Available by the start date."),
            1 => say!(text, "Available 1 day after the start date."),
            days => say!(text, "Available ", days, " days after the start date."),
        },
        Statement::Fields(FieldFacts::Industry(facts)) if facts.none_near => {
            let requested = quote(&facts.industry_required);
            say!(
                text,
                "None of the industries stated is known to be near that of the job: "
            );
            say!(text, requested, ".");
        }
        Statement::Fields(FieldFacts::Industry(facts)) => {
            say!(text, "Industry: ", quote(&facts.closest));
            if facts.closest.to_lowercase() == facts.industry_required.to_lowercase() {
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
        Statement::Text(facts) => described(facts, text),
        Statement::Related(skill) => related(skill, text),
        Statement::Change(statement) => {
            change_made(statement, text);
            say!(text, ": +");
            push_hundredths(text, statement.gain, ".");
            say!(text, ".");
        }
        Statement::Knockout(statement) => knockout(statement, text),
        Statement::Recommendation(recommendation) => recommend(recommendation, text),
        Statement::Question(question) => ask(question, text),
        Statement::NotJudged {
            silent,
            in_summary,
            described,
        } => {
            let mut before = Separator::of(" ");
            for (criteria, why) in [
                (silent, "Not compared, blank in the profile: "),
                (
                    in_summary,
                    "Not compared, stated only in the summary of the profile: ",
                ),
                (
                    described,
                    "Not compared, stated only in the text of the posting: ",
                ),
            ] {
                if criteria.count > 0 {
                    let criteria = enumerate(criteria, " and ", criterion_name, and_more);
                    say!(text, before.part(), why, criteria, ".");
                }
            }
        }
    }
}

/// Appends the sentence about the text. It says only what was compared: a score of words tells a
/// reader nothing that holds for every pair. A title used instead of a summary has no score without
/// a description.
fn described(facts: &TextFacts<'_>, text: &mut String) {
    match &facts.title {
        Some(title) => say!(
            text,
            "Compared: the title \u{201c}",
            quote(title),
            "\u{201d}"
        ),
        None => say!(text, "Compared: the summary"),
    }
    let other = if facts.compared_with == Some(WorkSource::Title) {
        "the title of the job"
    } else {
        "the text of the posting"
    };
    say!(text, " with ", other, ".");
}

/// Introduction of the words of the profile that come closest to a skill.
const THERE: &str = "there: ";

/// Lists skills with the words of the profile: "ERP (“SAP”) and Excel".
fn shown_list(skills: &[ShownSkill<'_>], before: &str) -> impl Part + use<> {
    let listed: Listed<ShownSkill<'_>, MOST_SKILLS> = skills.iter().copied().collect();
    let one = |skill: ShownSkill<'_>| {
        let name = quote(skill.name).into_owned();
        let words = match skill.words {
            None => String::new(),
            Some(Words::Entry(entry)) => format!(" ({before}\u{201c}{}\u{201d})", quote(entry)),
            Some(Words::Text(quoted)) => format!(" ({before}\u{201c}{}\u{201d})", said(quoted)),
            Some(Words::Language) => " (the language of the summary)".to_owned(),
        };
        name + &words
    };
    let named = phrase(|text| {
        say!(
            text,
            enumerate(
                &listed,
                " and ",
                |skill| Cow::<str>::Owned(one(skill)),
                and_more
            )
        );
    });
    move |text: &mut String| say!(text, named)
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
    let candidates = match criterion {
        Criterion::Skills => "skills",
        Criterion::Experience => "years of experience",
        Criterion::Title => "job title",
        Criterion::Education => "level of education",
        Criterion::Languages => "languages",
        Criterion::Location => "place or way of working",
        Criterion::Contract => "contract type",
        Criterion::Salary => "pay",
        Criterion::Availability => "first day of availability",
        Criterion::Industry => "industry",
        Criterion::Text => return reason_for_text(unscored, text),
    };
    let postings = match criterion {
        Criterion::Availability => "start date",
        _ => candidates,
    };
    match unscored {
        // Texts about this criterion are not scored, and may state it.
        Unscored::CandidateSilent => {
            say!(text, "Not compared, blank in the profile: ");
            say!(text, candidates, ".");
        }
        Unscored::CandidateUnreadable => say!(
            text,
            "The dates of the candidate's jobs can't all be read, so the ",
            candidates,
            " are unknown."
        ),
        Unscored::PostingSilent => {
            say!(text, "Not compared, blank in the posting: ");
            say!(text, postings, ".");
        }
        Unscored::BothSilent if candidates == postings => {
            say!(text, "Not compared, blank on both sides: ", candidates, ".");
        }
        Unscored::BothSilent => {
            say!(text, "Not compared, blank on both sides: ");
            say!(text, candidates, " and ", postings, ".");
        }
        Unscored::CurrenciesDiffer => {
            say!(text, "The two profiles state pay in different currencies.");
        }
    }
}

/// Appends the reason for a missing score of the text. An existing summary or description may be
/// about other things than work.
fn reason_for_text(unscored: Unscored, text: &mut String) {
    let why = match unscored {
        Unscored::PostingSilent => "The job posting has no description that speaks of the work.",
        Unscored::BothSilent => {
            "Neither a summary of the candidate nor a description of the job speaks of work."
        }
        _ => "The candidate has no summary that speaks of work.",
    };
    say!(text, why);
}

/// Returns "required skills", in the number that fits the count.
fn skills_of(kind: SkillKind, count: usize) -> &'static str {
    match (kind, count) {
        (SkillKind::Required, 1) => "required skill",
        (SkillKind::Required, _) => "required skills",
        (SkillKind::Preferred, 1) => "preferred skill",
        (SkillKind::Preferred, _) => "preferred skills",
        (SkillKind::Described, 1) => "skill of the posting's text",
        (SkillKind::Described, _) => "skills of the posting's text",
    }
}

fn skills(
    kind: SkillKind,
    total: usize,
    named: &[ShownSkill<'_>],
    in_other_words: &[ShownSkill<'_>],
    text: &mut String,
) {
    let start = text.len();
    let are_all = named.len() == total && total > 1;
    let count = if named.is_empty() {
        in_other_words.len()
    } else {
        named.len()
    };
    say!(text, are_all.then_some("all "), skills_of(kind, count));
    if named.is_empty() {
        say!(text, " to be compared with the profile: ");
    } else {
        say!(text, are_all.then_some(" are"), " in the profile: ");
        say!(text, shown_list(named, ""));
        let has_others = !in_other_words.is_empty();
        say!(text, has_others.then_some("; to be compared: "));
    }
    say!(text, shown_list(in_other_words, ""), ".");
    capitalise(text, start);
}

/// Formats level and years: "Rust (level 2, 4 asked; 1 year, 3 asked)".
fn depth(skill: &Matched<'_>) -> impl Part {
    let less = |held: Option<Number>, requested: Option<Number>| {
        held.zip(requested)
            .filter(|(held, requested)| held.0 < requested.0)
    };
    let level = less(skill.level_actual, skill.level_required);
    let used = less(skill.years_actual, skill.years_required);
    move |text: &mut String| {
        say!(text, quote(&skill.name));
        let mut before = Separator::of("; ");
        let has_any = level.is_some() || used.is_some();
        say!(text, has_any.then_some(" ("));
        if let Some((held, requested)) = level {
            say!(
                text,
                before.part(),
                "level ",
                decimal(held),
                ", ",
                decimal(requested),
                " asked"
            );
        }
        if let Some((held, requested)) = used {
            say!(
                text,
                before.part(),
                years(held),
                ", ",
                decimal(requested),
                " asked"
            );
        }
        say!(text, has_any.then_some(")"));
    }
}

fn experience(facts: &ExperienceFacts, text: &mut String) {
    say!(text, facts.actual.map(years), " of experience");
    let is_mixed = facts.by_work().is_some();
    say!(text, is_mixed.then_some(", all work together"));
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

fn education(facts: &EducationFacts<'_>, text: &mut String) {
    say!(text, "Education: ");
    let mut before = Separator::of("; ");
    if let (Some(held), Some(requested)) = (facts.level_actual, facts.level_required) {
        let diploma = facts.diploma.as_deref();
        let name = diploma.map_or(Cow::Borrowed(education_name(held)), quote);
        say!(text, before.part(), name);
        if let Some(studied) = facts.level_in_progress {
            say!(text, " (", education_name(studied), " in progress)");
        }
        if held == requested && diploma.is_some() {
            say!(text, ", at the level asked");
        } else if held == requested {
            say!(text, ", as asked");
        } else {
            say!(text, "; ", education_name(requested), " asked");
        }
    }
    if let Some(similarity) = facts.field_similarity {
        // A doubtful field is told only if nothing else is.
        if is_fitting(similarity) {
            say!(text, before.part(), "the field fits");
        } else if facts.level_required.is_none() {
            say!(text, before.part(), "check whether the field fits");
        }
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

/// Formats a language: "English B2 (C1 asked)".
fn language(fact: &LanguageFact<'_>) -> impl Part {
    move |text: &mut String| {
        say!(text, language_name(&fact.code));
        match (fact.spoken, fact.level_actual) {
            (false, _) if fact.is_written => {
                say!(text, " not listed, but the summary is written in it");
            }
            (false, _) => say!(text, " not listed"),
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

/// Returns the name for an ISO 639 code, or the code itself.
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

fn location(facts: &LocationFacts<'_>, terms: Option<&EvidenceInText>, text: &mut String) {
    let start = text.len();
    let mut before = Separator::of("; ");
    if facts.proximity.is_some() {
        say!(text, before.part());
        places(facts, terms.is_some_and(is_of_posting), text);
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
    if let Some(terms) = terms {
        let says = if is_of_posting(terms) {
            "the description of the job says \u{201c}"
        } else {
            "the summary says \u{201c}"
        };
        say!(text, before.part(), says, said(terms), "\u{201d}");
    }
    capitalise(text, start);
    say!(text, ".");
}

/// Appends the relation of the two places, with both names if they are stated. `has_terms` is true
/// if the posting's own words say from where remote work may be done.
fn places(facts: &LocationFacts<'_>, has_terms: bool, text: &mut String) {
    let name = |city: &Option<Cow<'_, str>>| city.as_deref().map(|city| quote(city).into_owned());
    let (home, work) = (name(&facts.candidate_city), name(&facts.job_city));
    let (home, work) = (home.as_deref(), work.as_deref());
    match facts.proximity {
        Some(Proximity::Anywhere) => say!(text, "the work can be done from anywhere"),
        Some(Proximity::SameCity) => {
            say!(text, "lives in the city of the job", after_comma(work));
        }
        Some(Proximity::OtherCity) => match (home, work) {
            (Some(home), Some(work)) => say!(text, "lives in ", home, ", and the job is in ", work),
            _ => say!(text, "lives in another city"),
        },
        Some(Proximity::SameCountry) => say!(text, "lives in the country of the job"),
        Some(Proximity::OtherCountry) => {
            let is_remote = super::is_remote_abroad(facts);
            let country = |code: &Option<Cow<'_, str>>| {
                code.as_deref()
                    .map(|code| countries::in_english(code).into_owned())
            };
            match (
                country(&facts.candidate_country),
                country(&facts.job_country),
            ) {
                (Some(home), Some(work)) => {
                    say!(
                        text,
                        "lives in ",
                        home.as_str(),
                        ", and the job is in ",
                        work.as_str()
                    );
                }
                (Some(home), None) => {
                    say!(
                        text,
                        "lives in ",
                        home.as_str(),
                        ", another country than the one of the job"
                    );
                }
                _ => {
                    say!(text, "lives in another country");
                    say!(text, is_remote.then_some(" than the one of the job"));
                }
            }
            say!(
                text,
                (is_remote && !has_terms).then_some(
                    "; check with the employer whether the remote work may be done from there"
                )
            );
        }
        Some(Proximity::Measured) => {
            if let (Some(distance), Some(limit)) = (facts.distance_km, facts.limit_km) {
                if distance.0 < 0.5 {
                    say!(text, "the places stated are less than 1 km apart");
                } else {
                    let way = kilometres_beside(distance, limit);
                    let home =
                        home.map(|home| move |text: &mut String| say!(text, "in ", home, ", "));
                    say!(text, "lives ", home, way, " km from the place of work");
                    say!(text, after_comma(work), " (", accepted_distance(facts), ")");
                }
            }
        }
        None => {}
    }
}

fn after_comma(name: Option<&str>) -> Option<impl Part> {
    name.map(|name| move |text: &mut String| say!(text, ", ", name))
}

fn distance_accepted(statement: &ChangeStatement<'_>, text: &mut String) {
    let facts = statement.location;
    let distance = facts.and_then(|facts| facts.distance_km.zip(facts.limit_km));
    if let (Some(facts), Some((distance, limit))) = (facts, distance) {
        let way = kilometres_beside(distance, limit);
        say!(text, "If a distance of ", way, " km is accepted");
        say!(text, " (", accepted_distance(facts), ")");
    } else {
        let way = statement.number_after().map(kilometres);
        say!(text, "If a distance of ", way, " km is accepted");
    }
}

/// Formats the limit that the candidate states.
fn accepted_distance(facts: &LocationFacts<'_>) -> impl Part + use<> {
    let stated = facts.limit_km_stated;
    move |text: &mut String| match stated {
        Some(stated) => say!(text, "limit ", kilometres(stated), " km"),
        None => say!(text, "no limit stated"),
    }
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

/// Formats a distance, with its decimal if it would otherwise equal the limit in print.
fn kilometres_beside(distance: Number, limit: Number) -> impl Part {
    move |text: &mut String| {
        let reads_alike = (distance.0.round() - limit.0.round()).abs() < 0.5;
        if reads_alike && distance.0 > limit.0 {
            say!(text, number(distance.0, ".", ","));
        } else {
            say!(text, kilometres(distance));
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
        let wanted = wanted_contracts(facts);
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

/// Lists the wanted contracts: "permanent, fixed term or freelance".
fn wanted_contracts(facts: &ContractFacts) -> impl Part {
    alternatives(&facts.types_wanted, " or ", |wanted| contract_name(*wanted))
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

/// Returns "up to" and the like, before an amount; empty for an exact one.
fn bound(bound: PayBound) -> &'static str {
    match bound {
        PayBound::AtLeast => "at least ",
        PayBound::Exactly => "",
        PayBound::AtMost => "up to ",
    }
}

/// Formats pay as stated: "€500 a day".
fn pay(facts: &SalaryFacts<'_>, side: PaySide) -> impl Part {
    let (per_year, stated) = side.of(facts);
    let currency = facts.currency.as_deref();
    move |text: &mut String| {
        let Some(stated) = stated else {
            say!(text, amount(per_year, currency), " a year");
            return;
        };
        let own = stated.currency.as_deref().or(currency);
        say!(
            text,
            exact_amount(stated.amount, own),
            stated.net.then_some(" net")
        );
        say!(
            text,
            match stated.period {
                SalaryPeriod::Hour => " an hour",
                SalaryPeriod::Day => " a day",
                SalaryPeriod::Week => " a week",
                SalaryPeriod::Fortnight => " a fortnight",
                SalaryPeriod::Month => " a month",
                SalaryPeriod::Year => " a year",
            }
        );
    }
}

fn amount(amount: Number, currency: Option<&str>) -> impl Part {
    exact_amount(Number(amount.0.round()), currency)
}

/// Formats an amount, with cents if it has any.
fn exact_amount(amount: Number, currency: Option<&str>) -> impl Part {
    let digits = move |text: &mut String| {
        say!(text, number(amount.0.floor(), ".", ","), cents(amount, "."));
    };
    move |text: &mut String| match currency {
        Some("EUR") => say!(text, "€", digits),
        Some("GBP") => say!(text, "£", digits),
        Some("USD") => say!(text, "$", digits),
        Some(other) => say!(text, digits, " ", quote(other)),
        None => say!(text, digits),
    }
}

#[expect(clippy::too_many_lines, reason = "an arm for each must-have")]
fn knockout(statement: &KnockoutStatement<'_>, text: &mut String) {
    let name = quote(statement.name);
    let failed = statement.outcome == KnockoutOutcome::Failed;
    match (statement.kind, failed) {
        (KnockoutKind::Skill, true) => say!(
            text,
            "Must-have skill not named word for word in the profile: ",
            name,
            "."
        ),
        (KnockoutKind::Skill, false) => {
            say!(text, "Must-have skill to be checked: ", name);
            match statement.related {
                Some(skill) => {
                    say!(
                        text,
                        "; the summary says \u{201c}",
                        clause(skill),
                        "\u{201d}."
                    );
                }
                None if statement.is_silent_about_skills => {
                    say!(text, "; the profile lists no skills.");
                }
                None => say!(text, "."),
            }
        }
        (KnockoutKind::Language, _) => {
            let is_spoken = statement.language.is_some_and(|fact| fact.spoken);
            say!(text, "Must-have language ");
            match (failed, is_spoken) {
                (true, true) => say!(text, "below the level asked for: "),
                (true, false) => say!(text, "not listed: "),
                (false, _) => say!(text, "to be checked: "),
            }
            match statement.language {
                Some(fact) => say!(text, language(fact)),
                None => say!(text, language_name(statement.name)),
            }
            if !failed && !is_spoken {
                say!(text, "; the profile lists no languages");
            }
            say!(text, ".");
        }
        (KnockoutKind::Licence, true) => {
            say!(
                text,
                "Must-have licence or certificate not named in the profile: ",
                name,
                "."
            );
        }
        (KnockoutKind::Licence, false) => {
            say!(text, "Licence or certificate to be checked: ", name, "; ");
            match (statement.stated_in_text, statement.related) {
                (Some(quoted), _) => {
                    let is_title = quoted.field == "title";
                    let source = if is_title { "a title" } else { "the summary" };
                    let words = said(quoted);
                    say!(text, source, " says \u{201c}", words, "\u{201d}.");
                }
                (None, Some(skill)) => {
                    say!(
                        text,
                        "the summary says \u{201c}",
                        clause(skill),
                        "\u{201d}."
                    );
                }
                (None, None) => say!(text, "the profile lists none."),
            }
        }
        (KnockoutKind::WorkPermit, true) => {
            say!(
                text,
                "The permits to work that the profile states do not cover: ",
                countries::in_english(statement.name),
                "."
            );
        }
        (KnockoutKind::WorkPermit, false) => {
            say!(
                text,
                "Permit to work to be checked: ",
                countries::in_english(statement.name),
                "; the profile lists none."
            );
        }
        (KnockoutKind::Contract, _) => {
            let offered =
                ContractType::named_in(statement.name).and_then(|all| all.first().copied());
            say!(text, "Contract offered that the person does not want: ");
            if let Some(offered) = offered {
                say!(text, contract_name(offered), ".");
            } else {
                say!(text, statement.name, ".");
            }
        }
        (KnockoutKind::Location, true) => {
            say!(text, "Must-have place of work out of reach: ", name);
            let facts = statement.location;
            let distance = facts.and_then(|facts| facts.distance_km.zip(facts.limit_km));
            match facts.zip(distance) {
                Some((facts, (distance, limit))) => {
                    say!(text, " (", kilometres_beside(distance, limit), " km away, ");
                    say!(text, accepted_distance(facts), ").");
                }
                None => match facts.and_then(|facts| facts.candidate_country.as_deref()) {
                    Some(home) => say!(
                        text,
                        " (the person lives in ",
                        countries::in_english(home),
                        ")."
                    ),
                    None => say!(text, " (the person lives in another country)."),
                },
            }
        }
        (KnockoutKind::Location, false) => {
            say!(text, "Must-have place of work to be checked: ", name);
            say!(text, "; the distance is not known.");
        }
    }
}

fn related(skill: &Related<'_>, text: &mut String) {
    say!(text, quote(&skill.name));
    match skill.relation {
        RelatedBy::Spoken => say!(text, ": listed among the languages."),
        RelatedBy::WrittenIn => say!(text, ": not listed, but the summary is written in it."),
        RelatedBy::Occupation => {
            say!(text, ": not named; counted in part for the title \u{201c}");
            say!(text, quote(&skill.via), "\u{201d}.");
        }
        RelatedBy::Mentioned if skill.evidence.is_none() => {
            say!(text, ": named in the titles or the summary.");
        }
        _ => say!(
            text,
            ": the profile says \u{201c}",
            clause(skill),
            "\u{201d}."
        ),
    }
}

fn change_made(statement: &ChangeStatement<'_>, text: &mut String) {
    let name = quote(&statement.change.name);
    let (from, to) = (statement.number_before(), statement.number_after());
    match statement.change.kind {
        ChangeKind::AddSkill | ChangeKind::AddLicence => if_confirmed(&name, text),
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
        ChangeKind::MoreYears if statement.has_other_work => {
            let more = to.zip(from).map(|(to, from)| difference(to, from));
            say!(text, "With ", more.map(decimal), " more ");
            say!(
                text,
                more.map(|more| if is_one(more) { "year" } else { "years" })
            );
            say!(text, " in work like this one");
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
        ChangeKind::Distance => distance_accepted(statement, text),
        ChangeKind::WorkMode => {
            let (from, to) = (statement.word_before(), statement.word_after());
            say!(text, "If ", to.map(mode_name), " work is accepted");
            say!(text, " (wanted: ", from.map(mode_name), ")");
        }
        ChangeKind::ContractType => {
            let contract = statement.word_after().map(contract_name);
            say!(text, "If the contract offered (", contract, ") is accepted");
        }
        ChangeKind::Salary => change_of_pay(statement, text),
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
        ChangeKind::AddWorkPermit => {
            let country = countries::in_english(&statement.change.name);
            say!(text, "With a permit to work in ", country);
        }
    }
}

/// Appends the condition that a skill, licence or title is held, in quotes.
fn if_confirmed(name: &str, text: &mut String) {
    say!(text, "If \u{201c}", name, "\u{201d} is confirmed");
}

fn change_of_pay(statement: &ChangeStatement<'_>, text: &mut String) {
    match statement.pay {
        Some(facts) if facts.offered.is_some() || facts.requested.is_some() => {
            say!(
                text,
                "If ",
                pay(facts, PaySide::Offered),
                " is accepted (asked: "
            );
            say!(text, pay(facts, PaySide::Requested), ")");
        }
        _ => {
            let amount = |value: Number| amount(value, statement.currency);
            let (from, to) = (statement.number_before(), statement.number_after());
            say!(text, "If ", to.map(amount), " a year is accepted");
            say!(text, " (asked: ", from.map(amount), ")");
        }
    }
}

fn instead(from: Option<impl Part>) -> impl Part {
    from.map(|from| move |text: &mut String| say!(text, " instead of ", from))
}

/// Formats a date: "1 February 2026".
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
    let (category, obstacles, topics, checks, is_thin) = match recommendation {
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
            obstacles,
            unnamed,
            topics,
            checks,
            is_thin,
        } => (*category, obstacles, (*unnamed, topics), checks, *is_thin),
    };
    let (((unnamed, all), topics), is_good) = (topics, category >= Category::Good);
    // Half of the required skills are open, or something else speaks against the pair.
    let is_open = obstacles.count > 0 || unnamed > 0 && 2 * unnamed >= all;
    say!(text, beginning(category, is_open, is_thin));
    if obstacles.count > 0 {
        let what = plural(obstacles.count, "; an obstacle: ", "; obstacles: ");
        say!(text, what, topic_names(obstacles));
        say!(text, is_good.then_some("; settle this before an interview"));
    }
    if unnamed > 0 {
        say!(
            text,
            "; required skills to be confirmed: ",
            unnamed,
            " of ",
            all
        );
    }
    if topics.count > 0 {
        say!(text, "; to be discussed: ", topic_names(topics));
    }
    recommend_checks(checks, is_thin, text);
}

/// Returns the beginning of a recommendation: the fit if nothing decisive is open, else the score.
fn beginning(category: Category, is_open: bool, is_thin: bool) -> &'static str {
    match category {
        Category::Excellent if is_open => "Excellent score",
        Category::Good if is_open => "Good score",
        Category::Moderate if is_open => "Medium score: compare with other candidates",
        // Not to be contacted before the profiles are complete.
        Category::Excellent if is_thin => "Excellent fit in what could be compared",
        Category::Good if is_thin => "Good fit in what could be compared",
        Category::Excellent => "Excellent fit: contact the candidate",
        Category::Good => "Good fit: worth an interview",
        Category::Moderate => "Partial fit: compare with other candidates",
        Category::Weak => "Weak fit: compare with other candidates first",
        Category::Insufficient => "Very weak fit: compare with other candidates first",
    }
}

/// Appends the must-haves to check at the end of a recommendation.
fn recommend_checks(checks: &Listed<Topic<'_>>, is_thin: bool, text: &mut String) {
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
        Topic::Skill(name) | Topic::Licence(name) => quote(name),
        Topic::Language(code) => language_name(code),
        Topic::WorkPermit(name) => with("permit to work in", &countries::in_english(name)),
        Topic::Criterion(criterion) => Cow::Borrowed(criterion_name(criterion)),
        Topic::RemoteAbroad => Cow::Borrowed("remote work from another country"),
        Topic::Contract(facts) => phrase(|text| {
            let wanted = wanted_contracts(facts);
            let offered = contract_name(facts.offered);
            say!(
                text,
                "the contract (",
                offered,
                " offered, ",
                wanted,
                " wanted)"
            );
        }),
        Topic::Pay(facts) => phrase(|text| {
            let offered = pay(facts, PaySide::Offered);
            say!(
                text,
                "pay (",
                bound(facts.offered_bound),
                offered,
                " offered, "
            );
            say!(
                text,
                bound(facts.asked_bound),
                pay(facts, PaySide::Requested)
            );
            say!(text, " asked for)");
        }),
        Topic::Seniority(facts) => phrase(|text| {
            let (held, offered) = (quote(&facts.closest), quote(&facts.title_required));
            say!(
                text,
                "the level of the titles (\u{201c}",
                held,
                "\u{201d} in the profile, "
            );
            say!(text, "\u{201c}", offered, "\u{201d} offered)");
        }),
        Topic::Years(facts) => phrase(|text| {
            say!(text, "experience (", facts.actual.map(years));
            say!(text, ", ", facts.min.map(decimal), " asked for)");
        }),
    }
}

fn criterion_name(criterion: Criterion) -> &'static str {
    match criterion {
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
}

#[expect(clippy::too_many_lines, reason = "an arm for each question")]
fn ask(question: &Question<'_>, text: &mut String) {
    match question {
        Question::MustHave(topic) => match topic {
            Topic::Licence(name) => {
                say!(
                    text,
                    "Do you hold this licence or certificate: ",
                    quote(name),
                    "?"
                );
            }
            Topic::WorkPermit(name) => {
                let country = countries::in_english(name);
                say!(text, "Are you allowed to work in ", country, "?");
            }
            Topic::Language(code) => {
                let name = language_name(code);
                say!(
                    text,
                    "How well do you speak and write ",
                    name,
                    ", and where have you used it?"
                );
            }
            Topic::Skill(name) => skill_question(name, text),
            _ => say!(text, "Would the place of work suit you, and from when?"),
        },
        // Rendered with their names, as `Statement::AskedSkills`.
        Question::Skills => {}
        Question::Unknown(criterion) => say!(
            text,
            match criterion {
                Criterion::Skills =>
                    "What experience, if any, do you have of the skills in the posting?",
                Criterion::Experience => {
                    "How many years of experience do you have in this kind of work?"
                }
                Criterion::Title => "What work have you done so far, and what were its main tasks?",
                Criterion::Education => "Which diploma or training prepared you for this work?",
                Criterion::Languages => "Which languages do you use at work, and at what level?",
                Criterion::Location => "Would the place and the way of working suit you?",
                Criterion::Contract => "Which types of contract would you take?",
                Criterion::Salary => "What pay do you expect?",
                Criterion::Availability => "When could you start?",
                Criterion::Industry => "In which industries have you worked?",
                Criterion::Text => "What are the main tasks of your present work?",
            }
        ),
        Question::Years(facts) => {
            let is_one = facts.min.is_some_and(is_one);
            say!(text, facts.min.map(years), " of experience ");
            say!(text, if is_one { "is" } else { "are" }, " asked for: ");
            if !super::lacks_years(facts) {
                say!(text, "how many of your years were spent on such work?");
            } else if facts.actual.is_none_or(|actual| actual.0 < 0.05) {
                say!(text, "what have you done that prepares you for this job?");
            } else {
                let held = facts.actual.map(years);
                say!(
                    text,
                    "what else counts beside the ",
                    held,
                    " in your profile?"
                );
            }
        }
        Question::Education(EducationFacts {
            level_in_progress: Some(studied),
            level_required: Some(requested),
            ..
        }) if studied >= requested => {
            let studied = education_name(*studied);
            say!(
                text,
                "When will you complete the ",
                studied,
                " in progress?"
            );
        }
        Question::Education(facts) => {
            let level = facts.level_required.map(education_name);
            say!(
                text,
                "How do your training and experience meet the level of education asked for (",
                level,
                ")?"
            );
        }
        Question::Language(fact) => {
            say!(
                text,
                "What can you do at work in ",
                language_name(&fact.code)
            );
            if let Some(level) = fact.level_required {
                say!(text, " (", level_name(level), " is asked for)");
            }
            say!(text, "?");
        }
        Question::Location { place, mode, city } => {
            let how = mode.map(mode_name);
            let city = city.map(|city| quote(city).into_owned());
            let (place_of_work, here) = match &city {
                Some(city) => (format!("place of work, {city},"), format!("in {city}")),
                None => ("place of work".to_owned(), "at this place".to_owned()),
            };
            let (place_of_work, here) = (place_of_work.as_str(), here.as_str());
            match (place, how) {
                (_, None) => say!(text, "Would the ", place_of_work, " suit you?"),
                (true, Some(how)) => say!(text, "Would ", how, " work ", here, " suit you?"),
                (false, Some(how)) => say!(text, "Would ", how, " work suit you?"),
            }
        }
        Question::Contract(facts) => {
            let offered = contract_name(facts.offered);
            say!(
                text,
                "Would you take the contract that is offered (",
                offered,
                ")?"
            );
        }
        Question::Salary(facts) => {
            let is = match facts.offered_bound {
                PayBound::AtLeast => "starts at ",
                PayBound::Exactly => "is ",
                PayBound::AtMost => "goes up to ",
            };
            say!(text, "The pay offered ", is, pay(facts, PaySide::Offered));
            say!(text, ", and you ask for ", bound(facts.asked_bound));
            say!(text, pay(facts, PaySide::Requested), ": would that do?");
        }
        Question::Availability(days) => {
            say!(text, "You would be available ", *days);
            say!(text, if *days == 1 { " day" } else { " days" });
            say!(text, " after the start date: could you start earlier?");
        }
    }
}

fn skill_question(name: &str, text: &mut String) {
    say!(
        text,
        "What experience, if any, do you have of ",
        quote(name),
        "?"
    );
}
