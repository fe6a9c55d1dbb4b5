"""A device that belongs to another client at its source: a security event beside the unknown answer."""

from __future__ import annotations

from typing import TypeVar

from desk.contract.event import Draft
from desk.contract.streams.security import PolicyViolation
from desk_integrations.evidence.definition import Snapshot

T = TypeVar("T")


def foreign_device(found: Snapshot[T]) -> list[Draft]:
    """The policy violation of an answer about a device of another client; nothing for other answers."""
    if found.reason != "device-foreign" or found.cause is None:
        return []
    detail = f"device {found.subject.about} belongs to another client at {found.source}: correct its mapping"
    violation = PolicyViolation(rule="foreign-device", fact=found.cause, ticket=found.ticket, detail=detail)
    return [Draft(data=violation, subject=found.ticket)]
