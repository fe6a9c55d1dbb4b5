"""The desk's own log in its data directory: JSON lines, rotated at LIMIT bytes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from desk.telemetry.logs import configure_logging

NAME = "desk.log"
LIMIT = 10_000_000


@contextmanager
def logging_to(data: Path, level: str | None = None) -> Iterator[Path]:
    """Write the logs of this process to `desk.log`; a file above LIMIT is first renamed to `desk.log.1`."""
    path = data / NAME
    if path.exists() and path.stat().st_size > LIMIT:
        path.replace(path.with_suffix(".log.1"))
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with (
        os.fdopen(descriptor, "ab") as stream,
        configure_logging(level or os.environ.get("DESK_LOG_LEVEL") or "info", stream),
    ):
        yield path
