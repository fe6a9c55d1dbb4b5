"""The PSA's own SLA figures beside ours: shown with their time, and the difference explained by facts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from desk.contract.event import Draft, Payload
from desk.contract.ticket.intake import psa
from desk.contract.ticket.intake.conversation import ReplySent
from desk.contract.ticket.triage import dispatch as d
from desk.contract.ticket.triage import ends as en
from desk.testing import controls as c
from desk_sla.policies import rules_of
from desk_sla.queries.explanation import explained, render_text
from desk_sla.queries.psa_comparison import PsaFigures

from .sla_story import SlaStory, at, opened, priority

REPLY = ReplySent(message="m1", author="human", audience="public", to_requester=True, channel="mail")


def level(in_sla: bool | None = True, waiting: int | None = 0, **goals: tuple[int, datetime | None]) -> Any:
    measured = tuple(psa.Measured(goal, minutes, None, when) for goal, (minutes, when) in goals.items())  # type: ignore[arg-type]
    return psa.ServiceLevel(sla="3", title="Standard SLA", in_sla=in_sla, waiting=waiting, goals=measured)


def observed(seq: int, found: psa.ServiceLevel | None, *, status: bool = True) -> Payload:
    changed = {"status": psa.Change(None, str(seq))} if status else {}
    return psa.PsaObserved(
        instance="cw",
        record="7",
        source_seq=seq,
        revision=f"r{seq}",
        status_class="open" if status else "none",
        psa_actor="psa-member:jdoe",
        via="webhook",
        changed=changed,
        service_level=found,
    )


def begun(hour: str = "9:00", urgency: str = "P3") -> SlaStory:
    story = SlaStory()
    story.hears(at(hour), opened(hour), priority(urgency), observed(1, level(response=(0, None))))
    return story


def says(story: SlaStory, clock: str, when: datetime) -> PsaFigures:
    answer = explained(c.TICKET, story.ticket, rules_of(story.policies), when, clock)
    assert answer.psa[-1].reasons is not None
    return answer.psa[-1]


def reasons(story: SlaStory, clock: str, when: datetime) -> str:
    return "\n".join(says(story, clock, when).reasons)


def test_a_change_of_status_is_a_response_to_the_psa_only() -> None:
    story = begun()
    story.hears(at("9:20"), observed(2, level(response=(20, at("9:20")))))
    found = says(story, "response", at("9:30"))
    assert (found.counted, found.in_sla, found.difference) == (20 * 60, True, None)
    assert "counts the change of status at 2026-03-02T09:20:00Z as a response, which it is not" in found.reasons[0]


def test_both_agree_and_no_reason_is_made_up() -> None:
    story = begun()
    story.hears(at("9:20"), REPLY, observed(2, level(response=(20, at("9:20")))))
    found = says(story, "response", at("9:30"))
    assert (found.difference, found.reasons) == (0, ())


def test_the_psa_counts_the_night_and_ours_does_not() -> None:
    story = begun("17:00")
    story.hears(at("9:00", 1), REPLY, observed(2, level(False, response=(16 * 60, at("9:00", 1)))))
    found = says(story, "response", at("9:30", 1))
    assert found.difference == 2 * 3600 - 16 * 3600
    assert (
        "the PSA counts around the clock: 14h of that is not working time in calendar business-hours"
        in found.reasons[0]
    )
    assert "the PSA has the record as a whole out of SLA" in found.reasons[1]


def test_waiting_is_compared_as_each_measures_it() -> None:
    story = begun("15:00")
    story.hears(at("16:00"), d.WaitingStarted(wait="w1", on="client", message="m0"))
    story.hears(at("10:00", 1), d.WaitingEnded(wait="w1"))
    answered = observed(2, level(waiting=18 * 60, resolution=(120, at("11:00", 1))))
    story.hears(at("11:00", 1), en.Resolved(), answered)
    found = says(story, "resolution", at("12:00", 1))
    assert found.difference == 0
    assert found.reasons[0].startswith("waiting: the PSA leaves out 18h of the whole record, ours 4h of working time")


def test_another_target_is_told_only_where_the_figures_prove_it() -> None:
    story = begun("8:00", "P1")
    story.hears(at("14:00"), en.Resolved(), observed(2, level(resolution=(360, at("14:00")))))
    assert "its target differs, 6h is in time there and ours allows 4h" in reasons(story, "resolution", at("15:00"))


def test_figures_older_than_our_facts_say_so() -> None:
    story = begun()
    story.hears(at("12:00"), en.Resolved())
    text = reasons(story, "resolution", at("13:00"))
    assert "of 2026-03-02T09:00:00Z, older than our newest event at 2026-03-02T12:00:00Z" in text
    assert "ours stops at 2026-03-02T12:00:00Z, which the PSA does not count as reached" in text


def test_a_reopened_ticket_is_compared_with_the_readings_of_its_cycle() -> None:
    story = begun()
    story.hears(at("10:00"), en.Resolved(), observed(2, level(resolution=(60, at("10:00")))))
    end = story.ticket.triage.ends[1].id
    story.hears(at("11:00"), Draft(data=en.Reopened(undoes=end, cause="psa", route="diagnosis"), cycle=2))
    assert says(story, "resolution", at("11:30")).read_at is None
    story.hears(at("11:40"), observed(3, level(resolution=(0, None))))
    assert "ours counts from the reopening at 2026-03-02T11:00:00Z" in reasons(story, "resolution", at("12:00"))


def test_the_past_knows_no_later_reading() -> None:
    story = begun()
    story.hears(at("9:20"), REPLY, observed(2, level(response=(20, at("9:20")))))
    assert says(story, "response", at("9:10")).answered is None


def test_a_write_of_ours_moves_the_psa_s_figures_too() -> None:
    story = begun()
    story.hears(at("10:00"), en.Resolved())
    wrote = level(resolution=(60, at("10:00")))
    synced = psa.PsaSynced(
        effect="e1", fields=("status",), shown=9, revision="r2", wrote={"status": "23"}, service_level=wrote,
        level_at=at("10:00"),
    )  # fmt: skip
    story.hears(at("10:01"), synced)
    assert (says(story, "resolution", at("11:00")).difference, says(story, "resolution", at("11:00")).reasons) == (
        0,
        (),
    )


def test_a_ticket_that_the_psa_never_showed_has_no_such_section() -> None:
    story = SlaStory()
    story.hears(at("9:00"), opened("9:00"), priority("P3"))
    answer = explained(c.TICKET, story.ticket, rules_of(story.policies), at("10:00"), None)
    assert answer.psa == [] and "the PSA says" not in render_text(answer)


@pytest.mark.parametrize("in_sla", [True, False, None])
def test_the_words_name_the_sla_its_figures_and_the_difference(in_sla: bool | None) -> None:
    story = begun()
    story.hears(at("9:20"), REPLY, observed(2, level(in_sla, response=(50, at("9:20")))))
    text = render_text(explained(c.TICKET, story.ticket, rules_of(story.policies), at("9:30"), "response"))
    assert "the PSA says (SLA Standard SLA, as of 2026-03-02T09:20:00Z)" in text
    assert "response reached 2026-03-02T09:20:00Z, 50m counted" in text and "ours counts 30m less" in text


def test_the_figures_change_no_verdict_and_no_fact() -> None:
    story = begun()
    assert story.hears(at("9:20"), observed(2, level(False, response=(20, at("9:20"))))) == []
    assert story.verdict("response") == "none"


def test_the_psa_counts_minutes_so_seconds_are_no_difference() -> None:
    story = begun()
    story.hears(at("9:20:40"), REPLY, observed(2, level(response=(20, at("9:20:40")))))
    text = render_text(explained(c.TICKET, story.ticket, rules_of(story.policies), at("9:30"), "response"))
    assert "both count the same minutes" in text and "  - " not in text
