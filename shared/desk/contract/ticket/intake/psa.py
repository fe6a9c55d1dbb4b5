"""Facts about the ticket's record in the PSA: observations and write-backs."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from desk.contract.event import Payload, Spec, Text
from desk.contract.ticket.intake import psa_record

StatusClass = Literal[
    "new",
    "open",
    "waiting-client",
    "waiting-vendor",
    "waiting-schedule",
    "waiting-internal",
    "resolved",
    "closed",
    "cancelled",
    "out-of-scope",
    "unmapped",
    "none",
]
Via = Literal["webhook", "body", "poll", "history", "import"]
LeftOut = Literal["too-early", "future"]
"""The side of the bounds on which a time lies."""


class Change(msgspec.Struct, frozen=True, rename={"before": "from", "after": "to"}):
    """One field's transition; None is empty."""

    before: str | None = None
    after: str | None = None


class Measured(msgspec.Struct, frozen=True, omit_defaults=True):
    """One goal as the PSA measures it: `minutes` counted, `skipped` not counted, `answered` when the goal was reached.

    None: the PSA gives no value. A goal that was not reached yet has zero minutes and no answer.
    """

    goal: Literal["response", "plan", "resolution"]
    minutes: int | None = None
    skipped: int | None = None
    answered: datetime | None = None


class ServiceLevel(msgspec.Struct, frozen=True, omit_defaults=True):
    """The PSA's own SLA figures of a record, in its own terms; `sla` is the id, `title` the name of its SLA.

    `in_sla` concerns the record as a whole. `waiting`: minutes that the PSA excluded because of a status.
    """

    sla: str | None = None
    title: Text | None = None
    in_sla: bool | None = None
    waiting: int | None = None
    goals: tuple[Measured, ...] = ()


class PsaObserved(Payload, frozen=True, kw_only=True):
    """One transition was observed in the PSA or read from an imported log.

    `changed` holds coded fields only: status, board, impact, urgency, priority, queue, technician, contact, client,
    asset, and for the summary its keyed hash. `texts` holds the new free text. `status_id` is the raw status or
    activity. `shown` is triage's ownerseq last written back before it. `service_level`: the PSA's figures at that time.
    """

    spec = Spec("intake", ("instance", "record", "source_seq"))
    instance: str
    record: str
    source_seq: int
    revision: str
    status_class: StatusClass
    psa_actor: str
    via: Via
    changed: dict[str, Change] = {}
    texts: dict[str, Text] = {}
    status_id: str | None = None
    mapping_version: str = ""
    shown: int = 0
    service_level: ServiceLevel | None = None


class PsaStatusMapped(Payload, frozen=True, kw_only=True):
    """A newer status map gave a class to an observation that had none."""

    spec = Spec("intake", ("source_seq", "mapping_version"))
    source_seq: int
    status_class: StatusClass
    mapping_version: str


class AlertObserved(Payload, frozen=True, kw_only=True):
    """An alert of a monitor fired again or cleared."""

    spec = Spec("intake", ("monitor", "alert", "state", "at"))
    monitor: str
    alert: str
    state: Literal["firing", "cleared"]
    at: datetime


class PsaSynced(Payload, frozen=True, kw_only=True):
    """The desired state was written to the PSA.

    `shown` is the triage ownerseq that it covers; `created` maps our id to the PSA's. `wrote` are the coded values of
    `fields` that the PSA has from now on, `status_class` the class of a status among them. `service_level`: the
    PSA's figures after the write, as of `level_at`.
    """

    spec = Spec("intake", ("effect",))
    effect: str
    fields: tuple[str, ...]
    shown: int
    revision: str
    created: dict[str, str] = {}
    wrote: dict[str, str | None] = {}
    status_class: StatusClass | None = None
    service_level: ServiceLevel | None = None
    level_at: datetime | None = None


class PsaSyncConflicted(Payload, frozen=True, kw_only=True):
    """A person changed the field in the PSA before our write: theirs is observed first, then ours is decided again."""

    spec = Spec("intake", ("field", "revision"))
    field: str
    ours: str | None
    theirs: str | None
    revision: str


class PsaTimeObserved(Payload, frozen=True, kw_only=True):
    """A raw time entry was read from the PSA, for billing to interpret. Times in UTC; `gone` when it was deleted there.

    `minutes` is the time that the PSA counts as worked, where breaks were deducted or it has no end; None: all of it.
    `left_out` names times of the entry out of bounds (1970 to 2100), and the side.
    """

    spec = Spec("intake", ("entry", "revision"))
    entry: str
    revision: str
    gone: bool = False
    technician: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    role: str | None = None
    work_type: str | None = None
    billable: str | None = None
    notes: Text | None = None
    minutes: int | None = None
    left_out: dict[str, LeftOut] = {}


class PsaSurveyObserved(Payload, frozen=True, kw_only=True):
    """A raw survey answer was read from the PSA, for docs to interpret."""

    spec = Spec("intake", ("survey", "revision"))
    survey: str
    revision: str
    points: float | None = None
    comment: Text | None = None


FACTS: tuple[type[Payload], ...] = (
    *psa_record.FACTS,
    PsaObserved,
    PsaStatusMapped,
    AlertObserved,
    PsaSynced,
    PsaSyncConflicted,
    PsaTimeObserved,
    PsaSurveyObserved,
)
