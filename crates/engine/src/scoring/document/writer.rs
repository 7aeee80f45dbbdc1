//! Writes result documents: the order of the members, and the positions of the sentences.

use std::sync::LazyLock;

use super::{
    Document,
    facts::{
        Counterfactual, Criteria, EducationFacts, Entry, ExperienceFacts, Facts, Head,
        KnockoutFact, LanguageFact, LanguageFacts, LocationFacts, TextFacts, TitleFacts,
        WorkSource,
    },
    json::{Json, Value, Word},
};
use crate::scoring::{
    counterfactuals::{Change, ChangeKind, ChangeValue},
    criteria::{
        Criterion, Unscored, all_criteria,
        location::Proximity,
        skills::{EvidenceInText, Matched, Missing, Related, RelatedBy, Rung, SkillLists},
    },
    explanation::{self, Statement},
    knockouts::{KnockoutKind, KnockoutOutcome},
    language::Language,
    weights::Weights,
    wire_name::WireName,
};

/// Capacity in bytes that suffices for nearly all documents.
const USUAL_SIZE: usize = 8192;

/// Writes a document as JSON text, with sentences in a language.
pub fn write(document: &Document<'_>, language: Language) -> String {
    let mut json = Json::with_capacity(USUAL_SIZE);
    Writer { document, language }.write(&mut json);
    json.into_text()
}

struct Writer<'d, 'a> {
    document: &'d Document<'a>,
    language: Language,
}

