"""PostgreSQL: a template's columns are changed without end, although a table has 1,600 in its life."""

from dataclasses import replace

import pytest

from tests.engines import postgres
from tests.factories import make_customers, make_workbook, records_of
from tests.services.conftest import Desk
from xlsapp.db.errors import DatabaseFault
from xlsapp.models import ColumnType
from xlsapp.repositories import import_templates
from xlsapp.repositories.records import renewing
from xlsapp.repositories.records.selection import Selection
from xlsapp.services.imports.options import Mode
from xlsapp.services.records import indexes, renewal
from xlsapp.services.templates.drafts import DraftRefused, TemplateDraft
from xlsapp.services.templates.saving import change_template

NAMES = ["Ada", "Grace", "Radia", "Barbara"]


@pytest.fixture
async def db(request):
    async with postgres(request) as database:
        yield database


@pytest.fixture
async def shop(records):
    """A template with some records."""
    columns = [("Name", ColumnType.TEXT, True), ("Orders", ColumnType.TEXT, False)]
    template = (await make_customers(records.db, columns)).template
    async with records.write(template) as writer:
        ids = [
            await writer.add(dict(zip([c.key for c in template.columns], (name, str(n)), strict=True)))
            for n, name in enumerate([*NAMES, "Nobody"])
        ]
        await writer.delete(ids[-1:])
    return await present(records.db, template)


async def present(db, template):
    async with db.read() as conn:
        return await import_templates.find(conn, template.user_id, template.id)


async def wear(db, template, columns: int) -> None:
    """Let a table have had so many columns more."""
    numbers = range(columns)
    async with db.write() as tx:
        table = f"ALTER TABLE records_{template.id} "
        await tx.run(table + ", ".join(f"ADD COLUMN x{n} INT" for n in numbers))
        await tx.run(table + ", ".join(f"DROP COLUMN x{n}" for n in numbers))


async def had(db, template) -> int:
    async with db.read() as conn:
        return await renewing.count_columns(conn, template.id)


async def retype(records, sandbox, template, kind: str, tmp_path):
    """Give the second column another type."""
    draft = TemplateDraft.of(template)
    first, second = draft.columns
    draft = replace(draft, columns=(first, replace(second, type=kind)))
    staging = tmp_path / "converted"
    staging.unlink(missing_ok=True)
    await change_template(
        records,
        sandbox,
        template,
        draft,
        max_columns=440,
        confirmed=True,
        staging=staging,
    )
    return await present(records.db, template)


async def contents(db, template):
    return [(r.id, r.position, *r.values.values()) for r in await records_of(db, template)]


