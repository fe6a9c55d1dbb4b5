"""The client's own IT is explained the clocks agreed with it, and no other policies, clocks or figures."""

from __future__ import annotations

import pytest

from desk.contract.ticket.triage.dispatch import Queued
from desk.decision.refusal import Refusal
from desk.http.problems.problem import Problem
from desk.policies import PolicyBook
from desk.testing import controls as c
from desk_sla.policies import builtin, rules_of
from desk_sla.queries.explanation import drawn, explained, render_text

from .sla_story import SlaStory, at, opened, priority
from .test_psa_beside import level, observed


def queued() -> SlaStory:
    """A ticket in queue Network, whose team has a goal of its own, and with figures of a PSA."""
    documents = {name: dict(content) for name, content in builtin().items()}
    standard = documents["sla-policy:standard"]
    rules = standard["rules"]
    assert isinstance(rules, list)
    standard["rules"] = [*rules, {"id": "network", "when": {"team": ["Network"]}, "goals": {"ola": "3h"}}]
    story = SlaStory(PolicyBook(documents))
    story.hears(at("9:00"), opened("9:00"), priority("P3"), observed(1, level(response=(0, None))))
    story.hears(at("9:05"), Queued(queue="Network", tier="tier2", revision=1))
    return story


def test_the_clocks_of_teams_and_the_reasons_of_other_policies_are_left_out() -> None:
    story = queued()
    asked = (c.TICKET, story.ticket, rules_of(story.policies), at("9:30"), None)
    staff, client = explained(*asked), explained(*asked, agreed=True)
    assert "ola:Network" in {one.clock for one in staff.clocks}
    assert staff.psa
    assert all(one.policy_why for one in staff.clocks)
    assert {one.clock for one in client.clocks} == {one.clock for one in staff.clocks} - {"ola:Network"}
    assert client.psa == []
    assert {one.policy_why + one.goal_why for one in client.clocks} == {()}
    assert "Network" not in render_text(client)
    assert "Network" not in drawn(*asked, agreed=True)
    assert "Network" in drawn(*asked)


def test_a_clock_of_a_team_is_to_the_client_one_that_did_not_run() -> None:
    story = queued()
    asked = (c.TICKET, story.ticket, rules_of(story.policies), at("9:30"))
    with pytest.raises((Problem, Refusal)) as refused:
        explained(*asked, "ola:Network", agreed=True)
    with pytest.raises((Problem, Refusal)) as unknown:
        explained(*asked, "ola:Nowhere", agreed=True)
    assert str(refused.value).replace("Network", "X") == str(unknown.value).replace("Nowhere", "X")
    assert explained(*asked, "ola:Network").clocks
