//! Facts that a document records for each criterion.

use std::borrow::Cow;

use serde::Deserialize;

use super::json::Json;
use crate::{
    profiles::{
        education::EducationLevel,
        language::LanguageLevel,
        location::{RemoteMode, RemotePreference},
    },
    scoring::{
        assessment::Assessment,
        confidence,
        counterfactuals::Change,
        criteria::{
            self, Criterion, FieldCriterion, Number, Outcome, Unscored, all_criteria, experience,
            languages,
            location::{self, PlaceNames, Proximity},
            skills::{self, EvidenceInText, SkillLists},
            text,
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

/// The facts of one criterion, as a document records them.
pub trait Facts {
    /// True if the facts behind a score are there. Parsed documents may lack them.
    fn are_recorded(&self) -> bool {
        true
    }

    /// Writes them as members of an object, each after a comma.
    fn write(&self, json: &mut Json);
}

impl<F: Facts> Facts for Option<F> {
    fn are_recorded(&self) -> bool {
        self.is_some()
    }

    fn write(&self, json: &mut Json) {
        if let Some(facts) = self {
            facts.write(json);
        }
    }
}

macro_rules! criteria_of_documents {
    ($(
        $(#[$description:meta])+
        $variant:ident: $name:ident {
            weight: $weight:literal,
            strength: $strength:literal,
            french: $french:literal,
            $(fields $fields:ident)?
            $(joint $joint:ident: $facts:ty)?
        }
    )+) => {
        /// All criteria, in the order of [`Criterion::ALL`].
        #[derive(Debug, Clone, PartialEq, Deserialize)]
        pub struct Criteria<'a> {
            $(pub $name: Entry<
                $($facts)?
                $(Option<<criteria::$fields::Rules as FieldCriterion>::Facts<'a>>)?
            >,)+
        }

        impl<'a> Criteria<'a> {
            /// Collects the facts of an assessment.
            pub fn of(assessment: &'a Assessment) -> Self {
                let entries = Entries {
                    assessment,
                    certainties: confidence::certainties(assessment),
                };
                Self {
                    $($($joint: entries.of(Criterion::$variant, $joint(assessment)),)?
                    $($fields: entries.of(
                        Criterion::$variant,
                        assessment.findings.$fields.as_ref().ok().and_then(|found| {
                            criteria::$fields::Rules::facts(
                                found,
                                &assessment.candidate.fields.$fields,
                                &assessment.posting.fields.$fields,
                            )
                        }),
                    ),)?)+
                }
            }

            /// Returns the heads of all criteria, in the order of [`Criterion::ALL`].
            pub fn heads(&self) -> ByCriterion<&Head> {
                [$(&self.$name.head),+]
            }

            /// Returns the heads for modification.
            fn heads_mut(&mut self) -> ByCriterion<&mut Head> {
                [$(&mut self.$name.head),+]
            }

            /// True for each criterion whose facts are there.
            fn are_recorded(&self) -> ByCriterion<bool> {
                [$(self.$name.facts.are_recorded()),+]
            }

            /// Returns the facts of a criterion of fields.
            pub fn of_fields(&self, criterion: Criterion) -> Option<FieldFacts<'_>> {
                match criterion {
                    $($(Criterion::$variant => {
                        self.$fields.facts.as_ref().map(FieldFacts::$variant)
                    })?)+
                    _ => None,
                }
            }
        }

        /// The facts of one criterion of fields.
        #[derive(Debug, Clone, Copy, PartialEq)]
        pub enum FieldFacts<'a> {
            $($($variant(&'a <criteria::$fields::Rules as FieldCriterion>::Facts<'a>),)?)+
        }

        impl FieldFacts<'_> {
            /// True if the candidate states less than requested: a gap at any score.
            pub fn fall_short(self) -> bool {
                match self {
                    $($(Self::$variant(facts) => criteria::$fields::Rules::falls_short(facts),)?)+
                }
            }
        }
    };
}
all_criteria!(criteria_of_documents);

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
    /// Similarity of the fields of study in [0, 1], to four digits; `None` unless both are stated,
    /// 0 if they have nothing known in common.
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

fn finding<F>(outcome: &Outcome<F>) -> Option<&F> {
    outcome.as_ref().ok().map(|scored| &scored.finding)
}

fn skills(assessment: &Assessment) -> SkillLists<'_> {
    skills::View {
        finding: finding(&assessment.findings.skills),
        held: &assessment.candidate.skills,
        requested: &assessment.posting.skills,
        industries: &assessment.candidate.fields.industry,
        written_in: assessment.candidate.stated_in_text.written_in,
    }
    .lists()
}

fn experience(assessment: &Assessment) -> ExperienceFacts {
    let (held, requested) = (&*assessment.candidate, &*assessment.posting);
    let counted = finding(&assessment.findings.experience).and_then(|finding| finding.counted);
    let years = experience::finding(held.experience.years, counted, requested.experience);
    ExperienceFacts {
        min: years.min,
        max: years.max,
        actual: years.actual,
        counted: counted.map(|counted| Number(counted.years)),
        relevant: counted.map(|counted| Number(counted.relevant)),
        other: counted.map(|counted| Number(counted.other)),
    }
}

fn title(assessment: &Assessment) -> Option<TitleFacts<'_>> {
    let titles = &assessment.candidate.titles;
    let finding = finding(&assessment.findings.title)?;
    let title = assessment.posting.title.as_ref()?;
    let finding = titles.prefer_stated(*finding, title);
    Some(TitleFacts {
        title_required: Cow::Borrowed(&title.written),
        closest: Cow::Borrowed(titles.closest(&finding)?),
        past: finding.is_past(),
        in_summary: finding.is_in_summary(),
        seniority_steps: (titles.closest_seniority(&finding))
            .zip(title.seniority())
            .map(|(held, requested)| i64::from(held) - i64::from(requested)),
    })
}

fn education(assessment: &Assessment) -> Option<EducationFacts<'_>> {
    let diploma = assessment.candidate.education.diploma.as_deref();
    finding(&assessment.findings.education).map(|finding| EducationFacts {
        level_required: finding.level_required,
        level_actual: finding.level_actual,
        level_in_progress: finding.level_in_progress,
        diploma: diploma.map(Cow::Borrowed),
        field_similarity: finding.field_similarity,
    })
}

fn languages(assessment: &Assessment) -> Option<LanguageFacts<'_>> {
    let written_in = assessment.candidate.stated_in_text.written_in;
    finding(&assessment.findings.languages)
        .map(|finding| LanguageFacts::of(&assessment.posting.languages, finding, written_in))
}

fn location(assessment: &Assessment) -> Option<LocationFacts<'_>> {
    let (held, requested) = (&assessment.candidate.place, &assessment.posting.place);
    finding(&assessment.findings.location)
        .map(|finding| LocationFacts::of(finding, PlaceNames::of(held, requested, finding)))
}

fn text(assessment: &Assessment) -> TextFacts<'_> {
    finding(&assessment.findings.text).map_or_else(TextFacts::default, |finding| {
        TextFacts::of(&assessment.candidate.text, finding)
    })
}

impl Criteria<'_> {
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
        let heads = self.heads().into_iter().zip(self.are_recorded());
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
