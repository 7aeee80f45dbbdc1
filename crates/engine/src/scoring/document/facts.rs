//! What a document records of each criterion.

use std::borrow::Cow;

use serde::Deserialize;

use crate::{
    profiles::{
        contract::ContractType,
        education::EducationLevel,
        language::LanguageLevel,
        location::{RemoteMode, RemotePreference},
        salary::SalaryPeriod,
    },
    scoring::{
        assessment::Assessment,
        confidence,
        counterfactuals::Change,
        criteria::{
            Criterion, Number, Outcome, Unscored, experience, languages,
            location::{self, PlaceNames, Proximity},
            salary::{self, PayBound},
            skills::{self, EvidenceInText, SkillLists},
            text, title,
        },
        knockouts::{Knockout, KnockoutKind, KnockoutOutcome},
        total::ByCriterion,
        wire_name,
    },
};

/// A must-have and how it stands.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct KnockoutFact<'a> {
    pub kind: KnockoutKind,
    /// As the posting writes it; of a language its code.
    pub name: Cow<'a, str>,
    #[serde(rename = "status")]
    pub outcome: KnockoutOutcome,
    /// Quote of a text of the candidate that names the licence, where no field states it.
    #[serde(default, rename = "told")]
    pub stated_in_text: Option<Cow<'a, EvidenceInText>>,
}

impl<'a> KnockoutFact<'a> {
    /// What was found.
    pub fn of(knockout: &'a Knockout) -> Self {
        Self {
            kind: knockout.kind,
            name: Cow::Borrowed(&knockout.name),
            outcome: knockout.outcome,
            stated_in_text: knockout.stated_in_text.as_ref().map(Cow::Borrowed),
        }
    }
}

/// A change that would raise the score.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Counterfactual<'a> {
    #[serde(flatten)]
    pub change: Change<'a>,
    /// By how much, to four digits.
    pub gain: f64,
}

/// All criteria, in the order of [`Criterion::ALL`].
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Criteria<'a> {
    pub skills: Entry<SkillLists<'a>>,
    pub experience: Entry<ExperienceFacts>,
    pub title: Entry<Option<TitleFacts<'a>>>,
    pub education: Entry<Option<EducationFacts<'a>>>,
    pub languages: Entry<Option<LanguageFacts<'a>>>,
    pub location: Entry<Option<LocationFacts<'a>>>,
    pub contract: Entry<Option<ContractFacts>>,
    pub salary: Entry<Option<SalaryFacts<'a>>>,
    pub availability: Entry<Option<AvailabilityFacts>>,
    pub industry: Entry<Option<IndustryFacts<'a>>>,
    pub text: Entry<TextFacts<'a>>,
}

/// One criterion: its score and weight, then what it was found from.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Entry<F> {
    #[serde(flatten)]
    pub head: Head,
    #[serde(flatten)]
    pub facts: F,
}

/// What all criteria have.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Head {
    /// In [0, 1], to four digits; none without data.
    pub score: Option<f64>,
    /// As applied: renormalised, to six digits; 0 without a score.
    pub weight: f64,
    /// How much evidence the score rests on and how sharp it is, in [0, 1], to four digits; none
    /// without a score.
    #[serde(default)]
    pub certainty: Option<f64>,
    /// Why there is no score.
    #[serde(default)]
    pub unscored: Option<Unscored>,
    /// Quote of a text about it, where no field states it: the candidate's
    /// summary, or the posting's description where that is silent. Boxed: most heads have none.
    #[serde(default, rename = "told")]
    pub stated_in_text: Option<Box<EvidenceInText>>,
}

/// Years on both sides, scored or not.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct ExperienceFacts {
    #[serde(rename = "years_required")]
    pub min: Option<Number>,
    #[serde(rename = "years_maximum", default)]
    pub max: Option<Number>,
    #[serde(rename = "years_actual")]
    pub actual: Option<Number>,
    /// What the years count; none, like the next two, where no work is compared.
    #[serde(rename = "years_counted", default)]
    pub counted: Option<Number>,
    /// Of the years, those in work like the one asked for.
    #[serde(rename = "years_relevant", default)]
    pub relevant: Option<Number>,
    /// Of the years, those in other work.
    #[serde(rename = "years_other", default)]
    pub other: Option<Number>,
}

impl ExperienceFacts {
    /// The years that count.
    pub fn years(&self) -> Option<Number> {
        self.counted.or(self.actual)
    }

