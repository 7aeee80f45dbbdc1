//! The sentences in French.
//!
//! They speak of the profile, never of « il » or « elle ». A no-break space (`\u{a0}`) stands before
//! « : » and « ; » and between the digits of large numbers. Names are put where no elision is called
//! for, and stay as the profiles write them.

use chrono::{Datelike, NaiveDate};

use super::{
    ChangeStatement, KnockoutStatement, Recommendation, Share, SkillKind, Statement, Topic,
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
        } => skills(*kind, *total, had, close),
        Statement::MissingSkills(kind, missing) => {
            let absent = match missing.len() {
                1 => format!("Compétence {} absente", kind_of_one(*kind)),
                _ => format!("Compétences {} absentes", kind_of_many(*kind)),
            };
            format!("{absent}\u{a0}: {}.", list(missing))
        }
        Statement::ShallowSkills(shallow) => {
            let skills: Vec<String> = shallow.iter().map(|skill| depth(skill)).collect();
            format!(
                "Moins de pratique que demandé\u{a0}: {}.",
                skills.join("\u{a0}; ")
            )
        }
        Statement::Experience(facts) => experience(*facts),
        Statement::Title(facts) => {
            let was = match (facts.in_summary, facts.past) {
                (true, _) => "cité dans le résumé",
                (false, true) => "passé",
                (false, false) => "actuel",
            };
            let (closest, asked) = (quote(&facts.closest), quote(&facts.title_required));
            if facts.closest == facts.title_required {
                format!("Intitulé {was}\u{a0}: {closest}, comme dans l'annonce.")
            } else {
                format!("Intitulé {was}\u{a0}: {closest}\u{a0}; intitulé du poste\u{a0}: {asked}.")
            }
        }
        Statement::Education(facts) => education(*facts),
        Statement::Languages(facts) => {
            let languages: Vec<String> = facts.asked.iter().map(language).collect();
            format!("Langues\u{a0}: {}.", languages.join("\u{a0}; "))
        }
        Statement::Location(facts) => location(*facts),
        Statement::Contract(facts) => contract(facts),
        Statement::Salary(facts) => salary(facts),
        Statement::Availability(facts) => match facts.days_late {
            0 => "Disponible à la date de début.".to_owned(),
            1 => "Disponible 1 jour après la date de début.".to_owned(),
            days => format!("Disponible {days} jours après la date de début."),
        },
        Statement::Industry(facts) => {
            let (closest, asked) = (quote(&facts.closest), quote(&facts.industry_required));
            if facts.closest == facts.industry_required {
                format!("Secteur\u{a0}: {closest}, comme dans l'annonce.")
            } else {
                format!("Secteur\u{a0}: {closest}\u{a0}; secteur du poste\u{a0}: {asked}.")
            }
        }
        Statement::Text(share) => {
            let much = match share {
                Share::Large => "bien",
                Share::Middling => "en partie",
                Share::Small => "peu",
            };
            format!("Le résumé correspond {much} au travail proposé.")
        }
        Statement::Related(skill) => related(skill),
        Statement::Change(statement) => change(statement),
        Statement::Knockout(statement) => knockout(statement),
        Statement::Recommendation(recommendation) => recommend(recommendation),
    }
}

fn list(names: &[&str]) -> String {
    enumerate(names.iter().copied(), " et ", |more| match more {
        1 => "1 autre".to_owned(),
        _ => format!("{more} autres"),
    })
}

fn decimal(value: Number) -> String {
    number(value.0, ',', "\u{a0}")
}

/// In French, the plural begins at 2.
fn is_plural(value: Number) -> bool {
    value.0 >= 1.95
}

fn years(value: Number) -> String {
    let unit = if is_plural(value) { "ans" } else { "an" };
    format!("{} {unit}", decimal(value))
}

