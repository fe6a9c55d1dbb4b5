"""The PSA in memory passes the suite of PSA adapters."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Literal

import pytest

from desk_connectors.testing import FakeClock
from desk_integrations.conformance.psa import PsaConformance
from desk_integrations.conformance.psa.harness import PsaHarness, Status, Write
from desk_integrations.conformance.psa.in_memory import Board, InMemoryPsa, PsaWorld
from desk_integrations.conformance.psa.in_memory.psa import HEADER
from desk_integrations.kinds.psa import (
    PsaAgreement,
    PsaClient,
    PsaContact,
    PsaDevice,
    PsaMember,
    PsaStatus,
)
from desk_integrations.vendor_errors import OutcomeUnknown, VendorRateLimited, VendorRefused, VendorUnavailable

MEANINGS: tuple[Status, ...] = ("new", "open", "waiting", "resolved", "closed")


def board(number: int) -> Board:
    statuses = (
        PsaStatus(status=f"{number}{at}", name=f"{meaning} {number}", closed=meaning == "closed")
        for at, meaning in enumerate(MEANINGS)
    )
    return Board(str(number), f"Board {number}", tuple(statuses))


class InMemoryHarness(PsaHarness):
    vendor = "in-memory"
    member, api_member = "jdoe", "DeskAPI"
    company, contact, device, agreement = "250", "611", "901", "31"
    board, other_board = "1", "2"
    priority = "6"
    levels = ("High", "Low")

    def __init__(self, *, compares_base: bool = False) -> None:
        super().__init__(FakeClock())
        self.world = PsaWorld(self.clock.now, (board(1), board(2)))
        self.memory = InMemoryPsa(self.world, compares_base=compares_base)
        self.psa = self.memory
        changed_at = self.clock.now()
        self.world.add("company", PsaClient(record="250", title="Acme", changed_at=changed_at, status="active"))
        self.world.add(
            "contact",
            PsaContact(
                record="611",
                client="250",
                full_name="Pat Doe",
                active=True,
                changed_at=changed_at,
                emails=("pat@acme.example",),
                phones=("+15550100111",),
            ),
        )
        self.world.add(
            "configuration",
            PsaDevice(record="901", client="250", kind="Workstation", name="ACM-1", active=True, changed_at=changed_at),
        )
        self.world.add(
            "agreement",
            PsaAgreement(
                record="31",
                client="250",
                revision="2026-01-15T14:00:00Z-1",
                kind="Managed",
                changed_at=changed_at,
                starts=None,
                ends=None,
                ended_at=None,
            ),
        )
        for number, (name, program) in enumerate((("jdoe", False), ("DeskAPI", True)), 201):
            self.world.add(
                "member",
                PsaMember(
                    record=str(number),
                    identifier=name,
                    full_name=name,
                    active=True,
                    program=program,
                    changed_at=changed_at,
                ),
            )

    def status(self, meaning: Status, board: str | None = None) -> str:
        return f"{board or self.board}{MEANINGS.index(meaning)}"

    def open_ticket(self, summary: str = "VPN down") -> str:
        return self.world.open_ticket(self.member, summary=summary, client=self.company, contact=self.contact).record

    def set_status(self, ticket: str, meaning: Status) -> None:
        self.world.change(ticket, self.member, status=self.status(meaning))

    def change_summary(self, ticket: str, summary: str) -> None:
        self.world.change(ticket, self.member, summary=summary)

    def merge(self, loser: str, winner: str) -> None:
        self.world.merge(loser, winner, self.member)

    def delete_ticket(self, ticket: str) -> None:
        self.world.delete("ticket", ticket, self.member)

    def note(self, ticket: str, text: str, kind: Literal["public", "internal", "client"]) -> str:
        by_client = kind == "client"
        by = "Pat Doe" if by_client else self.member
        return self.world.write_note(ticket, by, text, public=kind != "internal", by_client=by_client).note

    def log_time(self, ticket: str, start: datetime, end: datetime, notes: str) -> str:
        return self.world.log_time(ticket, self.member, start, end, notes).record

    def make_unreadable(self, ticket: str) -> None:
        self.world.unreadable.add(("ticket", int(ticket)))

    def attached(self, ticket: str) -> list[str]:
        return self.world.attached[int(ticket)]

    def lose_answer(self, write: Write) -> None:
        self.memory.fail(write, OutcomeUnknown(self.vendor, write, "no answer"), after=True)

    def refuse(self, write: Write, *, final: bool) -> None:
        status = 400 if final else 409
        self.memory.fail(write, VendorRefused(self.vendor, write, f"refused with {status}", status=status, final=final))

    def be_away(self, write: Write) -> None:
        self.memory.fail(write, VendorUnavailable(self.vendor, write, "not there"))

    def limit(self, write: Write, seconds: float) -> None:
        self.memory.fail(write, VendorRateLimited(self.vendor, write, "rate limited", retry_after=seconds))

    def switch_off(self, subscription: str) -> None:
        self.world.switch_off(subscription)

    async def callbacks(self) -> list[tuple[dict[str, str], bytes]]:
        found, self.world.callbacks = self.world.callbacks, []
        return [(self.signed(body), body) for body in found]

    def signed(self, body: bytes) -> dict[str, str]:
        return {HEADER: self.world.sign(body)}


class TestInMemory(PsaConformance):
    @pytest.fixture
    async def harness(self) -> AsyncIterator[PsaHarness]:
        made = InMemoryHarness()
        yield made
        await made.aclose()


class TestInMemoryThatComparesRevisions(PsaConformance):
    """The same PSA, as a vendor that refuses a patch of a changed record."""

    @pytest.fixture
    async def harness(self) -> AsyncIterator[PsaHarness]:
        made = InMemoryHarness(compares_base=True)
        yield made
        await made.aclose()
