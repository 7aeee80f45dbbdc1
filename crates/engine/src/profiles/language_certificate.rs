//! Converts language certificates and test scores to levels of the Common European Framework of
//! Reference (CEFR).

use super::{language::LanguageLevel, phrases::Phrases};

/// A certificate or test that a text names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LanguageCertificate {
    /// ISO 639 code of the certified language.
    pub(super) code: &'static str,
    /// The level that its name, or the score beside it, corresponds to.
    pub(super) level: Option<LanguageLevel>,
    /// True if the test certifies no higher level, so that the holder's real level may be higher.
    pub(super) is_highest: bool,
}

impl LanguageCertificate {
    /// Returns the first certificate in a folded text that states a level, else the first one. The
    /// score follows the name of its test or, if no score follows, precedes it (« 850 au TOEIC »).
    pub(super) fn first_in(folded: &str) -> Option<Self> {
        let found: Vec<_> = EXAMS.find_all(folded).collect();
        let mut certificates = found.iter().enumerate().map(|(index, (place, exam))| {
            let next = found
                .get(index + 1)
                .map_or(folded.len(), |next| next.0.start);
            let previous = index.checked_sub(1).map_or(0, |at| found[at].0.end);
            let level = match exam.named_level() {
                Some(level) => Some(level),
                None => (exam.score_in(&folded[place.end..next]))
                    .or_else(|| exam.score_in(&folded[previous..place.start])),
            };
            Self {
                code: exam.language(),
                level,
                is_highest: level == exam.highest(),
            }
        });
        let first = certificates.next()?;
        let scored = |certificate: &Self| certificate.level.is_some();
        Some(
            Some(first)
                .filter(scored)
                .or_else(|| certificates.find(scored))
                .unwrap_or(first),
        )
    }
}

/// A test, or a family of certificates.
#[derive(Debug, Clone, Copy)]
enum Exam {
    Toeic,
    /// TOEIC Speaking and Writing, whose separate scale is not read.
    ToeicSpeaking,
    Toefl,
    Ielts,
    /// The Cambridge English Scale, which Linguaskill shares.
    CambridgeScale,
    Bulats,
    Tcf,
    /// A certificate whose name implies this language and level.
    Named(&'static str, LanguageLevel),
    /// A certificate for this language that states its level beside its name.
    OfLevel(&'static str),
}

impl Exam {
    fn language(self) -> &'static str {
        match self {
            Self::Toeic
            | Self::ToeicSpeaking
            | Self::Toefl
            | Self::Ielts
            | Self::CambridgeScale
            | Self::Bulats => "en",
            Self::Tcf => "fr",
            Self::Named(code, _) | Self::OfLevel(code) => code,
        }
    }

    fn named_level(self) -> Option<LanguageLevel> {
        match self {
            Self::Named(_, level) => Some(level),
            _ => None,
        }
    }

    /// Returns the highest level that the test certifies, if it is below C2.
    fn highest(self) -> Option<LanguageLevel> {
        matches!(self, Self::Toeic).then_some(LanguageLevel::C1)
    }

    /// Returns the minimum scores of the levels, the highest first. The sources:
    ///
    /// - TOEIC Listening and Reading: ETS, *TOEIC Listening and Reading Test Scores and the CEFR
    ///   Levels*, correlation table, 2020. It certifies no level above C1.
    /// - TOEFL iBT: ETS, *Performance Descriptors for the TOEFL iBT Test* and its comparison with
    ///   the CEFR (0 to 120); the scale of 1 to 6 that ETS reports from 2026 on is aligned with the
    ///   CEFR by design. TOEFL ITP Level 1: ETS, *Mapping the TOEFL ITP Tests onto the CEFR*.
    /// - IELTS: *How IELTS compares to the CEFR*, ielts.org. Bands below 4 correspond to no level.
    /// - Cambridge English Scale and Linguaskill: Cambridge Assessment English, *The Cambridge
    ///   English Scale explained*. BULATS: Cambridge, *BULATS and the CEFR*.
    /// - TCF: France Éducation international, *Niveaux du TCF*.
    fn least_scores(self, score: f64) -> &'static [(f64, LanguageLevel)] {
        use LanguageLevel::{A1, A2, B1, B2, C1, C2};
        match self {
            Self::Toeic if (10.0..=990.0).contains(&score) && score % 5.0 == 0.0 => &[
                (945.0, C1),
                (785.0, B2),
                (550.0, B1),
                (225.0, A2),
                (120.0, A1),
            ],
            Self::Toefl if (1.0..=6.0).contains(&score) => &[
                (6.0, C2),
                (5.0, C1),
                (4.0, B2),
                (3.0, B1),
                (2.0, A2),
                (1.0, A1),
            ],
            Self::Toefl if (7.0..=120.0).contains(&score) => {
                &[(114.0, C2), (95.0, C1), (72.0, B2), (42.0, B1)]
            }
            Self::Toefl if (310.0..=677.0).contains(&score) => {
                &[(627.0, C1), (543.0, B2), (460.0, B1), (337.0, A2)]
            }
            Self::Ielts if (0.0..=9.0).contains(&score) && score % 0.5 == 0.0 => {
                &[(8.5, C2), (7.0, C1), (5.5, B2), (4.0, B1)]
            }
            Self::CambridgeScale if (80.0..=230.0).contains(&score) => &[
                (200.0, C2),
                (180.0, C1),
                (160.0, B2),
                (140.0, B1),
                (120.0, A2),
                (100.0, A1),
            ],
            Self::Bulats if (0.0..=100.0).contains(&score) => &[
                (90.0, C2),
                (75.0, C1),
                (60.0, B2),
                (40.0, B1),
                (20.0, A2),
                (10.0, A1),
            ],
            Self::Tcf if (100.0..=699.0).contains(&score) => &[
                (600.0, C2),
                (500.0, C1),
                (400.0, B2),
                (300.0, B1),
                (200.0, A2),
                (100.0, A1),
            ],
            _ => &[],
        }
    }

