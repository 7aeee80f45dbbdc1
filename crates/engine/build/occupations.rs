//! Occupations: titles, the index that finds similar ones, and the words of each occupation.
//!
//! One numbering covers ESCO occupations, ISCO groups, ROME codes and O*NET occupations, in this
//! order.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    error::Error,
};

use crate::{
    names,
    output::Output,
    skills::Skills,
    text,
    tsv::{Rows, items},
    words::{self, Words},
};

/// Maximum number of words kept for one occupation and language.
const MOST_TERMS: usize = 100;
/// Weight of the words of an occupation's own name, relative to those of an alias or a skill.
const NAME_COUNTS: f64 = 3.0;

struct Occupation {
    /// UUID of an ESCO occupation; empty for others.
    uuid: String,
    /// ISCO, ROME or O*NET-SOC code.
    code: String,
    english: String,
    french: String,
    aliases_english: Vec<String>,
    aliases_french: Vec<String>,
    essential: Vec<String>,
    optional: Vec<String>,
}

pub struct Occupations {
    all: Vec<Occupation>,
    /// Number of occupations of each kind, in the order of the numbering.
    counts: [usize; 4],
    links: Vec<Vec<u16>>,
}

impl Occupations {
    pub fn read() -> Result<Self, Box<dyn Error>> {
        let owned = |list: &str| items(list).map(str::to_owned).collect::<Vec<_>>();
        let mut occupations: Vec<Occupation> = Vec::new();
        let mut places: HashMap<String, usize> = HashMap::new();
        let rows = Rows::read("taxonomy/occupations.tsv")?;
        let skills = Rows::read("taxonomy/occupation_skills.tsv")?;
        let numbers = |list: &str| list.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let skills: HashMap<&str, (Vec<String>, Vec<String>)> = skills
            .column("occupation")
            .into_iter()
            .zip(skills.column("essential"))
            .zip(skills.column("optional"))
            .map(|((id, essential), optional)| (id, (numbers(essential), numbers(optional))))
            .collect();
        let (ids, codes) = (rows.column("id"), rows.column("isco08"));
        let uuids = rows.column("esco_uuid");
        let (english, french) = (rows.column("label_en"), rows.column("label_fr"));
        let (more_english, more_french) = (rows.column("aliases_en"), rows.column("aliases_fr"));
        for at in 0..ids.len() {
            places.insert(ids[at].to_owned(), occupations.len());
            let (essential, optional) = skills.get(ids[at]).cloned().unwrap_or_default();
            occupations.push(Occupation {
                uuid: uuids[at].to_owned(),
                code: codes[at].to_owned(),
                english: english[at].to_owned(),
                french: french[at].to_owned(),
                aliases_english: owned(more_english[at]),
                aliases_french: owned(more_french[at]),
                essential,
                optional,
            });
        }
        let mut counts = [occupations.len(), 0, 0, 0];
        let groups = Rows::read("taxonomy/isco_groups.tsv")?;
        let (codes, english, french) = (
            groups.column("code"),
            groups.column("label_en"),
            groups.column("label_fr"),
        );
        for at in 0..codes.len() {
            places.insert(format!("i{}", codes[at]), occupations.len());
            occupations.push(named(codes[at], english[at], french[at]));
        }
        counts[1] = codes.len();
        let codes = Rows::read("taxonomy/rome_codes.tsv")?;
        for (code, french) in codes
            .column("code_rome")
            .into_iter()
            .zip(codes.column("label_fr"))
        {
            places.insert(code.to_owned(), occupations.len());
            occupations.push(named(code, "", french));
            counts[2] += 1;
        }
        let titles = Rows::read("taxonomy/rome_titles.tsv")?;
        for (title, code) in titles
            .column("title_fr")
            .into_iter()
            .zip(titles.column("code_rome"))
        {
            if let Some(&at) = places.get(code) {
                occupations[at].aliases_french.push(title.to_owned());
            }
        }
        let rows = Rows::read("taxonomy/onet_titles.tsv")?;
        let (codes, titles, aliases) = (
            rows.column("soc"),
            rows.column("title"),
            rows.column("aliases"),
        );
        for at in 0..codes.len() {
            places.insert(codes[at].to_owned(), occupations.len());
            let mut occupation = named(codes[at], titles[at], "");
            occupation.aliases_english = items(aliases[at])
                // "Business Executive (BE)": the initials have a separate entry.
                .map(|alias| alias.split('(').next().unwrap_or(alias).trim().to_owned())
                .collect();
            occupations.push(occupation);
            counts[3] += 1;
        }
        let rows = Rows::read("taxonomy/occupation_links.tsv")?;
        let mut links = vec![Vec::new(); occupations.len()];
        for (code, list) in rows.column("code").into_iter().zip(rows.column("links")) {
            let Some(&from) = places.get(code) else {
                continue;
            };
            for link in list.split(' ') {
                if let Some((id, percent)) = link.split_once(':')
                    && let Some(&to) = places.get(id)
                {
                    links[from].extend([u16::try_from(to)?, percent.parse()?]);
                }
            }
        }
        Ok(Self {
            all: occupations,
            counts,
            links,
        })
    }

