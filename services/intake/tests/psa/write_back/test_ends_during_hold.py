"""A technician closes a record in the PSA whose requester has left: said once, ruled after the hold."""

from __future__ import annotations

import pytest

from desk.contract.ticket.intake.caller import CallerHoldCleared
from desk.contract.ticket.ticket import Status, status
from desk_deploy.testing.psa_bench import Bench, bench
from desk_docs.main import DOCS
from desk_intake.psa.ids import ticket_id
from desk_simulators.connectwise import writes
from desk_triage.main import TRIAGE

from .test_psa_write_back import record

pytestmark = pytest.mark.postgres
LEAVE = [{"op": "replace", "path": "inactiveFlag", "value": True}]


def shown(desk: Bench, number: int) -> str:
    return str(desk.psa.state.record("ticket", number)["status"]["name"])


async def test_a_close_during_a_hold_stands_is_answered_by_a_note_and_counts_when_the_hold_ends(database: str) -> None:
    async with bench(database, TRIAGE, DOCS) as desk:
        number = desk.open_ticket()
        await desk.settle()
        desk.clock.advance()
        writes.patch(desk.psa.state, "contact", 611, LEAVE, desk.jdoe.actor)
        await desk.settle()
        for _ in range(5):
            desk.clock.advance()
            desk.jdoe.close(number)
            await desk.settle()
        assert (status(await desk.ticket(number)), shown(desk, number)) == (Status.HELD, "Closed")
        texts = [n["text"] for n in desk.psa.state.table("note") if n["ticketId"] == number]
        assert sum(text.startswith("The requester has left the client") for text in texts) == 1
        assert len(await desk.facts(number, "psa-sync-conflicted")) == 1
        desk.clock.advance()
        cleared = CallerHoldCleared(contact="cw-p611", revision="r9", reason="the list was wrong")
        await record(desk, "intake", ticket_id("cw", str(number)), cleared)
        await desk.settle()
        assert (status(await desk.ticket(number)), shown(desk, number)) == (Status.CLOSED, "Closed")
