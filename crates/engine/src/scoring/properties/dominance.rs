//! Tests of dominance on pairs of candidates who differ in one requirement of the posting. The
//! candidate who meets it better scores higher, and exceeding the requirement doesn't change the
//! score in any digit. The rest of both profiles is arbitrary.

use super::*;

/// Requested skills, in both languages, known and unknown, none of which is evidence for another.
const SKILLS: &[&str] = &[
    "Rust",
    "Kubernetes",
    "Comptabilité générale",
    "general accounting",
    "soudure TIG",
    "welding",
    "Gestion de projet",
    "project management",
    "OutilMaison",
    "house tool",
    "travail en équipe",
    "Excel",
    "RabbitMQ or Kafka",
    "Java ou Kotlin",
];
const UNRELATED_SKILL: &str = "Zzyzx";

/// Titles of different work, in both languages.
const TITLES: &[&str] = &[
    "Comptable",
    "Plumber",
    "Infirmière",
    "Software developer",
    "Chef de cuisine",
    "Truck driver",
    "Professeur des écoles",
    "Welder",
];

const EDUCATION_LEVELS: [EducationLevel; 7] = [
    EducationLevel::None,
    EducationLevel::Vocational,
    EducationLevel::Secondary,
    EducationLevel::ShortCycle,
    EducationLevel::Bachelor,
    EducationLevel::Master,
    EducationLevel::Doctorate,
];

/// A requirement, one candidate's distance from it, and the other candidate's smaller distance.
#[derive(Debug, Clone)]
struct Steps {
    /// Index of the requirement in a list.
    requested: prop::sample::Index,
    /// Index below it, of the better candidate's value.
    better: prop::sample::Index,
    /// Index below that, of the worse candidate's value.
    worse: prop::sample::Index,
    /// The better candidate's share of the requirement, in [0.1, 1].
    share: f64,
    /// The worse candidate's share of the better one's value.
    share_of_share: f64,
}

fn steps() -> impl Strategy<Value = Steps> {
    let index = any::<prop::sample::Index>;
    (index(), index(), index(), 0.1..=1.0, 0.0..=0.8).prop_map(
        |(requested, better, worse, share, share_of_share)| Steps {
            requested,
            better,
            worse,
            share,
            share_of_share,
        },
    )
}

impl Steps {
    /// Returns indexes of the worse value, the better value and the requirement in a list: worse <
    /// better <= asked.
    fn places(&self, length: usize) -> (usize, usize, usize) {
        let requested = 1 + self.requested.index(length - 1);
        let better = 1 + self.better.index(requested);
        (self.worse.index(better), better, requested)
    }

    /// Returns the same as numbers up to `highest`.
    fn numbers(&self, highest: f64) -> (f64, f64, f64) {
        let requested = highest * (0.1 + 0.9 * self.share);
        let better = requested * self.share;
        (better * self.share_of_share, better, requested)
    }
}

/// A posting with a requirement, and two candidates of whom the second one meets it better.
struct Pair {
    what: &'static str,
    criterion: Criterion,
    posting: JobPosting,
    worse: Candidate,
    better: Candidate,
}

