"""The one shape of a JSON answer that says what cannot be done: a problem detail, as RFC 9457 has it."""

from collections.abc import Mapping
from typing import Any

from starlette.responses import JSONResponse
from starlette.types import Scope

from xlsapp.context import App
from xlsapp.messages.saying import say
from xlsapp.problems import Message

MEDIA_TYPE = "application/problem+json"

# Each kind of failure: its title, and what to do about it, for the page that describes them.
KINDS: Mapping[int, tuple[str, str]] = {
    400: ("This could not be read", "Send a body that is whole: JSON in UTF-8, or a form."),
    401: ("A token is needed", "Send an access token: Authorization: Bearer …"),
    403: ("This token may not do that", "Use a token with one of the scopes that the operation needs."),
    404: ("There is nothing here", "It is gone, never was, or belongs to another account."),
    405: ("This address cannot do that", "The header Allow names the methods it has."),
    408: ("This took too long", "Send the body faster."),
    409: ("This waits for you", "Read `detail`: confirm the change, or ask again in a moment."),
    412: ("This has changed since", "Get it once more, and go on from what it is now."),
    413: ("This is too large", "Send less at a time."),
    414: ("This address is too long", "Shorten it."),
    415: ("This kind of body is not read here", "Send what the operation takes, and say so in Content-Type."),
    416: ("The file has no such part", "The header Content-Range says how long it is."),
    421: ("This server does not answer to this name", "Use a name of `server.hosts`."),
    422: ("Something in this needs another look", "`errors` lists what is wrong, and where."),
    429: ("That was too often", "Wait as many seconds as the header Retry-After says."),
    431: ("The headers are too large", "Send fewer, or shorter ones."),
    500: ("Something broke on our side", "Try again; if it repeats, quote the reference in `detail`."),
    503: ("This cannot be done now", "Wait as many seconds as the header Retry-After says."),
    507: ("The server's disk is full", "Ask whoever runs the server to make room, and try again."),
}
AGAIN_SECONDS = 10
"""After so long one may ask again for what cannot be done now."""
ANOTHER_KIND = ("This did not work", "")


def problem(
    scope: Scope,
    status: int,
    *messages: Message,
    title: str | None = None,
    headers: Mapping[str, str] | None = None,
    **members: Any,
) -> JSONResponse:
    """A problem detail as a response. Its `code` and `parameters` are those of the first message."""
    app: App = scope["state"]["app"]
    kind = f"{app.url_for('api_docs')}#status_{status}" if status in KINDS else "about:blank"
    return JSONResponse(
        {
            "type": kind,
            "title": title or KINDS.get(status, ANOTHER_KIND)[0],
            "status": status,
            "detail": " ".join(map(say, messages)),
            **messages[0].to_dict(),
            **members,
        },
        status_code=status,
        headers=headers,
        media_type=MEDIA_TYPE,
    )


def problem_for_script(scope: Scope, status: int, message: Message, **members: Any) -> JSONResponse:
    """The same for the script of a page.

    It has `error` beside `detail`, for the scripts of pages that were open already when the app was upgraded:
    to those, an answer without it is a success.
    """
    return problem(scope, status, message, error=say(message), **members)
