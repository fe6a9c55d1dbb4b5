"""The kinds of outbound calls to the PSA, and the outcomes of the connector's errors."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import timedelta

from desk.contract.ticket.ticket import Ticket
from desk.decision.context import Policies
from desk.decision.planning import OutboundCall, Outcome
from desk.outbox.outbound_call_kind import Call, OutboundCallKind, Ready
from desk_intake.psa.instance_parts import PsaInstance
from desk_intake.psa.observe.status_map import map_in_force
from desk_intake.psa.write_back.desired import desired
from desk_intake.psa.write_back.note_writer import NoteWriter
from desk_intake.psa.write_back.outcomes import facts, undelivered
from desk_intake.psa.write_back.planning import SUMMARY
from desk_intake.psa.write_back.ticket_creation import TicketCreation
from desk_intake.psa.write_back.write_back import WriteBack
from desk_intake.psa.write_back.write_claims import WriteInFlight
from desk_integrations.vendor_errors import (
    OutcomeUnknown,
    RecordGone,
    VendorAnswerInvalid,
    VendorError,
    VendorRateLimited,
    VendorRefused,
    VendorUnavailable,
)

VENDOR = "psa"
"""The vendor family of these calls in operations events."""
UNAUTHORISED = 401
SOON = timedelta(seconds=1)
CREDENTIALS = timedelta(seconds=30)
"""Pause between tries while the keys are refused: all calls need the same remedy, and a restart makes all due."""
Work = Callable[[PsaInstance, OutboundCall, Ticket], Awaitable[Outcome]]
Waits = Callable[[PsaInstance, OutboundCall, Ticket], Awaitable[str | None]]


class PsaCallKinds:
    """Builds the kinds of calls; each call is made on the instance of its ticket."""

    def __init__(self, psa_instances: Callable[[], Mapping[str, PsaInstance]], policies: Policies) -> None:
        self._psa_instances, self._policies = psa_instances, policies

    def kinds(self) -> tuple[OutboundCallKind, ...]:
        """Write-back, creation, notes: each with a query for the outcome of a call whose answer was lost."""
        return (self._write_back(), self._creation(), self._notes())

    def _write_back(self) -> OutboundCallKind:
        return OutboundCallKind(
            "psa-sync",
            VENDOR,
            self._guarded(lambda w, p, _t: WriteBack(w).call(p)),
            self.nothing_differs,
            self._guarded(lambda w, p, t: WriteBack(w).query(p, t), lookup=True),
            facts=facts,
            ready=self._ready(lambda w, p, t: WriteBack(w).ready(p, t)),
        )

    def _creation(self) -> OutboundCallKind:
        return OutboundCallKind(
            "psa-create",
            VENDOR,
            self._guarded(lambda w, p, t: TicketCreation(w).call(p, t)),
            lambda _planned, ticket: bool(ticket.intake.record and ticket.intake.psa_fields),
            self._guarded(lambda w, p, t: TicketCreation(w).query(p, t), lookup=True),
            facts=facts,
            timeout=120.0,
            ready=self._ready(lambda w, p, t: TicketCreation(w).ready(p, t)),
        )

    def _notes(self) -> OutboundCallKind:
        return OutboundCallKind(
            "psa-note",
            VENDOR,
            self._naming(self._guarded(lambda w, p, t: NoteWriter(w).call(p, t))),
            lambda _planned, ticket: ticket.intake.gone is not None,
            self._naming(self._guarded(lambda w, p, t: NoteWriter(w).query(p, t), lookup=True)),
            facts=facts,
            ready=self._ready(lambda w, p, t: NoteWriter(w).ready(p, t)),
        )

    def _naming(self, call: Call) -> Call:
        """Add the undelivered reply to the outcome of a call that failed or was refused."""

        async def named(planned: OutboundCall, ticket: Ticket) -> Outcome:
            outcome = await call(planned, ticket)
            psa_instance = self._of(planned, ticket)
            if psa_instance is None or outcome.what not in ("failed", "refused") or outcome.result is not None:
                return outcome
            reply = undelivered(await psa_instance.access.fact(planned.cause), "not_delivered")
            return outcome._replace(result=reply)

        return named

    def nothing_differs(self, planned: OutboundCall, ticket: Ticket) -> bool:
        """Whether the write-back is no longer needed."""
        instance = ticket.intake.instance
        if instance is None or instance not in self._psa_instances() or ticket.intake.record is None:
            return True
        differs = not desired(ticket, map_in_force(self._policies, instance), instance).nothing
        return not differs and planned.data != SUMMARY

    def _ready(self, waits: Waits) -> Ready:
        """Name the reason for which a call waits; a missing instance is one."""

        async def ready(planned: OutboundCall, ticket: Ticket) -> str | None:
            psa_instance = self._of(planned, ticket)
            return (
                _not_configured(planned, ticket) if psa_instance is None else await waits(psa_instance, planned, ticket)
            )

        return ready

    def _guarded(self, work: Work, lookup: bool = False) -> Callable[[OutboundCall, Ticket], Awaitable[Outcome]]:
        """Turn the connector's errors into outcomes. `lookup`: the failure of a look-up decides nothing."""

        async def call(planned: OutboundCall, ticket: Ticket) -> Outcome:
            psa_instance = self._of(planned, ticket)
            if psa_instance is None:
                return Outcome("unknown" if lookup else "wait", detail=_not_configured(planned, ticket))
            try:
                try:
                    return await work(psa_instance, planned, ticket)
                except RecordGone as error:
                    return await _missing(psa_instance, planned, ticket) or outcome_of(error, lookup)
            except VendorError as error:
                return outcome_of(error, lookup)
            except WriteInFlight:
                return Outcome("unknown" if lookup else "wait", detail="another call is under way", after=SOON)

        return call

    def _of(self, planned: OutboundCall, ticket: Ticket) -> PsaInstance | None:
        return self._psa_instances().get(_instance(planned, ticket))


