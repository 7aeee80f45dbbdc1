//! Every kind of statement, in both languages.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::*;
use crate::{
    profiles::{
        candidate::Candidate,
        contract::ContractType,
        education::EducationLevel,
        job_posting::JobPosting,
        language::LanguageLevel,
        location::{RemoteMode, RemotePreference},
    },
    scoring::{
        Engine, ResultDocument, Weights,
        counterfactuals::ChangeKind,
        criteria::{
            availability::AvailabilityFacts, industry::IndustryFacts, location::Proximity,
            salary::PayBound, skills::Rung,
        },
        document::WorkSource,
    },
};

/// Checks a statement in both languages; the expected French has plain spaces.
fn says(statement: &Statement<'_>, english: &str, french: &str) {
    assert_eq!(statement.rendered(Language::English), english);
    let rendered = statement.rendered(Language::French);
    assert_eq!(rendered.replace('\u{a0}', " "), french);
    for (sentence, language) in [
        (english, Language::English),
        (rendered.as_str(), Language::French),
    ] {
        assert!(sentence.ends_with('.'), "{sentence}");
        for gap in ["  ", " .", " ,", "()", ": .", "..", "; ;"] {
            assert!(!sentence.contains(gap), "{language:?}: {sentence}");
        }
    }
    for broken in [" :", " ;", " €", "’"] {
        assert!(!rendered.contains(broken), "{rendered}");
    }
    let words: Vec<String> = rendered
        .split(|letter: char| !letter.is_alphabetic())
        .map(str::to_lowercase)
        .collect();
    for word in ["il", "elle", "candidat", "candidate", "cosinus", "null"] {
        assert!(!words.iter().any(|used| used == word), "{rendered}");
    }
}

fn listed<T: Copy, const MOST: usize>(items: &[T]) -> Listed<T, MOST> {
    items.iter().copied().collect()
}

fn shown<'a>(skills: &[(&'a str, Option<&'a str>)]) -> Vec<ShownSkill<'a>> {
    let skill = |&(name, words): &(&'a str, Option<&'a str>)| ShownSkill {
        name,
        words: words.map(Words::Entry),
    };
    skills.iter().map(skill).collect()
}

#[test]
fn skills() {
    let skills = |kind, total, named: &[(&'static str, Option<&'static str>)], others: &[_]| {
        Statement::Skills {
            kind,
            total,
            named: shown(named),
            in_other_words: shown(others),
        }
    };
    let (rust, sql) = (("Rust", None), ("SQL", Some("PostgreSQL")));
    says(
        &skills(SkillKind::Required, 3, &[rust], &[sql]),
        "Required skill in the profile: Rust; to be compared: SQL (\u{201c}PostgreSQL\u{201d}).",
        "Compétence requise présente dans le profil : Rust ; à rapprocher : SQL (« PostgreSQL »).",
    );
    says(
        &skills(SkillKind::Required, 2, &[rust, ("Go", None)], &[]),
        "All required skills are in the profile: Rust and Go.",
        "Toutes les compétences requises sont présentes dans le profil : Rust et Go.",
    );
    says(
        &skills(SkillKind::Preferred, 1, &[rust], &[]),
        "Preferred skill in the profile: Rust.",
        "Compétence souhaitée présente dans le profil : Rust.",
    );
    says(
        &skills(SkillKind::Described, 4, &[], &[sql]),
        "Skill of the posting's text to be compared with the profile: SQL (\u{201c}PostgreSQL\u{201d}).",
        "Compétence du texte de l'annonce à rapprocher du profil : SQL (« PostgreSQL »).",
    );
}

#[test]
fn skills_that_the_profile_does_not_name_are_listed_with_its_nearest_words() {
    let one = shown(&[("React", Some("Vue.js"))]);
    says(
        &Statement::UnnamedSkills(one.clone()),
        "Required skill not named word for word in the profile: React (there: \u{201c}Vue.js\u{201d}).",
        "Compétence requise non nommée mot pour mot dans le profil : React (on y lit « Vue.js »).",
    );
    let several = shown(&[("RabbitMQ or Kafka", None), ("WMS", None)]);
    says(
        &Statement::UnnamedSkills(several.clone()),
        "Required skills not named word for word in the profile: RabbitMQ or Kafka, and WMS.",
        "Compétences requises non nommées mot pour mot dans le profil : RabbitMQ or Kafka, et WMS.",
    );
    for (asked, english, french) in [
        (
            one,
            "Required, but not named word for word in your profile: React (there: \u{201c}Vue.js\u{201d}). \
             Can you show it, and how?",
            "Requis, mais pas nommé mot pour mot dans votre profil : React (on y lit « Vue.js »). \
             Pouvez-vous justifier ce point, et comment ?",
        ),
        (
            several,
            "Required, but not named word for word in your profile: RabbitMQ or Kafka, and WMS. Which \
             of these can you show, and how?",
            "Requis, mais pas nommés mot pour mot dans votre profil : RabbitMQ or Kafka, et WMS. \
             Lesquels de ces points pouvez-vous justifier, et comment ?",
        ),
    ] {
        let statement = Statement::AskedSkills(asked);
        assert_eq!(statement.rendered(Language::English), english);
        let rendered = statement.rendered(Language::French);
        assert_eq!(rendered.replace('\u{a0}', " "), french);
    }
}

#[test]
fn practice_and_relations() {
    let matched = |level: Option<(f64, f64)>, years: Option<(f64, f64)>| Matched {
        name: "Rust".into(),
        required: true,
        credit: 0.5,
        weight: None,
        stated_as: None,
        level_required: level.map(|pair| Number(pair.1)),
        level_actual: level.map(|pair| Number(pair.0)),
        years_required: years.map(|pair| Number(pair.1)),
        years_actual: years.map(|pair| Number(pair.0)),
        rung: Rung::Listed,
        evidence: None,
    };
    let (one, other) = (
        matched(Some((2.0, 4.0)), Some((1.0, 3.0))),
        matched(None, Some((2.5, 3.0))),
    );
    says(
        &Statement::ShallowSkills(vec![&one, &other]),
        "Less practice than asked for: Rust (level 2, 4 asked; 1 year, 3 asked); Rust (2.5 years, \
         3 asked).",
        "Moins de pratique que demandé : Rust (niveau 2 au lieu de 4 ; 1 an au lieu de 3) ; Rust \
         (2,5 ans au lieu de 3).",
    );
    for (relation, english, french) in [
        (
            RelatedBy::Implies,
            "Python: the profile says \u{201c}Django\u{201d}.",
            "Python : on lit « Django » dans le profil.",
        ),
        (
            RelatedBy::Neighbour,
            "Python: the profile says \u{201c}Django\u{201d}.",
            "Python : on lit « Django » dans le profil.",
        ),
        (
            RelatedBy::Occupation,
            "Python: not named; counted in part for the title \u{201c}Django\u{201d}.",
            "Python : sans mention ; compte en partie par l'intitulé « Django ».",
        ),
        (
            RelatedBy::Spoken,
            "Python: listed among the languages.",
            "Python : figure parmi les langues.",
        ),
        (
            RelatedBy::Mentioned,
            "Python: named in the titles or the summary.",
            "Python : mention dans les intitulés ou le résumé.",
        ),
    ] {
        let related = Related {
            name: "Python".into(),
            required: true,
            credit: 0.5,
            weight: None,
            via: "Django".into(),
            relation,
            rung: Rung::Listed,
            evidence: None,
        };
        says(&Statement::Related(&related), english, french);
    }
}

#[test]
fn years_of_other_work_and_diplomas_in_progress() {
    use EducationLevel::{Bachelor, Master};

    let by_work = |total, relevant, other, counted| ExperienceFacts {
        min: Some(Number(5.0)),
        max: None,
        actual: Some(Number(total)),
        counted: Some(Number(counted)),
        relevant: Some(Number(relevant)),
        other: Some(Number(other)),
    };
    says(
        &Statement::Experience(&by_work(4.0, 3.0, 1.0, 3.2)),
        "4 years of experience, all work together; at least 5 asked.",
        "4 ans d'expérience, tous emplois confondus ; au moins 5 demandés.",
    );
    says(
        &Statement::Experience(&by_work(8.0, 8.0, 0.0, 8.0)),
        "8 years of experience; at least 5 asked.",
        "8 ans d'expérience ; au moins 5 demandés.",
    );
    says(
        &Statement::Education(EducationFacts {
            level_required: Some(Master),
            level_actual: Some(Bachelor),
            level_in_progress: Some(Master),
            diploma: None,
            field_similarity: None,
        }),
        "Education: bachelor's degree (master's degree in progress); master's degree asked.",
        "Formation : Bac+3 (Bac+5 en cours) ; niveau demandé : Bac+5.",
    );
}

#[test]
fn years_titles_and_education() {
    use EducationLevel::{Bachelor, Doctorate, Master, Secondary, ShortCycle, Vocational};

    let experience = |actual, min, max| ExperienceFacts {
        min,
        max,
        actual: Some(Number(actual)),
        counted: None,
        relevant: None,
        other: None,
    };
    says(
        &Statement::Experience(&experience(1.0, Some(Number(3.0)), None)),
        "1 year of experience; at least 3 asked.",
        "1 an d'expérience ; au moins 3 demandés.",
    );
    says(
        &Statement::Experience(&experience(2.5, Some(Number(1.0)), Some(Number(1.0)))),
        "2.5 years of experience; 1 asked.",
        "2,5 ans d'expérience ; 1 demandé.",
    );
    says(
        &Statement::Experience(&experience(0.0, None, Some(Number(2.0)))),
        "0 years of experience; at most 2 asked.",
        "0 an d'expérience ; au plus 2 demandés.",
    );
    says(
        &Statement::Experience(&experience(5.0, Some(Number(3.0)), Some(Number(6.0)))),
        "5 years of experience; 3 to 6 asked.",
        "5 ans d'expérience ; 3 à 6 demandés.",
    );
    let title = |closest: &'static str, past| TitleFacts {
        title_required: "Comptable".into(),
        closest: closest.into(),
        past,
        in_summary: false,
        seniority_steps: None,
    };
    says(
        &Statement::Title(&title("Aide  comptable", true)),
        "Past title: Aide comptable; title of the job: Comptable.",
        "Intitulé passé : Aide comptable ; intitulé du poste : Comptable.",
    );
    says(
        &Statement::Title(&title("Comptable", false)),
        "Current title: Comptable, as advertised.",
        "Intitulé actuel : Comptable, comme dans l'annonce.",
    );
    says(
        &Statement::Title(&TitleFacts {
            in_summary: true,
            ..title("Comptable", false)
        }),
        "Title in the summary: Comptable, as advertised.",
        "Intitulé cité dans le résumé : Comptable, comme dans l'annonce.",
    );
    let education = |held, requested, field_similarity| {
        Statement::Education(EducationFacts {
            level_required: requested,
            level_actual: held,
            level_in_progress: None,
            diploma: None,
            field_similarity,
        })
    };
    says(
        &education(Some(Bachelor), Some(Master), Some(0.2)),
        "Education: bachelor's degree; master's degree asked.",
        "Formation : Bac+3 ; niveau demandé : Bac+5.",
    );
    says(
        &education(Some(Master), Some(Master), Some(1.0)),
        "Education: master's degree, as asked; the field fits.",
        "Formation : Bac+5, comme demandé ; le domaine correspond.",
    );
    says(
        &education(None, None, Some(0.0)),
        "Education: check whether the field fits.",
        "Formation : correspondance du domaine à vérifier.",
    );
    says(
        &education(Some(EducationLevel::None), Some(Vocational), None),
        "Education: no diploma; vocational certificate asked.",
        "Formation : sans diplôme ; niveau demandé : CAP ou équivalent.",
    );
    says(
        &education(Some(Secondary), Some(ShortCycle), None),
        "Education: secondary school diploma; two years of higher education asked.",
        "Formation : baccalauréat ; niveau demandé : Bac+2.",
    );
    says(
        &education(Some(Doctorate), Some(Master), None),
        "Education: doctorate; master's degree asked.",
        "Formation : doctorat ; niveau demandé : Bac+5.",
    );
}

fn language_fact(
    code: &'static str,
    required: Option<LanguageLevel>,
    actual: Option<LanguageLevel>,
    spoken: bool,
) -> LanguageFact<'static> {
    LanguageFact {
        code: code.into(),
        credit: 0.5,
        level_required: required,
        level_actual: actual,
        spoken,
        is_written: false,
    }
}

