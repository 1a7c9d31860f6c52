"""What nobody has decided is asked and never guessed: who decides is tried in its order."""

from dataclasses import replace

import pytest
from xlsxwriter import Workbook

from xlsapp.models import Remembered
from xlsapp.repositories import template_columns
from xlsapp.services.imports.options import Mode, Times


@pytest.fixture
def csv(tmp_path):
    """Writes lines into a csv file."""

    def write(*lines: str, name: str = "list.csv"):
        path = tmp_path / name
        path.write_text("\n".join(lines) + "\n")
        return path

    return write


async def know(people, name: str, **known):
    """Let a column of the template remember something."""
    (column,) = (column for column in people.template.columns if column.name == name)
    async with people.db.write() as tx:
        await template_columns.remember(tx, column, replace(Remembered(), **known))


def asked(result) -> list[tuple[str, str, tuple[str, ...], str]]:
    return [(q.about, q.column, q.answers, q.suggested) for q in result.receipt.questions]


async def test_an_amount_that_means_two_things_is_asked_for_and_nothing_is_imported(desk, csv):
    people = await desk("Name", ("Kg", "number"), ("Due", "date"))

    result = await people.run(csv("Name;Kg;Due", "Ada;1,250;03/04/2026", "Bo;7;05/05/2026"))

    assert not result.success
    assert await people.records() == []
    assert asked(result) == [
        ("decimal_sign", "Kg", ("point", "comma"), "comma"),
        ("day_order", "Due", ("day_first", "month_first"), "day_first"),
    ]
    assert [dict(cell) for question in result.receipt.questions for cell in question.examples] == [
        {"row": 2, "text": "1,250", "readings": ["1250", "1.25"]},
        {"row": 2, "text": "03/04/2026", "readings": ["2026-04-03", "2026-03-04"]},
    ]
    assert [reason.code for reason in result.receipt.reasons] == ["import.asks"]
    assert result.receipt.notes == (), "what is asked was not decided"


@pytest.mark.parametrize(
    ("lines", "stored"),
    [
        (("Kg;Due", "7,5;05/05/2026"), (7.5, "2026-05-05")),
        (("Kg;Due", "1,250;31/01/2026", "0,5;"), (1.25, "2026-01-31")),
        (("Kg;Due", "12;2026-03-04"), (12, "2026-03-04")),
    ],
)
async def test_where_the_column_shows_it_or_both_readings_agree_nothing_is_asked(desk, csv, lines, stored):
    people = await desk(("Kg", "number"), ("Due", "date"))

    result = await people.run(csv(*lines))

    assert result.success
    assert (await people.values())[0] == stored


async def test_an_upload_s_word_comes_first_then_the_template_s(desk, csv):
    people = await desk(("Kg", "number"), ("Due", "date"))
    path = csv("Kg,Due", '"1,250",03/04/2026')
    await know(people, "Kg", decimal_sign="comma")
    await know(people, "Due", day_order="month_first")
    kg = people.ids("Kg")[0]

    remembered = await people.run(path)
    said = await people.run(path, decimal="point", dates="day_first")
    for_one = await people.run(path, decimal="point", answers={f"decimal_sign:{kg}": "comma"})

    assert remembered.success and said.success and for_one.success
    first, second, third = await people.values()
    assert (first, second, third) == ((1.25, "2026-03-04"), (1250, "2026-04-03"), (1.25, "2026-03-04"))


async def test_a_guess_reads_as_usual_and_says_what_was_guessed(desk, csv):
    people = await desk(("Kg", "number"), "City")

    result = await people.run(csv("Kg;Citty", "1,250;Ulm"), guess=True)

    assert result.success
    assert await people.values() == [(1250, None)]
    assert result.receipt.questions == ()
    assert [(q.about, q.column, q.answers[0]) for q in result.receipt.guessed] == [
        ("decimal_sign", "Kg", "point")
    ]


async def test_a_month_that_means_two_is_asked_for_by_its_language_and_then_known(desk, csv):
    people = await desk(("Due", "date"))
    path = csv("Due", "5 lip 2024")

    result = await people.run(path)
    once = await people.run(path, answers={f"month_language:{people.ids('Due')[0]}": "hr"})
    await know(people, "Due", month_language="pl")
    known = await people.run(path)
    proven = await people.run(csv("Due", "5 srp 2024", "6 led 2024"))
    guessed = await people.run(csv("Due", "5 srp 2024"), guess=True)

    (question,) = result.receipt.questions
    assert (question.about, {"hr", "pl"} <= set(question.answers)) == ("month_language", True)
    assert result.errors == []
    readings = dict(zip(question.answers, question.examples[0]["readings"], strict=True))
    assert (readings["hr"], readings["pl"]) == ("2024-06-05", "2024-07-05")
    assert once.success and known.success and proven.success and not guessed.success
    assert [day for (day,) in await people.values()] == [
        *("2024-06-05", "2024-07-05", "2024-08-05", "2024-01-06"),
    ]


