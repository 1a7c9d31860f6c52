-- The journal: what was done to records, by whom, and how. What each record was before lies in a table of its
-- template's, history_{import_template_id}: see repositories/history/copies.py.

CREATE TABLE changes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    import_template_id INTEGER NOT NULL REFERENCES import_templates (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    at TEXT NOT NULL,
    user_id INTEGER REFERENCES users (id) ON DELETE SET NULL,
    token TEXT NOT NULL DEFAULT '',
    job_id TEXT,
    import_id INTEGER,
    file_name TEXT NOT NULL DEFAULT '',
    undoes INTEGER,
    undone_by INTEGER,
    created INTEGER NOT NULL DEFAULT 0,
    changed INTEGER NOT NULL DEFAULT 0,
    deleted INTEGER NOT NULL DEFAULT 0,
    returned INTEGER NOT NULL DEFAULT 0,
    first_created INTEGER,
    last_created INTEGER,
    first_copy INTEGER,
    last_copy INTEGER,
    before_first_row INTEGER,
    bytes INTEGER NOT NULL DEFAULT 0,
    details TEXT NOT NULL DEFAULT '{}',
    is_open BOOLEAN NOT NULL DEFAULT FALSE,
    is_whole BOOLEAN NOT NULL DEFAULT TRUE
);

CREATE INDEX changes_by_template ON changes (import_template_id, id);
CREATE INDEX changes_by_user ON changes (user_id);
CREATE UNIQUE INDEX changes_by_job ON changes (job_id);
CREATE INDEX changes_by_import ON changes (import_id);
CREATE INDEX changes_by_created ON changes (import_template_id, first_created) WHERE first_created IS NOT NULL;
CREATE INDEX changes_open ON changes (import_template_id, id) WHERE is_open;

CREATE TABLE histories (
    import_template_id INTEGER PRIMARY KEY REFERENCES import_templates (id) ON DELETE CASCADE,
    since TEXT NOT NULL DEFAULT '',
    columns TEXT
);

INSERT INTO histories (import_template_id, since)
SELECT id, strftime('%Y-%m-%dT%H:%M:%SZ', 'now') FROM import_templates;
