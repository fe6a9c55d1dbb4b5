"""The kinds of vendors that are configured for a client, as decisions and reactions see them."""

from __future__ import annotations

from typing import Protocol


class ConfiguredSources(Protocol):
    """Answers from the settings of this process; nothing is asked of a vendor."""

    def configured(self, kind: str, client: str) -> tuple[str, ...]:
        """The ids of the instances of a kind (such as `rmm`) that serve the client; empty where there is none."""
        ...


class NoSources:
    """A service without vendors."""

    def configured(self, kind: str, client: str) -> tuple[str, ...]:
        return ()


NO_SOURCES: ConfiguredSources = NoSources()
