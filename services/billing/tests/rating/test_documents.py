"""Documents and labour that are refused, with the code, the field and a remedy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from desk.decision.policies.labour.card import RateCard
from desk.decision.policies.labour.rules import BillingRules
from desk_billing.rating.trial.answer import Trial

World = dict[str, Any]  # Any: a world as written
CARD: World = {"currency": "EUR", "default_role": "technician", "roles": {"technician": 120}}
RULES: World = {"rules": [{"name": "tm", "then": "billable"}]}
ENTRY: World = {
    "entry": "e1",
    "ticket": "t1",
    "technician": "tess",
    "start": "2026-03-02T09:00",
    "end": "2026-03-02T10:00",
}
POOL: World = {"id": "A", "client": "acme", "quantity": 60}
TERMS: World = {"agreement": "gold", "client": "acme"}


def world(**changes: object) -> World:
    base: World = {"card": CARD, "rules": RULES, "tickets": [{"id": "t1", "client": "acme"}], "entries": [ENTRY]}
    return {**base, **changes}


def refusal(trial: Trial) -> tuple[str, str]:
    (one,) = trial.answer.refused
    assert one.remedy
    return one.code, one.field


DOCUMENTS: dict[str, tuple[World, str, str]] = {
    "card without a currency": ({"card": {"default_role": "t", "roles": {"t": 1}}}, "invalid_field", "card.currency"),
    "unknown currency": ({"card": {**CARD, "currency": "EUX"}}, "unknown_currency", "card.currency"),
    "rate of zero": ({"card": {**CARD, "roles": {"technician": 0}}}, "zero_rate", "card.roles.technician.all"),
    "rate below zero": ({"card": {**CARD, "roles": {"technician": -1}}}, "invalid_field", "card.roles.technician.all"),
    "five decimals": (
        {"card": {**CARD, "roles": {"technician": "1.23456"}}},
        "invalid_field",
        "card.roles.technician.all",
    ),
    "no number": ({"card": {**CARD, "roles": {"technician": "1e3"}}}, "invalid_field", "card.roles.technician.all"),
    "default role without a rate": ({"card": {**CARD, "default_role": "nobody"}}, "invalid_field", "card.default_role"),
    "named band without windows": ({"card": {**CARD, "bands": {"night": 2}}}, "invalid_field", "card.bands.night"),
    "no card": ({"card": None}, "missing", "card"),
    "no rule": ({"rules": {"rules": []}}, "invalid_field", "rules.rules"),
    "rule that matches nothing": (
        {"rules": {"rules": [{"name": "a", "when": {"role": []}, "then": "billable"}]}},
        "invalid_field",
        "rules.rules.0.when.role",
    ),
    "unknown condition": (
        {"rules": {"rules": [{"name": "a", "when": {"colour": "red"}, "then": "billable"}]}},
        "invalid_field",
        "rules.rules.0.when.colour",
    ),
    "unknown band": (
        {"rules": {"rules": [{"name": "a", "when": {"band": "nigth"}, "then": "billable"}]}},
        "unknown_band",
        "rules.rules.0.when",
    ),
    "rules that tie and differ": (
        {"rules": {"rules": [{"name": "a", "then": "billable"}, {"name": "b", "then": "covered"}]}},
        "ambiguous_rules",
        "rules.rules.1",
    ),
    "maximum below the minimum": (
        {"rules": {**RULES, "rounding": {"minimum": 30, "maximum": 15}}},
        "invalid_field",
        "rules.rounding.maximum",
    ),
    "pool that expires before it begins": (
        {"pools": [{**POOL, "from": "2026-03-02", "to": "2026-03-01"}]},
        "expires_before_it_begins",
        "pools.0.to",
    ),
    "pool of money without a currency": ({"pools": [{**POOL, "unit": "money"}]}, "invalid_field", "pools.0.currency"),
    "half a ticket": ({"pools": [{**POOL, "unit": "tickets", "quantity": 0.5}]}, "invalid_field", "pools.0.quantity"),
    "two pools of one id": ({"pools": [POOL, POOL]}, "invalid_field", "pools.1.id"),
    "pool of an unknown agreement": ({"pools": [{**POOL, "agreement": "x"}]}, "invalid_field", "pools.0.agreement"),
    "terms that overlap": ({"terms": [TERMS, {**TERMS, "from": "2026-03-01"}]}, "terms_overlap", "terms.1.from"),
    "terms that end before they begin": (
        {"terms": [{**TERMS, "from": "2026-03-02", "to": "2026-03-02"}]},
        "invalid_field",
        "terms.0.to",
    ),
    "exclusion to an unknown pool": (
        {"terms": [{**TERMS, "excludes": [{"name": "x", "when": {"role": "r"}, "to": {"pool": "Z"}}]}]},
        "invalid_field",
        "terms.0.excludes.0.to",
    ),
    "two ways to a rate": (
        {"terms": [{**TERMS, "rates": [{"rate": 1, "add": 2}]}]},
        "invalid_field",
        "terms.0.rates.0",
    ),
    "unknown key": ({"rate": 1}, "invalid_field", "rate"),
    "unknown zone": (
        {"calendar": {"id": "a", "version": 1, "zone": "Mars", "week": {}}},
        "unknown_zone",
        "calendar.0.zone",
    ),
}
LABOUR: dict[str, tuple[World, str, str]] = {
    "end before start": ({"end": "2026-03-02T08:00"}, "invalid_field", "entries.0.end"),
    "negative minutes": ({"minutes": -5}, "invalid_field", "entries.0.minutes"),
    "unknown ticket": ({"ticket": "t9"}, "invalid_field", "entries.0.ticket"),
    "no times": ({"start": None, "end": None}, "invalid_field", "entries.0.start"),
    "a time that never was": (
        {"start": "2026-03-29T02:30", "end": "2026-03-29T04:00"},
        "invalid_field",
        "entries.0.start",
    ),
    "a time that was twice": (
        {"start": "2026-10-25T02:30", "end": "2026-10-25T04:00"},
        "invalid_field",
        "entries.0.start",
    ),
    "unknown party": ({"party": "us"}, "invalid_field", "entries.0.party"),
}
EVENTS: dict[str, tuple[World, str, str]] = {
    "invoice of an unknown entry": ({"invoice": {"invoice": 1, "entries": ["e9"]}}, "unknown_entry", "events.0.entry"),
    "void of an unknown invoice": ({"void": {"invoice": 1}}, "unknown_invoice", "events.0.invoice"),
    "write-off beyond what is open": (
        {"write-off": {"entry": "e1", "amount": 500}},
        "more_than_open",
        "events.0.amount",
    ),
    "card without a beginning": ({"publish": {"card": CARD}}, "invalid_field", "events.0.effective_from"),
    "card without a role": (
        {"publish": {"card": {**CARD, "roles": {}}, "retro": True}},
        "invalid_field",
        "events.0.roles",
    ),
    "period that is none": ({"close": {"client": "acme", "period": "March"}}, "invalid_field", "events.0.period"),
    "month that is none": ({"close": {"client": "acme", "period": "2026-13"}}, "invalid_field", "events.0.period"),
    "unknown event": ({"pay": {"entry": "e1"}}, "invalid_field", "events.0.pay"),
    "move to an unknown ticket": ({"move": {"entry": "e1", "ticket": "t9"}}, "invalid_field", "events.0.ticket"),
    "log of an entry that is there": ({"log": ENTRY}, "invalid_field", "events.0.entry"),
}


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
def test_a_faulty_document_is_refused_and_nothing_is_rated(name: str) -> None:
    changes, code, field = DOCUMENTS[name]
    trial = Trial(world(**changes))
    assert refusal(trial) == (code, field)
    assert trial.answer.entries == {}


@pytest.mark.parametrize("name", sorted(LABOUR))
def test_faulty_labour_is_refused_and_the_other_is_rated(name: str) -> None:
    changes, code, field = LABOUR[name]
    faulty = {key: value for key, value in {**ENTRY, **changes}.items() if value is not None}
    calendar = {"id": "a", "version": 1, "zone": "Europe/Berlin", "week": {"mon": ["08:00-18:00"]}}
    trial = Trial(world(calendar=calendar, entries=[faulty, {**ENTRY, "entry": "e2"}]))
    assert refusal(trial) == (code, field)
    assert list(trial.answer.entries) == ["e2"]


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_a_faulty_event_is_refused_and_changes_nothing(name: str) -> None:
    event, code, field = EVENTS[name]
    trial, before = Trial(world(events=[event])), Trial(world())
    assert refusal(trial) == (code, field)
    assert trial.answer.entries == before.answer.entries
    assert trial.answer.totals == before.answer.totals


def test_labour_in_the_future_is_refused_when_the_file_says_what_time_it_is() -> None:
    assert refusal(Trial(world(now="2026-03-02T09:30Z"))) == ("future_time", "entries.0.end")


def test_unconfirmed_labour_is_not_invoiced() -> None:
    event = {"invoice": {"invoice": 1, "entries": ["e1"]}}
    trial = Trial(world(entries=[{**ENTRY, "confirmed": False}], events=[event]))
    assert refusal(trial) == ("not_confirmed", "events.0.entries")


@pytest.mark.parametrize("text", ["[1, 2]", "just text", "a: [", ""])
def test_a_file_that_is_no_mapping_is_refused(text: str) -> None:
    trial = Trial.of_text(text)
    assert [one.field for one in trial.answer.refused] == ["(document)"]


def test_every_problem_of_a_file_is_reported_at_once() -> None:
    trial = Trial(world(card={**CARD, "currency": "EUX"}, pools=[{**POOL, "quantity": -1}], rate=2))
    assert [one.field for one in trial.answer.refused] == ["rate", "card.currency", "pools.0.quantity"]


def test_the_documents_that_ship_are_read() -> None:
    folder = Path(__file__).parents[4] / "shared" / "desk" / "policies" / "builtin"
    rules = BillingRules.model_validate(yaml.safe_load((folder / "billing-rules.yaml").read_text()))
    card = RateCard.model_validate(yaml.safe_load((folder / "rate-card.yaml").read_text()))
    assert rules.rounded.step == 1
    assert sorted(card.roles) == ["engineer", "technician"]
