"""Pulse, a made-up survey vendor: rated answers in a list, one by number, signed callbacks, subscriptions."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from desk_integrations.vendor_errors import RecordGone, VendorAnswerInvalid, VendorError
from desk_integrations.webhooks.callbacks import CallbackRefused, Subscribed, Subscription, VendorCallback

KEY = b"pulse-signing-key"
NOW = datetime.now(UTC).replace(microsecond=0)


@dataclass(frozen=True)
class Answer:
    """One rated answer; a client who changes the rating makes the next `rev`."""

    record: str
    changed_at: datetime
    ticket: str
    score: int
    rev: int = 1


@dataclass
class Answers:
    """One run over the list."""

    pulse: Pulse
    since: datetime | None
    after: int
    refused: Sequence[VendorAnswerInvalid] = field(default_factory=list)

    async def __aiter__(self) -> AsyncIterator[Answer]:
        self.pulse.asked.append((self.since, self.after))
        self.pulse.check()
        for number in sorted(self.pulse.answers):
            answer = self.pulse.answers[number]
            if number > self.after and (self.since is None or answer.changed_at >= self.since):
                if number == self.pulse.cut_before:
                    self.pulse.cut_before = None
                    raise VendorError("pulse", "GET /answers", "the answer was cut")
                yield answer


class Pulse:
    """The vendor. `down` is raised by every call, `invalid` names records that cannot be read."""

    def __init__(self) -> None:
        self.answers: dict[int, Answer] = {}
        self.asked: list[tuple[datetime | None, int]] = []
        self.read: list[str] = []
        self.down: VendorError | None = None
        self.invalid: set[str] = set()
        self.cut_before: int | None = None
        self.hooks: dict[str, str] = {}
        self.switched_off: set[str] = set()

    def answer(self, number: int, score: int, *, ticket: str = "t-1", at: timedelta = timedelta()) -> None:
        """A client rates a ticket, or changes the rating."""
        stamp, record = NOW - timedelta(hours=1) + at, str(number)
        before = self.answers.get(number)
        first = Answer(record, stamp, ticket, score)
        self.answers[number] = first if before is None else replace(first, rev=before.rev + 1)

    def check(self) -> None:
        if self.down is not None:
            raise self.down

    def list_since(self, since: datetime | None, after: int) -> Answers:
        return Answers(self, since, after)

    async def get(self, record: str) -> Answer:
        self.read.append(record)
        self.check()
        if record in self.invalid:
            raise VendorAnswerInvalid("pulse", "Answer", "score", "no number", int(record))
        if int(record) not in self.answers:
            raise RecordGone("pulse", f"GET /answers/{record}", "404", status=404)
        return self.answers[int(record)]

    async def verify(self, headers: Mapping[str, str], body: bytes) -> VendorCallback | CallbackRefused:
        self.check()
        if "x-pulse-signature" not in headers:
            return CallbackRefused(reason="unsigned", remedy="Send x-pulse-signature with the body.")
        if not hmac.compare_digest(headers["x-pulse-signature"], signature(body)):
            return CallbackRefused(reason="unauthenticated", remedy="Sign the body with the key of this instance.")
        try:
            found = json.loads(body)
            record, kind, key = str(found["id"]), str(found["type"]), str(found["event"])
        except (ValueError, KeyError, TypeError):
            return CallbackRefused(reason="malformed", field="body", remedy="one event as JSON")
        return VendorCallback(type=kind, record=record, action="updated", dedup_key=key)

    async def subscribe(self, address: str, types: Sequence[str]) -> Subscribed:
        self.check()
        entries = tuple(Subscription(subscription=f"hook-{kind}", type=kind, url=address) for kind in types)
        rearmed = tuple(entry.subscription for entry in entries if entry.subscription in self.switched_off)
        self.hooks |= {entry.subscription: address for entry in entries}
        self.switched_off -= set(rearmed)
        return Subscribed(entries=entries, rearmed=rearmed)

    async def subscriptions(self) -> list[Subscription]:
        return [Subscription(subscription=hook, type="answer", url=url) for hook, url in self.hooks.items()]

    async def unsubscribe(self, subscription: str) -> None:
        del self.hooks[subscription]


def signature(body: bytes) -> str:
    return hmac.new(KEY, body, hashlib.sha256).hexdigest()


def event(number: int, key: str = "e-1", kind: str = "answer") -> bytes:
    """The body of a callback."""
    return json.dumps({"id": number, "type": kind, "event": key}).encode()
