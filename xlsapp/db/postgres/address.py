"""An address of a PostgreSQL as it may be shown: without a password, or whatever else lets one in."""

from urllib.parse import quote

import psycopg
from psycopg.conninfo import conninfo_to_dict

from xlsapp.errors import ConfigurationError


def shown_address(url: str) -> str:
    """Where it leads to, and as whom. Raises ConfigurationError when it is no address."""
    try:
        said = {name: str(value) for name, value in conninfo_to_dict(url).items() if value}
    except psycopg.ProgrammingError as error:
        raise ConfigurationError(["This is no address of a PostgreSQL."]) from error
    host, port = said.get("host", ""), said.get("port", "")
    user = f"{quote(said['user'])}@" if "user" in said else ""
    database = quote(said.get("dbname", ""))
    if host.startswith("/") or "," in host:
        more = "&".join(f"{name}={said[name]}" for name in ("host", "port") if name in said)
        return f"postgresql://{user}/{database}?{more}"
    return f"postgresql://{user}{host}{f':{port}' if port else ''}/{database}"
