//! The rules that the migrations of both adapters share.

use sqlx::migrate::Migrator;

use super::StoreError;

/// Returns the migrations, set to tolerate versions that a newer binary has applied, so that an
/// older binary can start again after a rollback.
pub(super) fn of(mut migrations: Migrator) -> Migrator {
    migrations.set_ignore_missing(true);
    migrations
}

/// Checks that the newest version applied is at least this binary's.
pub(super) fn check(migrations: &Migrator, applied: Option<i64>) -> Result<(), StoreError> {
    if applied >= migrations.iter().map(|migration| migration.version).max() {
        Ok(())
    } else {
        Err(StoreError::SchemaOutdated)
    }
}
