"""Jobs through the API: an answer can be waited for, problems come page by page, exports are downloaded."""

import io
import threading

import openpyxl

from tests.server import Server
from tests.web.api.conftest import failure, finished, make_token, program, upload


def queue_imports(api, path, *, count, rows):
    """Some imports of one template: each waits for the one before. Returns the last."""
    rows = "\n".join(f"Name {number}" for number in range(rows))
    files = {"workbook": ("long.csv", f"Name\n{rows}\n".encode())}
    return [api.post(f"{path}/imports", files=files).json() for _ in range(count)][-1]


def test_a_held_answer_comes_when_the_state_changes_and_progress_does_not_end_it(api, customers):
    job = queue_imports(api, customers, count=3, rows=60_000)

    seen = []
    while not seen or not seen[-1]["is_final"]:
        assert len(seen) < 3, "the answer was not held"
        seen.append(api.get(f"/jobs/{job['job_id']}?wait=60", timeout=90).json())

    assert seen[-1]["status"] == "completed"
    assert api.get(customers).json()["record_count"] == 180_000


def test_held_answers_hold_up_nobody_and_end_with_their_time_their_token_and_the_server(tmp_path):
    with Server.started(tmp_path, XLSAPP_SERVER__METRICS="true") as server, server.client() as ada:
        server.sign_up(ada)
        everything, short_lived = (
            make_token(ada, "read", "import", "write"),
            make_token(ada, "read", name="2"),
        )
        with program(server, everything) as api:
            made = api.post("/templates", json={"name": "Long", "columns": [{"name": "Name"}]}).json()
            waiting = queue_imports(api, f"/templates/{made['id']}", count=12, rows=200_000)
            job = f"/jobs/{waiting['job_id']}?wait="
            assert api.get(f"{job}1").json()["status"] == "pending"

            held = [Held(server, token, f"{job}60") for token in (short_lived, everything, everything)]
            while "xlsapp_watchers 3\n" not in ada.get("/metrics").text:
                pass
            assert api.get(f"{job}0").json()["status"] == "pending"
            assert ada.post("/account/tokens/2/revoke").status_code == 303
            assert held[0].answer()["status"] == "pending"
            assert held[1].thread.is_alive()
        server.stop()

        assert [each.answer()["job_id"] for each in held[1:]] == [waiting["job_id"]] * 2
        assert not any(each.answer()["is_final"] for each in held)


class Held:
    """A request under way, whose answer is held."""

    def __init__(self, server, token, path):
        self.answers = []
        self.thread = threading.Thread(target=self._ask, args=(server, token, path))
        self.thread.start()

    def _ask(self, server, token, path):
        with program(server, token) as client:
            self.answers.append(client.get(path, timeout=90))

    def answer(self):
        self.thread.join()
        (answer,) = self.answers
        assert answer.status_code == 200, answer.text
        return answer.json()


def test_problems_come_page_by_page(api, customers, book):
    rows = [["Name", "Orders"], *(["Ada", f"x{number}"] for number in range(25))]
    job = finished(api, upload(api, customers, book(*rows)))
    path = job["links"]["problems"].removeprefix("/api/v1")

    pages, cursor = [], ""
    while cursor is not None:
        page = api.get(f"{path}?limit=10{cursor and f'&cursor={cursor}'}").json()
        assert page["total"] == 25
        pages.append(page["problems"])
        cursor = page["next_cursor"]

    assert [len(page) for page in pages] == [10, 10, 5]
    problems = [problem for page in pages for problem in page]
    assert [problem["cell"] for problem in problems] == [f"Sheet1!B{row}" for row in range(2, 27)]
    assert problems[0]["message"] == "“x0” is not a whole number. Write it in digits."
    assert api.get(f"{path}?cursor=999999999999999999").json()["problems"] == []


def test_an_export_is_downloaded_when_it_is_done(api, customers, book):
    finished(api, upload(api, customers, book(["Name", "Orders"], ["Ada", 7])))

    job = finished(api, api.post(f"{customers}/exports", json={"kind": "data"}))
    answer = api.get(job["links"]["download"].removeprefix("/api/v1"))
    assert answer.headers["content-disposition"].startswith("attachment")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets[0]
    assert [cell.value for cell in sheet[1]][:3] == ["Name", "Since", "Orders"]
    assert [cell.value for cell in sheet[2]][:3] == ["Ada", None, 7]

    job = finished(api, api.post(f"{customers}/exports", json={"kind": "data", "format": "csv"}))
    assert "Ada" in api.get(job["links"]["download"].removeprefix("/api/v1")).text
    asked = {"kind": "sample", "format": "csv", "q": "Ada"}
    errors = failure(api.post(f"{customers}/exports", json=asked), 422)["errors"]
    assert [error["pointer"] for error in errors] == ["#/format", "#/q"]


def test_an_import_has_nothing_to_download(api, customers, book):
    job = finished(api, upload(api, customers, book(["Name"], ["Ada"])))

    assert "download" not in job["links"]
    failure(api.get(f"/jobs/{job['job_id']}/download"), 404)
    assert job["job_id"] in [each["job_id"] for each in api.get("/jobs").json()["jobs"]]


def test_a_kind_of_job_that_came_later_is_listed_when_it_is_asked_for(api, ada, customers, book):
    imported = finished(api, upload(api, customers, book(["Name"], ["Ada"])))
    sample = ada.post("/template_samples", files={"workbook": ("s.xlsx", book(["Name"], ["Ada"]))})
    path = f"/jobs/{sample.headers['location'].rsplit('/', 1)[1]}"
    while not api.get(f"{path}?wait=10").json()["is_final"]:
        pass

    (proposal,) = api.get("/jobs?kind=proposal").json()["jobs"]
    assert (proposal["kind"], proposal["template_id"], proposal["status"]) == ("proposal", None, "completed")
    assert [column["name"] for column in proposal["result"]["columns"]] == ["Name"]
    assert proposal["links"] == {"self": f"/api/v1{path}"}
    assert api.get("/jobs").json()["jobs"] == api.get("/jobs?kind=import").json()["jobs"] == [imported]
    failure(api.get("/jobs?kind=zzz"), 422)
