//! Documents in a local folder, for the embedded service: one file for each key.
//!
//! A document is written to a temporary file, flushed to disk and renamed, so that a reader or a
//! crash sees either the old document or the new one, never a part. A crash in between may leave a
//! file in `.unfinished`; [`FolderStore::check`] removes those older than a day.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use async_trait::async_trait;
use ulid::Ulid;

use super::{DocumentError, DocumentStore, validate};

/// The folder of temporary files. No key can name it, since no segment of a key starts with a dot.
const UNFINISHED: &str = ".unfinished";
const UNFINISHED_LIFETIME: Duration = Duration::from_hours(24);

/// Documents as files below one folder. Several processes may share it.
#[derive(Debug, Clone)]
pub struct FolderStore {
    root: PathBuf,
}

impl FolderStore {
    /// Creates a store in this folder. The first write or check creates the folder.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Path) -> io::Result<T> + Send + 'static,
    ) -> Result<T, DocumentError> {
        let root = self.root.clone();
        tokio::task::spawn_blocking(move || work(&root))
            .await
            .map_err(DocumentError::unavailable)?
            .map_err(classify)
    }
}

/// Classifies an I/O error. A full or failing disk may recover by itself; a missing permission or
/// folder needs an operator.
fn classify(error: io::Error) -> DocumentError {
    match error.kind() {
        ErrorKind::PermissionDenied
        | ErrorKind::ReadOnlyFilesystem
        | ErrorKind::NotADirectory
        | ErrorKind::IsADirectory => DocumentError::Unusable(error.into()),
        _ => DocumentError::unavailable(error),
    }
}

#[async_trait]
impl DocumentStore for FolderStore {
    /// Ignores the content type, which a file doesn't have.
    async fn put(
        &self,
        key: &str,
        _content_type: &str,
        bytes: Vec<u8>,
    ) -> Result<(), DocumentError> {
        validate(key)?;
        let key = key.to_owned();
        self.blocking(move |root| write(root, &key, &bytes)).await
    }

    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, DocumentError> {
        validate(key)?;
        let key = key.to_owned();
        self.blocking(move |root| absent_as_none(fs::read(root.join(key))))
            .await
    }

    async fn delete(&self, key: &str) -> Result<(), DocumentError> {
        validate(key)?;
        let key = key.to_owned();
        self.blocking(move |root| {
            let path = root.join(key);
            if absent_as_none(fs::remove_file(&path))?.is_some() {
                sync_parent(&path)?;
            }
            Ok(())
        })
        .await
    }

    /// Writes and removes a small file, which detects a missing permission and a full or read-only
    /// disk.
    async fn check(&self) -> Result<(), DocumentError> {
        self.blocking(|root| {
            let unfinished = root.join(UNFINISHED);
            fs::create_dir_all(&unfinished)?;
            let probe = unfinished.join(Ulid::generate().to_string());
            let written = write_durably(&probe, b"check");
            fs::remove_file(&probe).or_else(|error| written.and(Err(error)))?;
            remove_abandoned(&unfinished)
        })
        .await
    }
}

fn write(root: &Path, key: &str, bytes: &[u8]) -> io::Result<()> {
    let unfinished = root.join(UNFINISHED);
    let place = root.join(key);
    fs::create_dir_all(&unfinished)?;
    if let Some(folder) = place.parent() {
        create_durably(root, folder)?;
    }
    let temporary = unfinished.join(Ulid::generate().to_string());
    let outcome = write_durably(&temporary, bytes)
        .and_then(|()| fs::rename(&temporary, &place))
        .and_then(|()| sync_parent(&place));
    if outcome.is_err() {
        // The first error is the one to report; if this removal fails, a later check removes the
        // file.
        let _ = fs::remove_file(&temporary);
    }
    outcome
}

