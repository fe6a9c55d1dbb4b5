"""Step 14, decided: the fact of an answer, and the fact without a monitor."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, NamedTuple

import pytest

from desk.contract.event import Draft
from desk.contract.streams.security import PolicyViolation
from desk.contract.ticket.gates import RESOLVE
from desk.contract.ticket.intake.assets import AssetLinked, AssetLinkWaived, AssetUnlinked
from desk.contract.ticket.ticket import Status, status
from desk.contract.ticket.triage import fix as fx
from desk.testing import controls as c
from desk.testing.given import Story
from desk_integrations.evidence.definition import Snapshot
from desk_integrations.evidence.subject import Subject
from desk_integrations.kinds.monitoring import MonitoringAlert
from desk_triage.decisions.evidence.monitoring import fixed_device, record_monitoring, settle_time, since_fix
from desk_triage.integrations import EVIDENCE
from desk_triage.reactions import REACTIONS

LATER = c.NOW + timedelta(minutes=20)


class Monitored(NamedTuple):
    """A monitor that serves Acme."""

    def configured(self, kind: str, client: str) -> tuple[str, ...]:
        return ("mon",) if (kind, client) == ("monitoring", c.CLIENT) else ()


def fixed(attempt: int = 1) -> Draft:
    return Draft(data=c.fixed(), cycle=1, attempt=attempt)


def story(*facts: Any) -> Story:
    return Story().given(c.opening(), c.linked(), *facts)


def snapshot(**changes: Any) -> Snapshot[MonitoringAlert]:
    given: dict[str, Any] = {"state": "clear", "window": (c.NOW, LATER), **changes}
    about = Subject(c.CLIENT, c.DEVICE, "fix")
    return Snapshot(id="s1", source="mon", subject=about, asked_at=LATER, ticket=c.TICKET, **given)


def alert(name: str, minutes: int) -> MonitoringAlert:
    at = c.NOW + timedelta(minutes=minutes)
    return MonitoringAlert(alert=name, state="firing", at=at, entity="device", external="x1", what=f"{name} is down")


def test_the_subject_is_the_device_by_the_fix_of_an_attempt_that_did_not_fail() -> None:
    assert fixed_device(story().ticket) is None
    found = story(fixed())
    assert fixed_device(found.ticket) == Subject(c.CLIENT, c.DEVICE, str(found.ticket.triage.attempt.applied))
    found.given(Draft(data=fx.VerificationFailed(what_failed="drops", seen_by="pat"), cycle=1, attempt=1))
    assert fixed_device(found.ticket) is None
    found.given(fixed(2))
    assert fixed_device(found.ticket) == Subject(c.CLIENT, c.DEVICE, str(found.ticket.triage.attempt.applied))
    waived = Story().given(c.opening(), AssetLinkWaived(reason="no-device"), fixed())
    assert fixed_device(waived.ticket) is None


def test_the_window_begins_with_the_fix_and_the_policy_says_when_it_ends() -> None:
    found = story(fixed())
    applied_at = found.ticket.triage.attempt.applied_at
    assert since_fix(found.ticket) == (applied_at, applied_at)
    assert since_fix(story().ticket) is None
    assert settle_time(found.policies) == timedelta(minutes=10)


def test_a_clear_answer_is_recorded_about_the_attempt() -> None:
    found = story(fixed())
    (draft,) = record_monitoring(snapshot(unavailable=("history",)), found.ticket, found.context())
    assert (draft.cycle, draft.attempt) == (1, 1)
    assert draft.data == fx.MonitoringChecked(
        state="clear", window_to=LATER, devices=(c.DEVICE,), source="mon", unavailable=("history",)
    )
    found.given(draft)
    assert RESOLVE["monitoring"].check(found.ticket, "automatic")
    assert found.ticket.triage.attempt.monitors["mon"].subject == c.DEVICE


def test_the_first_open_alert_sends_the_ticket_back_to_diagnosis() -> None:
    found = story(fixed())
    rows = (alert("b", 7), alert("a", 3))
    (draft,) = record_monitoring(snapshot(state="match", items=rows), found.ticket, found.context())
    assert draft.data == fx.MonitoringRegressed(alert="a", active_at=LATER, source="mon", what="a is down")
    found.given(draft)
    assert found.ticket.triage.attempt.failed and status(found.ticket) is Status.DIAGNOSING


def test_an_unknown_answer_of_one_monitor_is_not_hidden_by_a_clear_one() -> None:
    found = story(fixed())
    (draft,) = record_monitoring(snapshot(state="unknown", reason="timeout"), found.ticket, found.context())
    assert isinstance(draft.data, fx.MonitoringChecked)
    assert (draft.data.unknown, draft.data.reason) == (("mon",), "timeout")
    other = fx.MonitoringChecked(state="clear", window_to=LATER, devices=(c.DEVICE,), source="other")
    found.given(draft, Draft(data=other, cycle=1, attempt=1))
    assert found.ticket.triage.attempt.checked_state == "unknown"
    found.given(fixed(2))
    assert (found.ticket.triage.attempt.checked, found.ticket.triage.attempt.monitors) == (None, {})


def test_a_device_of_another_client_is_a_security_event_too() -> None:
    found = story(fixed())
    cause = found.events[-1].id
    checked, violation = record_monitoring(
        snapshot(state="unknown", reason="device-foreign", cause=cause), found.ticket, found.context()
    )
    assert isinstance(checked.data, fx.MonitoringChecked) and isinstance(violation.data, PolicyViolation)
    assert (violation.data.rule, violation.data.fact) == ("foreign-device", cause)


def test_a_monitored_device_gets_no_fact_without_an_answer() -> None:
    story().receives(REACTIONS[fx.FixApplied], fixed(), sources=Monitored()).nothing()


def relinked(asset: Any) -> Story:
    """The ticket after a clear check of its device, with this link or waiver instead."""
    found = story(fixed())
    (draft,) = record_monitoring(snapshot(), found.ticket, found.context())
    return found.given(draft, AssetUnlinked(link="link-1", reason="typo"), asset)


OTHER = c.linked(link="link-2", device="device-2")
WAIVED = AssetLinkWaived(reason="no-device")


@pytest.mark.parametrize("asset", [OTHER, WAIVED])
def test_a_check_counts_for_its_device_alone(asset: Any) -> None:
    found = relinked(asset)
    assert not RESOLVE["monitoring"].check(found.ticket, "automatic")
    device = found.ticket.intake.asset
    fact = fx.MonitoringChecked(
        state="not-applicable",
        window_to=LATER,
        devices=(device.device,) if device else (),
        reason="not-configured" if device else "no-asset",
    )
    found.given(Draft(data=fact, cycle=1, attempt=1))
    assert RESOLVE["monitoring"].check(found.ticket, "automatic")


def test_a_fact_that_names_neither_device_nor_reason_counts() -> None:
    found = story(
        fixed(), Draft(data=fx.MonitoringChecked(state="not-applicable", window_to=LATER), cycle=1, attempt=1)
    )
    assert RESOLVE["monitoring"].check(found.ticket, "automatic")


def test_another_device_is_asked_about_after_the_fix() -> None:
    (row,) = [one for one in EVIDENCE if one.name == "after-fix"]
    assert AssetLinked in row.triggers and row.subject(relinked(OTHER).ticket) == Subject(
        c.CLIENT, "device-2", str(relinked(OTHER).ticket.triage.attempt.applied)
    )


@pytest.mark.parametrize(("asset", "reason"), [(OTHER, "not-configured"), (WAIVED, "no-asset")])
def test_an_asset_after_the_fix_that_no_monitor_is_asked_about_is_not_applicable(asset: Any, reason: str) -> None:
    found = story(fixed()).given(AssetUnlinked(link="link-1", reason="typo"))
    outcome = found.receives(REACTIONS[type(asset)], asset, **({} if asset is OTHER else {"sources": Monitored()}))
    data = outcome.one(fx.MonitoringChecked)
    assert (data.state, data.reason) == ("not-applicable", reason)
    assert data.devices == (("device-2",) if asset is OTHER else ())


@pytest.mark.parametrize("facts", [(), (fixed(), Draft(data=fx.FixReverted(why="worse"), cycle=1, attempt=1))])
def test_an_asset_without_a_fix_in_force_gets_no_check(facts: Any) -> None:
    found = story(*facts).given(AssetUnlinked(link="link-1", reason="typo"))
    outcome = found.receives(REACTIONS[AssetLinked], OTHER)
    assert not any(isinstance(draft.data, fx.MonitoringChecked) for draft in outcome.drafts)


@pytest.mark.parametrize(("linked", "reason"), [(True, "not-configured"), (False, "no-asset")])
def test_without_a_monitor_or_a_device_the_check_is_not_applicable(linked: bool, reason: str) -> None:
    asset = c.linked() if linked else AssetLinkWaived(reason="no-device")
    found = Story().given(c.opening(), asset)
    more = {} if linked else {"sources": Monitored()}
    outcome = found.receives(REACTIONS[fx.FixApplied], fixed(), **more)
    data = outcome.one(fx.MonitoringChecked)
    assert (data.state, data.reason) == ("not-applicable", reason)
    assert RESOLVE["monitoring"].check(outcome.then("monitoring-checked").ticket, "automatic")
