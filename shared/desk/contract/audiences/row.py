"""A row of the table of audiences: the fields of one fact type, each for its readers, and when the client reads any."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from desk.contract.event import Payload
from desk.contract.ticket.docs.client import ClientSummarySent, ClientSummaryWritten
from desk.contract.ticket.intake.conversation import NoteAdded, ReplySent
from desk.contract.ticket.sla.clock_names import is_agreed
from desk.contract.ticket.triage.dispatch import WaitingStarted


class Row(NamedTuple):
    """Names of fields, separated by blanks; each field stands once.

    `staff`: for the MSP's people. `money`: for those who also see rates and amounts. `client`: for the client's own IT
    and everybody else; None: the client does not learn of the fact; empty: only that and when it happened.
    `only`: the facts of this type that the client learns of; None: all.
    """

    staff: str = ""
    client: str | None = None
    money: str = ""
    only: Callable[[Payload], bool] | None = None


def public_note(fact: Payload) -> bool:
    """A note that the client may read."""
    return isinstance(fact, NoteAdded) and not fact.internal


def external_wait(fact: Payload) -> bool:
    """A wait for the client, a vendor or a date, not one inside the MSP."""
    return isinstance(fact, WaitingStarted) and fact.on in ("client", "vendor", "schedule")


def public_reply(fact: Payload) -> bool:
    """A reply to the client, not an answer among the MSP's people."""
    return isinstance(fact, ReplySent) and fact.audience == "public"


def for_client(fact: Payload) -> bool:
    """A summary for the requester or the client's IT; one for a manager is theirs alone."""
    return isinstance(fact, ClientSummaryWritten | ClientSummarySent) and fact.audience != "manager"


def agreed_clock(fact: Payload) -> bool:
    """A fact of a clock that was agreed with the client, not of one of a team or a vendor."""
    clock = getattr(fact, "clock", None)
    return isinstance(clock, str) and is_agreed(clock)
