//! Renders statements in French.
//!
//! Sentences refer to the profile, never to « il » or « elle ». A no-break space (`\u{a0}`)
//! precedes « : » and « ; » and separates groups of digits. Names are placed where no elision is
//! needed, and stay as the profiles write them.

use std::borrow::Cow;

use chrono::{Datelike, NaiveDate};

use super::{
    ChangeStatement, Having, KnockoutStatement, PaySide, Question, Recommendation, Share,
    SkillKind, Statement, Topic, clause, countries, difference, is_net_to_be_checked,
    is_of_posting, is_pay_in_one_unit, is_said_in_summary, said,
    words::{
        Listed, Part, Separator, alternatives, capitalise, cents, enumerate, joined, number,
        phrase, quote, say,
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

/// Separator between two parts of a sentence.
const SEMICOLON: &str = "\u{a0}; ";

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
                    "le résumé dit"
                } else {
                    "l'annonce dit"
                };
                say!(text, "\u{a0}; ", says, " «\u{a0}");
                say!(text, said(quoted), "\u{a0}» (à confirmer).");
            }
        }
        Statement::Skills {
            kind,
            total,
            had,
            close,
        } => skills(*kind, *total, had, close, text),
        Statement::MissingSkills(kind, missing) => {
            let start = text.len();
            say!(text, skills_of(*kind, missing.count), comma_after(*kind));
            say!(text, not_found(missing.count), " dans le profil ");
            say!(
                text,
                under_names(missing.count),
                "\u{a0}: ",
                list(missing),
                "."
            );
            capitalise(text, start);
        }
        Statement::ShallowSkills(shallow) => {
            let skills = joined(shallow, SEMICOLON, |skill| depth(skill));
            say!(text, "Moins de pratique que demandé\u{a0}: ", skills, ".");
        }
        Statement::Experience(facts) => experience(facts, text),
        Statement::Title(facts) => {
            let was = match (facts.in_summary, facts.past) {
                (true, _) => "cité dans le résumé",
                (false, true) => "passé",
                (false, false) => "actuel",
            };
            say!(text, "Intitulé ", was, "\u{a0}: ", quote(&facts.closest));
            if facts.closest == facts.title_required {
                say!(text, ", comme dans l'annonce.");
            } else {
                let requested = quote(&facts.title_required);
                say!(text, "\u{a0}; intitulé du poste\u{a0}: ", requested, ".");
            }
        }
        Statement::OtherTitle(facts) => {
            let held = match (facts.in_summary, facts.past) {
                (true, _) => " (dans le résumé)",
                (false, true) => " (passé)",
                (false, false) => " (actuel)",
            };
            say!(text, "Intitulés\u{a0}: ", quote(&facts.closest), held);
            say!(text, SEMICOLON, quote(&facts.title_required), " (poste).");
        }
        Statement::Education(facts) => education(facts, text),
        Statement::CloseSkills(kind, close) => {
            let start = text.len();
            say!(text, skills_of(*kind, close.count), comma_after(*kind));
            say!(text, " à confirmer\u{a0}: ", close_list(close), ".");
            capitalise(text, start);
        }
        Statement::Languages(requested) => {
            let languages = joined(requested, SEMICOLON, |fact| language(fact));
            say!(text, "Langues\u{a0}: ", languages, ".");
        }
        Statement::Location(facts, terms) => location(facts, *terms, text),
        Statement::Fields(FieldFacts::Contract(facts)) => contract(facts, text),
        Statement::Fields(FieldFacts::Salary(facts)) => {
            let requested = match facts.asked_bound {
                PayBound::AtLeast => "Demande au moins ",
                PayBound::Exactly => "Demande ",
                PayBound::AtMost => "Demande jusqu'à ",
            };
            let offered = match facts.offered_bound {
                PayBound::AtLeast => "\u{a0}; l'offre part de ",
                PayBound::Exactly => "\u{a0}; l'offre est de ",
                PayBound::AtMost => "\u{a0}; l'offre va jusqu'à ",
            };
            say!(text, requested, pay(facts, PaySide::Requested), offered);
            if facts.offered.is_none() && facts.requested.is_none() {
                say!(
                    text,
                    amount(facts.offered_per_year, facts.currency.as_deref()),
                    "."
                );
            } else {
                let is_open = is_net_to_be_checked(facts);
                say!(text, pay(facts, PaySide::Offered));
                say!(
                    text,
                    is_open.then_some("\u{a0}; brut ou net, à vérifier"),
                    "."
                );
            }
        }
        Statement::Fields(FieldFacts::Availability(facts)) => match facts.days_late {
            0 => say!(text, "Disponible à la date de début."),
            1 => say!(text, "Disponible 1 jour après la date de début."),
            days => say!(text, "Disponible ", days, " jours après la date de début."),
        },
        Statement::Fields(FieldFacts::Industry(facts)) if facts.none_near => {
            let requested = quote(&facts.industry_required);
            say!(
                text,
                "Aucun des secteurs indiqués n'est connu comme proche de celui du poste\u{a0}: "
            );
            say!(text, requested, ".");
        }
        Statement::Fields(FieldFacts::Industry(facts)) => {
            say!(text, "Secteur\u{a0}: ", quote(&facts.closest));
            if facts.closest.to_lowercase() == facts.industry_required.to_lowercase() {
                say!(text, ", comme dans l'annonce.");
            } else {
                let requested = quote(&facts.industry_required);
                say!(text, "\u{a0}; secteur du poste\u{a0}: ", requested, ".");
            }
        }
        Statement::Text(share, facts) => described(*share, facts, text),
        Statement::Related(skill) => related(skill, text),
        Statement::Change(statement) => {
            change_made(statement, text);
            say!(text, "\u{a0}: +");
            push_hundredths(text, statement.gain, ",");
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
                (
                    silent,
                    "Non comparé, car le profil ne l'indique pas hors de ses textes\u{a0}: ",
                ),
                (
                    in_summary,
                    "Non comparé, car seul le résumé en parle\u{a0}: ",
                ),
                (
                    described,
                    "Non comparé, car seul le texte de l'annonce en parle\u{a0}: ",
                ),
            ] {
                if criteria.count > 0 {
                    let criteria = enumerate(criteria, " et ", criterion_name, and_others);
                    say!(text, before.part(), why, criteria, ".");
                }
            }
        }
    }
}

/// Appends the sentence about the text. A title used instead of a summary has no score without a
/// description.
fn described(share: Share, facts: &TextFacts<'_>, text: &mut String) {
    if let Some(title) = &facts.title {
        let how = match share {
            Share::Large => "L'offre parle d'un travail qui correspond à l'intitulé\u{a0}: ",
            Share::Middling => {
                "L'offre parle d'un travail qui correspond en partie à l'intitulé\u{a0}: "
            }
            Share::Small => "L'offre parle d'un autre travail que celui de l'intitulé\u{a0}: ",
        };
        say!(text, how, quote(title), ".");
        return;
    }
    let how = match (facts.compared_with, share) {
        (Some(WorkSource::Title), Share::Large) => {
            "Le résumé décrit un travail qui correspond à l'intitulé du poste."
        }
        (Some(WorkSource::Title), Share::Middling) => {
            "Le résumé décrit un travail qui correspond en partie à l'intitulé du poste."
        }
        (Some(WorkSource::Title), Share::Small) => {
            "Le résumé décrit un autre travail que celui de l'intitulé du poste."
        }
        (_, Share::Large) => "Le résumé décrit un travail semblable à celui du poste.",
        (_, Share::Middling) => "Le résumé décrit un travail en partie semblable à celui du poste.",
        (_, Share::Small) => "Le résumé décrit un autre travail que celui du poste.",
    };
    say!(text, how);
}

