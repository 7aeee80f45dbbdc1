//! Education: a level on one ladder, and a field.

use super::{folded_text::fold, phrases::Phrases};

/// Levels of education in ascending order. They follow the European Qualifications Framework (EQF);
/// each variant names the French diplomas of its level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EducationLevel {
    /// No diploma: « sans diplôme », brevet; EQF 1 and 2.
    None,
    /// CAP, BEP, vocational certificate; EQF 3.
    Vocational,
    /// Baccalauréat, high school; EQF 4.
    Secondary,
    /// Bac+2: BTS, DUT, DEUG, associate degree; EQF 5.
    ShortCycle,
    /// Bac+3: licence, BUT, bachelor; EQF 6.
    Bachelor,
    /// Bac+5: master, engineering or business school; EQF 7.
    Master,
    /// Doctorate; EQF 8.
    Doctorate,
}

impl EducationLevel {
    /// Returns the wire name, as profile documents write it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Vocational => "vocational",
            Self::Secondary => "secondary",
            Self::ShortCycle => "short_cycle",
            Self::Bachelor => "bachelor",
            Self::Master => "master",
            Self::Doctorate => "doctorate",
        }
    }

    /// Returns the rank of the level: 0 (none) to 6 (doctorate).
    #[must_use]
    pub fn step(self) -> u8 {
        self as u8
    }

    /// Returns the next lower level; [`None`](Self::None) stays as is.
    #[must_use]
    pub fn below(self) -> Self {
        match self {
            Self::None | Self::Vocational => Self::None,
            Self::Secondary => Self::Vocational,
            Self::ShortCycle => Self::Secondary,
            Self::Bachelor => Self::ShortCycle,
            Self::Master => Self::Bachelor,
            Self::Doctorate => Self::Master,
        }
    }

    /// Reads the first level or diploma a text names: "master", « Bac+3 à Bac+5 » (Bac+3),
    /// « licence pro », "Bachelor's degree", « niveau 6 ».
    ///
    /// ```
    /// use matching_engine::profiles::education::EducationLevel;
    /// assert_eq!(EducationLevel::parse("BTS ou DUT"), Some(EducationLevel::ShortCycle));
    /// ```
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        DIPLOMAS.first_in(&fold(text))
    }

    /// Returns the level of an EQF level, 1 to 8. French « niveaux » have the same numbers since
    /// 2019.
    #[must_use]
    pub fn of_eqf(step: u8) -> Option<Self> {
        Some(match step {
            1 | 2 => Self::None,
            3 => Self::Vocational,
            4 => Self::Secondary,
            5 => Self::ShortCycle,
            6 => Self::Bachelor,
            7 => Self::Master,
            8 => Self::Doctorate,
            _ => return None,
        })
    }
}

/// The education that a candidate has or a posting requires.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Education {
    /// The level.
    pub level: Option<EducationLevel>,
    /// The field of study, free text.
    pub field: Option<String>,
    /// A higher level that the candidate is studying for and does not hold yet.
    pub in_progress: Option<EducationLevel>,
}

impl Education {
    /// Reads a diploma as written: « Master en informatique », "Bachelor in Physics", « BTS
    /// comptabilité ». The field is the folded text after the diploma. A text that names no diploma
    /// is kept unchanged as the field.
    ///
    /// ```
    /// use matching_engine::profiles::education::{Education, EducationLevel};
    /// let education = Education::parse("Master's degree in Computer Science");
    /// assert_eq!(education.level, Some(EducationLevel::Master));
    /// assert_eq!(education.field.as_deref(), Some("computer science"));
    /// ```
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let folded = fold(text);
        let mut diplomas = DIPLOMAS.find_all(&folded);
        let Some((first, level)) = diplomas.next() else {
            return Self {
                level: None,
                field: Some(text.trim().to_owned()).filter(|field| !field.is_empty()),
                in_progress: None,
            };
        };
        let (level, in_progress) = held_and_in_progress(text, level);
        let end = diplomas.last().map_or(first.end, |(last, _)| last.end);
        let after = &folded[end..];
        let after = [" in ", " en "]
            .iter()
            .filter_map(|joint| Some(after.rfind(joint)? + joint.len()))
            .max()
            .map_or(after, |start| &after[start..]);
        let words: Vec<&str> = after.split_whitespace().collect();
        let is_field = |word: &&str| !FILLERS.contains(word);
        let field = words
            .iter()
            .position(is_field)
            .zip(words.iter().rposition(is_field))
            .map(|(start, end)| words[start..=end].join(" "));
        Self {
            level: Some(level),
            field,
            in_progress,
        }
    }
}

