//! Skills: names, relations, rarity, and the labels that unknown names are compared with.
//!
//! The curated tables of `src/scoring/vocabulary` are merged into the taxonomy and take precedence
//! over it: a curated row becomes part of the skill with its name, or a new skill.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    error::Error,
    fs,
};

use crate::{
    names,
    occupations::Occupations,
    output::Output,
    table,
    tsv::{Rows, items},
    words::Words,
};

/// Contexts in which a name is read from text; see `scoring::taxonomy::skills::Reading`.
const READ_ANYWHERE: u64 = 0;
const READ_WHERE_CAPITALISED: u64 = 1;
const READ_AMONG_SOFTWARE: u64 = 2;
const READ_WHERE_NAMED: u64 = 3;
const NOT_READ: u64 = 4;

/// Relations of skills; see `scoring::taxonomy::skills::Relation`.
const IMPLIES: u32 = 1;
const NARROWER: u32 = 2;
const NEIGHBOUR: u32 = 3;
const FOUNDATION: u32 = 4;

/// Flags of a skill; see `scoring::taxonomy::skills`.
const SOFTWARE: u8 = 1;
const ASKED_IN_TEXT: u8 = 2;
const CURATED: u8 = 4;
const EVERYDAY: u8 = 8;
const LANGUAGE: u8 = 16;

/// Number of non-software skills with a word in their names from which on that word is ordinary, so
/// that it is ambiguous as a name of software ("Fluent", "Drafting"): XML has 3, "basic" 27.
const ORDINARY: u32 = 5;

/// Maximum number of labels of one skill that unknown names are compared with.
const MOST_LABELS: usize = 10;
#[derive(Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "flags of the data, each of its own"
)]
struct Skill {
    english: String,
    french: String,
    aliases: Vec<String>,
    curated_forms: Vec<String>,
    is_software: bool,
    is_hot: bool,
    is_soft: bool,
    is_office_basic: bool,
    is_language: bool,
    is_curated: bool,
    parents: Vec<String>,
    implied: Vec<String>,
    related: Vec<String>,
}

impl Skill {
    /// True if the skill is the same as a curated row that has one of its aliases as a form. A
    /// single word is not sufficient if the names share no other word: "wiring" among battery
    /// components, IFRS among rules of flight.
    fn is_of_a_kind_with(&self, form: &str, forms: &[String]) -> bool {
        let of_row: BTreeSet<String> = forms
            .iter()
            .flat_map(|form| names::skill_key_words(form))
            .collect();
        self.is_software
            || names::skill_key_words(form).len() > 1
            || [&self.english, &self.french]
                .iter()
                .flat_map(|label| names::skill_key_words(label))
                .any(|word| of_row.contains(&word))
    }
}

pub struct Skills {
    all: Vec<Skill>,
    by_id: HashMap<String, usize>,
    /// Labels of groups, by id.
    groups: HashMap<String, [String; 2]>,
    /// Maps a key to a skill and to the contexts in which it is read from text.
    keys: BTreeMap<String, (usize, u64)>,
    /// Number of ESCO's skills, which come first.
    esco: usize,
}

