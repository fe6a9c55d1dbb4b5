"""Fault points kill the process where configured, and have no effect otherwise."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from desk.fault_points import VARIABLE, armed, fault_point

PASSES = (
    "from desk.fault_points import fault_point\nfor n in range(9):\n    print(n, flush=True); fault_point('polled')\n"
)


def run(faults: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, VARIABLE: faults}
    return subprocess.run([sys.executable, "-c", PASSES], env=environment, capture_output=True, text=True, check=False)


def test_a_process_is_killed_at_the_passing_that_was_named() -> None:
    ended = run("polled=3,committed=1")
    assert (ended.returncode, ended.stdout.split()) == (-signal.SIGKILL, ["0", "1", "2"])


def test_without_the_variable_a_boundary_is_nothing() -> None:
    fault_point("polled")
    assert run("").returncode == 0


@pytest.mark.parametrize("wrong", ["pulled=1", "polled", "polled=0", "polled=x"])
def test_what_is_no_boundary_with_a_count_is_refused_by_name(wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        armed(wrong)
