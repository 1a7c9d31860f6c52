"""PostgreSQL and the folder to work in, as `xlsapp check` looks them over."""

import asyncio
from collections.abc import Iterator

from xlsapp.cli.check_folder import disk, modes
from xlsapp.cli.looked_at import BAD, NOTE, OK, LookedAt
from xlsapp.config import Settings
from xlsapp.db.errors import DatabaseFault
from xlsapp.db.migrate import migrations
from xlsapp.db.postgres.facts import ServerFacts, facts_of
from xlsapp.db.postgres.server import OLDEST_SERVER, UNHEARD
from xlsapp.errors import ConfigurationError
from xlsapp.storage import engine_of
from xlsapp.storage.on_postgres import try_store

# pg_dump locks each template's table and the sequence of its ids, all at the same time, and some tables more.
LOCKS_OF_TEMPLATE, OTHER_LOCKS = 2, 150

# Clocks that are told the time over a network are closer than that.
MOST_SECONDS_APART = 2.0


def look_over(settings: Settings) -> Iterator[LookedAt]:
    """Everything of the database, then the folder."""
    engine_of(settings)  # its packages are there
    try:
        facts = facts_of(settings.database.url)
    except ConfigurationError as error:
        yield LookedAt(BAD, "postgresql", " ".join(error.problems))
    except DatabaseFault as fault:
        yield LookedAt(BAD, "postgresql", f"cannot be looked at: {fault}.")
    else:
        yield from judged(facts, settings)
    if settings.files.url:
        yield files_tried(settings)
    yield from _folder(settings)


def judged(facts: ServerFacts, settings: Settings) -> Iterator[LookedAt]:
    """What the facts mean for us."""
    yield from _server(facts)
    yield _schema(facts)
    yield _connections(facts, settings)
    yield _locks(facts)
    yield _trigrams(facts)
    yield _clock(facts)


def _server(facts: ServerFacts) -> Iterator[LookedAt]:
    if facts.version_number < OLDEST_SERVER:
        yield LookedAt(BAD, "postgresql", f"is of version {facts.version}; xlsapp needs 15 or newer.")
    else:
        size = f"{facts.size_bytes / 1e6:,.1f} MB"
        yield LookedAt(OK, "postgresql", f"version {facts.version}, database {facts.database}, {size}.")
    if facts.encoding != "UTF8":
        yield LookedAt(BAD, "postgresql", f"stores texts as {facts.encoding}; xlsapp needs UTF8.")
    if not facts.has_icu:
        yield LookedAt(BAD, "postgresql", "was built without ICU, by which texts are sorted for readers.")
    if facts.is_read_only:
        yield LookedAt(BAD, "postgresql", "takes no writes: it is a standby, or set so.")
    if not facts.may_create:
        yield LookedAt(
            BAD, "postgresql", f"lets this user make no tables: GRANT CREATE ON DATABASE {facts.database}."
        )
    if not facts.gives_sessions:
        yield LookedAt(BAD, "pooler", UNHEARD)
    if not facts.survives_power_cuts:
        yield LookedAt(
            BAD, "postgresql", "loses what it holds in a power cut: fsync or full_page_writes is off."
        )
    if not facts.is_encrypted:
        yield LookedAt(
            NOTE, "postgresql", "is reached without TLS: add ?sslmode=require where others share the network."
        )


def _schema(facts: ServerFacts) -> LookedAt:
    known = max(migrations("postgres"))
    if not facts.schema_version:
        return LookedAt(NOTE, "tables", "are not there yet; the first start makes them.")
    if facts.needs_version > known:
        text = f"need a newer xlsapp: schema {facts.needs_version} is needed, {known} is known."
        return LookedAt(BAD, "tables", text)
    if facts.schema_version < known:
        return LookedAt(NOTE, "tables", f"the next start brings schema {facts.schema_version} to {known}.")
    newer = "" if facts.schema_version == known else f", and this program knows {known}"
    return LookedAt(OK, "tables", f"schema {facts.schema_version}{newer}; {facts.templates:,} templates.")


def _connections(facts: ServerFacts, settings: Settings) -> LookedAt:
    """Room for one more process like this one."""
    most = {"web": 5, "worker": 5 + settings.jobs.concurrency}.get(
        settings.server.role, 6 + settings.jobs.concurrency
    )
    text = (
        f"{facts.connections} of {facts.most_connections} are taken, {facts.own_connections} by xlsapp; "
        f"a process with this role takes at most {most}."
    )
    if facts.connections + most > facts.most_connections:
        return LookedAt(BAD, "connections", f"{text} Raise max_connections, or start fewer.")
    return LookedAt(OK, "connections", text)


def _locks(facts: ServerFacts) -> LookedAt:
    needed = LOCKS_OF_TEMPLATE * facts.templates + OTHER_LOCKS
    if needed <= facts.most_locks:
        return LookedAt(OK, "locks", f"there are {facts.most_locks:,}; pg_dump needs some {needed:,}.")
    each = 2 * -(-needed * facts.locks_each // facts.most_locks)
    text = f"there are {facts.most_locks:,}; pg_dump needs some {needed:,} for {facts.templates:,} templates:"
    return LookedAt(BAD, "locks", f"{text} set max_locks_per_transaction = {each}, and restart PostgreSQL.")


def _trigrams(facts: ServerFacts) -> LookedAt:
    if facts.has_trigrams:
        return LookedAt(OK, "extensions", "pg_trgm is there: large templates are searched by an index.")
    if facts.can_have_trigrams:
        return LookedAt(OK, "extensions", "pg_trgm is added when a large template is searched first.")
    return LookedAt(
        NOTE,
        "extensions",
        "pg_trgm is not installed: searches work, and take longer in large templates. Debian has it in "
        "postgresql-contrib.",
    )


def _clock(facts: ServerFacts) -> LookedAt:
    apart = abs(facts.seconds_ahead)
    if apart < MOST_SECONDS_APART:
        return LookedAt(OK, "clock", f"{apart:.1f} s between PostgreSQL's and this machine's.")
    side = "ahead of" if facts.seconds_ahead > 0 else "behind"
    return LookedAt(
        NOTE, "clock", f"PostgreSQL's is {apart:,.0f} s {side} this machine's. PostgreSQL's is what counts."
    )


def files_tried(settings: Settings) -> LookedAt:
    """Whether what is at files.url takes files, and gives them back."""
    try:
        why_not = asyncio.run(try_store(settings))
    except ConfigurationError as error:
        return LookedAt(BAD, "files", " ".join(error.problems))
    if why_not:
        return LookedAt(BAD, "files", f"files.url is of no use: {why_not}.")
    how = "by signed addresses" if settings.files.downloads == "signed" else "through the app"
    return LookedAt(OK, "files", f"files.url takes files and gives them back; browsers get them {how}.")


def _folder(settings: Settings) -> Iterator[LookedAt]:
    root = settings.data_dir
    if not root.exists():
        yield LookedAt(
            NOTE, "data folder", f"{root}, to work in, is not there yet; the first start makes it."
        )
        return
    yield LookedAt(OK, "data folder", f"{root}, to work in. Nothing in it has to be kept.")
    yield from modes(root)
    yield disk(settings)