fn list(names: &Listed<&str>) -> impl Part {
    enumerate(names, " et ", quote, and_others)
}

/// Lists close skills: « React (le profil indique Vue.js) et Excel (mention dans le profil) ».
fn close_list(close: &Listed<&Related<'_>>) -> impl Part {
    let one = |skill: &Related<'_>| {
        let name = quote(&skill.name).into_owned();
        let via = match skill.relation {
            // The usual needs of an occupation show nothing about this person.
            RelatedBy::Occupation => String::new(),
            RelatedBy::Mentioned => "mention dans le profil".to_owned(),
            _ if is_said_in_summary(skill) => {
                format!("le résumé dit «\u{a0}{}\u{a0}»", clause(skill))
            }
            RelatedBy::Spoken => "figure parmi les langues".to_owned(),
            RelatedBy::Industry => "figure parmi les secteurs".to_owned(),
            RelatedBy::HeldTitle => format!("intitulé dans le profil\u{a0}: {}", quote(&skill.via)),
            RelatedBy::WrittenIn => "langue du résumé".to_owned(),
            _ => format!("le profil indique {}", quote(&skill.via)),
        };
        move |text: &mut String| {
            say!(text, name.as_str());
            if !via.is_empty() {
                say!(text, " (", via.as_str(), ")");
            }
        }
    };
    enumerate(close, " et ", one, and_others)
}

fn and_others(more: usize) -> impl Part {
    let others = if more == 1 { " autre" } else { " autres" };
    move |text: &mut String| say!(text, more, others)
}

fn decimal(value: Number) -> impl Part {
    number(value.0, ",", "\u{a0}")
}

/// True if a number takes the plural, which begins at 2 in French.
fn is_plural(value: Number) -> bool {
    value.0 >= 1.95
}

fn years(value: Number) -> impl Part {
    let unit = if is_plural(value) { " ans" } else { " an" };
    move |text: &mut String| say!(text, decimal(value), unit)
}

fn reason(criterion: Criterion, unscored: Unscored, text: &mut String) {
    let candidates = match criterion {
        Criterion::Skills => "de compétence",
        Criterion::Experience => "de durée d'expérience",
        Criterion::Title => "d'intitulé de poste",
        Criterion::Education => "de formation comparable",
        Criterion::Languages => "de langue",
        Criterion::Location => "de lieu ni de mode de travail comparable",
        Criterion::Contract => "de type de contrat",
        Criterion::Salary => "de rémunération",
        Criterion::Availability => "de date de disponibilité",
        Criterion::Industry => "de secteur",
        Criterion::Text => return reason_for_text(unscored, text),
    };
    let postings = match criterion {
        Criterion::Availability => "de date de début",
        _ => candidates,
    };
    match unscored {
        // Texts about this criterion are not scored, and may state it.
        Unscored::CandidateSilent => {
            say!(
                text,
                "Non comparé\u{a0}: hors de ses textes, le profil n'indique pas "
            );
            say!(text, candidates, ".");
        }
        Unscored::CandidateUnreadable => say!(
            text,
            "Les dates des emplois du profil ne sont pas toutes lisibles",
            "\u{a0}: l'expérience reste inconnue."
        ),
        Unscored::PostingSilent => {
            say!(
                text,
                "Non comparé\u{a0}: hors de son texte, l'annonce n'indique pas "
            );
            say!(text, postings, ".");
        }
        Unscored::BothSilent if candidates == postings => {
            say!(
                text,
                "Non comparé\u{a0}: hors de leurs textes, ni le profil ni l'annonce "
            );
            say!(text, "n'indiquent ", candidates, ".");
        }
        Unscored::BothSilent => {
            say!(
                text,
                "Non comparé\u{a0}: hors de leurs textes, le profil n'indique pas "
            );
            say!(text, candidates, ", ni l'annonce ", postings, ".");
        }
        Unscored::CurrenciesDiffer => {
            say!(text, "Le profil et l'annonce indiquent des rémunérations");
            say!(text, " en monnaies différentes.");
        }
    }
}

/// Appends the reason for a missing score of the text. An existing summary or description may be
/// about other things than work.
fn reason_for_text(unscored: Unscored, text: &mut String) {
    let why = match unscored {
        Unscored::PostingSilent => "L'annonce n'a pas de description qui parle du travail.",
        Unscored::BothSilent => {
            "Ni un résumé dans le profil ni une description dans l'annonce ne parlent du travail."
        }
        _ => "Le profil n'a pas de résumé qui parle du travail.",
    };
    say!(text, why);
}

/// Returns « compétences requises », in the number that fits the count.
fn skills_of(kind: SkillKind, count: usize) -> &'static str {
    match (kind, count) {
        (SkillKind::Required, 1) => "compétence requise",
        (SkillKind::Required, _) => "compétences requises",
        (SkillKind::Preferred, 1) => "compétence souhaitée",
        (SkillKind::Preferred, _) => "compétences souhaitées",
        (SkillKind::Described, 1) => "compétence lue dans l'annonce",
        (SkillKind::Described, _) => "compétences lues dans l'annonce",
    }
}

/// Returns a comma if the phrase « compétences lues dans l'annonce » must be set off.
fn comma_after(kind: SkillKind) -> Option<&'static str> {
    (kind == SkillKind::Described).then_some(",")
}

fn not_found(count: usize) -> &'static str {
    if count == 1 {
        " non trouvée"
    } else {
        " non trouvées"
    }
}

/// Returns « sous ce nom ». Other words for a skill can't be ruled out, so no sentence says more.
fn under_names(count: usize) -> &'static str {
    if count == 1 {
        "sous ce nom"
    } else {
        "sous ces noms"
    }
}

fn skills(
    kind: SkillKind,
    total: usize,
    had: &Listed<&str>,
    close: &Listed<&str>,
    text: &mut String,
) {
    let requested = skills_of(kind, total);
    let has = |text: &mut String| {
        say!(text, "Possède ", had.count, " des ", total, " ", requested);
        say!(text, "\u{a0}: ", list(had));
    };
    let near = list(close);
    match (total, had.count, close.count) {
        (1, 0, 0) => {
            say!(text, "La ", requested, " n'est pas trouvée dans le profil ");
            say!(text, under_names(1), ".");
        }
        (_, 0, 0) => {
            say!(text, "Aucune des ", total, " ", requested);
            say!(text, " n'est trouvée dans le profil sous son nom.");
        }
        (1, 0, _) => say!(
            text,
            "La ",
            requested,
            " est à confirmer\u{a0}: ",
            near,
            "."
        ),
        (_, 0, count) => {
            say!(text, "Sur ", total, " ", requested, ", ", count);
            say!(text, " à confirmer\u{a0}: ", near, ".");
        }
        (1, _, _) => say!(text, "Possède la ", requested, "\u{a0}: ", list(had), "."),
        (_, count, 0) if count == total => {
            say!(
                text,
                "Possède toutes les ",
                requested,
                "\u{a0}: ",
                list(had),
                "."
            );
        }
        (_, _, 0) => say!(text, has, "."),
        _ => say!(text, has, "\u{a0}; à confirmer\u{a0}: ", near, "."),
    }
}

