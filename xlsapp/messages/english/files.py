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
    "file.xml": (
        "This is an XML file, perhaps in Excel's format of 2003. Open it in Excel or LibreOffice, save it as "
        ".xlsx, and upload that."
    ),
    "file.not_a_workbook": NOT_A_WORKBOOK,
    "file.other_kind": lambda kind: (
        f"This is {KINDS[kind]}, not a spreadsheet. Upload an .xlsx, .xls, .ods or .csv file."
    ),
    "file.other_document": f"This is a document of another kind. {NOT_A_WORKBOOK}",
    "file.archive_without_workbook": f"This is an archive without a workbook in it. {NOT_A_WORKBOOK}",
    "file.large_part": "This workbook is unusual: its part “{part}” is very large. Save it anew as .xlsx.",
    "file.many_parts": "This file holds {count:,} parts, far more than a workbook. Save it anew as .xlsx.",
    "file.unusual_packing": (
        "This workbook is packed in an unusual way. Open it in Excel, save it, and upload it again."
    ),
    "file.unpacks_too_large": (
        "This workbook unpacks to {megabytes:,} MB; {most_megabytes:,} MB is the limit. Split it into "
        "several workbooks."
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
        "A row of this file has {columns:,} columns; {most:,} is the most a sheet can have. "
        "Check the separator."
    ),
}
