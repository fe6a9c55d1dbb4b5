"""The SLA policy document that a coordinator writes, checked field by field."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from desk.calendars.problems import Fault, from_validation
from desk.calendars.times import parse_duration

Criterion = Literal["client", "agreement", "tier", "team", "vendor", "asset_class", "kind", "priority"]
PRECEDENCE: tuple[Criterion, ...] = ("client", "agreement", "tier", "team", "vendor", "asset_class", "kind", "priority")
"""A rule that names an earlier criterion beats every rule that does not; then the next one; then the order written."""
Family = Literal["response", "next-response", "plan", "resolution", "ola", "uc"]
FAMILIES: tuple[Family, ...] = ("response", "next-response", "plan", "resolution", "ola", "uc")
Cause = Literal["client", "vendor", "parent", "schedule", "internal", "security"]
ChangeOf = Literal["priority", "tier", "agreement", "client", "kind", "asset_class", "calendar"]
ChangeRule = Literal["forward", "retroactive", "reset"]
ZoneSource = Literal["policy", "client", "caller", "asset"]
NONE = "none"


def _listed(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def _some(values: tuple[str, ...]) -> tuple[str, ...]:
    if not values:
        raise Fault("an empty list matches no ticket", "name at least one value, or leave the criterion out")
    return values


def _goal(text: str) -> str:
    if text == NONE:
        return text
    try:
        seconds = parse_duration(text)
    except ValueError as wrong:
        raise Fault(str(wrong).partition(":")[0], "write e.g. 4h, 1h30m, 45m of working time, or none") from None
    if seconds <= 0:
        raise Fault("a target must be more than zero", "write e.g. 15m, or none for explicitly no SLA")
    return text


def _duration(text: str) -> str:
    try:
        parse_duration(text)
    except ValueError as wrong:
        raise Fault(str(wrong).partition(":")[0], "write e.g. 1h, 30m, 0m") from None
    return text


def _percents(values: tuple[int, ...]) -> tuple[int, ...]:
    if any(not 0 < value <= 100 for value in values) or sorted(set(values)) != list(values):
        raise Fault(f"{list(values)} is no rising list of percentages", "write e.g. [50, 75, 90, 100]")
    return values


def _instant(value: object) -> object:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            raise Fault(f"{value!r} is no time", "write ISO 8601 with a zone, e.g. 2026-01-01T00:00:00Z") from None
    if isinstance(value, datetime) and value.tzinfo is None:
        raise Fault(f"{value.isoformat()} has no zone", "write ISO 8601 with a zone, e.g. 2026-01-01T00:00:00Z")
    return value


Values = Annotated[tuple[str, ...], BeforeValidator(_listed), AfterValidator(_some)]
Goal = Annotated[str, AfterValidator(_goal)]
Families = Annotated[tuple[Family, ...], BeforeValidator(_listed)]


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


class When(_Part):
    """Criteria, all of which must hold; each holds when the ticket has one of its values."""

    client: Values | None = None
    agreement: Values | None = None
    tier: Values | None = None
    team: Values | None = None
    vendor: Values | None = None
    asset_class: Values | None = None
    kind: Annotated[
        tuple[Literal["incident", "quick", "alert", "request", "security"], ...] | None,
        BeforeValidator(_listed),
        AfterValidator(lambda value: value if value is None else _some(value)),
    ] = None
    priority: Annotated[
        tuple[Literal["P1", "P2", "P3", "P4"], ...] | None,
        BeforeValidator(_listed),
        AfterValidator(lambda value: value if value is None else _some(value)),
    ] = None

    def named(self) -> dict[Criterion, tuple[str, ...]]:
        """The criteria that are named, in order of precedence, with their values."""
        return {name: getattr(self, name) for name in PRECEDENCE if getattr(self, name) is not None}


class Rule(_Part):
    """Targets for the tickets that ``when`` describes. ``no_sla``: the reason why they explicitly have no target."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    when: When = When()
    calendar: str | None = None
    goals: dict[Family, Goal] = {}
    no_sla: str | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Rule:
        if (self.no_sla is None) == (not self.goals):
            raise Fault("a rule gives goals or says no_sla", "give goals, or no_sla: <reason>, and not both")
        for criterion, family in (("team", "ola"), ("vendor", "uc")):
            if getattr(self.when, criterion) and set(self.goals) - {family}:
                fault = f"only {family} depends on the {criterion}"
                raise Fault(fault, f"move the other goals to a rule without when.{criterion}", field="goals")
        return self


class ResponseRule(_Part):
    """Replies that count as a response. ``alert``: the response to a ticket that no person opened."""

    authors: Annotated[tuple[Literal["human", "bot", "automatic"], ...], BeforeValidator(_listed)] = ("human",)
    public_only: bool = True
    to_requester_only: bool = True
    alert: Literal["work-started", "reply"] = "work-started"


class ReopenRule(_Part):
    """Clocks that run after a reopening, in addition to the resolution clock of the new cycle."""

    response: Literal["from-reopen", "none"] = "from-reopen"


class PolicyDocument(_Part):
    """Targets by ticket, their calendar, and how clocks stop, pause and change.

    ``extension_limit``: percent of its target by which a coordinator may extend a clock, once.
    """

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    version: Annotated[int, Field(ge=1)]
    effective_from: Annotated[datetime | None, BeforeValidator(_instant)] = None
    applies: When = When()
    calendar: str
    zone_from: Annotated[tuple[ZoneSource, ...], BeforeValidator(_listed)] = ("policy",)
    stops_at: Literal["resolved", "closed"] = "resolved"
    priority_rule: Literal["first", "final", "each"] = "each"
    thresholds: Annotated[tuple[int, ...], BeforeValidator(_listed), AfterValidator(_percents)] = (50, 75, 90, 100)
    rules: Annotated[tuple[Rule, ...], BeforeValidator(_listed), Field(min_length=1)]
    pause: dict[Cause, Families] = {}
    change: dict[ChangeOf, ChangeRule] = {}
    response: ResponseRule = ResponseRule()
    reopen: ReopenRule = ReopenRule()
    merge_opened: Literal["own", "earliest"] = "own"
    split_opened: Literal["split", "message"] = "split"
    call_out_minimum: Annotated[str, AfterValidator(_duration)] = "0m"
    extension_limit: Annotated[int, Field(ge=0, le=1000)] = 100

    @model_validator(mode="after")
    def _sound(self) -> PolicyDocument:
        ids = [rule.id for rule in self.rules]
        if twice := sorted({name for name in ids if ids.count(name) > 1}):
            raise Fault(f"{', '.join(twice)} names two rules", "give every rule an id of its own", field="rules")
        if self.applies.team or self.applies.vendor:
            raise Fault("a policy cannot depend on team or vendor", "name them in a rule", field="applies")
        return self


def load_policy(data: Mapping[str, object]) -> PolicyDocument:
    """The checked document; ``DocumentError`` with field, fault and remedy of everything that is wrong."""
    try:
        return PolicyDocument.model_validate(dict(data))
    except ValidationError as error:
        raise from_validation(f"sla-policy {data.get('id', '?')}", error) from None
