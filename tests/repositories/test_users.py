"""Accounts by their id and by their address."""

import pytest

from xlsapp.errors import NotFound, Refused
from xlsapp.repositories import users


async def test_an_address_has_one_account(db, ada):
    with pytest.raises(Refused, match=r"account\.address_taken") as refused:
        async with db.write() as tx:
            await users.add(tx, email="ada@example.com", password_hash="b")

    assert refused.value.field == "email"
    async with db.read() as conn:
        assert await users.count(conn) == 1


async def test_accounts_are_found_with_what_they_have(db, ada, eve):
    async with db.read() as conn:
        assert await users.find(conn, ada.id) == ada
        assert await users.get_by_email(conn, "eve@example.com") == (eve, "e")
        assert await users.get_by_email(conn, "Eve@example.com") is None
        assert await users.list_all(conn) == [ada, eve]


async def test_another_password_is_one_account_s_alone(db, ada, eve):
    async with db.write() as tx:
        await users.change_password(tx, ada.id, "new")

    async with db.read() as conn:
        assert await users.password_hash(conn, ada.id) == "new"
        assert await users.password_hash(conn, eve.id) == "e"


async def test_an_account_that_was_removed_is_not_there(db, ada, eve):
    async with db.write() as tx:
        await users.remove(tx, ada.id)

    async with db.read() as conn:
        assert await users.list_all(conn) == [eve]
        with pytest.raises(NotFound):
            await users.find(conn, ada.id)
        with pytest.raises(NotFound):
            await users.password_hash(conn, ada.id)
