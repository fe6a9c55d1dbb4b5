"""The calls to the PSA: for which facts they are planned, and how what the connector raises becomes an outcome."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

from desk.deciding import Policies
from desk.log.effect_rows import Intent
from desk.log.effects import EffectKind, Outcome, Planned
from desk.log.tables import Effects
from desk.ticket.docs.facts import Closed
from desk.ticket.event import Event, Payload
from desk.ticket.intake import facts as f
from desk.ticket.intake import psa
from desk.ticket.ticket import Ticket
from desk.ticket.triage import ends
from desk.ticket.triage.facts import FACTS as TRIAGE
from desk_connectors.http import (
    OutcomeUnknown,
    RecordGone,
    VendorAnswerInvalid,
    VendorError,
    VendorRateLimited,
    VendorRefused,
    VendorUnavailable,
)
from desk_intake.psa.config import PsaInstance
from desk_intake.psa.creating import Create
from desk_intake.psa.desired import desired
from desk_intake.psa.mapping import map_in_force
from desk_intake.psa.noting import Notes
from desk_intake.psa.syncing import Sync, facts
from desk_intake.psa.tickets import NotYet
from desk_intake.psa.works import Works

TRIES = 1000
FORBIDDEN = timedelta(minutes=5)
SUMMARY = b"summary"
OWN = (
    psa.PsaObserved,
    psa.PsaStatusMapped,
    psa.PsaSynced,
    psa.PsaBack,
    f.TicketAdopted,
    f.ProblemRestated,
    f.CallerReplaced,
    f.ClientCorrected,
    f.CallerRevoked,
    f.CallerHoldCleared,
    f.AssetLinked,
)
Work = Callable[[Works, Planned, Ticket], Awaitable[Outcome]]


class Planner:
    """Which calls a fact asks for. `works` come later than the plans: only what calls need them."""

    def __init__(self, instances: Mapping[str, PsaInstance], policies: Policies) -> None:
        self._instances, self._policies = instances, policies
        creating = (name for name, config in instances.items() if config.create_board is not None)
        self._creating = next(creating, None)

    def effects(self) -> Mapping[type[Payload], Effects]:
        """Fact -> plans. Nothing is planned without an instance."""
        if not self._instances:
            return {}
        found: dict[type[Payload], Effects] = dict.fromkeys((*TRIAGE, Closed, *OWN), self.sync)
        found[f.TicketOpened] = self.create
        found[f.ReplySent] = found[f.NoteAdded] = self.note
        found[ends.OutsideClosureNoticed] = self.notice
        found[ends.OutsideResolutionContested] = self.notice
        found[ends.ObservationRuled] = self.ruled
        return found

    def sync(self, event: Event, ticket: Ticket) -> list[Intent]:
        """A write-back where something differs, or may differ in a text that is not compared here."""
        instance = ticket.intake.instance
        if instance is None or instance not in self._instances or ticket.intake.record is None:
            return []
        restated = isinstance(event.data, f.ProblemRestated)
        if not restated and desired(ticket, map_in_force(self._policies, instance), instance).nothing:
            return []
        return [Intent("psa-sync", client=ticket.intake.client, data=SUMMARY if restated else b"")]

    def create(self, event: Event, ticket: Ticket) -> list[Intent]:
        """Our own tickets are created in the first PSA that has a board for them."""
        if self._creating is None or event.data.instance is not None:
            return []
        return [Intent("psa-create", client=ticket.intake.client, data=self._creating.encode())]

    def note(self, event: Event, ticket: Ticket) -> list[Intent]:
        """What was said here is said there; what was read there is not."""
        data = event.data
        told = data.channel == "psa" if isinstance(data, f.ReplySent) else "-note-" not in data.note
        return self._note(ticket) if told and data.text is not None else []

    def notice(self, event: Event, ticket: Ticket) -> list[Intent]:
        """In flag mode an outside close, and in enforce mode a contested one, is answered with what is missing."""
        if event.mode == "import" or not event.data.missing:
            return []
        policy = self._policies.get("outside-mode")
        mode = policy["clients"].get(ticket.intake.client, policy["default"])
        return [] if mode == "observe" else self._note(ticket)

    def ruled(self, event: Event, ticket: Ticket) -> list[Intent]:
        """Whoever was overruled is told; what was ruled is written back."""
        told = self._note(ticket) if event.data.outcome == "stale" else []
        return [*self.sync(event, ticket), *told]

    def _note(self, ticket: Ticket) -> list[Intent]:
        linked = ticket.intake.instance in self._instances and ticket.intake.record is not None
        coming = ticket.intake.instance is None and self._creating is not None
        place = ticket.intake.instance or self._creating or ""
        return [Intent("psa-note", client=ticket.intake.client, data=place.encode())] if linked or coming else []


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
