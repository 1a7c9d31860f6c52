"""What each staged row does to the records: makes a new one, changes one, nothing; or it is stopped.

What is staged stays as it is, so that a plan can be made anew.

    planned   row, record_id, action: create, update, unchanged, not_found, or rejected; same_keys: how many
              records have the key columns by which it was matched
"""

from xlsapp.db.beside import Beside
from xlsapp.errors import NotFound
from xlsapp.models import TemplateColumn
from xlsapp.repositories.history.copies import table_name as history_table
from xlsapp.repositories.merging.applying import default_params, same_as_stored
from xlsapp.repositories.merging.findings import Findings
from xlsapp.repositories.merging.lookalikes import looks_of_rows, single_folds, warn_of_lookalikes
from xlsapp.repositories.merging.matching import INDEX_RECORDS_SQL, PLAN_ALL_SQL, match_rows
from xlsapp.repositories.merging.merging import Found, MergePlan, Merging, Shortened
from xlsapp.repositories.merging.mixed import MIXED_SQL, find_moved
from xlsapp.repositories.merging.older_forms import compared_records, older_forms_matched
from xlsapp.repositories.merging.shortened import restore_shortened
from xlsapp.repositories.merging.unique import check_unique
from xlsapp.repositories.records.data_records import column_name, table_name

PLANNED = """
    row INTEGER PRIMARY KEY, record_id INTEGER, action TEXT NOT NULL DEFAULT 'create',
    same_keys INTEGER NOT NULL DEFAULT 0
"""

RECORDS_VERSION_SQL = "SELECT records_version FROM data.import_templates WHERE id = :template_id"

REJECT_SQL = "UPDATE planned SET action = 'rejected' WHERE row IN (SELECT row FROM stopped)"

COUNT_ACTIONS_SQL = "SELECT action, COUNT(*) FROM planned GROUP BY action"


def make_plan(conn: Beside, merging: Merging) -> MergePlan:
    """Fill `planned`, and `found` with all that speaks against it. Raises NotFound."""
    version = conn.one(RECORDS_VERSION_SQL, template_id=merging.template.id)
    if version is None:
        raise NotFound(f"import template {merging.template.id}")
    conn.filled("staged", "row", "record_id", *map(column_name, _staged_columns(merging)))
    conn.new_table("planned", PLANNED)
    findings = Findings(conn)
    looks = looks_of_rows(conn, merging)
    records = compared_records(conn, merging, single_folds(looks))
    shortened: tuple[Shortened, ...] = ()
    if merging.matches:
        match_rows(conn, merging, records, findings)
        shortened = _mark_unchanged(conn, merging)
        _compare(conn, merging, findings)
    else:
        conn.fill("planned", "row", PLAN_ALL_SQL)
    conn.run(INDEX_RECORDS_SQL)
    conn.filled("planned")
    apart = [
        each.columns[0] for each in looks if each.is_folded and each.are_apart and len(each.columns) == 1
    ]
    check_unique(conn, merging, records, findings, apart=apart)
    warn_of_lookalikes(conn, merging, looks, records, findings)
    conn.run(REJECT_SQL)
    actions = dict(conn.rows(COUNT_ACTIONS_SQL))
    counted = conn.one(_count_missing_sql(merging.template.id)) if merging.removes_others else None
    deleted, stored = counted or (0, 0)
    return MergePlan(
        records_version=version[0],
        created=actions.get("create", 0),
        updated=actions.get("update", 0),
        unchanged=actions.get("unchanged", 0),
        rejected=actions.get("rejected", 0),
        deleted=deleted,
        stored=stored,
        findings=findings.all,
        not_found=actions.get("not_found", 0),
        older_forms=older_forms_matched(conn, merging.keys, records) if merging.keys else (),
        shortened=shortened,
    )


def _staged_columns(merging: Merging) -> list[TemplateColumn]:
    """Those by which staged rows are asked for."""
    return [column for column in merging.compared if column in merging.columns]


def _mark_unchanged(conn: Beside, merging: Merging) -> tuple[Shortened, ...]:
    """Tell rows that change something from those that do not. Returns what was only shortened."""
    mark, defaults = _mark_unchanged_sql(merging), default_params(merging.defaults_for_known)
    conn.run(mark, **defaults)
    shortened = tuple(restore_shortened(conn, merging)) if merging.has_ids else ()
    if shortened:
        conn.run(mark, **defaults)
    return shortened


