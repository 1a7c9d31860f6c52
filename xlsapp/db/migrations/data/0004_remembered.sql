-- What was answered of a column when an import asked how its values are meant: see models.Remembered.

ALTER TABLE template_columns ADD COLUMN remembered TEXT NOT NULL DEFAULT '{}';
