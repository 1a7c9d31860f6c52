"""Keys and unique values in the form that an older version stored them in are the records that they were."""

from openpyxl import Workbook

from xlsapp.repositories.records import data_records
from xlsapp.services.imports.options import Mode
from xlsapp.services.records.changes import add_record, change_record
from xlsapp.services.records.values import check

ZERO_WIDTH = "\u200b"
CODES = ["Code", "Place"]


async def stored(desk, *rows):
    """Put records in as they are, past all reading, as an older version left them."""
    async with desk.db.write() as tx:
        for row in rows:
            values = dict(zip((column.key for column in desk.template.columns), row, strict=True))
            await data_records.add(tx, desk.template, values)
        await data_records.note_change(tx, desk.template.id, added=len(rows))
    await desk.reload()


def shown(folder, *rows, code="00000"):
    """A workbook whose first column is numbers that a format shows with zeros in front."""
    book = Workbook()
    book.active.append(CODES)
    for row in rows:
        book.active.append(list(row))
        book.active.cell(book.active.max_row, 1).number_format = code
    path = folder / "shown.xlsx"
    book.save(path)
    return path


def notes(result, word="matched by"):
    return [note for note in result.details["notes"] if word in note]


def said(result):
    return [cell["message"] for group in result.errors for cell in group["cells"]]


def warned(result):
    return [
        cell["cell"].split("!")[1] + ": " + cell["message"]
        for group in result.details["groups"]
        if group["severity"] == "warning"
        for cell in group["cells"]
    ]


async def test_an_update_doubles_nothing_that_is_stored_with_blanks_or_invisible_characters(desk, workbook):
    codes = await desk(*CODES)
    await codes.rules("Code", unique=True)
    await stored(codes, ("A-1 ", "x"), (f"A{ZERO_WIDTH}-2", "y"), ("A-3", "z"), ("\u00a0Ä-4", "w"))
    path = workbook(CODES, ["A-1", "1"], [" A-2", "2"], ["A-3", "z"], ["Ä-4", "w"], ["A-5", "5"])

    result = await codes.run(path, mode=Mode.UPDATE, keys=codes.ids("Code"))

    assert result.success, said(result)
    assert await codes.values() == [("A-1", "1"), ("A-2", "2"), ("A-3", "z"), ("Ä-4", "w"), ("A-5", "5")]
    assert result.counts | {"created": 1, "updated": 3, "unchanged": 1} == result.counts
    assert notes(result) == ["“Code”: 3 records matched by “A-1 ”, now “A-1”, and the like."]
    again = await codes.run(path, mode=Mode.UPDATE, keys=codes.ids("Code"))
    assert again.counts | {"unchanged": 5} == again.counts
    assert notes(again) == []


async def test_a_replace_deletes_nothing_because_of_its_form(desk, workbook):
    codes = await desk(*CODES)
    await stored(codes, ("A-1\t", "x"), ("A-2", "y"), ("gone", "z"))
    path = workbook(CODES, ["A-1", "x"], ["A-2\u200e", "y"])

    result = await codes.run(path, mode=Mode.REPLACE, keys=codes.ids("Code"), confirm_deletes=1)

    assert result.success, said(result)
    assert [record.id for record in await codes.records()] == [1, 2]
    assert await codes.values() == [("A-1", "x"), ("A-2", "y")]
    assert result.counts["deleted"] == 1
    assert notes(result) == ["“Code”: 1 record matched by “A-1‹U+0009›”, now “A-1”."]
    assert notes(result, "left out") == [
        "“Code”: outer blanks and characters that nobody sees were left out of 1 value, as this column's "
        "values are compared."
    ]


