"""`desk up`: run a whole desk in the foreground."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from desk_deploy.cli.options import DATA, Data, Database

PORT = 8700


class BusName(StrEnum):
    """The bus that carries facts between services."""

    LOCAL = "local"
    KAFKA = "kafka"


def up(
    data: Data = DATA,
    bus: Annotated[BusName, typer.Option(help="Bus between services: local (the database) or kafka.")] = BusName.LOCAL,
    kafka: Annotated[str | None, typer.Option(metavar="HOST:PORT", help="Kafka broker. Default: start one.")] = None,
    database: Database = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the desk; 0 chooses a free one.")] = PORT,
    demo: Annotated[bool, typer.Option("--demo", help="Connect a simulated PSA with activity.")] = False,
    processes: Annotated[bool, typer.Option("--processes", help="Run each service in a process of its own.")] = False,
) -> None:
    """Run a desk until Ctrl-C: PostgreSQL, and five services behind one port. The data is kept for the next start."""
    from desk_deploy.up.infrastructure import Plan
    from desk_deploy.up.up import run

    plan = Plan(
        data=data.absolute(),
        bus="kafka" if kafka else bus.value,
        kafka=kafka,
        database=database,
        port=port,
        demo=demo,
        processes=processes,
    )
    run(plan)
