"""Rating of labour: split at the border of the hours, classed by the first matching rule, priced by role."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest

from desk.calendars.named import shipped
from desk.contract.event import Draft
from desk.contract.ticket.intake import facts as i
from desk.contract.ticket.triage import ends as en
from desk.policies import PolicyBook
from desk.testing import controls as c
from desk.testing.given import Story

from .billing_examples import at, book, follow, gold, hear, lines, only, seen, selected, send, story, worked

HAND: dict[str, Any] = {"lines": [{"minutes": 60, "billing_class": "non-billable"}], "reason": "goodwill of the owner"}

OWN: dict[str, Any] = {"minutes": 40, "billing_class": "non-billable"}


def amount(told: Story, entry: str) -> Decimal:
    rating = told.ticket.billing.entries[entry].rating
    assert rating is not None
    return rating.amount


def test_an_entry_across_the_border_is_split_there() -> None:
    told = worked(story(), at(17), at(19, 30))
    assert [(line.band, line.minutes, line.amount) for line in lines(told)] == [
        ("business", 60, Decimal("120.00")),
        ("after-hours", 90, Decimal("270.00")),
    ]
    assert {line.calendar for line in lines(told)} == {"business-hours@1 Europe/Berlin"}


def test_the_zone_of_the_selected_policy_draws_the_border() -> None:
    told = worked(hear(story(rated=False), selected(zone="Etc/UTC")), at(17), at(19, 30))
    assert [(line.band, line.minutes) for line in lines(told)] == [("business", 120), ("after-hours", 30)]


def test_breaks_are_shared_out_in_proportion() -> None:
    told = worked(story(), at(17), at(19), minutes=61)
    assert [line.minutes for line in lines(told)] == [31, 30]


def test_a_managed_client_is_covered_in_business_hours_and_pays_after_hours() -> None:
    told = worked(gold(), at(17), at(19))
    assert [(line.billing_class, line.rule) for line in lines(told)] == [
        ("covered", "covered-by-managed-agreement"),
        ("billable", "time-and-material"),
    ]
    assert [line.amount for line in lines(told)] == [Decimal("0.00"), Decimal("180.00")]
    assert {(line.agreement, line.agreement_version) for line in lines(told)} == {("agreement-31", "1")}


def test_the_first_rule_that_matches_decides() -> None:
    told = worked(gold(), at(9), at(10), billable="DoNotBill")
    assert [line.rule for line in lines(told)] == ["non-billable-by-entry"]


@pytest.mark.parametrize(("minutes", "first"), [({"rounding_minutes": 1}, "general"), ({"rounding": {}}, "special")])
def test_rules_of_the_earlier_form_decide_in_the_order_written_and_others_by_their_conditions(
    minutes: dict[str, Any], first: str
) -> None:
    policies = PolicyBook(shipped())
    rules = [
        {"name": "general", "when": {"role": "engineer"}, "then": "billable"},
        {"name": "special", "when": {"role": "engineer", "work_type": "remote"}, "then": "covered"},
    ]
    policies.put("billing-rules", "2", {**minutes, "rules": rules})
    told = worked(story(policies), at(9), at(10), role="Engineer", work_type="Remote")
    assert [line.rule for line in lines(told)] == [first]


def test_an_option_of_the_psa_decides_over_rules_that_are_not_of_the_earlier_form() -> None:
    policies = PolicyBook(shipped())
    covered = {"name": "all", "then": "covered"}
    policies.put("billing-rules", "2", {"rules": [covered]})
    (line,) = lines(worked(story(policies), at(9), at(10), billable="NoCharge"))
    decided = (line.billing_class, line.rule, line.source, line.reason)
    assert decided == ("non-billable", "NoCharge", "psa-option", "no-charge")
    policies.put("billing-rules", "3", {"rounding_minutes": 1, "rules": [covered]})
    assert [line.rule for line in lines(worked(story(policies), at(9), at(10), billable="Billable"))] == ["all"]


def test_the_rate_is_that_of_the_role_and_of_the_cards_default_role_without_one() -> None:
    assert lines(worked(story(), at(9), at(10), role="engineer"))[0].rate == Decimal("165.00")
    assert lines(worked(story(), at(9), at(10), role="Engineer"))[0].rate == Decimal("165.00")
    assert lines(worked(story(), at(9), at(10)))[0].rate == Decimal("120.00")


def test_a_role_without_a_rate_is_unmatched_when_it_would_be_billed() -> None:
    rating = only(worked(story(), at(9), at(10), role="wizard")).rating
    assert rating is not None and (rating.unmatched, rating.why) == (True, "no-rate")
    assert lines(worked(gold(), at(9), at(10), role="wizard"))[0].billing_class == "covered"


def test_no_rule_is_unmatched() -> None:
    rules = [{"name": "gold-only", "when": {"tier": "gold"}, "then": "covered"}]
    rating = only(worked(story(book(billing_rules={"rules": rules})), at(9), at(10))).rating
    assert rating is not None and rating.why == "no-rule"


def test_a_calendar_that_is_not_known_here_is_unmatched() -> None:
    told = hear(worked(story(rated=False), at(9), at(10)), selected(calendar_version="7"))
    rating = only(told).rating
    assert rating is not None and rating.why == "calendar-unknown"
    assert lines(hear(told, selected(revision=2)))


def test_the_charge_is_in_full_steps_and_the_minutes_stay_exact() -> None:
    told = worked(story(book(billing_rules={"rounding_minutes": 15})), at(17, 50), at(18, 1))
    assert [(line.minutes, line.amount) for line in lines(told)] == [(10, Decimal("20.00")), (1, Decimal("15.00"))]


def test_the_minutes_that_rounding_adds_are_on_the_last_line_in_the_order_of_the_work() -> None:
    told = worked(story(book(billing_rules={"rounding_minutes": 15})), at(7, 50), at(8, 1))
    assert [(line.band, line.minutes, line.charged, line.amount) for line in lines(told)] == [
        ("after-hours", 10, 10, Decimal("30.00")),
        ("business", 1, 5, Decimal("10.00")),
    ]


def test_a_line_says_what_rated_it() -> None:
    (line,) = lines(worked(gold(), at(9), at(10)))
    said = (line.day, line.source, line.list_value, line.charged)
    assert said == (date(2026, 3, 2), "rules in the order written", Decimal("120.00"), 0)
    assert line.versions == ("billing-rules 1", "rate-card 1")


def test_the_card_in_force_when_the_work_was_done_decides() -> None:
    policies = book()
    card = {"currency": "EUR", "default_role": "technician", "roles": {"technician": 130}}
    policies.put("rate-card", "2", card, since=at(11))
    told = worked(story(policies), at(10), at(12))
    assert [(line.minutes, line.amount, line.currency) for line in lines(told)] == [
        (60, Decimal("120.00"), "USD"),
        (60, Decimal("130.00"), "EUR"),
    ]


def test_a_unit_of_a_ticket_rates_its_other_entries_again_when_labour_comes_and_goes() -> None:
    policies = PolicyBook(shipped())
    rules = [{"name": "tm", "then": "billable"}]
    policies.put("billing-rules", "2", {"rules": rules, "rounding": {"unit": "ticket", "step": 60}})
    told = worked(worked(story(policies), at(9), at(9, 30)), at(10), at(10, 40))
    first, second = (entry.entry for entry in told.ticket.billing.live)
    assert [amount(told, first), amount(told, second)] == [Decimal("60.00"), Decimal("180.00")]
    told = follow(told, send(told, "rate-by-hand", roles="BI", entry=second, **{**HAND, "lines": [OWN]}))
    assert amount(told, first) == Decimal("120.00")


@pytest.mark.parametrize("order", list(permutations(range(3))))
@pytest.mark.parametrize("rounding", [{"unit": "ticket", "step": 60}, {"unit": "ticket-day", "minimum": 90}])
def test_any_order_of_arrival_ends_in_the_same_lines(order: tuple[int, ...], rounding: dict[str, Any]) -> None:
    policies = PolicyBook(shipped())
    rules = [{"name": "tm", "then": "billable"}]
    policies.put("billing-rules", "2", {"rules": rules, "rounding": rounding, "second": "half"})
    times = ((at(9), at(9, 20)), (at(9, 10), at(9, 50)), (at(17, 50), at(18, 25)))
    heard = [seen(f"e{n}", "r1", *time, technician=f"t{n}") for n, time in enumerate(times)]
    told = hear(story(policies), *(heard[n] for n in order))
    everything = hear(story(policies), *heard).ticket.billing.entries
    assert {name: entry.rating and entry.rating.lines for name, entry in told.ticket.billing.entries.items()} == {
        name: entry.rating and entry.rating.lines for name, entry in everything.items()
    }
    assert sum((amount(told, name) for name in everything), Decimal(0)) > 0
    recorded_before = len(told.events)
    hear(told, c.tier(tier="none"))
    assert len(told.events) == recorded_before + 1


def test_a_second_technician_is_rated_by_the_rules() -> None:
    policies = PolicyBook(shipped())
    policies.put("billing-rules", "2", {"rules": [{"name": "tm", "then": "billable"}], "second": "none"})
    told = worked(story(policies), at(9), at(10))
    more: dict[str, Any] = {"technician": "tom", "roles": "BI", "start": at(9, 30), "end": at(10, 30), "reason": "late"}
    told = follow(told, send(told, "log-time", **more))
    _, second = (entry.rating for entry in told.ticket.billing.live)
    assert second is not None
    assert [(line.billing_class, line.reason, line.minutes) for line in second.lines] == [
        ("non-billable", "second", 30),
        ("billable", "", 30),
    ]


def test_a_corrected_entry_is_rated_again() -> None:
    told = worked(story(), at(9), at(10))
    told = follow(told, send(told, "correct-time", entry=only(told).entry, start=at(9), end=at(11), reason="typo"))
    assert [line.minutes for line in lines(told)] == [120]


def test_an_entry_waits_unrated_until_a_policy_is_selected() -> None:
    told = worked(worked(story(rated=False), at(9), at(10)), at(11), at(12))
    assert len(told.ticket.billing.unrated) == 2
    assert not hear(told, selected()).ticket.billing.unrated


def test_a_second_selection_with_the_same_calendar_rates_nothing_again() -> None:
    policies = book()
    told = worked(story(policies), at(9), at(10))
    policies.put("rate-card", "2", {**policies.get("rate-card"), "currency": "EUR"})
    assert hear(told, selected(revision=2)).events[-1].data == selected(revision=2)


def test_another_calendar_rates_again() -> None:
    told = hear(worked(story(), at(17), at(19)), selected(revision=2, calendar="24x7"))
    rating = only(told).rating
    assert rating is not None and (rating.rating, [line.minutes for line in rating.lines]) == (2, [120])


def test_other_terms_of_the_client_rate_again_but_never_what_a_person_or_an_invoice_settled() -> None:
    told = worked(worked(worked(story(), at(9), at(10)), at(11), at(12)), at(13), at(14))
    first, second, third = (entry.entry for entry in told.ticket.billing.live)
    told = follow(told, send(told, "rate-by-hand", roles="BI", entry=first, **HAND))
    told = follow(told, send(told, "record-invoice", roles="BI", entries=[second], invoice="I-1"))
    before = dict(told.ticket.billing.entries)
    told = hear(told, c.tier(tier="gold", version="2"))
    assert told.ticket.billing.entries[first] == before[first]
    assert told.ticket.billing.entries[second] == before[second]
    rating = told.ticket.billing.entries[third].rating
    assert rating is not None and rating.split.covered == 60


def test_work_belongs_to_the_cycle_in_which_it_began() -> None:
    told = worked(story(), at(17), at(19))
    told.given(Draft(data=c.resolved(), cycle=1, time=at(20)))
    told.given(Draft(data=en.Reopened(undoes=told.events[-1].id, cause="client"), cycle=2, time=at(8, day=1)))
    told = worked(told, at(9, day=1), at(10, day=1))
    assert len(told.ticket.billing.unrated) == 1
    told = hear(told, selected(calendar="24x7"))
    first, second = (entry.rating for entry in told.ticket.billing.live)
    assert first is not None and len(first.lines) == 2
    assert second is not None and second.lines[0].calendar == "24x7@1 Europe/Berlin"


def test_corrected_clients_wait_for_the_terms_of_the_new_one() -> None:
    told = hear(worked(gold(), at(9), at(10)), i.ClientCorrected(before=c.CLIENT, after="client-b", revision=1))
    assert lines(told)[0].billing_class == "covered"
    told = hear(told, c.tier(client="client-b", tier="none", agreement=None, version=""))
    assert lines(told)[0].billing_class == "billable"