/// Formats level and years: « Rust (niveau 2, 4 demandé ; 1 an, 3 demandés) ».
fn depth(skill: &Matched<'_>) -> impl Part {
    let less = |held: Option<Number>, requested: Option<Number>| {
        held.zip(requested)
            .filter(|(held, requested)| held.0 < requested.0)
    };
    let level = less(skill.level_actual, skill.level_required);
    let used = less(skill.years_actual, skill.years_required);
    move |text: &mut String| {
        say!(text, quote(&skill.name));
        let mut before = Separator::of(SEMICOLON);
        let has_any = level.is_some() || used.is_some();
        say!(text, has_any.then_some(" ("));
        if let Some((held, requested)) = level {
            say!(
                text,
                before.part(),
                "niveau ",
                decimal(held),
                " au lieu de ",
                decimal(requested)
            );
        }
        if let Some((held, requested)) = used {
            say!(
                text,
                before.part(),
                years(held),
                " au lieu de ",
                decimal(requested)
            );
        }
        say!(text, has_any.then_some(")"));
    }
}

fn experience(facts: &ExperienceFacts, text: &mut String) {
    let requested = |years: Number| {
        if is_plural(years) {
            " demandés"
        } else {
            " demandé"
        }
    };
    say!(text, facts.actual.map(years), " d'expérience");
    if let Some((relevant, other, counted)) = facts.by_work() {
        let is_far = facts.is_other_work_far();
        if relevant.0 > 0.0 {
            say!(text, ", dont ", decimal(relevant));
            say!(text, " dans un travail proche de celui-ci et ");
            let work = if is_far {
                " dans un autre"
            } else {
                " dans un travail moins proche"
            };
            say!(text, decimal(other), work);
        } else {
            let work = if is_far {
                "dans un autre travail"
            } else {
                "dans un travail moins proche"
            };
            if facts.actual == Some(other) {
                say!(text, ", entièrement ", work);
            } else {
                say!(text, ", dont ", decimal(other), " ", work);
            }
        }
        say!(text, ", qui compte moins\u{a0}: ");
        let are_many = facts.actual.is_some_and(is_plural);
        say!(text, if are_many { "comptés" } else { "compté" });
        say!(text, " pour ", decimal(counted));
    }
    match (facts.min, facts.max) {
        (Some(min), Some(max)) if min == max => say!(text, SEMICOLON, decimal(min), requested(min)),
        (Some(min), Some(max)) => {
            say!(
                text,
                SEMICOLON,
                decimal(min),
                " à ",
                decimal(max),
                requested(max)
            );
        }
        (Some(min), None) => say!(text, SEMICOLON, "au moins ", decimal(min), requested(min)),
        (None, Some(max)) => say!(text, SEMICOLON, "au plus ", decimal(max), requested(max)),
        (None, None) => {}
    }
    say!(text, ".");
}

fn education(facts: &EducationFacts<'_>, text: &mut String) {
    say!(text, "Formation\u{a0}: ");
    let mut before = Separator::of(SEMICOLON);
    if let (Some(held), Some(requested)) = (facts.level_actual, facts.level_required) {
        let diploma = facts.diploma.as_deref();
        let name = diploma.map_or(Cow::Borrowed(education_name(held)), quote);
        say!(text, before.part(), name);
        if let Some(studied) = facts.level_in_progress {
            say!(text, " (", education_name(studied), " en cours)");
        }
        if held == requested && diploma.is_some() {
            say!(text, ", au niveau demandé");
        } else if held == requested {
            say!(text, ", comme demandé");
        } else {
            say!(
                text,
                "\u{a0}; niveau demandé\u{a0}: ",
                education_name(requested)
            );
        }
    }
    if let Some(similarity) = facts.field_similarity {
        // A doubtful field is told only if nothing else is.
        match Share::of(similarity) {
            Share::Large => say!(text, before.part(), "le domaine correspond"),
            _ if facts.level_required.is_none() => {
                say!(text, before.part(), "correspondance du domaine à vérifier");
            }
            _ => {}
        }
    }
    say!(text, ".");
}

fn education_name(level: EducationLevel) -> &'static str {
    match level {
        EducationLevel::None => "sans diplôme",
        EducationLevel::Vocational => "CAP ou équivalent",
        EducationLevel::Secondary => "baccalauréat",
        EducationLevel::ShortCycle => "Bac+2",
        EducationLevel::Bachelor => "Bac+3",
        EducationLevel::Master => "Bac+5",
        EducationLevel::Doctorate => "doctorat",
    }
}

/// Formats a language: « anglais B2 (C1 demandé) ».
fn language(fact: &LanguageFact<'_>) -> impl Part {
    move |text: &mut String| {
        say!(text, language_name(&fact.code));
        match (fact.spoken, fact.level_actual) {
            (false, _) if fact.is_written => {
                say!(
                    text,
                    " hors de la liste, mais le résumé est écrit en cette langue"
                );
            }
            (false, _) => say!(text, ", sans mention parmi les langues"),
            (true, None) if fact.level_required.is_some() => say!(text, ", niveau non précisé"),
            (true, None) => {}
            (true, Some(LanguageLevel::Native)) => say!(text, " langue maternelle"),
            (true, Some(level)) => say!(text, " ", level.as_str()),
        }
        match fact.level_required {
            Some(LanguageLevel::Native) => say!(text, " (langue maternelle demandée)"),
            Some(level) => say!(text, " (", level.as_str(), " demandé)"),
            None => {}
        }
    }
}

/// Returns the name for an ISO 639 code, or the code itself.
fn language_name(code: &str) -> Cow<'_, str> {
    Cow::Borrowed(match code {
        "ar" => "arabe",
        "ase" => "langue des signes américaine",
        "ber" => "berbère",
        "bfi" => "langue des signes britannique",
        "bg" => "bulgare",
        "bn" => "bengali",
        "br" => "breton",
        "ca" => "catalan",
        "co" => "corse",
        "cs" => "tchèque",
        "da" => "danois",
        "de" => "allemand",
        "el" => "grec",
        "en" => "anglais",
        "es" => "espagnol",
        "et" => "estonien",
        "eu" => "basque",
        "fa" => "persan",
        "fi" => "finnois",
        "fr" => "français",
        "fsl" => "LSF",
        "ga" => "irlandais",
        "he" => "hébreu",
        "hi" => "hindi",
        "hr" => "croate",
        "hu" => "hongrois",
        "hy" => "arménien",
        "id" => "indonésien",
        "is" => "islandais",
        "it" => "italien",
        "ja" => "japonais",
        "ko" => "coréen",
        "lb" => "luxembourgeois",
        "lt" => "lituanien",
        "lv" => "letton",
        "mg" => "malgache",
        "nl" => "néerlandais",
        "no" => "norvégien",
        "oc" => "occitan",
        "pl" => "polonais",
        "pt" => "portugais",
        "ro" => "roumain",
        "ru" => "russe",
        "sk" => "slovaque",
        "sl" => "slovène",
        "sq" => "albanais",
        "sr" => "serbe",
        "sv" => "suédois",
        "sw" => "swahili",
        "ta" => "tamoul",
        "th" => "thaï",
        "tl" => "tagalog",
        "tr" => "turc",
        "uk" => "ukrainien",
        "ur" => "ourdou",
        "vi" => "vietnamien",
        "wo" => "wolof",
        "zh" => "chinois",
        other => return quote(other),
    })
}

