//! Wire names of domain values in result documents; the same names as in profile documents.

use std::fmt;

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
    /// Parses a text by the rules of profiles.
    fn parsed(text: &str) -> Option<Self>;
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

/// A value that serde deserialises from its wire name.
#[derive(Clone, Copy)]
struct Named<T>(T);

impl<'de, T: WireName> Deserialize<'de> for Named<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor<T>(std::marker::PhantomData<T>);
        impl<T: WireName> de::Visitor<'_> for Visitor<T> {
            type Value = Named<T>;
            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a stable name")
            }
            fn visit_str<E: de::Error>(self, name: &str) -> Result<Self::Value, E> {
                T::of_name(name)
                    .map(Named)
                    .ok_or_else(|| E::invalid_value(de::Unexpected::Str(name), &self))
            }
        }
        deserializer.deserialize_str(Visitor(std::marker::PhantomData))
    }
}

pub fn deserialize<'de, T: WireName, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    Named::deserialize(deserializer).map(|named| named.0)
}

/// Deserialises an optional value.
pub mod optional {
    use super::{Deserialize, Deserializer, Named, WireName};

    pub fn deserialize<'de, T: WireName, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<T>, D::Error> {
        Ok(Option::<Named<T>>::deserialize(deserializer)?.map(|named| named.0))
    }
}

/// Deserialises a list of values.
pub mod list {
    use super::{Deserialize, Deserializer, Named, WireName};

    pub fn deserialize<'de, T: WireName, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<T>, D::Error> {
        let words = Vec::<Named<T>>::deserialize(deserializer)?;
        Ok(words.into_iter().map(|named| named.0).collect())
    }
}
