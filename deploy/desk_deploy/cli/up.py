"""`desk up`: a whole desk in the foreground."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from desk_deploy.cli.options import DATA, Data, Database

PORT = 8700


class BusName(StrEnum):
    """How facts travel between services."""

    LOCAL = "local"
    KAFKA = "kafka"


def up(
    data: Data = DATA,
    bus: Annotated[BusName, typer.Option(help="local: through the database. kafka: through a broker.")] = BusName.LOCAL,
    kafka: Annotated[str | None, typer.Option(metavar="HOST:PORT", help="A broker; without it one is started.")] = None,
    database: Database = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = PORT,
    demo: Annotated[bool, typer.Option("--demo", help="With a simulated PSA at work.")] = False,
    processes: Annotated[bool, typer.Option("--processes", help="One process per service.")] = False,
) -> None:
    """Run the desk until Ctrl-C: PostgreSQL, five services behind one port. The next start goes on with its data."""
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
