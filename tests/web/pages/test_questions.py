"""A question on a failed job's page: answered in one click, remembered, taken back."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.server import add_template, finished, job_of, run_import

PARCELS = ({"name": "Name", "type": "text"}, {"name": "Kg", "type": "number"})


@pytest.fixture
def parcels(tmp_path):
    """A csv file that does not show what its comma is."""
    path = tmp_path / "parcels.csv"
    path.write_text("Name;Kg\nAda;1,250\n")
    return path


def asks(client, path) -> tuple[str, str, str]:
    """Import a file that makes a question. The job's page, the question's name, and the template's page."""
    template_id = add_template(client, PARCELS)
    state = run_import(client, template_id, path)
    assert (state["status"], state["error_message"][:19]) == ("failed", "There is a question")
    (question,) = state["result"]["questions"]
    return (
        f"/import_templates/{template_id}/jobs/{state['job_id']}",
        question["id"],
        f"/import_templates/{template_id}",
    )


def test_a_question_is_answered_in_one_click_and_never_asked_again(ada, eve, parcels):
    job, question, template = asks(ada, parcels)
    page = ada.get(job).text
    (ticked,) = re.findall(r'<input type="radio"[^>]* value="(\w+)" checked', page)

    stranger = eve.post(f"{job}/answers", data={question: "point"})
    answered = finished(ada, job_of(ada.post(f"{job}/answers", data={question: ticked, "remember": "on"})))
    another = parcels.with_name("another.csv")
    another.write_text("Name;Kg\nBob;2,250\n")
    again = run_import(ada, int(template.rsplit("/", 1)[1]), another)

    assert stranger.status_code == 404
    assert "Waiting for your answer: parcels.csv" in page
    assert "badge--failed" not in page
    assert "You were asked about parcels.csv" in ada.get(job).text
    assert "You were asked about parcels.csv" in ada.get("/jobs").text
    assert ticked == "comma"
    assert "Row 2: “1,250”" in page
    assert answered["status"] == again["status"] == "completed", answered
    assert ada.get(f"{template}/data_records").text.count(".25") >= 2
    assert f"/jobs/{answered['job_id']}" in ada.get(job).text


def test_the_very_same_file_is_asked_about_before_it_is_added_again(ada, eve, parcels):
    parcels.write_text("Name;Kg\nAda;7\n")
    template_id = add_template(ada, PARCELS)
    first = run_import(ada, template_id, parcels)
    asking = run_import(ada, template_id, parcels)
    job, again = f"/import_templates/{template_id}/jobs/{asking['job_id']}", {"same_file:0": "import"}
    page = ada.get(job).text
    (earlier,) = re.findall(r'href="([^"]*data_records\?import=\d+)"', page)

    stranger = eve.post(f"{job}/answers", data=again)
    answered = finished(ada, job_of(ada.post(f"{job}/answers", data=again)))

    assert first["status"] == "completed"
    assert "This very workbook was imported on" in page
    assert "Import it again" in page
    assert 'name="remember"' not in page
    assert ada.get(earlier).text.count(">Ada<") == 1
    assert stranger.status_code == 404
    assert answered["result"]["notes"][-1].endswith("It was added once more.")


def test_two_tabs_that_answer_lead_to_one_job(ada, parcels):
    job, question, template = asks(ada, parcels)

    with ThreadPoolExecutor(2) as pool:
        both = pool.map(
            lambda answer: job_of(ada.post(f"{job}/answers", data={question: answer})), ("comma", "point")
        )
    jobs = {*both, job_of(ada.post(f"{job}/answers", data={question: "comma"}))}

    assert len(jobs) == 1
    assert finished(ada, jobs.pop())["status"] == "completed"
    assert "1 record" in ada.get(f"{template}/delete").text


def test_what_is_remembered_is_seen_and_taken_back(ada, eve, parcels):
    job, question, template = asks(ada, parcels)
    finished(ada, job_of(ada.post(f"{job}/answers", data={question: "comma", "remember": "on"})))
    page = ada.get(template).text
    form = dict(re.findall(r'<input type="hidden" name="(column|about|answer)" value="(.*?)"', page))

    stranger = eve.post(f"{template}/forget", data=form)
    taken_back = ada.post(f"{template}/forget", data=form)

    assert "The comma is the decimal sign" in page
    assert (stranger.status_code, taken_back.status_code) == (404, 303)
    assert "The comma is the decimal sign" not in ada.get(template).text
    assert run_import(ada, int(template.rsplit("/", 1)[1]), parcels)["status"] == "failed"


