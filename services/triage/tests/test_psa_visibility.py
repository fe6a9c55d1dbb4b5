"""An act in the PSA counts for what its author had before them; what the desk had left already is not undone."""

from __future__ import annotations

from datetime import timedelta

from desk.contract.event import Draft
from desk.contract.ticket.intake import psa
from desk.contract.ticket.ticket import Status, status
from desk.contract.ticket.triage import dispatch as d
from desk.contract.ticket.triage import ends as en
from desk.contract.ticket.triage import fix as fx
from desk.testing import controls as c
from desk.testing.given import Outcome, Story
from desk_triage.decisions.attempts.fix import StartFix, start_fix
from desk_triage.decisions.psa_ruling import rule_observation


def story() -> Story:
    return Story().given(c.opening(instance=c.INSTANCE, record=c.RECORD))


def seen(s: Story, seq: int, to: str, *, minutes_ago: float = 0, shown: int = 0) -> Outcome:
    """The PSA showed triage's facts up to `shown` when somebody changed its status, so many minutes before now."""
    at = s.now + timedelta(minutes=1) - timedelta(minutes=minutes_ago)
    return s.receives(rule_observation, Draft(data=c.observed(seq, to, shown=shown), time=at))


def outcome(found: Outcome) -> str:
    return found.one(en.ObservationRuled).outcome


def written(s: Story, to: psa.StatusClass) -> int:
    """The desk wrote a status that it had decided on triage's facts before the newest one; returns their number."""
    shown = sum(e.owner == "triage" for e in s.events) - 1
    s.given(
        psa.PsaSynced(effect=to, fields=("status",), shown=shown, revision="9", wrote={"status": to}, status_class=to)
    )
    return shown


def reopened_at_the_desk(s: Story) -> Story:
    end = s.ticket.triage.ends[s.ticket.cycle].id
    return s.given(Draft(data=en.Reopened(undoes=end, cause="client"), cycle=s.ticket.cycle + 1))


def test_a_birth_heard_after_a_cancel_does_not_reopen_the_ticket() -> None:
    s = story().given(en.Cancelled(reason="spam"))
    found = seen(s, 1, "new", minutes_ago=5)
    assert outcome(found) == "stale"
    assert status(found.then("observation-ruled").ticket) is Status.CANCELLED


def test_a_wait_set_by_somebody_who_did_not_see_the_resolution_is_stale() -> None:
    found = seen(story().given(c.resolved()), 1, "waiting-client")
    assert outcome(found) == "stale"
    assert found.then("observation-ruled").ticket.cycle == 1


def test_opening_after_the_psa_showed_the_resolution_reopens() -> None:
    s = story().given(c.resolved())
    found = seen(s, 1, "open", shown=s.ticket.triage.ends[1].seq)
    found.then("reopened", "observation-ruled")


def test_opening_after_somebody_resolved_in_the_psa_too_reopens() -> None:
    s = seen(story().given(c.resolved()), 1, "resolved").then("observation-ruled")
    seen(s, 2, "open").then("reopened", "observation-ruled")


def test_a_cancel_by_somebody_who_did_not_see_the_reopening_is_stale() -> None:
    s = seen(story(), 1, "resolved").then("resolved", "observation-ruled")
    assert outcome(seen(reopened_at_the_desk(s), 2, "cancelled")) == "stale"


def test_a_resolution_counts_once_the_ticket_was_opened_in_the_psa_as_well() -> None:
    s = seen(story(), 1, "resolved").then("resolved", "observation-ruled")
    s = seen(reopened_at_the_desk(s), 2, "open").then("observation-ruled")
    seen(s, 3, "resolved").then("resolved", "observation-ruled")


def test_two_who_undo_the_same_end_open_one_cycle_and_the_later_acts_in_the_psa_belong_to_it() -> None:
    s = seen(story(), 1, "resolved").then("resolved", "observation-ruled")
    s = reopened_at_the_desk(s)
    found = seen(s, 2, "waiting-client", minutes_ago=1.5)
    assert outcome(found) == "reopened"
    s = found.then("waiting-started", "observation-ruled")
    s = seen(s, 3, "closed").then("waiting-ended", "resolved", "outside-closure-noticed", "observation-ruled")
    assert s.ticket.cycle == 2


def test_a_wait_of_the_cycle_before_does_not_wait_in_this_one() -> None:
    s = reopened_at_the_desk(story().given(en.Cancelled(reason="spam")))
    assert outcome(seen(s, 1, "waiting-vendor", minutes_ago=5)) == "stale"


def test_leaving_a_waiting_status_leaves_alone_a_wait_begun_later_at_the_desk() -> None:
    s = story().given(d.WaitingStarted(wait="vendor-case", on="vendor"))
    s = seen(s, 1, "open", minutes_ago=5).then("observation-ruled")
    assert list(s.ticket.triage.waits) == ["vendor-case"]


def test_leaving_a_waiting_status_ends_a_wait_that_the_psa_showed_whatever_its_clock_says() -> None:
    s = story().given(d.WaitingStarted(wait="vendor-case", on="vendor"))
    s = seen(s, 1, "open", minutes_ago=5, shown=1).then("waiting-ended", "observation-ruled")
    assert not s.ticket.triage.waits


