"""The PSA's own SLA figures, kept for comparison; no clock is judged by them.

Kept apart from `evolve`, so that judging clocks does not need to read these facts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec.structs import replace

from desk.calendars.times import to_seconds
from desk.contract.event import Event, Payload
from desk.contract.folding import on, steps
from desk.contract.ticket.intake import psa
from desk_sla.clocks.event_time import AHEAD, moment
from desk_sla.clocks.timeline import ByIntake, Reading


def _observed(p: ByIntake, e: Event[psa.PsaObserved]) -> ByIntake:
    o = e.data
    if o.service_level is None:
        return p
    return replace(p, readings=(*p.readings, Reading(moment(e), o.service_level, "status" in o.changed)))


def _synced(p: ByIntake, e: Event[psa.PsaSynced]) -> ByIntake:
    """Take the figures returned by a write of ours, as of the record's own timestamp. A reply that the write carried
    did reach the client.
    """
    w = e.data
    if p.undelivered & w.created.keys():
        p = replace(p, undelivered=p.undelivered - w.created.keys())
    if w.service_level is None:
        return p
    at = moment(e) if w.level_at is None else min(to_seconds(w.level_at), to_seconds(e.recordedtime) + AHEAD)
    return replace(p, readings=(*p.readings, Reading(at, w.service_level, "status" in w.wrote)))


READ: Mapping[type[Payload], Callable[[ByIntake, Event], ByIntake]] = steps(
    on(psa.PsaObserved, _observed),
    on(psa.PsaSynced, _synced),
)
