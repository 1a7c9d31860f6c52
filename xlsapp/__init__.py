"""xlsapp: spreadsheets in, typed records out."""

__version__ = "0.1.0"
