"""Pages at a simulated PagerDuty, on real PostgreSQL: sent once, followed, escalated, acknowledged, withdrawn."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from desk.contract.event import Actor, Draft, Event
from desk.contract.ticket.intake.facts import TicketOpened
from desk.contract.ticket.triage import escalation as es
from desk.contract.ticket.triage.ends import Resolved
from desk.decision.planning import OutboundCall, Outcome
from desk.decision.principal import Role
from desk.service.merged_integrations import merge
from desk.testing.controls import ready_for_work
from desk.testing.given import Story
from desk.testing.served import Served, served
from desk_deploy.testing.evidence_bench import calls_of, generous
from desk_integrations.evidence.collector import Collector
from desk_integrations.instances.document import Instances
from desk_simulators.pagerduty import PagerDutySimulator
from desk_simulators.pagerduty.seed import NETWORK, ROUTING_KEYS, TIER2, user_id
from desk_simulators.pagerduty.webhooks import SIGNATURE_HEADER, payload, signature
from desk_triage.main import TRIAGE
from desk_triage.paging.calls import APPEARS, PagingCalls, new_page
from desk_triage.paging.composition import paging
from desk_triage.paging.planning import decode, effects

pytestmark = pytest.mark.postgres
PAGER, TICKET, SECRET, PERSON = "pager", "t-1", "webhook-secret", user_id("mlopez")
ENV = {
    "API_KEY": "simulated-api-key",
    "TIER2": ROUTING_KEYS[TIER2],
    "COORDINATOR": ROUTING_KEYS[NETWORK],
    "HOOK": SECRET,
}
INSTANCES = generous(
    {
        "id": PAGER,
        "kind": "paging",
        "vendor": "pagerduty",
        "credentials": {"api_key": "env:API_KEY"},
        "webhook": {"header": SIGNATURE_HEADER, "secrets": ["env:HOOK"]},
        "settings": {
            "address": "https://api.eu.pagerduty.com",
            "targets": {
                "tier2": {"service": TIER2, "routing_key": "env:TIER2"},
                "coordinator": {"service": NETWORK, "routing_key": "env:COORDINATOR"},
            },
        },
    }
)


@dataclass
class Bench:
    """The desk with an open P1 ticket, and its pager."""

    desk: Served
    pager: PagerDutySimulator

    async def page(self, *roles: Role) -> str:
        """Page over HTTP; the id of the page."""
        answer = await self.desk.post(f"/tickets/{TICKET}/page", {"cycle": 1}, *roles or (Role.COORDINATOR,))
        assert answer.status_code == 200, answer.text
        return str(next(reversed((await self.desk.ticket(TICKET)).triage.pages)))

    async def events(self) -> list[Event]:
        """The facts of pages, in order."""
        log = self.desk.service.log
        rows = await asyncio.to_thread(log.store.read, lambda reads: reads.events_after({TICKET: 0}))
        return [one for one in (log.language.decode(row.raw) for row in rows) if one.data.name.startswith("page-")]

    async def until(self, *names: str) -> list[Event]:
        """The facts of pages, once they are these. AssertionError after fifteen seconds."""
        for _ in range(300):
            found = await self.events()
            if [event.data.name for event in found] == list(names):
                return found
            await asyncio.sleep(0.05)
        raise AssertionError(f"{[event.data.name for event in found]}, not {list(names)}; calls: {self.calls()}")

    async def until_incidents(self, *statuses: str) -> None:
        """Waits until the vendor's incidents have these states, oldest first."""
        for _ in range(300):
            if (found := [one["status"] for one in self.incidents()]) == list(statuses):
                return
            await asyncio.sleep(0.05)
        raise AssertionError(f"incidents are {found}, not {list(statuses)}; calls: {self.calls()}")

    async def until_calls(self, *expected: tuple[str, str]) -> None:
        """Waits until the calls of the ledger are of these parts and in these states."""
        wanted = [(f"paging/{PAGER}/{part}", state) for part, state in expected]
        for _ in range(300):
            if [(kind, state) for kind, state, _ in self.calls()] == wanted:
                return
            await asyncio.sleep(0.05)
        raise AssertionError(f"calls are {self.calls()}, not {wanted}")

    async def until_tried(self, part: str) -> None:
        """Waits until the call of this part was made, and is to be made again."""
        for _ in range(300):
            query = "SELECT count(*) FROM effects WHERE kind = 'paging/pager/PART' AND tries > 0 AND state = 'planned'"
            if self.sql(query.replace("PART", part)) == [(1,)]:
                return
            await asyncio.sleep(0.05)
        raise AssertionError(f"{part} was not tried; calls: {self.calls()}")

    def calls(self) -> list[tuple[str, str, str]]:
        """Kind, state and detail of each call, oldest first."""
        return calls_of(self.desk)

    def sql(self, statement: str) -> list[tuple[Any, ...]]:
        def work(cursor: Any) -> list[tuple[Any, ...]]:
            found = cursor.execute(statement.encode())
            return list(found.fetchall()) if found.description else []

        return self.desk.service.log.store.execute(work)

    def incidents(self) -> list[dict[str, Any]]:
        """The vendor's incidents of our pages, oldest first."""
        return [one for one in self.pager.pager.incidents() if str(one["incident_key"]).startswith("desk-")]

    def sent(self) -> int:
        """The events that the vendor accepted."""
        return len(self.pager.ledger.find("POST", "v2/enqueue", status=202))

    async def stop(self, which: str = "paging") -> None:
        assert (await self.desk.post("/effect-stops", {"kind": which}, Role.ADMIN)).status_code == 200

    async def start(self, which: str = "paging") -> None:
        assert (await self.desk.post("/effect-starts", {"kind": which}, Role.ADMIN)).status_code == 200

    async def callback(self, secret: str = SECRET, instance: str = PAGER) -> Any:
        """A webhook of the vendor about its newest incident, signed with this secret."""
        state, incident = self.pager.state, self.incidents()[-1]
        person = state.reference("user", state.row("user", PERSON)["record"])
        event = payload(state, "incident.acknowledged", incident, person, "01G3PQ97QLWWR8SGW2AT6K18H0")
        body = json.dumps(event).encode()
        headers = {SIGNATURE_HEADER: signature(body, secret), "content-type": "application/json"}
        return await self.desk.http.post(f"/paging/{instance}/callbacks", content=body, headers=headers)


