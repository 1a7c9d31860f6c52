"""What is wrong with one cell, or with one value that was typed."""

from calendar import day_name, month_name
from collections.abc import Callable, Mapping, Sequence

from xlsapp.messages.english.phrases import number_kind, with_values


def _not_a_choice(value: str, choices: Sequence[str], more: int) -> str:
    others = f" and {more:,} more" if more else ""
    return f"“{value}” is not one of the choices: {', '.join(choices)}{others}."


def _two_answers(value: str, yes: Sequence[str], no: Sequence[str]) -> str:
    means = "may mean yes or no"
    if yes and no:
        means = f"is yes in {yes[0]} and no in {no[0]}"
    return f"“{value}” {means}, and the column does not show which is meant. Write yes or no."


def _only_once(is_default: bool) -> str:
    if is_default:
        return "Each value may be there once, and this one is what a blank cell becomes."
    return "Each value may be there once."


def _moment(with_time: bool) -> str:
    return "a date and time" if with_time else "a date"


def _like(with_time: bool) -> str:
    return "Write it like 2024-02-28 14:30." if with_time else "Write it like 2024-02-28."


EXCELS_ONE = "in Excel this cell is 1, a whole day (24:00)"


def _why_no_time(value: str, *, is_one: bool) -> str:
    if value.startswith("-"):
        return "the first is 00:00"
    return EXCELS_ONE if is_one else "the last is 23:59:59"


