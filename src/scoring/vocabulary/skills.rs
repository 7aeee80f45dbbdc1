//! What a skill's name stands for, and which skills are related.

use super::{prefix_map::PrefixMap, spelling::Spelling, table};
use crate::scoring::text;

/// How one skill speaks for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Relation {
    /// It is the same skill.
    Same,
    /// Who has it has the other: Django implies Python.
    Implies,
    /// It is the same skill, written with a slip of the pen.
    Misspelt,
    /// It is learned quickly by who has the other: React and Vue.js.
    Neighbour,
    /// It is what the other builds on: Python for Django.
    Foundation,
}

/// A skill of the vocabulary.
#[derive(Debug)]
struct Concept {
    /// The name shown where a profile gives none.
    name: &'static str,
    /// The hash of the name's key: what profiles are compared by.
    id: u64,
    /// Names software, so that "Python 3.12" is Python.
    has_versions: bool,
    /// Can be taken as asked for when a description names it.
    is_read_from_descriptions: bool,
    /// Other skills this one speaks for, the strongest relation to each, sorted by id.
    speaks_for: Vec<(u64, Relation)>,
}

/// Skill names and their relations.
#[derive(Debug)]
pub struct SkillVocabulary {
    concepts: Vec<Concept>,
    /// Places in `concepts`.
    by_key: PrefixMap<usize>,
    /// Names in which a slip of the pen can be seen, in the table's order.
    spellings: Vec<(Spelling, usize)>,
}

/// What a name stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolvedSkill {
    /// The canonical key: equal keys are the same skill.
    pub key: String,
    /// The key's hash.
    pub id: u64,
    /// Whether the vocabulary has it.
    pub is_known: bool,
}

/// Words around a name that leave the skill the same: « maîtrise de Python », "Python programming".
const QUALIFIERS: &[&str] = &[
    "maitrise",
    "connaissance",
    "base",
    "notion",
    "pratique",
    "utilisation",
    "logiciel",
    "outil",
    "langage",
    "language",
    "programmation",
    "programming",
    "framework",
    "developpement",
    "development",
    "knowledge",
    "experience",
    "proficiency",
    "with",
    "avance",
    "advanced",
    "courant",
    "intermediaire",
    "debutant",
    "confirme",
    "expert",
    "niveau",
    "basic",
    "software",
    "technique",
    "methode",
    "a1",
    "a2",
    "b1",
    "b2",
    "c1",
    "c2",
    "bilingue",
    "bilingual",
    "natif",
    "native",
    "fluent",
    "lu",
    "ecrit",
    "parle",
    "scolaire",
];

/// Names that running text uses for something else, as keys: « le tableau », « notre client
/// recherche », "go", « entretien d'embauche ». Sorted.
const NOT_READ_FROM_TEXT: &[&str] = &[
    "access",
    "administration",
    "adp",
    "assurance",
    "banque",
    "bar",
    "bi",
    "c",
    "cafe",
    "caisse",
    "cloud",
    "conditionnement",
    "conformite",
    "couverture",
    "dart",
    "deliverie",
    "delivery",
    "distribution",
    "entretien",
    "environnement",
    "express",
    "facade",
    "formation",
    "froid",
    "go",
    "helm",
    "hr",
    "ia",
    "isolation",
    "js",
    "lean",
    "management",
    "ml",
    "office",
    "opera",
    "organisation",
    "organization",
    "outlook",
    "patience",
    "permi",
    "photo",
    "presse",
    "production",
    "puppet",
    "py",
    "qualite",
    "r",
    "rail",
    "recette",
    "recherche",
    "research",
    "rest",
    "rh",
    "safe",
    "sage",
    "sig",
    "sketch",
    "soap",
    "spark",
    "spring",
    "standard",
    "strategie",
    "swift",
    "tableau",
    "toilette",
    "training",
    "ts",
    "ui",
    "unity",
    "urgence",
    "word",
    "wp",
];

impl SkillVocabulary {
    /// The curated tables.
    pub fn curated() -> Self {
        Self::read(
            include_str!("skills.txt"),
            include_str!("skill_relations.txt"),
        )
    }

