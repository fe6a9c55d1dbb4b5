"""Rules of fixes that a statement of the sender cannot talk past: the stricter of desk and sender counts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from desk.contract.event import Draft
from desk.contract.ticket.gates import RESOLVE, open_gates
from desk.contract.ticket.triage import fix as fx
from desk.testing import controls as c
from desk.testing.given import Story

from .triage_commands import send

FIREWALL, WORKSTATION = "core-firewall", "workstation"


def ready(asset_class: str, level: int = 1) -> Story:
    facts = [c.opening(), c.tier(), c.verified(level=level), c.linked(asset_class=asset_class), c.assessed()]
    return Story().given(*facts)


@pytest.mark.parametrize(("linked", "stated"), [(FIREWALL, WORKSTATION), (WORKSTATION, FIREWALL), (FIREWALL, None)])
def test_a_stated_class_makes_the_check_of_the_linked_device_stricter_only(linked: str, stated: str | None) -> None:
    send(ready(linked), "start-fix", asset_class=stated).refused("tier_forbidden")
    send(ready(linked), "record-diagnostic", what="a", result="b", asset_class=stated).refused("tier_forbidden")
    send(ready(linked), "start-fix", roles="2", asset_class=stated).refused("change_required")
    fixed = send(ready(linked), "record-fix", roles="2", what="rule 12", asset_class=stated).one(fx.FixApplied)
    assert fixed.violation == "change_required"


@pytest.mark.parametrize(("level", "violation"), [(1, "verification_too_low"), (2, None)])
def test_a_privileged_fix_for_an_unproven_caller_is_a_violation(level: int, violation: str | None) -> None:
    fixed = send(ready(WORKSTATION, level), "record-fix", what="reset the password", privileged=True)
    assert fixed.one(fx.FixApplied).violation == violation


def test_a_fix_that_began_as_privileged_or_on_shared_infrastructure_stays_so() -> None:
    begun: tuple[tuple[dict[str, Any], str], ...] = (
        ({"privileged": True}, "verification_too_low"),
        ({"asset_class": FIREWALL}, "tier_forbidden"),
    )
    for stated, violation in begun:
        story = ready(WORKSTATION).given(Draft(data=fx.FixStarted(**stated), cycle=1, attempt=1))
        assert send(story, "record-fix", what="done as begun").one(fx.FixApplied).violation == violation


def test_tries_in_the_future_are_no_tries() -> None:
    story = ready(WORKSTATION).given(Draft(data=c.fixed(), cycle=1, attempt=1))
    tries = [(c.NOW + timedelta(days=day)).isoformat() for day in (1, 2, 3)]
    body: dict[str, Any] = {"reason": "user-absent-three-attempts", "tries": tries, "roles": "CO"}
    send(story, "waive-verification", **body).refused("reason_not_listed")


def remedy(story: Story) -> str:
    """The remedy of the open gate `fix`."""
    return open_gates({"fix": RESOLVE["fix"]}, story.ticket, {"fix": "mandatory"})[0].remedy


def test_a_fix_that_broke_a_rule_is_mended_by_its_own_remedy() -> None:
    story = ready(WORKSTATION)
    assert remedy(story) == "record the fix of this attempt (record-fix)"
    story = send(story, "record-fix", what="reset the password", privileged=True).then("fix-applied")
    assert remedy(story).startswith("verify the caller at level 2 (verify-caller), revert the fix (revert-fix)")
    story.given(c.verified(level=2, challenge="challenge-2"))
    story = send(story, "revert-fix", why="the caller was not proven").then("fix-reverted")
    assert remedy(story) == "record the fix of this attempt (record-fix)"
    story = send(story, "record-fix", what="reset the password", privileged=True).then("fix-applied")
    assert open_gates({"fix": RESOLVE["fix"]}, story.ticket, {"fix": "mandatory"}) == ()


@pytest.mark.parametrize(
    ("violation", "words"),
    [
        ("tier_forbidden", "let Tier 2 take over"),
        ("verification_expired", "verify the caller again"),
        ("change_required", "the desk records no approved change yet"),
        ("rule-of-a-later-release", "broke the rule rule-of-a-later-release"),
    ],
)
def test_the_remedy_says_which_rule_the_fix_broke(violation: str, words: str) -> None:
    fact = Draft(data=c.fixed(violation=violation), cycle=1, attempt=1)
    assert words in remedy(ready(WORKSTATION).given(fact))
    failed = Draft(data=fx.FixReverted(why="broke a rule"), cycle=1, attempt=1)
    assert remedy(ready(WORKSTATION).given(fact, failed)) == "record the fix of this attempt (record-fix)"
