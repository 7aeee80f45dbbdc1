//! Resolves a skill's name: to one of the taxonomy's skills, or to itself.

use super::spelling::Spelling;
use crate::scoring::{
    names,
    taxonomy::{self, KnownSkill},
    text,
};

/// Identity of a skill: a known skill's index in the taxonomy, or the hash of an unknown name. The
/// highest bit distinguishes the two.
pub type SkillId = u64;

const UNKNOWN: SkillId = 1 << 63;

/// Returns the id of a known skill.
pub fn known_id(skill: KnownSkill) -> SkillId {
    SkillId::from(skill)
}

/// Folded first words of the names of licences, certificates and titles.
const LICENCES: &[&str] = &[
    "caces",
    "certificat",
    "certificate",
    "certificates",
    "certification",
    "certifications",
    "certificats",
    "diploma",
    "diplomas",
    "diplome",
    "diplomes",
    "driving",
    "habilitation",
    "habilitations",
    "licence",
    "licences",
    "license",
    "licenses",
    "permis",
];

/// Last words of the names of licences: "CE licence".
const LICENCE_ENDS: &[&str] = &["certificate", "certification", "licence", "license"];

/// True if a skill is a licence, which is held rather than used: « permis B », "driving licence",
/// "CE licence".
pub fn names_licence(name: &str) -> bool {
    let has_end = |end: &&str| {
        let start = name.len().checked_sub(end.len());
        let last = start.and_then(|start| name.get(start..));
        last.is_some_and(|last| last.eq_ignore_ascii_case(end))
    };
    let may_have_end = matches!(name.as_bytes().last(), Some(b'e' | b'E' | b'n' | b'N'));
    if may_have_end && LICENCE_ENDS.iter().any(has_end) {
        return true;
    }
    // The first ASCII letters exclude most names without splitting them into words. Letters after a
    // non-ASCII one don't count, since folding may change it.
    let letters = name.bytes().take_while(u8::is_ascii_alphabetic);
    let beginning = &name.as_bytes()[..letters.take(3).count()];
    let may_begin =
        |licence: &&str| licence.as_bytes()[..beginning.len()].eq_ignore_ascii_case(beginning);
    if !LICENCES.iter().any(may_begin) {
        return false;
    }
    let first = text::placed_words(name).next();
    first.is_some_and(|first| LICENCES.contains(&first.folded.as_str()))
}

/// True if a skill that the taxonomy doesn't have is the title of an occupation, which a person
/// holds rather than uses: "registered nurse".
pub fn names_title(name: &str) -> bool {
    resolve(name).known.is_none()
        && !taxonomy::occupations_titled(&names::title_key(&names::title_stems(name))).is_empty()
}

/// A resolved name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolvedSkill {
    /// The key of the name as written; empty for a name of signs only, which is no skill.
    pub key: String,
    /// Equal ids identify the same skill.
    pub id: SkillId,
    /// The taxonomy's skill, if it has one of this name.
    pub known: Option<KnownSkill>,
}

/// Words beside a name that don't change the skill: « maîtrise de Python », "Python programming".
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

/// True if a word, in the singular, doesn't change the skill beside it.
pub(super) fn is_qualifier(word: &str) -> bool {
    QUALIFIERS.contains(&word)
}

/// Resolves a name to a skill of the taxonomy, or to itself, independent of case, accents,
/// punctuation, spacing and number. Qualifiers, a text in brackets and a version are ignored if the
/// rest is a known name.
pub fn resolve(name: &str) -> ResolvedSkill {
    let words = names::skill_key_words(name);
    let key = names::skill_key_of(&words);
    let known = find(name, &words);
    ResolvedSkill {
        id: known.map_or_else(|| text::hash(&key) | UNKNOWN, known_id),
        known,
        key,
    }
}

/// Maximum number of parts of one entry; the last part contains the rest.
const MOST_PARTS: usize = 32;

/// The connection between a part of an entry and the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Joint {
    /// Alternatives: "or", « ou », "and/or", « et/ou ».
    Or,
    /// A slash: alternatives in a posting, several skills in a candidate's list.
    Slash,
    /// A comma or another list separator.
    Comma,
    /// A conjunction: "and", « et », "&".
    And,
}

/// Folded words that join parts, each followed by a space; the longest first.
const JOINTS: &[(&str, Joint)] = &[
    ("and/or ", Joint::Or),
    ("et / ou ", Joint::Or),
    ("and / or ", Joint::Or),
    ("et/ou ", Joint::Or),
    ("and ", Joint::And),
    ("et ", Joint::And),
    ("or ", Joint::Or),
    ("ou ", Joint::Or),
];

