"""Tokens by the hash of their secret, each its owner's."""

import pytest

from xlsapp.errors import NotFound, Refused
from xlsapp.models import AccessToken, TokenScope, User
from xlsapp.repositories import access_tokens, users

BOTH = frozenset({TokenScope.READ, TokenScope.WRITE})


@pytest.fixture
def add(db):
    async def add(user: User, name: str, *, expires_at: str | None = None) -> AccessToken:
        async with db.write() as tx:
            return await access_tokens.add(
                tx,
                user.id,
                name=name,
                scopes=BOTH,
                token_hash=f"{user.id}:{name}",
                beginning="xls_",
                expires_at=expires_at,
            )

    return add


async def test_a_token_is_found_by_its_hash_as_it_was_stored(db, ada, add):
    token = await add(ada, "import", expires_at="2999-01-01T00:00:00Z")

    async with db.read() as conn:
        assert await access_tokens.get_by_hash(conn, f"{ada.id}:import") == token
        assert await access_tokens.get_by_hash(conn, "another") is None
    assert token.scopes == BOTH


async def test_a_token_that_has_expired_opens_nothing_and_is_still_listed(db, ada, add):
    old = await add(ada, "old", expires_at="2020-01-01T00:00:00Z")
    new = await add(ada, "new")

    async with db.read() as conn:
        assert await access_tokens.get_by_hash(conn, f"{ada.id}:old") is None
        assert await access_tokens.list_for(conn, ada.id) == [new, old]


async def test_a_name_is_there_once_for_each_owner(ada, eve, add):
    await add(ada, "script")
    await add(eve, "script")

    with pytest.raises(Refused, match=r"token\.name_taken") as refused:
        await add(ada, "script")
    assert refused.value.field == "name"


async def test_nobody_removes_another_one_s_token(db, ada, eve, add):
    token = await add(ada, "script")

    with pytest.raises(NotFound):
        async with db.write() as tx:
            await access_tokens.remove(tx, eve.id, token.id)
    async with db.read() as conn:
        assert await access_tokens.list_for(conn, ada.id) == [token]


async def test_tokens_go_with_their_owner(db, ada, add):
    await add(ada, "script")

    async with db.write() as tx:
        await users.remove(tx, ada.id)

    async with db.read() as conn:
        assert await access_tokens.get_by_hash(conn, f"{ada.id}:script") is None
