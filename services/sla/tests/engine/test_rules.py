"""Selection of the documents for a ticket: published when its first clock started, in force when it opened."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from desk.calendars.documents import builtin_content
from desk.policies import PolicyBook
from desk_sla.engine.goals import Rulebook
from desk_sla.policies import POLICY, builtin, rules_of

from ..service.sla_story import MONDAY, SlaStory, at, opened, priority

QUICK: dict[str, Any] = {
    "id": "standard",
    "version": 2,
    "calendar": "24x7",
    "rules": [{"id": "all", "goals": {"response": "5m", "resolution": "1h"}}],
}


def book() -> PolicyBook:
    return PolicyBook(builtin())


def newest(rulebook: Rulebook) -> list[int]:
    return [policy.version for policy in rulebook.policies if policy.id == "standard"]


def test_a_version_published_later_does_not_judge_also_when_it_reaches_back() -> None:
    found = book()
    found.put(POLICY + "standard", "2", QUICK, since=MONDAY - timedelta(days=9), published=at("12:00"))
    rules = rules_of(found)
    assert newest(rules.at(at("11:00"), at("9:00"))) == [1]
    assert newest(rules.at(at("13:00"), at("9:00"))) == [1, 2]
    assert newest(rules.at(None, at("9:00"))) == [1, 2]


def test_a_ticket_keeps_its_version_through_a_later_change() -> None:
    found = book()
    story = SlaStory(found)
    story.hears(at("9:00"), opened(), priority("P3"))
    found.put(POLICY + "standard", "2", QUICK, since=MONDAY, published=at("10:00"))
    story.hears(at("11:00"), priority("P2", 2))
    assert story.ticket.sla.policies[1].policy_version == "1"
    fresh = SlaStory(found)
    fresh.hears(at("9:00"), opened(), priority("P3"), now=at("11:00"))
    assert fresh.ticket.sla.policies[1].policy_version == "2"


def test_a_retired_version_still_judges_the_tickets_it_began_with() -> None:
    found = book()
    found.put(POLICY + "standard", "2", QUICK, since=MONDAY, published=at("8:00"))
    found.retire(POLICY + "standard", "2", at("12:00"))
    rules = rules_of(found)
    assert newest(rules.at(at("11:00"), at("9:00"))) == [1, 2]
    assert newest(rules.at(None, at("13:00"))) == [1]


def test_a_holiday_added_later_leaves_old_tickets_alone() -> None:
    found = book()
    content = {**builtin_content("business-hours"), "version": 2, "days": [{"day": "2026-03-03", "name": "carnival"}]}
    found.put("calendar:business-hours", "2", content, since=at("12:00"), published=at("12:00"))
    rules = rules_of(found)
    versions = [rules.at(None, when).calendars["business-hours"].version for when in (at("9:00"), at("13:00"))]
    assert versions == [1, 2]


def test_a_policy_whose_calendar_nobody_published_judges_nothing() -> None:
    found = book()
    found.put(POLICY + "odd", "1", {**QUICK, "id": "odd", "version": 1, "calendar": "moon"}, published=at("8:00"))
    assert [policy.id for policy in rules_of(found).at(None, at("9:00")).policies] == ["standard"]


def test_a_policy_bound_to_a_log_judges_that_log_alone() -> None:
    found = book()
    found.put(POLICY + "other", "import:other", {**QUICK, "id": "other", "version": 1}, published=at("8:00"))
    rules = rules_of(found)
    ids = [[p.id for p in rules.at(None, at("9:00"), matrix).policies] for matrix in (None, "import:other", "import:x")]
    assert ids == [["standard"], ["other"], ["standard"]]
