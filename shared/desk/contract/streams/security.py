"""Security events for monitoring. Topic `desk.security.v1`, key = subject id, owner: each service."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from desk.contract.event import Payload, Spec, Stream, Text

S = Stream.SECURITY


class PolicyViolation(Payload, frozen=True, kw_only=True):
    """A replicated fact violates the policy `rule`; it was applied, without an effect."""

    spec = Spec("each", ("rule", "fact"), stream=S)
    rule: str
    fact: UUID
    ticket: str | None = None
    who: str = ""
    detail: Text = ""


class ActionAfterRevocation(Payload, frozen=True, kw_only=True):
    """An action was done at `at` for a contact that was terminated already, before the termination was known here."""

    spec = Spec("each", ("fact",), stream=S)
    fact: UUID
    ticket: str
    contact: str
    who: str
    at: datetime


class BreakGlassOpened(Payload, frozen=True, kw_only=True):
    """Two people opened emergency access, until `until`."""

    spec = Spec("each", ("session",), stream=S)
    session: str
    by: str
    second: str
    reason: Text
    until: datetime


class BreakGlassUsed(Payload, frozen=True, kw_only=True):
    """Emergency access was used for `action`."""

    spec = Spec("each", ("session", "use"), stream=S)
    session: str
    use: int
    by: str
    action: str
    ticket: str | None = None


class BreakGlassClosed(Payload, frozen=True, kw_only=True):
    """Emergency access ended."""

    spec = Spec("each", ("session",), stream=S)
    session: str
    by: str
    expired: bool = False


class AccessRefused(Payload, frozen=True, kw_only=True):
    """A principal was refused since `since`; `counts` by refusal code."""

    spec = Spec("each", ("who", "since"), stream=S)
    who: str
    since: datetime
    counts: dict[str, int]


FACTS: tuple[type[Payload], ...] = (
    PolicyViolation,
    ActionAfterRevocation,
    BreakGlassOpened,
    BreakGlassUsed,
    BreakGlassClosed,
    AccessRefused,
)