#[test]
fn languages_and_places() {
    use LanguageLevel::{B1, B2, C1, Native};
    let requested = [
        language_fact("en", Some(C1), Some(B2), true),
        language_fact("fr", Some(Native), Some(Native), true),
        language_fact("de", Some(B1), None, false),
        language_fact("es", Some(B1), None, true),
        language_fact("it", None, None, true),
        language_fact("xx", None, None, true),
    ];
    says(
        &Statement::Languages(requested.iter().collect()),
        "Languages: English B2 (C1 asked); French native (native asked); German not listed (B1 \
         asked); Spanish, level not stated (B1 asked); Italian; xx.",
        "Langues : anglais B2 (C1 demandé) ; français langue maternelle (langue maternelle \
         demandée) ; allemand, sans mention parmi les langues (B1 demandé) ; espagnol, niveau non \
         précisé (B1 demandé) ; italien ; xx.",
    );
    let place = |proximity| LocationFacts {
        proximity: Some(proximity),
        ..LocationFacts::default()
    };
    let measured = |distance| LocationFacts {
        distance_km: Some(Number(distance)),
        limit_km: Some(Number(50.0)),
        limit_km_stated: Some(Number(50.0)),
        ..place(Proximity::Measured)
    };
    for (facts, english, french) in [
        (
            measured(12_345.6),
            "Lives 12,346 km from the place of work (limit 50 km).",
            "Habite à 12 346 km du lieu de travail (limite : 50 km).",
        ),
        (
            measured(50.2),
            "Lives 50.2 km from the place of work (limit 50 km).",
            "Habite à 50,2 km du lieu de travail (limite : 50 km).",
        ),
        (
            measured(0.2),
            "The places stated are less than 1 km apart.",
            "Les lieux indiqués sont à moins de 1 km l'un de l'autre.",
        ),
        (
            place(Proximity::Anywhere),
            "The work can be done from anywhere.",
            "Le travail peut se faire de partout.",
        ),
        (
            place(Proximity::SameCity),
            "Lives in the city of the job.",
            "Habite la ville du poste.",
        ),
        (
            place(Proximity::SameCountry),
            "Lives in the country of the job.",
            "Habite le pays du poste.",
        ),
        (
            LocationFacts {
                relocation: true,
                ..place(Proximity::OtherCountry)
            },
            "Lives in another country; would relocate.",
            "Habite un autre pays ; accepterait de déménager.",
        ),
        (
            LocationFacts {
                mode_offered: Some(RemoteMode::Onsite),
                mode_wanted: Some(RemotePreference::Only(RemoteMode::Remote)),
                ..place(Proximity::OtherCity)
            },
            "Lives in another city; wants remote work, on-site work offered.",
            "Habite une autre ville ; souhaite travailler à distance, travail sur site proposé.",
        ),
        (
            LocationFacts {
                mode_offered: Some(RemoteMode::Hybrid),
                mode_wanted: Some(RemotePreference::Only(RemoteMode::Hybrid)),
                proximity: None,
                ..place(Proximity::OtherCity)
            },
            "Wants hybrid work, as offered.",
            "Souhaite travailler en mode hybride, comme proposé.",
        ),
        (
            LocationFacts {
                mode_offered: Some(RemoteMode::Onsite),
                mode_wanted: Some(RemotePreference::Any),
                proximity: None,
                ..place(Proximity::OtherCity)
            },
            "Any way of working is fine, on-site work offered.",
            "Tout mode de travail convient, travail sur site proposé.",
        ),
    ] {
        says(&Statement::Location(facts, None), english, french);
    }
}

#[test]
fn terms_and_texts() {
    let contract = |wanted| ContractFacts {
        offered: ContractType::FixedTerm,
        wanted,
        types_wanted: vec![ContractType::Permanent, ContractType::Temporary],
    };
    says(
        &Statement::Fields(FieldFacts::Contract(&contract(true))),
        "Would take the contract offered: fixed term.",
        "Accepterait le contrat proposé : CDD.",
    );
    says(
        &Statement::Fields(FieldFacts::Contract(&contract(false))),
        "Contract offered: fixed term; wanted: permanent or temporary agency work.",
        "Contrat proposé : CDD ; souhaité : CDI ou intérim.",
    );
    let salary = |currency: Option<&'static str>| SalaryFacts {
        offered_per_year: Number(38_000.4),
        asked_per_year: Number(1_234_567.0),
        currency: currency.map(Cow::Borrowed),
        offered: None,
        requested: None,
        offered_bound: PayBound::AtMost,
        asked_bound: PayBound::AtLeast,
    };
    says(
        &Statement::Fields(FieldFacts::Salary(&salary(Some("EUR")))),
        "Asks for at least €1,234,567 a year; up to €38,000 offered.",
        "Demande au moins 1 234 567 € par an ; l'offre va jusqu'à 38 000 €.",
    );
    says(
        &Statement::Fields(FieldFacts::Salary(&salary(Some("CHF")))),
        "Asks for at least 1,234,567 CHF a year; up to 38,000 CHF offered.",
        "Demande au moins 1 234 567 CHF par an ; l'offre va jusqu'à 38 000 CHF.",
    );
    says(
        &Statement::Fields(FieldFacts::Salary(&salary(None))),
        "Asks for at least 1,234,567 a year; up to 38,000 offered.",
        "Demande au moins 1 234 567 par an ; l'offre va jusqu'à 38 000.",
    );
    for (days_late, english, french) in [
        (
            0,
            "Available by the start date.",
            "Disponible à la date de début.",
        ),
        (
            1,
            "Available 1 day after the start date.",
            "Disponible 1 jour après la date de début.",
        ),
        (
            30,
            "Available 30 days after the start date.",
            "Disponible 30 jours après la date de début.",
        ),
    ] {
        let facts = AvailabilityFacts { days_late };
        says(
            &Statement::Fields(FieldFacts::Availability(&facts)),
            english,
            french,
        );
    }
    let industry = |closest: &'static str| IndustryFacts {
        industry_required: "Énergie".into(),
        closest: closest.into(),
        none_near: false,
    };
    says(
        &Statement::Fields(FieldFacts::Industry(&industry("Banque"))),
        "Industry: Banque; industry of the job: Énergie.",
        "Secteur : Banque ; secteur du poste : Énergie.",
    );
    says(
        &Statement::Fields(FieldFacts::Industry(&industry("Énergie"))),
        "Industry: Énergie, as advertised.",
        "Secteur : Énergie, comme dans l'annonce.",
    );
}

#[test]
fn the_text_sentence_names_what_was_compared() {
    let facts = |title: Option<&'static str>, compared_with| TextFacts {
        title: title.map(Cow::Borrowed),
        compared_with: Some(compared_with),
        encoder: None,
    };
    let description = facts(None, WorkSource::Description);
    let of_title = facts(None, WorkSource::Title);
    let stand_in = facts(Some("Soudeur"), WorkSource::Description);
    for (facts, english, french) in [
        (
            &description,
            "Compared: the summary with the text of the posting.",
            "Comparaison : le résumé et le texte de l'annonce.",
        ),
        (
            &of_title,
            "Compared: the summary with the title of the job.",
            "Comparaison : le résumé et l'intitulé du poste.",
        ),
        (
            &stand_in,
            "Compared: the title \u{201c}Soudeur\u{201d} with the text of the posting.",
            "Comparaison : l'intitulé « Soudeur » et le texte de l'annonce.",
        ),
    ] {
        says(&Statement::Text(facts), english, french);
    }
}

/// Returns the sentence about the texts of a pair in both languages.
fn sentences_about_texts(candidate: &Value, posting: &Value) -> [String; 2] {
    let engine = Engine::new(Weights::default());
    let candidate = engine.compile_candidate(&Candidate::from_document(candidate).unwrap());
    let posting = engine.compile_job_posting(&JobPosting::from_document(posting).unwrap());
    let document = engine
        .score(&candidate, &posting)
        .to_document(None, None, "");
    let document = ResultDocument::parse(&document).unwrap();
    [Language::English, Language::French]
        .map(|language| document.sentence(Criterion::Text, language))
}

#[test]
fn a_title_used_instead_of_a_summary_is_named() {
    let posting = json!({
        "title": "Poste en atelier",
        "description": "Nous cherchons un soudeur pour notre atelier de charpente métallique.",
    });
    for candidate in [
        json!({"title": "Soudeur"}),
        json!({"title": "Soudeur", "summary": "Voir CV joint."}),
        json!({"positions": ["Soudeur"]}),
    ] {
        for sentence in sentences_about_texts(&candidate, &posting) {
            assert!(sentence.contains("Soudeur"), "{sentence}");
            for claimed in ["summary", "résumé"] {
                assert!(!sentence.contains(claimed), "{sentence}");
            }
        }
    }
    let summary = json!({"title": "Soudeur", "summary": "Soudeur en charpente métallique."});
    let [english, french] = sentences_about_texts(&summary, &posting);
    assert!(
        english.starts_with("Compared: the summary with"),
        "{english}"
    );
    assert!(
        french.starts_with("Comparaison\u{a0}: le résumé et"),
        "{french}"
    );
}

#[test]
fn the_sentence_says_if_only_the_postings_title_was_compared() {
    let candidate =
        json!({"summary": "Infirmière : soins aux patients, pansements, suivi des traitements."});
    let by_title = json!({"title": "Registered nurse", "description": "We offer a pension plan."});
    let by_description = json!({"title": "Poste à Lyon",
        "description": "Soins aux patients, pansements et suivi des traitements."});
    for (posting, is_by_title) in [(by_title, true), (by_description, false)] {
        let [english, french] = sentences_about_texts(&candidate, &posting);
        assert_eq!(
            english.contains("the title of the job"),
            is_by_title,
            "{english}"
        );
        assert_eq!(
            french.contains("l'intitulé du poste"),
            is_by_title,
            "{french}"
        );
    }
}

#[test]
fn reasons_for_no_score() {
    for criterion in Criterion::ALL {
        for unscored in [
            Unscored::CandidateSilent,
            Unscored::PostingSilent,
            Unscored::BothSilent,
            Unscored::CurrenciesDiffer,
        ] {
            let statement = Statement::Unscored(criterion, unscored, None);
            let rendered = Language::ALL.map(|language| statement.rendered(language));
            let french = rendered[1].replace('\u{a0}', " ");
            says(&statement, &rendered[0], &french);
        }
    }
    says(
        &Statement::Unscored(Criterion::Experience, Unscored::CandidateUnreadable, None),
        "The dates of the candidate's jobs can't all be read, so the years of experience are unknown.",
        "Les dates des emplois du profil ne sont pas toutes lisibles : l'expérience reste inconnue.",
    );
    says(
        &Statement::Unscored(Criterion::Text, Unscored::BothSilent, None),
        "Neither a summary of the candidate nor a description of the job speaks of work.",
        "Ni un résumé dans le profil ni une description dans l'annonce ne parlent du travail.",
    );
    says(
        &Statement::Unscored(Criterion::Text, Unscored::CandidateSilent, None),
        "The candidate has no summary that speaks of work.",
        "Le profil n'a pas de résumé qui parle du travail.",
    );
    says(
        &Statement::Unscored(Criterion::Availability, Unscored::BothSilent, None),
        "Not compared, blank on both sides: first day of availability and start date.",
        "Non comparé, faute d'indication des deux côtés : date de disponibilité et date de début.",
    );
    says(
        &Statement::Unscored(Criterion::Experience, Unscored::CandidateSilent, None),
        "Not compared, blank in the profile: years of experience.",
        "Non comparé, faute d'indication dans le profil : années d'expérience.",
    );
    says(
        &Statement::Unscored(Criterion::Skills, Unscored::BothSilent, None),
        "Not compared, blank on both sides: skills.",
        "Non comparé, faute d'indication des deux côtés : compétences.",
    );
}

