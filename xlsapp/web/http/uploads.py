"""A multipart body, kept as it arrives: never whole in memory, refused once it is too large."""

import asyncio
import hashlib
import time
from dataclasses import dataclass, field
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any

from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect, Request

from xlsapp.context import App
from xlsapp.db.errors import Full
from xlsapp.errors import LeftUnread, NoRoom, OverQuota, Refused, TooLarge, TooSlow
from xlsapp.files.files import Incoming
from xlsapp.jobs.quotas import require_room
from xlsapp.jobs.reporting import full_disks
from xlsapp.problems import Message
from xlsapp.web.http.access import require_user

WORKBOOK = "workbook"
"""The name of the form's file."""

MAX_FIELDS = 1000
MAX_NAME_LENGTH = 200

# All that is in memory: the headers of the parts, and the other fields of the form.
AROUND_THE_FILE_BYTES = 1024 * 1024

# The file is written in pieces of this size, each in a thread: a hop for each packet would cost more.
WRITE_BYTES = 512 * 1024

# A browser shows our answer only once it has sent its whole body, so a little too much is read and dropped.
DRAIN_BYTES = 256 * 1024 * 1024
DRAIN_SECONDS = 20


@dataclass(slots=True)
class Upload:
    """What a form brought: its fields, and the name and size of its one file, which is kept for its job."""

    job_id: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    file_name: str = ""
    size_bytes: int = 0
    sha256: Any = None
    """The hash of the file so far, where it is asked for."""

    def value(self, name: str, default: str = "") -> str:
        """A field's last value."""
        return self.fields.get(name, [default])[-1]


