"""Questions that are held back: one that cannot be recorded holds up no other, and an absent store is no mistake."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
from structlog.testing import capture_logs

from desk.eventstore.errors import Conflict, StoreUnavailable
from desk.eventstore.event_log import EventLog
from desk_integrations.evidence.calls import EvidenceCalls
from desk_integrations.evidence.held import EVERY, Held, HeldQuestions


class Calls:
    """Calls of one kind; the record of a question is its reason, and an `early` one waits for its window."""

    def early(self, planned: Any, _at: object) -> bool:
        return bool(planned.id == "early")

    def unanswered(self, _planned: object, reason: str) -> str:
        return reason


class Log:
    """An event log in which each question has its own fate, keyed by its reason."""

    def __init__(self, fates: dict[str, Exception | None], *, recovering: bool = False) -> None:
        self.fates, self.recorded = fates, list[str]()
        self.runner = SimpleNamespace(recovering=recovering)
        self.store = SimpleNamespace(execute=lambda _search: [self.held(reason) for reason in fates])
        self.writer, self.clock = self, SimpleNamespace(now=lambda: None)

    def held(self, reason: str) -> Held:
        planned = SimpleNamespace(id=reason)
        return Held(cast(EvidenceCalls, Calls()), cast(Any, planned), reason)

    async def submit(self, reason: str) -> None:
        if fate := self.fates[reason]:
            raise fate
        self.recorded.append(reason)

    async def turn(self, *calls: Calls) -> float | None:
        questions = HeldQuestions((), cast("list[EvidenceCalls]", list(calls)), lambda *_: cast(Any, None))
        return await questions.record(cast(EventLog, self))


async def test_a_question_that_fails_or_was_ended_holds_up_no_other() -> None:
    log = Log({"ended": Conflict("ended"), "broken": ValueError("secret text"), "fine": None})
    with capture_logs() as logs:
        assert await log.turn(Calls()) == EVERY
    assert log.recorded == ["fine"]
    assert [entry["effect"] for entry in logs] == ["broken"] and "secret text" not in str(logs)


async def test_a_question_whose_window_has_not_ended_is_not_recorded() -> None:
    log = Log({"early": None, "fine": None})
    assert await log.turn(Calls()) == EVERY
    assert log.recorded == ["fine"]


async def test_a_store_that_is_not_there_ends_the_turn() -> None:
    log = Log({"away": StoreUnavailable("away"), "fine": None})
    with pytest.raises(StoreUnavailable):
        await log.turn(Calls())


async def test_nothing_is_recorded_during_a_recovery_and_nothing_is_watched_without_instances() -> None:
    recovering = Log({"fine": None}, recovering=True)
    assert await recovering.turn(Calls()) == EVERY and recovering.recorded == []
    removed = Log({"fine": None})
    assert await removed.turn() is None and removed.recorded == ["fine"]
