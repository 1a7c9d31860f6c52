"""The page of who looks after the server."""

import re

from tests.cli.commands import done, xlsapp
from tests.factories import make_workbook
from tests.server import Server, add_template, run_export, run_import


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
    assert re.search(
        rf"<th[^>]*>{other}.*?[1-9][\d.]* KB.*?<th[^>]*>{administrator}.*?\b0 bytes", seen.text, re.DOTALL
    )
    assert "xlsapp backup" in seen.text
    assert "xlsapp backup" not in backed_up
    assert 'href="/administration"' in link
    assert unseen.status_code == 404
    assert "/administration" not in no_link
    assert inherited.status_code == 200
    assert administrator not in inherited.text
