//! Tests of the credits for requested skills, and of their lists in documents.

use super::{measure::MENTIONED, *};
use crate::{
    profiles::{language::LanguageSkill, skill::Skill},
    scoring::{
        criteria::{Unscored, industry::Industry, title::CandidateTitles},
        document::tests::written,
        prose::Prose,
    },
};

fn named(names: &[&str]) -> Vec<Skill> {
    names.iter().copied().map(Skill::named).collect()
}

fn with(name: &str, level: Option<u8>, years: Option<f64>) -> Vec<Skill> {
    vec![Skill {
        name: name.to_owned(),
        level,
        years,
    }]
}

fn score_of(held: &[Skill], required: &[Skill], preferred: &[Skill]) -> f64 {
    measure(
        &CandidateSkills::listed(held, &vec![]),
        &RequestedSkills::of(required, preferred, &Prose::default()),
        None,
    )
    .unwrap()
    .score
}

fn score(held: &[&str], required: &[&str], preferred: &[&str]) -> f64 {
    score_of(&named(held), &named(required), &named(preferred))
}

fn described(summary: &Prose) -> CandidateSkills {
    let titles = CandidateTitles::default();
    CandidateSkills::of(&[], &[], &vec![], summary, &Prose::default(), &titles)
}

fn assert_close(actual: f64, expected: f64) {
    assert!(
        (actual - expected).abs() < 1e-9,
        "{actual} is not {expected}"
    );
}

#[test]
fn a_required_skill_counts_three_times_a_preferred_one() {
    assert_close(score(&["Rust"], &["Rust"], &["Plomberie"]), 0.75);
    assert_close(score(&["Plomberie"], &["Rust"], &["Plomberie"]), 0.25);
}

#[test]
fn spellings_and_translations_are_the_same_skill() {
    assert_close(
        score(
            &["JS", "k8s", "Gestion de projet"],
            &["JavaScript", "Kubernetes", "Project management"],
            &[],
        ),
        1.0,
    );
}

#[test]
fn related_skills_earn_partial_credit() {
    assert_close(score(&["Django"], &["Python"], &[]), 0.9);
    assert_close(score(&["Vue.js"], &["React"], &[]), 0.4);
    assert_close(score(&["Python"], &["Django"], &[]), 0.25);
    assert_close(score(&["Kubernets"], &["Kubernetes"], &[]), 0.8);
    assert_close(score(&["Plomberie"], &["Rust"], &[]), 0.0);
}

#[test]
fn misspellings_match_on_either_side_and_in_unknown_names() {
    assert_close(score(&["plonberie"], &["Plumbing"], &[]), 0.8);
    assert_close(score(&["Plumbing"], &["plonberie"], &[]), 0.8);
    assert_close(score(&["Calligraphie"], &["Caligraphie"], &[]), 0.8);
}

#[test]
fn a_clipped_last_word_matches_the_full_word() {
    assert_close(
        score(&["soudage semi-auto"], &["soudage semi-automatique"], &[]),
        1.0,
    );
    assert_close(
        score(&["semi-auto"], &["soudage semi-automatique"], &[]),
        1.0,
    );
    assert_close(
        score(&["rabotage semi-auto"], &["rabotage semi-automatique"], &[]),
        0.9,
    );
    assert!(score(&["Java avancé"], &["JavaScript avancé"], &[]) < 0.5);
}

#[test]
fn a_program_is_a_kind_of_its_purpose() {
    assert_close(score(&["Proxmox"], &["virtualisation"], &[]), 0.9);
    assert_close(score(&["Opera PMS"], &["PMS hôtelier"], &[]), 0.9);
}

#[test]
fn similar_known_names_are_not_misspellings() {
    assert!(score(&["JavaScript"], &["Java"], &[]) < 0.1);
}

#[test]
fn less_level_or_years_lower_the_credit_and_more_do_not_raise_it() {
    let requested = with("Rust", Some(4), Some(4.0));
    assert_close(
        score_of(&with("Rust", Some(2), Some(4.0)), &requested, &[]),
        0.75,
    );
    assert_close(
        score_of(&with("Rust", Some(4), Some(1.0)), &requested, &[]),
        0.625,
    );
    assert_close(
        score_of(&with("Rust", Some(5), Some(30.0)), &requested, &[]),
        1.0,
    );
    assert_close(score_of(&with("Rust", None, None), &requested, &[]), 1.0);
}

