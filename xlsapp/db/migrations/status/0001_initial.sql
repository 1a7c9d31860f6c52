-- Entries that expire: job statuses and sign-in sessions. May be deleted any time.

CREATE TABLE entries (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    is_final BOOLEAN NOT NULL DEFAULT FALSE,
    expires_at DOUBLE PRECISION NOT NULL
);

CREATE INDEX entries_by_expiry ON entries (expires_at);
