"""`xlsapp import` and `xlsapp export` against a real server: what they print, and how they end."""

import csv
import io
import json
import os
import pty
import re
import stat
import subprocess
import sys

import openpyxl
import pytest

from tests.cli.commands import done, xlsapp
from tests.factories import make_workbook
from tests.server import ROOT, Server
from tests.web.api.conftest import make_token, program
from xlsapp.cli.parser import build_parser
from xlsapp.models import TokenScope
from xlsapp.web.api.schemas import SCHEMAS

COLUMNS = [{"name": "Name", "required": True}, {"name": "Orders", "type": "integer"}]


@pytest.fixture
def api(server, ada):
    with program(server, make_token(ada, *TokenScope)) as client:
        assert client.post("/templates", json={"name": "Customers", "columns": COLUMNS}).status_code == 201
        yield client


@pytest.fixture
def shell(server, api):
    """Runs a command with what it needs to reach the server in its environment."""
    return lambda *arguments: xlsapp(*arguments, **access(server, api))


def access(server, api):
    """How a command finds a server, and what lets it in."""
    token = api.headers["authorization"].removeprefix("Bearer ")
    return {"XLSAPP_URL": server.url, "XLSAPP_TOKEN": token}


def names(api):
    template = api.get("/templates").json()["templates"][0]
    records = api.get(f"/templates/{template['id']}/records").json()["records"]
    return [record["values"]["Name"] for record in records]


def test_an_import_that_works_ends_with_0_and_its_summary(shell, api, tmp_path):
    book = make_workbook(tmp_path, ["Name", "Orders"], ["Ada", 3], ["Grace", 5], name="Kündën “1”.xlsx")

    result = shell("import", book, "--template", "Customers", "--wait")

    assert done(result) == "2 rows imported: 2 created.\n"
    assert result.stderr.splitlines()[0] == "Sending Kündën “1”.xlsx to “Customers”"
    assert re.search(r"^Job [0-9a-f]{16} is (pending|processing)\.", result.stderr, re.MULTILINE)
    assert "\x1b" not in result.stderr
    assert names(api) == ["Ada", "Grace"]


def test_an_import_that_fails_ends_with_1_and_each_problem(shell, api, tmp_path):
    book = make_workbook(tmp_path, ["Name", "Orders"], ["Ada", "many"], [None, 5])

    result = shell("import", book, "--template", "Customers", "--wait")

    assert result.returncode == 1
    assert result.stdout == ""
    assert "There are 2 problems in the workbook, so nothing was imported." in result.stderr
    assert "Sheet1!B2: “many” is not a whole number." in result.stderr
    assert "Sheet1!A3: This cell is empty." in result.stderr
    assert names(api) == []


def test_the_workbook_comes_back_with_its_problems_marked(shell, tmp_path):
    book = make_workbook(tmp_path, ["Name", "Orders"], ["Ada", "many"])
    out = tmp_path / "out.xlsx"
    right = ("import", "--template", "Customers", "--marked", out)

    without = shell(*right, book)
    result = shell(*right, book, "--wait")

    assert without.returncode == 2
    assert result.returncode == 1
    assert f"The workbook is ready, with 1 cell marked. {out}" in result.stderr
    marked = openpyxl.load_workbook(out)
    assert marked.sheetnames == ["Problems", "Sheet1"]
    assert marked["Sheet1"]["B2"].comment.text.startswith("xlsapp: “many” is not a whole number.")


def test_more_problems_than_fit_on_a_screen_are_counted_and_all_are_in_the_json(shell, tmp_path):
    book = make_workbook(tmp_path, ["Name", "Orders"], *(["Ada", "many"] for _ in range(1100)))

    text = shell("import", book, "--template", "Customers", "--wait")
    as_json = shell("import", book, "--template", "Customers", "--wait", "--json")

    assert text.stderr.count("is not a whole number") == 100
    assert "And 1,000 more." in text.stderr
    assert (text.returncode, as_json.returncode) == (1, 1)
    job = json.loads(as_json.stdout)
    assert job["status"] == "failed"
    assert len({problem["cell"] for problem in job["problems"]}) == 1100