/// Returns the level held and the level in progress: bachelor and master for « Licence, Master en
/// cours ». A level in progress implies the next lower one. If nothing is in progress, `first`, the
/// first level that the text names, is held.
fn held_and_in_progress(
    text: &str,
    first: EducationLevel,
) -> (EducationLevel, Option<EducationLevel>) {
    let folded = fold(text);
    if NOT_HELD.first_in(&folded).is_none() {
        return (first, None);
    }
    let is_under_way = NOT_HELD
        .find_all(&folded)
        .all(|(_, why)| matches!(why, NotHeld::UnderWay));
    let mut held = None;
    let mut studied = None;
    let parts = text.char_indices().filter(|(at, letter)| match letter {
        ',' | ';' | '\n' | '·' | '|' | '•' => true,
        // « Licence + Master » has two parts, « Bac+5 » has one.
        '+' => !text[at + 1..]
            .trim_start()
            .starts_with(|next: char| next.is_ascii_digit()),
        _ => false,
    });
    let ends = parts.map(|(at, letter)| (at, at + letter.len_utf8()));
    let mut start = 0;
    for (end, next) in ends.chain([(text.len(), text.len())]) {
        let folded = fold(&text[start..end]);
        start = next;
        let levels = DIPLOMAS.find_all(&folded).map(|(_, level)| level);
        if NOT_HELD.first_in(&folded).is_some() {
            studied = studied.max(levels.max());
        } else {
            held = held.max(levels.max());
        }
    }
    // A comma may separate the diploma from « en cours »: « Master MIAGE, en cours ».
    let studied = studied.or_else(|| held.take()).unwrap_or(first);
    let below = studied.below();
    (
        held.map_or(below, |held| held.max(below)),
        Some(studied).filter(|studied| is_under_way && held.is_none_or(|held| held < *studied)),
    )
}

/// True if a text says that its diploma is in progress or was not obtained.
pub(super) fn is_not_held(text: &str) -> bool {
    NOT_HELD.first_in(&fold(text)).is_some()
}

/// The reason why a diploma isn't held.
#[derive(Debug, Clone, Copy)]
enum NotHeld {
    UnderWay,
    NotObtained,
}

/// Phrases for diplomas that are in progress or were never obtained.
const NOT_HELD: Phrases<NotHeld> = Phrases::sorted(&[
    ("1ere annee", NotHeld::UnderWay),
    ("1re annee", NotHeld::UnderWay),
    ("1st year", NotHeld::UnderWay),
    ("2e annee", NotHeld::UnderWay),
    ("2eme annee", NotHeld::UnderWay),
    ("2nd year", NotHeld::UnderWay),
    ("3e annee", NotHeld::UnderWay),
    ("3eme annee", NotHeld::UnderWay),
    ("abandonne", NotHeld::NotObtained),
    ("abandonnee", NotHeld::NotObtained),
    ("anticipated", NotHeld::UnderWay),
    ("candidat au", NotHeld::UnderWay),
    ("candidate", NotHeld::UnderWay),
    ("completion expected", NotHeld::UnderWay),
    ("currently enrolled", NotHeld::UnderWay),
    ("currently studying", NotHeld::UnderWay),
    ("derniere annee", NotHeld::UnderWay),
    ("deuxieme annee", NotHeld::UnderWay),
    ("doctorant", NotHeld::UnderWay),
    ("doctorante", NotHeld::UnderWay),
    ("en cours", NotHeld::UnderWay),
    ("en preparation", NotHeld::UnderWay),
    ("enrolled", NotHeld::UnderWay),
    ("etudiant", NotHeld::UnderWay),
    ("etudiante", NotHeld::UnderWay),
    ("expected", NotHeld::UnderWay),
    ("final year", NotHeld::UnderWay),
    ("first year", NotHeld::UnderWay),
    ("in progress", NotHeld::UnderWay),
    ("incomplete", NotHeld::NotObtained),
    ("interrompu", NotHeld::NotObtained),
    ("non obtenu", NotHeld::NotObtained),
    ("non obtenue", NotHeld::NotObtained),
    ("non valide", NotHeld::NotObtained),
    ("non validee", NotHeld::NotObtained),
    ("not completed", NotHeld::NotObtained),
    ("ongoing", NotHeld::UnderWay),
    ("penultimate year", NotHeld::UnderWay),
    ("premiere annee", NotHeld::UnderWay),
    ("prepare actuellement", NotHeld::UnderWay),
    ("prevu", NotHeld::UnderWay),
    ("prevue", NotHeld::UnderWay),
    ("pursuing", NotHeld::UnderWay),
    ("second year", NotHeld::UnderWay),
    ("student", NotHeld::UnderWay),
    ("studying", NotHeld::UnderWay),
    ("studying for", NotHeld::UnderWay),
    ("third year", NotHeld::UnderWay),
    ("to be completed", NotHeld::UnderWay),
    ("troisieme annee", NotHeld::UnderWay),
    ("unfinished", NotHeld::NotObtained),
    ("working towards", NotHeld::UnderWay),
]);

/// Words next to a diploma that are not part of its field.
const FILLERS: [&str; 53] = [
    "'s",
    "a",
    "and",
    "annee",
    "anticipated",
    "candidate",
    "completion",
    "cours",
    "currently",
    "de",
    "degree",
    "des",
    "diploma",
    "diplome",
    "du",
    "en",
    "enrolled",
    "equivalent",
    "et",
    "etudiant",
    "etudiante",
    "exige",
    "expected",
    "higher",
    "in",
    "incomplete",
    "interrompu",
    "level",
    "min",
    "minimum",
    "niveau",
    "non",
    "not",
    "obtenu",
    "of",
    "ongoing",
    "or",
    "ou",
    "plus",
    "preferred",
    "preparation",
    "prevu",
    "prevue",
    "progress",
    "required",
    "requis",
    "souhaite",
    "student",
    "studying",
    "the",
    "unfinished",
    "valide",
    "year",
];

