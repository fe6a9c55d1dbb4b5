"""SVG pictures that commands write."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from desk_deploy.cli.error_messages import Failure
from desk_deploy.cli.output import say

Svg = Annotated[Path | None, typer.Option("--svg", metavar="FILE", help="Write an SVG picture to this file instead.")]


def written(file: Path, picture: str) -> None:
    """Write a picture and print its path."""
    try:
        file.write_text(picture, "utf-8")
    except OSError as error:
        raise Failure(f"{file} cannot be written ({error.strerror})") from error
    say(f"{file} written")
