"""Which stored record a staged row is: by the id that an export wrote, else by the key columns."""

from collections.abc import Sequence

from xlsapp.db.beside import Beside
from xlsapp.models import TemplateColumn
from xlsapp.repositories.merging.findings import FIRST_RIGHT, Findings
from xlsapp.repositories.merging.merging import Found, Merging
from xlsapp.repositories.merging.older_forms import Compared, find_clashes
from xlsapp.repositories.records.data_records import column_name, table_name


def match_rows(conn: Beside, merging: Merging, records: Compared, findings: Findings) -> None:
    """Plan every row with its record, where there is one."""
    keys = merging.keys
    if merging.has_ids:
        conn.fill("planned", "row", _plan_by_id_sql(merging.template.id))
        if merging.only_known:
            conn.run(f"{NOT_FOUND_SQL} AND row IN (SELECT row FROM staged WHERE record_id IS NOT NULL)")
            findings.look(Found.NOT_FOUND, IDS_NOT_FOUND_SQL, only_warns=True)
        else:
            findings.look(Found.RECORD_GONE, RECORDS_GONE_SQL)
    else:
        conn.fill("planned", "row", PLAN_ALL_SQL)
    if keys:
        _match_by_keys(conn, merging, records, findings)
    if merging.only_known:
        conn.run(NOT_FOUND_SQL)
        query = _not_found_sql(keys[0] if keys else None, has_ids=merging.has_ids)
        findings.look(Found.NOT_FOUND, query, columns=keys, only_warns=True)
    conn.run(INDEX_RECORDS_SQL)
    findings.look(Found.SAME_RECORD, SAME_RECORD_SQL, columns=keys[:1])


def _match_by_keys(conn: Beside, merging: Merging, records: Compared, findings: Findings) -> None:
    keys = merging.keys
    names = [column_name(key) for key in keys]
    conn.run(f"CREATE INDEX IF NOT EXISTS staged_{'_'.join(names)} ON staged ({', '.join(names)})")
    conn.run(_plan_by_keys_sql(keys, records))
    find_clashes(conn, keys, records)
    findings.look(Found.BLANK_KEYS, _blank_keys_sql(keys), columns=keys)
    if not merging.only_known:
        findings.look(Found.SAME_KEYS, _same_new_keys_sql(keys), columns=keys)
    findings.look(Found.AMBIGUOUS_KEYS, AMBIGUOUS_KEYS_SQL, columns=keys)
    findings.look(Found.CLASH, CLASHES_SQL, columns=keys)


PLAN_ALL_SQL = "INSERT INTO planned (row) SELECT row FROM staged"


def _plan_by_id_sql(template_id: int) -> str:
    return f"""
        INSERT INTO planned (row, record_id, action)
        SELECT s.row, r.id, CASE WHEN r.id IS NULL THEN 'create' ELSE 'update' END
        FROM staged AS s LEFT JOIN data.{table_name(template_id)} AS r ON r.id = s.record_id
    """


RECORDS_GONE_SQL = """
    SELECT s.row, s.record_id, NULL FROM staged AS s JOIN planned AS p ON p.row = s.row
    WHERE s.record_id IS NOT NULL AND p.record_id IS NULL
"""


NOT_FOUND_SQL = "UPDATE planned SET action = 'not_found' WHERE action = 'create'"

IDS_NOT_FOUND_SQL = """
    SELECT s.row, s.record_id, NULL FROM staged AS s JOIN planned AS p ON p.row = s.row
    WHERE p.action = 'not_found' AND s.row NOT IN (SELECT row FROM stopped)
"""


def _not_found_sql(key: TemplateColumn | None, *, has_ids: bool) -> str:
    """Rows without an id that are no record, each with its key."""
    value = f"s.{column_name(key)}" if key else "''"
    return f"""
        SELECT s.row, {value}, NULL FROM staged AS s JOIN planned AS p ON p.row = s.row
        WHERE p.action = 'not_found' AND s.row NOT IN (SELECT row FROM stopped)
        {"AND s.record_id IS NULL" if has_ids else ""}
    """


def _plan_by_keys_sql(keys: Sequence[TemplateColumn], records: Compared) -> str:
    """Give rows without a record the one whose key columns agree; the lowest id where several do."""
    names = ", ".join(f"r.{column_name(key)}" for key in keys)
    # Materialized, or SQLite looks through all of `planned` once for each record.
    return f"""
        WITH matched AS MATERIALIZED (
            SELECT s.row, f.id, f.records FROM (
                SELECT {names}, MIN(r.id) AS id, COUNT(*) AS records FROM {records.table} AS r
                WHERE EXISTS (SELECT 1 FROM staged AS s WHERE {_agree(keys, "r")}) GROUP BY {names}
            ) AS f CROSS JOIN staged AS s ON {_agree(keys, "f")}
        )
        UPDATE planned SET record_id = matched.id, action = 'update', same_keys = matched.records
        FROM matched WHERE planned.row = matched.row AND planned.action = 'create'
    """


def _blank_keys_sql(keys: Sequence[TemplateColumn]) -> str:
    blank = " OR ".join(f"s.{column_name(key)} IS NULL" for key in keys)
    return f"""
        SELECT s.row, '', NULL FROM staged AS s JOIN planned AS p ON p.row = s.row
        WHERE p.action = 'create' AND ({blank})
    """


def _same_new_keys_sql(keys: Sequence[TemplateColumn]) -> str:
    names = ", ".join(f"s.{column_name(key)}" for key in keys)
    filled = " AND ".join(f"s.{column_name(key)} IS NOT NULL" for key in keys)
    return f"""
        SELECT s.row, '', f.first FROM (
            SELECT {names}, {FIRST_RIGHT} AS first
            FROM staged AS s JOIN planned AS p ON p.row = s.row LEFT JOIN stopped AS x ON x.row = s.row
            WHERE p.record_id IS NULL AND {filled} GROUP BY {names} HAVING COUNT(*) > 1
        ) AS f CROSS JOIN staged AS s ON {_agree(keys, "f")}
        JOIN planned AS p ON p.row = s.row WHERE p.record_id IS NULL AND s.row <> f.first
    """


AMBIGUOUS_KEYS_SQL = """
    SELECT row, '', same_keys FROM planned WHERE same_keys > 1 AND row NOT IN (SELECT row FROM clashes)
"""

CLASHES_SQL = "SELECT row, '', records FROM clashes"

INDEX_RECORDS_SQL = """
    CREATE INDEX IF NOT EXISTS planned_records ON planned (record_id) WHERE record_id IS NOT NULL
"""

SAME_RECORD_SQL = f"""
    SELECT s.row, s.record_id, f.first FROM (
        SELECT d.record_id, {FIRST_RIGHT} AS first FROM (
            SELECT record_id FROM planned WHERE record_id IS NOT NULL GROUP BY record_id HAVING COUNT(*) > 1
        ) AS d CROSS JOIN planned AS s ON s.record_id = d.record_id LEFT JOIN stopped AS x ON x.row = s.row
        GROUP BY d.record_id
    ) AS f CROSS JOIN planned AS s ON s.record_id = f.record_id
    WHERE s.row <> f.first
"""


def _agree(keys: Sequence[TemplateColumn], other: str) -> str:
    return " AND ".join(f"s.{column_name(key)} = {other}.{column_name(key)}" for key in keys)