/// Names of diplomas and levels in French and English.
///
/// - « Bac+N » counts years after the baccalauréat. The French framework of 2019 (décret 2019-14)
///   puts Bac+3 and Bac+4 on level 6 and Bac+5 on level 7, as the EQF does. A « maîtrise » or a
///   first master's year is therefore a bachelor here.
/// - « niveau 3 » to « niveau 8 » are the levels of that framework. « niveau V » to « niveau I »,
///   in Roman numerals, are those of its predecessor (nomenclature of 1969): V is CAP, IV bac, III
///   Bac+2, II Bac+3 and Bac+4, I above.
/// - The words of schema.org's `credentialCategory` as Google lists them ("high school", "associate
///   degree", "bachelor degree", "professional certificate", "postgraduate degree").
const DIPLOMAS: Phrases<EducationLevel> = Phrases::sorted(&[
    ("a level", EducationLevel::Secondary),
    ("a levels", EducationLevel::Secondary),
    ("abitur", EducationLevel::Secondary),
    ("advanced diploma", EducationLevel::ShortCycle),
    ("agregation", EducationLevel::Master),
    ("aide soignant diplome d'etat", EducationLevel::Secondary),
    ("aide soignante diplomee d'etat", EducationLevel::Secondary),
    ("associate", EducationLevel::ShortCycle),
    ("associate degree", EducationLevel::ShortCycle),
    ("associates degree", EducationLevel::ShortCycle),
    ("aucun", EducationLevel::None),
    ("aucun diplome", EducationLevel::None),
    ("aucune", EducationLevel::None),
    ("b.a", EducationLevel::Bachelor),
    ("b.com", EducationLevel::Bachelor),
    ("b.ed", EducationLevel::Bachelor),
    ("b.eng", EducationLevel::Bachelor),
    ("b.s", EducationLevel::Bachelor),
    ("b.sc", EducationLevel::Bachelor),
    ("b.tech", EducationLevel::Bachelor),
    ("ba", EducationLevel::Bachelor),
    ("bac", EducationLevel::Secondary),
    ("bac 0", EducationLevel::Secondary),
    ("bac 1", EducationLevel::Secondary),
    ("bac 2", EducationLevel::ShortCycle),
    ("bac 3", EducationLevel::Bachelor),
    ("bac 4", EducationLevel::Bachelor),
    ("bac 5", EducationLevel::Master),
    ("bac 6", EducationLevel::Master),
    ("bac 7", EducationLevel::Master),
    ("bac 8", EducationLevel::Doctorate),
    ("bac es", EducationLevel::Secondary),
    ("bac general", EducationLevel::Secondary),
    ("bac l", EducationLevel::Secondary),
    ("bac plus 2", EducationLevel::ShortCycle),
    ("bac plus 3", EducationLevel::Bachelor),
    ("bac plus 4", EducationLevel::Bachelor),
    ("bac plus 5", EducationLevel::Master),
    ("bac plus 6", EducationLevel::Master),
    ("bac plus 8", EducationLevel::Doctorate),
    ("bac pro", EducationLevel::Secondary),
    ("bac professionnel", EducationLevel::Secondary),
    ("bac s", EducationLevel::Secondary),
    ("bac st2s", EducationLevel::Secondary),
    ("bac sti2d", EducationLevel::Secondary),
    ("bac stmg", EducationLevel::Secondary),
    ("bac techno", EducationLevel::Secondary),
    ("bac technologique", EducationLevel::Secondary),
    ("bac+0", EducationLevel::Secondary),
    ("bac+1", EducationLevel::Secondary),
    ("bac+10", EducationLevel::Doctorate),
    ("bac+11", EducationLevel::Doctorate),
    ("bac+12", EducationLevel::Doctorate),
    ("bac+2", EducationLevel::ShortCycle),
    ("bac+3", EducationLevel::Bachelor),
    ("bac+4", EducationLevel::Bachelor),
    ("bac+5", EducationLevel::Master),
    ("bac+6", EducationLevel::Master),
    ("bac+7", EducationLevel::Master),
    ("bac+8", EducationLevel::Doctorate),
    ("bac+9", EducationLevel::Doctorate),
    ("baccalaureat", EducationLevel::Secondary),
    ("baccalaureat professionnel", EducationLevel::Secondary),
    ("baccalaureate", EducationLevel::Secondary),
    ("bachelier", EducationLevel::Bachelor),
    ("bachelor", EducationLevel::Bachelor),
    ("bachelor degree", EducationLevel::Bachelor),
    ("bachelor of arts", EducationLevel::Bachelor),
    ("bachelor of science", EducationLevel::Bachelor),
    (
        "bachelor universitaire de technologie",
        EducationLevel::Bachelor,
    ),
    ("bachelor's degree", EducationLevel::Bachelor),
    ("bachelors", EducationLevel::Bachelor),
    ("bachelors degree", EducationLevel::Bachelor),
    ("bachillerato", EducationLevel::Secondary),
    ("bacs", EducationLevel::Secondary),
    ("bba", EducationLevel::Bachelor),
    ("bcom", EducationLevel::Bachelor),
    ("bed", EducationLevel::Bachelor),
    ("beng", EducationLevel::Bachelor),
    ("bep", EducationLevel::Vocational),
    ("bepa", EducationLevel::Vocational),
    ("bepc", EducationLevel::None),
    ("bfa", EducationLevel::Bachelor),
    ("bm", EducationLevel::ShortCycle),
    ("bpa", EducationLevel::Vocational),
    ("bpjeps", EducationLevel::Secondary),
    ("brevet", EducationLevel::None),
    (
        "brevet d'etudes professionnelles",
        EducationLevel::Vocational,
    ),
    (
        "brevet d'etudes professionnelles agricoles",
        EducationLevel::Vocational,
    ),
    ("brevet de maitrise", EducationLevel::ShortCycle),
    ("brevet de technicien", EducationLevel::Secondary),
    ("brevet de technicien superieur", EducationLevel::ShortCycle),
    ("brevet des colleges", EducationLevel::None),
    ("brevet professionnel", EducationLevel::Secondary),
    ("bs", EducationLevel::Bachelor),
    ("bsc", EducationLevel::Bachelor),
    ("bt", EducationLevel::Secondary),
    ("btec", EducationLevel::Secondary),
    ("btec hnd", EducationLevel::ShortCycle),
    ("btech", EducationLevel::Bachelor),
    ("bts", EducationLevel::ShortCycle),
    ("btsa", EducationLevel::ShortCycle),
    ("business school", EducationLevel::Master),
    ("but", EducationLevel::Bachelor),
    ("caferuis", EducationLevel::Bachelor),
    ("cap", EducationLevel::Vocational),
    ("cap petite enfance", EducationLevel::Vocational),
    ("capa", EducationLevel::Vocational),
    ("capes", EducationLevel::Master),
    ("cec 3", EducationLevel::Vocational),
    ("cec 4", EducationLevel::Secondary),
    ("cec 5", EducationLevel::ShortCycle),
    ("cec 6", EducationLevel::Bachelor),
    ("cec 7", EducationLevel::Master),
    ("cec 8", EducationLevel::Doctorate),
    (
        "certificat d'aptitude professionnelle",
        EducationLevel::Vocational,
    ),
    ("certificat de formation generale", EducationLevel::None),
    ("cess", EducationLevel::Secondary),
    ("cfg", EducationLevel::None),
    ("classe preparatoire", EducationLevel::ShortCycle),
    ("college degree", EducationLevel::Bachelor),
    ("community college", EducationLevel::ShortCycle),
    ("cpge", EducationLevel::ShortCycle),
    ("cqp", EducationLevel::Vocational),
    ("cqp niveau 5", EducationLevel::ShortCycle),
    ("daeu", EducationLevel::Secondary),
    ("dba", EducationLevel::Doctorate),
    ("dcg", EducationLevel::Bachelor),
    ("dea", EducationLevel::Master),
    ("deaes", EducationLevel::Vocational),
    ("deamp", EducationLevel::Vocational),
    ("deap", EducationLevel::Secondary),
    ("deas", EducationLevel::Secondary),
    ("deass", EducationLevel::Bachelor),
    ("deavs", EducationLevel::Vocational),
    ("deeje", EducationLevel::Bachelor),
    ("dees", EducationLevel::Bachelor),
    ("degree in engineering", EducationLevel::Master),
    ("dei", EducationLevel::Bachelor),
    ("dejeps", EducationLevel::ShortCycle),
    ("deme", EducationLevel::Secondary),
    ("desjeps", EducationLevel::Bachelor),
    ("dess", EducationLevel::Master),
    ("detisf", EducationLevel::Secondary),
    ("deug", EducationLevel::ShortCycle),
    ("deup", EducationLevel::ShortCycle),
    ("deust", EducationLevel::ShortCycle),
    ("diphe", EducationLevel::ShortCycle),
    ("diplom ingenieur", EducationLevel::Master),
    ("diploma of higher education", EducationLevel::ShortCycle),
    ("diplome d'aide soignant", EducationLevel::Secondary),
    ("diplome d'aide soignante", EducationLevel::Secondary),
    ("diplome d'ambulancier", EducationLevel::Vocational),
    ("diplome d'architecte", EducationLevel::Master),
    ("diplome d'etat", EducationLevel::Bachelor),
    (
        "diplome d'etat d'accompagnant educatif et social",
        EducationLevel::Vocational,
    ),
    (
        "diplome d'etat d'accompagnante educative et sociale",
        EducationLevel::Vocational,
    ),
    ("diplome d'etat d'aide soignant", EducationLevel::Secondary),
    ("diplome d'etat d'aide soignante", EducationLevel::Secondary),
    ("diplome d'etat d'ambulancier", EducationLevel::Vocational),
    ("diplome d'etat d'ambulanciere", EducationLevel::Vocational),
    ("diplome d'etat d'architecte", EducationLevel::Master),
    (
        "diplome d'etat d'assistant de service social",
        EducationLevel::Bachelor,
    ),
    (
        "diplome d'etat d'assistant familial",
        EducationLevel::Vocational,
    ),
    (
        "diplome d'etat d'assistante de service social",
        EducationLevel::Bachelor,
    ),
    (
        "diplome d'etat d'assistante familiale",
        EducationLevel::Vocational,
    ),
    ("diplome d'etat d'audioprothesiste", EducationLevel::Master),
    (
        "diplome d'etat d'auxiliaire de puericulture",
        EducationLevel::Secondary,
    ),
    (
        "diplome d'etat d'auxiliaire de vie sociale",
        EducationLevel::Vocational,
    ),
    (
        "diplome d'etat d'educateur de jeunes enfants",
        EducationLevel::Bachelor,
    ),
    (
        "diplome d'etat d'educateur specialise",
        EducationLevel::Bachelor,
    ),
    (
        "diplome d'etat d'educateur technique specialise",
        EducationLevel::Bachelor,
    ),
    (
        "diplome d'etat d'educatrice de jeunes enfants",
        EducationLevel::Bachelor,
    ),
    (
        "diplome d'etat d'educatrice specialisee",
        EducationLevel::Bachelor,
    ),
    ("diplome d'etat d'ergotherapeute", EducationLevel::Bachelor),
    ("diplome d'etat d'infirmier", EducationLevel::Bachelor),
    (
        "diplome d'etat d'infirmier anesthesiste",
        EducationLevel::Master,
    ),
    ("diplome d'etat d'infirmiere", EducationLevel::Bachelor),
    (
        "diplome d'etat d'infirmiere anesthesiste",
        EducationLevel::Master,
    ),
    (
        "diplome d'etat d'ingenierie sociale",
        EducationLevel::Master,
    ),
    ("diplome d'etat d'orthophoniste", EducationLevel::Master),
    (
        "diplome d'etat de chirurgien dentiste",
        EducationLevel::Doctorate,
    ),
    (
        "diplome d'etat de conseiller en economie sociale familiale",
        EducationLevel::Bachelor,
    ),
    ("diplome d'etat de docteur", EducationLevel::Doctorate),
    (
        "diplome d'etat de docteur en medecine",
        EducationLevel::Doctorate,
    ),
    (
        "diplome d'etat de docteur en pharmacie",
        EducationLevel::Doctorate,
    ),
    ("diplome d'etat de kinesitherapeute", EducationLevel::Master),
    (
        "diplome d'etat de manipulateur d'electroradiologie medicale",
        EducationLevel::Bachelor,
    ),
    (
        "diplome d'etat de masseur kinesitherapeute",
        EducationLevel::Master,
    ),
    (
        "diplome d'etat de masseuse kinesitherapeute",
        EducationLevel::Master,
    ),
    ("diplome d'etat de medecin", EducationLevel::Doctorate),
    (
        "diplome d'etat de moniteur educateur",
        EducationLevel::Secondary,
    ),
    (
        "diplome d'etat de monitrice educatrice",
        EducationLevel::Secondary,
    ),
    (
        "diplome d'etat de pedicure podologue",
        EducationLevel::Bachelor,
    ),
    ("diplome d'etat de pharmacien", EducationLevel::Doctorate),
    (
        "diplome d'etat de psychomotricien",
        EducationLevel::Bachelor,
    ),
    (
        "diplome d'etat de psychomotricienne",
        EducationLevel::Bachelor,
    ),
    ("diplome d'etat de sage femme", EducationLevel::Master),
    (
        "diplome d'etat de technicien de l'intervention sociale",
        EducationLevel::Secondary,
    ),
    (
        "diplome d'etat de technicienne de l'intervention sociale",
        EducationLevel::Secondary,
    ),
    ("diplome d'etudes approfondies", EducationLevel::Master),
    (
        "diplome d'etudes superieures specialisees",
        EducationLevel::Master,
    ),
    ("diplome d'infirmier", EducationLevel::Bachelor),
    ("diplome d'infirmiere", EducationLevel::Bachelor),
    ("diplome d'ingenieur", EducationLevel::Master),
    ("diplome grande ecole", EducationLevel::Master),
    ("diplome national du brevet", EducationLevel::None),
    (
        "diplome universitaire de technologie",
        EducationLevel::ShortCycle,
    ),
    ("dma", EducationLevel::ShortCycle),
    ("dna", EducationLevel::Bachelor),
    ("dnb", EducationLevel::None),
    ("dnmade", EducationLevel::Bachelor),
    ("dnsep", EducationLevel::Master),
    ("docteur", EducationLevel::Doctorate),
    ("docteur en medecine", EducationLevel::Doctorate),
    ("docteur en pharmacie", EducationLevel::Doctorate),
    ("doctor", EducationLevel::Doctorate),
    ("doctor of medicine", EducationLevel::Doctorate),
    ("doctor of philosophy", EducationLevel::Doctorate),
    ("doctoral", EducationLevel::Doctorate),
    ("doctorant", EducationLevel::Doctorate),
    ("doctorante", EducationLevel::Doctorate),
    ("doctorat", EducationLevel::Doctorate),
    ("doctorate", EducationLevel::Doctorate),
    ("dphil", EducationLevel::Doctorate),
    ("dscg", EducationLevel::Master),
    ("dts", EducationLevel::ShortCycle),
    ("dut", EducationLevel::ShortCycle),
    ("ecole d'architecture", EducationLevel::Master),
    ("ecole d'ingenieur", EducationLevel::Master),
    ("ecole d'ingenieurs", EducationLevel::Master),
    ("ecole de commerce", EducationLevel::Master),
    ("ecole primaire", EducationLevel::None),
    ("ecole superieure de commerce", EducationLevel::Master),
    ("edd", EducationLevel::Doctorate),
    ("engineer degree", EducationLevel::Master),
    ("engineer's degree", EducationLevel::Master),
    ("engineering degree", EducationLevel::Master),
    ("engineering school", EducationLevel::Master),
    ("engineers degree", EducationLevel::Master),
    ("eqf 1", EducationLevel::None),
    ("eqf 2", EducationLevel::None),
    ("eqf 3", EducationLevel::Vocational),
    ("eqf 4", EducationLevel::Secondary),
    ("eqf 5", EducationLevel::ShortCycle),
    ("eqf 6", EducationLevel::Bachelor),
    ("eqf 7", EducationLevel::Master),
    ("eqf 8", EducationLevel::Doctorate),
    ("executive mba", EducationLevel::Master),
    ("fachabitur", EducationLevel::Secondary),
    ("fachhochschule", EducationLevel::Bachelor),
    ("first degree", EducationLevel::Bachelor),
    ("foundation degree", EducationLevel::ShortCycle),
    ("gcse", EducationLevel::Vocational),
    ("gcses", EducationLevel::Vocational),
    ("ged", EducationLevel::Secondary),
    ("grade de licence", EducationLevel::Bachelor),
    ("graduat", EducationLevel::ShortCycle),
    ("graduate degree", EducationLevel::Master),
    ("graduate school", EducationLevel::Master),
    ("grande ecole", EducationLevel::Master),
    ("grandes ecoles", EducationLevel::Master),
    ("hdr", EducationLevel::Doctorate),
    ("high school", EducationLevel::Secondary),
    ("high school diploma", EducationLevel::Secondary),
    ("higher national certificate", EducationLevel::ShortCycle),
    ("higher national diploma", EducationLevel::ShortCycle),
    ("higher secondary", EducationLevel::Secondary),
    ("highers", EducationLevel::Secondary),
    ("hnc", EducationLevel::ShortCycle),
    ("hnd", EducationLevel::ShortCycle),
    ("hochschulreife", EducationLevel::Secondary),
    ("honours degree", EducationLevel::Bachelor),
    ("ib diploma", EducationLevel::Secondary),
    ("ide", EducationLevel::Bachelor),
    ("infirmier diplome d'etat", EducationLevel::Bachelor),
    ("infirmiere diplomee d'etat", EducationLevel::Bachelor),
    ("ingenieur", EducationLevel::Master),
    ("ingenieure", EducationLevel::Master),
    ("ingenieurs", EducationLevel::Master),
    ("international baccalaureate", EducationLevel::Secondary),
    ("jd", EducationLevel::Master),
    ("juris doctor", EducationLevel::Master),
    ("l1", EducationLevel::Secondary),
    ("l2", EducationLevel::ShortCycle),
    ("l3", EducationLevel::Bachelor),
    ("laurea", EducationLevel::Bachelor),
    ("laurea magistrale", EducationLevel::Master),
    ("leaving certificate", EducationLevel::Secondary),
    ("level 1", EducationLevel::None),
    ("level 2", EducationLevel::None),
    ("level 3", EducationLevel::Vocational),
    ("level 4", EducationLevel::Secondary),
    ("level 5", EducationLevel::ShortCycle),
    ("level 6", EducationLevel::Bachelor),
    ("level 7", EducationLevel::Master),
    ("level 8", EducationLevel::Doctorate),
    ("licence", EducationLevel::Bachelor),
    ("licence 1", EducationLevel::Secondary),
    ("licence 2", EducationLevel::ShortCycle),
    ("licence 2 et 3", EducationLevel::Bachelor),
    ("licence 3", EducationLevel::Bachelor),
    ("licence pro", EducationLevel::Bachelor),
    ("licence professionnelle", EducationLevel::Bachelor),
    ("licences", EducationLevel::Bachelor),
    ("llb", EducationLevel::Bachelor),
    ("llm", EducationLevel::Master),
    ("lower secondary", EducationLevel::None),
    ("m.a", EducationLevel::Master),
    ("m.eng", EducationLevel::Master),
    ("m.phil", EducationLevel::Master),
    ("m.s", EducationLevel::Master),
    ("m.sc", EducationLevel::Master),
    ("m.tech", EducationLevel::Master),
    ("m1", EducationLevel::Bachelor),
    ("m2", EducationLevel::Master),
    ("ma", EducationLevel::Master),
    ("magister", EducationLevel::Master),
    ("magistere", EducationLevel::Master),
    ("maitrise", EducationLevel::Bachelor),
    ("master", EducationLevel::Master),
    ("master 1", EducationLevel::Bachelor),
    ("master 2", EducationLevel::Master),
    ("master degree", EducationLevel::Master),
    ("master of arts", EducationLevel::Master),
    ("master of science", EducationLevel::Master),
    ("master's degree", EducationLevel::Master),
    ("mastere", EducationLevel::Master),
    ("mastere specialise", EducationLevel::Master),
    ("masters", EducationLevel::Master),
    ("masters degree", EducationLevel::Master),
    ("matura", EducationLevel::Secondary),
    ("maturita", EducationLevel::Secondary),
    ("maturite", EducationLevel::Secondary),
    ("mba", EducationLevel::Master),
    ("md", EducationLevel::Doctorate),
    ("meng", EducationLevel::Master),
    ("mention complementaire", EducationLevel::Vocational),
    (
        "mention complementaire niveau 3",
        EducationLevel::Vocational,
    ),
    ("mfa", EducationLevel::Master),
    ("mim", EducationLevel::Master),
    ("mpa", EducationLevel::Master),
    ("mph", EducationLevel::Master),
    ("mpharm", EducationLevel::Master),
    ("mphil", EducationLevel::Master),
    ("mres", EducationLevel::Master),
    ("ms", EducationLevel::Master),
    ("msc", EducationLevel::Master),
    ("msci", EducationLevel::Master),
    ("mtech", EducationLevel::Master),
    ("niv 3", EducationLevel::Vocational),
    ("niv 4", EducationLevel::Secondary),
    ("niv 5", EducationLevel::ShortCycle),
    ("niv 6", EducationLevel::Bachelor),
    ("niv 7", EducationLevel::Master),
    ("niv 8", EducationLevel::Doctorate),
    ("niveau 1", EducationLevel::None),
    ("niveau 2", EducationLevel::None),
    ("niveau 3", EducationLevel::Vocational),
    ("niveau 4", EducationLevel::Secondary),
    ("niveau 5", EducationLevel::ShortCycle),
    ("niveau 6", EducationLevel::Bachelor),
    ("niveau 7", EducationLevel::Master),
    ("niveau 8", EducationLevel::Doctorate),
    ("niveau bac", EducationLevel::Secondary),
    ("niveau i", EducationLevel::Master),
    ("niveau ii", EducationLevel::Bachelor),
    ("niveau iii", EducationLevel::ShortCycle),
    ("niveau iv", EducationLevel::Secondary),
    ("niveau v", EducationLevel::Vocational),
    ("niveau vi", EducationLevel::None),
    ("no degree", EducationLevel::None),
    ("no diploma", EducationLevel::None),
    ("no formal education", EducationLevel::None),
    ("no requirements", EducationLevel::None),
    ("non diplome", EducationLevel::None),
    ("none", EducationLevel::None),
    ("nqf 3", EducationLevel::Vocational),
    ("nqf 4", EducationLevel::Secondary),
    ("nqf 5", EducationLevel::ShortCycle),
    ("nqf 6", EducationLevel::Bachelor),
    ("nqf 7", EducationLevel::Master),
    ("nqf 8", EducationLevel::Doctorate),
    ("nvq", EducationLevel::Vocational),
    ("nvq 1", EducationLevel::None),
    ("nvq 2", EducationLevel::Vocational),
    ("nvq 3", EducationLevel::Secondary),
    ("nvq 4", EducationLevel::ShortCycle),
    ("nvq 5", EducationLevel::ShortCycle),
    ("nvq 6", EducationLevel::Bachelor),
    ("nvq 7", EducationLevel::Master),
    ("nvq level 1", EducationLevel::None),
    ("nvq level 2", EducationLevel::Vocational),
    ("nvq level 3", EducationLevel::Secondary),
    ("nvq level 4", EducationLevel::ShortCycle),
    ("nvq level 5", EducationLevel::ShortCycle),
    ("nvq level 6", EducationLevel::Bachelor),
    ("nvq level 7", EducationLevel::Master),
    ("pgce", EducationLevel::Master),
    ("pgcert", EducationLevel::Master),
    ("pgdip", EducationLevel::Master),
    ("ph.d", EducationLevel::Doctorate),
    ("pharmd", EducationLevel::Doctorate),
    ("phd", EducationLevel::Doctorate),
    ("postgraduate", EducationLevel::Master),
    ("postgraduate certificate", EducationLevel::Master),
    ("postgraduate degree", EducationLevel::Master),
    ("postgraduate diploma", EducationLevel::Master),
    ("prepa", EducationLevel::ShortCycle),
    ("primary", EducationLevel::None),
    ("primary school", EducationLevel::None),
    ("professional certificate", EducationLevel::Vocational),
    ("rncp 3", EducationLevel::Vocational),
    ("rncp 4", EducationLevel::Secondary),
    ("rncp 5", EducationLevel::ShortCycle),
    ("rncp 6", EducationLevel::Bachelor),
    ("rncp 7", EducationLevel::Master),
    ("rncp 8", EducationLevel::Doctorate),
    ("sans bac", EducationLevel::None),
    ("sans diplome", EducationLevel::None),
    ("sans qualification", EducationLevel::None),
    ("sciences po", EducationLevel::Master),
    ("second cycle degree", EducationLevel::Master),
    ("secondary", EducationLevel::Secondary),
    ("secondary education", EducationLevel::Secondary),
    ("secondary school", EducationLevel::Secondary),
    ("short cycle", EducationLevel::ShortCycle),
    ("sixth form", EducationLevel::Secondary),
    ("some college", EducationLevel::ShortCycle),
    ("some high school", EducationLevel::None),
    ("staatsexamen", EducationLevel::Master),
    ("t level", EducationLevel::Secondary),
    ("t levels", EducationLevel::Secondary),
    ("terminale", EducationLevel::Secondary),
    ("these", EducationLevel::Doctorate),
    ("titre professionnel niveau 3", EducationLevel::Vocational),
    ("titre professionnel niveau 4", EducationLevel::Secondary),
    ("titre professionnel niveau 5", EducationLevel::ShortCycle),
    ("trade certificate", EducationLevel::Vocational),
    ("undergraduate", EducationLevel::Bachelor),
    ("undergraduate degree", EducationLevel::Bachelor),
    ("university degree", EducationLevel::Bachelor),
    ("upper secondary", EducationLevel::Secondary),
    ("vocational", EducationLevel::Vocational),
    ("vocational certificate", EducationLevel::Vocational),
]);