    fn read(names: &'static str, relations: &str) -> Self {
        let mut concepts = Vec::new();
        let mut keys = Vec::new();
        let mut spellings = Vec::new();
        for row in table::rows(names) {
            let index = concepts.len();
            concepts.push(Concept {
                name: row.name,
                id: text::hash(&written_key(row.name)),
                has_versions: row.section == "software",
                is_read_from_descriptions: !matches!(row.section, "soft" | "languages"),
                speaks_for: Vec::new(),
            });
            for form in row.forms() {
                keys.push((written_key(form), index));
                let spelling = Spelling::of(form);
                if spelling.may_slip() {
                    spellings.push((spelling, index));
                }
            }
        }
        let mut vocabulary = Self {
            concepts,
            by_key: PrefixMap::new(keys, ""),
            spellings,
        };
        vocabulary.relate(relations);
        vocabulary
    }

    fn relate(&mut self, relations: &str) {
        let concept = |name: &str| self.by_key.get(&written_key(name)).copied();
        let mut implied: Vec<Vec<usize>> = vec![Vec::new(); self.concepts.len()];
        let mut neighbours = Vec::new();
        for line in table::lines(relations) {
            if let Some((specific, general)) = line.split_once("->") {
                if let Some(specific) = concept(specific) {
                    implied[specific].extend(general.split(',').filter_map(concept));
                }
            } else {
                let group: Vec<usize> = line.split('~').filter_map(concept).collect();
                neighbours.push(group);
            }
        }
        let mut links: Vec<(usize, usize, Relation)> = Vec::new();
        for specific in 0..implied.len() {
            let mut reached = vec![specific];
            let mut position = 0;
            while let Some(&next) = reached.get(position) {
                for &general in &implied[next] {
                    if !reached.contains(&general) {
                        reached.push(general);
                        links.push((specific, general, Relation::Implies));
                        links.push((general, specific, Relation::Foundation));
                    }
                }
                position += 1;
            }
        }
        for group in neighbours {
            for &one in &group {
                let others = group.iter().filter(|&&other| other != one);
                links.extend(others.map(|&other| (one, other, Relation::Neighbour)));
            }
        }
        for (from, to, relation) in links {
            let target = self.concepts[to].id;
            let speaks_for = &mut self.concepts[from].speaks_for;
            match speaks_for.iter_mut().find(|(id, _)| *id == target) {
                Some(link) => link.1 = link.1.min(relation),
                None => speaks_for.push((target, relation)),
            }
        }
        for concept in &mut self.concepts {
            concept.speaks_for.sort_unstable();
        }
    }

    /// What a name stands for: a skill of the vocabulary, or itself, whatever its case, accents,
    /// punctuation, spacing and number. Qualifiers, a text in brackets and a version are set aside
    /// where that leaves a known name.
    pub fn resolve(&self, name: &str) -> ResolvedSkill {
        let words = key_words(name);
        if let Some(index) = self.find(name, &words) {
            return ResolvedSkill {
                key: written_key(self.concepts[index].name),
                id: self.concepts[index].id,
                is_known: true,
            };
        }
        let mut key = key_of(&words);
        if key.is_empty() {
            // Nothing but signs: the signs are the name.
            key = text::fold(name.trim());
        }
        ResolvedSkill {
            id: text::hash(&key),
            key,
            is_known: false,
        }
    }

