"""Rules of fixes that a statement of the sender cannot talk past: the stricter of desk and sender counts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from desk.contract.event import Draft
from desk.contract.ticket.gates import RESOLVE, open_gates
from desk.contract.ticket.intake.assets import AssetLinkWaived, AssetUnlinked
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


@pytest.mark.parametrize(
    "where",
    ["ACME-FW01", "policy 12 on acme-fw01.acme.example", "Acme FW01, port 3", "АCME\u200b-FW01", "rack 2/ACMEFW01"],
)
def test_the_device_that_a_fix_names_counts_beside_the_linked_one(where: str) -> None:
    fixed = send(ready(WORKSTATION), "record-fix", what="Changed firewall policy 12", where=where)
    assert fixed.one(fx.FixApplied).violation == "tier_forbidden"
    assert fixed.one(fx.FixApplied).asset_classes == (WORKSTATION, FIREWALL)
    fixed = send(ready(WORKSTATION), "record-fix", roles="2", what="Changed policy 12", where=where)
    assert fixed.one(fx.FixApplied).violation == "change_required"


def test_without_a_place_the_device_counts_that_the_change_itself_names() -> None:
    fixed = send(ready(WORKSTATION), "record-fix", what="restarted DNS on DC1")
    assert fixed.one(fx.FixApplied).violation == "tier_forbidden"


@pytest.mark.parametrize("where", ["ACME-WS-12", "ACME-FW011", "the user's desk", ""])
def test_a_place_that_names_no_restricted_device_breaks_no_rule(where: str) -> None:
    fixed = send(ready(WORKSTATION), "record-fix", what="set the MTU of the tunnel to ACME-HQ", where=where)
    assert fixed.one(fx.FixApplied).violation is None


def linked_later() -> Story:
    """A harmless fix; then a firewall is linked."""
    story = send(ready(WORKSTATION), "record-fix", roles="2", what="set the MTU").then("fix-applied")
    return story.given(c.linked(link="link-2", device="device-fw", asset_class=FIREWALL))


def test_a_second_fix_is_recorded_as_the_next_attempt_and_judged_like_the_first() -> None:
    outcome = send(linked_later(), "record-fix", roles="2", what="Rule 13 too")
    assert (outcome.one(fx.FixApplied).violation, outcome.drafts[0].attempt) == ("change_required", 2)
    story = outcome.then("fix-applied")
    assert [gate.gate for gate in open_gates(RESOLVE, story.ticket, {"fix": "m", "verification": "m"})] == [
        "fix",
        "verification",
    ]
    send(story, "record-fix", roles="2", what="Rule 13 too").nothing()


def test_a_harmless_fix_after_one_that_broke_a_rule_does_not_meet_the_gate() -> None:
    story = send(linked_later(), "record-fix", roles="2", what="Rule 13 too").then("fix-applied")
    story.given(c.linked(link="link-3", asset_class=WORKSTATION))
    story = send(story, "record-fix", roles="2", what="cleaned the keyboard").then("fix-applied")
    assert story.ticket.triage.attempt.violation == "change_required"


@pytest.mark.parametrize("undone", ["revert-fix", "fail-verification"])
def test_unlinking_the_device_of_a_fix_that_broke_a_rule_does_not_talk_it_away(undone: str) -> None:
    story = send(ready(FIREWALL), "record-fix", roles="2", what="rule 12").then("fix-applied")
    body: dict[str, Any] = {"why": "x"} if undone == "revert-fix" else {"what_failed": "drops", "seen_by": "pat"}
    story = send(story, undone, **body).then("fix-reverted" if undone == "revert-fix" else "verification-failed")
    story.given(AssetUnlinked(link="link-1", reason="wrong"), AssetLinkWaived(reason="no-device-involved"))
    assert send(story, "record-fix", roles="2", what="rule 12").one(fx.FixApplied).violation == "change_required"


def test_a_privileged_fix_that_broke_its_rule_stays_privileged_when_it_is_recorded_again() -> None:
    story = send(ready(WORKSTATION), "record-fix", what="reset the password", privileged=True).then("fix-applied")
    story = send(story, "revert-fix", why="not proven").then("fix-reverted")
    assert send(story, "record-fix", what="again").one(fx.FixApplied).violation == "verification_too_low"


def test_a_fix_that_kept_the_rules_does_not_bind_the_next() -> None:
    story = send(ready("domain-server"), "record-fix", what="restarted it").then("fix-applied")
    story = send(story, "fail-verification", what_failed="drops", seen_by="pat").then("verification-failed")
    story.given(c.linked(link="link-2", device="device-2", asset_class=WORKSTATION))
    assert send(story, "record-fix", what="set the MTU").one(fx.FixApplied).asset_classes == (WORKSTATION,)


def test_a_start_that_says_more_than_the_one_that_stands_is_refused() -> None:
    story = send(ready(WORKSTATION, level=2), "start-fix").then("fix-started")
    send(story, "start-fix").nothing()
    assert send(story, "start-fix", privileged=True).refused("already_recorded").members["recorded"] == {
        "attempt": 1,
        "asset_classes": [WORKSTATION],
        "privileged": False,
    }
    story = send(story, "record-fix", what="set the MTU").then("fix-applied")
    send(story, "start-fix").nothing()
    send(story, "start-fix", asset_class="printer").refused("already_recorded")
