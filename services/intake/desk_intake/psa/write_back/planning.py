"""Plans calls to the PSA for own and replicated facts, in the transaction of the fact. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from desk.contract.event import Event, Payload
from desk.contract.ticket.docs.facts import Closed
from desk.contract.ticket.intake import facts as f
from desk.contract.ticket.intake import psa
from desk.contract.ticket.intake.assets import AssetLinked
from desk.contract.ticket.intake.caller import CallerHoldCleared, CallerReplaced, CallerRevoked
from desk.contract.ticket.intake.conversation import NoteAdded, ReplySent
from desk.contract.ticket.intake.psa_record import PsaBack
from desk.contract.ticket.ticket import Status, Ticket, status
from desk.contract.ticket.triage import ends
from desk.contract.ticket.triage.facts import FACTS as TRIAGE
from desk.decision.context import Policies
from desk.decision.planning import Effects, Intent
from desk.decision.registrar import TICKETS
from desk.policies.write_back import destination_of
from desk_intake.decisions.stale_psa_status import ended_during_hold
from desk_intake.psa.observe.status_map import map_in_force
from desk_intake.psa.write_back.desired import desired
from desk_integrations.instances.psa_document import PsaInstanceSettings

SUMMARY = b"summary"
"""Data of a write-back for a text, which is compared only when the call is made."""
LEFT_OUT = frozenset((Status.UNKNOWN, Status.MERGED, Status.GONE, Status.CLOSED, Status.CANCELLED))
"""Statuses in which a ticket gets no late record."""
OWN = (
    psa.PsaObserved,
    psa.PsaStatusMapped,
    psa.PsaSynced,
    PsaBack,
    f.TicketAdopted,
    f.ProblemRestated,
    CallerReplaced,
    f.ClientCorrected,
    CallerRevoked,
    CallerHoldCleared,
    AssetLinked,
)
COMPARED: tuple[type[Payload], ...] = (*TRIAGE, Closed, *OWN)
Notice = ends.OutsideClosureNoticed | ends.OutsideResolutionContested
Missed = Callable[[Event, Ticket], bool]


def _never(_event: Event, _ticket: Ticket) -> bool:
    return False


class WriteBackPlanner:
    """Plans the calls of a fact. `missed`: whether policy `write-back` may have withheld the creation of a ticket's
    record and permits it at the time of a fact.
    """

    def __init__(
        self, instances: Mapping[str, PsaInstanceSettings], policies: Policies, missed: Missed = _never
    ) -> None:
        self._instances, self._policies, self._missed = instances, policies, missed
        creating = (name for name, config in instances.items() if config.create_board is not None)
        self._creating = next(creating, None)

    @property
    def destination(self) -> str | None:
        """`<instance>:<board>` in which tickets opened in the desk get a record; None: in none."""
        if self._creating is None:
            return None
        return f"{self._creating}:{self._instances[self._creating].create_board}"

    def effects(self) -> Mapping[type[Payload], Effects]:
        """Fact -> plans. Nothing is planned without an instance."""
        if not self._instances:
            return {}
        plan = TICKETS.plan
        rows = (
            *(plan(fact, self.sync) for fact in COMPARED),
            plan(f.TicketOpened, self.create),
            plan(ReplySent, self.note),
            plan(NoteAdded, self.note),
            plan(ends.OutsideClosureNoticed, self.notice),
            plan(ends.OutsideResolutionContested, self.notice),
            plan(ends.ObservationRuled, self.ruled),
        )
        return {fact: effects for fact, (effects,) in dict(rows).items()}

    def sync(self, event: Event, ticket: Ticket) -> list[Intent]:
        """Plan a write-back if a field differs, or if a text may differ, which is not compared here."""
        instance = ticket.intake.instance
        if instance is None or instance not in self._instances or ticket.intake.record is None:
            return self._create_late(event, ticket)
        restated = isinstance(event.data, f.ProblemRestated)
        if not restated and desired(ticket, map_in_force(self._policies, instance), instance).nothing:
            return []
        return [Intent("psa-sync", client=ticket.intake.client, data=SUMMARY if restated else b"")]

    def create(self, event: Event[f.TicketOpened], ticket: Ticket) -> list[Intent]:
        """Plan the creation of our own ticket in the first PSA that has a board for it."""
        if self._creating is None or event.data.instance is not None:
            return []
        return [Intent("psa-create", client=ticket.intake.client, data=self._creating.encode())]

    def _create_late(self, event: Event, ticket: Ticket) -> list[Intent]:
        """Plan the creation of a ticket whose record could not be created when the ticket was opened."""
        instance = destination_of(ticket.intake.destination)[0]
        if ticket.intake.instance is not None or instance not in self._instances or status(ticket) in LEFT_OUT:
            return []
        late = self._missed(event, ticket)
        return [Intent("psa-create", client=ticket.intake.client, data=instance.encode())] if late else []

    def note(self, event: Event[ReplySent | NoteAdded], ticket: Ticket) -> list[Intent]:
        """Plan a note for a message written in the desk, not for one read from the PSA."""
        data = event.data
        to_psa = data.channel == "psa" if isinstance(data, ReplySent) else "-note-" not in data.note
        if not to_psa or data.text is None:
            return []
        return [*self._create_late(event, ticket), *self._note(ticket)]

    def notice(self, event: Event[Notice], ticket: Ticket) -> list[Intent]:
        """Plan a note that lists the missing evidence, after an external close or a contested resolution."""
        if event.mode == "import" or not event.data.missing:
            return []
        return [] if self._policies.external_mode.of(ticket.intake.client) == "observe" else self._note(ticket)

    def ruled(self, event: Event[ends.ObservationRuled], ticket: Ticket) -> list[Intent]:
        """Plan the write-back of a ruling, and a note to the person who was overruled: by a reopening or a hold."""
        overruled = event.data.outcome == "stale" or ended_during_hold(event, ticket)
        notes = self._note(ticket) if overruled else []
        return [*self.sync(event, ticket), *notes]

    def _note(self, ticket: Ticket) -> list[Intent]:
        linked = ticket.intake.instance in self._instances and ticket.intake.record is not None
        coming = ticket.intake.instance is None and self._creating is not None
        place = ticket.intake.instance or self._creating or ""
        return [Intent("psa-note", client=ticket.intake.client, data=place.encode())] if linked or coming else []
