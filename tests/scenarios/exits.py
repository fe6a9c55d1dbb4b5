"""The table of states that people or services must be able to leave, with the command or fact that ends each.

`STATES` is read from the types by which the deciders keep state, so that a new state needs a row or a reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any, NamedTuple, get_args, get_type_hints

from desk.contract.event import Draft, Payload
from desk.contract.ticket.billing import facts as b
from desk.contract.ticket.billing.slice import Entry
from desk.contract.ticket.docs import client as cl
from desk.contract.ticket.docs import facts as f
from desk.contract.ticket.docs.slice import DocsSlice, FollowUp, Summary, SurveyState
from desk.contract.ticket.intake import conversation as talk
from desk.contract.ticket.intake.caller import CallerRevoked
from desk.contract.ticket.intake.psa_record import PsaBack, PsaGone
from desk.contract.ticket.sla import facts as s
from desk.contract.ticket.ticket import FLAGS, Status, Ticket, flags, status
from desk.contract.ticket.triage import diagnosis as dx
from desk.contract.ticket.triage import dispatch as d
from desk.contract.ticket.triage import ends as en
from desk.contract.ticket.triage import escalation as es
from desk.contract.ticket.triage import fix as fx
from desk.contract.ticket.triage.slice import PageStep, TriageSlice
from desk.testing import controls as c

Given = tuple[Payload | Draft, ...]


class Exit(NamedTuple):
    """One way out of a state: what was recorded before, and the command with its body, or the fact that is awaited.

    `roles`: the codes that may send the command, each tried alone. `holds`: whether the ticket is in the state, asked
    before and after. A body may be made from the ticket.
    """

    state: str
    given: Given
    holds: Callable[[Ticket], bool]
    does: str | Payload
    roles: str = ""
    body: Mapping[str, Any] | Callable[[Ticket], Mapping[str, Any]] = {}


def _words(literal: object) -> Iterable[str]:
    return get_args(literal)


def _field(struct: type, name: str) -> Iterable[str]:
    """The words of a field's Literal, also within a dictionary or beside None."""
    hint = get_type_hints(struct)[name]
    parts = [hint, *get_args(hint)]
    found = [word for part in parts for word in (part, *get_args(part)) if isinstance(word, str)]
    return dict.fromkeys(found)


def _all(kind: str, words: Iterable[str]) -> list[str]:
    return [f"{kind} {word}" for word in words]


STATES: tuple[str, ...] = (
    *_all("status", (one.value for one in Status)),
    *_all("flag", FLAGS),
    *_all("wait", _words(d.WaitOn)),
    *_all("owed", _words(f.Owed)),
    *_all("page", _words(PageStep)),
    *_all("escalation", _field(TriageSlice, "escalation")),
    *_all("entry", _field(Entry, "state")),
    *_all("labour", _field(Entry, "end_of_life")),
    *_all("gap", _field(DocsSlice, "gaps")),
    *_all("follow-up", _field(FollowUp, "state")),
    *_all("summary", _field(Summary, "state")),
    *_all("survey", _words(SurveyState)),
    *_all("pause", _words(s.PauseCause)),
)
FINAL: Mapping[str, str] = {
    "status unknown": "facts that came before ticket-opened; the ticket is not listed yet",
    "status merged": "the work goes on in the root; what stays here has rows of its own (STAYS)",
    "flag breached": "a verdict stands; its explanation is the row `breach unexplained`",
    "page escalated": "this level is over: the chain is at its next level, or failed",
    "page acknowledged": "somebody has it",
    "page withdrawn": "nobody is wanted any more",
    "escalation none": "Tier 1 has the ticket",
    "escalation returned": "Tier 1 has the ticket again",
    "entry removed": "it counts nowhere",
    "entry moved": "it counts on another ticket",
    "labour invoiced": "it is paid for",
    "labour written-off": "nobody pays for it",
    "gap updated": "the document says it",
    "gap waived": "no document is needed",
    "follow-up completed": "it is done",
    "follow-up dropped": "it is not wanted any more",
    "summary written": "intake delivers it, or reports that it could not (summary failed)",
    "summary sent": "the client knows",
    "survey requested": "it asks nothing of the desk's people, and holds nothing back",
    "survey sent": "as survey requested",
    "survey failed": "as survey requested",
    "survey not-applicable": "nobody is asked",
    "survey expired": "nobody answered",
    "pause waiting": "it ends with its wait",
    "pause hold": "it ends with its hold (status held), or with the record's return",
    "pause merged": "it ends with its clock, which the merge cancels",
}
"""States that ask nobody for anything, each with the reason."""

