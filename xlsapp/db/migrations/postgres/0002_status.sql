-- What expires by itself: statuses of jobs, sessions, claims of idempotency keys, and what throttles count. As in
-- status.sqlite3, whoever deletes it all loses nothing that is precious.

CREATE SCHEMA status;

CREATE TABLE status.entries (
    key TEXT COLLATE "C" PRIMARY KEY,
    value TEXT COLLATE "C" NOT NULL,
    is_final BOOLEAN NOT NULL,
    expires_at DOUBLE PRECISION NOT NULL,
    -- Every merge moves the expiry; the index moves only every ten minutes, so that a new version of a row
    -- goes beside the old one.
    expires_period BIGINT NOT NULL GENERATED ALWAYS AS (floor(expires_at / 600)::bigint) STORED
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01, autovacuum_analyze_scale_factor = 0.01);

CREATE INDEX entries_by_period ON status.entries (expires_period);

-- Told to every web process, once what was written is there for all: that a job of a user has changed, or that a
-- session was ended. Both are the keys alone.
CREATE FUNCTION status.tell() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('xlsapp', NEW.key);
    RETURN NULL;
END
$$;

CREATE TRIGGER told AFTER INSERT OR UPDATE ON status.entries
FOR EACH ROW WHEN (NEW.key LIKE 'user\_job:%' OR NEW.key LIKE 'ended\_session:%')
EXECUTE FUNCTION status.tell();

CREATE TABLE status.tries (
    key TEXT COLLATE "C" PRIMARY KEY,
    back_at DOUBLE PRECISION NOT NULL
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01, autovacuum_analyze_scale_factor = 0.01);

CREATE INDEX tries_by_time ON status.tries (back_at);

CREATE TABLE data.secrets (
    name TEXT COLLATE "C" PRIMARY KEY,
    value TEXT COLLATE "C" NOT NULL
);
