-- What changes while a report is being written makes it outdated before it is saved.
ALTER TABLE batches ADD COLUMN report_generation bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN batches.report_generation IS 'Grows whenever the ranking may have changed: dead letters are retried, results get other weights. A report of an older one is not saved.';

-- Rows are written before the documents are stored, too, lest those of a run that records nothing stay.
COMMENT ON TABLE orphaned_documents IS 'Documents that no row points to any more, or yet, until they are deleted from the document store.';
COMMENT ON COLUMN orphaned_documents.since IS 'When its row was replaced or deleted, a reader may still be fetching it then; of a document that is about to be stored, when a row has to point to it.';
