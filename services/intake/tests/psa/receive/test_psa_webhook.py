"""The callback route: accepted callbacks, the answers to refused ones, and that no accepted one is lost."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from desk.contract.event import Stream
from desk.eventstore.errors import StoreUnavailable
from desk_deploy.testing.faults import refusing
from desk_deploy.testing.psa_bench import Bench, bench
from desk_intake.psa.receipt_and_feed_rows import PSA_ROWS
from desk_simulators.connectwise import sign
from desk_simulators.connectwise.callbacks.payload import key_url

pytestmark = pytest.mark.postgres


@pytest.fixture
async def desk(database: str) -> AsyncIterator[Bench]:
    async with bench(database) as found:
        yield found


def body(desk: Bench, **changes: Any) -> bytes:
    """A callback as the PSA would send it."""
    instance = desk.psa.state.instance
    envelope: dict[str, Any] = {
        "Action": "deleted",
        "CompanyId": "examplemsp",
        "Entity": None,
        "ID": 5123,
        "MemberId": "jdoe",
        "MessageId": "3b0a4d5e-0c7b-4a0e-9a55-2f6f0b3f6d11",
        "Metadata": {"key_url": key_url(instance, instance.codebase)},
        "Type": "ticket",
    }
    return json.dumps({**envelope, **changes}).encode()


def waiting(desk: Bench) -> int:
    return desk.intake.service.log.store.execute(lambda cursor: PSA_ROWS.receipts.unread(cursor, 100))


def refused(answer: httpx.Response, status: int, code: str, names: str = "") -> None:
    """A clear refusal: status, code, the field, and a remedy."""
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code)
    assert problem["remedy"]
    assert names in problem["detail"]


async def test_a_signed_callback_is_durable_before_it_is_answered(desk: Bench) -> None:
    answer = await desk.post(body(desk))
    assert (answer.status_code, answer.json()) == (202, {"receipt": "stored"})
    assert waiting(desk) == 1


async def test_the_query_decides_nothing(desk: Bench) -> None:
    await desk.post(body(desk), recordId="9", action="added", id="9")
    row = desk.intake.service.log.store.execute(
        lambda cursor: cursor.execute("SELECT type, record, action FROM psa_receipts").fetchall()
    )
    assert row == [("ticket", "5123", "deleted")]


async def test_an_unsigned_callback_is_refused(desk: Bench) -> None:
    refused(await desk.post(body(desk), signature=None), 401, "signature_missing")
    assert waiting(desk) == 0


@pytest.mark.parametrize("wrong", ["other-key", "truncated", "not-base64", "other-body"])
async def test_a_wrongly_signed_callback_is_refused(desk: Bench, wrong: str) -> None:
    key, raw = desk.psa.state.instance.signing_key, body(desk)
    signatures = {
        "other-key": sign("another key", raw),
        "truncated": sign(key, raw)[:20],
        "not-base64": "***",
        "other-body": sign(key, body(desk, ID=5124)),
    }
    refused(await desk.post(raw, signature=signatures[wrong]), 401, "signature_wrong")
    assert waiting(desk) == 0


async def test_a_body_that_was_written_again_is_not_the_one_that_was_signed(desk: Bench) -> None:
    raw = body(desk)
    again = json.dumps(json.loads(raw), indent=1).encode()
    signature = sign(desk.psa.state.instance.signing_key, raw)
    refused(await desk.post(again, signature=signature), 401, "signature_wrong")


async def test_a_truncated_callback_names_the_body(desk: Bench) -> None:
    refused(await desk.post(body(desk)[:-20]), 422, "invalid_field", "body")


async def test_an_oversized_callback_is_refused_before_anything_reads_it(desk: Bench) -> None:
    refused(await desk.post(body(desk, Entity="x" * 1_100_000)), 413, "body_too_large")


@pytest.mark.parametrize("inside", [False, True])
async def test_a_deeply_nested_callback_is_refused(desk: Bench, inside: bool) -> None:
    nested = "[" * 200 + "]" * 200
    if inside:
        raw = body(desk, Action="updated", Entity='{"a":' + nested + "}")
        refused(await desk.post(raw), 422, "invalid_field", "Entity")
    else:
        raw = body(desk).replace(b'"jdoe"', nested.encode())
        refused(await desk.post(raw), 400, "body_too_deep")


async def test_a_callback_for_an_unknown_instance_is_refused_with_an_answer_that_is_not_repeated(desk: Bench) -> None:
    refused(await desk.post(body(desk), name="elsewhere"), 403, "unknown_psa_instance", "elsewhere")


async def test_a_callback_of_an_unknown_type_says_what_to_unsubscribe(desk: Bench) -> None:
    refused(await desk.post(body(desk, Type="invoice")), 422, "invalid_field", "Type")


async def test_a_record_without_content_is_normal_only_when_it_was_deleted(desk: Bench) -> None:
    refused(await desk.post(body(desk, Action="updated")), 422, "invalid_field", "Entity")
    assert (await desk.post(body(desk))).status_code == 202


async def test_a_deleted_record_that_was_never_seen_leads_to_nothing(desk: Bench) -> None:
    await desk.post(body(desk))
    await desk.settle()
    assert waiting(desk) == 0
    assert await desk.facts(5123) == []


@pytest.mark.parametrize(
    "address",
    [
        "http://169.254.169.254/latest/meta-data",
        "https://na.myconnectwise.net.evil.example/v2025_1//system/callbackkey/index.rails?companyName=examplemsp",
        "https://na.myconnectwise.net/v2025_1//system/callbackkey/index.rails?companyName=another",
        "https://na.myconnectwise.net/somewhere/else",
        "",
    ],
)
async def test_a_key_is_fetched_from_this_instance_only(desk: Bench, address: str) -> None:
    before = len(desk.psa.ledger.calls)
    refused(await desk.post(body(desk, Metadata={"key_url": address})), 401, "signature_wrong", "key_url")
    assert len(desk.psa.ledger.calls) == before


async def test_without_a_key_the_sender_is_asked_to_come_again(desk: Bench) -> None:
    async def away(*_arguments: object) -> httpx.Response:
        raise httpx.ConnectError("away")

    desk.psa_instance.access.connection.psa.keys._fetch._public._transport.handle_async_request = away
    answer = await desk.post(body(desk))
    refused(answer, 429, "too_many_requests", "key")
    assert answer.headers["retry-after"]


async def test_a_database_that_is_away_makes_the_sender_come_again(desk: Bench, monkeypatch: Any) -> None:
    await desk.post(body(desk))

    def away(_work: object) -> None:
        raise StoreUnavailable("away")

    monkeypatch.setattr(desk.intake.service.log.store, "execute", away)
    answer = await desk.post(body(desk, ID=5124, MessageId="another"))
    monkeypatch.undo()
    refused(answer, 429, "too_many_requests", "database")
    assert answer.headers["retry-after"] == "5"
    assert (await desk.post(body(desk, ID=5124, MessageId="another"))).status_code == 202


@pytest.mark.parametrize("state", ["25006", "53100", "58030", "42P01", "57014"])
async def test_a_database_that_refuses_in_any_form_makes_the_sender_come_again(
    desk: Bench, database: str, state: str
) -> None:
    with refusing(database, "intake", state, "psa_receipts"):
        refused(await desk.post(body(desk)), 429, "too_many_requests", "the database does not answer")
    assert (await desk.post(body(desk))).json() == {"receipt": "stored"}


async def test_what_nobody_expected_makes_the_sender_come_again_too(desk: Bench, monkeypatch: Any) -> None:
    def fails(*_: object) -> None:
        raise ValueError("a mistake of ours")

    with monkeypatch.context() as patched:
        patched.setattr(PSA_ROWS.receipts, "store", fails)
        refused(await desk.post(body(desk)), 429, "too_many_requests", "cannot be stored now")
    assert (await desk.post(body(desk))).json() == {"receipt": "stored"}


async def test_receipts_in_hand_when_the_database_went_away_are_read_as_soon_as_it_is_back(
    desk: Bench, database: str
) -> None:
    """If reading and returning fail, the lease of two minutes holds against others but not against its own taker."""
    desk.open_ticket()
    await desk.deliver()
    with (
        refusing(database, "intake", "53100"),
        refusing(database, "intake", "53100", "psa_receipts", "UPDATE OF tries"),
    ):
        assert await desk.gateway.reader.turn() == 1
    assert waiting(desk) == 1
    await asyncio.sleep(0.6)
    assert await desk.gateway.reader.drain() == 1
    assert waiting(desk) == 0


async def test_captured_callbacks_pass_and_their_contacts_are_read_again(desk: Bench, real_data: Path) -> None:
    instance = desk.psa.state.instance
    there = desk.psa.state.record("contact", 611)
    desk.psa.state.table("contact").put({**there, "id": 57961, "firstName": "Xzavier", "lastName": "Sawayn"})
    for name in ("contact-create", "contact-update", "contact-delete"):
        captured = json.loads((real_data / "connectwise" / f"{name}.json").read_text("utf-8"))
        captured["Metadata"]["key_url"] = key_url(instance, instance.codebase)
        raw = json.dumps(captured).replace("{{testServerURL}}", instance.public_url).encode()
        assert (await desk.post(raw)).status_code == 202
    await desk.settle()
    assert waiting(desk) == 0
    somebody = (await desk.intake.service.replica(Stream.PEOPLE, "cw-p57961")).state
    assert (somebody.contact.client, somebody.contact.current) == ("cw-c250", True)
    assert desk.psa.ledger.find("GET", "company/contacts/57962", status=404)


async def test_receipts_keep_no_body_once_they_are_read(desk: Bench) -> None:
    desk.open_ticket()
    await desk.settle()
    bodies = desk.intake.service.log.store.execute(
        lambda cursor: cursor.execute("SELECT DISTINCT state, length(body) FROM psa_receipts").fetchall()
    )
    assert bodies == [("read", 0)]


async def test_nonsense_from_the_psa_leaves_the_receipt_waiting_and_nothing_half_done(desk: Bench) -> None:
    number = desk.open_ticket("Canary of a summary")
    await desk.deliver()
    record = desk.psa.state.record("ticket", number)
    status, record["status"] = record["status"], "nonsense"
    await desk.gateway.reader.drain()

    def receipts(query: str) -> list[tuple[Any, ...]]:
        return desk.intake.service.log.store.execute(lambda cursor: cursor.execute(query).fetchall())

    ((state, detail),) = receipts("SELECT state, detail FROM psa_receipts WHERE type = 'ticket'")
    assert state == "unread"
    assert "status" in detail and "Canary" not in detail
    assert await desk.facts(number) == []

    record["status"] = status
    desk.intake.service.log.store.execute(lambda cursor: cursor.execute("UPDATE psa_receipts SET next = now()"))
    await desk.settle()
    assert len(await desk.observed(number)) == 1