#[test]
fn knock_outs() {
    use KnockoutKind::{Licence, Location, Skill, WorkPermit};
    use KnockoutOutcome::{Failed, Unknown};
    for (kind, name, outcome, english, french) in [
        (
            Skill,
            "Rust",
            Failed,
            "Must-have skill not named word for word in the profile: Rust.",
            "Compétence indispensable non nommée mot pour mot dans le profil : Rust.",
        ),
        (
            Skill,
            "Rust",
            Unknown,
            "Must-have skill to be checked: Rust; the profile lists no skills.",
            "Compétence indispensable à vérifier : Rust ; le profil ne liste aucune compétence.",
        ),
        (
            KnockoutKind::Language,
            "en",
            Failed,
            "Must-have language not listed: English.",
            "Langue indispensable non listée : anglais.",
        ),
        (
            KnockoutKind::Language,
            "en",
            Unknown,
            "Must-have language to be checked: English; the profile lists no languages.",
            "Langue indispensable à vérifier : anglais ; le profil ne liste aucune langue.",
        ),
        (
            Licence,
            "B",
            Failed,
            "Must-have licence or certificate not named in the profile: B.",
            "Permis, certificat ou titre indispensable non nommé dans le profil : B.",
        ),
        (
            Licence,
            "B",
            Unknown,
            "Licence or certificate to be checked: B; the profile lists none.",
            "Permis, certificat ou titre à vérifier : B ; le profil n'en liste aucun.",
        ),
        (
            WorkPermit,
            "FR",
            Failed,
            "The permits to work that the profile states do not cover: France.",
            "Les autorisations de travail indiquées dans le profil ne couvrent pas : France.",
        ),
        (
            WorkPermit,
            "FR",
            Unknown,
            "Permit to work to be checked: France; the profile lists none.",
            "Autorisation de travail à vérifier : France ; le profil n'en liste aucune.",
        ),
        (
            Location,
            "Lyon",
            Failed,
            "Must-have place of work out of reach: Lyon (the person lives in another country).",
            "Lieu de travail indispensable hors de portée : Lyon (domicile dans un autre pays).",
        ),
        (
            Location,
            "Lyon",
            Unknown,
            "Must-have place of work to be checked: Lyon; the distance is not known.",
            "Lieu de travail indispensable à vérifier : Lyon ; la distance n'est pas connue.",
        ),
    ] {
        let statement = KnockoutStatement {
            kind,
            name,
            outcome,
            related: None,
            stated_in_text: None,
            is_silent_about_skills: true,
            language: None,
            location: None,
        };
        says(&Statement::Knockout(statement), english, french);
    }
}

#[test]
fn a_must_have_described_in_the_summary_is_quoted() {
    let skill = Related {
        name: "pose de perfusions".into(),
        required: true,
        credit: 0.6,
        weight: None,
        via: "je pose les perfusions".into(),
        relation: RelatedBy::InOtherWords,
        rung: Rung::Used,
        evidence: None,
    };
    says(
        &Statement::Knockout(KnockoutStatement {
            kind: KnockoutKind::Skill,
            name: "pose de perfusions",
            outcome: KnockoutOutcome::Unknown,
            related: Some(&skill),
            stated_in_text: None,
            is_silent_about_skills: true,
            language: None,
            location: None,
        }),
        "Must-have skill to be checked: pose de perfusions; the summary says \u{201c}je pose les \
         perfusions\u{201d}.",
        "Compétence indispensable à vérifier : pose de perfusions ; le résumé dit « je pose les \
         perfusions ».",
    );
}

#[test]
fn knock_outs_of_languages_and_places() {
    use KnockoutKind::Location;
    use KnockoutOutcome::{Failed, Unknown};
    let weak = language_fact("en", Some(LanguageLevel::C1), Some(LanguageLevel::B2), true);
    let statement = |outcome| {
        Statement::Knockout(KnockoutStatement {
            kind: KnockoutKind::Language,
            name: "en",
            outcome,
            related: None,
            stated_in_text: None,
            is_silent_about_skills: true,
            language: Some(&weak),
            location: None,
        })
    };
    says(
        &statement(Failed),
        "Must-have language below the level asked for: English B2 (C1 asked).",
        "Langue indispensable en dessous du niveau demandé : anglais B2 (C1 demandé).",
    );
    says(
        &statement(Unknown),
        "Must-have language to be checked: English B2 (C1 asked).",
        "Langue indispensable à vérifier : anglais B2 (C1 demandé).",
    );
    says(
        &Statement::Knockout(KnockoutStatement {
            kind: Location,
            name: "Lyon",
            outcome: Failed,
            related: None,
            stated_in_text: None,
            is_silent_about_skills: true,
            language: None,
            location: Some(&LocationFacts {
                proximity: Some(Proximity::Measured),
                distance_km: Some(Number(392.4)),
                limit_km: Some(Number(50.0)),
                limit_km_stated: Some(Number(50.0)),
                ..LocationFacts::default()
            }),
        }),
        "Must-have place of work out of reach: Lyon (392 km away, limit 50 km).",
        "Lieu de travail indispensable hors de portée : Lyon (à 392 km, limite : 50 km).",
    );
}

/// A change, the values before and after it, and its expected wording without the gain.
type ChangeCase = (
    ChangeKind,
    &'static str,
    [Option<ChangeValue<'static>>; 2],
    &'static str,
    &'static str,
);

fn word(word: &'static str) -> ChangeValue<'static> {
    ChangeValue::Word(Cow::Borrowed(word))
}

fn date(day: u32, month: u32) -> ChangeValue<'static> {
    ChangeValue::Date(NaiveDate::from_ymd_opt(2026, month, day).unwrap())
}

fn value(value: f64) -> ChangeValue<'static> {
    ChangeValue::Number(Number(value))
}

fn gains<const N: usize>(cases: [ChangeCase; N]) {
    for (kind, name, [from, to], english, french) in cases {
        let states_start = from.is_some();
        let change = Change {
            kind,
            name: name.into(),
            from,
            to,
            scores: crate::scoring::counterfactuals::NewScores::default(),
            knocked_out: false,
        };
        let location = LocationFacts {
            proximity: Some(Proximity::Measured),
            distance_km: Some(Number(62.0)),
            limit_km: Some(Number(45.0)),
            limit_km_stated: Some(Number(30.0)),
            ..LocationFacts::default()
        };
        let statement = Statement::Change(ChangeStatement {
            change: &change,
            gain: 0.0612,
            currency: Some("EUR"),
            pay: None,
            has_other_work: false,
            location: (kind == ChangeKind::Distance && states_start).then_some(&location),
        });
        let (english, french) = (format!("{english}: +0.06."), format!("{french} : +0,06."));
        says(&statement, &english, &french);
    }
}

#[test]
fn changes_of_abilities() {
    gains([
        (
            ChangeKind::AddSkill,
            "Docker",
            [None, None],
            "If \u{201c}Docker\u{201d} is confirmed",
            "En cas de confirmation de « Docker »",
        ),
        (
            ChangeKind::RaiseLevel,
            "Rust",
            [Some(value(2.0)), Some(value(4.0))],
            "With Rust at level 4 instead of 2",
            "Avec un niveau 4 en Rust au lieu de 2",
        ),
        (
            ChangeKind::SkillYears,
            "Rust",
            [Some(value(0.5)), Some(value(3.0))],
            "With 3 years of practice in Rust instead of 0.5",
            "Avec 3 ans de pratique en Rust au lieu de 0,5",
        ),
        (
            ChangeKind::MoreYears,
            "experience",
            [Some(value(0.0)), Some(value(1.0))],
            "With 1 year of experience instead of 0",
            "Avec 1 an d'expérience au lieu de 0",
        ),
        (
            ChangeKind::EducationLevel,
            "education",
            [Some(word("bachelor")), Some(word("master"))],
            "With a higher level of education, master's degree (now: bachelor's degree)",
            "Avec un niveau de formation plus élevé, Bac+5 (actuel : Bac+3)",
        ),
        (
            ChangeKind::AddLanguage,
            "de",
            [None, Some(word("B1"))],
            "With German at B1",
            "Avec un niveau B1 en allemand",
        ),
        (
            ChangeKind::AddLanguage,
            "de",
            [None, None],
            "With German among the languages",
            "Avec une langue de plus, allemand",
        ),
        (
            ChangeKind::LanguageLevel,
            "en",
            [Some(word("B2")), Some(word("C1"))],
            "With English at C1 instead of B2",
            "Avec un niveau C1 en anglais au lieu de B2",
        ),
    ]);
}

#[test]
fn changes_of_wishes_and_permits() {
    gains([
        (
            ChangeKind::Distance,
            "location",
            [Some(value(30.0)), Some(value(62.0))],
            "If a distance of 62 km is accepted (limit 30 km)",
            "Si une distance de 62 km convient (limite : 30 km)",
        ),
        (
            ChangeKind::Distance,
            "location",
            [None, Some(value(62.0))],
            "If a distance of 62 km is accepted",
            "Si une distance de 62 km convient",
        ),
        (
            ChangeKind::WorkMode,
            "location",
            [Some(word("remote")), Some(word("onsite"))],
            "If on-site work is accepted (wanted: remote)",
            "Si le travail sur site convient (souhait : à distance)",
        ),
        (
            ChangeKind::ContractType,
            "contract",
            [None, Some(word("fixed_term"))],
            "If the contract offered (fixed term) is accepted",
            "Si le contrat proposé (CDD) convient",
        ),
        (
            ChangeKind::Salary,
            "salary",
            [Some(value(42_000.0)), Some(value(38_000.0))],
            "If €38,000 a year is accepted (asked: €42,000)",
            "Si une rémunération de 38 000 € par an convient (demande : 42 000 €)",
        ),
        (
            ChangeKind::AvailableFrom,
            "availability",
            [Some(date(15, 3)), Some(date(1, 2))],
            "If available from 1 February 2026 (now: 15 March 2026)",
            "Avec une disponibilité dès le 1er février 2026 (actuelle : 15 mars 2026)",
        ),
        (
            ChangeKind::AddLicence,
            "CACES 3",
            [None, None],
            "If \u{201c}CACES 3\u{201d} is confirmed",
            "En cas de confirmation de « CACES 3 »",
        ),
        (
            ChangeKind::AddWorkPermit,
            "FR",
            [None, None],
            "With a permit to work in France",
            "Avec une autorisation de travail en France",
        ),
    ]);
}

/// Returns a recommendation without obstacles, topics and checks.
fn fit<'a>(category: Category, unnamed: (usize, usize)) -> Recommendation<'a> {
    Recommendation::Fit {
        category,
        obstacles: listed(&[]),
        unnamed,
        topics: listed(&[]),
        checks: listed(&[]),
        is_thin: false,
    }
}

fn recommends(recommendation: &Recommendation<'_>, english: &str, french: &str) {
    let statement = Statement::Recommendation(Box::new(*recommendation));
    says(&statement, english, french);
}

#[test]
fn recommendations_name_the_fit_and_the_number_of_skills_to_be_confirmed() {
    for (category, plain, open, clair, ouvert) in [
        (
            Category::Excellent,
            "Excellent fit: contact the candidate",
            "Excellent score",
            "Excellente correspondance : prendre contact",
            "Excellent score",
        ),
        (
            Category::Good,
            "Good fit: worth an interview",
            "Good score",
            "Bonne correspondance : mérite un entretien",
            "Bon score",
        ),
        (
            Category::Moderate,
            "Partial fit: compare with other candidates",
            "Medium score: compare with other candidates",
            "Correspondance partielle : à comparer avec d'autres profils",
            "Score moyen : à comparer avec d'autres profils",
        ),
        (
            Category::Weak,
            "Weak fit: compare with other candidates first",
            "Weak fit: compare with other candidates first",
            "Correspondance faible : à comparer d'abord avec d'autres profils",
            "Correspondance faible : à comparer d'abord avec d'autres profils",
        ),
        (
            Category::Insufficient,
            "Very weak fit: compare with other candidates first",
            "Very weak fit: compare with other candidates first",
            "Correspondance très faible : à comparer d'abord avec d'autres profils",
            "Correspondance très faible : à comparer d'abord avec d'autres profils",
        ),
    ] {
        let sentence = |beginning: &str, end: &str| format!("{beginning}{end}.");
        recommends(
            &fit(category, (0, 4)),
            &sentence(plain, ""),
            &sentence(clair, ""),
        );
        recommends(
            &fit(category, (1, 4)),
            &sentence(plain, "; required skills to be confirmed: 1 of 4"),
            &sentence(clair, " ; compétences requises à confirmer : 1 sur 4"),
        );
        // Half of the required skills are open: the score is no fit yet.
        recommends(
            &fit(category, (2, 4)),
            &sentence(open, "; required skills to be confirmed: 2 of 4"),
            &sentence(ouvert, " ; compétences requises à confirmer : 2 sur 4"),
        );
    }
}

