//! Skills.
//!
//! Each skill asked for earns a credit in [0, 1]. The score is their mean, weighted by how much each
//! tells: a required skill three times as much as a preferred one, a rare one up to three times as
//! much as one that many occupations use (see [`taxonomy::rarity`]). A credit comes from the best of:
//!
//! | the candidate | credit | listed as |
//! |---|---|---|
//! | states the skill | 1 | `matched` |
//! | lists it among the languages | 1 | `related` |
//! | states one that implies it (Django for Python) | 0.9 | `related` |
//! | states a kind of it (arc welding for welding) | 0.8 | `related` |
//! | states it with a slip of the pen ("Kubernets") | 0.8 | `related` |
//! | mentions it in the title, past titles or summary | 0.8 | `related` |
//! | states one that means nearly the same, nearness n (see [`taxonomy::near_skills`]) | 0.7·n² | `related` |
//! | bears the title of an occupation that needs it, by ESCO | 0.5 | `related` |
//! | states a neighbour (Vue.js for React) | 0.4 | `related` |
//! | states what it builds on (Python for Django) | 0.25 | `related` |
//!
//! Where both sides state a level or years for it, less than asked for multiplies the credit by
//! 0.5 + 0.5·held/asked (the smaller of the two factors), more changes nothing.
//!
//! *Skills in free text.* A text that doesn't name a skill does not say it is missing. So the score is
//! never less than 0.15 of the mean of the credits and 0.85 of how much the summary speaks of the
//! posting's work (the text criterion's score).
//!
//! Names that nobody knows are looked for by their words, one after the other within a clause, little
//! words aside.
//!
//! *Licences* are stated skills as well, by their names and by what follows from them.
//!
//! *Names that no relation joins.* Where nothing else earns 0.25 or more, names are compared by their
//! vectors (see [`taxonomy::nearness_of_vectors`]); a nearness n earns 0.7·n², after 0.4·n where one of
//! the two is known and was not found near. Two names of software are not compared so. What a near
//! skill earns below 0.2 counts, but leaves the skill among the missing ones.
//!
//! A candidate who lists no skills is silent about them, and has no score here, unless the titles and
//! summary mention one that is asked for or have ten words or more: who describes their work at
//! that length has said what it is, and what it is not.
//!
//! A posting that lists no skills but has a description is taken to ask for the known skills that
//! the description names, all of them preferred ones; the document says `"source":"description"`.
//! Soft skills are not read from descriptions, since nearly every posting names some.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::{Number, Outcome, Scored, Unscored, languages::Languages, stated, title::HeldTitles};
use crate::{
    domain::skill::Skill,
    scoring::{
        prose::{Mention, Prose, SaidWords},
        taxonomy::{self, KnownSkill, NameVector, Relation},
        text,
        vocabulary::{SkillId, Spelling, known_id, language_name, misspelt, parts, resolve},
    },
};

const REQUIRED_WEIGHT: f64 = 3.0;
const PREFERRED_WEIGHT: f64 = 1.0;
const IMPLIED: f64 = 0.9;
const NARROWER: f64 = 0.8;
const MISSPELT: f64 = 0.8;
const MENTIONED: f64 = 0.8;
const NEAR: f64 = 0.7;
const OCCUPATION: f64 = 0.5;
const NEIGHBOUR: f64 = 0.4;
const FOUNDATION: f64 = 0.25;
/// What the weakest relation of the taxonomy earns; names are compared by their vectors below it.
const LEAST_OF_RELATIONS: f64 = FOUNDATION;
/// What a skill of near meaning earns at least to be told as related.
const TELLING_CREDIT: f64 = 0.2;
const NOT_FOUND_NEAR: f64 = 0.4;
/// Names less near than this have nothing to do with each other.
const LEAST_NEARNESS: f64 = 0.02;
/// From how many words on a text says what somebody's work is.
const TELLING_WORDS: usize = 10;
/// What the credits count for where free text speaks for the rest.
const SHARE_OF_CREDITS: f64 = 0.15;
/// Unknown names of one profile that near skills are looked for.
const MOST_NEAR: usize = 100;
/// ESCO occupations that a title may stand for, at most, to imply their skills.
const FEW_OCCUPATIONS: usize = 2;

/// One skill of either side, prepared.
#[derive(Debug)]
pub struct PreparedSkill {
    /// As written, trimmed.
    pub name: String,
    key: String,
    id: SkillId,
    known: Option<KnownSkill>,
    /// The known skill this unknown name looks like.
    misspells: Option<SkillId>,
    /// Known skills that this unknown name means nearly, sorted by skill, with their nearness.
    near: Vec<(KnownSkill, f32)>,
    /// What the name means, where the taxonomy's relations say nothing.
    vector: Option<NameVector>,
    is_software: bool,
    /// Whether it is listed among the licences alone. Such a one speaks for what is named like it, and
    /// for what follows from it; whoever lists it has not begun a list of skills.
    is_licence: bool,
    /// 1 to 5, whole.
    pub level: Option<f64>,
    /// Years of use.
    pub years: Option<f64>,
    spelling: Spelling,
}