impl Skills {
    pub fn read() -> Result<Self, Box<dyn Error>> {
        let rows = Rows::read("taxonomy/skills.tsv")?;
        let column = |name| rows.column(name);
        let list = |text: &str| items(text).map(str::to_owned).collect::<Vec<_>>();
        let mut by_id = HashMap::new();
        let mut skills = Vec::new();
        let (ids, kinds, english, french) = (
            column("id"),
            column("kind"),
            column("label_en"),
            column("label_fr"),
        );
        let (aliases_en, aliases_fr) = (column("aliases_en"), column("aliases_fr"));
        let (parents, implied, related) = (column("parents"), column("implied"), column("related"));
        let (flags, reuse) = (column("flags"), column("reuse"));
        for at in 0..ids.len() {
            by_id.insert(ids[at].to_owned(), at);
            let has = |flag: &str| items(flags[at]).any(|found| found == flag);
            let name = if english[at].is_empty() {
                french[at]
            } else {
                english[at]
            };
            skills.push(Skill {
                english: name.to_owned(),
                french: if french[at].is_empty() {
                    name
                } else {
                    french[at]
                }
                .to_owned(),
                aliases: items(aliases_fr[at])
                    .chain(items(aliases_en[at]))
                    .map(str::to_owned)
                    .collect(),
                is_software: kinds[at] == "tech" || has("tech"),
                is_hot: has("hot"),
                is_soft: has("transversal") || reuse[at] == "transversal",
                is_language: has("language"),
                parents: list(parents[at]),
                implied: list(implied[at]),
                related: list(related[at]),
                ..Skill::default()
            });
        }
        let esco = ids.iter().take_while(|id| id.starts_with('e')).count();
        let groups = Rows::read("taxonomy/groups.tsv")?;
        let groups = groups
            .column("id")
            .into_iter()
            .zip(groups.column("label_en"))
            .zip(groups.column("label_fr"))
            .map(|((id, english), french)| (id.to_owned(), [english.to_owned(), french.to_owned()]))
            .collect();
        let mut all = Self {
            all: skills,
            by_id,
            groups,
            keys: BTreeMap::new(),
            esco,
        };
        all.lay_over(&fs::read_to_string("src/scoring/vocabulary/skills.txt")?);
        all.find_keys(&fs::read_to_string(
            "src/scoring/vocabulary/not_read_from_text.txt",
        )?);
        Ok(all)
    }

    /// Merges the curated rows.
    fn lay_over(&mut self, curated: &str) {
        let mut labels: HashMap<String, usize> = HashMap::new();
        let mut aliases: HashMap<String, usize> = HashMap::new();
        // In reverse order, so that the first of equal names wins; "hot" software precedes all
        // others.
        for (at, skill) in self.all.iter().enumerate().rev() {
            for label in [&skill.english, &skill.french] {
                labels.insert(names::skill_key(label), at);
            }
            for alias in &skill.aliases {
                aliases.insert(names::skill_key(alias), at);
            }
        }
        for (at, skill) in self.all.iter().enumerate().rev() {
            if skill.is_hot {
                labels.insert(names::skill_key(&skill.english), at);
            }
        }
        let mut taken = BTreeSet::new();
        for row in table::rows(curated) {
            let forms: Vec<String> = row.forms().map(str::to_owned).collect();
            let keys: Vec<String> = forms.iter().map(|form| names::skill_key(form)).collect();
            let found = keys
                .iter()
                .find_map(|key| labels.get(key))
                .or_else(|| {
                    let holders = forms.iter().zip(&keys);
                    holders
                        .filter_map(|(form, key)| Some((form, aliases.get(key)?)))
                        .find(|(form, at)| self.all[**at].is_of_a_kind_with(form, &forms))
                        .map(|(_, at)| at)
                })
                .copied()
                .filter(|at| !taken.contains(at));
            let at = found.unwrap_or_else(|| {
                self.all.push(Skill::default());
                self.all.len() - 1
            });
            taken.insert(at);
            let skill = &mut self.all[at];
            if skill.french.is_empty() || skill.french == skill.english {
                row.name.clone_into(&mut skill.french);
            }
            row.name.clone_into(&mut skill.english);
            skill.curated_forms = forms;
            skill.is_curated = true;
            skill.is_office_basic = row.section == "office basics";
            skill.is_software |= row.section == "software" || skill.is_office_basic;
            skill.is_soft = row.section == "soft";
            skill.is_language |= row.section == "languages";
        }
    }

