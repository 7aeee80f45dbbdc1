//! Facts that a document records for each criterion.

use std::borrow::Cow;

use serde::Deserialize;

use super::{
    Json,
    declaration::document,
    value::{Context, Members, Schemas, Value},
};
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
        explanation::{self, Statement},
        knockouts::{Knockout, KnockoutKind, KnockoutOutcome},
        total::ByCriterion,
        vocabulary::language_skill,
        wire_name::wire_names,
    },
};

document! {
    /// A must-have and its outcome.
    pub struct KnockoutFact<'a> as "MustHave" {
        /// Kind of the must-have.
        always kind: KnockoutKind,
        /// The name in the posting; of a language, its code.
        always name: Cow<'a, str>,
        /// The outcome: `ask` if the profile doesn't say.
        always outcome as "status": KnockoutOutcome,
        /// A quote from the summary or a title that names the licence, if no field states it.
        optional stated_in_text as "told": Option<Cow<'a, EvidenceInText>>,
        /// The reason, in one sentence; absent if the must-have is met.
        optional reason: Option<Statement<'_>> = |fact, context| {
            let is_met = fact.outcome == KnockoutOutcome::Met;
            (!is_met).then(|| explanation::of_knockout(context.document, fact))
        },
    }
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

document! {
    /// A change that would raise the score.
    pub struct Counterfactual<'a> {
        flat change: Change<'a>,
        /// Gain in the score, to four digits.
        always gain: f64,
        /// The change and its gain, in one sentence.
        always sentence: Statement<'_> = |shown, context| {
            explanation::of_change(context.document, shown)
        },
    }
}

/// The facts of one criterion, as a document records them.
pub trait Facts: Members {
    /// True if the facts behind a score are there. Parsed documents may lack them.
    fn are_recorded(&self) -> bool {
        true
    }
}

impl<M: Members> Facts for Option<M> {
    fn are_recorded(&self) -> bool {
        self.is_some()
    }
}

impl Facts for SkillLists<'_> {}

impl Facts for ExperienceFacts {
    fn are_recorded(&self) -> bool {
        self.actual.is_some()
    }
}

impl Facts for TextFacts<'_> {}

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
            $(pub $name: Entry<'a,
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
            pub fn heads(&self) -> ByCriterion<&Head<'a>> {
                [$(&self.$name.head),+]
            }

            /// Returns the heads for modification.
            fn heads_mut(&mut self) -> ByCriterion<&mut Head<'a>> {
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

        impl<'a> Value for Criteria<'a> {
            fn write(&self, json: &mut Json, context: &Context<'_, '_>) {
                let mut before = "{";
                $(
                    json.raw(std::mem::replace(&mut before, ","));
                    json.raw(concat!("\"", stringify!($name), "\":"));
                    let criterion = Some(Criterion::$variant);
                    self.$name.write(json, &Context { criterion, ..*context });
                )+
                json.raw("}");
            }

            fn schema(schemas: &mut Schemas) -> serde_json::Value {
                schemas.object("Criteria", &["The criteria, by their names."], |object| {
                    $(
                        object.object::<Entry<'_,
                            $($facts)?
                            $(Option<<criteria::$fields::Rules as FieldCriterion>::Facts<'a>>)?
                        >>(
                            stringify!($name),
                            concat!(stringify!($variant), "Criterion"),
                            Criterion::$variant.description(),
                        );
                    )+
                })
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

document! {
    /// One criterion: its score and weight, and the facts behind them.
    pub struct Entry<'a, F> where F: Members {
        flat head: Head<'a>,
        flat facts: F,
    }
}

document! {
    /// The members that all criteria have.
    pub struct Head<'a> {
        /// The score, in [0, 1], to four digits; null without data.
        always score: Option<f64>,
        /// The applied weight, to six digits: a share of the weights of the criteria that have a
        /// score; 0 without a score.
        always weight: f64,
        /// The certainty of the score by the amount and precision of its evidence, in [0, 1], to
        /// four digits; absent without a score.
        optional certainty: Option<f64>,
        /// The reason for a missing score.
        optional unscored: Option<Unscored>,
        /// The reason for a missing score, in one sentence.
        optional reason: Option<Statement<'_>> = |head, context| head.reason(context.criterion),
        /// A quote from a text about this criterion if no field states the value, to be confirmed:
        /// the candidate's summary on experience, education, languages, place, contract, pay and
        /// first day, or the posting's description of these except languages. Of the location, also
        /// a quote that widens or narrows the stated place.
        optional stated_in_text as "told": Option<Cow<'a, EvidenceInText>>,
    }
}

impl Head<'_> {
    /// Returns the statement of the reason for a missing score.
    fn reason(&self, criterion: Option<Criterion>) -> Option<Statement<'_>> {
        let (criterion, unscored) = criterion.zip(self.unscored)?;
        let stated_in_text = self.stated_in_text.as_deref();
        Some(Statement::Unscored(criterion, unscored, stated_in_text))
    }
}