#[test]
fn recommendations_name_topics_and_must_haves() {
    let with = |category, topics: &[Topic<'static>], checks: &[Topic<'static>], is_thin| {
        Recommendation::Fit {
            category,
            obstacles: listed(&[]),
            unnamed: (0, 0),
            topics: listed(topics),
            checks: listed(checks),
            is_thin,
        }
    };
    let topics = [
        Topic::Criterion(Criterion::Contract),
        Topic::Criterion(Criterion::Salary),
    ];
    recommends(
        &with(Category::Weak, &topics, &[], false),
        "Weak fit: compare with other candidates first; to be discussed: the contract type and pay.",
        "Correspondance faible : à comparer d'abord avec d'autres profils ; à aborder : le type de \
         contrat et la rémunération.",
    );
    recommends(
        &with(Category::Good, &[], &[Topic::WorkPermit("FR")], true),
        "Good fit in what could be compared; check first: permit to work in France; this rests on few \
         data, so complete the profiles first.",
        "Bonne correspondance sur ce qui a pu être comparé ; à vérifier d'abord : autorisation \
         de travail en France ; peu de données ont pu être comparées, mieux vaut d'abord compléter les \
         profils.",
    );
    recommends(
        &Recommendation::KnockedOut {
            failed: listed(&[Topic::Licence("B")]),
            checks: listed(&[]),
        },
        "To be pursued only if this must-have can still be met: B.",
        "À poursuivre seulement si cette condition indispensable peut encore être remplie : B.",
    );
    recommends(
        &Recommendation::KnockedOut {
            failed: listed(&[Topic::Skill("Rust"), Topic::Language("en")]),
            checks: listed(&[Topic::Criterion(Criterion::Location)]),
        },
        "To be pursued only if these must-haves can still be met: Rust and English; check as well: \
         the place of work.",
        "À poursuivre seulement si ces conditions indispensables peuvent encore être remplies : \
         Rust et anglais ; à vérifier aussi : le lieu de travail.",
    );
    recommends(
        &Recommendation::NotComparable,
        "Not enough data to compare: the two profiles state nothing in common.",
        "Pas assez de données pour comparer : le profil et l'annonce n'ont aucune information en \
         commun.",
    );
    for criterion in Criterion::ALL {
        let topics = [Topic::Criterion(criterion)];
        let recommendation = with(Category::Good, &topics, &[], false);
        let statement = Statement::Recommendation(Box::new(recommendation));
        let [english, french] = Language::ALL.map(|language| statement.rendered(language));
        says(&statement, &english, &french.replace('\u{a0}', " "));
    }
}

#[test]
fn a_recommendation_with_an_obstacle_names_it_instead_of_the_fit() {
    let contract = ContractFacts {
        offered: ContractType::Internship,
        wanted: false,
        types_wanted: vec![ContractType::Permanent],
    };
    let salary = SalaryFacts {
        offered_per_year: Number(7_800.0),
        asked_per_year: Number(60_000.0),
        currency: Some("EUR".into()),
        offered: None,
        requested: None,
        offered_bound: PayBound::AtMost,
        asked_bound: PayBound::AtLeast,
    };
    let years = ExperienceFacts {
        min: Some(Number(5.0)),
        max: None,
        actual: Some(Number(1.0)),
        counted: None,
        relevant: None,
        other: None,
    };
    let titles = TitleFacts {
        title_required: "Junior developer".into(),
        closest: "Lead developer".into(),
        past: false,
        in_summary: false,
        seniority_steps: Some(3),
    };
    let with = |category, obstacles: &[Topic<'_>], english, french| {
        let recommendation = Recommendation::Fit {
            category,
            obstacles: listed(obstacles),
            unnamed: (1, 3),
            topics: listed(&[]),
            checks: listed(&[]),
            is_thin: false,
        };
        recommends(&recommendation, english, french);
    };
    with(
        Category::Good,
        &[Topic::Contract(&contract), Topic::Pay(&salary)],
        "Good score; obstacles: the contract (internship offered, permanent wanted) and pay (up to \
         €7,800 a year offered, at least €60,000 a year asked for); settle this before an interview; \
         required skills to be confirmed: 1 of 3.",
        "Bon score ; des obstacles : le contrat (proposé : stage ; souhaité : CDI) et la rémunération \
         (offre jusqu'à 7 800 € par an, demande d'au moins 60 000 € par an) ; à régler avant un \
         entretien ; compétences requises à confirmer : 1 sur 3.",
    );
    with(
        Category::Weak,
        &[Topic::Years(&years)],
        "Weak fit: compare with other candidates first; an obstacle: experience (1 year, 5 asked for); \
         required skills to be confirmed: 1 of 3.",
        "Correspondance faible : à comparer d'abord avec d'autres profils ; un obstacle : l'expérience \
         (1 an au lieu de 5) ; compétences requises à confirmer : 1 sur 3.",
    );
    with(
        Category::Moderate,
        &[Topic::Seniority(&titles)],
        "Medium score: compare with other candidates; an obstacle: the level of the titles \
         (\u{201c}Lead developer\u{201d} in the profile, \u{201c}Junior developer\u{201d} offered); required \
         skills to be confirmed: 1 of 3.",
        "Score moyen : à comparer avec d'autres profils ; un obstacle : le niveau des intitulés \
         (« Lead developer » dans le profil, « Junior developer » proposé) ; compétences requises à \
         confirmer : 1 sur 3.",
    );
}

#[test]
fn a_name_that_ends_with_a_full_stop_does_not_double_it() {
    for (name, english) in [
        ("Vue.js etc.", "Vue.js etc."),
        ("0..", "0."),
        ("0...", "0."),
        ("0 . .", "0."),
    ] {
        says(
            &Statement::UnnamedSkills(shown(&[(name, None)])),
            &format!("Required skill not named word for word in the profile: {english}"),
            &format!("Compétence requise non nommée mot pour mot dans le profil : {english}"),
        );
    }
}

#[test]
fn only_a_stated_limit_is_told() {
    let facts = |limit, stated| LocationFacts {
        proximity: Some(Proximity::Measured),
        distance_km: Some(Number(62.0)),
        limit_km: Some(Number(limit)),
        limit_km_stated: stated,
        ..LocationFacts::default()
    };
    says(
        &Statement::Location(facts(50.0, None), None),
        "Lives 62 km from the place of work (no limit stated).",
        "Habite à 62 km du lieu de travail (sans limite indiquée).",
    );
    says(
        &Statement::Location(facts(45.0, Some(Number(30.0))), None),
        "Lives 62 km from the place of work (limit 30 km).",
        "Habite à 62 km du lieu de travail (limite : 30 km).",
    );
}

#[test]
fn remote_work_from_another_country_is_a_question_to_the_employer() {
    let posting = json!({
        "title": "Python engineer",
        "required_skills": ["Python"],
        "remote": "remote",
        "location": {"city": "Amsterdam", "country": "NL"},
    });
    let candidate = json!({
        "title": "Python engineer",
        "skills": ["Python"],
        "remote": "remote",
        "location": {"city": "Lisbon", "country": "PT"},
    });
    let document = rendered(&candidate, &posting, Language::English);
    assert_eq!(
        document["gaps"],
        json!([
            "Lives in Portugal, and the job is in the Netherlands; check with the employer whether \
                the remote work may be done from there."
        ])
    );
    let recommendation = document["recommendation"].as_str().unwrap();
    assert!(
        recommendation.contains("an obstacle: remote work from another country"),
        "{recommendation}"
    );
    assert_eq!(document["questions"], json!([]));
}

