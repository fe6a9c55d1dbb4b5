"""Documents of the policies that triage owns."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field, RootModel, model_validator

from desk.contract.ticket.gate_names import current_name
from desk.contract.ticket.gates import CLOSE, RESOLVE, Profile
from desk.contract.ticket.intake.facts import Kind
from desk.contract.ticket.ticket import Ticket
from desk.contract.ticket.triage.incident_link import follows_incident
from desk.decision.policies.document import Code, Document

Level = Literal["high", "medium", "low"]
Priority = Literal["P1", "P2", "P3", "P4"]
Tier = Literal["tier1", "tier2"]
ExternalMode = Literal["observe", "flag", "enforce"]
GATES = frozenset(RESOLVE) | frozenset(CLOSE)
Asked = Literal[
    "mandatory", "automatic", "observed", "user-confirmed", "short", "if-raised", "if-person-wrote", "two-persons",
    "tier-only", "level-2", "by-incident", "mass-notice",
    "-",
]  # fmt: skip


class Matrix(RootModel[dict[Level, dict[Level, Priority]]]):
    """Impact -> urgency -> priority, all nine cells."""

    @model_validator(mode="after")
    def _complete(self) -> Matrix:
        levels = ("high", "medium", "low")
        missing = [f"{i}/{u}" for i in levels for u in levels if u not in self.root.get(i, {})]  # type: ignore[call-overload]
        if missing:
            raise ValueError(f"no priority for {', '.join(missing)} (impact/urgency); add the cells")
        return self

    def of(self, impact: Level, urgency: Level) -> Priority:
        """The priority of that impact and urgency."""
        return self.root[impact][urgency]


OVERLAYS = frozenset(("cancelled", "child"))
"""Profiles of a gate-profile that are of no kind: of a cycle without a resolution, and of an incident's child."""


class GateProfile(RootModel[dict[Code, dict[str, Asked]]]):
    """Kind (or overlay) -> gate -> the evidence that it demands. Earlier names of gates are read as today's."""

    @model_validator(mode="before")
    @classmethod
    def _current_names(cls, given: object) -> object:
        if not isinstance(given, Mapping):
            return given
        return {kind: _renamed(kind, gates) if isinstance(gates, Mapping) else gates for kind, gates in given.items()}

    @model_validator(mode="after")
    def _existing_gates(self) -> GateProfile:
        for kind, gates in self.root.items():
            if unknown := sorted(set(gates) - GATES):
                raise ValueError(f"{kind}: no such gate: {', '.join(unknown)}; use {', '.join(sorted(GATES))}")
        if missing := {"incident", "quick", "cancelled"} - set(self.root):
            raise ValueError(f"no profile for {', '.join(sorted(missing))}; add it")
        return self

    def of(self, kind: Kind, *, cancelled: bool = False) -> Profile:
        """The gates asked of a kind: those of an incident where the document does not list it. `cancelled` gives the
        overlay of a cycle that ended without a resolution.
        """
        return self.root["cancelled"] if cancelled else self.root.get(kind, self.root["incident"])

    def of_ticket(self, ticket: Ticket, *, cancelled: bool = False) -> Profile:
        """The gates asked of a ticket, by its kind and its priority: a quick ticket of P1 or P2 is asked what an
        incident is. Kind and priority have two owners, and the PSA changes both, so only their combination counts.
        A child that ends with its major incident is asked what the overlay `child` says instead, except security.
        """
        kind = ticket.intake.kind
        small = kind == "quick" and ticket.triage.priority in ("P1", "P2")
        own = self.of("incident" if small else kind, cancelled=cancelled)
        if cancelled or kind == "security" or not follows_incident(ticket.triage):
            return own
        return {**own, **self.root.get("child", {})}


def _renamed(kind: object, gates: Mapping[object, object]) -> dict[object, object]:
    if twice := sorted(str(gate) for gate in gates if (now := current_name(gate)) != gate and now in gates):
        raise ValueError(f"{kind}: {twice[0]} is the former name of {current_name(twice[0])}; keep the new one")
    return {current_name(gate): asked for gate, asked in gates.items()}


class Queue(Document):
    tier: Tier


class Routing(Document):
    default_queue: Code
    queues: dict[Code, Queue] = Field(min_length=1)
    forbidden_asset_classes: dict[Tier, list[Code]]
    shared_asset_classes: list[Code]
    p1_may_wait_on_client: bool

    @model_validator(mode="after")
    def _whole(self) -> Routing:
        if self.default_queue not in self.queues:
            raise ValueError(f"default_queue: {self.default_queue!r} is not one of queues; add it there")
        if "tier1" not in self.forbidden_asset_classes:
            raise ValueError("forbidden_asset_classes: tier1 is missing; write an empty list for nothing")
        return self


class ExternalModes(Document):
    default: ExternalMode
    clients: dict[Code, ExternalMode] = {}
    exempt_members: list[Code] = []

    def of(self, client: str) -> ExternalMode:
        """The mode for a client's tickets."""
        return self.clients.get(client, self.default)


class MonitoringWindow(Document):
    settle_minutes: int = Field(ge=0, le=1440)

    @property
    def settle(self) -> timedelta:
        """The time after a fix at whose end monitoring is checked."""
        return timedelta(minutes=self.settle_minutes)


class ReplyWindow(Document):
    days: int = Field(ge=0, le=365)


class OnCallLevel(Document):
    schedule: Code
    minutes: int = Field(ge=1, le=1440)


class OnCall(Document):
    """Whom a page reaches: the schedule of each level, by the name that the paging vendor's settings give it, and the
    minutes within which that level acknowledges before the next one is paged.

    `at_risk`: percent of the response target from which a ticket of that priority is at risk.
    """

    levels: list[OnCallLevel] = Field(min_length=1, max_length=10)
    clients: dict[Code, Annotated[list[OnCallLevel], Field(min_length=1, max_length=10)]] = {}
    at_risk: dict[Priority, Annotated[int, Field(ge=1, le=100)]]

    def of(self, client: str) -> list[OnCallLevel]:
        """The levels for a client's tickets."""
        return self.clients.get(client, self.levels)
