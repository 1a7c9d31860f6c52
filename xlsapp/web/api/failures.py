"""What the API answers when something cannot be done: problem details (RFC 9457), every time."""

import logging
import secrets
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from xlsapp.db.errors import FilesAway, Full
from xlsapp.errors import (
    Forbidden,
    LeftUnread,
    NoRoom,
    NotFound,
    OtherRevision,
    OverQuota,
    Refused,
    TooLarge,
    TooMany,
    TooSlow,
    XlsappError,
)
from xlsapp.messages.saying import say
from xlsapp.problems import Message
from xlsapp.services.operations.disk import no_room
from xlsapp.web.api.checking import Mistake
from xlsapp.web.http.problem_details import AGAIN_SECONDS, problem

log = logging.getLogger(__name__)

NOT_FOUND = Message("request.not_found")
MESSAGES = {
    400: Message("request.not_whole"),
    404: NOT_FOUND,
    405: Message("request.other_methods"),
    412: Message("request.another_file"),
    416: Message("request.no_such_part"),
}
ANOTHER = Message("request.did_not_work")
REFUSALS = (
    *((NoRoom, 507), (OverQuota, 413), (TooLarge, 413), (TooMany, 429), (TooSlow, 408), (Forbidden, 403)),
    (Refused, 422),
)


class ApiFailure(XlsappError):
    """What was asked for cannot be done: answered with this status, messages, headers and members."""

    def __init__(
        self, status: int, *messages: Message, headers: Mapping[str, str] | None = None, **members: Any
    ) -> None:
        super().__init__(*messages)
        self.status = status
        self.messages = messages
        self.headers = headers
        self.members = members


def invalid_body(found: Iterable[Mistake]) -> ApiFailure:
    """422, with every mistake in a body."""
    return _invalid([(mistake.message, {"pointer": mistake.pointer}) for mistake in found])


def invalid_parameters(found: Iterable[tuple[str, Message]]) -> ApiFailure:
    """422, with every parameter, header or field that will not do, and why."""
    return _invalid([(message, {"parameter": name}) for name, message in found])


def invalid_answers(problems: Mapping[str, Message]) -> ApiFailure:
    """422, with all that is wrong with answers, by the question's name."""
    # The parameter is what version 1 gave first, without the place.
    return _invalid(
        [
            (message, {"parameter": "answers", "pointer": Mistake(("answers", name), message).pointer})
            for name, message in problems.items()
        ]
    )


def _invalid(found: Sequence[tuple[Message, Mapping[str, str]]]) -> ApiFailure:
    others = len(found) - 1
    more = [Message("body.more_mistakes", {"others": others})] if others else []
    return ApiFailure(422, found[0][0], *more, errors=[_error(message, **place) for message, place in found])


def _error(message: Message, **place: str) -> dict[str, Any]:
    return {"detail": say(message), **message.to_dict(), **place}


async def on_failure(request: Request[Any], error: Exception) -> Response:
    """What the API itself says cannot be done."""
    if not isinstance(error, ApiFailure):
        raise error
    return problem(request.scope, error.status, *error.messages, headers=error.headers, **error.members)


async def on_not_found(request: Request[Any], error: Exception) -> Response:
    """404."""
    return problem(request.scope, 404, NOT_FOUND)


async def on_other_revision(request: Request[Any], error: Exception) -> Response:
    """412."""
    return problem(request.scope, 412, Message("record.other_revision"))


async def on_refused(request: Request[Any], error: Exception) -> Response:
    """What a service says cannot be done: 507, 413, 429, 408, 403 or 422."""
    if not isinstance(error, Refused):
        raise error
    status = next(status for kind, status in REFUSALS if isinstance(error, kind))
    headers: dict[str, str] = {}
    members: dict[str, Any] = {}
    if isinstance(error, TooMany):
        headers["Retry-After"] = str(error.retry_after_seconds)
    if isinstance(error, TooSlow | LeftUnread):
        headers["Connection"] = "close"  # what is still to come of the body is not waited for
    if error.field:
        members["errors"] = [_error(error.message, parameter=error.field)]
    return problem(request.scope, status, error.message, headers=headers, **members)


async def on_full(request: Request[Any], error: Exception) -> Response:
    """507: not even the reserve is left, and the database could not store what was asked for."""
    log.error("The disk is full at %s %s", request.method, request.url.path)
    return await on_refused(request, no_room())


async def on_http_exception(request: Request[Any], error: Exception) -> Response:
    """What Starlette itself refuses: unknown addresses, methods, bodies."""
    status, headers = (error.status_code, error.headers) if isinstance(error, HTTPException) else (500, None)
    return problem(request.scope, status, MESSAGES.get(status, ANOTHER), headers=headers)


async def on_disconnect(request: Request[Any], error: Exception) -> Response:
    """The program went away in the middle of its request: nobody reads this."""
    return Response(status_code=400)


async def on_files_away(request: Request[Any], error: Exception) -> Response:
    """503: the store of files may do it another time. What is said of the database: see not_now.py."""
    log.warning("Not now: %s %s", request.method, request.url.path, exc_info=error)
    return problem(
        request.scope, 503, Message("request.files_away"), headers={"Retry-After": str(AGAIN_SECONDS)}
    )


async def on_fault(request: Request[Any], error: Exception) -> Response:
    """500. The traceback goes to the log, under the reference that the answer quotes."""
    reference = secrets.token_hex(4)
    log.error("Fault %s at %s %s", reference, request.method, request.url.path, exc_info=error)
    return problem(request.scope, 500, Message("request.our_fault", {"reference": reference}))


HANDLERS = {
    ApiFailure: on_failure,
    NotFound: on_not_found,
    OtherRevision: on_other_revision,
    Refused: on_refused,
    Full: on_full,
    FilesAway: on_files_away,
    ClientDisconnect: on_disconnect,
    HTTPException: on_http_exception,
    Exception: on_fault,
}
