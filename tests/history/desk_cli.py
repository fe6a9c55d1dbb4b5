"""The command line as its users have it: a process of its own."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from desk_deploy.testing.command_line import run


def desk(*arguments: object) -> str:
    """Run a command, which must succeed, and return its standard output."""
    done = run(*arguments, patience=1800)
    assert done.returncode == 0, (arguments, done.stdout[-2000:], done.stderr[-2000:])
    return done.stdout


def desk_json(*arguments: object) -> Any:
    """Run a command with --json and return the decoded output."""
    return json.loads(desk(*arguments, "--json"))


def exported(data: Path, what: str, service: str, out: Path) -> bytes:
    """An export as csv."""
    desk("export", what, "--service", service, "--format", "csv", "--out", out, "--data", data)
    return out.read_bytes()


def rows_of(text: bytes) -> Iterator[dict[str, str]]:
    """The rows of a csv."""
    return csv.DictReader(text.decode().splitlines())
