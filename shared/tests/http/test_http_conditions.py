"""The headers by which the sender of a command restricts it: Desk-If, Desk-Dry-Run, Desk-Correlation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from desk.contract.event import Draft, Event, Stream
from desk.contract.ticket.intake.conversation import NoteAdded
from desk.contract.ticket.intake.facts import TicketOpened
from desk.contract.ticket.ticket import Ticket
from desk.decision.command import Body, TicketBody, command
from desk.decision.context import DecisionContext
from desk.decision.principal import Role
from desk.decision.refusal import Refusal
from desk.eventstore.catalogue_event_model import catalogued
from desk.eventstore.event_log import EventLog
from desk.eventstore.handler_registry import Tables
from desk.eventstore.schema import migrate
from desk.http.commands.ticket_commands import TicketCommands, command_routes
from desk.testing.http import Bench, fresh_key
from desk.testing.notes import NoPolicies

pytestmark = pytest.mark.postgres


class Open(Body):
    client: str


class Note(TicketBody):
    text: str


def open_ticket(body: Open, _: Ticket, on: DecisionContext) -> list[Draft]:
    opened = TicketOpened(
        kind="quick",
        profile="quick",
        client=body.client,
        channel="phone",
        opened_at=on.now,
        problem="printer",
        command=str(on.id),
    )
    return [Draft(data=opened, cycle=1)]


def add_note(body: Note, _: Ticket, on: DecisionContext) -> list[Draft]:
    """`same` is recorded already, an empty text is refused."""
    if not body.text:
        raise Refusal("invalid_field", "text: it is empty.")
    return [] if body.text == "same" else [Draft(data=NoteAdded(note=str(on.id), internal=True, text=body.text))]


TABLE = (
    command("open-ticket", Open, "1", open_ticket, "Open a ticket", opens=True),
    command("note", Note, "1", add_note, "Add a note"),
)


class Sender:
    """Sends commands as one technician; `ticket` is open with one fact."""

    def __init__(self, client: httpx.AsyncClient, log: EventLog) -> None:
        self.client, self.log, self.ticket = client, log, ""

    async def open(self) -> None:
        self.ticket = (await self.client.post("/tickets", json={"client": "acme"}, headers=fresh_key())).json()[
            "subject"
        ]

    async def note(self, text: str, headers: Mapping[str, str], ticket: str = "") -> httpx.Response:
        body = {"cycle": 1, "text": text}
        path = f"/tickets/{ticket or self.ticket}/note"
        return await self.client.post(path, json=body, headers={**fresh_key(), **headers})

    def facts(self) -> list[Event[Any]]:
        rows = self.log.store.read(lambda reads: reads.events_after({self.ticket: 0}))
        return [self.log.language.decode(row.raw) for row in rows]


@pytest.fixture
def log(database: str) -> Iterator[EventLog]:
    migrate(database, "intake")
    log = EventLog(database, "intake", catalogued(), Tables(), NoPolicies())
    log.start()
    yield log
    log.stop()


@pytest.fixture
def bench(log: EventLog) -> Bench:
    runner = TicketCommands(log, NoPolicies(), lambda _ticket, _state: lambda text: text)
    return Bench([command_routes(TABLE, runner)], service="intake")


@pytest.fixture
async def sender(bench: Bench, log: EventLog) -> Any:
    async with bench.client(Role.TIER1) as client:
        found = Sender(client, log)
        await found.open()
        yield found


async def test_a_dry_run_names_the_types_and_records_nothing(sender: Sender) -> None:
    key = fresh_key()
    tried = await sender.note("x", {**key, "Desk-Dry-Run": "true"})
    assert (tried.status_code, tried.json()["facts"], tried.json()["would"]) == (200, [], ["desk.intake.note-added.v1"])
    assert len(sender.facts()) == 1
    recorded = await sender.note("other words", key)
    assert [fact["type"] for fact in recorded.json()["facts"]] == ["desk.intake.note-added.v1"]
    assert "would" not in recorded.json() and len(sender.facts()) == 2


async def test_a_dry_run_tells_what_is_recorded_already_and_what_is_refused(sender: Sender) -> None:
    dry = {"Desk-Dry-Run": "true"}
    assert (await sender.note("same", dry)).json()["would"] == []
    assert (await sender.note("", dry)).json()["detail"] == "text: it is empty."
    opened = await sender.client.post("/tickets", json={"client": "acme"}, headers={**fresh_key(), **dry})
    assert (opened.status_code, opened.json()["would"]) == (200, ["desk.intake.ticket-opened.v1"])
    again = await sender.note("x", {}, ticket=opened.json()["subject"])
    assert again.json()["code"] == "unknown_ticket"


async def test_a_command_is_refused_with_the_facts_since_desk_if(sender: Sender) -> None:
    seen = {"Desk-If": "intake=1, triage=0"}
    assert (await sender.note("mine", seen)).status_code == 200
    refused = await sender.note("late", seen)
    assert (refused.status_code, refused.json()["code"]) == (409, "changed_since")
    (later,) = refused.json()["later"]
    fact = sender.facts()[-1]
    assert later == {"type": "desk.intake.note-added.v1", "by": "person:ann", "at": later["at"]}
    assert later["at"] == fact.time.isoformat().replace("+00:00", "Z")
    assert (await sender.note("same", seen)).status_code == 200, "what is recorded already is no conflict"
    assert (await sender.note("read again", {"Desk-If": "intake=2"})).status_code == 200
    assert len(sender.facts()) == 3


async def test_facts_since_are_not_told_to_who_may_not_see_the_client(sender: Sender, bench: Bench) -> None:
    await sender.note("mine", {})
    async with bench.client(Role.TIER1, clients=["globex"]) as client:
        refused = await Sender(client, sender.log).note("x", {"Desk-If": "intake=1"}, ticket=sender.ticket)
    assert (refused.json()["code"], "later" in refused.json()) == ("forbidden_client", False)


async def test_the_commands_of_a_run_share_the_correlation_and_name_their_command_as_cause(sender: Sender) -> None:
    run = uuid4()
    for text in ("one", "two"):
        await sender.note(text, {"Desk-Correlation": str(run)})
    opened, *notes = sender.facts()
    assert opened.causationid is None
    assert [fact.correlationid for fact in notes] == [run, run]
    assert [str(fact.causationid) for fact in notes] == [fact.data.note for fact in notes]


@pytest.mark.parametrize(
    ("headers", "field"),
    [
        ({"Desk-If": "triage"}, "Desk-If"),
        ({"Desk-If": "triage=1, triage=2"}, "Desk-If"),
        ({"Desk-Correlation": "run-1"}, "Desk-Correlation"),
        ({"Desk-Dry-Run": "perhaps"}, "Desk-Dry-Run"),
    ],
)
async def test_a_header_that_cannot_be_read_is_refused_by_its_name(
    headers: dict[str, str], field: str, sender: Sender
) -> None:
    refused = await sender.note("x", headers)
    assert (refused.status_code, refused.json()["code"], refused.json()["field"]) == (422, "invalid_field", field)
    assert len(sender.facts()) == 1


async def test_a_command_without_correlation_is_its_own(sender: Sender) -> None:
    answer = await sender.note("x", {})
    fact = sender.facts()[-1]
    assert fact.correlationid == UUID(fact.data.note) and answer.status_code == 200 and fact.causationid is None
    assert fact.subject == sender.ticket and fact.data.spec.stream is Stream.TICKETS