    /// What the years count and how they were spent, where some were spent on other work: those in
    /// work like the one asked for, those in other work, and what all of them count.
    pub fn by_work(&self) -> Option<(Number, Number, Number)> {
        let other = self.other.filter(|other| other.0 > 0.0)?;
        Some((self.relevant?, other, self.counted?))
    }

    /// Whether the years in other work count little, so that the work has hardly anything to do
    /// with the one asked for; else it is only less similar.
    pub fn is_other_work_far(&self) -> bool {
        (self.actual.zip(self.by_work()))
            .is_some_and(|(actual, (_, other, counted))| actual.0 - counted.0 >= 0.5 * other.0)
    }
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct TitleFacts<'a> {
    /// The posting's.
    pub title_required: Cow<'a, str>,
    /// The candidate's that is closest to it.
    pub closest: Cow<'a, str>,
    /// Whether that is a past one.
    pub past: bool,
    /// Whether the summary names it, and no field does.
    #[serde(default)]
    pub in_summary: bool,
    /// How many steps of seniority the candidate's title is above the posting's, below if negative;
    /// none unless both name one.
    #[serde(default)]
    pub seniority_steps: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct EducationFacts<'a> {
    #[serde(with = "wire_name::optional")]
    pub level_required: Option<EducationLevel>,
    #[serde(with = "wire_name::optional")]
    pub level_actual: Option<EducationLevel>,
    /// A higher level that is being studied for, and isn't held.
    #[serde(default, with = "wire_name::optional")]
    pub level_in_progress: Option<EducationLevel>,
    /// The diploma that is held, as stated; none where only a level is.
    #[serde(default)]
    pub diploma: Option<Cow<'a, str>>,
    /// How close the fields of study are, 0 to 1, to four digits; none unless both are stated.
    #[serde(default, rename = "field_likeness")]
    pub field_similarity: Option<f64>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct LanguageFacts<'a> {
    /// In the order of their codes.
    #[serde(rename = "asked")]
    pub requested: Vec<LanguageFact<'a>>,
}

/// One language asked for.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct LanguageFact<'a> {
    pub code: Cow<'a, str>,
    pub credit: f64,
    #[serde(with = "wire_name::optional")]
    pub level_required: Option<LanguageLevel>,
    #[serde(with = "wire_name::optional")]
    pub level_actual: Option<LanguageLevel>,
    pub spoken: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub struct LocationFacts<'a> {
    /// How the places lie to each other; none when a place isn't stated.
    #[serde(default)]
    pub proximity: Option<Proximity>,
    /// The candidate's city, as stated; none where it is the posting's.
    #[serde(default)]
    pub candidate_city: Option<Cow<'a, str>>,
    /// The posting's city, as stated.
    #[serde(default)]
    pub job_city: Option<Cow<'a, str>>,
    /// The code of the candidate's country, where the posting's is another.
    #[serde(default)]
    pub candidate_country: Option<Cow<'a, str>>,
    /// The code of the posting's country, where the candidate's is another.
    #[serde(default)]
    pub job_country: Option<Cow<'a, str>>,
    /// As the crow flies, to 0.1 km.
    #[serde(default)]
    pub distance_km: Option<Number>,
    /// The limit the distance was held against.
    #[serde(default)]
    pub limit_km: Option<Number>,
    /// The longest way that the candidate states, whatever the way of working.
    #[serde(default)]
    pub limit_km_stated: Option<Number>,
    /// True if the candidate refuses to relocate.
    #[serde(default)]
    pub stays: bool,
    /// Whether the candidate's willingness to relocate lifted the score.
    pub relocation: bool,
    #[serde(default, with = "wire_name::optional")]
    pub mode_offered: Option<RemoteMode>,
    #[serde(default, with = "wire_name::optional")]
    pub mode_wanted: Option<RemotePreference>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct ContractFacts {
    #[serde(with = "wire_name")]
    pub offered: ContractType,
    /// Whether the candidate names it.
    pub wanted: bool,
    /// All that the candidate names.
    #[serde(with = "wire_name::list")]
    pub types_wanted: Vec<ContractType>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct SalaryFacts<'a> {
    /// What the posting offers at most, for a year.
    pub offered_per_year: Number,
    /// What the candidate asks for at least, for a year.
    pub asked_per_year: Number,
    /// Of both, as ISO 4217 code.
    #[serde(default)]
    pub currency: Option<Cow<'a, str>>,
    /// The offer as stated, where that is otherwise than for a year.
    #[serde(default)]
    pub offered: Option<StatedPayFact<'a>>,
    /// Pay asked for, likewise.
    #[serde(default, rename = "asked")]
    pub requested: Option<StatedPayFact<'a>>,
    /// How the posting bounds its pay.
    #[serde(default = "PayBound::at_most")]
    pub offered_bound: PayBound,
    /// How the candidate bounds the pay asked for.
    #[serde(default = "PayBound::at_least")]
    pub asked_bound: PayBound,
}

