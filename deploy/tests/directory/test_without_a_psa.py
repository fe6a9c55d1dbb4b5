"""The handbook's page on a desk without a PSA is carried out on a real desk, started on an empty folder."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from desk_deploy.testing.command_line import PATIENCE, Up, environment, up

pytestmark = [pytest.mark.postgres, pytest.mark.slow]
PAGE = Path(__file__).parents[3] / "handbook" / "without-a-psa.md"
BLOCKS = re.findall(r"^```sh run\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    with up(tmp_path_factory.mktemp("without") / ".desk") as running:
        yield running


def carried_out(script: str, desk: Up) -> str:
    folder = Path(sys.executable).parent
    env = environment({"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"})
    done = subprocess.run(
        ["/bin/bash", "-euo", "pipefail", "-c", script],
        cwd=desk.data.parent,
        env=env,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, (script, done.stdout, done.stderr)
    return done.stdout


def test_an_empty_desk_names_the_next_steps(desk: Up) -> None:
    assert desk.process.stdout is not None
    lines = [desk.process.stdout.readline() for _ in range(5)]
    assert lines[0].startswith("This desk is empty.")
    assert lines[2].strip() == f"desk directory import directory.yaml --data {desk.data}"


def test_the_page_leads_to_a_closed_ticket(desk: Up) -> None:
    assert len(BLOCKS) == 3
    outputs = [carried_out(block, desk) for block in BLOCKS]
    assert outputs[0] == "10 records recorded, 0 unchanged\n"
    assert "initech-lee: contact-observed" in outputs[1]
    assert outputs[2].rstrip().endswith("is closed")
    (ticket,) = desk.json("tickets", "--client", "initech")
    assert (ticket["status"], ticket["technician"], ticket["contact"]) == ("closed", "tom", "initech-lee")
    assert carried_out(BLOCKS[0], desk) == "0 records recorded, 10 unchanged\n"
