"""Acknowledging and withdrawing: once, looked up before a repeat, and without effect on a page that is over."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Literal

import httpx
import pytest

from desk_integrations.conformance.faults import answers, fails
from desk_integrations.conformance.paging.harness import NEW, SEEN, TARGET, PagingHarness, before, loses_answer
from desk_integrations.conformance.paging.states import state
from desk_integrations.kinds.paging import PageAccepted, PageRefused, Paging
from desk_integrations.outcomes import Empty, Outcome, Unknown

Write = Literal["acknowledge", "withdraw"]
WRITES: tuple[Write, ...] = ("acknowledge", "withdraw")
each = pytest.mark.parametrize("name", WRITES)
ENDS = {"acknowledge": "acknowledged", "withdraw": "resolved"}


def write(port: Paging, name: Write) -> Callable[[str, str], Awaitable[Outcome[PageAccepted | PageRefused]]]:
    return port.acknowledge if name == "acknowledge" else port.withdraw


class WritingCases:
    """Cases of `acknowledge` and `withdraw`."""

    @each
    async def test_a_change_is_made_once_and_not_repeated(self, harness: PagingHarness, name: Write) -> None:
        port, sent = harness.adapter(), harness.sent(SEEN)
        assert await write(port, name)(TARGET, SEEN) == PageAccepted(SEEN)
        assert (await state(port)).status == ENDS[name]
        assert await write(port, name)(TARGET, SEEN) == PageAccepted(SEEN, sent=False)
        assert harness.sent(SEEN) == sent + 1

    @each
    async def test_a_change_whose_answer_was_lost_is_looked_up_and_not_repeated(
        self, harness: PagingHarness, name: Write
    ) -> None:
        port, sent = harness.adapter(), harness.sent(SEEN)
        harness.faults.add(harness.paths.send, loses_answer(), times=1)
        assert await write(port, name)(TARGET, SEEN) == PageAccepted(SEEN)
        assert ((await state(port)).status, harness.sent(SEEN)) == (ENDS[name], sent + 1)

    @each
    async def test_a_change_that_never_arrived_is_made_once_more(self, harness: PagingHarness, name: Write) -> None:
        port, sent = harness.adapter(), harness.sent(SEEN)
        harness.faults.add(harness.paths.send, fails(httpx.ReadError("reset")), times=1)
        assert await write(port, name)(TARGET, SEEN) == PageAccepted(SEEN)
        assert ((await state(port)).status, harness.sent(SEEN)) == (ENDS[name], sent + 1)

    @each
    async def test_a_change_that_is_lost_every_time_is_unknown(self, harness: PagingHarness, name: Write) -> None:
        harness.faults.add(harness.paths.send, answers(500))
        assert await write(harness.adapter(), name)(TARGET, SEEN) == Unknown("unavailable")
        assert harness.faults.count(harness.paths.send) == 2

    @each
    async def test_a_page_that_a_person_resolved_meanwhile_stays_resolved(
        self, harness: PagingHarness, name: Write
    ) -> None:
        harness.faults.add(harness.paths.send, before(lambda: harness.resolve(SEEN)), times=1)
        assert await write(harness.adapter(), name)(TARGET, SEEN) == PageAccepted(SEEN)
        assert ((await state(harness.adapter())).status, harness.pages(SEEN)) == ("resolved", 1)

    @each
    async def test_a_change_is_refused_by_field(self, harness: PagingHarness, name: Write) -> None:
        harness.unmap_secret()
        outcome = await write(harness.adapter(), name)(TARGET, SEEN)
        assert isinstance(outcome, PageRefused) and outcome.fields
        assert (await state(harness.adapter())).status == "triggered"

    @each
    async def test_a_page_that_the_vendor_still_processes_is_withdrawn_and_not_acknowledged(
        self, harness: PagingHarness, name: Write
    ) -> None:
        harness.process_later()
        port = harness.adapter()
        await port.page(harness.new(), repeated=False)
        outcome = await write(port, name)(TARGET, NEW)
        harness.process()
        expected = (Empty(), "triggered") if name == "acknowledge" else (PageAccepted(NEW), "resolved")
        assert (outcome, (await state(port, NEW)).status) == expected