@asynccontextmanager
async def benched(database: str, calls: type[PagingCalls] = PagingCalls) -> AsyncIterator[Bench]:
    pager = PagerDutySimulator(mode="manual")
    collector = Collector("triage", (), INSTANCES, transport=pager.transport(), env=ENV)
    composed = replace(TRIAGE, integrations=lambda *_: merge((collector.integrations(), paging(collector, calls))))
    async with served(database, composed, "intake") as desk:
        opened = TicketOpened(
            kind="incident",
            profile="incident",
            client="acme",
            channel="phone",
            opened_at=datetime.now(UTC),
            problem="All sites are down",
            command=TICKET,
        )
        await desk.say(TICKET, opened)
        urgent = {"impact": "high", "urgency": "high", "evidence": "three sites report it"}
        answer = await desk.post(f"/tickets/{TICKET}/assess-priority", {"cycle": 1, **urgent})
        assert answer.status_code == 200, answer.text
        yield Bench(desk, pager)


@pytest.fixture
async def bench(database: str) -> AsyncIterator[Bench]:
    async with benched(database) as found:
        yield found


async def test_a_page_is_sent_followed_and_acknowledged_by_the_person_at_the_vendor(bench: Bench) -> None:
    bench.pager.state.behaviour.notifies = False
    refused = await bench.desk.post(f"/tickets/{TICKET}/page", {"cycle": 1}, Role.TIER2)
    assert (refused.status_code, refused.json()["code"]) == (409, "not_at_risk")
    page = await bench.page()
    _requested, sent = await bench.until("page-requested", "page-sent")
    assert sent.data == es.PageSent(page=page, level=1, vendor_key=f"desk-{page}-1")
    again = await bench.desk.post(f"/tickets/{TICKET}/page", {"cycle": 1}, Role.COORDINATOR)
    assert (again.status_code, again.json()["code"], again.json()["page"]) == (409, "page_open", page)
    (incident,) = bench.incidents()
    assert (incident["title"], incident["urgency"]) == ("P1: All sites are down", "high")
    await bench.until_calls(("send", "done"), ("follow", "planned"))

    bench.pager.pager.notify(incident["id"], "sms", "success")
    assert (await bench.callback()).json() == {"lookup": "due"}
    await bench.until("page-requested", "page-sent", "page-delivered")
    bench.pager.pager.acknowledge(incident["id"], PERSON)
    assert (await bench.callback()).status_code == 202
    *_, answer = await bench.until("page-requested", "page-sent", "page-delivered", "page-acknowledged")
    assert (answer.data, answer.actor) == (es.PageAcknowledged(page=page, level=1, by=PERSON), "service:triage")
    await bench.until_calls(("send", "done"), ("follow", "done"))

    judged = {"cycle": 1, "page": page, "verdict": "needed"}
    assert (await bench.desk.post(f"/tickets/{TICKET}/judge-page", judged, Role.ON_CALL)).status_code == 200
    assert (await bench.desk.ticket(TICKET)).triage.pages[page].verdict == "needed"
    assert bench.sent() == 1


