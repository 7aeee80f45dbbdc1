//! Compiled names of skills.
//!
//! Names repeat from profile to profile, and compiled names would be most of a compiled profile.
//! They are therefore shared through a cache: a profile contains one pointer for each skill.

use std::sync::{Arc, OnceLock};

use super::{
    clauses::{Competence, words_with_vectors},
    contained::{self, LEAST_RARITY},
};
use crate::{
    embedding::{self, Vector},
    scoring::{
        explanation::Having,
        name_cache::NameCache,
        prose::{ContentWords, Prose},
        taxonomy::{self, KnownSkill, Relation},
        text,
        vocabulary::{
            SkillId, Spelling, alternatives, is_abbreviation, known_id, language_named, misspelt,
            names_licence, parts, resolve,
        },
    },
};

/// A name with everything about a skill that depends on the name alone.
#[derive(Debug)]
pub struct SkillName {
    /// The name as written, trimmed.
    pub name: String,
    pub(super) key: Box<str>,
    /// The first bytes of the key, or zeros after a shorter one. Comparing them reads no other
    /// cache line.
    beginning: [u8; BEGINNING],
    pub(super) id: SkillId,
    pub(super) known: Option<KnownSkill>,
    pub(super) is_software: bool,
    /// The language that the name is or qualifies ("business English"), and for which alone it is
    /// evidence.
    pub(super) language: Option<KnownSkill>,
    /// The vector of the name, used if the taxonomy has no relation.
    pub(super) vector: Option<Vector>,
    /// Hashes of the stems of its content words, in their order.
    pub(super) stems: Box<[u64]>,
    /// The initials of a name of three or more content words.
    initials: Option<Box<str>>,
    /// True if it is an unknown name of three capitals or more.
    is_abbreviation: bool,
    /// Data needed only for a name that the taxonomy lacks.
    pub(super) unknown: Option<UnknownName>,
    /// The name as a competence that clauses may show in other words; computed at first use.
    competence: OnceLock<Option<Box<Competence>>>,
    /// For each word that is no stop word, the hashed stems of words of similar meaning; computed
    /// at first use.
    near_words: OnceLock<Box<[Box<[u64]>]>>,
    /// The verb that sentences use with the name; looked up at first use.
    having: OnceLock<Having>,
    /// Alternatives, any of which satisfies the requested name; empty unless the name states
    /// alternatives.
    pub(super) alternatives: Box<[Arc<Self>]>,
}

/// Number of bytes at the beginning of a key; at most the number of letters of a clipped name.
const BEGINNING: usize = 4;

/// The fewest letters of a clipped word; at least three letters must be missing.
const LEAST_CLIPPED: usize = 4;

/// Minimum cosine of two words of similar meaning, for a quote. Chosen on the samples: below,
/// "pastry" and "bakery" are similar.
const LEAST_COSINE_OF_NEAR_WORDS: f64 = 0.8;
/// The same for words of one family, which begin alike: « conseil », « conseiller ».
const LEAST_COSINE_OF_A_FAMILY: f64 = 0.64;
/// Letters with which words of one family begin.
const LEAST_SHARED_BEGINNING: usize = 5;

/// Data about an unknown name.
#[derive(Debug)]
pub(super) struct UnknownName {
    pub(super) spelling: Spelling,
    /// The known skill of which it is a misspelling.
    pub(super) misspells: Option<SkillId>,
    /// Computed at first use, since it costs far more than the rest.
    near: OnceLock<NearSkills>,
    /// The known skills that it contains and is a kind of; computed at first use.
    contained: OnceLock<Box<[KnownSkill]>>,
}

/// Known skills with their similarity, in [`BUCKETS`] buckets by skill number.
#[derive(Debug)]
struct NearSkills {
    /// The entries, bucket by bucket.
    skills: Box<[(KnownSkill, f32)]>,
    /// Offset of each bucket's first entry.
    starts: [u16; BUCKETS + 1],
    /// Bloom filter with one bit for each skill: most skills are similar to nothing, and the filter
    /// proves it.
    ends: [u64; BUCKETS],
}

/// With about 300 similar skills, a bucket fills one or two cache lines.
const BUCKETS: usize = 32;

impl NearSkills {
    fn of(mut skills: Vec<(KnownSkill, f32)>) -> Self {
        skills.sort_unstable_by_key(|entry| (Self::end(entry.0), entry.0));
        let mut ends = [0; BUCKETS];
        for (skill, _) in &skills {
            let (bucket, bit) = Self::end(*skill);
            ends[bucket] |= bit;
        }
        let start = |bucket| skills.partition_point(|entry| Self::end(entry.0).0 < bucket);
        Self {
            starts: std::array::from_fn(|bucket| u16::try_from(start(bucket)).unwrap_or(u16::MAX)),
            skills: skills.into(),
            ends,
        }
    }

