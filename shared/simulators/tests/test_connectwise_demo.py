"""The demo's day, the file that keeps it, and the simulator as a server and as a process."""

import asyncio
import json
import os
import signal
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from desk_simulators.connectwise import ConnectWiseSimulator, Demo


def day(psa: ConnectWiseSimulator, clock: Any, steps: int, seed: int = 5) -> None:
    demo = Demo(psa.state, seed=seed)
    for _ in range(steps):
        clock.advance(minutes=1)
        demo.step()


def test_a_demo_day_has_every_turn_of_a_ticket_by_several_people_for_several_clients(
    psa: ConnectWiseSimulator, clock: Any
) -> None:
    day(psa, clock, 1_500)
    tickets, log = list(psa.state.table("ticket")), list(psa.state.table("changelog"))
    classes = Counter(psa.state.status_classes[ticket["status"]["id"]] for ticket in tickets)
    assert {"closed", "cancelled"} < classes.keys()
    assert len({ticket["company"]["id"] for ticket in tickets}) == 4
    assert {ticket["board"]["id"] for ticket in tickets} == {1, 2}
    authors = {entry["_info"]["updatedBy"] for entry in log}
    assert authors == {"jdoe", "mlopez", "asingh", "tbauer", "kowens"}
    by_ticket: dict[int, list[bool]] = {}
    for entry in log:
        by_ticket.setdefault(entry["ticketNumber"], []).append(entry["closedFlag"])
    reopened = [flags for flags in by_ticket.values() if (True, False) in pairwise(flags)]
    assert reopened
    assert sum(not ticket["closedFlag"] for ticket in tickets) <= 20
    assert len(psa.state.table("time")) > 50


def test_the_same_seed_lives_the_same_day(clock: Any) -> None:
    start, days = clock.now, []
    for _ in range(2):
        clock.now = start
        psa = ConnectWiseSimulator(clock=clock, mode="manual")
        day(psa, clock, 200)
        days.append(list(psa.state.table("changelog")))
    assert days[0] == days[1]


async def test_the_next_start_goes_on_with_the_same_records(clock: Any, tmp_path: Path) -> None:
    file = tmp_path / "desk" / "psa.json"
    first = ConnectWiseSimulator(clock=clock, mode="manual", state_file=file)
    async with first.client() as api:
        entry = {"url": "https://h.example/?id=", "objectId": 1, "type": "ticket", "level": "owner"}
        await api.post("system/callbacks", json=entry)
    day(first, clock, 100)
    first.technician("jdoe").delete(next(iter(first.state.table("ticket")))["id"])
    await first.stop()
    second = ConnectWiseSimulator(clock=clock, mode="manual", state_file=file)
    for name, table in first.state.tables.items():
        assert list(second.state.table(name)) == list(table)
        assert second.state.table(name).last_id == table.last_id
    assert second.state.audit == first.state.audit
    day(second, clock, 20)
    assert second.pending > 0
    assert not file.with_name("psa.json.new").exists()


def test_ids_given_since_the_last_save_are_not_given_again_after_a_crash(clock: Any, tmp_path: Path) -> None:
    file = tmp_path / "psa.json"
    first = ConnectWiseSimulator(clock=clock, mode="manual", state_file=file)
    first.save()
    forgotten = {first.technician("jdoe").open_ticket(f"{number}", "ACME")["id"] for number in range(5)}
    second = ConnectWiseSimulator(clock=clock, mode="manual", state_file=file)
    assert second.technician("jdoe").open_ticket("after the crash", "ACME")["id"] not in forgotten


@pytest.mark.parametrize("content", ["", "{", "{}", '{"format": 99}', '{"format": 1}', "[1]"])
def test_a_file_that_is_no_snapshot_is_refused_by_name_and_left_as_it_is(tmp_path: Path, content: str) -> None:
    file = tmp_path / "psa.json"
    file.write_text(content)
    with pytest.raises(ValueError, match=r"psa\.json"):
        ConnectWiseSimulator(state_file=file)
    assert file.read_text() == content


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


async def test_the_process_runs_a_demo_and_keeps_it_when_it_is_told_to_stop(tmp_path: Path, eventually: Any) -> None:
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
