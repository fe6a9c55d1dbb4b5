"""Documents of the policies that billing owns."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from desk.decision.policies.document import Code, Codes, Document

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

    @property
    def last_closed_day(self) -> date | None:
        """`closed_until` as a date."""
        return None if self.closed_until is None else date.fromisoformat(self.closed_until)


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
