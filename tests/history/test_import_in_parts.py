"""A log in parts, the desk killed after each of them, ends as the whole log imported at once.

DESKSTREAM_IMPORT_PARTS (3) is the number of parts; `make soak` takes ten.
"""

from __future__ import annotations

import gzip
import os
import signal
from itertools import islice
from pathlib import Path

import pytest

from desk_deploy.testing.command_line import up

from .desk_cli import desk, desk_json, exported

pytestmark = [pytest.mark.slow, pytest.mark.postgres]
PARTS = int(os.environ.get("DESKSTREAM_IMPORT_PARTS", "3"))
ROWS = 400 * PARTS
MAPPING = ("--mapping", "servicenow-incident-log")


def heads(real_data: Path, folder: Path) -> tuple[Path, list[Path]]:
    """The first rows of the log as one file and in parts, each with the header."""
    with gzip.open(real_data / "incident_event_log.dev.csv.gz", "rt", encoding="utf-8") as text:
        header, *rows = islice(text, ROWS + 1)
    whole = folder / "whole.csv"
    whole.write_text(header + "".join(rows), "utf-8")
    size = ROWS // PARTS
    parts = [folder / f"part-{number}.csv" for number in range(PARTS)]
    for number, part in enumerate(parts):
        part.write_text(header + "".join(rows[number * size : (number + 1) * size]), "utf-8")
    return whole, parts


def test_parts_with_kills_in_between_give_the_same_export(real_data: Path, tmp_path: Path) -> None:
    whole, parts = heads(real_data, tmp_path)
    once, often = tmp_path / "once", tmp_path / "often"
    desk("import", "log", whole, *MAPPING, "--data", once)
    for part in parts:
        with up(often) as running:
            told = running.json("import", "log", part, *MAPPING, "--no-wait")
            assert told["recorded"] == ROWS // PARTS
            running.stop(signal.SIGKILL)
    last = desk_json("import", "log", parts[-1], *MAPPING, "--data", often)
    assert (last["recorded"], last["repeated"]) == (0, ROWS // PARTS)
    for what, service in (("observations", "triage"), ("tickets", "triage"), ("tickets", "sla"), ("tickets", "docs")):
        assert exported(once, what, service, tmp_path / "a.csv") == exported(often, what, service, tmp_path / "b.csv")
    assert desk_json("verify", "--data", often)["equal"]
