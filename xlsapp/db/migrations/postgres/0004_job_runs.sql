-- Who works on a job, and in which attempt. On several hosts one that was cut off, or stood still, may come back and go
-- on with what another has begun anew meanwhile: only the attempt that is here may store anything. By the clock of
-- the database alone.

CREATE TABLE data.job_runs (
    job_id TEXT COLLATE "C" PRIMARY KEY,
    attempt BIGINT NOT NULL,
    holder TEXT COLLATE "C" NOT NULL,
    lease_until TIMESTAMPTZ NOT NULL,
    ended BOOLEAN NOT NULL DEFAULT FALSE    -- given up: no attempt may store anything any more
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01);