#[test]
fn every_shortfall_is_a_gap_at_any_cost() {
    let posting = json!({
        "title": "Comptable",
        "experience_years": {"min": 8},
        "languages": [{"language": "anglais", "level": "C1"}, {"language": "français", "level": "B2"}],
        "salary": {"max": 37_200, "currency": "EUR"},
    });
    let candidate = json!({
        "title": "Comptable",
        "experience_years": 7,
        "languages": [{"language": "anglais", "level": "B2"}, {"language": "français", "level": "natif"}],
        "salary": {"min": 38_000, "currency": "EUR"},
    });
    let document = rendered(&candidate, &posting, Language::French);
    let gaps: Vec<&str> = document["gaps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|gap| gap.as_str().unwrap())
        .collect();
    for beginning in [
        "7 ans d'expérience",
        "Langues\u{a0}: anglais B2 (C1 demandé).",
        "Demande au moins 38",
    ] {
        assert!(
            gaps.iter().any(|gap| gap.starts_with(beginning)),
            "{beginning}: {gaps:?}"
        );
    }
    for criterion in ["experience", "languages", "salary"] {
        assert!(
            document["criteria"][criterion]["score"].as_f64().unwrap() >= 0.6,
            "{criterion}"
        );
    }
}

#[test]
fn unjudged_criteria_are_one_sentence() {
    let criteria = [Criterion::Experience, Criterion::Salary];
    says(
        &Statement::NotJudged {
            silent: listed(&criteria),
            in_summary: listed(&[]),
            described: listed(&[]),
        },
        "Not compared, blank in the profile: experience and pay.",
        "Non comparé, faute d'indication dans le profil : l'expérience et la rémunération.",
    );
    says(
        &Statement::NotJudged {
            silent: listed(&[Criterion::Salary]),
            in_summary: listed(&[Criterion::Languages]),
            described: listed(&[Criterion::Experience, Criterion::Education]),
        },
        "Not compared, blank in the profile: pay. Not compared, stated only in the summary of the \
         profile: languages. Not compared, stated only in the text of the posting: experience and \
         education.",
        "Non comparé, faute d'indication dans le profil : la rémunération. Non comparé, indiqué seulement \
         dans le résumé du profil : les langues. Non comparé, indiqué seulement dans le texte de \
         l'annonce : l'expérience et la formation.",
    );
}

#[test]
fn statements_only_in_the_summary_are_quoted_instead_of_asked() {
    let posting = json!({
        "title": "Boulanger",
        "experience_years": {"min": 5},
        "education": "CAP",
        "languages": ["anglais"],
    });
    let candidate = json!({
        "title": "Boulanger",
        "summary": "Boulanger depuis 12 ans, pain et viennoiserie. Titulaire d'un CAP boulanger. Anglais \
                    courant, allemand scolaire.",
    });
    let document = rendered(&candidate, &posting, Language::French);
    for (criterion, said) in [
        ("experience", "Boulanger depuis 12 ans"),
        ("education", "Titulaire d'un CAP boulanger"),
        ("languages", "Anglais courant"),
    ] {
        let entry = &document["criteria"][criterion];
        assert_eq!(entry["score"], Value::Null, "{criterion}");
        assert_eq!(entry["told"]["quote"], said);
        let reason = entry["reason"].as_str().unwrap();
        assert!(
            reason.ends_with(&format!(
                "; le résumé dit «\u{a0}{said}\u{a0}» (à confirmer)."
            )),
            "{reason}"
        );
    }
    assert_eq!(document["questions"], json!([]));
    assert_eq!(
        document["not_judged"],
        "Non comparé, indiqué seulement dans le résumé du profil\u{a0}: l'expérience, la formation et les langues."
    );
    let described = json!({
        "title": "Boulanger",
        "description": "Vous avez au moins 3 ans d'expérience et un CAP boulanger.",
    });
    let document = rendered(&candidate, &described, Language::French);
    assert_eq!(
        document["criteria"]["experience"]["reason"],
        "Non comparé, faute d'indication des deux côtés\u{a0}: années d'expérience\u{a0}; l'annonce dit \
         «\u{a0}Vous avez au moins 3 ans d'expérience et un CAP boulanger\u{a0}» (à confirmer)."
    );
    assert_eq!(
        document["not_judged"],
        "Non comparé, indiqué seulement dans le texte de l'annonce\u{a0}: l'expérience et la formation."
    );
    let silent = json!({"title": "Boulanger", "summary": "Pain et viennoiserie, travail de nuit."});
    let document = rendered(&silent, &posting, Language::French);
    assert_eq!(document["criteria"]["experience"].get("told"), None);
    assert_eq!(document["questions"].as_array().unwrap().len(), 3);
}

#[test]
fn questions_are_complete_sentences_in_both_languages() {
    use questions::Question;
    let english = language_fact("en", Some(LanguageLevel::C1), Some(LanguageLevel::B2), true);
    let asks = |question, in_english: &str, in_french: &str| {
        let statement = Statement::Question(question);
        assert_eq!(statement.rendered(Language::English), in_english);
        let rendered = statement.rendered(Language::French);
        assert!(
            !rendered.contains(" ?") && !rendered.contains(" :"),
            "{rendered}"
        );
        assert_eq!(rendered.replace('\u{a0}', " "), in_french);
    };
    asks(
        Question::Language(&english),
        "What can you do at work in English (C1 is asked for)?",
        "Que savez-vous faire au travail en anglais (C1 demandé) ?",
    );
    asks(
        Question::MustHave(Topic::Language("en")),
        "How well do you speak and write English, and where have you used it?",
        "Quel est votre niveau en anglais, et où utilisez-vous cette langue ?",
    );
    let years = |min, actual| ExperienceFacts {
        min: Some(Number(min)),
        max: None,
        actual: Some(Number(actual)),
        counted: None,
        relevant: None,
        other: None,
    };
    let experience = years(1.0, 0.5);
    asks(
        Question::Years(&experience),
        "1 year of experience is asked for: what else counts beside the 0.5 years in your profile?",
        "L'annonce demande 1 an d'expérience : quelle autre expérience compte, en plus de celle de votre \
         profil (0,5 an) ?",
    );
    let experience = years(4.0, 0.0);
    asks(
        Question::Years(&experience),
        "4 years of experience are asked for: what have you done that prepares you for this job?",
        "L'annonce demande 4 ans d'expérience : qu'est-ce qui, dans votre parcours, vous prépare à ce \
         travail ?",
    );
    let mixed = ExperienceFacts {
        counted: Some(Number(3.0)),
        ..years(4.0, 9.0)
    };
    asks(
        Question::Years(&mixed),
        "4 years of experience are asked for: how many of your years were spent on such work?",
        "L'annonce demande 4 ans d'expérience : combien de vos années l'ont été dans un tel travail ?",
    );
    for (place, mode, in_english, in_french) in [
        (
            true,
            None,
            "Would the place of work suit you?",
            "Le lieu de travail vous conviendrait-il ?",
        ),
        (
            true,
            Some(RemoteMode::Onsite),
            "Would on-site work at this place suit you?",
            "Un travail sur site, en ce lieu, vous conviendrait-il ?",
        ),
        (
            false,
            Some(RemoteMode::Hybrid),
            "Would hybrid work suit you?",
            "Un travail en mode hybride vous conviendrait-il ?",
        ),
    ] {
        asks(
            Question::Location {
                place,
                mode,
                city: None,
            },
            in_english,
            in_french,
        );
    }
    asks(
        Question::MustHave(Topic::Licence("B")),
        "Do you hold this licence or certificate: B?",
        "Avez-vous ce permis, certificat ou titre : B ?",
    );
    for criterion in Criterion::ALL {
        let question = Question::Unknown(criterion);
        let rendered =
            Language::ALL.map(|language| Statement::Question(question).rendered(language));
        assert!(
            rendered[0].ends_with('?') && rendered[1].ends_with("\u{a0}?"),
            "{rendered:?}"
        );
    }
}

#[test]
fn questions_address_the_heaviest_criteria_of_the_posting() {
    let questions = |candidate: &Value, posting: &Value| -> Vec<String> {
        let engine = Engine::new(Weights::default());
        let candidate = engine.compile_candidate(&Candidate::from_document(candidate).unwrap());
        let posting = engine.compile_job_posting(&JobPosting::from_document(posting).unwrap());
        let document = engine
            .score(&candidate, &posting)
            .to_document(None, None, "");
        let document: Value = serde_json::from_str(&document).unwrap();
        serde_json::from_value(document["questions"].clone()).unwrap()
    };
    assert_eq!(
        questions(
            &json!({"title": "Formateur", "skills": ["Excel"]}),
            &json!({"title": "Formateur", "required_skills": ["Excel", "permis B", "Kubernetes"],
                    "licences": ["CACES R489"], "experience_years": 3}),
        ),
        [
            "Do you hold this licence or certificate: CACES R489?",
            "Required, but not named word for word in your profile: Kubernetes and permis B. Which of these \
             can you show, and how?",
            "How many years of experience do you have in this kind of work?",
        ]
    );
    let contract = questions(
        &json!({"title": "Java developer", "skills": ["Java"], "contract_types": ["permanent"]}),
        &json!({"title": "Java developer", "required_skills": ["Java"],
                "contract_type": "internship"}),
    );
    assert_eq!(
        contract,
        ["Would you take the contract that is offered (internship)?"]
    );
    let in_full = questions(
        &json!({"title": "Rust developer", "skills": ["Rust"]}),
        &json!({"title": "Rust developer", "required_skills": ["Rust"]}),
    );
    assert!(in_full.is_empty());
    let answered_by_the_summary = questions(
        &json!({"title": "Infirmière", "summary": "Je pose les perfusions chaque jour."}),
        &json!({"title": "Infirmière", "required_skills": ["pose de perfusions"]}),
    );
    assert!(
        answered_by_the_summary.is_empty(),
        "{answered_by_the_summary:?}"
    );
}

fn rendered(candidate: &Value, posting: &Value, language: Language) -> Value {
    let engine = Engine::new(Weights::default());
    let candidate = engine.compile_candidate(&Candidate::from_document(candidate).unwrap());
    let posting = engine.compile_job_posting(&JobPosting::from_document(posting).unwrap());
    let document = (engine.score(&candidate, &posting)).to_document_in(language, None, None, "");
    serde_json::from_str(&document).unwrap()
}

#[test]
fn years_of_unrelated_work_are_not_a_strength() {
    let posting = json!({"title": "Frontend Developer", "experience_years": 3});
    for (title, is_strength) in [("Electrician", false), ("Frontend Developer", true)] {
        let candidate = json!({"title": title, "experience_years": 10});
        for (language, years) in [
            (Language::English, "10 years"),
            (Language::French, "10 ans"),
        ] {
            let document = rendered(&candidate, &posting, language);
            let strengths = document["strengths"].as_array().unwrap();
            let states = strengths
                .iter()
                .any(|strength| strength.as_str().unwrap().starts_with(years));
            assert_eq!(states, is_strength, "{title}: {strengths:?}");
        }
    }
}

#[test]
fn a_licence_named_only_in_the_summary_is_quoted() {
    let candidate = json!({"summary": "Menuisier depuis 20 ans, pose de cuisines. Permis B."});
    let posting = json!({"title": "Menuisier", "description": "Pose de cuisines. Permis B exigé.",
        "licences": ["Permis B"]});
    for (language, expected) in [
        (
            Language::English,
            "Licence or certificate to be checked: Permis B; the summary says \u{201c}Permis B\u{201d}.",
        ),
        (
            Language::French,
            "Permis, certificat ou titre à vérifier : Permis B ; le résumé dit « Permis B ».",
        ),
    ] {
        let document = rendered(&candidate, &posting, language);
        let sentence = document["knockouts"][0]["sentence"].as_str();
        let sentence = sentence
            .or(document["knockouts"][0]["reason"].as_str())
            .unwrap();
        assert_eq!(sentence.replace('\u{a0}', " "), expected);
    }
}

#[test]
fn far_more_years_than_requested_are_a_gap() {
    let posting = json!({"title": "Comptable", "experience_years": {"min": 0, "max": 3}});
    for (years, is_gap) in [(22, true), (13, true), (5, false), (3, false)] {
        let candidate = json!({"title": "Comptable", "experience_years": years});
        for (language, end) in [
            (Language::English, "0 to 3 asked."),
            (Language::French, "0 à 3 demandés."),
        ] {
            let document = rendered(&candidate, &posting, language);
            let gaps = document["gaps"].as_array().unwrap();
            let states = gaps.iter().any(|gap| gap.as_str().unwrap().ends_with(end));
            assert_eq!(states, is_gap, "{years}: {gaps:?}");
        }
    }
}

#[test]
fn a_candidate_free_now_is_described_as_available() {
    let posting = json!({"title": "Receptionist", "start_date": "2026-12-01"});
    for free in ["now", "immédiatement"] {
        let candidate = json!({"title": "Receptionist", "available_from": free});
        let document = rendered(&candidate, &posting, Language::English);
        assert_eq!(document["criteria"]["availability"]["score"], 1.0);
        assert_eq!(document["not_judged"], Value::Null);
    }
}

#[test]
fn a_text_without_work_is_described_as_such() {
    let posting = json!({"title": "Vendeur", "description": "Poste à pourvoir rapidement."});
    let candidate = json!({"title": "Vendeur",
        "summary": "Bonjour, je suis motivée. Merci de lire ma candidature."});
    let document = rendered(&candidate, &posting, Language::French);
    assert_eq!(
        document["criteria"]["text"]["reason"],
        "Le profil n'a pas de résumé qui parle du travail."
    );
}

#[test]
fn pay_is_shown_in_its_stated_unit() {
    use crate::profiles::salary::SalaryPeriod::{self, Day, Hour, Month, Year};
    let stated = |amount: f64, period: SalaryPeriod, net: bool| {
        Some(StatedPayFact {
            amount: Number(amount),
            period,
            currency: None,
            net,
        })
    };
    let facts = |per_year: (f64, f64), requested, offered| SalaryFacts {
        asked_per_year: Number(per_year.0),
        offered_per_year: Number(per_year.1),
        currency: Some("EUR".into()),
        requested,
        offered,
        offered_bound: PayBound::AtMost,
        asked_bound: PayBound::AtLeast,
    };
    for (facts, english, french) in [
        (
            facts((109_000.0, 60_000.0), stated(500.0, Day, false), None),
            "Asks for at least €500 a day; up to €60,000 a year offered.",
            "Demande au moins 500 € par jour ; l'offre va jusqu'à 60 000 € par an.",
        ),
        (
            facts(
                (109_000.0, 98_100.0),
                stated(500.0, Day, false),
                stated(450.0, Day, false),
            ),
            "Asks for at least €500 a day; up to €450 a day offered.",
            "Demande au moins 500 € par jour ; l'offre va jusqu'à 450 € par jour.",
        ),
        (
            facts(
                (22_750.0, 30_000.0),
                stated(12.5, Hour, false),
                stated(2_500.0, Month, false),
            ),
            "Asks for at least €12.50 an hour; up to €2,500 a month offered.",
            "Demande au moins 12,50 € par heure ; l'offre va jusqu'à 2 500 € par mois.",
        ),
        (
            facts(
                (24_000.0, 26_400.0),
                stated(2_000.0, Month, true),
                stated(2_200.0, Month, false),
            ),
            "Asks for at least €2,000 net a month; up to €2,200 a month offered; check whether gross \
             or net is meant.",
            "Demande au moins 2 000 € net par mois ; l'offre va jusqu'à 2 200 € par mois ; brut ou \
             net, à vérifier.",
        ),
        (
            facts((30_000.0, 38_000.0), stated(30_000.0, Year, true), None),
            "Asks for at least €30,000 net a year; up to €38,000 a year offered; check whether gross \
             or net is meant.",
            "Demande au moins 30 000 € net par an ; l'offre va jusqu'à 38 000 € par an ; brut ou net, \
             à vérifier.",
        ),
    ] {
        says(
            &Statement::Fields(FieldFacts::Salary(&facts)),
            english,
            french,
        );
    }
}

#[test]
fn an_obstacle_of_pay_names_both_sides_as_stated() {
    use crate::profiles::salary::SalaryPeriod::Day;
    let stated = |amount: f64| {
        Some(StatedPayFact {
            amount: Number(amount),
            period: Day,
            currency: None,
            net: false,
        })
    };
    let facts = SalaryFacts {
        asked_per_year: Number(109_000.0),
        offered_per_year: Number(65_400.0),
        currency: Some("EUR".into()),
        requested: stated(500.0),
        offered: stated(300.0),
        offered_bound: PayBound::AtMost,
        asked_bound: PayBound::AtLeast,
    };
    let recommendation = Recommendation::Fit {
        category: Category::Excellent,
        obstacles: listed(&[Topic::Pay(&facts)]),
        unnamed: (0, 0),
        topics: listed(&[]),
        checks: listed(&[]),
        is_thin: false,
    };
    recommends(
        &recommendation,
        "Excellent score; an obstacle: pay (up to €300 a day offered, at least €500 a day asked for); \
         settle this before an interview.",
        "Excellent score ; un obstacle : la rémunération (offre jusqu'à 300 € par jour, demande d'au \
         moins 500 € par jour) ; à régler avant un entretien.",
    );
}

#[test]
fn pay_of_another_period_is_a_question_and_nothing_else() {
    let document = document_of(
        json!({"title": "Comptable", "salary": {"min": 45_000, "currency": "EUR", "period": "year"}}),
        json!({"title": "Comptable", "salary": {"max": 2_000, "currency": "EUR", "period": "month"}}),
        Language::English,
    );
    assert_eq!(
        list(&document, "questions"),
        [
            "The pay offered goes up to €2,000 a month, and you ask for at least €45,000 a year: would \
             that do?"
        ]
    );
    assert_eq!(list(&document, "gaps"), [] as [&str; 0]);
    let recommendation = document["recommendation"].as_str().unwrap();
    assert!(!recommendation.contains("obstacle"), "{recommendation}");
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the cases write their profiles in place"
)]
fn document_of(candidate: Value, posting: Value, language: Language) -> Value {
    let engine = Engine::new(Weights::default());
    let candidate = Candidate::from_document(&candidate).unwrap();
    let posting = JobPosting::from_document(&posting).unwrap();
    let assessment = engine.score(
        &engine.compile_candidate(&candidate),
        &engine.compile_job_posting(&posting),
    );
    let document = assessment.to_document_in(language, None, None, "T");
    serde_json::from_str(&document).unwrap()
}

