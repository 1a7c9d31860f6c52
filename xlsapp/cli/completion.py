"""`xlsapp completion SHELL`: what makes a shell complete our commands, made of the parser itself."""

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

import shtab

from xlsapp.cli.exit_codes import Exit
from xlsapp.cli.parser import build_parser
from xlsapp.config import Settings


def run(settings: Settings, options: Namespace) -> int:
    """Print the script for a shell."""
    parser = build_parser()
    _complete_paths(parser)
    print(shtab.complete(parser, options.shell))
    return Exit.DONE


def _complete_paths(parser: ArgumentParser) -> None:
    """Have the shell offer files where a file is wanted, and folders where it is a folder."""
    for action in parser._actions:  # argparse has no other way to its own arguments
        if action.type is Path:
            found: Any = action
            found.complete = shtab.DIRECTORY if action.metavar == "DIR" else shtab.FILE
        elif isinstance(action.choices, dict):
            for command in action.choices.values():
                _complete_paths(command)
