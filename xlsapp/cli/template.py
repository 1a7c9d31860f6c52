"""`xlsapp template …`: import templates as TOML or JSON files, to keep and to make again elsewhere."""

import asyncio
import json
import sys
import tomllib
from argparse import Namespace
from pathlib import Path
from typing import Any

from xlsapp.cli.exit_codes import Exit
from xlsapp.cli.progress import printable
from xlsapp.cli.template_files import as_mapping, as_toml, draft_of
from xlsapp.config import Settings
from xlsapp.db.connection import Database
from xlsapp.errors import Refused
from xlsapp.messages.saying import say
from xlsapp.models import ImportTemplate, User
from xlsapp.repositories import import_templates, users
from xlsapp.services.accounts.accounts import normalised_email
from xlsapp.services.templates.drafts import DraftRefused, TemplateDraft
from xlsapp.services.templates.saving import create_template
from xlsapp.storage import Purpose, engine_of


def run(settings: Settings, options: Namespace) -> int:
    """List, export or import templates."""
    engine_of(settings).prepare_beside_server(settings)
    asyncio.run(_run(settings, options))
    return Exit.DONE


async def _run(settings: Settings, options: Namespace) -> None:
    async with engine_of(settings).opened(settings, Purpose.COMMAND) as storage:
        db = storage.db
        user = await _owner(db, options.user)
        match options.action:
            case "list":
                await _list(db, user, as_json=options.json)
            case "export":
                await _export(db, user, options)
            case "import":
                await _import(db, user, options, max_columns=settings.imports.max_columns)


async def _list(db: Database, user: User, *, as_json: bool) -> None:
    async with db.read() as conn:
        templates = await import_templates.list_for(conn, user.id)
    if as_json:
        keys = ("id", "name", "description", "record_count", "created_at", "updated_at")
        print(json.dumps([{key: getattr(t, key) for key in keys} for t in templates], indent=2))
    else:
        for template in templates:
            print(f"{template.id}\t{printable(template.name)}\t{template.record_count}")


async def _export(db: Database, user: User, options: Namespace) -> None:
    template = await _find(db, user, options.name)
    by_name = "json" if options.output and options.output.suffix == ".json" else "toml"
    mapping = as_mapping(template)
    if (options.format or by_name) == "json":
        text = json.dumps(mapping, indent=2, ensure_ascii=False) + "\n"
    else:
        text = as_toml(mapping)
    if options.output is None:
        sys.stdout.write(text)
        return
    try:
        options.output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Refused(f"{options.output} cannot be written: {error.strerror}.") from None
    print(f"Wrote “{template.name}” to {options.output}.")


async def _import(db: Database, user: User, options: Namespace, *, max_columns: int) -> None:
    mapping = _read(options.file)
    if options.name:
        mapping["name"] = options.name
    draft = draft_of(mapping)
    try:
        template = await create_template(db, user, draft, max_columns=max_columns)
    except DraftRefused as refused:
        problems = [
            f"  - {_label(draft, problem.steps)}: {say(problem.message)}" for problem in refused.problems
        ]
        raise Refused("\n".join([f"{options.file} was not imported:", *problems])) from None
    print(f"Made “{template.name}” with {len(template.columns)} columns for {user.email}.")


def _label(draft: TemplateDraft, steps: tuple[str | int, ...]) -> str:
    """Where in the file a problem is."""
    match steps:
        case ("columns", int(place), field):
            return f"column {place + 1}, “{draft.columns[place].name}”, {field}"
    return str(steps[0]) or "template"


async def _owner(db: Database, email: str | None) -> User:
    """The account that was named, or the only one. Raises Refused."""
    async with db.read() as conn:
        if email:
            found = await users.get_by_email(conn, normalised_email(email))
            if found is None:
                raise Refused(f"There is no account for “{email}”.")
            return found[0]
        everybody = await users.list_all(conn)
    if len(everybody) == 1:
        return everybody[0]
    if not everybody:
        raise Refused("There is no account yet. Make one with `xlsapp users add`.")
    raise Refused(f"There are {len(everybody)} accounts. Say whose templates you mean with --user.")


async def _find(db: Database, user: User, name: str) -> ImportTemplate:
    async with db.read() as conn:
        templates = await import_templates.list_for(conn, user.id)
    for template in templates:
        if template.name == name:
            return template
    names = ", ".join(f"“{template.name}”" for template in templates) or "none"
    raise Refused(f"{user.email} has no template called “{name}”. There are: {names}.")


def _read(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
        mapping = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except OSError as error:
        raise Refused(f"{path} cannot be read: {error.strerror}.") from None
    except ValueError as error:  # what both readers and a wrong encoding raise
        raise Refused(f"{path} cannot be read: {error}.") from None
    if not isinstance(mapping, dict):
        raise Refused(f"{path} has no template in it: it should begin with a name and columns.")
    return mapping
