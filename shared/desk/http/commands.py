"""One command over HTTP: gate, Idempotency-Key, Desk-Seen, the answer with the facts recorded, and its repeat."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from fastapi import Header
from starlette.requests import Request

from desk.http.answers import JsonResponse, json_response
from desk.http.auth import Credentials, Gate
from desk.http.face import Face, face
from desk.http.idempotency import Answer, Asked, IdempotencyRecord, fingerprint
from desk.http.problems import invalid_field
from desk.http.seen import HEADER, ensure_heard, format_seen, parse_seen
from desk.principals import Principal, Role
from desk.refusals import Refusal
from desk.ticket.event import Actor

REPEATED = "Idempotency-Repeated"
_KEY = re.compile(r"[\x21-\x7e]{1,200}")


class FactRecorded(msgspec.Struct, frozen=True, omit_defaults=True):
    """One fact that a command recorded."""

    id: UUID
    type: str
    ownerseq: int
    cycle: int | None = None


class CommandAnswer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The body of every command's answer. `seen` is also the header Desk-Seen; no facts: nothing had to change."""

    subject: str
    facts: tuple[FactRecorded, ...]
    seen: dict[str, int]
    cycle: int | None = None
    status: str | None = None


@dataclass(frozen=True)
class Call:
    """A command that was admitted: who asks, its id, and how to answer it once."""

    principal: Principal
    asked: Asked
    seen: Mapping[str, int]
    face: Face

    @property
    def id(self) -> UUID:
        """The command's id: the same in every repeat."""
        return self.asked.command_id

    @property
    def actor(self) -> Actor:
        """Who the facts name."""
        return Actor(self.principal.kind, self.principal.subject)

    def record(self, answer: CommandAnswer, at: datetime, status: int = 200) -> IdempotencyRecord:
        """The row that `work` appends in the transaction of its facts. Pure, may run in any thread."""
        return self.asked.record(answered(answer, status), at)

    async def once(self, work: Callable[[], Awaitable[Answer]], ticket: str | None = None) -> JsonResponse:
        """Run `work` once per key, after what the caller has seen of `ticket` was heard; 200 for a repeat.

        `work` decides, appends its facts together with `record(...)`, and returns `answered(...)` of the same answer.
        """

        async def heard_first() -> Answer:
            if ticket is not None:
                await ensure_heard(self.face.hearing, ticket, self.seen)
            return await work()

        answer, repeated = await self.face.idempotency.once(self.asked, heard_first)
        return _response(answer, repeated)


def answered(answer: CommandAnswer, status: int = 200) -> Answer:
    """The answer of a command as it is sent and stored."""
    return Answer(status, msgspec.json.encode(answer))


class CommandGate(Gate):
    """The dependency that gives the `Call` of a command. Refused without a token, role or Idempotency-Key."""

    async def __call__(
        self,
        request: Request,
        credentials: Credentials,
        idempotency_key: Annotated[
            str | None, Header(description="New for every command, the same in a repeat")
        ] = None,
        desk_seen: Annotated[str | None, Header(description="From an earlier answer, e.g. docs=7, triage=3")] = None,
    ) -> Call:
        principal = self.admit(request, credentials)
        if not idempotency_key:
            raise Refusal("idempotency_key_missing")
        if not _KEY.fullmatch(idempotency_key):
            remedy = "Use a UUID, or 1 to 200 printable ASCII characters without blanks."
            raise invalid_field("Idempotency-Key", "the key is not usable", remedy, "header")
        address = f"{request.url.path}?{request.url.query}"
        mark = fingerprint(request.method, address, await request.body())
        asked = Asked(principal.subject, idempotency_key, mark)
        return Call(principal, asked, parse_seen(desk_seen), face(request))


def command(*roles: Role) -> CommandGate:
    """The gate of a command: `Annotated[Call, Depends(command(Role.TIER1))]`."""
    return CommandGate(frozenset(roles))


def facts_of(facts: Sequence[tuple[UUID, str, int, int | None]]) -> tuple[FactRecorded, ...]:
    """(id, type, ownerseq, cycle) rows as they appear in an answer."""
    return tuple(FactRecorded(*row) for row in facts)


def _response(answer: Answer, repeated: bool) -> JsonResponse:
    seen = msgspec.json.decode(answer.body, type=_Seen).seen
    headers = {HEADER: format_seen(seen)} if seen else {}
    if repeated:
        headers[REPEATED] = "true"
    return json_response(answer.body, 200 if repeated else answer.status, headers)


class _Seen(msgspec.Struct):
    seen: dict[str, int] = {}
