//! A candidate's skills: those stated, those that titles and summary mention, and what else speaks
//! for some.

use std::{borrow::Cow, ops::Range, sync::Arc};

use serde::{Deserialize, Serialize};

use super::{
    asked::AskedSkill,
    clauses::Clauses,
    prepared::{Merge, Practice, PreparedSkill, Raised, prepare},
};
use crate::{
    profiles::skill::Skill,
    scoring::{
        criteria::{
            languages::Languages,
            text::is_about_work,
            title::{HeldTitles, Title},
        },
        prose::{Prose, SaidWords},
        taxonomy::KnownSkill,
        vocabulary::{SkillId, language_skill},
    },
};

/// From how many words on a text says what somebody's work is.
const TELLING_WORDS: usize = 10;

/// The candidate's skills.
#[derive(Debug, Default)]
pub struct HeldSkills {
    /// By name.
    pub stated: Vec<PreparedSkill>,
    /// What titles and summary mention, sorted by skill.
    mentioned: Box<[MentionedSkill]>,
    /// Ids of the skills that listed languages are.
    pub(super) spoken: Box<[SkillId]>,
    /// The current title and the past ones, whose occupations need some: who takes another title
    /// keeps the skills of the work so far.
    titles: Box<[Arc<Title>]>,
    /// The words of the summary, and those of the titles.
    said: [SaidWords; 2],
    /// The clauses of the summary.
    clauses: Clauses,
    /// Whether skills are listed.
    lists_skills: bool,
    /// Whether titles and summary are long enough to say what the work is.
    is_described: bool,
}

/// A known skill that a text names.
#[derive(Debug)]
struct MentionedSkill {
    skill: KnownSkill,
    /// The place of the field in [`FIELDS`].
    field: u8,
    /// In the texts of the field.
    bytes: Range<u32>,
}

/// The fields that `said` holds the words of, as evidence names them.
const FIELDS: [&str; 2] = ["summary", "title"];

/// Where a text names a skill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceInText {
    /// `summary` or `title`; all titles count as one text.
    pub field: Cow<'static, str>,
    /// The words, as written.
    pub quote: String,
    /// Where they begin in the text, in characters.
    pub start: usize,
    /// Where they end.
    pub end: usize,
}

/// How a text names a skill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mentioned {
    /// At this place in the list of mentions.
    At(usize),
    /// By these words, in their order, of this field of [`FIELDS`].
    InWords {
        /// The place of the field.
        field: usize,
        /// The place of the first word.
        from: usize,
        /// The place after the last.
        to: usize,
    },
}

impl HeldSkills {
    /// Prepares the stated skills, the licences, which are skills as well, the listed languages,
    /// and what summary and titles say.
    pub fn of(
        skills: &[Skill],
        licences: &[String],
        languages: &Languages,
        summary: &Prose,
        titles: &Prose,
        held_titles: &HeldTitles,
    ) -> Self {
        let mut mentioned = Vec::new();
        for (field, text) in (0..).zip([summary, titles]) {
            let own = text.skills.iter().filter(|mention| !mention.is_of_others);
            mentioned.extend(own.map(|mention| MentionedSkill {
                skill: mention.skill,
                field,
                bytes: mention.bytes.clone(),
            }));
        }
        // Stable: what the summary says comes first.
        mentioned.sort_by_key(|mention| mention.skill);
        mentioned.dedup_by_key(|mention| (mention.skill, mention.field));
        let words = summary.telling_words + titles.words.len();
        let says_work = is_about_work(summary) || !titles.words.is_empty();
        let stated = prepare(skills, licences, Merge::Held);
        Self {
            lists_skills: stated.iter().any(|skill| !skill.is_licence),
            stated,
            mentioned: mentioned.into(),
            spoken: languages
                .iter()
                .filter_map(|language| language_skill(&language.code))
                .collect(),
            titles: held_titles.stated().cloned().collect(),
            is_described: words >= TELLING_WORDS && says_work,
            clauses: Clauses::of(&summary.said),
            said: [summary.said.clone(), titles.said.clone()],
        }
    }

    /// Prepares what is listed, of a profile without texts.
    pub fn listed(skills: &[Skill], languages: &Languages) -> Self {
        let (text, titles) = (Prose::default(), HeldTitles::default());
        Self::of(skills, &[], languages, &text, &text, &titles)
    }

    /// Prepares a licence, of a profile with nothing else.
    pub fn licensed(licence: &str) -> Self {
        let (text, titles) = (Prose::default(), HeldTitles::default());
        let licence = [licence.to_owned()];
        Self::of(&[], &licence, &Languages::new(), &text, &text, &titles)
    }

    /// Where the candidate states this very skill.
    pub fn stated_at(&self, asked: &AskedSkill) -> Option<usize> {
        let meanings = asked.skill.meanings();
        meanings
            .into_iter()
            .find_map(|skill| self.place_of(skill.id))
    }

    pub(super) fn place_of(&self, skill: SkillId) -> Option<usize> {
        self.stated.iter().position(|stated| stated.id == skill)
    }

    /// Whether the profile tells nothing about skills: none is listed, and no work described.
    pub fn is_silent(&self) -> bool {
        !self.lists_skills && !self.is_described
    }