    /// Decides which skill each key names: curated names before labels before aliases, "hot"
    /// software before other skills, then the taxonomy's order.
    fn find_keys(&mut self, not_read: &str) {
        let not_read: BTreeMap<String, &str> = table::rows(not_read)
            .map(|row| (names::skill_key(row.name), row.section))
            .collect();
        let users = self.labels_with_words();
        let mut ranked: BTreeMap<String, ((u8, bool, usize), u64)> = BTreeMap::new();
        for (at, skill) in self.all.iter().enumerate() {
            let mut offer = |form: &str, rank: u8| {
                let words = names::skill_key_words(form);
                let key = names::skill_key_of(&words);
                if key.is_empty() {
                    return;
                }
                let is_one_word = words.len() == 1;
                let listed = not_read.get(&key);
                let reading = if listed.is_some() || key.chars().count() < 2 {
                    if listed == Some(&"never") {
                        NOT_READ
                    } else if skill.is_software && listed == Some(&"named") {
                        READ_WHERE_NAMED
                    } else if skill.is_software {
                        READ_AMONG_SOFTWARE
                    } else {
                        NOT_READ
                    }
                } else if rank == 0 || !is_one_word {
                    READ_ANYWHERE
                } else if skill.is_software
                    && users.get(&words[0]).copied().unwrap_or_default() >= ORDINARY
                {
                    if skill.is_hot {
                        READ_AMONG_SOFTWARE
                    } else {
                        NOT_READ
                    }
                } else if key.chars().count() < 3 {
                    NOT_READ
                } else if skill.is_software || form.chars().all(char::is_uppercase) {
                    READ_WHERE_CAPITALISED
                } else if rank == 1 && key.chars().count() >= 5 {
                    READ_ANYWHERE
                } else {
                    NOT_READ
                };
                let rank = (rank, !skill.is_hot, at);
                let entry = ranked.entry(key).or_insert((rank, reading));
                if rank < entry.0 {
                    *entry = (rank, reading);
                }
            };
            for form in &skill.curated_forms {
                offer(form, 0);
            }
            for label in [&skill.english, &skill.french] {
                offer(
                    label,
                    u8::from(!(skill.is_curated && *label == skill.english)),
                );
                if let Some((head, _)) = label.split_once('(') {
                    offer(head, 3);
                }
            }
            for alias in &skill.aliases {
                offer(alias, 2);
            }
        }
        self.keys = ranked
            .into_iter()
            .map(|(key, ((_, _, at), reading))| (key, (at, reading)))
            .collect();
    }

    /// Counts, for each word, the non-software skills with it in a name or alias.
    fn labels_with_words(&self) -> HashMap<String, u32> {
        let mut users: HashMap<String, u32> = HashMap::new();
        for skill in self.all.iter().filter(|skill| !skill.is_software) {
            let labels = [&skill.english, &skill.french].into_iter();
            let words: BTreeSet<String> = labels
                .chain(&skill.aliases)
                .flat_map(|label| names::skill_key_words(label))
                .collect();
            for word in words {
                *users.entry(word).or_default() += 1;
            }
        }
        users
    }

    /// Returns the index of an ESCO skill, given the number in its id.
    pub fn esco_skill(&self, number: &str) -> Option<usize> {
        self.by_id.get(&format!("e{number}")).copied()
    }

    /// Returns a skill's labels in English and French.
    pub fn labels(&self, at: usize) -> [&str; 2] {
        [&self.all[at].english, &self.all[at].french]
    }

