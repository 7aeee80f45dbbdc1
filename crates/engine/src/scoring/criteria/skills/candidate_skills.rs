//! A candidate's skills: stated skills, skills that titles and summary mention, and other evidence.

use std::{borrow::Cow, ops::Range, sync::Arc};

use super::{
    clauses::Clauses,
    compiled_skill::{CompiledSkill, Merge, Practice, PracticeChange, compile},
    requested_skills::RequestedSkill,
};
use crate::{
    profiles::skill::Skill,
    scoring::{
        criteria::{
            languages::Languages,
            text::is_about_work,
            title::{CandidateTitles, Title},
        },
        document::document,
        prose::{ContentWords, Prose},
        taxonomy::KnownSkill,
        text,
        vocabulary::{SkillId, language_skill},
    },
};

/// Minimum number of words of titles and summary that describe a person's work.
const TELLING_WORDS: usize = 10;
/// Maximum number of titles in the summary that are compared with titles requested as skills.
const MOST_TITLES_IN_TEXT: usize = 3;
/// Minimum similarity of two titles of the same work.
const SAME_WORK: f64 = 0.75;

/// The candidate's skills.
#[derive(Debug, Default)]
pub struct CandidateSkills {
    /// Stated skills, sorted by name.
    pub stated: Vec<CompiledSkill>,
    /// Skills that titles and summary mention, sorted by skill.
    mentioned: Box<[MentionedSkill]>,
    /// Skill ids of the listed languages.
    pub(super) spoken: Box<[SkillId]>,
    /// The current and past titles, whose occupations need some skills. Past ones are included, so
    /// that changing the title keeps the skills of earlier work.
    titles: Box<[Arc<Title>]>,
    /// The first titles that only the summary names.
    titles_in_text: Box<[Arc<Title>]>,
    /// The content words of the summary, and those of the titles.
    content_words: [ContentWords; 2],
    /// The clauses of the summary.
    clauses: Clauses,
    /// True if skills are listed.
    lists_skills: bool,
    /// True if titles and summary are long enough to describe the work.
    is_described: bool,
}

/// A known skill that a text names.
#[derive(Debug)]
struct MentionedSkill {
    skill: KnownSkill,
    /// Index of the field in [`FIELDS`].
    field: u8,
    /// Byte range in the texts of the field.
    bytes: Range<u32>,
}

/// Names of the fields whose words `content_words` contains, as evidence shows them.
const FIELDS: [&str; 2] = ["summary", "title"];

document! {
    /// A passage of a text.
    #[derive(Eq)]
    pub struct EvidenceInText as "Evidence" {
        /// The text: `summary`, `title` (all titles count as one text), or `description` of the
        /// posting.
        always field: Cow<'static, str>,
        /// The words as written.
        always quote: String,
        /// The position at which they begin, in characters.
        always start: usize,
        /// The position at which they end, in characters.
        always end: usize,
    }
}

/// A passage that names a skill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mentioned {
    /// The mention at this index.
    At(usize),
    /// Consecutive words of one field.
    InWords {
        /// Index of the field in [`FIELDS`].
        field: usize,
        /// Index of the first word.
        from: usize,
        /// Index after the last word.
        to: usize,
    },
}

impl CandidateSkills {
    /// Compiles the stated skills, the licences, which are skills as well, the listed languages,
    /// and the texts of summary and titles.
    pub fn of(
        skills: &[Skill],
        licences: &[String],
        languages: &Languages,
        summary: &Prose,
        titles: &Prose,
        held_titles: &CandidateTitles,
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
        // The sort is stable: mentions in the summary come first.
        mentioned.sort_by_key(|mention| mention.skill);
        mentioned.dedup_by_key(|mention| (mention.skill, mention.field));
        let words = summary.telling_words + titles.words.len();
        let says_work = is_about_work(summary) || !titles.words.is_empty();
        let stated = compile(skills, licences, Merge::Held);
        Self {
            lists_skills: stated.iter().any(|skill| !skill.is_licence),
            stated,
            mentioned: mentioned.into(),
            spoken: languages
                .iter()
                .filter_map(|language| language_skill(&language.code))
                .collect(),
            titles: held_titles.stated().cloned().collect(),
            titles_in_text: held_titles.in_text().take(MOST_TITLES_IN_TEXT).collect(),
            is_described: words >= TELLING_WORDS && says_work,
            clauses: Clauses::of(&summary.content_words),
            content_words: [summary.content_words.clone(), titles.content_words.clone()],
        }
    }