fn location(facts: &LocationFacts<'_>, terms: Option<&EvidenceInText>, text: &mut String) {
    let start = text.len();
    let mut before = Separator::of(SEMICOLON);
    if facts.proximity.is_some() {
        say!(text, before.part());
        places(facts, terms.is_some_and(is_of_posting), text);
    }
    if facts.relocation {
        say!(text, before.part(), "accepterait de déménager");
    }
    match (facts.mode_wanted, facts.mode_offered) {
        (Some(RemotePreference::Only(wanted)), Some(offered)) => {
            say!(
                text,
                before.part(),
                "souhaite travailler ",
                mode_name(wanted),
                ", "
            );
            if wanted == offered {
                say!(text, "comme proposé");
            } else {
                say!(text, "travail ", mode_name(offered), " proposé");
            }
        }
        (Some(RemotePreference::Any), Some(offered)) => {
            say!(text, before.part(), "tout mode de travail convient, ");
            say!(text, "travail ", mode_name(offered), " proposé");
        }
        _ => {}
    }
    if let Some(terms) = terms {
        let says = if is_of_posting(terms) {
            "l'annonce dit «\u{a0}"
        } else {
            "le résumé dit «\u{a0}"
        };
        say!(text, before.part(), says, said(terms), "\u{a0}»");
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
        Some(Proximity::Anywhere) => say!(text, "le travail peut se faire de partout"),
        Some(Proximity::SameCity) => {
            say!(text, "habite la ville du poste", after_comma(work));
        }
        Some(Proximity::OtherCity) => match (home, work) {
            (Some(home), Some(work)) => {
                say!(text, "ville de résidence\u{a0}: ", home);
                say!(text, "\u{a0}; ville du poste\u{a0}: ", work);
            }
            _ => say!(text, "habite une autre ville"),
        },
        Some(Proximity::SameCountry) => say!(text, "habite le pays du poste"),
        Some(Proximity::OtherCountry) => {
            let is_remote = super::is_remote_abroad(facts);
            let country = |code: &Option<Cow<'_, str>>| {
                code.as_deref()
                    .map(|code| countries::in_french(code).into_owned())
            };
            match (
                country(&facts.candidate_country),
                country(&facts.job_country),
            ) {
                (Some(home), Some(work)) => {
                    say!(text, "pays de résidence\u{a0}: ", home.as_str());
                    say!(text, "\u{a0}; pays du poste\u{a0}: ", work.as_str());
                }
                (Some(home), None) => {
                    say!(
                        text,
                        "pays de résidence autre que celui du poste\u{a0}: ",
                        home.as_str()
                    );
                }
                _ => {
                    say!(text, "habite un autre pays");
                    say!(text, is_remote.then_some(" que celui du poste"));
                }
            }
            say!(
                text,
                (is_remote && !has_terms).then_some(
                    "\u{a0}; vérifier auprès de l'employeur si le télétravail est possible depuis \
                     ce pays"
                )
            );
        }
        Some(Proximity::Measured) => {
            if let (Some(distance), Some(limit)) = (facts.distance_km, facts.limit_km) {
                if distance.0 < 0.5 {
                    say!(
                        text,
                        "les lieux indiqués sont à moins de 1 km l'un de l'autre"
                    );
                } else {
                    let way = kilometres_beside(distance, limit);
                    let home = home.map(|home| move |text: &mut String| say!(text, home, ", "));
                    say!(text, "habite ", home, "à ", way, " km du lieu de travail");
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
        say!(text, "Si une distance de ", way, " km convient");
        say!(text, " (", accepted_distance(facts), ")");
    } else {
        let way = statement.number_after().map(kilometres);
        say!(text, "Si une distance de ", way, " km convient");
    }
}

/// Formats the limit for the distance and its source.
fn accepted_distance(facts: &LocationFacts<'_>) -> impl Part + use<> {
    let (limit, stated) = (facts.limit_km, facts.limit_km_stated);
    move |text: &mut String| {
        let is_stated_so = stated
            .zip(limit)
            .is_some_and(|(one, other)| one.0 >= other.0);
        match stated {
            Some(stated) => say!(text, "limite\u{a0}: ", kilometres(stated), " km"),
            None => say!(text, "sans limite indiquée"),
        }
        if !is_stated_so && let Some(limit) = limit {
            say!(text, ", ", kilometres(limit), " km comptés");
            let is_hybrid = stated.is_some();
            say!(text, is_hybrid.then_some(" en mode hybride"));
        }
    }
}

fn kilometres(distance: Number) -> impl Part {
    move |text: &mut String| {
        if distance.0 < 0.5 {
            say!(text, "moins de 1");
        } else {
            say!(text, number(distance.0.round(), ",", "\u{a0}"));
        }
    }
}

/// Formats a distance, with its decimal if it would otherwise equal the limit in print.
fn kilometres_beside(distance: Number, limit: Number) -> impl Part {
    move |text: &mut String| {
        let reads_alike = (distance.0.round() - limit.0.round()).abs() < 0.5;
        if reads_alike && distance.0 > limit.0 {
            say!(text, number(distance.0, ",", "\u{a0}"));
        } else {
            say!(text, kilometres(distance));
        }
    }
}

fn mode_name(mode: RemoteMode) -> &'static str {
    match mode {
        RemoteMode::Onsite => "sur site",
        RemoteMode::Hybrid => "en mode hybride",
        RemoteMode::Remote => "à distance",
    }
}

fn contract(facts: &ContractFacts, text: &mut String) {
    let offered = contract_name(facts.offered);
    if facts.wanted {
        say!(text, "Accepterait le contrat proposé\u{a0}: ", offered, ".");
    } else {
        let wanted = wanted_contracts(facts);
        say!(
            text,
            "Contrat proposé\u{a0}: ",
            offered,
            "\u{a0}; souhaité\u{a0}: ",
            wanted,
            "."
        );
    }
}

/// Lists the wanted contracts: « CDI, CDD ou freelance ».
fn wanted_contracts(facts: &ContractFacts) -> impl Part {
    alternatives(&facts.types_wanted, " ou ", |wanted| contract_name(*wanted))
}

/// Returns « autorisation de travail en France ».
fn work_permit(country: &str) -> String {
    match countries::where_in_french(country) {
        Some(place) => format!("autorisation de travail {place}"),
        None => format!("autorisation de travail ({})", quote(country)),
    }
}

fn contract_name(contract: ContractType) -> &'static str {
    match contract {
        ContractType::Permanent => "CDI",
        ContractType::FixedTerm => "CDD",
        ContractType::Temporary => "intérim",
        ContractType::Freelance => "freelance",
        ContractType::Internship => "stage",
        ContractType::Apprenticeship => "alternance",
        ContractType::Seasonal => "saisonnier",
        ContractType::Volunteer => "bénévolat",
    }
}

/// Formats pay: « 500 € par jour (environ 109 000 € par an à temps plein) »; as stated if both sides state it in
/// one unit.
fn pay(facts: &SalaryFacts<'_>, side: PaySide) -> impl Part {
    pay_with_year(facts, side, " (", ")")
}

/// Formats pay inside brackets.
fn pay_beside(facts: &SalaryFacts<'_>, side: PaySide) -> impl Part {
    pay_with_year(facts, side, ", ", "")
}

fn pay_with_year(
    facts: &SalaryFacts<'_>,
    side: PaySide,
    before: &'static str,
    behind: &'static str,
) -> impl Part {
    let (per_year, stated) = side.of(facts);
    let currency = facts.currency.as_deref();
    move |text: &mut String| {
        let Some(stated) = stated else {
            say!(text, amount(per_year, currency), " par an");
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
                SalaryPeriod::Hour => " par heure",
                SalaryPeriod::Day => " par jour",
                SalaryPeriod::Week => " par semaine",
                SalaryPeriod::Fortnight => " par quinzaine",
                SalaryPeriod::Month => " par mois",
                SalaryPeriod::Year => " par an",
            }
        );
        if !is_pay_in_one_unit(facts) {
            let is_exact = matches!(stated.period, SalaryPeriod::Month | SalaryPeriod::Year);
            say!(text, before, (!is_exact).then_some("environ "));
            say!(text, amount(per_year, currency), " par an");
            say!(text, (!is_exact).then_some(" à temps plein"), behind);
        }
    }
}

