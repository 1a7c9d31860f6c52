"""The pages of who looks after the server."""

import json
import re
from itertools import count

import httpx
import pytest

from tests.cli.commands import done, xlsapp
from tests.factories import make_workbook
from tests.server import PASSWORD, Server, add_template, finished, job_of, run_export, run_import

NUMBERS = count(1)


def test_the_first_account_sees_how_the_server_is_and_nobody_else_does(tmp_path):
    with Server.started(tmp_path) as server, server.client() as first, server.client() as second:
        administrator = server.sign_up(first, "first@example.com")
        other = server.sign_up(second, "second@example.com")
        template_id = add_template(second)
        run_import(second, template_id, make_workbook(tmp_path, ["Name"], ["Ada"]))
        run_export(second, template_id)

        seen, link = first.get("/administration"), first.get("/import_templates").text
        unseen, no_link = second.get("/administration"), second.get("/import_templates").text
        done(xlsapp("backup", str(tmp_path / "copy"), data=server.data))
        backed_up = first.get("/administration").text
        done(xlsapp("users", "remove", administrator, data=server.data))
        inherited = second.get("/administration")

    assert seen.status_code == 200
    assert "The disk is full" not in seen.text
    assert re.search(rf"{other}</a>.*?[1-9][\d.]* KB.*?{administrator}</a>.*?\b0 bytes", seen.text, re.DOTALL)
    assert "xlsapp backup" in seen.text
    assert "xlsapp backup" not in backed_up
    assert 'href="/administration"' in link
    assert unseen.status_code == 404
    assert "/administration" not in no_link
    assert inherited.status_code == 200
    assert administrator not in inherited.text


@pytest.fixture(scope="module")
def team(tmp_path_factory):
    """A server, and who looks after it."""
    with (
        Server.started(tmp_path_factory.mktemp("team"), XLSAPP_AUTH__SIGNUP="closed") as server,
        server.client() as administrator,
    ):
        done(xlsapp("users", "add", "root@example.com", data=server.data, stdin=f"{PASSWORD}\n"))
        sign_in(administrator, "root@example.com")
        yield server, administrator


@pytest.fixture
def member(team):
    """Somebody else's browser, signed in, and their account's page of the administrator."""
    server, _ = team
    email = f"member{next(NUMBERS)}@example.com"
    done(xlsapp("users", "add", email, data=server.data, stdin=f"{PASSWORD}\n"))
    with server.client() as client:
        sign_in(client, email)
        listed = json.loads(xlsapp("users", "list", "--json", data=server.data).stdout)
        user_id = next(user["id"] for user in listed if user["email"] == email)
        yield client, email, f"/administration/accounts/{user_id}"


def sign_in(client: httpx.Client, email: str, password: str = PASSWORD) -> int:
    return client.post("/sign_in", data={"email": email, "password": password}).status_code


def is_in(client: httpx.Client) -> bool:
    return client.get("/account").status_code == 200


def said(administrator: httpx.Client, **view: str) -> list[tuple[str, str, str]]:
    """The audit log's entries, newest first: who, what, and whom it was done to."""
    lines = administrator.get("/administration/audit.jsonl", params=view).text.splitlines()
    return [(line["who"], line["what"], line["whom"]) for line in map(json.loads, lines)]


def test_a_closed_account_opens_nothing_until_it_is_opened_again(team, member):
    _, administrator = team
    client, email, path = member
    made = client.post("/account/tokens", data={"name": "nightly", "days": "", "scope_read": "on"}).text
    token = {"Authorization": "Bearer " + re.findall(r"xlsapp_[\w-]{20,}", made)[0]}
    assert client.get("/api/v1/templates", headers=token).status_code == 200

    assert administrator.post(f"{path}/disable").status_code == 303
    assert not is_in(client)
    assert client.get("/api/v1/templates", headers=token).status_code == 401
    assert sign_in(client, email) == 403
    assert sign_in(client, email, "a wrong password") == 422, "nobody else is told that it is closed"

    assert administrator.post(f"{path}/enable").status_code == 303
    assert sign_in(client, email) == 303
    assert client.get("/api/v1/templates", headers=token).status_code == 200
    assert administrator.post("/administration/accounts/1/disable").status_code == 422, "one's own"