fn reason(criterion: Criterion, unscored: Unscored) -> String {
    let (candidates, postings) = match criterion {
        Criterion::Skills => ("aucune compétence", "aucune compétence"),
        Criterion::Experience => ("aucune durée d'expérience", "aucune durée d'expérience"),
        Criterion::Title => ("aucun intitulé de poste", "aucun intitulé de poste"),
        Criterion::Education => ("aucune formation comparable", "aucune formation comparable"),
        Criterion::Languages => ("aucune langue", "aucune langue"),
        Criterion::Location => (
            "aucun lieu ni mode de travail comparable",
            "aucun lieu ni mode de travail comparable",
        ),
        Criterion::Contract => ("aucun type de contrat", "aucun type de contrat"),
        Criterion::Salary => ("aucune rémunération", "aucune rémunération"),
        Criterion::Availability => ("aucune date de disponibilité", "aucune date de début"),
        Criterion::Industry => ("aucun secteur", "aucun secteur"),
        Criterion::Text => ("aucun résumé", "aucune description"),
    };
    match unscored {
        Unscored::CandidateSilent => format!("Le profil n'indique {candidates}."),
        Unscored::PostingSilent => format!("L'annonce n'indique {postings}."),
        Unscored::BothSilent if candidates == postings => {
            format!(
                "Ni le profil ni l'annonce n'indiquent {}.",
                none_of(candidates)
            )
        }
        Unscored::BothSilent => {
            format!("Le profil n'indique {candidates}, et l'annonce {postings}.")
        }
        Unscored::CurrenciesDiffer => {
            "Le profil et l'annonce indiquent des rémunérations en monnaies différentes.".to_owned()
        }
    }
}

/// « aucune langue » as it reads after « ni … ni »: « de langue ».
fn none_of(what: &str) -> String {
    let thing = what
        .trim_start_matches("aucune ")
        .trim_start_matches("aucun ");
    if thing.starts_with(['a', 'e', 'i', 'o', 'u', 'é']) {
        format!("d'{thing}")
    } else {
        format!("de {thing}")
    }
}

fn kind_of_one(kind: SkillKind) -> &'static str {
    match kind {
        SkillKind::Required => "requise",
        SkillKind::Preferred => "souhaitée",
        SkillKind::Described => "citée dans l'annonce",
    }
}

fn kind_of_many(kind: SkillKind) -> &'static str {
    match kind {
        SkillKind::Required => "requises",
        SkillKind::Preferred => "souhaitées",
        SkillKind::Described => "citées dans l'annonce",
    }
}

fn skills(kind: SkillKind, total: usize, had: &[&str], close: &[&str]) -> String {
    let (count, held, near) = (had.len(), list(had), list(close));
    let (one, many) = (kind_of_one(kind), kind_of_many(kind));
    match (total, count, close.len()) {
        (1, 0, 0) => format!("La compétence {one} n'apparaît pas dans le profil."),
        (_, 0, 0) => format!("Aucune des {total} compétences {many} n'apparaît dans le profil."),
        (1, 0, _) => format!("Possède une compétence proche de la compétence {one}\u{a0}: {near}."),
        (_, 0, 1) => {
            format!("Possède une compétence proche pour 1 des {total} {many}\u{a0}: {near}.")
        }
        (_, 0, near_count) => {
            format!(
                "Possède des compétences proches pour {near_count} des {total} {many}\u{a0}: {near}."
            )
        }
        (1, _, _) => format!("Possède la compétence {one}\u{a0}: {held}."),
        (_, _, 0) if count == total => {
            format!("Possède les {total} compétences {many}\u{a0}: {held}.")
        }
        (_, _, 0) => format!("Possède {count} des {total} compétences {many}\u{a0}: {held}."),
        (_, _, 1) => format!(
            "Possède {count} des {total} compétences {many}\u{a0}: {held}\u{a0}; une compétence \
             proche pour {near}."
        ),
        _ => format!(
            "Possède {count} des {total} compétences {many}\u{a0}: {held}\u{a0}; des compétences \
             proches pour {near}."
        ),
    }
}

/// « Rust (niveau 2, 4 demandé ; 1 an, 3 demandés) »
fn depth(skill: &Matched<'_>) -> String {
    let name = quote(&skill.name);
    let mut parts = Vec::new();
    if let (Some(actual), Some(asked)) = (skill.level_actual, skill.level_required)
        && actual.0 < asked.0
    {
        parts.push(format!(
            "niveau {} au lieu de {}",
            decimal(actual),
            decimal(asked)
        ));
    }
    if let (Some(actual), Some(asked)) = (skill.years_actual, skill.years_required)
        && actual.0 < asked.0
    {
        parts.push(format!("{} au lieu de {}", years(actual), decimal(asked)));
    }
    if parts.is_empty() {
        return name.into_owned();
    }
    format!("{name} ({})", parts.join("\u{a0}; "))
}

