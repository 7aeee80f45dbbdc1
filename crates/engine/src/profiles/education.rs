//! Education: a level on one ladder, and a field.

use super::{folded_text::fold, phrases::Phrases};

/// Levels in rising order. The steps follow the European Qualifications Framework; each variant
/// names the French diplomas that stand for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EducationLevel {
    /// No diploma. (« sans diplôme », brevet; EQF 1-2)
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
    /// The stable name, as a profile document writes it.
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

    /// The step on the ladder: 0 (none) to 6 (doctorate).
    #[must_use]
    pub fn step(self) -> u8 {
        self as u8
    }

    /// Reads the first level or diploma a text names: "master", « Bac+3 à Bac+5 » (Bac+3), « licence
    /// pro », "Bachelor's degree", « niveau 6 ».
    ///
    /// ```
    /// use matching::profiles::education::EducationLevel;
    /// assert_eq!(EducationLevel::parse("BTS ou DUT"), Some(EducationLevel::ShortCycle));
    /// ```
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        DIPLOMAS.first_in(&fold(text))
    }

    /// The level of a step of the European Qualifications Framework, 1 to 8, which is also the
    /// French « niveau » since 2019.
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

/// Education a candidate has, or a posting asks for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Education {
    /// The level.
    pub level: Option<EducationLevel>,
    /// The field of study, free text.
    pub field: Option<String>,
}

impl Education {
    /// Reads a diploma as written: « Master en informatique », "Bachelor in Physics", « BTS comptabilité
    /// ». The field is what follows the diploma, folded; a text that names no diploma is a field
    /// as it is.
    ///
    /// ```
    /// use matching::profiles::education::{Education, EducationLevel};
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
            };
        };
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
        }
    }
}

/// Words around a diploma that name no field.
const FILLERS: [&str; 30] = [
    "'s",
    "a",
    "and",
    "de",
    "degree",
    "des",
    "diploma",
    "diplome",
    "du",
    "en",
    "equivalent",
    "et",
    "exige",
    "higher",
    "in",
    "level",
    "min",
    "minimum",
    "niveau",
    "obtenu",
    "of",
    "or",
    "ou",
    "plus",
    "preferred",
    "required",
    "requis",
    "souhaite",
    "the",
    "valide",
];

