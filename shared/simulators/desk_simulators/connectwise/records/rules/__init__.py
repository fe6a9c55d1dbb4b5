"""Rules of each kind of record beyond its fields, as explicit tables by table name.

PREPARE fills a new draft before it is checked, COMPLETE completes or refuses every draft, AFTER_CREATE lists the
consequences of a new record (given with the body that made it), GUARD refuses a delete.
"""

from collections.abc import Callable

from desk_simulators.connectwise.identity import Actor
from desk_simulators.connectwise.records.rules import callback, contact, note, survey, ticket, time_entry
from desk_simulators.connectwise.records.rules.follow import Follow
from desk_simulators.connectwise.state import PsaState
from desk_simulators.kit.table import Record

Prepare = Callable[[PsaState, Record, Record, Actor], Record]
Complete = Callable[[PsaState, Record | None, Record, Actor], Record]
After = Callable[[PsaState, Record, Record], list[Follow]]
Guard = Callable[[PsaState, Record], None]

PREPARE: dict[str, Prepare] = {
    "ticket": ticket.prepare,
    "time": time_entry.prepare,
    "note": note.prepare,
    "callback": callback.prepare,
    "survey_result": survey.prepare,
}
COMPLETE: dict[str, Complete] = {
    "ticket": ticket.complete,
    "contact": contact.complete,
    "note": note.complete,
    "time": time_entry.complete,
    "callback": callback.complete,
}
AFTER_CREATE: dict[str, After] = {
    "ticket": ticket.first_notes,
    "note": note.update_ticket,
    "time": time_entry.update_ticket,
}
GUARD: dict[str, Guard] = {"time": time_entry.guard}