def test_a_link_gives_an_account_a_new_password_once(team, member):
    server, administrator = team
    client, email, path = member

    def link() -> str:
        shown = administrator.post(f"{path}/password_link").text
        return str(re.findall(r"/new_password/[\w-]+", shown)[0])

    first, second = link(), link()
    with server.client() as other:
        assert email in other.get(first).text
        assert other.post(first, data={"password": "short"}).status_code == 422
        assert other.post(first, data={"password": "a new password"}).status_code == 303
        assert not is_in(client), "signed out everywhere"
        assert sign_in(other, email, "a new password") == 303
        assert other.post(first, data={"password": "another password"}).status_code == 404
        assert other.get(second).status_code == 404, "made for the old password"
        assert other.get("/new_password/a-guess").status_code == 404


def test_a_removed_accounts_templates_go_to_whom_the_administrator_chooses(team, member, tmp_path):
    _, administrator = team
    client, email, path = member
    mine, theirs = (add_template(each, name="Customers") for each in (administrator, client))
    run_import(client, theirs, make_workbook(tmp_path, ["Name"], ["Grace"]))

    assert administrator.post(f"{path}/remove", data={"heir": ""}).status_code == 422
    assert administrator.post(f"{path}/remove", data={"heir": "1"}).status_code == 303

    assert not is_in(client)
    assert "Grace" in administrator.get(f"/import_templates/{theirs}/data_records").text
    listed = administrator.get("/import_templates").text
    assert f"/import_templates/{mine}" in listed
    assert "Customers (2)" in listed
    who, what, _ = said(administrator, kind="audit.account_removed")[0]
    assert (who, what) == ("root@example.com", "Removed an account, and handed 1 of its templates over")
    assert email not in administrator.get("/administration/audit").text, "names of former members go"


def test_the_log_says_who_did_what_and_no_value_of_a_record(team, member, tmp_path):
    server, administrator = team
    client, email, _ = member
    template_id = add_template(client, name="Customers")
    run_import(client, template_id, make_workbook(tmp_path, ["Name"], ["Hedy"], ["Joan"]))
    job_id = job_of(client.post(f"/import_templates/{template_id}/exports", data={"kind": "data"}))
    finished(client, job_id)
    client.get(f"/import_templates/{template_id}/jobs/{job_id}/download")
    client.post(f"/import_templates/{template_id}/record_deletions", data={"all": "yes", "count": "2"})
    sign_in(client, email, "a wrong password")
    done(xlsapp("users", "reset-second-factor", email, data=server.data))

    found = said(administrator)
    text = administrator.get("/administration/audit.csv").text

    expected = [
        (email, "Signed in, by password", ""),
        (email, "Exported from “Customers”", ""),
        (email, "Downloaded an export of “Customers”", ""),
        ("the shell", f"Turned the second factor of {email} off", email),
    ]
    assert set(expected) <= set(found)
    assert any(what.startswith("Failed to sign in") and whom == email for _, what, whom in found)
    assert (email, "Deleted 2 records of “Customers”", "") in found
    assert "Hedy" not in text
    assert text.startswith("at,who,what,whom,address,code")
    assert client.get("/administration/audit").status_code == 404
    assert client.get("/administration/audit.csv").status_code == 404
    assert said(administrator, kind="audit.exported")[0][1] == "Exported from “Customers”"


def test_who_may_make_an_account_is_changed_without_a_restart(team):
    server, administrator = team
    person = {"email": "new@example.com", "password": PASSWORD}
    with server.client() as visitor:
        assert visitor.post("/sign_up", data=person).status_code == 422
        administrator.post("/administration/sign_up", data={"mode": "open"})
        assert visitor.post("/sign_up", data=person).status_code == 303
        assert administrator.post("/administration/sign_up", data={"mode": "all"}).status_code == 422
        administrator.post("/administration/sign_up", data={"mode": ""})
    with server.client() as visitor:
        assert visitor.post("/sign_up", data={**person, "email": "b@example.com"}).status_code == 422
