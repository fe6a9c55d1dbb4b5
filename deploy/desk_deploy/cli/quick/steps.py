"""The commands of a quick ticket in their order, made from what the technician filled in. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Literal

import msgspec

Seen = Literal["on-site", "session", "monitor"]
Body = dict[str, object]
OPENS = "open-ticket"
"""The step that opens the ticket; every other step is sent to that ticket."""
PATIENT = frozenset({"resolve", "confirm-time", "close"})
"""Steps that may be early: what they ask for comes from other services by itself, a moment later."""


class QuickTicket(msgspec.Struct, frozen=True, kw_only=True):
    """A quick ticket as the technician filled it in: one submit.

    `device` or `no_device` (a listed reason), `minutes` or `no_time` (a listed reason). `done` are the actions, `seen`
    says where the failing action was seen to work; a session also names its `tool`. `summary` is for the client.
    """

    client: str
    contact: str
    problem: str
    symptom: str
    done: tuple[str, ...]
    seen: Seen
    summary: str
    code: str
    device: str | None = None
    no_device: str | None = None
    minutes: int | None = None
    no_time: str | None = None
    impact: Literal["high", "medium", "low"] = "low"
    urgency: Literal["high", "medium", "low"] = "medium"
    tool: str | None = None
    channel: Literal["phone", "email", "portal", "chat", "in-person"] = "phone"
    cause: str | None = None


class Step(msgspec.Struct, frozen=True):
    """One command: its name, the service that decides it, and its body."""

    name: str
    service: str
    body: Body


def problems(ticket: QuickTicket) -> Iterator[str]:
    """Fields that are missing or exclude each other, each with its remedy."""
    if (ticket.device is None) == (ticket.no_device is None):
        yield "give --device, or --no-device with a listed reason, and not both"
    if (ticket.minutes is None) == (ticket.no_time is None):
        yield "give --minutes, or --no-time with a listed reason, and not both"
    if ticket.minutes is not None and ticket.minutes < 1:
        yield "--minutes: give 1 or more, or --no-time with a listed reason"
    if not ticket.done:
        yield "--done: give at least one action"
    if ticket.seen == "session" and (ticket.tool is None or ticket.device is None):
        yield "--seen session needs --device, and --tool, e.g. screenconnect"


def begin_of(ticket: QuickTicket, end: datetime) -> datetime:
    """When the work began that ended then."""
    return end - timedelta(minutes=ticket.minutes or 0)


def steps_of(ticket: QuickTicket, called_at: datetime, end: datetime, session: str) -> tuple[Step, ...]:
    """The steps in their order. The call came at `called_at`, the work ended at `end`; `session` is the id of a remote
    session."""
    return tuple(
        Step(name, service, body if name == OPENS else {"cycle": 1, **body})
        for name, service, body in (
            *_opening(ticket, _text(called_at)),
            *_fixed(ticket, session),
            *_documenting(ticket),
            *_closing(ticket, _text(begin_of(ticket, end)), _text(end)),
        )
    )


Rows = Iterator[tuple[str, str, Body]]


def _opening(ticket: QuickTicket, at: str) -> Rows:
    body: Body = {
        "client": ticket.client,
        "contact": ticket.contact,
        "problem": ticket.problem,
        "kind": "quick",
        "channel": ticket.channel,
        "symptom": ticket.symptom,
        "opened_at": at,
    }
    yield OPENS, "intake", body
    yield "verify-caller", "intake", {"contact": ticket.contact, "method": "match"}
    if ticket.device is not None:
        yield "link-asset", "intake", {"device": ticket.device}
    else:
        yield "waive-asset", "intake", {"reason": ticket.no_device}


def _fixed(ticket: QuickTicket, session: str) -> Rows:
    remote = ticket.seen == "session"
    of_session: Body = {"session": session} if remote else {}
    yield "assess-priority", "triage", {"impact": ticket.impact, "urgency": ticket.urgency}
    yield "take", "triage", {}
    yield "start-work", "triage", {}
    if remote:
        yield "open-session", "triage", {"tool": ticket.tool, "with_user": True, **of_session}
    yield "record-fix", "triage", {"what": "\n".join(ticket.done), "user_present": True, **of_session}
    yield "verify-fix", "triage", {"how": "observed", "where": ticket.seen, **of_session}
    if remote:
        yield "end-session", "triage", of_session


def _documenting(ticket: QuickTicket) -> Rows:
    document: Body = {"actions": list(ticket.done), "symptom": ticket.symptom}
    cause: Body = {"root_cause": ticket.cause, "none_found": True} if ticket.cause else {}
    yield "document-resolution", "docs", document | cause
    yield "resolve", "triage", {}
    yield "send-summary", "docs", {"text": ticket.summary}


def _closing(ticket: QuickTicket, start: str, end: str) -> Rows:
    if ticket.minutes is not None:
        yield "log-time", "billing", {"start": start, "end": end}
        yield "confirm-time", "billing", {}
    else:
        yield "confirm-time", "billing", {"zero_reason": ticket.no_time}
    yield "sign-off", "docs", {}
    yield "close", "docs", {"code": ticket.code}


def _text(moment: datetime) -> str:
    return moment.replace(microsecond=0).isoformat().replace("+00:00", "Z")