def test_every_choice_of_the_page_can_be_made(shell, api, tmp_path):
    first = make_workbook(tmp_path, ["Name", "Orders"], ["Ada", 3], ["Grace", 5])
    done(shell("import", first, "--template", "Customers", "--wait"))
    second = tmp_path / "second.csv"
    second.write_text("x\nName|Orders\nAda|\nAlan|9\n|7\n", encoding="cp1252")
    choices = ["--mode", "update", "--key", "Name", "--blank", "erase", "--valid-only"]
    reading = ["--encoding", "cp1252", "--delimiter", "|", "--header-row", "2"]

    result = shell("import", second, "--template", "Customers", "--wait", "--json", *choices, *reading)

    counts = json.loads(done(result))["result"]["counts"]
    assert (counts["created"], counts["updated"], counts["rejected"]) == (1, 1, 1)
    assert names(api) == ["Ada", "Grace", "Alan"]
    replaced = shell(
        *("import", first, "--template", "Customers", "--mode", "replace", "--key", "Name"),
        *("--wait", "--confirm-deletes", "1"),
    )
    assert "1 deleted" in done(replaced)


def test_without_wait_it_says_where_the_job_can_be_followed(shell, api, server, tmp_path):
    book = make_workbook(tmp_path, ["Name"], ["Ada"])

    printed = done(shell("import", book, "--template", "Customers"))

    match = re.fullmatch(r"Job ([0-9a-f]{16}) is accepted: (\S+)\n", printed)
    assert match
    assert api.get(f"/jobs/{match[1]}").json()["file_name"] == "customers.xlsx"
    assert match[2].startswith(f"{server.url}/import_templates/")


