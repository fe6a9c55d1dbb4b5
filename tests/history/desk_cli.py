"""The command line as its users have it: a process of its own."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

DESK = [sys.executable, "-c", "from desk_deploy.cli import app; app()"]
PATIENCE = 1200


def desk(*arguments: object, code: int = 0) -> str:
    """What a command prints on standard output; its exit code must be `code`."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DESK_")}
    done = subprocess.run(
        [*DESK, *map(str, arguments)], capture_output=True, text=True, timeout=PATIENCE, env=environment, check=False
    )
    assert done.returncode == code, (
        f"{arguments}: exit code {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    )
    return done.stdout


def desk_json(*arguments: object, code: int = 0) -> Any:
    """What a command prints with --json."""
    return json.loads(desk(*arguments, "--json", code=code))


def exported(data: Path, what: str, service: str, out: Path) -> bytes:
    """An export as csv."""
    desk("export", what, "--service", service, "--format", "csv", "--out", out, "--data", data)
    return out.read_bytes()


def rows_of(text: bytes) -> Iterator[dict[str, str]]:
    """The rows of a csv."""
    return csv.DictReader(text.decode().splitlines())
