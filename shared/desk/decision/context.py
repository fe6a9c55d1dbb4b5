"""The input of a decision besides the state. Pure: no clock, no randomness, no I/O."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from uuid import UUID

import msgspec

from desk.contract.event import Actor, Draft, Event, Mode, Origin
from desk.decision.policies.lookup import Policies as Policies
from desk.decision.principal import Role
from desk.decision.sources import NO_SOURCES, ConfiguredSources


def unkeyed(text: str) -> str:
    """SHA-256 (hex) of a text that is not secret. Services use an HMAC under the subject's key instead."""
    return sha256(text.encode()).hexdigest()


class DecisionContext(msgspec.Struct, frozen=True, kw_only=True):
    """The context of one decision: actor, time, policies.

    `id` is the id of the command or of the causing fact; new objects of the decision (a wait, a link, an entry) derive
    their ids from it. `cycle` is the one that the user saw,
    `subject` the ticket that a command is sent to, `roles` are the user's (none for a reaction). `fingerprint` names a
    text without telling it, `sources` the vendors that are configured.
    """

    id: UUID
    actor: Actor
    now: datetime
    policies: Policies
    mode: Mode = "process"
    origin: Origin = "live"
    cycle: int | None = None
    subject: str = ""
    roles: frozenset[Role] = frozenset()
    fingerprint: Callable[[str], str] = unkeyed
    sources: ConfiguredSources = NO_SOURCES


AnyState = object
"""The state of whichever aggregate a table's row is for: `desk.decision.registrar` proves it where a row is made."""

Reaction = Callable[[Event, AnyState, DecisionContext], list[Draft]]
"""(fact, state of its aggregate as of that fact, context) -> drafts of own facts. Never raises a refusal."""
