//! What a skill's name stands for: one of the taxonomy's skills, or itself.

use super::spelling::Spelling;
use crate::scoring::{
    names,
    taxonomy::{self, KnownSkill},
    text,
};

/// What a skill is compared by: a known skill's place in the taxonomy, or the hash of an unknown
/// name. The highest bit tells them apart.
pub type SkillId = u64;

const UNKNOWN: SkillId = 1 << 63;

/// The id of a known skill.
pub fn known_id(skill: KnownSkill) -> SkillId {
    SkillId::from(skill)
}

/// What a name stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolvedSkill {
    /// The key of the name as it is written.
    pub key: String,
    /// Equal ids are the same skill.
    pub id: SkillId,
    /// The taxonomy's skill, if it has one of this name.
    pub known: Option<KnownSkill>,
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
    "bon",
    "bonne",
    "good",
    "solid",
    "solide",
    "excellent",
    "strong",
    "tres",
    "very",
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

/// What a name stands for: a skill of the taxonomy, or itself, whatever its case, accents,
/// punctuation, spacing and number. Qualifiers, a text in brackets and a version are set aside
/// where that leaves a known name.
pub fn resolve(name: &str) -> ResolvedSkill {
    let words = names::skill_key_words(name);
    let mut key = names::skill_key_of(&words);
    if key.is_empty() {
        // Nothing but signs: the signs are the name.
        key = text::fold(name.trim());
    }
    let known = find(name, &words);
    ResolvedSkill {
        id: known.map_or_else(|| text::hash(&key) | UNKNOWN, known_id),
        known,
        key,
    }
}