async def test_numbers_that_a_format_shows_are_the_records_that_had_their_digits(desk, tmp_path):
    codes = await desk(*CODES)
    await codes.rules("Code", unique=True)
    await stored(codes, ("1234", "x"), ("77", "y"), ("56789", "z"))
    path = shown(tmp_path, (1234, "x"), (77, "n"), (56789, "z"), (5, "new"))

    for mode in (Mode.UPDATE, Mode.REPLACE):
        result = await codes.run(path, mode=mode, keys=codes.ids("Code"))
        assert result.success, said(result)
        assert await codes.values() == [("01234", "x"), ("00077", "n"), ("56789", "z"), ("00005", "new")]
        if mode is Mode.UPDATE:
            assert notes(result) == ["“Code”: 2 records matched by “1234”, now “01234”, and the like."]
    assert (result.counts["unchanged"], notes(result)) == (4, [])


async def test_rows_of_one_key_are_one_record_whatever_form_it_is_known_by(desk, tmp_path):
    codes = await desk(*CODES)
    await stored(codes, ("1234", "x"))
    path = shown(tmp_path, (1234, "one"), ("01234", "two"))

    result = await codes.run(path, mode=Mode.UPDATE, keys=codes.ids("Code"))

    assert said(result) == ["Row 2 is the same record. Remove one of the two rows."]
    assert await codes.values() == [("1234", "x")]


async def test_a_text_of_the_same_digits_is_no_older_form_of_them(desk, tmp_path):
    codes = await desk(*CODES)
    await stored(codes, ("1234", "x"))

    result = await codes.run(
        shown(tmp_path, (1234, "new"), ("1234", "text")), mode=Mode.UPDATE, keys=codes.ids("Code")
    )

    assert result.success, said(result)
    assert await codes.values() == [("1234", "text"), ("01234", "new")]


async def test_two_records_that_one_row_may_be_stop_the_import_and_are_named(desk, workbook, tmp_path):
    codes = await desk(*CODES)
    await stored(codes, ("A-1", "x"), ("A-1 ", "y"), ("01234", "z"), ("1234", "w"))
    before = await codes.values()

    for mode in (Mode.UPDATE, Mode.REPLACE):
        keys = {"mode": mode, "keys": codes.ids("Code"), "confirm_deletes": 3}
        blanks = await codes.run(workbook(CODES, ["A-1", "n"]), **keys)
        digits = await codes.run(shown(tmp_path, (1234, "n")), **keys)

        assert said(blanks)[0].startswith("This row may be record 1 (“A-1”) or record 2 (“A-1 ”): “Code” is")
        assert said(digits)[0].startswith("This row may be record 3 (“01234”) or record 4 (“1234”): “Code”")
        assert await codes.values() == before

    right_only = await codes.run(
        workbook(CODES, ["A-1", "n"], ["A-5", "n"]), mode=Mode.UPDATE, keys=codes.ids("Code"), valid_only=True
    )
    assert not right_only.success
    assert right_only.error_message.startswith("Some rows may be any of several records")
    assert await codes.values() == before


async def test_a_row_that_may_be_several_records_lets_replace_delete_none_of_them(desk, workbook):
    codes = await desk(*CODES)
    await stored(codes, ("A-1", "x"), ("A-1", "y"), ("B", "z"))
    before = await codes.values()
    keys = {"mode": Mode.REPLACE, "keys": codes.ids("Code"), "valid_only": True, "confirm_deletes": 1}

    result = await codes.run(workbook(CODES, ["A-1", "n"], ["B", "n"]), **keys)

    assert not result.success
    assert await codes.values() == before


async def test_a_unique_value_is_not_added_once_more_in_its_new_form(desk, workbook, tmp_path):
    codes = await desk(*CODES)
    await codes.rules("Code", unique=True)
    await stored(codes, ("A-1 ", "x"), ("1234", "y"), (f"B{ZERO_WIDTH}", "z"), ("B", "z"))

    blanks = await codes.run(workbook(CODES, ["A-1", "n"], ["B", "n"]))
    digits = await codes.run(shown(tmp_path, (1234, "n")))

    assert [message.split(". Each")[0] for message in said(blanks)] == [
        "“A-1” is there already: record 1 (“A-1 ”)",
        "“B” is there already: record 3 (“B‹U+200B›”), record 4 (“B”)",
    ]
    assert said(digits)[0].startswith("“01234” is there already: record 2 (“1234”).")
    assert len(await codes.values()) == 4