    /// Returns, for each ESCO skill that is essential for any occupation, those occupations.
    pub fn essential_users_of_skills(&self, skills: &Skills) -> HashMap<usize, Vec<u16>> {
        let mut users: HashMap<usize, Vec<u16>> = HashMap::new();
        for (at, occupation) in (0..).zip(&self.all) {
            for number in &occupation.essential {
                if let Some(skill) = skills.esco_skill(number) {
                    users.entry(skill).or_default().push(at);
                }
            }
        }
        users
    }

    /// Returns, for each ESCO skill, the occupations that list it.
    pub fn users_of_skills(&self, skills: &Skills) -> HashMap<usize, BTreeSet<usize>> {
        let mut users: HashMap<usize, BTreeSet<usize>> = HashMap::new();
        for (at, occupation) in self.all.iter().enumerate() {
            for number in occupation.essential.iter().chain(&occupation.optional) {
                if let Some(skill) = skills.esco_skill(number) {
                    users.entry(skill).or_default().insert(at);
                }
            }
        }
        users
    }

    pub fn write(
        &self,
        output: &Output,
        words: &Words,
        skills: &Skills,
    ) -> Result<(), Box<dyn Error>> {
        let counts: Result<Vec<u32>, _> = self.counts.iter().map(|n| u32::try_from(*n)).collect();
        output.u32s("occupations.counts", &counts?)?;
        let texts =
            |name, text: fn(&Occupation) -> &str| output.texts(name, self.all.iter().map(text));
        texts("occupations.uuid", |occupation| &occupation.uuid)?;
        texts("occupations.code", |occupation| &occupation.code)?;
        texts("occupations.english", |occupation| {
            let french = &occupation.french;
            if occupation.english.is_empty() {
                french
            } else {
                &occupation.english
            }
        })?;
        texts("occupations.french", |occupation| {
            let english = &occupation.english;
            if occupation.french.is_empty() {
                english
            } else {
                &occupation.french
            }
        })?;
        output.lists_u16("occupations.links", &self.links)?;
        let essential: Vec<Vec<u32>> = self.all[..self.counts[0]]
            .iter()
            .map(|occupation| {
                let places = occupation.essential.iter();
                let places = places.filter_map(|number| skills.esco_skill(number));
                places.filter_map(|at| u32::try_from(at).ok()).collect()
            })
            .collect();
        output.lists_u32("occupations.skills", &essential)?;
        let vectors: Vec<u8> = self.all[..self.counts[0]]
            .iter()
            .map(|one| words.vector(&format!("{} {}", one.french, one.english)))
            .flat_map(|vector| words::quantised(&vector))
            .collect();
        output.bytes("occupations.vectors", &vectors)?;
        self.write_titles(output)?;
        self.write_terms(output, words, skills)
    }