#[test]
fn a_skill_listed_twice_counts_as_its_better_listing() {
    let mut listed = with("Rust", Some(1), None);
    let requested = with("Rust", Some(4), None);
    assert_close(score_of(&listed, &requested, &[]), 0.625);
    listed.extend(with("rust", Some(2), None));
    assert_close(score_of(&listed, &requested, &[]), 0.75);
    listed.extend(named(&["RUST"]));
    assert_close(score_of(&listed, &requested, &[]), 1.0);
}

#[test]
fn a_skill_mentioned_in_the_summary_earns_partial_credit() {
    let summary = Prose::of(["Dix ans de Rust, de tricot et de gestion de projets"]);
    let requested = RequestedSkills::of(
        &named(&["Rust", "Tricot", "Project management", "Plomberie"]),
        &[],
        &Prose::default(),
    );
    let held = described(&summary);
    let found = measure(&held, &requested, None).unwrap();
    let weights = requested.requested.iter().map(|requested| requested.weight);
    let missing = requested
        .requested
        .iter()
        .find(|requested| requested.skill.name == "Plomberie")
        .unwrap();
    let share = 1.0 - missing.weight / weights.sum::<f64>();
    assert_close(found.score, MENTIONED * share);
    let mentions: Vec<String> = found
        .finding
        .credits
        .iter()
        .filter_map(|credit| match credit.evidence {
            Evidence::Mentioned(mentioned) => Some(held.evidence_of(mentioned).quote),
            _ => None,
        })
        .collect();
    assert_eq!(mentions, ["gestion de projets", "Rust", "tricot"]);
}

#[test]
fn a_language_requested_as_a_skill_is_found_in_the_languages() {
    let languages = vec![LanguageSkill {
        code: "en".to_owned(),
        level: None,
    }];
    let requested = RequestedSkills::of(&named(&["Anglais"]), &[], &Prose::default());
    let found = measure(&CandidateSkills::listed(&[], &languages), &requested, None).unwrap();
    assert_close(found.score, 1.0);
}

#[test]
fn a_posting_without_skills_requests_those_of_its_description() {
    let description =
        Prose::of(["Vous maîtrisez Java et PostgreSQL. Autonomie et anglais appréciés."]);
    let requested = RequestedSkills::of(&[], &[], &description);
    let names: Vec<&str> = requested
        .requested
        .iter()
        .map(|requested| requested.skill.name.as_str())
        .collect();
    assert_eq!(names, ["Java", "PostgreSQL"]);
    assert!(
        requested.are_read
            && requested
                .requested
                .iter()
                .all(|requested| !requested.is_required)
    );
    let found = measure(
        &CandidateSkills::listed(&named(&["java"]), &vec![]),
        &requested,
        None,
    )
    .unwrap();
    let weights: Vec<f64> = requested
        .requested
        .iter()
        .map(|requested| requested.weight)
        .collect();
    assert_close(found.score, weights[0] / (weights[0] + weights[1]));
}

#[test]
fn soft_skills_and_office_basics_weigh_less_than_professional_ones() {
    for (professional, everyday) in [
        ("PostgreSQL", ["team spirit", "Microsoft Office"]),
        ("Comptabilité", ["esprit d'équipe", "pack office"]),
    ] {
        let required = [professional, everyday[0], everyday[1]];
        let with_the_professional = score(&[professional], &required, &[]);
        let with_the_others = score(&everyday, &required, &[]);
        assert!(
            with_the_professional > 0.6,
            "{required:?}: {with_the_professional}"
        );
        assert!(
            with_the_others > 0.0 && with_the_others < 0.4,
            "{required:?}: {with_the_others}"
        );
    }
}

#[test]
fn soft_skills_alone_share_the_weight_as_evenly_as_professional_ones() {
    assert_close(score(&["teamwork"], &["team spirit", "rigueur"], &[]), 0.5);
}