/// Names of diplomas and levels, French and English.
///
/// - « Bac+N » counts years after the baccalauréat. The French framework since 2019 (décret
///   2019-14) puts Bac+3 and Bac+4 on level 6 and Bac+5 on level 7, as the EQF does, so a
///   « maîtrise » or a first master's year is a bachelor here.
/// - « niveau 3 » to « niveau 8 » are that framework; « niveau V » to « niveau I », in Roman
///   numerals, are the one before (nomenclature of 1969): V is CAP, IV bac, III Bac+2, II Bac+3 and
///   Bac+4, I above.
/// - The words of schema.org's `credentialCategory` as Google lists them ("high school",
///   "associate degree", "bachelor degree", "professional certificate", "postgraduate degree").
const DIPLOMAS: Phrases<EducationLevel> = Phrases::sorted(&[
    ("a level", EducationLevel::Secondary),
    ("a levels", EducationLevel::Secondary),
    ("abitur", EducationLevel::Secondary),
    ("associate", EducationLevel::ShortCycle),
    ("associate degree", EducationLevel::ShortCycle),
    ("associates degree", EducationLevel::ShortCycle),
    ("aucun", EducationLevel::None),
    ("aucun diplome", EducationLevel::None),
    ("aucune", EducationLevel::None),
    ("b.a", EducationLevel::Bachelor),
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
    ("bac general", EducationLevel::Secondary),
    ("bac plus 2", EducationLevel::ShortCycle),
    ("bac plus 3", EducationLevel::Bachelor),
    ("bac plus 4", EducationLevel::Bachelor),
    ("bac plus 5", EducationLevel::Master),
    ("bac plus 6", EducationLevel::Master),
    ("bac plus 8", EducationLevel::Doctorate),
    ("bac pro", EducationLevel::Secondary),
    ("bac professionnel", EducationLevel::Secondary),
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
    ("bachelor of arts", EducationLevel::Bachelor),
    ("bachelor of science", EducationLevel::Bachelor),
    (
        "bachelor universitaire de technologie",
        EducationLevel::Bachelor,
    ),
    ("bachelors", EducationLevel::Bachelor),
    ("bacs", EducationLevel::Secondary),
    ("bba", EducationLevel::Bachelor),
    ("beng", EducationLevel::Bachelor),
    ("bep", EducationLevel::Vocational),
    ("bepa", EducationLevel::Vocational),
    ("bepc", EducationLevel::None),
    ("bpa", EducationLevel::Vocational),
    ("brevet", EducationLevel::None),
    (
        "brevet d'etudes professionnelles",
        EducationLevel::Vocational,
    ),
    ("brevet de technicien", EducationLevel::Secondary),
    ("brevet de technicien superieur", EducationLevel::ShortCycle),
    ("brevet des colleges", EducationLevel::None),
    ("brevet professionnel", EducationLevel::Secondary),
    ("bs", EducationLevel::Bachelor),
    ("bsc", EducationLevel::Bachelor),
    ("bt", EducationLevel::Secondary),
    ("btech", EducationLevel::Bachelor),
    ("bts", EducationLevel::ShortCycle),
    ("btsa", EducationLevel::ShortCycle),
    ("business school", EducationLevel::Master),
    ("but", EducationLevel::Bachelor),
    ("cap", EducationLevel::Vocational),
    ("capa", EducationLevel::Vocational),
    (
        "certificat d'aptitude professionnelle",
        EducationLevel::Vocational,
    ),
    ("cess", EducationLevel::Secondary),
    ("cfg", EducationLevel::None),
    ("classe preparatoire", EducationLevel::ShortCycle),
    ("college degree", EducationLevel::Bachelor),
    ("community college", EducationLevel::ShortCycle),
    ("cpge", EducationLevel::ShortCycle),
    ("daeu", EducationLevel::Secondary),
    ("dcg", EducationLevel::Bachelor),
    ("dea", EducationLevel::Master),
    ("dess", EducationLevel::Master),
    ("deug", EducationLevel::ShortCycle),
    ("deup", EducationLevel::ShortCycle),
    ("deust", EducationLevel::ShortCycle),
    ("diplome d'etat", EducationLevel::Bachelor),
    ("diplome d'ingenieur", EducationLevel::Master),
    ("diplome national du brevet", EducationLevel::None),
    (
        "diplome universitaire de technologie",
        EducationLevel::ShortCycle,
    ),
    ("dnb", EducationLevel::None),
    ("docteur", EducationLevel::Doctorate),
    ("doctor", EducationLevel::Doctorate),
    ("doctoral", EducationLevel::Doctorate),
    ("doctorat", EducationLevel::Doctorate),
    ("doctorate", EducationLevel::Doctorate),
    ("dphil", EducationLevel::Doctorate),
    ("dscg", EducationLevel::Master),
    ("dut", EducationLevel::ShortCycle),
    ("ecole d'ingenieur", EducationLevel::Master),
    ("ecole d'ingenieurs", EducationLevel::Master),
    ("ecole de commerce", EducationLevel::Master),
    ("ecole primaire", EducationLevel::None),
    ("engineering degree", EducationLevel::Master),
    ("engineering school", EducationLevel::Master),
    ("eqf 1", EducationLevel::None),
    ("eqf 2", EducationLevel::None),
    ("eqf 3", EducationLevel::Vocational),
    ("eqf 4", EducationLevel::Secondary),
    ("eqf 5", EducationLevel::ShortCycle),
    ("eqf 6", EducationLevel::Bachelor),
    ("eqf 7", EducationLevel::Master),
    ("eqf 8", EducationLevel::Doctorate),
    ("foundation degree", EducationLevel::ShortCycle),
    ("ged", EducationLevel::Secondary),
    ("graduat", EducationLevel::ShortCycle),
    ("graduate degree", EducationLevel::Master),
    ("graduate school", EducationLevel::Master),
    ("grande ecole", EducationLevel::Master),
    ("grandes ecoles", EducationLevel::Master),
    ("high school", EducationLevel::Secondary),
    ("high school diploma", EducationLevel::Secondary),
    ("higher national diploma", EducationLevel::ShortCycle),
    ("hnd", EducationLevel::ShortCycle),
    ("ingenieur", EducationLevel::Master),
    ("ingenieure", EducationLevel::Master),
    ("ingenieurs", EducationLevel::Master),
    ("level 1", EducationLevel::None),
    ("level 2", EducationLevel::None),
    ("level 3", EducationLevel::Vocational),
    ("level 4", EducationLevel::Secondary),
    ("level 5", EducationLevel::ShortCycle),
    ("level 6", EducationLevel::Bachelor),
    ("level 7", EducationLevel::Master),
    ("level 8", EducationLevel::Doctorate),
    ("licence", EducationLevel::Bachelor),
    ("licence pro", EducationLevel::Bachelor),
    ("licence professionnelle", EducationLevel::Bachelor),
    ("licences", EducationLevel::Bachelor),
    ("llb", EducationLevel::Bachelor),
    ("llm", EducationLevel::Master),
    ("lower secondary", EducationLevel::None),
    ("m.a", EducationLevel::Master),
    ("m.eng", EducationLevel::Master),
    ("m.s", EducationLevel::Master),
    ("m.sc", EducationLevel::Master),
    ("m.tech", EducationLevel::Master),
    ("m1", EducationLevel::Bachelor),
    ("m2", EducationLevel::Master),
    ("ma", EducationLevel::Master),
    ("magistere", EducationLevel::Master),
    ("maitrise", EducationLevel::Bachelor),
    ("master", EducationLevel::Master),
    ("master 1", EducationLevel::Bachelor),
    ("master 2", EducationLevel::Master),
    ("master of arts", EducationLevel::Master),
    ("master of science", EducationLevel::Master),
    ("mastere", EducationLevel::Master),
    ("mastere specialise", EducationLevel::Master),
    ("masters", EducationLevel::Master),
    ("matura", EducationLevel::Secondary),
    ("maturite", EducationLevel::Secondary),
    ("mba", EducationLevel::Master),
    ("md", EducationLevel::Doctorate),
    ("meng", EducationLevel::Master),
    ("mention complementaire", EducationLevel::Vocational),
    ("ms", EducationLevel::Master),
    ("msc", EducationLevel::Master),
    ("mtech", EducationLevel::Master),
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
    ("nvq", EducationLevel::Vocational),
    ("ph.d", EducationLevel::Doctorate),
    ("pharmd", EducationLevel::Doctorate),
    ("phd", EducationLevel::Doctorate),
    ("postgraduate", EducationLevel::Master),
    ("postgraduate degree", EducationLevel::Master),
    ("prepa", EducationLevel::ShortCycle),
    ("primary", EducationLevel::None),
    ("primary school", EducationLevel::None),
    ("professional certificate", EducationLevel::Vocational),
    ("sans diplome", EducationLevel::None),
    ("sans qualification", EducationLevel::None),
    ("sciences po", EducationLevel::Master),
    ("secondary", EducationLevel::Secondary),
    ("secondary school", EducationLevel::Secondary),
    ("short cycle", EducationLevel::ShortCycle),
    ("some college", EducationLevel::ShortCycle),
    ("some high school", EducationLevel::None),
    ("terminale", EducationLevel::Secondary),
    ("these", EducationLevel::Doctorate),
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
    };
    use crate::profiles::phrases::assert_findable;

    #[test]
    fn diplomas_stand_on_their_step() {
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
    fn every_stable_name_reads_back() {
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
