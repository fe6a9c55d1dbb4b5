"""Folds docs' facts into docs' slice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from msgspec.structs import replace

from desk.contract.event import Event, Payload
from desk.contract.folding import on, remembered, steps
from desk.contract.ticket.docs import client as c
from desk.contract.ticket.docs import documentation as doc
from desk.contract.ticket.docs import facts as f
from desk.contract.ticket.docs import slice as slices
from desk.contract.ticket.docs.slice import DocsSlice
from desk.contract.ticket.evidence import SourceAnswer

Step = Callable[[DocsSlice, Event], DocsSlice]
Survey = c.SurveyRequested | c.SurveySent | c.SurveyFailed | c.SurveyNotApplicable | c.SurveyExpired


def _searched(s: DocsSlice, e: Event[doc.DocumentationSearched]) -> DocsSlice:
    d = e.data
    search = slices.Search(e.cycle or 1, d.client, tuple(hit.hit for hit in d.hits), d.unknown)
    request = slices.Request(d.request, d.client, d.query) if d.request and d.asked_at is None else s.request
    found = replace(s, searches={**s.searches, d.search: search}, request=request)
    return found if d.asked_at is None else _answered(found, e)


def _answered(s: DocsSlice, e: Event[doc.DocumentationSearched]) -> DocsSlice:
    """Keep the newest answer of each source, to automatic searches and to requests."""
    d = e.data
    answers = {
        source: SourceAnswer(e.id, d.search, d.about(), _state(source, d), d.reason, d.asked_at) for source in d.sources
    }
    if d.request:
        return replace(s, request_sources={**s.request_sources, **answers})
    return replace(s, search_sources={**s.search_sources, **answers})


def _state(source: str, d: doc.DocumentationSearched) -> str:
    return "unknown" if source in d.unknown else "match" if d.hits else "clear"


def _documented(s: DocsSlice, e: Event[f.ResolutionDocumented]) -> DocsSlice:
    d = e.data
    text = slices.Documented(e.id, d.rev, d.symptom, e.actor, d.attempt)
    return replace(s, documented={**s.documented, e.cycle or 1: text})


def _summary_written(s: DocsSlice, e: Event[c.ClientSummaryWritten]) -> DocsSlice:
    d = e.data
    cycle = e.cycle or 1
    written = slices.Summary(e.id, d.rev, d.audience, d.text_hash, attempt=d.attempt)
    return replace(s, summaries={**s.summaries, cycle: (*s.summaries.get(cycle, ()), written)})


def _summary_delivered(
    state: Literal["sent", "failed"],
) -> Callable[[DocsSlice, Event[c.ClientSummarySent | c.ClientSummaryFailed]], DocsSlice]:
    def step(s: DocsSlice, e: Event[c.ClientSummarySent | c.ClientSummaryFailed]) -> DocsSlice:
        d = e.data
        cycle = e.cycle or 1
        message = d.message if isinstance(d, c.ClientSummarySent) else ""
        summaries = tuple(
            replace(old, state=state, message=message) if old.rev == d.rev else old
            for old in s.summaries.get(cycle, ())
        )
        return replace(s, summaries={**s.summaries, cycle: summaries})

    return step


def _survey(state: slices.SurveyState) -> Callable[[DocsSlice, Event[Survey]], DocsSlice]:
    def step(s: DocsSlice, e: Event[Survey]) -> DocsSlice:
        d, cycle = e.data, e.cycle or 1
        old = s.surveys.get(cycle, slices.Survey(state))
        survey = slices.Survey(
            state,
            getattr(d, "survey", old.survey),
            getattr(d, "provider", old.provider),
            getattr(d, "reason", old.reason),
            getattr(d, "evidence", old.evidence),
        )
        return replace(s, surveys={**s.surveys, cycle: survey})

    return step


def _rated(s: DocsSlice, e: Event[c.CsatReceived]) -> DocsSlice:
    d = e.data
    old = s.ratings.get(d.survey)
    if old is not None and old.rev >= d.rev:
        return s
    rating = slices.Rating(e.cycle or 1, d.rev, d.score, d.score if old is None else old.first)
    return replace(s, ratings={**s.ratings, d.survey: rating})


def _gap(
    state: Literal["open", "updated", "waived"],
) -> Callable[[DocsSlice, Event[f.RunbookGapRaised | f.RunbookUpdated | f.RunbookWaived]], DocsSlice]:
    return lambda s, e: replace(s, gaps={**s.gaps, e.data.gap: state}, gap_texts=remembered(s.gap_texts, e))


def _signed(s: DocsSlice, e: Event[f.SignedOff]) -> DocsSlice:
    cycle = e.cycle or 1
    signed = s.signoffs.get(cycle, ())
    if e.data.technician in signed:
        return s
    return replace(s, signoffs={**s.signoffs, cycle: (*signed, e.data.technician)})


def _closed(s: DocsSlice, e: Event[f.Closed]) -> DocsSlice:
    d = e.data
    cycle = e.cycle or 1
    closing = slices.Closing(e.id, e.time, d.resolution, d.code, d.missing, e.mode)
    return replace(s, closed={**s.closed, cycle: d.resolution}, closings={**s.closings, cycle: closing})


def _completed(s: DocsSlice, e: Event) -> DocsSlice:
    cycle = e.cycle or 1
    closing = s.closings.get(cycle)
    if closing is None:
        return s
    return replace(s, closings={**s.closings, cycle: replace(closing, completed=True)})


def _obliged(s: DocsSlice, e: Event[f.ObligationRaised]) -> DocsSlice:
    d = e.data
    obligation = slices.Obligation(d.what, e.cycle or 1, d.owner, d.due)
    return replace(s, obligations={**s.obligations, f"{d.what}|{e.cycle}": obligation})


def _obligation(
    state: Literal["met", "overdue"],
) -> Callable[[DocsSlice, Event[f.ObligationMet | f.ObligationOverdue]], DocsSlice]:
    def step(s: DocsSlice, e: Event[f.ObligationMet | f.ObligationOverdue]) -> DocsSlice:
        key = f"{e.data.what}|{e.cycle}"
        old = s.obligations.get(key)
        if old is None or old.state == "met":
            return s
        closings = s.closings
        closing = closings.get(e.cycle or 1)
        if closing is not None and isinstance(e.data, f.ObligationMet) and e.data.code is not None:
            closings = {**closings, e.cycle or 1: replace(closing, code=e.data.code)}
        return replace(s, closings=closings, obligations={**s.obligations, key: replace(old, state=state)})

    return step


def _raised(s: DocsSlice, e: Event[f.FollowUpRaised]) -> DocsSlice:
    d = e.data
    return replace(s, follow_ups={**s.follow_ups, d.follow_up: slices.FollowUp(d.kind, d.owner, d.due)})


def _followed(
    state: Literal["completed", "dropped"],
) -> Callable[[DocsSlice, Event[f.FollowUpCompleted | f.FollowUpDropped]], DocsSlice]:
    def step(s: DocsSlice, e: Event[f.FollowUpCompleted | f.FollowUpDropped]) -> DocsSlice:
        old = s.follow_ups.get(e.data.follow_up)
        if old is None:
            return s
        return replace(s, follow_ups={**s.follow_ups, e.data.follow_up: replace(old, state=state)})

    return step


EVOLVE: dict[type[Payload], Step] = steps(
    on(doc.DocumentationSearched, _searched),
    on(doc.DocumentationJudged, lambda s, e: replace(s, judged={**s.judged, e.data.hit: e.data.helped})),
    on(f.ResolutionDocumented, _documented),
    on(c.ClientSummaryWritten, _summary_written),
    on(c.ClientSummarySent, _summary_delivered("sent")),
    on(c.ClientSummaryFailed, _summary_delivered("failed")),
    on(c.SurveyRequested, _survey("requested")),
    on(c.SurveySent, _survey("sent")),
    on(c.SurveyFailed, _survey("failed")),
    on(c.SurveyNotApplicable, _survey("not-applicable")),
    on(c.SurveyExpired, _survey("expired")),
    on(c.CsatReceived, _rated),
    on(f.RunbookGapRaised, _gap("open")),
    on(f.RunbookUpdated, _gap("updated")),
    on(f.RunbookWaived, _gap("waived")),
    on(f.SignedOff, _signed),
    on(f.Closed, _closed),
    on(f.ClosureCompleted, _completed),
    on(f.ObligationRaised, _obliged),
    on(f.ObligationMet, _obligation("met")),
    on(f.ObligationOverdue, _obligation("overdue")),
    on(f.FollowUpRaised, _raised),
    on(f.FollowUpCompleted, _followed("completed")),
    on(f.FollowUpDropped, _followed("dropped")),
)


def evolve(s: DocsSlice, event: Event) -> DocsSlice:
    """The slice after one more of docs' facts; the same for a fact that does not concern it."""
    step = EVOLVE.get(type(event.data))
    return s if step is None else step(s, event)
