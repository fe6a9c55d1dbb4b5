"""The demonstration: a simulated ConnectWise PSA with activity, connected to the desk."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import httpx
import yaml

from desk.policies.publishing import content_hash
from desk_deploy.up.process import LOOPBACK, Child, LaunchError, free_port
from desk_simulators.connectwise.identity import Instance
from desk_simulators.connectwise.status_map import status_map

INSTANCE = "demo"
POLL = 15.0
PATIENCE = 30.0
TIER = "standard"


@contextmanager
def simulated_psa(data: Path, desk_url: str) -> Iterator[Path]:
    """Run the simulator with its state in `data`; yield the document (DESK_PSA) that connects intake to it."""
    port = free_port()
    program = [sys.executable, "-m", "desk_simulators.connectwise", "--demo", "--port", str(port)]
    child = Child([*program, "--state", str(data / "psa.json")], log=data / "psa.log", environment=_environment())
    try:
        _wait_until_it_answers(child, port, data)
        yield _document(data, port, desk_url)
    finally:
        child.stop((signal.SIGTERM, 10.0))


async def publish_policies(desk_url: str, tokens: Sequence[str], instance: str = INSTANCE) -> None:
    """Publish the status map of the simulated MSP, and a write-back policy that permits everything there.

    Published once, because versions are named by their content. `tokens` of two administrators: a write-back policy
    that permits everything needs both.
    """
    async with httpx.AsyncClient(base_url=desk_url, timeout=30.0) as client:
        await _publish(client, "status-map", status_map(), tokens[:1])
        await _publish(client, "write-back", {"default": "nothing", "instances": {instance: "everything"}}, tokens)


async def _publish(client: httpx.AsyncClient, name: str, content: Mapping[str, object], tokens: Sequence[str]) -> None:
    body = {"version": f"demo-{content_hash(content)[:12]}", "content": content}
    for token in tokens:
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": str(uuid4())}
        answer = await client.post(f"/intake/policies/{name}", json=body, headers=headers)
        if answer.is_error:
            raise LaunchError(f"the demo's {name} was refused: {answer.json().get('detail', answer.status_code)}")


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("DESK_")}


def _wait_until_it_answers(child: Child, port: int, data: Path) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            if httpx.get(f"http://{LOOPBACK}:{port}/_simulator/health", timeout=2.0).is_success:
                return
        except httpx.TransportError:
            if child.wait(0.05):
                break
    raise LaunchError(f"the simulated PSA did not start: see {data / 'psa.log'}")


def _document(data: Path, port: int, desk_url: str) -> Path:
    identity, address = Instance(), f"http://{LOOPBACK}:{port}"
    key = identity.keys["PUBLICKEY"]
    instance: dict[str, object] = {
        "id": INSTANCE,
        "kind": "simulator",
        "site": address,
        "api": address,
        "company": identity.company_id,
        "public_key": key.public,
        "private_key": key.private,
        "client_id": min(identity.client_ids),
        "api_member": key.member,
        "callback_url": f"{desk_url}/intake",
        "create_board": 1,
        "tiers": {"default": TIER},
        "poll": POLL,
    }
    path = data / "psa.yaml"
    path.write_text(yaml.safe_dump({"instances": [instance]}), "utf-8")
    path.chmod(0o600)
    return path
