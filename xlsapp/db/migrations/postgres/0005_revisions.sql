-- Every record has a revision: see db/postgres/records_tables.py, which adds it to the tables that are there.
-- A machine that is not upgraded yet makes tables without it: they get it as the template is committed. Only needed until
-- all machines are upgraded.

CREATE FUNCTION data.add_revision() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    records regclass := to_regclass(format('data.records_%s', NEW.id));
BEGIN
    IF records IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM pg_attribute WHERE attrelid = records AND attname = 'revision'
    ) THEN
        EXECUTE format('ALTER TABLE %s ADD COLUMN revision BIGINT NOT NULL DEFAULT 1', records);
    END IF;
    RETURN NULL;
END
$$;

CREATE CONSTRAINT TRIGGER records_get_a_revision AFTER INSERT ON data.import_templates
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION data.add_revision();