impl PreparedSkill {
    /// How much it tells people apart, in [0.3, 1].
    fn rarity(&self) -> f64 {
        self.known.map_or(1.0, taxonomy::rarity)
    }

    /// Its level and years.
    pub fn practice(&self) -> Practice {
        Practice {
            level: self.level,
            years: self.years,
        }
    }
}

/// How well a skill is practised.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Practice {
    /// 1 to 5.
    pub level: Option<f64>,
    /// Of use.
    pub years: Option<f64>,
}

/// A stated skill, practised otherwise than it is stated.
#[derive(Debug, Clone, Copy)]
pub struct Raised {
    /// Its place among the stated ones.
    pub at: usize,
    /// How it would be practised.
    pub practice: Practice,
}

/// How the level and years of a skill that is listed twice become one.
#[derive(Clone, Copy)]
enum Merge {
    /// The higher; what is not stated asks for nothing.
    Asked,
    /// The higher, but not stated where one is not stated: that meets whatever is asked for, and
    /// listing a skill once more must not lower a score.
    Held,
}

impl Merge {
    fn of(self, one: Option<f64>, other: Option<f64>) -> Option<f64> {
        match (self, one.zip(other)) {
            (_, Some((one, other))) => Some(one.max(other)),
            (Self::Asked, None) => one.or(other),
            (Self::Held, None) => None,
        }
    }
}

/// Skills with what they stand for, by name, each once.
fn prepare(skills: &[Skill], licences: &[Skill], merge: Merge) -> Vec<PreparedSkill> {
    let all = skills.iter().map(|skill| (skill, false));
    let mut prepared: Vec<PreparedSkill> = all
        .chain(licences.iter().map(|licence| (licence, true)))
        .flat_map(|(skill, is_licence)| {
            parts(&skill.name)
                .unwrap_or_else(|| vec![skill.name.trim()])
                .into_iter()
                .map(move |name| {
                    let resolved = resolve(name);
                    PreparedSkill {
                        name: name.to_owned(),
                        spelling: Spelling::of(name),
                        key: resolved.key,
                        id: resolved.id,
                        known: resolved.known,
                        misspells: None,
                        near: Vec::new(),
                        is_software: resolved.known.is_some_and(taxonomy::is_software),
                        is_licence,
                        vector: (!is_licence)
                            .then(|| taxonomy::skill_vector(name, resolved.known))
                            .flatten(),
                        level: skill.level.map(f64::from),
                        years: stated(skill.years),
                    }
                })
        })
        .filter(|skill| !skill.key.is_empty())
        .collect();
    prepared.sort_by(|one, other| {
        (one.id, one.is_licence, &one.key, &one.name).cmp(&(
            other.id,
            other.is_licence,
            &other.key,
            &other.name,
        ))
    });
    prepared.dedup_by(|again, kept| {
        let is_same = again.id == kept.id;
        if is_same {
            kept.level = merge.of(kept.level, again.level);
            kept.years = merge.of(kept.years, again.years);
        }
        is_same
    });
    // By name, so that lists read well and don't depend on the taxonomy's numbering.
    prepared.sort_by(|one, other| (&one.key, &one.name).cmp(&(&other.key, &other.name)));
    let unknown = prepared.iter_mut().filter(|skill| skill.known.is_none());
    for (at, skill) in unknown.enumerate() {
        skill.misspells = misspelt(&skill.name, &skill.spelling).map(known_id);
        if skill.misspells.is_none() && !skill.is_licence && at < MOST_NEAR {
            skill.near = taxonomy::near_skills(&skill.name);
            skill.near.sort_unstable_by_key(|entry| entry.0);
        }
    }
    prepared
}

/// What speaks for a skill.
#[derive(Debug, Clone, Copy)]
struct Voice {
    for_skill: SkillId,
    relation: Relation,
    /// The place of the stated skill.
    stated: usize,
    /// In [0, 1], before level and years.
    credit: f64,
}