#[cfg(test)]
mod tests {
    use super::{
        DIPLOMAS, Education,
        EducationLevel::{
            self, Bachelor, Doctorate, Master, None as NoDiploma, Secondary, ShortCycle, Vocational,
        },
        NOT_HELD,
    };
    use crate::profiles::phrases::assert_findable;

    #[test]
    fn diplomas_map_to_their_level() {
        for (text, level) in [
            ("sans diplôme", NoDiploma),
            ("Brevet des collèges", NoDiploma),
            ("CAP", Vocational),
            ("BEP", Vocational),
            ("professional certificate", Vocational),
            ("Bac", Secondary),
            ("Bac pro", Secondary),
            ("high school", Secondary),
            ("Brevet professionnel", Secondary),
            ("BTS", ShortCycle),
            ("Bac +2", ShortCycle),
            ("Bac+2/3", ShortCycle),
            ("associate degree", ShortCycle),
            ("short_cycle", ShortCycle),
            ("licence pro", Bachelor),
            ("Licence professionnelle", Bachelor),
            ("Bachelor's degree", Bachelor),
            ("bachelor degree", Bachelor),
            ("B.Sc. Physics", Bachelor),
            ("Bac+4", Bachelor),
            ("Bac+3 à Bac+5", Bachelor),
            ("Bac+5", Master),
            ("BAC + 5", Master),
            ("Master", Master),
            ("Master's", Master),
            ("Diplôme d’ingénieur", Master),
            ("ingénieur", Master),
            ("MBA", Master),
            ("postgraduate degree", Master),
            ("niveau I", Master),
            ("PhD", Doctorate),
            ("Ph.D.", Doctorate),
            ("Doctorat", Doctorate),
            ("RNCP niveau 7", Master),
            ("EQF 6", Bachelor),
        ] {
            assert_eq!(EducationLevel::parse(text), Some(level), "{text:?}");
        }
        for text in ["", "wizardry", "12"] {
            assert_eq!(EducationLevel::parse(text), None, "{text:?}");
        }
        assert_findable(&DIPLOMAS);
    }