/// Builds one pair for each kind of requirement.
#[expect(clippy::too_many_lines, reason = "one requirement after the other")]
fn pairs(candidate: &Candidate, posting: &JobPosting, steps: &Steps) -> Vec<Pair> {
    let mut pairs = Vec::new();
    let mut pair =
        |what, criterion, ask: &dyn Fn(&mut JobPosting), hold: &dyn Fn(&mut Candidate, bool)| {
            let mut posting = posting.clone();
            ask(&mut posting);
            let [worse, better] = [false, true].map(|is_better| {
                let mut candidate = candidate.clone();
                hold(&mut candidate, is_better);
                candidate
            });
            pairs.push(Pair {
                what,
                criterion,
                posting,
                worse,
                better,
            });
        };

    // Removes all skills that would be evidence for the requested one.
    let skill = *steps.requested.get(SKILLS);
    let ask = |posting: &mut JobPosting, requested: Skill| {
        let resembles = |other: &Skill| {
            let [one, other] = [&requested, other].map(|skill| fold(&skill.name));
            one == other
        };
        posting.required_skills.retain(|other| !resembles(other));
        posting.preferred_skills.retain(|other| !resembles(other));
        posting.required_skills.push(requested);
    };
    let hold = |candidate: &mut Candidate, held: Skill| {
        candidate.skills = vec![held, Skill::named(UNRELATED_SKILL)];
        candidate.title = None;
        candidate.past_titles.clear();
        candidate.summary = None;
        candidate.licences.clear();
        candidate.languages.clear();
    };
    let stated = |name: &str, level: Option<usize>, years: Option<f64>| Skill {
        name: name.to_owned(),
        level: level.map(|level| u8::try_from(level).unwrap() + 1),
        years,
    };
    pair(
        "a skill added",
        Criterion::Skills,
        &|posting| ask(posting, Skill::named(skill)),
        &|candidate, is_better| {
            let name = if is_better { skill } else { UNRELATED_SKILL };
            hold(candidate, Skill::named(name));
        },
    );
    let (low, high, requested) = steps.places(5);
    pair(
        "a level of a skill",
        Criterion::Skills,
        &|posting| ask(posting, stated(skill, Some(requested), None)),
        &|candidate, is_better| {
            let level = if is_better { high } else { low };
            hold(candidate, stated(skill, Some(level), None));
        },
    );
    let (few, more, years) = steps.numbers(20.0);
    pair(
        "years of a skill",
        Criterion::Skills,
        &|posting| ask(posting, stated(skill, None, Some(years))),
        &|candidate, is_better| {
            let years = if is_better { more } else { few };
            hold(candidate, stated(skill, None, Some(years)));
        },
    );

    let at_least = |years: f64| {
        Some(ExperienceRange {
            min: Some(years),
            max: None,
        })
    };
    pair(
        "years",
        Criterion::Experience,
        &|posting| posting.experience_years = at_least(years),
        &|candidate, is_better| {
            candidate.work_history.clear();
            candidate.experience_years = Some(if is_better { more } else { few });
        },
    );
    let title = *steps.requested.get(TITLES);
    let other = (TITLES.iter().cycle())
        .skip_while(|one| **one != title)
        .nth(1 + steps.better.index(TITLES.len() - 1))
        .unwrap();
    pair(
        "years in the work asked for",
        Criterion::Experience,
        &|posting| {
            posting.title = Some(title.to_owned());
            posting.experience_years = at_least(6.0);
        },
        &|candidate, is_better| {
            candidate.experience_years = Some(4.0);
            candidate.work_history = vec![Position {
                title: Some(if is_better { title } else { other }.to_owned()),
                time: WorkedTime::Years(4.0),
            }];
        },
    );
    pair(
        "the title",
        Criterion::Title,
        &|posting| {
            posting.title = Some(title.to_owned());
            // Keeps skills of the work that the other title names.
            let usual = [
                "Comptabilité",
                "plumbing",
                "soins infirmiers",
                "Java",
                "welding",
            ];
            posting.required_skills.extend(usual.map(Skill::named));
        },
        &|candidate, is_better| {
            candidate.past_titles.clear();
            candidate.summary = None;
            candidate.title = Some(if is_better { title } else { other }.to_owned());
            if is_better {
                candidate.past_titles.push((*other).to_owned());
            }
        },
    );
    let (low, high, requested) = steps.places(EDUCATION_LEVELS.len());
    let level = |place: usize, field: Option<&Education>| {
        Some(Education {
            level: Some(EDUCATION_LEVELS[place]),
            field: field.and_then(|education| education.field.clone()),
            in_progress: None,
        })
    };
    pair(
        "a diploma",
        Criterion::Education,
        &|posting| posting.education = level(requested, posting.education.as_ref()),
        &|candidate, is_better| {
            let place = if is_better { high } else { low };
            candidate.education = level(place, candidate.education.as_ref());
        },
    );
    let (low, high, requested) = steps.places(LANGUAGE_LEVELS.len());
    let spoken = |code: &str, place: usize| LanguageSkill {
        code: code.to_owned(),
        level: Some(LANGUAGE_LEVELS[place]),
    };
    let ask_language = |posting: &mut JobPosting| {
        posting.languages.retain(|language| language.code != "it");
        posting.languages.push(spoken("it", requested));
    };
    pair(
        "a language's level",
        Criterion::Languages,
        &ask_language,
        &|candidate, is_better| {
            let place = if is_better { high } else { low };
            candidate.languages.retain(|language| language.code != "it");
            candidate.languages.push(spoken("it", place));
        },
    );
    pair(
        "a language added",
        Criterion::Languages,
        &ask_language,
        &|candidate, is_better| {
            candidate.languages.retain(|language| language.code != "it");
            candidate.languages.push(spoken("pt", 2));
            if is_better {
                candidate.languages.push(spoken("it", low));
            }
        },
    );

    // A degree of latitude is 111 km.
    let (near, far) = (
        1.0 + 8.0 * steps.share,
        1.0 + 8.0 * steps.share + 1.0 + steps.share_of_share,
    );
    let at = |latitude: f64| {
        Some(Location {
            city: None,
            country: Some("FR".to_owned()),
            coordinates: Some(Coordinates {
                latitude: 40.0 + latitude,
                longitude: 2.0,
            }),
        })
    };
    let on_site = |posting: &mut JobPosting| {
        posting.location = at(0.0);
        posting.other_locations.clear();
        posting.remote = Some(RemoteMode::Onsite);
    };
    let live = |candidate: &mut Candidate, latitude: f64, limit: f64| {
        candidate.location = at(latitude);
        candidate.other_locations.clear();
        candidate.remote = None;
        candidate.willing_to_relocate = None;
        candidate.max_distance_km = Some(limit);
    };
    pair(
        "a nearer home",
        Criterion::Location,
        &on_site,
        &|candidate, is_better| live(candidate, if is_better { near } else { far }, 50.0),
    );
    pair(
        "a longer way accepted",
        Criterion::Location,
        &on_site,
        &|candidate, is_better| live(candidate, near, if is_better { 100.0 } else { 50.0 }),
    );
    pair(
        "willing to relocate",
        Criterion::Location,
        &on_site,
        &|candidate, is_better| {
            live(candidate, near, 50.0);
            candidate.willing_to_relocate = Some(is_better);
        },
    );
    pair(
        "the way of working",
        Criterion::Location,
        &on_site,
        &|candidate, is_better| {
            live(candidate, 0.0, 50.0);
            let wanted = if is_better {
                RemoteMode::Onsite
            } else {
                *steps.worse.get(&[RemoteMode::Hybrid, RemoteMode::Remote])
            };
            candidate.remote = Some(RemotePreference::Only(wanted));
        },
    );
    let contracts = [
        ContractType::Permanent,
        ContractType::FixedTerm,
        ContractType::Freelance,
    ];
    let (wanted, offered) = (
        steps.requested.index(contracts.len()),
        1 + steps.worse.index(contracts.len() - 1),
    );
    let offered = contracts[(wanted + offered) % contracts.len()];
    pair(
        "the contract",
        Criterion::Contract,
        &|posting| {
            posting.contract_type = Some(offered);
            posting.other_contract_types.clear();
        },
        &|candidate, is_better| {
            candidate.contract_types = vec![contracts[wanted]];
            if is_better {
                candidate.contract_types.push(offered);
            }
        },
    );
    let pay = |least: f64| {
        Some(SalaryRange {
            min: Some(least),
            max: None,
            currency: Some("EUR".to_owned()),
            period: Some(SalaryPeriod::Year),
            is_net: false,
        })
    };
    pair(
        "the pay asked for",
        Criterion::Salary,
        &|posting| posting.salary = pay(30_000.0),
        &|candidate, is_better| {
            let least = 30_000.0 / steps.share;
            candidate.salary = pay(if is_better { least } else { least * 1.3 });
        },
    );
    let day = |late: u64| Some(chrono::NaiveDate::default() + chrono::Days::new(1_000 + late));
    pair(
        "the first day",
        Criterion::Availability,
        &|posting| posting.start_date = day(0),
        &|candidate, is_better| {
            let late = steps.better.index(150) as u64;
            let later = 20 + steps.worse.index(60) as u64;
            candidate.available_from = day(if is_better { late } else { late + later });
        },
    );
    pair(
        "the industry",
        Criterion::Industry,
        &|posting| posting.industry = Some("Banque et assurance".to_owned()),
        &|candidate, is_better| {
            candidate.industries = vec!["Agriculture".to_owned()];
            if is_better {
                candidate
                    .industries
                    .push("Banking and insurance".to_owned());
            }
        },
    );
    pairs
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn meeting_one_requirement_better_raises_the_score(
        candidate in candidate(), posting in job_posting(), steps in steps()
    ) {
        for Pair { what, criterion, posting, worse, better } in pairs(&candidate, &posting, &steps) {
            let [worse, better] = [worse, better].map(|one| assess(&one, &posting));
            let of = |assessment: &Assessment| assessment.sub_scores()[criterion as usize].unwrap();
            // One skill among many may weigh less than the last digit.
            let is_seen = criterion != Criterion::Skills || posting.required_skills.len() <= 6;
            prop_assert!(of(&better) > of(&worse) || !is_seen, "{}: {} to {}", what, of(&worse), of(&better));
            // A title may also name skills: going from silence about them to one of three is new
            // information, which may lower a score.
            let tells_skills = |assessment: &Assessment| assessment.sub_scores()[0].is_some();
            if what == "the title" && tells_skills(&better) && !tells_skills(&worse) {
                continue;
            }
            prop_assert!(better.score() >= worse.score(), "{}: {} to {}", what, worse.score(), better.score());
            // The resolution of a total is 0.0001, and that of a weight 0.000001.
            let gain = (of(&better) - of(&worse)) * worse.total.weights[criterion as usize];
            let is_capped = better.cap().is_some() || worse.score() >= 1.0;
            prop_assert!(
                better.score() > worse.score() || is_capped || gain < 2e-4,
                "{}: {} stays", what, worse.score()
            );
        }
    }

    #[test]
    fn meeting_a_must_have_raises_the_score(
        candidate in candidate(), posting in job_posting(), steps in steps()
    ) {
        for Pair { what, mut posting, worse, better, .. } in pairs(&candidate, &posting, &steps) {
            posting.must_haves = MustHaves::default();
            match what {
                "a skill added" => {
                    posting.must_haves.skills = posting.required_skills.last().cloned().into_iter().collect();
                }
                "a language's level" | "a language added" => {
                    posting.must_haves.languages = posting.languages.last().cloned().into_iter().collect();
                }
                "willing to relocate" | "a longer way accepted" | "a nearer home" => {
                    posting.must_haves.location = true;
                }
                _ => continue,
            }
            let [worse, better] = [worse, better].map(|one| assess(&one, &posting));
            prop_assert!(better.score() >= worse.score(), "{what}");
            prop_assert!(better.cap().is_none() || worse.cap().is_some(), "{what}");
            let is_lifted = worse.cap().is_some() && better.cap().is_none();
            prop_assert!(!is_lifted || better.total.uncapped <= 0.49 || better.score() > 0.49, "{what}");
        }
        for is_permit in [false, true] {
            let mut posting = posting.clone();
            posting.must_haves = MustHaves::default();
            let mut worse = candidate.clone();
            let better = if is_permit {
                posting.must_haves.work_permits = vec!["Suisse".to_owned()];
                worse.work_permits = vec!["FR".to_owned()];
                Candidate { work_permits: vec!["FR".to_owned(), "CH".to_owned()], ..worse.clone() }
            } else {
                posting.must_haves.licences = vec!["Habilitation B2V".to_owned()];
                worse.licences = vec!["Permis B".to_owned()];
                Candidate { licences: vec!["Permis B".to_owned(), "Habilitation B2V".to_owned()], ..worse.clone() }
            };
            let [worse, better] = [worse, better].map(|one| assess(&one, &posting));
            prop_assert!(better.score() >= worse.score());
            prop_assert!(worse.cap().is_some());
            let is_lifted = better.cap().is_none() && better.total.uncapped > 0.49;
            prop_assert!(!is_lifted || better.score() > worse.score());
        }
    }

    #[test]
    fn exceeding_a_requirement_does_not_change_the_score(
        candidate in candidate(), posting in job_posting(), steps in steps()
    ) {
        for Pair { what, mut posting, better, .. } in pairs(&candidate, &posting, &steps) {
            let mut more = better.clone();
            match what {
                "a level of a skill" => {
                    for requested in &mut posting.required_skills {
                        requested.level = Some(1);
                    }
                    posting.preferred_skills.clear();
                    more.skills[0].level = Some(5);
                }
                "years of a skill" => {
                    for requested in &mut posting.required_skills {
                        requested.years = requested.years.map(|_| 1e-3);
                    }
                    posting.preferred_skills.clear();
                    more.skills[0].years = Some(60.0);
                }
                "a diploma" => {
                    posting.education.as_mut().unwrap().level = better.education.as_ref().unwrap().level;
                    more.education.as_mut().unwrap().level = Some(EducationLevel::Doctorate);
                }
                "a language's level" => {
                    let held = better.languages.last().unwrap().clone();
                    *posting.languages.last_mut().unwrap() = held;
                    more.languages.last_mut().unwrap().level = Some(LanguageLevel::Native);
                }
                "a nearer home" => {
                    more.location.clone_from(&posting.location);
                    more.max_distance_km = Some(2_000.0);
                    let mut near = more.clone();
                    near.location.clone_from(&better.location);
                    let [more, near] = [more, near].map(|one| assess(&one, &posting).score());
                    prop_assert!(more.to_bits() == near.to_bits(), "{what}: {near} to {more}");
                    continue;
                }
                "the pay asked for" => {
                    posting.salary.clone_from(&better.salary);
                    more.salary.as_mut().unwrap().min = Some(12_000.0);
                }
                "the first day" => {
                    posting.start_date = better.available_from;
                    more.available_from = Some(chrono::NaiveDate::default());
                }
                "a skill added" => more.skills.extend(better.skills.clone()),
                "the contract" => more.contract_types.extend(better.contract_types.clone()),
                _ => continue,
            }
            let [as_requested, more] = [&better, &more].map(|one| assess(one, &posting).score());
            prop_assert!(as_requested.to_bits() == more.to_bits(), "{what}: {as_requested} to {more}");
        }
    }
}

#[test]
fn a_new_title_keeps_the_evidence_of_past_ones() {
    for (past, requested, description, skill) in [
        (
            "Chef de projet",
            "Zzyzx",
            "chef de projet dans l'industrie",
            "Python",
        ),
        (
            "Comptable",
            "Plombier",
            "Vous tenez la comptabilité.",
            "general accounting",
        ),
    ] {
        let posting = JobPosting {
            title: Some(requested.to_owned()),
            description: Some(description.to_owned()),
            required_skills: vec![Skill::named(skill)],
            ..JobPosting::default()
        };
        let before = Candidate {
            title: Some(past.to_owned()),
            skills: vec![Skill::named(UNRELATED_SKILL)],
            ..Candidate::default()
        };
        let after = Candidate {
            title: Some(requested.to_owned()),
            past_titles: vec![past.to_owned()],
            ..before.clone()
        };
        let [before, after] = [before, after].map(|one| assess(&one, &posting));
        assert!(after.score() > before.score(), "{past}");
        assert!(after.sub_scores()[0] >= before.sub_scores()[0], "{past}");
    }
}
