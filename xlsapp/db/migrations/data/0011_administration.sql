-- What the administrator's page changes: accounts that may not come in for now, and settings that count before those of
-- the file. And the audit log: who did what. It is added to and cleared by age, and never changed; the names of accounts
-- that are gone are gone from it, too, as it has but their ids.

ALTER TABLE users ADD COLUMN disabled_at TEXT;

CREATE TABLE server_settings (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE audit_entries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    kind TEXT NOT NULL,
    user_id INTEGER,
    whom_id INTEGER,
    import_template_id INTEGER,
    address TEXT NOT NULL DEFAULT '',
    about TEXT NOT NULL DEFAULT '{}'
);

CREATE INDEX audit_entries_by_kind ON audit_entries (kind, id);
CREATE INDEX audit_entries_by_user ON audit_entries (user_id, id);
