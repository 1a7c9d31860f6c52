-- Every record has a revision: 1 at first, and a higher number after each change of its values.

ALTER TABLE {records} ADD COLUMN revision BIGINT NOT NULL DEFAULT 1;
