"""Measures queries on fifteen thousand imported tickets: explanations of clocks, and what-if."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from tests.bench.figures import Figure, percentile, say

DESK = str(Path(sys.executable).with_name("desk"))
ASKED = 500
POLICY = "standard"


def measure(data: Path) -> list[Figure]:
    """Over HTTP, as programs ask, on the desk that imported the log into `data`."""
    say("asking the desk about the imported tickets")
    with _running(data) as client:
        tickets = [row["ticket_id"] for row in client.get("/sla/tickets", params={"limit": 200}).json()["items"]]
        chosen = random.Random(7).choices(tickets, k=ASKED)
        taken = [_seconds(client, f"/sla/tickets/{ticket}/explain") * 1000 for ticket in chosen]
        begin = time.perf_counter()
        found = client.post("/sla/what-if", json={"policy": POLICY})
        seconds = time.perf_counter() - begin
        assert found.status_code == 200, found.text
    explained = f"p50 {percentile(taken, 0.5):.1f} ms, p99 {percentile(taken, 0.99):.1f} ms"
    return [
        Figure("explain a ticket's clocks over HTTP", explained, aim="p99 <= 20 ms"),
        Figure(
            f"what-if by policy `{POLICY}` over {found.json()['tickets']:,} imported tickets",
            f"{seconds:.1f} s",
            aim="<= 30 s",
        ),
    ]


@contextmanager
def _running(data: Path) -> Iterator[httpx.Client]:
    program = [DESK, "up", "--processes", "--port", "0", "--data", str(data)]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as desk:
        assert desk.stdout is not None
        assert any(line.startswith("desk ready") for line in desk.stdout)
        note = json.loads((data / "desk.json").read_text())
        headers = {"Authorization": f"Bearer {note['token']}"}
        with httpx.Client(base_url=note["url"], headers=headers, timeout=120) as client:
            yield client
        desk.send_signal(signal.SIGINT)
        desk.stdout.read()


def _seconds(client: httpx.Client, path: str) -> float:
    begin = time.perf_counter()
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return time.perf_counter() - begin
