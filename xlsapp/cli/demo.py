"""`xlsapp demo`."""

from argparse import Namespace

from xlsapp.cli.serve import serve
from xlsapp.config import Settings
from xlsapp.demo import demo


def run(settings: Settings, options: Namespace) -> int:
    """Serve a throw-away data folder with things to try out."""
    with demo(settings) as demo_settings:
        return serve(demo_settings)
