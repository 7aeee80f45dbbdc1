//! Facts that a document records for each criterion.

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

/// A must-have with its outcome.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct KnockoutFact<'a> {
    pub kind: KnockoutKind,
    /// Name as the posting writes it; the code of a language.
    pub name: Cow<'a, str>,
    #[serde(rename = "status")]
    pub outcome: KnockoutOutcome,
    /// Quote of the candidate's text that names the licence, if no field states it.
    #[serde(default, rename = "told")]
    pub stated_in_text: Option<Cow<'a, EvidenceInText>>,
}

impl<'a> KnockoutFact<'a> {
    /// Collects the facts of a must-have.
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
    /// Gain in the score, to four digits.
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

/// One criterion: its score and weight, and the facts behind them.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Entry<F> {
    #[serde(flatten)]
    pub head: Head,
    #[serde(flatten)]
    pub facts: F,
}

/// Members that all criteria have.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Head {
    /// Score in [0, 1], to four digits; `None` without data.
    pub score: Option<f64>,
    /// Weight as applied: renormalised, to six digits; 0 without a score.
    pub weight: f64,
    /// Certainty in [0, 1], to four digits: the amount of evidence and its sharpness. `None`
    /// without a score.
    #[serde(default)]
    pub certainty: Option<f64>,
    /// Reason for a missing score.
    #[serde(default)]
    pub unscored: Option<Unscored>,
    /// Quote of a text about the criterion, if no field states it: of the candidate's summary, or
    /// of the posting's description if the posting is silent. For the location, also a quote that
    /// widens or narrows the stated place. Boxed, since most heads have none.
    #[serde(default, rename = "told")]
    pub stated_in_text: Option<Box<EvidenceInText>>,
}

/// Years of both sides, scored or not.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct ExperienceFacts {
    #[serde(rename = "years_required")]
    pub min: Option<Number>,
    #[serde(rename = "years_maximum", default)]
    pub max: Option<Number>,
    #[serde(rename = "years_actual")]
    pub actual: Option<Number>,
    /// Number of years that count; `None`, like the next two, if no work is compared.
    #[serde(rename = "years_counted", default)]
    pub counted: Option<Number>,
    /// Years in work similar to the posting's.
    #[serde(rename = "years_relevant", default)]
    pub relevant: Option<Number>,
    /// Years in other work.
    #[serde(rename = "years_other", default)]
    pub other: Option<Number>,
}

impl ExperienceFacts {
    /// Returns the years that count.
    pub fn years(&self) -> Option<Number> {
        self.counted.or(self.actual)
    }

    /// Returns the years in similar work, those in other work, and the years that both count as;
    /// `None` unless a part was spent on other work.
    pub fn by_work(&self) -> Option<(Number, Number, Number)> {
        let other = self.other.filter(|other| other.0 > 0.0)?;
        Some((self.relevant?, other, self.counted?))
    }

    /// True if years in other work count little, because that work has hardly anything in common
    /// with the posting's; else it is only less similar.
    pub fn is_other_work_far(&self) -> bool {
        (self.actual.zip(self.by_work()))
            .is_some_and(|(actual, (_, other, counted))| actual.0 - counted.0 >= 0.5 * other.0)
    }
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct TitleFacts<'a> {
    /// The posting's title.
    pub title_required: Cow<'a, str>,
    /// The candidate's title that is most similar to it.
    pub closest: Cow<'a, str>,
    /// True if that title is a past one.
    pub past: bool,
    /// True if only the summary names that title.
    #[serde(default)]
    pub in_summary: bool,
    /// Steps of seniority of the candidate's title above the posting's, negative below; `None`
    /// unless both titles name one.
    #[serde(default)]
    pub seniority_steps: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct EducationFacts<'a> {
    #[serde(with = "wire_name::optional")]
    pub level_required: Option<EducationLevel>,
    #[serde(with = "wire_name::optional")]
    pub level_actual: Option<EducationLevel>,
    /// A higher level in progress, not held yet.
    #[serde(default, with = "wire_name::optional")]
    pub level_in_progress: Option<EducationLevel>,
    /// The held diploma as stated; `None` if only a level is stated.
    #[serde(default)]
    pub diploma: Option<Cow<'a, str>>,
    /// Similarity of the fields of study in [0, 1], to four digits; `None` unless both are stated.
    #[serde(default, rename = "field_likeness")]
    pub field_similarity: Option<f64>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct LanguageFacts<'a> {
    /// Requested languages, sorted by code.
    #[serde(rename = "asked")]
    pub requested: Vec<LanguageFact<'a>>,
}

