-- A second factor beside the password: what an app on a phone computes its codes from, and codes for when it is lost.
-- `last_step` is the half minute of the last code that was taken: none is taken twice. Of a recovery code only its hash
-- is kept, and it goes when it is used.

CREATE TABLE second_factors (
    user_id INTEGER PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    secret TEXT NOT NULL,
    last_step INTEGER NOT NULL,
    created_at TEXT NOT NULL
);

CREATE TABLE recovery_codes (
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    code_hash TEXT NOT NULL,
    PRIMARY KEY (user_id, code_hash)
);
