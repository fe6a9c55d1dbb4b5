"""A simulated NinjaOne and one service that collects evidence from it, on real PostgreSQL beside its peers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from desk.service.definition import Definition
from desk_deploy.testing.evidence_bench import ACME as ACME
from desk_deploy.testing.evidence_bench import NORTHWIND as NORTHWIND
from desk_deploy.testing.evidence_bench import EvidenceBench, evidence_bench, generous
from desk_integrations.evidence.collector import Collector, Table
from desk_integrations.instances.document import Instances
from desk_simulators.ninjaone import NinjaOneSimulator
from desk_simulators.world import world

NINJA, HOST = "ninja-main", "eu.ninjarmm.com"
CREDENTIALS = {"NINJA_ID": "deskstream", "NINJA_SECRET": "simulated-secret"}


@dataclass(kw_only=True)
class RmmBench(EvidenceBench):
    """The desk and its RMM."""

    rmm: NinjaOneSimulator

    async def map(self, client: str, organization: str, **devices: int) -> None:
        """A person's mappings of a client and its devices, as confirmed now."""
        await self.map_to(NINJA, client, organization, **{device: str(one) for device, one in devices.items()})

    def device(self, client: str, name: str) -> int:
        """The vendor's id of a device of the shared world."""
        found = next(one for one in world().clients if one.key.lower() == client)
        return next(one.ids["ninjaone"] for one in found.devices if one.name == name)


def ninja(**changes: Any) -> Instances:
    """The document with the simulated tenant as its only instance."""
    instance = {
        "id": NINJA,
        "kind": "rmm",
        "vendor": "ninjaone",
        "credentials": {"client_id": "env:NINJA_ID", "client_secret": "env:NINJA_SECRET"},
        "settings": {"address": f"https://{HOST}"},
        "deadline": 10.0,
        **changes,
    }
    return generous(instance)


@asynccontextmanager
async def rmm_bench(
    database: str,
    definition: Definition,
    table: Table,
    *peers: str,
    env: Mapping[str, str] = CREDENTIALS,
    instances: Instances | None = None,
    collector: type[Collector] = Collector,
) -> AsyncIterator[RmmBench]:
    """The service of `definition` with this table of evidence, the clients Acme and Northwind, and no mapping."""
    rmm = NinjaOneSimulator(mode="manual")
    composed = evidence_bench(
        database,
        definition,
        table,
        *peers,
        vendors={HOST: rmm.transport()},
        instances=instances or ninja(),
        env=env,
        collector=collector,
    )
    async with composed as bench:
        yield RmmBench(bench.desk, bench.network, bench.env, bench.opening, rmm=rmm)