fn amount(amount: Number, currency: Option<&str>) -> impl Part {
    exact_amount(Number(amount.0.round()), currency)
}

/// Formats an amount, with cents if it has any.
fn exact_amount(amount: Number, currency: Option<&str>) -> impl Part {
    let digits = move |text: &mut String| {
        say!(
            text,
            number(amount.0.floor(), ",", "\u{a0}"),
            cents(amount, ",")
        );
    };
    move |text: &mut String| match currency {
        Some("EUR") => say!(text, digits, "\u{a0}€"),
        Some("GBP") => say!(text, digits, "\u{a0}£"),
        Some("USD") => say!(text, digits, "\u{a0}$"),
        Some(other) => say!(text, digits, "\u{a0}", quote(other)),
        None => say!(text, digits),
    }
}

#[expect(clippy::too_many_lines, reason = "an arm for each must-have")]
fn knockout(statement: &KnockoutStatement<'_>, text: &mut String) {
    let name = quote(statement.name);
    let failed = statement.outcome == KnockoutOutcome::Failed;
    match (statement.kind, failed) {
        (KnockoutKind::Skill, true) => {
            say!(
                text,
                "Compétence indispensable non trouvée dans le profil sous ce nom\u{a0}: ",
                name,
                "."
            );
        }
        (KnockoutKind::Skill, false) => {
            say!(text, "Compétence indispensable à vérifier\u{a0}: ", name);
            match statement.related {
                Some(skill) => {
                    say!(
                        text,
                        "\u{a0}; le résumé dit «\u{a0}",
                        clause(skill),
                        "\u{a0}»."
                    );
                }
                None if statement.is_silent_about_skills => {
                    say!(text, "\u{a0}; le profil ne liste aucune compétence.");
                }
                None => say!(text, "."),
            }
        }
        (KnockoutKind::Language, _) => {
            let is_spoken = statement.language.is_some_and(|fact| fact.spoken);
            say!(text, "Langue indispensable ");
            match (failed, is_spoken) {
                (true, true) => say!(text, "en dessous du niveau demandé\u{a0}: "),
                (true, false) => say!(text, "non listée\u{a0}: "),
                (false, _) => say!(text, "à vérifier\u{a0}: "),
            }
            match statement.language {
                Some(fact) => say!(text, language(fact)),
                None => say!(text, language_name(statement.name)),
            }
            if !failed && !is_spoken {
                say!(text, "\u{a0}; le profil ne liste aucune langue");
            }
            say!(text, ".");
        }
        (KnockoutKind::Licence, true) => {
            say!(
                text,
                "Permis, certificat ou titre indispensable non trouvé dans le profil sous ce \
                 nom\u{a0}: ",
                name,
                "."
            );
        }
        (KnockoutKind::Licence, false) => {
            say!(text, "Permis, certificat ou titre à vérifier\u{a0}: ", name);
            match (statement.stated_in_text, statement.related) {
                (Some(quoted), _) => {
                    let is_title = quoted.field == "title";
                    let source = if is_title {
                        "un intitulé"
                    } else {
                        "le résumé"
                    };
                    let words = said(quoted);
                    say!(text, "\u{a0}; ", source, " dit «\u{a0}", words, "\u{a0}».");
                }
                (None, Some(skill)) => {
                    say!(
                        text,
                        "\u{a0}; le résumé dit «\u{a0}",
                        clause(skill),
                        "\u{a0}»."
                    );
                }
                (None, None) => say!(text, "\u{a0}; le profil n'en liste aucun."),
            }
        }
        (KnockoutKind::WorkPermit, true) => {
            say!(
                text,
                "Les autorisations de travail indiquées dans le profil"
            );
            let country = countries::in_french(statement.name);
            say!(text, " ne couvrent pas\u{a0}: ", country, ".");
        }
        (KnockoutKind::WorkPermit, false) => {
            let country = countries::in_french(statement.name);
            say!(text, "Autorisation de travail à vérifier\u{a0}: ", country);
            say!(text, "\u{a0}; le profil n'en liste aucune.");
        }
        (KnockoutKind::Contract, _) => {
            let offered =
                ContractType::named_in(statement.name).and_then(|all| all.first().copied());
            say!(text, "Contrat proposé non souhaité\u{a0}: ");
            if let Some(offered) = offered {
                say!(text, contract_name(offered), ".");
            } else {
                say!(text, statement.name, ".");
            }
        }
        (KnockoutKind::Location, true) => {
            say!(
                text,
                "Lieu de travail indispensable hors de portée\u{a0}: ",
                name
            );
            let facts = statement.location;
            let distance = facts.and_then(|facts| facts.distance_km.zip(facts.limit_km));
            match facts.zip(distance) {
                Some((facts, (distance, limit))) => {
                    say!(text, " (à ", kilometres_beside(distance, limit), " km, ");
                    say!(text, accepted_distance(facts), ").");
                }
                None => match facts.and_then(|facts| facts.candidate_country.as_deref()) {
                    Some(home) => {
                        say!(
                            text,
                            " (pays de résidence\u{a0}: ",
                            countries::in_french(home),
                            ")."
                        );
                    }
                    None => say!(text, " (domicile dans un autre pays)."),
                },
            }
        }
        (KnockoutKind::Location, false) => {
            say!(
                text,
                "Lieu de travail indispensable à vérifier\u{a0}: ",
                name
            );
            say!(text, "\u{a0}; la distance n'est pas connue.");
        }
    }
}

#[expect(clippy::too_many_lines, reason = "an arm for each relation")]
fn related(skill: &Related<'_>, text: &mut String) {
    let (name, via) = (quote(&skill.name), quote(&skill.via));
    match skill.relation {
        RelatedBy::Implies => say!(text, name, "\u{a0}: compris dans ", via, "."),
        RelatedBy::Narrower => say!(text, name, "\u{a0}: ", via, " en est une forme."),
        RelatedBy::Near => {
            say!(
                text,
                name,
                "\u{a0}: sans mention sous ce nom\u{a0}; ",
                via,
                " est un domaine voisin."
            );
        }
        RelatedBy::Occupation => {
            say!(
                text,
                name,
                "\u{a0}: sans mention sous ce nom, mais d'usage dans le métier «\u{a0}",
                via,
                "\u{a0}»."
            );
        }
        RelatedBy::Misspelt => {
            say!(
                text,
                name,
                "\u{a0}: écrit «\u{a0}",
                via,
                "\u{a0}» dans le profil."
            );
        }
        RelatedBy::Neighbour => {
            say!(
                text,
                name,
                "\u{a0}: sans mention sous ce nom\u{a0}; ",
                via,
                " est comparable,"
            );
            say!(text, " ce qui facilite l'apprentissage.");
        }
        RelatedBy::Foundation => {
            say!(
                text,
                name,
                "\u{a0}: sans mention sous ce nom\u{a0}; le profil indique ",
                via,
                ", qui en"
            );
            say!(text, " est la base.");
        }
        RelatedBy::Spoken => say!(text, name, "\u{a0}: figure parmi les langues."),
        RelatedBy::Industry => say!(text, name, "\u{a0}: figure parmi les secteurs."),
        RelatedBy::HeldTitle if !is_said_in_summary(skill) => {
            say!(
                text,
                name,
                "\u{a0}: intitulé dans le profil, «\u{a0}",
                via,
                "\u{a0}»."
            );
        }
        RelatedBy::WrittenIn => {
            say!(
                text,
                name,
                "\u{a0}: hors de la liste, mais c'est la langue du résumé."
            );
        }
        RelatedBy::Nearest if !is_said_in_summary(skill) => {
            say!(
                text,
                name,
                "\u{a0}: sans mention sous ce nom\u{a0}; au plus proche dans le "
            );
            say!(text, "profil\u{a0}: ", via, ".");
        }
        RelatedBy::InOtherWords | RelatedBy::HeldTitle | RelatedBy::Nearest => {
            say!(
                text,
                name,
                "\u{a0}: sans mention sous ce nom, mais le résumé dit «\u{a0}",
                clause(skill),
                "\u{a0}»."
            );
        }
        RelatedBy::Mentioned => {
            if let Some(evidence) = &skill.evidence {
                let place = if evidence.field == "title" {
                    "\u{a0}: mention dans les intitulés, «\u{a0}"
                } else {
                    "\u{a0}: mention dans le résumé, «\u{a0}"
                };
                say!(text, name, place, said(evidence), "\u{a0}».");
            } else {
                say!(
                    text,
                    name,
                    "\u{a0}: mention dans les intitulés ou le résumé."
                );
            }
        }
    }
}