    #[test]
    fn diplomas_of_health_and_social_work_map_to_their_level() {
        for (text, level) in [
            ("Diplôme d'État d'aide-soignant", Secondary),
            ("Diplôme d’État d’Aide-Soignante (DEAS)", Secondary),
            ("DEAS", Secondary),
            ("Diplôme d'État d'auxiliaire de puériculture", Secondary),
            ("DE d'aide-soignant, DEAS", Secondary),
            (
                "Diplôme d'État d'accompagnant éducatif et social",
                Vocational,
            ),
            ("Diplôme d'État d'infirmier", Bachelor),
            ("Diplôme d'État d'éducateur spécialisé", Bachelor),
            ("Diplôme d'État de sage-femme", Master),
            ("Diplôme d'État de docteur en médecine", Doctorate),
        ] {
            assert_eq!(EducationLevel::parse(text), Some(level), "{text:?}");
        }
    }

    #[test]
    fn english_and_french_names_of_a_diploma_map_to_one_level() {
        for (text, level) in [
            ("Engineer's degree", Master),
            ("Engineer’s degree in computer science", Master),
            ("Diplôme d'ingénieur", Master),
            ("HND", ShortCycle),
            ("HNC Business", ShortCycle),
            ("A-levels", Secondary),
            ("BUT informatique", Bachelor),
            ("Titre professionnel niveau 5", ShortCycle),
            ("Licence 2", ShortCycle),
            ("NVQ Level 3", Secondary),
            ("PGCE", Master),
            ("Abitur", Secondary),
        ] {
            assert_eq!(EducationLevel::parse(text), Some(level), "{text:?}");
        }
    }

