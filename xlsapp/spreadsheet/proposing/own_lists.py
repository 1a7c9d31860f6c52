"""What a workbook itself offers in the cells of its columns."""

from collections.abc import Collection, Sequence

from xlsapp.spreadsheet.cells.values import as_text
from xlsapp.spreadsheet.files.dropdowns import Dropdown
from xlsapp.spreadsheet.files.workbooks import Book

# One more than a template's choices may be.
MAX_TEXTS = 1_001


def own_lists(book: Book, index: int, header_row: int, places: Collection[int]) -> dict[int, Sequence[str]]:
    """The place of a column → the texts of its list, in their order; the first list where it has several."""
    found: dict[int, Sequence[str]] = {}
    for dropdown in book.dropdowns(index):
        listed = [
            place
            for area in dropdown.areas
            if area.last_row > header_row
            for place in range(area.first_column, area.last_column + 1)
            if place in places and place not in found
        ]
        if listed and (texts := dropdown.texts or _texts_in(book, index, dropdown)):
            found |= dict.fromkeys(listed, texts)
    return found


def _texts_in(book: Book, index: int, dropdown: Dropdown) -> Sequence[str]:
    """The texts of the cells that a list is made of."""
    area, wanted = dropdown.source, dropdown.sheet.casefold()
    sheets = [at for at, sheet in enumerate(book.sheets) if sheet.name.casefold() == wanted]
    if wanted:
        index = sheets[0] if sheets else -1
    if area is None or index < 0 or not book.sheets[index].is_worksheet:
        return ()
    texts: list[str] = []
    for chunk in book.chunks(index):
        first = max(0, area.first_row - chunk.first_row)
        last = min(chunk.row_count, area.last_row + 1 - chunk.first_row)
        for place in range(area.first_column, min(area.last_column + 1, chunk.width)):
            texts += (
                text for text in map(as_text, chunk.column(place)[first : max(first, last)]) if text.strip()
            )
        if last < chunk.row_count or len(texts) >= MAX_TEXTS:
            break
    return texts[:MAX_TEXTS]
