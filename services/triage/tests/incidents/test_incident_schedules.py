"""Random schedules of people, intake and incidents: a ticket ends with the incident that it belongs to, and no other.

The broken twin is an incident that closes children it lost; the same schedules must find it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from random import Random
from unittest.mock import patch

from desk.contract.event import Draft, Event
from desk.contract.streams import incident as incident_state
from desk.contract.streams.incidents import ChildDetached
from desk.contract.ticket.intake.facts import MergedInto
from desk.contract.ticket.ticket import Status, Ticket, status
from desk.contract.ticket.triage import diagnosis as dx
from desk.contract.ticket.triage.ends import Resolved
from desk.contract.ticket.triage.incident_link import follows_incident
from desk.decision.context import DecisionContext
from desk.decision.refusal import Refusal
from desk.decision.registrar import on
from desk.service.definition import Definition
from desk_triage.main import TRIAGE

from .incident_desk import IncidentDesk

TICKETS, INCIDENTS = ("t-1", "t-2", "t-3", "t-4"), ("outage", "release")
SEEDS, STEPS, ENOUGH = range(60), 25, 3
OPEN = (Status.TRIAGED, Status.DIAGNOSING, Status.WAITING, Status.VERIFYING, Status.WATCHING)
Broken = Callable[[], AbstractContextManager[object]]


def resolve_on_sight(event: Event[dx.ParentResolved], ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """The twin trusts the incident's list: whoever is told of a resolution is resolved."""
    return [] if ticket.triage.end is not None else [Draft(data=Resolved(), cycle=ticket.cycle)]


TWIN = replace(
    TRIAGE,
    tables=TRIAGE.tables._replace(
        reactions={**TRIAGE.tables.reactions, **dict((on(dx.ParentResolved, resolve_on_sight),))}
    ),
)


def never_detached() -> AbstractContextManager[object]:
    """The twin's incident does not hear that a child was detached."""
    return patch.dict(incident_state.EVOLVE, {ChildDetached: lambda state, _event: state})


def act(desk: IncidentDesk, random: Random) -> list[str]:
    """One act of somebody; returns what is wrong after it."""
    ticket, incident = random.choice(TICKETS), random.choice(INCIDENTS)
    before = {name: desk.ticket(name) for name in TICKETS}
    children = [name for name in TICKETS if before[name].triage.incident == incident]
    acts: list[Callable[[], object]] = [
        *[lambda: desk.sends("link-incident", ticket, incident=incident)] * 4,
        *[lambda: desk.sends("unlink-incident", ticket, incident=incident)] * 2,
        *[lambda: desk.leads("resolve-incident", incident, samples=children[:1])] * 3,
        *[lambda: desk.leads("reopen-incident", incident)] * 2,
        lambda: desk.sends("cancel", ticket, reason="withdrawn"),
        lambda: desk.sends("reopen", ticket, cause="client", notes="it still drops"),
    ]
    if random.random() < 0.03:
        acts = [lambda: desk.says(ticket, MergedInto(root="elsewhere", evidence="merged in the PSA"))]
    was = {name: desk.incident(name).state for name in INCIDENTS}
    try:
        random.choice(acts)()
    except Refusal:
        return []
    resolved_now = [name for name in INCIDENTS if was[name] == "open" and desk.incident(name).state == "resolved"]
    return [*_ends(desk, before, resolved_now), *_links(desk)]


def _ends(desk: IncidentDesk, before: dict[str, Ticket], resolved_now: list[str]) -> list[str]:
    """A ticket is resolved now exactly if it was an open child of the incident that is resolved now."""
    wrong = []
    for name, ticket in before.items():
        due = ticket.triage.incident in resolved_now and status(ticket) in OPEN and follows_incident(ticket.triage)
        now = status(desk.ticket(name)) is Status.RESOLVED and status(ticket) is not Status.RESOLVED
        if due != now:
            wrong.append(f"{name}: {'not ' if due else ''}resolved with {resolved_now}")
    return wrong


def _links(desk: IncidentDesk) -> list[str]:
    """Ticket and incident agree on who belongs to whom, and an open child of an open incident waits."""
    wrong = []
    for incident in INCIDENTS:
        state = desk.incident(incident)
        own = {name for name in TICKETS if desk.ticket(name).triage.incident == incident}
        if set(state.children) != own:
            wrong.append(f"{incident}: has {sorted(state.children)}, tickets say {sorted(own)}")
        for name in own:
            ticket = desk.ticket(name)
            waits = any(wait.on == "parent" for wait in ticket.triage.waits.values())
            if waits != (state.state == "open" and ticket.triage.end is None) and status(ticket) in OPEN:
                wrong.append(f"{name}: waits={waits} while {incident} is {state.state}")
    return wrong


def wrong_in(seed: int, definition: Definition = TRIAGE, broken: Broken = nullcontext) -> list[str]:
    """Everything that is wrong in the schedule of this seed."""
    random, desk = Random(seed), IncidentDesk(definition)
    for name in TICKETS:
        desk.opens(name)
    for name in INCIDENTS:
        desk.declares(name)
    with broken():
        wrong = [one for _ in range(STEPS) for one in act(desk, random)]
    return [*wrong, *_repeated(desk)]


def _repeated(desk: IncidentDesk) -> list[str]:
    """Natural keys that occur twice among triage's facts on a ticket."""
    wrong = []
    for name in TICKETS:
        keys = [(fact.type, fact.naturalkey) for fact in desk.facts(name)]
        wrong += [f"{name}: {key} twice" for key in set(keys) if keys.count(key) > 1]
    return wrong


def test_a_ticket_ends_with_its_incident_and_no_other_in_any_schedule() -> None:
    found = {seed: wrong for seed in SEEDS if (wrong := wrong_in(seed))}
    assert not found


def test_an_incident_that_closes_children_it_lost_is_found() -> None:
    found = [seed for seed in SEEDS if any("resolved with" in one for one in wrong_in(seed, TWIN, never_detached))]
    assert len(found) >= ENOUGH
