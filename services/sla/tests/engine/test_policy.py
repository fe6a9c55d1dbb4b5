"""SLA policies: which rule wins, why, and what a document is refused for."""

from __future__ import annotations

from typing import Any

import pytest

from desk.calendars.calendar import compile_calendar
from desk.calendars.problems import DocumentError
from desk_sla.engine.policies.document import PolicyDocument
from desk_sla.engine.policies.policy import (
    BUILTIN_CALENDARS,
    BUILTIN_POLICIES,
    builtin_calendar,
    builtin_policy,
    choose_policy,
    goal,
    load_policy,
    parse,
    review,
    zone_of,
)
from desk_sla.engine.policies.selection import Subject

from .engine_examples import HOUR, at


def policy(*rules: dict[str, Any], **more: Any) -> PolicyDocument:
    return load_policy({"id": "gold", "version": 1, "calendar": "24x7", "rules": list(rules), **more})


def rule(name: str, hours: int, **when: list[str]) -> dict[str, Any]:
    return {"id": name, "when": when, "goals": {"resolution": f"{hours}h"}}


def decided(document: PolicyDocument, **subject: str) -> str:
    chosen = goal(document, "resolution", Subject(**subject))  # type: ignore[arg-type]
    assert chosen is not None
    return chosen.rule


def test_a_rule_that_names_the_client_beats_one_that_names_tier_and_priority() -> None:
    document = policy(rule("both", 1, tier=["gold"], priority=["P1"]), rule("acme", 2, client=["acme"]))
    assert decided(document, client="acme", tier="gold", priority="P1") == "acme"
    assert decided(document, client="other", tier="gold", priority="P1") == "both"


def test_among_equals_the_rule_written_first_wins() -> None:
    document = policy(rule("wide", 1, priority=["P1", "P2"]), rule("narrow", 2, priority=["P2"]))
    assert decided(document, priority="P2") == "wide"


def test_the_choice_says_why_it_won_and_why_the_others_lost() -> None:
    document = policy(
        rule("gold-p1", 1, tier=["gold"], priority=["P1"]),
        rule("p1", 2, priority=["P1"]),
        rule("p2", 3, priority=["P2"]),
        rule("p1-again", 4, tier=["gold"], priority=["P1"]),
    )
    chosen = goal(document, "resolution", Subject(tier="gold", priority="P1"))
    assert chosen is not None
    assert chosen.why == (
        "rule gold-p1 of gold v1: resolution 1h, for tier gold, priority P1",
        "rule p1: fits too, but does not name the tier",
        "rule p2: not for this ticket, it asks for priority P2 and finds P1",
        "rule p1-again: fits too, but is written later",
    )


def test_explicitly_no_sla_is_an_answer_and_silence_is_none() -> None:
    document = policy(
        {"id": "best-effort", "when": {"tier": ["best-effort"]}, "no_sla": "contract 7"}, rule("p1", 1, priority=["P1"])
    )
    chosen = goal(document, "resolution", Subject(tier="best-effort", priority="P1"))
    assert chosen is not None
    assert (chosen.seconds, chosen.reason) == (None, "contract 7")
    assert goal(document, "resolution", Subject(priority="P3")) is None
    assert goal(document, "plan", Subject(priority="P1")) is None


def test_a_team_and_a_vendor_have_targets_of_their_own() -> None:
    document = policy(
        {"id": "network", "when": {"team": ["network"]}, "goals": {"ola": "4h"}},
        {"id": "any-team", "goals": {"ola": "8h"}},
        {"id": "isp", "when": {"vendor": ["isp"]}, "goals": {"uc": "12h"}},
    )
    assert [g.seconds for t in ("network", "desk") if (g := goal(document, "ola", Subject(team=t)))] == [
        4 * HOUR,
        8 * HOUR,
    ]
    assert goal(document, "uc", Subject(vendor="other")) is None


def test_the_policy_that_names_the_client_is_chosen_and_says_so() -> None:
    standard = policy(rule("all", 1), id="standard")
    acme = policy(rule("all", 2), id="acme", applies={"client": ["acme"]})
    chosen = choose_policy([standard, acme], Subject(client="acme"), at("2024-01-01"))
    assert chosen is not None
    assert chosen.policy is acme
    assert chosen.why[1] == "policy standard v1: fits too, but does not name the client"
    other = choose_policy([acme, standard], Subject(client="b"), at("2024-01-01"))
    assert other is not None
    assert other.policy is standard


def test_a_new_version_judges_from_its_effective_time_only() -> None:
    first, second = policy(rule("all", 1)), policy(rule("all", 2), version=2, effective_from="2024-06-01T00:00:00Z")
    found = [choose_policy([second, first], Subject(), at(day)) for day in ("2024-05-31", "2024-06-01")]
    assert [one.policy.version for one in found if one] == [1, 2]


def test_no_policy_for_a_ticket_is_none() -> None:
    assert choose_policy([policy(rule("a", 1), applies={"client": ["acme"]})], Subject(), 0) is None


def test_the_zone_comes_from_the_first_source_that_knows_one() -> None:
    document = policy(rule("a", 1), zone_from=["client", "caller", "policy"])
    assert zone_of(document, Subject(zones={"caller": "Asia/Kathmandu", "asset": "Etc/UTC"})) == (
        "Asia/Kathmandu",
        "caller",
    )
    assert zone_of(document, Subject(zones={"asset": "Etc/UTC"})) == (None, "policy")


@pytest.mark.parametrize("name", BUILTIN_POLICIES)
def test_every_policy_that_ships_is_sound_and_its_calendars_ship_too(name: str) -> None:
    document = builtin_policy(name)
    assert review(document) == ()
    assert {document.calendar, *(r.calendar for r in document.rules if r.calendar)} <= set(BUILTIN_CALENDARS)


@pytest.mark.parametrize("name", BUILTIN_CALENDARS)
def test_every_calendar_that_ships_has_working_time(name: str) -> None:
    assert compile_calendar(builtin_calendar(name)).elapsed_s(at("2024-01-01"), at("2025-01-01")) > 0


@pytest.mark.parametrize("text", ["[1, 2]", "id: [", ""])
def test_a_text_that_is_no_document_is_refused(text: str) -> None:
    with pytest.raises(DocumentError, match=r"\(document\)"):
        parse(text)


def test_what_does_not_ship_is_named() -> None:
    with pytest.raises(KeyError, match="known: standard"):
        builtin_policy("platinum")
    with pytest.raises(KeyError, match="known: 24x7"):
        builtin_calendar("8x5")
