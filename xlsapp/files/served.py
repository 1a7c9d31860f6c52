"""What a file is called by whoever downloads it."""

import unicodedata
from dataclasses import dataclass
from urllib.parse import quote


@dataclass(frozen=True, slots=True)
class Served:
    """How a file is handed out: the name that a browser saves it under, and its type."""

    file_name: str
    media_type: str

    @property
    def disposition(self) -> str:
        """The header Content-Disposition: a name in ASCII for every client, and the real one beside it."""
        name = self.file_name
        plain = "".join(c for c in unicodedata.normalize("NFKD", name) if c.isascii() and c.isprintable())
        plain = plain.translate({ord('"'): None, ord("\\"): None}).lstrip("-. ")
        if plain == name:
            return f'attachment; filename="{plain}"'
        return f"attachment; filename=\"{plain or 'export'}\"; filename*=utf-8''{quote(name)}"
