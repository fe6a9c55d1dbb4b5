"""A row of evidence as a service has it, and a ticket that asks for it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from desk.contract.event import Draft, Event
from desk.contract.ticket.intake import facts as i
from desk.contract.ticket.intake.assets import AssetLinked
from desk.contract.ticket.intake.psa_record import PsaBack
from desk.contract.ticket.ticket import Ticket
from desk.contract.ticket.triage import diagnosis as dx
from desk.contract.ticket.triage import ends as en
from desk.decision.context import DecisionContext
from desk.testing import controls as c
from desk.testing.given import Story
from desk_integrations.evidence.definition import Evidence, Lookup, Snapshot
from desk_integrations.evidence.subject import Question, Subject
from desk_integrations.instances.document import Instances, parse
from desk_integrations.kinds.rmm import DeviceChanges, RmmChange
from desk_integrations.outcomes import Missing, Outcome

FORTNIGHT = timedelta(days=14)


def subject(ticket: Ticket) -> Subject | None:
    asset = ticket.intake.asset
    return None if asset is None else Subject(ticket.intake.client, asset.device, asset.link)


def record(found: Snapshot[RmmChange], _ticket: Ticket, _context: DecisionContext) -> list[Draft]:
    data = dx.DeviceChangesCollected(
        device=found.subject.about,
        snapshot=found.id,
        window_from=found.window[0] if found.window else None,
        window_to=found.window[1] if found.window else None,
        changes=tuple(dx.DeviceChange(one.at, one.kind, one.what) for one in found.items),
        unavailable=found.unavailable,
        state=found.state,
        source=found.source,
        asked_at=found.asked_at,
        reason=found.reason,
        omitted=found.omitted,
        foreign=found.foreign,
    )
    return [Draft(data=data)]


async def ask(port: Any, question: Question, _ticket: Ticket, _lookup: Lookup) -> Outcome[DeviceChanges]:
    outcome: Outcome[DeviceChanges] = await port.changes(question)
    return outcome


def row(**changes: Any) -> Evidence[Any, DeviceChanges, RmmChange]:
    """Device changes of the linked asset in the fortnight before the ticket was opened."""
    given: dict[str, Any] = {
        "name": "device-changes",
        "kind": "rmm",
        "triggers": (AssetLinked, i.TicketAdopted, i.Unmerged, PsaBack, en.Reopened),
        "subject": subject,
        "answers": lambda ticket: ticket.triage.change_sources,
        "ask": ask,
        "items": lambda value: tuple(reversed(value.changes)),
        "record": record,
        "window": lambda ticket: (ticket.intake.opened_at - FORTNIGHT, ticket.intake.opened_at),
        "never_reported": lambda port: ("gpo",),
    }
    return Evidence(**{**given, **changes})


def instances(*ids: str, **changes: Any) -> Instances:
    """RMM instances of the MSP, by id."""
    base = {"kind": "rmm", "vendor": "ninjaone", "credentials": {}, **changes}
    return parse({"instances": [{"id": one, **base} for one in ids]})


def linked_story(*more: Any, origin: Any = "live") -> Story:
    """A ticket whose asset was linked just now; `more` happened before."""
    return Story(origin=origin).given(c.opening(), *more, c.linked())


def changes(
    *what: str, missing: tuple[Missing, ...] = (), foreign: int = 0, story: Story | None = None
) -> DeviceChanges:
    """Changes of the linked device, the oldest first."""
    found = tuple(
        RmmChange(at=c.NOW - timedelta(hours=len(what) - n), kind="patch", what=text, external=str(n))
        for n, text in enumerate(what)
    )
    return DeviceChanges(
        device=c.DEVICE,
        window_from=c.NOW - FORTNIGHT,
        window_to=c.NOW,
        changes=found,
        unavailable=("gpo",),
        missing=missing,
        foreign=foreign,
    )


def last(story: Story, payload: type) -> Event:
    """The newest fact of a type."""
    return next(event for event in reversed(story.events) if isinstance(event.data, payload))


Decide = Callable[[Ticket, DecisionContext], list[Draft]]
