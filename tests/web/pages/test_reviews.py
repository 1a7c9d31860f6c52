"""A workbook is checked first, mended on its review's page by forms alone, and applied."""

import re

from tests.factories import make_workbook
from tests.server import add_template, finished, job_of, run_import

COLUMNS = (
    {"name": "Name", "type": "text", "unique": "on"},
    {"name": "Orders", "type": "integer"},
)


def hidden(form: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))


def forms(page: str, part: str) -> list[str]:
    return [form for form in re.findall(r"<form.*?</form>", page, re.S) if part in form]


def test_a_bad_workbook_is_checked_mended_and_applied(ada, eve, tmp_path):
    template_id = add_template(ada, COLUMNS)
    book = make_workbook(tmp_path, ["Name", "Orders"], ["Ada", 1], ["Bo", "two"], ["Cy", "x"], ["Di", "x"])
    checked = run_import(ada, template_id, book, check="on")
    job = f"/import_templates/{template_id}/jobs/{checked['job_id']}"
    review = f"{job}/review"
    page = ada.get(review).text

    assert checked["status"] == "completed"
    assert f'href="{review}"' in ada.get(job).text
    assert "3 rows have a problem" in page
    assert eve.get(review).status_code == eve.post(f"{review}/mends").status_code == 404
    (cell,) = forms(page, 'name="text" value="two"')
    saved = ada.post(f"{review}/mends?kind=problems", data={**hidden(cell), "text": "2"})
    assert saved.headers["location"].endswith("/review?kind=problems")
    late = ada.post(f"{review}/mends", data={**hidden(cell), "text": "3"})
    assert late.status_code == 422
    assert "Somebody has mended row 3 meanwhile" in late.text
    group = {**hidden(forms(page, "Cut blanks")[0]), "found": "x", "text": "9", "kind": "replace"}
    ada.post(f"{review}/mends", data=group)
    page = ada.get(review).text
    assert "2 cells of “Orders”: “x” is “9”" in page
    (apply,) = forms(page, "Apply:")
    first, second = (ada.post(f"{review}/apply", data=hidden(apply)) for _ in range(2))
    done = finished(ada, job_of(first))

    assert first.headers["location"] == second.headers["location"]
    assert done["result"]["summary"] == "4 rows imported: 4 created."
    assert "It was applied" in ada.get(review).text
    assert ada.get(f"/import_templates/{template_id}/data_records").text.count(">9<") == 2


def test_a_failed_import_leads_to_its_rows(ada, tmp_path):
    template_id = add_template(ada, COLUMNS)
    book = make_workbook(tmp_path, ["Name", "Orders"], ["Ada", 1], ["Bo", "two"])
    failed = run_import(ada, template_id, book)
    job = f"/import_templates/{template_id}/jobs/{failed['job_id']}"
    (leave,) = forms(ada.get(f"{job}/review").text, "Leave row 3 out")

    ada.post(f"{job}/review/mends", data=hidden(leave))
    (back,) = forms(ada.get(f"{job}/review").text, "Take back")
    ada.post(re.search(r'action="([^"]+)"', back)[1])
    assert "Leave row 3 out" in ada.get(f"{job}/review").text
    ada.post(f"{job}/review/mends", data=hidden(leave))
    (apply,) = forms(ada.get(f"{job}/review").text, "Apply:")
    done = finished(ada, job_of(ada.post(f"{job}/review/apply", data=hidden(apply))))

    assert failed["status"] == "failed"
    assert "Mend the rows here" in ada.get(job).text
    assert (done["result"]["counts"]["created"], done["result"]["counts"]["rejected"]) == (1, 1)


def test_what_a_text_means_is_remembered_and_forgotten(ada, tmp_path):
    columns = ({"name": "Name", "type": "text"}, {"name": "Plan", "type": "choice", "choices": "Free\nTeam"})
    template_id = add_template(ada, columns)
    template = f"/import_templates/{template_id}"
    book = make_workbook(tmp_path, ["Name", "Plan"], ["Ada", "gratis"], ["Bo", "Team"], ["Cy", "gratis"])
    checked = run_import(ada, template_id, book, check="on")
    review = f"{template}/jobs/{checked['job_id']}/review"
    group = {**hidden(forms(ada.get(review).text, "Remember it")[0]), "kind": "replace", "remember": "on"}

    nothing = ada.post(f"{review}/mends", data={**group, "found": "", "text": "Free"})
    assert nothing.status_code == 422
    assert "problems" in ada.get(review).text
    ada.post(f"{review}/mends", data={**group, "found": "gratis", "text": "Free"})
    assert "“gratis” means “Free”" in ada.get(template).text
    later = make_workbook(tmp_path, ["Name", "Plan"], ["Di", "GRATIS "], name="later.xlsx")
    assert run_import(ada, template_id, later)["status"] == "completed"
    assert ">Free<" in ada.get(f"{template}/data_records").text

    (forget,) = forms(ada.get(template).text, "“gratis” means “Free”")
    ada.post(f"{template}/forget", data=hidden(forget))
    again = make_workbook(tmp_path, ["Name", "Plan"], ["Ed", "gratis"], name="again.xlsx")
    assert run_import(ada, template_id, again)["status"] == "failed"


def test_a_job_that_keeps_no_rows_has_no_review(ada, tmp_path):
    template_id = add_template(ada, COLUMNS)
    done = run_import(ada, template_id, make_workbook(tmp_path, ["Name", "Orders"], ["Ada", 1]))

    assert ada.get(f"/import_templates/{template_id}/jobs/{done['job_id']}/review").status_code == 404


def test_other_choices_are_looked_at_without_another_upload(ada, tmp_path):
    template_id = add_template(ada, COLUMNS)
    run_import(ada, template_id, make_workbook(tmp_path, ["Name", "Orders"], ["Ada", 1], ["Bo", 2]))
    book = make_workbook(tmp_path, ["Name", "Orders"], ["Ada", 5], ["Cy", "x"], name="second.xlsx")
    checked = run_import(ada, template_id, book, check="on")
    review = f"/import_templates/{template_id}/jobs/{checked['job_id']}/review"
    name = re.search(r'name="keys" value="(\d+)"', ada.get(review).text)[1]

    def tabs(path: str) -> dict[str, int]:
        found = re.findall(r"kind=(\w+)\"[^>]*>[^<]*<b>(\d+)<", ada.get(path).text)
        return {kind: int(count) for kind, count in found if int(count)}

    (leave,) = forms(ada.get(review).text, "Leave row 3 out")
    ada.post(f"{review}/mends", data=hidden(leave))
    mended = {"problems": 1, "left_out": 1}  # Ada is there already
    assert tabs(review) == mended

    # Its rows are what they would be: the same review, and what was mended in it.
    same = ada.post(f"{review}/choices", data={"mode": "add", "blank": "erase", "valid_only": "on"})
    assert same.headers["location"] == review
    assert tabs(review) == mended

    # Cells that tell which record a row is are read otherwise: another review, of the same workbook.
    again = ada.post(f"{review}/choices", data={"mode": "update", "keys": name, "blank": "keep"})
    done = finished(ada, job_of(again))
    assert done["status"] == "completed"
    assert tabs(f"{again.headers['location']}/review") == {"problems": 1, "changed": 1}

    wrong = ada.post(f"{review}/choices", data={"mode": "update", "keys": "999"})
    assert wrong.headers["location"] == review
    assert tabs(review) == mended
