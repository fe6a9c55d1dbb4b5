"""A whole desk as its user runs it: time to `desk ready`, memory of its processes, import of a real log."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bench import requests
from tests.bench.figures import Figure, say

DESK = str(Path(sys.executable).with_name("desk"))
SETTLE = 20.0


def measure(real_data: Path | None) -> list[Figure]:
    """Start, memory, and the import when the real log is there."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        figures = _started(Path(folder) / "desk")
        if real_data is not None:
            figures += _imported(Path(folder) / "import", real_data / "incident_event_log.dev.csv.gz")
            figures += requests.measure(Path(folder) / "import")
    return figures


def _started(data: Path) -> list[Figure]:
    say("starting a demo desk of five processes")
    for _ in range(2):
        begin = time.perf_counter()
        with subprocess.Popen(
            [DESK, "up", "--demo", "--processes", "--port", "0", "--data", str(data)], stdout=subprocess.PIPE, text=True
        ) as desk:
            assert desk.stdout is not None
            ready = next(line for line in desk.stdout if line.startswith("desk ready"))
            seconds = time.perf_counter() - begin
            time.sleep(SETTLE)
            sizes = {pid: memory(pid) for pid in tree(desk.pid)}
            names = {pid: command(pid) for pid in sizes}
            desk.send_signal(signal.SIGINT)
            desk.stdout.read()
    assert ready
    services = [size for pid, size in sizes.items() if "desk_deploy.up.single_service" in names[pid]]
    return [
        Figure("`desk up --demo --processes` to `desk ready`, second start", f"{seconds:.1f} s", aim="<= 10 s"),
        Figure(
            "memory of a service's process (PSS), largest of five", f"{max(services) / 1e6:.0f} MB", aim="<= 120 MB"
        ),
        Figure("memory of the whole desk (PSS)", f"{sum(sizes.values()) / 1e6:.0f} MB", aim="<= 600 MB"),
    ]


def tree(pid: int) -> list[int]:
    """The process and all that it started, whatever their sessions."""
    found = [pid]
    for parent in found:
        for task in Path(f"/proc/{parent}/task").glob("*/children"):
            found += [int(child) for child in task.read_text().split()]
    return found


def memory(pid: int, kind: str = "Pss") -> int:
    """Proportional (`Pss`) or whole (`Rss`) memory in bytes; 0 when the process is gone."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{kind}:")), 0)


def command(pid: int) -> str:
    """The command line of a process."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def _imported(data: Path, log: Path) -> list[Figure]:
    say("importing the incident log")
    program = [DESK, "import", "log", str(log), "--mapping", "servicenow-incident-log", "--data", str(data), "--json"]
    whole = own = 0
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as importing:
        while importing.poll() is None:
            time.sleep(1.0)
            services = [pid for pid in tree(importing.pid) if "desk_deploy.up.single_service" in command(pid)]
            whole = max([whole, *(memory(pid, "Rss") for pid in services)])
            own = max([own, *(memory(pid) for pid in services)])
        assert importing.stdout is not None
        said = importing.stdout.read()
    assert importing.returncode == 0, said
    found = json.loads(said[said.index("{") :])
    intake, drained = found["intake_seconds"], found["drained_seconds"]
    rows = f"{found['rows']:,} rows"
    return [
        Figure(f"import of the incident log ({rows}): intake committed", f"{intake:.0f} s", aim="<= 60 s"),
        Figure("import of the incident log: all five services drained", f"{drained:.0f} s", aim="<= 180 s"),
        Figure(
            "largest service's process during that import (PSS: shared memory is divided among the processes)",
            f"{own / 1e6:.0f} MB; RSS {whole / 1e6:.0f} MB",
            aim="<= 120 MB",
        ),
    ]