document! {
    /// Years of both sides, scored or not.
    #[derive(Copy)]
    pub struct ExperienceFacts {
        /// The minimum that the posting asks for.
        always min as "years_required": Option<Number>,
        /// The maximum that the posting asks for.
        optional max as "years_maximum": Option<Number>,
        /// The candidate's years.
        always actual as "years_actual": Option<Number>,
        /// Number of years that count; absent, like the next two, unless the candidate's positions
        /// are dated and compared with the posting's work.
        optional counted as "years_counted": Option<Number>,
        /// Years in work similar to the posting's.
        optional relevant as "years_relevant": Option<Number>,
        /// Years in other work.
        optional other as "years_other": Option<Number>,
    }
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
}

document! {
    /// The facts about titles.
    pub struct TitleFacts<'a> {
        /// The posting's title.
        always title_required: Cow<'a, str>,
        /// The candidate's title that is most similar to it.
        always closest: Cow<'a, str>,
        /// True if that title is a past one.
        always past: bool,
        /// True if only the summary names that title.
        optional in_summary: bool,
        /// Steps of seniority of the candidate's title above the posting's, negative below; absent
        /// unless both titles name one.
        optional seniority_steps: Option<i64>,
    }
}

document! {
    /// The facts about education.
    pub struct EducationFacts<'a> {
        /// The required level.
        always level_required: Option<EducationLevel>,
        /// The level that the candidate holds.
        always level_actual: Option<EducationLevel>,
        /// A higher level in progress, not held yet.
        optional level_in_progress: Option<EducationLevel>,
        /// The held diploma as stated; absent if only a level is stated.
        optional diploma: Option<Cow<'a, str>>,
        /// The similarity of the fields of study, in [0, 1], to four digits; absent unless both are
        /// stated, 0 if they have nothing known in common.
        optional field_similarity as "field_likeness": Option<f64>,
    }
}

document! {
    /// The facts about languages.
    pub struct LanguageFacts<'a> {
        /// The requested languages, sorted by code.
        always requested as "asked": Vec<LanguageFact<'a>>,
    }
}

document! {
    /// One requested language.
    pub struct LanguageFact<'a> as "RequestedLanguage" {
        /// The ISO 639 code.
        always code: Cow<'a, str>,
        /// The credit, in [0, 1], to four digits.
        always credit: f64,
        /// The required level; null if any suffices.
        always level_required: Option<LanguageLevel>,
        /// The candidate's level; null if none is stated.
        always level_actual: Option<LanguageLevel>,
        /// True if the candidate lists the language.
        always spoken: bool,
        /// True if the language isn't listed, but the summary is written in it.
        optional is_written as "written": bool,
    }
}

