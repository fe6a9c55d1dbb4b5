"""Documents of the policies that intake owns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from desk.contract.ticket.intake.facts import Kind
from desk.contract.ticket.intake.psa import StatusClass
from desk.decision.policies.document import Code, Codes, Document

Level = Literal["high", "medium", "low"]
WriteLevel = Literal["nothing", "notes", "everything"]
Writable = Literal[
    "new",
    "open",
    "waiting-client",
    "waiting-vendor",
    "waiting-schedule",
    "waiting-internal",
    "resolved",
    "closed",
    "cancelled",
    "needs-completion",
]


class ClientWriteBack(Document):
    """The level of one client, and of single boards for that client."""

    default: WriteLevel
    boards: dict[Code, WriteLevel] = {}


class WriteBack(Document):
    """Boards by id, or by `<instance>:<id>` where several PSAs have the same ids. A client has one level, or one per
    board.
    """

    default: WriteLevel
    instances: dict[Code, WriteLevel] = {}
    boards: dict[Code, WriteLevel] = {}
    clients: dict[Code, WriteLevel | ClientWriteBack] = {}

    @property
    def levels(self) -> set[WriteLevel]:
        """Every level that some place has."""
        of_clients = [ClientWriteBack(default=c) if isinstance(c, str) else c for c in self.clients.values()]
        inner = {level for one in of_clients for level in (one.default, *one.boards.values())}
        return {self.default, *self.instances.values(), *self.boards.values()} | inner


class BoardMap(BaseModel):
    """One board. Status ids -> class; `write`: class -> the one status id that is written for it.

    `queue` is what tickets of the board are queued in, `teams` (by id) sends those of a team to another; `kinds` by
    the id of the ticket's type.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)

    name: str = ""
    queue: str | None = None
    teams: dict[str, str] = {}
    kind: Kind | None = None
    kinds: dict[str, Kind] = {}
    statuses: dict[str, StatusClass] = Field(min_length=1)
    write: dict[Writable, str] = {}


class StatusMap(Document):
    """Boards by id, or by `<instance>:<id>` where several PSAs have the same ids."""

    default_kind: Kind
    boards: dict[str, BoardMap]
    priorities: dict[Code, object] = {}
    impacts: dict[Code, Level]
    urgencies: dict[Code, Level]
    out_of_scope_boards: list[Code | int] = []

    def kinds(self) -> Iterator[tuple[str, Kind]]:
        """Every kind that a ticket may get, with the field that says so."""
        yield "default_kind", self.default_kind
        for board, mapped in self.boards.items():
            if mapped.kind is not None:
                yield f"boards.{board}.kind", mapped.kind
            yield from ((f"boards.{board}.kinds.{type_}", kind) for type_, kind in mapped.kinds.items())


class WaiverReasons(Document):
    asset: Codes
    verification: Codes
    cancel: Codes
    runbook: Codes
    survey: Codes
    zero_time: Codes = Field(alias="zero-time")
