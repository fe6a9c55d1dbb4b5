"""Tickets and entries of a world file, checked field by field."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AliasChoices, BeforeValidator, ConfigDict, Field, model_validator

from desk.calendars import zones
from desk.calendars.calendar_document import ZoneName
from desk.calendars.problems import Fault
from desk.calendars.times import HORIZON_END, HORIZON_START
from desk.decision.policies.document import Code, Document
from desk.decision.policies.labour.values import Amount, Day, Rate
from desk_billing.rating.bands import midnight
from desk_billing.rating.labour import ByHand, Entry, Party, Ticket

LONGEST = 31 * 86_400
"""Seconds of the longest entry."""
Text = Annotated[str, Field(max_length=200)]


def _moment(value: object) -> object:
    """An instant, or without an offset a time on the clock of the ticket's zone."""
    if isinstance(value, datetime):
        return value
    if isinstance(value, str):
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            pass
    raise Fault(f"{value!r} is no time", "write ISO 8601, e.g. 2026-03-02T09:00:00+01:00")


Moment = Annotated[datetime, BeforeValidator(_moment)]
METHODS: Mapping[str, str] = {
    "": "",
    "actualrates": "",
    "actual-rates": "",
    "fixedfee": "fixed-fee",
    "fixed-fee": "fixed-fee",
    "nottoexceed": "not-to-exceed",
    "not-to-exceed": "not-to-exceed",
}


def _method(value: object) -> object:
    found = METHODS.get(str(value).casefold())
    if found is None:
        raise Fault(f"{value!r} is no billing method", "write fixed-fee, not-to-exceed or actual-rates")
    return found


class TicketDocument(Document):
    """A ticket. `calendar` names a calendar of the file (default: the first); `zone` replaces the calendar's."""

    id: Code
    client: Code
    calendar: Code | None = None
    zone: ZoneName | None = None
    kind: Text = "incident"
    tier: Text = ""
    support_tier: Text = ""
    agreement: Text = ""
    merged_into: Text = ""
    method: Annotated[Literal["", "fixed-fee", "not-to-exceed"], BeforeValidator(_method)] = ""
    amount: Amount | None = None
    rate: Rate | None = None
    billable: Text = ""
    after_hours_accepted: bool = False
    cancelled: bool = False
    ended: bool = False
    zero_reason: Text = ""

    @model_validator(mode="after")
    def _sound(self) -> TicketDocument:
        if self.method and self.amount is None:
            raise Fault(f"{self.method} without an amount", "add amount", field="amount")
        return self

    def ticket(self, calendar: str) -> Ticket:
        """The ticket under a version of its calendar."""
        return Ticket(
            id=self.id,
            client=self.client,
            calendar=calendar,
            zone=self.zone,
            kind=self.kind,
            tier=self.tier,
            support_tier=self.support_tier,
            agreement=self.agreement,
            merged_into=self.merged_into,
            method=self.method,
            amount=self.amount or Decimal(0),
            rate=self.rate,
            option=self.billable,
            after_hours_accepted=self.after_hours_accepted,
            cancelled=self.cancelled,
        )


class HandDocument(Document):
    """A rating by hand: a class, and for billable labour the rate per hour or the amount."""

    then: Literal["billable", "covered", "non-billable"] = "billable"
    rate: Rate | None = None
    amount: Amount | None = None
    reason: Text = "by-hand"

    @model_validator(mode="after")
    def _sound(self) -> HandDocument:
        if (self.then == "billable") != ((self.rate is None) != (self.amount is None)):
            raise Fault("no single price", "give billable labour a rate or an amount, and other labour none")
        return self

    @property
    def by_hand(self) -> ByHand:
        """The rating as the engine reads it."""
        return ByHand(then=self.then, rate=self.rate, amount=self.amount, reason=self.reason)


