"""The HTTP form of a command: gate, Idempotency-Key, Desk-Seen, response."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Header
from starlette.requests import Request
from starlette.responses import Response

from desk.contract.event import Actor
from desk.decision.principal import Principal, Role
from desk.decision.refusal import Refusal
from desk.eventstore.unit_of_work.work_items import Conditions, Recorded
from desk.http.app.http_context import HttpContext, http_context
from desk.http.app.responses import json_response
from desk.http.auth.access import Credentials, Gate
from desk.http.commands.command_answer import REPEATED, SEEN, FactRecorded, format_seen
from desk.http.commands.command_answer import CommandAnswer as CommandAnswer
from desk.http.commands.idempotency import RequestIdentity, fingerprint
from desk.http.problems.problem import invalid_field
from desk.http.reads.read_your_writes import parse_seen

LONGEST_KEY, LONGEST_SEEN = 200, 500
IF = "Desk-If"
NO_CONDITIONS = Conditions()
_KEY = re.compile(rf"[\x21-\x7e]{{1,{LONGEST_KEY}}}")


@dataclass(frozen=True)
class Call:
    """An admitted command: the caller, its identity, the vector that the caller has seen elsewhere, and the conditions
    that the caller sets."""

    principal: Principal
    identity: RequestIdentity
    seen: Mapping[str, int]
    http_context: HttpContext
    conditions: Conditions = NO_CONDITIONS

    @property
    def id(self) -> UUID:
        """The command's id: the same in every repeat."""
        return self.identity.command_id

    @property
    def actor(self) -> Actor:
        """The actor of the facts."""
        return Actor(self.principal.kind, self.principal.subject)


def _conditions(
    desk_if: Annotated[
        str | None,
        Header(max_length=LONGEST_SEEN, description="As Desk-Seen; refused if these owners recorded facts since"),
    ] = None,
    desk_dry_run: Annotated[
        bool, Header(description="true: answer what would be recorded, and record nothing")
    ] = False,
    desk_correlation: Annotated[UUID | None, Header(description="The correlationid of the facts; a UUID")] = None,
) -> Conditions:
    return Conditions(desk_correlation, parse_seen(desk_if, IF), desk_dry_run)


class CommandGate(Gate):
    """The dependency of command routes; returns the `Call`. Refuses without a token, role or Idempotency-Key."""

    async def __call__(
        self,
        request: Request,
        credentials: Credentials,
        idempotency_key: Annotated[
            str | None, Header(description="New for every command, the same in a repeat of it")
        ] = None,
        desk_seen: Annotated[
            str | None,
            Header(max_length=LONGEST_SEEN, description="Copied from an earlier response, e.g. docs=7, triage=3"),
        ] = None,
        conditions: Annotated[Conditions, Depends(_conditions)] = NO_CONDITIONS,
    ) -> Call:
        principal = self.admit(request, credentials)
        if not idempotency_key:
            raise Refusal("idempotency_key_missing")
        if not _KEY.fullmatch(idempotency_key):
            remedy = "Use a UUID, or 1 to 200 printable ASCII characters without blanks."
            raise invalid_field("Idempotency-Key", "the key is not usable", remedy, "header")
        address = f"{request.url.path}?{request.url.query}"
        mark = fingerprint(request.method, address, await request.body())
        identity = RequestIdentity(principal.subject, idempotency_key, mark)
        return Call(principal, identity, parse_seen(desk_seen), http_context(request), conditions)


def command(*roles: Role, all_clients: bool = False) -> CommandGate:
    """The gate of a command: `Annotated[Call, Depends(command(Role.TIER1))]`."""
    return CommandGate(frozenset(roles), all_clients)


def answered(
    subject: str, recorded: Recorded, *, created: bool = False, cycle: int | None = None, status: str | None = None
) -> Response:
    """The response to a command on `subject`: 201 if it `created` something now, else 200. A repeat says so."""
    answer = CommandAnswer(
        subject=subject,
        facts=tuple(FactRecorded(e.id, e.type, e.ownerseq, e.cycle) for e in recorded.events),
        seen=dict(recorded.heads),
        cycle=cycle,
        status=status,
        would=recorded.would,
    )
    headers = {SEEN: format_seen(recorded.heads)} | ({REPEATED: "true"} if recorded.repeat else {})
    return json_response(answer, 201 if created and recorded.events and not recorded.repeat else 200, headers)
