"""LibreOffice at work: opens workbooks, does what people do to them, and saves them.

Runs under the Python that `uno` is made for, not under ours. On standard input a JSON order a line, on
standard output an answer a line, `null` or what went wrong. `target` says by its suffix what to save as;
`steps` are methods of Office with their arguments.

    {"path": …, "target": …, "steps": [["press", "SortAscending", "A5"], …]}
"""

import json
import subprocess
import sys
import time
import traceback
from contextlib import suppress
from pathlib import Path

import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.sheet import TableFilterField
from com.sun.star.sheet.FilterOperator import EQUAL
from com.sun.star.table import TableSortField

KINDS = {".xlsx": "Calc MS Excel 2007 XML", ".ods": "calc8", ".csv": "Text - txt - csv (StarCalc)"}
# Comma, double quotes, UTF-8, from line 1; formats as shown, so that dates stay dates.
CSV_OPTIONS = "44,34,76,1,,0,false,true"


class Office:
    """A running LibreOffice, with one workbook open at a time."""

    def __init__(self, context):
        create = context.ServiceManager.createInstanceWithContext
        self.desktop = create("com.sun.star.frame.Desktop", context)
        self.dispatcher = create("com.sun.star.frame.DispatchHelper", context)

    def carry_out(self, order):
        target = Path(order["target"])
        self.book = self.desktop.loadComponentFromURL(Path(order["path"]).as_uri(), "_blank", 0, ())
        try:
            for name, *arguments in order["steps"]:
                getattr(self, name)(*arguments)
            kind = {"FilterName": KINDS[target.suffix], "FilterOptions": CSV_OPTIONS}
            self.book.storeToURL(target.as_uri(), properties(**kind))
        finally:
            self.book.close(True)

    @property
    def sheet(self):
        return self.book.Sheets.getByIndex(0)

    @property
    def filter(self):
        """The range of the arrows, which LibreOffice keeps as _FilterDatabase."""
        return self.book.getPropertyValue("UnnamedDatabaseRanges").getByTable(0)

    def press(self, button, cells):
        """Press a button of the toolbar while cells are selected."""
        self.book.CurrentController.select(self.sheet.getCellRangeByName(cells))
        self._dispatch(button)

    def narrow_filter(self, width):
        """Have the arrows on the first columns only, as earlier exports had them."""
        area = self.filter.DataArea
        area.EndColumn = width - 1
        self.filter.DataArea = area

    def sort_by_arrow(self, column):
        """Sort what the filter spans, downwards."""
        by = TableSortField()
        by.Field, by.IsAscending = column, False
        fields = uno.Any("[]com.sun.star.table.TableSortField", (by,))
        self.filter.ReferredCells.sort(properties(SortFields=fields, ContainsHeader=True))

    def filter_by_arrow(self, column, text):
        """Leave only rows with this text to be seen."""
        field = TableFilterField()
        field.Field, field.Operator, field.StringValue = column, EQUAL, text
        found = self.filter
        found.FilterDescriptor.setFilterFields((field,))
        found.refresh()

    def delete_seen_rows(self):
        """Select what is seen below the header, and delete these rows."""
        area = self.filter.DataArea
        body = self.sheet.getCellRangeByPosition(0, area.StartRow + 1, 0, area.EndRow)
        self.book.CurrentController.select(body.queryVisibleCells())
        self._dispatch("DeleteRows")

    def delete_cells(self, cells):
        """Delete cells, and move up those below."""
        self.sheet.removeRange(
            self.sheet.getCellRangeByName(cells).RangeAddress,
            uno.Enum("com.sun.star.sheet.CellDeleteMode", "UP"),
        )

    def _dispatch(self, command):
        self.dispatcher.executeDispatch(self.book.CurrentController.Frame, f".uno:{command}", "", 0, ())


def properties(**values):
    return tuple(PropertyValue(Name=name, Value=value) for name, value in values.items())


def connect(pipe):
    context = uno.getComponentContext()
    create = context.ServiceManager.createInstanceWithContext
    resolver = create("com.sun.star.bridge.UnoUrlResolver", context)
    for _ in range(600):
        with suppress(Exception):
            return resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
        time.sleep(0.1)
    raise TimeoutError("LibreOffice did not start")


def main(folder):
    """Work off the orders with a LibreOffice whose own files are in this folder."""
    pipe = f"xlsapp{uno.generateUuid().value.hex()}"
    soffice = subprocess.Popen(
        [
            *("soffice", f"-env:UserInstallation={Path(folder).as_uri()}", "--headless", "--norestore"),
            f"--accept=pipe,name={pipe};urp;",
        ],
        stdout=sys.stderr,
    )
    try:
        office = Office(connect(pipe))
        for line in sys.stdin:
            try:
                answer = office.carry_out(json.loads(line))
            except Exception:
                answer = traceback.format_exc()
            print(json.dumps(answer), flush=True)
        with suppress(Exception):  # it is gone before it answers
            office.desktop.terminate()
        soffice.wait(20)
    finally:
        soffice.kill()


if __name__ == "__main__":
    main(sys.argv[1])
