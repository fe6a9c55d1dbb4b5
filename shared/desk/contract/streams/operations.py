"""Operations events of a service. Topic `desk.ops.v1`, key = service; one sequence per store, no expected version."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from desk.contract.event import Payload, Spec, Stream, Text
from desk.contract.streams import outbound_calls

O = Stream.OPS  # noqa: E741


class FactParked(Payload, frozen=True, kw_only=True):
    """The fact at `place` could not be applied and was parked, with its aggregate's later facts behind it."""

    spec = Spec("each", ("place",), stream=O)
    place: str
    cause: str
    event: UUID | None = None
    aggregate: str | None = None
    detail: str = ""


class FactUnparked(Payload, frozen=True, kw_only=True):
    """The parked fact was applied after all."""

    spec = Spec("each", ("place",), stream=O)
    place: str
    event: UUID | None = None


class FactSkipped(Payload, frozen=True, kw_only=True):
    """A person skipped the fact: the aggregate's replica here is incomplete."""

    spec = Spec("each", ("place",), stream=O)
    place: str
    by: str
    reason: Text
    event: UUID | None = None


class EpochStarted(Payload, frozen=True, kw_only=True):
    """The store began a new epoch: it was created, restored or reset."""

    spec = Spec("each", ("epoch",), stream=O)
    epoch: str
    reason: str


class HookDisabled(Payload, frozen=True, kw_only=True):
    """The vendor disabled our callback; `since` is when it was last seen to work."""

    spec = Spec("each", ("vendor", "hook", "since"), stream=O)
    vendor: str
    hook: str
    since: datetime | None = None


class HookRearmed(Payload, frozen=True, kw_only=True):
    """The callback was enabled again."""

    spec = Spec("each", ("vendor", "hook", "at"), stream=O)
    vendor: str
    hook: str
    at: datetime


class ReconciliationCompleted(Payload, frozen=True, kw_only=True):
    """A pass over a vendor's records was completed; counts of records read, changed, missing and failed."""

    spec = Spec("each", ("instance", "started"), stream=O)
    instance: str
    started: datetime
    read: int
    changed: int
    missing: int
    failed: int


class FeedInterrupted(Payload, frozen=True, kw_only=True):
    """One feed of a vendor cannot be read since `since`; the others go on. Recorded once, until the feed is read again.

    `operation` and `status` name the call, `field` the invalid part of its answer.
    """

    spec = Spec("each", ("instance", "feed", "since"), stream=O)
    instance: str
    feed: str
    since: datetime
    cause: str
    operation: str = ""
    status: int | None = None
    field: str = ""


class FeedResumed(Payload, frozen=True, kw_only=True):
    """A feed that was interrupted since `since` was read to its end."""

    spec = Spec("each", ("instance", "feed", "since"), stream=O)
    instance: str
    feed: str
    since: datetime


class ViewRebuilt(Payload, frozen=True, kw_only=True):
    """A read model was rebuilt from `facts` facts, in `seconds`."""

    spec = Spec("each", ("view", "version"), stream=O)
    view: str
    version: str
    facts: int
    seconds: float


class ChainVerified(Payload, frozen=True, kw_only=True):
    """Every fact of a stream up to the store's `position` was verified to have the hash that its successor names."""

    spec = Spec("each", ("topic", "position"), stream=O)
    topic: str
    position: int
    facts: int
    head: str


class ChainBroken(Payload, frozen=True, kw_only=True):
    """A fact was changed, removed or reordered after it was recorded."""

    spec = Spec("each", ("topic", "aggregate", "owner", "ownerseq"), stream=O)
    topic: str
    aggregate: str
    owner: str
    ownerseq: int
    expected: str
    found: str


class KeyErased(Payload, frozen=True, kw_only=True):
    """The key `key` was destroyed for ever: texts of `subject` stay unreadable, also after a key ring restore."""

    spec = Spec("each", ("key",), stream=O)
    key: str
    subject: str | None = None


class KeyLossAccepted(Payload, frozen=True, kw_only=True):
    """`by` accepted that texts under `key`, which the key ring lost, cannot be read: `subject` gets a new key."""

    spec = Spec("each", ("key",), stream=O)
    key: str
    by: str
    subject: str | None = None


FACTS: tuple[type[Payload], ...] = (
    FactParked,
    FactUnparked,
    FactSkipped,
    *outbound_calls.FACTS,
    EpochStarted,
    HookDisabled,
    HookRearmed,
    ReconciliationCompleted,
    FeedInterrupted,
    FeedResumed,
    ViewRebuilt,
    ChainVerified,
    ChainBroken,
    KeyErased,
    KeyLossAccepted,
)