/// One requested language.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct LanguageFact<'a> {
    pub code: Cow<'a, str>,
    pub credit: f64,
    #[serde(with = "wire_name::optional")]
    pub level_required: Option<LanguageLevel>,
    #[serde(with = "wire_name::optional")]
    pub level_actual: Option<LanguageLevel>,
    pub spoken: bool,
    /// True if the language isn't listed, but the summary is written in it.
    #[serde(default, rename = "written")]
    pub is_written: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub struct LocationFacts<'a> {
    /// Relation of the two places; `None` if one isn't stated.
    #[serde(default)]
    pub proximity: Option<Proximity>,
    /// The candidate's city as stated; `None` if it is the posting's.
    #[serde(default)]
    pub candidate_city: Option<Cow<'a, str>>,
    /// The posting's city as stated.
    #[serde(default)]
    pub job_city: Option<Cow<'a, str>>,
    /// Code of the candidate's country, if the posting's is another.
    #[serde(default)]
    pub candidate_country: Option<Cow<'a, str>>,
    /// Code of the posting's country, if the candidate's is another.
    #[serde(default)]
    pub job_country: Option<Cow<'a, str>>,
    /// Distance as the crow flies, to 0.1 km.
    #[serde(default)]
    pub distance_km: Option<Number>,
    /// The limit that the distance was compared with.
    #[serde(default)]
    pub limit_km: Option<Number>,
    /// The maximum distance that the candidate states, for any work mode.
    #[serde(default)]
    pub limit_km_stated: Option<Number>,
    /// True if the candidate refuses to relocate.
    #[serde(default)]
    pub stays: bool,
    /// True if the candidate's willingness to relocate raised the score.
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
    /// True if the candidate names this type.
    pub wanted: bool,
    /// All types that the candidate names.
    #[serde(with = "wire_name::list")]
    pub types_wanted: Vec<ContractType>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct SalaryFacts<'a> {
    /// The posting's maximum pay per year.
    pub offered_per_year: Number,
    /// The candidate's minimum pay per year.
    pub asked_per_year: Number,
    /// ISO 4217 code of both amounts.
    #[serde(default)]
    pub currency: Option<Cow<'a, str>>,
    /// The offer as stated, if it was stated otherwise than per year.
    #[serde(default)]
    pub offered: Option<StatedPayFact<'a>>,
    /// The requested pay as stated, if it was stated otherwise than per year.
    #[serde(default, rename = "asked")]
    pub requested: Option<StatedPayFact<'a>>,
    /// Kind of bound that the posting states.
    #[serde(default = "PayBound::at_most")]
    pub offered_bound: PayBound,
    /// Kind of bound that the candidate states.
    #[serde(default = "PayBound::at_least")]
    pub asked_bound: PayBound,
}

/// An amount of pay as stated.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct StatedPayFact<'a> {
    pub amount: Number,
    #[serde(with = "wire_name")]
    pub period: SalaryPeriod,
    /// Currency, if it differs from that of the comparison.
    #[serde(default)]
    pub currency: Option<Cow<'a, str>>,
    #[serde(default)]
    pub net: bool,
}