fn experience(facts: ExperienceFacts) -> String {
    let held = facts.actual.map_or_else(String::new, years);
    let asked = |years: Number| {
        if is_plural(years) {
            "demandés"
        } else {
            "demandé"
        }
    };
    let asked = match (facts.min, facts.max) {
        (Some(min), Some(max)) if min == max => format!("\u{a0}; {} {}", decimal(min), asked(min)),
        (Some(min), Some(max)) => {
            format!("\u{a0}; {} à {} {}", decimal(min), decimal(max), asked(max))
        }
        (Some(min), None) => format!("\u{a0}; au moins {} {}", decimal(min), asked(min)),
        (None, Some(max)) => format!("\u{a0}; au plus {} {}", decimal(max), asked(max)),
        (None, None) => String::new(),
    };
    format!("{held} d'expérience{asked}.")
}

fn education(facts: EducationFacts) -> String {
    let mut parts = Vec::new();
    if let (Some(held), Some(asked)) = (facts.level_actual, facts.level_required) {
        let (held_name, asked_name) = (education_name(held), education_name(asked));
        parts.push(if held == asked {
            format!("{held_name}, comme demandé")
        } else {
            format!("{held_name}\u{a0}; niveau demandé\u{a0}: {asked_name}")
        });
    }
    parts.extend(facts.field_likeness.map(|likeness| {
        match Share::of(likeness) {
            Share::Large => "le domaine correspond",
            _ if likeness > 0.0 => "le domaine correspond en partie",
            _ => "le domaine est différent",
        }
        .to_owned()
    }));
    format!("Formation\u{a0}: {}.", parts.join("\u{a0}; "))
}

fn education_name(level: EducationLevel) -> &'static str {
    match level {
        EducationLevel::None => "sans diplôme",
        EducationLevel::Vocational => "CAP ou BEP",
        EducationLevel::Secondary => "baccalauréat",
        EducationLevel::ShortCycle => "Bac+2",
        EducationLevel::Bachelor => "Bac+3",
        EducationLevel::Master => "Bac+5",
        EducationLevel::Doctorate => "doctorat",
    }
}

/// « anglais B2 (C1 demandé) »
fn language(fact: &LanguageFact<'_>) -> String {
    let name = language_name(&fact.code);
    let asked = match fact.level_required {
        Some(LanguageLevel::Native) => " (langue maternelle demandée)".to_owned(),
        Some(level) => format!(" ({} demandé)", level.as_str()),
        None => String::new(),
    };
    match (fact.spoken, fact.level_actual) {
        (false, _) => format!("{name}, sans mention dans le profil{asked}"),
        (true, None) if fact.level_required.is_some() => {
            format!("{name}, niveau non précisé{asked}")
        }
        (true, None) => name,
        (true, Some(LanguageLevel::Native)) => format!("{name} langue maternelle{asked}"),
        (true, Some(level)) => format!("{name} {}{asked}", level.as_str()),
    }
}

/// The name of an ISO 639 code, or the code itself.
fn language_name(code: &str) -> String {
    let name = match code {
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
        other => return quote(other).into_owned(),
    };
    name.to_owned()
}

fn location(facts: LocationFacts) -> String {
    let mut parts: Vec<String> = Vec::new();
    match facts.proximity {
        Some(Proximity::Anywhere) => parts.push("le travail peut se faire de partout".to_owned()),
        Some(Proximity::SameCity) => parts.push("habite la ville du poste".to_owned()),
        Some(Proximity::OtherCity) => parts.push("habite une autre ville".to_owned()),
        Some(Proximity::SameCountry) => parts.push("habite le pays du poste".to_owned()),
        Some(Proximity::OtherCountry) => parts.push("habite un autre pays".to_owned()),
        Some(Proximity::Measured) => {
            if let (Some(distance), Some(limit)) = (facts.distance_km, facts.limit_km) {
                let (distance, limit) = (kilometres(distance), kilometres(limit));
                parts.push(format!(
                    "habite à {distance} km du lieu de travail (limite\u{a0}: {limit} km)"
                ));
            }
        }
        None => {}
    }
    if facts.relocation {
        parts.push("accepterait de déménager".to_owned());
    }
    if let (Some(RemotePreference::Only(wanted)), Some(offered)) =
        (facts.mode_wanted, facts.mode_offered)
    {
        let (wanted, offered) = (mode_name(wanted), mode_name(offered));
        parts.push(if wanted == offered {
            format!("souhaite travailler {wanted}, comme proposé")
        } else {
            format!("souhaite travailler {wanted}, travail {offered} proposé")
        });
    } else if let (Some(RemotePreference::Any), Some(offered)) =
        (facts.mode_wanted, facts.mode_offered)
    {
        parts.push(format!(
            "tout mode de travail convient, travail {} proposé",
            mode_name(offered)
        ));
    }
    format!("{}.", capitalised(&parts.join("\u{a0}; ")))
}