/// The candidate's skills.
#[derive(Debug, Default)]
pub struct HeldSkills {
    /// By name.
    pub stated: Vec<PreparedSkill>,
    /// Everything the stated skills speak for, themselves included; sorted by skill, the strongest
    /// first.
    voices: Vec<Voice>,
    /// What titles and summary mention, sorted by skill.
    mentioned: Vec<(SkillId, EvidenceInText)>,
    /// Ids of the skills that listed languages are; sorted.
    spoken: Vec<SkillId>,
    /// Skills that the occupation of the current title needs, sorted.
    implied_by_title: Vec<SkillId>,
    /// That title, as written.
    title: String,
    /// The words of the summary, and those of the titles.
    said: [SaidWords; 2],
    /// Hashes of the stems of both; sorted.
    stems: Vec<u64>,
    /// Whether skills are listed.
    lists_skills: bool,
    /// Whether titles and summary are long enough to say what the work is.
    is_described: bool,
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

impl EvidenceInText {
    fn of(field: &'static str, mention: &Mention) -> Self {
        Self {
            field: Cow::Borrowed(field),
            quote: mention.quote.clone(),
            start: mention.span.start,
            end: mention.span.end,
        }
    }
}

impl HeldSkills {
    /// Prepares the stated skills, the licences, which are skills as well, the listed languages, and
    /// what summary and titles say.
    pub fn of(
        skills: &[Skill],
        licences: &[String],
        languages: &Languages,
        summary: &Prose,
        titles: &Prose,
        held_titles: &HeldTitles,
    ) -> Self {
        let licences: Vec<Skill> = licences
            .iter()
            .map(|name| Skill::named(name.as_str()))
            .collect();
        let stated = prepare(skills, &licences, Merge::Held);
        let mut voices: Vec<Voice> = Vec::new();
        for (at, skill) in stated.iter().enumerate() {
            let mut say = |for_skill: SkillId, relation: Relation, credit: f64| {
                voices.push(Voice {
                    for_skill,
                    relation,
                    stated: at,
                    credit,
                });
            };
            say(skill.id, Relation::Same, 1.0);
            if let Some(misspelt) = skill.misspells {
                say(misspelt, Relation::Misspelt, MISSPELT);
            }
            for (near, nearness) in &skill.near {
                say(known_id(*near), Relation::Near, near_credit(*nearness));
            }
            for (other, relation) in skill.known.into_iter().flat_map(taxonomy::speaks_for) {
                let credit = match relation {
                    Relation::Implies => IMPLIED,
                    Relation::Narrower => NARROWER,
                    Relation::Neighbour => NEIGHBOUR,
                    _ => FOUNDATION,
                };
                say(known_id(other), relation, credit);
            }
        }
        voices.sort_by(|one, other| {
            one.for_skill
                .cmp(&other.for_skill)
                .then(other.credit.total_cmp(&one.credit))
                .then(one.stated.cmp(&other.stated))
        });
        let read = |field, text: &Prose| {
            text.skills
                .iter()
                .map(|mention| (known_id(mention.skill), EvidenceInText::of(field, mention)))
                .collect::<Vec<_>>()
        };
        let mut mentioned = read(FIELDS[0], summary);
        mentioned.extend(read(FIELDS[1], titles));
        // Stable: what the summary says comes first.
        mentioned.sort_by_key(|entry| entry.0);
        mentioned.dedup_by_key(|entry| entry.0);
        let mut spoken: Vec<SkillId> = languages
            .iter()
            .filter_map(|language| language_name(&language.code))
            .map(|name| resolve(name).id)
            .collect();
        spoken.sort_unstable();
        let mut implied_by_title: Vec<SkillId> = held_titles
            .current_occupations()
            .filter(|occupations| occupations.len() <= FEW_OCCUPATIONS)
            .into_iter()
            .flatten()
            .flat_map(taxonomy::essential_skills)
            .map(known_id)
            .collect();
        implied_by_title.sort_unstable();
        implied_by_title.dedup();
        let words = [summary, titles].into_iter().flat_map(|text| &text.words);
        let said = [summary.said.clone(), titles.said.clone()];
        let mut stems: Vec<u64> = said.iter().flat_map(SaidWords::stems).collect();
        stems.sort_unstable();
        stems.dedup();
        Self {
            lists_skills: !skills.is_empty(),
            stated,
            voices,
            mentioned,
            spoken,
            implied_by_title,
            title: held_titles.current().unwrap_or_default().to_owned(),
            is_described: words.clone().count() >= TELLING_WORDS,
            said,
            stems,
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

    fn voices_for(&self, skill: SkillId) -> &[Voice] {
        let from = self.voices.partition_point(|voice| voice.for_skill < skill);
        let length = self.voices[from..].partition_point(|voice| voice.for_skill == skill);
        &self.voices[from..from + length]
    }

    /// Where the candidate states this very skill.
    pub fn stated_at(&self, asked: &AskedSkill) -> Option<usize> {
        self.voices_for(asked.skill.id)
            .iter()
            .find(|voice| voice.relation == Relation::Same)
            .map(|voice| voice.stated)
    }

    /// Whether the profile tells nothing about skills: none is listed, and no work described.
    pub fn is_silent(&self) -> bool {
        !self.lists_skills && !self.is_described
    }

    /// Whether skills, titles or summary name a language, by its code.
    pub fn names_language(&self, code: &str) -> bool {
        language_name(code).is_some_and(|name| {
            let id = resolve(name).id;
            let is_mentioned = self
                .mentioned
                .binary_search_by_key(&id, |entry| entry.0)
                .is_ok();
            is_mentioned
                || self
                    .voices_for(id)
                    .iter()
                    .any(|voice| voice.relation == Relation::Same)
        })
    }

    /// How well a stated skill is practised.
    fn practice(&self, at: usize, raised: Option<Raised>) -> Practice {
        match raised {
            Some(raised) if raised.at == at => raised.practice,
            _ => self.stated[at].practice(),
        }
    }

    /// Where titles or summary name a skill; unknown names are looked for by their words.
    fn mention_of(&self, asked: &AskedSkill) -> Option<Mentioned> {
        if asked.skill.known.is_some() {
            let at = self
                .mentioned
                .binary_search_by_key(&asked.skill.id, |entry| entry.0);
            return at.ok().map(Mentioned::At);
        }
        let may_be_said = !asked.stems.is_empty()
            && asked
                .stems
                .iter()
                .all(|stem| self.stems.binary_search(stem).is_ok());
        if !may_be_said {
            return None;
        }
        (0..self.said.len()).find_map(|field| {
            let from = self.said[field].find(&asked.stems)?;
            let to = from + asked.stems.len();
            Some(Mentioned::InWords { field, from, to })
        })
    }

    /// The place of a mention.
    fn evidence_of(&self, mentioned: Mentioned) -> Cow<'_, EvidenceInText> {
        match mentioned {
            Mentioned::At(at) => Cow::Borrowed(&self.mentioned[at].1),
            Mentioned::InWords { field, from, to } => {
                let (quote, span) = self.said[field].quote(from..to);
                Cow::Owned(EvidenceInText {
                    field: Cow::Borrowed(FIELDS[field]),
                    quote,
                    start: span.start,
                    end: span.end,
                })
            }
        }
    }
}

/// A skill the posting asks for.
#[derive(Debug)]
pub struct AskedSkill {
    /// The skill.
    pub skill: PreparedSkill,
    /// Whether the job can't be done without.
    pub is_required: bool,
    /// Hashes of the stems of its words that say something, in their order.
    stems: Vec<u64>,
}

impl AskedSkill {
    /// What it counts for among the others, in [0.3, 3].
    pub fn weight(&self) -> f64 {
        let importance = if self.is_required {
            REQUIRED_WEIGHT
        } else {
            PREFERRED_WEIGHT
        };
        importance * self.skill.rarity()
    }

