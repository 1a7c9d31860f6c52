"""A server's API, as commands ask it: JSON both ways, files up and down. Python's own HTTP, and no package.

Redirects are not followed: the token goes to the server that was named, and to no other.
"""

import json
import ssl
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, suppress
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from pathlib import Path
from typing import IO, Any, Self
from urllib.parse import urlsplit

from xlsapp import __version__
from xlsapp.cli.exit_codes import Ended, Exit
from xlsapp.errors import Refused

TIMEOUT_SECONDS = 60
ATTEMPTS = 5
PIECE_BYTES = 256 * 1024
NO_ANSWER = (502, 503, 504)  # what a proxy says while the app restarts

Fields = list[tuple[str, str]]
OnBytes = Callable[[int, int], None]
"""Is told how many bytes of how many have gone."""


class NoAnswer(Ended):
    """The server cannot be reached just now."""


class ApiClient:
    """One server, asked in the name of one token."""

    def __init__(self, url: str, token: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise Ended(
                f"“{url}” is no address of a server. Write it like http://127.0.0.1:8000", Exit.WRONG_USE
            )
        if not token.isascii() or not token.isprintable():
            raise Ended("The access token has characters that none has. Copy it once more.", Exit.WRONG_USE)
        self.url = url.rstrip("/")
        self._is_secure, self._host, self._port = parts.scheme == "https", parts.hostname, parts.port
        self._root = f"{parts.path.rstrip('/')}/api/v1"
        self._headers = {
            "Authorization": f"Bearer {token}",
            "User-Agent": f"xlsapp/{__version__}",
            "Connection": "close",
        }

    def get(self, path: str) -> dict[str, Any]:
        """What the API answers. Raises Ended, or Refused with its own sentence."""
        return self._ask("GET", path)

    def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """The same, for a JSON body."""
        return self._ask(
            "POST", path, lambda: [json.dumps(body).encode()], {"Content-Type": "application/json"}
        )

    def upload(self, path: str, file: Path, fields: Fields, on_bytes: OnBytes) -> dict[str, Any]:
        """Send a file as `workbook`, with fields. It is sent again where that helps, and taken once."""
        form = _SentForm.of(file, fields)
        headers = {
            "Content-Type": form.content_type,
            "Content-Length": str(form.size_bytes),
            "Idempotency-Key": uuid.uuid4().hex,
        }
        return self._ask("POST", path, lambda: form.pieces(on_bytes), headers, can_repeat=True)

    def download(self, path: str, target: IO[bytes], on_bytes: OnBytes) -> None:
        """Write a file of the API's to `target`."""
        with closing(self._connection()) as connection:
            answer = self._send(connection, "GET", path, None, {})
            _raise_for(answer)
            length = answer.headers.get("Content-Length", "")
            total = int(length) if length.isdecimal() else 0
            done = 0
            try:
                while piece := answer.read(PIECE_BYTES):
                    target.write(piece)
                    done += len(piece)
                    on_bytes(done, total)
            except HTTPException as error:
                raise self._no_answer(error) from None
        if done < total:
            raise NoAnswer(
                f"The download broke off after {done:,} of {total:,} bytes. Try again.", Exit.NO_ACCESS
            )

    def _ask(
        self,
        method: str,
        path: str,
        body: Callable[[], Iterator[bytes] | list[bytes]] | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        can_repeat: bool = False,
    ) -> dict[str, Any]:
        """Send a request, again if the server asks to wait, or if it is one that can be repeated."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with closing(self._connection()) as connection:
                    answer = self._send(connection, method, path, body, headers or {})
                    pause = answer.headers.get("Retry-After", "")
                    if answer.status not in (409, 429) or not pause.isdecimal() or attempt == ATTEMPTS:
                        _raise_for(answer)
                        return self._understood(answer.read())
            except NoAnswer:
                if not can_repeat or attempt == ATTEMPTS:
                    raise
                pause = "1"
            except (HTTPException, OSError) as error:
                raise self._no_answer(error) from None
            time.sleep(min(int(pause), 60))
        raise AssertionError("the last attempt returns or raises")

    def _understood(self, body: bytes) -> dict[str, Any]:
        try:
            found = json.loads(body)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise self.no_xlsapp()
        return found

    def no_xlsapp(self) -> Refused:
        """What to say when an answer makes no sense."""
        return Refused(f"What answers at {self.url} is no xlsapp.")

    def _connection(self) -> HTTPConnection:
        if self._is_secure:
            context = ssl.create_default_context()
            return HTTPSConnection(self._host, self._port, timeout=TIMEOUT_SECONDS, context=context)
        return HTTPConnection(self._host, self._port, timeout=TIMEOUT_SECONDS)

    def _send(
        self,
        connection: HTTPConnection,
        method: str,
        path: str,
        body: Callable[[], Iterator[bytes] | list[bytes]] | None,
        headers: Mapping[str, str],
    ) -> HTTPResponse:
        """The answer's head. Raises NoAnswer."""
        pieces = body() if body else None
        if isinstance(pieces, list):
            headers = {**headers, "Content-Length": str(sum(map(len, pieces)))}
        try:
            connection.connect()
            # A server that refuses an upload says so at once, and hangs up: its answer is there all the same.
            with suppress(BrokenPipeError, ConnectionResetError):
                connection.request(method, self._root + path, pieces, {**self._headers, **headers})
            answer = connection.getresponse()
        except (HTTPException, OSError) as error:
            raise self._no_answer(error) from None
        if answer.status in NO_ANSWER:
            raise self._no_answer(f"it says {answer.status} {answer.reason}")
        return answer

    def _no_answer(self, reason: object) -> NoAnswer:
        text = getattr(reason, "strerror", None) or reason
        return NoAnswer(f"{self.url} cannot be reached: {text}.", Exit.NO_ACCESS)


class _SentForm:
    """A form with a file, in the pieces in which it is sent."""

    def __init__(self, file: Path, head: bytes, tail: bytes, boundary: str, file_bytes: int) -> None:
        self._file, self._head, self._tail = file, head, tail
        self.content_type = f"multipart/form-data; boundary={boundary}"
        self.size_bytes = len(head) + file_bytes + len(tail)

    @classmethod
    def of(cls, file: Path, fields: Fields) -> Self:
        """Raises Refused when the file cannot be read."""
        boundary = uuid.uuid4().hex
        file_name = file.name.translate({ord('"'): "%22", ord("\r"): "%0D", ord("\n"): "%0A"})
        parts = [f'name="{name}"\r\n\r\n{value}\r\n' for name, value in fields]
        parts.append(
            f'name="workbook"; filename="{file_name}"\r\nContent-Type: application/octet-stream\r\n\r\n'
        )
        head = "".join(f"--{boundary}\r\nContent-Disposition: form-data; {part}" for part in parts)
        try:
            with file.open("rb") as opened:
                file_bytes = opened.seek(0, 2)
        except OSError as error:
            raise Refused(f"{file} cannot be read: {error.strerror}.") from None
        encoded = head.encode("utf-8", "replace")
        return cls(file, encoded, f"\r\n--{boundary}--\r\n".encode(), boundary, file_bytes)

    def pieces(self, on_bytes: OnBytes) -> Iterator[bytes]:
        """All of it, in the order of sending."""
        yield self._head
        sent = len(self._head)
        with self._file.open("rb") as file:
            while piece := file.read(PIECE_BYTES):
                yield piece
                sent += len(piece)
                on_bytes(sent, self.size_bytes)
        yield self._tail


def _raise_for(answer: HTTPResponse) -> None:
    """Raise what a failure says, in its own words and those of each of its errors."""
    if answer.status < 300:
        return
    try:
        failure = json.loads(answer.read())
        lines = [str(failure["detail"])]
        errors = failure.get("errors", [])
        lines += [f"  - {error['detail']}" for error in errors if error["detail"] not in lines]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, HTTPException, OSError):
        lines = [f"The server answers {answer.status} {answer.reason}, which is no answer of xlsapp's API."]
    if answer.status in (401, 403):
        raise Ended("\n".join(lines), Exit.NO_ACCESS)
    raise Refused("\n".join(lines))
