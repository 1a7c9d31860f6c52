"""The command line. `parser.py` has every command with its words; a module each carries them out."""

import os
import sys
from argparse import Namespace
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from xlsapp.cli.exit_codes import Ended, Exit
from xlsapp.cli.parser import build_parser
from xlsapp.cli.progress import printable
from xlsapp.config import load
from xlsapp.errors import ConfigurationError, InUse, Refused, XlsappError
from xlsapp.messages.saying import say


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command. Returns its exit code."""
    options = build_parser().parse_args(arguments)
    try:
        settings = load(options.config, flags=_flags(options))
        # Only what this one needs is loaded: `check` answers at once.
        command = import_module(f"xlsapp.cli.{getattr(options, 'module', options.command)}")
        return int(command.run(settings, options))
    except ConfigurationError as error:
        print("xlsapp cannot start with these settings:", file=sys.stderr)
        for problem in error.problems:
            print(f"  - {problem}", file=sys.stderr)
        return Exit.WRONG_USE
    except Ended as error:
        print(printable(str(error)), file=sys.stderr)
        return error.code
    except XlsappError as error:
        sentence = say(error.message) if isinstance(error, Refused) else str(error)
        print(printable(sentence), file=sys.stderr)
        return Exit.IN_USE if isinstance(error, InUse) else Exit.FAILED
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    except BrokenPipeError:
        # Who reads has had enough, as `head` does. At its end Python would flush, and complain once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.FAILED


def run() -> None:
    """The entry point of the installed command."""
    sys.exit(main())


def _flags(options: Namespace) -> dict[tuple[str, str], Any]:
    flags = {
        ("server", "host"): "host",
        ("server", "port"): "port",
        ("server", "role"): "role",
        ("data", "dir"): "data_dir",
    }
    given = {setting: getattr(options, name, None) for setting, name in flags.items()}
    return {setting: value for setting, value in given.items() if value is not None}
