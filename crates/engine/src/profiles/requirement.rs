//! Entries among a posting's skills that require years of experience or a diploma: « 2 ans
//! d'expérience », "5 years of experience", « Bac+2 ».
//!
//! Candidates never list these as skills, so as skills they would always count as missing. The
//! reader converts them to the requirement that they state.

use super::{education::Education, folded_text::fold, job_posting::ExperienceRange};

/// A requirement stated by an entry of a list of skills.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Requirement {
    Years(ExperienceRange),
    Education(Education),
}

const TIMES: &[&str] = &["an", "annee", "annees", "ans", "year", "years", "yr", "yrs"];
const MONTHS: &[&str] = &["mois", "month", "months"];
const EXPERIENCE: &[&str] = &["experience", "experiences"];
/// Words that add nothing to years of experience.
const AROUND_YEARS: &[&str] = &[
    "a",
    "and",
    "at",
    "au",
    "cinq",
    "confirmee",
    "d",
    "dans",
    "de",
    "demandee",
    "demandees",
    "des",
    "deux",
    "dix",
    "domaine",
    "en",
    "et",
    "exige",
    "exigee",
    "exigees",
    "field",
    "first",
    "five",
    "four",
    "fonction",
    "huit",
    "in",
    "job",
    "least",
    "min",
    "mini",
    "minimum",
    "moins",
    "more",
    "of",
    "on",
    "or",
    "ou",
    "over",
    "plus",
    "position",
    "poste",
    "professional",
    "professionnelle",
    "professionnelles",
    "proven",
    "quatre",
    "relevant",
    "required",
    "requis",
    "requise",
    "requises",
    "role",
    "s",
    "sept",
    "seven",
    "significative",
    "similaire",
    "similar",
    "six",
    "souhaite",
    "souhaitee",
    "souhaitees",
    "sur",
    "ten",
    "than",
    "the",
    "three",
    "to",
    "trois",
    "two",
    "un",
    "une",
    "work",
    "working",
];
/// Words that turn a bare level into a diploma. The names of other diplomas are also names of
/// skills ("MS", "Master").
const DIPLOMAS: &[&str] = &[
    "bac",
    "baccalaureat",
    "bachelor",
    "bachelors",
    "bts",
    "degree",
    "deug",
    "diploma",
    "diplome",
    "doctorat",
    "dut",
    "phd",
];
/// Words that add nothing to a level.
const AROUND_LEVEL: &[&str] = &[
    "a",
    "arts",
    "de",
    "degree",
    "diploma",
    "diplome",
    "en",
    "equivalent",
    "et",
    "exige",
    "exigee",
    "formation",
    "higher",
    "in",
    "level",
    "licence",
    "master",
    "masters",
    "min",
    "mini",
    "minimum",
    "niveau",
    "of",
    "or",
    "ou",
    "plus",
    "pro",
    "required",
    "requis",
    "s",
    "science",
    "souhaite",
    "type",
    "university",
];

impl Requirement {
    /// Reads the requirement that a whole entry states; `None` for a skill.
    pub(super) fn of(entry: &str) -> Option<Self> {
        // Most entries contain neither a number nor the name of a diploma.
        let folded = fold(entry);
        let words: Vec<&str> = folded
            .split([' ', '\''])
            .filter(|word| !word.is_empty())
            .collect();
        let has = |list: &[&str]| words.iter().any(|word| list.contains(word));
        let is_number = |word: &str| word.starts_with(|letter: char| letter.is_ascii_digit());
        if has(TIMES) || has(MONTHS) && has(EXPERIENCE) {
            let is_said = |word: &&str| {
                [TIMES, MONTHS, EXPERIENCE, AROUND_YEARS]
                    .iter()
                    .any(|list| list.contains(word))
                    || is_number(word)
            };
            return (words.iter().all(is_said))
                .then(|| ExperienceRange::parse(entry))
                .flatten()
                .filter(|range| *range != ExperienceRange::default())
                .map(Self::Years);
        }
        let is_level = |word: &&str| {
            let word = word.trim_start_matches("bac+");
            DIPLOMAS.contains(&word) || AROUND_LEVEL.contains(&word) || is_number(word)
        };
        let names_diploma = has(DIPLOMAS) || folded.starts_with("bac+");
        if !names_diploma || !words.iter().all(is_level) {
            return None;
        }
        let education = Education::parse(entry);
        (education.level.is_some() && education.field.is_none())
            .then_some(Self::Education(education))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profiles::education::EducationLevel;

    #[test]
    fn years_and_diplomas_are_separated_from_skills() {
        for (entry, min) in [
            ("2 ans d'expérience", 2.0),
            ("5 years of experience", 5.0),
            ("5+ years' experience in a similar role", 5.0),
            ("Expérience de 3 ans minimum sur un poste similaire", 3.0),
            ("at least two years of experience", 2.0),
        ] {
            let Some(Requirement::Years(range)) = Requirement::of(entry) else {
                panic!("{entry}");
            };
            assert_eq!(range.min, Some(min), "{entry}");
        }
        for (entry, level) in [
            ("Bac+2", EducationLevel::ShortCycle),
            ("Bac +5 minimum", EducationLevel::Master),
            ("Niveau bac", EducationLevel::Secondary),
            ("BTS ou DUT", EducationLevel::ShortCycle),
            ("Bachelor's degree", EducationLevel::Bachelor),
            ("Master's degree required", EducationLevel::Master),
        ] {
            let Some(Requirement::Education(education)) = Requirement::of(entry) else {
                panic!("{entry}");
            };
            assert_eq!(education.level, Some(level), "{entry}");
        }
    }

    #[test]
    fn skills_are_not_read_as_requirements() {
        for entry in [
            "Python",
            "5 ans de Python",
            "Scrum Master",
            "Master",
            "MS",
            "Permis B",
            "AutoCAD 2020",
            "Expérience utilisateur",
            "3 years of SQL",
            "BTS comptabilité",
            "Diplôme d'État d'infirmier",
            "Conduite d'engins",
            "Licence 4",
            "User experience",
            "ISO 9001",
            "Travail en 3x8",
            "",
        ] {
            assert_eq!(Requirement::of(entry), None, "{entry}");
        }
    }
}
