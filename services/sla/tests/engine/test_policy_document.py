"""SLA policy documents that are refused, and rules that are reported because nothing can reach them."""

from __future__ import annotations

from typing import Any

import pytest

from desk.calendars.problems import DocumentError
from desk_sla.engine.policies.policy import load_policy, review, review_policies

from .test_policy import policy, rule


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"rules": []}, "rules", "at least 1"),
        ({"rules": [{"id": "a", "goals": {"resolution": "0h"}}]}, "rules.0.goals.resolution", "more than zero"),
        ({"rules": [{"id": "a", "goals": {"resolution": "-1h"}}]}, "rules.0.goals.resolution", "no duration"),
        ({"rules": [{"id": "a", "goals": {"resolution": "2d"}}]}, "rules.0.goals.resolution", "no duration"),
        ({"rules": [{"id": "a", "goals": {"lunch": "1h"}}]}, "rules.0.goals.lunch.[key]", "Input should be"),
        ({"rules": [{"id": "a"}]}, "rules.0", "gives goals or says no_sla"),
        ({"rules": [{"id": "a", "goals": {"plan": "1h"}, "no_sla": "x"}]}, "rules.0", "gives goals or says no_sla"),
        ({"rules": [rule("a", 1), rule("a", 2)]}, "rules", "names two rules"),
        ({"rules": [rule("a", 1, priority=[])]}, "rules.0.when.priority", "matches no ticket"),
        ({"rules": [rule("a", 1, priority=["P9"])]}, "rules.0.when.priority.0", "Input should be"),
        ({"rules": [rule("a", 1, team=["network"])]}, "rules.0.goals", "only ola depends on the team"),
        ({"thresholds": [90, 50]}, "thresholds", "no rising list"),
        ({"thresholds": [0, 50]}, "thresholds", "no rising list"),
        ({"stops_at": "someday"}, "stops_at", "Input should be"),
        ({"pause": {"rain": ["resolution"]}}, "pause.rain.[key]", "Input should be"),
        ({"pause": {"client": ["lunch"]}}, "pause.client.0", "Input should be"),
        ({"change": {"priority": "sideways"}}, "change.priority", "Input should be"),
        ({"effective_from": "2024-01-01T00:00:00"}, "effective_from", "has no zone"),
        ({"effective_from": "soon"}, "effective_from", "no time"),
        ({"call_out_minimum": "long"}, "call_out_minimum", "no duration"),
        ({"applies": {"team": ["a"]}}, "applies", "cannot depend on team"),
        ({"colour": "blue"}, "colour", "not permitted"),
    ],
)
def test_a_faulty_document_is_refused_with_field_and_remedy(change: dict[str, Any], field: str, words: str) -> None:
    with pytest.raises(DocumentError) as refused:
        load_policy({"id": "gold", "version": 1, "calendar": "24x7", "rules": [rule("a", 1)], **change})
    assert [problem.field for problem in refused.value.problems] == [field]
    assert words in refused.value.problems[0].fault
    assert refused.value.problems[0].remedy


def test_a_rule_in_the_shadow_of_another_is_reported() -> None:
    document = policy(rule("wide", 1, priority=["P1", "P2"]), rule("narrow", 2, priority=["P2"]))
    assert [(p.field, p.code) for p in review(document)] == [("rules.1", "shadowed")]
    assert "wide always wins" in review(document)[0].fault


def test_a_rule_covered_by_several_others_together_is_reported() -> None:
    kinds = [["incident", "quick", "alert"], ["request", "security"]]
    document = policy(rule("one", 1, kind=kinds[0]), rule("two", 2, kind=kinds[1]), rule("never", 3, priority=["P1"]))
    assert [p.field for p in review(document)] == ["rules.2"]


def test_a_rule_outside_what_its_policy_applies_to_is_reported() -> None:
    document = policy(rule("b", 1, client=["b"]), rule("rest", 2), applies={"client": ["a"]})
    assert [p.field for p in review(document)] == ["rules.0"]


def test_a_policy_in_the_shadow_of_another_is_reported() -> None:
    first, second = policy(rule("a", 1), id="first"), policy(rule("a", 1), id="second")
    assert ["second" in p.fault for p in review_policies([first, second])] == [True]
    apart = policy(rule("a", 1), id="apart", applies={"tier": ["gold"]})
    assert review_policies([first, apart]) == ()
