"""Imported history: only the clocks that a log can tell of, judged at the end, and nothing that wakes anybody."""

from __future__ import annotations

from desk.contract.event import Draft
from desk.contract.ticket.docs import facts as docs
from desk.contract.ticket.intake import facts as i
from desk.contract.ticket.intake.conversation import ClientReplied, ReplySent
from desk.contract.ticket.triage import ends as en
from desk.testing import controls as c

from .sla_story import SlaStory, at, opened, priority

LOG = "import:servicenow-incident-log"


def imported(matrix: str = LOG) -> SlaStory:
    story = SlaStory(origin="import")
    assert story.hears(at("9:00"), opened(matrix=matrix), priority("P3")) == []
    return story


def closed(story: SlaStory, cycle: int = 1) -> Draft:
    return Draft(data=docs.Closed(resolution=story.ticket.triage.ends[cycle].id), cycle=cycle)


def test_the_log_s_own_policy_judges_at_the_close() -> None:
    story = imported()
    assert story.hears(at("10:00"), en.Resolved()) == ["policy-selected", "clock-started resolution"]
    assert story.hears(at("10:00", day=5), closed(story)) == ["clock-met resolution"]
    assert story.ticket.sla.policies[1].policy == "incident-log"


def test_a_log_that_no_policy_names_is_judged_by_the_standard() -> None:
    story = imported("import:other")
    found = story.hears(at("10:00", day=9), en.Resolved())
    assert found == ["policy-selected", "clock-started resolution", "clock-breached resolution"]
    assert story.ticket.sla.policies[1].policy == "standard"


def test_no_thresholds_and_no_timers() -> None:
    story = imported("import:other")
    found = story.hears(at("10:00", day=9), en.Resolved())
    assert not [name for name in found if name.startswith("threshold")]
    assert story.armed(at("0:00", day=90)) == []


def test_a_reopening_before_the_close_goes_on_to_the_first_close() -> None:
    story = imported()
    story.hears(at("10:00"), en.Resolved())
    again = en.Reopened(undoes=story.ticket.triage.ends[1].id, cause="psa")
    story.hears(at("11:00"), Draft(data=again, cycle=2))
    story.hears(at("12:00"), Draft(data=en.Resolved(), cycle=2))
    assert story.hears(at("12:00", day=1), closed(story, 2)) == ["clock-met resolution"]
    assert (story.verdict("resolution"), story.verdict("resolution", 2)) == ("met", "none")


def test_a_priority_heard_after_the_verdict_corrects_it_when_the_final_one_judges() -> None:
    story = imported()
    story.hears(at("10:00"), en.Resolved())
    story.hears(at("10:00", day=5), closed(story))
    found = story.hears(at("11:00"), priority("P1", 2))
    assert [name for name in found if not name.startswith(("policy", "clock-retargeted"))] == [
        "clock-reinstated resolution",
        "clock-breached resolution",
    ]


def test_an_adopted_ticket_goes_live_without_a_response_clock_and_tells_only_what_is_ahead() -> None:
    story = imported("import:other")
    found = story.hears(at("10:00", day=1), i.TicketAdopted(source="log", cut_over=at("10:00", day=1)))
    assert found == ["policy-selected", "clock-started resolution", "threshold-reached resolution 50%"]
    assert story.ticket.sla.clocks["resolution|1"].thresholds == ((50, 1),)
    assert [due.key for due in story.armed(at("0:00", day=9))] == ["resolution|1|75|1"]
    reply = ReplySent(message="a1", author="human", audience="public", to_requester=True, channel="mail")
    assert story.hears(at("11:00", day=1), reply) == []
    assert story.hears(at("11:30", day=1), ClientReplied(message="m1")) == ["clock-started next-response:m1"]


def test_a_merged_import_has_no_verdict() -> None:
    story = imported()
    found = story.hears(at("10:00"), i.MergedInto(root=c.RECORD, evidence="same"))
    assert found == ["policy-selected", "clock-started resolution", "clock-cancelled resolution"]