/// Returns the sentences of a list, with plain spaces.
fn list(document: &Value, list: &str) -> Vec<String> {
    let list = document[list].as_array().unwrap().iter();
    let sentence = |one: &Value| {
        one.get("sentence")
            .unwrap_or(one)
            .as_str()
            .map(str::to_owned)
    };
    list.filter_map(sentence)
        .map(|sentence| sentence.replace('\u{a0}', " "))
        .collect()
}

#[test]
fn a_licence_also_requested_as_a_skill_is_mentioned_once() {
    let document = document_of(
        json!({"title": "Soudeur", "skills": ["soudage"], "licences": ["CACES 1"]}),
        json!({
            "title": "Soudeur", "required_skills": ["permis B", "soudage", "TIG"],
            "licences": ["permis B"]
        }),
        Language::French,
    );
    assert_eq!(
        list(&document, "counterfactuals"),
        ["En cas de confirmation de « permis B » : +0,35."]
    );
    let gaps = list(&document, "gaps");
    let of_licence = gaps.iter().filter(|gap| gap.contains("permis B"));
    assert_eq!(of_licence.count(), 1, "{gaps:?}");
}

#[test]
fn a_language_also_requested_as_a_skill_is_mentioned_once() {
    let document = document_of(
        json!({"title": "Assistant", "skills": ["Excel"], "languages": ["fr native"]}),
        json!({
            "title": "Assistant", "required_skills": ["Excel", "English", "SAP"],
            "languages": [{"code": "en", "level": "B2"}]
        }),
        Language::English,
    );
    // Nobody learns a language to a working level for one job.
    for (part, count) in [("gaps", 1), ("questions", 1), ("counterfactuals", 0)] {
        let sentences = list(&document, part);
        let of_language = sentences.iter().filter(|one| one.contains("English"));
        assert_eq!(of_language.count(), count, "{sentences:?}");
    }
}

#[test]
fn a_title_or_credential_among_skills_is_held_and_not_used() {
    let document = |language| {
        document_of(
            json!({"title": "Care assistant", "skills": ["hygiene"]}),
            json!({
                "title": "Nurse",
                "required_skills": ["registered nurse", "PMP", "habilitations électriques", "hygiene"]
            }),
            language,
        )
    };
    let english = document(Language::English);
    let questions = list(&english, "questions");
    assert!(
        !questions.iter().any(|one| one.contains("used")),
        "{questions:?}"
    );
    let changes = list(&english, "counterfactuals");
    assert!(
        changes
            .iter()
            .any(|one| one.starts_with("If \u{201c}registered nurse\u{201d} is confirmed: "))
    );
    let french = list(&document(Language::French), "questions");
    assert!(
        !french.iter().any(|one| one.contains("pratiqué")),
        "{french:?}"
    );
}

#[test]
fn a_skill_with_a_tiny_gain_is_not_suggested() {
    let text = "Infirmière en EHPAD : soins, pansements, distribution des médicaments, \
                transmissions, accompagnement des résidents et de leurs familles.";
    let document = document_of(
        json!({"summary": text}),
        json!({
            "title": "Infirmier en EHPAD", "description": text,
            "required_skills": ["pesée", "gériatrie", "Netsoins", "plaies", "perfusion", "bientraitance",
                                "hygiène", "tutorat", "HAS", "planning"]
        }),
        Language::French,
    );
    for change in document["counterfactuals"].as_array().unwrap() {
        assert!(change["gain"].as_f64().unwrap() >= 0.015, "{change}");
    }
    let others = document["other_changes"].as_array().unwrap();
    assert!(others.iter().any(|change| change["change"] == "add_skill"));
}

#[test]
fn places_are_named_with_their_distance() {
    let named = |proximity, home: Option<&'static str>| LocationFacts {
        proximity: Some(proximity),
        candidate_city: home.map(Cow::Borrowed),
        job_city: Some("Lyon".into()),
        ..LocationFacts::default()
    };
    for (facts, english, french) in [
        (
            named(Proximity::OtherCity, Some("Dijon")),
            "Lives in Dijon, and the job is in Lyon.",
            "Ville de résidence : Dijon ; ville du poste : Lyon.",
        ),
        (
            named(Proximity::SameCity, None),
            "Lives in the city of the job, Lyon.",
            "Habite la ville du poste, Lyon.",
        ),
        (
            LocationFacts {
                distance_km: Some(Number(45.0)),
                limit_km: Some(Number(30.0)),
                limit_km_stated: Some(Number(30.0)),
                ..named(Proximity::Measured, Some("Vienne"))
            },
            "Lives in Vienne, 45 km from the place of work, Lyon (limit 30 km).",
            "Habite Vienne, à 45 km du lieu de travail, Lyon (limite : 30 km).",
        ),
        (
            LocationFacts {
                candidate_country: Some("ch".into()),
                job_country: Some("fr".into()),
                ..named(Proximity::OtherCountry, Some("Genève"))
            },
            "Lives in Switzerland, and the job is in France.",
            "Pays de résidence : Suisse ; pays du poste : France.",
        ),
    ] {
        says(&Statement::Location(facts, None), english, french);
    }
}

#[test]
fn remote_work_in_the_home_city_names_the_city() {
    let document = document_of(
        json!({"title": "Développeur", "location": {"city": "69003 Lyon", "country": "FR"}}),
        json!({
            "title": "Développeur", "remote": "remote",
            "location": {"city": "Lyon", "country": "FR"}
        }),
        Language::English,
    );
    let strengths = list(&document, "strengths");
    assert!(
        strengths
            .iter()
            .any(|one| one == "Lives in the city of the job, Lyon."),
        "{strengths:?}"
    );
}

#[test]
fn a_single_amount_of_pay_is_not_an_upper_bound() {
    let pay = |posting: Value| {
        let document = document_of(
            json!({"title": "Comptable", "salary": {"min": 30000, "currency": "EUR"}}),
            json!({"title": "Comptable", "salary": posting}),
            Language::English,
        );
        let mut strengths = list(&document, "strengths");
        strengths.retain(|one| one.starts_with("Asks"));
        strengths.concat()
    };
    for (posting, sentence) in [
        (
            json!({"min": 38000, "max": 38000, "currency": "EUR"}),
            "Asks for at least €30,000 a year; €38,000 offered.",
        ),
        (
            json!({"max": 38000, "currency": "EUR"}),
            "Asks for at least €30,000 a year; up to €38,000 offered.",
        ),
        (
            json!({"min": 38000, "currency": "EUR"}),
            "Asks for at least €30,000 a year; at least €38,000 offered.",
        ),
    ] {
        assert_eq!(pay(posting), sentence);
    }
}

#[test]
fn an_industry_of_another_name_is_no_gap() {
    let gaps = |industries: Value| {
        let document = document_of(
            json!({"title": "Comptable", "industries": industries}),
            json!({"title": "Comptable", "industry": "Banque"}),
            Language::English,
        );
        list(&document, "gaps")
    };
    assert_eq!(gaps(json!(["Viticulture", "Santé"])), Vec::<String>::new());
    assert_eq!(gaps(json!(["Viticulture"])), Vec::<String>::new());
}

#[test]
fn the_held_diploma_is_named() {
    for (education, sentence) in [
        (json!("DEAS"), "Formation : DEAS, au niveau demandé."),
        (
            json!({"level": "secondary", "diploma": "DEAS"}),
            "Formation : DEAS, au niveau demandé.",
        ),
        (
            json!({"level": "secondary"}),
            "Formation : baccalauréat, comme demandé.",
        ),
    ] {
        let document = document_of(
            json!({"title": "Aide-soignant", "education": education}),
            json!({"title": "Aide-soignant", "education": {"level": "secondary"}}),
            Language::French,
        );
        let strengths = list(&document, "strengths");
        assert!(strengths.iter().any(|one| one == sentence), "{strengths:?}");
    }
}

#[test]
fn terms_stated_in_the_summary_are_quoted_and_not_asked() {
    let document = document_of(
        json!({
            "title": "Soudeur", "skills": ["soudage"],
            "summary": "Soudeur en chaudronnerie. Je cherche un CDI. Disponible immédiatement."
        }),
        json!({
            "title": "Soudeur", "required_skills": ["soudage"], "contract_type": "CDI",
            "start_date": "2027-01-04", "salary": {"max": 30000, "currency": "EUR"}
        }),
        Language::French,
    );
    let contract = &document["criteria"]["contract"];
    assert_eq!(contract["told"]["quote"], "Je cherche un CDI");
    assert_eq!(
        list(&document, "questions"),
        ["Quelle rémunération attendez-vous ?"]
    );
}

#[test]
fn an_exceeded_limit_and_an_unwanted_way_of_working_are_no_strengths() {
    let home = |mode: &str, limit: u32, relocates: Value| {
        json!({
            "title": "Soudeur", "remote": mode, "max_distance_km": limit,
            "willing_to_relocate": relocates,
            "location": {"city": "Lyon", "country": "FR", "lat": 45.764, "lon": 4.8357}
        })
    };
    let posting = json!({
        "title": "Soudeur", "remote": "hybrid",
        "location": {"city": "Vienne", "country": "FR", "lat": 45.525, "lon": 4.874}
    });
    for (candidate, strength) in [
        (
            home("hybrid", 20, json!(null)),
            Some("Wants hybrid work, as offered."),
        ),
        (
            home("hybrid", 5, json!(true)),
            Some("Would relocate; wants hybrid work, as offered."),
        ),
        (home("onsite", 20, json!(null)), None),
        (
            home("hybrid", 40, json!(null)),
            Some(
                "Lives in Lyon, 27 km from the place of work, Vienne (limit 40 km); wants hybrid work, as \
                 offered.",
            ),
        ),
    ] {
        let document = document_of(candidate.clone(), posting.clone(), Language::English);
        let mut strengths = list(&document, "strengths");
        strengths.retain(|one| one.contains("work") && !one.starts_with("The summary"));
        assert_eq!(
            strengths.first().map(String::as_str),
            strength,
            "{candidate}"
        );
    }
}

#[test]
fn texts_that_widen_or_narrow_the_place_are_quoted() {
    let paris = json!({"city": "Paris", "country": "FR", "lat": 48.8566, "lon": 2.3522});
    let dublin = json!({"city": "Dublin", "country": "IE", "lat": 53.3498, "lon": -6.2603});
    let document = |summary: &str, description: &str, mode: &str| {
        document_of(
            json!({"title": "Nurse", "location": dublin, "summary": summary}),
            json!({
                "title": "Nurse", "location": paris, "remote": mode, "description": description
            }),
            Language::English,
        )
    };
    for (summary, quote) in [
        (
            "Nurse. Open to Paris or Lyon.",
            Some("Open to Paris or Lyon"),
        ),
        (
            "Nurse on wards. Brussels, Lille or Paris would all work.",
            Some("Brussels, Lille or Paris would all work"),
        ),
        (
            "Nurse. Looking for a fully remote role.",
            Some("Looking for a fully remote role"),
        ),
        ("Nurse. Open to night shifts from April.", None),
        ("Nurse who settles arguments over the remote.", None),
    ] {
        let document = document(summary, "", "onsite");
        let told = &document["criteria"]["location"]["told"]["quote"];
        assert_eq!(told.as_str(), quote, "{summary}");
        let gaps = list(&document, "gaps");
        let is_quoted = |gap: &String| quote.is_some_and(|quote| gap.contains(quote));
        assert_eq!(gaps.iter().any(is_quoted), quote.is_some(), "{gaps:?}");
    }
    let named = document("Nurse. Open to Paris or Lyon.", "", "onsite");
    let questions = list(&named, "questions");
    assert!(
        !questions.iter().any(|one| one.contains("Paris")),
        "{questions:?}"
    );
    let narrowed = document("", "Nursing by telephone. EU residents only.", "remote");
    let told = &narrowed["criteria"]["location"]["told"];
    assert_eq!(told["field"], "description");
    assert_eq!(told["quote"], "EU residents only");
}

