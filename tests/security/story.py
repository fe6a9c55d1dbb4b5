"""Two tickets, one born in the PSA and one on the desk, with a canary in every free text."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from tests.security.canaries import Canaries
from tests.security.canary_commands import Teller

from desk.contract.event import Actor, Draft, Stream
from desk.contract.ticket.intake.caller import CallerRevoked
from desk.contract.ticket.sla.slice import Clock
from desk.decision.context import DecisionContext
from desk.decision.principal import Role
from desk.eventstore.unit_of_work.work_items import Command
from desk.policies import PolicyBook
from desk_deploy.testing.psa_bench import Bench
from desk_deploy.testing.simulated_psa import PSA
from desk_intake.psa.ids import device_id
from desk_simulators.connectwise import writes

COMPANY, PERSON, DEVICE = 250, 611, 701
TRIED = {"on_profile": True, "on_network": True, "on_permissions": True}
COORDINATOR = {"role": Role.COORDINATOR, "who": "coco"}
BILLING = {"role": Role.BILLING, "who": "bill"}
TIER2 = {"role": Role.TIER2, "who": "omar"}


def psa_fills(desk: Bench, canary: Canaries) -> int:
    """Everything that people write into the PSA; the number of their ticket."""
    state, actor = desk.psa.state, desk.jdoe.actor

    def change(table: str, record: int, **values: str) -> None:
        operations = [{"op": "replace", "path": path.replace("__", "/"), "value": v} for path, v in values.items()]
        writes.patch(state, table, record, operations, actor)

    change("contact", PERSON, firstName=canary("first name"), lastName=canary("last name"), title=canary("title"))
    change("contact", PERSON, communicationItems__0__value=canary("e-mail", "{}@acme.example"))
    change("contact", PERSON, communicationItems__1__value=canary.number("phone"))
    change("company", COMPANY, name=canary("company"), addressLine1=canary("street"), phoneNumber=canary.number("desk"))
    change("configuration", DEVICE, name=canary("device name"))
    number = desk.open_ticket(canary("summary"), description=canary("description"))
    desk.clock.advance()
    desk.jdoe.add_note(number, canary("client note"), contact=PERSON)
    desk.jdoe.add_note(number, canary("public note"))
    desk.jdoe.add_note(number, canary("internal note"), kind="internal")
    desk.jdoe.add_time(number, "2026-01-15T13:00:00Z", "2026-01-15T13:30:00Z", canary("time note"))
    desk.clock.advance()
    desk.jdoe.change_summary(number, canary("changed summary"))
    return number


async def on_the_desk(tells: Teller) -> str:
    """Everything that people write on the desk; the id of their ticket."""
    texts = {"problem": ..., "description": ..., "reported_hostname": ..., "reported_upn": ...}
    known = {"client": "cw-c250", "contact": "cw-p611", "kind": "quick", "opened_at": "2026-01-15T09:00:00Z"}
    tells.ticket = await tells.people.opens(**known, **tells.fill("open-ticket", texts))
    await _merged(tells, await tells.people.opens(**known, problem="the same again"))
    await _diagnosed(tells)
    await _fixed(tells)
    await _timed(tells)
    await _written(tells)
    await _again(tells)
    return tells.ticket


async def _merged(tells: Teller, duplicate: str) -> None:
    root, tells.ticket = tells.ticket, duplicate
    await tells.does("intake", "merge", root=root, reason=..., **COORDINATOR)
    await tells.does("intake", "unmerge", reason=..., **COORDINATOR)
    tells.ticket = root


async def _diagnosed(tells: Teller) -> None:
    does = tells.does
    await does("intake", "reject-caller", claimed=..., reason="unknown")
    await does("intake", "verify-caller", contact="cw-p611", method="match")
    await does("intake", "restate-problem", statement=...)
    await tells.refused("intake", "waive-asset", "reason_not_listed", reason=...)
    await does("intake", "link-asset", device=device_id(PSA, str(DEVICE)), upn=...)
    await does("intake", "note", text=..., internal=True)
    await does("intake", "split", problem=..., description=..., **COORDINATOR)
    await does("intake", "reply", text=...)
    await does("triage", "assess-priority", impact="low", urgency="medium", evidence=...)
    await does("triage", "override-priority", priority="P3", reason=..., **COORDINATOR)
    await does("triage", "take")
    await does("triage", "start-work")
    await does("triage", "record-reproduction", result="reproduced", steps=..., observed=..., **TRIED)
    await does("triage", "record-diagnostic", what=..., result=...)
    await _handed_over(tells)


async def _handed_over(tells: Teller) -> None:
    does = tells.does
    await does("triage", "open-session", tool="screenconnect", with_user=True)
    await does("triage", "end-session")
    await does("triage", "escalate", symptom=..., steps=..., none_ruled_out=...)
    await does("triage", "return-escalation", reason=..., **TIER2)
    await does("triage", "rule-out", cause=..., why=...)
    await tells.refused("triage", "unlink-incident", "unknown_incident", incident="none", reason=...)
    reopening = {"message": "none", "verdict": "reopen", "notes": ...}
    await tells.refused("triage", "judge-reply", "invalid_field", **reopening)


async def _fixed(tells: Teller) -> None:
    does = tells.does
    await does("triage", "record-fix", what=..., where=...)
    await tells.refused("triage", "waive-verification", "reason_not_listed", reason=..., **COORDINATOR)
    alert = {"source": "carrier-monitor", "result": "alert", "alert": "a-1"}
    await does("triage", "check-monitoring", what=..., **alert)
    await does("triage", "record-fix", what=..., where=...)
    await does("triage", "revert-fix", why=...)
    await does("triage", "record-fix", what=..., where=...)
    await does("triage", "fail-verification", what_failed=..., seen_by="pat")


async def _timed(tells: Teller) -> None:
    does, times = tells.does, {"start": "2026-01-15T13:00:00Z", "end": "2026-01-15T13:30:00Z"}
    await does("billing", "log-time", **times, note=..., reason=...)
    entry = await tells.knows("billing", lambda t: next((e.entry for e in t.billing.live if e.labour.note), None))
    later = {"start": "2026-01-15T13:00:00Z", "end": "2026-01-15T13:40:00Z"}
    await does("billing", "correct-time", entry=entry, **later, note=..., reason=...)
    await does("billing", "accept-time", entry=entry, reason=..., **BILLING)
    lines = [{"minutes": 40, "billing_class": "billable", "rate": "100"}]
    await does("billing", "rate-by-hand", entry=entry, lines=lines, reason=..., **BILLING)
    await does("billing", "write-off", entries=[entry], reason=..., **BILLING)


async def _written(tells: Teller) -> None:
    does = tells.does
    await does(
        "docs", "document-resolution", root_cause="Worn {} cable", actions=["replaced cable {}"], symptom="vpn-drop"
    )
    await tells.refused("docs", "search-docs", "client_unmapped", terms=[...])
    await does("docs", "send-summary", text=...)
    await does("docs", "raise-runbook-gap", kind="missing", basis=...)
    gap = await tells.knows("docs", lambda t: next(iter(t.docs.gaps), None))
    await tells.refused("docs", "waive-runbook-gap", "reason_not_listed", gap=gap, reason=..., **COORDINATOR)
    for number, end in enumerate(("complete-follow-up", "drop-follow-up")):
        await does("docs", "raise-follow-up", kind="check", owner="tess", due=f"203{number}-01-01T00:00:00Z", note=...)
        open_ = await tells.knows("docs", lambda t: [k for k, f in t.docs.follow_ups.items() if f.state == "open"])
        await does("docs", end, follow_up=open_[0], reason=...)


async def _again(tells: Teller) -> None:
    does = tells.does
    await does("intake", "unlink-asset", reason=...)
    await does("intake", "change-kind", kind="incident", reason=..., **COORDINATOR)
    breach = await tells.knows("sla", lambda t: t.sla.breaches)
    await does("sla", "explain-breach", verdict=str(breach[0]), code="other", owner="lead", note=..., **COORDINATOR)
    await does("triage", "cancel", reason="spam", **COORDINATOR)
    await does("triage", "reopen", cause="coordinator", notes=..., **COORDINATOR)
    await does("triage", "override-priority", cycle=2, priority="P1", reason=..., **COORDINATOR)  # day and night
    clock = await tells.knows("sla", lambda t: _changed(t.sla.clock("resolution", 2)))
    more = (clock.due + timedelta(minutes=30)).isoformat()
    await does("sla", "extend-target", cycle=2, clock="resolution", new_due=more, reason=..., **COORDINATOR)
    await _held(tells)
    await does("intake", "clear-caller-hold", cycle=2, reason=..., **COORDINATOR)


def _changed(clock: Clock | None) -> Clock | None:
    return clock if clock is not None and clock.rev > 1 else None


async def _held(tells: Teller) -> None:
    """The contact left the client; intake learns it from the PSA's record."""
    service = tells.people.running.hosted["intake"].service
    draft = Draft(data=CallerRevoked(contact="cw-p611", revision="r9", source="psa"))
    context = DecisionContext(
        id=uuid4(), actor=Actor("service", "intake"), now=service.log.clock.now(), policies=PolicyBook()
    )
    await service.command(Command(Stream.TICKETS, tells.ticket, lambda _state, _deciding: [draft], context))
