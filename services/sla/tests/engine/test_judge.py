"""A whole ticket, judged and explained."""

from __future__ import annotations

import random
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from desk.calendars.problems import DocumentError
from desk_sla.engine.explain import Explanation, explain
from desk_sla.engine.explain_text import as_text
from desk_sla.engine.goals import Rulebook
from desk_sla.engine.history import Change, Cycle, Extension, History, Holder, Message, Reply, Wait
from desk_sla.engine.judge import Judged, judge
from desk_sla.engine.policies.policy import BUILTIN_CALENDARS, builtin_calendar, builtin_policy, load_policy
from desk_sla.engine.policies.selection import Subject

from .engine_examples import HOUR, at

START = at("2024-03-04 10:00")
CALENDARS = {name: builtin_calendar(name) for name in BUILTIN_CALENDARS}
BOOK = Rulebook([builtin_policy("standard")], CALENDARS)
FULL = History(
    subject=Subject(client="acme", zones={"client": "Europe/Berlin"}),
    cycles=(Cycle(START, START + 30 * HOUR, START + 40 * HOUR), Cycle(START + 50 * HOUR)),
    changes=(Change(START + 600, "priority", "P3"), Change(START + 9 * HOUR, "priority", "P2")),
    waits=(
        Wait(START + HOUR, START + 5 * HOUR, "client", "w1"),
        Wait(START + 3 * HOUR, START + 8 * HOUR, "vendor", "w2", "isp"),
        Wait(START + 52 * HOUR, None, "schedule", "w3"),
    ),
    messages=(Message(START + 2 * HOUR, "m1"), Message(START + 3 * HOUR, "m2")),
    replies=(Reply(START + 1200), Reply(START + 4 * HOUR), Reply(START + 60, "automatic")),
    holders=(Holder(START, "desk"), Holder(START + 20 * HOUR, "network")),
    extensions=(Extension(START + 10 * HOUR, "resolution", 1, START + 60 * HOUR),),
)


def stands(judged: tuple[Judged, ...]) -> dict[tuple[str, int], Any]:
    return {
        (one.name, one.cycle): (
            one.position.verdict,
            one.position.breached_at,
            one.position.due,
            one.position.elapsed,
            one.position.reached,
        )
        for one in judged
    }


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000), now=st.integers(START, START + 90 * HOUR))
def test_the_order_in_which_facts_arrived_changes_no_verdict(seed: int, now: int) -> None:
    rng = random.Random(seed)
    mixed = {
        name: tuple(rng.sample(getattr(FULL, name), len(getattr(FULL, name))))
        for name in ("changes", "waits", "messages", "replies", "holders", "extensions")
    }
    assert stands(judge(replace(FULL, **mixed), BOOK, now)) == stands(judge(FULL, BOOK, now))


@settings(max_examples=60, deadline=None)
@given(now=st.integers(START, START + 90 * HOUR), later=st.integers(0, 90 * HOUR))
def test_a_verdict_once_given_stands_as_time_goes_on(now: int, later: int) -> None:
    early, late = stands(judge(FULL, BOOK, now)), stands(judge(FULL, BOOK, now + later))
    for name, (verdict, breached_at, *_) in early.items():
        if verdict in ("met", "breached"):
            assert late[name][:2] == (verdict, breached_at)


@settings(max_examples=60, deadline=None)
@given(now=st.integers(START, START + 90 * HOUR))
def test_the_explanation_adds_up(now: int) -> None:
    for one in judge(FULL, BOOK, now):
        told = explain(one)
        running = sum(part.working for part in told.stretches if part.kind == "running")
        assert running + told.revisions[-1].carried == told.elapsed
        if told.legs:
            assert (told.legs[-1].total, told.legs[-1].end) == (told.revisions[-1].target, told.due)
            assert sum(leg.seconds for leg in told.legs) == told.legs[-1].total - told.revisions[-1].carried


def test_the_explanation_is_plain_data() -> None:
    for one in judge(FULL, BOOK, START + 20 * HOUR):
        told = explain(one)
        assert msgspec.json.decode(msgspec.json.encode(told), type=Explanation) == told


def test_the_words_name_policy_calendar_stretches_and_verdict() -> None:
    first = next(one for one in judge(FULL, BOOK, START + 20 * HOUR) if one.name == "resolution")
    lines = as_text(explain(first)).splitlines()
    assert lines[0] == "resolution, cycle 1, as of 2024-03-05T06:00:00Z"
    assert "calendar business-hours v1, zone Europe/Berlin (from client)" in lines
    assert any(line.endswith("working time (client w1, vendor w2)") for line in lines)
    assert any("extended" in line for line in lines)


def test_a_policy_with_a_calendar_that_is_not_published_says_which() -> None:
    policy = load_policy({"id": "x", "version": 1, "calendar": "moon", "rules": [{"id": "a", "goals": {"plan": "1h"}}]})
    with pytest.raises(DocumentError, match="unknown calendar 'moon'"):
        judge(FULL, Rulebook([policy], CALENDARS), START)


def test_no_policy_no_clock() -> None:
    assert judge(FULL, Rulebook([], CALENDARS), START) == ()