#[test]
fn the_score_of_skills_follows_from_the_weights_and_credits_of_the_document() {
    let required = [
        "Rust",
        "PostgreSQL",
        "team spirit",
        "Microsoft Office",
        "React",
    ];
    let requested = RequestedSkills::of(&named(&required), &named(&["Docker"]), &Prose::default());
    let held = CandidateSkills::listed(&named(&["rust", "Word", "teamwork", "Vue.js"]), &vec![]);
    let found = measure(&held, &requested, None).unwrap();
    let lists = View {
        finding: Some(&found.finding),
        held: &held,
        requested: &requested,
        industries: &[],
        written_in: None,
    }
    .lists();
    assert_explained(&lists, found.score);
}

#[test]
fn the_credit_of_a_distant_skill_is_shown_where_another_field_states_the_requested_one() {
    let held = CandidateSkills::listed(&named(&["insurance underwriting"]), &vec![]);
    let requested = RequestedSkills::of(&named(&["Insurance", "Rust"]), &[], &Prose::default());
    let found = measure(&held, &requested, None).unwrap();
    let industries = Industry::all(&["Insurance".to_owned()]);
    let lists = View {
        finding: Some(&found.finding),
        held: &held,
        requested: &requested,
        industries: &industries,
        written_in: None,
    }
    .lists();
    let related = &lists.related[0];
    assert_eq!(related.relation, RelatedBy::Industry);
    assert!(related.credit > 0.0);
    assert_explained(&lists, found.score);
}

/// Asserts that a score is the mean of the listed credits by the listed weights.
fn assert_explained(lists: &SkillLists<'_>, score: f64) {
    let matched = lists
        .matched
        .iter()
        .map(|skill| (skill.weight, skill.credit));
    let related = lists
        .related
        .iter()
        .map(|skill| (skill.weight, skill.credit));
    let missing = lists.missing.iter();
    let missing = missing.map(|skill| (skill.weight, skill.credit.unwrap_or(0.0)));
    let (mut earned, mut total) = (0.0, 0.0);
    for (weight, credit) in matched.chain(related).chain(missing) {
        earned += weight.unwrap() * credit;
        total += weight.unwrap();
    }
    assert!((earned / total - score).abs() < 1e-4, "{earned} {total}");
}

#[test]
fn missing_data_gives_no_score() {
    let requested = RequestedSkills::of(&named(&["Rust"]), &[], &Prose::default());
    assert_eq!(
        measure(&CandidateSkills::default(), &requested, None).unwrap_err(),
        Unscored::CandidateSilent
    );
    let in_passing = Prose::of(["Je cherche un emploi à Lyon"]);
    let held = described(&in_passing);
    assert_eq!(
        measure(&held, &requested, None).unwrap_err(),
        Unscored::CandidateSilent
    );
    let held = CandidateSkills::listed(&named(&["Rust"]), &vec![]);
    assert_eq!(
        measure(&held, &RequestedSkills::default(), None).unwrap_err(),
        Unscored::PostingSilent
    );
}

#[test]
fn a_description_without_requested_skills_scores_zero() {
    let summary = Prose::of([
        "Conseillère de vente en horlogerie depuis six ans, je conseille \
        une clientèle exigeante, je tiens la caisse, je prépare les vitrines et je forme les \
        nouveaux arrivants au service.",
    ]);
    let requested = RequestedSkills::of(&named(&["Rust"]), &[], &Prose::default());
    let found = measure(&described(&summary), &requested, None).unwrap();
    assert_close(found.score, 0.0);
    assert!(found.finding.credits[0].is_missing());
}