impl Writer<'_, '_> {
    fn write(&self, json: &mut Json) {
        let document = self.document;
        json.put(r#"{"candidate_id":"#, document.candidate_id);
        json.put(r#","job_posting_id":"#, document.job_posting_id);
        json.put(r#","score":"#, document.score);
        let uncapped = document.score_before_knockouts;
        json.put_some(r#","score_before_knockouts":"#, uncapped);
        json.put(r#","category":"#, Word(document.category.as_str()));
        json.put(r#","confidence":"#, document.confidence);
        json.list(r#","knockouts":"#, &document.knockouts, |json, fact| {
            self.knockout(json, fact);
        });
        let met = &document.must_haves_met;
        json.list(r#","must_haves_met":"#, met, |json, fact| {
            must_have(json, fact);
            json.raw("}");
        });
        self.criteria(json, &document.criteria);
        let strengths = explanation::strengths(document);
        json.list(r#","strengths":"#, strengths, |json, strength| {
            self.sentence(json, "", &strength);
        });
        let gaps = explanation::gaps(document);
        json.list(r#","gaps":"#, gaps, |json, gap| {
            self.sentence(json, "", &gap);
        });
        let recommendation = explanation::recommendation(document);
        self.sentence(json, r#","recommendation":"#, &recommendation);
        let questions = explanation::questions(document);
        json.list(r#","questions":"#, questions, |json, question| {
            self.sentence(json, "", &question);
        });
        json.raw(r#","not_judged":"#);
        match explanation::not_judged(document) {
            Some(statement) => self.sentence(json, "", &statement),
            None => json.raw("null"),
        }
        let shown = &document.counterfactuals;
        json.list(r#","counterfactuals":"#, shown, |json, shown| {
            self.counterfactual(json, shown);
        });
        let others = &document.other_changes;
        json.list(r#","other_changes":"#, others, |json, other| {
            change(json, other);
            json.raw("}");
        });
        json.put(r#","coverage":"#, document.coverage);
        json.put(r#","weights_configured":"#, &document.weights_configured);
        json.put(r#","weights_default":"#, &document.weights_default);
        json.put(r#","language":"#, Word(self.language.as_str()));
        json.put(r#","engine_version":"#, &document.engine_version);
        json.put(r#","taxonomy_version":"#, &document.taxonomy_version);
        json.put(r#","profiles_hash":"#, &document.profiles_hash);
        json.put(r#","input_hash":"#, document.input_hash.as_str());
        json.put(r#","computed_at":"#, &document.computed_at);
        json.raw("}");
    }

    fn sentence(&self, json: &mut Json, before: &str, statement: &Statement<'_>) {
        json.sentence(before, |text| statement.write(self.language, text));
    }

    fn knockout(&self, json: &mut Json, fact: &KnockoutFact<'_>) {
        must_have(json, fact);
        if let Some(stated_in_text) = &fact.stated_in_text {
            evidence(json, r#","told":{"field":"#, stated_in_text);
        }
        let statement = explanation::of_knockout(self.document, fact);
        self.sentence(json, r#","reason":"#, &statement);
        json.raw("}");
    }

    fn counterfactual(&self, json: &mut Json, shown: &Counterfactual<'_>) {
        change(json, &shown.change);
        json.put(r#","gain":"#, shown.gain);
        let statement = explanation::of_change(self.document, shown);
        self.sentence(json, r#","sentence":"#, &statement);
        json.raw("}");
    }

    fn entry(&self, json: &mut Json, criterion: Criterion, entry: &Entry<impl Facts>) {
        let Head {
            score,
            weight,
            certainty,
            unscored,
            ref stated_in_text,
        } = entry.head;
        json.put(r#""score":"#, score);
        json.put(r#","weight":"#, weight);
        json.put_some(r#","certainty":"#, certainty);
        if let Some(unscored) = unscored {
            json.put(r#","unscored":"#, Word(reason(unscored)));
            let statement = Statement::Unscored(criterion, unscored, stated_in_text.as_deref());
            self.sentence(json, r#","reason":"#, &statement);
        }
        if let Some(stated_in_text) = stated_in_text {
            evidence(json, r#","told":{"field":"#, stated_in_text);
        }
        entry.facts.write(json);
        json.raw("}");
    }
}

macro_rules! criteria_of_documents {
    ($($(#[$description:meta])+ $variant:ident: $name:ident { $($rest:tt)+ })+) => {
        impl Writer<'_, '_> {
            fn criteria(&self, json: &mut Json, criteria: &Criteria<'_>) {
                json.raw(r#","criteria":"#);
                let mut before = "{";
                $(
                    json.raw(std::mem::replace(&mut before, ","));
                    json.raw(concat!("\"", stringify!($name), "\":{"));
                    self.entry(json, Criterion::$variant, &criteria.$name);
                )+
                json.raw("}");
            }
        }
    };
}
all_criteria!(criteria_of_documents);

impl Facts for SkillLists<'_> {
    fn write(&self, json: &mut Json) {
        json.put_some(r#","source":"#, self.source.as_ref());
        json.list(r#","matched":"#, &self.matched, matched);
        json.list(r#","related":"#, &self.related, related);
        json.list(r#","missing":"#, &self.missing, missing);
        json.list(r#","additional":"#, &self.additional, |json, name| {
            json.put("", name);
        });
    }
}

/// Writes a must-have without its closing brace.
fn must_have(json: &mut Json, fact: &KnockoutFact<'_>) {
    json.put(r#"{"kind":"#, Word(kind_of_knockout(fact.kind)));
    json.put(r#","name":"#, &fact.name);
    json.put(r#","status":"#, Word(status(fact.outcome)));
}

fn matched(json: &mut Json, skill: &Matched<'_>) {
    json.put(r#"{"name":"#, &skill.name);
    json.put(r#","required":"#, skill.required);
    json.put(r#","credit":"#, skill.credit);
    json.put_some(r#","weight":"#, skill.weight);
    json.put_some(r#","stated_as":"#, skill.stated_as.as_ref());
    json.put_some(r#","level_required":"#, skill.level_required);
    json.put_some(r#","level_actual":"#, skill.level_actual);
    json.put_some(r#","years_required":"#, skill.years_required);
    json.put_some(r#","years_actual":"#, skill.years_actual);
    json.put(r#","rung":"#, Word(rung(skill.rung)));
    if let Some(evidence) = &skill.evidence {
        self::evidence(json, r#","evidence":{"field":"#, evidence);
    }
    json.raw("}");
}

fn related(json: &mut Json, skill: &Related<'_>) {
    json.put(r#"{"name":"#, &skill.name);
    json.put(r#","required":"#, skill.required);
    json.put(r#","credit":"#, skill.credit);
    json.put_some(r#","weight":"#, skill.weight);
    json.put(r#","via":"#, &skill.via);
    json.put(r#","relation":"#, Word(relation(skill.relation)));
    json.put(r#","rung":"#, Word(rung(skill.rung)));
    if let Some(evidence) = &skill.evidence {
        self::evidence(json, r#","evidence":{"field":"#, evidence);
    }
    json.raw("}");
}

fn evidence(json: &mut Json, before: &str, evidence: &EvidenceInText) {
    json.put(before, &evidence.field);
    json.put(r#","quote":"#, evidence.quote.as_str());
    json.put(r#","start":"#, evidence.start);
    json.put(r#","end":"#, evidence.end);
    json.raw("}");
}

fn missing(json: &mut Json, skill: &Missing<'_>) {
    json.put(r#"{"name":"#, &skill.name);
    json.put(r#","required":"#, skill.required);
    json.put_some(r#","weight":"#, skill.weight);
    json.put_some(r#","credit":"#, skill.credit);
    json.raw("}");
}

impl Facts for ExperienceFacts {
    fn are_recorded(&self) -> bool {
        self.actual.is_some()
    }

    fn write(&self, json: &mut Json) {
        json.put(r#","years_required":"#, self.min);
        json.put_some(r#","years_maximum":"#, self.max);
        json.put(r#","years_actual":"#, self.actual);
        json.put_some(r#","years_counted":"#, self.counted);
        json.put_some(r#","years_relevant":"#, self.relevant);
        json.put_some(r#","years_other":"#, self.other);
    }
}

impl Facts for TitleFacts<'_> {
    fn write(&self, json: &mut Json) {
        json.put(r#","title_required":"#, &self.title_required);
        json.put(r#","closest":"#, &self.closest);
        json.put(r#","past":"#, self.past);
        json.put_some(r#","in_summary":"#, self.in_summary.then_some(true));
        json.put_some(r#","seniority_steps":"#, self.seniority_steps);
    }
}

impl Facts for EducationFacts<'_> {
    fn write(&self, json: &mut Json) {
        json.put(r#","level_required":"#, name(self.level_required));
        json.put(r#","level_actual":"#, name(self.level_actual));
        if self.level_in_progress.is_some() {
            json.put(r#","level_in_progress":"#, name(self.level_in_progress));
        }
        json.put_some(r#","diploma":"#, self.diploma.as_ref());
        json.put_some(r#","field_likeness":"#, self.field_similarity);
    }
}

impl Facts for LanguageFacts<'_> {
    fn write(&self, json: &mut Json) {
        json.list(r#","asked":"#, &self.requested, language);
    }
}

fn language(json: &mut Json, fact: &LanguageFact<'_>) {
    json.put(r#"{"code":"#, &fact.code);
    json.put(r#","credit":"#, fact.credit);
    json.put(r#","level_required":"#, name(fact.level_required));
    json.put(r#","level_actual":"#, name(fact.level_actual));
    json.put(r#","spoken":"#, fact.spoken);
    json.put_some(r#","written":"#, fact.is_written.then_some(true));
    json.raw("}");
}

impl Facts for LocationFacts<'_> {
    fn write(&self, json: &mut Json) {
        json.put_some(r#","proximity":"#, self.proximity.map(proximity).map(Word));
        json.put_some(r#","candidate_city":"#, self.candidate_city.as_ref());
        json.put_some(r#","job_city":"#, self.job_city.as_ref());
        json.put_some(r#","candidate_country":"#, self.candidate_country.as_ref());
        json.put_some(r#","job_country":"#, self.job_country.as_ref());
        json.put_some(r#","distance_km":"#, self.distance_km);
        json.put_some(r#","limit_km":"#, self.limit_km);
        json.put_some(r#","limit_km_stated":"#, self.limit_km_stated);
        json.put(r#","relocation":"#, self.relocation);
        json.put_some(r#","stays":"#, self.stays.then_some(true));
        json.put_some(r#","mode_offered":"#, name(self.mode_offered));
        json.put_some(r#","mode_wanted":"#, name(self.mode_wanted));
    }
}

impl Facts for TextFacts<'_> {
    fn write(&self, json: &mut Json) {
        json.put_some(r#","title":"#, self.title.as_ref());
        let compared_with = self.compared_with.map(|source| match source {
            WorkSource::Description => "description",
            WorkSource::Title => "title",
        });
        json.put_some(r#","compared_with":"#, compared_with.map(Word));
        json.put_some(r#","encoder":"#, self.encoder.as_ref());
    }
}

/// Writes a change without its closing brace: the counterfactuals shown have further members.
fn change(json: &mut Json, change: &Change<'_>) {
    json.put(r#"{"change":"#, Word(kind_of_change(change.kind)));
    json.put(r#","name":"#, &change.name);
    json.put(r#","from":"#, change.from.as_ref());
    json.put(r#","to":"#, change.to.as_ref());
    json.raw(r#","scores":{"#);
    for (at, (criterion, score)) in change.scores.iter().enumerate() {
        json.put(if at > 0 { "," } else { "" }, Word(criterion.as_str()));
        json.put(":", score);
    }
    json.raw("}");
    json.put_some(r#","knocked_out":"#, change.knocked_out.then_some(true));
}

impl Value for &ChangeValue<'_> {
    fn write(self, json: &mut Json) {
        match self {
            ChangeValue::Number(number) => number.write(json),
            ChangeValue::Date(date) => date.write(json),
            ChangeValue::Word(word) => word.write(json),
        }
    }
}

/// The default weights as JSON, which every document contains.
static DEFAULT_WEIGHTS: LazyLock<String> = LazyLock::new(|| {
    let mut json = Json::with_capacity(0);
    weights(&mut json, &Weights::default());
    json.into_text()
});

impl Value for &Weights {
    fn write(self, json: &mut Json) {
        if *self == Weights::default() {
            json.raw(&DEFAULT_WEIGHTS);
        } else {
            weights(json, self);
        }
    }
}

fn weights(json: &mut Json, weights: &Weights) {
    for (at, (criterion, weight)) in weights.iter().enumerate() {
        json.put(if at > 0 { "," } else { "{" }, Word(criterion.as_str()));
        json.put(":", weight);
    }
    json.raw("}");
}

fn name<T: WireName>(word: Option<T>) -> Option<Word> {
    word.map(T::name).map(Word)
}

fn reason(unscored: Unscored) -> &'static str {
    match unscored {
        Unscored::CandidateSilent => "candidate_silent",
        Unscored::CandidateUnreadable => "candidate_unreadable",
        Unscored::PostingSilent => "job_posting_silent",
        Unscored::BothSilent => "both_silent",
        Unscored::CurrenciesDiffer => "currencies_differ",
    }
}

fn relation(relation: RelatedBy) -> &'static str {
    match relation {
        RelatedBy::Implies => "implies",
        RelatedBy::Narrower => "narrower",
        RelatedBy::Near => "near",
        RelatedBy::Occupation => "occupation",
        RelatedBy::Misspelt => "misspelt",
        RelatedBy::Neighbour => "neighbour",
        RelatedBy::Foundation => "foundation",
        RelatedBy::Spoken => "spoken",
        RelatedBy::Mentioned => "mentioned",
        RelatedBy::InOtherWords => "in_other_words",
        RelatedBy::Industry => "industry",
        RelatedBy::HeldTitle => "held_title",
        RelatedBy::WrittenIn => "written_in",
    }
}

fn proximity(proximity: Proximity) -> &'static str {
    match proximity {
        Proximity::Anywhere => "anywhere",
        Proximity::Measured => "measured",
        Proximity::SameCity => "same_city",
        Proximity::OtherCity => "other_city",
        Proximity::SameCountry => "same_country",
        Proximity::OtherCountry => "other_country",
    }
}

fn kind_of_knockout(kind: KnockoutKind) -> &'static str {
    match kind {
        KnockoutKind::Skill => "skill",
        KnockoutKind::Language => "language",
        KnockoutKind::Licence => "licence",
        KnockoutKind::WorkPermit => "work_permit",
        KnockoutKind::Location => "location",
        KnockoutKind::Contract => "contract",
    }
}

fn status(outcome: KnockoutOutcome) -> &'static str {
    match outcome {
        KnockoutOutcome::Failed => "not_met",
        KnockoutOutcome::Unknown => "ask",
        KnockoutOutcome::Met => "met",
    }
}

fn rung(rung: Rung) -> &'static str {
    match rung {
        Rung::Listed => "listed",
        Rung::Used => "used",
        Rung::UsedForYears => "used_for_years",
        Rung::InTitle => "in_title",
    }
}

fn kind_of_change(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::AddSkill => "add_skill",
        ChangeKind::RaiseLevel => "raise_level",
        ChangeKind::SkillYears => "skill_years",
        ChangeKind::MoreYears => "more_years",
        ChangeKind::EducationLevel => "education_level",
        ChangeKind::AddLanguage => "add_language",
        ChangeKind::LanguageLevel => "language_level",
        ChangeKind::Distance => "distance",
        ChangeKind::WorkMode => "work_mode",
        ChangeKind::ContractType => "contract_type",
        ChangeKind::Salary => "salary",
        ChangeKind::AvailableFrom => "available_from",
        ChangeKind::AddLicence => "add_licence",
        ChangeKind::AddWorkPermit => "add_work_permit",
    }
}
