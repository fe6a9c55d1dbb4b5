"""The engine's answers to a conformance case, in the words of the case, for the fields that it asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from desk.calendars.times import duration, iso
from desk_sla.engine.clock import Threshold
from desk_sla.engine.cycles import over_cycles, shares
from desk_sla.engine.explain import explain
from desk_sla.engine.explain_text import as_text
from desk_sla.engine.judge import Judged, judge
from desk_sla.engine.ledger import Recorded, entries

from .conformance import rulebook, second
from .conformance_facts import history


def instant(value: int | None) -> str:
    return "none" if value is None else iso(value).replace(":00Z", "Z")


def length(value: int | None) -> str:
    return "none" if value is None else duration(value)


def _percents(found: tuple[Threshold, ...]) -> dict[int, str]:
    return {one.percent: instant(one.at) for one in found}


FIELDS: dict[str, Callable[[Judged], object]] = {
    "verdict": lambda one: one.position.verdict,
    "state": lambda one: one.position.state,
    "due": lambda one: instant(one.position.due),
    "breached_at": lambda one: instant(one.position.breached_at),
    "breached_rev": lambda one: one.position.breached_rev,
    "stopped_at": lambda one: instant(one.position.stopped_at),
    "starts_at": lambda one: instant(one.clock.starts_at),
    "elapsed": lambda one: length(one.position.elapsed),
    "wall": lambda one: length(one.position.elapsed_wall),
    "paused": lambda one: length(one.position.paused),
    "remaining": lambda one: length(one.position.remaining),
    "target": lambda one: length(one.position.revision.target),
    "revisions": lambda one: [rev.mode for rev in one.position.revisions],
    "reached": lambda one: _percents(one.position.reached),
    "ahead": lambda one: _percents(one.position.ahead),
    "calendar": lambda one: one.position.revision.calendar.id,
    "zone": lambda one: one.position.revision.calendar.zone,
    "zone_source": lambda one: one.position.revision.calendar.zone_source,
    "rule": lambda one: one.aims[-1].goal.rule if one.aims[-1].goal else "none",
    "reason": lambda one: one.aims[-1].goal.reason if one.aims[-1].goal else "none",
    "policy": lambda one: f"{c.policy.id} v{c.policy.version}" if (c := one.aims[-1].chosen) else "none",
    "stretches": lambda one: [
        " ".join([part.kind, instant(part.start), length(part.working), *(cause for cause, _ in part.causes)])
        for part in one.position.stretches
    ],
    "legs": lambda one: [
        f"{instant(leg.start)} {length(leg.seconds)} {length(leg.total)}" for leg in explain(one).legs
    ],
}


def clocks(case: Mapping[str, Any], lines: list[str]) -> dict[str, Judged]:
    """By name, with ``@2`` for a later cycle."""
    judged = judge(history(lines), rulebook(case), second(case["now"]))
    return {one.name if one.cycle == 1 else f"{one.name}@{one.cycle}": one for one in judged}


def answer(case: Mapping[str, Any], lines: list[str]) -> dict[str, object]:
    """The engine's answers for every clock that the case asks about."""
    found = clocks(case, lines)
    told: dict[str, object] = {}
    for name, asked in case["expect"].items():
        if name not in found:
            told[name] = "absent"
        else:
            fields = asked if isinstance(asked, dict) else {"verdict": asked}
            told[name] = {field: FIELDS[field](found[name]) for field in fields}
    return told


def summary(case: Mapping[str, Any]) -> dict[str, object]:
    """First, last and cumulative over cycles, and shares by team, where the case asks for them."""
    found = clocks(case, case["facts"])
    told: dict[str, object] = {}
    if "cycles" in case:
        cycles = over_cycles(list(found.values()))
        told["cycles"] = {name: length(getattr(cycles, name)) for name in ("first", "last", "cumulative")}
    if "shares" in case:
        parts = shares(found["resolution"].position, history(case["facts"]).holders)
        told["shares"] = {share.team or "nobody": length(share.seconds) for share in parts}
    if "told" in case:
        lines = as_text(explain(found[case["told"]["clock"]])).splitlines()
        told["told"] = [line for line in case["told"]["lines"] if not any(line in said for said in lines)]
    return told


def recorded(case: Mapping[str, Any]) -> list[str]:
    """The facts that the late ones make necessary, given what was recorded without them."""
    name = case["late"]["clock"]
    before = clocks({**case, "now": case["late"].get("known_at", case["now"])}, case["facts"])[name].position
    standing = [Recorded(f"v{n}", e.step.removeprefix("clock-")) for n, e in enumerate(entries([], before))]  # type: ignore[arg-type]
    after = clocks(case, [*case["facts"], *case["late"]["facts"]])[name].position
    return [entry.step for entry in entries(standing, after)]
