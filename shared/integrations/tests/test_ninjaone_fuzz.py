"""Whatever the vendor answers, a port method answers an outcome, and never because of an error of ours."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import Any

import httpx
from hypothesis import given, settings
from hypothesis import strategies as st

from desk_connectors.ninjaone.testing import NOW, activity, alert, device, os_patch
from desk_connectors.testing import START, FakeClock
from desk_integrations.http.budget import LocalBudgetRows
from desk_integrations.identity import FixedIdentityMap
from desk_integrations.instances.credential_state import LocalCredentialState
from desk_integrations.instances.document import parse
from desk_integrations.kinds.rmm import Rmm, RmmAlert
from desk_integrations.outcomes import NotMapped, Unknown, WebhookIgnored, WebhookRefused
from desk_integrations.runtime import IntegrationRuntime, connect_rmm

(INSTANCE,) = parse(
    {
        "instances": [
            {
                "id": "ninja",
                "kind": "rmm",
                "vendor": "ninjaone",
                "credentials": {"client_id": "env:ID", "client_secret": "env:SECRET"},
                "settings": {"address": "https://eu.ninjarmm.com", "page_size": 10},
                "calls_per_minute": 100_000,
                "burst": 10_000,
                "webhook": {"header": "X-Desk-Key", "secrets": ["env:SECRET"]},
            }
        ]
    }
).instances
TOKEN = {"access_token": "token", "expires_in": 3600}
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20)
JUNK = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3))
GOOD: dict[str, Any] = {
    "devices-detailed": [device(5127), device(5128)],
    "search": {"query": "x", "devices": [{**device(5127), "score": 1.0}]},
    "last-logged-on-user": {"userName": "BRIXTON\\a.khan", "logonTime": NOW},
    "os-patch-installs": [os_patch(1, NOW)],
    "software-patch-installs": [{"id": 7, "title": "Browser", "installedAt": NOW}],
    "activities": {"lastActivityId": 1, "activities": [activity(1, NOW), activity(2, NOW, activityType="ACTION")]},
    "alerts": [alert(1, 5127)],
    "5127": device(5127),
}


@st.composite
def damaged(draw: st.DrawFn, body: Any) -> Any:
    """The body with junk in the place of one of its values, at any depth."""
    if isinstance(body, dict) and body and draw(st.integers(0, 9)):
        name = draw(st.sampled_from(sorted(body)))
        return {**body, name: draw(damaged(body[name]))}
    if isinstance(body, list) and body and draw(st.integers(0, 9)):
        place = draw(st.integers(0, len(body) - 1))
        return [*body[:place], draw(damaged(body[place])), *body[place + 1 :]]
    return draw(JUNK)


@st.composite
def answers(draw: st.DrawFn) -> dict[str, bytes]:
    """One answer per path: two of them damaged, one perhaps no JSON at all."""
    bodies = {name: json.dumps(body).encode() for name, body in GOOD.items()}
    for name in draw(st.lists(st.sampled_from(sorted(GOOD)), min_size=1, max_size=2)):
        bodies[name] = json.dumps(draw(damaged(GOOD[name]))).encode()
    if draw(st.booleans()):
        bodies[draw(st.sampled_from(sorted(GOOD)))] = draw(st.binary(max_size=30))
    return bodies


def adapter(bodies: dict[str, bytes]) -> Rmm:
    def play(request: httpx.Request) -> httpx.Response:
        name = request.url.path.rpartition("/")[2]
        return httpx.Response(200, content=bodies.get(name, json.dumps(TOKEN).encode()))

    clock = FakeClock()
    runtime = IntegrationRuntime(
        service="triage",
        identity=lambda _instance: FixedIdentityMap({"client": "42"}, {("client", "d"): "5127"}),
        budgets=LocalBudgetRows(clock),
        credential_state=LocalCredentialState(clock),
        clock=clock,
        transport=httpx.MockTransport(play),
        env={"ID": "id", "SECRET": "secret"},
    )
    return connect_rmm(INSTANCE, runtime)


async def asked(rmm: Rmm) -> list[Any]:
    outcomes = [
        await rmm.devices("client"),
        await rmm.find("client", hostname="BRX-WS-127", upn="a.khan@brixton.example"),
        await rmm.changes("client", "d", START - timedelta(days=14), START),
        await rmm.alerts("client"),
        await rmm.check(),
    ]
    await rmm.aclose()
    return outcomes


async def test_undamaged_answers_are_all_found() -> None:
    bodies = {name: json.dumps(body).encode() for name, body in GOOD.items()}
    found = await asked(adapter(bodies))
    assert [outcome for outcome in found[:4] if isinstance(outcome, Unknown | NotMapped)] == []


@settings(max_examples=80)
@given(answers())
def test_no_answer_of_the_vendor_is_an_error_of_ours(bodies: dict[str, bytes]) -> None:
    assert Unknown("fault") not in asyncio.run(asked(adapter(bodies)))


WEBHOOKS = adapter({})
WEBHOOK = activity(1, NOW, activityType="CONDITION", statusCode="TRIGGERED", device=device(5127))


@settings(max_examples=300)
@given(st.binary(max_size=200) | damaged(WEBHOOK).map(lambda body: json.dumps(body).encode()))
def test_no_webhook_is_an_error_of_ours(body: bytes) -> None:
    outcome = WEBHOOKS.alert_of({"x-desk-key": "secret"}, body)
    assert isinstance(outcome, RmmAlert | WebhookIgnored | WebhookRefused)
