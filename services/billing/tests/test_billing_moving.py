"""Time that belongs to another ticket of the client."""

from __future__ import annotations

from typing import Any

import pytest

from desk.contract.event import Stream
from desk.contract.ticket.billing import facts as f
from desk.contract.ticket.intake import facts as i
from desk.contract.ticket.intake.psa_record import PsaGone
from desk.contract.ticket.ticket import Ticket
from desk.decision.reads import Found
from desk.testing import controls as c
from desk.testing.given import Outcome, Story
from desk_billing.decisions.entries import MoveTime

from .billing_examples import BY_NAME, at, follow, hear, only, send, story, worked

OTHER = "01957b3e-0000-7000-8000-000000000002"


FOREIGN_LOSER = Story().given(c.opening(client="client-b"), i.MergedInto(root="root-1", evidence="same")).ticket
"""Another client's merged ticket, whose root is not told."""


def move(told: Story, other: Ticket | None = None, **more: Any) -> Outcome:
    found = Found(c.CLIENT, {OTHER: Story().given(c.opening()).ticket if other is None else other})
    body = {"entry": only(told).entry if told.ticket.billing.live else "e1", "other": OTHER, **more}
    return send(told, "move-time", found=found, **body)


def moves(outcome: Outcome) -> list[tuple[str | None, f.TimeMoved]]:
    return [(draft.subject, draft.data) for draft in outcome.drafts if isinstance(draft.data, f.TimeMoved)]


def test_time_moves_with_one_fact_on_each_ticket() -> None:
    told = worked(story(), at(9), at(10))
    (_, out), (subject, back) = moves(move(told))
    assert (out.direction, out.other) == ("out", OTHER)
    assert (subject, back.direction, back.other) == (OTHER, "in", c.TICKET)
    told = follow(told, move(told))
    assert not told.ticket.billing.live


def test_time_moved_already_records_nothing() -> None:
    told = worked(story(), at(9), at(10))
    name = only(told).entry
    outcome = move(told)
    ((_, _out), (_, back)) = moves(outcome)
    told = follow(told, outcome)
    there = Story().given(c.opening(), back).ticket
    move(told, other=there, entry=name).nothing()
    move(told, entry=name).refused("already_recorded")


def test_time_that_came_back_is_rated_under_a_revision_of_its_own() -> None:
    told = worked(story(), at(9), at(10))
    left = f.TimeMoved(entry=only(told).entry, rev=5, direction="out", other="x", labour=only(told).labour)
    _, (_, back) = moves(move(told, Story().given(c.opening(), left).ticket))
    assert back.rev == 6
    assert only(hear(story(), back)).rated


@pytest.mark.parametrize(
    ("other", "code"),
    [
        (Ticket(), "unknown_ticket"),
        (Story().given(c.opening(), i.MergedInto(root="root-1", evidence="same")).ticket, "ticket_merged"),
        (Story().given(c.opening(), PsaGone(reason="deleted", proof=(), episode=1)).ticket, "ticket_gone"),
        (Story().given(c.opening(client="client-b")).ticket, "unknown_ticket"),
        (FOREIGN_LOSER, "unknown_ticket"),
    ],
)
def test_time_moves_to_a_living_ticket_of_the_same_client(other: Ticket, code: str) -> None:
    move(worked(story(), at(9), at(10)), other).refused(code)


def test_time_does_not_move_to_its_own_ticket_or_from_where_it_is_not() -> None:
    told = worked(story(), at(9), at(10))
    send(told, "move-time", entry=only(told).entry, other=c.TICKET).refused("invalid_field")
    move(told, entry="nobody").refused("invalid_field")
    send(
        told, "move-time", by="tom", found=Found(c.CLIENT, {OTHER: told.ticket}), entry=only(told).entry, other=OTHER
    ).refused("foreign_entry")


def test_moving_decides_on_both_tickets() -> None:
    command, body = BY_NAME["move-time"], MoveTime(cycle=1, entry="e1", other=OTHER)
    assert command.aggregates(body, c.CLIENT) == ((Stream.TICKETS, OTHER),)
