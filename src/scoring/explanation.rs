//! The sentences of an assessment, in English; the only place with wording, so that a second
//! language is a second file.
//!
//! A sentence says what the profiles show and nothing beyond. Strengths come from criteria that
//! score 0.75 or more, gaps from those below 0.6 and from every missing required skill; what lies
//! between is neither. They are ordered by what they add to, or take from, the score.

use std::fmt::{self, Write as _};

use super::{
    assessment::Assessment,
    category::Category,
    criteria::{
        Criterion, Number, Unscored, education, experience,
        location::{self, Proximity},
        skills::{AskedSkill, Credit},
    },
    vocabulary::language_name,
};
use crate::domain::{
    contract::ContractType,
    education::EducationLevel,
    location::{RemoteMode, RemotePreference},
};

const STRENGTH_FROM: f64 = 0.75;
const GAP_BELOW: f64 = 0.6;
const MOST_SENTENCES: usize = 5;
/// Names in one enumeration; the others are counted.
const MOST_NAMES: usize = 6;
/// Characters of a title or an industry that a sentence quotes.
const LONGEST_QUOTE: usize = 80;
/// Below this share of the configured weight a recommendation says that it rests on little.
const THIN_COVERAGE: f64 = 0.4;

/// Writes why a criterion has no score.
pub(super) fn write_reason(
    out: &mut impl fmt::Write,
    criterion: Criterion,
    unscored: Unscored,
) -> fmt::Result {
    let (candidates, postings) = subjects(criterion);
    match unscored {
        Unscored::CandidateSilent => write!(out, "The candidate states no {candidates}."),
        Unscored::PostingSilent => write!(out, "The job posting states no {postings}."),
        Unscored::BothSilent if candidates == postings => write!(
            out,
            "Neither the candidate nor the job posting states any {candidates}."
        ),
        Unscored::BothSilent => write!(
            out,
            "The candidate states no {candidates} and the job posting no {postings}."
        ),
        Unscored::CurrenciesDiffer => {
            out.write_str("The two profiles state pay in different currencies.")
        }
        Unscored::TurnedOff => out.write_str("This criterion is turned off: its weight is 0."),
    }
}

/// What the candidate, and what the posting may state for a criterion.
fn subjects(criterion: Criterion) -> (&'static str, &'static str) {
    match criterion {
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
    }
}

/// One sentence about a criterion: what was found, or why it has no score.
pub(super) fn of_criterion(assessment: &Assessment, criterion: Criterion) -> String {
    if let Err(unscored) = assessment.scores[criterion as usize] {
        let mut reason = String::new();
        // Writing to a string can't fail.
        let _ = write_reason(&mut reason, criterion, unscored);
        return reason;
    }
    sentence(assessment, criterion).unwrap_or_default()
}

/// What a scored criterion found.
fn sentence(assessment: &Assessment, criterion: Criterion) -> Option<String> {
    let findings = &assessment.findings;
    let (held, asked) = (&assessment.candidate, &assessment.posting);
    Some(match criterion {
        Criterion::Skills => {
            let required = share_of_skills(assessment, true);
            let preferred = share_of_skills(assessment, false);
            [required, preferred]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(" ")
        }
        Criterion::Experience => of_experience(findings.experience.as_ref().ok()?.finding),
        Criterion::Title => {
            let finding = &findings.title.as_ref().ok()?.finding;
            let title = quote(&held.titles.closest(finding)?.written);
            let wanted = quote(&asked.title.as_ref()?.written);
            let was = if finding.is_past() { "Past" } else { "Current" };
            format!("{was} title: {title}; the job posting's: {wanted}.")
        }
        Criterion::Education => of_education(findings.education.as_ref().ok()?.finding),
        Criterion::Languages => {
            let credits = &findings.languages.as_ref().ok()?.finding.credits;
            let languages = asked.languages.iter().zip(credits).map(|(asked, found)| {
                let name = language_name(&asked.code).unwrap_or(&asked.code);
                let wanted = asked.level.map_or(String::new(), |level| {
                    format!(" ({} asked)", level.as_str())
                });
                match (found.is_spoken, found.level) {
                    (false, _) => format!("{name} not stated{wanted}"),
                    (true, None) if asked.level.is_some() => {
                        format!("{name}, level not stated{wanted}")
                    }
                    (true, None) => name.to_owned(),
                    (true, Some(level)) => format!("{name} {}{wanted}", level.as_str()),
                }
            });
            format!("Languages: {}.", languages.collect::<Vec<_>>().join("; "))
        }
        Criterion::Location => of_location(findings.location.as_ref().ok()?.finding),
        Criterion::Contract => {
            let finding = findings.contract.as_ref().ok()?.finding;
            let offered = contract_name(finding.offered);
            if finding.wanted {
                format!("Would take the contract offered: {offered}.")
            } else {
                let wanted: Vec<&str> = held
                    .contract_types
                    .iter()
                    .map(|wanted| contract_name(*wanted))
                    .collect();
                format!(
                    "Contract offered: {offered}; wanted: {}.",
                    wanted.join(", ")
                )
            }
        }
        Criterion::Salary => {
            let finding = findings.salary.as_ref().ok()?.finding;
            let currency = held
                .pay
                .as_ref()
                .and_then(|pay| pay.currency.as_deref())
                .or(asked.pay.as_ref()?.currency.as_deref())
                .map_or(String::new(), |currency| format!(" {currency}"));
            format!(
                "Asks for at least {}{currency} a year; up to {}{currency} offered.",
                finding.asked_per_year.0.round(),
                finding.offered_per_year.0.round()
            )
        }
        Criterion::Availability => match findings.availability.as_ref().ok()?.finding.days_late {
            0 => "Available by the start date.".to_owned(),
            1 => "Available 1 day after the start date.".to_owned(),
            days => format!("Available {days} days after the start date."),
        },
        Criterion::Industry => {
            let closest = findings.industry.as_ref().ok()?.finding.closest;
            format!(
                "Industry: {}; the job posting's: {}.",
                quote(&held.industries.get(closest)?.written),
                quote(&asked.industry.as_ref()?.written)
            )
        }
        Criterion::Text => {
            let much = match findings.text.as_ref().ok()?.score {
                score if score >= STRENGTH_FROM => "many",
                score if score >= 0.4 => "some",
                _ => "few",
            };
            format!("The summary shares {much} of the description's words.")
        }
    })
}