/// An amount of pay as it was stated.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct StatedPayFact<'a> {
    pub amount: Number,
    #[serde(with = "wire_name")]
    pub period: SalaryPeriod,
    /// Where it is another than the one of both sides.
    #[serde(default)]
    pub currency: Option<Cow<'a, str>>,
    #[serde(default)]
    pub net: bool,
}

impl<'a> StatedPayFact<'a> {
    /// None of gross pay for a year that was not converted, which the yearly amounts tell.
    fn of(pay: &'a salary::StatedPay, amount: f64) -> Option<Self> {
        let is_yearly = pay.period == SalaryPeriod::Year && !pay.is_net && pay.currency.is_none();
        (!is_yearly).then(|| Self {
            amount: Number((amount * 100.0).round().min(f64::MAX) / 100.0),
            period: pay.period,
            currency: pay.currency.as_deref().map(Cow::Borrowed),
            net: pay.is_net,
        })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct AvailabilityFacts {
    /// From the start date to the candidate's first day.
    pub days_late: i64,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct IndustryFacts<'a> {
    /// The posting's.
    pub industry_required: Cow<'a, str>,
    /// The candidate's that is closest to it.
    pub closest: Cow<'a, str>,
    /// True if the candidate states several, and none is known to be near it.
    #[serde(default)]
    pub none_near: bool,
}

/// What a score of texts rests on. Documents of before have none of it.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub struct TextFacts<'a> {
    /// The candidate's title, where it stood for a summary that says nothing.
    #[serde(default)]
    pub title: Option<Cow<'a, str>>,
    /// What of the posting decided; none without a score.
    #[serde(default)]
    pub compared_with: Option<WorkSource>,
    /// The model of an external encoder, where its vectors were compared.
    #[serde(default)]
    pub encoder: Option<Cow<'a, str>>,
}

/// Where a posting says what its work is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WorkSource {
    /// In its description.
    Description,
    /// In its title, by what is known of the occupation.
    Title,
}

