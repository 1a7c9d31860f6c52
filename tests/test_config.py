"""Settings: the file says everything, the environment overrides, and what is wrong is listed at once."""

import tomllib
from dataclasses import asdict
from pathlib import Path

import pytest

from xlsapp import config
from xlsapp.errors import ConfigurationError
from xlsapp.storage import engine_of

ROOT = Path(__file__).parent.parent


def test_config_toml_names_every_setting_with_its_default_and_a_line_of_help():
    text = (ROOT / "config.toml").read_text()

    assert tomllib.loads(text) == asdict(config.Settings())
    lines = text.splitlines()
    for number, line in enumerate(lines):
        if " = " in line and not line.startswith("#"):
            assert lines[number - 1].startswith("# "), f"{line} has no help"


def test_flags_beat_the_environment_which_beats_the_file(tmp_path):
    file = tmp_path / "config.toml"
    file.write_text("[server]\nport = 1\nhost = 'file'\n[jobs]\nconcurrency = 3\n")
    environment = {"XLSAPP_SERVER__PORT": "2", "XLSAPP_SERVER__HOST": "environment", "PATH": "/bin"}

    settings = config.load(file, environment=environment, flags={("server", "port"): 3})

    assert (settings.server.port, settings.server.host, settings.jobs.concurrency) == (3, "environment", 3)


def test_a_template_has_no_more_columns_than_a_row_of_postgresql_holds():
    over_postgres = {"XLSAPP_DATABASE__URL": "postgresql://somewhere/xlsapp"}

    assert config.load(environment={}).imports.max_columns == 500
    assert config.load(environment=over_postgres).imports.max_columns == 440
    few = config.load(environment={**over_postgres, "XLSAPP_IMPORTS__MAX_COLUMNS": "20"})
    assert few.imports.max_columns == 20


def test_a_store_of_files_is_refused_beside_a_folder_that_has_them():
    settings = config.Settings(files=config.FileSettings("s3://bucket/folder"))

    with pytest.raises(ConfigurationError, match=r"files\.url must be empty"):
        engine_of(settings).in_use(settings)


def test_all_wrong_settings_are_listed_at_once(tmp_path):
    file = tmp_path / "config.toml"
    file.write_text("[server]\nport = 'eighty'\nprot = 1\n[sever]\nport = 1\n[auth]\nsignup = 'maybe'\n")

    with pytest.raises(ConfigurationError) as caught:
        config.load(file, environment={"XLSAPP_JOBS__CONCURRENCY": "0"})

    text = "\n".join(caught.value.problems)
    for expected in (
        "server.port must be a whole number",
        "no setting “server.prot”",
        "no section “[sever]”",
        "auth.signup must be one of first, open, closed",
        "XLSAPP_JOBS__CONCURRENCY: jobs.concurrency must be 1 to 32",
    ):
        assert expected in text
    assert len(caught.value.problems) == 5
