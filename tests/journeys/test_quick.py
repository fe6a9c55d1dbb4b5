"""A quick ticket with one submit on a whole desk, and a half-done run that goes on."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import msgspec
import pytest

from desk.decision.principal import Role
from desk.testing import controls as c
from desk_deploy.cli.client import Desk as Client
from desk_deploy.cli.quick.run import Run, RunFiles, changed, planned
from desk_deploy.cli.quick.sending import send
from desk_deploy.cli.quick.steps import QuickTicket

from .people import Desk

pytestmark = pytest.mark.postgres
TICKET = QuickTicket(
    client=c.CLIENT,
    contact=c.CONTACT,
    problem="VPN drops every ten minutes",
    symptom="vpn-drop",
    device=c.DEVICE,
    done=("set MTU 1400 on the tunnel",),
    seen="session",
    tool="screenconnect",
    summary="Your VPN is stable again.",
    minutes=10,
    code="network",
)


async def sent(desk: Desk, run: Run, data: Path) -> Run:
    token = desk.issue([Role.TIER1], sub="tess")
    with Client(desk.running.url, token) as client:
        return await asyncio.to_thread(send, client, run, RunFiles(data).write, 30)


def planned_now(ticket: QuickTicket) -> Run:
    return planned(ticket, datetime.now(UTC), uuid4)


async def test_one_submit_opens_fixes_and_closes_a_ticket(desk: Desk, tmp_path: Path) -> None:
    run = await sent(desk, planned_now(TICKET), tmp_path)
    assert run.whole, [(step.step.name, step.detail) for step in run.steps if step.state != "done"]
    assert run.subject is not None
    found = await desk.until("triage", run.subject, status="closed")
    assert (found["kind"], found["open_gates"], found["technician"]) == ("quick", [], "tess")
    assert {"session-started", "session-ended", "fix-verified", "survey-requested"} <= set(
        await desk.facts("docs", run.subject)
    )


async def test_a_half_done_run_goes_on_and_records_nothing_twice(desk: Desk, tmp_path: Path) -> None:
    wrong = msgspec.structs.replace(TICKET, summary="Restarted the service on 10.1.2.3.", code="no-such-code")
    run = await sent(desk, planned_now(wrong), tmp_path)
    halted = next(step for step in run.steps if step.state != "done")
    assert (halted.step.name, halted.code) == ("send-summary", "internal_detail")
    (stored,) = RunFiles(tmp_path).all()
    assert stored == run
    lost = msgspec.structs.replace(
        stored, steps=tuple(msgspec.structs.replace(step, state="planned") for step in stored.steps)
    )
    mended = changed(lost, msgspec.structs.replace(TICKET, code="network"), uuid4)
    done = await sent(desk, mended, tmp_path)
    assert done.whole and done.subject == run.subject
    assert all(step.detail.endswith("(recorded earlier)") for step in done.steps[:12])
    await desk.until("docs", run.subject or "", status="closed")
    facts = Counter(await desk.facts("docs", run.subject or ""))
    assert {facts[name] for name in ("ticket-opened", "fix-applied", "fix-verified", "assigned", "closed")} == {1}
