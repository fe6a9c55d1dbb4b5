"""The state of a page: who was notified, who has it, and never another page's."""

from __future__ import annotations

from datetime import timedelta

import pytest

from desk_integrations.conformance.faults import afterwards, answers, edits
from desk_integrations.conformance.harness import Drift
from desk_integrations.conformance.paging.harness import NEW, OTHER, SEEN, TARGET, PagingHarness
from desk_integrations.kinds.paging import PageState, Paging
from desk_integrations.outcomes import Empty, Unknown


async def state(port: Paging, key: str = SEEN) -> PageState:
    """The state of a page of `TARGET`, of which no part is missing."""
    found = await port.state(TARGET, key)
    assert isinstance(found, PageState) and found.missing == ()
    return found


class StateCases:
    """Cases of `state`."""

    async def test_an_open_page_has_a_person_and_the_vendors_evidence_of_each_attempt(
        self, harness: PagingHarness
    ) -> None:
        harness.clock.advance(30)
        harness.notify(SEEN, "sms", delivered=False)
        found = await state(harness.adapter())
        assert (found.key, found.status, found.acknowledged_by) == (SEEN, "triggered", ())
        assert [one.delivered for one in found.notifications] == [True, False]
        first, last = found.notifications
        assert first.id != last.id and last.channel == "sms" and last.at > first.at
        assert first.at.utcoffset() == found.since.utcoffset() == timedelta(0)
        (person,) = found.assigned_to
        assert first.person == person and person.external and person.name and found.external

    async def test_an_acknowledged_page_names_who_took_it(self, harness: PagingHarness) -> None:
        harness.clock.advance(90)
        person = harness.acknowledge(SEEN)
        found = await state(harness.adapter())
        assert (found.status, [one.external for one in found.acknowledged_by]) == ("acknowledged", [person])
        assert found.since == harness.clock.now().replace(microsecond=0)

    async def test_an_escalated_page_is_open_again_with_the_next_person(self, harness: PagingHarness) -> None:
        before = await state(harness.adapter())
        harness.acknowledge(SEEN)
        harness.clock.advance(60)
        harness.escalate(SEEN)
        found = await state(harness.adapter())
        assert (found.status, found.acknowledged_by) == ("triggered", ())
        assert found.assigned_to != before.assigned_to

    async def test_a_resolved_page_is_still_found(self, harness: PagingHarness) -> None:
        harness.resolve(SEEN)
        harness.clock.advance(90 * 86_400)
        found = await state(harness.adapter())
        assert (found.status, found.assigned_to) == ("resolved", ())

    async def test_a_page_that_the_vendor_does_not_have_is_empty(self, harness: PagingHarness) -> None:
        assert await harness.adapter().state(TARGET, NEW) == Empty()

    async def test_a_page_of_another_target_is_not_found(self, harness: PagingHarness) -> None:
        assert await harness.adapter().state(OTHER, SEEN) == Empty()

    async def test_another_page_never_appears_when_the_vendors_filter_is_broken(self, harness: PagingHarness) -> None:
        port = harness.adapter()
        await port.page(harness.new(), repeated=False)
        harness.resolve(NEW)
        harness.break_filter()
        assert (await state(port)).status == "triggered"
        assert (await state(port, NEW)).status == "resolved"
        assert await port.state(TARGET, "desk:page-nowhere:1") == Empty()
        assert await port.state(OTHER, SEEN) == Empty()

    async def test_notifications_come_oldest_first_over_three_pages_and_none_twice(
        self, harness: PagingHarness
    ) -> None:
        for _ in range(14):
            harness.clock.advance(60)
            harness.notify(SEEN, "phone", delivered=True)
        harness.overlap_pages(2)
        found = (await state(harness.adapter())).notifications
        assert harness.faults.count(harness.paths.log) >= 3
        assert len({one.id for one in found}) == len(found) == 15
        assert [one.at for one in found] == sorted(one.at for one in found)

    async def test_a_log_that_grows_between_two_pages_is_read_without_doubles(self, harness: PagingHarness) -> None:
        for _ in range(10):
            harness.notify(SEEN, "phone", delivered=True)
        more = afterwards(lambda: harness.notify(SEEN, "sms", delivered=True))
        harness.faults.add(harness.paths.log, more, times=1)
        found = (await state(harness.adapter())).notifications
        assert len({one.id for one in found}) == len(found) >= 11

    async def test_a_clock_that_is_ten_minutes_off_changes_no_time(self, harness: PagingHarness) -> None:
        before = await state(harness.adapter())
        harness.clock.advance(-600)
        assert await state(harness.adapter()) == before

    @pytest.mark.parametrize("path", ["pages", "log"])
    async def test_a_list_that_is_not_there_is_unknown_and_not_empty(self, harness: PagingHarness, path: str) -> None:
        harness.faults.add(getattr(harness.paths, path), answers(404))
        assert await harness.adapter().state(TARGET, SEEN) == Unknown("refused")

    @pytest.mark.parametrize("kind", ["extra", "null"])
    async def test_a_field_that_is_new_or_null_changes_nothing(self, harness: PagingHarness, kind: Drift) -> None:
        harness.faults.add(harness.paths.pages, edits(harness.drift(kind)))
        assert (await state(harness.adapter())).status == "triggered"

    @pytest.mark.parametrize("kind", ["missing", "type"])
    async def test_a_page_that_cannot_be_read_is_unknown_and_never_sent_again(
        self, harness: PagingHarness, kind: Drift
    ) -> None:
        port = harness.adapter()
        sent = harness.sent(SEEN)
        harness.faults.add(harness.paths.pages, edits(harness.drift(kind)))
        assert await port.state(TARGET, SEEN) == Unknown("schema-drift")
        assert await port.page(harness.new(SEEN), repeated=True) == Unknown("schema-drift")
        assert harness.sent(SEEN) == sent
