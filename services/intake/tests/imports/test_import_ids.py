"""Ids are the same in a longer export and in any parts of the log."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from itertools import pairwise
from pathlib import Path
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from desk_intake.imports import Mapping, RowRead, Snapshot, observation_id, open_log, ticket_id

from .import_examples import HEADER, changes, mapping, read, read_lines, row, write

STATES = st.sampled_from(["New", "Work", "Hold", "Fixed", "Done", "Limbo"])
LINES = st.lists(
    st.builds(
        row,
        number=st.sampled_from(["A1", "B2"]),
        state=STATES,
        updated=st.sampled_from(["2024-05-01 08:00", "2024-05-01 09:00"]),
        resolved=st.sampled_from(["?", "2024-05-01 08:30"]),
    ),
    max_size=12,
)


def parts(folder: Path, lines: list[str], cuts: list[int], using: Mapping) -> list[list[RowRead]]:
    """The rows of each part of the log, every part a file with the header."""
    borders = [0, *sorted(min(cut, len(lines)) for cut in cuts), len(lines)]
    return [read(open_log(write(folder, *lines[a:b]), using))[0] for a, b in pairwise(borders)]


def test_the_ids_are_the_same_on_every_machine() -> None:
    assert ticket_id("example-itsm", "A1") == UUID("2ea1de5e-25e0-5dd3-ae98-ec65cee583cb")
    assert observation_id("example-itsm", "A1", "ab" * 32, 1) == UUID("17bf0c04-53c6-563b-a2e7-9cf43c423392")


def test_another_source_number_hash_or_count_gives_another_id() -> None:
    ids = {observation_id(*given) for given in [("s", "n", "h", 0), ("t", "n", "h", 0), ("s", "m", "h", 0)]}
    ids |= {observation_id("s", "n", "g", 0), observation_id("s", "n", "h", 1), ticket_id("s", "n")}
    assert len(ids) == 6


def test_the_row_hash_forgets_look_ahead_columns_and_the_order_of_columns(tmp_path: Path) -> None:
    turned = [",".join(reversed(line.split(","))) for line in (HEADER, row("B2"))]
    path = write(tmp_path, turned[1], header=turned[0], name="turned.csv")
    (backwards,), _ = read(open_log(path, mapping()))
    (other, later), _ = read_lines(tmp_path, row(), row("B2", resolved="2024-06-01 08:00"))
    assert later.row_hash == backwards.row_hash != other.row_hash


@given(LINES, st.lists(st.integers(0, 12), max_size=4))
def test_a_log_cut_into_parts_gives_the_ids_of_the_whole_when_duplicates_are_no_events(
    lines: list[str], cuts: list[int]
) -> None:
    """A duplicate of a row in another part is read again with the same id as in the whole log, so it adds nothing."""
    with tempfile.TemporaryDirectory() as folder:
        whole, _ = read_lines(Path(folder), *lines)
        cut = [r for part in parts(Path(folder), lines, cuts, mapping()) for r in part]
    ids = [observation_id("s", r.record, r.row_hash, r.k) for r in whole]
    assert list(dict.fromkeys(observation_id("s", r.record, r.row_hash, r.k) for r in cut)) == ids


@given(LINES, st.lists(st.integers(0, 12), max_size=4))
def test_a_log_cut_into_parts_counts_equal_rows_anew_in_each_part(lines: list[str], cuts: list[int]) -> None:
    """`k` is the number of equal rows of the record before it *in this file*: a whole file is at least as high."""
    using = mapping(("no-events", "events"))
    with tempfile.TemporaryDirectory() as folder:
        whole, _ = read_lines(Path(folder), *lines, using=using)
        cut = parts(Path(folder), lines, cuts, using)
    flat = [r for part in cut for r in part]
    assert [(r.record, r.row_hash) for r in flat] == [(r.record, r.row_hash) for r in whole]
    for part in cut:
        before: dict[str, int] = defaultdict(int)
        for read_row in part:
            assert read_row.k == before[read_row.row_hash]
            before[read_row.row_hash] += 1
    assert all(a.k <= b.k for a, b in zip(flat, whole, strict=True))


@given(LINES, st.lists(st.integers(0, 12), max_size=4))
def test_a_log_cut_into_parts_changes_what_the_whole_changes(lines: list[str], cuts: list[int]) -> None:
    using = mapping(("no-events", "events"))
    with tempfile.TemporaryDirectory() as folder:
        whole, _ = read_lines(Path(folder), *lines, using=using)
        cut = parts(Path(folder), lines, cuts, using)
    snapshots: dict[str, Snapshot] = {}
    assert [c for part in cut for c in changes(part, snapshots)] == changes(whole, {})