    #[test]
    fn a_diploma_in_progress_does_not_count_as_held() {
        for (text, held, studied) in [
            ("Master en cours", Bachelor, Some(Master)),
            ("Bac+5 en cours", Bachelor, Some(Master)),
            ("Bac +3, en cours", ShortCycle, Some(Bachelor)),
            ("BTS + licence en cours", ShortCycle, Some(Bachelor)),
            ("Master 2 informatique (en cours)", Bachelor, Some(Master)),
            ("Master informatique, en cours", Bachelor, Some(Master)),
            ("Licence, Master en cours", Bachelor, Some(Master)),
            (
                "BTS obtenu, licence pro en cours",
                ShortCycle,
                Some(Bachelor),
            ),
            ("PhD candidate", Master, Some(Doctorate)),
            (
                "Bachelor's degree (expected 2027)",
                ShortCycle,
                Some(Bachelor),
            ),
            ("Étudiante en master de droit", Bachelor, Some(Master)),
            ("Master's degree in progress", Bachelor, Some(Master)),
            ("BTS non obtenu", Secondary, None),
            ("Master, BTS en cours", Master, None),
            ("Master", Master, None),
        ] {
            let education = Education::parse(text);
            assert_eq!(education.level, Some(held), "{text:?}");
            assert_eq!(education.in_progress, studied, "{text:?}");
        }
        assert_findable(&NOT_HELD);
    }