def _compare(conn: Beside, merging: Merging, findings: Findings) -> None:
    """Find edits that would be lost, rows beside others' ids, and blanks that cannot be."""
    template = merging.template
    if merging.has_ages:
        _look_for_edits(conn, merging, findings)
        if find_moved(conn, merging):
            findings.look(Found.MIXED, MIXED_SQL)
    if merging.only_known or not merging.keeps_blanks or not template.record_count:
        return  # no record is made; or no blank can stay, so the reader has found each of them
    for column in template.columns:
        in_file, only_warns = column in merging.columns, "required" in column.rules.warnings
        if not column.required or column in merging.defaults:
            continue
        if not in_file and only_warns:
            continue  # the reader has warned of it, once
        findings.look(
            Found.BLANK, _blank_in_new_sql(column, in_file=in_file), columns=[column], only_warns=only_warns
        )


def _mark_unchanged_sql(merging: Merging) -> str:
    """Mark rows that say just what is stored."""
    return f"""
        UPDATE planned SET action = 'unchanged'
        FROM staged AS s, data.{table_name(merging.template.id)} AS r
        WHERE s.row = planned.row AND r.id = planned.record_id AND {same_as_stored(merging)}
    """


def _look_for_edits(conn: Beside, merging: Merging, findings: Findings) -> None:
    """Find rows whose record was changed since it was exported, by others than this workbook itself."""
    template_id, query = merging.template.id, _edited_since_sql(merging.template.id)
    if conn.one("SELECT 1 FROM data.histories WHERE import_template_id = :id", id=template_id) is None:
        findings.look(Found.EDITED_SINCE, query)
        return
    findings.look(
        Found.EDITED_SINCE,
        f"{query} AND {_by_others_sql(template_id)}",
        file_name=merging.file_name,
        imported_by=merging.imported_by,
    )


def _edited_since_sql(template_id: int) -> str:
    return f"""
        SELECT s.row, r.id, r.updated_at FROM planned AS p
        JOIN staged AS s ON s.row = p.row JOIN data.{table_name(template_id)} AS r ON r.id = p.record_id
        WHERE p.action = 'update' AND s.record_id = r.id AND s.updated_at <> {_age_of("r")}
    """


def _age_of(record: str) -> str:
    """The age of a record, in the form in which a staged row `s` has its own."""
    # Workbooks of older versions have times, those of the first in whole seconds, as the API shows them too.
    return (
        f"CASE WHEN s.updated_at LIKE 'r%' THEN 'r' || CAST({record}.revision AS TEXT)"
        f" WHEN length(s.updated_at) > 20 THEN {record}.updated_at"
        f" ELSE substr({record}.updated_at, 1, 19) || 'Z' END"
    )


def _by_others_sql(template_id: int) -> str:
    """Whether more than imports of this file has changed a record `r` since it had the row's age."""
    history = f"data.{history_table(template_id)}"
    return f"""
        NOT EXISTS (
            SELECT 1 FROM {history} AS k
            WHERE k.record_id = r.id AND k.what = 'changed' AND {_age_of("k")} = s.updated_at AND NOT EXISTS (
                SELECT 1 FROM {history} AS l JOIN data.changes AS c ON c.id = l.change_id
                WHERE l.record_id = r.id AND l.id >= k.id AND NOT (
                    c.kind = 'import' AND c.file_name = :file_name AND c.user_id = :imported_by
                )
            )
        )
    """


def _blank_in_new_sql(column: TemplateColumn, *, in_file: bool) -> str:
    blank = f"AND s.{column_name(column)} IS NULL" if in_file else ""
    return f"""
        SELECT s.row, '', NULL FROM planned AS p JOIN staged AS s ON s.row = p.row
        WHERE p.action = 'create' {blank}
    """


def _count_missing_sql(template_id: int) -> str:
    """How many records no row is, and how many records there are."""
    return f"""
        SELECT COUNT(*) - COUNT(p.record_id), COUNT(*) FROM data.{table_name(template_id)} AS r
        LEFT JOIN (SELECT DISTINCT record_id FROM planned WHERE record_id IS NOT NULL) AS p
        ON p.record_id = r.id
    """
