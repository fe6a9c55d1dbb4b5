"""Judgement of collected changes and detections by the commands `review-changes` and `review-security`."""

from __future__ import annotations

from typing import Any

import pytest

from desk.contract.ticket.gates import RESOLVE, open_gates
from desk.contract.ticket.intake.facts import Kind
from desk.contract.ticket.triage import diagnosis as dx
from desk.policies import PolicyBook
from desk.testing import controls as c
from desk.testing.given import Story

from .triage_commands import send

UPDATE = dx.DeviceChange(c.NOW, "patch", "KB5034441")
DRIVER = dx.DeviceChange(c.NOW, "driver", "e1000e 27.8")


def changes(snapshot: str = "s1", **fields: Any) -> dx.DeviceChangesCollected:
    given = {"device": c.DEVICE, "changes": (UPDATE, DRIVER), "source": "ninja-main", **fields}
    return dx.DeviceChangesCollected(snapshot=snapshot, **given)


def detections(snapshot: str = "s1", **fields: Any) -> dx.EndpointSecurityCollected:
    given = {"device": c.DEVICE, "state": "found", "detections": ("d1", "d2"), **fields}
    return dx.EndpointSecurityCollected(snapshot=snapshot, **given)


def collected(*facts: dx.DeviceChangesCollected | dx.EndpointSecurityCollected) -> Story:
    return Story().given(*c.ready_for_work(), *facts)


def security_gate_is_open(story: Story) -> bool:
    return bool(open_gates(RESOLVE, story.ticket, {"security": "automatic"}))


def test_suspects_are_recorded_by_their_position_and_the_snapshot_is_reviewed_once() -> None:
    outcome = send(collected(changes()), "review-changes", snapshot="s1", suspects=(1, 1))
    reviewed = outcome.one(dx.DeviceChangesReviewed)
    assert (reviewed.device, reviewed.snapshot, reviewed.suspects) == (c.DEVICE, "s1", ("1",))
    story = outcome.then("device-changes-reviewed")
    send(story, "review-changes", snapshot="s1", suspects=(1,)).nothing()
    for others in ((), (0, 1)):
        refusal = send(story, "review-changes", snapshot="s1", suspects=others).refused("invalid_field")
        assert refusal.detail == "suspects: the snapshot was reviewed already, with 1."


def test_changes_without_a_suspect_are_reviewed_too() -> None:
    story = collected(changes(changes=()))
    assert send(story, "review-changes", snapshot="s1").one(dx.DeviceChangesReviewed).suspects == ()


def test_each_source_is_reviewed_for_itself_and_neither_twice() -> None:
    story = collected(changes(), changes("s2", source="ninja-branch"))
    for snapshot in ("s1", "s2"):
        story = send(story, "review-changes", snapshot=snapshot).then("device-changes-reviewed")
    send(story, "review-changes", snapshot="s1").nothing()


def changes_gate_is_open(story: Story, kind: Kind = "security") -> bool:
    gates = open_gates(RESOLVE, story.ticket, PolicyBook().gate_profile.of(kind))
    return "changes" in {gate.gate for gate in gates}


def test_a_security_ticket_needs_a_review_of_the_newest_changes_of_every_source() -> None:
    story = collected(changes(state="match"), changes("s2", source="ninja-branch", state="match"))
    assert changes_gate_is_open(story) and not changes_gate_is_open(story, "incident")
    story = send(story, "review-changes", snapshot="s1").then("device-changes-reviewed")
    assert changes_gate_is_open(story)
    story = send(story, "review-changes", snapshot="s2").then("device-changes-reviewed")
    assert not changes_gate_is_open(story)
    assert changes_gate_is_open(story.given(changes("s3", state="match")))


@pytest.mark.parametrize("state", ["clear", "unknown", "not-applicable"])
def test_an_answer_without_changes_needs_no_review_on_a_security_ticket(state: dx.SourceState) -> None:
    assert not changes_gate_is_open(collected(changes(changes=(), state=state)))