    pub fn write(
        &self,
        output: &Output,
        words: &Words,
        occupations: &Occupations,
    ) -> Result<(), Box<dyn Error>> {
        let keys: Vec<(String, u64)> = self
            .keys
            .iter()
            .map(|(key, (at, reading))| (key.clone(), (*at as u64) << 3 | reading))
            .collect();
        output.map("skills.fst", &keys)?;
        output.texts(
            "skills.english",
            self.all.iter().map(|s| s.english.as_str()),
        )?;
        output.texts("skills.french", self.all.iter().map(|s| s.french.as_str()))?;
        let flags: Vec<u8> = self
            .all
            .iter()
            .map(|skill| {
                let may_be_asked = !skill.is_soft && !skill.is_language;
                let is_everyday = skill.is_soft && !skill.is_language || skill.is_office_basic;
                u8::from(skill.is_software) * SOFTWARE
                    + u8::from(may_be_asked) * ASKED_IN_TEXT
                    + u8::from(skill.is_curated) * CURATED
                    + u8::from(is_everyday) * EVERYDAY
                    + u8::from(skill.is_language) * LANGUAGE
            })
            .collect();
        output.bytes("skills.flags", &flags)?;
        output.lists_u32("skills.relations", &self.relations()?)?;
        let users = occupations.users_of_skills(self);
        let rarity: Vec<u8> = self
            .all
            .iter()
            .enumerate()
            .map(|(at, skill)| rarity(skill, users.get(&at).map_or(0, BTreeSet::len)))
            .collect();
        output.bytes("skills.rarity", &rarity)?;
        let essential = occupations.essential_users_of_skills(self);
        let lists: Vec<Vec<u16>> = (0..self.esco)
            .map(|at| essential.get(&at).cloned().unwrap_or_default())
            .collect();
        output.lists_u16("skills.occupations", &lists)?;
        self.write_labels(output, words)
    }

    /// Writes the labels that unknown names are compared with: each ESCO skill's own, skill by
    /// skill, then those of broader terms; and the inverted index from words to labels.
    fn write_labels(&self, output: &Output, words: &Words) -> Result<(), Box<dyn Error>> {
        let rarity = self.rarity_in_labels(words);
        output.f32s("words.rarity", &rarity)?;
        let mut labels = Labels {
            words,
            rarity: &rarity,
            weights: Vec::new(),
            of_label: Vec::new(),
            of_word: vec![Vec::new(); usize::from(words.len())],
        };
        let (mut ends, mut owners) = (Vec::new(), Vec::new());
        for (at, skill) in self.all[..self.esco].iter().enumerate() {
            let aliases = skill.aliases.iter().take(MOST_LABELS - 2);
            for label in [&skill.french, &skill.english].into_iter().chain(aliases) {
                if labels.add(label)?.is_some() {
                    owners.push(u16::try_from(at)?);
                }
            }
            ends.push(u32::try_from(owners.len())?);
        }
        let mut known: HashMap<&str, Option<u32>> = HashMap::new();
        let mut broader = Vec::new();
        for skill in &self.all[..self.esco] {
            let mut above = Vec::new();
            for parent in &skill.parents {
                let names = match (self.groups.get(parent), self.by_id.get(parent)) {
                    (Some(names), _) => names.each_ref().map(String::as_str),
                    (_, Some(&at)) => self.labels(at),
                    _ => continue,
                };
                for label in names {
                    let place = match known.get(label) {
                        Some(place) => *place,
                        None => *known.entry(label).or_insert(labels.add(label)?),
                    };
                    above.extend(place);
                }
            }
            broader.push(above);
        }
        output.u32s("skills.labels.ends", &ends)?;
        output.u16s("skills.labels.owners", &owners)?;
        output.f32s("skills.labels.weights", &labels.weights)?;
        output.lists_u16("skills.labels.words", &labels.of_label)?;
        output.lists_u32("skills.labels.of_word", &labels.of_word)?;
        output.lists_u32("skills.broader", &broader)
    }

    /// Returns each word's rarity among the labels of skills: ln(1 + N/(1 + n)).
    fn rarity_in_labels(&self, words: &Words) -> Vec<f32> {
        let mut users: HashMap<u16, u32> = HashMap::new();
        for skill in &self.all {
            for label in [&skill.english, &skill.french] {
                let rows: BTreeSet<u16> = words.rows(label).into_iter().collect();
                for row in rows {
                    *users.entry(row).or_default() += 1;
                }
            }
        }
        let total = self.all.len() as f64;
        (0..words.len())
            .map(|row| {
                let users = users.get(&row).copied().unwrap_or_default();
                #[expect(clippy::cast_possible_truncation, reason = "a logarithm")]
                let rarity = libm::log(1.0 + total / (1.0 + f64::from(users))) as f32;
                rarity
            })
            .collect()
    }