async def test_values_that_are_one_without_what_nobody_sees_stand_there_twice(desk, workbook):
    codes = await desk(*CODES)
    await codes.rules("Code", unique=True)

    result = await codes.run(workbook(CODES, ["A-1", "x"], [f"A-1{ZERO_WIDTH} ", "y"], [ZERO_WIDTH, "z"]))

    assert [message.split(".")[0] for message in said(result)] == ["“A-1” stands in row 2 too"]


async def test_composite_keys_are_compared_part_by_part(desk, workbook):
    codes = await desk("Code", "Place", ("Orders", "integer"))
    await stored(codes, ("a ", "x", 1), ("a", "y", 2), ("a", " x", 3))

    one = await codes.run(
        workbook(["Code", "Place", "Orders"], ["a", "y ", 5]), mode=Mode.UPDATE, keys=codes.ids(*CODES)
    )
    two = await codes.run(
        workbook(["Code", "Place", "Orders"], ["a", "x", 6]), mode=Mode.UPDATE, keys=codes.ids(*CODES)
    )

    assert one.success, said(one)
    assert said(two)[0].startswith("This row may be record 1 (“a  · x”) or record 3 (“a ·  x”)")


async def test_texts_that_are_not_compared_stay_as_they_are(desk, workbook):
    codes = await desk(*CODES)

    await codes.run(workbook(CODES, [f"A{ZERO_WIDTH} ", " x "]))

    assert await codes.values() == [(f"A{ZERO_WIDTH} ", " x ")]


async def test_a_typed_value_is_compared_and_stored_without_what_nobody_sees(desk):
    codes = await desk(*CODES)
    await codes.rules("Code", unique=True)
    await stored(codes, (f"A{ZERO_WIDTH}-1 ", "x"))
    code = codes.template.columns[0]
    taken, free = (
        check(codes.template.columns, {code.key: text, codes.template.columns[1].key: "n"}).values
        for text in ("A-1", " B\u200e-2 ")
    )

    _, refused = await add_record(codes.door, codes.template, taken)
    _, problems = await add_record(codes.door, codes.template, free)
    changed = await change_record(codes.door, codes.template, 1, {code.key: "A-1"})

    assert refused[code.key].parameters["record_id"] == 1
    assert problems == {}
    assert changed.is_stored
    assert await codes.values() == [("A-1", "x"), ("B-2", "n")]


async def test_values_that_hardly_differ_are_warned_of_by_row_and_record(desk, workbook):
    codes = await desk(*CODES)
    await codes.rules("Code", unique=True)
    await stored(codes, ("Grace Hopper", "z"))
    path = workbook(
        CODES,
        ["Ada", "x"],
        ["ada", "y"],
        ["Éva  K", "x"],
        ["éva\u00a0k", "y"],
        ["grace hopper", "y"],
        ["Bob", "x"],
    )

    added = await codes.run(path)

    assert added.success
    assert [text.split(", and count")[0] for text in warned(added)] == [
        "A3: “ada” and the value in row 2 differ only in case or blanks",
        "A5: “éva\u00a0k” and the value in row 4 differ only in case or blanks",
        "A6: “grace hopper” and that of record 1 (“Grace Hopper”) differ only in case or blanks",
    ]


async def test_keys_that_hardly_differ_from_a_records_are_warned_of(desk, workbook):
    codes = await desk("Code", "Place", ("Orders", "integer"))
    await stored(codes, ("Ada", "x", 1), ("Bob", "y", 2))
    path = workbook(["Code", "Place", "Orders"], ["ada", "x", 1], ["bob", "z", 1], ["Bob", "y", 3])

    result = await codes.run(path, mode=Mode.UPDATE, keys=codes.ids(*CODES))

    assert (result.counts["created"], result.counts["updated"]) == (2, 1)
    assert [text.split(" differ")[0] for text in warned(result)] == [
        "A2: “ada · x” and that of record 1 (“Ada · x”)"
    ]
