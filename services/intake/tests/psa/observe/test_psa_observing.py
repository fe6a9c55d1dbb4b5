"""Transitions in the PSA become facts: each once, in order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from desk.contract.event import Sealed, Stream
from desk.decision.principal import Role
from desk_deploy.testing.psa_bench import Bench, bench
from desk_deploy.testing.simulated_psa import PSA
from desk_intake.psa.ids import ticket_id
from desk_intake.psa.observe.status_remap import Remapper
from desk_simulators.connectwise import writes
from desk_simulators.connectwise.status_map import status_map

pytestmark = pytest.mark.postgres


@pytest.fixture
async def desk(database: str) -> AsyncIterator[Bench]:
    async with bench(database) as found:
        yield found


async def test_a_ticket_of_the_psa_is_created_with_contract_link_and_first_observation(desk: Bench) -> None:
    number = desk.open_ticket(priority=7, impact="High")
    await desk.settle()

    names = [event.data.name for event in await desk.facts(number)]
    assert names == ["ticket-opened", "client-tier-captured", "psa-linked", "psa-observed"]
    ticket = await desk.ticket(number)
    assert ticket.intake.tier is not None
    assert (ticket.intake.client, ticket.intake.contact, ticket.intake.tier.tier) == ("cw-c250", "cw-p611", "gold")
    assert ticket.intake.psa_fields["priority"] == "P2"
    assert (await desk.observed(number))[0].changed["status"].after == "15"


async def test_every_transition_is_observed_once_in_the_order_in_which_it_happened(desk: Bench) -> None:
    number = desk.open_ticket()
    await desk.settle()
    for status in ("open", "waiting-client", "resolved"):
        desk.clock.advance()
        desk.jdoe.set_status(number, status)
        await desk.settle()
        await desk.settle()

    seen = await desk.observed(number)
    assert [(o.source_seq, o.status_class) for o in seen] == [
        (1, "new"),
        (2, "open"),
        (3, "waiting-client"),
        (4, "resolved"),
    ]
    assert all(o.psa_actor == "psa-member:jdoe" for o in seen)


async def test_quick_transitions_are_not_lost_when_the_record_is_read_later(desk: Bench) -> None:
    number = desk.open_ticket()
    for status in ("open", "closed", "open"):
        desk.clock.advance()
        desk.jdoe.set_status(number, status)
    await desk.settle()

    seen = await desk.observed(number)
    assert [o.status_class for o in seen] == ["new", "open", "closed", "open"]
    assert [o.via for o in seen] == ["body", "body", "body", "webhook"]


async def test_only_what_changed_is_named(desk: Bench) -> None:
    number = desk.open_ticket()
    await desk.settle()
    desk.clock.advance()
    desk.jdoe.assign(number, "mlopez")
    desk.jdoe.change_priority(number, 6)
    await desk.settle()

    last = (await desk.observed(number))[-1]
    assert {name: (c.before, c.after) for name, c in last.changed.items()} == {
        "technician": (None, "mlopez"),
        "priority": ("P3", "P1"),
    }
    assert last.status_class == "none"


async def test_a_late_body_is_history_and_changes_no_current_field(desk: Bench) -> None:
    number = desk.open_ticket()
    await desk.settle()
    desk.clock.advance()
    desk.jdoe.set_status(number, "waiting-client")
    late = desk.psa.queue.pop()
    desk.clock.advance()
    desk.jdoe.set_status(number, "open")
    await desk.settle()
    assert late is not None
    assert (await desk.post(late.body)).status_code == 202
    await desk.settle()

    seen = await desk.observed(number)
    assert [(o.via, o.status_class) for o in seen] == [
        ("webhook", "new"),
        ("webhook", "open"),
        ("history", "waiting-client"),
    ]
    assert (await desk.ticket(number)).intake.psa_fields["status"] == "16"


async def test_a_replay_is_answered_and_read_at_most_once(desk: Bench) -> None:
    desk.open_ticket()
    message = desk.psa.queue.pop()
    assert message is not None
    answers = [await desk.post(message.body) for _ in range(3)]
    assert [answer.json()["receipt"] for answer in answers] == ["stored", "known", "known"]
    await desk.settle()
    reads = desk.psa.ledger.find("GET", f"service/tickets/{message.record_id}")
    assert len([call for call in reads if not call.path.endswith("notes")]) == 1


async def test_a_status_without_a_class_is_kept_and_gets_it_when_the_map_is_published(desk: Bench) -> None:
    await desk.publish(status_map(without=(21,)), "3")
    number = desk.open_ticket()
    desk.clock.advance()
    desk.jdoe.set_status(number, 21)
    await desk.settle()
    assert [o.status_class for o in await desk.observed(number)][-1] == "unmapped"
    assert await desk.gateway.rounds[PSA].remap() == 0

    await desk.publish(status_map(), "4")
    assert await desk.gateway.rounds[PSA].remap() == 1
    assert await desk.gateway.rounds[PSA].remap() == 0
    mapped = (await desk.facts(number, "psa-status-mapped"))[0].data
    assert (mapped.status_class, mapped.mapping_version) == ("waiting-internal", "4")


async def test_a_board_out_of_scope_takes_the_ticket_away_and_brings_it_back(desk: Bench) -> None:
    number = desk.open_ticket()
    await desk.settle()
    await desk.publish({**status_map(), "out_of_scope_boards": ["2"]}, "3")
    desk.clock.advance()
    desk.jdoe.move_board(number, "Network")
    await desk.settle()
    assert (await desk.ticket(number)).intake.gone == "out-of-scope"

    desk.clock.advance()
    desk.jdoe.move_board(number, "Help Desk")
    await desk.settle()
    assert (await desk.ticket(number)).intake.gone is None


async def test_a_status_out_of_scope_takes_the_ticket_away_and_another_brings_it_back(desk: Bench) -> None:
    number = desk.open_ticket()
    await desk.settle()
    for episode, away, back in ((1, "Out of Scope", "In Progress"), (2, "Out of Scope", "Closed")):
        desk.clock.advance()
        desk.jdoe.set_status(number, away)
        await desk.settle()
        gone = (await desk.facts(number, "psa-gone"))[-1].data
        assert (gone.reason, gone.proof, gone.episode) == ("out-of-scope", ("status 26",), episode)
        assert (await desk.ticket(number)).intake.gone == "out-of-scope"
        assert desk.psa.state.record("ticket", number)["status"]["name"] == away, (
            "nothing is written to a record that is out of scope"
        )
        desk.clock.advance()
        desk.jdoe.set_status(number, back)
        await desk.settle()
        assert (await desk.ticket(number)).intake.gone is None
    assert [o.status_class for o in await desk.observed(number)] == ["new", "open", "closed"]


async def test_a_record_that_is_out_of_scope_from_the_start_gets_no_ticket_until_it_is_not(desk: Bench) -> None:
    number = desk.open_ticket(status="Out of Scope")
    await desk.settle()
    assert await desk.facts(number, "ticket-opened") == []
    desk.clock.advance()
    desk.jdoe.set_status(number, "In Progress")
    await desk.settle()
    assert len(await desk.facts(number, "ticket-opened")) == 1


async def test_a_deleted_record_is_gone_after_a_second_look_and_a_list(desk: Bench) -> None:
    number = desk.open_ticket()
    await desk.settle()
    desk.jdoe.delete(number)
    await desk.settle()

    gone = (await desk.facts(number, "psa-gone"))[0].data
    assert (gone.reason, len(gone.proof)) == ("deleted", 3)
    reads = [call.status for call in desk.psa.ledger.find("GET", f"service/tickets/{number}") if call.status == 404]
    assert len(reads) >= 2


async def test_what_a_person_changes_about_caller_and_problem_holds_here_too(desk: Bench) -> None:
    number = desk.open_ticket()
    await desk.settle()
    desk.clock.advance()
    desk.jdoe.change_summary(number, "VPN drops every hour")
    desk.jdoe._set(number, contact={"id": 612})
    await desk.settle()

    ticket = await desk.ticket(number)
    assert ticket.intake.contact == "cw-p612"
    assert desk.intake.parts.unseal(ticket.intake.problem) == "VPN drops every hour"


async def test_notes_become_what_the_client_said_what_was_answered_and_what_was_noted(desk: Bench) -> None:
    number = desk.open_ticket(description="Nobody can connect.")
    await desk.settle()
    desk.clock.advance()
    desk.jdoe.add_note(number, "Still broken", contact=611)
    desk.jdoe.add_note(number, "Please try again")
    desk.jdoe.add_note(number, "Tunnel key expired", kind="internal")
    await desk.settle()
    await desk.settle()

    said = [e.data for e in await desk.facts(number) if e.data.name in ("client-replied", "reply-sent", "note-added")]
    assert [fact.name for fact in said] == ["note-added", "client-replied", "reply-sent", "note-added"]
    assert (said[2].author, said[2].to_requester) == ("human", True)


async def test_time_entries_are_observed_changed_and_taken_back(desk: Bench) -> None:
    number = desk.open_ticket()
    entry = desk.jdoe.add_time(number, "2026-01-15T13:00:00Z", "2026-01-15T13:30:00Z", "Worked")
    await desk.settle()
    desk.clock.advance()
    writes.delete(desk.psa.state, "time", entry["id"], desk.jdoe.actor)
    await desk.settle()

    times = [e.data for e in await desk.facts(number, "psa-time-observed")]
    assert [(t.technician, t.gone) for t in times] == [("jdoe", False), (None, True)]


async def test_a_contact_who_left_is_revoked_on_every_open_ticket_of_theirs(desk: Bench) -> None:
    first, second = desk.open_ticket("one"), desk.open_ticket("two")
    await desk.settle()
    desk.clock.advance()
    leave = [{"op": "replace", "path": "inactiveFlag", "value": True}]
    writes.patch(desk.psa.state, "contact", 611, leave, desk.jdoe.actor)
    await desk.settle()

    for number in (first, second):
        revoked = await desk.facts(number, "caller-revoked")
        assert [(e.data.contact, e.data.source) for e in revoked] == [("cw-p611", "psa")]


async def test_lost_callbacks_are_found_by_reconciliation_with_what_was_in_between(desk: Bench) -> None:
    number = desk.open_ticket()
    await desk.settle()
    await desk.poller.round()
    desk.psa.faults.change({"callbacks_lost": 1.0})
    for status in ("open", "closed", "open"):
        desk.clock.advance()
        desk.jdoe.set_status(number, status)
    assert await desk.deliver() == 0
    await desk.poller.round()
    before = len(await desk.observed(number))
    await desk.poller.round()

    seen = await desk.observed(number)
    assert [o.status_class for o in seen] == ["new", "open", "closed", "open"]
    assert len(seen) == before


async def test_a_deletion_without_a_callback_is_found_by_the_slow_round(desk: Bench) -> None:
    number = desk.open_ticket()
    await desk.settle()
    desk.psa.faults.change({"callbacks_lost": 1.0})
    desk.jdoe.delete(number)
    result = await desk.poller.round(sweep=True)
    assert result.missing == 1
    assert (await desk.ticket(number)).intake.gone == "deleted"


async def test_a_callback_that_was_switched_off_is_switched_on_again_and_said(desk: Bench) -> None:
    await desk.poller.round()
    entry = next(iter(desk.psa.state.table("callback")))
    desk.psa.state.table("callback").put({**entry, "inactiveFlag": True})
    await desk.poller.round()
    assert not desk.psa.state.record("callback", entry["id"])["inactiveFlag"]
    log = desk.intake.service.log
    rows = log.store.read(lambda reads: reads.events_after({"ops:intake": 0}))
    names = [row.topic.split(".")[2] for row in rows]
    assert names == ["reconciliation-completed", "hook-disabled", "hook-rearmed"]


async def test_a_psa_that_is_away_loses_nothing(desk: Bench) -> None:
    number = desk.open_ticket()
    await desk.deliver()
    desk.psa.faults.change({"api_server_error": 1.0})
    await desk.gateway.reader.drain()
    desk.psa.faults.reset()
    await desk.poller.round()
    assert [o.status_class for o in await desk.observed(number)] == ["new"]


async def test_a_published_map_is_taken_in_at_once(desk: Bench) -> None:
    remapper = Remapper(desk.gateway.rounds, desk.intake.parts)
    await remapper.start()
    await desk.publish(status_map(without=(21,)), "3")
    number = desk.open_ticket()
    desk.clock.advance()
    desk.jdoe.set_status(number, 21)
    await desk.settle()

    headers = desk.authorised(Role.ADMIN)
    body = {"version": "4", "content": status_map()}
    answer = await desk.http.post("/policies/status-map", json=body, headers=headers)
    assert answer.is_success, answer.text
    for _ in range(100):
        if await desk.facts(number, "psa-status-mapped"):
            break
        await asyncio.sleep(0.05)
    await remapper.stop()
    assert (await desk.facts(number, "psa-status-mapped"))[0].data.status_class == "waiting-internal"


async def test_reconcile_of_one_ticket_lists_differences_and_their_owners(desk: Bench) -> None:
    number = desk.open_ticket()
    await desk.settle()
    desk.psa.faults.change({"callbacks_lost": 1.0})
    desk.clock.advance()
    desk.jdoe.set_status(number, "open")
    headers = desk.authorised(Role.COORDINATOR)
    answer = await desk.http.post("/reconcile", json={"ticket": ticket_id(PSA, str(number))}, headers=headers)
    assert answer.json() | {"ticket": ""} == {
        "ticket": "", "record": str(number), "changed": 1, "gone": False, "differences": [], "stopped": None,
    }  # fmt: skip


async def test_reconcile_of_everything_counts(desk: Bench) -> None:
    desk.open_ticket()
    answer = await desk.http.post("/reconcile", json={}, headers=desk.authorised(Role.ADMIN))
    assert (answer.json()["instances"], answer.json()["read"], answer.json()["failed"]) == ([PSA], 1, 0)


async def test_reconcile_refuses_strangers_and_unknown_tickets(desk: Bench) -> None:
    assert (await desk.http.post("/reconcile", json={})).status_code == 401
    assert (await desk.http.post("/reconcile", json={}, headers=desk.authorised(Role.TIER1))).status_code == 403
    answer = await desk.http.post("/reconcile", json={"ticket": "nope"}, headers=desk.authorised(Role.ADMIN))
    assert answer.json()["code"] == "unknown_ticket"


async def test_clients_people_agreements_and_devices_are_recorded_in_the_first_round(desk: Bench) -> None:
    await desk.poller.round()
    service = desk.intake.service
    client = (await service.replica(Stream.CLIENTS, "cw-c250")).state
    assert client.tier(desk.intake.service.log.clock.now()) == "gold"
    assert client.devices["cw-d701"].asset_class == "workstation"
    assert list(client.agreements) == ["cw-a31"]
    assert (await service.replica(Stream.PEOPLE, "cw-p613")).state.contact.terminated == "psa"
    assert (await service.replica(Stream.PEOPLE, "cw-m201")).state.staff.psa_member == "jdoe"
    assert (await service.replica(Stream.PEOPLE, "cw-m243")).state.staff.psa_member is None


async def test_a_second_round_records_nothing(desk: Bench) -> None:
    await desk.poller.round()
    before = desk.intake.service.log.store.read(lambda reads: reads.totals())
    await desk.poller.round()
    assert desk.intake.service.log.store.read(lambda reads: reads.totals()) == before


async def test_a_changed_number_and_a_moved_device_are_noticed(desk: Bench) -> None:
    await desk.poller.round()
    desk.clock.advance()
    items = [dict(item) for item in desk.psa.state.record("contact", 611)["communicationItems"]]
    items[1]["value"] = "+15550199999"
    change = [{"op": "replace", "path": "communicationItems", "value": items}]
    writes.patch(desk.psa.state, "contact", 611, change, desk.jdoe.actor)
    move = [{"op": "replace", "path": "company", "value": {"id": 251}}]
    writes.patch(desk.psa.state, "configuration", 701, move, desk.jdoe.actor)
    await desk.settle()
    service = desk.intake.service
    assert (await service.replica(Stream.PEOPLE, "cw-p611")).state.contact.numbers_changed is not None
    assert "cw-d701" not in (await service.replica(Stream.CLIENTS, "cw-c250")).state.devices
    assert "cw-d701" in (await service.replica(Stream.CLIENTS, "cw-c251")).state.devices


async def test_the_psa_s_own_sla_figures_come_with_what_was_observed(desk: Bench) -> None:
    number = desk.open_ticket(priority=7)
    await desk.settle()
    desk.clock.advance(20 * 60)
    desk.jdoe.set_status(number, "Assigned")
    await desk.settle()

    born, answered = [o.service_level for o in await desk.observed(number)]
    assert (born.sla, born.in_sla, born.goals[0].minutes, born.goals[0].answered) == ("3", True, 0, None)
    response = next(goal for goal in answered.goals if goal.goal == "response")
    assert (response.minutes, response.answered) == (20, desk.clock().replace(microsecond=0))
    assert isinstance(answered.title, Sealed)
