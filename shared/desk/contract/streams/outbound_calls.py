"""Operations events of a service about its outbound calls."""

from __future__ import annotations

from uuid import UUID

from desk.contract.event import Payload, Spec, Stream

O = Stream.OPS  # noqa: E741


class EffectPlanned(Payload, frozen=True, kw_only=True):
    """An outbound call was planned because of the fact `cause`; `key` is its idempotency key at the vendor."""

    spec = Spec("each", ("effect",), stream=O)
    effect: str
    kind: str
    vendor: str
    key: str
    cause: UUID
    ticket: str | None = None


class EffectSent(Payload, frozen=True, kw_only=True):
    """The call was sent, for the `attempt`-th time."""

    spec = Spec("each", ("effect", "attempt"), stream=O)
    effect: str
    attempt: int


class EffectDone(Payload, frozen=True, kw_only=True):
    """The vendor confirmed the call; `external` is its id of the result."""

    spec = Spec("each", ("effect",), stream=O)
    effect: str
    external: str | None = None


class EffectUnknown(Payload, frozen=True, kw_only=True):
    """The call got no answer: it may or may not have been carried out."""

    spec = Spec("each", ("effect", "attempt"), stream=O)
    effect: str
    attempt: int
    cause: str


class EffectFailed(Payload, frozen=True, kw_only=True):
    """The vendor refused the call; `final` when it will not be tried again."""

    spec = Spec("each", ("effect", "attempt"), stream=O)
    effect: str
    attempt: int
    cause: str
    final: bool = False


class EffectSuperseded(Payload, frozen=True, kw_only=True):
    """The call was not made, because its reason had gone; `why` is a code."""

    spec = Spec("each", ("effect",), stream=O)
    effect: str
    why: str


FACTS: tuple[type[Payload], ...] = (
    EffectPlanned,
    EffectSent,
    EffectDone,
    EffectUnknown,
    EffectFailed,
    EffectSuperseded,
)