/// The skills asked for with their credits, required ones or preferred ones.
fn credited(
    assessment: &Assessment,
    required: bool,
) -> impl Iterator<Item = (&AskedSkill, Credit)> {
    let credits = match &assessment.findings.skills {
        Ok(scored) => &scored.finding.credits[..],
        Err(_) => &[],
    };
    assessment
        .posting
        .skills
        .asked
        .iter()
        .zip(credits.iter().copied())
        .filter(move |(asked, _)| asked.is_required == required)
}

/// "Has 6 of 7 required skills: Rust, …; related skills for Docker."
fn share_of_skills(assessment: &Assessment, required: bool) -> Option<String> {
    let total = credited(assessment, required).count();
    if total == 0 {
        return None;
    }
    let named = skill_names(assessment, required, Credit::is_named);
    let related = skill_names(assessment, required, Credit::is_related);
    let kind = kind_of_skills(assessment, required);
    let (held, close) = (enumerate(&named), enumerate(&related));
    let (held_count, close_count) = (named.len(), related.len());
    Some(match (total, held_count, close_count) {
        (1, 0, 0) => format!("Does not state the {kind} skill."),
        (1, 0, _) => format!("Has a related skill for the {kind} one: {close}."),
        (1, _, _) => format!("Has the {kind} skill: {held}."),
        (_, 0, 0) => format!("States none of the {total} {kind} skills."),
        (_, 0, _) => {
            format!("Has related skills for {close_count} of {total} {kind} skills: {close}.")
        }
        (_, _, 0) => format!("Has {held_count} of {total} {kind} skills: {held}."),
        (_, _, _) => format!(
            "Has {held_count} of {total} {kind} skills: {held}; related skills for {close}."
        ),
    })
}

fn skill_names(
    assessment: &Assessment,
    required: bool,
    is_meant: impl Fn(&Credit) -> bool,
) -> Vec<&str> {
    credited(assessment, required)
        .filter(|(_, credit)| is_meant(credit))
        .map(|(asked, _)| asked.skill.name.as_str())
        .collect()
}

fn kind_of_skills(assessment: &Assessment, required: bool) -> &'static str {
    match (required, assessment.posting.skills.are_read) {
        (true, _) => "required",
        (false, false) => "preferred",
        (false, true) => "described",
    }
}

fn of_experience(finding: experience::Finding) -> String {
    let years = match finding.actual {
        Some(Number(years)) if (years - 1.0).abs() < 1e-9 => "1 year".to_owned(),
        Some(years) => format!("{years} years"),
        None => String::from("Unknown years"),
    };
    match (finding.min, finding.max) {
        (Some(min), Some(max)) => format!("{years} of experience; {min} to {max} asked."),
        (Some(min), None) => format!("{years} of experience; at least {min} asked."),
        (None, Some(max)) => format!("{years} of experience; at most {max} asked."),
        (None, None) => format!("{years} of experience."),
    }
}

