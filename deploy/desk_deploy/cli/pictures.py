"""Pictures that commands write: SVG, for a browser."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from desk_deploy.cli.error_messages import Failure
from desk_deploy.cli.output import say

Svg = Annotated[Path | None, typer.Option("--svg", metavar="FILE", help="A picture (SVG) instead, into this file.")]


def written(file: Path, picture: str) -> None:
    """Write a picture and say where it is."""
    try:
        file.write_text(picture, "utf-8")
    except OSError as error:
        raise Failure(f"{file} cannot be written ({error.strerror})") from error
    say(f"{file} written")
