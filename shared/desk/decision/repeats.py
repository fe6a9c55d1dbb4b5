"""Tells a command that repeats what is recorded from one that says something else, which is never dropped. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from desk.contract.event import Draft, Payload
from desk.contract.folding import slot
from desk.decision.command import TicketBody
from desk.decision.context import DecisionContext
from desk.decision.refusal import Json, Refusal


def content_hash(body: TicketBody, context: DecisionContext) -> str:
    """An HMAC of everything that the command says, besides its cycle, under the key of the ticket's subject.

    Empty while the key ring lacks that key: a command without texts goes on, and no repeat of it is recognised.
    """
    try:
        return context.fingerprint(body.model_dump_json(exclude={"cycle"}))
    except Refusal as missing:
        if missing.code != "key_missing":
            raise
        return ""


def repeated(
    fact: type[Payload], *key: object, body: TicketBody, texts: Mapping[str, str], context: DecisionContext
) -> list[Draft]:
    """Nothing when the command says what the fact with that natural key says; refused `already_recorded` otherwise."""
    said = content_hash(body, context)
    return same(said != "" and texts.get(slot(fact, *key)) == said, fact=fact.name)


def same(holds: bool, **recorded: Json) -> list[Draft]:
    """Nothing when the command says what is recorded; refused `already_recorded`, with what is, when it does not."""
    if holds:
        return []
    text = ", ".join(f"{name} {value}" for name, value in recorded.items())
    raise Refusal("already_recorded", f"Recorded with other content: {text}.", recorded=recorded)
