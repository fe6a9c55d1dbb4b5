"""Calls with refusals that may pass are repeated after a look-up; only a refusal that names fields is final."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from desk.contract.ticket.triage import dispatch as d
from desk_deploy.testing.psa_bench import Bench, bench
from desk_triage.main import TRIAGE

from ...psa_calls import Between, Refusal, by_phone, calls, ours, record, reply, said

pytestmark = pytest.mark.postgres


@pytest.fixture
async def desk(database: str) -> AsyncIterator[Bench]:
    async with bench(database, TRIAGE) as found:
        await found.poller.round(sweep=True)
        yield found


LOGIN = Refusal(302, b"", (("location", "https://na.myconnectwise.net/login"),))
PASSING = [
    Refusal(409, b'{"code":"Conflict","message":"record possibly in use","errors":null}'),
    Refusal(404, b'{"code":"NotFound","message":"not found","errors":null}'),
    Refusal(404, b"<html>upgrading</html>"),
    Refusal(400, b"Cannot route. Codebase/company is invalid"),
    Refusal(400, b'{"code":"Security","message":"SSL is required.","errors":null}'),
    Refusal(403, b"<html>log in</html>"),
    Refusal(401, b'{"code":"Unauthorized","message":"no"}'),
    Refusal(415, b""),
    LOGIN,
    Refusal(200, b"<html>log in</html>"),
    Refusal(500, b"timeout"),
]
FINAL = Refusal(
    400, b'{"code":"InvalidObject","message":"no","errors":[{"code":"MissingRequiredField","field":"text"}]}'
)


@pytest.mark.parametrize("refusal", PASSING, ids=lambda r: f"{r.status} {r.content[:12].decode()}")
async def test_a_reply_reaches_the_client_once_after_a_refusal_that_passes(desk: Bench, refusal: Refusal) -> None:
    number = desk.open_ticket()
    await desk.settle()
    proxy = Between(desk)
    proxy.once("POST", f"/service/tickets/{number}/notes", refusal)
    await record(desk.intake, ours(number), reply())
    await desk.settle()
    (call,) = desk.intake.service.effects.listed("open")
    assert (call.planned.kind, proxy.met, said(desk)) == ("psa-note", 1, 0)
    assert call.detail and call.next
    await desk.until_called()
    assert (said(desk), calls(desk.intake)) == (1, {("psa-note", "done"): 1})


@pytest.mark.parametrize("refusal", [LOGIN, PASSING[0], Refusal(200, b"<html>log in</html>")])
async def test_a_reply_that_was_written_behind_a_refusal_is_not_written_again(desk: Bench, refusal: Refusal) -> None:
    number = desk.open_ticket()
    await desk.settle()
    Between(desk).once("POST", f"/service/tickets/{number}/notes", refusal, after=True)
    await record(desk.intake, ours(number), reply())
    await desk.settle()
    await desk.until_called()
    assert (said(desk), calls(desk.intake)) == (1, {("psa-note", "done"): 1})


@pytest.mark.parametrize("refusal", [PASSING[0], PASSING[2], LOGIN], ids=lambda r: str(r.status))
async def test_creation_and_write_back_go_on_after_a_refusal_that_passes(desk: Bench, refusal: Refusal) -> None:
    number = desk.open_ticket()
    await desk.settle()
    proxy = Between(desk)
    proxy.once("POST", "/service/tickets", refusal)
    proxy.once("PATCH", f"/service/tickets/{number}", refusal)
    await record(desk.intake, "T-1", by_phone(desk))
    await record(desk.hosted["triage"], ours(number), d.Assigned(technician="mlopez", revision=1))
    await desk.settle()
    await desk.until_called()
    assert proxy.met == 2
    assert len([t for t in desk.psa.state.table("ticket") if t.get("externalXRef") == "T-1"]) == 1
    assert desk.psa.state.record("ticket", number)["owner"]["identifier"] == "mlopez"


async def test_a_read_that_fails_behind_a_creation_does_not_create_again(
    desk: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = Between(desk)
    link, found = desk.psa_instance.access.connection, list[object]()
    create_ticket = link.psa.client.create_ticket

    async def created(*given: Any, **more: Any) -> Any:
        found.append(await create_ticket(*given, **more))
        link._members_at = float("-inf")
        for _ in range(3):
            proxy.once("GET", "/system/members", Refusal(503))
        return found[-1]

    monkeypatch.setattr(link.psa.client, "create_ticket", created)
    await record(desk.intake, "T-1", by_phone(desk))
    await desk._called()
    assert (len(found), proxy.met, calls(desk.intake)) == (1, 3, {("psa-create", "unknown"): 1})
    await desk.settle()
    await desk.until_called()
    assert len([t for t in desk.psa.state.table("ticket") if t.get("externalXRef") == "T-1"]) == 1


async def test_only_a_refusal_that_names_fields_is_final_and_listed(desk: Bench) -> None:
    number = desk.open_ticket()
    await desk.settle()
    Between(desk).once("POST", f"/service/tickets/{number}/notes", FINAL)
    await record(desk.intake, ours(number), reply())
    await desk.settle()
    (call,) = desk.intake.service.effects.listed("failed")
    assert "text: MissingRequiredField" in call.detail


async def test_a_record_that_is_gone_ends_its_calls_with_the_proof(desk: Bench) -> None:
    number = desk.open_ticket()
    await desk.settle()
    desk.psa.faults.change({"callbacks_lost": 1.0})
    desk.jdoe.delete(number)
    await record(desk.intake, ours(number), reply())
    await desk.settle()
    await desk.until_called()
    assert (await desk.ticket(number)).intake.gone is not None
    assert calls(desk.intake).keys() <= {("psa-note", "failed"), ("psa-note", "superseded"), ("psa-sync", "superseded")}
