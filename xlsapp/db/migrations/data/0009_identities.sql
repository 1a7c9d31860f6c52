-- Who an account is to a provider of single sign-on: its issuer, and what it calls the person (`sub`), which never changes.
-- One of each issuer for an account, so that an e-mail address that is given to somebody else opens nothing.

CREATE TABLE identities (
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at TEXT NOT NULL,
    PRIMARY KEY (issuer, subject),
    UNIQUE (user_id, issuer)
);