READY = c.ready_for_work()
REVOKED = CallerRevoked(contact=c.CONTACT, revision="r2", source="psa")
GONE = PsaGone(reason="deleted", proof=("404", "404"), episode=1)
WORK = b.Labour(c.TECHNICIAN, c.NOW, c.NOW + timedelta(minutes=30), 30, "tier1", "remote", "desk")
LOGGED = b.TimeLogged(entry="e1", rev=1, labour=WORK)
LINE = b.RatedLine(30, 30, "billable", "hourly", Decimal(120), Decimal(60), Decimal(60), "USD", "business-hours@1")
RATED = b.TimeRated(entry="e1", rev=1, rating=1, lines=(LINE,))
HELD_TIME = b.TimeHeld(entry="e1", rev=1, labour=WORK, why="future")
TOLD = talk.ReplySent(message="a1", author="human", audience="public", to_requester=True, channel="psa")
LOST = talk.ReplyUndelivered(message="a1", reason="refused", effect="x1")
SAID = talk.ClientReplied(message="m1", text="It is broken again")
BREACH = s.ClockBreached(clock="response", at=c.NOW, elapsed=60, due=c.NOW, rev=1)
CLOCK = s.ClockStarted(clock="response", starts_at=c.NOW, due=c.NOW, seconds=60)
PAGED = es.PageRequested(page="p1", level=1, schedule="s1", reason="at-risk")
SESSION = dx.SessionStarted(session="sc-7", tool="screenconnect", device=c.DEVICE, with_user=True)
GAP = f.RunbookGapRaised(gap="g1", kind="missing", basis="no page on the tunnel")
FOLLOW_UP = f.FollowUpRaised(follow_up="u1", kind="replacement", owner="tess", due=c.NOW)
ESCALATED = es.Escalated(number=1, to="Tier 2", symptom="VPN", steps="1", diagnostics=("d1",), ruled_out=("none",))
DOCUMENT: Mapping[str, Any] = {
    "root_cause": "MTU of the tunnel was too large",
    "actions": ["set interface tunnel0 mtu 1400"],
    "symptom": "vpn-drop",
    "none_found": True,
}
DOCUMENTED = f.ResolutionDocumented(rev=1, root_cause="MTU", actions=("set mtu",), symptom="vpn-drop", references=())
WRITTEN = cl.ClientSummaryWritten(rev=1, audience="requester", text="Done", text_hash="h")
FAILED = cl.ClientSummaryFailed(rev=1, audience="requester", channel="psa", reason="refused")


def attempt(data: Payload) -> Draft:
    """A fact of the first attempt."""
    return Draft(data=data, cycle=1, attempt=1)


FIXED = attempt(c.fixed())
VERIFIED = attempt(fx.FixVerified(how="observed", where="on-site"))
RESOLVED: Given = (*READY, c.resolved())
CANCELLED: Given = (*READY, en.Cancelled(reason="withdrawn"))
NOTICED = en.OutsideClosureNoticed(observation=c.NAMESPACE, missing=(), psa_actor="psa-member:jo")
OWING: Given = (*RESOLVED, Draft(data=NOTICED, cycle=1, mode="outside"))
"""Closed in the PSA: everything that was missing is owed."""


def is_status(wanted: str) -> Callable[[Ticket], bool]:
    return lambda t: status(t).value == wanted


def has_flag(wanted: str) -> Callable[[Ticket], bool]:
    return lambda t: wanted in flags(t)


def waits_on(wanted: str) -> Callable[[Ticket], bool]:
    return lambda t: any(wait.on == wanted for wait in t.triage.waits.values())


def owes(what: str) -> Callable[[Ticket], bool]:
    return lambda t: any(o.what == what for o in t.docs.owed(t.cycle))


def page_open(t: Ticket) -> bool:
    return t.triage.page is not None and not t.triage.page[1].over


def unbilled(t: Ticket) -> bool:
    """Whether live labour of the entry is neither on an invoice nor written off."""
    entry = t.billing.entries["e1"]
    return entry.state == "live" and entry.end_of_life is None


def unrated(t: Ticket) -> bool:
    return bool(t.billing.unrated)


