"""The page *Backup and restore*: its commands are run as they are written, on a desk with its own databases."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml
from tests.chaos.desk.workdir import ROOT
from tests.drill.copies import drop

from desk_deploy.postgres.binaries import installation
from desk_deploy.postgres.instance import EmbeddedPostgres
from desk_deploy.testing import command_line
from desk_deploy.testing.reused_database import new_database

pytestmark = [pytest.mark.postgres, pytest.mark.slow, pytest.mark.alone]
PAGE = ROOT / "handbook" / "backup-and-restore.md"
SERVICES = ("intake", "triage", "sla", "billing", "docs")
EARLY, LATE = "T-1", "T-2"
MAPPING = {
    "name": "page", "source": "page", "client": "acme", "kind": "incident", "profile": "incident",
    "times": {"formats": ["%Y-%m-%d %H:%M"], "zone": "UTC"},
    "columns": {"record": "id", "observed_at": "at", "problem": "problem"},
    "state": {"columns": ["state"], "classes": {"New": "new"}},
    "order": {"by": "file"}, "duplicates": "no-events",
}  # fmt: skip


def blocks() -> dict[str, list[str]]:
    """The page's commands by section, in order."""
    found: dict[str, list[str]] = {}
    for section in re.split(r"^## ", PAGE.read_text("utf-8"), flags=re.M)[1:]:
        title = section.partition("\n")[0]
        found[title] = re.findall(r"^```sh\n(.*?)^```", section, flags=re.M | re.S)
    return {title: commands for title, commands in found.items() if commands}


class Site:
    """A desk's databases, its data directory, and a shell in which the page's names are set."""

    def __init__(self, folder: Path, urls: Mapping[str, str]) -> None:
        self.folder, self.urls = folder, dict(urls)
        self.done: list[str] = []

    def run(self, title: str, at: int = 0) -> str:
        """Run a block of a section as it is written; what it prints."""
        command = blocks()[title][at]
        self.done.append(command)
        path = os.pathsep.join([str(Path(sys.executable).parent), str(installation() / "bin"), os.environ["PATH"]])
        names = {
            **self.urls,
            "BACKUP": str(self.folder / "backup"),
            "ELSEWHERE": str(self.folder),
            "DESK_KEYRING_URL": self.urls["RING"],
            "PATH": path,
        }
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", command],
            capture_output=True, text=True, cwd=self.folder, env=command_line.environment(names), check=False,
        )  # fmt: skip
        assert done.returncode == 0, (command, done.stdout, done.stderr)
        return done.stdout

    def up(self) -> Any:
        """The desk, until the block ends."""
        ring = {"DESK_KEYRING_URL": self.urls["RING"]}
        return command_line.up(self.folder / ".desk", "--database", self.urls["DATABASE"], env=ring)

    def see_that_it_is_done(self) -> None:
        """The page's last section, and what it calls done."""
        said = self.run("See that it is done")
        assert "all five replicas are equal" in said, said
        with psycopg.connect(self.urls["DATABASE"]) as session:
            for name in SERVICES:
                parked = session.execute(f"SELECT count(*) FROM {name}.parked WHERE state = 'waiting'".encode())
                assert parked.fetchone() == (0,), name


@pytest.fixture
def site(tmp_path: Path, postgres: EmbeddedPostgres) -> Iterator[Site]:
    with ExitStack() as made:
        urls = {name: made.enter_context(new_database(postgres, name.lower())) for name in ("DATABASE", "RING", "COPY")}
        yield Site(tmp_path, urls)


def imported(site: Site, desk: command_line.Up, record: str, problem: str) -> None:
    """A ticket of another system's log, with its text."""
    log, mapping = site.folder / f"{record}.csv", site.folder / "mapping.yaml"
    log.write_text(f"id,at,state,problem\n{record},2026-03-02 09:00,New,{problem}\n")
    mapping.write_text(yaml.safe_dump(MAPPING))
    assert desk.json("import", "log", log, "--mapping", mapping)["refused"] == []


def facts(site: Site) -> set[tuple[str, str]]:
    """(store, fact) of everything that the stores hold, operations aside."""
    query = "SELECT event_id::text FROM {}.stored_events WHERE originator_id NOT LIKE 'ops:%'"
    with psycopg.connect(site.urls["DATABASE"]) as session:
        rows = {name: session.execute(query.format(name).encode()).fetchall() for name in SERVICES}
    return {(name, row[0]) for name, found in rows.items() for row in found}


def test_every_command_of_the_page_does_what_it_says(site: Site) -> None:
    with site.up() as desk:
        imported(site, desk, EARLY, "printer jam")
        site.run("Make the dumps")
        imported(site, desk, LATE, "VPN down")
    before = facts(site)

    site.run("Restore one store")
    site.run("Restore a store without a dump")
    with site.up():
        site.see_that_it_is_done()
    assert facts(site) == before

    drop(site.urls["RING"], ["keyring"])
    site.run("Restore the key ring")
    with site.up() as desk:
        assert "cannot be read" in desk.said("ticket", "show", LATE)
        site.run("Lost keys", 0)
        assert "cannot be read" in desk.said("ticket", "show", LATE), "the copy is as old as the ring"
        site.run("Lost keys", 1)
        assert "VPN down" not in desk.said("ticket", "show", LATE)
        assert "printer jam" in desk.said("ticket", "show", EARLY)

    site.run("Restore all stores to one point")
    with site.up() as desk:
        site.see_that_it_is_done()
        assert "printer jam" in desk.said("ticket", "show", EARLY)
        assert "every chain is whole" in site.run("Changes in the databases")
    assert (site.folder / "heads.json").exists()
    assert facts(site) < before, "on the local bus what came after the dump is lost"
    every = [command for commands in blocks().values() for command in commands]
    assert set(site.done) == set(every), "a command of the page was not run"
