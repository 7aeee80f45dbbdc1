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
pub trait StableName: Copy {
    /// Returns the wire name.
    fn name(self) -> &'static str;
    /// Parses a wire name.
    fn of_name(name: &str) -> Option<Self>;
}

impl StableName for EducationLevel {
    fn name(self) -> &'static str {
        self.as_str()
    }
    fn of_name(name: &str) -> Option<Self> {
        Self::parse(name)
    }
}

impl StableName for LanguageLevel {
    fn name(self) -> &'static str {
        self.as_str()
    }
    fn of_name(name: &str) -> Option<Self> {
        Self::parse(name)
    }
}

impl StableName for RemoteMode {
    fn name(self) -> &'static str {
        self.as_str()
    }
    fn of_name(name: &str) -> Option<Self> {
        Self::parse(name)
    }
}

impl StableName for SalaryPeriod {
    fn name(self) -> &'static str {
        self.as_str()
    }
    fn of_name(name: &str) -> Option<Self> {
        Self::parse(name)
    }
}

impl StableName for RemotePreference {
    fn name(self) -> &'static str {
        match self {
            Self::Only(mode) => mode.as_str(),
            Self::Any => "any",
        }
    }
    fn of_name(name: &str) -> Option<Self> {
        Self::parse(name)
    }
}

impl StableName for ContractType {
    fn name(self) -> &'static str {
        self.as_str()
    }
    fn of_name(name: &str) -> Option<Self> {
        Self::named_in(name)?.first().copied()
    }
}

/// A value that serde deserialises from its wire name.
#[derive(Clone, Copy)]
struct Named<T>(T);

impl<'de, T: StableName> Deserialize<'de> for Named<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor<T>(std::marker::PhantomData<T>);
        impl<T: StableName> de::Visitor<'_> for Visitor<T> {
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

pub fn deserialize<'de, T: StableName, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    Named::deserialize(deserializer).map(|named| named.0)
}

/// Deserialises an optional value.
pub mod optional {
    use super::{Deserialize, Deserializer, Named, StableName};

    pub fn deserialize<'de, T: StableName, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<T>, D::Error> {
        Ok(Option::<Named<T>>::deserialize(deserializer)?.map(|named| named.0))
    }
}

/// Deserialises a list of values.
pub mod list {
    use super::{Deserialize, Deserializer, Named, StableName};

    pub fn deserialize<'de, T: StableName, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<T>, D::Error> {
        let words = Vec::<Named<T>>::deserialize(deserializer)?;
        Ok(words.into_iter().map(|named| named.0).collect())
    }
}
