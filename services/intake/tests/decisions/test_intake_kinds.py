"""Kinds of tickets: opening one, changing it, and the waived device of a request."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from desk.contract.ticket.gates import RESOLVE, open_gates
from desk.contract.ticket.intake import facts as f
from desk.testing import controls as c
from desk.testing.given import Outcome, Story

from .test_intake_decisions import open_story, send

OPENED = ("ticket-opened", "client-tier-captured", "problem-restated")


def opens(kind: str, story: Story | None = None) -> Outcome:
    return send(story or Story(), "open-ticket", client=c.CLIENT, problem="VPN drops", kind=kind)


@pytest.mark.parametrize("kind", ["incident", "quick", "alert", "security"])
def test_a_ticket_opens_with_the_gate_profile_of_its_kind(kind: str) -> None:
    outcome = opens(kind)
    opened = outcome.one(f.TicketOpened)
    assert (opened.kind, opened.profile) == (kind, kind)
    opens(kind, outcome.then(*OPENED)).nothing()


def test_an_unknown_kind_is_no_body() -> None:
    with pytest.raises(ValidationError, match="kind"):
        opens("problem")


def test_a_request_opens_without_a_device_and_may_still_get_one() -> None:
    story = opens("request").then(*OPENED, "asset-link-waived")
    assert story.ticket.intake.asset_waived == "request"
    linked = send(story, "link-asset", device=c.DEVICE).then("asset-linked")
    assert linked.ticket.intake.asset_waived is None


def test_a_ticket_that_becomes_a_request_needs_no_device() -> None:
    story = send(open_story(), "change-kind", roles="CO", kind="request", reason="nothing is broken")
    story.then("kind-changed", "asset-link-waived")


def test_a_request_that_becomes_an_incident_needs_a_device_or_a_listed_waiver() -> None:
    story = opens("request").then(*OPENED, "asset-link-waived")
    assert not asset_gate_is_open(story)
    story = send(story, "change-kind", roles="CO", kind="incident", reason="it is broken").then("kind-changed")
    assert asset_gate_is_open(story)
    waived = send(story, "waive-asset", reason="cloud-service").then("asset-link-waived")
    assert not asset_gate_is_open(waived)
    changed = send(waived, "change-kind", roles="CO", kind="quick", reason="it is small").then("kind-changed")
    assert not asset_gate_is_open(changed)


def asset_gate_is_open(story: Story) -> bool:
    return bool(open_gates(RESOLVE, story.ticket, {"asset": "mandatory"}))


def test_a_request_that_became_an_incident_by_mistake_is_a_request_without_a_device_again() -> None:
    story = opens("request").then(*OPENED, "asset-link-waived")
    story = send(story, "change-kind", roles="CO", kind="incident", reason="it is broken").then("kind-changed")
    again = send(story, "change-kind", roles="CO", kind="request", reason="nothing is broken")
    assert not asset_gate_is_open(again.then("kind-changed", "asset-link-waived"))


def test_a_ticket_that_becomes_a_request_keeps_its_device() -> None:
    story = open_story().given(c.linked())
    changed = send(story, "change-kind", roles="CO", kind="request", reason="nothing is broken").then("kind-changed")
    send(changed, "change-kind", roles="CO", kind="request").nothing()


def test_a_change_of_kind_needs_a_reason() -> None:
    send(open_story(), "change-kind", roles="CO", kind="security").refused("reason_missing")


def test_a_p2_may_become_a_security_ticket() -> None:
    story = open_story().given(c.assessed(impact="high", priority="P2"))
    changed = send(story, "change-kind", roles="DI", kind="security", reason="phishing").then("kind-changed")
    assert changed.ticket.intake.kind == "security"
