"""Observations beside the entries of a world file, checked field by field: sessions, and the time in the PSA."""

from __future__ import annotations

from desk.decision.policies.document import Code, Document
from desk.decision.policies.labour.values import Added, Amount
from desk_billing.rating.finder.missing import Session
from desk_billing.rating.handover.comparison import PsaTime
from desk_billing.rating.trial.labour_documents import Moment, Text, check_times, instant


class SessionDocument(Document):
    """A session: a person worked on a ticket from `start` to `end`."""

    ticket: Code
    technician: Code
    start: Moment
    end: Moment

    def session(self, zone: str) -> Session:
        """The session on the clock of a zone. Raises ``Fault`` for times that are in no order."""
        start, end = instant(self.start, zone, "start"), instant(self.end, zone, "end")
        check_times(start, end, None)
        return Session(start, end, self.technician, self.ticket)


class PsaTimeDocument(Document):
    """An entry as the PSA has it. `amount` is what the PSA charges."""

    entry: Code
    hours: Amount | None = None
    billed_hours: Amount | None = None
    amount: Added | None = None
    billable: bool | None = None
    invoice: Text = ""

    @property
    def time(self) -> PsaTime:
        """The entry as the comparison reads it."""
        return PsaTime(self.entry, self.hours, self.billed_hours, self.amount, self.billable, self.invoice)
