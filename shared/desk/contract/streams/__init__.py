"""The streams beside the ticket: people, clients, incidents, changes, policies, security, operations."""

from __future__ import annotations

import msgspec

from desk.contract.event import Event


class Nothing(msgspec.Struct, frozen=True):
    """The state of a stream whose facts are only kept and counted (security, operations)."""

    def evolve(self, event: Event) -> Nothing:
        """The same: no fact of such a stream changes what a later one may say."""
        return self
