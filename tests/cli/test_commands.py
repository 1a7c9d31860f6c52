"""The command line: what each command does, what it prints, and how it ends."""

import json
import os
import sqlite3
import time
import tomllib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from hashlib import sha256

import httpx
import pytest

from tests.cli.commands import done, xlsapp
from tests.factories import make_workbook
from tests.server import PASSWORD, Server, add_template, finished, job_of, run_import, template_fields, upload
from xlsapp.config import Settings
from xlsapp.db.copies import damage
from xlsapp.db.data_folder import sole_use


@pytest.fixture
def own_server(tmp_path):
    with Server.started(tmp_path) as server:
        yield server


@contextmanager
def sign_in(server: Server, email: str) -> Iterator[httpx.Client]:
    with server.client() as client:
        assert client.post("/sign_in", data={"email": email, "password": PASSWORD}).status_code == 303
        yield client


def test_options_may_stand_before_a_command_or_after_it(tmp_path):
    done(xlsapp("--data-dir", tmp_path / "a", "users", "list"))
    done(xlsapp("users", "list", "--data-dir", tmp_path / "b"))

    assert (tmp_path / "a" / "data.sqlite3").exists()
    assert (tmp_path / "b" / "data.sqlite3").exists()
    assert done(xlsapp("--version")).startswith("xlsapp ")


