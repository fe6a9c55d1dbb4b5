"""The resources that services share are created once, from the variables that they read themselves."""

import os
import subprocess
import sys
from pathlib import Path

from desk.settings import Settings
from desk_deploy.up.init_shared import prepare

DATABASE = {"DESK_DATABASE_URL": "postgresql://127.0.0.1/none"}


def run(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "desk_deploy.up.init_shared"],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.defpath} | environment,
    )


def test_the_signing_key_is_made_once_and_kept(tmp_path: Path) -> None:
    settings = Settings.from_env(DATABASE, token_key=tmp_path / "token.pem")
    prepare(settings)
    made = (tmp_path / "token.pem").read_bytes()
    prepare(settings)
    assert (tmp_path / "token.pem").read_bytes() == made


def test_the_topics_are_made_on_the_broker_that_the_services_use(kafka: str, tmp_path: Path) -> None:
    environment = DATABASE | {"DESK_BUS": "kafka", "DESK_KAFKA": kafka, "DESK_TOKEN_KEY": str(tmp_path / "token.pem")}
    assert run(environment).returncode == 0
    again = run(environment)
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")


def test_what_is_wrong_is_one_line_and_an_exit_code() -> None:
    answer = run({"DESK_BUS": "kafka"})
    assert answer.returncode == 1
    assert answer.stderr == "DESK_DATABASE_URL: not set, and needed\n"
