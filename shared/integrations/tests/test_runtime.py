"""From the document to adapters: mistakes are named by field; no secret is read before it is needed."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from desk_connectors.testing import FakeClock
from desk_integrations.http.budget import LocalBudgetRows
from desk_integrations.http.network import network_transport
from desk_integrations.identity import FixedIdentityMap
from desk_integrations.instances.credential_state import LocalCredentialState
from desk_integrations.instances.document import Instance, Instances, InstancesError, parse
from desk_integrations.outcomes import NotConfigured
from desk_integrations.runtime import IntegrationRuntime, connect_rmm, vendors
from desk_integrations.sources import Sources

CREDENTIALS = {"client_id": "env:ABSENT_ID", "client_secret": "env:ABSENT_SECRET"}


def instance(**changes: Any) -> Instance:
    given = {
        "id": "ninja-main",
        "kind": "rmm",
        "vendor": "ninjaone",
        "credentials": CREDENTIALS,
        "settings": {"address": "https://eu.ninjarmm.com"},
        **changes,
    }
    return parse({"instances": [given]}).instances[0]


def runtime(service: str = "triage") -> IntegrationRuntime:
    clock = FakeClock()
    return IntegrationRuntime(
        service=service,
        identity=lambda _instance: FixedIdentityMap({}),
        budgets=LocalBudgetRows(clock),
        credential_state=LocalCredentialState(clock),
        clock=clock,
        transport=httpx.MockTransport(lambda request: httpx.Response(500)),
        env={},
    )


def test_every_vendor_of_a_kind_is_a_module_of_its_name() -> None:
    assert "ninjaone" in vendors("rmm")


async def test_an_adapter_is_made_without_its_secrets_and_says_so_when_it_is_asked() -> None:
    rmm = connect_rmm(instance(), runtime())
    assert (rmm.instance, rmm.capabilities.unavailable) == ("ninja-main", ("policy", "gpo", "profile"))
    await rmm.aclose()


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"vendor": "acme_rmm"}, "vendor: give one of "),
        ({"credentials": {"client_id": "env:A"}}, "credentials.client_secret: is missing"),
        ({"credentials": CREDENTIALS | {"token": "env:A"}}, "credentials.token: is not used by ninjaone"),
        ({"settings": {}}, "settings.address: "),
        ({"settings": {"address": "https://evil.example"}}, "settings.address: give https and a region's host"),
        ({"settings": {"address": "https://eu.ninjarmm.com", "kind": "odd"}}, "settings.kind: "),
        ({"settings": {"address": "https://eu.ninjarmm.com", "page_size": 5}}, "settings.page_size: "),
        ({"settings": {"address": "https://eu.ninjarmm.com", "adress": 1}}, "settings.adress: "),
        ({"budget_share": {"intake": 1.0}}, "budget_share: triage has no share of ninja-main"),
    ],
)
def test_a_field_that_only_the_adapter_can_judge_is_named(changes: dict[str, Any], named: str) -> None:
    with pytest.raises(InstancesError) as wrong:
        connect_rmm(instance(**changes), runtime())
    assert f"DESK_INTEGRATIONS: instance ninja-main: {named}" in str(wrong.value)


async def test_a_client_is_asked_about_at_its_instances_or_not_configured() -> None:
    own = instance(id="ninja-acme", scope="client", client="acme")
    other = instance(id="ninja-other", scope="client", client="other")
    sources = Sources(Instances(instances=[own, other]), runtime())
    found = sources.rmm("acme")
    assert not isinstance(found, NotConfigured) and [rmm.instance for rmm in found] == ["ninja-acme"]
    assert sources.configured("rmm", "acme") == ("ninja-acme",)
    assert sources.rmm("nobody") == NotConfigured()
    await sources.aclose()


def test_a_mistake_of_one_instance_stops_the_start() -> None:
    with pytest.raises(InstancesError, match="instance ninja-main: vendor"):
        Sources(Instances(instances=[instance(vendor="acme_rmm")]), runtime())


def proxied(transport: httpx.AsyncBaseTransport) -> bool:
    assert isinstance(transport, httpx.AsyncHTTPTransport)
    return "Proxy" in type(transport._pool).__name__


@pytest.mark.parametrize(
    ("address", "no_proxy", "expected"),
    [
        ("https://eu.ninjarmm.com", "", True),
        ("https://eu.ninjarmm.com", "ninjarmm.com", False),
        ("http://127.0.0.1:8181", "", False),
    ],
)
def test_the_proxy_of_the_environment_is_used_but_for_loopback(
    monkeypatch: pytest.MonkeyPatch, address: str, no_proxy: str, expected: bool
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    monkeypatch.setenv("no_proxy", no_proxy)
    assert proxied(network_transport(address)) is expected
