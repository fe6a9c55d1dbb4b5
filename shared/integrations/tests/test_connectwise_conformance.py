"""ConnectWise PSA passes the suite of PSA adapters, on its simulator."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar, Literal

import httpx
import pytest

from desk_connectors.connectwise import ConnectWise, KeySource
from desk_connectors.http import UntrustedFetch
from desk_connectors.testing import FakeClock
from desk_integrations.conformance.faults import Act, FaultTransport, Send, answers, fails
from desk_integrations.conformance.psa import NetworkCases, PsaConformance
from desk_integrations.conformance.psa.harness import PsaHarness, Status, Write
from desk_integrations.conformance.psa.network import HttpPsaHarness
from desk_integrations.instances.psa_document import parse
from desk_integrations.psa.connectwise import ConnectWisePsa, vendor_settings
from desk_simulators.connectwise import ConnectWiseSimulator, sign
from desk_simulators.connectwise.callbacks.payload import key_url
from desk_simulators.connectwise.status_map import status_map

INSTANCE = {
    "id": "main",
    "site": "https://na.myconnectwise.net",
    "api": "https://api-na.myconnectwise.net",
    "company": "examplemsp",
    "public_key": "PUBLICKEY",
    "private_key": "PRIVATEKEY",
    "client_id": "11111111-2222-3333-4444-555555555555",
    "api_member": "DeskAPI",
    "calls_per_minute": 100_000,
    "burst": 10_000,
    "deadline": 2.0,
}
CLASSES = {"waiting": "waiting-client"}
PATHS = {"create_ticket": "/service/tickets$", "patch_ticket": r"/service/tickets/\d+$", "add_note": "/notes$"}
FINAL = {"code": "InvalidObject", "message": "Bad", "errors": [{"code": "TooLong", "field": "summary", "message": "x"}]}


class Inbox(httpx.AsyncBaseTransport):
    """Accepts callbacks and keeps them."""

    def __init__(self) -> None:
        self.kept: list[tuple[dict[str, str], bytes]] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.kept.append((dict(request.headers), await request.aread()))
        return httpx.Response(202)


async def _public(host: str, port: int) -> list[str]:
    return ["93.184.215.14"]


def carried_out_unanswered() -> Act:
    """The vendor carries the call out; its answer never arrives."""

    async def act(request: httpx.Request, send: Send) -> httpx.Response:
        await (await send(request)).aread()
        raise httpx.ReadError("connection reset")

    return act


class ConnectWiseHarness(HttpPsaHarness):
    """The simulated PSA, with a page size of three."""

    vendor = "connectwise"
    member, api_member = "jdoe", "DeskAPI"
    company, contact, device, agreement = "250", "611", "701", "31"
    board, other_board = "1", "2"
    priority = "6"
    levels = ("High", "Low")
    path: ClassVar[str] = r"/service/tickets/\d+(/notes)?$"

    def __init__(self) -> None:
        super().__init__(FakeClock())
        self.inbox = Inbox()
        self.simulator = ConnectWiseSimulator(clock=self.clock.now, mode="manual", callback_transport=self.inbox)
        self.faults = FaultTransport(self.simulator.transport())
        (settings,) = parse({"instances": [INSTANCE]})
        found = replace(vendor_settings(settings), page_size=3)  # type: ignore[arg-type]
        fetch = UntrustedFetch("connectwise", resolve=_public, inner=self.simulator.transport())
        client = ConnectWise(found, self.faults, self.clock)
        self.psa = ConnectWisePsa(settings, client, KeySource(found, fetch=fetch, clock=self.clock))  # type: ignore[arg-type]
        self.person = self.simulator.technician(self.member)

    def status(self, meaning: Status, board: str | None = None) -> str:
        written: dict[str, str] = status_map()["boards"][board or self.board]["write"]
        return written[CLASSES.get(meaning, meaning)]

    def open_ticket(self, summary: str = "VPN down") -> str:
        return str(self.person.open_ticket(summary, int(self.company), contact=int(self.contact))["id"])

    def set_status(self, ticket: str, meaning: Status) -> None:
        self.person.set_status(int(ticket), int(self.status(meaning)))

    def change_summary(self, ticket: str, summary: str) -> None:
        self.person.change_summary(int(ticket), summary)

    def merge(self, loser: str, winner: str) -> None:
        self.person.merge(int(winner), [int(loser)])

    def delete_ticket(self, ticket: str) -> None:
        self.person.delete(int(ticket))

    def note(self, ticket: str, text: str, kind: Literal["public", "internal", "client"]) -> str:
        by: dict[str, Any] = {"contact": int(self.contact)} if kind == "client" else {}
        written = self.person.add_note(int(ticket), text, "internal" if kind == "internal" else "discussion", **by)
        if kind == "client":
            self._overwrite("note", written["id"], member=None)
        return str(written["id"])

    def log_time(self, ticket: str, start: datetime, end: datetime, notes: str) -> str:
        entry = self.person.add_time(int(ticket), start.isoformat(), end.isoformat(), notes)
        self._overwrite("time", entry["id"], addToDetailDescriptionFlag=True)
        return str(entry["id"])

    def make_unreadable(self, ticket: str) -> None:
        self._overwrite("ticket", int(ticket), board=None)

    def _overwrite(self, table: str, number: int, **changes: Any) -> None:
        rows = self.simulator.state.table(table)._rows
        rows[number] = {**rows[number], **changes}

    def attached(self, ticket: str) -> list[str]:
        links = self.simulator.state.table("attachment").find("ticketId", int(ticket))
        return [str(link["configurationId"]) for link in links]

    def lose_answer(self, write: Write) -> None:
        self.faults.add(PATHS[write], carried_out_unanswered(), times=1)

    def refuse(self, write: Write, *, final: bool) -> None:
        body = json.dumps(FINAL).encode() if final else b'{"code": "ConnectWiseApi", "message": "In use"}'
        self.faults.add(PATHS[write], answers(400 if final else 409, body), times=1)

    def be_away(self, write: Write) -> None:
        self.faults.add(PATHS[write], fails(httpx.ConnectError("refused")), times=1)

    def limit(self, write: Write, seconds: float) -> None:
        self.faults.add(PATHS[write], answers(429, headers={"retry-after": str(int(seconds))}), times=1)

    def switch_off(self, subscription: str) -> None:
        self._overwrite("callback", int(subscription), inactiveFlag=True)

    async def callbacks(self) -> list[tuple[dict[str, str], bytes]]:
        await self.simulator.deliver_pending()
        found, self.inbox.kept = self.inbox.kept, []
        return found

    def signed(self, body: bytes) -> dict[str, str]:
        return {"x-content-signature": sign(self.simulator.state.instance.signing_key, body)}

    def secrets(self) -> tuple[str, ...]:
        return ("PUBLICKEY", "PRIVATEKEY", INSTANCE["client_id"])  # type: ignore[return-value]


class TestConnectWise(PsaConformance, NetworkCases):
    @pytest.fixture
    async def harness(self) -> AsyncIterator[PsaHarness]:
        made = ConnectWiseHarness()
        yield made
        await made.aclose()


async def test_a_signed_body_that_lacks_the_envelope_is_malformed_and_names_the_field() -> None:
    made = ConnectWiseHarness()
    instance = made.simulator.state.instance
    address = key_url(instance, instance.codebase.strip("/"))
    envelope = {"Action": "updated", "ID": 0, "Type": "ticket", "Entity": "{}", "Metadata": {"key_url": address}}
    body = json.dumps(envelope).encode()
    found = await made.psa.callback(made.signed(body), body)
    assert (getattr(found, "reason", ""), getattr(found, "field", "")) == ("malformed", "ID")
    await made.aclose()


async def test_a_callback_whose_key_is_at_a_foreign_address_says_which_part_is_wrong() -> None:
    made = ConnectWiseHarness()
    envelope = {"Action": "deleted", "ID": 1, "Type": "ticket", "Metadata": {"key_url": "https://evil.example/key"}}
    body = json.dumps(envelope).encode()
    found = await made.psa.callback(made.signed(body), body)
    assert getattr(found, "reason", "") == "unauthenticated"
    assert getattr(found, "detail", "").startswith("Metadata.key_url: ") and getattr(found, "remedy", "")
    await made.aclose()


async def test_a_subscription_in_another_case_is_found_again_and_named_in_ours() -> None:
    made = ConnectWiseHarness()
    address = made.psa.callback_address("http://desk/psa/main/callbacks")
    (first,) = (await made.psa.subscribe(address, ("ticket",))).entries
    made._overwrite("callback", int(first.subscription), type="Ticket", level="Owner")
    found = await made.psa.subscribe(address, ("ticket",))
    assert [(entry.subscription, entry.type) for entry in found.entries] == [(first.subscription, "ticket")]
    await made.aclose()
