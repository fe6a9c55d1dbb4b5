"""What each kind of record demands beyond its fields, as explicit tables by table name.

PREPARE fills a new draft before it is checked, SETTLE completes or refuses every draft, AFTER_CREATE says what
follows from a new record (given with the body that made it), GUARD refuses a delete.
"""

from collections.abc import Callable

from desk_simulators.connectwise.identity import Actor
from desk_simulators.connectwise.rules import callback, contact, note, survey, ticket, time_entry
from desk_simulators.connectwise.rules.follow import Follow
from desk_simulators.connectwise.state import PsaState
from desk_simulators.connectwise.table import Record

Prepare = Callable[[PsaState, Record, Record, Actor], Record]
Settle = Callable[[PsaState, Record | None, Record, Actor], Record]
After = Callable[[PsaState, Record, Record], list[Follow]]
Guard = Callable[[PsaState, Record], None]

PREPARE: dict[str, Prepare] = {
    "ticket": ticket.prepare,
    "time": time_entry.prepare,
    "note": note.prepare,
    "callback": callback.prepare,
    "survey_result": survey.prepare,
}
SETTLE: dict[str, Settle] = {
    "ticket": ticket.settle,
    "contact": contact.settle,
    "note": note.settle,
    "time": time_entry.settle,
    "callback": callback.settle,
}
AFTER_CREATE: dict[str, After] = {
    "ticket": ticket.first_notes,
    "note": note.tell_ticket,
    "time": time_entry.tell_ticket,
}
GUARD: dict[str, Guard] = {"time": time_entry.guard}