    /// The parts of a name such as « Docker / Kubernetes » or « HTML, CSS »; none unless the whole
    /// is unknown and every part is known.
    pub fn parts<'a>(&self, name: &'a str) -> Option<Vec<&'a str>> {
        if self.find(name, &key_words(name)).is_some() {
            return None;
        }
        let parts: Vec<&str> = name
            .split(['/', ',', '&', ';', '|'])
            .flat_map(|part| part.split(" et "))
            .flat_map(|part| part.split(" and "))
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .collect();
        let all_known = parts
            .iter()
            .all(|part| self.find(part, &key_words(part)).is_some());
        (parts.len() > 1 && all_known).then_some(parts)
    }

    fn find(&self, name: &str, words: &[String]) -> Option<usize> {
        let exact = |words: &[String]| self.by_key.get(&key_of(words)).copied();
        if let Some(index) = exact(words) {
            return Some(index);
        }
        if let Some((head, _)) = name.split_once('(')
            && let Some(index) = exact(&key_words(head))
        {
            return Some(index);
        }
        let is_qualifier = |word: &String| QUALIFIERS.contains(&word.as_str());
        let first = words.iter().position(|word| !is_qualifier(word))?;
        let last = words.iter().rposition(|word| !is_qualifier(word))?;
        let core = &words[first..=last];
        if core.len() < words.len()
            && let Some(index) = exact(core)
        {
            return Some(index);
        }
        let software = |words: &[String]| {
            exact(words).filter(|&index| !words.is_empty() && self.concepts[index].has_versions)
        };
        let (version, unversioned) = core.split_last()?;
        if version
            .trim_start_matches('v')
            .starts_with(|c: char| c.is_ascii_digit())
            && let Some(index) = software(unversioned)
        {
            return Some(index);
        }
        let stripped = version.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
        if stripped.len() < version.len() && stripped.len() > 1 {
            let mut unversioned = unversioned.to_vec();
            unversioned.push(stripped.to_owned());
            return software(&unversioned);
        }
        None
    }

    /// Skills that having the one with this key speaks for, with the strongest relation to each.
    pub fn speaks_for(&self, key: &str) -> &[(u64, Relation)] {
        self.by_key
            .get(key)
            .map_or(&[], |&index| &self.concepts[index].speaks_for)
    }

    /// The id of the known skill that an unknown name looks like, if it looks like one with a slip
    /// of the pen; of several, the first in the table.
    pub fn misspelt(&self, spelling: &Spelling) -> Option<u64> {
        self.spellings
            .iter()
            .find(|(known, _)| known.is_typo_of(spelling))
            .map(|(_, index)| self.concepts[*index].id)
    }

    /// The known skills that running text names, in its order, each once: word for word, the
    /// longest name first. Names that text uses for something else are not read.
    pub fn read_text(&self, words: &[String]) -> Vec<ReadSkill> {
        let parts: Vec<String> = words
            .iter()
            .filter(|word| !text::is_little_word(word))
            .map(|word| key_of(&[text::singular(word)]))
            .collect();
        let mut read: Vec<ReadSkill> = Vec::new();
        let mut position = 0;
        while position < parts.len() {
            let rest = parts[position..].iter().map(String::as_str);
            let found = self
                .by_key
                .longest(rest, |key| NOT_READ_FROM_TEXT.binary_search(&key).is_err());
            let Some((length, &index)) = found else {
                position += 1;
                continue;
            };
            position += length;
            let concept = &self.concepts[index];
            if read.iter().all(|skill| skill.id != concept.id) {
                read.push(ReadSkill {
                    name: concept.name,
                    id: concept.id,
                    may_be_asked: concept.is_read_from_descriptions,
                });
            }
        }
        read
    }
}

/// A skill that was found in running text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadSkill {
    /// The vocabulary's name.
    pub name: &'static str,
    /// What profiles are compared by.
    pub id: u64,
    /// Whether a description that names it asks for it; not so for soft skills, which nearly every
    /// posting names, and for languages, which are a criterion of their own.
    pub may_be_asked: bool,
}

/// The key of a name as it is written, before the vocabulary is asked what it stands for.
pub(super) fn written_key(name: &str) -> String {
    key_of(&key_words(name))
}

/// The words a name is known by: singular, without little words unless there are no others.
fn key_words(name: &str) -> Vec<String> {
    let words = text::words(name);
    let has_others = words.iter().any(|word| !text::is_little_word(word));
    words
        .into_iter()
        .filter(|word| !has_others || !text::is_little_word(word))
        .map(|word| text::singular(&word))
        .collect()
}