fn of_education(finding: education::Finding) -> String {
    let mut parts = Vec::new();
    if let (Some(held), Some(asked)) = (finding.level_actual, finding.level_required) {
        let (held, asked) = (education_name(held), education_name(asked));
        parts.push(format!("{held}; {asked} asked"));
    }
    match finding.field_likeness {
        Some(likeness) if likeness >= STRENGTH_FROM => parts.push("the field fits".to_owned()),
        Some(likeness) if likeness > 0.0 => parts.push("the field fits in part".to_owned()),
        Some(_) => parts.push("another field".to_owned()),
        None => {}
    }
    format!("Education: {}.", parts.join("; "))
}

fn of_location(finding: location::Finding) -> String {
    let mut parts: Vec<String> = Vec::new();
    match finding.proximity {
        Some(Proximity::Anywhere) => parts.push("the work can be done from anywhere".to_owned()),
        Some(Proximity::SameCity) => parts.push("lives in the city of the job".to_owned()),
        Some(Proximity::OtherCity) => parts.push("lives in another city".to_owned()),
        Some(Proximity::SameCountry) => parts.push("lives in the country of the job".to_owned()),
        Some(Proximity::OtherCountry) => parts.push("lives in another country".to_owned()),
        Some(Proximity::Measured) => {
            if let (Some(Number(distance)), Some(Number(limit))) =
                (finding.distance_km, finding.limit_km)
            {
                let (distance, limit) = (distance.round(), limit.round());
                parts.push(format!(
                    "lives {distance} km from the place of work (limit {limit} km)"
                ));
            }
        }
        None => {}
    }
    if finding.relocation {
        parts.push("would relocate".to_owned());
    }
    if let (Some(RemotePreference::Only(wanted)), Some(offered)) =
        (finding.mode_wanted, finding.mode_offered)
    {
        let (wanted, offered) = (mode_name(wanted), mode_name(offered));
        parts.push(if wanted == offered {
            format!("wants {wanted} work, as offered")
        } else {
            format!("wants {wanted} work, {offered} work offered")
        });
    }
    let mut sentence = parts.join("; ");
    sentence.push('.');
    capitalised(sentence)
}

fn capitalised(sentence: String) -> String {
    let mut letters = sentence.chars();
    match letters.next() {
        Some(first) if first.is_lowercase() => {
            first.to_uppercase().chain(letters).collect::<String>()
        }
        _ => sentence,
    }
}

/// The strengths, weightiest first.
pub(super) fn strengths(assessment: &Assessment) -> Vec<String> {
    let mut sentences: Vec<(f64, String)> = Vec::new();
    for (criterion, score, weight) in scored(assessment) {
        if criterion == Criterion::Skills {
            for required in [true, false] {
                let total = credited(assessment, required).count();
                let held = credited(assessment, required)
                    .filter(|(_, credit)| credit.credit >= STRENGTH_FROM)
                    .count();
                // Half of the skills asked for is worth saying whatever the others do.
                if held > 0
                    && held * 2 >= total
                    && let Some(sentence) = share_of_skills(assessment, required)
                {
                    let importance = if required { 1.0 } else { 0.3 };
                    let share = held as f64 / total as f64;
                    sentences.push((weight * share * importance, sentence));
                }
            }
        } else if score >= STRENGTH_FROM
            && let Some(sentence) = sentence(assessment, criterion)
        {
            sentences.push((weight * score, sentence));
        }
    }
    weightiest(sentences)
}

/// The gaps, weightiest first.
pub(super) fn gaps(assessment: &Assessment) -> Vec<String> {
    let mut sentences: Vec<(f64, String)> = Vec::new();
    for (criterion, score, weight) in scored(assessment) {
        if criterion == Criterion::Skills {
            let lost = weight * (1.0 - score);
            for required in [true, false] {
                let missing = skill_names(assessment, required, Credit::is_missing);
                let kind = kind_of_skills(assessment, required);
                let importance = if required { 1.0 } else { 0.3 };
                match missing[..] {
                    [] => {}
                    [one] => {
                        let sentence = format!("Missing {kind} skill: {one}.");
                        sentences.push((lost * importance, sentence));
                    }
                    _ => {
                        let names = enumerate(&missing);
                        let sentence = format!("Missing {kind} skills: {names}.");
                        sentences.push((lost * importance, sentence));
                    }
                }
            }
            let shallow = skill_names(assessment, true, |credit| {
                credit.is_matched() && credit.credit < 1.0
            });
            if !shallow.is_empty() {
                let names = enumerate(&shallow);
                let sentence = format!("Below the level or years asked for: {names}.");
                sentences.push((lost * 0.5, sentence));
            }
        } else if score < GAP_BELOW
            && let Some(sentence) = sentence(assessment, criterion)
        {
            sentences.push((weight * (1.0 - score), sentence));
        }
    }
    weightiest(sentences)
}