#[test]
fn the_document_lists_what_was_found() {
    let held = CandidateSkills::listed(&named(&["Tricot", "rust", "Django"]), &vec![]);
    let requested = RequestedSkills::of(
        &named(&["Rust", "Plomberie"]),
        &named(&["Python"]),
        &Prose::default(),
    );
    let finding = measure(&held, &requested, None).unwrap().finding;
    let view = View {
        finding: Some(&finding),
        held: &held,
        requested: &requested,
        industries: &[],
        written_in: None,
    };
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&written(&view.lists())).unwrap(),
        serde_json::json!({
            "matched": [
                {"name": "Rust", "required": true, "credit": 1.0, "weight": 3.0, "stated_as": "rust",
                 "rung": "listed"}
            ],
            "related": [{
                "name": "Python", "required": false, "credit": 0.9, "weight": 0.5,
                "via": "Django", "relation": "implies", "rung": "listed"
            }],
            "missing": [{"name": "Plomberie", "required": true, "weight": 3.0}],
            "additional": ["Tricot"]
        })
    );
}

#[test]
fn the_rung_is_the_strongest_evidence_with_its_quote() {
    use serde_json::{Value, json};

    use crate::{
        profiles::{candidate::Candidate, job_posting::JobPosting},
        scoring::{Engine, Weights},
    };

    let engine = Engine::new(Weights::default());
    let posting = json!({"required_skills": ["Rust", "SQL", "Docker", "Python", "React"]});
    let posting = engine.compile_job_posting(&JobPosting::from_document(&posting).unwrap());
    let candidate = json!({
        "title": "Rust developer", "past_titles": ["Python developer"],
        "skills": ["Rust", {"name": "SQL", "years": 4}, "Docker", "React"],
        "summary": "I run services in Docker. Written in Rust and Python.",
    });
    let candidate = engine.compile_candidate(&Candidate::from_document(&candidate).unwrap());
    let document = engine
        .score(&candidate, &posting)
        .to_document(None, None, "");
    let document: Value = serde_json::from_str(&document).unwrap();
    let skills = &document["criteria"]["skills"];
    let lists = ["matched", "related"].map(|list| skills[list].as_array().unwrap());
    let rung = |name: &str| {
        let mut all = lists.into_iter().flatten();
        let skill = all.find(|skill| skill["name"] == name).unwrap();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        [text(&skill["rung"]), text(&skill["evidence"]["field"])]
    };
    assert_eq!(rung("Rust"), ["in_title", "title"]);
    assert_eq!(rung("SQL"), ["used_for_years", ""]);
    assert_eq!(rung("Docker"), ["used", "summary"]);
    assert_eq!(rung("React"), ["listed", ""]);
}

#[test]
fn any_alternative_in_an_entry_meets_it() {
    for (requested, held) in [
        ("RabbitMQ or Kafka", "RabbitMQ"),
        ("RabbitMQ or Kafka", "Kafka"),
        ("React, Vue or Angular", "Angular"),
        ("Java ou Kotlin", "Kotlin"),
        ("React / Vue", "Vue.js"),
        ("SQL et/ou Python", "Python"),
        ("Java or similar", "Java"),
        ("OutilMaison ou Java", "OutilMaison"),
        ("RabbitMQ or Kafka", "RabbitMQ or Kafka"),
    ] {
        assert_close(score(&[held], &[requested], &[]), 1.0);
    }
    assert!(score(&["Plomberie"], &["Java ou Kotlin"], &[]) < 0.1);
    // "and" requires both.
    assert!(score(&["Docker"], &["Docker et Kubernetes"], &[]) < 0.9);
}

#[test]
fn any_unknown_alternative_meets_an_entry() {
    for (held, requested) in [
        ("DEAS", "DEAS ou DEAES"),
        ("hyperQUORN", "Zorvex or hyperQUORN"),
        ("ACCA", "ACCA or equivalent"),
        ("BTS", "BTS ou équivalent"),
        ("Zorvex or hyperQUORN", "Zorvex or hyperQUORN"),
    ] {
        assert_close(score(&[held], &[requested], &[]), 1.0);
    }
    assert!(score(&["DEAMP"], &["DEAS ou DEAES"], &[]) < 0.2);
}

