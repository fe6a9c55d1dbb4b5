"""Documents that rate labour are checked when they are published, and rate the work of their days."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from desk.calendars.named import shipped
from desk.http.problems.problem import Problem
from desk.policies import PolicyBook
from desk.policies.publishing import Proposal
from desk.testing import controls as c
from desk_billing.documents import CHECKS

from .billing_examples import at, book, gold, lines, only, story, worked

Content = dict[str, Any]  # Any: a document as written
GOLD = "agreement-31"
TERMS: Content = {"agreement": GOLD, "client": c.CLIENT}
RULES: Content = {"rules": [{"name": "tm", "then": "billable"}]}
CARD: Content = {"currency": "EUR", "default_role": "t", "roles": {"t": 60}}
COVERED: Content = {"covers": [{"name": "remote", "when": {"band": "business"}}]}


def policies(content: Content | None = None, **more: Any) -> PolicyBook:
    """The policies that ship and terms of the gold agreement."""
    found = PolicyBook(shipped())
    if content is not None:
        found.put(f"agreement-terms:{GOLD}", "1", {**TERMS, **content}, **more)
    return found


def check(name: str, content: Content, found: PolicyBook | None = None) -> None:
    CHECKS[name.partition(":")[0]](Proposal(name, "2", content), found or policies())


WRONG: dict[str, tuple[str, Content, str]] = {
    "rules that tie": ("billing-rules", {"rules": [*RULES["rules"], {"name": "b", "then": "covered"}]}, "rules.1"),
    "an unknown band": ("billing-rules", {"rules": [{**RULES["rules"][0], "when": {"band": "x"}}]}, "rules.0.when"),
    "a condition that no fact feeds": (
        "billing-rules",
        {"rules": [{**RULES["rules"][0], "when": {"party": "msp"}}]},
        "rules.0.when.party",
    ),
    "an unknown condition": ("billing-rules", {"rules": [{**RULES["rules"][0], "when": {"x": "y"}}]}, "rules.0.when.x"),
    "prepaid without pools": ("billing-rules", {"rules": [{"name": "p", "then": "prepaid"}]}, "rules.0.then"),
    "an option that is prepaid": (
        "billing-rules",
        {**RULES, "options": {"P": {"then": "prepaid"}}},
        "options.p.then",
    ),
    "units of sessions": ("billing-rules", {**RULES, "rounding": {"unit": "session"}}, "rounding.unit"),
    "one person once": ("billing-rules", {**RULES, "same_person": "once"}, "same_person"),
    "draws as recorded": ("billing-rules", {**RULES, "allocation": "recorded"}, "allocation"),
    "a card of one client": ("rate-card", {**CARD, "client": "acme"}, "client"),
    "a rate of zero": ("rate-card", {**CARD, "roles": {"t": 0}}, "roles.t.all"),
    "terms of another agreement": ("agreement-terms:silver", TERMS, "agreement"),
    "an agreement without terms": (
        f"agreement-terms:{GOLD}",
        {**TERMS, "excludes": [{"name": "x", "when": {"role": "r"}, "to": {"agreement": "platinum"}}]},
        "excludes.0.to",
    ),
    "a pool": (
        f"agreement-terms:{GOLD}",
        {**TERMS, "excludes": [{"name": "x", "when": {"role": "r"}, "to": {"pool": "A"}}]},
        "excludes.0.to",
    ),
    "covers that tie": (
        f"agreement-terms:{GOLD}",
        {**TERMS, "covers": [{"name": "a"}, {"name": "b", "then": "non-billable"}]},
        "covers.1",
    ),
    "terms that are prepaid": (
        f"agreement-terms:{GOLD}",
        {**TERMS, "covers": [{"name": "a", "then": "prepaid"}]},
        "covers.0.then",
    ),
    "a rate of entries": (f"agreement-terms:{GOLD}", {**TERMS, "accept_entry_rate": True}, "accept_entry_rate"),
    "an overage": (f"agreement-terms:{GOLD}", {**TERMS, "overage_rate": 150}, "overage_rate"),
    "payers": (f"agreement-terms:{GOLD}", {**TERMS, "payers": [{"client": "a", "share": 1}]}, "payers"),
    "a cap of a period": (f"agreement-terms:{GOLD}", {**TERMS, "cap": {"amount": 9, "per": "period"}}, "cap.per"),
    "sessions in terms": (f"agreement-terms:{GOLD}", {**TERMS, "rounding": {"unit": "session"}}, "rounding.unit"),
    "one person once in terms": (f"agreement-terms:{GOLD}", {**TERMS, "same_person": "once"}, "same_person"),
    "terms that end before they begin": (
        f"agreement-terms:{GOLD}",
        {**TERMS, "from": "2026-03-02", "to": "2026-03-01"},
        "to",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_document_is_refused_with_the_field_and_a_remedy(case: str) -> None:
    name, content, field = WRONG[case]
    with pytest.raises(Problem) as refused:
        check(name, content)
    assert (refused.value.code, refused.value.members["field"]) == ("invalid_field", field)
    assert refused.value.remedy


def test_an_agreement_does_not_change_its_client() -> None:
    with pytest.raises(Problem) as refused:
        check(f"agreement-terms:{GOLD}", {**TERMS, "client": "other"}, policies({}))
    assert refused.value.members["field"] == "client"


def test_sound_documents_are_accepted_beside_those_in_force() -> None:
    check("billing-rules", RULES)
    check("rate-card", CARD)
    again = {**TERMS, **COVERED, "cap": {"amount": 900}, "rates": [{"role": "engineer", "rate": 100}]}
    check(f"agreement-terms:{GOLD}", again, policies({}))


def test_terms_cover_labour_and_the_rules_rate_the_other() -> None:
    told = worked(gold(policies(COVERED)), at(17), at(19))
    assert [(one.band, one.billing_class, one.rule, one.source) for one in lines(told)] == [
        ("business", "covered", "remote", f"inclusions of {GOLD}"),
        ("after-hours", "billable", "time-and-material", "rules in the order written"),
    ]
    assert {one.agreement for one in lines(told)} == {GOLD}
    assert lines(told)[0].versions == ("billing-rules 1", "rate-card 1", f"agreement-terms:{GOLD} 1")


def test_an_option_of_the_psa_decides_over_terms() -> None:
    (line,) = lines(worked(gold(policies(COVERED)), at(9), at(10), billable="DoNotBill"))
    assert (line.billing_class, line.reason) == ("non-billable", "by-entry")


def test_the_rate_of_the_agreement_is_multiplied_by_the_factor_of_the_band() -> None:
    found = policies({"rates": [{"rate": 100}]})
    found.put("rate-card", "2", {**CARD, "roles": {"t": 60, "technician": 60}, "bands": {"after-hours": 1.5}})
    told = worked(story(found), at(17), at(19))
    assert [(one.rate, one.amount) for one in lines(told)] == [(Decimal(rate), Decimal(rate)) for rate in (100, 150)]
    assert [(one.name, one.factor) for one in lines(told)[1].factors] == [("after-hours", Decimal("1.5"))]


def test_terms_rate_the_work_from_their_publication_and_on_their_days() -> None:
    assert [one.billing_class for one in lines(worked(story(policies(COVERED, since=at(10))), at(9), at(11)))] == [
        "billable",
        "covered",
    ]
    later = policies({**COVERED, "from": "2026-03-03"})
    assert [one.billing_class for one in lines(worked(story(later), at(9), at(10)))] == ["billable"]


def test_the_version_published_last_replaces_the_earlier_one_and_a_retired_one_counts_for_nothing() -> None:
    found = policies(COVERED)
    found.put(f"agreement-terms:{GOLD}", "2", TERMS, since=at(10))
    told = worked(story(found), at(9), at(11))
    assert [one.billing_class for one in lines(told)] == ["covered", "billable"]
    found.retire(f"agreement-terms:{GOLD}", "2", at(12))
    assert [one.billing_class for one in lines(worked(story(found), at(9), at(11)))] == ["covered"]
    found.retire(f"agreement-terms:{GOLD}", "1", at(12))
    assert [one.billing_class for one in lines(worked(story(found), at(9), at(11)))] == ["billable"]


def test_labour_under_an_agreement_of_another_client_waits_for_a_person() -> None:
    found = policies()
    found.put(f"agreement-terms:{GOLD}", "1", {**TERMS, "client": "other"})
    rating = only(worked(story(found), at(9), at(10))).rating
    assert rating is not None and rating.why == "agreement-other-client"


def test_rules_still_name_an_agreement_that_has_no_terms() -> None:
    rules = [{"name": "ours", "when": {"agreement": GOLD}, "then": "covered"}]
    told = worked(story(book(billing_rules={"rules": rules})), at(9), at(10))
    assert [one.rule for one in lines(told)] == ["ours"]