    /// Whether it is a language, by its code, asked for as a skill.
    pub fn is_language(&self, code: &str) -> bool {
        language_name(code).is_some_and(|name| resolve(name).id == self.skill.id)
    }
}

/// The posting's skills.
#[derive(Debug, Default)]
pub struct AskedSkills {
    /// Required ones first, then by name.
    pub asked: Vec<AskedSkill>,
    /// Whether they were read from the description.
    pub are_read: bool,
}

impl AskedSkills {
    /// Prepares the lists, or takes the description's skills where both are empty. A skill in both
    /// lists is a required one.
    pub fn of(required: &[Skill], preferred: &[Skill], description: &Prose) -> Self {
        let lists_skills = !required.is_empty() || !preferred.is_empty();
        let read: Vec<Skill> = if lists_skills {
            Vec::new()
        } else {
            description
                .skills
                .iter()
                .filter(|mention| taxonomy::is_asked_in_text(mention.skill))
                .map(|mention| Skill::named(mention.quote.clone()))
                .collect()
        };
        let required = prepare(required, &[], Merge::Asked);
        let preferred = if lists_skills { preferred } else { &read };
        let mut preferred = prepare(preferred, &[], Merge::Asked);
        preferred.retain(|skill| required.iter().all(|required| required.id != skill.id));
        let ask = |is_required: bool| {
            move |skill: PreparedSkill| AskedSkill {
                stems: text::words(&skill.name)
                    .iter()
                    .filter_map(|word| SaidWords::stem(word))
                    .collect(),
                skill,
                is_required,
            }
        };
        Self {
            are_read: !read.is_empty(),
            asked: required
                .into_iter()
                .map(ask(true))
                .chain(preferred.into_iter().map(ask(false)))
                .collect(),
        }
    }
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

/// What earned a credit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evidence {
    /// Nothing did.
    None,
    /// The stated skill at this place, the same or a related one.
    Stated(usize, Relation),
    /// The list of languages.
    Spoken,
    /// A word of titles or summary.
    Mentioned(Mentioned),
    /// The occupation of the current title.
    Title,
}

/// The credit of one skill asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Credit {
    /// In [0, 1].
    pub credit: f64,
    /// Where it comes from.
    pub evidence: Evidence,
}

impl Credit {
    /// Whether nothing speaks for it.
    pub fn is_missing(&self) -> bool {
        self.evidence == Evidence::None
    }
}

/// The credits, one for each skill asked for, in the posting's order.
#[derive(Debug, PartialEq)]
pub struct Finding {
    /// See above.
    pub credits: Vec<Credit>,
}

/// See the module's head. `described` is the text criterion's score, to four digits.
pub fn measure(
    candidate: &HeldSkills,
    posting: &AskedSkills,
    described: Option<f64>,
) -> Outcome<Finding> {
    measure_raised(candidate, posting, described, None)
}

/// The same, with a stated skill practised otherwise.
pub fn measure_raised(
    candidate: &HeldSkills,
    posting: &AskedSkills,
    described: Option<f64>,
    raised: Option<Raised>,
) -> Outcome<Finding> {
    if posting.asked.is_empty() {
        return Err(Unscored::silent(!candidate.stated.is_empty(), false));
    }
    let credits: Vec<Credit> = posting
        .asked
        .iter()
        .map(|asked| credit(candidate, asked, raised))
        .collect();
    if candidate.is_silent() && credits.iter().all(Credit::is_missing) {
        return Err(Unscored::CandidateSilent);
    }
    let credited = credits.iter().map(|credit| credit.credit);
    Ok(Scored {
        score: score_of(posting, credited, described),
        finding: Finding { credits },
    })
}

/// The weighted mean of the credits of all skills asked for, of which there is at least one.
pub fn score_of(
    posting: &AskedSkills,
    credits: impl Iterator<Item = f64>,
    described: Option<f64>,
) -> f64 {
    let (mut earned, mut total) = (0.0, 0.0);
    for (asked, credit) in posting.asked.iter().zip(credits) {
        earned += asked.weight() * credit;
        total += asked.weight();
    }
    let mean = (earned / total).clamp(0.0, 1.0);
    described.map_or(mean, |described| {
        mean.max(SHARE_OF_CREDITS * mean + (1.0 - SHARE_OF_CREDITS) * described)
    })
}

fn credit(candidate: &HeldSkills, asked: &AskedSkill, raised: Option<Raised>) -> Credit {
    let mut best = Credit {
        credit: 0.0,
        evidence: Evidence::None,
    };
    let mut offer = |credit: f64, evidence: Evidence| {
        if credit > best.credit {
            best = Credit { credit, evidence };
        }
        best.credit
    };
    for voice in candidate.voices_for(asked.skill.id) {
        offer(
            voice.credit * depth(candidate.practice(voice.stated, raised), &asked.skill),
            Evidence::Stated(voice.stated, voice.relation),
        );
    }
    if candidate.spoken.binary_search(&asked.skill.id).is_ok() {
        offer(1.0, Evidence::Spoken);
    }
    if offer(0.0, Evidence::None) < MENTIONED
        && let Some(mention) = candidate.mention_of(asked)
    {
        offer(MENTIONED, Evidence::Mentioned(mention));
    }
    if asked.skill.known.is_none() && offer(0.0, Evidence::None) < MISSPELT {
        for (at, held) in candidate.stated.iter().enumerate() {
            let (credit, relation) = if let Some(known) = held.known {
                let near = &asked.skill.near;
                if asked.skill.misspells == Some(held.id) {
                    (MISSPELT, Relation::Misspelt)
                } else if held.is_licence {
                    continue;
                } else if let Ok(place) = near.binary_search_by_key(&known, |entry| entry.0) {
                    (near_credit(near[place].1), Relation::Near)
                } else {
                    continue;
                }
            } else if held.spelling.is_typo_of(&asked.skill.spelling) {
                (MISSPELT, Relation::Misspelt)
            } else {
                continue;
            };
            let credit = credit * depth(candidate.practice(at, raised), &asked.skill);
            offer(credit, Evidence::Stated(at, relation));
        }
    }
    if offer(0.0, Evidence::None) < LEAST_OF_RELATIONS
        && let Some(vector) = &asked.skill.vector
    {
        for (at, held) in candidate.stated.iter().enumerate() {
            let Some(other) = &held.vector else { continue };
            // Two names of software are alike by their makers, not by their use.
            if asked.skill.is_software && held.is_software {
                continue;
            }
            let mut nearness = taxonomy::nearness_of_vectors(vector, other);
            if asked.skill.known.is_some() != held.known.is_some() {
                // Compared closely before, and not found near.
                nearness *= NOT_FOUND_NEAR;
            }
            if nearness >= LEAST_NEARNESS {
                let credit = NEAR
                    * nearness
                    * nearness
                    * depth(candidate.practice(at, raised), &asked.skill);
                offer(credit, Evidence::Stated(at, Relation::Near));
            }
        }
    }
    let implied = &candidate.implied_by_title;
    if offer(0.0, Evidence::None) < OCCUPATION && implied.binary_search(&asked.skill.id).is_ok() {
        offer(OCCUPATION, Evidence::Title);
    }
    best
}

/// What a skill earns that means nearly what is asked for.
fn near_credit(nearness: f32) -> f64 {
    let nearness = f64::from(nearness);
    NEAR * nearness * nearness
}

/// The factor for a level or years below those asked for.
fn depth(held: Practice, asked: &PreparedSkill) -> f64 {
    let share = |held: f64, asked: f64| {
        if held >= asked {
            1.0
        } else {
            0.5 + 0.5 * held / asked
        }
    };
    let level = held
        .level
        .zip(asked.level)
        .map_or(1.0, |(held, asked)| share(held, asked));
    let years = held
        .years
        .zip(asked.years)
        .map_or(1.0, |(held, asked)| share(held, asked));
    level.min(years)
}

/// The finding with the names it is about, as result documents show it.
pub struct View<'a> {
    /// What was found; none when the criterion has no score, which leaves all lists empty.
    pub finding: Option<&'a Finding>,
    /// The candidate's skills.
    pub held: &'a HeldSkills,
    /// The posting's skills.
    pub asked: &'a AskedSkills,
}

