"""Why a workbook as a whole is refused."""

from xlsapp.problems import Message

MISSING = {"row": 1, "columns": [{"name": "Email", "likely": "E-mail"}, {"name": "Name", "likely": ""}]}

WORKBOOKS = [
    (Message("file.empty"), "This file is empty. Choose a workbook with rows in it."),
    (
        Message("file.damaged"),
        "This workbook is damaged or did not arrive whole. Open it in Excel, save it anew, and upload it "
        "again.",
    ),
    (
        Message("file.protected"),
        "This workbook is protected with a password. Open it in Excel, remove the password under File › "
        "Info, save it, and upload it again.",
    ),
    (
        Message("file.web_page"),
        "This is a web page that only calls itself a workbook. Open it in Excel, save it as .xlsx, and "
        "upload that.",
    ),
    (
        Message("file.xml"),
        "This is an XML file, not a workbook. If Excel or LibreOffice opens it as a table, save it there as "
        ".xlsx, and upload that.",
    ),
    (
        Message("file.excel_2003"),
        "This is a workbook in Excel's XML format of 2003, whatever its name says. Open it in Excel or "
        "LibreOffice, choose “Save as” and “Excel workbook (.xlsx)”, and upload that.",
    ),
    (
        Message("file.flat_ods"),
        "This is a flat OpenDocument spreadsheet (.fods). Open it in LibreOffice, choose “Save as” and "
        "“Excel 2007–365 (.xlsx)” or “ODF Spreadsheet (.ods)”, and upload that.",
    ),
    (
        Message("file.not_a_workbook"),
        "This is not a spreadsheet. Upload an .xlsx, .xlsm, .xlsb, .xls, .ods or .csv file.",
    ),
    (
        Message("file.other_kind", {"kind": "pdf"}),
        "This is a PDF file, not a spreadsheet. Upload an .xlsx, .xls, .ods or .csv file.",
    ),
    (
        Message("file.other_document"),
        "This is a document of another kind. This is not a spreadsheet. Upload an .xlsx, .xlsm, .xlsb, .xls, "
        ".ods or .csv file.",
    ),
    (
        Message("file.archive_without_workbook"),
        "This is an archive without a workbook in it. This is not a spreadsheet. Upload an .xlsx, .xlsm, "
        ".xlsb, .xls, .ods or .csv file.",
    ),
    (
        Message("file.large_part", {"part": "xl/styles.xml"}),
        "This workbook is unusual: its part “xl/styles.xml” is very large. Save it anew as .xlsx.",
    ),
    (
        Message("file.many_parts", {"count": 6000}),
        "This file holds 6,000 parts, far more than a workbook. Save it anew as .xlsx.",
    ),
    (
        Message("file.unusual_packing"),
        "This workbook is packed in an unusual way. Open it in Excel, save it, and upload it again.",
    ),
    (
        Message("file.unpacks_too_large", {"megabytes": 2000, "most_megabytes": 1024}),
        "This workbook unpacks to 2,000 MB; 1,024 MB is the limit. Split it into several workbooks.",
    ),
    (
        Message("file.document_type", {"part": "xl/styles.xml"}),
        "This file declares a document type, in its part “xl/styles.xml”; no spreadsheet program writes one. "
        "Open it in Excel or LibreOffice, save it as .xlsx, and upload that.",
    ),
    (
        Message("file.long_tag", {"part": "content.xml", "most": 1_000_000}),
        "This file has a single tag or value of more than 1,000,000 characters, in its part "
        "“content.xml”; no spreadsheet program writes one. Open it in Excel or LibreOffice, save it as "
        ".xlsx, and upload that.",
    ),
    (
        Message("file.rows_again", {"row": 3000}),
        "Row 3,000 and others are in this workbook again and again. Open it in Excel or LibreOffice, save it "
        "as .xlsx, and upload that.",
    ),
    (
        Message("file.cells_again", {"cell": "A3000"}),
        "Cell A3000 and others are in this workbook again and again. Open it in Excel or LibreOffice, "
        "save it as .xlsx, and upload that.",
    ),
    (
        Message("file.beyond_sheet", {"row": 3, "column": 20_000}),
        "This workbook has a cell in row 3, column 20,000; a sheet ends at row 1,048,576 and column 16,384. "
        "Open it in Excel or LibreOffice, save it as .xlsx, and upload that.",
    ),
    (
        Message("file.far_cells", {"cell": "IV65536"}),
        "Between the table and cell IV65536 nearly all cells are blank, and reading them takes more memory "
        "than is allowed here for a file of this size. Delete the rows and columns after the table, save the "
        "workbook as .xlsx, and upload that.",
    ),
    (
        Message("file.repeated_cells", {"rows": 1_000_000, "columns": 15}),
        "This file says that cells are repeated until there are 1,000,000 rows of 15 columns, which takes "
        "more memory than is allowed here for a file of its size. Delete the rows and columns after the "
        "table, save the workbook as .xlsx, and upload that.",
    ),
    (
        Message("file.repeated_blanks", {"count": 2_000_000_000}),
        "This file says that a cell has 2,000,000,000 blanks in a row; a cell can have 32,767 characters. "
        "Clear that cell, save the workbook as .xlsx, and upload that.",
    ),
    (
        Message("file.broken_xml", {"what": "tag", "sheet": "Feb", "row": 1204}),
        "This file cannot be read beyond row 1,204 of its sheet “Feb”: a tag is never closed there, or "
        "closed in the place of another one. Mend it in the program that wrote the file, or save it there "
        "as .xlsx, and upload that.",
    ),
    (
        Message("file.broken_xml", {"what": "character", "sheet": "", "row": 0}),
        "This file cannot be read beyond its start: a character stands there that must not, such as “&” or "
        "“<” within a text. Mend it in the program that wrote the file, or save it there as .xlsx, and "
        "upload that.",
    ),
    (
        Message("file.wrong_repeat", {"row": 3, "cell": "C3", "sheet": "Feb", "count": "-1"}),
        "Cell C3 of the sheet “Feb” is said to be there “-1” times, and only a whole number from 1 on can "
        "stand there. Open the file in LibreOffice, save it as .xlsx, and upload that.",
    ),
    (
        Message("file.wrong_repeat", {"row": 1204, "cell": "", "sheet": "Feb", "count": "1e30"}),
        "Row 1,204 of the sheet “Feb” is said to be there “1e30” times, and only a whole number from 1 on "
        "can stand there. Open the file in LibreOffice, save it as .xlsx, and upload that.",
    ),
    (
        Message("file.wrong_number", {"cell": "C3", "sheet": "Feb", "value": "abc"}),
        "Cell C3 of the sheet “Feb” is said to be a number, and “abc” is none. Mend it in the program that "
        "wrote the file, or save it there as .xlsx, and upload that.",
    ),
    (
        Message("file.wrong_blanks", {"cell": "C3", "sheet": "Feb", "count": "many"}),
        "Cell C3 of the sheet “Feb” is said to have “many” blanks in a row, and only a whole number can "
        "stand there. Mend it in the program that wrote the file, or save it there as .xlsx, and upload "
        "that.",
    ),
    (
        Message("file.too_many_columns", {"columns": 20_000, "most": 16_384}),
        "A row of this file has 20,000 columns; 16,384 is the most a sheet can have. Delete the columns "
        "after the table, save the workbook as .xlsx, and upload that.",
    ),
    (
        Message("file.too_many_texts", {"most": 16_000_000}),
        "This workbook has more than 16,000,000 shared texts, more than the cells of a sheet that can be "
        "imported. Open it in Excel or LibreOffice, save it as .xlsx, and upload that.",
    ),
    (
        Message("file.needs_memory", {"megabytes": 1200, "most_megabytes": 420}),
        "Reading this file takes about 1,200 MB of memory; 420 MB is the most for a file of its size. "
        "Save it as .xlsx, which is read piece by piece, or split it into several.",
    ),
    (
        Message("child.reading.slow_for_its_size", {"seconds": 25, "megabytes": 0.9876}),
        "Reading this workbook takes longer than 25 seconds, the most that is allowed for a file of 1.0 MB. "
        "Open it in Excel or LibreOffice, save it as .xlsx, and upload that.",
    ),
    (
        Message("file.shared_texts_too_large", {"most_megabytes": 200}),
        "The texts of this workbook are larger than 200 MB in all. Split it into several workbooks.",
    ),
    (
        Message("file.broken_line", {"line": 1200}),
        "Line 1,200 of this file cannot be read: a quotation mark in it may not be closed, or stand within a "
        "text. Mend that line, or save the file as .xlsx.",
    ),
    (
        Message("file.lines_in_marks", {"line": 1}),
        "Line 1 of this file stands in one pair of quotation marks, which makes it a single value. Save the "
        "file anew, with marks around each value or around none.",
    ),
    (
        Message("file.wrong_encoding", {"encoding": "UTF-8"}),
        "This file is not in UTF-8. Choose its encoding in the upload form, or save it as “CSV UTF-8”.",
    ),
    (
        Message("file.too_wide", {"columns": 20_000, "most": 16_384}),
        "A row of this file has 20,000 columns; 16,384 is the most a sheet can have. Check the separator.",
    ),
    (
        Message("table.no_such_sheet", {"sheet": "Feb", "sheets": ["Jan", "March"]}),
        "There is no sheet “Feb” with cells in this workbook. It has: “Jan”, “March”.",
    ),
    (
        Message("table.no_visible_sheet"),
        "This workbook has no visible sheet with cells. Unhide the sheet, or name it in the form.",
    ),
    (
        Message("table.nothing_in_row", {"sheet": "", "row": 1400}),
        "This workbook has nothing in row 1,400. Write the number of the row with headers, or leave it to be "
        "found.",
    ),
    (
        Message("table.no_rows", {"sheet": "Feb"}),
        "The sheet “Feb” has no rows. Choose a workbook with rows in it.",
    ),
    (
        Message("table.no_rows_below", {"sheet": "Feb", "row": 1}),
        "The sheet “Feb” has no rows below its header row 1. Fill some in and upload it again.",
    ),
    (
        Message("table.too_many_rows", {"sheet": "Feb", "most": 1000}),
        "The sheet “Feb” has more than 1,000 rows, the most that can be imported at once. Split it into "
        "several workbooks.",
    ),
    (
        Message("table.too_many_cells", {"sheet": "Feb", "most": 1000}),
        "The sheet “Feb” has more than 1,000 cells, the most that can be imported at once. Split it into "
        "several workbooks.",
    ),
    (
        Message("table.too_much_text", {"most_megabytes": 300}),
        "The texts in this workbook are longer than 300 MB in all. Split it into several workbooks.",
    ),
    (
        Message("headers.again", {"name": "Name", "cells": ["A1", "C1"], "count": 2}),
        "The column “Name” is there twice: in A1 and C1. Rename or remove the one that is not meant.",
    ),
    (
        Message("headers.again", {"name": "Name", "cells": ["A1", "C1", "D1"], "count": 4}),
        "The column “Name” is there 4 times: in A1 and C1 and D1. Rename or remove the one that is not "
        "meant.",
    ),
    (
        Message("headers.none_known", {"row": 3, "found": ["a", "b"], "expected": ["Name"], "encoding": ""}),
        "No header of the template was found. Row 3 was taken for the header row; it has “a”, “b”, and "
        "should have “Name”.",
    ),
    (
        Message("headers.none_known", {"row": 3, "found": [], "expected": [], "encoding": "Windows-1252"}),
        "No header of the template was found. Row 3 was taken for the header row; it has no headers, and "
        "should have the template’s columns. The file is not in UTF-8, and was read as Windows-1252. If "
        "letters are wrong, choose its encoding in the upload form.",
    ),
    (
        Message("headers.missing", {**MISSING, "more": 0}),
        "Row 1 has no column “Email”. Is “E-mail” your column “Email”? Row 1 has no column “Name”.",
    ),
    (
        Message("headers.missing", {"row": 1, "columns": [], "more": 1}),
        "1 more is missing.",
    ),
    (
        Message("headers.left_as_it_is", {"column": "Plan"}),
        "The workbook has no column “Plan”: it is left as it is, and blank in new records.",
    ),
    (Message("proposal.found", {"columns": 1, "rows": 1}), "1 column proposed, from all of 1 row."),
    (
        Message("proposal.found", {"columns": 12, "rows": 1204}),
        "12 columns proposed, from all of 1,204 rows.",
    ),
    (Message("proposal.none"), "No template was proposed."),
    (
        Message("proposal.no_headers", {"sheet": "Feb", "row": 2}),
        "Row 2 of the sheet “Feb” has no headers in it.",
    ),
    (
        Message("proposal.no_rows_below", {"sheet": "Feb", "row": 2}),
        "The sheet “Feb” has no rows below its header row 2. A template can be proposed only where there are "
        "some.",
    ),
]
