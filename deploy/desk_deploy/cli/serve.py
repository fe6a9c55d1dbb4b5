"""`desk serve`: run one service alone, as in production."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from desk_deploy.cli.options import ServiceName


def serve(
    service: Annotated[ServiceName, typer.Argument(help="Service to run.")],
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port to listen on, instead of DESK_PORT.")] = None,
) -> None:
    """Run one service. It is configured by environment variables DESK_*, and logs JSON lines to standard error."""
    from desk.settings import Settings, misspelt
    from desk_deploy.up.single_service import serve as run

    for wrong, meant in misspelt(os.environ).items():
        sys.stderr.write(f"desk: {wrong} is not a setting; did you mean {meant}?\n")
    run(service.value, Settings.from_env(os.environ, port=port))
