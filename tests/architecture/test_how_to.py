"""Every how-to page of the handbook is carried out on a scratch copy of the repository, and a broken page fails."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.architecture.how_to import EDITS, PageError, blocks, linked_paths, named_paths, place
from tests.architecture.project import ROOT, is_test
from tests.architecture.scratch import GENERATED, Scratch

FOLDER = "handbook/how-to"
PAGES = {page.name: page.read_text() for page in sorted((ROOT / FOLDER).glob("*.md"))}
MOST_FILES = 7
"""Hand-written files that a new fact with command and gate may touch, tests apart: six, and its row in the table of
audiences, which every type needs (ADR 28)."""


def carry_out(text: str, scratch: Scratch) -> set[str]:
    """Carry out a page in its order; returns the files that its blocks write. Asserts that nothing else changed."""
    written = set[str]()
    for block in blocks(text):
        if "file" in block.attributes:
            written.add(place(block, scratch.root))
        elif "run" in block.attributes:
            scratch.run(block.content)
    assert scratch.written_by_hand() == written
    mentioned = written | named_paths(text) | linked_paths(text, FOLDER)
    assert sorted(name for name in mentioned if not (scratch.root / name).exists()) == []
    return written


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Scratch:
    return Scratch(ROOT, tmp_path_factory.mktemp("scratch"))


@pytest.fixture
def scratch(copied: Scratch) -> Iterator[Scratch]:
    yield copied
    copied.restore()


def test_there_is_a_page_for_a_command_a_gate_a_read_model_and_a_vendor() -> None:
    assert {"command.md", "gate.md", "read-model.md", "vendor.md"} <= PAGES.keys()


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.parametrize("name", PAGES)
def test_a_page_leads_to_code_that_passes_its_checks(name: str, scratch: Scratch) -> None:
    written = carry_out(PAGES[name], scratch)
    assert written <= named_paths(PAGES[name])
    tests = {path for path in written if path.rpartition("/")[2].startswith("test_")}
    commands = "".join(block.content for block in blocks(PAGES[name]) if "run" in block.attributes)
    assert [path for path in tests if path in commands], "the page runs no test that it writes"


def test_a_new_fact_with_command_and_gate_touches_seven_files_and_the_page_names_them() -> None:
    text = PAGES["command.md"]
    touched = {block.attributes["file"] for block in blocks(text) if "file" in block.attributes}
    code = {path for path in touched if not is_test(path)}
    assert {"shared/desk/contract/ticket/gates.py", "services/triage/desk_triage/commands.py"} <= code
    assert len(code) <= MOST_FILES


def test_a_vendor_of_a_kind_changes_no_code_that_exists() -> None:
    files = {block.attributes["file"]: block for block in blocks(PAGES["vendor.md"]) if "file" in block.attributes}
    assert [name for name, block in files.items() if block.attributes.keys() & EDITS] == ["handbook/integrations.md"]
    assert not [name for name in files if name.startswith("services/")]


def test_the_commands_of_a_page_import_the_copy(scratch: Scratch) -> None:
    imported = scratch.run('.venv/bin/python -c "import desk, desk_triage; print(desk.__file__, desk_triage.__file__)"')
    assert [Path(name).is_relative_to(scratch.root) for name in imported.split()] == [True, True]


EXISTING = "services/triage/desk_triage/commands.py"


@pytest.mark.parametrize(
    ("info", "reason"),
    [
        (f'python file={EXISTING} after="no such line"', "0 lines of"),
        (f'python file={EXISTING} before="command("', "lines of services/triage/desk_triage/commands.py contain"),
        (f"python file={EXISTING}", "exists already"),
        ('python file=services/triage/missing.py instead="x"', "does not exist"),
        ('python after="x"', "need one file"),
        (f'python file={EXISTING} after="a" before="b"', "exclude each other"),
        ("python fil=a.py", "fil means nothing"),
        ("python", "must say"),
    ],
)
def test_a_block_that_cannot_be_placed_is_refused_with_its_line(info: str, reason: str, tmp_path: Path) -> None:
    (tmp_path / EXISTING).parent.mkdir(parents=True)
    (tmp_path / EXISTING).write_text("a = command(\nb = command(\n")
    with pytest.raises(PageError, match="line 3: ") as refused:
        for block in blocks(f"Prose.\n\n```{info}\npass\n```\n"):
            place(block, tmp_path)
    assert reason in str(refused.value)
    assert (tmp_path / EXISTING).read_text() == "a = command(\nb = command(\n"


def test_blocks_are_placed_after_before_and_instead_of_their_line(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("one\ntwo\nthree\n")
    edits = ('after="one"', 'before="three"', 'instead="two"')
    for number, edit in enumerate(edits):
        (block,) = blocks(f"```python file=a.py {edit}\nnew {number}\n```\n")
        place(block, tmp_path)
    assert (tmp_path / "a.py").read_text() == "one\nnew 0\nnew 2\nnew 1\nthree\n"


BROKEN = {
    "command": ("```sh run\nfalse\n```\n", PageError, "failed with 1"),
    "placement": (f"```python file={EXISTING} after=no-such-line\npass\n```\n", PageError, "0 lines of"),
    "side effect": ("```sh run\ntouch services/left.py\n```\n", AssertionError, "services/left.py"),
    "named path": ("Change `services/triage/no_such.py`.\n", AssertionError, "no_such"),
    "link": ("See [the page](no-such-page.md).\n", AssertionError, "no-such-page"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_page_fails(case: str, scratch: Scratch) -> None:
    text, error, reason = BROKEN[case]
    with pytest.raises(error, match=reason):
        carry_out(text, scratch)


def test_a_copy_is_restored_after_a_page(scratch: Scratch) -> None:
    (scratch.root / EXISTING).write_text("x = 1\n")
    (scratch.root / "services" / "new.py").touch()
    assert scratch.written_by_hand() == {EXISTING, "services/new.py"}
    scratch.restore()
    assert scratch.changed() == set()


def test_generated_files_exist() -> None:
    assert [name for name in GENERATED if not (ROOT / name).exists()] == []
