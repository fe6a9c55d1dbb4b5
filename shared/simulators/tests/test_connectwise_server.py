"""The simulator as a server, below another application and as a process."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from desk_simulators.connectwise import ConnectWiseSimulator


async def test_served_over_http_it_delivers_in_the_background_and_names_its_address(
    receiver: Any, eventually: Any
) -> None:
    psa = ConnectWiseSimulator(callback_transport=httpx.MockTransport(receiver))
    async with psa.serve() as url, httpx.AsyncClient(base_url=url) as client:
        headers = psa.state.instance.headers()
        entry = {"url": "http://127.0.0.1:1/?id=", "objectId": 1, "type": "ticket", "level": "owner"}
        await client.post("/v2025_1/apis/3.0/system/callbacks", headers=headers, json=entry)
        await client.post("/_simulator/technician/jdoe/open_ticket", json={"summary": "x", "company": "ACME"})
        await eventually(lambda: psa.ledger.outcomes["delivered"] == 1)
        body = json.loads(receiver.requests[0].content)
        assert body["Metadata"]["key_url"].startswith(f"{url}/v2025_1//system/callbackkey/")
        assert (await client.get(body["Metadata"]["key_url"])).json()["signing_key"]
        assert body["FromUrl"] == url.removeprefix("http://")


async def test_a_caller_that_gives_up_over_http_leaves_a_done_write_behind() -> None:
    psa = ConnectWiseSimulator(mode="manual")
    psa.faults.once("act-then-time-out")
    async with psa.serve() as url, httpx.AsyncClient(base_url=url, timeout=0.3) as client:
        with pytest.raises(httpx.ReadTimeout):
            await client.post(
                "/v2025_1/apis/3.0/service/tickets",
                headers=psa.state.instance.headers(),
                json={"summary": "x", "company": {"id": 250}},
            )
    assert len(psa.state.table("ticket")) == 1


async def test_mounted_in_another_app_it_answers_below_the_mount(clock: Any) -> None:
    psa = ConnectWiseSimulator(clock=clock, mode="manual")
    house = Starlette(routes=[Mount("/psa", psa.app)])
    transport = httpx.ASGITransport(house)
    headers = psa.state.instance.headers()
    async with httpx.AsyncClient(transport=transport, base_url="http://house.example/psa", headers=headers) as client:
        assert (await client.get("/v4_6_release/apis/3.0/system/info")).status_code == 200
        assert (await client.get("/login/companyinfo/examplemsp")).json()["Codebase"] == "v2025_1/"
        assert (await client.get("/_simulator/health")).json()["status"] == "ready"


async def test_a_taken_port_is_refused() -> None:
    psa = ConnectWiseSimulator(mode="manual")
    async with psa.serve() as url:
        with pytest.raises(OSError, match="in use"):
            async with ConnectWiseSimulator(mode="manual").serve(int(url.rpartition(":")[2])):
                pass


async def test_the_process_runs_a_demo_and_keeps_it_when_it_is_stopped(tmp_path: Path, eventually: Any) -> None:
    file = tmp_path / "psa.json"
    options = ("--port", "0", "--state", str(file), "--demo", "--pace", "0.02")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "desk_simulators.connectwise", *options, stdout=asyncio.subprocess.PIPE, env=os.environ
    )
    assert process.stdout is not None
    line = (await asyncio.wait_for(process.stdout.readline(), 20)).decode()
    assert line.startswith("simulator ready http://127.0.0.1:")
    async with httpx.AsyncClient(base_url=line.split()[-1]) as client:

        async def three_tickets() -> bool:
            return bool((await client.get("/_simulator/health")).json()["tickets"] >= 3)

        await eventually(three_tickets, 20)
    process.send_signal(signal.SIGTERM)
    await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 0
    assert len(json.loads(file.read_text())["tables"]["ticket"]["rows"]) >= 3


async def test_a_process_that_cannot_start_says_why_in_one_line(tmp_path: Path) -> None:
    broken = tmp_path / "psa.json"
    broken.write_text("{")
    async with ConnectWiseSimulator(mode="manual").serve() as url:
        taken = url.rpartition(":")[2]
        for options, said in (
            (("--port", taken), "choose another with --port"),
            (("--state", str(broken)), "psa.json"),
        ):
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "desk_simulators.connectwise", *options, stderr=asyncio.subprocess.PIPE
            )
            _, errors = await asyncio.wait_for(process.communicate(), 20)
            assert process.returncode == 1
            assert errors.decode().startswith("simulator: ")
            assert errors.decode().count("\n") == 1
            assert said in errors.decode()
