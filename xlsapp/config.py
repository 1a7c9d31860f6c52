"""The settings: defaults here, overridden by config.toml, then by the environment, then by flags.

`XLSAPP_SERVER__PORT=9000` in the environment is `port = 9000` under `[server]` in the file.
"""

import os
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import Field, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, get_type_hints

from xlsapp import setting_rules as rules
from xlsapp.errors import ConfigurationError

ENVIRONMENT_PREFIX = "XLSAPP_"
# No settings of a server: where commands find one, and what lets them in.
URL_VARIABLE, TOKEN_VARIABLE = "XLSAPP_URL", "XLSAPP_TOKEN"

ROLES = ("both", "web", "worker")
DOWNLOADS = ("through", "signed")
SIGN_UPS = ("first", "open", "closed")

# A row of PostgreSQL has to fit in 8,160 bytes, of which a long text takes 18 wherever the rest of it lies.
MOST_COLUMNS_ON_POSTGRES = 440


def setting(
    default: Any,
    *,
    least: int = 0,
    most: int | None = None,
    choices: tuple[str, ...] = (),
    check: Callable[[Any], str | None] | None = None,
    secret: bool = False,
) -> Any:
    """A setting with its default and what it may be; `check` says what is wrong as `_problem` does.

    What is `secret` is repeated in no sentence.
    """
    metadata = {"least": least, "most": most, "choices": choices, "check": check, "secret": secret}
    if isinstance(default, list):
        return field(default_factory=lambda: list(default), metadata=metadata)
    return field(default=default, metadata=metadata, repr=not secret)


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """Where the app listens, what it does, and how it stops."""

    host: str = setting("127.0.0.1")
    port: int = setting(8000, most=65535)
    role: str = setting("both", choices=ROLES)
    shutdown_grace_seconds: int = setting(10, least=1, most=600)
    slow_request_seconds: int = setting(20, least=1, most=600)
    trusted_proxies: list[str] = setting([], check=rules.addresses)  # noqa: RUF009 (a field() of ours)
    hosts: list[str] = setting([], check=rules.host_names)  # noqa: RUF009 (a field() of ours)
    path_prefix: str = setting("", check=rules.path_prefix)
    max_sockets_per_account: int = setting(200, least=1, most=1_000_000)
    reserve_mb: int = setting(200, least=8, most=1_000_000)
    metrics: bool = setting(False)
    metrics_token: str = setting("", check=rules.secret_text, secret=True)

    @property
    def has_pages(self) -> bool:
        """Whether this process has pages and an API."""
        return self.role != "worker"

    @property
    def works(self) -> bool:
        """Whether this process does jobs."""
        return self.role != "web"


@dataclass(frozen=True, slots=True)
class DataSettings:
    """Where everything is kept."""

    dir: str = setting("data")


@dataclass(frozen=True, slots=True)
class DatabaseSettings:
    """What keeps the data, where several machines share it."""

    url: str = setting("", check=rules.postgres_url, secret=True)


@dataclass(frozen=True, slots=True)
class FileSettings:
    """Where uploads and exports are kept, where several machines share them."""

    url: str = setting("", check=rules.store_url, secret=True)
    downloads: str = setting("through", choices=DOWNLOADS)


@dataclass(frozen=True, slots=True)
class AuthSettings:
    """Who may come in, and for how long."""

    signup: str = setting("first", choices=SIGN_UPS)
    secret: str = setting("", check=rules.secret_text, secret=True)
    passwords: bool = setting(True)
    session_days: int = setting(14, least=1, most=365)
    min_password_length: int = setting(8, least=6, most=128)
    max_failures_per_account: int = setting(10, least=3, most=1_000_000)
    max_failures_per_address: int = setting(50, least=3, most=1_000_000)
    max_sign_ups_per_address: int = setting(10, least=1, most=1_000_000)


