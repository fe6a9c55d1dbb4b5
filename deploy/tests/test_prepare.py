"""The resources that services share are created once, from the variables that they read themselves."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from desk.settings import Settings, SettingsError
from desk_deploy.up.assemble import signatures_for
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


def test_each_service_gets_a_key_for_its_facts(tmp_path: Path) -> None:
    (tmp_path / "signing").mkdir()
    environment = {"DESK_SIGNING_KEY": str(tmp_path / "signing"), "DESK_SIGNING_KEYS": str(tmp_path / "signing/public")}
    settings = Settings.from_env(DATABASE | environment)
    prepare(settings)
    made = {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*.pem")}
    prepare(settings)
    assert {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*.pem")} == made
    names = ("intake", "triage", "sla", "billing", "docs")
    folders = {f"signing/{name}/key.pem" for name in names} | {f"signing/public/{name}.pem" for name in names}
    assert {str(path) for path in made} == folders


@pytest.mark.parametrize("given", ["DESK_SIGNING_KEY", "DESK_SIGNING_KEYS"])
def test_one_half_of_the_keys_is_refused(given: str) -> None:
    with pytest.raises(SettingsError, match=r"DESK_SIGNING_KEYS: .* come together"):
        Settings.from_env(DATABASE | {given: "/signing"})


def test_a_service_on_kafka_does_not_start_without_its_key() -> None:
    settings = Settings.from_env(DATABASE | {"DESK_BUS": "kafka", "DESK_KAFKA": "kafka:9092"})
    with pytest.raises(SettingsError, match="DESK_SIGNING_KEY: not set, and needed with DESK_BUS=kafka"):
        signatures_for("docs", settings, None)
    assert signatures_for("docs", Settings.from_env(DATABASE), None) is None


def test_the_topics_are_made_on_the_broker_that_the_services_use(kafka: str, tmp_path: Path) -> None:
    environment = DATABASE | {"DESK_BUS": "kafka", "DESK_KAFKA": kafka, "DESK_TOKEN_KEY": str(tmp_path / "token.pem")}
    assert run(environment).returncode == 0
    again = run(environment)
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")


def test_what_is_wrong_is_one_line_and_an_exit_code() -> None:
    answer = run({"DESK_BUS": "kafka"})
    assert answer.returncode == 1
    assert answer.stderr == "DESK_DATABASE_URL: not set, and needed\n"
