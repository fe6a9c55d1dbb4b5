"""Checks that a person makes by hand, as `check-known-incidents` and `check-monitoring` record them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from desk.contract.ticket.gates import RESOLVE, open_gates
from desk.contract.ticket.intake.assets import AssetLinkWaived
from desk.contract.ticket.triage import fix as fx
from desk.contract.ticket.triage.known_incidents import KnownIncidentsChecked
from desk.testing import controls as c
from desk.testing.given import Story

from .triage_commands import SOURCE, Only, send

CLEAR: dict[str, Any] = {"source": SOURCE, "result": "clear"}
ALERT: dict[str, Any] = {"source": SOURCE, "result": "alert", "alert": "a-1", "what": "Line down"}
SETTLE_TIME = timedelta(minutes=10)


def linked() -> Story:
    return Story().given(*c.ready_for_work())


def waived() -> Story:
    return Story().given(c.opening(), c.verified(), c.tier(), AssetLinkWaived(reason="no-device"), c.assessed())


def fixed(minutes: float = 10) -> Story:
    story = send(linked(), "record-fix", what="replaced the cable").then("fix-applied")
    story.now += timedelta(minutes=minutes)
    return story


def is_open(story: Story, gate: str) -> bool:
    return bool(open_gates(RESOLVE, story.ticket, {gate: "automatic"}))


def test_what_a_person_read_about_the_device_meets_the_gate() -> None:
    story = linked()
    checked = send(story, "check-known-incidents", **CLEAR)
    fact = checked.one(KnownIncidentsChecked)
    assert (fact.sources, fact.device, fact.asked_at, fact.reason) == ({SOURCE: "clear"}, c.DEVICE, story.now, "")
    assert is_open(story, "known-incidents")
    assert not is_open(checked.then("known-incidents-checked"), "known-incidents")


def test_where_the_device_was_waived_the_check_is_about_the_client() -> None:
    story = send(waived(), "check-known-incidents", **CLEAR).then("known-incidents-checked")
    assert not is_open(story, "known-incidents")


def test_open_incidents_are_named_and_hide_no_clear_answer() -> None:
    match: dict[str, Any] = {"source": SOURCE, "result": "match", "matches": ("INC-7781",)}
    story = send(linked(), "check-known-incidents", **match).then("known-incidents-checked")
    assert story.ticket.triage.known_incidents is not None
    assert story.ticket.triage.known_incidents.result == "match"
    other: dict[str, Any] = {"source": "monitor-of-the-carrier", "result": "clear"}
    again = send(story, "check-known-incidents", **other).then("known-incidents-checked")
    assert again.ticket.triage.known_incidents is not None
    assert again.ticket.triage.known_incidents.result == "match"


def test_unknown_is_an_answer_and_says_why() -> None:
    fact = send(linked(), "check-known-incidents", source=SOURCE, result="unknown").one(KnownIncidentsChecked)
    assert (fact.sources, fact.reason) == ({SOURCE: "unknown"}, "no-answer")


def test_a_later_check_of_the_same_source_is_recorded_again() -> None:
    story = send(linked(), "check-known-incidents", **CLEAR).then("known-incidents-checked")
    send(story, "check-known-incidents", **CLEAR).one(KnownIncidentsChecked)


@pytest.mark.parametrize("body", [{"result": "match"}, {"result": "clear", "matches": ("INC-1",)}])
def test_a_match_without_incidents_and_incidents_without_a_match_are_refused(body: dict[str, Any]) -> None:
    send(linked(), "check-known-incidents", source=SOURCE, **body).refused("invalid_field")


def test_a_check_before_the_asset_is_linked_or_waived_is_refused() -> None:
    story = Story().given(c.opening(), c.verified(), c.tier(), c.assessed())
    send(story, "check-known-incidents", **CLEAR).refused("asset_missing")


@pytest.mark.parametrize("kind", ["status", "monitoring"])
def test_nobody_answers_for_a_source_that_the_desk_asks(kind: str) -> None:
    refusal = send(linked(), "check-known-incidents", sources=Only(kind), **CLEAR).refused("invalid_field")
    assert refusal.detail == f"source: {SOURCE!r} is asked by the desk itself."


def test_monitoring_without_an_alert_counts_when_the_settle_time_is_over() -> None:
    refusal = send(fixed(minutes=9), "check-monitoring", **CLEAR).refused("window_open")
    applied = fixed().ticket.triage.attempt.applied_at
    assert applied is not None
    assert refusal.members["until"] == (applied + SETTLE_TIME).isoformat()
    checked = send(fixed(), "check-monitoring", **CLEAR)
    fact = checked.one(fx.MonitoringChecked)
    assert (fact.state, fact.devices, fact.source) == ("clear", (c.DEVICE,), SOURCE)
    assert not is_open(checked.then("monitoring-checked"), "monitoring")


def test_an_alert_counts_at_once_and_leads_back_to_diagnosis() -> None:
    outcome = send(fixed(minutes=1), "check-monitoring", **ALERT)
    fact = outcome.one(fx.MonitoringRegressed)
    assert (fact.alert, fact.source, fact.what) == ("a-1", SOURCE, "Line down")
    story = outcome.then("monitoring-regressed")
    assert story.ticket.triage.attempt.failed
    send(story, "check-monitoring", **ALERT).refused("nothing_to_verify")


def test_an_unknown_answer_of_a_monitor_says_why() -> None:
    fact = send(fixed(), "check-monitoring", source=SOURCE, result="unknown").one(fx.MonitoringChecked)
    assert (fact.state, fact.unknown, fact.reason) == ("unknown", (SOURCE,), "no-answer")


def test_monitoring_without_a_fix_or_a_device_is_refused() -> None:
    send(linked(), "check-monitoring", **CLEAR).refused("nothing_to_verify")
    without = send(waived(), "record-fix", what="reset the password").then("fix-applied")
    send(without, "check-monitoring", **CLEAR).refused("asset_missing")


@pytest.mark.parametrize("changed", [{"alert": None}, {"what": ""}, {"result": "clear"}])
def test_an_alert_without_its_id_or_words_and_words_without_an_alert_are_refused(changed: dict[str, Any]) -> None:
    send(fixed(), "check-monitoring", **{**ALERT, **changed}).refused("invalid_field")


def test_a_monitor_that_the_desk_asks_is_not_answered_for() -> None:
    send(fixed(), "check-monitoring", sources=Only("monitoring"), **CLEAR).refused("invalid_field")
