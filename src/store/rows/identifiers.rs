//! Columns of ids: how the databases hold the domain's types.

use sqlx::{
    Database, Decode, Encode, Type,
    encode::IsNull,
    error::BoxDynError,
    postgres::{PgHasArrayType, PgTypeInfo},
};

use crate::domain::identifiers::{
    BatchId, CandidateId, DeliveryId, EndpointId, JobId, JobPostingId, ProfileId, TaskId, WorkId,
};

/// Lets columns of this type be read as these ids. Values of rows are not parsed again.
macro_rules! columns {
    ($column:ty: $($id:ty),+) => { $(
        impl<D: Database> Type<D> for $id
        where
            $column: Type<D>,
        {
            fn type_info() -> D::TypeInfo {
                <$column as Type<D>>::type_info()
            }

            fn compatible(stored: &D::TypeInfo) -> bool {
                <$column as Type<D>>::compatible(stored)
            }
        }

        impl<'r, D: Database> Decode<'r, D> for $id
        where
            $column: Decode<'r, D>,
        {
            fn decode(value: D::ValueRef<'r>) -> Result<Self, BoxDynError> {
                <$column as Decode<'r, D>>::decode(value).map(Self::from_row)
            }
        }
    )+ };
}

/// Lets ids be bound as numbers, alone or in an array of PostgreSQL.
macro_rules! bound_numbers {
    ($($id:ty),+) => { $(
        impl<'q, D: Database> Encode<'q, D> for $id
        where
            i64: Encode<'q, D>,
        {
            fn encode_by_ref(&self, buffer: &mut D::ArgumentBuffer) -> Result<IsNull, BoxDynError> {
                <i64 as Encode<'q, D>>::encode_by_ref(&self.number(), buffer)
            }
        }

        impl PgHasArrayType for $id {
            fn array_type_info() -> PgTypeInfo {
                <i64 as PgHasArrayType>::array_type_info()
            }
        }
    )+ };
}

columns!(String: BatchId, DeliveryId, EndpointId, JobId, TaskId, WorkId);
columns!(i64: CandidateId, JobPostingId, ProfileId);
bound_numbers!(CandidateId, JobPostingId, ProfileId);
