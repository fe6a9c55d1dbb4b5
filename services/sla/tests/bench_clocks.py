"""Measures sla's share in applying a fact: folding the timeline, deciding, arming timers. Run it as a script."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import reduce

from msgspec.structs import replace

from desk.contract.event import Actor, Draft, Event, Origin, Payload
from desk.contract.ticket.docs import facts as docs
from desk.contract.ticket.intake.conversation import ReplySent
from desk.contract.ticket.ticket import Ticket
from desk.contract.ticket.triage import dispatch as d
from desk.contract.ticket.triage import ends as en
from desk.decision.context import DecisionContext
from desk.eventstore.handler_registry import chained
from desk.policies import PolicyBook
from desk.testing import controls as c
from desk.testing.given import Story
from desk_sla.clocks.state import INITIAL, TicketWithTimeline
from desk_sla.policies import builtin, rules_of
from desk_sla.reactions import REACTIONS
from desk_sla.timers import MOVES, arm

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
ROUNDS = 300


def life(matrix: str | None = None) -> list[Payload]:
    """Sixteen facts of other owners, as many as a ticket of the incident log has on average."""
    seen: list[Payload] = [c.observed(n, "open") for n in range(1, 7)]
    waits = [d.WaitingStarted(wait="w1", on="client"), d.WaitingEnded(wait="w1")]
    return [
        c.opening(opened_at=START, matrix=matrix),
        c.tier(as_of=START),
        *seen[:2],
        c.assessed(priority="P3"),
        d.Queued(queue="Network", revision=1),
        ReplySent(message="a1", author="human", audience="public", to_requester=True, channel="mail"),
        *waits,
        *seen[2:],
        d.Assigned(technician="tess", revision=2),
        en.Resolved(),
        docs.Closed(resolution=c.NAMESPACE),
    ]


def recorded(facts: Sequence[Payload], origin: Origin) -> list[Event]:
    """The facts as their owners record them, an hour apart."""
    story = Story(origin=origin)
    times = (START + timedelta(hours=n) for n in range(len(facts)))
    return [
        story.record(Draft(data=fact, time=at, cycle=1 if fact.spec.cycle == "always" else None))
        for fact, at in zip(facts, times, strict=True)
    ]


def folding(events: Sequence[Event], start: Ticket) -> Callable[[], object]:
    return lambda: reduce(lambda ticket, event: ticket.evolve(event), events, start)


def answering(events: Sequence[Event], book: PolicyBook) -> None:
    """Apply every fact in a transaction of its own: record the answers, and arm the timers once, after the last."""
    ticket: TicketWithTimeline = INITIAL
    seqs = 0
    for event in events:
        ticket = ticket.evolve(event)
        reactions = REACTIONS.get(type(event.data))
        if reactions is None:
            continue
        context = DecisionContext(
            id=event.id, actor=Actor("service", "sla"), now=event.time, policies=book, origin=event.origin
        )
        drafts = chained(reactions)(event, ticket, context)
        for draft in drafts:
            seqs += 1
            ticket = ticket.evolve(_own(draft, event, seqs))
        if any(type(draft.data) in MOVES for draft in drafts):
            arm(ticket, rules_of(book))


def _own(draft: Draft, cause: Event, seq: int) -> Event:
    return replace(
        cause,
        source="/desk/sla",
        data=draft.data,
        cycle=draft.cycle,
        time=draft.time or cause.time,
        ownerseq=seq,
    )


def spent(work: Callable[[], object], facts: int) -> float:
    """Microseconds of processor time for each fact: the best of three runs."""
    best = float("inf")
    for _ in range(3):
        begun = time.process_time()
        for _ in range(ROUNDS):
            work()
        best = min(best, time.process_time() - begun)
    return best / ROUNDS / facts * 1e6


def results() -> dict[str, float]:
    book = PolicyBook(builtin())
    live, old = recorded(life(), "live"), recorded(life("import:servicenow-incident-log"), "import")
    plain, timeline = spent(folding(live, Ticket()), len(live)), spent(folding(live, INITIAL), len(live))
    both = {"live": spent(lambda: answering(live, book), len(live))}
    both["imported"] = spent(lambda: answering(old, book), len(old))
    return {
        "fold a ticket": plain,
        "the timeline adds": timeline - plain,
        "live: fold, decide, record, arm": both["live"],
        "imported: fold, decide, record": both["imported"],
    }


def main() -> None:
    for name, found in results().items():
        sys.stdout.write(f"{name:34} {found:8.1f} us per applied fact\n")


if __name__ == "__main__":
    main()
