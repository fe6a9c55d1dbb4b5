"""Processor time (user and system) of a running desk, by part, as the kernel counts it."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from tests.bench.whole_desk import command, tree

TICKS = os.sysconf("SC_CLK_TCK")
SERVICE = "desk_deploy.up.single_service"
OWN, DATABASE = "desk", "postgres"
Seconds = Mapping[str, float]


def seconds_by_part(pid: int) -> Seconds:
    """Seconds that each part of the desk `pid` has used so far: a service by its name, the database, and the desk's own
    process, which is the gateway of a desk of several processes."""
    found = defaultdict[str, float](float)
    for one in tree(pid):
        found[_part(command(one))] += _seconds(one)
    return found


def since(before: Seconds, pid: int) -> Seconds:
    """Seconds that each part has used since then."""
    return {part: seconds - before.get(part, 0.0) for part, seconds in seconds_by_part(pid).items()}


def _part(line: str) -> str:
    if SERVICE in line:
        return line.split()[-1]
    return DATABASE if "postgres" in line.split(" ", 1)[0] else OWN


def _seconds(pid: int) -> float:
    """With children that have ended, such as sessions of the database. 0.0 when the process is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11:15])) / TICKS