/// Words after "or" that name no skill: "Java or similar", « SQL ou équivalent ».
const NO_ALTERNATIVE: &[&str] = &[
    "alternative",
    "any",
    "autre",
    "comparable",
    "equivalent",
    "etc",
    "like",
    "other",
    "related",
    "relevant",
    "similaire",
    "similar",
];

/// Splits an entry into its parts, each with the connection to the one before. Text in brackets is
/// never split.
fn cut(entry: &str) -> Vec<(Joint, &str)> {
    let mut parts = Vec::new();
    let (mut from, mut depth, mut joint) = (0, 0_usize, Joint::Comma);
    let mut letters = entry.char_indices();
    let mut previous = ' ';
    while let Some((at, letter)) = letters.next() {
        if parts.len() + 1 >= MOST_PARTS {
            break;
        }
        let next = entry[at + letter.len_utf8()..]
            .chars()
            .next()
            .unwrap_or(' ');
        let found = match letter {
            '(' | '[' => {
                depth += 1;
                None
            }
            ')' | ']' => {
                depth = depth.saturating_sub(1);
                None
            }
            _ if depth > 0 => None,
            '/' if !is_before_suffix(entry, at) => Some((Joint::Slash, letter.len_utf8())),
            ',' | ';' | '|' | '•' | '\n' => Some((Joint::Comma, letter.len_utf8())),
            '&' if previous.is_whitespace() && next.is_whitespace() => {
                Some((Joint::And, letter.len_utf8()))
            }
            '&' if !is_of_initials(entry, at) => Some((Joint::And, letter.len_utf8())),
            _ if previous.is_whitespace() => JOINTS.iter().find_map(|(word, joint)| {
                let head = entry.get(at..at + word.len())?;
                head.eq_ignore_ascii_case(word)
                    .then_some((*joint, word.len()))
            }),
            _ => None,
        };
        previous = letter;
        if let Some((next_joint, length)) = found {
            parts.push((joint, entry[from..at].trim()));
            (from, joint) = (at + length, next_joint);
            previous = ' ';
            while letters.clone().next().is_some_and(|(at, _)| at < from) {
                letters.next();
            }
        }
    }
    parts.push((joint, entry[from..].trim()));
    // "Vue, or Angular": the stronger of two connections is kept.
    let mut joined: Vec<(Joint, &str)> = Vec::new();
    let mut pending = None;
    for (joint, part) in parts {
        if part.is_empty() {
            pending = if joint == Joint::Or {
                Some(joint)
            } else {
                pending.or(Some(joint))
            };
            continue;
        }
        let joint = match pending.take() {
            Some(Joint::Or) => Joint::Or,
            _ => joint,
        };
        joined.push((joint, part));
    }
    joined
}

/// True if an ampersand joins two single letters: R&D, M&A.
fn is_of_initials(entry: &str, ampersand: usize) -> bool {
    fn begins_with_single(mut letters: impl Iterator<Item = char>) -> bool {
        letters.next().is_some_and(char::is_alphanumeric)
            && !letters.next().is_some_and(char::is_alphanumeric)
    }
    begins_with_single(entry[..ampersand].chars().rev())
        && begins_with_single(entry[ampersand + 1..].chars())
}

/// True if a slash stands before a single letter that names no programming language: CIPP/E, but
/// Python/R and Java/C++.
fn is_before_suffix(entry: &str, slash: usize) -> bool {
    let rest = &entry[slash + 1..];
    let end = rest.find(|letter: char| !letter.is_alphanumeric());
    let suffix = &rest[..end.unwrap_or(rest.len())];
    let follows_name = entry[..slash].ends_with(char::is_alphanumeric);
    let is_language = ["C", "R"].contains(&suffix.to_uppercase().as_str());
    follows_name && suffix.chars().count() == 1 && !is_language
}

fn is_known(name: &str) -> bool {
    find(name, &names::skill_key_words(name)).is_some()
}