def on_terminal(server, api, *arguments):
    """What a command prints to standard output, and what a terminal shows of its standard error."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "run.py", *arguments],
        cwd=ROOT,
        env={**os.environ, **access(server, api)},
        stdout=subprocess.PIPE,
        stderr=theirs,
    )
    os.close(theirs)
    out, _ = process.communicate(timeout=60)
    shown = os.read(ours, 65536).decode()
    os.close(ours)
    return out.decode(), shown


def test_on_a_terminal_progress_is_one_line_that_is_written_over(server, api, tmp_path):
    book = make_workbook(tmp_path, ["Name"], ["Ada"])

    out, shown = on_terminal(server, api, "import", book, "--template", "Customers", "--wait")
    _, failed = on_terminal(server, api, "import", book, "--template", "Customers", "--key", "Nope")

    assert out == "1 row imported: 1 created.\n"
    assert "\r\x1b[KSending customers.xlsx" in shown
    assert "\n" not in shown
    assert shown.endswith("\r\x1b[K")
    assert "\r\x1b[KThere is no column “Nope”" in failed


def test_a_restart_of_the_server_is_waited_for(tmp_path):
    book = make_workbook(tmp_path, ["Name"], *([f"Person {number}"] for number in range(20_000)))
    with Server.started(tmp_path) as server, server.client() as ada:
        server.sign_up(ada)
        with program(server, make_token(ada, *TokenScope)) as api:
            api.post("/templates", json={"name": "Customers", "columns": COLUMNS})
            process = subprocess.Popen(
                [sys.executable, "run.py", "import", book, "--template", "Customers", "--wait"],
                cwd=ROOT,
                env={**os.environ, **access(server, api)},
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            assert process.stderr
            while "Job" not in process.stderr.readline():
                assert process.poll() is None
            server.kill()
            server.start()
            out, errors = process.communicate(timeout=60)

    assert process.returncode == 0, errors
    assert out == "20,000 rows imported: 20,000 created.\n"


def test_an_export_is_written_whole_under_the_name_that_was_chosen(shell, api, tmp_path):
    book = make_workbook(tmp_path, ["Name", "Orders"], ["Ada", 3], ["Grace", 5], ["Alan", 9])
    done(shell("import", book, "--template", "Customers", "--wait"))
    target = tmp_path / "out.csv"

    printed = done(shell("export", "--template", "Customers", "--format", "csv", "--output", target))

    assert printed == f"3 records are in the file. {target}\n"
    rows = list(csv.reader(io.StringIO(target.read_text(encoding="utf-8-sig"))))
    assert [row[:2] for row in rows] == [["Name", "Orders"], ["Ada", "3"], ["Grace", "5"], ["Alan", "9"]]
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
    mask = os.umask(0o022)
    os.umask(mask)
    assert stat.S_IMODE(target.stat().st_mode) == 0o666 & ~mask


def test_an_export_is_csv_with_semicolons_or_json_lines_if_wanted(shell, api, tmp_path):
    book = make_workbook(tmp_path, ["Name", "Orders"], ["Ada", 3])
    done(shell("import", book, "--template", "Customers", "--wait"))
    export = ("export", "--template", "Customers", "--output", "-", "--format")

    assert done(shell(*export, "csv", "--delimiter", ";")).splitlines()[1].startswith("Ada;3;")
    [line] = done(shell(*export, "jsonl")).splitlines()
    assert {**json.loads(line), "Name": "Ada", "Orders": 3} == json.loads(line)
    refused = shell(*export, "jsonl", "--delimiter", ";")
    assert refused.returncode == 1
    assert "Only a csv file has a separator" in refused.stderr


def test_an_export_has_what_was_asked_for(shell, api, tmp_path):
    book = make_workbook(tmp_path, ["Name", "Orders"], ["Ada", 3], ["Grace", 5], ["Alan", 9], ["Adam", None])
    done(shell("import", book, "--template", "Customers", "--wait"))
    csv_out = ("--format", "csv", "--output", "-")
    view = ("--search", "a", "--filter", "Orders", "from", "4", "--sort", "Orders", "--desc")

    found = done(shell("export", "--template", "Customers", *csv_out, *view))
    blank = done(shell("export", "--template", "Customers", *csv_out, "--filter", "Orders", "blank", "true"))
    sample = shell("export", "--template", "Customers", "--kind", "sample", "--output", tmp_path / "s.xlsx")

    assert [line.split(",")[0] for line in found.splitlines()[1:]] == ["Alan", "Grace"]
    assert [line.split(",")[0] for line in blank.splitlines()[1:]] == ["Adam"]
    done(sample)
    assert (tmp_path / "s.xlsx").read_bytes()[:2] == b"PK"


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (("export", "--template", "Nope"), 1, "There are: “Customers”."),
        (("export", "--template", "Customers", "--filter", "Nope", "is", "1"), 1, "no column “Nope”"),
        (("export", "--template", "Customers", "--kind", "sample", "--format", "csv"), 1, "Only records"),
        (("import", "nowhere.xlsx", "--template", "Customers"), 1, "nowhere.xlsx cannot be read"),
        (("import", "README.md", "--template", "Customers", "--key", "Nope"), 1, "no column “Nope”"),
        (("import", "README.md"), 2, "--template"),
        (("import", "README.md", "--template", "x", "--mode", "undo"), 2, "invalid choice"),
        (("export", "--template", "Customers", "--url", "ftp://x"), 2, "is no address of a server"),
        (("export", "--template", "Customers", "--json", "--output", "-"), 2, "Choose one"),
        (("export", "--template", "Customers", "--token", "xlsapp_nope"), 4, "This token opens nothing"),
        (("export", "--template", "Customers", "--url", "http://127.0.0.1:1"), 4, "refused"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_cannot_be_done_ends_with_a_sentence_and_a_code(shell, arguments, code, sentence):
    result = shell(*arguments)

    assert sentence in result.stderr
    assert result.returncode == code
    assert result.stdout == ""
    assert "Traceback" not in result.stderr


def test_a_token_that_may_only_import_exports_nothing(server, ada, api, tmp_path):
    token = make_token(ada, TokenScope.IMPORT, name="importer")
    only_import = {"XLSAPP_URL": server.url, "XLSAPP_TOKEN": token}
    book = make_workbook(tmp_path, ["Name"], ["Ada"])

    done(xlsapp("import", book, "--template", "Customers", "--wait", **only_import))
    refused = xlsapp("export", "--template", "Customers", **only_import)

    assert refused.returncode == 4
    assert "“read”" in refused.stderr


def test_an_upload_that_is_too_large_is_said_to_be(tmp_path):
    book = tmp_path / "large.csv"
    book.write_text("Name\n" + "Ada Lovelace\n" * 400_000)
    with Server.started(tmp_path, XLSAPP_IMPORTS__MAX_UPLOAD_MB="1") as server, server.client() as ada:
        server.sign_up(ada)
        with program(server, make_token(ada, *TokenScope)) as api:
            api.post("/templates", json={"name": "Customers", "columns": COLUMNS})
            result = xlsapp("import", book, "--template", "Customers", **access(server, api))

    assert result.returncode == 1
    assert "1 MB" in result.stderr


def test_the_server_on_this_machine_is_found_by_the_settings(server, api):
    result = xlsapp(
        *("export", "--template", "Customers", "--kind", "data", "--format", "csv", "--output", "-"),
        XLSAPP_TOKEN=access(server, api)["XLSAPP_TOKEN"],
        XLSAPP_SERVER__PORT=str(server.port),
    )

    assert done(result).startswith("\ufeffName,Orders,")


def test_an_import_is_taken_back_by_its_job_and_changes_are_listed(shell, api, tmp_path):
    book = make_workbook(tmp_path, ["Name", "Orders"], ["Ada", 3], ["Grace", 5])
    job = json.loads(done(shell("import", book, "--template", "Customers", "--wait", "--json")))

    listed = done(shell("undo", "--template", "Customers"))
    undone = done(shell("undo", job["job_id"], "--template", "Customers"))
    unknown = shell("undo", "99999", "--template", "Customers")

    assert "import customers.xlsx: 2 new; " in listed
    assert undone == "2 records are gone again.\n"
    assert names(api) == []
    assert (unknown.returncode, "no change “99999”" in unknown.stderr) == (1, True)
    assert "(taken back)" in done(shell("undo", "--template", "Customers"))


def test_the_commands_have_an_option_for_whatever_the_api_takes():
    (commands,) = [action for action in build_parser()._actions if action.dest == "command"]
    called = {
        **{"keys": "key", "answers": "answer", "workbook": "file"},
        **{"q": "search", "dir": "desc", "import": "from_import"},
    }

    for command, schema in (("import", "ImportForm"), ("export", "NewExport")):
        options = {action.dest for action in commands.choices[command]._actions}
        assert {called.get(name, name) for name in SCHEMAS[schema]["properties"]} <= options


def test_a_shell_completes_every_command():
    for shell in ("bash", "zsh", "fish", "tcsh"):
        script = done(xlsapp("completion", shell))
        assert "backup" in script
        assert "confirm-deletes" in script or shell == "tcsh"
    check = "source /dev/stdin; complete -p xlsapp"
    loaded = subprocess.run(
        ["bash", "-c", check],
        input=done(xlsapp("completion", "bash")),
        capture_output=True,
        text=True,
        check=True,
    )
    assert loaded.stdout.endswith("xlsapp\n")


def test_a_check_prints_what_would_change_and_applies_it_if_nothing_is_wrong(shell, api, tmp_path):
    first = make_workbook(tmp_path, ["Name", "Orders"], ["Ada", 3], name="first.xlsx")
    assert (
        done(shell("import", first, "--template", "Customers", "--apply")) == "1 row imported: 1 created.\n"
    )
    good = make_workbook(tmp_path, ["Name", "Orders"], ["Ada", 4], ["Bo", 1], name="good.xlsx")
    bad = make_workbook(tmp_path, ["Name", "Orders"], ["Ada", "many"], name="bad.xlsx")
    by_name = ("--template", "Customers", "--mode", "update", "--key", "Name")

    checked = shell("import", good, *by_name, "--check")
    stopped = shell("import", bad, *by_name, "--apply")
    assert names(api) == ["Ada"]
    applied = shell("import", good, *by_name, "--apply")

    assert done(checked).splitlines() == [
        "2 rows checked, and nothing written: 1 new, 1 changed.",
        "Row 2, Orders: “3” → “4”",
    ]
    assert stopped.returncode == 5
    assert "Sheet1!B2" in stopped.stderr
    assert done(applied) == "2 rows imported: 1 created, 1 updated.\n"
    assert names(api) == ["Ada", "Bo"]