async def test_another_column_of_dates_shows_the_language_of_a_month(desk, csv):
    people = await desk(("From", "date"), ("To", "date"))

    result = await people.run(csv("From,To", "5 listopada 2024,3 maja 2025"))

    assert result.success
    assert await people.values() == [("2024-11-05", "2025-05-03")]


async def test_a_header_that_is_a_missing_name_written_out_is_asked_about(desk, csv):
    people = await desk("Ref", "City")

    close = await people.run(csv("Ref,City name", "1,Ulm"))
    another = await people.run(csv("Ref,City code", "1,U"))

    assert asked(close) == [("header", "City", ("City name", ""), "City name")]
    assert another.success


async def test_a_currency_of_countries_with_one_decimal_sign_shows_it(desk, csv):
    people = await desk(("Price", "number"), ("Cost", "number"))

    result = await people.run(csv("Price;Cost", "₹5,000;R$ 1.250"))
    open_ = await people.run(csv("Price;Cost", "€5,000;$1.250"))

    assert result.success
    assert await people.values() == [(5000, 1250)]
    assert [column for _, column, _, _ in asked(open_)] == ["Price", "Cost"]
    assert result.details["notes"][0] == (
        "“Price”: 1 number written as text was read with a decimal point (1,234.5), as in all countries of "
        "their currency."
    )


async def test_a_text_file_that_was_exported_from_here_is_read_as_it_was_written(desk, csv):
    people = await desk("Name", ("Kg", "number"))
    lines = ("Name,Kg,__record_id,__updated_at", "Ada,1.234,,", "Bo,,,")

    ours = await people.run(csv(*lines))
    saved_elsewhere = await people.run(csv(*(line.replace(",", ";") for line in lines)))
    edited = await people.run(csv(*lines, 'Cy,"2,5",,'))

    assert ours.success and edited.success
    assert await people.values() == [("Ada", 1.234), ("Bo", None), ("Ada", 1234), ("Bo", None), ("Cy", 2.5)]
    assert asked(saved_elsewhere) == [("decimal_sign", "Kg", ("point", "comma"), "comma")]


@pytest.mark.parametrize(
    ("chosen", "remembered", "stored", "by"),
    [
        ("", "", "2026-01-15T10:00:00", ""),
        ("", "as_utc", "2026-01-15T09:00:00", ", as the template remembers"),
        ("utc", "", "2026-01-15T09:00:00", ", as was said for this upload"),
        ("written", "as_utc", "2026-01-15T10:00:00", ", as was said for this upload"),
    ],
)
async def test_times_with_a_zone_are_as_the_upload_says_then_the_template(
    desk, csv, chosen, remembered, stored, by
):
    people = await desk(("At", "datetime"))
    await know(people, "At", time_zone=remembered)

    result = await people.run(csv("At", "2026-01-15T10:00:00+01:00"), times=Times(chosen))

    assert result.success
    assert await people.values() == [(stored,)]
    assert result.details["notes"][-1].endswith(f"{by}.")


async def test_several_currencies_are_a_question_that_is_answered_once(desk, csv):
    people = await desk("What", ("Price", "number"))
    path = csv("What,Price", "a,US$12", "b,A$3")

    first = await people.run(path)
    await know(people, "Price", currency="without")
    again = await people.run(path)

    assert asked(first) == [("currency", "Price", ("without",), "without")]
    assert again.success
    assert await people.values() == [("a", 12), ("b", 3)]


async def test_years_in_devanagari_digits_may_be_nepal_s_and_are_asked_about(desk, csv):
    people = await desk("Name", ("Born", "date"))
    path = csv("Name,Born", "Asha,२०४५-०१-१५", "Bo,१५/०२/१९९५", "Cy,")

    first = await people.run(path)
    guessed = await people.run(path, guess=True)
    await know(people, "Born", calendar="gregorian")
    known = await people.run(path)
    beyond = await people.run(csv("Name,Born", "Asha,२०८०-०१-१५"))

    assert asked(first) == [("calendar", "Born", ("gregorian",), "gregorian")]
    assert [(cell["row"], cell["text"]) for cell in first.receipt.questions[0].examples] == [
        *((2, "२०४५-०१-१५"), (3, "१५/०२/१९९५")),
    ]
    assert [question.about for question in guessed.receipt.guessed] == ["calendar"]
    assert known.success and not beyond.success
    assert await people.values() == 2 * [("Asha", "2045-01-15"), ("Bo", "1995-02-15"), ("Cy", None)]


@pytest.mark.parametrize("text", ["१५ जनवरी २०२४", "१८५७-०५-१०", "15/01/2024"])
async def test_dates_of_no_other_calendar_are_not_asked_about(desk, csv, text):
    people = await desk(("Born", "date"))

    assert (await people.run(csv("Born", text))).success


