"""Start xlsapp: `python run.py`. `python run.py --help` says what else it can do."""

from xlsapp.cli import run

if __name__ == "__main__":
    run()
