"""Plans the calls of a page: send it, follow it until it is answered, end it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

import msgspec

from desk.contract.event import Event, Payload
from desk.contract.ticket.ticket import Ticket
from desk.contract.ticket.triage import escalation as es
from desk.contract.ticket.triage.slice import PageChain
from desk.decision.planning import Effects, Intent
from desk.decision.registrar import TICKETS, table
from desk_integrations.instances.document import Instances

KIND = "paging"
VENDORS_ANSWER = "service:triage"
"""The actor of an acknowledgement that the vendor reported, which the vendor therefore has."""
Part = Literal["send", "follow", "end"]
Action = Literal["page", "acknowledge", "withdraw"]


class PageCall(msgspec.Struct, frozen=True):
    """One level of a page at the vendor. `target` is the schedule's name, `at` when the level was requested."""

    page: str
    level: int
    target: str
    at: datetime
    action: Action = "page"

    @property
    def key(self) -> str:
        """The vendor's key of the page: the same for every try."""
        return f"desk-{self.page}-{self.level}"


def encode(call: PageCall) -> bytes:
    return msgspec.json.encode(call)


def decode(data: bytes) -> PageCall:
    return msgspec.json.decode(data, type=PageCall)


def call_name(instance: str, part: Part) -> str:
    """The kind of the calls to an instance; stops name it or a beginning of it."""
    return f"{KIND}/{instance}/{part}"


def effects(instances: Instances) -> Mapping[type[Payload], tuple[Effects, ...]]:
    """The calls after facts of a page."""
    plans = _Plans(instances)
    return table(
        TICKETS.plan(es.PageRequested, plans.sending),
        TICKETS.plan(es.PageSent, plans.following),
        TICKETS.plan(es.PageAcknowledged, plans.ending),
        TICKETS.plan(es.PageWithdrawn, plans.ending),
    )


class _Plans:
    """Plans the calls of a level to the instance that it was requested from, whichever client the ticket has now.

    Requests from before facts named it go to the first instance that serves the client, its own before the MSP's.
    """

    def __init__(self, instances: Instances) -> None:
        self._instances = instances

    def sending(self, event: Event[es.PageRequested], ticket: Ticket) -> list[Intent]:
        page = event.data
        return self._intent("send", PageCall(page.page, page.level, page.schedule, event.time), ticket)

    def following(self, event: Event[es.PageSent], ticket: Ticket) -> list[Intent]:
        """A page that was sent although it was over by then is withdrawn instead."""
        page, chain = event.data, ticket.triage.pages.get(event.data.page)
        if chain is None:
            return []
        part: Part = "end" if chain.over else "follow"
        return self._intent(part, _call(page.page, page.level, chain, "withdraw" if chain.over else "page"), ticket)

    def ending(self, event: Event[es.PageAcknowledged | es.PageWithdrawn], ticket: Ticket) -> list[Intent]:
        """An acknowledgement by command is passed on; every other level stops to notify people."""
        page, chain = event.data.page, ticket.triage.pages.get(event.data.page)
        if chain is None:
            return []
        found: list[Intent] = []
        for level in chain.levels:
            action = _action(level, event, chain)
            if action is not None:
                found += self._intent("end", _call(page, level, chain, action), ticket)
        return found

    def _intent(self, part: Part, call: PageCall, ticket: Ticket) -> list[Intent]:
        client, chain = ticket.intake.client, ticket.triage.pages.get(call.page)
        named = chain.instances.get(call.level, "") if chain is not None else ""
        serving = self._instances.of(KIND, client)[:1]
        found = [one for one in self._instances.instances if one.id == named] if named else serving
        return [Intent(call_name(one.id, part), f"{call.page}|{call.level}", client, encode(call)) for one in found]


def _call(page: str, level: int, chain: PageChain, action: Action) -> PageCall:
    return PageCall(page, level, chain.schedules[level], chain.requested_at, action)


def _action(level: int, event: Event[es.PageAcknowledged | es.PageWithdrawn], chain: PageChain) -> Action | None:
    """The change of a level at the vendor once the page is over; None: none."""
    if chain.levels[level] == "failed":
        return None
    if isinstance(event.data, es.PageWithdrawn) or level != event.data.level:
        return "withdraw"
    return None if event.actor == VENDORS_ANSWER else "acknowledge"
