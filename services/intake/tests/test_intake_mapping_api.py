"""Mappings over HTTP, on real PostgreSQL: recorded once, refused when taken, withdrawn, looked up in a view."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from desk.contract.event import Stream
from desk.contract.streams.clients import ClientObserved, DeviceMapped, DeviceUnmapped
from desk.decision.principal import Role
from desk.eventstore.table_writer import DbCursor
from desk.service.definition import Integrations
from desk.testing.served import Served, served
from desk_intake.main import INTAKE
from desk_intake.views.vendor_ids import mapped_to

pytestmark = pytest.mark.postgres


class Ninja:
    """One RMM that serves every client."""

    def configured(self, kind: str, client: str) -> tuple[str, ...]:
        return ("ninja-main",) if kind == "rmm" else ()


DEFINITION = replace(INTAKE, integrations=lambda _settings, _ring, _book: Integrations(sources=Ninja()))


@pytest.fixture
async def desk(database: str) -> AsyncIterator[Served]:
    async with served(database, DEFINITION) as found:
        for number, client in enumerate(("acme", "brixton")):
            title = ClientObserved(revision="1", instance="psa", record=str(number), active=True, title=client)
            await found.say(client, title, DeviceMapped(device=f"{client}-1", revision=1, ids={"psa": str(number)}))
        yield found


async def confirm(desk: Served, client: str, external: str, *roles: Role, **body: Any) -> Any:
    return await send(desk, client, "confirm-mapping", external, *roles, **body)


async def withdraw(desk: Served, client: str, external: str, *roles: Role, **body: Any) -> Any:
    return await send(desk, client, "withdraw-mapping", external, *roles, **body)


async def send(desk: Served, client: str, command: str, external: str, *roles: Role, **body: Any) -> Any:
    body = {"instance": "ninja-main", "external": external, **body}
    return await desk.post(f"/clients/{client}/{command}", body, *roles or (Role.COORDINATOR,), by="cora")


def claims(desk: Served) -> list[tuple[Any, ...]]:
    query = "SELECT external, of_device, client, device FROM vendor_id_claims WHERE instance = 'ninja-main' ORDER BY 1"
    return desk.service.log.store.execute(lambda cursor: cursor.execute(query).fetchall())


def owners(desk: Served, external: str, *, device: bool = False) -> list[tuple[str, str]]:
    store = desk.service.log.store
    found = store.execute(lambda cursor: mapped_to(cursor, "ninja-main", external, device=device))
    return [(one.client, one.device) for one in found]


async def test_a_confirmed_mapping_is_in_the_client_and_answers_its_facts(desk: Served) -> None:
    first, again = await confirm(desk, "acme", "42"), await confirm(desk, "acme", "42")
    assert (first.status_code, again.status_code) == (200, 200)
    assert [fact["type"] for fact in first.json()["facts"]] == ["desk.intake.client-mapped.v1"]
    assert again.json()["facts"] == []
    device = await confirm(desk, "acme", "77", device="acme-1")
    assert [fact["type"] for fact in device.json()["facts"]] == ["desk.intake.device-mapped.v1"]
    client: Any = (await desk.service.replica(Stream.CLIENTS, "acme")).state
    assert client.mappings == {"ninja-main": "42"}
    assert client.devices["acme-1"].ids == {"psa": "0", "ninja-main": "77"}


async def test_a_repeat_with_its_key_answers_the_first_facts(desk: Served) -> None:
    headers = {**desk.headers(Role.ADMIN, by="ada"), "Idempotency-Key": str(uuid4())}
    body = {"instance": "ninja-main", "external": "42"}
    answers = [await desk.http.post("/clients/acme/confirm-mapping", json=body, headers=headers) for _ in range(2)]
    assert answers[0].json()["facts"] == answers[1].json()["facts"] != []
    assert answers[1].headers["Idempotency-Repeated"] == "true"


async def test_an_id_that_another_client_has_is_refused_until_that_one_is_mapped_elsewhere(desk: Served) -> None:
    await confirm(desk, "acme", "42")
    refused = await confirm(desk, "brixton", "42")
    assert (refused.status_code, refused.json()["code"], refused.json()["by"]) == (409, "mapping_taken", "acme")
    assert (await confirm(desk, "acme", "43")).status_code == 200
    assert (await confirm(desk, "brixton", "42")).status_code == 200
    assert (owners(desk, "42"), owners(desk, "43")) == ([("brixton", "")], [("acme", "")])


async def test_of_two_clients_that_are_given_one_id_at_once_one_gets_it(desk: Served) -> None:
    for number in range(5):
        answers = await asyncio.gather(confirm(desk, "acme", f"{number}"), confirm(desk, "brixton", f"{number}"))
        assert sorted(answer.status_code for answer in answers) == [200, 409]
        assert len(owners(desk, f"{number}")) == 1


async def test_an_id_of_a_client_is_another_one_than_the_same_id_of_a_device(desk: Served) -> None:
    assert (await confirm(desk, "acme", "42")).status_code == 200
    assert (await confirm(desk, "brixton", "42", device="brixton-1")).status_code == 200
    assert (owners(desk, "42"), owners(desk, "42", device=True)) == ([("acme", "")], [("brixton", "brixton-1")])
    await desk.say("brixton", DeviceUnmapped(device="brixton-1", revision=3, by="psa"))
    assert owners(desk, "42", device=True) == []


async def test_of_two_processes_that_map_one_id_to_two_clients_at_once_one_gets_it(
    desk: Served, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each process has its own writer and connections. Both find the id free before either records its mapping."""
    both = threading.Barrier(2, timeout=60)

    def found_free(cursor: DbCursor, instance: str, external: str, *, device: bool) -> Any:
        found = mapped_to(cursor, instance, external, device=device)
        both.wait()
        return found

    monkeypatch.setattr("desk_intake.mapping_api.mapped_to", found_free)
    async with served(database, DEFINITION) as other:
        for number in range(3):
            external = str(number)
            answers = await asyncio.gather(confirm(desk, "acme", external), confirm(other, "brixton", external))
            assert sorted(answer.status_code for answer in answers) == [200, 409]
            (owner,) = owners(desk, external)
            refused = next(answer for answer in answers if answer.status_code == 409)
            assert (refused.json()["code"], refused.json()["by"]) == ("mapping_taken", owner[0])
            facts = [(await other.service.replica(Stream.CLIENTS, client)).state for client in ("acme", "brixton")]
            mapped = [client.mappings.get("ninja-main") == external for client in facts]
            assert mapped == [owner[0] == "acme", owner[0] == "brixton"]
            # of a device, the same id is another one
            devices = await asyncio.gather(
                confirm(desk, "acme", external, device="acme-1"),
                confirm(other, "brixton", external, device="brixton-1"),
            )
            assert sorted(answer.status_code for answer in devices) == [200, 409]
            assert len(owners(desk, external, device=True)) == 1


