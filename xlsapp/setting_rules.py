"""What texts of settings look like: what is wrong with one, as the end of “server.port …”, or None."""

import ipaddress
import re


def path_prefix(text: str) -> str | None:
    """Where the app is behind a proxy."""
    fits = re.fullmatch(r"(/[A-Za-z0-9._~-]+)*", text)
    return None if fits else "must be empty or look like “/xlsapp”, without a slash at its end"


def addresses(texts: list[str]) -> str | None:
    """Addresses and networks."""
    try:
        for text in texts:
            ipaddress.ip_network(text)
    except ValueError:
        return "must be a list of addresses like 127.0.0.1, or of networks like 10.0.0.0/8"
    return None


def host_names(texts: list[str]) -> str | None:
    """Names of a host."""
    fits = all(re.fullmatch(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:]+", text) for text in texts)
    return None if fits else "must be a list of names like xlsapp.example.com, without ports"


def secret_text(text: str) -> str | None:
    """A key or a token."""
    fits = re.fullmatch(r"([!-~]{16,200})?", text)
    return None if fits else "must be empty or 16 to 200 letters, digits and signs, without spaces"


def postgres_url(text: str) -> str | None:
    """Where a PostgreSQL is."""
    fits = not text or text.startswith(("postgresql://", "postgres://"))
    return None if fits else "must be empty, for SQLite in the data folder, or look like “postgresql://…”"


def issuer(text: str) -> str | None:
    """A provider of OpenID Connect, over https but on this machine."""
    fits = re.fullmatch(r"(https://[^\s?#]+|http://(127\.0\.0\.1|localhost)(:\d+)?[^\s?#]*)?", text)
    return None if fits else "must be empty or look like “https://sign-on.example.com”"


def domains(texts: list[str]) -> str | None:
    """What stands behind the @ of e-mail addresses."""
    fits = all(re.fullmatch(r"[^@\s]+\.[^@\s]+|localhost", text) for text in texts)
    return None if fits else "must be a list of names like example.com, without @"


def store_url(text: str) -> str | None:
    """Where an object store is."""
    fits = re.fullmatch(r"([a-z][a-z0-9+]*://.+)?", text)
    return None if fits else "must be empty, or look like “s3://bucket/folder”"
