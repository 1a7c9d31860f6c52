"""Why a file cannot be read."""

from collections.abc import Callable, Mapping

NOT_A_WORKBOOK = "This is not a spreadsheet. Upload an .xlsx, .xlsm, .xlsb, .xls, .ods or .csv file."

KINDS = {
    "pdf": "a PDF file",
    "picture": "a picture",
    "text_document": "a text document",
    "archive": "an archive",
    "compressed": "a compressed file",
    "database": "a database",
}

FAULTS_OF_XML = {
    "tag": "a tag is never closed there, or closed in the place of another one",
    "character": "a character stands there that must not, such as “&” or “<” within a text",
    "entity": "there is an abbreviation between “&” and “;” whose meaning is not given",
    "other": "its XML is not well-formed there",
}
MEND = "Mend it in the program that wrote the file, or save it there as .xlsx, and upload that."

WORDS: Mapping[str, str | Callable[..., str]] = {
    "file.empty": "This file is empty. Choose a workbook with rows in it.",
    "file.damaged": (
        "This workbook is damaged or did not arrive whole. Open it in Excel, save it anew, and "
        "upload it again."
    ),
    "file.protected": (
        "This workbook is protected with a password. Open it in Excel, remove the password under File › "
        "Info, save it, and upload it again."
    ),
    "file.web_page": (
        "This is a web page that only calls itself a workbook. Open it in Excel, save it as .xlsx, and "
        "upload that."
    ),
    "file.excel_2003": (
        "This is a workbook in Excel's XML format of 2003, whatever its name says. Open it in Excel or "
        "LibreOffice, choose “Save as” and “Excel workbook (.xlsx)”, and upload that."
    ),
    "file.flat_ods": (
        "This is a flat OpenDocument spreadsheet (.fods). Open it in LibreOffice, choose “Save as” and "
        "“Excel 2007–365 (.xlsx)” or “ODF Spreadsheet (.ods)”, and upload that."
    ),
    "file.xml": (
        "This is an XML file, not a workbook. If Excel or LibreOffice opens it as a table, save it there as "
        ".xlsx, and upload that."
    ),
    "file.not_a_workbook": NOT_A_WORKBOOK,
    "file.other_kind": lambda kind: (
        f"This is {KINDS[kind]}, not a spreadsheet. Upload an .xlsx, .xls, .ods or .csv file."
    ),
    "file.other_document": f"This is a document of another kind. {NOT_A_WORKBOOK}",
    "file.archive_without_workbook": f"This is an archive without a workbook in it. {NOT_A_WORKBOOK}",
    "file.large_part": "This workbook is unusual: its part “{part}” is very large. Save it anew as .xlsx.",
    "file.many_parts": "This file holds {count:, parts}, far more than a workbook. Save it anew as .xlsx.",
    "file.unusual_packing": (
        "This workbook is packed in an unusual way. Open it in Excel, save it, and upload it again."
    ),
    "file.unpacks_too_large": (
        "This workbook unpacks to {megabytes:,} MB; {most_megabytes:,} MB is the limit. Split it into "
        "several workbooks."
    ),
    "file.document_type": (
        "This file declares a document type, in its part “{part}”; no spreadsheet program writes one. "
        "Open it in Excel or LibreOffice, save it as .xlsx, and upload that."
    ),
    "file.long_tag": (
        "This file has a single tag or value of more than {most:, characters}, in its part “{part}”; no "
        "spreadsheet program writes one. Open it in Excel or LibreOffice, save it as .xlsx, and upload that."
    ),
    "file.rows_again": (
        "Row {row:,} and others are in this workbook again and again. Open it in Excel or LibreOffice, "
        "save it as .xlsx, and upload that."
    ),
    "file.cells_again": (
        "Cell {cell} and others are in this workbook again and again. Open it in Excel or LibreOffice, "
        "save it as .xlsx, and upload that."
    ),
    "file.beyond_sheet": (
        "This workbook has a cell in row {row:,}, column {column:,}; a sheet ends at row 1,048,576 and "
        "column 16,384. Open it in Excel or LibreOffice, save it as .xlsx, and upload that."
    ),
    "file.far_cells": (
        "Between the table and cell {cell} nearly all cells are blank, and reading them takes more memory "
        "than is allowed here for a file of this size. Delete the rows and columns after the table, save "
        "the workbook as .xlsx, and upload that."
    ),
    "file.repeated_cells": (
        "This file says that cells are repeated until there are {rows:, rows} of {columns:, columns}, "
        "which takes more memory than is allowed here for a file of its size. Delete the rows and columns "
        "after the table, save the workbook as .xlsx, and upload that."
    ),
    "file.repeated_blanks": (
        "This file says that a cell has {count:, blanks} in a row; a cell can have 32,767 characters. "
        "Clear that cell, save the workbook as .xlsx, and upload that."
    ),
    "file.broken_xml": lambda what, sheet, row: (
        f"This file cannot be read beyond {f'row {row:,} of its sheet “{sheet}”' if row else 'its start'}: "
        f"{FAULTS_OF_XML[what]}. {MEND}"
    ),
    "file.wrong_repeat": lambda row, cell, sheet, count: (
        f"{f'Cell {cell}' if cell else f'Row {row:,}'} of the sheet “{sheet}” is said to be there “{count}” "
        f"times, and only a whole number from 1 on can stand there. Open the file in LibreOffice, save it as "
        f".xlsx, and upload that."
    ),
    "file.wrong_number": (
        "Cell {cell} of the sheet “{sheet}” is said to be a number, and “{value}” is none. " + MEND
    ),
    "file.wrong_blanks": (
        "Cell {cell} of the sheet “{sheet}” is said to have “{count}” blanks in a row, and only a whole "
        "number can stand there. " + MEND
    ),
    "file.too_many_columns": (
        "A row of this file has {columns:, columns}; {most:,} is the most a sheet can have. Delete the "
        "columns after the table, save the workbook as .xlsx, and upload that."
    ),
    "file.too_many_texts": (
        "This workbook has more than {most:, shared texts}, more than the cells of a sheet that can be "
        "imported. Open it in Excel or LibreOffice, save it as .xlsx, and upload that."
    ),
    "file.needs_memory": (
        "Reading this file takes about {megabytes:,} MB of memory; {most_megabytes:,} MB is the most for "
        "a file of its size. Save it as .xlsx, which is read piece by piece, or split it into several."
    ),
    "file.shared_texts_too_large": (
        "The texts of this workbook are larger than {most_megabytes:,} MB in all. Split it into several "
        "workbooks."
    ),
    "file.broken_line": (
        "Line {line:,} of this file cannot be read: a quotation mark in it may not be closed, or stand "
        "within a text. Mend that line, or save the file as .xlsx."
    ),
    "file.lines_in_marks": (
        "Line {line:,} of this file stands in one pair of quotation marks, which makes it a single value. "
        "Save the file anew, with marks around each value or around none."
    ),
    "file.wrong_encoding": (
        "This file is not in {encoding}. Choose its encoding in the upload form, or save it as “CSV UTF-8”."
    ),
    "file.too_wide": (
        "A row of this file has {columns:, columns}; {most:,} is the most a sheet can have. "
        "Check the separator."
    ),
}