/// What to do, in one sentence.
pub(super) fn recommendation(assessment: &Assessment) -> String {
    if !assessment.is_comparable() {
        return "Not enough data to compare: the two profiles state nothing in common.".to_owned();
    }
    let missing = skill_names(assessment, true, Credit::is_missing);
    let decisive = if missing.is_empty() {
        gap_names(assessment)
    } else {
        enumerate(&missing)
    };
    let has_gap = !decisive.is_empty();
    let mut sentence = match (assessment.category(), has_gap) {
        (Category::Excellent, false) => "Excellent fit: contact the candidate.".to_owned(),
        (Category::Excellent, true) => {
            format!("Excellent fit: contact the candidate, and ask about {decisive}.")
        }
        (Category::Good, false) => "Good fit: worth an interview.".to_owned(),
        (Category::Good, true) => format!("Good fit: worth an interview; ask about {decisive}."),
        (Category::Moderate, false) => "Partial fit: consider after closer candidates.".to_owned(),
        (Category::Moderate, true) => {
            format!("Partial fit: consider only if this can be made up for: {decisive}.")
        }
        (Category::Weak, false) => "Weak fit: other candidates are likely closer.".to_owned(),
        (Category::Weak, true) => format!("Weak fit, mainly because of {decisive}."),
        (Category::Insufficient, false) => "The profile does not fit this job posting.".to_owned(),
        (Category::Insufficient, true) => {
            format!("The profile does not fit this job posting, mainly because of {decisive}.")
        }
    };
    if assessment.coverage() < THIN_COVERAGE {
        sentence.pop();
        sentence.push_str("; this rests on few data, so complete the profiles first.");
    }
    sentence
}

/// The two criteria that lost most and that a talk can clear up, in words; empty when none is a gap.
fn gap_names(assessment: &Assessment) -> String {
    let mut names: Vec<(f64, &str)> = scored(assessment)
        .filter(|(_, score, _)| *score < GAP_BELOW)
        .filter_map(|(criterion, score, weight)| {
            Some((weight * (1.0 - score), subject_of_talk(criterion)?))
        })
        .collect();
    names.sort_by(|one, other| other.0.total_cmp(&one.0));
    let names: Vec<&str> = names.into_iter().map(|(_, name)| name).take(2).collect();
    names.join(" and ")
}

/// Scored criteria with score and weight.
fn scored(assessment: &Assessment) -> impl Iterator<Item = (Criterion, f64, f64)> {
    Criterion::ALL
        .into_iter()
        .zip(assessment.scores)
        .zip(assessment.weights)
        .filter_map(|((criterion, score), weight)| Some((criterion, score.ok()?, weight)))
}

/// The sort is stable: equal weights keep the order of the criteria.
fn weightiest(mut sentences: Vec<(f64, String)>) -> Vec<String> {
    sentences.sort_by(|one, other| other.0.total_cmp(&one.0));
    sentences.truncate(MOST_SENTENCES);
    sentences
        .into_iter()
        .map(|(_, sentence)| sentence)
        .collect()
}

fn enumerate(names: &[&str]) -> String {
    let shown = names.iter().take(MOST_NAMES).copied().collect::<Vec<_>>();
    let mut enumeration = shown.join(", ");
    if names.len() > MOST_NAMES {
        // Writing to a string can't fail.
        let _ = write!(enumeration, " and {} more", names.len() - MOST_NAMES);
    }
    enumeration
}

/// The beginning of a text, on one line.
fn quote(text: &str) -> String {
    let mut letters = text.chars();
    let mut quoted: String = letters
        .by_ref()
        .take(LONGEST_QUOTE)
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect();
    if letters.next().is_some() {
        quoted.push('…');
    }
    quoted
}

/// A criterion as something to ask about; titles, industries and texts are what they are.
fn subject_of_talk(criterion: Criterion) -> Option<&'static str> {
    Some(match criterion {
        Criterion::Skills => "skills",
        Criterion::Experience => "experience",
        Criterion::Education => "education",
        Criterion::Languages => "languages",
        Criterion::Location => "location",
        Criterion::Contract => "the contract type",
        Criterion::Salary => "pay",
        Criterion::Availability => "availability",
        Criterion::Title | Criterion::Industry | Criterion::Text => return None,
    })
}

fn mode_name(mode: RemoteMode) -> &'static str {
    match mode {
        RemoteMode::Onsite => "on-site",
        RemoteMode::Hybrid => "hybrid",
        RemoteMode::Remote => "remote",
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
