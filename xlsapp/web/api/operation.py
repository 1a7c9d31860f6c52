"""What is said of one thing that the API can do."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from xlsapp.models import TokenScope
from xlsapp.web.api.bodies import Body
from xlsapp.web.api.schemas import Schema

READ, IMPORT, WRITE = ({scope} for scope in (TokenScope.READ, TokenScope.IMPORT, TokenScope.WRITE))
ANY = READ | IMPORT | WRITE

JSON, FORM = "application/json", "multipart/form-data"

TEMPLATE = "/v1/templates/{template_id:int}"


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that can be done: `method` at `path`, by a token with one of the `scopes`.

    `body`, `query` and `answer` are their models. An operation without an answer sends one of `files`, or
    says 204.
    """

    method: str
    path: str
    name: str
    handler: Callable[[Request[Any]], Awaitable[Response]]
    scopes: set[TokenScope]
    summary: str
    answer: type | None = None
    status: int = 200
    body: type[Body] | None = None
    body_kind: str = JSON
    files: tuple[str, ...] = ()
    query: type[Body] | None = None
    headers: Mapping[str, Schema] = field(default_factory=dict)
    answer_headers: tuple[str, ...] = ()
    description: str = ""
    may_fail_with: tuple[int, ...] = ()

    @property
    def resource(self) -> str:
        """What it is about: templates, records, jobs."""
        return self.name.split(".", maxsplit=1)[0]