fn write_durably(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Creates the folders of a key, flushing each new name to disk.
fn create_durably(root: &Path, folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    if let Some(parent) = folder.parent().filter(|parent| parent.starts_with(root)) {
        create_durably(root, parent)?;
    }
    fs::create_dir_all(folder)?;
    sync_parent(folder)
}

/// Makes a name durable: on Unix, names are the folder's content.
fn sync_parent(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) if cfg!(unix) => File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}

fn absent_as_none<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::IsADirectory
            ) =>
        {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

fn remove_abandoned(unfinished: &Path) -> io::Result<()> {
    for entry in fs::read_dir(unfinished)? {
        let entry = entry?;
        // Another process may be finishing or removing the same file.
        let Some(metadata) = absent_as_none(entry.metadata())? else {
            continue;
        };
        let age = metadata.modified()?.elapsed().unwrap_or_default();
        if age > UNFINISHED_LIFETIME {
            absent_as_none(fs::remove_file(entry.path()))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;
    use crate::documents::{
        MAXIMUM_KEY_LENGTH,
        contract::{self, contract_of},
    };

    struct InFolder {
        folder: tempfile::TempDir,
        store: FolderStore,
    }

    impl contract::Adapter for InFolder {
        async fn start() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let store = FolderStore::new(folder.path().join("not/there/yet"));
            Self { folder, store }
        }

        fn store(&self) -> &dyn DocumentStore {
            &self.store
        }

        /// Returns a store below a file.
        fn misconfigured(&self) -> Box<dyn DocumentStore> {
            let file = self.folder.path().join("file");
            File::create(&file).unwrap();
            Box::new(FolderStore::new(file.join("below")))
        }
    }

    contract_of!(InFolder);

    #[tokio::test]
    async fn the_longest_key_is_stored() {
        let folder = tempfile::tempdir().unwrap();
        let store = FolderStore::new(folder.path());
        let key = [255, 254, 1].map(|length| "a".repeat(length)).join("/");
        assert_eq!(key.len(), MAXIMUM_KEY_LENGTH);
        store.put(&key, "text/plain", b"x".to_vec()).await.unwrap();
        assert_eq!(store.get(&key).await.unwrap(), Some(b"x".to_vec()));
    }

    #[tokio::test]
    async fn nothing_unfinished_is_left_behind() {
        let folder = tempfile::tempdir().unwrap();
        let store = FolderStore::new(folder.path());
        store.put("a/b", "text/plain", b"x".to_vec()).await.unwrap();
        // The file system refuses a key that is a prefix folder of another one.
        let error = store
            .put("a", "text/plain", b"x".to_vec())
            .await
            .unwrap_err();
        assert!(matches!(error, DocumentError::Unusable(_)), "{error:?}");
        store.check().await.unwrap();
        let unfinished = folder.path().join(UNFINISHED);
        assert_eq!(fs::read_dir(unfinished).unwrap().count(), 0);
        assert_eq!(store.get("a").await.unwrap(), None);
        assert_eq!(store.get("a/b/c").await.unwrap(), None);
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "gives a file an age, which its clean-up reads"
    )]
    #[tokio::test]
    async fn a_check_removes_what_a_crash_left_long_ago() {
        let folder = tempfile::tempdir().unwrap();
        let store = FolderStore::new(folder.path());
        store.check().await.unwrap();
        let unfinished = folder.path().join(UNFINISHED);
        File::create(unfinished.join("recent")).unwrap();
        File::create(unfinished.join("old"))
            .unwrap()
            .set_modified(SystemTime::now() - Duration::from_hours(48))
            .unwrap();
        store.check().await.unwrap();
        assert!(unfinished.join("recent").exists());
        assert!(!unfinished.join("old").exists());
    }

    #[test]
    fn a_missing_right_is_not_waited_for_and_a_full_disk_is() {
        for kind in [ErrorKind::PermissionDenied, ErrorKind::ReadOnlyFilesystem] {
            assert!(!classify(kind.into()).is_retryable(), "{kind}");
        }
        assert!(classify(ErrorKind::StorageFull.into()).is_retryable());
    }
}