fn kilometres(distance: Number) -> String {
    if distance.0 < 0.5 {
        return "moins de 1".to_owned();
    }
    number(distance.0.round(), ',', "\u{a0}")
}

fn mode_name(mode: RemoteMode) -> &'static str {
    match mode {
        RemoteMode::Onsite => "sur site",
        RemoteMode::Hybrid => "en mode hybride",
        RemoteMode::Remote => "à distance",
    }
}

fn contract(facts: &ContractFacts) -> String {
    let offered = contract_name(facts.offered);
    if facts.wanted {
        return format!("Accepterait le contrat proposé\u{a0}: {offered}.");
    }
    let wanted: Vec<&str> = facts
        .types_wanted
        .iter()
        .copied()
        .map(contract_name)
        .collect();
    format!(
        "Contrat proposé\u{a0}: {offered}\u{a0}; souhaité\u{a0}: {}.",
        wanted.join(", ")
    )
}

fn contract_name(contract: ContractType) -> &'static str {
    match contract {
        ContractType::Permanent => "CDI",
        ContractType::FixedTerm => "CDD",
        ContractType::Temporary => "intérim",
        ContractType::Freelance => "freelance",
        ContractType::Internship => "stage",
        ContractType::Apprenticeship => "alternance",
        ContractType::Seasonal => "travail saisonnier",
        ContractType::Volunteer => "bénévolat",
    }
}

fn salary(facts: &SalaryFacts<'_>) -> String {
    let currency = facts.currency.as_deref();
    let asked = amount(facts.asked_per_year, currency);
    let offered = amount(facts.offered_per_year, currency);
    format!("Demande au moins {asked} par an\u{a0}; l'offre va jusqu'à {offered}.")
}

fn amount(amount: Number, currency: Option<&str>) -> String {
    let digits = number(amount.0.round(), ',', "\u{a0}");
    match currency {
        Some("EUR") => format!("{digits}\u{a0}€"),
        Some("GBP") => format!("{digits}\u{a0}£"),
        Some("USD") => format!("{digits}\u{a0}$"),
        Some(other) => format!("{digits}\u{a0}{}", quote(other)),
        None => digits,
    }
}

fn knockout(statement: &KnockoutStatement<'_>) -> String {
    let name = quote(statement.name);
    let failed = statement.outcome == KnockoutOutcome::Failed;
    match (statement.kind, failed) {
        (KnockoutKind::Skill, true) => format!("Compétence indispensable absente\u{a0}: {name}."),
        (KnockoutKind::Skill, false) => format!(
            "Compétence indispensable à vérifier\u{a0}: {name}\u{a0}; le profil n'indique aucune compétence."
        ),
        (KnockoutKind::Language, _) => {
            let spoken = statement
                .language
                .map_or_else(|| language_name(statement.name), language);
            let is_spoken = statement.language.is_some_and(|fact| fact.spoken);
            match (failed, is_spoken) {
                (true, true) => {
                    format!("Langue indispensable en dessous du niveau demandé\u{a0}: {spoken}.")
                }
                (true, false) => format!("Langue indispensable absente\u{a0}: {spoken}."),
                (false, true) => format!("Langue indispensable à vérifier\u{a0}: {spoken}."),
                (false, false) => format!(
                    "Langue indispensable à vérifier\u{a0}: {spoken}\u{a0}; le profil n'indique aucune langue."
                ),
            }
        }
        (KnockoutKind::Licence, true) => {
            format!("Permis, certificat ou titre indispensable absent\u{a0}: {name}.")
        }
        (KnockoutKind::Licence, false) => format!(
            "Permis, certificat ou titre à vérifier\u{a0}: {name}\u{a0}; le profil n'en indique aucun."
        ),
        (KnockoutKind::WorkPermit, true) => format!(
            "Les autorisations de travail indiquées dans le profil ne couvrent pas\u{a0}: {name}."
        ),
        (KnockoutKind::WorkPermit, false) => {
            format!(
                "Autorisation de travail à vérifier\u{a0}: {name}\u{a0}; le profil n'en indique aucune."
            )
        }
        (KnockoutKind::Location, true) => {
            let facts = statement.location;
            let how = match facts.and_then(|facts| facts.distance_km.zip(facts.limit_km)) {
                Some((distance, limit)) => {
                    let (distance, limit) = (kilometres(distance), kilometres(limit));
                    format!("à {distance} km, limite de {limit} km")
                }
                None => "domicile dans un autre pays".to_owned(),
            };
            format!("Lieu de travail indispensable hors de portée\u{a0}: {name} ({how}).")
        }
        (KnockoutKind::Location, false) => format!(
            "Lieu de travail indispensable à vérifier\u{a0}: {name}\u{a0}; la distance n'est pas connue."
        ),
    }
}

