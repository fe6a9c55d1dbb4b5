"""The facts and fields of a ticket that each caller reads: by role, and by the client at the time of the fact."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest
from msgspec.structs import replace

from desk.contract.audiences import Audience
from desk.contract.event import Event, Payload
from desk.contract.ticket.intake import facts as i
from desk.contract.ticket.intake.conversation import NoteAdded
from desk.contract.ticket.triage.dispatch import Queued
from desk.contract.ticket.triage.ends import Resolved
from desk.decision.principal import ALL, Principal, Role
from desk.http.reads.audience import audience_of, in_scope
from desk.http.reads.ticket_representation import timeline
from desk.http.reads.ticket_responses import (
    FOR_STAFF,
    ClientTicketDocument,
    ClientTicketRow,
    TicketDocument,
    TicketRow,
)
from desk.testing import controls as c
from desk.testing.given import Story


def caller(*roles: Role, client: str | None = None) -> Principal:
    """A person of these roles; `client`: the only one in scope."""
    return Principal("somebody", "person", frozenset(roles), ALL if client is None else frozenset((client,)))


@pytest.mark.parametrize(
    ("roles", "audience"),
    [
        ([Role.TIER1], Audience.STAFF),
        ([Role.TIER1, Role.TIER2, Role.DISPATCHER, Role.COORDINATOR, Role.ON_CALL], Audience.STAFF),
        ([Role.BILLING], Audience.BILLING),
        ([Role.TIER2, Role.BILLING], Audience.BILLING),
        ([Role.ACCOUNT_MANAGER, Role.TIER1], Audience.ACCOUNT_MANAGER),
        ([Role.AUDITOR], Audience.AUDITOR),
        ([Role.ADMIN], Audience.BILLING),
    ],
)
def test_a_caller_of_several_roles_reads_what_one_of_them_may(roles: Sequence[Role], audience: Audience) -> None:
    assert audience_of(caller(*roles)) is audience


def test_client_it_is_an_audience_of_its_own() -> None:
    assert audience_of(caller(Role.CLIENT_IT, client=c.CLIENT)) is Audience.CLIENT_IT


@pytest.mark.parametrize(("whole", "part"), [(TicketDocument, ClientTicketDocument), (TicketRow, ClientTicketRow)])
def test_every_field_of_a_ticket_is_for_the_client_or_for_staff(
    whole: type[msgspec.Struct], part: type[msgspec.Struct]
) -> None:
    fields, for_client = set(whole.__struct_fields__), set(part.__struct_fields__)
    assert for_client <= fields
    assert FOR_STAFF.isdisjoint(for_client)
    assert fields - for_client <= FOR_STAFF


def as_is(value: object) -> object:
    return value


def ticket() -> Story:
    resolved = Resolved(technician="jdoe", premises=(), missing=())
    note = NoteAdded(note="n", internal=True, text="the client is difficult")
    return Story().given(c.opening(), note, Queued(queue="Network", revision=1), resolved)


def test_the_client_reads_neither_internal_notes_nor_who_worked_nor_hidden_causes() -> None:
    events = ticket().events
    events[-1] = replace(events[-1], causationid=events[1].id)
    items = timeline(events, Audience.CLIENT_IT, as_is)
    assert [item.type.split(".")[2] for item in items] == ["ticket-opened", "resolved"]
    assert {item.actor for item in items} <= {"person", "service", "psa-member", "bot"}
    assert items[-1].cause is None
    assert items[-1].data == {}


def test_staff_read_every_fact_with_its_actor_and_cause() -> None:
    events = ticket().events
    events[-1] = replace(events[-1], causationid=events[1].id)
    items = timeline(events, Audience.STAFF, as_is)
    assert [item.type for item in items] == [event.type for event in events]
    assert [item.actor for item in items] == [event.actor for event in events]
    assert items[-1].cause is not None
    assert items[-1].cause.type == events[1].type
    assert items[1].data["text"] == "the client is difficult"


def test_a_type_without_row_keeps_its_place_for_staff_without_any_field() -> None:
    class Later(Payload, frozen=True, kw_only=True):
        """A type of a later release."""

        word: str

    events = [replace(ticket().events[0], data=Later(word="secret"))]
    assert timeline(events, Audience.CLIENT_IT, as_is) == []
    assert [item.data for item in timeline(events, Audience.AUDITOR, as_is)] == [{}]


def moved() -> list[Event]:
    """A ticket that moved from Acme to another client; triage queued it twice, the second time with the move applied,
    and a third fact that did not see the move arrived last."""
    story = Story().given(c.opening(), NoteAdded(note="1", internal=False, text="x"), Queued(queue="A", revision=1))
    story.given(i.ClientCorrected(before=c.CLIENT, after="other", revision=1))
    story.given(NoteAdded(note="2", internal=False, text="y"), Queued(queue="B", revision=2))
    story.given(Queued(queue="C", revision=3))
    bases = ["", "", "intake=2", "", "", "intake=3", "intake=2"]
    return [replace(event, basis=basis) for event, basis in zip(story.events, bases, strict=True)]


def test_a_ticket_that_moved_shows_each_client_its_own_part() -> None:
    events = moved()
    opened, note, queued, corrected, second, queued_after, late = events
    assert in_scope(events, caller(Role.TIER1, client=c.CLIENT)) == [opened, note, queued, late]
    assert in_scope(events, caller(Role.TIER1, client="other")) == [second, queued_after]
    assert in_scope(events, caller(Role.TIER1)) == events
    both = Principal("somebody", "person", frozenset((Role.TIER1,)), frozenset((c.CLIENT, "other")))
    assert in_scope(events, both) == events
    assert corrected in in_scope(events, both)


def test_a_ticket_that_never_moved_is_whole() -> None:
    events = ticket().events
    assert in_scope(events, caller(Role.TIER1, client=c.CLIENT)) == events
    assert in_scope(events, caller(Role.TIER1, client="other")) == []
