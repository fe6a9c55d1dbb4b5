"""`desk serve`: one service alone, as in production."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from desk_deploy.cli.options import ServiceName


def serve(
    service: Annotated[ServiceName, typer.Argument(help="Which one.")],
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Instead of DESK_PORT.")] = None,
) -> None:
    """Run one service. Its settings are the variables DESK_*; it logs JSON lines on standard error."""
    from desk.settings import Settings, misspelt
    from desk_deploy.up.single_service import serve as run

    for wrong, meant in misspelt(os.environ).items():
        sys.stderr.write(f"desk: {wrong} is no setting; did you mean {meant}?\n")
    run(service.value, Settings.from_env(os.environ, port=port))