@dataclass(frozen=True, slots=True)
class SignOnSettings:
    """Who else says who somebody is: a provider of OpenID Connect."""

    issuer: str = setting("", check=rules.issuer)
    client_id: str = setting("")
    client_secret: str = setting("", secret=True)
    name: str = setting("single sign-on")
    domains: list[str] = setting([], check=rules.domains)  # noqa: RUF009 (a field() of ours)
    groups: list[str] = setting([])  # noqa: RUF009 (a field() of ours)
    groups_claim: str = setting("groups")
    scopes: str = setting("openid email profile")


@dataclass(frozen=True, slots=True)
class JobSettings:
    """The work that outlives a request."""

    concurrency: int = setting(2, least=1, most=32)
    max_unfinished_per_account: int = setting(100, least=1, most=1_000_000)
    max_files_mb_per_account: int = setting(2000, least=1, most=1_000_000)
    small_file_kb: int = setting(1000, most=1_000_000)
    small_export_records: int = setting(10_000, most=1_000_000_000)
    small_seconds: int = setting(5, least=1, most=600)
    status_hours: int = setting(24, least=1, most=720)
    attempts: int = setting(3, least=1, most=10)
    retry_delay_seconds: int = setting(2, most=600)


@dataclass(frozen=True, slots=True)
class ImportSettings:
    """What a workbook may be, and what reading it may cost."""

    max_upload_mb: int = setting(100, least=1, most=2048)
    max_rows: int = setting(1_048_576, least=1, most=1_048_576)
    max_cells: int = setting(16_000_000, least=1, most=1_000_000_000)
    max_columns: int = setting(500, least=1, most=500)
    max_unpacked_mb: int = setting(1024, least=1, most=16384)
    max_text_mb: int = setting(300, least=1, most=4096)
    max_problems: int = setting(10_000, least=100, most=1_000_000)
    max_memory_mb: int = setting(1536, least=256, most=65536)
    max_seconds: int = setting(300, least=5, most=86400)
    max_delete_percent: int = setting(20, most=100)


@dataclass(frozen=True, slots=True)
class ExportSettings:
    """What writing a workbook may cost."""

    max_memory_mb: int = setting(512, least=128, most=65536)
    max_seconds: int = setting(600, least=5, most=86400)


@dataclass(frozen=True, slots=True)
class HistorySettings:
    """What is kept of what records were before they were changed."""

    days: int = setting(90, least=1, most=3650)
    max_mb: int = setting(1024, least=1, most=1_000_000)


@dataclass(frozen=True, slots=True)
class ApiSettings:
    """What programs may ask for."""

    max_requests_per_minute: int = setting(600, least=1, most=1_000_000)


@dataclass(frozen=True, slots=True)
class AuditSettings:
    """Who did what, and for how long that is known."""

    days: int = setting(365, least=1, most=36500)


