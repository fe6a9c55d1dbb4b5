"""Questions of the conformance cases to a calendar, and documents that must be refused or reported."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from desk.calendars import after_hours
from desk.calendars.calendar import Calendar, compile_calendar
from desk.calendars.calendar_document import load_calendar
from desk.calendars.problems import DocumentError
from desk.calendars.times import parse_duration
from desk_sla.engine.policies.policy import load_policy, review, review_policies

from .conformance import DOCUMENTS, second
from .conformance_answers import instant, length


def calendar_of(case: Mapping[str, Any]) -> Calendar:
    body = case["calendar"]
    found = {**DOCUMENTS["calendars"][body]} if isinstance(body, str) else dict(body)
    return compile_calendar(load_calendar({"id": "case", "version": 1, **found}))


def asked(case: Mapping[str, Any]) -> dict[str, object]:
    """Answers to questions put to a calendar."""
    calendar = calendar_of(case)
    told: dict[str, object] = {}
    for question in case["ask"]:
        kind, *words = question.split()
        told[question] = ASK[kind](calendar, words)
    return told


def _pieces(calendar: Calendar, words: list[str]) -> str:
    cut = after_hours.pieces(calendar, second(words[0]), second(words[1]))
    return ", ".join(f"{'in' if piece.inside else 'out'} {length(piece.end - piece.start)}" for piece in cut)


def _charge(calendar: Calendar, words: list[str]) -> str:
    minimum, *times = words
    spans = tuple((second(a), second(b)) for a, b in zip(times[::2], times[1::2], strict=True))
    cost = after_hours.charge(calendar, spans, parse_duration(minimum))
    return f"in {length(cost.inside)}, out {length(cost.after_hours)}, of it {length(cost.topped_up)} to the minimum"


ASK: dict[str, Callable[[Calendar, list[str]], str]] = {
    "elapsed": lambda calendar, words: length(calendar.elapsed_s(second(words[0]), second(words[1]))),
    "due": lambda calendar, words: instant(calendar.due_s(second(words[0]), parse_duration(words[1]))),
    "pieces": _pieces,
    "charge": _charge,
}


def refused(case: Mapping[str, Any]) -> list[str]:
    """Fields with what is said of them, for a document that must not pass; findings for one that passes with them."""
    try:
        if "refuse_calendar" in case:
            compile_calendar(load_calendar({"id": "case", "version": 1, **case["refuse_calendar"]}))
            return []
        documents = [load_policy({"id": f"case-{n}", "version": 1, **p}) for n, p in enumerate(case["refuse_policies"])]
    except DocumentError as error:
        return [f"{problem.field}: {problem.fault}" for problem in error.problems]
    found = [problem for document in documents for problem in review(document)]
    return [f"{problem.field}: {problem.fault}" for problem in [*found, *review_policies(documents)]]
