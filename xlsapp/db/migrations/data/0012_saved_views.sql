-- Searches, filters and sorts of a template's records, kept under a name by whoever uses them. Columns stand in `view` by
-- their ids, so that a column that is renamed stays what is looked at.

CREATE TABLE saved_views (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    import_template_id INTEGER NOT NULL REFERENCES import_templates (id) ON DELETE CASCADE,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    view TEXT NOT NULL,
    created_at TEXT NOT NULL,
    UNIQUE (import_template_id, user_id, name)
);
