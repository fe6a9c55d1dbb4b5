"""A scratch copy of the repository, in which how-to pages are carried out."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from tests.architecture.how_to import PageError

GENERATED = (
    "handbook/architecture.md",
    "handbook/language/asyncapi.yaml",
    "handbook/language/facts.md",
    "handbook/language/schemas/",
    "shared/desk/contract/golden/",
)
"""Files and folders that `python -m desk.contract_docs generate` and `python -m tests.architecture` write."""
CACHE, LONGEST = ".mypy_cache", 600.0
COMMIT = ("git", "-c", "user.name=how-to", "-c", "user.email=how-to@example.invalid", "commit", "-q", "-m", "Before")


class Scratch:
    """A copy of the repository at `source` in the empty folder `root`, committed, so that `git status` names every
    change. Tracked files are copied as they are on disk, with new files that are not ignored. mypy's cache is copied
    too: after `make lint`, the pages' own runs of mypy take seconds.
    """

    def __init__(self, source: Path, root: Path) -> None:
        self.root = root
        listed = _output(source, "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
        for name in filter(None, listed.split("\0")):
            if (source / name).is_file():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source / name, root / name)
        if (source / CACHE).is_dir():
            shutil.copytree(source / CACHE, root / CACHE)
        _output(root, "git", "init", "-q")
        _output(root, "git", "add", "--all")
        _output(root, *COMMIT)

    @property
    def environment(self) -> dict[str, str]:
        """The environment of the page's commands: the packages of the copy come before those of the checkout."""
        tool = tomllib.loads((self.root / "pyproject.toml").read_text())["tool"]
        folders = [self.root, *(self.root / folder for folder in tool["mypy"]["mypy_path"])]
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        return {**inherited, "PYTHONPATH": os.pathsep.join(map(str, folders)), "PYTHONDONTWRITEBYTECODE": "1"}

    def run(self, commands: str) -> str:
        """The output of these shell commands, run in the copy. PageError when one of them fails.

        Programs in `.venv/bin` are those of this virtual environment: PostgreSQL's server must not reach its programs
        through a link in a private folder.
        """
        shell = ("sh", "-euc", commands.replace(".venv/bin/", shlex.quote(f"{sys.prefix}/bin/")))
        done = subprocess.run(
            shell, cwd=self.root, env=self.environment, capture_output=True, text=True, timeout=LONGEST
        )
        if done.returncode != 0:
            raise PageError(f"failed with {done.returncode}:\n{commands}\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def changed(self) -> set[str]:
        """Paths of all files that were changed, added or removed since the copy was made."""
        status = _output(self.root, "git", "status", "--porcelain", "-z", "--no-renames", "--untracked-files=all")
        return {entry[3:] for entry in status.split("\0") if entry}

    def restore(self) -> None:
        """Undo every change. Ignored files stay, among them the caches of the tools."""
        _output(self.root, "git", "reset", "-q", "--hard")
        _output(self.root, "git", "clean", "-q", "-d", "--force")

    def written_by_hand(self) -> set[str]:
        """The changed files without generated ones."""
        return {name for name in self.changed() if not name.startswith(GENERATED)}


def _output(folder: Path, *command: str) -> str:
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True, timeout=LONGEST).stdout
