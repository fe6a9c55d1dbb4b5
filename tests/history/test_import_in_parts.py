"""A log in ten parts, the desk killed after each of them, ends as the whole log taken in at once."""

from __future__ import annotations

import gzip
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import pytest

from .desk_cli import DESK, desk, desk_json, exported

pytestmark = [pytest.mark.slow, pytest.mark.postgres]
ROWS, PARTS = 3_000, 10
MAPPING = ("--mapping", "servicenow-incident-log")


@contextmanager
def killed_at_the_end(data: Path) -> Iterator[None]:
    """A running desk; kill -9 when the block ends."""
    with subprocess.Popen(
        [*DESK, "up", "--data", str(data), "--port", "0"], stdout=subprocess.PIPE, text=True, cwd=data.parent
    ) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline().startswith("desk ready http://127.0.0.1:")
            yield
        finally:
            os.kill(process.pid, signal.SIGKILL)


def heads(real_data: Path, folder: Path) -> tuple[Path, list[Path]]:
    """The first rows of the log as one file and as ten, each with the header."""
    with gzip.open(real_data / "incident_event_log.dev.csv.gz", "rt", encoding="utf-8") as text:
        header, *rows = islice(text, ROWS + 1)
    whole = folder / "whole.csv"
    whole.write_text(header + "".join(rows), "utf-8")
    size = ROWS // PARTS
    parts = [folder / f"part-{number}.csv" for number in range(PARTS)]
    for number, part in enumerate(parts):
        part.write_text(header + "".join(rows[number * size : (number + 1) * size]), "utf-8")
    return whole, parts


def test_ten_parts_with_kills_in_between_give_the_same_export(real_data: Path, tmp_path: Path) -> None:
    whole, parts = heads(real_data, tmp_path)
    once, often = tmp_path / "once", tmp_path / "often"
    desk("import", "log", whole, *MAPPING, "--data", once)
    for part in parts:
        with killed_at_the_end(often):
            told = desk_json("import", "log", part, *MAPPING, "--data", often, "--no-wait")
            assert told["recorded"] == ROWS // PARTS
    last = desk_json("import", "log", parts[-1], *MAPPING, "--data", often)
    assert (last["recorded"], last["repeated"]) == (0, ROWS // PARTS)
    for what, service in (("observations", "triage"), ("tickets", "triage"), ("tickets", "sla"), ("tickets", "docs")):
        assert exported(once, what, service, tmp_path / "a.csv") == exported(often, what, service, tmp_path / "b.csv")
    assert desk_json("verify", "--data", often)["equal"]
