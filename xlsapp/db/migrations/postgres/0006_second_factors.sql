-- A second factor beside the password: what an app on a phone computes its codes from, and codes for when it is lost.
-- `last_step` is the half minute of the last code that was taken: none is taken twice. Of a recovery code only its hash
-- is kept, and it goes when it is used.

CREATE TABLE data.second_factors (
    user_id BIGINT PRIMARY KEY REFERENCES data.users (id) ON DELETE CASCADE,
    secret TEXT COLLATE "C" NOT NULL,
    last_step BIGINT NOT NULL,
    created_at TEXT COLLATE "C" NOT NULL
);

CREATE TABLE data.recovery_codes (
    user_id BIGINT NOT NULL REFERENCES data.users (id) ON DELETE CASCADE,
    code_hash TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (user_id, code_hash)
);