async def test_a_page_that_its_person_resolves_at_once_is_acknowledged_by_that_person(bench: Bench) -> None:
    bench.pager.state.behaviour.notifies = False
    page = await bench.page()
    await bench.until("page-requested", "page-sent")
    await bench.until_calls(("send", "done"), ("follow", "planned"))
    bench.pager.pager.resolve(bench.incidents()[0]["id"], PERSON)
    assert (await bench.callback()).status_code == 202
    *_, answer = await bench.until("page-requested", "page-sent", "page-acknowledged")
    assert answer.data == es.PageAcknowledged(page=page, level=1, by=PERSON)
    assert bench.sql("SELECT count(*) FROM timers WHERE timer = 'page-level'") == [(0,)]


async def test_a_callback_that_is_not_the_vendors_is_refused(bench: Bench) -> None:
    bench.pager.state.behaviour.notifies = False
    await bench.page()
    await bench.until("page-requested", "page-sent")
    forged = await bench.callback("another secret")
    assert (forged.status_code, forged.json()["code"]) == (401, "signature_wrong")
    stray = await bench.callback(instance="nobody")
    assert (stray.status_code, stray.json()["code"]) == (403, "unknown_vendor_instance")


async def test_a_silent_level_pages_the_next_and_an_answer_by_hand_is_passed_on(bench: Bench) -> None:
    bench.pager.state.behaviour.notifies = False
    page = await bench.page()
    await bench.until("page-requested", "page-sent")
    bench.sql("UPDATE timers SET due = now() WHERE timer = 'page-level'")
    found = await bench.until("page-requested", "page-sent", "page-escalated", "page-requested", "page-sent")
    assert [event.data for event in found[2:4]] == [
        es.PageEscalated(page=page, level=1),
        es.PageRequested(page=page, level=2, schedule="coordinator", reason="not-acknowledged", instance=PAGER),
    ]
    assert [one["service"]["id"] for one in bench.incidents()] == [TIER2, NETWORK]
    answer = await bench.desk.post(f"/tickets/{TICKET}/acknowledge", {"cycle": 1}, Role.ON_CALL, by="olga")
    assert answer.status_code == 200, answer.text
    await bench.until_incidents("resolved", "acknowledged")
    assert bench.sql("SELECT count(*) FROM timers WHERE timer = 'page-level'") == [(0,)]
    assert [event.data.name for event in await bench.events()].count("page-acknowledged") == 1


async def test_an_acknowledgement_waits_until_the_vendor_has_processed_the_page(bench: Bench) -> None:
    bench.pager.state.behaviour.processes_at_once = False
    await bench.page()
    await bench.until("page-requested", "page-sent")
    answer = await bench.desk.post(f"/tickets/{TICKET}/acknowledge", {"cycle": 1}, Role.ON_CALL, by="olga")
    assert answer.status_code == 200, answer.text
    await bench.until_tried("end")
    bench.pager.pager.process()
    bench.pager.state.behaviour.processes_at_once = True
    await bench.stop(f"paging/{PAGER}/end")
    await bench.start(f"paging/{PAGER}/end")
    await bench.until_incidents("acknowledged")


async def test_an_acknowledgement_of_a_page_that_the_vendor_never_had_ends(bench: Bench) -> None:
    await bench.stop(f"paging/{PAGER}")
    await bench.page()
    await bench.desk.post(f"/tickets/{TICKET}/acknowledge", {"cycle": 1}, Role.ON_CALL, by="olga")
    await bench.until("page-requested", "page-acknowledged")
    bench.sql(f"UPDATE effects SET tries = {APPEARS - 1} WHERE kind LIKE '%/end'")
    await bench.start(f"paging/{PAGER}")
    await bench.until_calls(("send", "superseded"), ("end", "done"))