@dataclass(frozen=True, slots=True)
class LogSettings:
    """What the log says."""

    level: str = setting("info", choices=("debug", "info", "warning", "error"))
    format: str = setting("plain", choices=("plain", "json"))


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting of the app."""

    server: ServerSettings = field(default_factory=ServerSettings)
    data: DataSettings = field(default_factory=DataSettings)
    database: DatabaseSettings = field(default_factory=DatabaseSettings)
    files: FileSettings = field(default_factory=FileSettings)
    auth: AuthSettings = field(default_factory=AuthSettings)
    sign_on: SignOnSettings = field(default_factory=SignOnSettings)
    jobs: JobSettings = field(default_factory=JobSettings)
    imports: ImportSettings = field(default_factory=ImportSettings)
    exports: ExportSettings = field(default_factory=ExportSettings)
    history: HistorySettings = field(default_factory=HistorySettings)
    api: ApiSettings = field(default_factory=ApiSettings)
    audit: AuditSettings = field(default_factory=AuditSettings)
    log: LogSettings = field(default_factory=LogSettings)

    def __post_init__(self) -> None:
        """Every reader of a setting is told what holds with this engine."""
        if self.database.url and self.imports.max_columns > MOST_COLUMNS_ON_POSTGRES:
            narrower = replace(self.imports, max_columns=MOST_COLUMNS_ON_POSTGRES)
            object.__setattr__(self, "imports", narrower)

    @property
    def data_dir(self) -> Path:
        """The data folder, whole."""
        return Path(self.data.dir).expanduser().absolute()


SECTIONS: dict[str, type[Any]] = get_type_hints(Settings)


def load(
    path: Path | None = None,
    *,
    environment: Mapping[str, str] | None = None,
    flags: Mapping[tuple[str, str], Any] | None = None,
) -> Settings:
    """Read the settings. `path` must exist if it is given; without it, config.toml is read if there is one.

    `flags` maps (section, name) to a value. Raises ConfigurationError, which lists every problem at once.
    """
    problems: list[str] = []
    chosen: dict[str, dict[str, Any]] = {section: {} for section in SECTIONS}
    for source, section, name, value in [
        *_from_file(path, problems),
        *_from_environment(os.environ if environment is None else environment),
        *(("the command line", section, name, value) for (section, name), value in (flags or {}).items()),
    ]:
        known = _field(section, name)
        if known is None:
            problems.append(f"{source}: there is no setting “{section}.{name}”.")
        elif problem := _problem(known, _parsed(known, value)):
            instead = "" if known.metadata["secret"] else f", not {value!r}"
            problems.append(f"{source}: {section}.{name} {problem}{instead}.")
        else:
            chosen[section][name] = _parsed(known, value)
    if problems:
        raise ConfigurationError(problems)
    return Settings(**{section: cls(**chosen[section]) for section, cls in SECTIONS.items()})


def _from_file(path: Path | None, problems: list[str]) -> Iterator[tuple[str, str, str, Any]]:
    file = path or Path("config.toml")
    if path is None and not file.exists():
        return
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        problems.append(f"{file}: cannot be read: {error}.")
        return
    for section, table in tables.items():
        if section not in SECTIONS or not isinstance(table, dict):
            problems.append(f"{file}: there is no section “[{section}]”. There are: {', '.join(SECTIONS)}.")
            continue
        for name, value in table.items():
            yield str(file), section, name, value


def _from_environment(environment: Mapping[str, str]) -> Iterator[tuple[str, str, str, Any]]:
    for variable, value in sorted(environment.items()):
        if variable.startswith(ENVIRONMENT_PREFIX) and variable not in (URL_VARIABLE, TOKEN_VARIABLE):
            section, _, name = variable.removeprefix(ENVIRONMENT_PREFIX).lower().partition("__")
            yield variable, section, name, value


def _field(section: str, name: str) -> Field[Any] | None:
    cls = SECTIONS.get(section)
    return next((f for f in fields(cls) if f.name == name), None) if cls else None


def _parsed(known: Field[Any], value: Any) -> Any:
    """Text from the environment or a flag as the setting's own type, where it reads as one."""
    if not isinstance(value, str):
        return value
    if known.type is int:
        try:
            return int(value)
        except ValueError:
            return value
    if known.type is bool:
        return {"true": True, "false": False}.get(value.lower(), value)
    if known.type == list[str]:
        return [part.strip() for part in value.split(",") if part.strip()]
    return value


def _problem(known: Field[Any], value: Any) -> str | None:
    """What is wrong with a value, as the end of “server.port …”."""
    about = known.metadata
    if problem := _wrong_kind(known, value):
        return problem
    if about["choices"] and value not in about["choices"]:
        return f"must be one of {', '.join(about['choices'])}"
    return about["check"](value) if about["check"] else None


def _wrong_kind(known: Field[Any], value: Any) -> str | None:
    about = known.metadata
    if known.type is bool:
        return None if isinstance(value, bool) else "must be true or false"
    if known.type is int:
        if not isinstance(value, int) or isinstance(value, bool):
            return "must be a whole number"
        if value < about["least"] or (about["most"] is not None and value > about["most"]):
            upper = f" to {about['most']}" if about["most"] is not None else " or more"
            return f"must be {about['least']}{upper}"
        return None
    if known.type == list[str]:
        ok = isinstance(value, list) and all(isinstance(part, str) for part in value)
        return None if ok else "must be a list of texts"
    return None if isinstance(value, str) else "must be a text"
