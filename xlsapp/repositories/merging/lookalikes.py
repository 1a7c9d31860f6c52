"""Keys and unique values that hardly differ from another row's or a record's: in case or blanks alone.

That there are none is found out at C speed, and nearly always so; only then are they looked for one by one.

    folded_rows   row, value, fold: what rows have in some columns, as it is and as it is compared here
"""

from collections.abc import Iterator, Sequence

from xlsapp.db.beside import Beside
from xlsapp.models import TemplateColumn
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
from xlsapp.repositories.records.selection import TEXT_TYPES
from xlsapp.visible import all_folded

BETWEEN_COLUMNS = "\x1e"

UNMATCHED = "NOT EXISTS (SELECT 1 FROM planned AS q WHERE q.record_id = r.id)"


def warn_of_lookalikes(conn: Beside, merging: Merging, records: Compared, findings: Findings) -> None:
    """Find them, row by row."""
    columns = [c for c in merging.template.columns if c.rules.unique and c in merging.columns]
    looked_at = dict.fromkeys([merging.keys, *((column,) for column in columns)])
    for together in looked_at:
        if any(column.type in TEXT_TYPES for column in together):
            _Lookalikes(conn, merging, together, records, findings).warn()


class _Lookalikes:
    """Those of some columns together."""

    def __init__(
        self,
        conn: Beside,
        merging: Merging,
        columns: Sequence[TemplateColumn],
        records: Compared,
        findings: Findings,
    ) -> None:
        self._conn, self._merging, self._columns = conn, merging, columns
        self._records, self._findings = records, findings
        self._folds: set[int] = set()
        self._are_folded = False

    def warn(self) -> None:
        among_rows = not self._are_apart() and self._fold()
        against_records = self._like_a_record()
        if among_rows or against_records:
            self._put_folded()
        if among_rows:
            self._findings.look(Found.LOOKS_LIKE_ROW, LIKE_ROW_SQL, columns=self._columns, only_warns=True)
        if against_records:
            query = self._like_record_sql()
            self._findings.look(Found.LOOKS_LIKE_RECORD, query, columns=self._columns, only_warns=True)

    def _are_apart(self, *, records: bool = False) -> bool:
        """Whether rows surely do not look like each other, or like records."""
        for column in self._columns:
            if column.type in TEXT_TYPES:
                looks = self._merging.looks.get(column.id)
                others = self._records.looks[column] if records else looks
                if looks is None or others is None or not looks.are_apart_from(others):
                    return False
        return True

    def _fold(self) -> bool:
        """Gather how the rows' values look. Whether some look the same; those that are the same do."""
        texts = 0
        for folded in self._all_folded("staged", "row"):
            self._folds.update(map(hash, folded))
            texts += len(folded)
        self._are_folded = True
        return len(self._folds) < texts

    def _like_a_record(self) -> bool:
        """Whether a row may look like a record that no row is, and that stays."""
        if self._merging.removes_others or self._are_apart(records=True):
            return False
        if not has_unmatched(self._conn, self._records):
            return False
        if not self._are_folded:
            self._fold()
        condition = UNMATCHED if self._merging.matches else "TRUE"
        folded = self._all_folded(self._records.table, "id", condition)
        return any(not self._folds.isdisjoint(map(hash, folds)) for folds in folded)

    def _all_folded(self, table: str, number: str, condition: str = "TRUE") -> Iterator[list[str]]:
        """How what a table has in the columns looks, many rows at once."""
        for _, joined in texts_of(self._conn, table, number, [self._text("r")], condition):
            if joined:
                yield all_folded(joined, BETWEEN_TEXTS, BETWEEN_COLUMNS)

    def _text(self, table: str, function: str = "") -> str:
        """What a row has in the columns, in SQL; NULL where it lacks one of them."""
        return " || char(30) || ".join(f"{function}({table}.{column_name(c)})" for c in self._columns)

    def _put_folded(self) -> None:
        self._conn.run("DROP TABLE IF EXISTS folded_rows")
        self._conn.run("CREATE TABLE folded_rows (row INTEGER PRIMARY KEY, value TEXT, fold TEXT)")
        self._conn.run(
            f"""
            INSERT INTO folded_rows SELECT s.row, {self._text("s")}, {self._text("s", "folded")}
            FROM staged AS s WHERE {self._text("s")} IS NOT NULL
            """
        )
        self._conn.run("CREATE INDEX folded_rows_by_fold ON folded_rows (fold, value)")

    def _like_record_sql(self) -> str:
        unmatched = UNMATCHED if self._merging.matches else "TRUE"
        return f"""
            SELECT f.row, f.value, {records_sql(self._records, self._columns, "h.id")} FROM (
                SELECT {self._text("r", "folded")} AS fold, {self._text("r")} AS value, MIN(r.id) AS id
                FROM {self._records.table} AS r WHERE {unmatched} GROUP BY 1
            ) AS h CROSS JOIN folded_rows AS f ON f.fold = h.fold
            WHERE f.value <> h.value
        """


LIKE_ROW_SQL = """
    SELECT f.row, f.value, g.first FROM (
        SELECT fold, MIN(row) AS first FROM folded_rows GROUP BY fold HAVING COUNT(DISTINCT value) > 1
    ) AS g CROSS JOIN folded_rows AS f ON f.fold = g.fold
    WHERE f.value <> (SELECT value FROM folded_rows WHERE row = g.first)
"""
