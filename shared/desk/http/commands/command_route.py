"""The HTTP form of a command: gate, Idempotency-Key, Desk-Seen, response."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from desk.contract.event import Actor
from desk.decision.principal import Principal, Role
from desk.decision.refusal import Refusal
from desk.eventstore.unit_of_work.work_items import Conditions, Recorded
from desk.http.app.http_context import HttpContext, http_context
from desk.http.app.responses import json_response
from desk.http.app.schemas import OpenApi
from desk.http.auth.access import Gate
from desk.http.commands.command_answer import REPEATED, SEEN, FactRecorded, format_seen
from desk.http.commands.command_answer import CommandAnswer as CommandAnswer
from desk.http.commands.idempotency import RequestIdentity, fingerprint
from desk.http.problems.problem import invalid_field
from desk.http.reads.read_your_writes import LONGEST, parse_seen

IF, DRY_RUN, CORRELATION = "Desk-If", "Desk-Dry-Run", "Desk-Correlation"
LONGEST_KEY = 200
NO_CONDITIONS = Conditions()
_KEY = re.compile(rf"[\x21-\x7e]{{1,{LONGEST_KEY}}}")


def _header(name: str, means: str, schema: OpenApi, *, required: bool = False) -> OpenApi:
    shape = schema if required else {"anyOf": [schema, {"type": "null"}], "title": name}
    described = {**shape, "description": means}
    return {"name": name.lower(), "in": "header", "required": required, "schema": described, "description": means}


HEADERS: tuple[OpenApi, ...] = (
    _header(
        "Idempotency-Key",
        "New for every command, the same in a repeat of it",
        {"type": "string", "maxLength": LONGEST_KEY},
        required=True,
    ),
    _header(SEEN, "Copied from an earlier response, e.g. docs=7, triage=3", {"type": "string", "maxLength": LONGEST}),
    _header(IF, "As Desk-Seen; refused if these owners recorded facts since", {"type": "string", "maxLength": LONGEST}),
    _header(DRY_RUN, "true: answer what would be recorded, and record nothing", {"type": "boolean"}),
    _header(CORRELATION, "The correlationid of the facts; a UUID", {"type": "string", "format": "uuid"}),
)
"""The headers of a command in an OpenAPI document."""


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


def _conditions(headers: Mapping[str, str]) -> Conditions:
    dry, correlation = headers.get(DRY_RUN, "false").lower(), headers.get(CORRELATION)
    if dry not in ("true", "false"):
        raise invalid_field(DRY_RUN, "it is neither true nor false", "Send true, or leave the header out.", "header")
    try:
        run = UUID(correlation) if correlation is not None else None
    except ValueError:
        raise invalid_field(
            CORRELATION, "it is no UUID", "Send one UUID for all commands of a run.", "header"
        ) from None
    return Conditions(run, parse_seen(headers.get(IF), IF), dry == "true")


class CommandGate(Gate):
    """The dependency of command routes; returns the `Call`. Refuses without a token, role or Idempotency-Key."""

    async def __call__(self, request: Request) -> Call:
        principal = self.admit(request)
        idempotency_key = request.headers.get("Idempotency-Key")
        if not idempotency_key:
            raise Refusal("idempotency_key_missing")
        if not _KEY.fullmatch(idempotency_key):
            remedy = "Use a UUID, or 1 to 200 printable ASCII characters without blanks."
            raise invalid_field("Idempotency-Key", "the key is not usable", remedy, "header")
        address = f"{request.url.path}?{request.url.query}"
        mark = fingerprint(request.method, address, await request.body())
        identity = RequestIdentity(principal.subject, idempotency_key, mark)
        seen = parse_seen(request.headers.get(SEEN))
        return Call(principal, identity, seen, http_context(request), _conditions(request.headers))

    def describe(self, operation: OpenApi) -> None:
        """Add the headers of a command as well."""
        super().describe(operation)
        operation.setdefault("parameters", []).extend(HEADERS)


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
