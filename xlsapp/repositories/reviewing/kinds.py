"""What would become of a row, or of a record."""

import enum


class Kind(enum.StrEnum):
    """What a review shows together."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    DELETED = "deleted"
    """Records that no row is, where these are to be deleted."""
    PROBLEMS = "problems"
    NOT_FOUND = "not_found"
    """Rows that are no record, where only known ones change."""
    LEFT_OUT = "left_out"
    """Rows that somebody has left out here."""
    ALL = "all"
    """All rows of the sheet that would be records, or cannot."""