fn change_made(statement: &ChangeStatement<'_>, text: &mut String) {
    let name = quote(&statement.change.name);
    let (from, to) = (statement.number_before(), statement.number_after());
    match statement.change.kind {
        ChangeKind::AddSkill => match statement.having() {
            Having::Use | Having::Quality => {
                say!(text, "Si la compétence ", name, " est confirmée");
            }
            Having::Licence | Having::Title => if_confirmed(&name, text),
            Having::Language(_) => say!(text, "Avec une langue de plus, ", name),
        },
        ChangeKind::RaiseLevel => {
            say!(text, "Avec un niveau ", to.map(decimal), " en ", name);
            say!(text, instead(from.map(decimal)));
        }
        ChangeKind::SkillYears => {
            say!(text, "Avec ", to.map(years), " de pratique en ", name);
            say!(text, instead(from.map(decimal)));
        }
        ChangeKind::MoreYears if statement.has_other_work => {
            let more = to.zip(from).map(|(to, from)| difference(to, from));
            say!(text, "Avec ", more.map(years), " de plus");
            say!(text, " dans un travail proche de celui-ci");
        }
        ChangeKind::MoreYears => {
            say!(
                text,
                "Avec ",
                to.map(years),
                " d'expérience",
                instead(from.map(decimal))
            );
        }
        ChangeKind::EducationLevel => {
            let (from, to) = (statement.word_before(), statement.word_after());
            say!(
                text,
                "Avec un niveau de formation plus élevé, ",
                to.map(education_name)
            );
            say!(text, " (actuel\u{a0}: ", from.map(education_name), ")");
        }
        ChangeKind::AddLanguage | ChangeKind::LanguageLevel => {
            let language = language_name(&statement.change.name);
            if let Some(to) = statement.word_after().map(LanguageLevel::as_str) {
                let from = statement.word_before().map(LanguageLevel::as_str);
                say!(text, "Avec un niveau ", to, " en ", language, instead(from));
            } else {
                say!(text, "Avec une langue de plus, ", language);
            }
        }
        ChangeKind::Distance => distance_accepted(statement, text),
        ChangeKind::WorkMode => {
            let (from, to) = (statement.word_before(), statement.word_after());
            say!(text, "Si le travail ", to.map(mode_name), " convient");
            say!(text, " (souhait\u{a0}: ", from.map(mode_name), ")");
        }
        ChangeKind::ContractType => {
            let contract = statement.word_after().map(contract_name);
            say!(text, "Si le contrat proposé (", contract, ") convient");
        }
        ChangeKind::Salary => change_of_pay(statement, text),
        ChangeKind::AvailableFrom => {
            let (from, to) = (statement.date_before(), statement.date_after());
            say!(
                text,
                "Avec une disponibilité dès le ",
                to.map(date_in_words)
            );
            say!(text, " (actuelle\u{a0}: ", from.map(date_in_words), ")");
        }
        ChangeKind::AddLicence => if_confirmed(&name, text),
        ChangeKind::AddWorkPermit => {
            say!(text, "Avec une ", &*work_permit(&statement.change.name));
        }
    }
}

/// Appends the condition that a licence or title is held, in quotes, since its article isn't known.
fn if_confirmed(name: &str, text: &mut String) {
    say!(text, "Si «\u{a0}", name, "\u{a0}» est confirmé");
}

fn change_of_pay(statement: &ChangeStatement<'_>, text: &mut String) {
    match statement.pay {
        Some(facts) if facts.offered.is_some() || facts.requested.is_some() => {
            let offered = pay(facts, PaySide::Offered);
            say!(
                text,
                "Si une rémunération de ",
                offered,
                " convient (demande\u{a0}: "
            );
            say!(text, pay_beside(facts, PaySide::Requested), ")");
        }
        _ => {
            let amount = |value: Number| amount(value, statement.currency);
            let (from, to) = (statement.number_before(), statement.number_after());
            say!(
                text,
                "Si une rémunération de ",
                to.map(amount),
                " par an convient"
            );
            say!(text, " (demande\u{a0}: ", from.map(amount), ")");
        }
    }
}

fn instead(from: Option<impl Part>) -> impl Part {
    from.map(|from| move |text: &mut String| say!(text, " au lieu de ", from))
}

/// Formats a date: « 1er février 2026 ».
fn date_in_words(date: NaiveDate) -> impl Part {
    const MONTHS: [&str; 12] = [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ];
    let month = MONTHS.get(date.month0() as usize).copied().unwrap_or("");
    let (day, year) = (i64::from(date.day()), i64::from(date.year()));
    let ordinal = if day == 1 { "er " } else { " " };
    move |text: &mut String| say!(text, day, ordinal, month, " ", year)
}

fn recommend(recommendation: &Recommendation<'_>, text: &mut String) {
    let (category, obstacles, topics, checks, is_thin) = match recommendation {
        Recommendation::NotComparable => {
            say!(
                text,
                "Pas assez de données pour comparer\u{a0}: le profil et l'annonce n'ont"
            );
            say!(text, " aucune information en commun.");
            return;
        }
        Recommendation::KnockedOut { failed, checks } => {
            let what = match failed.count {
                1 => "cette condition indispensable peut encore être remplie",
                _ => "ces conditions indispensables peuvent encore être remplies",
            };
            say!(
                text,
                "À poursuivre seulement si ",
                what,
                "\u{a0}: ",
                topic_names(failed)
            );
            if checks.count > 0 {
                say!(
                    text,
                    "\u{a0}; à vérifier aussi\u{a0}: ",
                    topic_names(checks)
                );
            }
            say!(text, ".");
            return;
        }
        Recommendation::Fit {
            category,
            obstacles,
            topics,
            checks,
            are_unnamed,
            is_none_shown,
            is_thin,
        } => {
            let gaps = main_gaps(topics.count, *are_unnamed);
            let category = (*category, *is_none_shown);
            (category, obstacles, (topics, gaps), checks, *is_thin)
        }
    };
    let ((category, is_none_shown), (topics, gaps)) = (category, topics);
    let has_topic = topics.count > 0;
    if obstacles.count > 0 {
        let fit = match category {
            Category::Excellent => "Excellente correspondance sur les autres points",
            Category::Good => "Bonne correspondance sur les autres points",
            Category::Moderate if is_none_shown => NONE_SHOWN,
            Category::Moderate => "Correspondance partielle",
            Category::Weak => "Correspondance faible",
            Category::Insufficient => no_fit(is_thin),
        };
        let what = if obstacles.count == 1 {
            "\u{a0}; un obstacle\u{a0}: "
        } else {
            "\u{a0}; des obstacles\u{a0}: "
        };
        say!(text, fit, what, topic_names(obstacles));
        if matches!(category, Category::Excellent | Category::Good) {
            say!(text, SEMICOLON, "à régler avant un entretien");
        }
        let ask = if category >= Category::Moderate {
            "\u{a0}; à aborder\u{a0}: "
        } else {
            gaps
        };
        say!(text, has_topic.then_some(ask), topic_names(topics));
        recommend_checks(checks, is_thin, text);
        return;
    }
    if category == Category::Moderate && is_none_shown {
        say!(text, NONE_SHOWN, "\u{a0}; à aborder\u{a0}: ");
    } else {
        say!(text, beginning(category, has_topic, is_thin));
    }
    let has_gaps = has_topic && category <= Category::Weak;
    say!(text, has_gaps.then_some(gaps), topic_names(topics));
    recommend_checks(checks, is_thin, text);
}

