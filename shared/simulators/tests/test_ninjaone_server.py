"""The simulated RMM as a server and as a process, its state file and its demo."""

import asyncio
import json
import signal
import ssl
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest

from desk_simulators.kit.http.certificates import make_certificate
from desk_simulators.ninjaone import Demo, NinjaOneSimulator

FORM = {"grant_type": "client_credentials", "client_id": "deskstream", "client_secret": "simulated-secret"}


async def token(client: httpx.AsyncClient) -> dict[str, str]:
    answer = await client.post("/ws/oauth/token", data=FORM)
    return {"Authorization": f"Bearer {answer.raise_for_status().json()['access_token']}"}


async def test_served_over_http_and_https_it_is_one_tenant(tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path, tmp_path / "ca.pem")
    trust = ssl.create_default_context(cafile=tmp_path / "ca.pem")
    ninja = NinjaOneSimulator(mode="manual")
    async with (
        ninja.serve(certificate=certificate) as url,
        httpx.AsyncClient(base_url=url) as plain,
        httpx.AsyncClient(base_url=str(ninja.https_url), verify=trust) as secure,
    ):
        headers = await token(secure)
        assert (await plain.get("/v2/devices", headers=headers)).json()[0]["id"] == 5101
        link = (await secure.get("/v2/device/5101/dashboard-url", headers=headers)).json()["url"]
        assert link.startswith(f"{ninja.https_url}/")
    assert oct((tmp_path / "server.key").stat().st_mode & 0o777) == "0o600"


async def test_in_the_background_webhooks_are_sent_by_themselves(receiver: Any, eventually: Any) -> None:
    ninja = NinjaOneSimulator(callback_transport=httpx.MockTransport(receiver))
    async with ninja.serve() as url, httpx.AsyncClient(base_url=url) as client:
        hook = {"url": "https://hooks.example.net/rmm", "activities": {"SYSTEM": ["*"]}}
        assert (await client.put("/v2/webhook", json=hook, headers=await token(client))).status_code == 204
        await client.post("/_simulator/fleet/reboot", json={"device": 5101})
        await eventually(lambda: ninja.ledger.outcomes["delivered"] == 1)


async def test_the_next_start_continues_with_the_same_records(clock: Any, tmp_path: Path) -> None:
    file = tmp_path / "rmm.json"
    first = NinjaOneSimulator(clock=clock, mode="manual", state_file=file)
    async with first.client() as rmm:
        hook = {"url": "https://hooks.example.net/rmm", "activities": {"SYSTEM": ["*"]}}
        await rmm.put("/v2/webhook", json=hook)
    first.fleet.remove_device(5119)
    await first.stop()
    second = NinjaOneSimulator(clock=clock, mode="manual", state_file=file)
    for name, table in first.state.tables.items():
        assert list(second.state.table(name)) == list(table)
        assert second.state.table(name).last_id == table.last_id
    second.fleet.reboot(5101)
    assert second.pending == 1


def test_a_file_that_is_no_snapshot_is_refused_by_name(tmp_path: Path) -> None:
    file = tmp_path / "rmm.json"
    file.write_text('{"format": 1}')
    with pytest.raises(ValueError, match=r"rmm\.json"):
        NinjaOneSimulator(state_file=file)


def test_a_demo_day_has_every_kind_of_act(ninja: NinjaOneSimulator, clock: Any) -> None:
    demo, before = Demo(ninja.state, seed=3), ninja.state.table("activity").last_id
    for _ in range(400):
        clock.advance(minutes=1)
        demo.step()
    codes = Counter(row["statusCode"] for row in ninja.state.table("activity").after(before))
    assert codes.keys() >= {
        "TRIGGERED", "RESET", "SYSTEM_REBOOTED", "USER_LOGGED_IN", "COMPLETED", "SOFTWARE_ADDED", "SOFTWARE_UPDATED",
        "PATCH_MANAGEMENT_INSTALLED", "PATCH_MANAGEMENT_INSTALL_FAILED",
    }  # fmt: skip
    assert len(ninja.state.table("alert")) <= 6


def test_the_same_seed_lives_the_same_day(clock: Any) -> None:
    start, days = clock.now, []
    for _ in range(2):
        clock.now = start
        ninja = NinjaOneSimulator(clock=clock, mode="manual")
        demo = Demo(ninja.state, seed=7)
        for _ in range(100):
            clock.advance(minutes=1)
            demo.step()
        days.append(list(ninja.state.table("activity")))
    assert days[0] == days[1]


async def test_the_process_runs_a_demo_on_two_ports_and_keeps_it(tmp_path: Path, eventually: Any) -> None:
    file, authority = tmp_path / "rmm.json", tmp_path / "ca.pem"
    options = ("--port", "0", "--tls-port", "0", "--ca", str(authority), "--state", str(file))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "desk_simulators.ninjaone", *options, "--demo", "--pace", "0.02", stdout=-1
    )
    assert process.stdout is not None
    ready, tls = [(await asyncio.wait_for(process.stdout.readline(), 20)).decode().split() for _ in range(2)]
    assert (ready[:2], tls[:2], tls[3]) == (["simulator", "ready"], ["simulator", "tls"], str(authority))
    trust = ssl.create_default_context(cafile=authority)
    async with httpx.AsyncClient(base_url=tls[2], verify=trust) as client:
        headers = await token(client)

        async def acts() -> bool:
            newest = (await client.get("/v2/activities", headers=headers)).json()["lastActivityId"]
            return bool(newest > 980_100)

        await eventually(acts, 20)
    process.send_signal(signal.SIGTERM)
    await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 0
    assert len(json.loads(file.read_text())["tables"]["device"]["rows"]) == 21


async def test_help_names_the_options() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "desk_simulators.ninjaone", "--help", stdout=asyncio.subprocess.PIPE
    )
    text, _ = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 0
    for option in ("--port", "--tls-port", "--ca", "--state", "--demo", "--pace", "--seed", "--requests-per-minute"):
        assert option in text.decode()
