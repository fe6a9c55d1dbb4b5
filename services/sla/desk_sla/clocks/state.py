"""The ticket as sla folds it: the published slices, and the timeline that clocks are judged by.

Why it is not part of the published ticket: handbook/adr/0005-the-timeline-beside-the-ticket.md.
"""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from pathlib import Path

from desk.contract.event import Event, Stream
from desk.contract.ticket.ticket import EVOLVE, Ticket
from desk.decision.event_model import EventModel, State
from desk.decision.registrar import Registrar
from desk_sla.clocks import event_time, psa_readings, timeline
from desk_sla.clocks import evolve as folds
from desk_sla.clocks.timeline import Timeline
from desk_sla.engine import history


class TicketWithTimeline(Ticket, frozen=True):
    """A ticket with its timeline."""

    timeline: Timeline = timeline.INITIAL

    def evolve(self, event: Event) -> TicketWithTimeline:
        """Return the ticket after one more fact of any owner."""
        t = EVOLVE[event.owner](self, event)
        return TicketWithTimeline(t.intake, t.triage, t.sla, t.billing, t.docs, folds.evolve(self.timeline, event))


INITIAL = TicketWithTimeline()
CLOCKED: Registrar[TicketWithTimeline] = Registrar()
"""Makes the rows of sla's tables, whose functions take tickets folded by `folding`."""


def with_timeline(ticket: Ticket) -> TicketWithTimeline:
    """Narrow a command's ticket to one with a timeline. TypeError when it was folded without `folding`."""
    if not isinstance(ticket, TicketWithTimeline):
        raise TypeError("this ticket has no timeline: fold it with desk_sla.clocks.state.folding")
    return ticket


def folding(language: EventModel) -> EventModel:
    """The published event model, with tickets folded to `TicketWithTimeline`."""

    def initial(stream: Stream) -> State:
        return INITIAL if stream is Stream.TICKETS else language.initial(stream)

    return language._replace(initial=initial, version=f"{language.version[:16]}-{_fold_version()}")


@cache
def _fold_version() -> str:
    """A hash of the code that folds the timeline, so that snapshots made by other code are not read."""
    total = sha256()
    for module in (folds, psa_readings, event_time, timeline, history):
        total.update(Path(str(module.__file__)).read_bytes())
    return total.hexdigest()[:15]
