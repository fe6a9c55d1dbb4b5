"""Intake's facts about the words that client and desk exchange."""

from __future__ import annotations

from typing import Literal

from desk.contract.event import Payload, Spec, Text


class ClientReplied(Payload, frozen=True, kw_only=True):
    """The client replied; `auto` marks auto-replies and bounces."""

    spec = Spec("intake", ("message",))
    message: str
    text: Text | None = None
    auto: bool = False


class ReplySent(Payload, frozen=True, kw_only=True):
    """A reply was sent. Only a human, public reply to the requester is a response."""

    spec = Spec("intake", ("message",))
    message: str
    author: Literal["human", "bot", "automatic"]
    audience: Literal["public", "internal"]
    to_requester: bool
    channel: str
    text: Text | None = None
    summary: str | None = None


class ReplyUndelivered(Payload, frozen=True, kw_only=True):
    """The reply `message` did not reach the client: the call `effect` to deliver it ended without being made.

    `reason` is a code, such as `write_back_off`. A later `psa-synced` of the message revokes this fact.
    """

    spec = Spec("intake", ("message",))
    message: str
    reason: str
    effect: str


class NoteAdded(Payload, frozen=True, kw_only=True):
    """A note was added to the ticket."""

    spec = Spec("intake", ("note",))
    note: str
    internal: bool
    text: Text


FACTS: tuple[type[Payload], ...] = (
    ClientReplied,
    ReplySent,
    ReplyUndelivered,
    NoteAdded,
)