WORDS: Mapping[str, str | Callable[..., str]] = {
    "cell.required": "This cell is empty. Fill it in, or make the column optional.",
    "cell.uncalculated": (
        "This formula has no stored result. Open the workbook in Excel, save it, and upload it again."
    ),
    "cell.error": "This cell holds the Excel error {error}. Mend its formula or clear it.",
    "cell.text_too_long": "This text has {length:, characters}; a cell can hold {most:,}. Shorten it.",
    "cell.null_characters": "This text is damaged: it has null characters in it. Type it again.",
    "cell.not_a_number": lambda value, whole: f"“{value}” is not {number_kind(whole)}. Write it in digits.",
    "cell.not_whole": "“{value}” is not a whole number. Round it, or remove the decimals.",
    "cell.perhaps_thousands": (
        "“{value}” may be {number:,.0f} or a thousand times that. Write it in digits alone."
    ),
    "cell.too_many_digits": (
        "“{value}” has too many digits to be kept exactly. Use a text column for such numbers."
    ),
    "cell.number_too_large": "“{value}” is too large for a number. Check this cell.",
    "cell.moment_for_number": lambda value, whole: (
        f"“{value}” is a date or time, not {number_kind(whole)}. Format the cell as a number in Excel."
    ),
    "cell.not_as_it_was": (
        "The column’s rules are no longer what this cell was read by. Check the workbook again."
    ),
    "cell.lost_digits": (
        "Excel keeps {digits:, digits} of a number, so the last may not be those that were typed. Format the "
        "column as text before such numbers are typed."
    ),
    "cell.date_that_is_none": "This cell holds a date that is none. Type it again, or clear it.",
    "cell.not_a_date": lambda value, with_time: f"“{value}” is not {_moment(with_time)}. {_like(with_time)}",
    "cell.other_calendar": (
        "“{value}” is perhaps of another calendar, and cannot be told to be of ours. Write it like "
        "2024-02-28."
    ),
    "cell.two_months": lambda value, word, months: (
        f"“{value}” may be in {' or in '.join(month_name[month] for month in months)}: “{word}” is a month "
        "in several languages, and the column does not show which is meant. Write it like 2024-02-28."
    ),
    "cell.number_for_date": lambda value, with_time: (
        f"“{value}” is a number, not {_moment(with_time)}. Format the cell as a date in Excel."
    ),
    "cell.time_zone": lambda value, with_time: (
        f"“{value}” names a time zone, and none is kept. {_like(with_time)}"
    ),
    "cell.date_with_time": (
        "“{value}” has a time of day. Remove it, or make this a column for date and time."
    ),
    "cell.odd_year": (
        "The year of “{value}” may be of another calendar, as Thailand's and Iran's are. It was kept as it "
        "is written: look whether that is what is meant."
    ),
    "cell.weekday": lambda value, day: (
        f"“{value}” is a {day_name[day]}. It was kept as it is written: look whether that is what is meant."
    ),
    "cell.link_target": "This cell shows “{value}”, and its link leads elsewhere. What it shows was kept.",
    "cell.swapped": (
        "“{value}” may be {other}: texts of this column can only be {order} first, and no day here is above "
        "12. Perhaps the workbook was opened and saved under the other order."
    ),
    "cell.moment_in_text": (
        "This is a date, {value}, in a column of texts: perhaps Excel made it of a text such as 1-2. Format "
        "the column as text before it is typed."
    ),
    "cell.shortened": (
        "Excel has written this number with fewer digits than it has, and the others are not in the file. "
        "Format the column as text in Excel, and save the file again."
    ),
    "cell.not_a_time": "“{value}” is not a time of day. Write it like 14:30.",
    "cell.number_for_time": (
        "“{value}” is not a time of day but a number. Write it like 14:30; in Excel, format the cell as a "
        "time."
    ),
    "cell.duration_for_time": lambda value, is_one: (
        f"“{value}” is not a time of day: {_why_no_time(value, is_one=is_one)}. Write 00:00 for midnight, or "
        "make this a column for durations."
    ),
    "cell.neither_yes_nor_no": "“{value}” is neither yes nor no. Write yes or no, or true or false.",
    "cell.not_a_duration": "“{value}” is not a duration. Write it like 1:30:00, 1 h 30 min or 90 min.",
    "cell.number_for_duration": (
        "“{value}” names no unit: hours, minutes or days? Write 1:30:00, 1 h 30 min or 90 min; in Excel, "
        "format the cell as [h]:mm:ss."
    ),
    "cell.date_for_duration": (
        "“{value}” is a date, not a duration. In Excel, format the cell as [h]:mm:ss, which counts the hours "
        "on beyond 24."
    ),
    "cell.two_answers": _two_answers,
    "cell.near_a_choice": "“{value}” is not one of the choices. Did you mean “{near}”?",
    "cell.not_a_choice": _not_a_choice,
    "cell.not_an_address": "“{value}” is not an e-mail address. Write it like ada@example.com.",
    "cell.not_a_link": "“{value}” is not a link. Write it like https://example.com/page.",
    "rule.required": "This is empty. Fill it in.",
    "rule.minimum": "“{value}” will not do. It must be at least {minimum}.",
    "rule.maximum": "“{value}” will not do. It must be at most {maximum}.",
    "rule.min_length": "“{value}” will not do. Write at least {least:, characters}.",
    "rule.max_length": "“{value}” will not do. Write at most {most:, characters}.",
    "rule.pattern": "“{value}” will not do. It must have the form “{pattern}”.",
    "rule.choices": "“{value}” will not do. It is kept all the same.",
    "cell.looks_like_row": (
        "“{value}” and the value in row {row:,} differ only in case or blanks, and count as two. Write them "
        "the same way if they are one."
    ),
    "cell.looks_like_record": lambda value, records: (
        f"“{value}” and that of {with_values(records, between=', ')} differ only in case or blanks, and "
        "count as two. Write them the same way if they are one."
    ),
    "unique.twice": lambda value, row, is_default: (
        f"“{value}” stands in row {row:,} too. {_only_once(is_default)}"
    ),
    "unique.stored": lambda value, record_id, is_default: (
        f"“{value}” is in record {record_id} already. {_only_once(is_default)}"
    ),
    "unique.stored_in_another_form": lambda value, records: (
        f"“{value}” is there already: {with_values(records, between=', ')}. Each value may be there once; "
        "outer blanks, invisible characters and zeros that a format shows make no other. Change or delete "
        "what is there. If it is another value after all, and a format shows it, make the cell a text."
    ),
}
