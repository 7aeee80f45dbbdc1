//! Column types that differ between the two databases: a point in time, and a list.

use chrono::{DateTime, Utc};
use sqlx::{
    Database, Decode, Postgres, Sqlite, Type, error::BoxDynError, postgres::PgTypeInfo,
    sqlite::SqliteTypeInfo,
};

use crate::store::StoreError;

/// A point in time: `timestamptz` in PostgreSQL, milliseconds since the epoch in SQLite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::store) struct StoredTime(DateTime<Utc>);

impl StoredTime {
    pub(in crate::store) fn time(self) -> DateTime<Utc> {
        self.0
    }
}

impl Type<Postgres> for StoredTime {
    fn type_info() -> PgTypeInfo {
        <DateTime<Utc> as Type<Postgres>>::type_info()
    }
}

impl<'r> Decode<'r, Postgres> for StoredTime {
    fn decode(value: <Postgres as Database>::ValueRef<'r>) -> Result<Self, BoxDynError> {
        <DateTime<Utc> as Decode<Postgres>>::decode(value).map(Self)
    }
}

impl Type<Sqlite> for StoredTime {
    fn type_info() -> SqliteTypeInfo {
        <i64 as Type<Sqlite>>::type_info()
    }

    fn compatible(stored: &SqliteTypeInfo) -> bool {
        <i64 as Type<Sqlite>>::compatible(stored)
    }
}

impl<'r> Decode<'r, Sqlite> for StoredTime {
    fn decode(value: <Sqlite as Database>::ValueRef<'r>) -> Result<Self, BoxDynError> {
        let milliseconds = <i64 as Decode<Sqlite>>::decode(value)?;
        let time = DateTime::from_timestamp_millis(milliseconds);
        time.map(Self)
            .ok_or_else(|| format!("{milliseconds} ms is no point in time").into())
    }
}

/// Numbers: an array in PostgreSQL, JSON text in SQLite.
#[derive(Debug)]
pub(in crate::store) struct StoredList<T>(pub(super) Vec<T>);

impl<T> Type<Postgres> for StoredList<T>
where
    Vec<T>: Type<Postgres>,
{
    fn type_info() -> PgTypeInfo {
        <Vec<T> as Type<Postgres>>::type_info()
    }
}

impl<'r, T> Decode<'r, Postgres> for StoredList<T>
where
    Vec<T>: Decode<'r, Postgres>,
{
    fn decode(value: <Postgres as Database>::ValueRef<'r>) -> Result<Self, BoxDynError> {
        <Vec<T> as Decode<Postgres>>::decode(value).map(Self)
    }
}

impl<T> Type<Sqlite> for StoredList<T> {
    fn type_info() -> SqliteTypeInfo {
        <str as Type<Sqlite>>::type_info()
    }
}

impl<'r, T: serde::de::DeserializeOwned> Decode<'r, Sqlite> for StoredList<T> {
    fn decode(value: <Sqlite as Database>::ValueRef<'r>) -> Result<Self, BoxDynError> {
        let text = <&str as Decode<Sqlite>>::decode(value)?;
        Ok(Self(serde_json::from_str(text)?))
    }
}

/// Reads a stored name.
///
/// # Errors
/// [`StoreError::UnknownValue`] with the column, if this version doesn't know the name.
pub(in crate::store) fn read<T>(
    column: &'static str,
    value: &str,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<T, StoreError> {
    parse(value).ok_or_else(|| StoreError::UnknownValue {
        column,
        value: value.to_owned(),
    })
}
