"""Lines before the header: Excel's `sep=`, and the title lines of a report."""

from __future__ import annotations

from pathlib import Path

import pytest

from desk_intake.imports import FileRefused, MappingRefused, open_log

from .import_examples import HEADER, mapping, read, row, write

ROWS = (row("A1"), row("A2"))
SKIP_3 = ("nulls:", "file: {skip: 3}\nnulls:")


@pytest.mark.parametrize("first", ["sep=,", '"sep=,"', "SEP=,\r", "\ufeffsep=,"])
@pytest.mark.parametrize("name", ["log.csv", "log.csv.gz"])
def test_a_line_that_names_the_delimiter_is_passed_over(tmp_path: Path, first: str, name: str) -> None:
    log = open_log(write(tmp_path, HEADER, *ROWS, header=first, name=name), mapping())
    rows, refused = read(log)
    assert (refused, [(r.line, r.record) for r in rows]) == ([], [(3, "A1"), (4, "A2")])


@pytest.mark.parametrize("title", ['Open "incidents', "Open incidents, by team"])
@pytest.mark.parametrize("sep", [(), ("sep=,",)])
def test_as_many_lines_as_the_mapping_says_are_skipped(tmp_path: Path, title: str, sep: tuple[str, ...]) -> None:
    before = (*sep, title, "Generated 2025-06-19 by reporting", "")
    path = write(tmp_path, *before[1:], HEADER, *ROWS, header=before[0])
    rows, refused = read(open_log(path, mapping(SKIP_3)))
    assert (refused, [r.record for r in rows]) == ([], ["A1", "A2"])
    assert rows[0].line == len(before) + 2


def test_the_rows_have_the_same_identity_with_and_without_these_lines(tmp_path: Path) -> None:
    bare = read(open_log(write(tmp_path, *ROWS), mapping()))[0]
    titled = read(open_log(write(tmp_path, "", "", HEADER, *ROWS, header="Title", name="t.csv"), mapping(SKIP_3)))[0]
    assert [(r.row_hash, r.k) for r in titled] == [(r.row_hash, r.k) for r in bare]


def test_another_delimiter_than_that_of_the_mapping_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match=r"header: line 1 names ';' .* the mapping ','; set file.delimiter to ';'"):
        open_log(write(tmp_path, HEADER, *ROWS, header="sep=;"), mapping())


def test_title_lines_that_are_not_skipped_are_refused_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match=r"no column 'number'.*set file\.skip"):
        open_log(write(tmp_path, "", "", HEADER, *ROWS, header="Title"), mapping())


@pytest.mark.parametrize("header", ["sep=,", "Title"])
def test_a_file_that_ends_before_its_header_is_empty(tmp_path: Path, header: str) -> None:
    with pytest.raises(FileRefused, match="it is empty; export it with its header line"):
        open_log(write(tmp_path, header=header), mapping(SKIP_3))


@pytest.mark.parametrize("skip", ["-1", "1001", "two"])
def test_a_number_of_lines_that_is_none_is_refused(skip: str) -> None:
    with pytest.raises(MappingRefused, match=r"file\.skip"):
        mapping(("nulls:", f"file: {{skip: {skip}}}\nnulls:"))
