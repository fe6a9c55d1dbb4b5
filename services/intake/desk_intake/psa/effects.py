"""The calls to the PSA: for which facts they are planned, and how what the connector raises becomes an outcome."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

from desk.deciding import Policies
from desk.log.effects import EffectKind, Outcome, Planned
from desk.ticket.ticket import Ticket
from desk_connectors.http import (
    OutcomeUnknown,
    RecordGone,
    VendorAnswerInvalid,
    VendorError,
    VendorRateLimited,
    VendorRefused,
    VendorUnavailable,
)
from desk_intake.psa.claims import NotYet
from desk_intake.psa.creating import Create
from desk_intake.psa.desired import desired
from desk_intake.psa.mapping import map_in_force
from desk_intake.psa.noting import Notes
from desk_intake.psa.outcomes import facts
from desk_intake.psa.planning import SUMMARY
from desk_intake.psa.syncing import Sync
from desk_intake.psa.works import Works

TRIES = 1000
FORBIDDEN = timedelta(minutes=5)
Work = Callable[[Works, Planned, Ticket], Awaitable[Outcome]]


class Calls:
    """How the planned calls are made, by the instance that the ticket is in."""

    def __init__(self, works: Callable[[], Mapping[str, Works]], policies: Policies) -> None:
        self._works, self._policies = works, policies

    def kinds(self) -> tuple[EffectKind, ...]:
        """Write-back, creation, notes: each with a way to ask what became of a call whose answer was lost."""
        return (
            EffectKind(
                "psa-sync",
                self._guarded(lambda w, p, _t: Sync(w).call(p)),
                self.nothing_differs,
                self._guarded(lambda w, p, t: Sync(w).query(p, t), "unknown"),
                facts=facts,
                tries=TRIES,
            ),
            EffectKind(
                "psa-create",
                self._guarded(lambda w, p, t: Create(w).call(p, t)),
                lambda _planned, ticket: bool(ticket.intake.record and ticket.intake.shows),
                self._guarded(lambda w, p, t: Create(w).query(p, t), "unknown"),
                facts=facts,
                tries=TRIES,
                timeout=120.0,
            ),
            EffectKind(
                "psa-note",
                self._guarded(lambda w, p, t: Notes(w).call(p, t)),
                lambda _planned, ticket: ticket.intake.gone is not None,
                self._guarded(lambda w, p, t: Notes(w).query(p, t), "unknown"),
                facts=facts,
                tries=TRIES,
            ),
        )

    def nothing_differs(self, planned: Planned, ticket: Ticket) -> bool:
        """The write-back is not wanted any more."""
        instance = ticket.intake.instance
        if instance is None or instance not in self._works() or ticket.intake.record is None:
            return True
        differs = not desired(ticket, map_in_force(self._policies, instance), instance).nothing
        return not differs and planned.data != SUMMARY

    def _guarded(self, work: Work, away: str = "retry") -> Callable[[Planned, Ticket], Awaitable[Outcome]]:
        """What the connector raises as an outcome. `away`: what it means when the PSA cannot be asked."""

        async def call(planned: Planned, ticket: Ticket) -> Outcome:
            works = self._works().get(ticket.intake.instance or planned.data.decode())
            works = works or next(iter(self._works().values()), None)
            if works is None:
                return Outcome("failed", detail="no PSA is configured")
            try:
                return await work(works, planned, ticket)
            except VendorError as error:
                return outcome_of(error, away)
            except NotYet:
                return Outcome("retry", detail="another call is under way", after=timedelta(seconds=1))

        return call


def outcome_of(error: VendorError, away: str) -> Outcome:
    """What an error of the connector means for the call."""
    detail = str(error)[:200]
    if isinstance(error, OutcomeUnknown):
        return Outcome("unknown", detail=detail)
    if isinstance(error, RecordGone):
        return Outcome("failed", detail="the record is not there")
    if isinstance(error, VendorRefused):
        return (
            Outcome("retry", detail=detail, after=FORBIDDEN) if error.credentials else Outcome("failed", detail=detail)
        )
    if away == "unknown" or not isinstance(error, VendorUnavailable | VendorRateLimited | VendorAnswerInvalid):
        return Outcome("unknown", detail=detail)
    wait = getattr(error, "retry_after", None)
    return Outcome("retry", detail=detail, after=timedelta(seconds=max(1.0, wait)) if wait else None)