impl<'a> View<'a> {
    fn credited(&self) -> impl Iterator<Item = (&'a AskedSkill, Credit)> + use<'a> {
        let credits = self.finding.map_or(&[][..], |finding| &finding.credits);
        self.asked.asked.iter().zip(credits.iter().copied())
    }

    /// Stated skills that earned nothing here, licences aside.
    fn additional(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let credits = self.finding.map_or(&[][..], |finding| &finding.credits);
        let shown = if self.finding.is_some() {
            self.held.stated.len()
        } else {
            0
        };
        self.held
            .stated
            .iter()
            .take(shown)
            .enumerate()
            .filter(|(_, skill)| !skill.is_licence)
            .filter(|(at, _)| {
                credits.iter().all(|credit| match credit.evidence {
                    Evidence::Stated(used, _) => used != *at,
                    Evidence::Spoken
                    | Evidence::Mentioned(_)
                    | Evidence::Title
                    | Evidence::None => true,
                })
            })
            .map(|(_, skill)| skill.name.as_str())
    }
}

/// A skill asked for that the candidate states.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Matched<'a> {
    pub name: Cow<'a, str>,
    pub required: bool,
    pub credit: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stated_as: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level_required: Option<Number>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level_actual: Option<Number>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub years_required: Option<Number>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub years_actual: Option<Number>,
}