impl<'a> Criteria<'a> {
    /// What an assessment found.
    #[expect(clippy::too_many_lines, reason = "a field for each fact")]
    pub fn of(assessment: &'a Assessment) -> Self {
        fn finding<F>(outcome: &Outcome<F>) -> Option<&F> {
            outcome.as_ref().ok().map(|scored| &scored.finding)
        }
        let (held, requested, findings) = (
            &*assessment.candidate,
            &*assessment.posting,
            &assessment.findings,
        );
        let entry = Entries {
            assessment,
            certainties: confidence::certainties(assessment),
        };
        let counted = finding(&findings.experience).and_then(|finding| finding.counted);
        let years = experience::finding(held.experience.years, counted, requested.experience);
        Self {
            skills: entry.of(
                Criterion::Skills,
                skills::View {
                    finding: finding(&findings.skills),
                    held: &held.skills,
                    requested: &requested.skills,
                }
                .lists(),
            ),
            experience: entry.of(
                Criterion::Experience,
                ExperienceFacts {
                    min: years.min,
                    max: years.max,
                    actual: years.actual,
                    counted: counted.map(|counted| Number(counted.years)),
                    relevant: counted.map(|counted| Number(counted.relevant)),
                    other: counted.map(|counted| Number(counted.other)),
                },
            ),
            title: entry.of(
                Criterion::Title,
                finding(&findings.title).and_then(|finding: &title::Finding| {
                    let title = requested.title.as_ref()?;
                    let finding = held.titles.prefer_stated(*finding, title);
                    Some(TitleFacts {
                        title_required: Cow::Borrowed(&title.written),
                        closest: Cow::Borrowed(held.titles.closest(&finding)?),
                        past: finding.is_past(),
                        in_summary: finding.is_in_summary(),
                        seniority_steps: (held.titles.closest_seniority(&finding))
                            .zip(title.seniority())
                            .map(|(held, requested)| i64::from(held) - i64::from(requested)),
                    })
                }),
            ),
            education: entry.of(
                Criterion::Education,
                finding(&findings.education).map(|finding| EducationFacts {
                    level_required: finding.level_required,
                    level_actual: finding.level_actual,
                    level_in_progress: finding.level_in_progress,
                    diploma: held.education.diploma.as_deref().map(Cow::Borrowed),
                    field_similarity: finding.field_similarity,
                }),
            ),
            languages: entry.of(
                Criterion::Languages,
                finding(&findings.languages)
                    .map(|finding| LanguageFacts::of(&requested.languages, finding)),
            ),
            location: entry.of(
                Criterion::Location,
                finding(&findings.location).map(|finding| {
                    let names = PlaceNames::of(&held.place, &requested.place, finding);
                    LocationFacts::of(finding, names)
                }),
            ),
            contract: entry.of(
                Criterion::Contract,
                finding(&findings.contract).map(|finding| ContractFacts {
                    offered: finding.offered,
                    wanted: finding.wanted,
                    types_wanted: held.contract_types.clone(),
                }),
            ),
            salary: entry.of(
                Criterion::Salary,
                finding(&findings.salary).map(|finding| {
                    SalaryFacts::of(held.pay.as_ref(), requested.pay.as_ref(), finding)
                }),
            ),
            availability: entry.of(
                Criterion::Availability,
                finding(&findings.availability).map(|finding| AvailabilityFacts {
                    days_late: finding.days_late,
                }),
            ),
            industry: entry.of(
                Criterion::Industry,
                finding(&findings.industry).and_then(|finding| {
                    Some(IndustryFacts {
                        industry_required: Cow::Borrowed(&requested.industry.as_ref()?.written),
                        closest: Cow::Borrowed(&held.industries.get(finding.closest)?.written),
                        none_near: held.industries.len() > 1
                            && assessment.scores[Criterion::Industry as usize] == Ok(0.0),
                    })
                }),
            ),
            text: entry.of(
                Criterion::Text,
                finding(&findings.text).map_or_else(TextFacts::default, |finding| {
                    TextFacts::of(&held.text, finding)
                }),
            ),
        }
    }

    /// What all criteria have, in the order of [`Criterion::ALL`].
    pub fn heads(&self) -> ByCriterion<&Head> {
        [
            &self.skills.head,
            &self.experience.head,
            &self.title.head,
            &self.education.head,
            &self.languages.head,
            &self.location.head,
            &self.contract.head,
            &self.salary.head,
            &self.availability.head,
            &self.industry.head,
            &self.text.head,
        ]
    }

    /// The same, to be changed.
    pub fn heads_mut(&mut self) -> ByCriterion<&mut Head> {
        [
            &mut self.skills.head,
            &mut self.experience.head,
            &mut self.title.head,
            &mut self.education.head,
            &mut self.languages.head,
            &mut self.location.head,
            &mut self.contract.head,
            &mut self.salary.head,
            &mut self.availability.head,
            &mut self.industry.head,
            &mut self.text.head,
        ]
    }

    /// The scores.
    pub fn scores(&self) -> ByCriterion<Option<f64>> {
        self.heads().map(|head| head.score)
    }

    /// The certainties.
    pub fn certainties(&self) -> ByCriterion<Option<f64>> {
        self.heads().map(|head| head.certainty)
    }

    /// Applies other weights.
    pub fn weigh(&mut self, weights: &ByCriterion<f64>) {
        for (head, weight) in self.heads_mut().into_iter().zip(weights) {
            head.weight = *weight;
        }
    }

    /// The first criterion that has a score and no facts, or neither a score nor a reason.
    pub fn first_without_facts(&self) -> Option<Criterion> {
        let has_facts = [
            true,
            self.experience.facts.actual.is_some(),
            self.title.facts.is_some(),
            self.education.facts.is_some(),
            self.languages.facts.is_some(),
            self.location.facts.is_some(),
            self.contract.facts.is_some(),
            self.salary.facts.is_some(),
            self.availability.facts.is_some(),
            self.industry.facts.is_some(),
            true,
        ];
        let heads = self.heads().into_iter().zip(has_facts);
        Criterion::ALL
            .into_iter()
            .zip(heads)
            .find(|(_, (head, has_facts))| match head.score {
                Some(_) => !has_facts,
                None => head.unscored.is_none(),
            })
            .map(|(criterion, _)| criterion)
    }
}

