"""Five processes behind one port: each is started again when it ends, all end with the desk."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import httpx
import pytest

from desk_deploy.testing.command_line import DESK, environment, up
from desk_deploy.testing.desk import eventually, runs

pytestmark = [pytest.mark.postgres, pytest.mark.slow]
SERVICES = ("intake", "triage", "sla", "billing", "docs")


def children_of(pid: int) -> dict[str, int]:
    """The services' processes by name."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
                line = (entry / "cmdline").read_bytes().split(b"\0")
            except (FileNotFoundError, ProcessLookupError):
                continue
            if parent == pid and b"desk_deploy.up.single_service" in line:
                found[line[line.index(b"desk_deploy.up.single_service") + 1].decode()] = int(entry.name)
    return found


def answers(url: str, service: str) -> bool:
    return httpx.get(f"{url}/{service}/health/ready").is_success


def test_a_service_that_ends_is_started_again_and_all_end_with_the_desk(tmp_path: Path) -> None:
    with up(tmp_path / "desk", "--processes") as desk:
        before = children_of(desk.process.pid)
        assert set(before) == set(SERVICES)
        assert httpx.get(desk.url).json() == {name: f"{desk.url}/{name}/api" for name in SERVICES}
        assert httpx.get(f"{desk.url}/nothing/here").json()["code"] == "not_found"
        os.kill(before["triage"], signal.SIGKILL)
        assert eventually(lambda: not runs(before["triage"]))
        away = httpx.get(f"{desk.url}/triage/health/ready")
        assert (away.status_code, away.json()["code"]) == (503, "unavailable")
        assert answers(desk.url, "intake")
        assert eventually(lambda: answers(desk.url, "triage"), 60)
        assert desk.json("verify")["equal"]
        assert desk.stop() == 0
        assert not any(map(runs, before.values()))


def test_services_do_not_outlive_a_desk_that_is_killed(tmp_path: Path) -> None:
    with up(tmp_path / "desk", "--processes") as desk:
        children = children_of(desk.process.pid)
        assert len(children) == 5
        desk.stop(signal.SIGKILL)
        assert eventually(lambda: not any(map(runs, children.values())))


def test_the_desk_s_own_database_is_started_again_when_it_ends(tmp_path: Path) -> None:
    with up(tmp_path / "desk") as desk:
        server = int((tmp_path / "desk" / "postgres" / "postmaster.pid").read_text().split()[0])
        os.kill(server, signal.SIGKILL)
        assert eventually(lambda: not runs(server))
        assert eventually(lambda: _tickets(desk.url, desk.said("token", "admin").strip()), 60)
        assert desk.stop() == 0


def _tickets(url: str, token: str) -> bool:
    time.sleep(0.2)
    return httpx.get(f"{url}/docs/tickets", headers={"Authorization": f"Bearer {token}"}, timeout=30).is_success


def test_one_service_alone_is_served_at_the_root_and_under_its_name(tmp_path: Path, database: str) -> None:
    env = {"DESK_DATABASE_URL": database, "DESK_TOKEN_KEY": str(tmp_path / "token.pem"), "DESK_PORT": "0"}
    with subprocess.Popen(
        [*DESK, "serve", "billing"], stdout=subprocess.PIPE, text=True, env=environment(env)
    ) as process:
        assert process.stdout is not None
        name, _, url = process.stdout.readline().split()
        assert (name, answers(url, "billing")) == ("billing", True)
        assert httpx.get(f"{url}/health/ready").is_success
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