async def test_a_merged_amount_holds_for_the_rows_that_somebody_has_said(desk, tmp_path):
    people = await desk("Name", ("Paid", "number"))
    path = tmp_path / "merged.xlsx"
    with Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["Name", "Paid"])
        sheet.write_column(1, 0, ["Ada", "Bo", "Cy"])
        sheet.merge_range("B2:B4", 120)
    question = f"merged_amount:{people.ids('Paid')[0]}"

    result = await people.run(path)
    first = await people.run(path, answers={question: "first_row"})
    every = await people.run(path, answers={question: "all_rows"})

    assert asked(result) == [("merged_amount", "Paid", ("first_row", "all_rows"), "first_row")]
    assert result.receipt.questions[0].examples[0]["readings"] == ["120 · – · –", "120 · 120 · 120"]
    assert first.success and every.success
    assert [paid for _, paid in await people.values()] == [120, None, None, 120, 120, 120]


async def test_a_header_that_is_nearly_a_missing_column_s_is_asked_about(desk, csv):
    people = await desk("Ref", "City")
    path = csv("Ref,Citty", "1,Ulm")
    question = f"header:{people.ids('City')[0]}"

    result = await people.run(path)
    yes = await people.run(path, answers={question: "Citty"})
    no = await people.run(path, answers={question: ""})
    await know(people, "City", not_headers=("Citty",))
    known = await people.run(path)

    assert asked(result) == [("header", "City", ("Citty", ""), "Citty")]
    assert yes.success and no.success and known.success
    assert [city for _, city in await people.values()] == ["Ulm", None, None]


@pytest.mark.parametrize("header", ["Country", "City 2", "Citizens"])
async def test_other_headers_than_that_are_left_alone_without_a_question(desk, csv, header):
    people = await desk("Ref", "City")

    assert (await people.run(csv(f"Ref,{header}", "1,Ulm"))).success


async def test_a_renamed_column_of_an_export_that_comes_back_is_asked_about(desk, csv):
    people = await desk("Code", "Town")
    await people.run(csv("Code,Town", "a,Ulm"))
    (record,) = await people.records()
    path = csv("Number,Town,__record_id", f"b,Ulm,{record.id}")

    result = await people.run(path, mode=Mode.UPDATE)
    answer = {f"header:{people.ids('Code')[0]}": "Number"}
    answered = await people.run(path, mode=Mode.UPDATE, answers=answer)

    assert asked(result) == [("header", "Code", ("",), "Number")]
    assert answered.success
    assert await people.values() == [("b", "Ulm")]


async def test_a_key_that_the_workbook_lacks_is_asked_about(desk, csv):
    people = await desk("Code", "Town")
    await people.run(csv("Code,Town", "a,Ulm"))

    result = await people.run(csv("No.,Town", "a,Bonn"), mode=Mode.UPDATE, keys=people.ids("Code"))

    assert [(q.about, q.column) for q in result.receipt.questions] == [("header", "Code")]


def with_errors(folder, *columns, mark="#REF!"):
    """A workbook whose rows 3 and 4 have errors in the second column, and row 3 has nothing else."""
    path = folder / "errors.xlsx"
    with Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, columns)
        sheet.write_column(1, 0, ["Ada", None, "Bo"])
        sheet.write_number("B2", 7)
        for cell in ("B3", "B4"):
            sheet.write_formula(cell, "=1/0", None, mark)
    return path


async def test_cells_with_errors_are_blank_where_somebody_says_so_and_nothing_else_is_wrong(desk, tmp_path):
    people = await desk("Name", ("Paid", "number"))
    path = with_errors(tmp_path, "Name", "Paid")
    question = f"error_cells:{people.ids('Paid')[0]}"

    first = await people.run(path)
    said = await people.run(path, answers={question: "blank"})
    await know(people, "Paid", error_cells="blank")
    known = await people.run(path)

    assert asked(first) == [("error_cells", "Paid", ("blank",), "blank")]
    assert [dict(cell)["text"] for cell in first.receipt.questions[0].examples] == ["#REF!", "#REF!"]
    assert [group["count"] for group in first.receipt.problems.groups] == [2]
    assert said.success and said.receipt.counts.blank == 1, "what is left of row 3 is a blank row"
    assert await people.values() == [("Ada", 7), ("Bo", None)] * 2
    notes = [[note.parameters[name] for name in ("cells", "shown", "by")] for note in said.receipt.notes]
    assert notes == [[2, [["B3", "#REF!"], ["B4", "#REF!"]], "upload"]]
    assert known.receipt.notes[0].parameters["by"] == "template"


async def test_errors_are_no_question_where_a_blank_cell_would_not_do_either(desk, tmp_path):
    people = await desk("Name", ("Paid", "number"))
    await people.rules("Paid", required=True)
    others = await desk(("Name", "date"), ("Paid", "number"))
    path = with_errors(tmp_path, "Name", "Paid")

    results = [await desk_.run(path) for desk_ in (people, others)]
    right = await others.run(path, valid_only=True)

    assert [(asked(result), result.success) for result in results] == [([], False)] * 2
    assert asked(right) == []