    /// Returns the level of the first valid score in the text; other numbers, such as years, are
    /// skipped.
    fn score_in(self, folded: &str) -> Option<LanguageLevel> {
        let words: Vec<&str> = folded.split_whitespace().collect();
        let starts_number = |word: &&str| word.starts_with(|c: char| c.is_ascii_digit());
        words.iter().enumerate().find_map(|(index, word)| {
            let mut score: f64 = Some(word)
                .filter(|word| starts_number(word))?
                .parse()
                .ok()?;
            // Folding replaced the decimal comma of « 7,5 » with a space.
            let is_half = words.get(index + 1) == Some(&"5") && score.fract() == 0.0;
            if matches!(self, Self::Ielts | Self::Toefl) && score < 9.0 && is_half {
                score += 0.5;
            }
            let reached = self.least_scores(score).iter();
            let mut reached = reached.filter(|(least, _)| score >= *least);
            reached.next().map(|(_, level)| *level)
        })
    }
}

/// Names of tests and certificates.
const EXAMS: Phrases<Exam> = Phrases::sorted(&[
    ("bulats", Exam::Bulats),
    ("cae", Exam::Named("en", LanguageLevel::C1)),
    ("cambridge", Exam::CambridgeScale),
    ("cambridge advanced", Exam::Named("en", LanguageLevel::C1)),
    ("cambridge first", Exam::Named("en", LanguageLevel::B2)),
    ("cambridge key", Exam::Named("en", LanguageLevel::A2)),
    (
        "cambridge preliminary",
        Exam::Named("en", LanguageLevel::B1),
    ),
    (
        "cambridge proficiency",
        Exam::Named("en", LanguageLevel::C2),
    ),
    (
        "certificate in advanced english",
        Exam::Named("en", LanguageLevel::C1),
    ),
    (
        "certificate of proficiency in english",
        Exam::Named("en", LanguageLevel::C2),
    ),
    ("cpe", Exam::Named("en", LanguageLevel::C2)),
    ("dalf", Exam::OfLevel("fr")),
    ("dele", Exam::OfLevel("es")),
    ("delf", Exam::OfLevel("fr")),
    ("fce", Exam::Named("en", LanguageLevel::B2)),
    ("first certificate", Exam::Named("en", LanguageLevel::B2)),
    ("goethe zertifikat", Exam::OfLevel("de")),
    ("ielts", Exam::Ielts),
    ("ket", Exam::Named("en", LanguageLevel::A2)),
    ("key english test", Exam::Named("en", LanguageLevel::A2)),
    ("linguaskill", Exam::CambridgeScale),
    ("pet", Exam::Named("en", LanguageLevel::B1)),
    (
        "preliminary english test",
        Exam::Named("en", LanguageLevel::B1),
    ),
    ("tcf", Exam::Tcf),
    ("toefl", Exam::Toefl),
    ("toeic", Exam::Toeic),
    ("toeic s w", Exam::ToeicSpeaking),
    ("toeic speaking", Exam::ToeicSpeaking),
    ("toeic speaking and writing", Exam::ToeicSpeaking),
    ("toeic writing", Exam::ToeicSpeaking),
]);

#[cfg(test)]
mod tests {
    use super::{EXAMS, LanguageCertificate};
    use crate::profiles::{
        folded_text::fold,
        language::LanguageLevel::{A2, B1, B2, C1, C2},
        phrases::assert_findable,
    };

    #[test]
    fn test_scores_and_certificates_map_to_levels() {
        for (text, code, level) in [
            ("TOEIC 850", "en", Some(B2)),
            ("TOEIC : 945/990", "en", Some(C1)),
            ("TOEIC (2019) : 780 points", "en", Some(B1)),
            ("850 au TOEIC", "en", Some(B2)),
            ("TOEIC", "en", None),
            ("TOEIC 2019", "en", None),
            ("TOEIC S&W 340", "en", None),
            ("TOEFL iBT 100", "en", Some(C1)),
            ("TOEFL 543", "en", Some(B2)),
            ("TOEFL iBT 4,5", "en", Some(B2)),
            ("IELTS 7.5", "en", Some(C1)),
            ("IELTS Academic: 6,5", "en", Some(B2)),
            ("IELTS band 8.5", "en", Some(C2)),
            ("IELTS 3", "en", None),
            ("Cambridge First", "en", Some(B2)),
            ("Linguaskill 176", "en", Some(B2)),
            ("PET", "en", Some(B1)),
            ("KET, TOEIC 600", "en", Some(A2)),
            ("BULATS 75", "en", Some(C1)),
            ("TCF 420", "fr", Some(B2)),
            ("TOEIC, IELTS 7", "en", Some(C1)),
        ] {
            let read = LanguageCertificate::first_in(&fold(text)).unwrap();
            assert_eq!((read.code, read.level), (code, level), "{text:?}");
        }
        assert_eq!(LanguageCertificate::first_in("anglais 850"), None);
        assert_findable(&EXAMS);
    }
}
