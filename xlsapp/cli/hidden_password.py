"""A password that was typed into a command, out of sight: others on the machine can read its words."""

import os
import sys
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

# Where PostgreSQL's own library looks for it.
VARIABLE = "PGPASSWORD"


def hide_password(url: str) -> str:
    """The address without its password, which is in the environment from now on.

    Where the command line has it, the command begins anew without it, in the same process.
    """
    password, clean = _parted(url)
    if not password:
        return url
    os.environ[VARIABLE] = password
    if any(url in word for word in sys.orig_argv):
        words = [word.replace(url, clean) for word in sys.orig_argv[1:]]
        os.execv(sys.executable, [sys.executable, *words])  # noqa: S606 - ourselves, as we were called
    return clean


def _parted(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    who, at, where = parts.netloc.rpartition("@")
    user, _, password = who.partition(":")
    said = [unquote(password), *(value for name, value in query if name == "password")]
    rest = urlencode([pair for pair in query if pair[0] != "password"], quote_via=quote)
    clean = parts._replace(netloc=f"{user}{at}{where}", query=rest).geturl()
    # Without a host, the two slashes before the database get lost.
    if parts.netloc == "" and not clean.startswith(f"{parts.scheme}://"):
        clean = clean.replace(":", "://", 1)
    return next((each for each in reversed(said) if each), ""), clean
