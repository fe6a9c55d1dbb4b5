"""Refusals of commands. Framework-free: decisions raise or return a `Refusal`, desk.http converts it to problem+json.

A refusal records no fact, only its metric. `desk.decision.refusal_codes` has the codes with status, title and remedy.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from desk.decision.refusal_codes import REFUSALS, Rule

__all__ = ["REFUSALS", "Json", "Missing", "Refusal", "Rule"]

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]


class Missing(NamedTuple):
    """One missing requirement: the gate (or part of a document), its owner, the remedy."""

    gate: str
    owner: str
    remedy: str


class Refusal(Exception):
    """A command was understood and is refused.

    `code` must be one of REFUSALS. `missing` lists missing requirements; further members are added to the response
    unchanged (e.g. `seen=1, now=2`). ValueError when the code is unknown or a member that the code carries is absent.
    """

    def __init__(
        self,
        code: str,
        detail: str = "",
        *,
        missing: Iterable[Missing | tuple[str, str, str]] = (),
        remedy: str | None = None,
        **members: Json,
    ) -> None:
        rule = REFUSALS.get(code)
        if rule is None:
            raise ValueError(f"refusal code {code!r} is not published: add it to desk.decision.refusal_codes")
        self.code, self.rule = code, rule
        self.missing = tuple(Missing(*item) for item in missing)
        self.members: Mapping[str, Json] = MappingProxyType(members)
        absent = [name for name in rule.carries if not (self.missing if name == "missing" else name in members)]
        if absent:
            raise ValueError(f"refusal {code} must carry {', '.join(absent)}")
        self.detail = detail or rule.title
        self.remedy = remedy or rule.remedy
        super().__init__(f"{code}: {self.detail}")

    @property
    def status(self) -> int:
        """The HTTP status of the response."""
        return self.rule.status

    @property
    def retryable(self) -> bool:
        """Whether the same command may succeed when it is simply sent again."""
        return self.rule.retryable

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Refusal) and self._identity() == other._identity()

    def __hash__(self) -> int:
        return hash((self.code, self.detail))

    def _identity(self) -> tuple[object, ...]:
        return (self.code, self.detail, self.missing, self.remedy, dict(self.members))
