"""The PSA port of a schedule: the PSA in memory, with a gate before and after its calls."""

from __future__ import annotations

from collections.abc import Callable

from tests.schedules.gateway.hands import HAND, Hand, Hands

from desk_integrations.conformance.psa.in_memory import InMemoryPsa, PsaWorld
from desk_integrations.kinds.psa import NewPsaNote, NoteLookup, PsaHistoryEntry, PsaListing, PsaPatch, PsaTicket

OnRead = Callable[[Hand], None]
OnPatch = Callable[[Hand, PsaPatch], None]


class SchedulePsa(InMemoryPsa):
    """`listed`, `read` and `patched` are called in the instant of a call, with the hand that makes it."""

    def __init__(self, world: PsaWorld, hands: Hands, listed: OnRead, read: OnRead, patched: OnPatch) -> None:
        super().__init__(world)
        self._hands, self._on_list, self._on_read, self._on_patch = hands, listed, read, patched

    def history(self, *, after: int = 0, ticket: str | None = None) -> PsaListing[PsaHistoryEntry]:
        hand = HAND.get()
        if hand is not None:
            self._on_list(hand)
        return super().history(after=after, ticket=ticket)

    async def ticket(self, record: str) -> PsaTicket:
        await self._hands.gate("before it reads the record")
        found = await super().ticket(record)
        hand = HAND.get()
        if hand is not None:
            self._on_read(hand)
        await self._hands.gate("after it read the record")
        return found

    async def patch_ticket(self, record: str, patch: PsaPatch, base: str) -> PsaTicket:
        found = await super().patch_ticket(record, patch, base)
        hand = HAND.get()
        if hand is not None:
            self._on_patch(hand, patch)
        await self._hands.gate("after its patch")
        return found

    async def add_note(self, ticket: str, note: NewPsaNote, key: str) -> str:
        found = await super().add_note(ticket, note, key)
        await self._hands.gate("after its note")
        return found

    async def find_note(self, ticket: str, key: str) -> NoteLookup:
        await self._hands.gate("before it looks a note up")
        return await super().find_note(ticket, key)
