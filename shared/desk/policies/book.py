"""The policies that one service knows: the built-in version 1 of each, and every version published since."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from desk.ticket.event import Event

BUILTIN = (
    "billing-rules",
    "close-codes",
    "gate-profile",
    "matrix",
    "outside-mode",
    "rate-card",
    "reply-window",
    "routing",
    "status-map",
    "summary-lint",
    "survey-plan",
    "waiver-reasons",
)
"""Names of the policies that ship, one YAML document each; calendars and SLA policies ship with the sla service."""


@cache
def builtin(name: str) -> Mapping[str, Any]:
    """The content of the built-in version 1 of policy `name`. KeyError when no such policy ships."""
    if name not in BUILTIN:
        raise KeyError(f"no policy named {name!r} ships with the desk; known: {', '.join(BUILTIN)}")
    text = files("desk.policies").joinpath("builtin", f"{name}.yaml").read_text("utf-8")
    content: Mapping[str, Any] = yaml.safe_load(text)
    return content


class PolicyBook:
    """Answers `Policies`. Not thread-safe for writers: fed by one inbox, read by its decisions."""

    def __init__(self, extra: Mapping[str, Any] | None = None) -> None:
        self._versions: dict[tuple[str, str], Any] = {}
        self._current: dict[str, str] = {}
        for name in BUILTIN:
            self.put(name, "1", builtin(name))
        for name, content in (extra or {}).items():
            self.put(name, "1", content)

    def put(self, name: str, version: str, content: Any) -> None:
        """Take in one version; the last one that is not bound to an import is the one in force."""
        self._versions[(name, version)] = content
        if not version.startswith("import:"):
            self._current[name] = version

    def retire(self, name: str, version: str) -> None:
        """That version is not in force any more; tickets that name it still find it."""
        if self._current.get(name) == version:
            before = [v for (n, v) in self._versions if n == name and v != version and not v.startswith("import:")]
            self._current[name] = before[-1] if before else "1"

    def hear(self, event: Event) -> None:
        """Apply a fact of the policies stream; others change nothing."""
        name = getattr(event.data, "name", "")
        if name == "policy-published":
            self.put(event.data.policy, event.data.version, event.data.content)
        elif name == "policy-retired":
            self.retire(event.data.policy, event.data.version)

    def version(self, name: str) -> str:
        """The version of policy `name` that is in force. KeyError when there is none."""
        return self._current[name]

    def get(self, name: str, version: str | None = None) -> Any:
        """The content of policy `name`: that version, else the one in force. KeyError when there is none."""
        return self._versions[(name, version or self._current[name])]
