"""The policy `write-back`: the level of writing to a PSA for a ticket. Messages that cannot be sent are refused.

Pure. The most specific entry applies: a board of a client, a client, a board, an instance, the default.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from desk.contract.ticket.ticket import Ticket
from desk.decision.context import Policies
from desk.decision.policies.intake import ClientWriteBack, WriteBack, WriteLevel
from desk.decision.refusal import Refusal

POLICY = "write-back"
LEVELS: tuple[WriteLevel, ...] = ("nothing", "notes", "everything")
SENTENCES: Mapping[WriteLevel, str] = {
    "nothing": "observing: nothing is written to {place}",
    "notes": "notes only: internal notes are written to {place}, nothing else",
    "everything": "everything is written to {place}",
}
REMEDY = (
    "Tell the client by phone or in the PSA itself. An administrator publishes policy write-back"
    " (`desk policy publish write-back FILE`) so that the desk writes there."
)


class WritePlace(NamedTuple):
    """The target of a write: the PSA instance, the board of the record, the client."""

    instance: str
    board: str | None = None
    client: str | None = None


def level_of(policy: WriteBack, place: WritePlace) -> WriteLevel:
    """The level of a place under a version of the policy."""
    of_client = policy.clients.get(place.client) if place.client is not None else None
    if isinstance(of_client, ClientWriteBack):
        return _of_board(of_client.boards, place) or of_client.default
    return of_client or _of_board(policy.boards, place) or policy.instances.get(place.instance) or policy.default


def _of_board(boards: Mapping[str, WriteLevel], place: WritePlace) -> WriteLevel | None:
    return boards.get(f"{place.instance}:{place.board}") or boards.get(str(place.board))


def levels_in(content: object) -> set[WriteLevel]:
    """All levels that a version gives to any place."""
    if isinstance(content, Mapping):
        return {level for value in content.values() for level in levels_in(value)}
    return {content} if content in LEVELS else set()


def covers(level: WriteLevel, needed: WriteLevel) -> bool:
    """Whether a level permits an operation that needs `needed`."""
    return LEVELS.index(level) >= LEVELS.index(needed)


def lowest(levels: Iterable[WriteLevel]) -> WriteLevel:
    """The most restrictive level."""
    return min(levels, key=LEVELS.index)


def destination_of(destination: str | None) -> tuple[str, str | None]:
    """Instance and board of a ticket's `destination`, which `TicketOpened` records as `<instance>:<board>`."""
    instance, _, board = (destination or "").partition(":")
    return instance, board or None


def places_of(ticket: Ticket) -> tuple[WritePlace, ...]:
    """All places that a write about the ticket concerns; none when the ticket is in no PSA.

    The client of the ticket and the client that the PSA displays both count: correcting one writes to the other's
    record. A ticket of imported history is in the PSA only once a board was observed for it.
    """
    i = ticket.intake
    board = i.psa_fields.get("board")
    if i.instance is None and i.destination is not None:
        return (WritePlace(*destination_of(i.destination), i.client),)
    if i.instance is None or (i.origin == "import" and board is None):
        return ()
    clients = dict.fromkeys((i.client, i.psa_fields.get("client") or i.client))
    return tuple(WritePlace(i.instance, board, client) for client in clients)


def level_for(policy: WriteBack, ticket: Ticket) -> WriteLevel | None:
    """The level of a ticket under a version; None when the ticket is in no PSA."""
    places = places_of(ticket)
    return lowest(level_of(policy, place) for place in places) if places else None


def ensure_message_may_leave(ticket: Ticket, policies: Policies) -> None:
    """Refuse a message to a contact who left, and one that may not be written to the PSA: the client would not get it.

    The policy does not apply to tickets in no PSA.
    """
    if ticket.intake.caller_hold:
        raise Refusal("caller_revoked")
    level = level_for(policies.write_back, ticket)
    if level is None or level == "everything":
        return
    place = places_of(ticket)[0]
    raise Refusal(
        "write_back_off",
        f"The client would not get this: policy write-back permits {level!r} for {describe(place)},"
        " a message needs 'everything'.",
        remedy=REMEDY,
        setting=POLICY,
        permits=level,
        needs="everything",
        instance=place.instance,
        board=place.board,
        client=place.client,
        changed_by="administrator",
    )


def describe(place: WritePlace) -> str:
    """A place in words."""
    board = f", board {place.board}" if place.board else ""
    client = f", client {place.client}" if place.client else ""
    return f"{place.instance}{board}{client}"


def sentence(level: WriteLevel, place: str) -> str:
    """The sentence that describes a level of write-back to a place."""
    return SENTENCES[level].format(place=place)
