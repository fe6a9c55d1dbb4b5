"""Commands load what they need and no more: importing is most of the time that a short command takes."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import import_module

import httpx
import pytest
from psycopg import OperationalError

from desk_deploy.cli import COMMANDS, loaded
from desk_deploy.cli import error_messages as e
from desk_deploy.cli.client import Desk
from desk_deploy.cli.error_messages import explained

PROGRAM = """
import json, sys
from desk_deploy.cli import app
try:
    app()
except SystemExit as ended:
    sys.stdout.write(json.dumps([ended.code, sorted(sys.modules)]))
"""
SERVICES = {"desk_intake", "desk_triage", "desk_sla", "desk_billing", "desk_docs", "desk_connectors"}
SERVERS = {"fastapi", "starlette", "uvicorn", "faststream", "aiokafka", "eventsourcing", "sqlalchemy", "psycopg"}
CRYPTOGRAPHY = {"cryptography", "jwt"}
NEVER = SERVICES | SERVERS | CRYPTOGRAPHY
KINDS_OF_A_STORE = (e.STORE_UNAVAILABLE, e.NO_DATABASE, e.NO_ADDRESS)


def modules_of(command: str) -> tuple[int, list[str]]:
    """The exit code of a command and the modules that it loaded, addressed to a desk that does not answer."""
    env = {"DESK_URL": "http://127.0.0.1:9", "DESK_TOKEN": "token"}
    program = [sys.executable, "-c", PROGRAM, *command.split()]
    done = subprocess.run(program, env=env, capture_output=True, text=True, check=True, timeout=60)
    code, modules = json.loads(done.stdout)
    assert "does not answer" in done.stderr or code == 2, done.stderr
    return code, modules


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("status", 1),
        ("tickets", 1),
        ("ticket show 6f9619ff-8b86-4d01-b42d-00cf4fc964ff", 1),
        ("client add acme --title Acme", 1),
        ("parked list", 1),
        ("effects list", 1),
        ("keys list", 1),
        ("policy show", 1),
        ("stat", 2),
        ("ticket list", 2),
    ],
)
def test_a_command_that_asks_a_running_desk_loads_no_server_and_no_service(command: str, code: int) -> None:
    ended, modules = modules_of(command)
    assert ended == code
    assert NEVER & {module.partition(".")[0] for module in modules} == set()


def test_a_command_loads_the_modules_of_no_other_command() -> None:
    _, modules = modules_of("status")
    ours = {module for module in modules if module.startswith("desk_deploy.cli.")}
    assert ours == {
        f"desk_deploy.cli.{name}"
        for name in ("admin", "admin.operations", "client", "error_messages", "locate_desk", "options", "output")
    }


def test_every_command_of_the_table_is_a_command_of_its_name() -> None:
    assert [loaded(name).name for name in COMMANDS] == list(COMMANDS)


def test_every_kind_of_error_exists_where_the_explanation_looks_for_it() -> None:
    for kind in (*e.IN_THEIR_OWN_WORDS, e.TASK_ENDED, e.TRANSPORT, e.DATABASE_CALL, *KINDS_OF_A_STORE):
        module, _, name = kind.partition(":")
        assert issubclass(getattr(import_module(module), name), BaseException), kind


def test_errors_of_loaded_modules_are_explained_also_within_a_group() -> None:
    error = ExceptionGroup("of a task group", [OperationalError("no route")])
    assert "no route; check --database" in str(explained(error))
    assert explained(ValueError("a mistake of ours")) is None


@pytest.mark.parametrize(("url", "loads"), [("http://127.0.0.1:9", False), ("https://desk.example.net", True)])
def test_certificates_are_loaded_for_https_alone(url: str, loads: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, object] = {}
    monkeypatch.setattr(httpx, "Client", lambda **options: given.update(options))
    Desk(url, "token")
    assert given["verify"] is loads