def test_a_reopening_and_its_wait_do_not_lie_before_the_end_that_it_undoes() -> None:
    s = story().given(c.resolved())
    s = seen(s, 1, "resolved", minutes_ago=5).then("observation-ruled")
    found = seen(s, 2, "waiting-client", minutes_ago=4)
    reopened, waiting, _ = found.drafts
    assert reopened.time == waiting.time == s.ticket.triage.ends[1].time
    s = found.then("reopened", "waiting-started", "observation-ruled")
    seen(s, 3, "open", minutes_ago=3).then("waiting-ended", "observation-ruled")


def test_imported_history_needs_no_write_back_to_be_seen() -> None:
    s = Story(origin="import").given(c.opening(instance=c.INSTANCE, record=c.RECORD), c.resolved())
    s.receives(rule_observation, c.observed(1, "open", via="import")).then("reopened")


def test_starting_a_fix_that_was_applied_already_keeps_the_attempt() -> None:
    s = story().given(*c.ready_for_work()[1:]).given(Draft(data=c.fixed(), cycle=1, attempt=1))
    s.when(start_fix, StartFix(cycle=1, privileged=False)).nothing()
    assert s.ticket.triage.attempt.applied is not None


def test_an_unmapped_status_says_nothing_of_what_its_author_saw() -> None:
    s = story().given(c.resolved())
    change = {"status": psa.Change("resolved", "odd")}
    found = s.receives(rule_observation, c.observed(1, "unmapped", changed=change))
    found.then("observation-ruled")
    assert s.ticket.triage.psa_confirmed_seq == 0


def test_a_new_attempt_opens_after_a_failed_verification() -> None:
    s = (
        story()
        .given(*c.ready_for_work()[1:])
        .given(
            Draft(data=c.fixed(), cycle=1, attempt=1),
            Draft(data=fx.VerificationFailed(what_failed="drops", seen_by="pat"), cycle=1, attempt=1),
        )
    )
    s.when(start_fix, StartFix(cycle=1, privileged=False)).then("fix-started")


def test_a_late_close_does_not_end_what_was_ruled_open_after_it() -> None:
    s = seen(story(), 1, "open").then("observation-ruled")
    late = Draft(data=c.observed(2, "closed", via="history"), time=s.now - timedelta(minutes=5))
    found = s.receives(rule_observation, late)
    assert outcome(found) == "none"
    assert status(found.then("observation-ruled").ticket) is Status.NEW


def test_who_acted_between_a_reopening_and_an_end_at_the_desk_has_seen_the_reopening() -> None:
    s = seen(story(), 1, "cancelled").then("cancelled", "observation-ruled")
    s = reopened_at_the_desk(s).given(Draft(data=en.Cancelled(reason="spam"), cycle=2))
    s = seen(s, 2, "waiting-client", minutes_ago=1.5).then("observation-ruled")
    seen(s, 3, "closed").then("outside-closure-noticed", "observation-ruled")


def test_an_act_that_our_write_undid_does_not_display_a_reopening_to_who_acts_after_the_write() -> None:
    s = reopened_at_the_desk(story().given(en.Cancelled(reason="spam")))
    shown = written(s, "cancelled")
    s = seen(s, 1, "waiting-client", minutes_ago=1.5).then("waiting-started", "observation-ruled")
    assert outcome(seen(s, 2, "closed", shown=shown)) == "stale"


def test_who_acts_after_an_act_that_our_write_undid_but_before_the_write_saw_the_reopening() -> None:
    s = reopened_at_the_desk(story().given(en.Cancelled(reason="spam")))
    written(s, "cancelled")
    s = seen(s, 1, "waiting-client", minutes_ago=1.5).then("waiting-started", "observation-ruled")
    seen(s, 2, "closed").then("waiting-ended", "resolved", "outside-closure-noticed", "observation-ruled")


def test_a_repeated_end_that_our_write_undid_is_not_reopened_by_who_saw_the_ticket_open() -> None:
    s = story().given(c.assessed(), c.resolved())
    shown = written(s, "open")
    s = seen(s, 1, "resolved", minutes_ago=1.5).then("observation-ruled")
    assert outcome(seen(s, 2, "waiting-client", shown=shown)) == "stale"


def test_an_end_in_the_psa_that_our_write_undid_is_not_reopened_by_who_saw_the_ticket_open() -> None:
    s = story().given(c.assessed(), d.WaitingStarted(wait="vendor-case", on="vendor"))
    shown = written(s, "open")
    s = seen(s, 1, "resolved", minutes_ago=1.5).then("waiting-ended", "resolved", "observation-ruled")
    assert outcome(seen(s, 2, "waiting-client", shown=shown)) == "stale"


def test_a_reopening_in_the_psa_that_our_write_undid_is_not_ended_by_who_saw_the_end() -> None:
    s = seen(story(), 1, "resolved").then("resolved", "observation-ruled").given(c.assessed())
    shown = written(s, "closed")
    s = seen(s, 2, "open", minutes_ago=1.5).then("reopened", "observation-ruled")
    assert outcome(seen(s, 3, "closed", shown=shown)) == "stale"


def test_the_next_write_displays_a_reopening_that_an_earlier_write_had_hidden() -> None:
    s = reopened_at_the_desk(story().given(en.Cancelled(reason="spam")))
    written(s, "cancelled")
    s = seen(s, 1, "open", minutes_ago=1.5).then("observation-ruled").given(c.assessed())
    shown = written(s, "open")
    seen(s, 2, "resolved", shown=shown).then("resolved", "observation-ruled")