    /// Writes titles by key, and the index of their grams.
    fn write_titles(&self, output: &Output) -> Result<(), Box<dyn Error>> {
        let mut owners: BTreeMap<String, BTreeSet<u16>> = BTreeMap::new();
        let mut grams: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        let mut label_owners: Vec<u16> = Vec::new();
        let mut label_grams: Vec<Vec<u32>> = Vec::new();
        for (at, occupation) in (0..).zip(&self.all) {
            let mut seen = BTreeSet::new();
            for label in occupation.labels() {
                let stems = names::title_stems(label);
                let key = names::title_key(&stems);
                if key.is_empty() || !seen.insert(key.clone()) {
                    continue;
                }
                owners.entry(key).or_default().insert(at);
                let label = u32::try_from(label_owners.len())?;
                let found = names::grams(&stems);
                for gram in &found {
                    grams.entry(*gram).or_default().push(label);
                }
                label_owners.push(at);
                label_grams.push(found);
            }
        }
        let total = label_owners.len() as f64;
        #[expect(clippy::cast_possible_truncation, reason = "a logarithm")]
        let rarity = |users: usize| (libm::log((1.0 + total) / (1.0 + users as f64)) + 1.0) as f32;
        let rarities: BTreeMap<u32, f32> = grams
            .iter()
            .map(|(gram, users)| (*gram, rarity(users.len())))
            .collect();
        let lengths: Vec<f32> = label_grams
            .iter()
            .map(|found| {
                let squares = found.iter().map(|gram| rarities[gram] * rarities[gram]);
                squares.sum::<f32>().sqrt()
            })
            .collect();
        output.u32s("grams.hashes", &grams.keys().copied().collect::<Vec<_>>())?;
        output.f32s(
            "grams.rarity",
            &rarities.values().copied().collect::<Vec<_>>(),
        )?;
        output.lists_u32("grams.labels", &grams.into_values().collect::<Vec<_>>())?;
        output.u16s("labels.owners", &label_owners)?;
        output.f32s("labels.lengths", &lengths)?;
        let keys: Vec<(String, u64)> = owners.keys().cloned().zip(0..).collect();
        output.map("titles.fst", &keys)?;
        let lists: Vec<Vec<u16>> = owners
            .into_values()
            .map(|owners| owners.into_iter().collect())
            .collect();
        output.lists_u16("titles.owners", &lists)
    }

    /// Writes the texts about each occupation: the heaviest roots of its names, aliases and
    /// essential skills, by ln(1 + count) · rarity, scaled to unit length, in each language.
    fn write_terms(
        &self,
        output: &Output,
        words: &Words,
        skills: &Skills,
    ) -> Result<(), Box<dyn Error>> {
        for (language, name) in ["terms.english", "terms.french"].into_iter().enumerate() {
            let (mut roots, mut weights) = (Vec::new(), Vec::new());
            for occupation in &self.all {
                let mut counts: BTreeMap<u32, f64> = BTreeMap::new();
                let mut count = |label: &str, times: f64| {
                    for root in text::roots(&text::prose_words(label)) {
                        *counts.entry(root).or_default() += times;
                    }
                };
                let (own, aliases) = if language == 0 {
                    (&occupation.english, &occupation.aliases_english)
                } else {
                    (&occupation.french, &occupation.aliases_french)
                };
                count(own, NAME_COUNTS);
                for alias in aliases {
                    count(alias, 1.0);
                }
                for at in occupation
                    .essential
                    .iter()
                    .filter_map(|n| skills.esco_skill(n))
                {
                    count(skills.labels(at)[language], 1.0);
                }
                let mut terms: Vec<(u32, f64)> = counts
                    .into_iter()
                    .map(|(root, count)| (root, libm::log(1.0 + count) * words.rarity(root)))
                    .collect();
                terms.sort_by(|one, other| other.1.total_cmp(&one.1).then(one.0.cmp(&other.0)));
                terms.truncate(MOST_TERMS);
                let length = terms.iter().map(|term| term.1 * term.1).sum::<f64>().sqrt();
                terms.sort_unstable_by_key(|term| term.0);
                roots.push(terms.iter().map(|term| term.0).collect::<Vec<_>>());
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "a number of a unit vector times 65,535"
                )]
                weights.extend(
                    terms
                        .iter()
                        .map(|term| (term.1 / length * 65_535.0).round() as u16),
                );
            }
            output.lists_u32(name, &roots)?;
            output.u16s(&format!("{name}.weights"), &weights)?;
        }
        Ok(())
    }
}

impl Occupation {
    fn labels(&self) -> impl Iterator<Item = &str> {
        [self.english.as_str(), self.french.as_str()]
            .into_iter()
            .chain(self.aliases_english.iter().map(String::as_str))
            .chain(self.aliases_french.iter().map(String::as_str))
    }
}

fn named(code: &str, english: &str, french: &str) -> Occupation {
    Occupation {
        uuid: String::new(),
        code: code.to_owned(),
        english: english.to_owned(),
        french: french.to_owned(),
        aliases_english: Vec::new(),
        aliases_french: Vec::new(),
        essential: Vec::new(),
        optional: Vec::new(),
    }
}