fn related(skill: &Related<'_>) -> String {
    let (name, via) = (quote(&skill.name), quote(&skill.via));
    match skill.relation {
        RelatedBy::Implies => format!("{via} implique {name}."),
        RelatedBy::Narrower => format!("{via} relève de {name}."),
        RelatedBy::Near => format!("{via} et {name} relèvent de domaines voisins."),
        RelatedBy::Occupation => {
            format!("{name} est d'usage dans le métier «\u{a0}{via}\u{a0}».")
        }
        RelatedBy::Misspelt => format!("{via} a été lu comme {name}."),
        RelatedBy::Neighbour => format!("{via} et {name} sont proches."),
        RelatedBy::Foundation => format!("{name} s'appuie sur {via}."),
        RelatedBy::Spoken => format!("{name} figure parmi les langues."),
        RelatedBy::Mentioned => match &skill.evidence {
            Some(evidence) => {
                let place = if evidence.field == "title" {
                    "Les intitulés citent"
                } else {
                    "Le résumé cite"
                };
                format!(
                    "{place} {name}\u{a0}: «\u{a0}{}\u{a0}».",
                    quote(&evidence.quote)
                )
            }
            None => format!("{name} figure dans les intitulés ou le résumé."),
        },
    }
}

fn change(statement: &ChangeStatement<'_>) -> String {
    let gain = format!("{:.2}", statement.gain).replace('.', ",");
    format!("{}\u{a0}: +{gain}.", change_made(statement))
}

fn change_made(statement: &ChangeStatement<'_>) -> String {
    let name = quote(&statement.change.name);
    let to = statement.number_after().map_or_else(String::new, decimal);
    let instead =
        |from: Option<String>| from.map_or_else(String::new, |from| format!(" au lieu de {from}"));
    let from = statement.number_before();
    match statement.change.kind {
        ChangeKind::AddSkill => format!("Avec la compétence {name}"),
        ChangeKind::RaiseLevel => {
            format!(
                "Avec un niveau {to} en {name}{}",
                instead(from.map(decimal))
            )
        }
        ChangeKind::SkillYears => {
            let to = statement.number_after().map_or_else(String::new, years);
            format!(
                "Avec {to} de pratique en {name}{}",
                instead(from.map(decimal))
            )
        }
        ChangeKind::MoreYears => {
            let to = statement.number_after().map_or_else(String::new, years);
            format!("Avec {to} d'expérience{}", instead(from.map(decimal)))
        }
        ChangeKind::EducationLevel => {
            let level = |level: Option<EducationLevel>| level.map_or("", education_name);
            let (from, to) = (
                level(statement.word_before()),
                level(statement.word_after()),
            );
            format!("Avec un niveau de formation plus élevé, {to} (actuel\u{a0}: {from})")
        }
        ChangeKind::AddLanguage | ChangeKind::LanguageLevel => {
            let language = language_name(&statement.change.name);
            let level = |level: LanguageLevel| level.as_str().to_owned();
            match statement.word_after().map(level) {
                Some(to) => {
                    let instead = instead(statement.word_before().map(level));
                    format!("Avec un niveau {to} en {language}{instead}")
                }
                None => format!("Avec une langue de plus, {language}"),
            }
        }
        ChangeKind::Distance => {
            let way = statement
                .number_after()
                .map_or_else(String::new, kilometres);
            let now = from.map_or_else(String::new, |from| {
                format!(" (limite actuelle\u{a0}: {} km)", kilometres(from))
            });
            format!("Si un trajet de {way} km convient{now}")
        }
        ChangeKind::Relocate => "Si un déménagement est envisageable".to_owned(),
        ChangeKind::WorkMode => {
            let mode = |mode: Option<RemoteMode>| mode.map_or("", mode_name);
            let (from, to) = (mode(statement.word_before()), mode(statement.word_after()));
            format!("Si le travail {to} convient (souhait\u{a0}: {from})")
        }
        ChangeKind::ContractType => {
            let contract = statement.word_after().map_or("", contract_name);
            format!("Si le contrat proposé convient, {contract}")
        }
        ChangeKind::Salary => {
            let amount = |value: Option<Number>| {
                value.map_or_else(String::new, |value| amount(value, statement.currency))
            };
            let (from, to) = (amount(from), amount(statement.number_after()));
            format!("Si une rémunération de {to} par an convient (demande\u{a0}: {from})")
        }
        ChangeKind::AvailableFrom => {
            let date = |date: Option<NaiveDate>| date.map_or_else(String::new, date_in_words);
            let (from, to) = (date(statement.date_before()), date(statement.date_after()));
            format!("Avec une disponibilité dès le {to} (actuelle\u{a0}: {from})")
        }
        ChangeKind::AddLicence => format!("Avec le permis, certificat ou titre {name}"),
        ChangeKind::AddWorkPermit => format!("Avec une autorisation de travail ({name})"),
    }
}