/// Beginning of a recommendation of middling score without evidence for any required skill.
const NONE_SHOWN: &str = "Correspondance partielle hors compétences requises, dont aucune n'est \
                          trouvée dans le profil sous son nom";

/// Returns the introduction of the topics of a weak fit.
fn main_gaps(count: usize, are_unnamed: bool) -> &'static str {
    if are_unnamed && count == 1 {
        "\u{a0}; non trouvée sous ce nom\u{a0}: "
    } else if are_unnamed {
        "\u{a0}; non trouvées sous ces noms\u{a0}: "
    } else if count == 1 {
        "\u{a0}; principal écart\u{a0}: "
    } else {
        "\u{a0}; principaux écarts\u{a0}: "
    }
}

/// Returns the beginning of a recommendation without obstacles.
fn beginning(category: Category, has_topic: bool, is_thin: bool) -> &'static str {
    match (category, has_topic) {
        // Not to be contacted before the profiles are complete.
        (Category::Excellent, false) if is_thin => {
            "Excellente correspondance sur ce qui a pu être comparé"
        }
        (Category::Excellent, true) if is_thin => {
            "Excellente correspondance sur ce qui a pu être comparé\u{a0}; à aborder\u{a0}: "
        }
        (Category::Good, false) if is_thin => "Bonne correspondance sur ce qui a pu être comparé",
        (Category::Good, true) if is_thin => {
            "Bonne correspondance sur ce qui a pu être comparé\u{a0}; à aborder\u{a0}: "
        }
        (Category::Excellent, false) => "Excellente correspondance\u{a0}: prendre contact",
        (Category::Excellent, true) => {
            "Excellente correspondance\u{a0}: prendre contact\u{a0}; à aborder\u{a0}: "
        }
        (Category::Good, false) => "Bonne correspondance\u{a0}: mérite un entretien",
        (Category::Good, true) => {
            "Bonne correspondance\u{a0}: mérite un entretien\u{a0}; à aborder\u{a0}: "
        }
        (Category::Moderate, false) => {
            "Correspondance partielle\u{a0}: à comparer avec d'autres profils"
        }
        (Category::Moderate, true) => "Correspondance partielle\u{a0}; à aborder\u{a0}: ",
        (Category::Weak, false) => {
            "Correspondance faible\u{a0}: à comparer d'abord avec d'autres profils"
        }
        (Category::Weak, true) => "Correspondance faible",
        (Category::Insufficient, _) => no_fit(is_thin),
    }
}

/// Returns the statement of a poor fit; with little data, limited to what the data show.
fn no_fit(is_thin: bool) -> &'static str {
    if is_thin {
        "Ce qui a pu être comparé ne correspond pas à cette annonce"
    } else {
        "Le profil ne correspond pas à cette annonce"
    }
}

/// Appends the must-haves to check at the end of a recommendation.
fn recommend_checks(checks: &Listed<Topic<'_>>, is_thin: bool, text: &mut String) {
    if checks.count > 0 {
        say!(
            text,
            "\u{a0}; à vérifier d'abord\u{a0}: ",
            topic_names(checks)
        );
    }
    if is_thin {
        say!(text, "\u{a0}; peu de données ont pu être comparées");
        say!(text, ", mieux vaut d'abord compléter les profils");
    }
    say!(text, ".");
}

fn topic_names(topics: &Listed<Topic<'_>>) -> impl Part {
    enumerate(topics, " et ", topic_name, and_others)
}

fn topic_name(topic: Topic<'_>) -> Cow<'_, str> {
    let quoted = |name: String| Cow::Owned(quote(&name).into_owned());
    match topic {
        Topic::Skill(name) | Topic::Licence(name) | Topic::Title(name) => quote(name),
        Topic::Language(code) => language_name(code),
        Topic::WorkPermit(name) => quoted(work_permit(name)),
        Topic::Criterion(criterion) => Cow::Borrowed(criterion_name(criterion)),
        Topic::MostSkills { kind, all } => phrase(|text| {
            let share = if all {
                "toutes les "
            } else {
                "la plupart des "
            };
            say!(
                text,
                share,
                skills_of(kind, 2),
                " (non trouvées dans le profil sous ces noms)"
            );
        }),
        Topic::RemoteAbroad => Cow::Borrowed("le télétravail depuis un autre pays"),
        Topic::Contract(facts) => phrase(|text| {
            let wanted = wanted_contracts(facts);
            let offered = contract_name(facts.offered);
            say!(
                text,
                "le contrat (proposé\u{a0}: ",
                offered,
                "\u{a0}; souhaité\u{a0}: ",
                wanted,
                ")"
            );
        }),
        Topic::Pay(facts) => phrase(|text| {
            let offered = pay_beside(facts, PaySide::Offered);
            let is_one = is_pay_in_one_unit(facts);
            let between = if is_one { ", " } else { "\u{a0}; " };
            say!(
                text,
                "la rémunération (offre ",
                match facts.offered_bound {
                    PayBound::AtLeast => "à partir de ",
                    PayBound::Exactly => "de ",
                    PayBound::AtMost => "jusqu'à ",
                },
                offered,
                between,
                "demande de "
            );
            if facts.requested.is_some() || !is_one {
                say!(text, pay_beside(facts, PaySide::Requested), ")");
            } else {
                say!(
                    text,
                    amount(facts.asked_per_year, facts.currency.as_deref()),
                    ")"
                );
            }
        }),
        Topic::Seniority(steps) => Cow::Borrowed(if steps > 0 {
            "le niveau de responsabilité (supérieur à celui du poste)"
        } else {
            "le niveau de responsabilité (inférieur à celui du poste)"
        }),
        Topic::Years(facts) => phrase(|text| {
            say!(text, "l'expérience (", facts.actual.map(years));
            if let Some((_, _, counted)) = facts.by_work() {
                let are_many = facts.actual.is_some_and(is_plural);
                say!(text, if are_many { " comptés" } else { " compté" });
                say!(text, " pour ", decimal(counted));
            }
            say!(text, " au lieu de ");
            say!(text, facts.min.map(decimal), ")");
        }),
    }
}

fn criterion_name(criterion: Criterion) -> &'static str {
    match criterion {
        Criterion::Skills => "les compétences",
        Criterion::Experience => "l'expérience",
        Criterion::Education => "la formation",
        Criterion::Languages => "les langues",
        Criterion::Location => "le lieu de travail",
        Criterion::Contract => "le type de contrat",
        Criterion::Salary => "la rémunération",
        Criterion::Availability => "la disponibilité",
        Criterion::Title => "l'intitulé du poste",
        Criterion::Industry => "le secteur",
        Criterion::Text => "le résumé",
    }
}

