"""Whatever PostgreSQL says, the app hears one of a few things, by what can be done about it."""

import pytest

from xlsapp.db.errors import Busy, DatabaseFault, Gone, MayPass, Taken


@pytest.mark.parametrize(
    ("sql", "fault"),
    [
        ("INSERT INTO notes VALUES ('kept'), ('kept')", Taken),
        ("INSERT INTO notes VALUES (NULL)", Taken),
        ("SELECT * FROM records_7", Gone),
        ("SELECT c7 FROM notes", Gone),
        ("INSERT INTO notes (c7) VALUES (1)", Gone),
        ("SELECT * FROM staging_9.staged", Gone),
    ],
)
async def test_what_can_be_done_about_it(db, sql, fault):
    with pytest.raises(fault):
        async with db.write() as tx:
            await tx.all(sql)


async def test_a_lock_of_somebody_else_is_busy(db):
    async with db.write() as tx:
        await tx.run("LOCK TABLE notes")

        with pytest.raises(Busy):
            async with db.write() as other:
                await other.run("SET LOCAL lock_timeout TO '20ms'")
                await other.all("SELECT * FROM notes")


async def test_two_in_each_other_s_way_may_come_again(db):
    async with db.write() as tx:
        await tx.run("INSERT INTO notes VALUES ('one')")
    with pytest.raises(Busy):
        async with db.write() as tx:
            await tx.run("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            await tx.all("SELECT * FROM notes")
            async with db.write() as other:
                await other.run("UPDATE notes SET text = 'other'")
            await tx.run("UPDATE notes SET text = 'mine'")


async def test_a_mistake_of_ours_does_not_pass(db):
    with pytest.raises(DatabaseFault) as raised:
        async with db.read() as conn:
            await conn.all("SELEC 1")

    assert not isinstance(raised.value, MayPass | Taken)