def _status_rows() -> tuple[Exit, ...]:
    def row(name: str, given: Given, does: str | Payload, roles: str = "", **body: Any) -> Exit:
        return Exit(f"status {name}", given, is_status(name), does, roles, body)

    return (
        row("new", (c.opening(),), "assess-priority", "1 2 DI", impact="low", urgency="low"),
        row("triaged", READY, "start-work", "1 2"),
        row("diagnosing", (*READY, d.WorkStarted(technician="tess")), "record-fix", "1 2", what="set mtu 1400"),
        row("escalated", (*READY, ESCALATED), "start-fix", "2"),
        row("fixing", (*READY, attempt(fx.FixStarted())), "record-fix", "1 2", what="set mtu 1400"),
        row("verifying", (*READY, FIXED), "verify-fix", "1 2", how="observed", where="on-site"),
        row("verifying", (*READY, FIXED), "waive-verification", "CO", reason="user-left"),
        row("watching", (*READY, FIXED, VERIFIED), "fail-verification", "1 2", what_failed="VPN", seen_by="Pat"),
        row("watching", (*READY, FIXED, VERIFIED), "cancel", "DI CO", reason="withdrawn"),
        row("waiting", (*READY, d.WaitingStarted(wait="w1", on="internal")), "resume", "1 2 DI"),
        row("held", (*READY, REVOKED), "clear-caller-hold", "CO", reason="the list was wrong"),
        row("resolved", RESOLVED, "reopen", "1 2 DI CO", cause="client", notes="still drops"),
        row("cancelled", CANCELLED, "close", "1 2 DI CO", code="withdrawn"),
        row("closed", OWING, "reopen", "1 2 DI CO", cause="client", notes="still drops"),
        row("gone", (*READY, GONE), PsaBack(proof=("r1",), episode=1)),
    )


def _wait_rows() -> tuple[Exit, ...]:
    def row(on: d.WaitOn, does: str | Payload = "resume", roles: str = "1 2 DI", **body: Any) -> Exit:
        given = (*READY, d.WaitingStarted(wait="w1", on=on))
        return Exit(f"wait {on}", given, waits_on(on), does, roles if isinstance(does, str) else "", body)

    return (
        row("client"),
        row("client", SAID),
        row("vendor"),
        row("internal"),
        row("schedule"),
        row("parent", wait="w1"),
        row("security", wait="w1"),
    )


def _owed_rows() -> tuple[Exit, ...]:
    def row(what: f.Owed, does: str, roles: str, given: Given = OWING, **body: Any) -> Exit:
        return Exit(f"owed {what}", given, owes(what), does, roles, body)

    return (
        row("documentation", "document-resolution", "1 2", **DOCUMENT),
        row("summary", "send-summary", "1 2", (*OWING, DOCUMENTED), text="Your VPN is stable again."),
        row("code", "complete-closure", "1 2 CO", code="network"),
        row("sign-off", "sign-off", "1 2 CO"),
        row("time", "confirm-time", "1 2 BI", zero_reason="goodwill"),
        row("runbook", "waive-runbook-gap", "1 2"),
        row("runbook", "waive-runbook-gap", "CO", (*OWING, GAP), gap="g1", reason="one-off"),
        row("runbook", "update-runbook-gap", "1 2 CO", (*OWING, GAP), gap="g1", document="d1", revision="2"),
        row("reply", "reply", "1 2 DI CO", (*OWING, SAID), text="We look at it"),
        row("reply", "judge-reply", "1 2 DI", (*OWING, SAID), message="m1", verdict="acknowledged"),
    )


def _flag_rows() -> tuple[Exit, ...]:
    contested = en.OutsideResolutionContested(observation=c.NAMESPACE, missing=("fix",))

    def row(name: str, given: Given, does: str, roles: str, **body: Any) -> Exit:
        return Exit(f"flag {name}", given, has_flag(name), does, roles, body)

    return (
        row("contested", (*READY, contested), "cancel", "DI CO", reason="withdrawn"),
        row("obligations", (*RESOLVED, SAID), "judge-reply", "1 2 DI", message="m1", verdict="acknowledged"),
        row("time-unconfirmed", RESOLVED, "confirm-time", "1 2 BI", zero_reason="goodwill"),
        row("reply-undelivered", (*READY, TOLD, LOST), "reply", "1 2 DI CO", text="Once more"),
        row("reply-undelivered", (*OWING, TOLD, LOST), "reply", "1 2 DI CO", text="Once more"),
    )


def _page_rows() -> tuple[Exit, ...]:
    steps: Mapping[str, Given] = {
        "requested": (),
        "sent": (es.PageSent(page="p1", level=1, vendor_key="k"),),
        "delivered": (es.PageDelivered(page="p1", level=1, evidence="push"),),
        "failed": (es.PageFailed(page="p1", level=1, why="refused"),),
    }
    return tuple(
        Exit(f"page {step}", (*READY, PAGED, *more), page_open, "acknowledge", "2 CO OC")
        for step, more in steps.items()
    )


