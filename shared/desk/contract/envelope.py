"""The envelope of a fact as received from the bus, with the limits of every attribute."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from desk.contract.event import Mode, Origin

Instant = Annotated[datetime, msgspec.Meta(tz=True)]
Count = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]
Word = Annotated[str, msgspec.Meta(min_length=1, max_length=500, pattern=r"^[^\x00]+$")]
Line = Annotated[str, msgspec.Meta(max_length=2000, pattern=r"^[^\x00]*$")]


class RawEnvelope(msgspec.Struct, frozen=True, kw_only=True):
    """The envelope as received: an Event whose data is not decoded yet."""

    specversion: Literal["1.0"]
    id: UUID
    type: Word
    source: Word
    subject: Word
    time: Instant
    datacontenttype: Literal["application/json"]
    recordedtime: Instant
    ownerseq: Count
    actor: Word
    mode: Mode
    origin: Origin
    correlationid: UUID
    naturalkey: Line
    basis: Line
    prevhash: Line
    cycle: Count | None = None
    attempt: Count | None = None
    causationid: UUID | None = None
    traceparent: Line = ""
    data: msgspec.Raw
