"""The parts that a command reads besides its ticket: other aggregates, and look-ups of its service.

A command declares them in a `Reads`, and its decision receives them as one record with typed fields. Nothing else
reaches it, so that no decision depends on a part that nobody loads.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Generic, NamedTuple, TypeVar, cast

from desk.contract.event import Stream
from desk.contract.streams.client import Client
from desk.contract.streams.incident import Incident
from desk.contract.streams.person import Person
from desk.contract.ticket.ticket import Ticket
from desk.decision.command_body import Body

S_co = TypeVar("S_co", covariant=True)
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
B = TypeVar("B", bound=Body)
B_contra = TypeVar("B_contra", bound=Body, contravariant=True)
R_co = TypeVar("R_co", covariant=True)

Lookup = Callable[[Body, str], object]
"""(body, client id) -> the answer of a look-up; runs in the command's request, before the decision."""


class Aggregate(NamedTuple, Generic[S_co]):
    """An aggregate that a decision reads, and the class of its state."""

    stream: Stream
    subject: str
    state: type[S_co]


def client(subject: str) -> Aggregate[Client]:
    """A client."""
    return Aggregate(Stream.CLIENTS, subject, Client)


def person(subject: str) -> Aggregate[Person]:
    """A contact or a member of staff."""
    return Aggregate(Stream.PEOPLE, subject, Person)


def incident(subject: str) -> Aggregate[Incident]:
    """A major incident."""
    return Aggregate(Stream.INCIDENTS, subject, Incident)


def ticket(subject: str) -> Aggregate[Ticket]:
    """Another ticket."""
    return Aggregate(Stream.TICKETS, subject, Ticket)


class LookupKey(Generic[B_contra, T_co]):
    """The name of a look-up, with the body that it takes and the answer that it gives."""

    def __init__(self, name: str) -> None:
        self.name = name

    def answered_by(self, answer: Callable[[B_contra, str], T_co]) -> tuple[str, Lookup]:
        """The entry of a service's look-ups; only commands that declare the key, with such a body, ask for it."""
        return self.name, cast(Lookup, answer)


class Found(NamedTuple):
    """Everything that was loaded for one command: the id of the ticket's client, states by subject, answers by name."""

    client: str = ""
    states: Mapping[str, object] = {}
    answers: Mapping[str, object] = {}

    def state(self, aggregate: Aggregate[T]) -> T:
        """The state of a declared aggregate. TypeError when another class was loaded."""
        state = self.states[aggregate.subject]
        if not isinstance(state, aggregate.state):
            raise TypeError(f"{aggregate.subject} is a {type(state).__name__}, not a {aggregate.state.__name__}")
        return state

    def answer(self, key: LookupKey[B, T]) -> T:
        """The answer of a declared look-up."""
        return cast(T, self.answers[key.name])


class Reads(NamedTuple, Generic[B_contra, R_co]):
    """The declaration of a command: the aggregates and look-ups that it needs, and the record made of them.

    `aggregates` takes the body and the id of the ticket's client.
    """

    gather: Callable[[B_contra, Found], R_co]
    aggregates: Callable[[B_contra, str], tuple[Aggregate[object], ...]] = lambda _body, _client: ()
    lookups: tuple[LookupKey[B_contra, object], ...] = ()
