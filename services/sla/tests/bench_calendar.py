"""Operations a second of the pure engine: ``python -m tests.bench_calendar`` in services/sla."""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from desk.calendars.calendar import Calendar, compile_calendar
from desk.calendars.calendar_document import load_calendar
from desk_sla.engine.clock import Clock, Pause, Retarget
from desk_sla.engine.explain import explain
from desk_sla.engine.goals import Rulebook
from desk_sla.engine.history import Change, Cycle, History, Reply, Wait
from desk_sla.engine.judge import judge
from desk_sla.engine.policies.policy import BUILTIN_CALENDARS, builtin_calendar, builtin_policy
from desk_sla.engine.policies.selection import Subject
from desk_sla.engine.position import position

BEGIN, HOUR = datetime(2016, 1, 1, tzinfo=UTC), 3600
START = int(datetime(2024, 3, 4, 10, tzinfo=UTC).timestamp())


def office() -> Calendar:
    week = {day: ["08:00-12:00", "13:00-18:00"] for day in ("mon", "tue", "wed", "thu", "fri")}
    holidays = [{"country": "DE", "subdivision": "BY"}]
    document = {"id": "office", "version": 1, "zone": "Europe/Berlin", "week": week, "holidays": holidays}
    return compile_calendar(load_calendar(document))


def moments(count: int) -> list[tuple[datetime, datetime, int]]:
    """(from, to, target) spread over ten years."""
    rng = random.Random(1)
    found = []
    for _ in range(count):
        first, second = sorted(rng.randrange(10 * 365 * 86_400) for _ in range(2))
        found.append(
            (BEGIN + timedelta(seconds=first), BEGIN + timedelta(seconds=second), rng.randrange(1, 50_000_000))
        )
    return found


def rate(action: Callable[[], object], operations: int) -> float:
    """Operations a second, the best of five runs."""
    best = float("inf")
    for _ in range(5):
        begun = time.perf_counter()
        action()
        best = min(best, time.perf_counter() - begun)
    return operations / best


def results() -> dict[str, float]:
    """Operations a second by name. ``elapsed`` and ``due`` between random instants of ten years."""
    calendar, asked = office(), moments(50_000)
    clock = Clock(
        name="resolution",
        starts_at=START,
        target=40 * HOUR,
        pauses=tuple(Pause(START + n * 9000, START + n * 9000 + 4000, "client", str(n)) for n in range(3)),
        retargets=(Retarget(START + 20_000, 30 * HOUR, "retroactive"),),
    )
    history = History(
        subject=Subject(priority="P3"),
        cycles=(Cycle(START, START + 90_000),),
        changes=(Change(START + 5000, "priority", "P2"),),
        waits=(Wait(START + 6000, START + 9000, "client", "w1"),),
        replies=(Reply(START + 600),),
    )
    book = Rulebook([builtin_policy("standard")], {name: builtin_calendar(name) for name in BUILTIN_CALENDARS})
    return {
        "elapsed": rate(lambda: [calendar.elapsed(a, b) for a, b, _ in asked], len(asked)),
        "due": rate(lambda: [calendar.due(a, target) for a, _, target in asked], len(asked)),
        "position": rate(lambda: [position(clock, calendar, START + 200_000) for _ in range(2000)], 2000),
        "judge": rate(lambda: [judge(history, book, START + 200_000) for _ in range(500)], 500),
        "explain": rate(lambda: [explain(one) for one in judge(history, book, START + 200_000) * 100], 300),
    }


def main() -> None:
    for name, found in results().items():
        sys.stdout.write(f"{name:10} {found:12,.0f}/s   {1e6 / found:8.2f} us\n")


if __name__ == "__main__":
    main()
