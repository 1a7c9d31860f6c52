"""Every command of the command line, with its words."""

from argparse import SUPPRESS, ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any

from xlsapp import __version__
from xlsapp.config import ROLES
from xlsapp.services.imports.options import BLANKS, DATES, DECIMALS, MERGED, MODES, SAME_FILE, TIMES

EXIT_CODES = """\
exit codes:
  0  done
  1  it could not be done, a job failed, or `check` found something wrong
  2  wrong settings, or words that are no command
  3  another xlsapp works on the data folder
  4  the server cannot be reached, or does not let this token in
  5  `import --check` found rows with problems
"""


def build_parser() -> ArgumentParser:
    """The parser. `options.module`, else `options.command`, names the module here that carries it out."""
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
    serve = commands.add_parser("serve", help="serve the pages and work on jobs (the default)", **common)
    serve.add_argument(
        "--role", choices=ROLES, default=SUPPRESS, help="pages, jobs or both; on PostgreSQL (default: both)"
    )
    commands.add_parser("demo", help="try it out, on a data folder that is gone at the end", **common)
    _add_users(commands, common)
    _add_template(commands, common)
    backup = commands.add_parser("backup", help="copy everything precious, also while the app runs", **common)
    backup.add_argument("folder", type=Path, metavar="DIR", help="the copy: a folder that is not there yet")
    restore = commands.add_parser("restore", help="put a backup in the data folder's place", **common)
    restore.add_argument("folder", type=Path, metavar="DIR", help="what `backup` made")
    move = commands.add_parser("move", help="move all data into a PostgreSQL, or back", **common)
    move.add_argument(
        "--to",
        required=True,
        metavar="PLACE",
        help="postgresql://…, with the password best in PGPASSWORD or ~/.pgpass; or a new folder, to go back",
    )
    move.add_argument(
        "--without-reviews", action="store_true", help="leave behind, too, what was mended in reviews"
    )
    check = commands.add_parser("check", help="look over settings, databases, disk and file modes", **common)
    _add_json(check)
    _add_import(commands, common)
    _add_export(commands, common)
    undo = commands.add_parser("undo", help="take a change of records back, or list the latest", **common)
    undo.add_argument(
        "what", nargs="?", metavar="WHAT", help="a change's number, or the id of an import's job"
    )
    _add_server(undo)
    completion = commands.add_parser("completion", help="print what makes a shell complete these", **common)
    completion.add_argument("shell", choices=("bash", "zsh", "fish", "tcsh"))
    return parser


def _add_users(commands: Any, common: dict[str, Any]) -> None:
    actions = commands.add_parser("users", help="look after accounts", **common).add_subparsers(
        dest="action", metavar="ACTION", required=True
    )
    _add_json(actions.add_parser("list", help="all accounts", **common))
    for action, text in (
        ("add", "make an account; its password is asked for, or read from standard input"),
        ("reset-password", "give an account another password, and sign it out everywhere"),
        (
            "reset-second-factor",
            "let an account sign in with its password alone, as phone and codes are lost",
        ),
        ("remove", "remove an account with all that is kept of it"),
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


def _add_import(commands: Any, common: dict[str, Any]) -> None:
    parser = commands.add_parser("import", help="send a workbook to a server, to be imported", **common)
    parser.set_defaults(module="imports")
    parser.add_argument("file", type=Path, metavar="FILE", help="the workbook")
    _add_server(parser)
    parser.add_argument("--wait", action="store_true", help="wait for the job, and print what became of it")
    parser.add_argument("--mode", choices=MODES, help="how rows become records (default: add)")
    parser.add_argument(
        "--key",
        action="append",
        default=[],
        metavar="COLUMN",
        help="a column that tells which record a row is; may be given several times",
    )
    parser.add_argument("--blank", choices=BLANKS, help="what an empty cell does to a record (default: keep)")
    parser.add_argument("--valid-only", action="store_true", help="import the rows that are right")
    parser.add_argument("--confirm-deletes", type=int, metavar="N", help="how many records may be deleted")
    parser.add_argument("--sheet", metavar="NAME", help="the sheet, where the wrong one is found")
    parser.add_argument("--header-row", type=int, metavar="N", help="the header's row, as Excel counts")
    parser.add_argument("--encoding", metavar="NAME", help="of a csv file, where the wrong one is found")
    parser.add_argument("--delimiter", metavar="SIGN", help="of a csv file, where the wrong one is found")
    parser.add_argument("--times", choices=TIMES, help="times with a zone, as written or as UTC")
    parser.add_argument("--merged", choices=MERGED, help="rows that get the value of merged cells")
    parser.add_argument(
        "--same-file", choices=SAME_FILE, help="where this very file was added before (default: add it again)"
    )
    parser.add_argument(
        "--without-undo", action="store_true", help="import also what is too much to be taken back"
    )
    parser.add_argument("--decimal", choices=DECIMALS[1:], help="the decimal sign of numbers in texts")
    parser.add_argument("--dates", choices=DATES[1:], help="what comes first in dates that are texts")
    parser.add_argument(
        "--answer",
        action="append",
        default=[],
        metavar="ID=ANSWER",
        help="to a question that such a workbook has brought up; may be given several times",
    )
    parser.add_argument("--check", action="store_true", help="write nothing: say what an import would do")
    parser.add_argument(
        "--marked",
        type=Path,
        metavar="OUT.xlsx",
        help="with --wait: where to write the workbook with its problems marked, if there are any",
    )
    parser.add_argument("--apply", action="store_true", help="check, and go on if nothing is wrong")
    parser.add_argument("--guess", action="store_true", help="do not ask: read as usual what nobody decides")


def _add_export(commands: Any, common: dict[str, Any]) -> None:
    parser = commands.add_parser("export", help="fetch a template's records from a server", **common)
    parser.set_defaults(module="exports")
    _add_server(parser)
    parser.add_argument(
        "--kind",
        choices=("data", "view", "template", "sample"),
        help="all records (the default), those that --search and the like find, a blank workbook, a sample",
    )
    parser.add_argument("--format", choices=("xlsx", "csv", "jsonl"), help="default: xlsx")
    parser.add_argument("--delimiter", choices=(",", ";"), help="of a csv file; default: ,")
    parser.add_argument(
        "--output", type=Path, metavar="FILE", help="where to write; - prints it (default: the server's name)"
    )
    parser.add_argument("--view", metavar="NAME", help="the records of a saved view")
    parser.add_argument("--search", metavar="TEXT", help="records that have this in a text")
    parser.add_argument(
        "--filter",
        action="append",
        nargs=3,
        default=[],
        metavar=("COLUMN", "OPERATOR", "VALUE"),
        help="records that fit: contains, is, from, to, one_of, blank; may be given several times",
    )
    parser.add_argument("--from-import", metavar="ID", help="records that this import brought; none: by hand")
    parser.add_argument("--sort", metavar="COLUMN")
    parser.add_argument("--desc", action="store_true", help="the other way round")


def _add_server(parser: ArgumentParser) -> None:
    parser.add_argument("--template", required=True, metavar="NAME", help="the import template's name")
    parser.add_argument("--url", help="the server (default: XLSAPP_URL, else the one of the settings)")
    parser.add_argument(
        "--token", help="an access token (default: XLSAPP_TOKEN, which others on this machine do not see)"
    )
    _add_json(parser)


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
