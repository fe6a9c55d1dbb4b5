"""Triage with a simulated status page and a simulated Auvik account, as sources of steps 4 and 14."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from desk.decision.context import Policies
from desk_deploy.testing.evidence_bench import EvidenceBench, evidence_bench, generous
from desk_integrations.evidence.collector import Collector
from desk_integrations.instances.document import Instances
from desk_simulators.auvik import AuvikSimulator
from desk_simulators.auvik.state import key
from desk_simulators.statuspage import StatuspageSimulator
from desk_simulators.world import Client, world
from desk_triage.integrations import EVIDENCE
from desk_triage.main import TRIAGE

PAGE, MONITOR = "cloud-status", "auvik-main"
PAGE_HOST, MONITOR_HOST = "status.example.net", "auvikapi.eu1.my.auvik.com"
KEYS = {"AUVIK_USER": "api@examplemsp.example", "AUVIK_KEY": "simulated-api-key"}


@dataclass(kw_only=True)
class SourcesBench(EvidenceBench):
    """The desk, one status page, and the monitoring of all clients."""

    page: StatuspageSimulator
    monitor: AuvikSimulator

    async def map(self, client: str, **names: str) -> None:
        """Maps a client and its devices, by their names in the shared world."""
        devices = {device: self.device(client, name) for device, name in names.items()}
        await self.map_to(MONITOR, client, str(_of_world(client).ids["auvik"]), **devices)

    def device(self, client: str, name: str) -> str:
        """The monitor's id of a device of the shared world."""
        found = _of_world(client)
        number = next(one.ids["auvik"] for one in found.devices if one.name == name)
        return key(str(found.ids["auvik"]), number)


def _of_world(client: str) -> Client:
    return next(one for one in world().clients if one.key.lower() == client)


def sources(**changes: dict[str, Any]) -> Instances:
    """The document with both instances; `changes` by kind, such as `status={"deadline": 2.0}`."""
    page = {"id": PAGE, "kind": "status", "vendor": "statuspage", "settings": {"address": f"https://{PAGE_HOST}"}}
    credentials = {"username": "env:AUVIK_USER", "api_key": "env:AUVIK_KEY"}
    monitor = {"id": MONITOR, "kind": "monitoring", "vendor": "auvik", "credentials": credentials}
    monitor["settings"] = {"address": f"https://{MONITOR_HOST}"}
    return generous(*({**one, **changes.get(str(one["kind"]), {})} for one in (page, monitor)))


@asynccontextmanager
async def sources_bench(
    database: str,
    instances: Instances | None = None,
    collector: type[Collector] = Collector,
    policies: Policies | None = None,
) -> AsyncIterator[SourcesBench]:
    """Triage beside intake, with the evidence of steps 4 and 14 and nothing mapped."""
    page, monitor = StatuspageSimulator(mode="manual"), AuvikSimulator(mode="manual")
    vendors = {PAGE_HOST: page.transport(), MONITOR_HOST: monitor.transport()}
    composed = evidence_bench(
        database,
        TRIAGE,
        EVIDENCE,
        "intake",
        vendors=vendors,
        instances=instances or sources(),
        env=KEYS,
        collector=collector,
        policies=policies,
    )
    async with composed as bench:
        yield SourcesBench(bench.desk, bench.network, bench.env, bench.opening, page=page, monitor=monitor)
