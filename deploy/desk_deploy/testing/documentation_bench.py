"""A simulated IT Glue and one service that searches it, on real PostgreSQL beside its peers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from desk.service.definition import Definition
from desk_deploy.testing.evidence_bench import EvidenceBench, evidence_bench, generous
from desk_integrations.evidence.collector import Table
from desk_integrations.instances.document import Instances
from desk_simulators.itglue import Account, ItGlueSimulator

ITGLUE, HOST = "itglue-main", "api.itglue.com"
CREDENTIALS = {"ITGLUE_KEY": Account().api_key}


@dataclass(kw_only=True)
class DocumentationBench(EvidenceBench):
    """The desk and its documentation system."""

    documentation: ItGlueSimulator

    async def map(self, client: str, organization: str) -> None:
        """A person's mapping of a client, as confirmed now."""
        await self.map_to(ITGLUE, client, organization)


def itglue() -> Instances:
    """The document with the simulated account as its only instance."""
    instance = {
        "id": ITGLUE,
        "kind": "documentation",
        "vendor": "itglue",
        "credentials": {"api_key": "env:ITGLUE_KEY"},
        "settings": {"address": f"https://{HOST}", "asset_types": ["EDR Exceptions"]},
        "deadline": 10.0,
    }
    return generous(instance)


@asynccontextmanager
async def documentation_bench(
    database: str,
    definition: Definition,
    table: Table,
    *peers: str,
    env: Mapping[str, str] = CREDENTIALS,
    instances: Instances | None = None,
) -> AsyncIterator[DocumentationBench]:
    """The service of `definition` with this table of evidence, the clients Acme and Northwind, and no mapping."""
    account = ItGlueSimulator(mode="manual")
    vendors, document = {HOST: account.transport()}, instances or itglue()
    composed = evidence_bench(database, definition, table, *peers, vendors=vendors, instances=document, env=env)
    async with composed as bench:
        yield DocumentationBench(bench.desk, bench.network, bench.env, bench.opening, documentation=account)
