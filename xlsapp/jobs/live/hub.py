"""Who watches what: a hub of mailboxes, one for each watcher, which keep only the newest of each thing."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from xlsapp.db.turns import FairTurns

SENT_AT_ONCE = 8
TURN_SECONDS = 0.015
"""One account's pages are told of some 500 changes a second altogether, which is a twentieth of a processor.
Up to eight pages are told at once; two hundred catch up within 0.4 seconds."""

MakeText = Callable[[], str]
"""Makes the text of a letter. Called once, when the first watcher wants it."""


class Closed(Exception):
    """The hub, or the watcher's session, has ended: close the socket."""


@dataclass(slots=True, eq=False)
class Mailbox:
    """What one watcher has not been sent yet. A newer letter takes the place of an older one about the same.

    So a slow browser costs a bounded amount of memory, and catches up with one letter.
    """

    session_id: str
    _waiting: dict[str, "Letter"] = field(default_factory=dict)
    _arrived: asyncio.Event = field(default_factory=asyncio.Event)
    _closed: bool = False

    def put(self, about: str, letter: "Letter") -> None:
        """Leave a letter. Never waits."""
        self._waiting[about] = letter
        self._arrived.set()

    def close(self) -> None:
        """Tell the watcher to go."""
        self._closed = True
        self._arrived.set()

    async def get(self) -> str:
        """All that has arrived, as one text; waits for the first. Raises Closed."""
        await self.arrival()
        return self.take()

    async def arrival(self) -> None:
        """Wait until there is something to take."""
        await self._arrived.wait()

    def take(self) -> str:
        """All that has arrived, as one text. Raises Closed."""
        if self._closed:
            raise Closed
        self._arrived.clear()
        letters, self._waiting = self._waiting, {}
        return "".join(letter.text for letter in letters.values())


class Letter:
    """What is told, made at most once, however many watch."""

    __slots__ = ("_make", "_text")

    def __init__(self, make: MakeText) -> None:
        self._make: MakeText | None = make
        self._text = ""

    @property
    def text(self) -> str:
        """Its text."""
        if self._make is not None:
            self._text, self._make = self._make(), None
        return self._text


class Hub:
    """Watchers by topic, such as `job:7f3a…` or `user:3`. All within one event loop."""

    def __init__(self) -> None:
        self.sending = FairTurns(each=SENT_AT_ONCE)
        """Turns at being told, by account: two hundred pages of one keep nobody else waiting."""
        self._mailboxes: dict[str, set[Mailbox]] = defaultdict(set)
        self._closed = False

    @contextmanager
    def watch(self, *topics: str, session_id: str) -> Iterator[Mailbox]:
        """One mailbox for some topics, for as long as the block lasts."""
        mailbox = Mailbox(session_id)
        if self._closed:
            mailbox.close()
        for topic in topics:
            self._mailboxes[topic].add(mailbox)
        try:
            yield mailbox
        finally:
            for topic in topics:
                self._mailboxes[topic].discard(mailbox)
                if not self._mailboxes[topic]:
                    del self._mailboxes[topic]

    def publish(self, topic: str, about: str, make: MakeText) -> None:
        """Tell a topic's watchers the newest about something."""
        if mailboxes := self._mailboxes.get(topic):
            letter = Letter(make)
            for mailbox in mailboxes:
                mailbox.put(about, letter)

    def close_sessions(self, *session_ids: str) -> None:
        """End the sockets of sessions that have been signed out."""
        self._close_where(lambda mailbox: mailbox.session_id in session_ids)

    def close(self) -> None:
        """End all sockets: the server stops."""
        self._closed = True
        self._close_where(lambda mailbox: True)

    @property
    def is_watched(self) -> bool:
        """Whether anybody watches."""
        return bool(self._mailboxes)

    def topics(self) -> list[str]:
        """All that is watched."""
        return list(self._mailboxes)

    def count(self, *topics: str) -> int:
        """How many watch one of these topics, or anything where none is named."""
        watched = [self._mailboxes.get(topic, set()) for topic in topics] or self._mailboxes.values()
        return len(set().union(*watched))

    def _close_where(self, chosen: Callable[[Mailbox], bool]) -> None:
        for mailboxes in self._mailboxes.values():
            for mailbox in mailboxes:
                if chosen(mailbox):
                    mailbox.close()
