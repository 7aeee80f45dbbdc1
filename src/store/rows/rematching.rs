//! Rows of changed documents.

use sqlx_macros::FromRow;

use crate::{
    domain::identifiers::ProfileId,
    store::{ChangeMark, ChangedDocument},
};

/// A changed document, with one counterpart of its stale results.
#[derive(FromRow)]
pub(in crate::store) struct ChangedDocumentRow {
    id: ProfileId,
    document_version: i64,
    counterpart_id: Option<ProfileId>,
}

/// Returns the documents of these rows, in which those of one document are neighbours.
pub(in crate::store) fn changed_documents(rows: Vec<ChangedDocumentRow>) -> Vec<ChangedDocument> {
    let mut documents: Vec<ChangedDocument> = Vec::new();
    for row in rows {
        if documents.last().is_none_or(|last| last.id != row.id) {
            documents.push(ChangedDocument {
                id: row.id,
                mark: ChangeMark {
                    document_version: row.document_version,
                    profile: row.id.number(),
                },
                stale: vec![],
            });
        }
        if let Some(document) = documents.last_mut() {
            document.stale.extend(row.counterpart_id);
        }
    }
    documents
}
