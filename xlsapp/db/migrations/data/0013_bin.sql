-- Since when a template lies in the bin. There its name has its id behind it, so that another one may have the name.

ALTER TABLE import_templates ADD COLUMN deleted_at TEXT;
