"""Write-back of the desired state: the smallest patch, never over a change without a ruling, never twice."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from desk.contract.event import Actor, Draft, Payload, Stream
from desk.contract.ticket.intake import facts as f
from desk.contract.ticket.intake.conversation import NoteAdded, ReplySent
from desk.contract.ticket.ticket import Status, status
from desk.contract.ticket.triage import dispatch as d
from desk.contract.ticket.triage import ends as en
from desk.decision.context import DecisionContext
from desk.decision.principal import Role
from desk.eventstore.unit_of_work.work_items import Command
from desk.keyring.postgres import PostgresKeyRing
from desk.policies import builtin
from desk_deploy.testing.psa_bench import Bench, bench
from desk_deploy.testing.simulated_psa import PSA
from desk_docs.main import DOCS
from desk_intake.psa.ids import ticket_id
from desk_simulators.connectwise.status_map import status_map
from desk_triage.main import TRIAGE

pytestmark = pytest.mark.postgres


@pytest.fixture
async def desk(database: str) -> AsyncIterator[Bench]:
    async with bench(database, TRIAGE, DOCS) as found:
        yield found


async def record(desk: Bench, service: str, ticket: str, *data: Payload, cycle: int | None = None) -> None:
    """Record facts of a service as decided by a person."""
    hosted = desk.hosted[service]
    context = DecisionContext(
        id=uuid4(),
        actor=Actor("person", "tess"),
        now=hosted.service.log.clock.now(),
        policies=hosted.parts.policies,
        roles=frozenset((Role.TIER2,)),
    )

    def decide(_state: Any, _context: DecisionContext) -> list[Draft]:
        return [Draft(data=one, cycle=cycle) for one in data]

    await hosted.service.command(Command(Stream.TICKETS, ticket, decide, context))


def ours(number: int) -> str:
    return ticket_id(PSA, str(number))


def by_phone(desk: Bench) -> f.TicketOpened:
    """Open a ticket in the desk."""
    return f.TicketOpened(
        kind="incident",
        profile="incident",
        client="cw-c250",
        channel="phone",
        opened_at=desk.intake.service.log.clock.now(),
        problem="No network",
        contact="cw-p611",
        command="c1",
    )


def patches(desk: Bench, number: int) -> list[dict[str, Any]]:
    """Patches that we wrote to the record: path -> value of each."""
    calls = desk.psa.ledger.writes(member="DeskAPI", path=f"service/tickets/{number}")
    return [{o["path"]: o["value"] for o in call.body} for call in calls if call.method == "PATCH"]


async def test_values_that_the_psa_has_already_are_not_written(desk: Bench) -> None:
    number = desk.open_ticket(priority=7)
    await desk.settle()
    for status_ in ("open", "waiting-client", "open", "resolved", "closed"):
        desk.clock.advance()
        desk.jdoe.set_status(number, status_)
        await desk.settle()
    assert patches(desk, number) == []
    assert status(await desk.ticket(number)) is Status.CLOSED


async def test_what_was_decided_here_is_written_in_the_smallest_set(desk: Bench) -> None:
    number = desk.open_ticket()
    await desk.settle()
    await record(desk, "triage", ours(number), d.Assigned(technician="mlopez", revision=1))
    await record(desk, "triage", ours(number), en.Resolved(), cycle=1)
    await desk.settle()

    written = {path: value for patch in patches(desk, number) for path, value in patch.items()}
    assert written == {"owner": {"id": 202}, "status": {"id": 23}}
    ticket = await desk.ticket(number)
    assert (ticket.intake.psa_fields["technician"], ticket.intake.psa_fields["status"]) == ("mlopez", "23")


async def test_our_own_writes_never_come_back_as_observations(desk: Bench) -> None:
    number = desk.open_ticket()
    await desk.settle()
    before = len(await desk.observed(number))
    await record(desk, "triage", ours(number), en.Resolved(), cycle=1)
    await desk.settle()
    await desk.poller.round()
    await desk.settle()
    assert len(await desk.observed(number)) == before
    assert len(patches(desk, number)) == 1


async def test_a_close_that_knew_nothing_of_our_reopening_is_stale_and_written_over(desk: Bench) -> None:
    number = desk.open_ticket()
    desk.clock.advance()
    desk.jdoe.set_status(number, "resolved")
    await desk.settle()
    end = (await desk.ticket(number)).triage.end
    assert end is not None
    desk.clock.advance()
    desk.jdoe.set_status(number, "closed")
    await record(desk, "triage", ours(number), en.Reopened(undoes=end.id, cause="client"), cycle=2)
    await desk.settle()

    ticket = await desk.ticket(number)
    assert (ticket.cycle, status(ticket)) == (2, Status.DIAGNOSING)
    assert [e.data.outcome for e in await desk.facts(number, "observation-ruled")][-1] == "stale"
    assert desk.psa.state.record("ticket", number)["status"]["id"] == 16
    assert len(await desk.facts(number, "psa-sync-conflicted")) == 1
    texts = [n["text"] for n in desk.psa.state.table("note") if n["ticketId"] == number]
    assert any("reopened before this status was set" in text for text in texts)


async def test_a_person_who_was_faster_is_observed_first_and_decided_again(desk: Bench) -> None:
    number = desk.open_ticket()
    await desk.settle()
    desk.psa.faults.change({"callbacks_lost": 1.0})
    desk.clock.advance()
    desk.jdoe.assign(number, "asingh")
    await record(desk, "triage", ours(number), d.Assigned(technician="mlopez", revision=1))
    await desk.settle()

    conflict = (await desk.facts(number, "psa-sync-conflicted"))[0].data
    assert (conflict.field, conflict.ours, conflict.theirs) == ("technician", "mlopez", "asingh")
    assert (await desk.ticket(number)).triage.technician == "asingh"
    assert patches(desk, number) == []


async def test_no_status_is_written_while_an_observation_is_unruled(database: str) -> None:
    async with bench(database) as desk:
        number = desk.open_ticket()
        await desk.settle()
        ticket = await desk.ticket(number)
        assert ticket.intake.status_seq > ticket.triage.last_ruled_source_seq
        assert patches(desk, number) == []


async def test_our_own_ticket_is_created_once_although_the_answer_was_lost(desk: Bench) -> None:
    await desk.poller.round(sweep=True)
    desk.psa.faults.once("act-then-time-out", "POST", "service/tickets")
    await record(desk, "intake", "T-1", by_phone(desk))
    await desk.settle()
    await desk.until_called()

    created = [t for t in desk.psa.state.table("ticket") if t.get("externalXRef") == "T-1"]
    assert len(created) == 1
    ticket = await desk.by_id("T-1")
    assert ticket.intake.record == str(created[0]["id"])
    assert [e.data.name for e in await desk.facts("T-1") if e.data.name == "psa-observed"] == []


@pytest.mark.parametrize("queue", ["Service Desk", "Network"])
async def test_our_own_ticket_stands_in_the_default_queue_here_and_in_the_psa(desk: Bench, queue: str) -> None:
    content = {**builtin("routing"), "default_queue": queue}
    for service in desk.hosted.values():
        service.parts.policies.put("routing", "2", content)
    await desk.poller.round(sweep=True)
    await record(desk, "intake", "T-1", by_phone(desk))
    await desk.settle()
    await desk.until_called()

    (created,) = [t for t in desk.psa.state.table("ticket") if t.get("externalXRef") == "T-1"]
    ticket = await desk.by_id("T-1")
    board = desk.psa_instance.access.statuses.board_of(queue)
    assert (ticket.triage.queue, ticket.triage.reassignments, status(ticket)) == (queue, 0, Status.NEW)
    assert str(created["board"]["id"]) == board


async def test_of_two_records_with_our_id_the_lower_one_stays(desk: Bench) -> None:
    await desk.poller.round(sweep=True)
    await record(desk, "intake", "T-1", by_phone(desk))
    await desk.settle()
    first = (await desk.by_id("T-1")).intake.record
    second = desk.open_ticket("No network")
    desk.jdoe._set(second, externalXRef="T-1")
    await desk.settle()

    ticket = await desk.by_id("T-1")
    assert (ticket.intake.record, ticket.intake.duplicates) == (first, (str(second),))
    assert not (await desk.ticket(second)).intake.exists


async def test_an_answer_and_a_note_appear_once_with_their_marker(desk: Bench) -> None:
    number = desk.open_ticket()
    await desk.settle()
    desk.psa.faults.once("act-then-time-out", "POST", f"service/tickets/{number}/notes")
    reply = ReplySent(
        message="m1", author="human", audience="public", to_requester=True, channel="psa", text="Please reboot."
    )
    await record(desk, "intake", ours(number), reply, NoteAdded(note="n1", internal=True, text="Fuse blown"))
    await desk.settle()
    await desk.until_called()

    texts = [n["text"] for n in desk.psa.state.table("note") if n["ticketId"] == number]
    assert sum("Please reboot." in text for text in texts) == 1
    assert sum("Fuse blown" in text for text in texts) == 1
    assert len(await desk.facts(number, "reply-sent")) == 1


async def test_an_external_close_is_answered_with_the_missing_evidence(desk: Bench) -> None:
    number = desk.open_ticket()
    await desk.settle()
    desk.clock.advance()
    desk.jdoe.close(number)
    await desk.settle()
    texts = [n["text"] for n in desk.psa.state.table("note") if n["ticketId"] == number]
    (notice,) = (text for text in texts if text.startswith("Closed here while this was still open: "))
    assert ", sign-off, code. Please complete it" in notice


async def test_a_field_that_is_changed_back_and_forth_is_left_alone_said_and_released(desk: Bench) -> None:
    number = desk.open_ticket()
    await desk.settle()
    for at in range(5):
        desk.clock.advance()
        desk.jdoe._set(number, impact="Low")
        await desk.settle()
        assessed = d.PriorityAssessed(
            impact="high", urgency="medium", priority="P3", matrix_version="1", revision=50 + at
        )
        await record(desk, "triage", ours(number), assessed)
        await desk.settle()

    assert len([p for p in patches(desk, number) if "impact" in p]) == 4
    log = desk.intake.service.log
    rows = log.store.read(lambda reads: reads.events_after({f"security:{ours(number)}": 0}))
    assert [getattr(log.language.decode(row.raw).data, "rule", None) for row in rows] == ["psa-field-flips"]

    body = {"ticket": ours(number)}
    asked = await desk.http.post("/reconcile", json=body, headers=desk.authorised(Role.COORDINATOR))
    assert asked.json()["stopped"] == "impact"
    body_released = {**body, "release": True}
    released = await desk.http.post("/reconcile", json=body_released, headers=desk.authorised(Role.COORDINATOR))
    assert (released.json()["released"], released.json()["stopped"]) == (True, None)
    await desk.settle()
    assert desk.psa.state.record("ticket", number)["impact"] == "High"
    again = await desk.http.post("/reconcile", json=body_released, headers=desk.authorised(Role.COORDINATOR))
    assert again.json()["released"] is False
    every = await desk.http.post("/reconcile", json={"release": True}, headers=desk.authorised(Role.ADMIN))
    assert (every.status_code, every.json()["code"]) == (422, "invalid_field")


async def test_a_psa_that_is_away_gets_the_last_state_only(desk: Bench) -> None:
    number = desk.open_ticket()
    await desk.settle()
    desk.psa.faults.change({"api_server_error": 1.0})
    await record(desk, "triage", ours(number), d.Assigned(technician="mlopez", revision=1))
    await desk.settle()
    await record(desk, "triage", ours(number), d.Assigned(technician="asingh", revision=2))
    await desk.settle()
    assert (await desk.ticket(number)).triage.technician == "asingh"
    desk.psa.faults.reset()
    await desk.until_called()
    assert patches(desk, number) == [{"owner": {"id": 203}}]


async def test_what_a_person_changed_is_not_written_back_before_triage_has_answered(desk: Bench) -> None:
    number = desk.open_ticket()
    await desk.settle()
    desk.clock.advance()
    desk.jdoe.assign(number, "mlopez")
    desk.jdoe.change_priority(number, 6)
    await desk.deliver()
    await desk.gateway.reader.drain()
    await desk.intake.service.worker.turn(desk.kinds[0])
    await desk.settle()
    assert patches(desk, number) == []
    assert len(await desk.facts(number, "psa-synced")) == 0


async def test_what_we_do_not_understand_is_not_written_over(desk: Bench) -> None:
    await desk.publish({**status_map(), "priorities": {"6": "P1", "7": "P2", "8": "P3"}}, "3")
    number = desk.open_ticket(priority=8)
    await desk.settle()
    desk.clock.advance()
    desk.jdoe.change_priority(number, 9)
    await desk.settle()
    assert patches(desk, number) == []
    assert (await desk.ticket(number)).intake.psa_fields["priority"] == "psa:9"


async def test_enforce_mode_sets_the_status_back_once_and_accepts_the_second_close(desk: Bench) -> None:
    for hosted in desk.hosted.values():
        hosted.parts.policies.put("outside-mode", "2", {"default": "enforce", "clients": {}, "exempt_members": []})
    number = desk.open_ticket()
    await desk.settle()
    desk.clock.advance()
    desk.jdoe.close(number)
    await desk.settle()
    assert desk.psa.state.record("ticket", number)["status"]["id"] == 22
    assert [e.data.outcome for e in await desk.facts(number, "observation-ruled")][-1] == "contested"

    desk.clock.advance()
    desk.jdoe.close(number)
    await desk.settle()
    assert desk.psa.state.record("ticket", number)["status"]["id"] == 24
    assert status(await desk.ticket(number)) is Status.CLOSED


async def test_imported_history_leads_to_no_call(desk: Bench) -> None:
    await desk.poller.round()
    before = len(desk.psa.ledger.calls)
    fact = f.TicketOpened(
        kind="incident",
        profile="incident",
        client="cw-c250",
        channel="log",
        opened_at=desk.intake.service.log.clock.now(),
        problem="Old",
        instance=PSA,
        record="77",
    )
    context = DecisionContext(
        id=uuid4(),
        actor=Actor("person", "importer"),
        now=desk.intake.service.log.clock.now(),
        policies=desk.intake.parts.policies,
        mode="import",
        origin="import",
    )
    reply = ReplySent(message="m", author="human", audience="public", to_requester=True, channel="psa", text="Long ago")

    def decide(_state: Any, _context: DecisionContext) -> list[Draft]:
        return [Draft(data=fact), Draft(data=reply)]

    await desk.intake.service.command(Command(Stream.TICKETS, ours(77), decide, context))
    await desk.settle()
    assert len(desk.psa.ledger.calls) == before
    effects = desk.intake.service.log.store.execute(lambda c: c.execute("SELECT count(*) FROM effects").fetchone())
    assert effects == (0,)


async def test_a_text_whose_key_is_missing_is_waited_for_and_never_left_out(desk: Bench, database: str) -> None:
    ticket = str(uuid4())
    await record(desk, "intake", ticket, by_phone(desk), NoteAdded(note="n1", text="Rebooted it.", internal=True))
    ring = desk.intake.parts.ring
    assert isinstance(ring, PostgresKeyRing)
    ring.probe()
    with psycopg.connect(database, autocommit=True) as session:
        session.execute("CREATE TABLE keyring.aside AS TABLE keyring.keys")
        session.execute("TRUNCATE keyring.keys")
        ring.probe()
        await desk.settle()
        rows = session.execute("SELECT kind, state, detail FROM intake.effects ORDER BY kind").fetchall()
        assert [row[:2] for row in rows] == [("psa-create", "planned"), ("psa-note", "planned")]
        assert "missing from the key ring" in rows[0][2]
        assert not [t for t in desk.psa.state.table("ticket") if t.get("externalXRef") == ticket]
        session.execute("INSERT INTO keyring.keys TABLE keyring.aside")
    await desk.until_called()
    (created,) = [t for t in desk.psa.state.table("ticket") if t.get("externalXRef") == ticket]
    assert created["summary"] == "No network"
    assert [n["text"].splitlines()[0] for n in desk.psa.state.table("note") if n["ticketId"] == created["id"]]
