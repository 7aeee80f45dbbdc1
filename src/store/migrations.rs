//! The rules that the migrations of both adapters share.

use sqlx::migrate::Migrator;

use super::StoreError;

/// The first migration of development versions, from before the first release.
pub(super) const FIRST_OF_DEVELOPMENT: i64 = 20_261_123_000_001;

/// Returns the migrations, set to tolerate versions that a newer binary has applied, so that an
/// older binary can start again after a rollback. The adapters take the lock themselves.
pub(super) fn of(mut migrations: Migrator) -> Migrator {
    migrations.set_ignore_missing(true).set_locking(false);
    migrations
}

/// Checks that the newest of the applied versions is at least this binary's.
pub(super) fn check(migrations: &Migrator, applied: &[i64]) -> Result<(), StoreError> {
    refuse_development(applied)?;
    let newest = migrations.iter().map(|migration| migration.version).max();
    if applied.iter().copied().max() >= newest {
        Ok(())
    } else {
        Err(StoreError::SchemaOutdated)
    }
}

/// Refuses tables of a development version.
pub(super) fn refuse_development(applied: &[i64]) -> Result<(), StoreError> {
    if applied.contains(&FIRST_OF_DEVELOPMENT) {
        Err(StoreError::DevelopmentSchema)
    } else {
        Ok(())
    }
}
