"""`make bench`: every figure of the handbook, measured anew; writes handbook/benchmarks.md with the machine."""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from tests.bench import due_timers, growth, one_port, opening, whole_desk
from tests.bench.figures import Figure, say, table

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "handbook" / "benchmarks.md"
OTHERS = {
    "Encoding and decoding facts": ["shared/tests/bench_codec.py"],
    "The event store alone": ["shared/tests/bench_log.py"],
    "Calendars and clocks": ["services/sla/tests/bench_calendar.py"],
    "Clocks as facts": ["services/sla/tests/bench_clocks.py"],
    "Rating labour": ["services/billing/tests/bench_rating.py"],
    "Five processes on Apache Kafka": ["-m", "tests.bench.kafka_pipeline"],
}
PREFACE = """# Benchmarks

`make bench` runs the benchmarks and writes this page. The figures are from one run on one machine, which may run other
work: ratios to raw parts (the database or the broker alone), measured in the same run, are more reliable than absolute
values.
"""


def real_data() -> Path | None:
    """Folder of the real logs, if it is there."""
    named = os.environ.get("DESKSTREAM_DATA")
    places = [Path(named)] if named else [folder / "shared" / "data" for folder in ROOT.parents]
    return next((place for place in places if (place / "incident_event_log.dev.csv.gz").exists()), None)


def machine() -> str:
    """The machine of the measurement."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    load = os.getloadavg()[0]
    return (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()}"
        f" {platform.machine()}, Python {platform.python_version()}, load {load:.1f} at the start"
    )


def printed(arguments: list[str]) -> str:
    """The unchanged output of a separate bench."""
    say(f"running {' '.join(arguments)}")
    done = subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    said = done.stdout.strip() or done.stderr.strip()[-1000:]
    return (
        f"```\n{said}\n```"
        if done.returncode == 0
        else f"not measured: exit code {done.returncode}\n\n```\n{said}\n```"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure everything and write handbook/benchmarks.md")
    parser.add_argument("--print-only", action="store_true", help="leave the page as it is")
    chosen = parser.parse_args()
    where = machine()
    figures: list[Figure] = asyncio.run(opening.measure())
    figures += one_port.measure()
    figures += whole_desk.measure(real_data())
    figures += asyncio.run(growth.measure())
    figures += due_timers.measure()
    parts = [PREFACE, f"Measured: {where}.\n", table(figures)]
    parts += [f"\n## {title}\n\n{printed(arguments)}" for title, arguments in OTHERS.items()]
    page = "\n".join(parts) + "\n"
    sys.stdout.write(page)
    if not chosen.print_only:
        PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
