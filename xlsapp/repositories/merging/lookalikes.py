"""Keys and unique values that hardly differ from another row's or a record's: in case or blanks alone.

That there are none is found out at C speed, and nearly always so; only then are they looked for one by one.

    folded_rows   row, value, fold: what rows have in some columns, as it is and as it is compared here
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from xlsapp.db.beside import Beside
from xlsapp.models import TEXT_TYPES, TemplateColumn
from xlsapp.repositories.merging.findings import Findings
from xlsapp.repositories.merging.merging import Found, Merging
from xlsapp.repositories.merging.older_forms import (
    BETWEEN_TEXTS,
    Compared,
    has_unmatched,
    records_sql,
    texts_of,
)
from xlsapp.repositories.records.data_records import column_name
from xlsapp.visible import Looks, all_folded

BETWEEN_COLUMNS = "\x1e"

UNMATCHED = "NOT EXISTS (SELECT 1 FROM planned AS q WHERE q.record_id = r.id)"


@dataclass(slots=True)
class RowLooks:
    """How the rows' values in some columns look, and that by hashes of it."""

    columns: tuple[TemplateColumn, ...]
    folds: set[int] = field(default_factory=set)
    is_folded: bool = False
    are_apart: bool = True
    """No value looks like another one."""

    def fold(self, conn: Beside) -> None:
        """Gather how all of them look."""
        texts = 0
        for folded in _all_folded(conn, self.columns, "staged", "row"):
            self.folds.update(map(hash, folded))
            texts += len(folded)
        self.is_folded, self.are_apart = True, len(self.folds) == texts


def looks_of_rows(conn: Beside, merging: Merging) -> list[RowLooks]:
    """Of the keys together, and of each column whose values may be there once."""
    columns = [c for c in merging.template.columns if c.rules.unique and c in merging.columns]
    found = []
    for together in dict.fromkeys([merging.keys, *((column,) for column in columns)]):
        if any(column.type in TEXT_TYPES for column in together):
            found.append(looks := RowLooks(together))
            if not _are_apart(together, merging.looks, merging.looks):
                looks.fold(conn)
    return found


def single_folds(looks: Iterable[RowLooks]) -> dict[TemplateColumn, set[int]]:
    """How the values of single columns look, where that was gathered."""
    return {each.columns[0]: each.folds for each in looks if each.is_folded and len(each.columns) == 1}


def warn_of_lookalikes(
    conn: Beside, merging: Merging, looks: Iterable[RowLooks], records: Compared, findings: Findings
) -> None:
    """Find them, row by row."""
    for each in looks:
        _Lookalikes(conn, merging, each, records, findings).warn()


class _Lookalikes:
    """Those of some columns together."""

    def __init__(
        self, conn: Beside, merging: Merging, rows: RowLooks, records: Compared, findings: Findings
    ) -> None:
        self._conn, self._merging, self._rows, self._columns = conn, merging, rows, rows.columns
        self._records, self._findings = records, findings

    def warn(self) -> None:
        among_rows, against_records = not self._rows.are_apart, self._like_a_record()
        if among_rows or against_records:
            self._put_folded()
        if among_rows:
            self._findings.look(Found.LOOKS_LIKE_ROW, LIKE_ROW_SQL, columns=self._columns, only_warns=True)
        if against_records:
            query = self._like_record_sql()
            self._findings.look(Found.LOOKS_LIKE_RECORD, query, columns=self._columns, only_warns=True)

    def _like_a_record(self) -> bool:
        """Whether a row may look like a record that no row is, and that stays."""
        merging, records, rows = self._merging, self._records, self._rows
        if merging.removes_others or not records.count:
            return False
        if len(rows.columns) == 1 and rows.columns[0] in records.alike:
            return records.alike[rows.columns[0]]
        in_records = {column.id: looks for column, looks in records.looks.items()}
        if _are_apart(rows.columns, merging.looks, in_records) or not has_unmatched(self._conn, records):
            return False
        if not rows.is_folded:
            rows.fold(self._conn)
        condition = UNMATCHED if merging.matches else "TRUE"
        folded = _all_folded(self._conn, rows.columns, records.table, "id", condition)
        return any(not rows.folds.isdisjoint(map(hash, folds)) for folds in folded)

    def _put_folded(self) -> None:
        a_text = self._conn.dialect.text
        self._conn.new_table("folded_rows", f"row INTEGER PRIMARY KEY, value {a_text}, fold {a_text}")
        text, fold = _text(self._columns, "s"), _text(self._columns, "s", "folded")
        self._conn.run(
            f"INSERT INTO folded_rows SELECT s.row, {text}, {fold} FROM staged AS s WHERE {text} IS NOT NULL"
        )
        self._conn.run("CREATE INDEX folded_rows_by_fold ON folded_rows (fold, value)")

    def _like_record_sql(self) -> str:
        unmatched = UNMATCHED if self._merging.matches else "TRUE"
        text, fold = _text(self._columns, "r"), _text(self._columns, "r", "folded")
        return f"""
            SELECT f.row, f.value, {records_sql(self._conn, self._records, self._columns, "h.id")} FROM (
                SELECT {fold} AS fold, MIN(r.id) AS id
                FROM {self._records.table} AS r WHERE {unmatched} GROUP BY 1
            ) AS h CROSS JOIN folded_rows AS f ON f.fold = h.fold
            CROSS JOIN {self._records.table} AS r ON r.id = h.id
            WHERE f.value <> {text}
        """


def _are_apart(
    columns: Iterable[TemplateColumn], looks: Mapping[int, Looks], others: Mapping[int, Looks]
) -> bool:
    """Whether values surely do not look like others: both by columns' ids, where they are known."""
    texts = (column.id for column in columns if column.type in TEXT_TYPES)
    return all(i in looks and i in others and looks[i].are_apart_from(others[i]) for i in texts)


def _all_folded(
    conn: Beside, columns: Sequence[TemplateColumn], table: str, number: str, condition: str = "TRUE"
) -> Iterator[list[str]]:
    """How what a table has in some columns looks, many rows at once."""
    for _, joined in texts_of(conn, table, number, [_text(columns, "r")], condition):
        if joined:
            yield all_folded(joined, BETWEEN_TEXTS, BETWEEN_COLUMNS)


def _text(columns: Iterable[TemplateColumn], table: str, function: str = "") -> str:
    """What a row has in some columns, in SQL; NULL where it lacks one of them."""
    return f" || '{BETWEEN_COLUMNS}' || ".join(
        f"{function if column.type in TEXT_TYPES else ''}({table}.{column_name(column)})"
        for column in columns
    )


LIKE_ROW_SQL = """
    SELECT f.row, f.value, g.first FROM (
        SELECT fold, MIN(row) AS first FROM folded_rows GROUP BY fold HAVING COUNT(DISTINCT value) > 1
    ) AS g CROSS JOIN folded_rows AS f ON f.fold = g.fold
    WHERE f.value <> (SELECT value FROM folded_rows WHERE row = g.first)
"""
