"""Decides merges made in the PSA: a merged ticket continues in the root of its chain. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from desk.contract.event import Actor, Draft
from desk.contract.streams.security import PolicyViolation
from desk.contract.ticket.intake import facts as f
from desk.contract.ticket.ticket import Ticket
from desk_intake.psa.conversation.note_facts import message_ids, repeat_on_root
from desk_intake.psa.observe.adopt_psa_change import external_draft
from desk_intake.psa.observed_record_types import ObservedTicket

StateOf = Callable[[str], Ticket]


def root_of(loser: str, winner: str, state_of: StateOf) -> str | None:
    """The root ticket of a merge into `winner`; None if the chain would be a circle."""
    passed, at = {loser}, winner
    while at not in passed:
        passed.add(at)
        further = state_of(at).intake.merged_into
        if further is None:
            return at
        at = further
    return None


def merged_into(root: str, seen: ObservedTicket) -> Draft:
    """Draft the merged ticket's fact."""
    return external_draft(f.MergedInto(root=root, evidence=f"record {seen.record} was merged in the PSA"), seen)


def absorptions(loser: str, root: str, seen: ObservedTicket, state_of: StateOf) -> Iterator[tuple[str, Draft]]:
    """(ticket, fact) on other tickets: the root absorbs the loser and every ticket that the loser had absorbed."""
    absorbed = state_of(root).intake.absorbed
    for lost in (loser, *state_of(loser).intake.absorbed):
        if lost != loser and state_of(lost).intake.merged_into != root:
            yield lost, merged_into(root, seen)
        if lost not in absorbed:
            evidence = f"record {seen.record} was merged in the PSA"
            yield root, external_draft(f.MergeAbsorbed(loser=lost, evidence=evidence), seen)
        yield from ((root, draft) for draft in _late_words(lost, root, seen, state_of))


def _late_words(lost: str, root: str, seen: ObservedTicket, state_of: StateOf) -> Iterator[Draft]:
    """Messages on the loser after the merge that we recorded before we read the merge, repeated on the root."""
    here, undelivered = message_ids(state_of(root)), state_of(lost).intake.undelivered
    for reply in state_of(lost).intake.messages:
        if reply.message not in undelivered and reply.time >= seen.at and reply.message not in here:
            yield Draft(data=repeat_on_root(reply), time=reply.time, mode="outside", actor=Actor.parse(seen.by))


def merge_cycle(loser: str, ticket: Ticket, seen: ObservedTicket) -> list[Draft]:
    """Report a circular merge, which is not followed."""
    if ticket.intake.opening_id is None:
        return []
    detail = f"record {seen.record} is merged into one that was merged into it: settle it in the PSA"
    fact = ticket.intake.opening_id
    return [Draft(data=PolicyViolation(rule="psa-merge-cycle", fact=fact, ticket=loser, detail=detail), subject=loser)]