    /// Returns, for each skill, its related skills, each as the index shifted by three bits and
    /// combined with the strongest relation.
    fn relations(&self) -> Result<Vec<Vec<u32>>, Box<dyn Error>> {
        let place = |id: &String| self.by_id.get(id).copied();
        let key = |name: &str| self.keys.get(&names::skill_key(name)).map(|found| found.0);
        let mut implied: Vec<Vec<usize>> = self
            .all
            .iter()
            .map(|skill| skill.implied.iter().filter_map(place).collect())
            .collect();
        let mut links: BTreeMap<(usize, usize), u32> = BTreeMap::new();
        let mut link = |from: usize, to: usize, relation: u32| {
            if from != to {
                let known = links.entry((from, to)).or_insert(relation);
                *known = relation.min(*known);
            }
        };
        for (at, skill) in self.all.iter().enumerate() {
            for parent in skill.parents.iter().filter_map(place) {
                link(at, parent, NARROWER);
                link(parent, at, FOUNDATION);
            }
            for related in skill.related.iter().filter_map(place) {
                link(at, related, NEIGHBOUR);
                link(related, at, NEIGHBOUR);
            }
        }
        let curated = fs::read_to_string("src/scoring/vocabulary/skill_relations.txt")?;
        for line in table::lines(&curated) {
            if let Some((specific, general)) = line.split_once("->") {
                for specific in specific.split(',').filter_map(key) {
                    implied[specific].extend(general.split(',').filter_map(key));
                }
            } else {
                let group: Vec<usize> = line.split('~').filter_map(key).collect();
                for &one in &group {
                    for &other in &group {
                        link(one, other, NEIGHBOUR);
                    }
                }
            }
        }
        for specific in 0..implied.len() {
            let mut reached = vec![specific];
            let mut position = 0;
            while let Some(&next) = reached.get(position) {
                for &general in &implied[next] {
                    if !reached.contains(&general) {
                        reached.push(general);
                        link(specific, general, IMPLIES);
                        link(general, specific, FOUNDATION);
                    }
                }
                position += 1;
            }
        }
        let mut lists: Vec<Vec<u32>> = vec![Vec::new(); self.all.len()];
        for ((from, to), relation) in links {
            lists[from].push(u32::try_from(to)? << 3 | relation);
        }
        Ok(lists)
    }
}

/// Labels by number.
struct Labels<'a> {
    words: &'a Words,
    rarity: &'a [f32],
    /// The sum of the rarities of each label's words.
    weights: Vec<f32>,
    /// The words of each label.
    of_label: Vec<Vec<u16>>,
    /// For each word, the labels that contain it.
    of_word: Vec<Vec<u32>>,
}

impl Labels<'_> {
    /// Adds a label and returns its number; `None` for a label without known words.
    fn add(&mut self, label: &str) -> Result<Option<u32>, Box<dyn Error>> {
        let rows = self.words.rows(label);
        if rows.is_empty() {
            return Ok(None);
        }
        let number = u32::try_from(self.weights.len())?;
        let rarity = rows.iter().map(|row| self.rarity[usize::from(*row)]);
        self.weights.push(rarity.sum());
        for row in &rows {
            self.of_word[usize::from(*row)].push(number);
        }
        self.of_label.push(rows);
        Ok(Some(number))
    }
}

/// Returns the rarity in hundredths, 30 to 100: less for a skill that many occupations use (1 -
/// 0.8·ln(1 + n) / ln(1 + N), N the number of occupations), and at most half for "hot" software,
/// which many occupations list, and for soft skills.
fn rarity(skill: &Skill, users: usize) -> u8 {
    const OCCUPATIONS: f64 = 3007.0;
    let rarity = 1.0 - 0.8 * libm::log(1.0 + users as f64) / libm::log(1.0 + OCCUPATIONS);
    let most = if skill.is_hot || skill.is_soft {
        0.5
    } else {
        1.0
    };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "30 to 100"
    )]
    let hundredths = (rarity.clamp(0.3, most) * 100.0).round() as u8;
    hundredths
}