document! {
    /// The facts about places.
    #[derive(Default)]
    pub struct LocationFacts<'a> {
        /// The relation of the two places; absent if one isn't stated.
        optional proximity: Option<Proximity>,
        /// The candidate's city as stated; absent if it is the posting's.
        optional candidate_city: Option<Cow<'a, str>>,
        /// The posting's city as stated.
        optional job_city: Option<Cow<'a, str>>,
        /// The code of the candidate's country, if the posting's is another.
        optional candidate_country: Option<Cow<'a, str>>,
        /// The code of the posting's country, if the candidate's is another.
        optional job_country: Option<Cow<'a, str>>,
        /// The distance as the crow flies, to 0.1 km.
        optional distance_km: Option<Number>,
        /// The limit that the distance was compared with.
        optional limit_km: Option<Number>,
        /// The maximum distance that the candidate states, for any work mode.
        optional limit_km_stated: Option<Number>,
        /// True if the candidate's willingness to relocate raised the score.
        always relocation: bool,
        /// True if the candidate refuses to relocate.
        optional stays: bool,
        /// The work mode that the posting offers.
        optional mode_offered: Option<RemoteMode>,
        /// The work mode that the candidate wants.
        optional mode_wanted: Option<RemotePreference>,
    }
}

document! {
    /// Basis of a score of texts. Documents of older versions lack it.
    #[derive(Default)]
    pub struct TextFacts<'a> {
        /// The candidate's title, if it replaced a summary without content.
        optional title: Option<Cow<'a, str>>,
        /// The part of the posting that decided; absent without a score.
        optional compared_with: Option<WorkSource>,
        /// The model of the external encoder, if its vectors were compared.
        optional encoder: Option<Cow<'a, str>>,
    }
}

wire_names! {
    /// Part of a posting that describes its work.
    pub enum WorkSource {
        /// The description.
        Description = "description",
        /// The title, by the taxonomy's knowledge of the occupation.
        Title = "title",
    }
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
        written_in: (assessment.candidate.stated_in_text.written_in).and_then(language_skill),
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

impl<'a> Entries<'a> {
    fn of<F: Members>(&self, criterion: Criterion, facts: F) -> Entry<'a, F> {
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
                },
            },
            facts,
        }
    }

    /// Returns the quote that widens or narrows the place: the candidate's, or the posting's for
    /// remote work.
    fn place_terms(&self, criterion: Criterion) -> Option<Cow<'a, EvidenceInText>> {
        if criterion != Criterion::Location {
            return None;
        }
        let (held, requested) = (&*self.assessment.candidate, &*self.assessment.posting);
        let location = self.assessment.findings.location.as_ref();
        let is_remote =
            location.is_ok_and(|found| found.finding.mode_offered == Some(RemoteMode::Remote));
        let of_posting = requested.stated_in_text.place_terms.as_ref();
        let terms = held.stated_in_text.place_terms.as_ref();
        terms
            .or(of_posting.filter(|_| is_remote))
            .map(Cow::Borrowed)
    }

    /// Returns the quote of the silent side's text about a criterion.
    fn stated_in_text(
        &self,
        criterion: Criterion,
        why: Unscored,
    ) -> Option<Cow<'a, EvidenceInText>> {
        let (held, requested) = (&*self.assessment.candidate, &*self.assessment.posting);
        let texts = match why {
            Unscored::CandidateSilent => &held.stated_in_text,
            Unscored::PostingSilent | Unscored::BothSilent => &requested.stated_in_text,
            Unscored::CandidateUnreadable | Unscored::CurrenciesDiffer => return None,
        };
        let stated = match criterion {
            Criterion::Experience => texts.experience.as_ref(),
            Criterion::Education => texts.education.as_ref(),
            Criterion::Languages if why == Unscored::CandidateSilent => {
                let codes = requested.languages.iter().map(|language| &*language.code);
                let bytes = held.skills.clause_naming_any(codes)?;
                return Some(Cow::Owned(held.skills.evidence_in_summary(bytes)));
            }
            Criterion::Location => texts.other(criterion).or(texts.place_terms.as_ref()),
            _ => texts.other(criterion),
        };
        stated.map(Cow::Borrowed)
    }
}
