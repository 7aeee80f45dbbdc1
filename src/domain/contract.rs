//! Contract types.

/// What a job is offered or wanted as. The French names stand beside each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ContractType {
    /// Permanent: CDI.
    Permanent,
    /// Fixed term: CDD.
    FixedTerm,
    /// Through an agency: intérim.
    Temporary,
    /// Freelance, contractor, indépendant.
    Freelance,
    /// Internship: stage.
    Internship,
    /// Apprenticeship: alternance, apprentissage, professionnalisation.
    Apprenticeship,
    /// Seasonal: saisonnier.
    Seasonal,
    /// Volunteering: bénévolat, service civique, VIE.
    Volunteer,
}

impl ContractType {
    /// The stable name, as a profile document writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Permanent => "permanent",
            Self::FixedTerm => "fixed_term",
            Self::Temporary => "temporary",
            Self::Freelance => "freelance",
            Self::Internship => "internship",
            Self::Apprenticeship => "apprenticeship",
            Self::Seasonal => "seasonal",
            Self::Volunteer => "volunteer",
        }
    }
}
