"""Documents of the policies that docs owns."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, ValidationInfo

from desk.decision.policies.document import RECORDED, Code, Codes, Document
from desk.decision.policies.patterns import danger


class CloseCodes(Document):
    version: Code
    codes: Codes
    cancelled: Codes
    obligation_business_days: int = Field(ge=0, le=60)
    too_thin: list[Code]


def _regex(text: str, info: ValidationInfo) -> str:
    if (reason := danger(text)) and info.context is not RECORDED:
        raise ValueError(f"the pattern is refused: {reason}")
    return text


class SummaryLint(Document):
    patterns: dict[Code, Annotated[str, Field(max_length=500), AfterValidator(_regex)]]


class SurveyPlan(Document):
    provider: Code
    expires_days: int = Field(ge=1, le=365)
    not_applicable_kinds: list[Code]