async def receive_workbook(request: Request[Any], job_id: str, *, fingerprinted: bool = False) -> Upload:
    """Read a multipart form whose file `workbook` is kept as the upload of a job; hashed if it is to be.

    Raises TooLarge as soon as the file passes `imports.max_upload_mb`, NoRoom when the disk is full,
    OverQuota when the account's other files leave it no room, Refused when the body is no such form, and
    ClientDisconnect when the browser goes away; the file, whole or not, is the caller's to remove.
    """
    app: App = request.state["app"]
    max_bytes = app.settings.imports.max_upload_mb * 1_000_000
    content_type, options = parse_options_header(request.headers.get("content-type", ""))
    if content_type != b"multipart/form-data" or b"boundary" not in options:
        raise Refused(Message("form.not_whole"))
    too_large = TooLarge(Message("form.large_file", {"most_megabytes": max_bytes // 1_000_000}))
    if int(request.headers.get("content-length") or 0) > max_bytes + AROUND_THE_FILE_BYTES:
        await _drain(request)
        raise too_large
    user = require_user(request)
    try:
        await require_room(app, user.id, more_bytes=int(request.headers.get("content-length") or 1))
        upload = Upload(job_id, sha256=hashlib.sha256() if fingerprinted else None)
        await _receive(request, app, options[b"boundary"], upload, too_large, max_bytes)
        # Once more with what came in meanwhile: its size was not said, or others of the account came along.
        await require_room(app, user.id, more_bytes=0)
        return upload
    except (Full, NoRoom, OverQuota, TooLarge):
        await _drain(request)
        raise


async def _receive(
    request: Request[Any], app: App, boundary: bytes, upload: Upload, too_large: TooLarge, max_bytes: int
) -> None:
    await asyncio.to_thread(app.disk.require, int(request.headers.get("content-length") or 1))
    form = _ReceivedForm(upload)
    try:
        parser = MultipartParser(boundary, form.callbacks())  # type: ignore[arg-type]
    except ValueError:  # a boundary longer than may be
        raise Refused(Message("form.not_whole")) from None
    with full_disks():
        async with app.files.receive(upload.job_id) as incoming:
            async for chunk in request.stream():
                try:
                    parser.write(chunk)
                except ValueError:  # the parser's own errors are ValueErrors
                    raise Refused(Message("form.not_whole")) from None
                if form.upload.size_bytes > max_bytes:
                    raise too_large
                if len(form.unwritten) >= WRITE_BYTES:
                    await _keep(form.take(), upload, incoming)
            await _keep(form.take(), upload, incoming)
            if not form.ended:
                raise Refused(Message("form.not_whole"))
            if form.file_count > 1:
                raise Refused(Message("form.many_files"), field=WORKBOOK)


async def _keep(piece: bytes, upload: Upload, incoming: Incoming) -> None:
    if upload.sha256:
        await asyncio.to_thread(upload.sha256.update, piece)
    await incoming.write(piece)


class _ReceivedForm:
    """Gathers what the parser finds. Part of a file waits in `unwritten` until it is taken."""

    def __init__(self, upload: Upload) -> None:
        self.upload = upload
        self.unwritten = bytearray()
        self.ended = False
        self.file_count = 0
        self._header_name = b""
        self._header_value = b""
        self._headers: dict[bytes, bytes] = {}
        self._name = ""
        self._is_file = False
        self._value = bytearray()
        self._count = 0
        self._around_bytes = 0

    def callbacks(self) -> dict[str, Any]:
        return {
            "on_part_begin": self._on_part_begin,
            "on_header_field": self._on_header_field,
            "on_header_value": self._on_header_value,
            "on_header_end": self._on_header_end,
            "on_headers_finished": self._on_headers_finished,
            "on_part_data": self._on_part_data,
            "on_part_end": self._on_part_end,
            "on_end": self._on_end,
        }

    def take(self) -> bytes:
        """What is to be written, once."""
        piece = bytes(self.unwritten)
        self.unwritten.clear()
        return piece

    def _on_part_begin(self) -> None:
        self._headers, self._value, self._is_file = {}, bytearray(), False
        self._count += 1
        if self._count > MAX_FIELDS:
            raise LeftUnread(Message("form.many_parts", {"most": MAX_FIELDS}))

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header_name += data[start:end]
        self._weigh(end - start)

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]
        self._weigh(end - start)

    def _on_header_end(self) -> None:
        self._headers[self._header_name.lower()] = self._header_value
        self._header_name = self._header_value = b""

    def _on_headers_finished(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        self._name = options.get(b"name", b"").decode("utf-8", "replace")
        self._is_file = b"filename" in options
        if self._is_file and self._name == WORKBOOK:
            self.file_count += 1
            self.upload.file_name = clean_file_name(options[b"filename"].decode("utf-8", "replace"))

    def _on_part_data(self, data: bytes, start: int, end: int) -> None:
        if not self._is_file:
            self._value += data[start:end]
            self._weigh(end - start)
        elif self._name == WORKBOOK:
            self.unwritten += data[start:end]
            self.upload.size_bytes += end - start

    def _on_part_end(self) -> None:
        if not self._is_file:
            self.upload.fields.setdefault(self._name, []).append(self._value.decode("utf-8", "replace"))

    def _weigh(self, more_bytes: int) -> None:
        self._around_bytes += more_bytes
        if self._around_bytes > AROUND_THE_FILE_BYTES:
            raise LeftUnread(Message("form.much_beside_the_file", {"most_megabytes": 1}))

    def _on_end(self) -> None:
        self.ended = True


def clean_file_name(name: str) -> str:
    """A file's bare name as it may be shown and stored: no folders, no control characters, not too long."""
    bare = PureWindowsPath(PurePosixPath(name).name).name
    shown = "".join(character for character in bare if character.isprintable()).strip()
    return shown[-MAX_NAME_LENGTH:]


async def _drain(request: Request[Any]) -> None:
    """Read and drop what is left of a body, within bounds."""
    if request.headers.get("expect", "").lower() == "100-continue":
        return
    dropped, end = 0, time.monotonic() + DRAIN_SECONDS
    try:
        async for chunk in request.stream():
            dropped += len(chunk)
            if dropped > DRAIN_BYTES or time.monotonic() > end:
                return
    except (ClientDisconnect, RuntimeError, TooSlow):
        return
