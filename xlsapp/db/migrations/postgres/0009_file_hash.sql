-- The SHA-256 of an import's file: the very same one is asked about before it is added again. NULL before this version.

ALTER TABLE data.imports ADD COLUMN file_hash TEXT COLLATE "C";

CREATE INDEX imports_by_file ON data.imports (import_template_id, file_hash);
