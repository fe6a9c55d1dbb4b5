"""Principal and key identify a command; the fingerprint identifies its request."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import pytest
from fastapi import APIRouter, Depends

from desk.decision.command_body import Body
from desk.decision.principal import Role
from desk.http.commands.command_route import Call, command
from desk.http.commands.idempotency import command_id, fingerprint
from desk.testing.http import Bench

JSON = {"Idempotency-Key": "k-1", "content-type": "application/json"}


class Note(Body):
    text: str
    cycle: int = 1


def router() -> APIRouter:
    router = APIRouter()

    @router.post("/tickets/{ticket}/note")
    async def note(ticket: str, body: Note, call: Annotated[Call, Depends(command(Role.TIER1))]) -> dict[str, Any]:
        return {
            "id": call.id,
            "fingerprint": call.identity.fingerprint,
            "actor": str(call.actor),
            "seen": dict(call.seen),
        }

    return router


BENCH = Bench([router()])


async def post(
    content: bytes = b'{"text": "x"}', path: str = "/tickets/t-1/note", sub: str = "ann", seen: str = ""
) -> dict[str, Any]:
    async with BENCH.client(Role.TIER1, sub=sub) as client:
        answer: dict[str, Any] = (await client.post(path, content=content, headers={**JSON, "Desk-Seen": seen})).json()
    return answer


async def test_a_repeat_has_the_same_id_and_fingerprint() -> None:
    first = await post(b'{"text": "x", "cycle": 2}')
    assert await post(b'{"cycle":2,"text":"x"}') == first
    assert (first["id"], first["actor"]) == (str(command_id("ann", "k-1")), "person:ann")


@pytest.mark.parametrize(
    "other", [{"content": b'{"text": "y"}'}, {"path": "/tickets/t-2/note"}, {"path": "/tickets/t-1/note?a=1"}]
)
async def test_another_body_or_address_has_another_fingerprint(other: dict[str, Any]) -> None:
    first, second = await post(), await post(**other)
    assert first["id"] == second["id"]
    assert first["fingerprint"] != second["fingerprint"]


async def test_the_same_key_of_another_person_is_another_command() -> None:
    assert (await post(sub="ann"))["id"] != (await post(sub="bob"))["id"]


def test_a_command_id_is_fixed_by_principal_and_key_for_all_time() -> None:
    assert command_id("ann", "k-1") == UUID("907034ea-96de-5dfa-bbbb-5c8a27cd1211")
    assert len({command_id("ann", "k-1"), command_id("bob", "k-1"), command_id("ann", "k-2")}) == 3


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({}, 400, "idempotency_key_missing"),
        ({"Idempotency-Key": ""}, 400, "idempotency_key_missing"),
        ({"Idempotency-Key": "two words"}, 422, "invalid_field"),
        ({"Idempotency-Key": "x" * 201}, 422, "invalid_field"),
    ],
)
async def test_a_command_without_a_usable_key_is_refused(headers: dict[str, str], status: int, code: str) -> None:
    async with BENCH.client(Role.TIER1) as client:
        answer = await client.post("/tickets/t-1/note", json={"text": "x"}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_what_the_caller_has_seen_reaches_the_command() -> None:
    assert (await post(seen="docs=7, triage=3"))["seen"] == {"docs": 7, "triage": 3}
    assert (await post(seen="docs"))["field"] == "Desk-Seen"


@pytest.mark.parametrize("body", [b"", b"\xff", b"[" * 100_000, b"not json"])
def test_any_body_has_a_fingerprint(body: bytes) -> None:
    assert len(fingerprint("POST", "/x?", body)) == 64
