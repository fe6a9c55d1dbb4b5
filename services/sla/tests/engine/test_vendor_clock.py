"""A wait that names the vendor starts the vendor's clock, by the contract that a policy gives it."""

from __future__ import annotations

from typing import Any

from desk.contract.ticket.triage import dispatch as d
from desk.policies import PolicyBook
from desk_sla.policies import builtin

from ..service.sla_story import SlaStory, at, opened, priority

CONTRACT: dict[str, Any] = {
    "id": "contract",
    "version": 1,
    "applies": {"kind": ["incident"]},
    "calendar": "24x7",
    "rules": [
        {"id": "all", "goals": {"resolution": "20h"}},
        {"id": "carrier", "when": {"vendor": ["carrier"]}, "goals": {"uc": "2h"}},
    ],
    "pause": {"vendor": ["resolution"]},
}


def story() -> SlaStory:
    book = PolicyBook(builtin())
    book.put("sla-policy:contract", "1", CONTRACT)
    found = SlaStory(book)
    found.hears(at("9:00"), opened("9:00"), priority("P3"))
    return found


def waits(vendor: str | None) -> d.WaitingStarted:
    return d.WaitingStarted(wait="w1", on="vendor", reference="C-77", vendor=vendor)


def test_the_vendor_s_clock_runs_while_the_ticket_s_stands_still() -> None:
    found = story()
    told = found.hears(at("10:00"), waits("carrier"))
    assert "clock-started uc:carrier:w1" in told and "clock-paused resolution" in told
    assert found.due("uc:carrier:w1") == at("12:00")
    assert "clock-met uc:carrier:w1" in found.hears(at("11:00"), d.WaitingEnded(wait="w1"))


def test_a_vendor_that_takes_longer_breaches_its_contract_and_not_the_ticket_s() -> None:
    found = story()
    found.hears(at("10:00"), waits("carrier"))
    assert "clock-breached uc:carrier:w1" in found.fires(at("12:30"))
    assert (found.verdict("uc:carrier:w1"), found.verdict("resolution")) == ("breached", "none")


def test_a_wait_without_its_vendor_or_with_one_that_no_rule_names_has_no_such_clock() -> None:
    for vendor in (None, "other"):
        assert not [told for told in story().hears(at("10:00"), waits(vendor)) if "uc:" in told]
