"""The policies as a decision reads them: one attribute per policy, its document parsed when it was published."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TypeVar

from pydantic import BaseModel

from desk.decision.policies.docs import CloseCodes, SummaryLint, SurveyPlan
from desk.decision.policies.intake import StatusMap, WaiverReasons, WriteBack
from desk.decision.policies.labour.card import RateCard
from desk.decision.policies.labour.rules import BillingRules
from desk.decision.policies.triage import (
    ExternalModes,
    GateProfile,
    Matrix,
    MonitoringWindow,
    OnCall,
    ReplyWindow,
    Routing,
)

D = TypeVar("D", bound=BaseModel)


class Policies(ABC):
    """This owner's versioned policies, as published up to now. Each attribute is the document in force."""

    @abstractmethod
    def get(self, name: str, version: str | None = None) -> Mapping[str, object]:
        """The content of policy `name` as it was published: the given version, else the one in force. KeyError when
        there is none. For administration, and for policies of which there are several; decisions use the attributes.
        """

    @abstractmethod
    def version(self, name: str) -> str:
        """The version of policy `name` that is in force. KeyError when there is none."""

    @abstractmethod
    def document(self, kind: type[D], version: str | None = None) -> D:
        """The policy whose documents are of that type: the given version, else the one in force. KeyError when there
        is no such version.
        """

    @property
    def billing_rules(self) -> BillingRules:
        """Rules that make time billable, covered or non-billable."""
        return self.document(BillingRules)

    @property
    def close_codes(self) -> CloseCodes:
        """Resolution codes."""
        return self.document(CloseCodes)

    @property
    def gate_profile(self) -> GateProfile:
        """How much each gate asks, by kind of ticket."""
        return self.document(GateProfile)

    @property
    def matrix(self) -> Matrix:
        """Priority by impact and urgency."""
        return self.document(Matrix)

    @property
    def on_call(self) -> OnCall:
        """Whom a page reaches, level by level, and when a ticket is at risk."""
        return self.document(OnCall)

    @property
    def external_mode(self) -> ExternalModes:
        """The answer to a resolution or close in the PSA while gates are open."""
        return self.document(ExternalModes)

    @property
    def monitoring_window(self) -> MonitoringWindow:
        """The time between a fix and the check of monitoring."""
        return self.document(MonitoringWindow)

    @property
    def rate_card(self) -> RateCard:
        """Rates by role and hours."""
        return self.document(RateCard)

    @property
    def reply_window(self) -> ReplyWindow:
        """Days within which an ended ticket may be reopened."""
        return self.document(ReplyWindow)

    @property
    def routing(self) -> Routing:
        """Queues, tiers, and the asset classes that a tier may not touch."""
        return self.document(Routing)

    @property
    def status_map(self) -> StatusMap:
        """Classes, kinds and priorities of a PSA's boards."""
        return self.document(StatusMap)

    @property
    def summary_lint(self) -> SummaryLint:
        """Patterns that a client summary may not contain."""
        return self.document(SummaryLint)

    @property
    def survey_plan(self) -> SurveyPlan:
        """The survey that goes with a close."""
        return self.document(SurveyPlan)

    @property
    def waiver_reasons(self) -> WaiverReasons:
        """Listed reasons of waivers."""
        return self.document(WaiverReasons)

    @property
    def write_back(self) -> WriteBack:
        """How much is written to a PSA."""
        return self.document(WriteBack)
