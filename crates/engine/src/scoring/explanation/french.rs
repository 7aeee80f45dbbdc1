//! Renders statements in French.
//!
//! Sentences refer to the profile, never to « il » or « elle ». A no-break space (`\u{a0}`)
//! precedes « : » and « ; » and separates groups of digits. Names are placed where no elision is
//! needed, and stay as the profiles write them.

use std::borrow::Cow;

use chrono::{Datelike, NaiveDate};

use super::{
    ChangeStatement, KnockoutStatement, PaySide, Question, Recommendation, ShownSkill, SkillKind,
    Statement, Topic, Words, clause, countries, difference, is_fitting, is_net_to_be_checked,
    is_of_posting, said,
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
            named,
            in_other_words,
        } => skills(*kind, *total, named, in_other_words, text),
        Statement::UnnamedSkills(unnamed) => {
            let (start, count) = (text.len(), unnamed.len());
            say!(text, skills_of(SkillKind::Required, count));
            say!(text, " non ", agreed("nommée", count));
            say!(text, " mot pour mot dans le profil\u{a0}: ");
            say!(text, shown_list(unnamed, THERE), ".");
            capitalise(text, start);
        }
        Statement::AskedSkills(unnamed) => {
            let count = unnamed.len();
            say!(text, "Requis, mais pas ", agreed("nommé", count));
            say!(text, " mot pour mot dans votre profil\u{a0}: ");
            say!(text, shown_list(unnamed, THERE));
            let which = if count == 1 {
                ". Pouvez-vous justifier ce point, et comment\u{a0}?"
            } else {
                ". Lesquels de ces points pouvez-vous justifier, et comment\u{a0}?"
            };
            say!(text, which);
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
        Statement::Education(facts) => education(facts, text),
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
        Statement::Text(facts) => described(facts, text),
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
                    "Non comparé, faute d'indication dans le profil\u{a0}: ",
                ),
                (
                    in_summary,
                    "Non comparé, indiqué seulement dans le résumé du profil\u{a0}: ",
                ),
                (
                    described,
                    "Non comparé, indiqué seulement dans le texte de l'annonce\u{a0}: ",
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

/// Appends the sentence about the text. It says only what was compared: a score of words tells a
/// reader nothing that holds for every pair. A title used instead of a summary has no score without
/// a description.
fn described(facts: &TextFacts<'_>, text: &mut String) {
    match &facts.title {
        Some(title) => say!(
            text,
            "Comparaison\u{a0}: l'intitulé «\u{a0}",
            quote(title),
            "\u{a0}» et "
        ),
        None => say!(text, "Comparaison\u{a0}: le résumé et "),
    }
    let other = if facts.compared_with == Some(WorkSource::Title) {
        "l'intitulé du poste"
    } else {
        "le texte de l'annonce"
    };
    say!(text, other, ".");
}

/// Introduction of the words of the profile that come closest to a skill.
const THERE: &str = "on y lit ";

/// Lists skills with the words of the profile: « ERP (« SAP ») et Excel ».
fn shown_list(skills: &[ShownSkill<'_>], before: &str) -> impl Part + use<> {
    let listed: Listed<ShownSkill<'_>, MOST_SKILLS> = skills.iter().copied().collect();
    let one = |skill: ShownSkill<'_>| {
        let name = quote(skill.name).into_owned();
        let words = match skill.words {
            None => String::new(),
            Some(Words::Entry(entry)) => format!(" ({before}«\u{a0}{}\u{a0}»)", quote(entry)),
            Some(Words::Text(quoted)) => format!(" ({before}«\u{a0}{}\u{a0}»)", said(quoted)),
            Some(Words::Language) => " (langue du résumé)".to_owned(),
        };
        name + &words
    };
    let named = phrase(|text| {
        say!(
            text,
            enumerate(
                &listed,
                " et ",
                |skill| Cow::<str>::Owned(one(skill)),
                and_others
            )
        );
    });
    move |text: &mut String| say!(text, named)
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
        Criterion::Skills => "compétences",
        Criterion::Experience => "années d'expérience",
        Criterion::Title => "intitulé du poste",
        Criterion::Education => "niveau de formation",
        Criterion::Languages => "langues",
        Criterion::Location => "lieu ou mode de travail",
        Criterion::Contract => "type de contrat",
        Criterion::Salary => "rémunération",
        Criterion::Availability => "date de disponibilité",
        Criterion::Industry => "secteur",
        Criterion::Text => return reason_for_text(unscored, text),
    };
    let postings = match criterion {
        Criterion::Availability => "date de début",
        _ => candidates,
    };
    match unscored {
        // Texts about this criterion are not scored, and may state it.
        Unscored::CandidateSilent => {
            say!(
                text,
                "Non comparé, faute d'indication dans le profil\u{a0}: "
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
                "Non comparé, faute d'indication dans l'annonce\u{a0}: "
            );
            say!(text, postings, ".");
        }
        Unscored::BothSilent if candidates == postings => {
            say!(
                text,
                "Non comparé, faute d'indication des deux côtés\u{a0}: "
            );
            say!(text, candidates, ".");
        }
        Unscored::BothSilent => {
            say!(
                text,
                "Non comparé, faute d'indication des deux côtés\u{a0}: "
            );
            say!(text, candidates, " et ", postings, ".");
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
        (SkillKind::Described, 1) => "compétence du texte de l'annonce",
        (SkillKind::Described, _) => "compétences du texte de l'annonce",
    }
}

/// Returns a participle in the number that fits the count.
fn agreed(participle: &'static str, count: usize) -> impl Part {
    move |text: &mut String| say!(text, participle, (count != 1).then_some("s"))
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
    say!(
        text,
        are_all.then_some("toutes les "),
        skills_of(kind, count)
    );
    if named.is_empty() {
        say!(text, " à rapprocher du profil\u{a0}: ");
    } else {
        say!(text, are_all.then_some(" sont"));
        say!(
            text,
            " ",
            agreed("présente", count),
            " dans le profil\u{a0}: "
        );
        say!(text, shown_list(named, ""));
        let has_others = !in_other_words.is_empty();
        say!(text, has_others.then_some("\u{a0}; à rapprocher\u{a0}: "));
    }
    say!(text, shown_list(in_other_words, ""), ".");
    capitalise(text, start);
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
    let is_mixed = facts.by_work().is_some();
    say!(text, is_mixed.then_some(", tous emplois confondus"));
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
        if is_fitting(similarity) {
            say!(text, before.part(), "le domaine correspond");
        } else if facts.level_required.is_none() {
            say!(text, before.part(), "correspondance du domaine à vérifier");
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

/// Formats the limit that the candidate states.
fn accepted_distance(facts: &LocationFacts<'_>) -> impl Part + use<> {
    let stated = facts.limit_km_stated;
    move |text: &mut String| match stated {
        Some(stated) => say!(text, "limite\u{a0}: ", kilometres(stated), " km"),
        None => say!(text, "sans limite indiquée"),
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
                "Compétence indispensable non nommée mot pour mot dans le profil\u{a0}: ",
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
                "Permis, certificat ou titre indispensable non nommé dans le profil\u{a0}: ",
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

fn related(skill: &Related<'_>, text: &mut String) {
    say!(text, quote(&skill.name));
    match skill.relation {
        RelatedBy::Spoken => say!(text, "\u{a0}: figure parmi les langues."),
        RelatedBy::WrittenIn => {
            say!(
                text,
                "\u{a0}: hors de la liste, mais c'est la langue du résumé."
            );
        }
        RelatedBy::Occupation => {
            say!(
                text,
                "\u{a0}: sans mention\u{a0}; compte en partie par l'intitulé «\u{a0}"
            );
            say!(text, quote(&skill.via), "\u{a0}».");
        }
        RelatedBy::Mentioned if skill.evidence.is_none() => {
            say!(text, "\u{a0}: mention dans les intitulés ou le résumé.");
        }
        _ => say!(
            text,
            "\u{a0}: on lit «\u{a0}",
            clause(skill),
            "\u{a0}» dans le profil."
        ),
    }
}

fn change_made(statement: &ChangeStatement<'_>, text: &mut String) {
    let name = quote(&statement.change.name);
    let (from, to) = (statement.number_before(), statement.number_after());
    match statement.change.kind {
        ChangeKind::AddSkill | ChangeKind::AddLicence => if_confirmed(&name, text),
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
        ChangeKind::AddWorkPermit => {
            say!(text, "Avec une ", &*work_permit(&statement.change.name));
        }
    }
}

/// Appends the condition that a skill, licence or title is held, whose gender isn't known.
fn if_confirmed(name: &str, text: &mut String) {
    say!(text, "En cas de confirmation de «\u{a0}", name, "\u{a0}»");
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
            say!(text, pay(facts, PaySide::Requested), ")");
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
        let what = if obstacles.count == 1 {
            "\u{a0}; un obstacle\u{a0}: "
        } else {
            "\u{a0}; des obstacles\u{a0}: "
        };
        say!(text, what, topic_names(obstacles));
        say!(
            text,
            is_good.then_some("\u{a0}; à régler avant un entretien")
        );
    }
    if unnamed > 0 {
        say!(text, "\u{a0}; compétences requises à confirmer\u{a0}: ");
        say!(text, unnamed, " sur ", all);
    }
    if topics.count > 0 {
        say!(text, "\u{a0}; à aborder\u{a0}: ", topic_names(topics));
    }
    recommend_checks(checks, is_thin, text);
}

/// Returns the beginning of a recommendation: the fit if nothing decisive is open, else the score.
fn beginning(category: Category, is_open: bool, is_thin: bool) -> &'static str {
    match category {
        Category::Excellent if is_open => "Excellent score",
        Category::Good if is_open => "Bon score",
        Category::Moderate if is_open => "Score moyen\u{a0}: à comparer avec d'autres profils",
        // Not to be contacted before the profiles are complete.
        Category::Excellent if is_thin => "Excellente correspondance sur ce qui a pu être comparé",
        Category::Good if is_thin => "Bonne correspondance sur ce qui a pu être comparé",
        Category::Excellent => "Excellente correspondance\u{a0}: prendre contact",
        Category::Good => "Bonne correspondance\u{a0}: mérite un entretien",
        Category::Moderate => "Correspondance partielle\u{a0}: à comparer avec d'autres profils",
        Category::Weak => "Correspondance faible\u{a0}: à comparer d'abord avec d'autres profils",
        Category::Insufficient => {
            "Correspondance très faible\u{a0}: à comparer d'abord avec d'autres profils"
        }
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
        Topic::Skill(name) | Topic::Licence(name) => quote(name),
        Topic::Language(code) => language_name(code),
        Topic::WorkPermit(name) => quoted(work_permit(name)),
        Topic::Criterion(criterion) => Cow::Borrowed(criterion_name(criterion)),
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
            say!(
                text,
                "la rémunération (offre ",
                match facts.offered_bound {
                    PayBound::AtLeast => "à partir de ",
                    PayBound::Exactly => "de ",
                    PayBound::AtMost => "jusqu'à ",
                },
                pay(facts, PaySide::Offered),
                ", demande ",
                match facts.asked_bound {
                    PayBound::AtLeast => "d'au moins ",
                    PayBound::Exactly => "de ",
                    PayBound::AtMost => "jusqu'à ",
                },
                pay(facts, PaySide::Requested),
                ")"
            );
        }),
        Topic::Seniority(facts) => phrase(|text| {
            let (held, offered) = (quote(&facts.closest), quote(&facts.title_required));
            say!(
                text,
                "le niveau des intitulés («\u{a0}",
                held,
                "\u{a0}» dans le profil, "
            );
            say!(text, "«\u{a0}", offered, "\u{a0}» proposé)");
        }),
        Topic::Years(facts) => phrase(|text| {
            say!(
                text,
                "l'expérience (",
                facts.actual.map(years),
                " au lieu de "
            );
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
        // Rendered with their names, as `Statement::AskedSkills`.
        Question::Skills => {}
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
            if !super::lacks_years(facts) {
                say!(text, "combien de vos années l'ont été dans un tel travail");
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
            say!(
                text,
                "La rémunération proposée ",
                match facts.offered_bound {
                    PayBound::AtLeast => "part de ",
                    PayBound::Exactly => "est de ",
                    PayBound::AtMost => "va jusqu'à ",
                },
                pay(facts, PaySide::Offered),
                ", et vous demandez ",
                match facts.asked_bound {
                    PayBound::AtLeast => "au moins ",
                    PayBound::Exactly => "",
                    PayBound::AtMost => "jusqu'à ",
                },
                pay(facts, PaySide::Requested),
                "\u{a0}: cela vous conviendrait-il"
            );
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
