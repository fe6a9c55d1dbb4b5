"""The same services with one part broken. A test that no broken twin fails proves nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from unittest.mock import patch

import msgspec
from tests.schedules.twins.careless import Careless, Hasty
from tests.schedules.world import Parts

from desk.contract.event import Draft, Event, reaction_id
from desk.contract.ticket.docs import facts as docs
from desk.contract.ticket.intake.psa import PsaObserved
from desk.contract.ticket.ticket import Ticket
from desk.contract.ticket.triage import ends
from desk.decision.context import DecisionContext, Reaction
from desk.decision.registrar import Row, on
from desk.service.definition import Definition
from desk_billing.main import BILLING
from desk_docs.main import DOCS
from desk_intake.main import INTAKE
from desk_intake.psa.observe import observation_work_item
from desk_intake.psa.write_back import desired
from desk_sla.main import SLA
from desk_triage.decisions import psa_ruling
from desk_triage.decisions.psa_ruling import rule_observation
from desk_triage.decisions.psa_visibility import PsaAct
from desk_triage.main import TRIAGE

SERVICES: Mapping[str, Definition] = {d.owner: d for d in (INTAKE, TRIAGE, SLA, BILLING, DOCS)}
RIGHT = Parts(SERVICES)


def _with(definition: Definition, *rows: Row[Reaction]) -> Parts:
    changed = {**definition.tables.reactions, **dict(rows)}
    return Parts(
        {**SERVICES, definition.owner: replace(definition, tables=definition.tables._replace(reactions=changed))}
    )


def _close_on_sight(event: Event[PsaObserved], ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Closed in the PSA: docs closes the cycle that it knows, with the end that it knows or expects."""
    if event.data.status_class != "closed" or ticket.cycle in ticket.docs.closed:
        return []
    end = ticket.triage.end
    expected = reaction_id(event.id, Draft(data=ends.Resolved(), cycle=ticket.cycle))
    closed = docs.Closed(resolution=end.id if end else expected)
    return [Draft(data=closed, cycle=ticket.cycle, mode="outside")]


def _always_aware(event: Event[PsaObserved], ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Rule 5 switched off: whoever acts in the PSA is taken to have seen everything."""
    data = msgspec.structs.replace(event.data, shown=2**31)
    return rule_observation(msgspec.structs.replace(event, data=data), ticket, context)


DOCS_ON_SIGHT = _with(DOCS, on(ends.OutsideClosureNoticed), on(PsaObserved, _close_on_sight))
EAGER_INTAKE = RIGHT._replace(patched=lambda: patch.object(desired, "status_ruled", lambda _ticket: True))
HASTY_READER = RIGHT._replace(patched=lambda: patch.object(observation_work_item, "last_write", lambda *_: None))
NO_OWNERSEQ = RIGHT._replace(inbox=Careless)
NO_RULE_5 = _with(TRIAGE, on(PsaObserved, _always_aware))
LATER_FACTS = RIGHT._replace(inbox=Hasty)
TWINS: Mapping[str, Parts] = {
    "docs reacts to psa-observed itself": DOCS_ON_SIGHT,
    "intake writes before the ruling": EAGER_INTAKE,
    "an act after our write is observed before its outcome": HASTY_READER,
    "no ownerseq check in the inbox": NO_OWNERSEQ,
    "rule 5 switched off": NO_RULE_5,
    "reactions see later facts of their batch": LATER_FACTS,
}


@contextmanager
def rule_5_of_the_design() -> Iterator[None]:
    """Awareness as outside.md words it: asked of who resolves or closes, after a reopening at the desk."""

    def aware(seen: PsaAct, ticket: Ticket) -> bool:
        again = ticket.triage.reopened[-1] if ticket.triage.reopened else None
        if seen.status_class not in ("resolved", "closed") or again is None or seen.imported:
            return True
        return again.cause == "psa" or seen.written_back_seq >= again.seq

    with (
        patch.object(psa_ruling, "author_was_current", aware),
        patch.object(psa_ruling, "same_reopening", lambda *_: False),
    ):
        yield