def outcome_of(error: VendorError, lookup: bool) -> Outcome:
    """The outcome of a connector error. Only a refusal that names fields is final, and never that of a look-up.

    Refusals that may pass (409, 404, a redirect, a page of a router or a login) are retried until the kind's deadline.
    """
    detail = str(error)[:200]
    if isinstance(error, OutcomeUnknown):
        return Outcome("unknown", detail=detail)
    if isinstance(error, VendorRefused) and error.status == UNAUTHORISED:
        return Outcome("unknown" if lookup else "retry", detail=detail, after=CREDENTIALS)
    if isinstance(error, VendorRefused) and error.final and not lookup:
        return Outcome("failed", detail=detail)
    if isinstance(error, VendorRefused | RecordGone):
        return Outcome("refused", detail=detail)
    if lookup or not isinstance(error, VendorUnavailable | VendorRateLimited | VendorAnswerInvalid):
        return Outcome("unknown", detail=detail)
    wait = getattr(error, "retry_after", None)
    return Outcome("retry", detail=detail, after=timedelta(seconds=max(1.0, wait)) if wait else None)


async def _missing(psa_instance: PsaInstance, planned: OutboundCall, ticket: Ticket) -> Outcome | None:
    """The outcome of a call whose record is proven to be gone, else None: a 404 alone proves nothing."""
    if ticket.intake.record is None:
        return None
    with suppress(WriteInFlight):
        await psa_instance.tickets.read(ticket.intake.record, "webhook")
    found = await psa_instance.access.ticket(planned.aggregate)
    return Outcome("failed", detail="the record is gone") if found.intake.gone is not None else None


def _instance(planned: OutboundCall, ticket: Ticket) -> str:
    return ticket.intake.instance or planned.data.decode()


def _not_configured(planned: OutboundCall, ticket: Ticket) -> str:
    return f"DESK_PSA names no instance {_instance(planned, ticket)!r}"
