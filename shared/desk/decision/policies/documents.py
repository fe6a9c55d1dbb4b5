"""The table of policies by name or kind, with the document of each."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel

from desk.decision.policies.docs import CloseCodes, SummaryLint, SurveyPlan
from desk.decision.policies.document import RECORDED
from desk.decision.policies.intake import StatusMap, WaiverReasons, WriteBack
from desk.decision.policies.labour.card import RateCard
from desk.decision.policies.labour.rules import BillingRules
from desk.decision.policies.labour.terms import Terms
from desk.decision.policies.triage import (
    ExternalModes,
    GateProfile,
    Matrix,
    MonitoringWindow,
    OnCall,
    ReplyWindow,
    Routing,
)

DOCUMENTS: Mapping[str, type[BaseModel]] = {
    "agreement-terms": Terms,
    "billing-rules": BillingRules,
    "close-codes": CloseCodes,
    "gate-profile": GateProfile,
    "matrix": Matrix,
    "monitoring-window": MonitoringWindow,
    "on-call": OnCall,
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


def parse(name: str, content: object) -> BaseModel | None:
    """The document of a version that was published; None for policies that their owner reads itself. ValueError when
    this release cannot read it.
    """
    kind = DOCUMENTS.get(name.partition(":")[0])
    return None if kind is None else kind.model_validate(content, context=RECORDED)
