"""Docs' facts about the client: the summary, and the survey with its rating."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from desk.contract.event import CycleRule, Payload, Spec, Text

C = CycleRule.ALWAYS
Audience = Literal["requester", "client-it", "manager"]


class ClientSummaryWritten(Payload, frozen=True, kw_only=True):
    """Step 16: the client's text was approved, which intake delivers. `text_hash` is an HMAC under the subject's key,
    `attempt` that of the newest fix when it was written.
    """

    spec = Spec("docs", ("cycle", "rev"), C)
    rev: int
    audience: Audience
    text: Text
    text_hash: str
    attempt: int | None = None


class ClientSummarySent(Payload, frozen=True, kw_only=True):
    """Step 16: that revision of the summary reached the client as `message`."""

    spec = Spec("docs", ("cycle", "rev"), C)
    rev: int
    audience: Audience
    channel: str
    message: str
    text_hash: str


class ClientSummaryFailed(Payload, frozen=True, kw_only=True):
    """That revision of the summary could not be delivered; `reason` is a code."""

    spec = Spec("docs", ("cycle", "rev"), C)
    rev: int
    audience: Audience
    channel: str
    reason: str


class SurveyRequested(Payload, frozen=True, kw_only=True):
    """Step 18: a survey of the client was requested for this close."""

    spec = Spec("docs", ("cycle",), C)
    survey: str
    provider: str
    contact: str | None = None


class SurveySent(Payload, frozen=True, kw_only=True):
    """The provider accepted the survey; `evidence` is its id."""

    spec = Spec("docs", ("cycle",), C)
    survey: str
    evidence: str


class SurveyFailed(Payload, frozen=True, kw_only=True):
    """The survey could not be sent; `reason` is a code."""

    spec = Spec("docs", ("cycle",), C)
    survey: str
    reason: str


class SurveyNotApplicable(Payload, frozen=True, kw_only=True):
    """No survey is sent, for a listed reason."""

    spec = Spec("docs", ("cycle",), C)
    reason: str


class SurveyExpired(Payload, frozen=True, kw_only=True):
    """The survey was not answered in time."""

    spec = Spec("docs", ("cycle",), C)
    survey: str


class CsatReceived(Payload, frozen=True, kw_only=True):
    """The client rated: `raw` as the provider reports it, `score` from 1 to 5; a changed rating is a new `rev`."""

    spec = Spec("docs", ("survey", "rev"), C)
    survey: str
    rev: int
    raw: str
    score: int
    technician: str | None = None
    observed: UUID | None = None
    comment: Text = ""


FACTS: tuple[type[Payload], ...] = (
    ClientSummaryWritten,
    ClientSummarySent,
    ClientSummaryFailed,
    SurveyRequested,
    SurveySent,
    SurveyFailed,
    SurveyNotApplicable,
    SurveyExpired,
    CsatReceived,
)