async def test_a_type_is_changed_after_1600_columns_and_nothing_else_changes(
    records, db, shop, sandbox, tmp_path, monkeypatch
):
    monkeypatch.setattr(indexes, "FEWEST_RECORDS", 1)
    await records.page(shop, Selection(sort=shop.columns[0]), None, size=9)
    await records.ready()
    async with db.write() as tx:
        await tx.run("DROP ROLE IF EXISTS reporting")
        await tx.run("CREATE ROLE reporting")
        await tx.run(f"GRANT SELECT ON records_{shop.id} TO reporting")
        await tx.run(f"GRANT UPDATE (position) ON records_{shop.id} TO reporting WITH GRANT OPTION")
    before, template = await contents(db, shop), shop

    await wear(db, template, renewal.MOST_COLUMNS - await had(db, template))
    with pytest.raises(DatabaseFault):
        await wear(db, template, 1)
    template = await retype(records, sandbox, template, "integer", tmp_path)
    assert await had(db, template) < 20

    assert await contents(db, template) == [(*row[:-1], int(row[-1])) for row in before]
    book = make_workbook(tmp_path, ["Name", "Orders"], ["Ada", 7], ["Hedy", 8])
    done = await Desk(records, sandbox, template, tmp_path).run(
        book, mode=Mode.UPDATE, keys=(template.columns[0].id,)
    )
    assert (done.counts["updated"], done.counts["created"]) == (1, 1), done.error_message
    after = await contents(db, template)
    assert after[0] == (1, before[0][1], "Ada", 7)
    assert after[-1][2:] == ("Hedy", 8)
    assert after[-1][0] > len(NAMES) + 1  # the id of the record that was deleted is not given again
    async with db.read() as conn:
        names = await conn.all(
            "SELECT indexname AS n FROM pg_indexes WHERE tablename = :t ORDER BY 1", t=f"records_{shop.id}"
        )
        allowed = await conn.value(
            "SELECT has_table_privilege('reporting', :t, 'SELECT')"
            " AND has_column_privilege('reporting', :t, 'position', 'UPDATE WITH GRANT OPTION')"
            " AND NOT has_table_privilege('reporting', :t, 'DELETE')",
            t=f"data.records_{shop.id}",
        )
        left = await conn.value("SELECT COUNT(*) FROM pg_class WHERE relname LIKE '%renewed%'")
    table = f"records_{shop.id}"
    assert [row["n"] for row in names] == [
        *(f"{table}_by_position", f"{table}_pkey", f"{table}_sorted_{shop.columns[0].key}")
    ]
    assert (allowed, left) == (True, 0)
    page = await records.page(template, Selection(search="RADIA"), None, size=9)
    assert [record.values[template.columns[0].key] for record in page.records] == ["Radia"]


@pytest.fixture
def soon_worn(monkeypatch):
    """A table can have few columns in its life."""
    monkeypatch.setattr(renewal, "WORN_COLUMNS", 40)
    monkeypatch.setattr(renewal, "MOST_COLUMNS", 50)


@pytest.mark.usefixtures("soon_worn")
async def test_who_reads_meanwhile_sees_all_records(db, shop, monkeypatch):
    await wear(db, shop, 40)
    seen = []
    waiting = renewal._is_seen_by_all

    async def read_meanwhile(conn, copied, holder):
        reading = db.read()
        other = await reading.__aenter__()
        await other.value("SELECT 1")  # from here on it sees this moment
        done = await waiting(conn, copied, holder)
        seen.append((reading, other))
        return done

    monkeypatch.setattr(renewal, "_is_seen_by_all", read_meanwhile)
    await renewal.make_room_for_columns(db, shop, 1)

    reading, other = seen[0]
    assert await other.value(f"SELECT COUNT(*) FROM records_{shop.id}") == len(NAMES)
    await reading.__aexit__(None, None, None)
    assert await had(db, shop) < 20


@pytest.mark.usefixtures("soon_worn")
async def test_who_sees_an_older_moment_is_waited_for_and_in_the_end_let_be(
    records, db, shop, sandbox, tmp_path, monkeypatch
):
    monkeypatch.setattr(renewal, "PATIENCE_SECONDS", 0.1)
    await wear(db, shop, 35)
    async with db.read() as other:
        await other.value("SELECT 1")
        template = await retype(records, sandbox, shop, "integer", tmp_path)  # there is room without it
        assert await had(db, template) > 40
        await wear(db, template, 10)
        with pytest.raises(DraftRefused, match="worn"):
            await retype(records, sandbox, template, "text", tmp_path)
        assert await other.value(f"SELECT COUNT(*) FROM records_{shop.id}") == len(NAMES)

    assert [column.type for column in (await present(db, template)).columns] == ["text", "integer"]
    await retype(records, sandbox, template, "text", tmp_path)


@pytest.mark.usefixtures("soon_worn")
async def test_a_table_that_others_have_hung_something_on_is_let_be(db, shop):
    await wear(db, shop, 40)
    async with db.write() as tx:
        await tx.run(f"CREATE VIEW data.report AS SELECT id FROM data.records_{shop.id}")
    await renewal.make_room_for_columns(db, shop, 1)
    try:
        assert await had(db, shop) > 40
    finally:
        async with db.write() as tx:
            await tx.run("DROP VIEW data.report")