    #[test]
    fn every_wire_name_round_trips() {
        let all = [
            NoDiploma, Vocational, Secondary, ShortCycle, Bachelor, Master, Doctorate,
        ];
        for level in all {
            assert_eq!(EducationLevel::parse(level.as_str()), Some(level));
        }
        let steps: Vec<_> = (0..=9).map(EducationLevel::of_eqf).collect();
        assert_eq!(
            steps[1..4],
            [Some(NoDiploma), Some(NoDiploma), Some(Vocational)]
        );
        assert_eq!(
            (steps[0], steps[8], steps[9]),
            (None, Some(Doctorate), None)
        );
    }

    #[test]
    fn a_field_follows_the_diploma() {
        for (text, level, field) in [
            ("Master en informatique", Some(Master), Some("informatique")),
            (
                "Bachelor of Science in Computer Science",
                Some(Bachelor),
                Some("computer science"),
            ),
            ("BTS Comptabilité", Some(ShortCycle), Some("comptabilite")),
            ("Bac+5 minimum", Some(Master), None),
            (
                "Bac+5 (école d'ingénieur ou équivalent)",
                Some(Master),
                None,
            ),
            ("Informatique", None, Some("Informatique")),
            ("", None, None),
        ] {
            let education = Education::parse(text);
            assert_eq!(education.level, level, "{text:?}");
            assert_eq!(education.field.as_deref(), field, "{text:?}");
        }
    }
}
