"""Tables of a definition: functions on the same fact follow each other, and none takes another's place."""

from __future__ import annotations

from typing import Any

from desk.contract.event import Draft, Event
from desk.contract.streams.person import Person
from desk.contract.ticket.docs.facts import SignedOff
from desk.contract.ticket.intake.conversation import ReplySent
from desk.contract.ticket.ticket import Ticket
from desk.contract.ticket.triage.ends import Resolved
from desk.decision.context import DecisionContext
from desk.decision.planning import Cancel, Intent, TimerChange
from desk.decision.registrar import TICKETS, Registrar, on, table
from desk.eventstore.handler_registry import chained, merged
from desk.policies.book import PolicyBook
from desk.service.definition import ByFact, Definition, FactTables, Integrations, tables_of
from desk.testing import controls as c
from desk.testing.given import Story


def answering(name: str) -> Any:
    def answer(event: Event, state: Any, context: DecisionContext) -> list[Draft]:
        return [Draft(data=Resolved(technician=name))]

    return answer


def cancelling(name: str) -> Any:
    def change(event: Event, state: Any) -> list[TimerChange]:
        return [Cancel(name)]

    return change


def planning(kind: str) -> Any:
    def plan(event: Event, state: Any) -> list[Intent]:
        return [Intent(kind)]

    return plan


def after_reply(event: Event[ReplySent], ticket: Ticket, _context: DecisionContext) -> list[Draft]:
    return [Draft(data=Resolved(technician=event.data.message), cycle=ticket.cycle)]


def after_reply_or_end(event: Event[ReplySent | Resolved], _ticket: Ticket, _context: DecisionContext) -> list[Draft]:
    return [Draft(data=Resolved(technician=event.data.name))]


def later(event: Event[Resolved], _ticket: Ticket) -> list[TimerChange]:
    return [Cancel(event.data.technician or "")]


def of_a_person(event: Event, person: Person, _context: DecisionContext) -> list[Draft]:
    return [Draft(data=Resolved(technician=person.contact.client))]


def test_a_row_takes_functions_of_its_facts_payload_and_of_the_aggregates_state() -> None:
    """mypy refuses each line that is marked: it reports a mark that is not needed."""
    rows = table(on(ReplySent, after_reply, after_reply_or_end), on(Resolved, after_reply_or_end))
    assert rows == {ReplySent: (after_reply, after_reply_or_end), Resolved: (after_reply_or_end,)}
    on(Resolved, after_reply)  # type: ignore[arg-type]
    on(Resolved, after_reply_or_end, after_reply)  # type: ignore[arg-type]
    on(SignedOff, after_reply_or_end)  # type: ignore[arg-type]
    on(Resolved, of_a_person)  # type: ignore[arg-type]
    TICKETS.arm(ReplySent, later)  # type: ignore[arg-type]
    people: Registrar[Person] = Registrar()
    people.react(Resolved, of_a_person)


def test_rows_on_one_fact_follow_each_other() -> None:
    assert table(on(ReplySent, after_reply), on(ReplySent, after_reply_or_end)) == {
        ReplySent: (after_reply, after_reply_or_end)
    }


def test_merging_concatenates_in_the_order_of_the_tables() -> None:
    one, two, other = answering("1"), answering("2"), answering("3")
    first: ByFact[Any] = {Resolved: (one,)}
    second: ByFact[Any] = {Resolved: (two,), ReplySent: (other,)}
    table = merged(first, second, first)
    assert table == {Resolved: (one, two, one), ReplySent: (other,)}


def test_functions_in_a_chain_get_the_same_arguments_and_one_alone_is_itself() -> None:
    def left(number: int) -> list[int]:
        return [number]

    def right(number: int) -> list[int]:
        return [-number, number * 2]

    assert chained((left, right))(3) == [3, -3, 6]
    assert chained((left,)) is left
    assert chained(())(3) == []


def test_two_parts_on_one_fact_both_follow_it() -> None:
    reactions: ByFact[Any] = {ReplySent: (answering("a"), answering("b")), SignedOff: (answering("c"), answering("d"))}
    timers: ByFact[Any] = {ReplySent: (cancelling("page"),)}
    facts = FactTables(reactions, timers, scheduling=lambda _book: {ReplySent: (cancelling("clock"),)})
    added = Integrations(effects={ReplySent: (planning("psa-note"), planning("page"))})
    tables = tables_of(Definition("docs", facts), added, PolicyBook())
    story = Story().given(c.opening())
    event, context = story.events[-1], story.context(id=story.events[-1].id, roles="")
    sent, signed = "desk.intake.reply-sent.v1", "desk.docs.signed-off.v1"
    replicated = tables.reactions[sent](event, story.ticket, context)
    own = tables.own_reactions[signed](event, story.ticket, context)
    assert [getattr(draft.data, "technician", None) for draft in (*replicated, *own)] == ["a", "b", "c", "d"]
    assert tables.timers[sent](event, story.ticket) == [Cancel("page")]
    assert tables.schedules[sent](event, story.ticket) == [Cancel("clock")]
    assert tables.arming == [sent]
    assert [intent.kind for intent in tables.effects[sent](event, story.ticket)] == ["psa-note", "page"]
