"""The parts that a command reads: typed from its declaration to its decision."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from desk.contract.event import Draft, Stream
from desk.contract.streams.client import Client
from desk.contract.streams.person import Person
from desk.contract.ticket.ticket import Ticket
from desk.decision import reads
from desk.decision.command import TicketBody, command, decide
from desk.decision.context import DecisionContext
from desk.decision.reads import Aggregate, Found, LookupKey, Reads
from desk.testing import controls as c
from desk.testing.given import Story


class Greet(TicketBody):
    contact: str


class Wave(TicketBody):
    how: str


class Parts(NamedTuple):
    person: Person
    last: str | None


SEEN: list[Parts] = []
LAST: LookupKey[Greet, str | None] = LookupKey("last")


def _concerned(body: Greet, client: str) -> tuple[Aggregate[object], ...]:
    return (reads.person(body.contact), reads.client(client))


GREETING: Reads[Greet, Parts] = Reads(
    lambda body, found: Parts(found.state(reads.person(body.contact)), found.answer(LAST)), _concerned, (LAST,)
)


def greet(body: Greet, ticket: Ticket, parts: Parts, context: DecisionContext) -> list[Draft]:
    SEEN.append(parts)
    return []


def alone(body: Greet, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    return []


def of_client(body: Greet, ticket: Ticket, client: Client, context: DecisionContext) -> list[Draft]:
    return []


def test_a_decision_gets_the_record_of_what_its_command_declares() -> None:
    row, body, pat = (
        command("greet", Greet, "1", greet, "Greet", reads=GREETING),
        Greet(cycle=1, contact="p1"),
        Person(),
    )
    assert row.aggregates(body, "acme") == ((Stream.PEOPLE, "p1"), (Stream.CLIENTS, "acme"))
    assert row.lookups == ("last",)
    story = Story().given(c.opening())
    decide(row, body, story.ticket, story.context(), Found("acme", {"p1": pat, "acme": Client()}, {"last": "Monday"}))
    assert SEEN.pop() == Parts(pat, "Monday")


def test_a_command_that_reads_nothing_names_no_aggregate_and_no_look_up() -> None:
    row = command("greet", Greet, "1", alone, "Greet")
    assert (row.aggregates(Greet(cycle=1, contact="p1"), "acme"), row.lookups) == ((), ())


def test_a_state_of_another_class_and_one_that_was_not_declared_are_errors() -> None:
    with pytest.raises(TypeError, match="p1 is a Client, not a Person"):
        Found("acme", {"p1": Client()}).state(reads.person("p1"))
    with pytest.raises(KeyError):
        Found("acme").state(reads.client("acme"))


def test_rows_whose_decision_takes_other_parts_than_declared_do_not_type_check() -> None:
    """mypy refuses each line that is marked: it reports a mark that is not needed."""
    command("greet", Greet, "1", of_client, "Greet", reads=GREETING)  # type: ignore[misc]
    command("greet", Greet, "1", greet, "Greet")  # type: ignore[arg-type]
    command("greet", Greet, "1", alone, "Greet", reads=GREETING)  # type: ignore[misc, arg-type]
    command("wave", Wave, "1", greet, "Wave", reads=GREETING)  # type: ignore[arg-type]
    LAST.answered_by(_number)  # type: ignore[arg-type]
    LAST.answered_by(_how)  # type: ignore[arg-type]


def _number(_body: Greet, _client: str) -> int:
    return 1


def _how(body: Wave, _client: str) -> str:
    return body.how