/// « 1er février 2026 »
fn date_in_words(date: NaiveDate) -> String {
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
    let ordinal = if date.day() == 1 { "er" } else { "" };
    format!("{}{ordinal} {month} {}", date.day(), date.year())
}

fn recommend(recommendation: &Recommendation<'_>) -> String {
    let (category, topics, checks, is_thin) = match recommendation {
        Recommendation::NotComparable => {
            return "Pas assez de données pour comparer\u{a0}: le profil et l'annonce n'ont aucune \
                    information en commun."
                .to_owned();
        }
        Recommendation::KnockedOut { failed, checks } => {
            let what = match failed.len() {
                1 => "cette condition indispensable peut encore être remplie",
                _ => "ces conditions indispensables peuvent encore être remplies",
            };
            let failed = topic_names(failed);
            let checks = match checks.as_slice() {
                [] => String::new(),
                checks => format!("\u{a0}; à vérifier aussi\u{a0}: {}", topic_names(checks)),
            };
            return format!("À poursuivre seulement si {what}\u{a0}: {failed}{checks}.");
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
        (Category::Excellent, false) => {
            "Excellente correspondance\u{a0}: prendre contact sans attendre.".to_owned()
        }
        (Category::Excellent, true) => {
            format!(
                "Excellente correspondance\u{a0}: prendre contact, et aborder ceci\u{a0}: {topics}."
            )
        }
        (Category::Good, false) => {
            "Bonne correspondance\u{a0}: un entretien en vaut la peine.".to_owned()
        }
        (Category::Good, true) => {
            format!(
                "Bonne correspondance\u{a0}: un entretien en vaut la peine\u{a0}; à aborder\u{a0}: {topics}."
            )
        }
        (Category::Moderate, false) => {
            "Correspondance partielle\u{a0}: à étudier après des profils plus proches.".to_owned()
        }
        (Category::Moderate, true) => format!(
            "Correspondance partielle\u{a0}: à retenir seulement si ceci peut être compensé\u{a0}: {topics}."
        ),
        (Category::Weak, false) => {
            "Correspondance faible\u{a0}: étudier d'abord des profils plus proches.".to_owned()
        }
        (Category::Weak, true) => {
            format!("Correspondance faible\u{a0}; principaux écarts\u{a0}: {topics}.")
        }
        (Category::Insufficient, false) => {
            "Le profil ne correspond pas à cette annonce.".to_owned()
        }
        (Category::Insufficient, true) => {
            format!(
                "Le profil ne correspond pas à cette annonce\u{a0}; principaux écarts\u{a0}: {topics}."
            )
        }
    };
    if !checks.is_empty() {
        sentence.pop();
        sentence.push_str("\u{a0}; à vérifier d'abord\u{a0}: ");
        sentence.push_str(&topic_names(checks));
        sentence.push('.');
    }
    if is_thin {
        sentence.pop();
        sentence.push_str(
            "\u{a0}; peu de données ont pu être comparées, mieux vaut d'abord compléter les profils.",
        );
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
        Topic::Licence(name) => format!("permis ou titre {name}"),
        Topic::WorkPermit(name) => format!("autorisation de travail ({name})"),
        Topic::Criterion(criterion) => match criterion {
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
        .to_owned(),
    }
}
