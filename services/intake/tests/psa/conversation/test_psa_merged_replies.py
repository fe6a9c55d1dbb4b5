"""Messages on a merged ticket are recorded on the root of its chain."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from desk_deploy.testing.psa_bench import Bench, bench
from desk_sla.main import SLA
from desk_triage.main import TRIAGE

from ...psa_conversation import conversation, entry, is_waiting, met, names

pytestmark = pytest.mark.postgres


@pytest.fixture
async def desk(database: str) -> AsyncIterator[Bench]:
    async with bench(database, TRIAGE, SLA) as found:
        yield found


async def merged(desk: Bench, depth: int) -> list[int]:
    """Tickets, each merged into the one before."""
    chain = [desk.open_ticket(summary=f"Mail down {n}") for n in range(depth + 1)]
    await desk.settle()
    for root, loser in zip(chain[-2::-1], chain[:0:-1], strict=True):
        desk.clock.advance(60)
        desk.jdoe.merge(root, [loser])
        await desk.settle()
    desk.clock.advance(60)
    return chain


@pytest.mark.parametrize("depth", [1, 2, 3])
async def test_a_reply_to_a_merged_ticket_is_said_to_the_root(desk: Bench, depth: int) -> None:
    root, *_, loser = await merged(desk, depth)
    desk.jdoe.set_status(root, "waiting-client")
    await desk.settle()
    desk.clock.advance(60)
    desk.jdoe.add_note(loser, "Here is the log that you asked for", contact=611)
    await desk.settle()
    assert await conversation(desk, root) == [("client-replied", "Here is the log that you asked for")]
    assert await names(desk, loser) == []
    assert not await is_waiting(desk, root)


async def test_what_technicians_write_on_a_merged_ticket_is_said_on_the_root(desk: Bench) -> None:
    root, loser = await merged(desk, 1)
    desk.jdoe.add_note(loser, "Seen on the second floor", kind="internal")
    desk.clock.advance(300)
    entry(desk, loser, "Please try again", addToDetailDescriptionFlag=True)
    await desk.settle()
    assert sorted(await names(desk, root)) == ["note-added", "reply-sent"]
    assert len(await met(desk, root)) == 1


async def test_a_reply_after_a_merge_that_was_not_observed_yet_is_said_to_the_root(desk: Bench) -> None:
    root, middle, loser = (desk.open_ticket(summary=name) for name in ("A", "B", "C"))
    await desk.settle()
    desk.clock.advance(60)
    desk.jdoe.merge(middle, [loser])
    await desk.settle()
    desk.clock.advance(60)
    desk.jdoe.set_status(root, "waiting-client")
    await desk.settle()
    desk.clock.advance(60)
    desk.psa.faults.change({"callbacks_lost": 1.0})
    desk.jdoe.merge(root, [middle])
    desk.psa.faults.reset()
    desk.clock.advance(60)
    desk.jdoe.add_note(loser, "Here is the log", contact=611)
    await desk.settle()
    assert await is_waiting(desk, root)
    for number in (middle, root):
        await desk.psa_instance.tickets.read(str(number), "poll")
    await desk.settle()
    assert await names(desk, root) == ["client-replied"]
    assert not await is_waiting(desk, root)


async def test_what_was_said_before_a_merge_is_not_said_again_at_any_depth(desk: Bench) -> None:
    root, middle, loser = (desk.open_ticket(summary=name) for name in ("A", "B", "C"))
    await desk.settle()
    desk.clock.advance(60)
    desk.jdoe.add_note(loser, "Since this morning", contact=611)
    await desk.settle()
    for into, number in ((middle, loser), (root, middle)):
        desk.clock.advance(60)
        desk.jdoe.merge(into, [number])
        await desk.settle()
    desk.clock.advance(60)
    desk.jdoe.change_summary(root, "Mail is down")
    await desk.settle()
    assert [await names(desk, number) for number in (root, middle, loser)] == [[], [], ["client-replied"]]
