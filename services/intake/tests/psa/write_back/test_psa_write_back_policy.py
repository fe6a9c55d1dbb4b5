"""Policy `write-back`: nothing, notes or everything by instance, board and client; withheld calls are listed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from msgspec.structs import replace

from desk.contract.event import Actor, Draft, Payload, Stream
from desk.contract.streams.policies import PolicyPublished
from desk.contract.ticket.intake import facts as f
from desk.contract.ticket.intake.conversation import NoteAdded, ReplySent
from desk.contract.ticket.ticket import Status, status
from desk.contract.ticket.triage import dispatch as d
from desk.contract.ticket.triage import ends as en
from desk.decision.context import DecisionContext
from desk.decision.principal import Role
from desk.eventstore.table_writer import AppliedEvent
from desk.eventstore.unit_of_work.work_items import Command
from desk.policies.publishing import content_hash
from desk.testing.facts import event
from desk_deploy.testing.psa_bench import Bench, bench
from desk_deploy.testing.simulated_psa import PSA
from desk_docs.main import DOCS
from desk_intake.psa.ids import ticket_id
from desk_intake.psa.write_back.levels_in_force import KEPT
from desk_triage.main import TRIAGE

pytestmark = pytest.mark.postgres
CALLBACKS = "system/callbacks"


@pytest.fixture
async def observing(database: str) -> AsyncIterator[Bench]:
    """A new instance: no version of the policy was ever published."""
    async with bench(database, TRIAGE, DOCS, write_back=None) as found:
        yield found


def written(desk: Bench) -> list[tuple[str, str]]:
    """Every request to the PSA except reads and subscriptions: (method, path)."""
    calls = desk.psa.ledger.writes(member="DeskAPI")
    return [(call.method, call.path) for call in calls if CALLBACKS not in call.path]


def ours(number: int) -> str:
    return ticket_id(PSA, str(number))


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


async def publish(desk: Bench, content: dict[str, Any], version: str) -> None:
    """Publish a version of the policy, approved by two administrators, and replicate it to every service."""
    log = desk.intake.service.log
    data = PolicyPublished(
        policy="write-back",
        version=version,
        effective_from=log.clock.now(),
        content_hash=content_hash(content),
        content=content,
        by="ann",
        second="bob",
    )
    context = DecisionContext(
        id=uuid4(), actor=Actor("person", "ann"), now=log.clock.now(), policies=desk.intake.parts.policies
    )
    item = Command(Stream.POLICIES, "write-back", lambda _state, _context: [Draft(data=data)], context)
    await desk.intake.service.command(item)
    await desk.settle()


async def listed(desk: Bench, **filters: str) -> list[dict[str, Any]]:
    """The withheld calls, newest first."""
    answer = await asked(desk, "/would-write", Role.COORDINATOR, params=filters)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def asked(desk: Bench, path: str, role: Role, service: str = "intake", **more: Any) -> httpx.Response:
    transport = httpx.ASGITransport(desk.hosted[service].app)
    async with httpx.AsyncClient(transport=transport, base_url="http://desk") as http:
        return await http.request("POST" if "json" in more else "GET", path, headers=desk.authorised(role), **more)


def by_phone(desk: Bench, destination: str | None = f"{PSA}:1") -> f.TicketOpened:
    """Open a ticket in the desk."""
    return f.TicketOpened(
        kind="incident",
        profile="incident",
        client="cw-c250",
        channel="phone",
        opened_at=desk.intake.service.log.clock.now() - timedelta(milliseconds=1),
        problem="No network",
        contact="cw-p611",
        command="c1",
        destination=destination,
    )


async def every_kind_of_call(desk: Bench) -> int:
    """Cause every kind of call: creation, replies, notes, write-back, overruling, notices, merges."""
    number, other = desk.open_ticket(), desk.open_ticket("Printer")
    await desk.settle()
    ticket = ours(number)
    await record(desk, "triage", ticket, d.Assigned(technician="mlopez", revision=1))
    await record(desk, "intake", ticket, NoteAdded(note="n1", internal=True, text="look at the switch"))
    await record(desk, "intake", ticket, NoteAdded(note="n2", internal=False, text="we are on it"))
    await record(desk, "intake", ticket, ReplySent(
        message="m1", author="human", audience="public", to_requester=True, channel="psa", text="Hello"
    ))  # fmt: skip
    await record(desk, "intake", ticket, f.ProblemRestated(statement="VPN gateway down", text_hash="h"))
    await record(desk, "triage", ticket, en.Resolved(), cycle=1)
    await desk.settle()
    end = (await desk.ticket(number)).triage.end
    assert end is not None
    await record(desk, "triage", ticket, en.Reopened(undoes=end.id, cause="client"), cycle=2)
    desk.clock.advance()
    desk.jdoe.set_status(number, "closed")  # stale: the PSA never displayed cycle 2
    desk.jdoe.set_status(other, "closed")  # closed with every gate open: flag mode asks for a notice
    await record(desk, "intake", "phone", by_phone(desk))
    await record(desk, "intake", "phone", NoteAdded(note="n3", internal=True, text="by phone"))
    await desk.settle()
    await desk.poller.round()
    await desk.settle()
    desk.jdoe.merge(number, [other])
    await desk.settle()
    return number


async def test_a_new_instance_is_only_read_whatever_people_do_in_the_desk(observing: Bench) -> None:
    number = await every_kind_of_call(observing)
    assert written(observing) == []
    assert observing.intake.service.effects.listed() == []

    rows = await listed(observing)
    kinds = {(row["kind"], row["what"].get("of")) for row in rows}
    assert {
        ("psa-sync", None),
        ("psa-create", None),
        ("psa-note", "note-added"),
        ("psa-note", "reply-sent"),
        ("psa-note", "observation-ruled"),
        ("psa-note", "outside-closure-noticed"),
    } <= kinds
    mine = [row for row in rows if row["ticket_id"] == ours(number)]
    assert {row["what"]["fields"].get("technician") for row in mine if row["kind"] == "psa-sync"} == {"mlopez"}
    assert {(row["instance"], row["permits"]) for row in rows} == {(PSA, "nothing")}
    assert {row["board"] for row in rows} == {"1"}
    assert "Hello" not in str(rows) and "look at the switch" not in str(rows)
    assert mine[0]["why"].startswith("write-back permits nothing for cw, board 1, client cw-c250")


async def test_every_kind_of_call_asks_the_gate(observing: Bench) -> None:
    assert {kind.name for kind in observing.kinds} == {"psa-sync", "psa-create", "psa-note"}
    assert all(kind.withheld == observing.gateway.gate.withheld for kind in observing.kinds)
    planned = observing.gateway.planner.effects()
    assert observing.gateway.gate.effects().keys() == planned.keys()


async def test_the_same_difference_is_one_row_and_another_one_a_second(observing: Bench) -> None:
    number = observing.open_ticket()
    await observing.settle()
    ticket = ours(number)
    await record(observing, "triage", ticket, d.Assigned(technician="mlopez", revision=1))
    await record(observing, "triage", ticket, d.Assigned(technician="mlopez", revision=2))
    await observing.settle()
    assert len(await listed(observing, ticket=ticket)) == 1
    await record(observing, "triage", ticket, d.Assigned(technician="asingh", revision=3))
    await observing.settle()
    rows = await listed(observing, ticket=ticket)
    assert [row["what"]["fields"]["technician"] for row in rows] == ["asingh", "mlopez"]
    assert await listed(observing, client="cw-c251") == []
    assert len(await listed(observing, client="cw-c250", board="1")) == 2


async def test_a_version_that_comes_back_late_takes_away_rows_that_it_permitted(observing: Bench) -> None:
    number = observing.open_ticket()
    await observing.settle()
    await record(observing, "triage", ours(number), d.Assigned(technician="mlopez", revision=1))
    await record(observing, "intake", ours(number), NoteAdded(note="n1", internal=True, text="look"))
    await observing.settle()
    assert len(await listed(observing)) == 2
    an_hour_ago = observing.intake.service.log.clock.now() - timedelta(hours=1)
    published = PolicyPublished(
        policy="write-back",
        version="2",
        effective_from=an_hour_ago,
        content_hash="h",
        content={"default": "notes"},
        by="ann",
    )
    come_back = replace(event(published), recordedtime=an_hour_ago)
    (view,) = (view for view in observing.intake.service.log.store.views if view.name == "would-write")
    store = observing.intake.service.log.store
    change = AppliedEvent("policies:write-back", come_back, None, own=True)
    store.execute(lambda cursor: view.apply(cursor, [change]))
    assert [row["kind"] for row in await listed(observing)] == ["psa-sync"]


async def test_the_list_is_the_same_after_a_rebuild(observing: Bench) -> None:
    await every_kind_of_call(observing)
    before = sorted(await listed(observing), key=lambda row: row["id"])
    assert await observing.intake.service.rebuild("would-write") > 0
    after = sorted(await listed(observing), key=lambda row: row["id"])
    assert [{**row, "number": 0} for row in after] == [{**row, "number": 0} for row in before]


async def test_notes_lets_internal_notes_through_and_nothing_else(observing: Bench) -> None:
    observing.permit({"default": "notes"}, "2")
    await every_kind_of_call(observing)
    calls = written(observing)
    assert calls and all(method == "POST" and path.endswith("/notes") for method, path in calls)
    sent = [note["text"] for note in observing.psa.state.table("note")]
    assert any("look at the switch" in text for text in sent)
    assert any("reopened before this status was set" in text for text in sent)
    assert not any("we are on it" in text or "Hello" in text for text in sent)
    assert not any("was set back" in text for text in sent)
    assert {row["what"].get("note") for row in await listed(observing)} == {None, "public"}


NESTED = {"default": "nothing", "boards": {"1": "everything"}}
LEVELS: list[tuple[dict[str, Any], str]] = [
    ({"default": "everything"}, "everything"),
    ({"default": "nothing", "clients": {"cw-c250": "everything"}}, "everything"),
    ({"default": "nothing", "boards": {"1": "everything"}}, "everything"),
    ({"default": "nothing", "clients": {"cw-c250": NESTED}}, "everything"),
    ({"default": "nothing", "instances": {PSA: "notes"}}, "notes"),
    ({"default": "everything", "boards": {f"{PSA}:1": "notes"}}, "notes"),
    ({"default": "everything", "boards": {"1": "nothing"}, "clients": {"cw-c250": "notes"}}, "notes"),
    ({"default": "everything", "clients": {"cw-c250": "nothing"}}, "nothing"),
    ({"default": "everything", "instances": {PSA: "nothing"}}, "nothing"),
    ({"default": "everything", "instances": {"other": "nothing"}, "boards": {"1": "nothing"}}, "nothing"),
    ({"default": "nothing", "clients": {"cw-c251": "everything"}, "boards": {"2": "everything"}}, "nothing"),
]


async def test_the_most_specific_entry_applies(observing: Bench) -> None:
    for number_of, (content, level) in enumerate(LEVELS, start=2):
        observing.permit(content, str(number_of))
        observing.psa.ledger.clear()
        number = observing.open_ticket()
        await observing.settle()
        await record(observing, "intake", ours(number), NoteAdded(note=f"n{number}", internal=True, text="look"))
        await record(observing, "triage", ours(number), d.Assigned(technician="mlopez", revision=1))
        await observing.settle()
        methods = {method for method, _ in written(observing)}
        assert methods == {"nothing": set(), "notes": {"POST"}, "everything": {"POST", "PATCH"}}[level], content
        kinds = {row["kind"] for row in await listed(observing, ticket=ours(number))}
        expected = {"nothing": {"psa-note", "psa-sync"}, "notes": {"psa-sync"}, "everything": set[str]()}
        assert kinds == expected[level], content


async def test_a_move_to_a_board_that_may_not_be_written_is_withheld(observing: Bench) -> None:
    observing.permit({"default": "everything", "boards": {"2": "nothing"}}, "2")
    number = observing.open_ticket()
    await observing.settle()
    other = observing.psa_instance.access.statuses.board("2")
    assert other is not None and other.queue is not None
    await record(observing, "triage", ours(number), d.Queued(queue=other.queue, tier="tier2", revision=1))
    await observing.settle()
    assert written(observing) == []
    assert [row["board"] for row in await listed(observing)] == ["2"]


async def test_a_client_that_may_not_be_written_keeps_its_record_when_the_client_is_corrected(observing: Bench) -> None:
    observing.permit({"default": "everything", "clients": {"cw-c250": "nothing"}}, "2")
    number = observing.open_ticket()
    await observing.settle()
    await record(observing, "intake", ours(number), f.ClientCorrected(before="cw-c250", after="cw-c251", revision=1))
    await observing.settle()
    assert written(observing) == []


async def test_a_call_that_was_planned_is_not_made_once_the_level_fell(database: str) -> None:
    async with bench(database, TRIAGE, DOCS) as desk:
        number = desk.open_ticket()
        await desk.settle()
        desk.psa.faults.change({"api_server_error": 1.0})
        await record(desk, "triage", ours(number), d.Assigned(technician="mlopez", revision=1))
        await record(desk, "intake", ours(number), NoteAdded(note="n1", internal=True, text="look"))
        await desk.settle()
        assert {row.planned.state for row in desk.intake.service.effects.listed()} <= {"planned", "unknown"}
        desk.permit({"default": "nothing"}, "3")
        desk.psa.faults.change({"api_server_error": 0.0})
        await desk.until_called()
        assert written(desk) == []
        ended = desk.intake.service.effects.listed()
        assert {row.planned.state for row in ended} == {"superseded"}
        assert all(row.detail.startswith("write-back permits nothing for cw") for row in ended)
        rows = await listed(desk)
        assert {(row["kind"], row["ticket_id"]) for row in rows} == {
            ("psa-sync", ours(number)),
            ("psa-note", ours(number)),
        }
        await desk.intake.service.rebuild("would-write")
        assert len(await listed(desk)) == 2


async def test_switched_on_later_the_state_of_now_is_written_at_the_next_change_and_old_notes_are_not(
    observing: Bench,
) -> None:
    number = observing.open_ticket()
    await observing.settle()
    ticket = ours(number)
    await record(observing, "triage", ticket, d.Assigned(technician="mlopez", revision=1))
    await record(observing, "intake", ticket, NoteAdded(note="n1", internal=True, text="of the past"))
    await record(observing, "intake", "phone", by_phone(observing))
    await observing.settle()
    await publish(observing, {"default": "everything"}, "2")
    assert written(observing) == []

    await record(observing, "triage", ticket, d.Assigned(technician="asingh", revision=2))
    await record(observing, "intake", ticket, NoteAdded(note="n2", internal=True, text="of today"))
    await observing.settle()
    owners = [call.body for call in observing.psa.ledger.writes(member="DeskAPI") if call.method == "PATCH"]
    assert [[one["path"] for one in body] for body in owners] == [["owner"]]
    texts = [note["text"] for note in observing.psa.state.table("note")]
    assert any("of today" in text for text in texts) and not any("of the past" in text for text in texts)

    await record(observing, "intake", "phone", ReplySent(
        message="m1", author="human", audience="public", to_requester=True, channel="psa", text="Hello"
    ))  # fmt: skip
    await observing.until_called()
    created = [call for call in observing.psa.ledger.writes(member="DeskAPI", path="service/tickets")
               if call.method == "POST" and call.path.endswith("service/tickets")]  # fmt: skip
    assert len(created) == 1
    linked = await observing.by_id("phone")
    assert linked.intake.record is not None
    assert any("Hello" in note["text"] for note in observing.psa.state.table("note"))


async def test_a_message_that_the_client_would_not_get_is_refused_and_a_call_is_recorded(observing: Bench) -> None:
    number = observing.open_ticket()
    await observing.settle()
    path = f"/tickets/{ours(number)}"
    before = len(await observing.facts(number))
    refusals = [
        await asked(observing, f"{path}/reply", Role.TIER1, json={"cycle": 1, "text": "Hello"}),
        await asked(observing, f"{path}/note", Role.TIER1, json={"cycle": 1, "text": "Hello", "internal": False}),
    ]
    for answer in refusals:
        problem = answer.json()
        assert (answer.status_code, problem["code"]) == (409, "write_back_off")
        assert (problem["setting"], problem["permits"], problem["needs"]) == ("write-back", "nothing", "everything")
        assert (problem["instance"], problem["changed_by"]) == (PSA, "administrator")
        assert "desk policy publish write-back" in problem["remedy"]
    assert len(await observing.facts(number)) == before

    for body in ({"cycle": 1, "text": "Called back", "channel": "phone"},):
        answer = await asked(observing, f"{path}/reply", Role.TIER1, json=body)
        assert answer.status_code == 200, answer.text
    note = await asked(observing, f"{path}/note", Role.TIER1, json={"cycle": 1, "text": "for us"})
    assert note.status_code == 200, note.text
    await observing.settle()
    assert [e.data.channel for e in await observing.facts(number, "reply-sent")] == ["phone"]
    assert written(observing) == []


async def test_a_ticket_that_is_to_be_created_in_the_psa_has_no_other_channel(observing: Bench) -> None:
    observing.open_ticket()
    await observing.settle()
    answer = await asked(
        observing,
        "/tickets",
        Role.TIER1,
        json={"client": "cw-c250", "problem": "No network", "contact": "cw-p611", "not_a_duplicate": "another one"},
    )
    assert answer.status_code == 201, answer.text
    ticket = answer.json()["subject"]
    assert (await observing.by_id(ticket)).intake.destination == f"{PSA}:1"
    answer = await asked(observing, f"/tickets/{ticket}/reply", Role.TIER1, json={"cycle": 1, "text": "Hello"})
    assert answer.json()["code"] == "write_back_off"


async def test_a_summary_that_docs_accepted_is_not_delivered_where_nothing_may_be_written(database: str) -> None:
    async with bench(database, TRIAGE, DOCS) as desk:
        from desk.contract.ticket.docs import client as cl

        number = desk.open_ticket()
        await desk.settle()
        desk.intake.parts.policies.put("write-back", "3", {"default": "notes"})
        written_here = cl.ClientSummaryWritten(rev=1, audience="requester", text="All is well", text_hash="h")
        await record(desk, "docs", ours(number), written_here, cycle=1)
        await desk.settle()
        assert await desk.facts(number, "reply-sent") == []
        assert written(desk) == []


async def test_an_instance_that_wrote_before_the_policy_existed_goes_on_and_says_so(database: str) -> None:
    async with bench(database, TRIAGE) as desk:
        number = desk.open_ticket()
        await desk.settle()
        await record(desk, "triage", ours(number), d.Assigned(technician="mlopez", revision=1))
        await desk.settle()
        assert len(written(desk)) == 1
    async with bench(database, TRIAGE, write_back=None) as desk:
        assert list(desk.gateway.levels.kept) == [PSA]
        await desk.gateway.prior_writes.start()
        await desk.settle()
        for hosted in desk.hosted.values():
            book = hosted.parts.policies
            assert book.version("write-back") == KEPT
            assert book.get("write-back") == {"default": "nothing", "instances": {PSA: "everything"}}
        (said,) = (await asked(desk, "/status", Role.ADMIN)).json()["write_back"]
        assert said["level"] == "everything" and "before policy write-back existed" in said["says"]
        desk.permit({"default": "nothing"}, "2")
        number = desk.open_ticket()
        await desk.settle()
        await record(desk, "triage", ours(number), d.Assigned(technician="mlopez", revision=1))
        await desk.settle()
        assert written(desk) == []


async def test_a_store_that_only_read_is_no_instance_that_wrote(database: str) -> None:
    async with bench(database, TRIAGE, write_back=None) as desk:
        desk.open_ticket()
        await desk.settle()
    async with bench(database, TRIAGE, write_back=None) as desk:
        await desk.gateway.prior_writes.start()
        assert list(desk.gateway.levels.kept) == []
        assert desk.intake.parts.policies.version("write-back") == "1"


async def test_observing_follows_what_people_do_in_the_psa(observing: Bench) -> None:
    number = observing.open_ticket(priority=7)
    await observing.settle()
    for name in ("open", "waiting-client", "open", "resolved", "closed"):
        observing.clock.advance()
        observing.jdoe.set_status(number, name)
        await observing.settle()
    assert status(await observing.ticket(number)) is Status.CLOSED
    await asyncio.sleep(0)
    assert written(observing) == []


async def test_every_screen_says_what_is_written_where(observing: Bench) -> None:
    number = observing.open_ticket()
    await observing.settle()
    says = f"observing: nothing is written to {PSA}"
    (row,) = (await asked(observing, "/status", Role.ADMIN)).json()["write_back"]
    assert (row["instance"], row["level"], row["says"]) == (PSA, "nothing", says)
    assert (await asked(observing, "/health/ready", Role.ADMIN)).json()["notes"]["write-back"] == says
    assert says in (await asked(observing, "/api", Role.ADMIN)).text
    for service in ("intake", "triage", "docs"):
        ticket_json = (await asked(observing, f"/tickets/{ours(number)}", Role.TIER1, service)).json()
        assert ticket_json["write_back"] == {"instance": PSA, "level": "nothing", "says": says}
    observing.permit({"default": "notes", "clients": {"cw-c250": "everything"}}, "2")
    (row,) = (await asked(observing, "/status", Role.ADMIN)).json()["write_back"]
    assert row["exceptions"] == {"client cw-c250": "everything"}
    ticket_json = (await asked(observing, f"/tickets/{ours(number)}", Role.TIER1)).json()
    assert ticket_json["write_back"]["level"] == "everything"