#[test]
fn requirements_that_another_field_states_are_not_told_as_missing() {
    let document = document_of(
        json!({
            "title": "Infirmière D.E.", "industries": ["Paiements en ligne"], "skills": ["Excel"],
            "languages": ["en C1"],
            "summary": "Je suis dans un service de médecine avec des équipes de nuit et de jour."
        }),
        json!({
            "title": "Nurse",
            "required_skills": ["registered nurse", "paiements en ligne", "French", "SAP"]
        }),
        Language::English,
    );
    assert_eq!(
        list(&document, "questions").first().map(String::as_str),
        Some(
            "Required, but not named word for word in your profile: SAP. Can you show it, and how?"
        )
    );
    let strengths = list(&document, "strengths");
    for evidence in [
        "registered nurse (\u{201c}Infirmière D.E.\u{201d})",
        "paiements en ligne (\u{201c}Paiements en ligne\u{201d})",
        "French (the language of the summary)",
    ] {
        assert!(
            strengths.iter().any(|one| one.contains(evidence)),
            "{strengths:?}"
        );
    }
    let changes = list(&document, "counterfactuals");
    assert!(
        !changes.iter().any(|one| one.contains("French")),
        "{changes:?}"
    );
}

#[test]
fn a_day_rate_is_no_strength_against_yearly_pay() {
    let strengths = |period: &str| {
        let document = document_of(
            json!({
                "title": "Développeur",
                "salary": {"min": 150, "currency": "EUR", "period": period}
            }),
            json!({"title": "Développeur", "salary": {"max": 90000, "currency": "EUR"}}),
            Language::English,
        );
        let mut strengths = list(&document, "strengths");
        strengths.retain(|one| one.starts_with("Asks"));
        strengths.len()
    };
    assert_eq!(strengths("day"), 0);
    assert_eq!(strengths("year"), 1);
}

#[test]
fn titles_of_other_work_are_no_gap() {
    let document = document_of(
        json!({"title": "Cuisinier", "skills": ["Excel"]}),
        json!({"title": "Développeur", "required_skills": ["Zendesk", "Shopify", "Gorgias"]}),
        Language::English,
    );
    assert_eq!(list(&document, "gaps"), [] as [&str; 0]);
}

#[test]
fn a_licence_of_one_class_is_no_evidence_for_another() {
    for (held, requested) in [("permis B", "permis CE"), ("CACES 1", "CACES 5")] {
        let document = document_of(
            json!({"title": "Conducteur", "skills": [held]}),
            json!({"title": "Conducteur", "required_skills": [requested]}),
            Language::French,
        );
        assert_eq!(
            document["criteria"]["skills"]["related"],
            json!([]),
            "{held}"
        );
        assert_eq!(
            list(&document, "questions").first().map(String::as_str),
            Some(
                format!(
                    "Requis, mais pas nommé mot pour mot dans votre profil : {requested}. Pouvez-vous \
                     justifier ce point, et comment ?"
                )
                .as_str()
            )
        );
    }
}

#[test]
fn certificates_are_asked_about_as_any_requirement() {
    let document = document_of(
        json!({"title": "Agent de sécurité", "skills": ["rondes", "first aid"]}),
        json!({
            "title": "Agent de sécurité",
            "required_skills": ["rondes", "carte professionnelle", "SSIAP 1", "AIPR"]
        }),
        Language::French,
    );
    assert_eq!(
        list(&document, "questions").first().map(String::as_str),
        Some(
            "Requis, mais pas nommés mot pour mot dans votre profil : AIPR, carte \
             professionnelle et SSIAP 1. Lesquels de ces points pouvez-vous justifier, et comment ?"
        )
    );
    assert_eq!(document["criteria"]["skills"]["related"], json!([]));
}

#[test]
fn one_met_language_does_not_hide_another_below_its_level() {
    let strengths = |english: &str| {
        let document = document_of(
            json!({"title": "Comptable", "languages": ["fr C2", english]}),
            json!({"title": "Comptable", "languages": ["fr C1", "en C1"]}),
            Language::English,
        );
        let mut strengths = list(&document, "strengths");
        strengths.retain(|one| one.starts_with("Languages"));
        strengths
    };
    assert_eq!(strengths("en B2"), Vec::<String>::new());
    assert_eq!(
        strengths("en C1"),
        ["Languages: English C1 (C1 asked); French C2 (C1 asked)."]
    );
}

#[test]
fn a_language_below_its_level_is_no_skill_that_the_candidate_has() {
    let document = |level: &str| {
        document_of(
            json!({
                "title": "Réceptionniste", "skills": ["accueil"], "languages": [level, "fr C2"]
            }),
            json!({
                "title": "Réceptionniste", "required_skills": ["accueil", "anglais"],
                "languages": ["en B2", "fr C1"]
            }),
            Language::English,
        )
    };
    let lacking = document("en B1");
    let strengths = list(&lacking, "strengths");
    assert!(
        strengths.contains(&"Required skill in the profile: accueil.".to_owned()),
        "{strengths:?}"
    );
    let gaps = list(&lacking, "gaps");
    assert!(gaps.contains(&"Languages: English B1 (B2 asked).".to_owned()));
    assert!(!gaps.iter().any(|gap| gap.contains("anglais")), "{gaps:?}");
    let strengths = list(&document("en B2"), "strengths");
    assert!(
        strengths
            .contains(&"All required skills are in the profile: accueil and anglais.".to_owned()),
        "{strengths:?}"
    );
}

#[test]
fn years_are_no_strength_unless_titles_or_skills_show_work_like_the_jobs() {
    let has_years = |title: &str, skill: &str| {
        let document = document_of(
            json!({"title": title, "skills": [skill], "experience_years": 9}),
            json!({
                "title": "Architecte d'intérieur", "required_skills": ["Revit", "Archicad"],
                "experience_years": {"min": 3}
            }),
            Language::English,
        );
        let strengths = list(&document, "strengths");
        strengths.iter().any(|one| one.starts_with("9 years"))
    };
    assert!(has_years("Architecte d'intérieur", "dessin"));
    assert!(has_years("Architecte", "Revit"));
    assert!(!has_years("Solution architect", "Java"));
    assert!(!has_years("Plombier", "Java"));
}

#[test]
fn a_level_of_education_in_an_unknown_field_is_no_strength() {
    let strengths = |field: Value| {
        let document = document_of(
            json!({"title": "Éducateur", "education": {"level": "bachelor", "field": field}}),
            json!({"title": "Éducateur", "education": {"level": "bachelor", "field": "DEES"}}),
            Language::English,
        );
        let mut strengths = list(&document, "strengths");
        strengths.retain(|one| one.starts_with("Education"));
        strengths.len()
    };
    assert_eq!(strengths(json!("PGCE")), 0);
    assert_eq!(strengths(json!("DEES")), 1);
}

#[test]
fn a_refused_move_answers_the_question_about_a_place_out_of_reach() {
    let questions = |relocates: Option<bool>| {
        let document = document_of(
            json!({
                "title": "Soudeur", "remote": "hybrid", "max_distance_km": 30,
                "willing_to_relocate": relocates,
                "location": {"city": "Lyon", "country": "FR", "lat": 45.764, "lon": 4.8357}
            }),
            json!({
                "title": "Soudeur", "remote": "onsite",
                "location": {"city": "Lille", "country": "FR", "lat": 50.6292, "lon": 3.0573}
            }),
            Language::English,
        );
        let mut questions = list(&document, "questions");
        questions.retain(|one| one.contains("Lille"));
        questions.len()
    };
    assert_eq!(questions(Some(false)), 0);
    assert_eq!(questions(None), 1);
}

#[test]
fn remote_work_that_the_postings_words_allow_from_abroad_is_no_obstacle() {
    for (title, description, is_allowed) in [
        ("Support agent", "You answer customers.", false),
        ("Support agent (remote, EU)", "You answer customers.", true),
        (
            "Support agent",
            "Remote from Belgium, France or Luxembourg.",
            true,
        ),
        ("Support agent", "Remote from Belgium or Germany.", false),
        (
            "Support agent",
            "Remote from Belgium, not from France.",
            false,
        ),
        (
            "Support agent France (remote)",
            "You answer customers.",
            false,
        ),
    ] {
        let document = document_of(
            json!({
                "title": "Support agent", "skills": ["Zendesk"], "remote": "remote",
                "location": {"city": "Paris", "country": "FR"}
            }),
            json!({
                "title": title, "required_skills": ["Zendesk"], "remote": "remote",
                "description": description, "location": {"city": "Brussels", "country": "BE"}
            }),
            Language::English,
        );
        let told = format!("{} {}", document["gaps"], document["recommendation"]);
        assert_eq!(
            !told.contains("the job is in Belgium") && !told.contains("another country"),
            is_allowed,
            "{title}, {description}: {told}"
        );
        assert!(
            !document["strengths"]
                .to_string()
                .contains("country of the job")
        );
    }
}

#[test]
fn a_skill_that_another_builds_on_is_asked_for_as_any_other() {
    let document = document_of(
        json!({"title": "Développeur", "skills": ["Python"]}),
        json!({"title": "Développeur", "required_skills": ["Python", "FastAPI"]}),
        Language::French,
    );
    assert_eq!(
        list(&document, "questions").first().map(String::as_str),
        Some(
            "Requis, mais pas nommé mot pour mot dans votre profil : FastAPI. Pouvez-vous justifier ce \
             point, et comment ?"
        )
    );
}

#[test]
fn a_beginner_is_not_asked_for_industries() {
    let asks = |years: f64| {
        let document = document_of(
            json!({"title": "Graphiste", "skills": ["Figma"], "experience_years": years}),
            json!({"title": "Graphiste", "required_skills": ["Figma"], "industry": "culture"}),
            Language::English,
        );
        list(&document, "questions").len()
    };
    assert_eq!(asks(0.0), 0);
    assert_eq!(asks(3.0), 1);
}

#[test]
fn a_bus_licence_is_shown_by_no_other_licence() {
    for held in ["permis B", "permis C", "driving licence"] {
        let document = document_of(
            json!({"title": "Conducteur", "skills": [held]}),
            json!({"title": "Conducteur", "required_skills": ["permis D"]}),
            Language::English,
        );
        let questions = list(&document, "questions").concat();
        let asked = "Required, but not named word for word in your profile: permis D. ";
        assert!(questions.starts_with(asked), "{held}: {questions}");
    }
    let document = document_of(
        json!({"title": "Conducteur", "summary": "Conducteur de bus, permis D et FIMO voyageurs."}),
        json!({"title": "Conducteur", "required_skills": ["permis D"]}),
        Language::English,
    );
    assert!(!document["questions"].to_string().contains("permis D"));
}

#[test]
fn a_skill_of_another_object_or_number_is_not_told_as_evidence() {
    for (held, requested) in [
        ("prévention des escarres", "prévention des chutes"),
        ("ISO 50001", "ISO 13485"),
        ("droit immobilier", "droit des contrats"),
    ] {
        let document = document_of(
            json!({"title": "Agent", "skills": [held, "Excel"]}),
            json!({"title": "Agent", "required_skills": [requested]}),
            Language::English,
        );
        assert_eq!(
            document["criteria"]["skills"]["related"],
            json!([]),
            "{held}"
        );
    }
}

#[test]
fn one_skill_is_recognised_in_other_words_or_in_the_other_language() {
    for (held, requested) in [
        ("relations sociales", "employee relations"),
        ("agenda", "gestion d'agenda"),
        ("marque employeur", "employer branding"),
        ("entretiens structurés", "structured interviewing"),
        ("ONG", "NGO experience"),
        ("chat", "live chat"),
        ("user research", "recherche utilisateur"),
        ("prototyping", "prototypage"),
    ] {
        let document = document_of(
            json!({"title": "Agent", "skills": [held]}),
            json!({"title": "Agent", "required_skills": [requested]}),
            Language::English,
        );
        assert_eq!(
            document["criteria"]["skills"]["missing"],
            json!([]),
            "{held} / {requested}"
        );
        assert_eq!(document["criteria"]["skills"]["matched"][0]["credit"], 1.0);
    }
}

#[test]
fn a_summary_that_names_another_region_makes_the_will_to_move_a_question() {
    let document = document_of(
        json!({
            "title": "Soudeur", "willing_to_relocate": true, "remote": "onsite",
            "summary": "Soudeur. Je recherche un poste en Alsace.",
            "location": {"city": "Lyon", "country": "FR", "lat": 45.764, "lon": 4.8357}
        }),
        json!({
            "title": "Soudeur", "remote": "onsite",
            "location": {"city": "Lille", "country": "FR", "lat": 50.6292, "lon": 3.0573}
        }),
        Language::English,
    );
    let strengths = list(&document, "strengths").concat();
    assert!(!strengths.contains("relocate"), "{strengths}");
    let questions = list(&document, "questions");
    let place = "Would the place of work, Lille, suit you?".to_owned();
    assert!(questions.contains(&place), "{questions:?}");
}