    /// Compiles listed skills and languages, for a profile without texts.
    pub fn listed(skills: &[Skill], languages: &Languages) -> Self {
        let (text, titles) = (Prose::default(), CandidateTitles::default());
        Self::of(skills, &[], languages, &text, &text, &titles)
    }

    /// Compiles a licence, for a profile with nothing else.
    pub fn licensed(licence: &str) -> Self {
        let (text, titles) = (Prose::default(), CandidateTitles::default());
        let licence = [licence.to_owned()];
        Self::of(&[], &licence, &Languages::new(), &text, &text, &titles)
    }

    /// Returns the index at which the candidate states this very skill.
    pub fn stated_at(&self, requested: &RequestedSkill) -> Option<usize> {
        let meanings = requested.skill.meanings();
        meanings
            .into_iter()
            .find_map(|skill| self.place_of(skill.id))
    }

    pub(super) fn place_of(&self, skill: SkillId) -> Option<usize> {
        self.stated.iter().position(|stated| stated.id == skill)
    }

    /// True if the profile has no evidence about skills: none is listed, and no work is described.
    pub fn is_silent(&self) -> bool {
        !self.lists_skills && !self.is_described
    }

    /// True if skills, titles or summary name the language with this code.
    pub fn names_language(&self, code: &str) -> bool {
        language_skill(code)
            .is_some_and(|skill| self.mention_at(skill).is_some() || self.place_of(skill).is_some())
    }

