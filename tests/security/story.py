"""Two tickets, one born in the PSA and one on the desk, with a canary in every free text."""

from __future__ import annotations

from typing import Any

from tests.journeys.people import Desk
from tests.security.canaries import Canaries

from desk.principals import Role
from desk_deploy.testing.psa_bench import PSA, Bench
from desk_intake.psa.ids import device_id
from desk_simulators.connectwise import writes

COMPANY, PERSON, DEVICE = 250, 611, 701
TRIED = {"on_profile": True, "on_network": True, "on_permissions": True}
COORDINATOR = {"role": Role.COORDINATOR, "who": "coco"}


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
    number = desk.opened(canary("summary"), description=canary("description"))
    desk.clock.advance()
    desk.jdoe.add_note(number, canary("client note"), contact=PERSON)
    desk.jdoe.add_note(number, canary("public note"))
    desk.jdoe.add_note(number, canary("internal note"), kind="internal")
    desk.jdoe.add_time(number, "2026-01-15T13:00:00Z", "2026-01-15T13:30:00Z", canary("time note"))
    desk.clock.advance()
    desk.jdoe.change_summary(number, canary("changed summary"))
    return number


async def on_the_desk(people: Desk, desk: Bench, canary: Canaries) -> str:
    """Everything that people write on the desk; the id of their ticket."""
    ticket = await people.opens(
        client="cw-c250",
        contact="cw-p611",
        problem=canary("problem"),
        description=canary("description"),
        reported_hostname=canary("hostname"),
        reported_upn=canary("upn", "{}@acme.example"),
        kind="quick",
    )

    async def does(service: str, name: str, **body: Any) -> dict[str, Any]:
        texts = {field: canary(f"{name} {field}") if value is ... else value for field, value in body.items()}
        return await people.does(service, name, ticket, **texts)

    await does("intake", "reject-caller", claimed=..., reason="unknown")
    await does("intake", "verify-caller", contact="cw-p611", method="match")
    await does("intake", "restate-problem", statement=...)
    await does("intake", "link-asset", device=device_id(PSA, DEVICE), upn=...)
    await does("intake", "note", text=..., internal=True)
    await does("intake", "reply", text=...)
    await does("triage", "assess-priority", impact="low", urgency="medium", evidence=...)
    await does("triage", "override-priority", priority="P3", reason=..., **COORDINATOR)
    await does("triage", "take")
    await does("triage", "start-work")
    await does("triage", "record-reproduction", result="reproduced", steps=..., observed=..., **TRIED)
    await does("triage", "record-diagnostic", what=..., result=...)
    await does("triage", "record-fix", what=..., where=...)
    await does("triage", "revert-fix", why=...)
    await does("triage", "record-fix", what=..., where=...)
    await does("triage", "fail-verification", what_failed=..., seen_by="pat")
    await does("billing", "log-time", start="2026-01-15T13:00:00Z", end="2026-01-15T13:30:00Z", note=..., reason=...)
    await does("docs", "document-resolution", root_cause=..., actions=[canary("action")], symptom="vpn-drop")
    await does("docs", "raise-runbook-gap", kind="missing", basis=...)
    await does("docs", "raise-follow-up", kind="check", owner="tess", due="2030-01-01T00:00:00Z", note=...)
    await does("intake", "unlink-asset", reason=...)
    await does("intake", "change-kind", kind="incident", reason=..., **COORDINATOR)
    await does("triage", "cancel", reason="spam", **COORDINATOR)
    await does("triage", "reopen", cause="coordinator", notes=..., **COORDINATOR)
    return ticket
