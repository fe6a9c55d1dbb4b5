"""`desk integrations`: the vendor instances of DESK_INTEGRATIONS, asked one harmless question each."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from desk_deploy.cli.error_messages import Failure
from desk_deploy.cli.options import AsJson
from desk_deploy.cli.output import say, show_json, show_table

if TYPE_CHECKING:
    from httpx import AsyncBaseTransport

    from desk_integrations.instances.document import Instance

app = typer.Typer(no_args_is_help=True, help="Vendors beside the PSA.")
Document = Annotated[Path | None, typer.Option(help="The document; DESK_INTEGRATIONS when left out.")]
REMEDIES: Mapping[str, str] = {
    "ready": "",
    "credentials-missing": "set the variable or write the file that the document names",
    "credentials-refused": "replace the credentials; the vendor refused them",
    "forbidden": "grant the rights that the vendor's page of the handbook names",
    "timeout": "try again; the vendor did not answer within the deadline",
    "unavailable": "see the vendor's status page, and `settings` of the instance for its address",
    "rate-limited": "try again later, or raise calls_per_minute where the vendor permits more",
    "refused": "report it: the vendor refused the question",
    "schema-drift": "report it: the vendor answers in another form",
    "fault": "report it with the log",
}
COLUMNS = ("instance", "kind", "vendor", "answer", "remedy")


@app.command("check")
def check(document: Document = None, as_json: AsJson = False) -> None:
    """Ask every instance one harmless question and print what is missing. Exit code 1 when an instance is not ready."""
    path = document or (Path(text) if (text := os.environ.get("DESK_INTEGRATIONS")) else None)
    if path is None:
        raise Failure("DESK_INTEGRATIONS: not set; name the document with it or with --document")
    rows = asyncio.run(checked(path))
    if as_json:
        show_json(rows)
    elif rows:
        show_table(COLUMNS, [[row[column] for column in COLUMNS] for row in rows])
    else:
        say(f"{path} names no instance")
    if any(row["answer"] != "ready" for row in rows):
        raise typer.Exit(1)


async def checked(
    path: Path, transport: AsyncBaseTransport | None = None, env: Mapping[str, str] | None = None
) -> list[dict[str, str]]:
    """One row per instance. InstancesError names the field of a document that cannot be used.

    `transport` None is the network, `env` None the environment of the process.
    """
    from desk_integrations.instances.document import load

    answers = [(one, await _answer(one, transport, env)) for one in load(path).instances]
    return [
        {"instance": one.id, "kind": one.kind, "vendor": one.vendor, "answer": answer, "remedy": REMEDIES[answer]}
        for one, answer in answers
    ]


async def _answer(instance: Instance, transport: AsyncBaseTransport | None, env: Mapping[str, str] | None) -> str:
    """`ready`, or the reason why the instance did not answer the harmless question."""
    from desk_connectors.http import SystemClock
    from desk_integrations.http.budget import LocalBudgetRows
    from desk_integrations.identity import FixedIdentityMap
    from desk_integrations.instances.credential_state import LocalCredentialState
    from desk_integrations.instances.document import OWNERS
    from desk_integrations.outcomes import Unknown
    from desk_integrations.runtime import IntegrationRuntime, connect

    clock = SystemClock()
    runtime = IntegrationRuntime(
        service=next(iter(instance.budget_share or OWNERS[instance.kind])),
        identity=lambda _instance: FixedIdentityMap({}),
        budgets=LocalBudgetRows(clock),
        credential_state=LocalCredentialState(clock),
        clock=clock,
        transport=transport,
        env=env,
    )
    adapter = connect(instance, runtime)
    try:
        outcome = await adapter.check()
    finally:
        await adapter.aclose()
    return outcome.reason if isinstance(outcome, Unknown) else "ready"
