"""`desk simulate`: one line of JSON once the simulator answers, which suffices to sign in, over http and https."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import ssl
import sys
from asyncio.subprocess import PIPE, Process
from base64 import b64encode
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from desk_simulators.catalogue import names, vendor

ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("DESK_")}


@asynccontextmanager
async def simulated(*options: str) -> AsyncIterator[tuple[Process, dict[str, Any]]]:
    """The process of the command and the line that it printed; interrupted at the end."""
    program = [sys.executable, "-c", "from desk_deploy.cli import app; app()", "simulate"]
    process = await asyncio.create_subprocess_exec(*program, *options, "--json", stdout=PIPE, env=ENVIRONMENT)
    assert process.stdout is not None
    try:
        yield process, json.loads(await asyncio.wait_for(process.stdout.readline(), 60))
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        rest, _ = await asyncio.wait_for(process.communicate(), 30)
    assert (process.returncode, rest) == (0, b"")


async def signed_in(client: httpx.AsyncClient, name: str, credentials: Mapping[str, str]) -> httpx.Response:
    """The answer to one harmless read with the credentials that were printed."""
    if name == "ninjaone":
        form = {"grant_type": "client_credentials", **credentials}
        token = (await client.post("/ws/oauth/token", data=form)).raise_for_status().json()["access_token"]
        return await client.get("/v2/organizations", headers={"authorization": f"Bearer {token}"})
    if name == "connectwise":
        user = f"{credentials['companyId']}+{credentials['publicKey']}:{credentials['privateKey']}"
        headers = {
            "authorization": f"Basic {b64encode(user.encode()).decode()}",
            "clientId": credentials["clientId"],
        }
        return await client.get("/v4_6_release/apis/3.0/service/tickets", headers=headers)
    if name == "auvik":
        key = (credentials["username"], credentials["api_key"])
        return await client.get("/v1/inventory/device/info", auth=key)
    if name == "itglue":
        return await client.get("/organizations", headers={"x-api-key": credentials["api_key"]})
    if name == "pagerduty":
        headers = {"authorization": f"Token token={credentials['api_key']}"}
        return await client.get(f"/services/{credentials['service']}", headers=headers)
    assert (name, credentials) == ("statuspage", {})
    return await client.get("/api/v2/summary.json")


@pytest.mark.parametrize("name", names())
async def test_the_line_suffices_to_sign_in_and_to_control_the_simulator(name: str) -> None:
    async with simulated(name, "--port", "0") as (process, line):
        assert line.keys() == {"vendor", "url", "ca_file", "credentials", "control", "pid"}
        assert (line["vendor"], line["ca_file"], line["pid"]) == (name, None, process.pid)
        assert line["control"] == f"{line['url']}/_simulator"
        async with httpx.AsyncClient(base_url=line["url"], trust_env=False) as client:
            assert (await signed_in(client, name, line["credentials"])).status_code == 200
            health = await client.get(f"{line['control']}/health")
            ledger = await client.get(f"{line['control']}/ledger")
        assert health.json()["status"] == "ready"
        assert [call["status"] for call in ledger.json()["calls"]][-1] == 200


@pytest.mark.parametrize("name", names())
async def test_with_tls_the_address_is_https_under_the_certificate_that_is_named(name: str, tmp_path: Path) -> None:
    authority = tmp_path / "ca.pem"
    async with simulated(name, "--port", "0", "--tls", "--ca", str(authority)) as (_, line):
        assert line["url"].startswith("https://127.0.0.1:") and line["ca_file"] == str(authority)
        trust = ssl.create_default_context(cafile=line["ca_file"])
        async with httpx.AsyncClient(base_url=line["url"], verify=trust, trust_env=False) as client:
            assert (await signed_in(client, name, line["credentials"])).status_code == 200


async def refused(*options: str) -> tuple[int | None, str]:
    program = [sys.executable, "-c", "from desk_deploy.cli import app; app()", "simulate"]
    process = await asyncio.create_subprocess_exec(*program, *options, stdout=PIPE, stderr=PIPE, env=ENVIRONMENT)
    out, error = await asyncio.wait_for(process.communicate(), 60)
    assert out == b""
    return process.returncode, error.decode().strip()


async def test_a_vendor_that_cannot_be_simulated_is_refused_with_those_that_can() -> None:
    code, error = await refused("nobody")
    assert (code, error) == (1, f"desk: no simulator of 'nobody'; there are {', '.join(names())}")


async def test_a_port_that_is_taken_is_refused_in_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, error = await refused("ninjaone", "--port", str(port))
    assert code == 1 and f"127.0.0.1:{port}" in error and "\n" not in error


def test_every_vendor_has_the_name_of_its_package_and_a_port_of_its_own() -> None:
    assert [vendor(name).name for name in names()] == list(names())
    assert len({vendor(name).port for name in names()}) == len(names())
