"""The audit log's table: newest first, by kind and by account, cleared by age and never otherwise."""

from xlsapp.problems import Message
from xlsapp.repositories import audit_entries, users
from xlsapp.repositories.audit_entries import Noted


async def test_entries_are_found_by_kind_and_account_and_forget_names_that_are_gone(db, ada):
    entries = [
        Noted(Message("audit.signed_in", {"by": "password"}), user_id=ada.id, at="2026-01-01T00:00:00Z"),
        Noted(Message("audit.signed_out"), user_id=ada.id, address="10.0.0.1", at="2026-01-02T00:00:00Z"),
        Noted(Message("audit.account_made"), whom_id=ada.id, at="2026-01-03T00:00:00Z"),
        Noted(Message("audit.signed_out"), user_id=ada.id + 1, at="2026-01-04T00:00:00Z"),
    ]
    async with db.write() as tx:
        await audit_entries.add(tx, entries)
        found = await audit_entries.list_before(tx, None, most=10)
        assert [entry.noted for entry in found] == entries[::-1]
        assert [entry.actor for entry in found] == [None, None, ada.email, ada.email]
        assert found[1].whom == ada.email
        assert await audit_entries.list_before(tx, found[0].id, most=2) == found[1:3]
        assert await audit_entries.list_before(tx, None, kind="audit.signed_out", most=10) == [
            found[0],
            found[2],
        ]
        assert await audit_entries.list_before(tx, None, user_id=ada.id, most=10) == found[1:]
        await users.remove(tx, ada.id)
        assert [e.actor for e in await audit_entries.list_before(tx, None, most=10)] == [None] * 4

        assert await audit_entries.clear(tx, before="2026-01-03T00:00:00Z", most=1) == 1
        assert await audit_entries.clear(tx, before="2026-01-03T00:00:00Z", most=10) == 1
        assert len(await audit_entries.list_before(tx, None, most=10)) == 2
