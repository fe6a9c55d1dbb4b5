"""Answers of the collector's sources in the slices: one per source, and the strongest of the subject is evidence."""

from __future__ import annotations

import pytest

from desk.contract.event import Draft
from desk.contract.ticket.evidence import overall
from desk.contract.ticket.gates import RESOLVE
from desk.contract.ticket.intake.assets import AssetCandidatesCollected, AssetLinkWaived, subject_of
from desk.contract.ticket.triage.diagnosis import DeviceChangesCollected
from desk.contract.ticket.triage.ends import Reopened
from desk.contract.ticket.triage.known_incidents import KnownIncidentsChecked
from desk.testing import controls as c
from desk.testing.given import Story


def changes(snapshot: str, source: str, state: str, device: str = c.DEVICE, reason: str = "") -> DeviceChangesCollected:
    return DeviceChangesCollected(
        device=device, snapshot=snapshot, source=source, state=state, reason=reason, asked_at=c.NOW  # type: ignore[arg-type]
    )  # fmt: skip


@pytest.mark.parametrize(
    ("states", "strongest"),
    [
        (("clear", "unknown"), "unknown"),
        (("unknown", "match"), "match"),
        (("clear", "clear"), "clear"),
        (("not-applicable", "clear"), "clear"),
    ],
)
def test_no_source_hides_a_match_or_an_unknown_of_another(states: tuple[str, str], strongest: str) -> None:
    for first, second in (states, states[::-1]):
        story = Story().given(c.opening(), c.linked(), changes("s1", "a", first), changes("s2", "b", second))
        evidence = story.ticket.triage.changes
        assert evidence is not None and (evidence.subject, evidence.result) == (c.DEVICE, strongest)
        assert {source: one.state for source, one in story.ticket.triage.change_sources.items()} == {
            "a": first,
            "b": second,
        }


def test_a_later_answer_of_a_source_takes_the_place_of_its_unknown_one() -> None:
    story = Story().given(c.opening(), c.linked(), changes("s1", "a", "unknown", reason="timeout"))
    first = story.ticket.triage.change_sources["a"]
    assert (first.conclusive, first.reason, first.snapshot) == (False, "timeout", "s1")
    story.given(changes("s2", "a", "clear"))
    assert story.ticket.triage.change_sources["a"].conclusive
    assert overall(story.ticket.triage.change_sources, c.DEVICE) == "clear"


def test_answers_about_another_device_meet_no_gate() -> None:
    story = Story().given(c.opening(), c.linked(), changes("s1", "a", "match", device="device-before"))
    assert not RESOLVE["changes"].check(story.ticket, "automatic")
    assert overall(story.ticket.triage.change_sources, c.DEVICE) == "not-applicable"
    story.given(changes("s2", "a", "unknown"))
    assert RESOLVE["changes"].check(story.ticket, "automatic")
    evidence = story.ticket.triage.changes
    assert evidence is not None and evidence.result == "unknown"


def test_candidates_are_kept_by_source_with_the_subject_that_was_looked_for() -> None:
    found = AssetCandidatesCollected(
        snapshot="s1", source="a", state="match", client=c.CLIENT, contact=c.CONTACT, asked_at=c.NOW
    )
    story = Story().given(c.opening(reported_hostname="ACM-WS-001"), Draft(data=found))
    answer = story.ticket.intake.candidate_sources["a"]
    assert (answer.subject, answer.state, answer.asked_at) == (subject_of(c.CLIENT, c.CONTACT), "match", c.NOW)
    assert story.ticket.intake.reported_hostname == "ACM-WS-001"
    assert story.ticket.intake.asset is None


def check(check: str, source: str, state: str, device: str | None = c.DEVICE) -> KnownIncidentsChecked:
    return KnownIncidentsChecked(check=check, sources={source: state}, device=device, asked_at=c.NOW)  # type: ignore[dict-item]


def test_no_source_of_incidents_hides_a_match_or_an_unknown_of_another() -> None:
    for first, second in (("a", "b"), ("b", "a")):
        story = Story().given(c.opening(), c.linked())
        story.given(check("k1", first, "match" if first == "a" else "clear"))
        story.given(check("k2", second, "match" if second == "a" else "clear"))
        evidence = story.ticket.triage.known_incidents
        assert evidence is not None and (evidence.subject, evidence.result) == (c.DEVICE, "match")
    story.given(check("k3", "a", "unknown"))
    evidence = story.ticket.triage.known_incidents
    assert evidence is not None and evidence.result == "unknown"
    story.given(check("k4", "a", "clear"))
    evidence = story.ticket.triage.known_incidents
    assert evidence is not None and evidence.result == "clear"


def test_incidents_of_the_client_count_after_a_waiver_and_not_for_a_device_linked_later() -> None:
    story = Story().given(c.opening(), AssetLinkWaived(reason="no-device"), check("k1", "a", "clear", None))
    assert story.ticket.triage.incident_sources["a"].subject == ""
    assert RESOLVE["known-incidents"].check(story.ticket, "automatic")
    story.given(c.linked())
    assert not RESOLVE["known-incidents"].check(story.ticket, "automatic")


def test_answers_about_incidents_end_with_their_cycle() -> None:
    story = Story().given(c.opening(), c.linked(), check("k1", "a", "match"), c.resolved())
    undone = story.ticket.triage.ends[1].id
    story.given(Draft(data=Reopened(undoes=undone, cause="client"), cycle=2))
    assert (story.ticket.triage.known_incidents, story.ticket.triage.incident_sources) == (None, {})
