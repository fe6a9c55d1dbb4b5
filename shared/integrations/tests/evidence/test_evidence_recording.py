"""Answers of sources: frozen as found, bounded, recorded once, never an unknown part read as clear."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from desk.contract.event import Draft
from desk.contract.ticket.intake.assets import AssetLinked
from desk.contract.ticket.triage import diagnosis as dx
from desk.decision.planning import OutboundCall, Outcome
from desk.testing import controls as c
from desk.testing.given import Story
from desk_integrations.evidence.calls import FIRST_PAUSE, LONGEST_PAUSE, UNMAPPED_PAUSE, EvidenceCalls
from desk_integrations.evidence.definition import KeyMissing
from desk_integrations.evidence.planning import intents
from desk_integrations.evidence.recording import MOST_ITEMS, Answer, Circumstances, recorded
from desk_integrations.evidence.subject import decode
from desk_integrations.outcomes import Empty, Missing, NotConfigured, NotMapped, Unknown

from .evidence_rows import changes, instances, last, linked_story, row

ONE = instances("ninja-main", deadline=0.2)
(NINJA,) = ONE.instances
ASKED = c.NOW + timedelta(minutes=10)


def about(story: Story, snapshot: str = "s1") -> Circumstances:
    event = last(story, AssetLinked)
    (intent,) = intents(row(), ONE, event, story.ticket)
    return Circumstances(decode(intent.data), snapshot, c.TICKET, event.id)


def drafts(outcome: Any, *, story: Story | None = None, asked: Circumstances | None = None) -> list[Draft]:
    story = story or linked_story()
    answer = Answer(ASKED, outcome, ("gpo",))
    return recorded(row(), NINJA, answer, asked or about(story), story.ticket, story.context())


def one(outcome: Any) -> dx.DeviceChangesCollected:
    (draft,) = drafts(outcome)
    assert isinstance(draft.data, dx.DeviceChangesCollected)
    return draft.data


def test_changes_are_recorded_as_found_with_source_time_and_window() -> None:
    fact = one(changes("Update KB1", "Update KB2"))
    assert (fact.device, fact.snapshot, fact.source, fact.asked_at) == (c.DEVICE, "s1", "ninja-main", ASKED)
    assert (fact.window_from, fact.window_to) == (c.NOW - timedelta(days=14), c.NOW)
    assert ([change.what for change in fact.changes], fact.state) == (["Update KB2", "Update KB1"], "match")
    assert (fact.unavailable, fact.omitted, fact.reason) == (("gpo",), 0, "")


def test_the_most_relevant_items_are_kept_and_the_others_counted() -> None:
    fact = one(changes(*(f"Update {n}" for n in range(MOST_ITEMS + 7))))
    assert (len(fact.changes), fact.omitted) == (MOST_ITEMS, 7)
    assert fact.changes[0].what == f"Update {MOST_ITEMS + 6}"


def test_nothing_found_is_clear_but_for_the_parts_that_the_source_cannot_tell() -> None:
    fact = one(Empty())
    assert (fact.state, fact.unavailable, fact.changes) == ("clear", ("gpo",), ())


def test_nothing_found_while_a_part_is_missing_is_unknown() -> None:
    fact = one(changes(missing=(Missing("patch", "forbidden"),)))
    assert (fact.state, fact.reason, fact.unavailable) == ("unknown", "forbidden", ("gpo", "patch"))


def test_a_match_names_the_part_that_is_missing() -> None:
    fact = one(changes("Update KB1", missing=(Missing("script", "timeout"),), foreign=3))
    assert (fact.state, fact.unavailable, fact.foreign) == ("match", ("gpo", "script"), 3)


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [
        (Unknown("timeout"), "timeout"),
        (Unknown("credentials-refused", 900.0), "credentials-refused"),
        (NotMapped("client"), "client-not-mapped"),
        (NotMapped("device"), "device-not-mapped"),
        (NotMapped("device", "gone"), "device-gone"),
        (NotMapped("device", "foreign"), "device-foreign"),
        (NotConfigured(), "not-configured"),
    ],
)
def test_an_answer_that_says_nothing_is_unknown_with_its_reason(outcome: Any, reason: str) -> None:
    fact = one(outcome)
    assert (fact.state, fact.reason, fact.changes) == ("unknown", reason, ())


def test_an_unknown_answer_is_recorded_again_only_when_its_reason_changes() -> None:
    story, asked = linked_story(), about(linked_story())
    for draft in drafts(Unknown("timeout"), story=story, asked=asked):
        story.record(draft)
    assert drafts(Unknown("timeout"), story=story, asked=asked) == []
    (draft,) = drafts(NotMapped("client"), story=story, asked=asked._replace(snapshot="s2"))
    story.record(draft)
    assert draft.data.reason == "client-not-mapped"  # type: ignore[attr-defined]
    (found,) = drafts(changes("Update KB1"), story=story, asked=asked._replace(snapshot="s3"))
    assert (found.data.snapshot, found.data.state) == ("s3", "match")  # type: ignore[attr-defined]
    assert [event.data.state for event in story.events if event.data.name == "device-changes-collected"] == [
        "unknown",
        "unknown",
    ]


def test_an_answer_about_a_subject_that_changed_meanwhile_is_not_recorded() -> None:
    story = linked_story()
    asked = about(story)
    story.given(c.linked(link="link-2", device="device-other"))
    assert drafts(changes("Update KB1"), story=story, asked=asked) == []


def test_two_questions_about_one_subject_record_one_answer() -> None:
    story = linked_story()
    asked = about(story)
    (draft,) = drafts(changes("Update KB1"), story=story, asked=asked)
    story.record(draft)
    assert drafts(changes("Update KB1"), story=story, asked=asked._replace(snapshot="s2")) == []


class Port:
    """Answers as the test says: an outcome, an error, or nothing before the deadline."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    async def changes(self, _question: Any) -> Any:
        if isinstance(self.answer, Exception):
            raise self.answer
        if self.answer is None:
            await asyncio.sleep(60)
        return self.answer


