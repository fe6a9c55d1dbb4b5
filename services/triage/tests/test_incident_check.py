"""Step 4, decided: the rows of a source that count as known incidents, and the fact without any source."""

from __future__ import annotations

from datetime import timedelta

import pytest

from desk.contract.event import Draft
from desk.contract.streams.client import Device
from desk.contract.ticket.intake.assets import AssetLinked, AssetLinkWaived
from desk.contract.ticket.triage.ends import Reopened
from desk.contract.ticket.triage.known_incidents import KnownIncidentsChecked, OpenIncident
from desk.testing import controls as c
from desk.testing.given import Story
from desk_integrations.evidence.definition import Snapshot
from desk_integrations.evidence.subject import Subject
from desk_integrations.kinds.monitoring import MonitoringAlert, MonitoringAlerts
from desk_integrations.kinds.status import StatusIncident, StatusReading
from desk_integrations.outcomes import Missing
from desk_triage.decisions.evidence.known_incidents import at_client, on_page, record_check, site_or_device
from desk_triage.reactions import REACTIONS

from .triage_commands import Only


def incident(external: str, state: str = "investigating", hours: int = 0) -> StatusIncident:
    begun = c.NOW + timedelta(hours=hours)
    return StatusIncident(external=external, title=external, state=state, status=state, started_at=begun)  # type: ignore[arg-type]


def alert(number: int, external: str, hours: int = 0) -> MonitoringAlert:
    return MonitoringAlert(
        alert=f"a{number}", state="firing", at=c.NOW + timedelta(hours=hours), entity="device", external=external
    )


def test_open_incidents_and_maintenances_that_have_begun_count() -> None:
    reading = StatusReading(
        incidents=(incident("old", hours=-5), incident("new"), incident("over", "resolved")),
        maintenances=(incident("planned", "scheduled"), incident("begun", "identified", -1)),
        ended=(incident("ended", "resolved"),),
        missing=(Missing("ended", "timeout"),),
    )
    found = on_page(reading)
    assert [one.external for one in found.incidents] == ["new", "begun", "old"]
    assert found.missing == ()


def test_a_list_of_the_page_that_was_not_read_is_missing() -> None:
    missing = (Missing("incidents", "unreadable", rows=1),)
    assert on_page(StatusReading(missing=missing)).missing == missing


def test_alerts_on_the_linked_device_come_first_and_unmapped_entities_stay_without_one() -> None:
    devices = {"d1": Device(1, {"mon": "x1"}), "d2": Device(1, {"mon": "x2", "other": "x3"})}
    alerts = MonitoringAlerts(alerts=(alert(1, "x1", -3), alert(2, "x2", -1), alert(3, "x3")), foreign=2)
    found = at_client(alerts, "mon", "d1", devices)
    assert [(one.external, one.device) for one in found.incidents] == [("a1", "d1"), ("a3", None), ("a2", "d2")]
    assert found.foreign == 2


def test_the_subject_is_the_linked_device_or_the_client_after_a_waiver() -> None:
    assert site_or_device(Story().given(c.opening()).ticket) is None
    assert site_or_device(Story().given(c.opening(), c.linked()).ticket) == Subject(c.CLIENT, c.DEVICE, "link-1")
    waived = Story().given(c.opening(), AssetLinkWaived(reason="no-device")).ticket
    assert site_or_device(waived) == Subject(c.CLIENT, "")


def test_the_check_names_its_source_its_matches_and_the_cycle() -> None:
    story = Story().given(c.opening(), AssetLinkWaived(reason="no-device"))
    row = OpenIncident("i1", "Sign-in fails")
    about = Subject(c.CLIENT, "")
    found = Snapshot(
        id="s1", source="page", subject=about, asked_at=c.NOW, window=None, state="match", items=(row,), omitted=3
    )
    (draft,) = record_check(found, story.ticket, story.context())
    assert draft.cycle == 1
    assert draft.data == KnownIncidentsChecked(
        check="s1", sources={"page": "match"}, matches=("i1",), asked_at=c.NOW, incidents=(row,), omitted=3
    )


@pytest.mark.parametrize("kind", ["status", "monitoring"])
def test_a_client_that_a_source_serves_gets_no_fact_without_an_answer(kind: str) -> None:
    reaction = REACTIONS[AssetLinked]
    story = Story().given(c.opening())
    story.receives(reaction, c.linked(), sources=Only(kind)).then(
        "device-changes-collected", "endpoint-security-collected"
    )
    story.given(c.resolved())
    again = Draft(data=Reopened(undoes=story.ticket.triage.ends[1].id, cause="client"), cycle=2)
    story.receives(REACTIONS[Reopened], again, sources=Only(kind)).nothing()


def test_without_any_source_the_check_is_not_applicable() -> None:
    outcome = Story().given(c.opening()).receives(REACTIONS[AssetLinked], c.linked(), sources=Only("rmm"))
    data = outcome.one(KnownIncidentsChecked)
    assert data.sources == {"monitors": "not-applicable", "status-pages": "not-applicable"}
    assert (data.device, data.reason) == (c.DEVICE, "not-configured")