impl<'a> LanguageFacts<'a> {
    fn of(requested: &'a languages::Languages, finding: &languages::Finding) -> Self {
        let found = requested.iter().zip(&finding.credits);
        Self {
            requested: found
                .map(|(requested, found)| LanguageFact {
                    code: Cow::Borrowed(&requested.code),
                    credit: found.credit,
                    level_required: requested.level,
                    level_actual: found.level,
                    spoken: found.is_spoken,
                })
                .collect(),
        }
    }
}

impl<'a> TextFacts<'a> {
    fn of(held: &'a text::CandidateText, finding: &text::Finding) -> Self {
        Self {
            title: held.stand_in(finding).map(Cow::Borrowed),
            compared_with: Some(if finding.by_description {
                WorkSource::Description
            } else {
                WorkSource::Title
            }),
            encoder: held.encoder(finding).map(Cow::Borrowed),
        }
    }
}

impl<'a> LocationFacts<'a> {
    fn of(finding: &location::Finding, names: PlaceNames<'a>) -> Self {
        let is_abroad = finding.proximity == Some(Proximity::OtherCountry);
        let abroad = |country: Option<&'a str>| country.filter(|_| is_abroad).map(Cow::Borrowed);
        Self {
            proximity: finding.proximity,
            candidate_city: names.home.filter(|_| !names.is_one_city).map(Cow::Borrowed),
            job_city: names.work.map(Cow::Borrowed),
            candidate_country: abroad(names.home_country),
            job_country: abroad(names.work_country),
            distance_km: finding.distance_km,
            limit_km: finding.limit_km,
            limit_km_stated: finding
                .limit_km_stated
                .filter(|_| finding.limit_km.is_some()),
            stays: finding.stays,
            relocation: finding.relocation,
            mode_offered: finding.mode_offered,
            mode_wanted: finding.mode_wanted,
        }
    }
}

impl<'a> SalaryFacts<'a> {
    fn of(
        wanted: Option<&'a salary::YearlyPay>,
        offer: Option<&'a salary::YearlyPay>,
        finding: &salary::Finding,
    ) -> Self {
        let mut currencies = [wanted, offer]
            .into_iter()
            .flatten()
            .filter_map(|pay| pay.currency.as_deref());
        Self {
            offered_per_year: finding.offered_per_year,
            asked_per_year: finding.asked_per_year,
            currency: currencies.next().map(Cow::Borrowed),
            offered: offer.and_then(|pay| StatedPayFact::of(&pay.stated, pay.stated.highest)),
            requested: wanted.and_then(|pay| StatedPayFact::of(&pay.stated, pay.stated.lowest)),
            offered_bound: offer.map_or(PayBound::AtMost, |pay| {
                // Of a range, the upper end is told.
                pay.stated.bound.unwrap_or(PayBound::AtMost)
            }),
            asked_bound: wanted.map_or(PayBound::AtLeast, |pay| {
                pay.stated.bound.unwrap_or(PayBound::AtLeast)
            }),
        }
    }
}

struct Entries<'a> {
    assessment: &'a Assessment,
    certainties: ByCriterion<Option<f64>>,
}

impl Entries<'_> {
    fn of<F>(&self, criterion: Criterion, facts: F) -> Entry<F> {
        let score = self.assessment.scores[criterion as usize];
        Entry {
            head: Head {
                score: score.ok(),
                weight: self.assessment.total.weights[criterion as usize],
                certainty: self.certainties[criterion as usize],
                unscored: score.err(),
                stated_in_text: (score.err())
                    .and_then(|why| self.stated_in_text(criterion, why))
                    .map(Box::new),
            },
            facts,
        }
    }

    /// Returns what the text of the silent side tells of a criterion.
    fn stated_in_text(&self, criterion: Criterion, why: Unscored) -> Option<EvidenceInText> {
        let (held, requested) = (&*self.assessment.candidate, &*self.assessment.posting);
        let texts = match why {
            Unscored::CandidateSilent => &held.stated_in_text,
            Unscored::PostingSilent | Unscored::BothSilent => &requested.stated_in_text,
            Unscored::CandidateUnreadable | Unscored::CurrenciesDiffer => return None,
        };
        match criterion {
            Criterion::Experience => texts.experience.clone(),
            Criterion::Education => texts.education.clone(),
            Criterion::Languages if why == Unscored::CandidateSilent => {
                let codes = requested.languages.iter().map(|language| &*language.code);
                let bytes = held.skills.clause_naming_any(codes)?;
                Some(held.skills.evidence_in_summary(bytes))
            }
            _ => texts.other(criterion).cloned(),
        }
    }
}
