"""A migration that has landed is never edited: a database that is past it would not get the change."""

from __future__ import annotations

import json
from pathlib import Path

from tests.upgrades.dumps import digest, revision_files

LANDED = Path(__file__).parent / "landed.json"


def test_every_migration_that_landed_still_has_its_content() -> None:
    landed = json.loads(LANDED.read_text())
    files = revision_files()

    edited = [name for name, state in landed.items() if name in files and digest(files[name]) != state]
    removed = [name for name in landed if name not in files]

    assert not edited, f"edited after it landed: {edited}; restore the file and put the change into a new revision"
    assert not removed, f"removed after it landed: {removed}; a database at this revision could not go on"


def test_every_migration_is_recorded_as_landed() -> None:
    landed = json.loads(LANDED.read_text())
    missing = {name: digest(file) for name, file in revision_files().items() if name not in landed}

    assert not missing, f"add to {LANDED.name}, with the last commit of the change: {json.dumps(missing, indent=2)}"


def test_each_owner_has_one_line_of_revisions_without_gaps() -> None:
    numbers: dict[str, list[int]] = {}
    for name in revision_files():
        owner, revision = name.split("/")
        numbers.setdefault(owner, []).append(int(revision))

    assert {owner: sorted(found) for owner, found in numbers.items()} == {
        owner: list(range(1, len(found) + 1)) for owner, found in numbers.items()
    }
