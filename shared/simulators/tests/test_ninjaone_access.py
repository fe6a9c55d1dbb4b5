"""Credentials of the RMM: client credentials, scopes, expiry, rotation, rate limit."""

import base64
from datetime import timedelta
from typing import Any

import httpx
import pytest

from desk_simulators.ninjaone import Behaviour, NinjaOneSimulator

FORM = {"grant_type": "client_credentials", "client_id": "deskstream", "client_secret": "simulated-secret"}


def anonymous(ninja: NinjaOneSimulator) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=ninja.transport(), base_url=ninja.state.instance.public_url)


@pytest.mark.parametrize("path", ["/ws/oauth/token", "/oauth/token"])
async def test_a_token_is_given_for_id_and_secret_at_both_addresses(ninja: NinjaOneSimulator, path: str) -> None:
    async with anonymous(ninja) as client:
        answer = await client.post(path, data={**FORM, "scope": "monitoring"})
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
        token = answer.json()
        assert token.keys() == {"access_token", "token_type", "expires_in", "scope"}
        assert (token["token_type"], token["expires_in"]) == ("Bearer", 3600)
        headers = {"Authorization": f"Bearer {token['access_token']}"}
        assert (await client.get("/v2/organizations", headers=headers)).status_code == 200


async def test_id_and_secret_may_come_as_basic(ninja: NinjaOneSimulator) -> None:
    basic = base64.b64encode(b"deskstream:simulated-secret").decode()
    async with anonymous(ninja) as client:
        answer = await client.post(
            "/ws/oauth/token", data={"grant_type": "client_credentials"}, headers={"Authorization": f"Basic {basic}"}
        )
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("asked", "granted"),
    [
        ("monitoring management control", "monitoring management"),
        ("monitoring", "monitoring management"),
        ("", "monitoring management"),
    ],
)
async def test_a_token_has_the_scopes_of_its_application(ninja: NinjaOneSimulator, asked: str, granted: str) -> None:
    async with anonymous(ninja) as client:
        answer = await client.post("/ws/oauth/token", data={**FORM, "scope": asked})
    assert answer.json()["scope"] == granted


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "nobody"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"scope": "control"}, 400, "invalid_scope"),
    ],
)
async def test_a_token_is_refused_in_the_words_of_oauth(
    ninja: NinjaOneSimulator, changes: dict[str, str], status: int, error: str
) -> None:
    async with anonymous(ninja) as client:
        answer = await client.post("/ws/oauth/token", data={**FORM, **changes})
    assert (answer.status_code, answer.json()) == (status, {"error": error})


async def test_a_token_request_that_is_no_form_is_refused(ninja: NinjaOneSimulator) -> None:
    async with anonymous(ninja) as client:
        assert (await client.post("/ws/oauth/token", json=FORM)).json() == {"error": "invalid_request"}
        assert (await client.get("/ws/oauth/token")).status_code == 405


@pytest.mark.parametrize("authorization", ["", "Bearer unknown", "Basic x", "simulated"])
async def test_a_call_without_a_valid_token_is_refused(ninja: NinjaOneSimulator, authorization: str) -> None:
    async with anonymous(ninja) as client:
        answer = await client.get("/v2/devices", headers={"Authorization": authorization})
    assert answer.status_code == 401
    assert answer.json().keys() == {"resultCode", "errorMessage", "incidentId"}


async def test_a_token_expires_by_the_vendors_clock(clock: Any) -> None:
    ninja = NinjaOneSimulator(clock=clock, mode="manual", behaviour=Behaviour(token_lifetime=timedelta(minutes=5)))
    async with ninja.client() as client:
        clock.advance(minutes=4, seconds=59)
        assert (await client.get("/v2/devices")).status_code == 200
        clock.advance(seconds=1)
        assert (await client.get("/v2/devices")).status_code == 401


async def test_a_rotated_secret_ends_the_old_one_and_its_tokens(
    ninja: NinjaOneSimulator, rmm: httpx.AsyncClient
) -> None:
    ninja.tokens.rotate("deskstream", "new-secret")
    assert (await rmm.get("/v2/devices")).status_code == 401
    async with anonymous(ninja) as client:
        assert (await client.post("/ws/oauth/token", data=FORM)).status_code == 401
        assert (await client.post("/ws/oauth/token", data={**FORM, "client_secret": "new-secret"})).is_success


async def test_two_secrets_are_valid_while_one_replaces_the_other(
    ninja: NinjaOneSimulator, rmm: httpx.AsyncClient
) -> None:
    ninja.tokens.rotate("deskstream", "new-secret", keep_old=True)
    assert (await rmm.get("/v2/devices")).status_code == 200
    async with anonymous(ninja) as client:
        for secret in ("simulated-secret", "new-secret"):
            assert (await client.post("/ws/oauth/token", data={**FORM, "client_secret": secret})).is_success


async def test_reading_needs_monitoring_and_writing_needs_management(ninja: NinjaOneSimulator) -> None:
    alert = next(iter(ninja.state.table("alert")))
    async with ninja.client(client_id="deskstream-read") as reader:
        assert (await reader.get("/v2/alerts")).status_code == 200
        assert (await reader.delete(f"/v2/alert/{alert['uid']}")).status_code == 403
    assert len(ninja.state.table("alert")) == 1


async def test_the_budget_counts_by_application_and_says_when_to_come_again(clock: Any) -> None:
    ninja = NinjaOneSimulator(clock=clock, mode="manual", behaviour=Behaviour(requests_per_minute=2))
    async with ninja.client() as first, ninja.client(client_id="deskstream-read") as second:
        assert [(await first.get("/v2/alerts")).status_code for _ in range(3)] == [200, 200, 429]
        refused = await first.get("/v2/alerts")
        assert (refused.json(), refused.headers["retry-after"]) == ({"resultCode": "429"}, "60")
        assert (await second.get("/v2/alerts")).status_code == 200
        clock.advance(seconds=60)
        assert (await first.get("/v2/alerts")).status_code == 200


async def test_no_secret_and_no_token_is_in_the_ledger(ninja: NinjaOneSimulator) -> None:
    async with anonymous(ninja) as client:
        token = (await client.post("/ws/oauth/token", data=FORM)).json()["access_token"]
        await client.get("/v2/devices", headers={"Authorization": f"Bearer {token}"})
    kept = str(ninja.ledger.page())
    assert "simulated-secret" not in kept
    assert token not in kept
    assert [(call.path, call.member, call.wrote) for call in ninja.ledger.calls] == [
        ("ws/oauth/token", None, False),
        ("v2/devices", "deskstream", False),
    ]
