"""`desk simulate`: one vendor's simulator alone, to try a client on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from desk_deploy.cli.error_messages import Failure
from desk_deploy.cli.options import AsJson


def simulate(
    vendor: Annotated[str, typer.Argument(metavar="VENDOR", help="Package of the vendor's connector: ninjaone, ...")],
    port: Annotated[int | None, typer.Option(help="Port on 127.0.0.1; 0 takes a free one. Default: by vendor.")] = None,
    tls: Annotated[bool, typer.Option("--tls", help="Answer https, with a certificate made at start.")] = False,
    ca: Annotated[Path | None, typer.Option(metavar="FILE", help="With --tls: file for the CA certificate.")] = None,
    state: Annotated[Path | None, typer.Option(metavar="FILE", help="File that keeps records between starts.")] = None,
    demo: Annotated[bool, typer.Option("--demo", help="Play the vendor's day.")] = False,
    as_json: AsJson = False,
) -> None:
    """Run the simulator of one vendor until it is interrupted, and print its address once it answers."""
    from desk_simulators import catalogue
    from desk_simulators.kit.starting.command_line import announced_to_people, announced_to_programs, run
    from desk_simulators.kit.starting.vendor import Options

    try:
        found = catalogue.vendor(vendor)
    except KeyError as unknown:
        raise Failure(str(unknown.args[0])) from None
    options = Options(port=found.port if port is None else port, tls=tls, ca=ca, state=state, demo=demo)
    announce = announced_to_programs(found) if as_json else announced_to_people
    if code := run(found, options, announce):
        raise typer.Exit(code)