    /// Returns the clause of the summary that names any of some languages, given by their codes.
    pub fn clause_naming_any<'a>(
        &self,
        mut codes: impl Iterator<Item = &'a str>,
    ) -> Option<Range<u32>> {
        codes.find_map(|code| {
            let mention = &self.mentioned[self.mention_at(language_skill(code)?)?];
            let is_in_summary = usize::from(mention.field) == 0;
            is_in_summary.then(|| self.content_words[0].clause_around(&mention.bytes))
        })
    }

    /// Returns the level and years of a stated skill.
    pub(super) fn practice(&self, at: usize, practice_change: Option<PracticeChange>) -> Practice {
        match practice_change {
            Some(practice_change) if practice_change.at == at => practice_change.practice,
            _ => self.stated[at].practice(),
        }
    }

    /// Returns the index of the first title whose occupation needs a skill; the current title comes
    /// before past ones.
    pub(super) fn title_needing(&self, skill: &CompiledSkill) -> Option<usize> {
        let skill = skill.known?;
        self.titles.iter().position(|title| title.needs(skill))
    }

    /// Returns the title at an index, as written.
    pub(super) fn title(&self, at: usize) -> &str {
        &self.titles[at].written
    }

    /// Returns the stated title, or else one in the summary with its clause, that names the same
    /// work as a title requested as a skill, as written.
    pub(super) fn title_like(&self, requested: &Title) -> Option<(&str, Option<EvidenceInText>)> {
        let is_same = |title: &&Arc<Title>| title.work_similarity(requested) >= SAME_WORK;
        if let Some(stated) = self.titles.iter().find(is_same) {
            return Some((&stated.written, None));
        }
        let named = self.titles_in_text.iter().find(is_same)?;
        let words = text::words(&named.written);
        let stems: Vec<u64> = words
            .iter()
            .map(|word| text::hash(&text::stem(word)))
            .collect();
        Some((&named.written, self.evidence_with(&stems)))
    }

    fn mention_at(&self, skill: SkillId) -> Option<usize> {
        let skill = KnownSkill::try_from(skill).ok()?;
        let at = self
            .mentioned
            .partition_point(|mention| mention.skill < skill);
        let mention = self.mentioned.get(at)?;
        (mention.skill == skill).then_some(at)
    }

    /// Returns the passage in which a title names a skill.
    pub(super) fn title_mention_of(&self, skill: &CompiledSkill) -> Option<Mentioned> {
        let field = FIELDS.len() - 1;
        if skill.known.is_some() {
            let at = self.mention_at(skill.id)?;
            // One skill has at most one mention for each field.
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
        let from = self.content_words[field].find(&skill.stems)?;
        let to = from + skill.stems.len();
        Some(Mentioned::InWords { field, from, to })
    }

    /// Returns the passage in which titles or summary name a skill. Unknown names are searched by
    /// their words.
    pub(super) fn mention_of(&self, requested: &CompiledSkill) -> Option<Mentioned> {
        if requested.known.is_some() {
            return self.mention_at(requested.id).map(Mentioned::At);
        }
        if requested.stems.is_empty() {
            return None;
        }
        (0..self.content_words.len()).find_map(|field| {
            let from = self.content_words[field].find(&requested.stems)?;
            let to = from + requested.stems.len();
            Some(Mentioned::InWords { field, from, to })
        })
    }

    /// Returns the index of the clause of the summary that shows a competence most strongly, and
    /// its strength; for alternatives, the strongest of all.
    pub(super) fn clause_showing(&self, requested: &CompiledSkill) -> Option<(usize, f64)> {
        let shown = requested.meanings().filter_map(|requested| {
            self.clauses
                .showing(&self.content_words[0], requested.competence()?)
        });
        shown.reduce(|best, next| if next.1 > best.1 { next } else { best })
    }

    /// True if the clause at an index shares the word that distinguishes a skill.
    pub(super) fn shows_specifically(&self, at: usize, requested: &CompiledSkill) -> bool {
        let mut meanings = requested.meanings();
        meanings.any(|requested| {
            (requested.competence()).is_some_and(|requested| {
                self.clauses
                    .shows_specifically(&self.content_words[0], at, requested)
            })
        })
    }

    /// True if the summary describes a skill in other words.
    pub fn says_in_other_words(&self, requested: &RequestedSkill) -> bool {
        self.clause_showing(&requested.skill).is_some()
    }

    /// Returns the clause at an index as evidence.
    pub(super) fn evidence_in_clause(&self, at: usize) -> EvidenceInText {
        self.evidence_in_summary(self.clauses.bytes(at))
    }

    /// Returns these bytes of the summary as evidence.
    pub fn evidence_in_summary(&self, bytes: Range<u32>) -> EvidenceInText {
        let (quote, span) = self.content_words[0].quote(bytes);
        EvidenceInText {
            field: Cow::Borrowed(FIELDS[0]),
            quote,
            start: span.start,
            end: span.end,
        }
    }

    /// Returns the first clause of the summary, else of a title, with all of these stems.
    pub fn evidence_with(&self, stems: &[u64]) -> Option<EvidenceInText> {
        (0..self.content_words.len()).find_map(|field| {
            let bytes = self.content_words[field].own_clause_with(stems)?;
            let (quote, span) = self.content_words[field].quote(bytes);
            Some(EvidenceInText {
                field: Cow::Borrowed(FIELDS[field]),
                quote,
                start: span.start,
                end: span.end,
            })
        })
    }

    /// Returns the first clause of the summary that has words near in meaning to two words of a
    /// requested skill, or to its only one.
    pub(super) fn clause_near(&self, requested: &CompiledSkill) -> Option<EvidenceInText> {
        let near = |name: &CompiledSkill| {
            let bytes = self.content_words[0].own_clause_near(name.near_words())?;
            Some(self.evidence_in_summary(bytes))
        };
        requested.meanings().find_map(near)
    }

    /// Returns a mention as evidence.
    pub(super) fn evidence_of(&self, mentioned: Mentioned) -> EvidenceInText {
        let (field, (quote, span)) = match mentioned {
            Mentioned::At(at) => {
                let mention = &self.mentioned[at];
                let field = usize::from(mention.field);
                (
                    field,
                    self.content_words[field].quote(mention.bytes.clone()),
                )
            }
            Mentioned::InWords { field, from, to } => {
                (field, self.content_words[field].quote_words(from..to))
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
