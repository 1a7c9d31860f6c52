"""Every command of the command line, with its words."""

from argparse import SUPPRESS, ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any

from xlsapp import __version__

EXIT_CODES = """\
exit codes:
  0  done
  1  it could not be done, or `check` found something wrong
  2  wrong settings, or words that are no command
  3  another xlsapp works on the data folder
"""


def build_parser() -> ArgumentParser:
    """The parser. `options.command` names the module in this package that carries the command out."""
    parser = ArgumentParser(
        prog="xlsapp",
        description="Spreadsheets in, typed records out.",
        epilog=EXIT_CODES,
        formatter_class=RawDescriptionHelpFormatter,
        parents=[_where(config=None)],
    )
    parser.add_argument("--version", action="version", version=f"xlsapp {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    parser.set_defaults(command="serve")
    # Options may stand before the command or after it; left out here, they keep what was said before.
    common: dict[str, Any] = {"parents": [_where(config=SUPPRESS)]}
    commands.add_parser("serve", help="serve the pages and work on jobs (the default)", **common)
    commands.add_parser("demo", help="try it out, on a data folder that is gone at the end", **common)
    _add_users(commands, common)
    _add_template(commands, common)
    backup = commands.add_parser("backup", help="copy everything precious, also while the app runs", **common)
    backup.add_argument("folder", type=Path, metavar="DIR", help="the copy: a folder that is not there yet")
    restore = commands.add_parser("restore", help="put a backup in the data folder's place", **common)
    restore.add_argument("folder", type=Path, metavar="DIR", help="what `backup` made")
    check = commands.add_parser("check", help="look over settings, databases, disk and file modes", **common)
    _add_json(check)
    return parser


def _add_users(commands: Any, common: dict[str, Any]) -> None:
    actions = commands.add_parser("users", help="look after accounts", **common).add_subparsers(
        dest="action", metavar="ACTION", required=True
    )
    _add_json(actions.add_parser("list", help="all accounts", **common))
    for action, text in (
        ("add", "make an account; its password is asked for, or read from standard input"),
        ("reset-password", "give an account another password, and sign it out everywhere"),
        ("remove", "remove an account with its templates and records"),
    ):
        actions.add_parser(action, help=text, **common).add_argument("email")


def _add_template(commands: Any, common: dict[str, Any]) -> None:
    actions = commands.add_parser("template", help="import templates as files", **common).add_subparsers(
        dest="action", metavar="ACTION", required=True
    )
    owner: dict[str, Any] = {"metavar": "EMAIL", "help": "whose; needed when there is more than one account"}
    _add_json(listed := actions.add_parser("list", help="all templates of an account", **common))
    listed.add_argument("--user", **owner)
    exported = actions.add_parser("export", help="write a template to a file, or print it", **common)
    exported.add_argument("name", help="the template's name")
    exported.add_argument("--user", **owner)
    exported.add_argument("--format", choices=("toml", "json"), help="default: by the file's name, else toml")
    exported.add_argument("--output", type=Path, metavar="FILE")
    imported = actions.add_parser("import", help="make a template from such a file", **common)
    imported.add_argument("file", type=Path, metavar="FILE", help="a .toml or .json file")
    imported.add_argument("--name", help="another name than the file says")
    imported.add_argument("--user", **owner)


def _add_json(parser: ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="for scripts: JSON, one document")


def _where(*, config: Any) -> ArgumentParser:
    """The options that say where: for the whole, and again for each command."""
    parser = ArgumentParser(add_help=False)
    parser.add_argument(
        "--config", type=Path, default=config, metavar="FILE", help="settings (default: config.toml here)"
    )
    for name, text in (
        ("--host", "the address to listen on"),
        ("--port", "the port to listen on"),
        ("--data-dir", "the folder for databases, uploads and exports"),
    ):
        parser.add_argument(name, default=SUPPRESS, help=text)
    return parser
