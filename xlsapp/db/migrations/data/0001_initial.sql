-- What is precious: accounts, import templates with their columns, and where records came from.
-- The records of a template live in a table of their own, records_{import_template_id}: see
-- repositories/data_records.py.
-- Ids are never used twice: a job, a link or an exported file may outlive what it names.

CREATE TABLE users (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    email TEXT NOT NULL UNIQUE,
    password_hash TEXT NOT NULL,
    created_at TEXT NOT NULL
);

CREATE TABLE import_templates (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    description TEXT NOT NULL DEFAULT '',
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    record_count INTEGER NOT NULL DEFAULT 0,
    UNIQUE (user_id, name)
);

CREATE TABLE template_columns (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    import_template_id INTEGER NOT NULL REFERENCES import_templates (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    type TEXT NOT NULL,
    position INTEGER NOT NULL,
    required BOOLEAN NOT NULL DEFAULT FALSE,
    rules TEXT NOT NULL DEFAULT '{}',
    aliases TEXT NOT NULL DEFAULT '[]'
);

CREATE INDEX template_columns_by_template ON template_columns (import_template_id, position);

CREATE TABLE imports (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    job_id TEXT NOT NULL UNIQUE,
    import_template_id INTEGER NOT NULL REFERENCES import_templates (id) ON DELETE CASCADE,
    user_id INTEGER NOT NULL,
    file_name TEXT NOT NULL,
    created_at TEXT NOT NULL,
    summary TEXT NOT NULL DEFAULT '{}'
);

CREATE INDEX imports_by_template ON imports (import_template_id, id);