#[test]
fn a_move_to_other_places_than_the_jobs_is_no_strength_but_a_question() {
    let scored = |summary: &str, city: &str, point: [f64; 2]| {
        document_of(
            json!({
                "title": "Data analyst", "summary": summary, "willing_to_relocate": true,
                "location": {"city": "Dublin", "lat": 53.35, "lon": -6.26},
            }),
            json!({
                "title": "Data analyst",
                "location": {"city": city, "lat": point[0], "lon": point[1]},
            }),
            Language::English,
        )
    };
    let summary = "Data analyst in retail. I am moving to Brussels or northern France in May.";
    let elsewhere = scored(summary, "Nice", [43.7, 7.27]);
    let says = |document: &Value, part: &str, words: &str| {
        list(document, part)
            .iter()
            .any(|sentence| sentence.contains(words))
    };
    assert!(!says(&elsewhere, "strengths", "relocate"), "{elsewhere}");
    assert!(says(&elsewhere, "questions", "Nice"), "{elsewhere}");
    let wanted = scored(summary, "Brussels", [50.85, 4.35]);
    assert!(says(&wanted, "strengths", "relocate"), "{wanted}");
    for (open, city, point) in [
        (
            "Willing to relocate for the right job.",
            "Nice",
            [43.7, 7.27],
        ),
        (
            "Willing to relocate anywhere in France.",
            "Nice",
            [43.7, 7.27],
        ),
        ("Je suis mobile dans toute la France.", "Nice", [43.7, 7.27]),
        ("Open to relocating to Gent.", "Ghent", [51.05, 3.72]),
    ] {
        let document = scored(&format!("Data analyst in retail. {open}"), city, point);
        assert!(
            says(&document, "strengths", "relocate"),
            "{open}: {document}"
        );
    }
}

#[test]
fn a_day_rate_is_neither_gap_nor_obstacle_against_a_salary() {
    let document = document_of(
        json!({"title": "Recruteur", "salary": {"min": 350, "currency": "EUR", "period": "day"}}),
        json!({
            "title": "Recruteur",
            "salary": {"min": 40000, "max": 50000, "currency": "EUR", "period": "year"},
        }),
        Language::French,
    );
    let told = list(&document, "gaps").concat() + document["recommendation"].as_str().unwrap();
    assert!(!told.contains("350"), "{document}");
    let questions = list(&document, "questions").concat();
    assert!(questions.contains("La rémunération"), "{document}");
    assert_eq!(list(&document, "counterfactuals"), [] as [&str; 0]);
}

#[test]
fn a_soft_skill_is_asked_about_with_the_others_and_never_suggested() {
    let document = document_of(
        json!({"title": "Agent", "skills": ["Excel"]}),
        json!({"title": "Agent", "required_skills": ["Excel", "ponctualité", "WMS"]}),
        Language::French,
    );
    let told = |part| list(&document, part).concat();
    let questions = told("questions");
    assert!(
        questions.contains("WMS") && questions.contains("ponctualité"),
        "{questions}"
    );
    assert!(told("counterfactuals").contains("WMS"), "{document}");
    for part in ["gaps", "counterfactuals"] {
        assert!(!told(part).contains("ponctualité"), "{document}");
    }
}

#[test]
fn the_nearest_clause_is_shown_beside_a_skill_without_a_name() {
    let document = |language| {
        document_of(
            json!({
                "title": "Responsable", "skills": ["customs basics"],
                "summary": "J'ai négocié les loyers de dix magasins."
            }),
            json!({
                "title": "Responsable", "required_skills": ["déclaration en douane", "négociation"]
            }),
            language,
        )
    };
    let english = document(Language::English);
    let related = english["criteria"]["skills"]["related"].as_array().unwrap();
    assert_eq!(related.len(), 1, "{related:?}");
    assert_eq!(related[0]["relation"], "nearest");
    assert_eq!(
        list(&english, "questions").first().map(String::as_str),
        Some(
            "Required, but not named word for word in your profile: négociation (there: \u{201c}J'ai négocié \
             les loyers de dix magasins\u{201d}) and déclaration en douane. Which of these can you show, and \
             how?"
        )
    );
    assert_eq!(
        list(&document(Language::French), "questions")
            .first()
            .map(String::as_str),
        Some(
            "Requis, mais pas nommés mot pour mot dans votre profil : négociation (on y lit « J'ai négocié \
             les loyers de dix magasins ») et déclaration en douane. Lesquels de ces points pouvez-vous \
             justifier, et comment ?"
        )
    );
}

#[test]
fn words_that_only_resemble_a_requirement_are_not_quoted() {
    for (summary, requested) in [
        (
            "I write the review and change it afterwards.",
            "change management",
        ),
        (
            "Dix ans dans la grande distribution.",
            "distributed systems",
        ),
        ("We built one bakery in raw earth.", "pastry"),
    ] {
        let document = document_of(
            json!({"title": "Agent", "skills": ["WMS"], "summary": summary}),
            json!({"title": "Agent", "required_skills": ["WMS", requested]}),
            Language::English,
        );
        assert_eq!(document["criteria"]["skills"]["related"], json!([]));
    }
}

#[test]
fn gaps_are_certain_and_obstacles_come_first() {
    let document = document_of(
        json!({
            "title": "Comptable", "skills": ["Sage", "Excel"], "contract_types": ["permanent"],
            "available_from": "2026-03-15", "experience_years": 4
        }),
        json!({
            "title": "Comptable", "required_skills": ["Sage", "Cegid"],
            "preferred_skills": ["Silae", "EDI", "Kyriba"], "contract_type": "freelance",
            "start_date": "2026-01-15", "experience_years": 5
        }),
        Language::English,
    );
    let gaps = list(&document, "gaps");
    let beginnings: Vec<&str> = gaps
        .iter()
        .filter_map(|gap| gap.split_whitespace().next())
        .collect();
    assert_eq!(beginnings, ["Contract", "4", "Available"], "{gaps:?}");
}

#[test]
fn questions_name_what_they_ask_about() {
    let late = document_of(
        json!({"title": "Comptable", "available_from": "2026-03-15"}),
        json!({"title": "Comptable", "start_date": "2026-01-15"}),
        Language::French,
    );
    assert_eq!(
        list(&late, "questions").concat(),
        "Vous seriez disponible 59 jours après la date de début : pourriez-vous commencer plus \
         tôt ?"
    );
    for (licence, question) in [
        ("permis B", "Avez-vous le permis B ?"),
        (
            "carte professionnelle",
            "Avez-vous la carte professionnelle ?",
        ),
        (
            "habilitation électrique",
            "Avez-vous l'habilitation électrique ?",
        ),
    ] {
        let document = document_of(
            json!({"title": "Vendeur", "skills": ["vente"]}),
            json!({"title": "Vendeur", "required_skills": ["vente"], "licences": [licence]}),
            Language::French,
        );
        assert_eq!(
            list(&document, "questions").first().map(String::as_str),
            Some(question)
        );
    }
}

#[test]
fn products_and_other_names_show_the_skill_that_is_requested() {
    for (held, requested) in [
        ("Sage X3", "ERP"),
        ("team supervision", "team leadership"),
        ("arrêts techniques", "grands arrêts"),
        ("entretiens structurés", "conduite d'entretiens"),
    ] {
        let document = document_of(
            json!({"title": "Responsable", "skills": [held]}),
            json!({"title": "Responsable", "required_skills": [requested]}),
            Language::French,
        );
        assert_eq!(
            document["criteria"]["skills"]["missing"],
            json!([]),
            "{held}: {document}"
        );
        assert_eq!(list(&document, "gaps"), [] as [&str; 0], "{held}");
    }
}

#[test]
fn the_current_title_is_shown_if_it_contains_that_of_the_summary() {
    let document = document_of(
        json!({
            "title": "Aide-soignante en EHPAD",
            "summary": "Aide-soignante diplômée, cinq ans en unité protégée."
        }),
        json!({"title": "AIDES SOIGNANT(E)S / AES - SSIAD"}),
        Language::French,
    );
    assert_eq!(
        document["criteria"]["title"]["closest"],
        "Aide-soignante en EHPAD"
    );
}

#[test]
fn every_required_skill_is_told_once() {
    let document = document_of(
        json!({
            "title": "Comptable", "skills": ["TVA", "Sage 100", {"name": "Excel", "level": 2}],
            "languages": ["fr C2", "en A2"],
            "summary": "Je gère la paie de quarante salariés depuis six ans.",
        }),
        json!({
            "title": "Comptable", "licences": ["permis B"],
            "languages": ["en B2"],
            "required_skills": [
                "TVA", {"name": "Excel", "level": 4}, "comptabilité générale", "anglais", "rigueur",
                "Silae", "DSN", "IFRS", "consolidation", "reporting", "audit interne", "permis B"
            ],
        }),
        Language::French,
    );
    let told = |part: &str| list(&document, part).concat();
    let (strengths, gaps, questions) = (told("strengths"), told("gaps"), told("questions"));
    for name in ["TVA", "comptabilité générale"] {
        assert!(strengths.contains(name), "{name}: {strengths}");
    }
    for name in ["Excel", "anglais"] {
        assert!(gaps.contains(name), "{name}: {gaps}");
    }
    for name in [
        "rigueur",
        "Silae",
        "DSN",
        "IFRS",
        "consolidation",
        "reporting",
        "audit interne",
        "permis B",
    ] {
        let count = questions.matches(name).count();
        assert_eq!(count, 1, "{name}: {questions}");
        assert!(!gaps.contains(name) && !strengths.contains(name), "{name}");
    }
}

#[test]
fn a_diploma_whose_name_tells_the_requested_level_is_no_gap() {
    let gaps = |field: &str| {
        let document = document_of(
            json!({"title": "Menuisier", "education": {"level": "vocational", "field": field}}),
            json!({"title": "Menuisier", "education": {"level": "secondary"}}),
            Language::French,
        );
        list(&document, "gaps").len()
    };
    assert_eq!(gaps("Brevet professionnel"), 0);
    assert_eq!(gaps("CAP menuisier"), 1);
}

#[test]
fn a_level_far_above_the_requested_one_is_no_strength() {
    let tells = |held: &str, contract: &str| {
        let document = document_of(
            json!({"title": "Comptable", "education": {"level": held}}),
            json!({
                "title": "Comptable", "education": {"level": "bachelor"}, "contract_type": contract
            }),
            Language::English,
        );
        let strengths = list(&document, "strengths");
        strengths.iter().any(|one| one.starts_with("Education"))
    };
    for (held, contract, is_strength) in [
        ("bachelor", "permanent", true),
        ("master", "permanent", true),
        ("doctorate", "permanent", false),
        ("bachelor", "apprenticeship", true),
    ] {
        assert_eq!(tells(held, contract), is_strength, "{held}, {contract}");
    }
}

#[test]
fn a_clause_is_quoted_whole_and_without_half_brackets() {
    let quoted = |quote: &str| EvidenceInText {
        field: "summary".into(),
        quote: quote.to_owned(),
        start: 0,
        end: quote.chars().count(),
    };
    for (quote, expected) in [
        ("je cherche un poste (Lyon)", "je cherche un poste (Lyon)"),
        (
            "480 postes), exploitation d'une grappe",
            "exploitation d'une grappe",
        ),
        ("dossiers de subvention (DETR", "dossiers de subvention"),
        (
            "Looking for an Alpine winter season in a house with its own kitchen, followed by a permanent \
             post in France",
            "Looking for an Alpine winter season in a house with its own kitchen, followed by a permanent \
             post in France",
        ),
    ] {
        assert_eq!(said(&quoted(quote)), expected);
    }
}

#[test]
fn a_skill_stated_under_another_name_is_to_be_compared() {
    for (stated, sentence) in [
        (
            "LSF",
            "Preferred skill to be compared with the profile: Makaton (\u{201c}LSF\u{201d}).",
        ),
        ("makaton", "Preferred skill in the profile: Makaton."),
    ] {
        let document = document_of(
            json!({"title": "Éducateur", "skills": [stated]}),
            json!({"title": "Éducateur", "preferred_skills": ["Makaton"]}),
            Language::English,
        );
        let strengths = list(&document, "strengths");
        assert!(strengths.iter().any(|one| one == sentence), "{strengths:?}");
    }
}
