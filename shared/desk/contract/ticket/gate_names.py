"""Names of gates that changed: facts and policies recorded with an earlier name read as today's."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeVar

RENAMED: Mapping[str, str] = MappingProxyType({"told": "client-informed"})
"""Earlier name -> today's. Accepted wherever a gate is named until the next major version; facts keep it for ever."""
N = TypeVar("N")


def current_name(gate: N) -> N | str:
    """Today's name of a gate; anything else is left as it is."""
    return RENAMED.get(gate, gate) if isinstance(gate, str) else gate


def current_names(gates: tuple[str, ...]) -> tuple[str, ...]:
    """Today's names of these gates, in their order."""
    return tuple(RENAMED.get(gate, gate) for gate in gates)
