"""Single sign-on against a provider of OpenID Connect: who gets in, and who has to show a password."""

import httpx
import pytest

from tests import sign_on
from tests.server import PASSWORD, Server
from tests.sign_on import Provider


@pytest.fixture(scope="module")
def provider():
    with sign_on.provider() as running:
        yield running


@pytest.fixture(scope="module")
def team_server(tmp_path_factory, provider):
    with Server.started(
        tmp_path_factory.mktemp("team"),
        XLSAPP_SIGN_ON__ISSUER=provider.url,
        XLSAPP_SIGN_ON__CLIENT_ID="xlsapp",
        XLSAPP_SIGN_ON__CLIENT_SECRET="a secret of the client's",
        XLSAPP_SIGN_ON__NAME="Example Ltd",
        XLSAPP_SIGN_ON__DOMAINS="team.example",
        XLSAPP_SIGN_ON__GROUPS="auditors",
    ) as server:
        yield server


@pytest.fixture
def browser(team_server):
    with team_server.client() as client:
        yield client


@pytest.fixture
def another(team_server):
    with team_server.client() as client:
        yield client


def signs_in(
    client: httpx.Client, provider: Provider, subject: str, path: str = "/sign_in/with"
) -> httpx.Response:
    """The answer to who comes back from the provider."""
    return client.get(provider.agrees(client.get(path).headers["location"], subject))


def account_of(client: httpx.Client) -> str:
    """Whose account page is shown."""
    page = client.get("/account")
    return page.text.split('page__lead">')[1].split("<")[0] if page.status_code == 200 else "nobody's"


def test_one_of_the_team_gets_an_account_and_keeps_it_under_another_address(
    team_server, provider, browser, another
):
    provider.knows("grace", "Grace@Team.Example")
    assert "Example Ltd" in browser.get("/sign_in").text

    answer = signs_in(browser, provider, "grace", "/sign_in/with?next=/jobs")

    assert answer.headers["location"] == "/jobs"
    assert account_of(browser) == "grace@team.example"
    assert "current_password" not in browser.get("/account").text
    refused = browser.post("/sign_in", data={"email": "grace@team.example", "password": ""})
    assert refused.status_code == 422, "no password is none"
    provider.knows("grace", "grace.hopper@elsewhere.example", verified=False)
    signs_in(another, provider, "grace")
    assert account_of(another) == "grace@team.example"


@pytest.mark.parametrize(
    ("subject", "email", "claims", "gets_in"),
    [
        ("eve", "eve@elsewhere.example", {}, False),
        ("eva", "eva@team.example.evil.example", {}, False),
        ("evi", "evi@team.example", {"verified": False}, False),
        ("ann", "ann@elsewhere.example", {"groups": ["auditors", "drivers"]}, True),
        ("bob", "bob@elsewhere.example", {"groups": "auditors"}, False),
    ],
)
def test_others_do_not(provider, browser, subject, email, claims, gets_in):
    provider.knows(subject, email, **claims)

    answer = signs_in(browser, provider, subject)

    assert answer.status_code == (303 if gets_in else 422)
    assert account_of(browser) == (email if gets_in else "nobody's")


def test_an_account_is_linked_once_with_its_password_and_never_again(team_server, provider, browser, another):
    with team_server.client() as owner:
        team_server.sign_up(owner, "ada@team.example")
    provider.knows("ada", "ada@team.example")

    assert (
        signs_in(browser, provider, "ada", "/sign_in/with?next=/jobs").headers["location"] == "/sign_in/link"
    )
    assert account_of(browser) == "nobody's"
    assert "ada@team.example" in browser.get("/sign_in/link").text
    assert browser.post("/sign_in/link", data={"password": "a guess"}).status_code == 422
    assert account_of(browser) == "nobody's"
    assert browser.post("/sign_in/link", data={"password": PASSWORD}).headers["location"] == "/jobs"
    assert account_of(browser) == "ada@team.example"

    signs_in(another, provider, "ada")
    assert account_of(another) == "ada@team.example", "no password is asked for again"
    another.post("/sign_out")
    provider.knows("another-ada", "ada@team.example")  # the address was given to somebody else
    assert signs_in(another, provider, "another-ada").status_code == 422
    assert another.post("/sign_in/link", data={"password": PASSWORD}).headers["location"] == "/sign_in"


def test_an_answer_is_good_for_one_time_one_browser_and_one_question(provider, browser, another):
    provider.knows("joan", "joan@team.example")
    mine = browser.get("/sign_in/with").headers["location"]
    answer = provider.agrees(mine, "joan")

    assert another.get(answer).headers["location"] == "/sign_in", "another browser's"
    theirs = another.get("/sign_in/with").headers["location"]
    swapped = provider.agrees(theirs, "joan").split("state=")[0] + "state=" + answer.split("state=")[1]
    assert browser.get(swapped).status_code == 422, "the code of another question"
    assert browser.get(answer).headers["location"] == "/sign_in", "that question has had its answer"
    assert account_of(browser) == account_of(another) == "nobody's"
    assert "error" not in browser.get("/sign_in/back?error=access_denied&state=x").headers["location"]


def test_a_provider_with_new_keys_is_believed_and_one_that_is_away_is_said_to_be(provider, browser):
    provider.knows("mary", "mary@team.example")
    signs_in(browser, provider, "mary")
    browser.post("/sign_out")

    provider.stop()
    asked = browser.get("/sign_in/with?next=/jobs")
    state = httpx.URL(asked.headers["location"]).params["state"]
    away = browser.get(f"/sign_in/back?code=x&state={state}")
    assert away.status_code == 422
    assert "Example Ltd did not say who you are" in away.text

    provider.start()
    provider.knows("mary", "mary@team.example")
    signs_in(browser, provider, "mary")
    assert account_of(browser) == "mary@team.example"


def test_where_passwords_open_nothing_the_page_has_none(tmp_path, provider):
    provider.knows("first", "first@team.example")
    with (
        Server.started(
            tmp_path,
            XLSAPP_SIGN_ON__ISSUER=provider.url,
            XLSAPP_SIGN_ON__CLIENT_ID="xlsapp",
            XLSAPP_SIGN_ON__DOMAINS="team.example",
            XLSAPP_AUTH__PASSWORDS="false",
        ) as server,
        server.client() as client,
    ):
        page = client.get("/sign_in").text
        sent = {"email": "first@team.example", "password": PASSWORD}

        assert "password" not in page.split("<main")[1]
        assert client.post("/sign_in", data=sent).status_code == 403
        assert client.post("/sign_up", data=sent).status_code == 422
        signs_in(client, provider, "first")
        assert client.get("/administration").status_code == 200, "the first account looks after the server"


def test_without_a_provider_there_is_nothing(server, visitor):
    for path in ("/sign_in/with", "/sign_in/back", "/sign_in/link"):
        assert visitor.get(path).status_code == 404