/// Returns the skills of one entry of a list, such as « Git / GitLab / `OutilMaison` »: the known
/// parts, and the others as one name. Returns `None` unless the whole is unknown and a part is
/// known. A conjunction separates parts only if both sides are known (« gestion de la paie et des
/// temps » is one name).
pub fn parts(entry: &str) -> Option<Vec<String>> {
    if is_known(entry) {
        return None;
    }
    let mut known = Vec::new();
    let mut rest: Vec<String> = Vec::new();
    let pieces = cut(entry);
    let mut at = 0;
    while at < pieces.len() {
        // A run joined by conjunctions is kept whole unless each piece is known.
        let length = pieces[at + 1..]
            .iter()
            .take_while(|piece| piece.0 == Joint::And)
            .count();
        let run = &pieces[at..=at + length];
        at += length + 1;
        if run.iter().all(|piece| is_known(piece.1)) {
            known.extend(run.iter().map(|piece| piece.1.to_owned()));
            continue;
        }
        let (first, last) = (run[0].1, run[run.len() - 1].1);
        let start = first.as_ptr() as usize - entry.as_ptr() as usize;
        let end = last.as_ptr() as usize - entry.as_ptr() as usize + last.len();
        let whole = &entry[start..end];
        if is_known(whole) {
            known.push(whole.to_owned());
        } else {
            rest.push(whole.to_owned());
        }
    }
    if known.is_empty() || known.len() + rest.len() < 2 {
        return None;
    }
    if !rest.is_empty() {
        known.push(rest.join(", "));
    }
    Some(known)
}

/// Returns the alternatives in one requested entry, any of which satisfies it: "`RabbitMQ` or
/// Kafka", "React, Vue or Angular", « React / Vue », « SQL et/ou Python ». Returns `None` unless
/// the whole is unknown, and one alternative is known or each looks like a name (« DEAS ou
/// DEAES »).
pub fn alternatives(entry: &str) -> Option<Vec<&str>> {
    if is_known(entry) {
        return None;
    }
    let pieces = cut(entry);
    let joints = &pieces.get(1..)?;
    let has = |joint: Joint| joints.iter().any(|piece| piece.0 == joint);
    // A slash among commas or conjunctions joins only its neighbours: the entry is a list, not one
    // requirement.
    let is_one = has(Joint::Or) && !has(Joint::And)
        || has(Joint::Slash) && !has(Joint::And) && !has(Joint::Comma);
    if !is_one {
        return None;
    }
    let names_one = |part: &&str| {
        let words = names::skill_key_words(part);
        !words
            .iter()
            .all(|word| NO_ALTERNATIVE.contains(&word.as_str()))
    };
    let parts: Vec<&str> = pieces
        .iter()
        .map(|piece| piece.1)
        .filter(names_one)
        .collect();
    let are_names = || {
        let is_name = |part: &&str| {
            if has(Joint::Or) {
                looks_like_a_name(part)
            } else {
                is_abbreviation(part)
            }
        };
        !parts.is_empty() && parts.iter().all(is_name)
    };
    (parts.iter().any(|part| is_known(part)) || are_names()).then_some(parts)
}

/// True if a part of an entry is a name by itself: a single word, or words with a capital or digit,
/// apart from function words. « conception ou réalisation de maquettes » is one competence.
fn looks_like_a_name(part: &str) -> bool {
    let mut words = part.split_whitespace();
    let is_marked = |word: &str| {
        word.chars()
            .any(|letter| letter.is_uppercase() || letter.is_ascii_digit())
    };
    words.clone().nth(1).is_none()
        || words.all(|word| is_marked(word) || text::is_function_word(&text::fold(word)))
}

/// True if a name, or a part of an entry, is an abbreviation of three letters or more: DEAS, but
/// not the "AS" of "AS/400".
pub fn is_abbreviation(part: &str) -> bool {
    part.chars().nth(2).is_some() && part.chars().all(char::is_uppercase)
}

fn find(name: &str, words: &[String]) -> Option<KnownSkill> {
    if let Some(skill) = exact(words) {
        return Some(skill);
    }
    if let Some((head, _)) = name.split_once('(') {
        let head = names::skill_key_words(head);
        if let Some(skill) = exact(&head).or_else(|| find_core(&head)) {
            return Some(skill);
        }
    }
    find_core(words)
}

fn exact(words: &[String]) -> Option<KnownSkill> {
    taxonomy::skill_keyed(&names::skill_key_of(words))
}

