"""The compose file and the image: valid, and saying to the services what they read."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml
from jsonschema import Draft7Validator
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from desk.settings import Settings, misspelt
from desk_deploy.postgres.binaries import installation
from desk_deploy.postgres.instance import EmbeddedPostgres

DEPLOY = Path(__file__).parents[1]
SERVICES = ("intake", "triage", "sla", "billing", "docs")
PASSWORD = "one-of-the-operator"


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    """The document with its merges done and the password filled in."""
    text = (DEPLOY / "compose.yaml").read_text()
    document: dict[str, Any] = yaml.safe_load(re.sub(r"\$\{DESK_DATABASE_PASSWORD:\?[^}]*\}", PASSWORD, text))
    return document


def test_docker_compose_accepts_it() -> None:
    docker = shutil.which("docker")
    if not docker or subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode != 0:
        pytest.skip("compose.yaml not checked by Docker itself: no docker client with the compose plugin")
    order = [docker, "compose", "-f", str(DEPLOY / "compose.yaml"), "config", "--format", "json"]
    without = subprocess.run(
        order, capture_output=True, text=True, check=False, env={"PATH": "/usr/bin:/usr/local/bin"}
    )
    assert without.returncode != 0 and "set it to a password for the databases" in without.stderr
    given = {"PATH": "/usr/bin:/usr/local/bin", "DESK_DATABASE_PASSWORD": PASSWORD}
    answer = subprocess.run(order, capture_output=True, text=True, check=False, env=given)
    assert answer.returncode == 0, answer.stderr
    assert {*SERVICES, "kafka", "postgres"} <= set(json.loads(answer.stdout)["services"])


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_gets_variables_that_it_reads(compose: dict[str, Any], service: str) -> None:
    found = compose["services"][service]
    settings = Settings.from_env(found["environment"])
    assert misspelt(found["environment"]) == {}
    assert set(found["environment"]) <= {f"DESK_{name.upper()}" for name in Settings.model_fields}
    assert found["command"] == ["serve", service]
    assert settings.database_url.get_secret_value() == f"postgresql://{service}:{PASSWORD}@postgres/{service}"
    assert (settings.bus, settings.kafka, settings.host, settings.port) == ("kafka", "kafka:9092", "0.0.0.0", 8700)
    assert settings.keyring_url is not None and settings.token_key is not None


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_sees_its_own_private_key_alone(compose: dict[str, Any], service: str) -> None:
    """An intruder in one service cannot sign in the name of another, nor replace a public key."""
    found = compose["services"][service]
    settings = Settings.from_env(found["environment"])
    assert (str(settings.signing_key), str(settings.signing_keys)) == ("/signing", "/signing/public")
    signing = {mount for mount in found["volumes"] if mount.startswith("signing")}
    assert signing == {f"signing-{service}:/signing/{service}", "signing-public:/signing/public:ro"}
    made = set(compose["services"]["prepare"]["volumes"])
    assert {f"signing-{name}:/signing/{name}" for name in (*SERVICES, "public")} <= made
    dockerfile = (DEPLOY / "Dockerfile").read_text()
    assert all(f"/signing/{name}" in dockerfile for name in (*SERVICES, "public"))


def test_every_service_has_a_database_of_its_own(compose: dict[str, Any]) -> None:
    script = (DEPLOY / "compose" / "databases.sh").read_text()
    made = re.search(r"for name in (.*); do", script)
    assert made is not None and made[1].split() == [*SERVICES, "keyring"]
    assert len({compose["services"][name]["environment"]["DESK_DATABASE_URL"] for name in SERVICES}) == len(SERVICES)


def test_the_services_run_without_rights_and_only_loopback_is_published(compose: dict[str, Any]) -> None:
    for name in SERVICES:
        found = compose["services"][name]
        assert found["read_only"] is True and found["cap_drop"] == ["ALL"]
        assert all(port.startswith("127.0.0.1:") for port in found["ports"])
    assert not any("ports" in compose["services"][name] for name in ("postgres", "kafka", "prepare"))


def test_what_is_waited_for_and_mounted_is_there(compose: dict[str, Any]) -> None:
    for name, found in compose["services"].items():
        assert set(found.get("depends_on", {})) <= set(compose["services"]), name
        for mount in found["volumes"]:
            source = mount.split(":")[0]
            assert source in compose["volumes"] or (DEPLOY / source).is_file(), mount


def test_the_topics_are_made_once_before_the_services_start(compose: dict[str, Any]) -> None:
    assert compose["services"]["prepare"]["entrypoint"] == ["python", "-m", "desk_deploy.up.init_shared"]
    for name in SERVICES:
        assert compose["services"][name]["depends_on"]["prepare"] == {"condition": "service_completed_successfully"}
    kafka = compose["services"]["kafka"]
    assert kafka["environment"]["KAFKA_AUTO_CREATE_TOPICS_ENABLE"] == "false"
    assert int(kafka["environment"]["KAFKA_NUM_PARTITIONS"]) >= 3


def test_the_image_is_built_from_the_lock_and_runs_as_nobody_special() -> None:
    lines = (DEPLOY / "Dockerfile").read_text().splitlines()
    assert [line for line in lines if line.startswith("FROM")] == [
        "FROM python:3.11-slim AS build",
        "FROM python:3.11-slim",
    ]
    assert any("--require-hashes --requirement requirements.lock" in line for line in lines)
    last_user = [line for line in lines if line.startswith("USER")][-1]
    assert last_user == "USER 10001"
    assert lines.index(last_user) < lines.index('ENTRYPOINT ["desk"]')


def test_the_image_holds_every_member_of_the_workspace() -> None:
    dockerfile = (DEPLOY / "Dockerfile").read_text()
    members = [path.parent.relative_to(DEPLOY.parent) for path in DEPLOY.parent.glob("*/pyproject.toml")]
    members += [path.parent.relative_to(DEPLOY.parent) for path in DEPLOY.parent.glob("*/*/pyproject.toml")]
    missing = [str(member) for member in members if f"./{member}" not in dockerfile]
    assert missing == []


def test_a_services_role_reaches_its_own_database_and_no_other(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path, fsync=False):
        pass
    (tmp_path / "postgres" / "pg_hba.conf").write_text(
        "host all postgres 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n"
    )
    with EmbeddedPostgres(tmp_path, fsync=False) as server:
        port = str(conninfo_to_dict(server.url)["port"])
        subprocess.run(
            [str(DEPLOY / "compose" / "databases.sh")],
            check=True,
            capture_output=True,
            env={
                "PATH": f"{installation() / 'bin'}:{os.defpath}",
                "PGHOST": "127.0.0.1",
                "PGPORT": port,
                "PGDATABASE": "postgres",
                "POSTGRES_USER": "postgres",
                "DESK_DATABASE_PASSWORD": "it's a secret",
            },
        )
        intake = make_conninfo(host="127.0.0.1", port=port, user="intake", password="it's a secret")
        with psycopg.connect(intake, dbname="intake") as session:
            session.execute("CREATE SCHEMA intake")
        with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
            psycopg.connect(intake, dbname="triage")


def test_it_obeys_the_schema_of_the_compose_specification() -> None:
    """compose-spec.json is schema/compose-spec.json of the Compose Specification (Apache License 2.0), unchanged."""
    schema = json.loads((Path(__file__).parent / "compose-spec.json").read_text())
    errors = Draft7Validator(schema).iter_errors(yaml.safe_load((DEPLOY / "compose.yaml").read_text()))
    assert [f"{'/'.join(map(str, error.absolute_path))}: {error.message}" for error in errors] == []