#[test]
fn a_language_is_evidence_only_for_itself() {
    for (held, requested) in [
        ("anglais", "allemand"),
        ("English", "German"),
        ("technical English", "German"),
        ("English", "business German"),
        ("anglais commercial", "allemand commercial"),
        ("French cuisine", "French"),
        ("translation", "Spanish"),
    ] {
        assert_close(score(&[held], &[requested], &[]), 0.0);
    }
    assert_close(score(&["technical English"], &["anglais"], &[]), 0.8);
    assert_close(score(&["anglais oral"], &["English"], &[]), 0.8);
    assert_close(score(&["anglais"], &["technical English"], &[]), 0.25);
    for summary in [
        "German native, English C1, no French yet (I start a course in January)",
        "Allemand langue maternelle, anglais C1, pas encore de français",
    ] {
        assert_eq!(shown(summary, "French"), None, "{summary}");
    }
}

#[test]
fn a_qualified_name_is_a_kind_of_the_name_it_contains() {
    for (held, requested) in [
        ("WMS Reflex", "WMS"),
        ("CRM Salesforce", "Salesforce"),
        ("SAP SD", "SAP"),
        ("Salesforce administration", "CRM"),
        ("froid négatif", "froid"),
        ("CNC turning", "turning"),
        ("établissement de devis", "devis"),
        ("soudage TIG inox", "soudage"),
        ("paie multi-conventions", "gestion de la paie"),
        ("event marketing", "marketing"),
    ] {
        assert_close(score(&[held], &[requested], &[]), 0.8);
    }
}

#[test]
fn a_name_is_not_a_kind_of_a_contained_word_with_another_meaning() {
    for (held, requested) in [
        ("waste management", "management"),
        ("gestion de zorvex", "gestion"),
        ("rust removal", "Rust"),
        ("vente de cuisine", "cuisine"),
        ("conduite de travaux", "conduite"),
        ("food cost", "food"),
        ("security guard dog", "security"),
    ] {
        let earned = score(&[held], &[requested], &[]);
        assert!(earned < 0.5, "{held} for {requested}: {earned}");
    }
}

#[test]
fn an_abbreviation_stands_for_the_name_with_its_initials() {
    for (held, requested) in [
        ("DPIA", "data protection impact assessment"),
        ("data protection impact assessments", "DPIA"),
        ("KYC", "know your customer"),
        ("PCA", "plan de continuité d'activité"),
    ] {
        assert_close(score(&[held], &[requested], &[]), 0.9);
    }
    assert!(score(&["dpia"], &["data protection impact assessment"], &[]) < 0.5);
}

#[test]
fn two_programs_of_a_suite_imply_it() {
    for suite in ["Pack Office", "Microsoft Office"] {
        assert_close(score(&["Word", "Excel"], &[suite], &[]), 0.9);
        assert_close(score(&["PowerPoint", "Excel", "Word"], &[suite], &[]), 0.9);
        assert_close(score(&["Excel"], &[suite], &[]), 0.25);
    }
    assert_close(
        score(&["Photoshop", "InDesign"], &["Suite Adobe"], &[]),
        0.9,
    );
}

#[test]
fn a_mention_does_not_hide_the_stated_skill() {
    let summary = Prose::of(["Dix ans de Rust"]);
    let titles = CandidateTitles::default();
    let stated = with("Rust", Some(1), None);
    let held = CandidateSkills::of(&stated, &[], &vec![], &summary, &Prose::default(), &titles);
    let requested = RequestedSkills::of(&with("Rust", Some(4), None), &[], &Prose::default());
    let found = measure(&held, &requested, None).unwrap().finding;
    let credit = found.credits[0];
    assert_close(credit.credit, MENTIONED);
    assert!(matches!(credit.evidence, Evidence::Stated(..)));
}

#[test]
fn ambiguous_words_do_not_mention_a_longer_name() {
    let summary = Prose::of(["Cariste réception/expédition depuis dix ans"]);
    let requested = RequestedSkills::of(&named(&["Accueil téléphonique"]), &[], &Prose::default());
    let found = measure(&described(&summary), &requested, None);
    assert!(found.is_err() || found.unwrap().finding.credits[0].is_missing());
}

