"""Sign-in, settings and webhooks of NinjaOne."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from desk_connectors.http import VendorAnswerInvalid, VendorRefused
from desk_connectors.http.credentials import CredentialsRefused
from desk_connectors.http.webhook_secret import is_authentic
from desk_connectors.ninjaone import (
    ClientCredentials,
    NinjaOneSettings,
    Token,
    WebhookInvalid,
    parse_webhook,
    request_token,
)
from desk_connectors.ninjaone.testing import ADDRESS, NOW, SETTINGS, Tenant, activity, device

TOKEN = "/ws/oauth/token"
GRANTED = {"access_token": "eyJ.token", "token_type": "Bearer", "expires_in": 3600, "scope": "monitoring"}
CREDENTIALS = ClientCredentials("client-1", "s3cret&value")


async def sign_in(answer: Any, settings: NinjaOneSettings = SETTINGS) -> tuple[Token, Tenant]:
    tenant = Tenant({settings.token_path: answer})
    return await request_token(tenant.http(settings), settings, CREDENTIALS), tenant


async def test_a_token_is_asked_for_by_form_and_answered_with_its_lifetime_and_scopes() -> None:
    token, tenant = await sign_in(GRANTED)
    assert (token.access, token.expires_in, token.scopes) == ("eyJ.token", 3600.0, frozenset({"monitoring"}))
    assert parse_qs(tenant.asked[0].content.decode()) == {
        "grant_type": ["client_credentials"],
        "client_id": ["client-1"],
        "client_secret": ["s3cret&value"],
        "scope": ["monitoring"],
    }
    assert "s3cret" not in repr(CREDENTIALS) and "eyJ" not in repr(token)


async def test_the_other_token_path_is_a_setting() -> None:
    token, tenant = await sign_in(GRANTED, replace(SETTINGS, token_path="/oauth/token"))
    assert token.access and tenant.asked[0].url.path == "/oauth/token"


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(401, json={"error": "invalid_client"}),
        httpx.Response(400, json={"error": "invalid_client"}),
        httpx.Response(401, content=b"<html>no</html>"),
    ],
)
async def test_wrong_credentials_are_an_error_of_their_own(answer: httpx.Response) -> None:
    with pytest.raises(CredentialsRefused) as refused:
        await sign_in(answer)
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize("answer", [httpx.Response(302), httpx.Response(400, json={"error": "invalid_scope"})])
async def test_other_refusals_of_the_token_endpoint_do_not_blame_the_credentials(answer: httpx.Response) -> None:
    with pytest.raises(VendorRefused) as refused:
        await sign_in(answer)
    assert not isinstance(refused.value, CredentialsRefused)


@pytest.mark.parametrize(
    "body", [b"{}", b"[]", b"<html>", b'{"access_token": ""}', b'{"access_token": "a\\nb"}', b'{"access_token": null}']
)
async def test_an_answer_without_a_usable_token_is_named(body: bytes) -> None:
    with pytest.raises(VendorAnswerInvalid):
        await sign_in(httpx.Response(200, content=body))


@pytest.mark.parametrize("lifetime", [None, 0, -5])
async def test_a_token_without_a_usable_lifetime_is_used_for_a_minute(lifetime: int | None) -> None:
    token, _ = await sign_in(GRANTED | {"expires_in": lifetime})
    assert token.expires_in == 60


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"address": "http://eu.ninjarmm.com"}, "address"),
        ({"address": "https://eu.ninjarmm.com/"}, "address"),
        ({"address": "https://evil.example"}, "address"),
        ({"address": "https://user@eu.ninjarmm.com"}, "address"),
        ({"address": "http://10.0.0.7:80", "kind": "simulator"}, "address"),
        ({"token_path": "/token"}, "token_path"),
        ({"page_size": 9}, "page_size"),
        ({"page_size": 1001}, "page_size"),
        ({"search_limit": 0}, "search_limit"),
        ({"scopes": ()}, "scopes"),
    ],
)
def test_settings_that_cannot_be_used_name_the_field(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(ValueError, match=f"^{field}: "):
        NinjaOneSettings(**{"instance": "main", "address": ADDRESS, **changes})


def test_a_branded_host_and_a_simulator_are_accepted_as_such() -> None:
    assert NinjaOneSettings(instance="main", address="https://rmm.example.com", kind="branded").scopes
    assert NinjaOneSettings(instance="main", address="http://127.0.0.1:8181", kind="simulator").page_size == 1000


BODY = json.dumps(
    activity(
        980301,
        NOW,
        activityType="CONDITION",
        statusCode="TRIGGERED",
        userId=None,
        device=device(5127),
        data={"message": {"code": "disk_free", "params": {}}},
    )
).encode()


def test_a_webhook_is_an_activity_with_its_device() -> None:
    found = parse_webhook(BODY)
    assert (found.id, found.activity_type, found.status_code) == (980301, "CONDITION", "TRIGGERED")
    assert found.device is not None and found.device.organization_id == 42


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not-json"),
        (b"[" * 100_000, "not-json"),
        (b"[]", "body"),
        (b'{"activityTime": 1}', "id"),
        (b'{"id": 1, "activityTime": "noon"}', "activityTime"),
        (b'{"id": 1, "x": "' + b"x" * 1_000_000 + b'"}', "too-long"),
    ],
)
def test_a_body_that_is_no_activity_is_refused_with_a_reason(body: bytes, reason: str) -> None:
    with pytest.raises(WebhookInvalid) as refused:
        parse_webhook(body)
    assert refused.value.reason == reason


def test_the_header_must_carry_one_of_the_secrets_whatever_the_case_of_its_name() -> None:
    assert is_authentic({"x-desk-key": "new"}, "X-Desk-Key", ["old", "new"])
    assert not is_authentic({"x-desk-key": "older"}, "X-Desk-Key", ["old", "new"])
    assert not is_authentic({}, "X-Desk-Key", ["old"])
    assert not is_authentic({"x-desk-key": ""}, "X-Desk-Key", [""])
    assert not is_authentic({"x-desk-key": "é"}, "X-Desk-Key", ["e"])