def test_every_acknowledgement_but_the_vendors_own_is_passed_on() -> None:
    (plan,) = effects(INSTANCES)[es.PageAcknowledged]
    for actor, passed in (("person:olga", True), ("service:rmm-bot", True), ("service:triage", False)):
        story = Story().given(
            *ready_for_work(), es.PageRequested(page="p", level=1, schedule="tier2", reason="by-hand")
        )
        fact = es.PageAcknowledged(page="p", level=1, by="olga")
        event = story.record(Draft(data=fact, actor=Actor.parse(actor)))
        assert [decode(intent.data).action for intent in plan(event, story.ticket)] == ["acknowledge"] * passed


@pytest.mark.parametrize(("named", "called"), [(PAGER, [PAGER]), ("", ["first"]), ("removed", [])])
def test_a_page_ends_at_the_instance_that_it_was_requested_from(named: str, called: list[str]) -> None:
    (only,) = INSTANCES.instances
    both = Instances(instances=[only.model_copy(update={"id": "first"}), only])
    request = es.PageRequested(page="p", level=1, schedule="tier2", reason="by-hand", instance=named)
    story = Story().given(*ready_for_work())
    planned = []
    for fact in (request, es.PageSent(page="p", level=1, vendor_key="k"), es.PageWithdrawn(page="p", level=1, why="x")):
        (plan,) = effects(both)[type(fact)]
        event = story.record(Draft(data=fact))
        planned.append([intent.kind.split("/")[1] for intent in plan(event, story.ticket)])
    assert planned == [called] * 3


async def test_a_page_that_was_held_back_until_its_ticket_ended_reaches_nobody(bench: Bench) -> None:
    await bench.stop(f"paging/{PAGER}")
    page = await bench.page()
    await bench.desk.say(TICKET, Resolved(technician="tess"))
    *_, withdrawn = await bench.until("page-requested", "page-withdrawn")
    assert withdrawn.data == es.PageWithdrawn(page=page, level=1, why="ticket-resolved")
    assert bench.pager.ledger.find("POST", "v2/enqueue") == []
    await bench.start(f"paging/{PAGER}")
    await bench.until_calls(("send", "superseded"), ("end", "done"))
    assert bench.incidents() == []


async def test_a_target_that_the_settings_do_not_list_fails_and_the_next_level_is_paged(database: str) -> None:
    async with benched(database) as bench:
        levels = [{"schedule": "nobody", "minutes": 5}, {"schedule": "coordinator", "minutes": 5}]
        content = {"levels": levels, "at_risk": {"P1": 50}}
        published = await bench.desk.post("/policies/on-call", {"version": "2", "content": content}, Role.ADMIN)
        assert published.status_code == 201, published.text
        bench.pager.state.behaviour.notifies = False
        page = await bench.page()
        found = await bench.until("page-requested", "page-failed", "page-requested", "page-sent")
        assert [event.data for event in found[1:3]] == [
            es.PageFailed(page=page, level=1, why="target-not-listed"),
            es.PageRequested(page=page, level=2, schedule="coordinator", reason="not-acknowledged", instance=PAGER),
        ]


class Forgetful(PagingCalls):
    """A broken twin: it sends every try as if it were the first."""

    async def _send(self, planned: OutboundCall, ticket: Any) -> Outcome:
        page = new_page(decode(planned.data), TICKET, "", ticket)
        await self._port().page(page, repeated=False)
        return Outcome("done", vendor_key=page.key)


async def crash_between_call_and_record(database: str, calls: type[PagingCalls]) -> None:
    """The process ends after the vendor accepted the page and before that is recorded: nothing is sent again."""
    async with benched(database, calls) as bench:
        bench.pager.state.behaviour.notifies = False
        await bench.stop()
        await bench.page()
        await bench.until_calls(("send", "planned"))
        (listed,) = bench.desk.service.effects.listed()
        kinds = {kind.name: kind for kind in bench.desk.service.spec.kinds}
        make: Callable[[Any, Any], Awaitable[Outcome]] = kinds[f"paging/{PAGER}/send"].call
        assert (await make(listed.planned, await bench.desk.ticket(TICKET))).what == "done"
        bench.sql("UPDATE effects SET state = 'sent', tries = 1, leased = now() - interval '1 second', holder = NULL")
        await bench.start()
        await bench.until("page-requested", "page-sent")
        assert (bench.sent(), len(bench.incidents())) == (1, 1)


async def test_a_page_is_sent_once_through_a_crash(database: str) -> None:
    await crash_between_call_and_record(database, PagingCalls)


async def test_a_twin_that_does_not_look_a_page_up_fails(database: str) -> None:
    with pytest.raises(AssertionError, match=r"\(2, 1\)"):
        await crash_between_call_and_record(database, Forgetful)
