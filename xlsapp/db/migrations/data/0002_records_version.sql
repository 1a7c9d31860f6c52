-- Counts the changes of a template's records, so that an import that compared them in advance can tell whether they
-- are still what it saw.

ALTER TABLE import_templates ADD COLUMN records_version BIGINT NOT NULL DEFAULT 0;