    /// Returns the skill's bucket, and its bit in the filter.
    fn end(skill: KnownSkill) -> (usize, u64) {
        (skill as usize / 64 % BUCKETS, 1 << (skill % 64))
    }

    /// Returns the similarity of a skill, if it is similar.
    fn nearness(&self, skill: KnownSkill) -> Option<f32> {
        let (bucket, bit) = Self::end(skill);
        if self.ends[bucket] & bit == 0 {
            return None;
        }
        let places = usize::from(self.starts[bucket])..usize::from(self.starts[bucket + 1]);
        let near = self.skills[places].iter().find(|near| near.0 == skill);
        Some(near?.1)
    }
}

impl SkillName {
    /// Returns the names in an entry of a posting's list. Works as [`Self::all`] does, except that
    /// an entry with alternatives ("`RabbitMQ` or Kafka") stays one name.
    pub(super) fn requested(entry: &str) -> Arc<[Arc<Self>]> {
        static NAMES: NameCache<Arc<[Arc<SkillName>]>> = NameCache::new();
        let find = || {
            let found = alternatives(entry).and_then(|parts| {
                let alternatives = parts.into_iter().filter_map(Self::of).map(Arc::new);
                Some(Self {
                    alternatives: alternatives.collect(),
                    ..Self::of(entry.trim())?
                })
            });
            found.map_or_else(|| Self::all(entry), |name| Arc::from([Arc::new(name)]))
        };
        Arc::clone(&NAMES.get_or_insert_with(entry, find))
    }

    /// Returns the names in an entry of a list of skills: itself, or its parts (« HTML/CSS »).
    pub(super) fn all(entry: &str) -> Arc<[Arc<Self>]> {
        static NAMES: NameCache<Arc<[Arc<SkillName>]>> = NameCache::new();
        let find = || {
            parts(entry)
                .unwrap_or_else(|| vec![entry.trim().to_owned()])
                .iter()
                .filter_map(|name| Self::of(name))
                .map(Arc::new)
                .collect()
        };
        Arc::clone(&NAMES.get_or_insert_with(entry, find))
    }

    /// Compiles a name; returns `None` for a name without a letter or digit.
    fn of(name: &str) -> Option<Self> {
        let resolved = resolve(name);
        let unknown = resolved.known.is_none().then(|| {
            let spelling = Spelling::of(name);
            UnknownName {
                misspells: misspelt(&spelling).map(known_id),
                spelling,
                near: OnceLock::new(),
                contained: OnceLock::new(),
            }
        });
        (!resolved.key.is_empty()).then(|| Self {
            name: name.to_owned(),
            beginning: {
                let mut bytes = resolved.key.bytes();
                std::array::from_fn(|_| bytes.next().unwrap_or_default())
            },
            key: resolved.key.into(),
            id: resolved.id,
            known: resolved.known,
            is_software: resolved.known.is_some_and(taxonomy::is_software),
            language: match resolved.known {
                Some(known) => Some(known).filter(|known| taxonomy::is_language(*known)),
                None => language_named(name),
            },
            // Licences of two classes have similar names, and one shows nothing of the other.
            vector: (!names_licence(name))
                .then(|| taxonomy::meaning_of_skill(name, resolved.known))
                .flatten(),
            stems: text::words(name)
                .iter()
                .filter_map(|word| ContentWords::stem(word))
                .collect(),
            initials: initials(name),
            is_abbreviation: resolved.known.is_none() && is_abbreviation(name),
            unknown,
            competence: OnceLock::new(),
            near_words: OnceLock::new(),
            having: OnceLock::new(),
            alternatives: Box::default(),
        })
    }

    /// Returns the verb that sentences use with the name.
    pub fn having(&self) -> Having {
        *self.having.get_or_init(|| Having::of(&self.name))
    }

    /// Returns the competence that clauses may show in other words. Returns `None` for software,
    /// names that contain software, languages and licences, and for a single word unless it is a
    /// known skill.
    pub(super) fn competence(&self) -> Option<&Competence> {
        let find = || {
            // A licence can't be shown by work, and a clause that names another language would be
            // the most similar to a language.
            if self.is_software || self.language.is_some() || names_licence(&self.name) {
                return None;
            }
            let competence = Competence::of(&self.name)?;
            // "Autodesk AutoCAD" is software under another name.
            let names_software = || {
                let named = Prose::of([self.name.as_str()]).skills;
                named
                    .iter()
                    .any(|mention| taxonomy::is_software(mention.skill))
            };
            let is_compared = match self.known {
                Some(_) => true,
                None => competence.has_several_words() && !names_software(),
            };
            is_compared.then(|| Box::new(competence))
        };
        self.competence.get_or_init(find).as_deref()
    }

