"""The streams beside the ticket: people, clients, incidents, changes, policies, security, operations."""

from __future__ import annotations

import msgspec

from desk.contract.event import Event


class Nothing(msgspec.Struct, frozen=True):
    """The state of streams whose facts are only stored and counted (security, operations)."""

    def evolve(self, event: Event) -> Nothing:
        """The same state: no decision depends on it."""
        return self
