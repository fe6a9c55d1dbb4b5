"""The Events API v2: triggers, acknowledges and resolves an alert by its dedup key. It reads nothing back."""

from __future__ import annotations

import re
from typing import Literal

import msgspec

from desk_connectors.http.call import Answer, Call
from desk_connectors.http.caller import VendorHttp
from desk_connectors.http.errors import FieldProblem, VendorAnswerInvalid, VendorRefused
from desk_connectors.pagerduty.records import VENDOR
from desk_connectors.reading import decoded

PATH = "/v2/enqueue"
OPERATION = f"POST {PATH}"
ACCEPTED = 202
NAMED = re.compile(r"'(?P<field>(?:payload\.)?[a-z_]{1,40})'")
ROUTING_KEY = re.compile(r"routing[ _]key|integration key", re.IGNORECASE)


class Link(msgspec.Struct, frozen=True, kw_only=True):
    href: str
    text: str


class EventPayload(msgspec.Struct, frozen=True, kw_only=True):
    """`summary` has at most 1,024 characters, `timestamp` is ISO 8601."""

    summary: str
    source: str
    severity: Literal["critical", "error", "warning", "info"]
    timestamp: str
    custom_details: dict[str, str]


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One event. `payload` is required for `trigger`, and needless for the others."""

    routing_key: str
    event_action: Literal["trigger", "acknowledge", "resolve"]
    dedup_key: str
    payload: EventPayload | None = None
    client: str = ""
    client_url: str = ""
    links: tuple[Link, ...] = ()


class Events:
    """The Events API of one region. There is no sign-in: the routing key is the secret."""

    def __init__(self, address: str, http: VendorHttp) -> None:
        self._url, self._http = f"{address}{PATH}", http

    async def send(self, event: Event) -> None:
        """Hand the event over. Success means that it was accepted, not that it was processed.

        Raises a final `VendorRefused` that names the fields of an event that the vendor will never take.
        """
        call = Call(
            method="POST",
            url=self._url,
            operation=OPERATION,
            reads=False,
            headers={"content-type": "application/json", "accept": "application/json"},
            content=msgspec.json.encode(event),
        )
        answer = await self._http.send(call)
        if answer.status >= 300:
            raise _refusal(answer)
        plain = decoded(VENDOR, OPERATION, answer.body)
        if not isinstance(plain, dict):
            raise VendorAnswerInvalid(VENDOR, OPERATION, "body", "not an object")
        if answer.status != ACCEPTED or plain.get("status") != "success":
            raise VendorRefused(VENDOR, OPERATION, status=answer.status, code="error body")
        if plain.get("dedup_key") != event.dedup_key:
            raise VendorAnswerInvalid(VENDOR, OPERATION, "dedup_key", "not that of the event")


def _refusal(answer: Answer) -> VendorRefused:
    """The fields that a 400 of the vendor names. A 400 that is not the vendor's names none, and may pass."""
    try:
        plain = decoded(VENDOR, OPERATION, answer.body)
    except VendorAnswerInvalid:
        return VendorRefused(VENDOR, OPERATION, status=answer.status, code="not JSON" if answer.body else "")
    errors = plain.get("errors") if isinstance(plain, dict) else None
    if answer.status != 400 or not isinstance(plain, dict) or "status" not in plain:
        return VendorRefused(VENDOR, OPERATION, status=answer.status)
    named = tuple(FieldProblem(_field(str(one)), "invalid") for one in errors) if isinstance(errors, list) else ()
    return VendorRefused(
        VENDOR, OPERATION, status=400, code="invalid event", fields=named or (FieldProblem("event", "invalid"),)
    )


def _field(error: str) -> str:
    """The field that a sentence of the vendor is about; the sentence itself may repeat our text."""
    if ROUTING_KEY.search(error):
        return "routing_key"
    named = NAMED.search(error)
    return named["field"] if named else "event"
