"""The envelope of facts: identity, times, actor, cause. The wire form is CloudEvents 1.0, structured JSON.

A *payload* holds a fact's own fields (one class per type), a *draft* is a payload that a decision returns for
recording, an *event* is the recorded fact in its envelope. The owner encodes an event once; its bytes never change.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar, Generic, Literal, NamedTuple, TypeGuard
from uuid import UUID, uuid5

import msgspec
from typing_extensions import TypeVar

Owner = Literal["intake", "triage", "sla", "billing", "docs"]
OWNERS: tuple[Owner, ...] = ("intake", "triage", "sla", "billing", "docs")
Mode = Literal["process", "outside", "import", "waived"]
Origin = Literal["live", "import", "repair"]


class Stream(StrEnum):
    """A topic of the bus without prefix and version. The key of a message is always the subject."""

    TICKETS = "tickets"
    PEOPLE = "people"
    CLIENTS = "clients"
    INCIDENTS = "incidents"
    CHANGES = "changes"
    POLICIES = "policies"
    SECURITY = "security"
    OPS = "ops"

    @property
    def topic(self) -> str:
        """The topic's full name, e.g. `desk.tickets.v1`."""
        return f"desk.{self.value}.v1"


class CycleRule(StrEnum):
    """Whether a fact names the cycle that it belongs to (language.md: c, c~, nothing)."""

    NEVER = "never"
    ALWAYS = "always"


class Sealed(msgspec.Struct, frozen=True):
    """A text encrypted under the subject's key. `box` is the base64 of nonce and AES-GCM ciphertext."""

    key: str
    box: str


Text = Annotated[str | Sealed, msgspec.Meta(extra={"sealed": True}, extra_json_schema={"x-sealed": True})]
"""Free text or personal data: plain in the service that decides, sealed on the wire and at rest."""


class Actor(NamedTuple):
    """The person or program that acted. `kind` is person, service, psa-member or bot; `kind:id` on the wire."""

    kind: str
    id: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"

    @classmethod
    def parse(cls, text: str) -> Actor:
        kind, _, identity = text.partition(":")
        return cls(kind, identity)


class Spec(NamedTuple):
    """Properties of a fact type.

    `key` names the fields of the natural key; `cycle` and `attempt` in it are those of the envelope. `external` marks
    facts that may also have mode outside or import.
    """

    owner: Owner | Literal["each"]
    key: tuple[str, ...]
    cycle: CycleRule = CycleRule.NEVER
    external: bool = False
    stream: Stream = Stream.TICKETS
    version: int = 1


class Payload(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Base of every fact's own fields. Lists are tuples, so that facts are immutable."""

    spec: ClassVar[Spec]
    name: ClassVar[str]

    def __init_subclass__(cls, **_options: object) -> None:  # the metaclass of msgspec.Struct takes them
        super().__init_subclass__()
        cls.name = "".join(f"-{c.lower()}" if c.isupper() else c for c in cls.__name__).lstrip("-")


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A fact that a decision returns for recording. Attributes that are None are taken from the command or the cause.

    `id` is set only where it must be the same in every try (an observation of a vendor's record). `subject` is set only
    where the fact belongs to another aggregate than the one decided on (a merge, a security fact).
    """

    data: Payload
    cycle: int | None = None
    attempt: int | None = None
    time: datetime | None = None
    mode: Mode | None = None
    origin: Origin | None = None
    actor: Actor | None = None
    id: UUID | None = None
    subject: str | None = None


P = TypeVar("P", bound=Payload)
P_co = TypeVar("P_co", bound=Payload, covariant=True, default=Payload)


class Event(msgspec.Struct, Generic[P_co], frozen=True, kw_only=True, omit_defaults=True):
    """One recorded fact: CloudEvents attributes, the extension attributes of Deskstream, and the payload.

    `Event[Resolved]` is the event of one type of fact, `Event` of any.

    `time` is when it happened, `recordedtime` when its owner recorded it (hybrid logical clock: cause before effect).
    `ownerseq` counts 1, 2, 3 ... per stream, owner and subject. `basis` is the vector `owner=ownerseq,...` of this
    subject that the decision was based on. `prevhash` is the SHA-256 (hex) of the owner's previous fact on this
    subject, empty on the first."""

    specversion: str
    id: UUID
    type: str
    source: str
    subject: str
    time: datetime
    datacontenttype: str
    recordedtime: datetime
    ownerseq: int
    actor: str
    mode: Mode
    origin: Origin
    correlationid: UUID
    naturalkey: str
    basis: str
    prevhash: str
    cycle: int | None = None
    attempt: int | None = None
    causationid: UUID | None = None
    traceparent: str = ""
    data: P_co

    @property
    def owner(self) -> str:
        """The service that recorded the fact."""
        return self.source[6:]


def of_type(event: Event, fact: type[P]) -> TypeGuard[Event[P]]:
    """Whether the event's payload is a fact of that type."""
    return isinstance(event.data, fact)


def type_of(payload: type[Payload], owner: str | None = None) -> str:
    """The wire type, e.g. `desk.triage.resolved.v1`. Facts that each service may record take the recording `owner`."""
    return f"desk.{owner or payload.spec.owner}.{payload.name}.v{payload.spec.version}"


def natural_key(draft: Draft) -> str:
    """The natural key: the values of the key fields, joined by `|`. The same when the fact is decided again."""
    values = (_key_part(draft, field) for field in draft.data.spec.key)
    return "|".join("" if value is None else str(value) for value in values)


def _key_part(draft: Draft, field: str) -> object:
    if field == "cycle":
        return draft.cycle
    if field == "attempt":
        return draft.attempt
    return getattr(draft.data, field)


def reaction_id(cause: UUID, draft: Draft) -> UUID:
    """The id of a fact that reacts to `cause`: the same however often the cause is delivered."""
    return uuid5(cause, f"{draft.data.name}|{natural_key(draft)}")


def format_vector(vector: Mapping[str, int]) -> str:
    """`{"triage": 4, "intake": 2}` -> `intake=2,triage=4` (also the form of the Desk-Seen header)."""
    return ",".join(f"{owner}={seq}" for owner, seq in sorted(vector.items()) if seq)


def parse_vector(text: str) -> dict[str, int]:
    """The inverse of `format_vector`; parts that are no `owner=number` are left out."""
    pairs = (part.partition("=") for part in text.split(",") if part)
    return {owner.strip(): int(seq) for owner, _, seq in pairs if seq.strip().isdecimal()}