/// A skill asked for that something else speaks for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Related<'a> {
    pub name: Cow<'a, str>,
    pub required: bool,
    pub credit: f64,
    pub via: Cow<'a, str>,
    pub relation: RelatedBy,
    /// Where a text names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Cow<'a, EvidenceInText>>,
}

/// What speaks for a related skill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RelatedBy {
    /// A stated skill that implies it.
    Implies,
    /// A stated skill that is a kind of it.
    Narrower,
    /// A stated skill that means nearly the same.
    Near,
    /// The occupation that the current title names.
    Occupation,
    /// A stated skill that looks like it.
    Misspelt,
    /// A stated neighbour.
    Neighbour,
    /// A stated skill that it builds on.
    Foundation,
    /// The list of languages.
    Spoken,
    /// A title or the summary.
    Mentioned,
}

/// A skill asked for that nothing speaks for, or only a distant one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Missing<'a> {
    pub name: Cow<'a, str>,
    pub required: bool,
    /// What a distant skill earned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credit: Option<f64>,
}

/// The skills of both sides, by what was found, as result documents show them. All lists are empty
/// when the criterion has no score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SkillLists<'a> {
    /// `description` where the skills asked for were read from it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Cow<'a, str>>,
    pub matched: Vec<Matched<'a>>,
    pub related: Vec<Related<'a>>,
    pub missing: Vec<Missing<'a>>,
    pub additional: Vec<Cow<'a, str>>,
}

