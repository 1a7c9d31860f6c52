-- The SHA-256 of an import's file: the very same one is asked about before it is added again. NULL before this version.

ALTER TABLE imports ADD COLUMN file_hash TEXT;

CREATE INDEX imports_by_file ON imports (import_template_id, file_hash);
