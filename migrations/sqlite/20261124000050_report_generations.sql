-- What changes while a report is being written makes it outdated before it is saved.

-- Grows whenever the ranking may have changed: dead letters are retried, results get other weights. A
-- report of an older one is not saved.
ALTER TABLE batches ADD COLUMN report_generation INTEGER NOT NULL DEFAULT 0;

-- Rows of orphaned_documents are written before the documents are stored, too, lest those of a run
-- that records nothing stay: documents that no row points to any more, or yet. Their `since` is then
-- when a row has to point to them.
