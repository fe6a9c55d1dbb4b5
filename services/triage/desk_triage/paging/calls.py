"""The outbound calls of pages to one instance, on the ledger. A page is looked up before it is sent again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from desk.contract.event import Draft
from desk.contract.ticket.ticket import Ticket
from desk.contract.ticket.triage import escalation as es
from desk.decision.context import DecisionContext
from desk.decision.planning import OutboundCall, Outcome
from desk.eventstore.aggregate_id import split
from desk.outbox.outbound_call_kind import OutboundCallKind, Withheld
from desk_integrations.evidence.definition import KeyMissing, Lookup
from desk_integrations.instances.document import Instance
from desk_integrations.kinds.paging import NewPage, PageAccepted, PageRefused, PageState, Paging, Urgency
from desk_integrations.outcomes import Empty, NotConfigured, NotMapped, Unknown
from desk_integrations.outcomes import Outcome as Answer
from desk_triage.decisions.paging.page_chain import awaited, delivery, obsolete, record_state
from desk_triage.paging.planning import PageCall, call_name, decode

EVERY = timedelta(seconds=20)
"""The pause between look-ups of a page that nobody has acknowledged; a callback makes the next one due at once."""
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(minutes=1)
"""Pauses between tries to send or end a page at a vendor that does not answer."""
APPEARS = 6
"""Tries of an acknowledgement, while the vendor may still process the page that it accepted."""
MARGIN = 5.0
"""Seconds between the deadline of a port method and the time-out of its call."""
FINAL = ("another-page", "acknowledged", "withdrawn", "next-level")
"""Reasons to send a level no more that the ticket has as facts already."""
NO_PROBLEM = "open the ticket for its problem statement"
URGENCIES: dict[str | None, Urgency] = {"P1": "critical", "P2": "high"}


class PagingCalls:
    """Sends, follows and ends pages. `port` gives the adapter, and `lookup` unseals, once the service is composed."""

    def __init__(self, instance: Instance, port: Callable[[], Paging], lookup: Lookup) -> None:
        self._instance, self._port, self._lookup = instance, port, lookup

    def kinds(self) -> tuple[OutboundCallKind, ...]:
        """One kind per part, so that a page that is sent waits for no look-up."""
        timeout = self._instance.deadline + MARGIN
        send = OutboundCallKind(
            name=call_name(self._instance.id, "send"),
            vendor=self._instance.id,
            call=self._send,
            stale=_never,
            withheld=_withheld,
            repeatable=True,
            facts=_sent,
            timeout=timeout,
            first_pause=FIRST_PAUSE,
            longest_pause=LONGEST_PAUSE,
        )
        follow = send._replace(
            name=call_name(self._instance.id, "follow"),
            call=self._follow,
            stale=_answered,
            withheld=_permitted,
            facts=_followed,
            first_pause=EVERY,
            longest_pause=EVERY,
        )
        end = send._replace(
            name=call_name(self._instance.id, "end"), call=self._end, withheld=_permitted, facts=_nothing
        )
        return send, follow, end

    async def _send(self, planned: OutboundCall, ticket: Ticket) -> Outcome:
        _stream, identity = split(planned.aggregate)
        page = new_page(decode(planned.data), identity, self._problem(ticket), ticket)
        return _outcome(await self._port().page(page, repeated=planned.tries > 0 or planned.uncertain))

    def _problem(self, ticket: Ticket) -> str:
        """The problem statement; a page is sent without it where its key is missing."""
        try:
            return self._lookup.readable(ticket.intake.problem) or NO_PROBLEM
        except KeyMissing:
            return NO_PROBLEM

    async def _follow(self, planned: OutboundCall, ticket: Ticket) -> Outcome:
        call = decode(planned.data)
        found = await self._port().state(call.target, call.key)
        if not isinstance(found, PageState):
            return Outcome("wait", detail=found.reason if isinstance(found, Unknown) else "no-incident", after=EVERY)
        if found.status != "triggered":
            return Outcome("done", vendor_key=found.external, detail=found.status, result=found)
        chain = ticket.triage.pages.get(call.page)
        if chain is not None and chain.levels.get(call.level) in ("requested", "sent") and delivery(found) is not None:
            # only the outcomes `done` and `unknown` of a call are recorded with facts
            return Outcome("unknown", vendor_key=found.external, detail="delivered", after=EVERY, result=found)
        return Outcome("wait", vendor_key=found.external, detail="not-acknowledged", after=EVERY)

    async def _end(self, planned: OutboundCall, _ticket: Ticket) -> Outcome:
        call, port = decode(planned.data), self._port()
        if call.action == "acknowledge":
            found = await port.acknowledge(call.target, call.key)
            if isinstance(found, Empty) and planned.tries + 1 < APPEARS:
                return Outcome("retry", detail="no-incident", after=FIRST_PAUSE)
            return _outcome(found)
        return _outcome(await port.withdraw(call.target, call.key))


def new_page(call: PageCall, identity: str, problem: str, ticket: Ticket) -> NewPage:
    """The page that a person reads, out of the ticket as it is when it is sent."""
    priority = ticket.triage.priority
    details = {
        "Ticket": identity,
        "Client": ticket.intake.client,
        "Priority": priority or "",
        "Level": str(call.level),
    }
    return NewPage(
        key=call.key,
        target=call.target,
        title=f"{priority or 'No priority'}: {problem}",
        urgency=URGENCIES.get(priority, "low"),
        at=call.at,
        details=details,
    )


def _outcome(found: Answer[PageAccepted | PageRefused]) -> Outcome:
    if isinstance(found, PageAccepted):
        return Outcome("done", vendor_key=found.key)
    if isinstance(found, PageRefused):
        return Outcome("failed", detail=f"refused: {', '.join(found.fields)}" if found.fields else "refused")
    if isinstance(found, Empty):
        return Outcome("done", detail="no-incident")
    if isinstance(found, NotMapped):
        return Outcome("failed", detail="target-not-listed")
    if isinstance(found, NotConfigured):
        return Outcome("failed", detail="not-configured")
    after = None if found.retry_after is None else timedelta(seconds=found.retry_after)
    return Outcome("unknown", detail=found.reason, after=after)


async def _withheld(planned: OutboundCall, ticket: Ticket) -> Withheld | None:
    call = decode(planned.data)
    why = obsolete(call.page, call.level, ticket)
    return None if why is None else Withheld(why, result=None if why in FINAL else call)


async def _permitted(_planned: OutboundCall, _ticket: Ticket) -> Withheld | None:
    return None


def _never(_planned: OutboundCall, _ticket: Ticket) -> bool:
    return False


def _answered(planned: OutboundCall, ticket: Ticket) -> bool:
    return not awaited(decode(planned.data).page, ticket)


def _sent(planned: OutboundCall, outcome: Outcome, _ticket: Ticket, _context: DecisionContext) -> list[Draft]:
    call = decode(planned.data)
    if outcome.what == "done":
        return [Draft(data=es.PageSent(page=call.page, level=call.level, vendor_key=call.key))]
    if outcome.what == "failed":
        return [Draft(data=es.PageFailed(page=call.page, level=call.level, why=outcome.detail))]
    if outcome.what == "withheld":
        return [Draft(data=es.PageWithdrawn(page=call.page, level=call.level, why=outcome.detail))]
    return []


def _followed(planned: OutboundCall, outcome: Outcome, ticket: Ticket, _context: DecisionContext) -> list[Draft]:
    call = decode(planned.data)
    return record_state(call.page, call.level, outcome.result, ticket) if isinstance(outcome.result, PageState) else []


def _nothing(_planned: OutboundCall, _outcome: Outcome, _ticket: Ticket, _context: DecisionContext) -> list[Draft]:
    return []