impl<'a> StatedPayFact<'a> {
    /// Returns `None` for gross yearly pay that was not converted, because the yearly amounts show
    /// it.
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
    /// Days from the start date to the candidate's first day.
    pub days_late: i64,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct IndustryFacts<'a> {
    /// The posting's industry.
    pub industry_required: Cow<'a, str>,
    /// The candidate's industry that is most similar to it.
    pub closest: Cow<'a, str>,
    /// True if the candidate states several, and none is known to be similar.
    #[serde(default)]
    pub none_near: bool,
}

/// Basis of a score of texts. Documents of older versions lack it.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub struct TextFacts<'a> {
    /// The candidate's title, if it replaced a summary without content.
    #[serde(default)]
    pub title: Option<Cow<'a, str>>,
    /// The part of the posting that decided; `None` without a score.
    #[serde(default)]
    pub compared_with: Option<WorkSource>,
    /// Model of the external encoder, if its vectors were compared.
    #[serde(default)]
    pub encoder: Option<Cow<'a, str>>,
}

/// Part of a posting that describes its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WorkSource {
    /// The description.
    Description,
    /// The title, by the taxonomy's knowledge of the occupation.
    Title,
}

impl<'a> Criteria<'a> {
    /// Collects the facts of an assessment.
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
                    industries: &held.industries,
                    written_in: held.stated_in_text.written_in,
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
                finding(&findings.languages).map(|finding| {
                    let written_in = held.stated_in_text.written_in;
                    LanguageFacts::of(&requested.languages, finding, written_in)
                }),
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

    /// Returns the heads of all criteria, in the order of [`Criterion::ALL`].
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

    /// Returns the heads for modification.
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

    /// Returns the scores.
    pub fn scores(&self) -> ByCriterion<Option<f64>> {
        self.heads().map(|head| head.score)
    }

    /// Returns the certainties.
    pub fn certainties(&self) -> ByCriterion<Option<f64>> {
        self.heads().map(|head| head.certainty)
    }

    /// Applies other weights.
    pub fn weigh(&mut self, weights: &ByCriterion<f64>) {
        for (head, weight) in self.heads_mut().into_iter().zip(weights) {
            head.weight = *weight;
        }
    }

    /// Returns the first criterion that has a score without facts, or neither a score nor a reason.
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
    fn of(
        requested: &'a languages::Languages,
        finding: &languages::Finding,
        written_in: Option<&str>,
    ) -> Self {
        let found = requested.iter().zip(&finding.credits);
        Self {
            requested: found
                .map(|(requested, found)| LanguageFact {
                    code: Cow::Borrowed(&requested.code),
                    credit: found.credit,
                    level_required: requested.level,
                    level_actual: found.level,
                    spoken: found.is_spoken,
                    is_written: !found.is_spoken && written_in == Some(requested.code.as_str()),
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
                // The upper end of a range is shown.
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
                stated_in_text: match score {
                    Ok(_) => self.place_terms(criterion),
                    Err(why) => self.stated_in_text(criterion, why),
                }
                .map(Box::new),
            },
            facts,
        }
    }

    /// Returns the quote that widens or narrows the place: the candidate's, or the posting's for
    /// remote work.
    fn place_terms(&self, criterion: Criterion) -> Option<EvidenceInText> {
        if criterion != Criterion::Location {
            return None;
        }
        let (held, requested) = (&*self.assessment.candidate, &*self.assessment.posting);
        let location = self.assessment.findings.location.as_ref();
        let is_remote =
            location.is_ok_and(|found| found.finding.mode_offered == Some(RemoteMode::Remote));
        let of_posting = requested.stated_in_text.place_terms.as_ref();
        let terms = held.stated_in_text.place_terms.as_ref();
        terms.or(of_posting.filter(|_| is_remote)).cloned()
    }

    /// Returns the quote of the silent side's text about a criterion.
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
            Criterion::Location => {
                let terms = texts.place_terms.as_ref();
                texts.other(criterion).or(terms).cloned()
            }
            _ => texts.other(criterion).cloned(),
        }
    }
}