/// Works as [`exact`] does, without qualifiers and a version.
fn find_core(words: &[String]) -> Option<KnownSkill> {
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

/// Returns the known skill of which an unknown name is a misspelling by one edit: an insertion, a
/// deletion, a substitution or a swap of neighbours (Damerau, 1964). Of several, the first in the
/// order of the edits tried, of which there are hundreds.
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
    fn spellings_of_a_name_resolve_to_one_skill() {
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
    fn similar_names_of_different_skills_stay_distinct() {
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
    fn names_of_function_words_are_kept_and_names_of_signs_rejected() {
        assert!(same("LE", "le"));
        assert!(!resolve("LE").key.is_empty());
        for signs in ["", ".", "???", " - ", "…", "🙂"] {
            assert_eq!(resolve(signs).key, "", "{signs:?}");
        }
        for name in ["C", "C++", "C#", ".NET", "数据库"] {
            assert_ne!(resolve(name).key, "", "{name:?}");
        }
    }

    #[test]
    fn two_known_names_in_one_are_two_skills() {
        let parts = |entry| parts(entry).map(|parts| parts.join("|"));
        for (entry, expected) in [
            ("HTML/CSS", Some("HTML|CSS")),
            ("Docker et Kubernetes", Some("Docker|Kubernetes")),
            ("CI/CD", None),
            (
                "Docker / tricotage de nuit",
                Some("Docker|tricotage de nuit"),
            ),
            (
                "Java / Spring (MVC, Boot) / Kotlin",
                Some("Java|Spring (MVC, Boot)|Kotlin"),
            ),
            (
                "Permis B, véhicule personnel",
                Some("Permis B|véhicule personnel"),
            ),
            ("Git / GitLab / OutilMaison", Some("Git|GitLab|OutilMaison")),
            (
                "OutilMaison, Git, AutreOutil",
                Some("Git|OutilMaison, AutreOutil"),
            ),
            ("gestion des tresses et des nattes", None),
            ("Excel avancé (TCD, macros)", None),
            ("R&D", None),
        ] {
            assert_eq!(parts(entry).as_deref(), expected, "{entry}");
        }
        assert!(same("Excel avancé (TCD, macros)", "Excel"));
    }

    #[test]
    fn alternatives_in_one_entry_are_split_in_both_languages() {
        for (entry, expected) in [
            ("RabbitMQ or Kafka", Some("RabbitMQ|Kafka")),
            ("React, Vue or Angular", Some("React|Vue|Angular")),
            ("React, Vue, or Angular", Some("React|Vue|Angular")),
            ("Java ou Kotlin", Some("Java|Kotlin")),
            ("React / Vue", Some("React|Vue")),
            ("SQL et/ou Python", Some("SQL|Python")),
            ("SQL and/or Python", Some("SQL|Python")),
            ("Java or similar", Some("Java")),
            ("Docker et Kubernetes", None),
            ("HTML, CSS", None),
            ("CI/CD", None),
            ("travail de jour ou de nuit", None),
            ("DEAS ou DEAES", Some("DEAS|DEAES")),
            ("DEAS/DEAES", Some("DEAS|DEAES")),
            ("Zorvex or hyperQUORN", Some("Zorvex|hyperQUORN")),
            ("ACCA or equivalent", Some("ACCA")),
            ("BTS ou équivalent", Some("BTS")),
            ("BTS Zorvex ou DUT Zorvex", Some("BTS Zorvex|DUT Zorvex")),
            ("façonnage ou réalisation de zorvex", None),
            ("AS/4000", None),
            ("CIPP/E", None),
            ("Python/R", Some("Python|R")),
        ] {
            let found = alternatives(entry).map(|found| found.join("|"));
            assert_eq!(found.as_deref(), expected, "{entry}");
        }
    }

    #[test]
    fn long_and_broken_entries_are_cut_within_bounds() {
        let long = "Java / ".repeat(5_000);
        assert!(cut(&long).len() <= MOST_PARTS);
        for entry in [
            "((((",
            "//,,",
            "é&é",
            "&",
            " or ",
            "or or or",
            "\u{fffd}/\u{fffd}",
        ] {
            let _ = (parts(entry), alternatives(entry));
        }
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
    fn no_name_belongs_to_two_skills() {
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
    fn french_and_english_names_of_the_taxonomy_are_the_same_skill() {
        for (one, other) in [
            ("gérer le personnel musical", "manage musical staff"),
            ("Neurochirurgie", "neurological surgery"),
            ("utiliser une caisse enregistreuse", "operate cash register"),
        ] {
            assert!(same(one, other), "{one} / {other}");
        }
    }

    #[test]
    fn relations_have_the_direction_of_their_arrows() {
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
    fn a_misspelling_of_any_known_name_is_recognised() {
        let slip = |name: &str| misspelt(&Spelling::of(name));
        assert_eq!(slip("Kubernets"), resolve("Kubernetes").known);
        assert_eq!(slip("plonberie"), resolve("plomberie").known);
        assert_eq!(slip("Calligraphy of old"), None);
    }

    #[test]
    fn a_misspelling_at_any_position_is_recognised() {
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
