"""The answer of a port method: a value, or one of four reasons why there is none. A port never raises."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias, TypeVar

T = TypeVar("T")
Reason = Literal[
    "timeout",
    "unavailable",
    "rate-limited",
    "forbidden",
    "refused",
    "credentials-refused",
    "credentials-missing",
    "schema-drift",
    "fault",
]
"""`unavailable`: no answer, a server error, an open breaker, or a page that something else answered. `forbidden`: a
right or a module of the vendor is missing. `schema-drift`: an answer in a form that the contract does not have.
`credentials-missing`: the reference in the instances document leads nowhere. `fault`: an error of ours."""


@dataclass(frozen=True, slots=True)
class Empty:
    """The vendor was asked and has nothing."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """The vendor was asked and did not say. Never read as clear.

    `retry_after` is in seconds, None where any later time is as good.
    """

    reason: Reason
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class NotConfigured:
    """No instance of this kind serves the client."""


@dataclass(frozen=True, slots=True)
class NotMapped:
    """The vendor was not asked about the subject: the desk has no usable id of it.

    `what` is `client`, `device`, `document` or the `target` of a page; `problem` says whether the mapping is `missing`,
    the vendor no longer has the record (`gone`), or the record belongs to another client of the vendor (`foreign`), a
    security event.
    """

    what: Literal["client", "device", "document", "target"]
    problem: Literal["missing", "gone", "foreign"] = "missing"


@dataclass(frozen=True, slots=True)
class Missing:
    """A part that a value lacks, and why: `part` is a class of change, or the name of what was asked for.

    `rows` counts rows that were left out because they could not be read, 0 when the whole part is missing.
    """

    part: str
    reason: Reason | Literal["cut", "unreadable"]
    retry_after: float | None = None
    rows: int = 0


def parts(missing: tuple[Missing, ...]) -> tuple[str, ...]:
    """The names of missing parts, each once."""
    return tuple(dict.fromkeys(one.part for one in missing))


@dataclass(frozen=True, slots=True)
class WebhookRefused:
    """A webhook that is not believed (`unauthenticated`) or not understood (`malformed`, `too-long`)."""

    reason: Literal["unauthenticated", "malformed", "too-long"]


@dataclass(frozen=True, slots=True)
class WebhookIgnored:
    """An authentic webhook about something that the desk does not record."""


@dataclass(frozen=True, slots=True)
class Reachable:
    """A harmless read worked: credentials and rights suffice."""


Outcome: TypeAlias = T | Empty | Unknown | NotConfigured | NotMapped