    /// Returns, for each word that is no stop word, the hashed stems of words of similar meaning in
    /// both languages: « négocié » for "negotiation". Empty for software, languages, licences and
    /// soft skills, and for names of general words only.
    pub(super) fn near_words(&self) -> &[Box<[u64]>] {
        let stems = |word: &String| {
            let begins_alike = |other: &str| {
                let beginning = word.get(..LEAST_SHARED_BEGINNING);
                beginning.is_some_and(|beginning| other.starts_with(beginning))
            };
            embedding::words_near(word, LEAST_COSINE_OF_A_FAMILY)
                .filter(|(other, cosine)| {
                    *cosine >= LEAST_COSINE_OF_NEAR_WORDS || begins_alike(other)
                })
                .filter_map(|(other, _)| ContentWords::stem(other))
                .collect()
        };
        let find = || {
            if self.is_software || self.language.is_some() || self.having() != Having::Use {
                return Box::default();
            }
            let is_telling =
                |word: &String| taxonomy::label_rarity(word).is_none_or(|it| it >= LEAST_RARITY);
            let words = words_with_vectors(&self.name);
            if !words.iter().any(is_telling) {
                return Box::default();
            }
            words.iter().map(stems).collect()
        };
        self.near_words.get_or_init(find)
    }

    /// True if a stated name has the word that distinguishes this competence, or says a part of its
    /// words: « dépannage » for « dépannage électromécanique ». True for names that are no
    /// competence.
    pub(super) fn is_distinguished_by(&self, stated: &Self) -> bool {
        let is_part = || stated.stems.iter().all(|stem| self.stems.contains(stem));
        let competence = self.competence();
        competence
            .is_none_or(|competence| competence.is_distinguished_by(&stated.name) || is_part())
    }

    /// True if this unknown name is a kind of another one, judged by the words that it contains.
    pub(super) fn contains(&self, requested: &Self) -> bool {
        let Some(unknown) = self.unknown.as_ref().filter(|_| self.stems.len() > 1) else {
            return false;
        };
        if let Some(requested) = requested.known {
            let find = || contained::known(&self.name);
            let mut contained = unknown.contained.get_or_init(find).iter();
            let is_kind = |skill: &KnownSkill| {
                let relation = taxonomy::relation(*skill, requested);
                *skill == requested
                    || matches!(relation, Some(Relation::Implies | Relation::Narrower))
            };
            if contained.any(is_kind) {
                return true;
            }
        }
        // Names that texts also use in other senses (« froid ») are found by their words.
        !requested.is_software
            && requested
                .stems
                .first()
                .is_some_and(|stem| self.stems.contains(stem))
            && requested.stems.len() < self.stems.len()
            && contained::has_words(&self.name, &requested.stems)
    }

    /// True if one of two names is the other with its last word clipped: « soudage semi-auto »,
    /// « comptabilité géné ». A clipped word that is a known name counts as another word.
    pub(super) fn clips(&self, other: &Self) -> bool {
        let (short, long) = if self.key.len() <= other.key.len() {
            (self, other)
        } else {
            (other, self)
        };
        // Each of the two conditions excludes nearly all pairs of names, the first without reading
        // the keys.
        if short.unknown.is_none()
            || short.beginning != long.beginning
            || !long.key.starts_with(&*short.key)
        {
            return false;
        }
        let (short, long) = (text::words(&short.name), text::words(&long.name));
        let split = |word: &String| -> Vec<String> { word.split('-').map(str::to_owned).collect() };
        let short: Vec<String> = short.iter().flat_map(split).collect();
        let long: Vec<String> = long.iter().flat_map(split).collect();
        match (short.as_slice(), long.as_slice()) {
            ([first, before @ .., clipped], [first_of_long, before_of_long @ .., whole]) => {
                first == first_of_long
                    && before == before_of_long
                    && clipped.chars().count() >= LEAST_CLIPPED
                    && whole.len() >= clipped.len() + LEAST_CLIPPED - 1
                    && whole.starts_with(clipped.as_str())
                    && resolve(clipped).known.is_none()
            }
            _ => false,
        }
    }

    /// True if one of two names is an abbreviation in capitals and the other has these initials.
    pub(super) fn abbreviates(&self, other: &Self) -> bool {
        let is_of = |short: &Self, long: &Self| {
            short.is_abbreviation && long.initials.as_ref().is_some_and(|it| *it == short.key)
        };
        is_of(self, other) || is_of(other, self)
    }

    /// Returns the similarity of this unknown name to a known skill, if it is similar.
    pub(super) fn nearness(&self, skill: KnownSkill) -> Option<f32> {
        let near = &self.unknown.as_ref()?.near;
        near.get_or_init(|| NearSkills::of(taxonomy::near_skills(&self.name)))
            .nearness(skill)
    }
}

/// Returns the folded initials of a name of three or more content words.
fn initials(name: &str) -> Option<Box<str>> {
    let words = text::words(name);
    let said = words.iter().filter(|word| !text::is_function_word(word));
    let initials: String = said.filter_map(|word| word.chars().next()).collect();
    (initials.len() >= 3).then(|| initials.into())
}