/// One text for all spellings: `node.js`, `node js` and `nodejs` give `nodejs`; `.net` gives
/// `dotnet`; `c++` and `c#` keep their signs.
fn key_of(words: &[String]) -> String {
    let mut key = String::new();
    for word in words {
        if let Some(rest) = word.strip_prefix('.') {
            key.push_str("dot");
            key.extend(rest.chars().filter(|letter| *letter != '.'));
        } else {
            key.extend(word.chars().filter(|letter| *letter != '.'));
        }
    }
    key
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::scoring::vocabulary::SKILLS;

    fn same(one: &str, other: &str) -> bool {
        SKILLS.resolve(one).key == SKILLS.resolve(other).key
    }

    #[test]
    fn spellings_of_a_name_are_one_skill() {
        for (one, other) in [
            ("node.js", "NodeJS"),
            ("node.js", "node js"),
            ("react.js", "React"),
            (".NET", "dotnet"),
            ("JS", "JavaScript"),
            ("k8s", "Kubernetes"),
            ("Postgres", "PostgreSQL"),
            ("ts", "TypeScript"),
            ("golang", "Go"),
            ("Gestion de projets", "project management"),
            ("Anglais", "English"),
            ("Soins infirmiers", "nursing care"),
            ("Maîtrise de Python", "python"),
            ("Python 3.12", "Python"),
            ("Anglais courant (C1)", "English"),
            ("Anglais B2", "English"),
            ("PHP8", "php"),
            ("AWS (Amazon Web Services)", "aws"),
            ("Conduite de chariots élévateurs", "forklift"),
            ("e-commerce", "E commerce"),
            ("Relations presse", "relation presse"),
            ("Mise en rayons", "mise en rayon"),
        ] {
            assert!(same(one, other), "{one} / {other}");
        }
    }

    #[test]
    fn names_that_look_alike_stay_apart() {
        for (one, other) in [
            ("C", "C++"),
            ("C", "C#"),
            ("C++", "C#"),
            ("Java", "JavaScript"),
            ("ISO 9001", "ISO 14001"),
            ("Permis B", "Permis C"),
            ("CACES 1", "CACES 3"),
            ("Go", "Google Ads"),
            ("SQL", "NoSQL"),
            ("net", ".NET"),
        ] {
            assert!(!same(one, other), "{one} / {other}");
        }
    }

    #[test]
    fn a_name_of_signs_or_little_words_is_still_a_name() {
        assert!(!same("???", "!!!"));
        assert!(same("LE", "le"));
        assert_eq!(SKILLS.resolve("").key, "");
    }

    #[test]
    fn two_known_names_in_one_are_two_skills() {
        assert_eq!(SKILLS.parts("HTML/CSS"), Some(vec!["HTML", "CSS"]));
        assert_eq!(
            SKILLS.parts("Docker et Kubernetes"),
            Some(vec!["Docker", "Kubernetes"])
        );
        assert_eq!(SKILLS.parts("CI/CD"), None);
        assert_eq!(SKILLS.parts("Docker / tricot"), None);
    }

    #[test]
    fn every_relation_names_known_skills() {
        for line in table::lines(include_str!("skill_relations.txt")) {
            for name in line.split("->").flat_map(|side| side.split([',', '~'])) {
                assert!(SKILLS.resolve(name).is_known, "{name} in {line}");
            }
        }
    }

    #[test]
    fn no_name_stands_for_two_skills() {
        let mut owners: HashMap<String, &str> = HashMap::new();
        for row in table::rows(include_str!("skills.txt")) {
            for form in row.forms() {
                let key = key_of(&key_words(form));
                assert!(!key.is_empty(), "{form}");
                let owner = owners.entry(key).or_insert(row.name);
                assert_eq!(*owner, row.name, "{form} stands for both");
            }
        }
    }

    #[test]
    fn the_names_not_read_from_text_can_be_searched() {
        let mut sorted = NOT_READ_FROM_TEXT.to_vec();
        sorted.sort_unstable();
        assert_eq!(sorted, NOT_READ_FROM_TEXT);
    }

    #[test]
    fn relations_follow_arrows() {
        let relation = |from: &str, to: &str| {
            let target = SKILLS.resolve(to).id;
            SKILLS
                .speaks_for(&SKILLS.resolve(from).key)
                .iter()
                .find(|(id, _)| *id == target)
                .map(|(_, relation)| *relation)
        };
        assert_eq!(relation("Django", "Python"), Some(Relation::Implies));
        assert_eq!(relation("Next.js", "JavaScript"), Some(Relation::Implies));
        assert_eq!(relation("Python", "Django"), Some(Relation::Foundation));
        assert_eq!(relation("React", "Vue"), Some(Relation::Neighbour));
        assert_eq!(relation("React", "Plumbing"), None);
    }

    #[test]
    fn text_is_read_word_for_word() {
        let read = |text: &str| -> Vec<&str> {
            let words = text::prose_words(text);
            let skills = SKILLS.read_text(&words);
            skills.iter().map(|skill| skill.name).collect()
        };
        assert_eq!(
            read("Vous maîtrisez Java, les bases de PostgreSQL et la gestion de projets."),
            ["Java", "PostgreSQL", "Project Management"]
        );
        assert_eq!(read("Javanais, go, le tableau de la recherche"), [""; 0]);
    }
}
