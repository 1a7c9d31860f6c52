"""A file to download: whole, in part, or not at all where the client has it already.

Starlette's FileResponse sends it, with its ETag and ranges; what a request asks beside that is looked at here
(RFC 9110, 13 and 14). What cannot be done is raised, so that it is told in the shape of all other failures.
"""

import re
from contextlib import AbstractAsyncContextManager
from types import SimpleNamespace
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.staticfiles import NotModifiedResponse
from starlette.types import Receive, Scope, Send

from xlsapp.errors import NotFound
from xlsapp.files.files import Files, Found, Reader
from xlsapp.files.served import Served
from xlsapp.web.http.responses import redirect_elsewhere

_ASKS_MORE = {"range", "if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "if-range"}
_RANGE = re.compile(r"(\d{1,18})-(\d{0,18})|-(\d{1,18})")


class KeptFileResponse(FileResponse):
    """Starlette's, for a file wherever it is kept."""

    chunk_size = 256 * 1024

    def __init__(self, files: Files, key: str, found: Found, **kwargs: Any) -> None:
        self._files, self._key = files, key
        looked_at = SimpleNamespace(st_size=found.size_bytes, st_mtime=found.modified)
        super().__init__(key, stat_result=looked_at, **kwargs)  # type: ignore[arg-type]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # No server can send it by itself: there need be no such path.
        await super().__call__({**scope, "extensions": {}}, receive, send)

    def _open_file(self) -> AbstractAsyncContextManager[Reader]:  # type: ignore[override]
        return self._files.opened(self._key)


async def send_file(
    request: Request[Any], files: Files, key: str, *, file_name: str, media_type: str, may_lead: bool = False
) -> Response:
    """The file, or what else the request's conditions ask for. Where it `may_lead` a browser to the store
    of files, and the settings say so, that is all it does.

    Raises NotFound, and HTTPException: 412 where another file is meant, 416 for a part that it lacks.
    """
    found = (await files.find(key)).get(key)
    if found is None:
        raise NotFound("download")
    served = Served(file_name, media_type)
    if may_lead and _wants_all(request) and (address := await files.address(key, served)):
        return redirect_elsewhere(request, address)
    response = KeptFileResponse(
        files, key, found, media_type=media_type, headers={"content-disposition": served.disposition}
    )
    etag = response.headers["etag"]
    wanted = request.headers.get("if-match")
    if wanted is not None and wanted.strip() != "*" and etag not in _tags(wanted):
        raise HTTPException(412)
    known = request.headers.get("if-none-match")
    if known is not None and (known.strip() == "*" or etag in _tags(known.replace("W/", ""))):
        return NotModifiedResponse(response.headers)
    if request.headers.get("if-range", etag) in (etag, response.headers["last-modified"]):
        _tidy_range(request, found.size_bytes)
    return response


def _wants_all(request: Request[Any]) -> bool:
    """Whether a request is for the file and nothing else: what asks more is answered here."""
    return request.method == "GET" and not _ASKS_MORE & set(request.headers)


def _tags(listed: str) -> list[str]:
    return [tag.strip() for tag in listed.split(",")]


def _tidy_range(request: Request[Any], size: int) -> None:
    """Leave in the header Range what parts there are; and no header, where it asks for something unknown."""
    unit, _, listed = request.headers.get("range", "").partition("=")
    parts = [_RANGE.fullmatch("".join(part.split())) for part in listed.split(",") if part.strip()]
    kept = [(name, value) for name, value in request.scope["headers"] if name != b"range"]
    if unit.strip().lower() == "bytes" and parts and all(map(_is_span, parts)):
        spans = [span for part in parts if part and (span := _span(part, size))]
        if not spans:
            raise HTTPException(416, headers={"Content-Range": f"bytes */{size}"})
        kept.append((b"range", f"bytes={','.join(spans)}".encode()))
    request.scope["headers"] = kept


def _is_span(part: re.Match[str] | None) -> bool:
    return part is not None and not (part[1] and part[2] and int(part[2]) < int(part[1]))


def _span(part: re.Match[str], size: int) -> str:
    """A part as its first and last byte; nothing where the file has none of it."""
    first = int(part[1]) if part[1] else max(0, size - int(part[3]))
    last = min(int(part[2]) if part[2] else size, size - 1)
    return f"{first}-{last}" if first <= last else ""
