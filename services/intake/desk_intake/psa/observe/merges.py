"""Tickets that were merged in the PSA: the loser lives on in the root of its chain. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from desk.contract.event import Actor, Draft
from desk.contract.streams.security import PolicyViolation
from desk.contract.ticket.intake import facts as f
from desk.contract.ticket.ticket import Ticket
from desk_intake.psa.conversation.conversation import repeated, said
from desk_intake.psa.observe.adopt_psa_change import external_draft
from desk_intake.psa.port import Seen

StateOf = Callable[[str], Ticket]


def root_of(loser: str, winner: str, state_of: StateOf) -> str | None:
    """The ticket in which a merge into `winner` ends; None when it would end in itself."""
    passed, at = {loser}, winner
    while at not in passed:
        passed.add(at)
        further = state_of(at).intake.merged_into
        if further is None:
            return at
        at = further
    return None


def into(root: str, seen: Seen) -> Draft:
    """The loser's fact."""
    return external_draft(f.MergedInto(root=root, evidence=f"record {seen.record} was merged in the PSA"), seen)


def moves(loser: str, root: str, seen: Seen, state_of: StateOf) -> Iterator[tuple[str, Draft]]:
    """(ticket, fact) beside the loser's own: the root takes it in, with all that the loser had taken in before."""
    known = state_of(root).intake.absorbed
    for lost in (loser, *state_of(loser).intake.absorbed):
        if lost != loser and state_of(lost).intake.merged_into != root:
            yield lost, into(root, seen)
        if lost not in known:
            evidence = f"record {seen.record} was merged in the PSA"
            yield root, external_draft(f.MergeAbsorbed(loser=lost, evidence=evidence), seen)
        yield from ((root, draft) for draft in _late_words(lost, root, seen, state_of))


def _late_words(lost: str, root: str, seen: Seen, state_of: StateOf) -> Iterator[Draft]:
    """What people said to the loser when it was merged already, and we did not know: it is said to the root."""
    here, undelivered = said(state_of(root)), state_of(lost).intake.undelivered
    for reply in state_of(lost).intake.messages:
        if reply.message not in undelivered and reply.time >= seen.at and reply.message not in here:
            yield Draft(data=repeated(reply), time=reply.time, mode="outside", actor=Actor.parse(seen.by))


def cycle(loser: str, ticket: Ticket, seen: Seen) -> list[Draft]:
    """A merge that would end in itself is not followed, and said."""
    if ticket.intake.opening_id is None:
        return []
    detail = f"record {seen.record} is merged into one that was merged into it: settle it in the PSA"
    fact = ticket.intake.opening_id
    return [Draft(data=PolicyViolation(rule="psa-merge-cycle", fact=fact, ticket=loser, detail=detail), subject=loser)]
