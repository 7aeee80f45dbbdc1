-- Nothing to do: SQLite compresses no columns.
SELECT 1;