impl<'a> View<'a> {
    /// The lists.
    pub fn lists(&self) -> SkillLists<'a> {
        let round = |credit: f64| (credit * 1e4).round() / 1e4;
        let mut lists = SkillLists {
            source: self.asked.are_read.then_some(Cow::Borrowed("description")),
            matched: Vec::new(),
            related: Vec::new(),
            missing: Vec::new(),
            additional: self.additional().map(Cow::Borrowed).collect(),
        };
        for (asked, credit) in self.credited() {
            let (name, required) = (Cow::Borrowed(asked.skill.name.as_str()), asked.is_required);
            let mut evidence = None;
            let (via, relation) = match credit.evidence {
                Evidence::None => {
                    lists.missing.push(Missing {
                        name,
                        required,
                        credit: None,
                    });
                    continue;
                }
                // Too distant to be told as a reason, and shown so that the sum can be checked.
                Evidence::Stated(_, Relation::Near) if credit.credit < TELLING_CREDIT => {
                    lists.missing.push(Missing {
                        name,
                        required,
                        credit: Some(round(credit.credit)),
                    });
                    continue;
                }
                Evidence::Stated(at, relation) => {
                    let held = &self.held.stated[at];
                    let relation = match relation {
                        Relation::Same => {
                            lists.matched.push(Matched {
                                required,
                                credit: round(credit.credit),
                                stated_as: (held.name != name).then_some(Cow::Borrowed(&held.name)),
                                level_required: asked.skill.level.map(Number),
                                level_actual: held.level.map(Number),
                                years_required: asked.skill.years.map(Number),
                                years_actual: held.years.map(Number),
                                name,
                            });
                            continue;
                        }
                        Relation::Implies => RelatedBy::Implies,
                        Relation::Narrower => RelatedBy::Narrower,
                        Relation::Near => RelatedBy::Near,
                        Relation::Misspelt => RelatedBy::Misspelt,
                        Relation::Neighbour => RelatedBy::Neighbour,
                        Relation::Foundation => RelatedBy::Foundation,
                    };
                    (held.name.as_str(), relation)
                }
                Evidence::Spoken => ("languages", RelatedBy::Spoken),
                Evidence::Mentioned(mentioned) => {
                    evidence = Some(self.held.evidence_of(mentioned));
                    ("title or summary", RelatedBy::Mentioned)
                }
                Evidence::Title => (self.held.title.as_str(), RelatedBy::Occupation),
            };
            lists.related.push(Related {
                name,
                required,
                credit: round(credit.credit),
                via: Cow::Borrowed(via),
                relation,
                evidence,
            });
        }
        lists
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::language::LanguageSkill;

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
            &HeldSkills::listed(held, &vec![]),
            &AskedSkills::of(required, preferred, &Prose::default()),
            None,
        )
        .unwrap()
        .score
    }

    fn score(held: &[&str], required: &[&str], preferred: &[&str]) -> f64 {
        score_of(&named(held), &named(required), &named(preferred))
    }

    fn described(summary: &Prose) -> HeldSkills {
        let titles = HeldTitles::default();
        HeldSkills::of(&[], &[], &vec![], summary, &Prose::default(), &titles)
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
    fn other_spellings_and_languages_are_the_same_skill() {
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
    fn related_skills_earn_a_part() {
        assert_close(score(&["Django"], &["Python"], &[]), 0.9);
        assert_close(score(&["Vue.js"], &["React"], &[]), 0.4);
        assert_close(score(&["Python"], &["Django"], &[]), 0.25);
        assert_close(score(&["Kubernets"], &["Kubernetes"], &[]), 0.8);
        assert_close(score(&["Plomberie"], &["Rust"], &[]), 0.0);
    }

    #[test]
    fn a_slip_is_seen_on_either_side_and_in_unknown_names() {
        assert_close(score(&["plonberie"], &["Plumbing"], &[]), 0.8);
        assert_close(score(&["Plumbing"], &["plonberie"], &[]), 0.8);
        assert_close(score(&["Calligraphie"], &["Caligraphie"], &[]), 0.8);
    }

    #[test]
    fn known_names_that_look_alike_are_no_slips() {
        assert!(score(&["JavaScript"], &["Java"], &[]) < 1e-9);
    }

    #[test]
    fn a_lower_level_or_fewer_years_earn_a_part_and_more_is_no_better() {
        let asked = with("Rust", Some(4), Some(4.0));
        assert_close(
            score_of(&with("Rust", Some(2), Some(4.0)), &asked, &[]),
            0.75,
        );
        assert_close(
            score_of(&with("Rust", Some(4), Some(1.0)), &asked, &[]),
            0.625,
        );
        assert_close(
            score_of(&with("Rust", Some(5), Some(30.0)), &asked, &[]),
            1.0,
        );
        assert_close(score_of(&with("Rust", None, None), &asked, &[]), 1.0);
    }

    #[test]
    fn a_skill_listed_twice_counts_as_its_better_listing() {
        let mut listed = with("Rust", Some(1), None);
        let asked = with("Rust", Some(4), None);
        assert_close(score_of(&listed, &asked, &[]), 0.625);
        listed.extend(with("rust", Some(2), None));
        assert_close(score_of(&listed, &asked, &[]), 0.75);
        listed.extend(named(&["RUST"]));
        assert_close(score_of(&listed, &asked, &[]), 1.0);
    }

    #[test]
    fn a_skill_mentioned_in_the_summary_earns_a_part() {
        let summary = Prose::of(["Dix ans de Rust, de tricot et de gestion de projets"]);
        let asked = AskedSkills::of(
            &named(&["Rust", "Tricot", "Project management", "Plomberie"]),
            &[],
            &Prose::default(),
        );
        let held = described(&summary);
        let found = measure(&held, &asked, None).unwrap();
        let weights = asked.asked.iter().map(AskedSkill::weight);
        let missing = asked
            .asked
            .iter()
            .find(|asked| asked.skill.name == "Plomberie")
            .unwrap();
        let share = 1.0 - missing.weight() / weights.sum::<f64>();
        assert_close(found.score, MENTIONED * share);
        let mentions: Vec<String> = found
            .finding
            .credits
            .iter()
            .filter_map(|credit| match credit.evidence {
                Evidence::Mentioned(mentioned) => Some(held.evidence_of(mentioned).quote.clone()),
                _ => None,
            })
            .collect();
        assert_eq!(mentions, ["gestion de projets", "Rust", "tricot"]);
    }

    #[test]
    fn a_language_asked_for_as_a_skill_is_found_in_the_list_of_languages() {
        let languages = vec![LanguageSkill {
            code: "en".to_owned(),
            level: None,
        }];
        let asked = AskedSkills::of(&named(&["Anglais"]), &[], &Prose::default());
        let found = measure(&HeldSkills::listed(&[], &languages), &asked, None).unwrap();
        assert_close(found.score, 1.0);
    }

    #[test]
    fn a_posting_without_skills_asks_for_those_its_description_names() {
        let description =
            Prose::of(["Vous maîtrisez Java et PostgreSQL. Autonomie et anglais appréciés."]);
        let asked = AskedSkills::of(&[], &[], &description);
        let names: Vec<&str> = asked
            .asked
            .iter()
            .map(|asked| asked.skill.name.as_str())
            .collect();
        assert_eq!(names, ["Java", "PostgreSQL"]);
        assert!(asked.are_read && asked.asked.iter().all(|asked| !asked.is_required));
        let found = measure(
            &HeldSkills::listed(&named(&["java"]), &vec![]),
            &asked,
            None,
        )
        .unwrap();
        let weights: Vec<f64> = asked.asked.iter().map(AskedSkill::weight).collect();
        assert_close(found.score, weights[0] / (weights[0] + weights[1]));
    }

    #[test]
    fn silence_is_not_a_score() {
        let asked = AskedSkills::of(&named(&["Rust"]), &[], &Prose::default());
        assert_eq!(
            measure(&HeldSkills::default(), &asked, None).unwrap_err(),
            Unscored::CandidateSilent
        );
        let in_passing = Prose::of(["Je cherche un emploi à Lyon"]);
        let held = described(&in_passing);
        assert_eq!(
            measure(&held, &asked, None).unwrap_err(),
            Unscored::CandidateSilent
        );
        let held = HeldSkills::listed(&named(&["Rust"]), &vec![]);
        assert_eq!(
            measure(&held, &AskedSkills::default(), None).unwrap_err(),
            Unscored::PostingSilent
        );
    }

    #[test]
    fn a_described_work_without_any_skill_asked_for_is_no_silence() {
        let summary = Prose::of([
            "Conseillère de vente en horlogerie depuis six ans, je conseille \
            une clientèle exigeante, je tiens la caisse, je prépare les vitrines et je forme les \
            nouveaux arrivants au service.",
        ]);
        let asked = AskedSkills::of(&named(&["Rust"]), &[], &Prose::default());
        let found = measure(&described(&summary), &asked, None).unwrap();
        assert_close(found.score, 0.0);
        assert!(found.finding.credits[0].is_missing());
    }

    #[test]
    fn the_document_lists_what_was_found() {
        let held = HeldSkills::listed(&named(&["Tricot", "rust", "Django"]), &vec![]);
        let asked = AskedSkills::of(
            &named(&["Rust", "Plomberie"]),
            &named(&["Python"]),
            &Prose::default(),
        );
        let finding = measure(&held, &asked, None).unwrap().finding;
        let view = View {
            finding: Some(&finding),
            held: &held,
            asked: &asked,
        };
        assert_eq!(
            serde_json::to_value(view.lists()).unwrap(),
            serde_json::json!({
                "matched": [
                    {"name": "Rust", "required": true, "credit": 1.0, "stated_as": "rust"}
                ],
                "related": [{
                    "name": "Python", "required": false, "credit": 0.9,
                    "via": "Django", "relation": "implies"
                }],
                "missing": [{"name": "Plomberie", "required": true}],
                "additional": ["Tricot"]
            })
        );
    }
}
