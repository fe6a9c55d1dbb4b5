"""Billing's policy documents: the built-in ones are valid, and an invalid one is refused by its field."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from desk.calendars.problems import from_validation
from desk.decision.policies.document import RECORDED
from desk.decision.policies.labour.card import RateCard
from desk.decision.policies.labour.rules import BillingRules
from desk.policies import builtin

RULES = dict(builtin("billing-rules"))
CARD = dict(builtin("rate-card"))


def rule(**when: Any) -> dict[str, Any]:
    return {**RULES, "rules": [{"name": "r", "when": when, "then": "billable"}]}


def test_what_ships_is_sound() -> None:
    BillingRules.model_validate(RULES)
    RateCard.model_validate(CARD)


def test_a_condition_names_one_value_or_several() -> None:
    BillingRules.model_validate(rule(tier="gold", hours=["after-hours"]))


@pytest.mark.parametrize(
    ("content", "field"),
    [
        (rule(teir="gold"), "teir"),
        (rule(tier=[]), "tier"),
        (rule(tier=7.5), "tier"),
        ({**RULES, "closed_until": "28.02.2026"}, "closed_until"),
        ({**RULES, "closed_until": 20260228}, "closed_until"),
        ({**RULES, "unbilled_after_business_days": -1}, "unbilled_after_business_days"),
        ({**RULES, "rounding_minutes": 0}, "rounding_minutes"),
    ],
)
def test_wrong_rules_are_refused_by_field(content: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        BillingRules.model_validate(content)
    (problem,) = from_validation("billing-rules", refused.value).problems
    assert problem.field.endswith(field)
    assert problem.remedy


def test_a_rate_is_for_hours_that_exist() -> None:
    with pytest.raises(ValidationError):
        RateCard.model_validate({**CARD, "roles": {"technician": {"weekend": "1.00"}}})


def test_roles_that_differ_only_in_case_are_one() -> None:
    rates = {"business-hours": "1.00"}
    with pytest.raises(ValidationError):
        RateCard.model_validate({**CARD, "roles": {"technician": rates, "Technician": rates}})


def test_what_an_earlier_release_published_is_still_read() -> None:
    """A rate of zero, a currency that ISO 4217 does not have and one name twice are refused only when published."""
    roles = {"technician": {"business-hours": "0.00", "after-hours": "80"}}
    card = {**CARD, "currency": "ABC", "roles": roles}
    twice = {**RULES, "rules": [*RULES["rules"], RULES["rules"][-1]]}
    with pytest.raises(ValidationError):
        RateCard.model_validate(card)
    with pytest.raises(ValidationError, match="names two of them"):
        BillingRules.model_validate(twice)
    read = RateCard.model_validate(card, context=RECORDED)
    assert (read.currency, read.roles["technician"]["business"]) == ("ABC", Decimal(0))
    assert len(BillingRules.model_validate(twice, context=RECORDED).rules) == 5
