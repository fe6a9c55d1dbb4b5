"""Steps that fold facts: each takes the payload of its row's fact, and no fact has two."""

from __future__ import annotations

import pytest

from desk.contract.event import Event
from desk.contract.folding import on, steps
from desk.contract.ticket.intake.conversation import NoteAdded, ReplySent


def replied(seen: tuple[str, ...], event: Event[ReplySent]) -> tuple[str, ...]:
    return (*seen, event.data.message)


def written(seen: tuple[str, ...], event: Event[ReplySent | NoteAdded]) -> tuple[str, ...]:
    return (*seen, event.data.name)


def test_a_row_takes_a_step_of_its_facts_payload() -> None:
    """mypy refuses the marked line: it reports a mark that is not needed."""
    assert steps(on(ReplySent, replied), on(NoteAdded, written)) == {ReplySent: replied, NoteAdded: written}
    on(NoteAdded, replied)  # type: ignore[arg-type]


def test_a_second_step_of_a_fact_is_refused() -> None:
    with pytest.raises(ValueError, match="two steps fold the same fact"):
        steps(on(ReplySent, replied), on(ReplySent, written))
