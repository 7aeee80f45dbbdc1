//! Wire names of values in result documents: of values of profiles the names in profile documents,
//! of others the names that [`wire_names`] declares.

use serde::{Deserialize, Deserializer, de};

use crate::profiles::{
    contract::ContractType,
    education::EducationLevel,
    language::LanguageLevel,
    location::{RemoteMode, RemotePreference},
    salary::SalaryPeriod,
};

/// A value with a wire name that can be parsed back.
pub trait WireName: Copy + 'static {
    /// All values.
    const ALL: &'static [Self];
    /// Returns the wire name.
    fn name(self) -> &'static str;
    /// Parses another name, by the rules of profiles.
    fn parsed(text: &str) -> Option<Self> {
        let _ = text;
        None
    }
    /// Returns the value with this wire name. Exact names are compared before the parser runs,
    /// which folds its input: each change that a document shows has up to two names.
    fn of_name(name: &str) -> Option<Self> {
        let mut all = Self::ALL.iter().copied();
        all.find(|one| one.name() == name)
            .or_else(|| Self::parsed(name))
    }
}

impl WireName for EducationLevel {
    const ALL: &'static [Self] = &[
        Self::None,
        Self::Vocational,
        Self::Secondary,
        Self::ShortCycle,
        Self::Bachelor,
        Self::Master,
        Self::Doctorate,
    ];
    fn name(self) -> &'static str {
        self.as_str()
    }
    fn parsed(text: &str) -> Option<Self> {
        Self::parse(text)
    }
}

impl WireName for LanguageLevel {
    const ALL: &'static [Self] = &[
        Self::A1,
        Self::A2,
        Self::B1,
        Self::B2,
        Self::C1,
        Self::C2,
        Self::Native,
    ];
    fn name(self) -> &'static str {
        self.as_str()
    }
    fn parsed(text: &str) -> Option<Self> {
        Self::parse(text)
    }
}

impl WireName for RemoteMode {
    const ALL: &'static [Self] = &[Self::Onsite, Self::Hybrid, Self::Remote];
    fn name(self) -> &'static str {
        self.as_str()
    }
    fn parsed(text: &str) -> Option<Self> {
        Self::parse(text)
    }
}

impl WireName for SalaryPeriod {
    const ALL: &'static [Self] = &[
        Self::Hour,
        Self::Day,
        Self::Week,
        Self::Month,
        Self::Year,
        Self::Fortnight,
    ];
    fn name(self) -> &'static str {
        self.as_str()
    }
    fn parsed(text: &str) -> Option<Self> {
        Self::parse(text)
    }
}

impl WireName for RemotePreference {
    const ALL: &'static [Self] = &[
        Self::Any,
        Self::Only(RemoteMode::Onsite),
        Self::Only(RemoteMode::Hybrid),
        Self::Only(RemoteMode::Remote),
    ];
    fn name(self) -> &'static str {
        match self {
            Self::Only(mode) => mode.as_str(),
            Self::Any => "any",
        }
    }
    fn parsed(text: &str) -> Option<Self> {
        Self::parse(text)
    }
}

impl WireName for ContractType {
    const ALL: &'static [Self] = &[
        Self::Permanent,
        Self::FixedTerm,
        Self::Temporary,
        Self::Freelance,
        Self::Internship,
        Self::Apprenticeship,
        Self::Seasonal,
        Self::Volunteer,
    ];
    fn name(self) -> &'static str {
        self.as_str()
    }
    fn parsed(text: &str) -> Option<Self> {
        Self::named_in(text)?.first().copied()
    }
}

macro_rules! parse_by_wire_name {
    ($($type:ty),+) => {$(
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                of_wire_name(deserializer)
            }
        }
    )+};
}
parse_by_wire_name!(
    EducationLevel,
    LanguageLevel,
    RemoteMode,
    RemotePreference,
    SalaryPeriod,
    ContractType
);

fn of_wire_name<'de, T: WireName, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    struct Visitor<T>(std::marker::PhantomData<T>);
    impl<T: WireName> de::Visitor<'_> for Visitor<T> {
        type Value = T;
        fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            formatter.write_str("a wire name")
        }
        fn visit_str<E: de::Error>(self, name: &str) -> Result<T, E> {
            T::of_name(name).ok_or_else(|| E::invalid_value(de::Unexpected::Str(name), &self))
        }
    }
    deserializer.deserialize_str(Visitor(std::marker::PhantomData))
}

/// Declares an enum of result documents with the wire names of its values, for writing, parsing and
/// the schema:
///
/// ```ignore
/// wire_names! {
///     /// The outcome of a must-have.
///     pub enum KnockoutOutcome {
///         /// The profile shows that it isn't met.
///         Failed = "not_met",
///     }
/// }
/// ```
///
/// `as_str` returns the wire name.
macro_rules! wire_names {
    (
        $(#[$attribute:meta])*
        pub enum $type:ident {
            $($(#[$description:meta])* $value:ident = $name:literal,)+
        }
    ) => {
        $(#[$attribute])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
        pub enum $type {
            $($(#[$description])* #[serde(rename = $name)] $value,)+
        }

        impl $type {
            /// Returns the wire name.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$value => $name,)+
                }
            }
        }

        impl $crate::scoring::wire_name::WireName for $type {
            const ALL: &'static [Self] = &[$(Self::$value),+];
            fn name(self) -> &'static str {
                self.as_str()
            }
        }
    };
}
pub(super) use wire_names;