/// The parts of a name such as « Docker / Kubernetes » or « HTML, CSS »; none unless the whole is
/// unknown and every part is known.
pub fn parts(name: &str) -> Option<Vec<&str>> {
    if find(name, &names::skill_key_words(name)).is_some() {
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
        .all(|part| find(part, &names::skill_key_words(part)).is_some());
    (parts.len() > 1 && all_known).then_some(parts)
}

fn find(name: &str, words: &[String]) -> Option<KnownSkill> {
    let exact = |words: &[String]| taxonomy::skill_keyed(&names::skill_key_of(words));
    if let Some(skill) = exact(words) {
        return Some(skill);
    }
    if let Some((head, _)) = name.split_once('(')
        && let Some(skill) = exact(&names::skill_key_words(head))
    {
        return Some(skill);
    }
    let is_qualifier = |word: &String| QUALIFIERS.contains(&word.as_str());
    let first = words.iter().position(|word| !is_qualifier(word))?;
    let last = words.iter().rposition(|word| !is_qualifier(word))?;
    let core = &words[first..=last];
    if core.len() < words.len()
        && let Some(skill) = exact(core)
    {
        return Some(skill);
    }
    let software = |words: &[String]| exact(words).filter(|skill| taxonomy::is_software(*skill));
    let (version, unversioned) = core.split_last()?;
    if version
        .trim_start_matches('v')
        .starts_with(|c: char| c.is_ascii_digit())
        && !unversioned.is_empty()
        && let Some(skill) = software(unversioned)
    {
        return Some(skill);
    }
    let stripped = version.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    if stripped.len() < version.len() && stripped.len() > 1 {
        let mut unversioned = unversioned.to_vec();
        unversioned.push(stripped.to_owned());
        return software(&unversioned);
    }
    None
}

/// The known skill that an unknown name looks like, if it looks like one with a slip of the pen: a
/// letter more, less, other, or two neighbours swapped (Damerau, 1964). Of several, the first in
/// the order of the slips tried, of which there are hundreds.
pub fn misspelt(spelling: &Spelling) -> Option<KnownSkill> {
    spelling
        .single_slips()
        .find_map(|key| taxonomy::skill_keyed(&key).filter(|skill| spelling.may_be(*skill)))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::scoring::{taxonomy::Relation, vocabulary::table};

    fn same(one: &str, other: &str) -> bool {
        resolve(one).id == resolve(other).id
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
            ("bonne connaissance de Java", "Java"),
            ("Very good knowledge of Java", "Java"),
            ("câblage", "wiring"),
            ("bilan", "balance sheet"),
            ("TVA", "VAT"),
            ("Fusions-acquisitions", "M&A"),
            ("Entretiens d'embauche", "interviewing"),
            ("Gestion de classe", "classroom management"),
            ("TF", "TensorFlow"),
            ("soudure à l'arc", "soudage à l'arc"),
            ("soudage TIG", "TIG"),
            ("CACES R489 cat 3", "CACES 3"),
            ("permis CE", "permis super lourd"),
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
            ("permis C", "permis CE"),
            ("CACES R482 catégorie 3", "CACES 3"),
            ("SAP", "S/4HANA"),
            ("Angular", "AngularJS"),
            ("Ubuntu", "CentOS"),
            ("VBA", "VB.NET"),
            ("ArcGIS", "QGIS"),
            ("cuisine", "cuisine traditionnelle"),
            ("TVA", "déclarations fiscales"),
            ("TVA", "fiscalité"),
            ("injections", "prise de sang"),
            ("SOAP", "cleaning products"),
            ("wiring", "battery components"),
        ] {
            assert!(!same(one, other), "{one} / {other}");
        }
    }

    #[test]
    fn a_name_of_signs_or_little_words_is_still_a_name() {
        assert!(!same("???", "!!!"));
        assert!(same("LE", "le"));
        assert_eq!(resolve("").key, "");
    }

    #[test]
    fn two_known_names_in_one_are_two_skills() {
        assert_eq!(parts("HTML/CSS"), Some(vec!["HTML", "CSS"]));
        assert_eq!(
            parts("Docker et Kubernetes"),
            Some(vec!["Docker", "Kubernetes"])
        );
        assert_eq!(parts("CI/CD"), None);
        assert_eq!(parts("Docker / tricot"), None);
    }

    #[test]
    fn every_relation_names_known_skills() {
        for line in table::lines(include_str!("skill_relations.txt")) {
            for name in line.split("->").flat_map(|side| side.split([',', '~'])) {
                assert!(resolve(name).known.is_some(), "{name} in {line}");
            }
        }
    }

    #[test]
    fn no_name_stands_for_two_skills() {
        let mut owners: HashMap<String, &str> = HashMap::new();
        for row in table::rows(include_str!("skills.txt")) {
            for form in row.forms() {
                let key = names::skill_key(form);
                assert!(!key.is_empty(), "{form}");
                let owner = owners.entry(key).or_insert(row.name);
                assert_eq!(*owner, row.name, "{form} stands for both");
            }
        }
    }

    #[test]
    fn every_curated_name_is_the_skill_it_stands_for() {
        for row in table::rows(include_str!("skills.txt")) {
            let skill = resolve(row.name)
                .known
                .map(|skill| taxonomy::skill_name(skill, false));
            assert_eq!(skill, Some(row.name));
        }
    }

    #[test]
    fn french_and_english_names_meet_beyond_the_curated_ones() {
        for (one, other) in [
            ("gérer le personnel musical", "manage musical staff"),
            ("Neurochirurgie", "neurological surgery"),
            ("utiliser une caisse enregistreuse", "operate cash register"),
        ] {
            assert!(same(one, other), "{one} / {other}");
        }
    }

    #[test]
    fn relations_follow_arrows() {
        let relation =
            |from: &str, to: &str| taxonomy::relation(resolve(from).known?, resolve(to).known?);
        assert_eq!(relation("Django", "Python"), Some(Relation::Implies));
        assert_eq!(relation("Next.js", "JavaScript"), Some(Relation::Implies));
        assert_eq!(relation("Python", "Django"), Some(Relation::Foundation));
        assert_eq!(relation("React", "Vue"), Some(Relation::Neighbour));
        assert_eq!(relation("React", "Plumbing"), None);
        for (specific, general) in [
            ("permis CE", "permis C"),
            ("permis CE", "permis B"),
            ("S/4HANA", "SAP"),
            ("SAP", "ERP"),
            ("Ubuntu", "Linux"),
            ("TVA", "fiscalité"),
            ("cuisine traditionnelle", "cuisine"),
        ] {
            assert_eq!(
                relation(specific, general),
                Some(Relation::Implies),
                "{specific}"
            );
        }
        for (one, other) in [
            ("Angular", "AngularJS"),
            ("ArcGIS", "QGIS"),
            ("VBA", "VB.NET"),
        ] {
            assert_eq!(relation(one, other), Some(Relation::Neighbour), "{one}");
        }
    }

    #[test]
    fn a_slip_of_the_pen_is_seen_in_any_known_name() {
        let slip = |name: &str| misspelt(&Spelling::of(name));
        assert_eq!(slip("Kubernets"), resolve("Kubernetes").known);
        assert_eq!(slip("plonberie"), resolve("plomberie").known);
        assert_eq!(slip("Calligraphy of old"), None);
    }

    #[test]
    fn a_slip_of_the_pen_is_seen_at_every_place_of_a_name() {
        let name = "plomberie";
        let plumbing = resolve(name).known;
        for at in 0..name.len() {
            let (before, after) = name.split_at(at);
            let (letter, rest) = after.split_at(1);
            let next = rest.get(..1).unwrap_or_default();
            let last = rest.get(1..).unwrap_or_default();
            for slip in [
                format!("{before}{rest}"),
                format!("{before}w{rest}"),
                format!("{before}w{after}"),
                format!("{before}{next}{letter}{last}"),
            ] {
                assert_eq!(misspelt(&Spelling::of(&slip)), plumbing, "{slip}");
            }
        }
        assert_eq!(misspelt(&Spelling::of("plomberiew")), plumbing);
    }
}
