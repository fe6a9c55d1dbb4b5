"""Folds docs' facts into its slice."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from desk.contract.event import Payload
from desk.contract.ticket import docs
from desk.contract.ticket.docs import client as c
from desk.contract.ticket.docs import documentation as doc
from desk.contract.ticket.docs import facts as d
from desk.testing.controls import NOW
from desk.testing.facts import history

RESOLUTION = UUID(int=99)


def at(hours: float) -> datetime:
    return NOW + timedelta(hours=hours)


def docs_of(*payloads: Payload | tuple[Payload, dict[str, Any]]) -> docs.DocsSlice:
    state = docs.INITIAL
    for fact in history(*payloads):
        state = docs.evolve(state, fact)
    return state


CLOSED = d.Closed(resolution=RESOLUTION, code="fixed", missing=("summary",))


def test_a_close_names_the_end_that_it_closes() -> None:
    state = docs_of((CLOSED, {"mode": "outside"}))
    assert state.closed == {1: RESOLUTION}
    assert (state.closings[1].mode, state.closings[1].missing) == ("outside", ("summary",))


def test_the_client_is_informed_when_the_newest_summary_was_delivered() -> None:
    def written(rev: int) -> c.ClientSummaryWritten:
        return c.ClientSummaryWritten(rev=rev, audience="requester", text="All is well", text_hash="h")

    def sent(rev: int) -> c.ClientSummarySent:
        return c.ClientSummarySent(rev=rev, audience="requester", channel="psa", message="m1", text_hash="h")

    assert not docs_of(written(1)).client_informed(1)
    assert docs_of(written(1), sent(1)).client_informed(1)
    assert not docs_of(written(1), sent(1), written(2)).client_informed(1)
    assert not docs_of(sent(1)).client_informed(1)
    assert not docs_of(
        written(1), c.ClientSummaryFailed(rev=1, audience="requester", channel="psa", reason="bounce")
    ).client_informed(1)


def test_a_survey_keeps_what_each_fact_says_of_it() -> None:
    asked = c.SurveyRequested(survey="s1", provider="smileback", contact="pat")
    survey = docs_of(asked, c.SurveySent(survey="s1", evidence="x9")).surveys[1]
    assert (survey.state, survey.survey, survey.provider, survey.evidence) == ("sent", "s1", "smileback", "x9")


def test_of_a_changed_rating_the_last_counts_and_the_first_is_kept() -> None:
    def score(rev: int, value: int) -> c.CsatReceived:
        return c.CsatReceived(survey="s1", rev=rev, raw=str(value), score=value)

    rating = docs_of(score(1, 2), score(2, 5), score(1, 1)).ratings["s1"]
    assert (rating.score, rating.first) == (5, 2)


def test_obligations_are_owed_until_met_and_a_late_code_completes_the_close() -> None:
    owed = d.ObligationRaised(what="code", owner="t1", due=at(48))
    late = d.ObligationOverdue(what="code", owner="t1", due=at(48))
    met = d.ObligationMet(what="code", code="hardware")
    assert [o.state for o in docs_of(CLOSED, owed, late).owed(1)] == ["overdue"]
    state = docs_of(CLOSED, owed, late, met, late)
    assert state.owed(1) == ()
    assert state.closings[1].code == "hardware"


def test_runbook_gaps_are_decided_when_each_was_answered() -> None:
    gap = d.RunbookGapRaised(gap="g1", kind="missing", basis="nobody knew")
    assert not docs.INITIAL.gaps_decided
    assert not docs_of(gap).gaps_decided
    assert docs_of(gap, d.RunbookUpdated(gap="g1", document="doc", revision="2")).gaps_decided
    assert docs_of(d.RunbookWaived(gap="g2", reason="no-gap", by="t1")).gaps_decided


def test_a_second_sign_off_of_the_same_technician_counts_once() -> None:
    once = d.SignedOff(technician="t1", statement_version="1")
    other = d.SignedOff(technician="t2", statement_version="1")
    assert docs_of(once, once, other).signoffs == {1: ("t1", "t2")}


def test_searches_and_follow_ups_are_kept_by_their_ids() -> None:
    search = doc.DocumentationSearched(
        search="q1", client="acme", query="vpn", sources=("itglue",), hits=(doc.Hit("h1", "itglue", "42"),)
    )
    raised = d.FollowUpRaised(follow_up="f1", kind="replacement", owner="t1", due=at(90))
    state = docs_of(search, doc.DocumentationJudged(hit="h1", helped=True), raised)
    assert state.searches["q1"].client == "acme" and state.judged == {"h1": True}
    assert docs_of(raised, d.FollowUpCompleted(follow_up="f1", by="t1")).follow_ups["f1"].state == "completed"