async def test_a_withdrawn_id_is_free_for_another_client_and_later_for_the_first_again(desk: Served) -> None:
    await confirm(desk, "acme", "42")
    withdrawn, again = await withdraw(desk, "acme", "42"), await withdraw(desk, "acme", "42")
    assert (withdrawn.status_code, again.status_code) == (200, 200)
    assert [fact["type"] for fact in withdrawn.json()["facts"]] == ["desk.intake.client-unmapped.v1"]
    assert again.json()["facts"] == []
    assert (owners(desk, "42"), claims(desk)) == ([], [])
    client: Any = (await desk.service.replica(Stream.CLIENTS, "acme")).state
    assert client.mappings == {}
    assert (await confirm(desk, "brixton", "42")).status_code == 200
    refused = await withdraw(desk, "acme", "42")
    assert (refused.status_code, refused.json()["code"], refused.json()["by"]) == (409, "mapping_taken", "brixton")
    await withdraw(desk, "brixton", "42")
    remapped = await confirm(desk, "acme", "42")
    assert [fact["type"] for fact in remapped.json()["facts"]] == ["desk.intake.client-mapped.v1"]
    assert (owners(desk, "42"), claims(desk)) == ([("acme", "")], [("42", False, "acme", "")])


async def test_a_peer_follows_a_mapping_through_withdrawal_and_confirmation(database: str) -> None:
    async with served(database, DEFINITION, "triage") as desk:
        title = ClientObserved(revision="1", instance="psa", record="1", active=True, title="acme")
        await desk.say("acme", title)
        seen = []
        for send_to in (confirm, withdraw, confirm):
            answer = await send_to(desk, "acme", "42")
            triage = desk.hosted["triage"].service
            assert await triage.wait_seen(Stream.CLIENTS, "acme", answer.json()["seen"], 30)
            state: Any = (await triage.replica(Stream.CLIENTS, "acme")).state
            seen.append(state.mappings)
        assert seen == [{"ninja-main": "42"}, {}, {"ninja-main": "42"}]


async def test_a_withdrawn_id_of_a_device_leaves_its_id_at_the_psa(desk: Served) -> None:
    await confirm(desk, "acme", "77", device="acme-1")
    withdrawn = await withdraw(desk, "acme", "77", device="acme-1")
    assert [fact["type"] for fact in withdrawn.json()["facts"]] == ["desk.intake.device-mapped.v1"]
    client: Any = (await desk.service.replica(Stream.CLIENTS, "acme")).state
    assert client.devices["acme-1"].ids == {"psa": "0"}
    assert (owners(desk, "77", device=True), claims(desk)) == ([], [])
    refused = await withdraw(desk, "acme", "0", device="acme-1", instance="psa")
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_field")


async def test_the_view_is_the_same_after_a_rebuild(desk: Served) -> None:
    await confirm(desk, "acme", "42")
    await confirm(desk, "acme", "43")
    await confirm(desk, "brixton", "77", device="brixton-1")
    await confirm(desk, "brixton", "78")
    await withdraw(desk, "brixton", "78")
    query = "SELECT * FROM vendor_ids ORDER BY 1, 2, 3, 4"
    before, claimed = desk.service.log.store.execute(lambda cursor: cursor.execute(query).fetchall()), claims(desk)
    await desk.service.rebuild("vendor-ids")
    assert desk.service.log.store.execute(lambda cursor: cursor.execute(query).fetchall()) == before
    assert len(before) == 4
    assert claims(desk) == claimed == [("43", False, "acme", ""), ("77", True, "brixton", "brixton-1")]


async def test_whoever_may_not_map_is_refused(desk: Served) -> None:
    for role in (Role.TIER1, Role.TIER2, Role.AUDITOR, Role.BILLING):
        assert (await confirm(desk, "acme", "42", role)).status_code == 403
        assert (await withdraw(desk, "acme", "42", role)).status_code == 403
    unknown = await confirm(desk, "nobody", "42")
    assert (unknown.status_code, unknown.json()["code"]) == (422, "invalid_field")
