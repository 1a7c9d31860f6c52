"""What every ExpiringStore must pass. A store's test module subclasses this and gives a `store` fixture."""

import asyncio

from xlsapp.db.expiring_store import ExpiringStore


class Clock:
    """Time that tests move by hand."""

    def __init__(self) -> None:
        self.seconds = 1_000_000.0

    def __call__(self) -> float:
        return self.seconds


class ExpiringStoreContract:
    """Needs the fixtures `store` and `clock`; the store must go by the clock."""

    async def test_an_entry_is_there_until_it_expires(self, store: ExpiringStore, clock: Clock):
        await store.put({"a": {"n": 1}}, ttl_seconds=10)
        clock.seconds += 9.9
        assert await store.get("a") == {"n": 1}

        clock.seconds += 0.1
        assert await store.get("a") is None
        assert await store.get_many(["a"]) == []
        assert await store.list_by_prefix("a") == {}
        assert await store.merge("a", {"n": 2}, ttl_seconds=10) is None

    async def test_a_merge_changes_what_it_names_and_begins_a_new_life(self, store, clock):
        await store.put({"a": {"n": 1, "kept": "x", "gone": "y"}}, ttl_seconds=10)
        clock.seconds += 9

        merged = await store.merge("a", {"n": 2, "gone": None}, ttl_seconds=10)

        clock.seconds += 9
        assert merged == await store.get("a") == {"n": 2, "kept": "x"}

    async def test_merges_at_the_same_time_lose_nothing(self, store):
        await store.put({"a": {}}, ttl_seconds=10)

        await asyncio.gather(*(store.merge("a", {f"k{n}": n}, ttl_seconds=10) for n in range(50)))

        assert await store.get("a") == {f"k{n}": n for n in range(50)}

    async def test_a_final_entry_never_changes_again(self, store):
        await store.put({"a": {"status": "processing"}}, ttl_seconds=10)
        await store.merge("a", {"status": "completed"}, ttl_seconds=10, final=True)

        assert await store.merge("a", {"status": "processing"}, ttl_seconds=10) is None
        assert await store.merge("a", {"status": "failed"}, ttl_seconds=10, final=True) is None
        await store.put({"a": {"status": "pending"}}, ttl_seconds=10)
        assert await store.get("a") == {"status": "completed"}

    async def test_a_key_can_be_used_anew_once_its_final_entry_has_expired(self, store, clock):
        await store.put({"a": {"n": 1}}, ttl_seconds=10)
        await store.merge("a", {"n": 2}, ttl_seconds=10, final=True)
        clock.seconds += 10

        await store.put({"a": {"n": 3}}, ttl_seconds=10)

        assert await store.merge("a", {"n": 4}, ttl_seconds=10) == {"n": 4}

    async def test_entries_go_along_with_the_one_they_point_to(self, store, clock):
        await store.put({"a": {"n": 1}, "pointer": {"to": "a"}}, ttl_seconds=10)
        clock.seconds += 9

        await store.merge("a", {"n": 2}, ttl_seconds=10, along={"pointer": {"seen": True}})

        clock.seconds += 9
        assert await store.get("pointer") == {"to": "a", "seen": True}

    async def test_an_entry_that_has_expired_does_not_come_back_along_with_another(self, store, clock):
        await store.put({"a": {"n": 1}}, ttl_seconds=10)
        await store.put({"pointer": {"old": True}}, ttl_seconds=1)
        clock.seconds += 1

        await store.merge("a", {"n": 2}, ttl_seconds=10, along={"pointer": {"seen": True}})
        assert await store.get("pointer") is None

    async def test_a_refused_merge_moves_nothing_along(self, store):
        await store.put({"a": {}, "pointer": {"is_final": True}}, ttl_seconds=10)
        await store.merge("a", {}, ttl_seconds=10, final=True)

        await store.merge("a", {"n": 1}, ttl_seconds=10, along={"pointer": {"is_final": False}})

        assert await store.get("pointer") == {"is_final": True}

    async def test_a_prefix_finds_its_own_keys_alone(self, store):
        await store.put({"user:1:a": {}, "user:1:b": {}, "user:10:a": {}, "user:2:a": {}}, ttl_seconds=10)

        assert list(await store.list_by_prefix("user:1:")) == ["user:1:a", "user:1:b"]

    async def test_what_is_counted_lives_begins_so_and_has_the_value(self, store, clock):
        await store.put({"user:1:a": {"done": False}}, ttl_seconds=1)
        members = {"b": {"done": False}, "c": {"done": True}, "d": {}, "e": {"done": False}}
        await store.put({f"user:1:{key}": entry for key, entry in members.items()}, ttl_seconds=10)
        await store.put({"user:10:a": {"done": False}}, ttl_seconds=10)
        clock.seconds += 1

        assert await store.count_by_prefix("user:1:", "done", False) == 2
        assert await store.count_by_prefix("user:1:", "done", True) == 1

    async def test_entries_are_kept_longer_final_or_not_if_they_live(self, store, clock):
        await store.put({"a": {"n": 1}, "pointer": {}, "open": {}}, ttl_seconds=10)
        await store.put({"old": {}}, ttl_seconds=1)
        await store.merge("a", {}, ttl_seconds=10, final=True)
        clock.seconds += 9

        await store.keep_longer(["a", "pointer", "old", "none"], note={"kept": True}, ttl_seconds=10)

        clock.seconds += 9
        assert await store.get("a") == {"n": 1, "kept": True}
        assert await store.get("pointer") == {"kept": True}
        assert await store.get_many(["open", "old", "none"]) == []
        assert await store.merge("a", {"n": 2}, ttl_seconds=10) is None

    async def test_deleting_removes_final_entries_too(self, store):
        await store.put({"a": {}, "b": {}}, ttl_seconds=10)
        await store.merge("a", {}, ttl_seconds=10, final=True)

        await store.delete("a", "b", "never there")

        assert await store.get_many(["a", "b"]) == []

    async def test_expired_entries_are_paid_off_with_writes_and_by_sweeps(self, store, clock):
        await store.put({f"old{n}": {} for n in range(100)}, ttl_seconds=1)
        clock.seconds += 1
        for n in range(10):
            await store.put({f"new{n}": {}}, ttl_seconds=10)

        left = await store.sweep(most=1000)

        assert left <= 60
        assert await store.sweep() == 0
        assert len(await store.list_by_prefix("new")) == 10