#[test]
fn ordinary_words_that_name_software_are_not_read_from_descriptions() {
    for (text, requested) in [
        ("Fluent French and experience with Python.", "Python"),
        ("Fluent French, Python", "Python"),
        ("Français courant, logiciel Python", "Python"),
    ] {
        let skills = RequestedSkills::of(&[], &[], &Prose::of([text]));
        let names: Vec<&str> = skills
            .requested
            .iter()
            .map(|it| it.skill.name.as_str())
            .collect();
        assert_eq!(names, [requested], "{text}");
    }
    let skills = RequestedSkills::of(&[], &[], &Prose::of(["Simulations with Ansys Fluent"]));
    assert!(
        skills
            .requested
            .iter()
            .any(|it| it.skill.name == "Ansys Fluent")
    );
}

#[test]
fn each_known_part_of_an_entry_counts() {
    for (held, requested) in [
        ("Java / Spring (MVC, Boot) / Kotlin", "Spring"),
        ("Excel avancé (TCD, macros)", "Excel"),
        ("Permis B, véhicule personnel", "Permis B"),
        ("Git / GitLab / OutilMaison", "OutilMaison"),
        ("React ou Vue", "Vue.js"),
    ] {
        assert_close(score(&[held], &[requested], &[]), 1.0);
    }
    assert!(score(&["R&D"], &["R"], &[]) < 0.3);
}

#[test]
fn two_names_of_software_have_some_similarity() {
    let near = score(&["JavaScript"], &["Java"], &[]);
    assert!(near > 0.0 && near < 0.1, "{near}");
}

/// Returns the credit of the skill in the summary, with the quoted evidence.
fn shown(summary: &str, skill: &str) -> Option<(f64, String)> {
    let requested = RequestedSkills::of(&named(&[skill]), &[], &Prose::default());
    let held = described(&Prose::of([summary]));
    let found = measure(&held, &requested, None).ok()?.finding;
    let credit = found.credits[0];
    let quote = match credit.evidence {
        Evidence::Mentioned(mentioned) => held.evidence_of(mentioned).quote,
        Evidence::InOtherWords(at) => held.evidence_in_clause(at).quote,
        _ => return None,
    };
    Some((credit.credit, quote))
}

#[test]
fn a_clause_shows_a_competence_in_other_words_with_its_quote() {
    for (summary, skill, quote) in [
        (
            "Joined in 2015. Ran training courses for 40 technicians, and liked it.",
            "deliver training",
            "Ran training courses for 40 technicians",
        ),
        (
            "Ingénieure. Pilotage d'un budget de 2 M€.",
            "gérer un budget",
            "Pilotage d'un budget de 2 M",
        ),
        (
            "Collected blood samples from patients.",
            "take blood samples",
            "Collected blood samples from patients",
        ),
    ] {
        let (credit, shown_by) = shown(summary, skill).unwrap();
        assert_eq!(shown_by, quote);
        assert!((0.4..0.8).contains(&credit), "{skill}: {credit}");
    }
}

#[test]
fn a_higher_level_of_a_related_skill_never_lowers_its_credit() {
    let requested = with("TIG", Some(5), None);
    let scores: Vec<f64> = (1..=5)
        .map(|level| score_of(&with("Soudure", Some(level), None), &requested, &[]))
        .collect();
    assert!(scores.is_sorted(), "{scores:?}");
}

#[test]
fn an_additional_skill_never_lowers_a_credit() {
    // The first is similar by its vector, the second related and below the requested level.
    let requested = with("Spring Boot", Some(5), None);
    for related in ["Java", "Spring", "Kotlin", "Python", "Spring Boot"] {
        for near in ["Quarkus", "Java EE microservices", "Micronaut framework"] {
            let mut held = named(&[near]);
            let alone = score_of(&held, &requested, &[]);
            held.extend(with(related, Some(1), None));
            let together = score_of(&held, &requested, &[]);
            assert!(
                together >= alone,
                "{near} and {related}: {alone} to {together}"
            );
        }
    }
}

#[test]
fn direct_evidence_is_kept_beside_a_similar_skill_with_more_credit() {
    let requested = with("Plumbing", Some(5), None);
    for near in [
        "plomberie industrielle et sanitaire",
        "plumbing and heating works",
    ] {
        let mut held = with("plonberie", Some(1), None);
        held.extend(named(&[near, "Heating"]));
        let held = CandidateSkills::listed(&held, &vec![]);
        let requested = RequestedSkills::of(&requested, &[], &Prose::default());
        let found = measure(&held, &requested, None).unwrap().finding;
        assert!(
            found.credits[0].evidence.shows_the_skill(),
            "{near}: {found:?}"
        );
    }
}

