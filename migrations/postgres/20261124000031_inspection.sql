-- For `matching doctor`, which must not read what is large: rows that keep no document themselves,
-- reports in the document store, and batches that have not ended.
CREATE INDEX results_kept_elsewhere ON results (document_key) WHERE document IS NULL;
CREATE INDEX batches_reported_elsewhere ON batches (report_key) WHERE report_key IS NOT NULL;
CREATE INDEX batches_open ON batches (id) WHERE finished_at IS NULL;