class EntryDocument(Document):
    """An entry of labour with the fields of `time-logged`: flat, or with those of the labour under `labour`."""

    model_config = ConfigDict(populate_by_name=True)

    id: Annotated[Code, Field(validation_alias=AliasChoices("entry", "id"))]
    ticket: Code
    technician: Code
    start: Moment | None = None
    end: Moment | None = None
    day: Day | None = None
    minutes: Annotated[int, Field(ge=0, le=100_000)] | None = None
    role: Text = ""
    work_type: Text = ""
    billable: Text = ""
    agreement: Text = ""
    session: Text = ""
    location: Text = ""
    party: Party = "msp"
    rate: Rate | None = None
    cycle: Annotated[int, Field(ge=1, le=1000)] = 1
    by_hand: HandDocument | None = None
    confirmed: bool = True
    source: Text = ""
    note: Annotated[str, Field(max_length=10_000)] = ""
    reason: Annotated[str, Field(max_length=2000)] = ""
    rev: Annotated[int, Field(ge=1)] = 1

    @model_validator(mode="before")
    @classmethod
    def _flat(cls, data: object) -> object:
        if isinstance(data, Mapping) and isinstance(data.get("labour"), Mapping):
            outer = {key: value for key, value in data.items() if key != "labour"}
            return {**data["labour"], **outer}
        return data

    @model_validator(mode="after")
    def _sound(self) -> EntryDocument:
        if self.start is None and self.day is None:
            raise Fault("no time of work", "add start and end, or day and minutes", field="start")
        if (self.start is None or self.end is None) and self.minutes is None:
            raise Fault("no minutes", "add start and end, or minutes", field="minutes")
        return self

    def labour(self, zone: str, seq: int, now: datetime | None) -> Entry:
        """The entry on the clock of a zone. Raises ``Fault`` for times that are in no order, or in the future."""
        start, end = self._times(zone)
        check_times(start, end, now)
        length = end - start
        worked = self.minutes if self.minutes is not None else max(1, (length + 30) // 60) if length else 0
        hand = self.by_hand
        return Entry(
            id=self.id,
            ticket=self.ticket,
            technician=self.technician,
            start=start,
            end=end,
            minutes=worked,
            role=self.role,
            work_type=self.work_type,
            option=self.billable,
            agreement=self.agreement,
            session=self.session,
            location=self.location,
            party=self.party,
            rate=self.rate,
            cycle=self.cycle,
            hand=None if hand is None else hand.by_hand,
            seq=seq,
            rev=self.rev,
        )

    def _times(self, zone: str) -> tuple[int, int]:
        if self.start is None:
            begin = midnight(zone, self.day or date.min)
            return begin, begin
        start = instant(self.start, zone, "start")
        return (start, start) if self.end is None else (start, instant(self.end, zone, "end"))


def instant(at: datetime, zone: str, field: str) -> int:
    """UTC seconds of a time; without an offset, of that time on the clock of the zone, which must show it once."""
    if at.tzinfo is not None:
        return int(at.timestamp())
    local = at.replace(tzinfo=zones.zone(zone))
    first, second = (local.replace(fold=fold).utcoffset() or timedelta() for fold in (0, 1))
    if first != second:
        exists = local.astimezone(UTC).astimezone(zones.zone(zone)).replace(tzinfo=None) == at
        fault = f"the clock of {zone} shows {at.isoformat()} {'twice' if exists else 'never'}"
        raise Fault(fault, "write the offset, e.g. +01:00", field=field)
    return int(local.timestamp())


def check_times(start: int, end: int, now: datetime | None) -> None:
    """Raise ``Fault`` for times that are in no order, more than 31 days apart, or in the future."""
    if end < start:
        raise Fault("it is before start", "correct start or end", field="end")
    if not HORIZON_START + LONGEST < start <= end < HORIZON_END - LONGEST:
        raise Fault("it is outside 1970 to 2099", "correct the year", field="start")
    if end - start > LONGEST:
        raise Fault("it is more than 31 days after start", "split the entry, or correct start or end", field="end")
    if now is not None and end > now.timestamp():
        raise Fault("it is in the future", "log the work when it is done", field="end", code="future_time")
