"""The exceptions we raise on purpose.

XlsappError
├── NotFound             no such thing, or it is somebody else's: both are a 404
├── OtherRevision        a record has another revision than it is to be changed at: 412
├── Refused              what was asked cannot be done; its message is for its user, and says what to do
│   ├── InUse            another xlsapp works on the data folder
│   ├── NoRoom           the server's disk has no room for it: 507
│   ├── OverQuota        an account's files take all the room that it may have: 413
│   ├── TooLarge         a request's body is over its limit: 413
│   ├── TooWide          what a record is to hold is more than the database puts into one
│   ├── TooMany          asked too often; try again after `retry_after_seconds`: 429
│   ├── TooSlow          a request's body takes too long to arrive: 408
│   ├── LeftUnread       a request's body is refused half-way, and the rest of it is not read
│   └── Forbidden        a state-changing request from another site: 403
├── MuchMemory           this work needs so much memory that no other of its kind should go on beside it
└── ConfigurationError   wrong or unknown settings; lists all of them, and stops the start
"""

from collections.abc import Sequence

from xlsapp.problems import Message, sentence


class XlsappError(Exception):
    """The root of all of ours."""


class NotFound(XlsappError):
    """There is no such thing, or it belongs to somebody else."""


class OtherRevision(XlsappError):
    """A record was changed meanwhile, and is not to be changed then."""


class Refused(XlsappError):
    """What was asked cannot be done. The message is for its user, about the form's field `field`.

    It may be a sentence in `web/` and `cli/`, which speak to users themselves.
    """

    def __init__(self, message: Message | str, *, field: str = "") -> None:
        super().__init__(message)
        self.message = sentence(message) if isinstance(message, str) else message
        self.field = field


class InUse(Refused):
    """Another process works on the data folder."""


class NoRoom(Refused):
    """The server's disk has no room for this."""


class OverQuota(Refused):
    """The files of an account take all the room that it may have."""


class TooLarge(Refused):
    """The body of a request is larger than its limit."""


class TooWide(Refused):
    """What a record is to hold is more than the database puts into one."""


class TooMany(Refused):
    """Asked too often."""

    def __init__(self, message: Message | str, *, retry_after_seconds: int) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class TooSlow(Refused):
    """The body of a request takes too long to arrive."""


class Forbidden(Refused):
    """A state-changing request that came from another site."""


class LeftUnread(Refused):
    """The body of a request is no such form, and the rest of it is not read."""


class MuchMemory(XlsappError):
    """This work needs so much memory that no other of its kind should go on beside it."""


class ConfigurationError(XlsappError):
    """One or more settings are wrong or unknown."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class Away(ConfigurationError):
    """The database cannot be reached now: it may be starting, the way to it broken, or its address wrong."""