def test_accounts_are_listed_for_people_and_for_scripts(tmp_path):
    done(xlsapp("users", "add", "ada@example.com", data=tmp_path, stdin=f"{PASSWORD}\n"))

    assert done(xlsapp("users", "list", data=tmp_path)).split("\t")[:2] == ["1", "ada@example.com"]
    assert json.loads(done(xlsapp("users", "list", "--json", data=tmp_path)))[0]["email"] == "ada@example.com"


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (("users", "remove", "nobody@example.com"), 1, "There is no account for “nobody@example.com”."),
        (("users", "add", "nobody"), 1, "Write an e-mail address"),
        (("template", "list"), 1, "There is no account yet"),
        (("restore", "nowhere"), 1, "is no backup"),
        (("frobnicate",), 2, "invalid choice"),
        (("serve", "--port", "many"), 2, "server.port must be a whole number"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_cannot_be_done_ends_with_a_sentence_and_a_code(tmp_path, arguments, code, sentence):
    result = xlsapp(*arguments, data=tmp_path / "data")

    assert result.returncode == code
    assert sentence in result.stderr
    assert "Traceback" not in result.stderr


def test_a_port_that_is_taken_is_said_in_a_sentence(server, tmp_path):
    result = xlsapp("serve", "--port", str(server.port), data=tmp_path / "other")

    assert result.returncode == 1
    assert f"port {server.port}" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_second_server_on_the_same_data_is_refused(server):
    result = xlsapp("serve", "--port", "0", data=server.data)

    assert result.returncode == 3
    assert "Another xlsapp works on" in result.stderr


def test_a_killed_server_locks_nothing(own_server):
    own_server.kill()

    with sole_use(own_server.data):
        pass


def test_a_backup_of_a_running_app_holds_everything_and_starts_elsewhere(own_server, tmp_path):
    with own_server.client() as client:
        email = own_server.sign_up(client)
        template_id = add_template(client, name="Customers")
        run_import(client, template_id, make_workbook(tmp_path, ["Name"], ["Ada"]))
        slow = make_workbook(tmp_path, ["Name"], *([f"Person {n}"] for n in range(50_000)))
        job_id = job_of(upload(client, template_id, slow))
        done(xlsapp("backup", tmp_path / "copy", data=own_server.data))  # while the job waits or runs
        finished(client, job_id)

    other = tmp_path / "elsewhere"
    assert "Everybody signs in again" in done(xlsapp("restore", tmp_path / "copy", data=other / "data"))
    with Server.started(other) as restored, sign_in(restored, email) as client:
        assert "Ada" in client.get(f"/import_templates/{template_id}/data_records").text
        end = time.monotonic() + 30
        while client.get(f"/jobs/{job_id}/status").status_code == 404:  # statuses are not backed up
            assert time.monotonic() < end, "the job was lost"
            time.sleep(0.02)
        state = finished(client, job_id)

    assert state["status"] == "completed", state
    assert (tmp_path / "copy").stat().st_mode & 0o777 == 0o700


def test_a_restore_keeps_what_it_replaces_and_ends_every_session(own_server, tmp_path):
    with own_server.client() as client:
        own_server.sign_up(client, "ada@example.com")
        done(xlsapp("backup", tmp_path / "copy", data=own_server.data))
        with own_server.client() as late:
            own_server.sign_up(late, "late@example.com")
            refused = xlsapp("restore", tmp_path / "copy", data=own_server.data)
            own_server.stop()
            said = done(xlsapp("restore", tmp_path / "copy", data=own_server.data))
            own_server.start()

            # Account number 2 is to be somebody else's: the browser of who had it must not be theirs.
            with own_server.client() as newcomer:
                own_server.sign_up(newcomer, "newcomer@example.com")
            assert late.get("/account").status_code == 303

    assert refused.returncode == 3
    (aside,) = own_server.data.glob("replaced-*")
    assert str(aside) in said
    with closing(sqlite3.connect(aside / "data.sqlite3")) as conn:
        assert conn.execute("SELECT email FROM users").fetchall() == [
            ("ada@example.com",),
            ("late@example.com",),
        ]
    assert [
        user["email"] for user in json.loads(done(xlsapp("users", "list", "--json", data=own_server.data)))
    ] == [
        "ada@example.com",
        "newcomer@example.com",
    ]


@pytest.mark.parametrize("harm", ["change a byte", "lose a file", "lose the manifest", "leave the folder"])
def test_a_backup_that_is_not_whole_is_refused_and_nothing_is_changed(tmp_path, harm):
    data, copy = tmp_path / "data", tmp_path / "copy"
    done(xlsapp("users", "add", "ada@example.com", data=data, stdin=f"{PASSWORD}\n"))
    done(xlsapp("backup", copy, data=data))
    if harm == "change a byte":
        content = bytearray((copy / "data.sqlite3").read_bytes())
        content[5000] ^= 1
        (copy / "data.sqlite3").write_bytes(content)
    elif harm == "leave the folder":
        outside = tmp_path / "outside"
        outside.write_text("of no backup")
        manifest = json.loads((copy / "backup.json").read_text())
        manifest["files"]["../outside"] = {"bytes": 12, "sha256": sha256(outside.read_bytes()).hexdigest()}
        (copy / "backup.json").write_text(json.dumps(manifest))
    else:
        (copy / ("data.sqlite3" if harm == "lose a file" else "backup.json")).unlink()

    result = xlsapp("restore", copy, data=data)

    assert result.returncode == 1
    assert "ada@example.com" in done(xlsapp("users", "list", data=data))
    assert not list(data.glob("replaced-*"))


@pytest.mark.parametrize(
    "harm", ["folder of a link", "link", "pipe", "linked uploads", "no data", "odd manifest"]
)
def test_a_backup_holds_nothing_but_files_of_its_own_names(tmp_path, harm):
    data, copy, outside = tmp_path / "data", tmp_path / "copy", tmp_path / "outside"
    done(xlsapp("users", "add", "ada@example.com", data=data, stdin=f"{PASSWORD}\n"))
    done(xlsapp("backup", copy, data=data))
    manifest = json.loads((copy / "backup.json").read_text())
    files, planted = manifest["files"], {"bytes": 7, "sha256": sha256(b"planted").hexdigest()}
    outside.mkdir()
    (outside / ("a" * 16)).write_bytes(b"planted")
    if harm == "folder of a link":
        # What was checked leads through the link; what would be written leads out of the data folder.
        (tmp_path / "planted").write_bytes(b"planted")
        (copy / "deep").mkdir()
        (copy / "s").symlink_to(copy / "deep")
        files["s/../../planted"] = files["s/../../../planted"] = planted
    elif harm == "link":
        (copy / "uploads" / ("a" * 16)).symlink_to(outside / ("a" * 16))
        files["uploads/" + "a" * 16] = planted
    elif harm == "pipe":
        (copy / "secret").unlink(missing_ok=True)
        os.mkfifo(copy / "secret")
        files["secret"] = planted
    elif harm == "linked uploads":
        (copy / "uploads").rmdir()
        (copy / "uploads").symlink_to(outside)
        files["uploads/" + "a" * 16] = planted
    elif harm == "no data":
        del files["data.sqlite3"]
    else:
        manifest["files"] = [files]
    (copy / "backup.json").write_text(json.dumps(manifest))
    before = sorted(tmp_path.rglob("*"))

    result = xlsapp("restore", copy, data=data)

    assert result.returncode == 1
    assert result.stderr.count("\n") == 1, result.stderr
    assert sorted(tmp_path.rglob("*")) == before
    assert "ada@example.com" in done(xlsapp("users", "list", data=data))


def test_a_server_does_not_start_on_a_half_restored_folder(tmp_path):
    done(xlsapp("users", "list", data=tmp_path))
    (tmp_path / "restoring").mkdir()

    result = xlsapp("serve", "--port", "0", data=tmp_path)

    assert result.returncode == 1
    assert "A restore of" in result.stderr


def test_backups_never_overwrite_each_other(tmp_path):
    done(xlsapp("users", "list", data=tmp_path / "data"))
    done(xlsapp("backup", tmp_path / "copy", data=tmp_path / "data"))

    result = xlsapp("backup", tmp_path / "copy", data=tmp_path / "data")

    assert result.returncode == 1
    assert "is there already" in result.stderr


def test_check_finds_everything_in_order_on_a_running_app(own_server):
    findings = json.loads(done(xlsapp("check", "--json", data=own_server.data)))

    assert {finding["state"] for finding in findings} == {"ok"}
    assert {"data.sqlite3", "status.sqlite3", "queue.sqlite3", "disk", "modes"} <= {
        f["about"] for f in findings
    }
    assert any("An xlsapp works on it now" in finding["text"] for finding in findings)


def test_check_finds_damage_open_folders_and_a_readable_secret(own_server):
    own_server.stop()
    path = own_server.data / "data.sqlite3"
    content = bytearray(path.read_bytes())
    content[4096:8192] = bytes(4096)
    path.write_bytes(content)
    own_server.data.chmod(0o755)
    (own_server.data / "secret").chmod(0o644)

    result = xlsapp("check", data=own_server.data)

    assert result.returncode == 1
    bad = [line for line in result.stdout.splitlines() if line.startswith("bad")]
    assert [line.split()[1] for line in bad] == ["modes:", "modes:", "data.sqlite3:"]
    assert "chmod 700" in bad[0]


def test_check_makes_nothing(tmp_path):
    done(xlsapp("check", data=tmp_path / "data"))

    assert not (tmp_path / "data").exists()


RULES = (
    {
        "name": "Code",
        "type": "text",
        "required": "on",
        "unique": "on",
        "pattern": r"[A-Z]{2}\d+",
        "min_length": "3",
    },
    {
        "name": 'A "quoted" \\ name',
        "type": "choice",
        "choices": "Free\nTeam, large\n“Company”",
        "default": "Free",
    },
    {"name": "Since", "type": "date", "minimum": "2000-01-01", "aliases": "Start\nBegin"},
    {"name": "Seats", "type": "integer", "minimum": "1", "maximum": "500", "warnings": "maximum"},
    {"name": "Active", "type": "boolean", "default": "yes"},
)


@pytest.mark.parametrize("kind", ["toml", "json"])
def test_a_template_comes_back_from_its_file_as_it_was(own_server, tmp_path, kind):
    with own_server.client() as client:
        own_server.sign_up(client)
        fields = template_fields("Plans", RULES, description="What we sell.\nAnd to whom: “all”.")
        assert client.post("/import_templates", data=fields).status_code == 303
    file = tmp_path / f"plans.{kind}"

    done(xlsapp("template", "export", "Plans", "--output", file, data=own_server.data))
    taken = xlsapp("template", "import", file, data=own_server.data)
    done(xlsapp("template", "import", file, "--name", "Plans again", data=own_server.data))

    assert taken.returncode == 1
    assert "a template called “Plans” already" in taken.stderr
    first, second = (
        tomllib.loads(done(xlsapp("template", "export", name, data=own_server.data)))
        for name in ("Plans", "Plans again")
    )
    answered = tmp_path / "answered.toml"
    answered.write_text(
        'name = "Answered"\nhas_header = false\n[[columns]]\nname = "Kg"\ntype = "number"\n'
        'remembered = { decimal_sign = "comma", not_headers = ["Kgs"] }\n'
        '[[columns]]\nname = "Size"\ntype = "choice"\nchoices = ["L"]\n'
        'remembered = { matches = { "x l" = "L", big = "L" } }\n'
    )
    done(xlsapp("template", "import", answered, data=own_server.data))
    text = done(xlsapp("template", "export", "Answered", data=own_server.data))
    assert tomllib.loads(text) == {**tomllib.loads(answered.read_text()), "description": ""}
    answered.write_text(answered.read_text().replace("false", '"no"'))
    refused = xlsapp("template", "import", answered, data=own_server.data)
    assert "“has_header” must be true or false." in refused.stderr
    assert first["columns"] == second["columns"]
    assert first["description"] == second["description"] == "What we sell.\nAnd to whom: “all”."
    assert first["columns"][0] == {
        "name": "Code",
        "type": "text",
        "required": True,
        "unique": True,
        "min_length": 3,
        "pattern": r"[A-Z]{2}\d+",
    }
    listed = json.loads(done(xlsapp("template", "list", "--json", data=own_server.data)))
    assert [template["name"] for template in listed] == ["Answered", "Plans", "Plans again"]


def test_everything_wrong_with_a_template_file_is_said_at_once(tmp_path):
    done(xlsapp("users", "add", "ada@example.com", data=tmp_path, stdin=f"{PASSWORD}\n"))
    file = tmp_path / "bad.toml"
    file.write_text(
        'name = "T"\n[[columns]]\nname = "A"\ntype = "nonsense"\n[[columns]]\nname = "a"\npattern = "("\n'
        '[[columns]]\nname = "B"\nminimum = 3\nwarnings = ["colour"]\n'
    )
    unknown = tmp_path / "unknown.json"
    unknown.write_text('{"name": "T", "colour": 1, "columns": [{"name": "A", "required": "yes", "size": 3}]}')

    wrong = xlsapp("template", "import", file, data=tmp_path)
    meaningless = xlsapp("template", "import", unknown, data=tmp_path)

    assert wrong.returncode == meaningless.returncode == 1
    for sentence in (
        "Choose one of the types",
        "not a regular expression",
        "is called “a” too",
        "“minimum” is no rule",
        "“colour”",
    ):
        assert sentence in wrong.stderr
    for sentence in ("“colour” means nothing", "“required” must be true or false", "“size” means nothing"):
        assert sentence in meaningless.stderr
    assert done(xlsapp("template", "list", data=tmp_path)) == ""


def test_a_copy_taken_while_rows_are_written_is_whole(own_server, tmp_path):
    with own_server.client() as client:
        own_server.sign_up(client)
        template_id = add_template(client)
        rows = ([f"Person {n}", None, n] for n in range(40_000))
        book = make_workbook(tmp_path, ["Name", "Since", "Orders"], *rows)
        job_id = job_of(upload(client, template_id, book))
        copies = 0
        while not client.get(f"/jobs/{job_id}/status").json()["is_final"]:
            done(xlsapp("backup", tmp_path / f"copy{copies}", data=own_server.data))
            copies += 1
        assert finished(client, job_id)["status"] == "completed"

    assert copies
    for number in range(copies):
        path = tmp_path / f"copy{number}" / "data.sqlite3"
        assert damage(path) == []
        with closing(sqlite3.connect(path)) as conn:
            (stored,) = conn.execute("SELECT COUNT(*) FROM records_1").fetchone()
            (counted,) = conn.execute("SELECT record_count FROM import_templates").fetchone()
        assert stored == counted
        assert stored in (0, 40_000)


def test_the_defaults_are_what_the_help_says():
    text = done(xlsapp("--help"))

    for command in ("serve", "users", "template", "backup", "restore", "check", "demo"):
        assert f"    {command} " in text
    assert Settings().server.host == "127.0.0.1"
