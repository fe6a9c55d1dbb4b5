"""The facts of a ticket in every order that keeps each owner's order give the same verdicts and the same timeline."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from desk.contract.event import Draft, Event, Payload
from desk.contract.ticket.intake import facts as i
from desk.contract.ticket.intake.caller import CallerHoldCleared, CallerRevoked
from desk.contract.ticket.intake.conversation import ClientReplied, ReplySent
from desk.contract.ticket.triage import dispatch as d
from desk.contract.ticket.triage import ends as en
from desk.testing import controls as c

from .sla_story import SlaStory, at, opened, priority

LAST = at("9:00", day=9)
KINDS = ("priority", "message", "reply", "wait", "hold", "queue", "merge", "tier")


class Told(NamedTuple):
    """One fact of another owner and when it happened."""

    at: datetime
    fact: Payload
    cycle: int | None = None


def reply(name: str) -> ReplySent:
    return ReplySent(message=name, author="human", audience="public", to_requester=True, channel="mail")


@st.composite
def lives(draw: Any) -> list[Told]:
    """A ticket's life in order of occurrence: messages, replies, waits, priorities, an end, perhaps a reopening."""
    minutes = sorted(draw(st.lists(st.integers(1, 4000), min_size=3, max_size=9, unique=True)))
    told = [Told(at("9:00"), opened())]
    waiting, held, merged = list[str](), list[str](), False
    for number, minute in enumerate(minutes):
        moment = at("9:00") + timedelta(minutes=minute)
        kind = draw(st.sampled_from(KINDS))
        if kind == "wait" and waiting:
            told.append(Told(moment, d.WaitingEnded(wait=waiting.pop())))
        elif kind == "hold" and held:
            told.append(Told(moment, CallerHoldCleared(contact="c", revision=held.pop(), reason="checked")))
        elif kind == "merge":
            fact = i.Unmerged(other="T2", evidence="") if merged else i.MergedInto(root="T2", evidence="")
            told.append(Told(moment, fact))
            merged = not merged
        elif kind == "wait":
            waiting.append(f"w{number}")
            told.append(
                Told(moment, d.WaitingStarted(wait=waiting[-1], on=draw(st.sampled_from(("client", "vendor")))))
            )
        else:
            held += [f"r{number}"] if kind == "hold" else []
            told.append(Told(moment, _fact(kind, number, draw)))
    return [*told, *_endings(at("9:00") + timedelta(minutes=minutes[-1] + 5), draw)]


def _fact(kind: str, number: int, draw: Any) -> Payload:
    if kind == "priority":
        return priority(draw(st.sampled_from(("P1", "P2", "P3", "P4"))), number)
    if kind == "message":
        return ClientReplied(message=f"m{number}")
    if kind == "hold":
        return CallerRevoked(contact="c", revision=f"r{number}", source="psa")
    if kind == "tier":
        return c.tier(tier=f"t{number}", calendar=draw(st.sampled_from((None, "24x7"))))
    return reply(f"a{number}") if kind == "reply" else d.Queued(queue=f"q{number}", revision=number)


def _endings(moment: datetime, draw: Any) -> list[Told]:
    how = draw(st.sampled_from(("open", "resolved", "cancelled", "reopened")))
    if how == "open":
        return []
    if how == "cancelled":
        return [Told(moment, en.Cancelled(reason="spam"), 1)]
    return [Told(moment, en.Resolved(), 1)] + (
        [Told(moment + timedelta(hours=3), en.Reopened(undoes=c.NAMESPACE, cause="client"), 2)]
        if how == "reopened"
        else []
    )


def events(life: Sequence[Told]) -> list[Event]:
    """The facts as their owners record them, in order of occurrence."""
    story = SlaStory()
    return [story.record(Draft(data=told.fact, cycle=told.cycle, time=told.at)) for told in life]


def interleaved(facts: Sequence[Event], picks: Sequence[int]) -> list[Event]:
    """The same facts in another order that keeps each owner's."""
    queues: dict[str, list[Event]] = {}
    for fact in facts:
        queues.setdefault(fact.owner, []).append(fact)
    found = []
    for pick in picks:
        owners = [owner for owner, queue in queues.items() if queue]
        if not owners:
            break
        found.append(queues[owners[pick % len(owners)]].pop(0))
    return found + [fact for queue in queues.values() for fact in queue]


def heard(facts: Sequence[Event], *, timers: bool) -> SlaStory:
    """Sla hears them one by one, each when all before it have happened; timers run meanwhile or only at the end."""
    story = SlaStory()
    now = at("9:00")
    for number, fact in enumerate(facts):
        now = max(now, fact.time)
        if timers:
            story.fires(now - timedelta(seconds=1))
        seq = 1 + sum(earlier.owner == fact.owner for earlier in facts[:number])
        event = replace(fact, recordedtime=now, ownerseq=seq)
        story.now, story.ticket = now, story.ticket.evolve(event)
        story.events.append(event)
        story.answers(event, now)
    story.fires(LAST)
    return story


def verdicts(story: SlaStory) -> dict[str, str]:
    """Of every clock that was not cancelled, what stands."""
    return {
        key: clock.verdict.kind if clock.verdict else "open"
        for key, clock in story.ticket.sla.clocks.items()
        if clock.cancelled is None or clock.verdict is not None
    }


@given(lives(), st.lists(st.integers(0, 5), max_size=20), st.booleans())
@settings(max_examples=150, deadline=None)
def test_any_arrival_gives_the_verdicts_of_the_order_of_occurrence(
    life: list[Told], picks: list[int], timers: bool
) -> None:
    facts = events(life)
    wanted, other = heard(facts, timers=True), heard(interleaved(facts, picks), timers=timers)
    assert verdicts(other) == verdicts(wanted)
    assert other.ticket.timeline.intake == wanted.ticket.timeline.intake
    assert other.ticket.timeline.triage == wanted.ticket.timeline.triage


@given(lives())
@settings(max_examples=100, deadline=None)
def test_hearing_a_fact_twice_in_the_end_records_nothing_new(life: list[Told]) -> None:
    story = heard(events(life), timers=True)
    for event in [e for e in story.events if e.owner != "sla"]:
        assert story.answers(event, LAST) == []
