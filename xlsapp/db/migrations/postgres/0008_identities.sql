-- Who an account is to a provider of single sign-on: its issuer, and what it calls the person (`sub`), which never changes.
-- One of each issuer for an account, so that an e-mail address that is given to somebody else opens nothing.

CREATE TABLE data.identities (
    issuer TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    user_id BIGINT NOT NULL REFERENCES data.users (id) ON DELETE CASCADE,
    created_at TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (issuer, subject),
    UNIQUE (user_id, issuer)
);
