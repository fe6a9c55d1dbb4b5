"""Stories and values for billing's tests: a live ticket of a gold client under business hours in Berlin."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from desk.calendars.named import shipped
from desk.contract.event import Draft, Event, Payload
from desk.contract.ticket.billing import facts as f
from desk.contract.ticket.billing.slice import Entry
from desk.contract.ticket.intake.psa import PsaTimeObserved
from desk.contract.ticket.sla.facts import PolicySelected
from desk.decision.command import decide
from desk.decision.reads import Found
from desk.eventstore.handler_registry import chained
from desk.policies import PolicyBook
from desk.testing import controls as c
from desk.testing.given import Outcome, Story
from desk_billing.commands import COMMANDS
from desk_billing.decisions.entries import ELSEWHERE
from desk_billing.reactions import REACTIONS

BY_NAME = {command.name: command for command in COMMANDS}
BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=BERLIN)
NOW = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)


def book(**changes: dict[str, Any]) -> PolicyBook:
    """The policies that ship with version 2 of the named ones (`_` for `-`), as far as it differs."""
    found = PolicyBook(shipped())
    for name, change in changes.items():
        policy = name.replace("_", "-")
        found.put(policy, "2", {**found.get(policy), **change})
    return found


def selected(**changes: Any) -> PolicySelected:
    base: dict[str, Any] = {
        "revision": 1,
        "policy": "standard",
        "policy_version": "1",
        "calendar": "business-hours",
        "calendar_version": "1",
        "zone": "Europe/Berlin",
        "zone_source": "client",
        "targets": (),
        "why": (),
    }
    return PolicySelected(**{**base, **changes})


def at(hour: int, minute: int = 0, *, day: int = 0) -> datetime:
    """That wall-clock time in Berlin, `day` days after Monday, 2 March 2026, in UTC."""
    local = MONDAY.replace(hour=hour, minute=minute) + timedelta(days=day)
    return local.astimezone(UTC)


def story(policies: PolicyBook | None = None, *, rated: bool = True, **tier: Any) -> Story:
    """An incident of a client without a managed agreement, on the day after the work."""
    found = Story(policies or book()).given(c.opening(opened_at=at(8)), c.tier(**{"tier": "none", **tier}))
    found.now = NOW
    return found.given(selected()) if rated else found


def gold(policies: PolicyBook | None = None) -> Story:
    return story(policies, tier="gold")


def send(
    told: Story, name: str, *, by: str = c.TECHNICIAN, roles: str = "1", found: Found | None = None, **body: Any
) -> Outcome:
    """The command as it arrives over HTTP, with what every command checks first. `found`: what it looked up."""
    command = BY_NAME[name]
    parsed = command.body(**{"cycle": told.ticket.cycle, **body})
    found = found or Found(c.CLIENT, {c.TICKET: told.ticket}, {ELSEWHERE.name: ()})
    return told.when(lambda b, t, x: decide(command, b, t, x, found), parsed, by=by, roles=roles)


def log(told: Story, start: datetime, end: datetime, **more: Any) -> Outcome:
    return send(told, "log-time", start=start, end=end, **{"reason": "was on site", **more})


def follow(told: Story, outcome: Outcome) -> Story:
    """The story with the outcome's facts and with everything that billing's own reactions answer, as the log does."""
    assert outcome.refusal is None, f"refused: {outcome.refusal}"
    queue = [told.record(draft) for draft in outcome.drafts if draft.subject is None]
    while queue:
        cause = queue.pop(0)
        queue += [told.record(draft, cause) for draft in answers(told, cause)]
    return told


def answers(told: Story, event: Event) -> list[Draft]:
    """Billing's reaction to one fact."""
    reactions = REACTIONS.get(type(event.data), ())
    return chained(reactions)(
        event, told.ticket, told.context(id=event.id, roles="", by="billing", origin=event.origin)
    )


def hear(told: Story, *facts: Payload | Draft) -> Story:
    """Facts of other owners are heard one by one, and answered."""
    for fact in facts:
        told.given(fact)
        cause = told.events[-1]
        follow(told, Outcome(told, answers(told, cause), None))
    return told


def worked(told: Story, start: datetime, end: datetime, **more: Any) -> Story:
    """Time of the technician is logged here, and rated when it can be."""
    return follow(told, log(told, start, end, **more))


def seen(entry: str, revision: str, start: datetime | None, end: datetime | None, **more: Any) -> PsaTimeObserved:
    """One revision of a time entry of the PSA."""
    base: dict[str, Any] = {"technician": c.TECHNICIAN, "start": start, "end": end, "role": "engineer"}
    return PsaTimeObserved(entry=entry, revision=revision, **{**base, **more})


def only(told: Story) -> Entry:
    """The only live entry."""
    (entry,) = told.ticket.billing.live
    return entry


def lines(told: Story) -> tuple[f.RatedLine, ...]:
    """The lines of the only entry's newest rating."""
    rating = only(told).rating
    assert rating is not None
    return rating.lines