#[expect(clippy::too_many_lines, reason = "an arm for each question")]
fn ask(question: &Question<'_>, text: &mut String) {
    match question {
        Question::MustHave(topic) => match topic {
            Topic::Licence(name) => {
                let of_unknown_gender = "ce permis, certificat ou titre\u{a0}: ";
                let article = article(name).unwrap_or(of_unknown_gender);
                say!(text, "Avez-vous ", article, quote(name));
            }
            Topic::Title(name) => {
                say!(
                    text,
                    "Avez-vous cette qualification ou cette expérience\u{a0}: ",
                    quote(name)
                );
            }
            Topic::WorkPermit(name) => {
                if let Some(place) = countries::where_in_french(name) {
                    say!(text, "Avez-vous le droit de travailler ", place);
                } else {
                    say!(text, "Avez-vous une ", &*work_permit(name));
                }
            }
            Topic::Language(code) => {
                say!(text, "Quel est votre niveau en ", language_name(code));
                say!(text, ", et où utilisez-vous cette langue");
            }
            Topic::Skill(name) => skill_question(name, text),
            _ => say!(text, "Le lieu de travail vous conviendrait-il"),
        },
        Question::Licences(names) => {
            say!(
                text,
                "Lesquels de ces permis, certificats ou titres avez-vous\u{a0}: "
            );
            say!(text, list(names));
        }
        Question::Skills(names) => {
            let points = if names.count == 1 {
                "sur ce point"
            } else {
                "sur ces points"
            };
            say!(
                text,
                "Quelle expérience avez-vous, le cas échéant, ",
                points
            );
            say!(text, "\u{a0}: ", list(names));
        }
        Question::CloseSkill(skill) => {
            if is_said_in_summary(skill) {
                say!(
                    text,
                    "Vous écrivez «\u{a0}",
                    clause(skill),
                    "\u{a0}»\u{a0}; quelle"
                );
            } else {
                say!(text, "Outre ", quote(&skill.via), ", quelle");
            }
            say!(
                text,
                " expérience avez-vous, le cas échéant, sur ce point\u{a0}: "
            );
            say!(text, quote(&skill.name));
        }
        Question::ShallowSkill(name) => {
            say!(
                text,
                "Quel est votre travail le plus exigeant dans ce domaine\u{a0}: ",
                quote(name)
            );
        }
        Question::Unknown(criterion) => say!(
            text,
            match criterion {
                Criterion::Skills => {
                    "Quelle expérience avez-vous, le cas échéant, des compétences de l'annonce"
                }
                Criterion::Experience => {
                    "Combien d'années d'expérience avez-vous dans ce type de travail"
                }
                Criterion::Title =>
                    "Quel travail avez-vous exercé jusqu'ici, et avec quelles missions",
                Criterion::Education =>
                    "Quel diplôme ou quelle formation vous prépare à ce travail",
                Criterion::Languages =>
                    "Quelles langues utilisez-vous au travail, et à quel niveau",
                Criterion::Location => "Le lieu et le mode de travail vous conviendraient-ils",
                Criterion::Contract => "Quels types de contrat accepteriez-vous",
                Criterion::Salary => "Quelle rémunération attendez-vous",
                Criterion::Availability => "À partir de quand pourriez-vous commencer",
                Criterion::Industry => "Dans quels secteurs avez-vous travaillé",
                Criterion::Text => "Quelles sont les missions principales de votre travail actuel",
            }
        ),
        Question::Years(facts) => {
            say!(text, "L'annonce demande ", facts.min.map(years));
            say!(text, " d'expérience\u{a0}: ");
            if facts.by_work().is_some() {
                say!(text, "qu'est-ce qui, dans vos autres emplois, ");
                say!(text, "vous prépare à ce travail");
            } else if facts.actual.is_none_or(|actual| actual.0 < 0.05) {
                say!(text, "qu'est-ce qui, dans votre parcours, ");
                say!(text, "vous prépare à ce travail");
            } else {
                say!(text, "quelle autre expérience compte, en plus de celle de ");
                say!(text, "votre profil (", facts.actual.map(years), ")");
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
                "Quand obtiendrez-vous le diplôme en cours (",
                studied,
                ")"
            );
        }
        Question::Education(facts) => {
            let level = facts.level_required.map(education_name);
            say!(
                text,
                "En quoi votre formation et votre expérience répondent-elles au niveau demandé"
            );
            say!(text, " (", level, ")");
        }
        Question::Language(fact) => {
            say!(text, "Que savez-vous faire au travail en ");
            say!(text, language_name(&fact.code));
            match fact.level_required {
                Some(LanguageLevel::Native) => say!(text, " (langue maternelle demandée)"),
                Some(level) => say!(text, " (", level.as_str(), " demandé)"),
                None => {}
            }
        }
        Question::Location { place, mode, city } => {
            let city = city.map(|city| format!(" ({})", quote(city)));
            let city = city.as_deref();
            match (place, mode.map(mode_name)) {
                (_, None) => say!(text, "Le lieu de travail", city, " vous conviendrait-il"),
                (true, Some(how)) => {
                    let here = if city.is_some() { "" } else { ", en ce lieu," };
                    say!(
                        text,
                        "Un travail ",
                        how,
                        city,
                        here,
                        " vous conviendrait-il"
                    );
                }
                (false, Some(how)) => say!(text, "Un travail ", how, " vous conviendrait-il"),
            }
        }
        Question::Contract(facts) => {
            let offered = contract_name(facts.offered);
            say!(
                text,
                "Le contrat proposé vous conviendrait-il (",
                offered,
                ")"
            );
        }
        Question::Salary(facts) => {
            let offered = pay(facts, PaySide::Offered);
            say!(
                text,
                "La rémunération ",
                match facts.offered_bound {
                    PayBound::AtLeast => "part de ",
                    PayBound::Exactly => "est de ",
                    PayBound::AtMost => "va jusqu'à ",
                },
                offered,
                "\u{a0}: cela vous"
            );
            say!(text, " conviendrait-il");
        }
        Question::Availability(days) => {
            say!(text, "Vous seriez disponible ", *days);
            say!(text, if *days == 1 { " jour" } else { " jours" });
            say!(
                text,
                " après la date de début\u{a0}: pourriez-vous commencer plus tôt"
            );
        }
    }
    say!(text, "\u{a0}?");
}

/// Returns the article of a licence or certificate; `None` if its gender isn't known.
fn article(name: &str) -> Option<&'static str> {
    let words = crate::scoring::text::words(name);
    Some(match words.first()?.as_str() {
        "permis" | "certificat" | "diplome" | "brevet" | "titre" | "caces" | "cap" | "bep"
        | "bts" | "bac" | "ssiap" | "psc1" | "sst" | "bafa" | "dees" | "deas" => "le ",
        "carte" | "licence" | "fimo" | "fco" => "la ",
        "habilitation" | "attestation" | "accreditation" | "agrement" => "l'",
        _ => return None,
    })
}

fn skill_question(name: &str, text: &mut String) {
    say!(
        text,
        "Quelle expérience avez-vous, le cas échéant, sur ce point\u{a0}: "
    );
    say!(text, quote(name));
}
