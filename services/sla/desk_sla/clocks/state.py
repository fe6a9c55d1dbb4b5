"""The ticket as the sla service folds it: the published slices, and beside them the timeline that clocks are judged by.

Why it is not part of the published ticket: handbook/adr/0005-the-timeline-beside-the-ticket.md.
"""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from pathlib import Path

from desk.contract.event import Event, Stream
from desk.contract.ticket.ticket import EVOLVE, Ticket
from desk.decision.event_model import EventModel, State
from desk_sla.clocks import event_time, psa_readings, timeline
from desk_sla.clocks import evolve as folds
from desk_sla.clocks.timeline import Timeline
from desk_sla.engine import history


class Judging(Ticket, frozen=True):
    """A ticket with its timeline."""

    timeline: Timeline = timeline.INITIAL

    def evolve(self, event: Event) -> Judging:
        """The ticket after one more fact, whoever owns it."""
        t = EVOLVE[event.owner](self, event)
        return Judging(t.intake, t.triage, t.sla, t.billing, t.docs, folds.evolve(self.timeline, event))


INITIAL = Judging()


def judging(ticket: Ticket) -> Judging:
    """The ticket of a command with its timeline. TypeError where the service's own language was not used."""
    if not isinstance(ticket, Judging):
        raise TypeError("this ticket has no timeline: fold it with desk_sla.clocks.state.folding")
    return ticket


def folding(language: EventModel) -> EventModel:
    """The published language, with tickets folded to `Judging`."""

    def initial(stream: Stream) -> State:
        return INITIAL if stream is Stream.TICKETS else language.initial(stream)

    return language._replace(initial=initial, version=f"{language.version[:16]}-{_fold_version()}")


@cache
def _fold_version() -> str:
    """A hash of the code that folds the timeline: snapshots folded by other code are never read."""
    total = sha256()
    for module in (folds, psa_readings, event_time, timeline, history):
        total.update(Path(str(module.__file__)).read_bytes())
    return total.hexdigest()[:15]
