"""Folds facts into the timeline: one function per fact type, which reads only the part of that fact's owner."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

from msgspec.structs import replace

from desk.calendars.times import to_seconds
from desk.calendars.zones import names
from desk.contract.event import Event, Payload
from desk.contract.folding import on, steps
from desk.contract.ticket.docs import facts as docs
from desk.contract.ticket.intake import facts as i
from desk.contract.ticket.intake.assets import AssetLinked, AssetUnlinked
from desk.contract.ticket.intake.caller import CallerHoldCleared, CallerReplaced, CallerRevoked
from desk.contract.ticket.intake.conversation import ClientReplied, ReplySent, ReplyUndelivered
from desk.contract.ticket.intake.psa_record import PsaBack, PsaGone
from desk.contract.ticket.sla import facts as s
from desk.contract.ticket.triage import dispatch as d
from desk.contract.ticket.triage import ends as en
from desk.contract.ticket.triage import fix as fx
from desk_sla.clocks.event_time import AHEAD, moment
from desk_sla.clocks.psa_readings import READ
from desk_sla.clocks.timeline import Away, ByDocs, ByIntake, BySla, ByTriage, Contract, End, Opening, Timeline
from desk_sla.engine.history import Change, Extension, Holder, Message, Reply, Wait
from desk_sla.engine.policies.document import ChangeOf


def _opening(p: ByIntake, e: Event[i.TicketOpened]) -> ByIntake:
    o = e.data
    if p.opening is not None:
        return p
    at = min(to_seconds(o.opened_at), to_seconds(e.recordedtime) + AHEAD)
    contract = replace(p.contract, zone=_zone(o.zone)) if p.first is None else p.contract
    return replace(p, opening=Opening(at, o.kind, o.client, o.matrix), contract=contract)


def _zone(name: str | None) -> str | None:
    return name if name in names() else None


def _captured(p: ByIntake, e: Event[i.ClientTierCaptured]) -> ByIntake:
    """The first capture is the contract at opening; each later one is a change."""
    c = e.data
    now = Contract(c.tier, c.agreement, c.calendar, _zone(c.zone))
    if p.first is None:
        return replace(p, first=now, contract=now)
    values: tuple[tuple[ChangeOf, str | None, str | None], ...] = (
        ("tier", p.contract.tier, now.tier),
        ("agreement", p.contract.agreement, now.agreement),
        ("calendar", p.contract.calendar, now.calendar),
    )
    moved = now.zone != p.contract.zone
    changes = [
        Change(moment(e), what, after, now.zones if moved else None)
        for what, before, after in values
        if before != after or (moved and what == "tier")
    ]
    return replace(p, contract=now, changes=(*p.changes, *changes))


def _changed(
    what: Literal["client", "kind", "asset_class"], field: str | None
) -> Callable[[ByIntake, Event], ByIntake]:
    def step(p: ByIntake, e: Event) -> ByIntake:
        value = None if field is None else getattr(e.data, field)
        return replace(p, changes=(*p.changes, Change(moment(e), what, value)))

    return step


def _held(p: ByIntake, e: Event) -> ByIntake:
    return replace(p, holds=(*p.holds, Wait(moment(e), None, "security", str(e.id))))


def _released(p: ByIntake, e: Event) -> ByIntake:
    return replace(p, holds=tuple(h if h.end is not None else replace(h, end=moment(e)) for h in p.holds))


def _wrote(p: ByIntake, e: Event[ClientReplied]) -> ByIntake:
    return replace(p, messages=(*p.messages, Message(moment(e), e.data.message, e.data.auto)))


def _replied(p: ByIntake, e: Event[ReplySent]) -> ByIntake:
    r = e.data
    return replace(
        p, replies=(*p.replies, Reply(moment(e), r.author, r.audience == "public", r.to_requester, r.message))
    )


def _left(reason: Literal["merged", "gone"]) -> Callable[[ByIntake, Event], ByIntake]:
    return lambda p, e: replace(p, aways=(*p.aways, Away(moment(e), None, reason, str(e.id))))


def _returned(reason: Literal["merged", "gone"]) -> Callable[[ByIntake, Event], ByIntake]:
    def step(p: ByIntake, e: Event) -> ByIntake:
        ended = (replace(a, end=moment(e)) if a.end is None and a.reason == reason else a for a in p.aways)
        return replace(p, aways=tuple(ended))

    return step


def _priority(p: ByTriage, e: Event[d.PriorityAssessed | d.PriorityOverridden]) -> ByTriage:
    return replace(p, priorities=(*p.priorities, Change(moment(e), "priority", e.data.priority)))


def _wait(p: ByTriage, e: Event[d.WaitingStarted]) -> ByTriage:
    w = e.data
    waits = {**p.waits, w.wait: Wait(moment(e), None, w.on, w.wait, w.vendor)}
    return replace(p, waits=waits, planned=(*p.planned, moment(e)) if w.on == "schedule" else p.planned)


def _wait_over(p: ByTriage, e: Event[d.WaitingEnded]) -> ByTriage:
    wait = p.waits.get(e.data.wait)
    return replace(p, waits={**p.waits, wait.id: replace(wait, end=moment(e))}) if wait else p


def _ended(kind: Literal["resolved", "cancelled"]) -> Callable[[ByTriage, Event], ByTriage]:
    def step(p: ByTriage, e: Event) -> ByTriage:
        cycle = e.cycle or 1
        return p if cycle in p.ends else replace(p, ends={**p.ends, cycle: End(moment(e), kind)})

    return step


def _reopened(p: ByTriage, e: Event[en.Reopened]) -> ByTriage:
    seen = p.undone | {str(e.data.undoes)}
    return p if seen == p.undone else replace(p, undone=seen, reopened=(*p.reopened, moment(e)))


def _closed(p: ByDocs, e: Event) -> ByDocs:
    cycle = e.cycle or 1
    return p if cycle in p.closed else ByDocs({**p.closed, cycle: moment(e)})


def _selected(p: BySla, e: Event) -> BySla:
    return p if p.since is not None else replace(p, since=e.recordedtime)


def _extended(p: BySla, e: Event[s.TargetExtended]) -> BySla:
    extension = Extension(moment(e), e.data.clock, e.cycle or 1, to_seconds(e.data.new_due))
    return replace(p, extensions=(*p.extensions, extension))


INTAKE: Mapping[type[Payload], Callable[[ByIntake, Event], ByIntake]] = steps(
    on(i.TicketOpened, _opening),
    on(i.ClientTierCaptured, _captured),
    on(i.ClientCorrected, _changed("client", "after")),
    on(i.KindChanged, _changed("kind", "after")),
    on(AssetLinked, _changed("asset_class", "asset_class")),
    on(AssetUnlinked, _changed("asset_class", None)),
    on(CallerRevoked, _held),
    on(CallerHoldCleared, _released),
    on(CallerReplaced, _released),
    on(ClientReplied, _wrote),
    on(ReplySent, _replied),
    on(ReplyUndelivered, lambda p, e: replace(p, undelivered=p.undelivered | {e.data.message})),
    on(i.MergedInto, _left("merged")),
    on(i.Unmerged, _returned("merged")),
    on(PsaGone, _left("gone")),
    on(PsaBack, _returned("gone")),
)
TRIAGE: Mapping[type[Payload], Callable[[ByTriage, Event], ByTriage]] = steps(
    on(d.PriorityAssessed, _priority),
    on(d.PriorityOverridden, _priority),
    on(d.Queued, lambda p, e: replace(p, holders=(*p.holders, Holder(moment(e), e.data.queue)))),
    on(d.WorkStarted, lambda p, e: replace(p, work_started=(*p.work_started, moment(e)))),
    on(d.WaitingStarted, _wait),
    on(d.WaitingEnded, _wait_over),
    on(fx.FixStarted, lambda p, e: replace(p, planned=(*p.planned, moment(e)))),
    on(en.Resolved, _ended("resolved")),
    on(en.Cancelled, _ended("cancelled")),
    on(en.Reopened, _reopened),
)
DOCS: Mapping[type[Payload], Callable[[ByDocs, Event], ByDocs]] = steps(on(docs.Closed, _closed))
SLA: Mapping[type[Payload], Callable[[BySla, Event], BySla]] = steps(
    on(s.PolicySelected, _selected),
    on(s.TargetExtended, _extended),
)


def evolve(t: Timeline, event: Event) -> Timeline:
    """Return the timeline after one more fact; the same object when the fact changes nothing in it."""
    kind = type(event.data)
    intake, triage, closing, own = t.intake, t.triage, t.docs, t.sla
    if kind in TRIAGE:
        triage = TRIAGE[kind](triage, event)
    elif kind in INTAKE:
        intake = INTAKE[kind](intake, event)
    elif kind in READ:
        intake = READ[kind](intake, event)
    elif kind in DOCS:
        closing = DOCS[kind](closing, event)
    elif kind in SLA:
        own = SLA[kind](own, event)
    latest = max(t.latest, moment(event))
    unchanged = intake is t.intake and triage is t.triage and closing is t.docs and own is t.sla
    return t if unchanged and latest == t.latest else Timeline(intake, triage, closing, own, latest)