class NoLookup:
    async def state(self, stream: Any, subject: str) -> Any:
        raise AssertionError("not asked")

    def readable(self, text: Any) -> str | None:
        raise AssertionError("not asked")


async def called(answer: Any, pauses: int = 0) -> tuple[Outcome, list[Draft]]:
    story = linked_story()
    event = last(story, AssetLinked)
    (intent,) = intents(row(), ONE, event, story.ticket)
    kind = EvidenceCalls(row(), NINJA, lambda: Port(answer), NoLookup(), lambda: ASKED).kind
    assert kind.name == intent.kind and kind.repeatable and kind.resolvable
    planned = OutboundCall(
        uuid4(), c.TICKET, intent.kind, intent.client, event.id, event.id, "", intent.data, "sent", 1, pauses=pauses
    )
    outcome = await kind.call(planned, story.ticket)
    return outcome, kind.facts(planned, outcome, story.ticket, story.context())


@pytest.mark.parametrize(
    ("answer", "state", "reason"),
    [
        (changes("Update KB1"), "match", ""),
        (Empty(), "clear", ""),
        (None, "unknown", "timeout"),
        (Unknown("unavailable"), "unknown", "unavailable"),
        (ValueError("a mistake of ours with a.khan in it"), "unknown", "fault"),
        (KeyMissing("key"), "unknown", "key-missing"),
    ],
    ids=["found", "empty", "deadline", "unavailable", "fault", "key"],
)
async def test_a_call_ends_with_an_answer_and_stays_open_without_one(answer: Any, state: str, reason: str) -> None:
    outcome, facts = await called(answer)
    assert (outcome.what, outcome.detail) == ("unknown" if reason else "done", reason)
    assert [(draft.data.state, draft.data.reason) for draft in facts] == [(state, reason)]  # type: ignore[attr-defined]


async def test_pauses_double_up_to_an_hour_and_never_end_before_the_vendor_wants() -> None:
    pauses = [(await called(Unknown("unavailable"), n))[0].after for n in (0, 1, 2, 20)]
    assert pauses == [FIRST_PAUSE, FIRST_PAUSE * 2, FIRST_PAUSE * 4, LONGEST_PAUSE]
    assert (await called(NotMapped("client"), 20))[0].after == UNMAPPED_PAUSE
    assert (await called(Unknown("rate-limited", 5.0)))[0].after == FIRST_PAUSE
    assert (await called(Unknown("credentials-refused", 900.0)))[0].after == timedelta(minutes=15)


async def test_a_call_that_an_error_of_ours_interrupted_is_recorded_as_unknown() -> None:
    story = linked_story()
    event = last(story, AssetLinked)
    (intent,) = intents(row(), ONE, event, story.ticket)
    kind = EvidenceCalls(row(), NINJA, lambda: Port(None), NoLookup(), lambda: ASKED).kind
    assert kind.vendor == NINJA.id
    planned = OutboundCall(uuid4(), c.TICKET, intent.kind, "", event.id, event.id, "", intent.data, "sent", 1)
    (draft,) = kind.facts(planned, Outcome("unknown", detail="timeout"), story.ticket, story.context())
    assert (draft.data.state, draft.data.reason) == ("unknown", "fault")  # type: ignore[attr-defined]
    assert kind.facts(planned, Outcome("withheld"), story.ticket, story.context()) == []
