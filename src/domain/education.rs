//! Education: a level on one ladder, and a field.

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
}

/// Education a candidate has, or a posting asks for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Education {
    /// The level.
    pub level: Option<EducationLevel>,
    /// The field of study, free text.
    pub field: Option<String>,
}