def test_changes_of_a_device_that_was_replaced_need_no_review() -> None:
    story = collected(changes(state="match")).given(c.linked(link="link-2", device="device-2"))
    assert changes_gate_is_open(story)
    story.given(changes("s2", device="device-2", source="ninja-branch", changes=(), state="clear"))
    assert not changes_gate_is_open(story)


def test_a_position_beyond_the_snapshot_is_refused() -> None:
    refusal = send(collected(changes()), "review-changes", snapshot="s1", suspects=(2,)).refused("invalid_field")
    assert refusal.detail == "suspects: the snapshot has 2 changes, so none at position 2."


@pytest.mark.parametrize(
    "found",
    [
        (),
        (changes("s0"),),
        (changes(), changes("s2")),
        (changes(state="unknown", reason="timeout", changes=()),),
        (changes(state="not-applicable", device=None, source="", changes=()),),
    ],
    ids=["nothing", "other snapshot", "superseded", "no answer", "no asset"],
)
def test_changes_that_no_source_reported_last_cannot_be_reviewed(found: tuple[dx.DeviceChangesCollected, ...]) -> None:
    send(collected(*found), "review-changes", snapshot="s1").refused("not_collected")


def test_changes_of_a_device_that_is_no_longer_linked_are_refused() -> None:
    story = collected(changes()).given(c.linked(link="link-2", device="device-2"))
    send(story, "review-changes", snapshot="s1").refused("other_device")


def test_verdicts_on_every_detection_meet_the_gate_and_are_recorded_once() -> None:
    story, verdicts = collected(detections()), {"d1": "unrelated", "d2": "needs-security"}
    assert security_gate_is_open(story)
    outcome = send(story, "review-security", snapshot="s1", verdicts=verdicts)
    assert outcome.one(dx.EndpointSecurityReviewed).verdicts == verdicts
    story = outcome.then("endpoint-security-reviewed")
    assert not security_gate_is_open(story)
    send(story, "review-security", snapshot="s1", verdicts=verdicts).nothing()
    for others in ({}, {"d1": "cause", "d2": "needs-security"}):
        refusal = send(story, "review-security", snapshot="s1", verdicts=others).refused("invalid_field")
        assert refusal.detail == "verdicts: the snapshot was reviewed already, with d1 unrelated, d2 needs-security."


def test_a_review_of_an_earlier_snapshot_does_not_meet_the_gate_of_a_later_one() -> None:
    story = send(collected(detections()), "review-security", snapshot="s1", verdicts={"d1": "cause", "d2": "cause"})
    assert security_gate_is_open(story.then("endpoint-security-reviewed").given(detections("s2")))


@pytest.mark.parametrize(
    ("verdicts", "detail"),
    [
        ({"d1": "cause"}, "verdicts: no verdict on d2."),
        ({"d1": "cause", "d2": "cause", "d3": "cause"}, "verdicts: d3 is not in the snapshot."),
    ],
)
def test_verdicts_that_do_not_fit_the_detections_are_refused(verdicts: dict[str, str], detail: str) -> None:
    outcome = send(collected(detections()), "review-security", snapshot="s1", verdicts=verdicts)
    assert outcome.refused("invalid_field").detail == detail


@pytest.mark.parametrize(
    "found",
    [(), (detections("s0"),), (detections(state="unknown", detections=()),)],
    ids=["nothing", "other snapshot", "no answer"],
)
def test_detections_that_the_newest_answer_lacks_cannot_be_reviewed(
    found: tuple[dx.EndpointSecurityCollected, ...],
) -> None:
    send(collected(*found), "review-security", snapshot="s1", verdicts={}).refused("not_collected")


def test_detections_on_a_device_that_is_no_longer_linked_are_refused() -> None:
    story = collected(detections()).given(c.linked(link="link-2", device="device-2"))
    send(story, "review-security", snapshot="s1", verdicts={}).refused("other_device")
