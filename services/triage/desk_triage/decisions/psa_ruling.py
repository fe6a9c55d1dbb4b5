"""Rules on every observation: the effect on the ticket of work done in the PSA or read from an imported log.

One observation gives its drafts in one append, in the order reopened, priority, queue, owner, waiting-ended,
waiting-started, end, closure notice, ruling. Only fields named in `changed` are ruled on.
"""

from __future__ import annotations

from desk.contract.event import Actor, Draft, Event
from desk.contract.ticket.gates import CLOSE, RESOLVE, open_gates
from desk.contract.ticket.intake.psa import PsaObserved, PsaStatusMapped
from desk.contract.ticket.ticket import Ticket
from desk.contract.ticket.triage import dispatch as d
from desk.contract.ticket.triage import ends as en
from desk.decision.context import DecisionContext
from desk_triage.decisions.late_history import overtaken, rule_late
from desk_triage.decisions.observed_fields import assess, assign, booked, place, technician_after
from desk_triage.decisions.psa_visibility import (
    ENDED,
    KEPT_WAITS,
    OPEN,
    WAITS,
    PsaAct,
    Ruling,
    author_was_current,
    clamp_to_cycle,
    same_reopening,
    saw_only_the_reopening,
)


def rule_observation(event: Event[PsaObserved], ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Rule on one `psa-observed`. An imported observation that changes nothing records nothing."""
    o = event.data
    imported = event.origin == "import"
    seen = PsaAct(event.id, o.source_seq, o.mapping_version, event.time, o.status_class, o.psa_actor, o.shown, imported)
    status_changed = "status" in o.changed
    if ticket.intake.merged_into or ticket.intake.gone:
        return _answer(seen, Ruling([], "none", "the ticket lives elsewhere")) if status_changed else []
    ruling = rule_status(seen, ticket, context, late=o.via == "history") if status_changed else Ruling([], "none")
    reopened = [x for x in ruling.drafts if isinstance(x.data, en.Reopened)]
    other = [x for x in ruling.drafts if not isinstance(x.data, en.Reopened)]
    fields = _fields(seen, o, ticket, context)
    technician = technician_after(fields, ticket)
    other = [booked(x, technician) for x in other]
    return [*reopened, *fields, *other, *(_answer(seen, ruling) if status_changed else [])]


def rule_mapped(event: Event[PsaStatusMapped], ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Rule on an unmapped observation that got its class, unless a later status observation was ruled meanwhile."""
    o = ticket.intake.remapped
    if o is None or o.source_seq != event.data.source_seq or ticket.triage.last_ruled_source_seq > o.source_seq:
        return []
    status_class, version = event.data.status_class, event.data.mapping_version
    imported = event.origin == "import"
    seen = PsaAct(o.id, o.source_seq, version, o.time, status_class, o.psa_actor, o.written_back_seq, imported)
    ruling = rule_status(seen, ticket, context, late=False)
    return [*ruling.drafts, *_answer(seen, ruling)]


def rule_after_hold(event: Event, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """End the cycle as the PSA shows it, at the end of the hold; its ruling was recorded when it was observed.

    Records nothing if the PSA shows another status since, or the cycle has ended.
    """
    s, kept = ticket.intake, ticket.intake.during_hold
    elsewhere = s.merged_into is not None or s.gone is not None
    if kept is None or s.caller_hold or s.imported or elsewhere or s.status_class not in ENDED:
        return []
    seen = PsaAct(
        kept.id, kept.source_seq, "", event.time, s.status_class, kept.psa_actor, kept.written_back_seq, False
    )
    return rule_status(seen, ticket, context, late=False).drafts


def _fields(seen: PsaAct, o: PsaObserved, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Facts for changed priority, queue and owner."""
    version = ticket.intake.matrix if seen.imported else None
    found = (
        assess(o, ticket, context, version),
        place(o, ticket, context),
        assign(o, ticket),
    )
    return [seen.draft(data) for data in found if data is not None]


def _answer(seen: PsaAct, ruling: Ruling) -> list[Draft]:
    """Record the ruling on every live status observation, because intake writes no status before it."""
    if seen.imported:
        return []
    data = en.ObservationRuled(
        source_seq=seen.source_seq,
        mapping_version=seen.mapping_version,
        outcome=ruling.outcome,
        why=ruling.why,
    )
    return [Draft(data=data, time=seen.time, mode=seen.mode)]


def rule_status(seen: PsaAct, ticket: Ticket, context: DecisionContext, *, late: bool) -> Ruling:
    """Rule on the new status class: its effect on cycles, waits and ends."""
    s, c = ticket.triage, seen.status_class
    if c == "unmapped":
        return Ruling([], "unmapped", "the status map has no class for this status")
    if c in ("none", "out-of-scope"):
        return Ruling([], "none")
    if ticket.intake.caller_hold:
        return Ruling([], "none", "the caller is on hold")
    if late and overtaken(seen, ticket):
        return rule_late(seen, ticket)
    if c in OPEN and same_reopening(seen, ticket):
        return _reopened_here_too(seen, ticket)
    if c in OPEN and saw_only_the_reopening(seen, ticket):
        return Ruling([], "waiting" if c in WAITS else "open", "the cycle was ended at the desk since")
    if not author_was_current(seen, ticket):
        return Ruling([], "stale", f"the PSA did not yet show {'the end of ' if s.end else ''}cycle {s.cycle}")
    ruling = _open(seen, ticket) if c in OPEN else _ended(seen, ticket, context)
    return ruling._replace(drafts=clamp_to_cycle(ruling.drafts, ticket))


def _open(seen: PsaAct, ticket: Ticket) -> Ruling:
    s, end = ticket.triage, ticket.triage.end
    drafts: list[Draft] = []
    if end is not None:
        drafts.append(seen.draft(en.Reopened(undoes=end.id, cause="psa"), s.cycle + 1))
    on = WAITS.get(seen.status_class)
    waiting = any(w.on == on for w in s.waits.values())
    if not (on and waiting):
        drafts += _left(seen, ticket)
    if on and not waiting:
        drafts.append(seen.draft(d.WaitingStarted(wait=str(seen.observation), on=on)))
    return Ruling(drafts, "reopened" if end is not None else "waiting" if on else "open")


def _reopened_here_too(seen: PsaAct, ticket: Ticket) -> Ruling:
    """The desk undid the same end a little later: there is one reopening, and the PSA's later status belongs to it."""
    drafts = [] if ticket.triage.end is not None else _open(seen, ticket).drafts
    return Ruling(clamp_to_cycle(drafts, ticket), "reopened", "the end was undone already")


def _end_waits(seen: PsaAct, ticket: Ticket, keep: frozenset[d.WaitOn] = frozenset()) -> list[Draft]:
    ended = (wait for wait, w in ticket.triage.waits.items() if w.on not in keep)
    return [seen.draft(d.WaitingEnded(wait=wait)) for wait in ended]


def _left(seen: PsaAct, ticket: Ticket) -> list[Draft]:
    """End waits on leaving a waiting status in the PSA, except later waits of ours that it had not displayed yet."""
    ours = (w for w in ticket.triage.waits.values() if not (w.external or seen.imported))
    later = frozenset(w.on for w in ours if w.since > seen.time and seen.written_back_seq < w.seq)
    return _end_waits(seen, ticket, keep=KEPT_WAITS | later)


def _ended(seen: PsaAct, ticket: Ticket, context: DecisionContext) -> Ruling:
    if seen.status_class != "cancelled":
        return _done(seen, ticket, context)
    if ticket.triage.end is not None:
        return _ended_already(ticket)
    cancelled = seen.draft(en.Cancelled(reason="psa"), ticket.cycle)
    return Ruling([*_end_waits(seen, ticket), cancelled], "cancelled")


def _ended_already(ticket: Ticket) -> Ruling:
    """The PSA repeats an end that triage has recorded: only the ruling is recorded."""
    end = ticket.triage.end
    closed = ticket.cycle in ticket.triage.closed_in_psa
    return Ruling([], "closed" if closed else end.kind if end else "none", "the cycle has ended already")


def _done(seen: PsaAct, ticket: Ticket, context: DecisionContext) -> Ruling:
    s, cycle = ticket.triage, ticket.cycle
    profile = context.policies.gate_profile.of_ticket(ticket)
    drafts: list[Draft] = []
    if s.end is None:
        missing = tuple(g.gate for g in open_gates(RESOLVE, ticket, profile))
        if missing and _contests(seen, ticket, context):
            contested = en.OutsideResolutionContested(observation=seen.observation, missing=missing)
            return Ruling([seen.draft(contested, cycle)], "contested", ", ".join(missing))
        drafts = [*_end_waits(seen, ticket), seen.draft(en.Resolved(missing=missing), cycle)]
    if seen.status_class == "closed" and cycle not in s.closed_in_psa:
        missing = tuple(g.gate for g in open_gates(CLOSE, ticket, profile))
        notice = en.OutsideClosureNoticed(observation=seen.observation, missing=missing, psa_actor=seen.psa_actor)
        drafts.append(seen.draft(notice, cycle))
    if not drafts:
        return _ended_already(ticket)
    return Ruling(drafts, "closed" if seen.status_class == "closed" else "resolved")


def _contests(seen: PsaAct, ticket: Ticket, context: DecisionContext) -> bool:
    """Whether to contest: in enforce mode, once per cycle, except for exempt members and imported history."""
    if seen.imported or ticket.cycle in ticket.triage.contested:
        return False
    policy = context.policies.external_mode
    return policy.of(ticket.intake.client) == "enforce" and Actor.parse(seen.psa_actor).id not in policy.exempt_members
