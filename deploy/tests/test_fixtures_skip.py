"""A run without a broker says so; in CI a broker that could be had and does not start is an error."""

import subprocess
import sys
from pathlib import Path

import pytest

USES_KAFKA = "def test_it(kafka):\n    raise AssertionError\n"


@pytest.fixture
def nothing_installed(tmp_path: Path) -> dict[str, str]:
    """An environment with an empty PATH and no broker cached."""
    (tmp_path / "bin").mkdir()
    return {
        "PATH": str(tmp_path / "bin"),
        "DOCKER_HOST": f"unix://{tmp_path}/none.sock",
        "DESKSTREAM_KAFKA_HOME": str(tmp_path / "cache"),
    }


def program(environment: dict[str, str], name: str, script: str) -> None:
    path = Path(environment["PATH"], name)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def run(tmp_path: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    (tmp_path / "test_it.py").write_text(USES_KAFKA)
    order = [sys.executable, "-m", "pytest", "-p", "desk_deploy.fixtures", "-p", "no:cacheprovider", "-q", "test_it.py"]
    return subprocess.run(order, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)


def test_a_machine_without_any_broker_skips_loudly(tmp_path: Path, nothing_installed: dict[str, str]) -> None:
    answer = run(tmp_path, nothing_installed)
    assert answer.returncode == 0
    assert "NOT TESTED (1): no Apache Kafka: no DESKSTREAM_KAFKA, no Docker engine, no JDK with Maven" in answer.stdout


@pytest.mark.parametrize(
    ("ci", "outcome"), [("", "NOT TESTED (1): no Apache Kafka: Maven could not"), ("true", "1 error")]
)
def test_a_broker_that_does_not_start_is_an_error_in_ci_only(
    tmp_path: Path, nothing_installed: dict[str, str], ci: str, outcome: str
) -> None:
    program(nothing_installed, "java", "echo 'openjdk version \"17.0.1\"' >&2")
    program(nothing_installed, "mvn", "echo '[ERROR] unreachable'; exit 1")
    answer = run(tmp_path, nothing_installed | {"CI": ci})
    assert outcome in answer.stdout
    assert answer.returncode == (1 if ci else 0)