def test_an_answer_that_is_not_to_be_remembered_is_for_this_workbook_alone(ada, parcels):
    job, question, template = asks(ada, parcels)

    once = finished(ada, job_of(ada.post(f"{job}/answers", data={question: "comma"})))
    another = parcels.with_name("another.csv")
    another.write_text("Name;Kg\nBob;2,250\n")
    again = run_import(ada, int(template.rsplit("/", 1)[1]), another)

    assert (once["status"], again["status"]) == ("completed", "failed")


def test_what_is_no_answer_is_refused_and_can_be_mended(ada, parcels):
    job, question, _ = asks(ada, parcels)

    wrong = [ada.post(f"{job}/answers", data=data) for data in ({}, {question: "perhaps"})]
    right = ada.post(f"{job}/answers", data={question: "point"})

    assert [response.status_code for response in wrong] == [422, 422]
    assert "Answer this one, too: “Kg”" in wrong[0].text
    assert right.status_code == 303


def test_the_upload_form_has_the_same_choices(ada, parcels):
    template_id = add_template(ada, PARCELS)

    said = run_import(ada, template_id, parcels, decimal="point")

    assert said["status"] == "completed"
    assert (
        'value="point" selected'
        in ada.get(f"/import_templates/{template_id}/imports/new?from={said['job_id']}").text
    )


def test_choices_of_an_upload_can_be_remembered(ada, parcels):
    template_id = add_template(ada, (*PARCELS, {"name": "At", "type": "datetime"}))

    run_import(ada, template_id, parcels, decimal="comma", times="utc", remember="on")
    parcels.write_text("Name;Kg\nBob;2,250\n")
    again = run_import(ada, template_id, parcels)

    page = ada.get(f"/import_templates/{template_id}").text
    assert again["status"] == "completed"
    assert again["result"]["notes"][0].endswith("with a decimal comma (1.234,5), as the template remembers.")
    assert "The comma is the decimal sign" in page
    assert "Times that name their zone are stored as UTC" in page


def test_a_kept_workbook_goes_with_its_template(ada, server, parcels):
    job, question, template = asks(ada, parcels)
    kept = server.data / "asked" / job.rsplit("/", 1)[1]
    was_kept = kept.exists()

    ada.post(f"{template}/delete")

    assert was_kept and not kept.exists()
    assert ada.post(f"{job}/answers", data={question: "comma"}).status_code == 404


def test_rows_that_are_records_already_are_said_once_and_change_these_in_one_click(ada, eve, tmp_path):
    orders = add_template(
        ada, ({"name": "Order no", "type": "integer", "unique": "on"}, {"name": "Sum", "type": "number"})
    )
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    first.write_text("Order no,Sum\n" + "".join(f"{n},1.5\n" for n in range(1, 11)))
    second.write_text("Order no,Sum\n" + "".join(f"{n},2.5\n" for n in range(2, 12)))
    run_import(ada, orders, first)

    state = run_import(ada, orders, second)
    job = f"/import_templates/{orders}/jobs/{state['job_id']}"
    page = ada.get(job).text
    (question,) = state["result"]["questions"]
    (group,) = state["result"]["groups"]
    assert "9 of 10 rows are records already, by “Order no”" in page
    assert "Import again as Add or update</button>" in page
    assert (question["about"], [each["answer"] for each in question["answers"]]) == ("mode", ["update"])
    assert (group["title"], group["rule"], group["rows"]) == ("is in a record already", "unique", "2–10")

    assert eve.post(f"{job}/answers", data={question["id"]: "update"}).status_code == 404
    done = finished(ada, job_of(ada.post(f"{job}/answers", data={question["id"]: "update"})))
    counts = done["result"]["counts"]
    assert (done["status"], counts["updated"], counts["created"]) == ("completed", 9, 1), done
    # Where a few rows fail for it, and where others do, too, it is said in the list.
    second.write_text("Order no,Sum\n1,1\n2,1\n20,1\n21,1\n22,1\n")
    assert run_import(ada, orders, second)["result"]["questions"] == []