def _summary_failed(t: Ticket) -> bool:
    return bool(t.docs.summaries.get(1)) and t.docs.summaries[1][-1].state == "failed"


def _unexplained(t: Ticket) -> bool:
    return not t.sla.breaches or t.sla.breaches[0] not in t.sla.explained


def _escalated(t: Ticket) -> bool:
    return t.triage.escalation == "open"


EXITS: tuple[Exit, ...] = (
    *_status_rows(),
    *_wait_rows(),
    *_owed_rows(),
    *_flag_rows(),
    *_page_rows(),
    Exit("escalation open", (*READY, ESCALATED), _escalated, "return-escalation", "2", {"reason": "Tier 1 can go on"}),
    Exit("summary failed", (*RESOLVED, DOCUMENTED, WRITTEN, FAILED), _summary_failed, "send-summary", "1 2",
         {"text": "Your VPN is stable again."}),
)  # fmt: skip
"""The ways out of states that end with a merge or with the record."""


def _breach(t: Ticket) -> Mapping[str, Any]:
    return {"verdict": t.sla.breaches[0], "code": "workload", "owner": "lead"}


def _session_open(t: Ticket) -> bool:
    return "open" in t.triage.sessions.values()


def _unjudged(t: Ticket) -> bool:
    return any(not page.verdict for page in t.triage.pages.values())


HAND = {"entry": "e1", "lines": [{"minutes": 30, "billing_class": "covered"}], "reason": "as agreed"}
HALF = {"entry": "e1", "start": c.NOW, "end": c.NOW + timedelta(minutes=10), "reason": "typo"}
STAYS: tuple[Exit, ...] = (
    Exit("entry held", (*READY, HELD_TIME), lambda t: bool(t.billing.held), "accept-time", "BI",
         {"entry": "e1", "reason": "it is right"}),
    Exit("entry live", (*READY, LOGGED), unrated, "rate-by-hand", "BI", HAND),
    Exit("entry live", (*READY, LOGGED, RATED), unbilled, "record-invoice", "BI", {"invoice": "2026-1"}),
    Exit("entry live", (*READY, LOGGED, RATED), unbilled, "write-off", "BI", {"entries": ["e1"], "reason": "goodwill"}),
    Exit("entry live", (*READY, LOGGED, RATED), unbilled, "move-time", "1 2 BI", {"entry": "e1", "other": "root-1"}),
    Exit("entry live", (*READY, LOGGED), lambda t: t.billing.entries["e1"].labour.minutes == 30, "correct-time",
         "1 2 BI", HALF),
    Exit("entry live", (*RESOLVED, LOGGED, RATED), has_flag("time-unconfirmed"), "confirm-time", "1 2 BI"),
    Exit("breach unexplained", (*READY, CLOCK, BREACH), _unexplained, "explain-breach", "CO", _breach),
    Exit("gap open", (*READY, GAP), lambda t: t.docs.gaps["g1"] == "open", "waive-runbook-gap", "CO",
         {"gap": "g1", "reason": "one-off"}),
    Exit("gap open", (*READY, GAP), lambda t: t.docs.gaps["g1"] == "open", "update-runbook-gap", "1 2 CO",
         {"gap": "g1", "document": "d1", "revision": "2"}),
    Exit("follow-up open", (*READY, FOLLOW_UP), lambda t: t.docs.follow_ups["u1"].state == "open",
         "complete-follow-up", "1 2 CO", {"follow_up": "u1"}),
    Exit("follow-up open", (*READY, FOLLOW_UP), lambda t: t.docs.follow_ups["u1"].state == "open",
         "drop-follow-up", "1 2 CO", {"follow_up": "u1", "reason": "bought"}),
    Exit("session open", (*READY, SESSION), _session_open, "end-session", "1 2"),
    Exit("page unjudged", (*READY, PAGED), _unjudged, "judge-page", "2 CO OC", {"page": "p1", "verdict": "unneeded"}),
)  # fmt: skip
"""What stays with a ticket that was merged or whose record is gone: each way out must be there, too."""
TIMED: Mapping[str, str] = {
    "triage wait-until": "wait schedule: ends on its date",
    "triage page-level": "page requested, sent, delivered: the next level is paged",
    "docs obligation": "owed: recorded as overdue",
    "billing unbilled": "entry live: flagged as unbilled labour",
}
"""Timers of the services but sla's, which judge clocks -> the state that waits for them."""
