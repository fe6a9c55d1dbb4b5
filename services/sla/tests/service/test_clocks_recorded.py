"""Facts that sla records about a ticket's clocks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from desk.contract.event import Draft
from desk.contract.ticket.intake import facts as i
from desk.contract.ticket.intake.caller import CallerHoldCleared, CallerRevoked
from desk.contract.ticket.intake.conversation import ClientReplied, ReplySent
from desk.contract.ticket.sla import facts as s
from desk.contract.ticket.triage import dispatch as d
from desk.contract.ticket.triage import ends as en
from desk.testing import controls as c

from .sla_story import SlaStory, at, opened, priority


def reply(message: str = "m1", **more: Any) -> ReplySent:
    base: dict[str, Any] = {
        "message": message,
        "author": "human",
        "audience": "public",
        "to_requester": True,
        "channel": "mail",
    }
    return ReplySent(**{**base, **more})


def wait(name: str = "w1", on: d.WaitOn = "client") -> d.WaitingStarted:
    return d.WaitingStarted(wait=name, on=on)


def worked() -> SlaStory:
    """Opened at 9:00 as P3 (response 2h, plan 8h, resolution 20h of the ten-hour day)."""
    story = SlaStory()
    story.hears(at("9:00"), opened(), priority("P3"))
    return story


def responded() -> SlaStory:
    """The same, answered at 9:30."""
    story = worked()
    story.hears(at("9:30"), reply())
    return story


def test_the_response_clock_starts_at_opening_with_the_provisional_priority() -> None:
    story = SlaStory()
    assert story.hears(at("9:05"), opened()) == ["policy-selected", "clock-started response"]
    assert story.due("response") == at("9:30")


def test_the_first_assessment_starts_the_other_clocks_and_moves_the_response() -> None:
    story = SlaStory()
    story.hears(at("9:00"), opened())
    found = story.hears(at("9:10"), priority("P3"))
    assert found == ["policy-selected", "clock-retargeted response", "clock-started plan", "clock-started resolution"]
    assert (story.due("response"), story.due("resolution")) == (at("11:00"), at("9:00", day=2))


def test_what_is_recorded_already_is_not_recorded_again() -> None:
    story = worked()
    assert story.hears(at("9:20"), d.Queued(queue="Network", revision=1)) == []
    assert story.hears(at("9:25"), priority("P3", 2)) == []


def test_a_human_public_reply_meets_the_response_and_others_do_not() -> None:
    story = worked()
    assert story.hears(at("9:30"), reply("m1", author="automatic"), reply("m2", audience="internal")) == []
    assert story.hears(at("9:40"), reply("m3")) == ["clock-met response"]
    met = next(v for v in story.ticket.sla.clocks["response|1"].verdicts)
    assert (met.at, met.elapsed, met.due) == (at("9:40"), 40 * 60, at("11:00"))


def test_each_message_of_the_client_is_owed_an_answer() -> None:
    story = responded()
    assert story.hears(at("10:00"), ClientReplied(message="c1")) == ["clock-started next-response:c1"]
    assert story.hears(at("10:30"), ClientReplied(message="c2")) == []
    assert story.hears(at("11:00"), reply("m2")) == ["clock-met next-response:c1"]


def test_waiting_on_the_client_pauses_and_moves_the_due_time() -> None:
    story = responded()
    assert story.hears(at("10:00"), wait()) == ["clock-paused plan", "clock-paused resolution"]
    assert story.due("resolution") is None
    assert story.hears(at("12:00"), d.WaitingEnded(wait="w1")) == ["clock-resumed plan", "clock-resumed resolution"]
    assert story.due("resolution") == at("11:00", day=2)


def test_overlapping_waits_are_united() -> None:
    story = responded()
    story.hears(at("10:00"), wait("w1"))
    assert story.hears(at("11:00"), wait("w2", "vendor")) == ["clock-paused plan", "clock-paused resolution"]
    story.hears(at("12:00"), d.WaitingEnded(wait="w1"))
    assert story.due("resolution") is None
    story.hears(at("13:00"), d.WaitingEnded(wait="w2"))
    assert story.due("resolution") == at("12:00", day=2)


def test_a_caller_on_hold_pauses_the_response_too() -> None:
    story = worked()
    found = story.hears(at("10:00"), CallerRevoked(contact=c.CONTACT, revision="r2", source="psa"))
    assert "clock-paused response" in found
    cleared = CallerHoldCleared(contact=c.CONTACT, revision="r2", reason="checked")
    assert "clock-resumed response" in story.hears(at("10:30"), cleared)
    assert story.due("response") == at("11:30")


def test_thresholds_then_the_breach_fire_once_each() -> None:
    story = worked()
    assert story.fires(at("10:59")) == [f"threshold-reached response {p}%" for p in (50, 75, 90)]
    assert story.fires(at("11:00")) == []
    assert story.fires(at("11:01")) == ["threshold-reached response 100%", "clock-breached response"]
    breach = story.ticket.sla.clocks["response|1"].verdicts[0]
    assert (breach.at, breach.elapsed) == (at("11:00"), 2 * 3600)
    assert [due.key for due in story.armed(at("23:00"))] == ["plan|1|50|1"]


def test_nothing_is_armed_while_paused() -> None:
    story = responded()
    story.hears(at("10:00"), wait())
    assert story.armed(at("0:00", day=30)) == []


def test_a_priority_change_that_makes_the_due_time_past_breaches_at_the_change() -> None:
    story = responded()
    found = story.hears(at("15:00"), priority("P1", 2))
    assert [name for name in found if "breached" in name] == ["clock-breached plan", "clock-breached resolution"]
    breach = story.ticket.sla.clocks["resolution|1"].verdicts[0]
    assert (breach.at, breach.due) == (at("15:00"), at("13:00"))


def test_a_reply_heard_late_retracts_the_breach_and_meets_the_clock() -> None:
    story = worked()
    story.fires(at("11:01"))
    assert story.verdict("response") == "breached"
    found = story.hears(at("10:50"), reply(), now=at("11:30"))
    assert found == ["breach-retracted response", "clock-met response"]
    assert story.verdict("response") == "met"


def test_an_earlier_wait_heard_late_moves_the_due_time_and_retracts() -> None:
    story = responded()
    story.fires(at("9:01", day=2))
    assert story.verdict("resolution") == "breached"
    story.hears(at("10:00", day=1), wait(), now=at("10:00", day=2))
    assert story.verdict("resolution") == "none"
    story.hears(at("11:00", day=1), d.WaitingEnded(wait="w1"), now=at("10:00", day=2))
    assert (story.verdict("resolution"), story.due("resolution")) == ("none", at("10:00", day=2))


def test_an_earlier_priority_heard_late_is_a_retarget() -> None:
    story = worked()
    story.fires(at("11:01"))
    found = story.hears(at("9:30"), priority("P4", 2), now=at("11:30"))
    assert "breach-retracted response" in found
    assert found.index("clock-retargeted response") < found.index("breach-retracted response")
    assert story.due("response") == at("13:00")


def test_the_resolution_is_met_at_the_end_and_a_reopening_starts_a_new_cycle() -> None:
    story = responded()
    assert story.hears(at("12:00"), en.Resolved()) == ["clock-met plan", "clock-met resolution"]
    end = story.ticket.triage.ends[1].id
    again = Draft(data=en.Reopened(undoes=end, cause="client"), cycle=2)
    found = story.hears(at("14:00"), again)
    assert found == [
        "policy-selected",
        "clock-started response",
        "clock-started plan",
        "clock-started resolution",
    ]
    assert story.due("response", 2) == at("16:00")
    assert story.verdict("resolution", 1) == "met"


def test_a_cancelled_ticket_has_no_verdict() -> None:
    story = worked()
    found = story.hears(at("10:00"), en.Cancelled(reason="spam"))
    assert found == [f"clock-cancelled {name}" for name in ("response", "plan", "resolution")]
    assert story.armed(at("0:00", day=30)) == []


def test_a_merge_cancels_and_an_unmerge_goes_on_with_the_merged_time_as_a_pause() -> None:
    story = worked()
    assert "clock-cancelled resolution" in story.hears(at("10:00"), i.MergedInto(root="T2", evidence="same"))
    assert story.armed(at("0:00", day=30)) == []
    found = story.hears(at("12:00"), i.Unmerged(other="T2", evidence="not the same"))
    assert [f"{n} resolution" in found for n in ("clock-started", "clock-paused", "clock-resumed")] == [True] * 3
    assert story.due("resolution") == at("11:00", day=2)


def test_created_paused_starts_and_stands_still() -> None:
    story = SlaStory()
    story.hears(at("9:00"), opened())
    story.hears(at("9:00"), wait())
    found = story.hears(at("9:10"), priority("P3"))
    assert found[-2:] == ["clock-started resolution", "clock-paused resolution"]
    assert story.due("resolution") is None


def test_an_extension_moves_the_due_time_without_a_revision_of_its_own() -> None:
    story = worked()
    extended = s.TargetExtended(command="x1", clock="response", new_due=at("12:00"), by="coordinator", reason="agreed")
    assert story.hears(at("10:00"), extended) == []
    assert story.due("response") == at("12:00")
    assert story.fires(at("11:59"))[-1] == "threshold-reached response 90%"
    assert story.fires(at("12:01"))[-1] == "clock-breached response"


def test_facts_before_the_opening_wait_for_it() -> None:
    story = SlaStory()
    assert story.hears(at("9:10"), priority("P3")) == []
    found = story.hears(at("9:00"), opened(), now=at("9:20"))
    assert "clock-started resolution" in found


def test_an_opening_heard_after_its_response_time_is_not_breached_before_the_reply_is_heard() -> None:
    story = SlaStory()
    late = at("12:00")
    story.hears(at("9:00"), opened(), now=late)
    assert story.hears(at("9:10"), reply(), now=late + timedelta(seconds=1)) == ["clock-met response"]


def test_business_hours_are_those_of_the_client_s_zone() -> None:
    story = SlaStory()
    story.hears(at("15:00"), c.tier(zone="America/New_York"), opened("15:00"), priority("P3"))
    assert story.due("response") == at("17:00")
    assert story.ticket.sla.policies[1].zone == "America/New_York"
    assert story.due("resolution") == at("15:00", day=2)


def test_a_zone_that_nobody_knows_gives_way_to_the_policy_s() -> None:
    story = SlaStory()
    story.hears(at("9:00"), c.tier(zone="Moon/Base"), opened(), priority("P3"))
    assert story.ticket.sla.policies[1].zone == "Etc/UTC"


def test_a_contract_captured_anew_moves_the_clocks() -> None:
    story = SlaStory()
    story.hears(at("15:00"), c.tier(), opened("15:00"), priority("P3"))
    found = story.hears(at("15:10"), c.tier(calendar="24x7", version="2"))
    assert "clock-retargeted resolution" in found
    assert story.ticket.sla.policies[1].calendar == "24x7"


def test_a_clock_answered_before_its_first_target_has_no_verdict_in_any_order() -> None:
    story = SlaStory()
    story.hears(at("9:00"), opened())
    story.hears(at("9:01"), reply())
    story.hears(at("9:02"), ClientReplied(message="c1"))
    story.hears(at("9:04"), priority("P1"))
    assert "next-response:c1|1" in story.ticket.sla.clocks
    assert story.hears(at("9:03"), reply("a2"), now=at("9:05")) == ["clock-cancelled next-response:c1"]


def test_a_wait_that_begins_as_a_cycle_ends_pauses_the_clocks_of_the_next_one_alone() -> None:
    story = responded()
    story.hears(at("10:00"), en.Cancelled(reason="spam"))
    end = story.ticket.triage.ends[1].id
    story.hears(at("10:00"), Draft(data=en.Reopened(undoes=end, cause="psa"), cycle=2))
    story.hears(at("10:00"), wait())
    paused = [clock for clock in story.ticket.sla.clocks.values() if clock.pauses]
    assert paused
    assert {clock.cycle for clock in paused} == {2}


def test_a_hold_heard_late_that_lies_over_two_cycles_is_recorded_for_both() -> None:
    story = responded()
    story.hears(at("12:00"), en.Resolved())
    again = Draft(data=en.Reopened(undoes=story.ticket.triage.ends[1].id, cause="client"), cycle=2)
    story.hears(at("14:00"), again)
    story.hears(at("11:00"), CallerRevoked(contact=c.CONTACT, revision="r2", source="psa"), now=at("14:30"))
    drafts = [e for e in story.events if isinstance(e.data, s.ClockPaused) and e.data.clock == "resolution"]
    assert [(e.cycle, e.time) for e in drafts] == [(1, at("11:00")), (2, at("11:00"))]


@pytest.mark.parametrize("year", [1, 1969, 2099, 9999])
def test_facts_out_of_range_never_stop_the_service(year: int) -> None:
    odd = datetime(year, 6, 1, tzinfo=UTC)
    story = SlaStory()
    story.hears(odd, c.opening(opened_at=odd), now=at("9:00"))
    story.hears(odd, priority("P3"), wait(), now=at("9:10"))
    story.hears(odd, d.WaitingEnded(wait="w1"), ClientReplied(message="c1"), reply(), now=at("9:20"))
    story.hears(odd, en.Resolved(), now=at("9:30"))
    assert story.verdict("resolution") == "met"
    assert all(due.due.year < 2101 for due in story.armed(at("0:00", day=3000)))


def test_a_merged_ticket_whose_root_is_merged_too_says_nothing_again() -> None:
    story = worked()
    story.hears(at("10:00"), i.MergedInto(root="T2", evidence="same"))
    assert story.hears(at("11:00"), i.MergedInto(root="T3", evidence="its winner was merged")) == []
