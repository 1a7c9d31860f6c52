-- Whether a template's files have a header row. Where they have none, columns are known by their letters.

ALTER TABLE import_templates ADD COLUMN has_header BOOLEAN NOT NULL DEFAULT TRUE;