#[test]
fn names_of_signs_only_are_ignored() {
    assert_close(score(&["Rust"], &["Rust", ".", "???"], &[]), 1.0);
    let held = CandidateSkills::listed(&named(&[".", " - "]), &vec![]);
    assert!(held.is_silent());
    let description = Prose::of(["Nous utilisons Rust et Docker."]);
    let requested = RequestedSkills::of(&named(&["…"]), &[], &description);
    assert!(requested.are_read);
}

#[test]
fn a_stated_skill_stays_stated_if_a_clause_also_shows_it() {
    let (requested, stated) = (
        with("manage budgets", None, Some(10.0)),
        with("manage budgets", None, Some(0.1)),
    );
    let requested = RequestedSkills::of(&requested, &[], &Prose::default());
    let titles = CandidateTitles::default();
    let summary = Prose::of(["Managed a budget of £2m for the marketing department."]);
    let held = CandidateSkills::of(&stated, &[], &vec![], &summary, &Prose::default(), &titles);
    let credit = measure(&held, &requested, None).unwrap().finding.credits[0];
    assert!(credit.evidence.shows_the_skill(), "{credit:?}");
    // Stated alone it would earn 0.505.
    assert!(credit.credit > 0.51, "{credit:?}");
}

#[test]
fn negated_private_and_other_peoples_clauses_show_no_competence() {
    for (summary, skill) in [
        ("No experience of managing budgets.", "manage budgets"),
        (
            "I would like to learn how to deliver training.",
            "deliver training",
        ),
        (
            "Je souhaite apprendre à animer des formations.",
            "animer des formations",
        ),
        (
            "Reporting to the Head of Procurement, I file invoices.",
            "manage procurement",
        ),
        (
            "Rattachée à la directrice des achats.",
            "définir la politique d'achats",
        ),
        (
            "Rattachée au directeur du contrôle de gestion.",
            "contrôle de gestion",
        ),
        (
            "Two years of sick leave to care for elderly parents.",
            "care for elderly people",
        ),
    ] {
        assert_eq!(shown(summary, skill), None, "{summary}");
    }
}

#[test]
fn clauses_never_show_software() {
    assert_eq!(
        shown("Drafting tools: AutoCAD LT", "Autodesk AutoCAD"),
        None
    );
    assert_eq!(
        shown("Wrote services for a large web shop.", "Spring Boot"),
        None
    );
    assert_eq!(
        shown("Kept the books of a spreadsheet.", "Microsoft Excel"),
        None
    );
}

/// Counts, in a table of sentences: correct findings, all findings, and skills that are shown.
fn found_in_sentences(table: &str) -> (usize, usize, usize) {
    let (mut right, mut found, mut requested) = (0, 0, 0);
    for line in table.lines().filter(|line| !line.starts_with('#')) {
        let [sentence, is_shown, is_not] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("{line}");
        };
        let count = |skills: &str| {
            let skills = skills.split(';').map(str::trim);
            skills
                .filter(|skill| shown(sentence, skill).is_some())
                .count()
        };
        requested += is_shown.split(';').filter(|skill| *skill != "-").count();
        right += count(is_shown);
        found += count(is_shown) + count(is_not);
    }
    (right, found, requested)
}

#[test]
fn clauses_find_more_competences_than_names_at_equal_precision() {
    // By name alone 6 of 7 findings are correct, and 6 of 108 skills are found.
    let (right, found, requested) = found_in_sentences(include_str!("sentences.tsv"));
    assert!(
        right * 100 >= found * 90 && right * 100 >= requested * 45,
        "{right} of {found}, {requested}"
    );
    // By name alone 2 of 39 skills are found.
    let (right, found, requested) = found_in_sentences(include_str!("unseen_sentences.tsv"));
    assert!(
        right * 100 >= found * 85 && right * 100 >= requested * 60,
        "{right} of {found}, {requested}"
    );
}
