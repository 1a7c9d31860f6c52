"""Access tokens: shown once, kept as a hash, good for their scopes alone, ended when they should be."""

import hashlib
import sqlite3
from contextlib import closing

import pytest

from tests.cli.commands import done, xlsapp
from tests.server import PASSWORD, Server, add_template
from tests.web.api.conftest import failure, make_token, program


def rows(server: Server, sql: str, *params: object) -> list[tuple]:
    with closing(sqlite3.connect(server.data / "data.sqlite3")) as conn:
        found = conn.execute(sql, params).fetchall()
        conn.commit()
        return found


def test_a_token_is_shown_once_and_kept_as_a_hash(server, ada):
    token = make_token(ada, "read", name="Nightly <b>report</b>")
    page = ada.get("/account/tokens").text

    assert "Nightly &lt;b&gt;report&lt;/b&gt;" in page
    assert token[:11] in page
    assert token not in page
    kept = b"".join(path.read_bytes() for path in server.data.glob("*.sqlite3*"))
    assert hashlib.sha256(token.encode()).hexdigest().encode() in kept
    assert token.encode() not in kept
    assert token not in server.log


def test_a_token_is_good_for_its_scopes_alone(server, ada):
    template_id = add_template(ada)
    with program(server, make_token(ada, "read")) as reader:
        assert reader.get("/token").json()["scopes"] == ["read"]
        assert reader.get(f"/templates/{template_id}").status_code == 200
        refused = failure(reader.delete(f"/templates/{template_id}"), 403)
        challenge = reader.delete(f"/templates/{template_id}").headers["www-authenticate"]

    assert "“write”" in refused["detail"]
    assert 'error="insufficient_scope"' in challenge
    assert 'scope="write"' in challenge
    assert ada.get(f"/import_templates/{template_id}").status_code == 200


def test_a_revoked_token_opens_nothing_and_only_its_owner_can_revoke_it(server, ada, eve):
    token = make_token(ada, "read", name="To be revoked")
    ((token_id,),) = rows(server, "SELECT id FROM access_tokens WHERE name = 'To be revoked'")

    with program(server, token) as client:
        assert eve.post(f"/account/tokens/{token_id}/revoke").status_code == 404
        assert client.get("/token").status_code == 200
        assert ada.post(f"/account/tokens/{token_id}/revoke").status_code == 303
        failure(client.get("/token"), 401)


def test_an_expired_token_opens_nothing(server, ada):
    token = make_token(ada, "read", name="For a month", days="30")
    with program(server, token) as client:
        assert client.get("/token").json()["expires_at"] is not None
        rows(
            server,
            "UPDATE access_tokens SET expires_at = '2020-01-01T00:00:00Z' WHERE token_hash = ?",
            hashlib.sha256(token.encode()).hexdigest(),
        )

        failure(client.get("/token"), 401)
    assert "ended" in ada.get("/account/tokens").text


def test_the_page_says_when_a_token_was_used_last(server, ada):
    token = make_token(ada, "read")
    assert "not yet" in ada.get("/account/tokens").text

    with program(server, token) as client:
        client.get("/token")

    assert "not yet" not in ada.get("/account/tokens").text


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer xlsapp_",
        "Bearer xlsapp_" + "A" * 43,
        "Bearer ' OR 1=1 --",
        "Bearer " + "x" * 5000,
        "Basic {token}",
        "Token {token}",
        "{token}",
        "Bearer {token}x",
        "Bearer {hash}",
    ],
)
def test_what_is_no_token_opens_nothing(server, ada, header):
    token = make_token(ada, "read")
    hashed = hashlib.sha256(token.encode()).hexdigest()
    with program(server, None) as client:
        headers = {} if header is None else {"Authorization": header.format(token=token, hash=hashed)}
        answer = client.get("/token", headers=headers)

    failure(answer, 401)
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_cookie_is_no_token(server, ada):
    """So no page of another site can have a signed-in browser change anything through the API."""
    template_id = add_template(ada)
    for origin in (server.url, "https://evil.example"):
        answer = ada.delete(f"/api/v1/templates/{template_id}", headers={"Origin": origin})
        failure(answer, 401)
        assert "access-control-allow-origin" not in answer.headers

    assert ada.get(f"/import_templates/{template_id}").status_code == 200


def test_a_token_is_no_session(server, ada):
    token = make_token(ada, "read", "write")
    with server.client() as client:
        answer = client.get("/import_templates", headers={"Authorization": f"Bearer {token}"})

    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign_in")


def test_the_form_says_what_will_not_do(ada):
    make_token(ada, "read", name="Twice")
    for fields, sentence in (
        ({"name": "", "scope_read": "on"}, "Name the token"),
        ({"name": "x" * 101, "scope_read": "on"}, "at most 100 characters"),
        ({"name": "No scope"}, "Choose what the token may be used for."),
        ({"name": "Twice", "scope_read": "on"}, "You have a token called “Twice” already."),
        ({"name": "Odd", "scope_read": "on", "days": "7000000"}, "Something here needs another look."),
    ):
        answer = ada.post("/account/tokens", data={"days": "90", **fields})
        assert answer.status_code == 422
        assert sentence in answer.text


def test_tokens_go_with_their_account_and_outlive_a_new_password(tmp_path):
    with Server.started(tmp_path) as server, server.client() as client:
        email = server.sign_up(client)
        token = make_token(client, "read")
        with program(server, token) as reader:
            passwords = {"current_password": PASSWORD, "new_password": "another long password"}
            assert client.post("/account/password", data=passwords).status_code == 303
            assert reader.get("/token").json()["email"] == email
            done(xlsapp("users", "remove", email, data=server.data))
            failure(reader.get("/token"), 401)


def test_an_account_whose_tokens_ask_too_often_has_to_wait(tmp_path):
    few = {"XLSAPP_API__MAX_REQUESTS_PER_MINUTE": "5"}
    with Server.started(tmp_path, **few) as server, server.client() as ada, server.client() as eve:
        server.sign_up(ada)
        server.sign_up(eve)
        with program(server, make_token(ada, "read", name="Eager")) as eager:
            answers = [eager.get("/token") for _ in range(6)]
        with program(server, make_token(ada, "read", name="Another")) as another:
            refused = failure(another.get("/token"), 429)
        with program(server, make_token(eve, "read")) as somebody_else:
            assert somebody_else.get("/token").status_code == 200

    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 12
    assert "Try again in" in refused["detail"]


def test_a_token_that_may_not_read_sees_no_value_of_what_it_changes(server, ada):
    template_id = add_template(ada)
    path = f"/templates/{template_id}/records"
    with program(server, make_token(ada, "read", "write", name="Both")) as both:
        record = both.post(path, json={"values": {"Name": "Secret", "Orders": 7}}).json()
    with program(server, make_token(ada, "write", name="Writes alone")) as writer:
        failure(writer.get(f"{path}/{record['id']}"), 403)
        nothing = writer.patch(f"{path}/{record['id']}", json={"values": {}})
        change = writer.patch(f"{path}/{record['id']}", json={"values": {"Orders": 8}})
        added = writer.post(path, json={"values": {"Name": "Another"}})

    assert [answer.status_code for answer in (nothing, change, added)] == [200, 200, 201]
    for answer in (nothing, change, added):
        assert set(answer.json()) == {"id", "created_at", "updated_at", "revision"}
    assert record["values"]["Name"] == "Secret"
