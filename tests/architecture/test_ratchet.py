"""A debt that grows is refused, one that shrinks is written down, and a move costs no hand edit."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from tests.architecture import __main__ as command
from tests.architecture import rooms
from tests.architecture.ratchet import UPDATE, Rule, differences, growth, listed, written

OWED = {"a.py": 2, "b.py": 1}


def test_counts_as_listed_are_silent() -> None:
    assert differences(OWED, OWED, "names") == []


def test_more_than_listed_and_fewer_are_both_found_with_the_remedy() -> None:
    assert differences({"a.py": 3, "c.py": 1}, OWED, "names") == [
        f"a.py: 3 names, listed 2: remove 1, or run `{UPDATE}` after a move",
        f"b.py: 0 names, listed 1: run `{UPDATE}`",
        f"c.py: 1 names, listed 0: remove 1, or run `{UPDATE}` after a move",
    ]


def test_a_move_keeps_the_total_and_a_new_rule_has_none() -> None:
    assert growth({"names": {"rooms/a.py": 2, "b.py": 1}, "new": {"a.py": 9}}, {"names": OWED}) == []
    assert growth({"names": {"a.py": 2, "c.py": 2}}, {"names": OWED}) == ["names: 4, listed 3; more than before: c.py"]


def test_the_list_reads_back_as_it_was_written(tmp_path: Path) -> None:
    found = {"names": {'odd"name.py': 2, "a/b.py": 1}, "none": {}}
    assert tomllib.loads(written(found)) == found
    assert listed(tmp_path / "none.toml") == {}


def test_the_command_writes_what_shrank_and_refuses_what_grew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file, tree, counts = tmp_path / "debts.toml", tmp_path / "architecture.md", {"a.py": 2}
    tree.write_text(rooms.PAGE.read_text())
    monkeypatch.setattr(command, "PAGE", tree)
    monkeypatch.setattr(command, "FILE", file)
    monkeypatch.setattr(command, "RULES", (Rule("names", "odd names"),))
    monkeypatch.setattr(command, "measured", lambda: {"names": counts})
    monkeypatch.setattr(command, "listed", lambda: listed(file))
    assert command.main() == 0
    counts["a.py"] = 1
    assert command.main() == 0
    assert listed(file) == {"names": {"a.py": 1}}
    counts["b.py"] = 1
    assert command.main() == 1
    assert listed(file) == {"names": {"a.py": 1}}
    assert "names: 2, listed 1; more than before: b.py" in capsys.readouterr().out
