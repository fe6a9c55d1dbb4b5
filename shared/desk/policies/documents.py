"""Models of the policy documents. Unknown keys and invalid values are refused by name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, RootModel, model_validator

from desk.contract.ticket.gates import CLOSE, RESOLVE
from desk.contract.ticket.intake.facts import Kind
from desk.policies.patterns import danger
from desk.policies.write_back import WriteLevel

Level = Literal["high", "medium", "low"]
Priority = Literal["P1", "P2", "P3", "P4"]
Tier = Literal["tier1", "tier2"]
ExternalMode = Literal["observe", "flag", "enforce"]
Code = Annotated[str, Field(min_length=1, max_length=100)]
Codes = Annotated[list[Code], Field(min_length=1)]
GATES = frozenset(RESOLVE) | frozenset(CLOSE)
Asked = Literal[
    "mandatory", "automatic", "observed", "user-confirmed", "short", "if-raised", "if-person-wrote", "two-persons", "-"
]  # fmt: skip


class Document(BaseModel):
    """Base of every policy document: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, hide_input_in_errors=True)


class Matrix(RootModel[dict[Level, dict[Level, Priority]]]):
    """Impact -> urgency -> priority, all nine cells."""

    @model_validator(mode="after")
    def _complete(self) -> Matrix:
        levels = ("high", "medium", "low")
        missing = [f"{i}/{u}" for i in levels for u in levels if u not in self.root.get(i, {})]  # type: ignore[call-overload]
        if missing:
            raise ValueError(f"no priority for {', '.join(missing)} (impact/urgency); add the cells")
        return self


class GateProfile(RootModel[dict[Code, dict[str, Asked]]]):
    """Kind (or overlay) -> gate -> the evidence that it demands."""

    @model_validator(mode="after")
    def _existing_gates(self) -> GateProfile:
        for kind, gates in self.root.items():
            if unknown := sorted(set(gates) - GATES):
                raise ValueError(f"{kind}: no such gate: {', '.join(unknown)}; use {', '.join(sorted(GATES))}")
        if missing := {"incident", "quick", "cancelled"} - set(self.root):
            raise ValueError(f"no profile for {', '.join(sorted(missing))}; add it")
        return self


class Queue(Document):
    tier: Tier


class Routing(Document):
    default_queue: Code
    queues: dict[Code, Queue] = Field(min_length=1)
    forbidden_asset_classes: dict[Tier, list[Code]]
    shared_asset_classes: list[Code]
    p1_may_wait_on_client: bool

    @model_validator(mode="after")
    def _whole(self) -> Routing:
        if self.default_queue not in self.queues:
            raise ValueError(f"default_queue: {self.default_queue!r} is not one of queues; add it there")
        if "tier1" not in self.forbidden_asset_classes:
            raise ValueError("forbidden_asset_classes: tier1 is missing; write an empty list for nothing")
        return self


class ExternalModes(Document):
    default: ExternalMode
    clients: dict[Code, ExternalMode] = {}
    exempt_members: list[Code] = []


class ClientWriteBack(Document):
    """The level of one client, and of single boards for that client."""

    default: WriteLevel
    boards: dict[Code, WriteLevel] = {}


class WriteBack(Document):
    """Boards by id, or by `<instance>:<id>` where several PSAs have the same ids. A client has one level, or one per
    board.
    """

    default: WriteLevel
    instances: dict[Code, WriteLevel] = {}
    boards: dict[Code, WriteLevel] = {}
    clients: dict[Code, WriteLevel | ClientWriteBack] = {}


class ReplyWindow(Document):
    days: int = Field(ge=0, le=365)


class StatusMap(Document):
    """Boards by id; the service that reads it validates the content of each board."""

    default_kind: Kind
    boards: dict[Code, dict[str, Any]]
    priorities: dict[Code, Any] = {}
    impacts: dict[Code, Level]
    urgencies: dict[Code, Level]
    out_of_scope_boards: list[Code | int] = []


class WaiverReasons(Document):
    asset: Codes
    verification: Codes
    cancel: Codes
    runbook: Codes
    survey: Codes
    zero_time: Codes = Field(alias="zero-time")


Hours = Literal["business-hours", "after-hours"]
Condition = Literal["billable", "role", "work_type", "tier", "agreement", "client", "kind", "hours"]


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise ValueError("write a day, e.g. 2026-02-28") from None


class BillingRule(Document):
    """A rule that matches an entry when all its conditions do. A list matches any of its values."""

    name: Code
    when: dict[Condition, Code | Codes]
    then: Literal["billable", "covered", "non-billable"]


class BillingRules(Document):
    """`closed_until` is the last day (UTC) of the closed billing periods."""

    rounding_minutes: int = Field(ge=1, le=240)
    unbilled_after_business_days: int = Field(5, ge=0, le=60)
    closed_until: Annotated[str, AfterValidator(_day)] | None = None
    rules: list[BillingRule] = Field(min_length=1)


def _money(text: str) -> str:
    if not re.fullmatch(r"\d{1,9}(\.\d{1,4})?", text) or Decimal(text) < 0:
        raise ValueError('write an amount as text, e.g. "120.00"')
    return text


class RateCard(Document):
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    default_role: Code
    roles: dict[Code, dict[Hours, Annotated[str, AfterValidator(_money)]]] = Field(min_length=1)

    @model_validator(mode="after")
    def _whole(self) -> RateCard:
        if self.default_role not in self.roles:
            raise ValueError(f"default_role: {self.default_role!r} has no rates; add it to roles")
        if len({role.casefold() for role in self.roles}) < len(self.roles):
            raise ValueError("roles: two of them differ only in upper and lower case; keep one")
        return self


class CloseCodes(Document):
    version: Code
    codes: Codes
    cancelled: Codes
    obligation_business_days: int = Field(ge=0, le=60)
    too_thin: list[Code]


def _regex(text: str) -> str:
    if reason := danger(text):
        raise ValueError(f"the pattern is refused: {reason}")
    return text


class SummaryLint(Document):
    patterns: dict[Code, Annotated[str, Field(max_length=500), AfterValidator(_regex)]]


class SurveyPlan(Document):
    provider: Code
    expires_days: int = Field(ge=1, le=365)
    not_applicable_kinds: list[Code]


DOCUMENTS: Mapping[str, type[BaseModel]] = {
    "billing-rules": BillingRules,
    "close-codes": CloseCodes,
    "gate-profile": GateProfile,
    "matrix": Matrix,
    "outside-mode": ExternalModes,
    "rate-card": RateCard,
    "reply-window": ReplyWindow,
    "routing": Routing,
    "status-map": StatusMap,
    "summary-lint": SummaryLint,
    "survey-plan": SurveyPlan,
    "waiver-reasons": WaiverReasons,
    "write-back": WriteBack,
}
