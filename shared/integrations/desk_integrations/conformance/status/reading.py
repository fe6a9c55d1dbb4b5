"""Components and incidents as the page has them now: torn is unknown, vanished is absent, resolved is said."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Literal

import pytest

from desk_integrations.conformance.faults import answers, edits
from desk_integrations.conformance.status.harness import COMPONENT, StatusHarness
from desk_integrations.incident_history import EMPTY_HISTORY, SEEN_AGAIN
from desk_integrations.kinds.status import Status, StatusComponents, StatusReading
from desk_integrations.outcomes import Empty, Missing, Unknown

TITLE, TEXT = "Login errors", "We are looking into it."


async def reading(port: Status) -> StatusReading:
    """The reading, which may be empty but not unknown."""
    outcome = await port.incidents()
    assert isinstance(outcome, StatusReading | Empty)
    return outcome if isinstance(outcome, StatusReading) else StatusReading()


class ReadingCases:
    """Cases of a page in order, and of documents that are none."""

    async def test_components_have_their_state_and_no_group_is_one(self, harness: StatusHarness) -> None:
        outcome = await harness.adapter().components()
        assert isinstance(outcome, StatusComponents) and outcome.missing == ()
        found = {one.name: one.state for one in outcome.components}
        assert found[COMPONENT] == "operational" and len(found) == len(outcome.components)
        assert not {one.group for one in outcome.components} & found.keys()

    async def test_a_page_without_incidents_lists_none(self, harness: StatusHarness) -> None:
        assert (await reading(harness.adapter())).incidents == ()

    @pytest.mark.parametrize("impact", ["none", "minor", "major"])
    async def test_an_open_incident_is_read_whatever_the_indicator_of_the_page(
        self, harness: StatusHarness, impact: Literal["none", "minor", "major"]
    ) -> None:
        external = harness.report(TITLE, TEXT, impact)
        (found,) = (await reading(harness.adapter())).incidents
        assert (found.external, found.title, found.state, found.impact) == (external, TITLE, "investigating", impact)
        assert found.components == (COMPONENT,) and found.resolved_at is None
        assert [(one.state, one.text) for one in found.updates] == [("investigating", TEXT)]
        assert found.started_at is not None and found.started_at.utcoffset() == timedelta(0)

    async def test_updates_come_oldest_first_and_the_incident_has_the_state_of_the_last(
        self, harness: StatusHarness
    ) -> None:
        external = harness.report(TITLE, TEXT, "minor")
        for state in ("identified", "monitoring"):
            harness.clock.advance(300)
            harness.update(external, state, f"Now {state}.")
        (found,) = (await reading(harness.adapter())).incidents
        assert [one.state for one in found.updates] == ["investigating", "identified", "monitoring"]
        assert (found.state, len({one.external for one in found.updates})) == ("monitoring", 3)

    async def test_a_resolved_incident_is_no_longer_open_and_said_to_have_ended(self, harness: StatusHarness) -> None:
        port, external = harness.adapter(), harness.report(TITLE, TEXT, "minor")
        harness.update(external, "resolved", "Done.")
        found = await reading(port)
        assert external not in [one.external for one in found.incidents]
        ended = [one.external for one in found.ended]
        assert (external in ended) is (port.capabilities.resolution == "listed")

    async def test_a_history_that_cannot_be_read_hides_no_open_incident(self, harness: StatusHarness) -> None:
        external = harness.report(TITLE, TEXT, "minor")
        harness.faults.add(harness.history, answers(403))
        port = harness.adapter()
        found = await reading(port)
        assert [one.external for one in found.incidents] == [external]
        listed = port.capabilities.resolution == "listed"
        assert found.missing == ((Missing("ended", "forbidden"),) if listed else ())
        assert found.names_every_incident

    async def test_a_maintenance_is_none_of_the_incidents(self, harness: StatusHarness) -> None:
        external = harness.plan("Replacement of storage")
        found = await reading(harness.adapter())
        planned = next(one for one in found.maintenances if one.external == external)
        assert (found.incidents, planned.state, planned.impact) == ((), "scheduled", "maintenance")
        assert planned.starts_at is not None and planned.ends_at is not None and planned.starts_at < planned.ends_at

    async def test_a_torn_document_is_unknown_and_never_all_clear(self, harness: StatusHarness) -> None:
        harness.report(TITLE, TEXT, "major")
        harness.faults.add(harness.page, edits(harness.torn()))
        port = harness.adapter()
        assert await port.incidents() == Unknown("schema-drift")
        assert await port.components() == Unknown("schema-drift")

    async def test_a_page_that_is_not_there_is_unknown(self, harness: StatusHarness) -> None:
        harness.faults.add(harness.page, answers(404))
        assert await harness.adapter().incidents() == Unknown("refused")

    @pytest.mark.parametrize("kind", ["extra", "null"])
    async def test_a_field_that_is_new_or_null_changes_nothing(
        self, harness: StatusHarness, kind: Literal["extra", "null"]
    ) -> None:
        external = harness.report(TITLE, TEXT, "minor")
        harness.faults.add(harness.page, edits(harness.drift(kind)))
        found = await reading(harness.adapter())
        assert ([one.external for one in found.incidents], found.missing) == ([external], ())

    @pytest.mark.parametrize("kind", ["missing", "type"])
    async def test_an_incident_that_cannot_be_read_is_missing_and_its_absence_proves_nothing(
        self, harness: StatusHarness, kind: Literal["missing", "type"]
    ) -> None:
        both = {harness.report(title, TEXT, "minor") for title in (TITLE, "Delays of mail")}
        harness.faults.add(harness.page, edits(harness.drift(kind)))
        found = await reading(harness.adapter())
        assert len(found.incidents) == 1 and {one.external for one in found.incidents} < both
        assert found.missing == (Missing("incidents", "unreadable", rows=1),)
        assert not found.names_every_incident

    async def test_the_history_over_the_pages_life_sees_nothing_twice(self, harness: StatusHarness) -> None:
        """Reported, read twice, torn, edited, removed, restored, resolved: one reading each."""
        port, history = harness.adapter(), EMPTY_HISTORY
        external = harness.report(TITLE, TEXT, "minor")
        steps: tuple[Callable[[], None], ...] = (
            lambda: None,
            lambda: None,
            lambda: harness.faults.add(harness.page, edits(harness.torn()), times=1),
            lambda: harness.edit(external, "Cause found."),
            lambda: harness.remove(external),
            lambda: harness.restore(external),
            lambda: harness.update(external, "resolved", "Done."),
        )
        vanished = []
        for step in steps:
            harness.clock.advance(60)
            step()
            history = history.after(harness.clock.now(), await port.incidents())
            vanished.append(history.incidents[external].vanished_at is not None)
        tracked = history.incidents[external]
        statuses = [change.status for change in tracked.changes]
        resolved = ["resolved"] if port.capabilities.resolution == "listed" else []
        assert statuses == ["investigating", "investigating", SEEN_AGAIN, *resolved]
        assert vanished == [False, False, False, False, True, False, not resolved]
        assert tracked.resolved_at == (harness.clock.now() if resolved else None)
