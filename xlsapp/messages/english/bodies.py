"""What will not do in what a program sends, in its body, its query or its form."""

from collections.abc import Callable, Mapping, Sequence

KINDS = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}


NOT_JSON = {
    "syntax": "line {line}, column {column}, cannot be read",
    "encoding": "a text is not UTF-8",
    "number": "a number cannot be read",
    "nested": "it is nested too deeply",
}


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


WORDS: Mapping[str, str | Callable[..., str]] = {
    "body.missing": "This is missing.",
    "body.unknown": lambda names: f"This means nothing here. There are: {', '.join(names)}.",
    "body.repeated": "Send this once.",
    "body.kind": lambda kinds: f"This must be {_listed([KINDS[kind] for kind in kinds])}.",
    "body.word": lambda words: f"This must be {_listed([f'“{word}”' for word in words])}.",
    "body.unstorable": "There is a null character or half a character in this text. Remove it.",
    "body.too_long": "Use at most {most:, characters}; these are {count:,}.",
    "body.blank": "This is empty. Fill it in.",
    "body.pattern": "This must look like “{pattern}”.",
    "body.range": "This must be {least:,} to {most:,}.",
    "body.too_few": "Give at least {least:,}.",
    "body.too_many": "Give at most {most:,}; these are {count:,}.",
    "body.no_such_column": lambda name="": (
        f"There is no column “{name}” in this template." if name else "There is no such column."
    ),
    "body.too_many_filters": "Send at most {most:, filters}; these are {count}.",
    "body.filter_twice": "“{column}” has this filter already, by its other name. Send it once.",
    "body.no_such_cursor": (
        "This is no `next_cursor` of these records, or its record is gone. Begin again without it."
    ),
    "body.only_views_pick": (
        "This picks records, which only the kind `view` does. Take that, or leave this out."
    ),
    "body.no_workbook": "Send the workbook as a file, with its name.",
    "body.empty_workbook": "“{name}” is empty. Send one with rows in it.",
    "body.wrong_key": "Use 1 to {most} letters, digits and signs, without spaces.",
    "body.key_in_use": (
        "The first request with this Idempotency-Key is just being worked on. Ask again in a moment."
    ),
    "body.key_unanswered": (
        "The server stopped while it worked on the first request with this Idempotency-Key, and whether that "
        "was stored is not known. Look at the records; what is not there, send under a new key."
    ),
    "body.other_kind": "Send a body of the kind {wanted}, and say so in the header Content-Type.",
    "body.not_json": lambda reason, **where: (
        f"The body is not JSON in UTF-8: {NOT_JSON[reason].format(**where)}."
    ),
    "body.more_mistakes": lambda others: (
        f"{others} more {'is' if others == 1 else 'are'} listed in `errors`."
    ),
    "body.key_was_used": ("This Idempotency-Key was used for another request. Use a new key for each."),
}