    /// Whether skills, titles or summary name a language, by its code.
    pub fn names_language(&self, code: &str) -> bool {
        language_skill(code)
            .is_some_and(|skill| self.mention_at(skill).is_some() || self.place_of(skill).is_some())
    }

    /// The clause of the summary that names one of some languages, by their codes.
    pub fn clause_naming_any<'a>(
        &self,
        mut codes: impl Iterator<Item = &'a str>,
    ) -> Option<Range<u32>> {
        codes.find_map(|code| {
            let mention = &self.mentioned[self.mention_at(language_skill(code)?)?];
            let is_in_summary = usize::from(mention.field) == 0;
            is_in_summary.then(|| self.said[0].clause_around(&mention.bytes))
        })
    }

    /// How well a stated skill is practised.
    pub(super) fn practice(&self, at: usize, raised: Option<Raised>) -> Practice {
        match raised {
            Some(raised) if raised.at == at => raised.practice,
            _ => self.stated[at].practice(),
        }
    }

    /// The place of the first title whose occupation needs a skill, the current one before past
    /// ones.
    pub(super) fn title_needing(&self, skill: &PreparedSkill) -> Option<usize> {
        let skill = skill.known?;
        self.titles.iter().position(|title| title.needs(skill))
    }

    /// The title at a place, as written.
    pub(super) fn title(&self, at: usize) -> &str {
        &self.titles[at].written
    }

    fn mention_at(&self, skill: SkillId) -> Option<usize> {
        let skill = KnownSkill::try_from(skill).ok()?;
        let at = self
            .mentioned
            .partition_point(|mention| mention.skill < skill);
        let mention = self.mentioned.get(at)?;
        (mention.skill == skill).then_some(at)
    }

    /// Where a title names a skill.
    pub(super) fn title_mention_of(&self, skill: &PreparedSkill) -> Option<Mentioned> {
        let field = FIELDS.len() - 1;
        if skill.known.is_some() {
            let at = self.mention_at(skill.id)?;
            // The mentions of one skill are at most one for each field.
            let mut mentions = (at..self.mentioned.len()).take(FIELDS.len());
            return mentions
                .find(|at| {
                    let mention = &self.mentioned[*at];
                    SkillId::from(mention.skill) == skill.id && usize::from(mention.field) == field
                })
                .map(Mentioned::At);
        }
        if skill.stems.is_empty() {
            return None;
        }
        let from = self.said[field].find(&skill.stems)?;
        let to = from + skill.stems.len();
        Some(Mentioned::InWords { field, from, to })
    }

    /// Where titles or summary name a skill; unknown names are looked for by their words.
    pub(super) fn mention_of(&self, asked: &PreparedSkill) -> Option<Mentioned> {
        if asked.known.is_some() {
            return self.mention_at(asked.id).map(Mentioned::At);
        }
        if asked.stems.is_empty() {
            return None;
        }
        (0..self.said.len()).find_map(|field| {
            let from = self.said[field].find(&asked.stems)?;
            let to = from + asked.stems.len();
            Some(Mentioned::InWords { field, from, to })
        })
    }

    /// The clause of the summary that shows a competence most, or of alternatives the one shown
    /// most, and how much.
    pub(super) fn clause_showing(&self, asked: &PreparedSkill) -> Option<(usize, f64)> {
        let shown = asked
            .meanings()
            .filter_map(|asked| self.clauses.showing(&self.said[0], asked.competence()?));
        shown.reduce(|best, next| if next.1 > best.1 { next } else { best })
    }

    /// Whether the summary says a skill in other words.
    pub fn says_in_other_words(&self, asked: &AskedSkill) -> bool {
        self.clause_showing(&asked.skill).is_some()
    }

    /// The clause at a place.
    pub(super) fn evidence_in_clause(&self, at: usize) -> EvidenceInText {
        self.evidence_in_summary(self.clauses.bytes(at))
    }

    /// These bytes of the summary.
    pub fn evidence_in_summary(&self, bytes: Range<u32>) -> EvidenceInText {
        let (quote, span) = self.said[0].quote(bytes);
        EvidenceInText {
            field: Cow::Borrowed(FIELDS[0]),
            quote,
            start: span.start,
            end: span.end,
        }
    }

    /// The first clause of the summary, else of a title, that has all of these stems.
    pub fn evidence_with(&self, stems: &[u64]) -> Option<EvidenceInText> {
        (0..self.said.len()).find_map(|field| {
            let bytes = self.said[field].own_clause_with(stems)?;
            let (quote, span) = self.said[field].quote(bytes);
            Some(EvidenceInText {
                field: Cow::Borrowed(FIELDS[field]),
                quote,
                start: span.start,
                end: span.end,
            })
        })
    }

    /// The place of a mention.
    pub(super) fn evidence_of(&self, mentioned: Mentioned) -> EvidenceInText {
        let (field, (quote, span)) = match mentioned {
            Mentioned::At(at) => {
                let mention = &self.mentioned[at];
                let field = usize::from(mention.field);
                (field, self.said[field].quote(mention.bytes.clone()))
            }
            Mentioned::InWords { field, from, to } => {
                (field, self.said[field].quote_words(from..to))
            }
        };
        EvidenceInText {
            field: Cow::Borrowed(FIELDS[field]),
            quote,
            start: span.start,
            end: span.end,
        }
    }
}
