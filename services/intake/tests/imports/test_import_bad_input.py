"""Bad input: every unreadable file and row is refused with cause and remedy, and the other rows are read."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from desk_intake.imports import FileRefused, RowRefused, load_mapping, open_log

from .import_examples import HEADER, mapping, read, read_lines, row, write

GOOD = row("Z9")


def refused_file(path: Path) -> tuple[str, str]:
    with pytest.raises(FileRefused) as refused:
        open_log(path, mapping())
    return refused.value.field, f"{refused.value.reason}; {refused.value.remedy}"


def make(folder: Path, content: bytes, name: str = "log.csv") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("line", "field", "reason", "remedy"),
    [
        (row() + ",more", "row", "12 of 11 columns", "export the row again"),
        ("A1,New", "row", "2 of 11 columns", "export the row again"),
        (row("?"), "number", "no record number", "give the row its number"),
        (row(" "), "number", "no record number", "give the row its number"),
        (row("A" * 201), "number", "longer than 200 characters", "correct columns.record"),
        (row(updated="?"), "updated", "no time", "give the row its time"),
        (row(updated="01.05.2024"), "updated", "'01.05.2024' is no time", "write it as %Y-%m-%d %H:%M"),
        (row(updated="2024-02-30 08:00"), "updated", "'2024-02-30 08:00' is no time", "write it as"),
        (row(resolved="soon"), "resolved", "'soon' is no time", "write it as %Y-%m-%d %H:%M"),
        (row(impact="X" * 99), "impact", "'" + "X" * 57 + "...' is not possible", "add it to values.impact"),
        (row(by="a\0b"), "encoding", "holds a NUL character", "correct file.encoding in the mapping"),
        (row(by='"ann'), "row", "a quote is not closed, or is inside a cell", "close or double the quote"),
        (row(by='"an"n'), "row", "a quote is not closed, or is inside a cell", "close or double the quote"),
        (row(by="x" * (1 << 21)), "row", "longer than 1 MiB", "export the row again"),
        (row(by=f'"{"x" * (1 << 21)}"'), "row", "longer than 1 MiB", "export the row again"),
    ],
)
def test_a_bad_row_is_refused_and_the_others_are_read(
    tmp_path: Path, line: str, field: str, reason: str, remedy: str
) -> None:
    rows, (refused,) = read_lines(tmp_path, row("A0"), line, GOOD, row('"B,2"'))
    assert (refused.line, refused.field, refused.reason) == (3, field, reason)
    assert refused.remedy.startswith(remedy)
    assert [(r.line, r.record) for r in rows] == [(2, "A0"), (4, "Z9"), (5, "B,2")]


def test_a_cell_of_many_lines_is_read_up_to_the_limit_of_a_line(tmp_path: Path) -> None:
    note = "2024-05-01 ann: rebooted the server, waits for the client\n"
    year, decade = f'"{note * 900}"', f'"{(note * 20).replace(chr(10), " ") + chr(10)}'
    long = '"' + "work note, " * 90_000 + '"'
    rows, refused = read_lines(tmp_path, *(row(number=n, closer=c) for n, c in (("Y", year), ("L", long))), GOOD)
    assert (refused, [r.record for r in rows]) == ([], ["Y", "L", "Z9"])
    too_long = decade + "\n".join(["x" * 1200] * 950) + '"'
    rows, refused = read_lines(tmp_path, row(closer=too_long), GOOD)
    assert [r.record for r in rows] == ["Z9"]
    assert refused[0].reason == "a cell is longer than 1 MiB, or its quote is not closed"
    assert {r.reason for r in refused[1:]} <= {"1 of 11 columns", "a quote is not closed, or is inside a cell"}


def test_half_a_last_row_is_refused(tmp_path: Path) -> None:
    path = make(tmp_path, f"{HEADER}\r\n{GOOD}\r\nA1,Ne".encode())
    rows, refused = read(open_log(path, mapping()))
    assert [r.record for r in rows] == ["Z9"]
    assert refused == [
        RowRefused(3, "row", "half a row: the file breaks off after 2 of 11 columns", "export the row again")
    ]


def test_a_cell_over_several_lines_is_one_row_and_counts_its_lines(tmp_path: Path) -> None:
    rows, refused = read_lines(tmp_path, row(by='"ann\nof ""desk"" 1"'), "", GOOD)
    assert (refused, [r.line for r in rows]) == ([], [2, 5])
    assert rows[0].actor is not None and rows[0].actor.id == 'ann\nof "desk" 1'


def test_bytes_of_another_encoding_refuse_their_row_only(tmp_path: Path) -> None:
    bad, good = row(by="Jörg").encode("cp1252"), row("Z9", by="Jörg").encode()
    path = make(tmp_path, b"\n".join([HEADER.encode(), bad, row('"Q"', by="Jörg").encode("cp1252"), good]))
    rows, refused = read(open_log(path, mapping()))
    assert [r.record for r in rows] == ["Z9"]
    assert {(r.field, r.reason) for r in refused} == {("encoding", "holds bytes that are not of this encoding")}


@pytest.mark.parametrize(("encoding", "file"), [("utf-16", "utf-16"), ("cp1252", "cp1252"), ("utf-8-sig", "UTF8")])
def test_a_declared_encoding_is_read(tmp_path: Path, encoding: str, file: str) -> None:
    path = make(tmp_path, f"{HEADER}\n{row(by='Jörg')}\n".encode(encoding))
    rows, refused = read(open_log(path, mapping(("nulls:", f"file: {{encoding: {file}}}\nnulls:"))))
    assert (refused, rows[0].actor and rows[0].actor.id) == ([], "Jörg")


def test_a_file_of_another_encoding_is_refused(tmp_path: Path) -> None:
    umlauts = "\n".join([HEADER, *(row(f"A{n}", by="Jörg") for n in range(20))])
    field, message = refused_file(make(tmp_path, umlauts.encode("cp1252")))
    assert field == "encoding" and "20 of the first 20 lines are not utf-8; correct file.encoding" in message
    assert refused_file(make(tmp_path, umlauts.encode("utf-16")))[0] == "encoding"
    assert refused_file(make(tmp_path, umlauts.encode("utf-16-le")))[0] == "encoding"
    latin = open_log_error(make(tmp_path, umlauts.encode("utf-8-sig")), "file: {encoding: latin-1}")
    assert latin.field == "encoding" and latin.remedy == "set file.encoding to utf-8"
    torn = make(tmp_path, umlauts.encode("utf-16")[:-1])
    rows, refused = read(open_log(torn, mapping(("nulls:", "file: {encoding: utf-16}\nnulls:"))))
    assert len(rows) >= 19 and len(refused) == 1


def open_log_error(path: Path, file: str) -> FileRefused:
    with pytest.raises(FileRefused) as refused:
        open_log(path, mapping(("nulls:", f"{file}\nnulls:")))
    return refused.value


def test_a_wrong_header_is_refused_with_the_missing_columns(tmp_path: Path) -> None:
    field, message = refused_file(write(tmp_path, GOOD, header=HEADER.replace("updated", "changed")))
    assert (field, "no column 'updated'; there are 'number, state, changed" in message) == ("header", True)
    field, message = refused_file(write(tmp_path, header=HEADER.replace(",", ";")))
    assert (field, message.endswith("set file.delimiter to ';'")) == ("header", True)
    with pytest.raises(FileRefused, match="no column 'Case ID'"):
        open_log(write(tmp_path, GOOD), load_mapping("helpdesk-activity-log"))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("log.csv", b"", "it is empty; export it with its header line"),
        ("log.csv", b"\n \r\n", "it is empty; export it with its header line"),
        ("log.csv.gz", gzip.compress(b"", mtime=0), "it is empty; export it with its header line"),
        ("log.csv.gz", HEADER.encode(), "it is not gzip, as .gz says; rename it to .csv, or compress it"),
        ("log.csv.gz", b"\x1f\x8b\0nonsense", "it cannot be read (Unknown compression method); fetch or export"),
        ("log.csv", gzip.compress(HEADER.encode(), mtime=0), "it is gzip, not plain text; rename it to .csv.gz"),
        ("log.xlsx", b"PK", "log.xlsx is neither .csv nor .csv.gz; export the log as CSV"),
    ],
)
def test_a_file_that_is_no_log_is_refused(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    field, said = refused_file(make(tmp_path, content, name))
    assert field == "file" and message in said


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    assert "cannot be opened (No such file or directory); correct the path" in refused_file(tmp_path / "no.csv")[1]


def test_a_header_without_rows_gives_no_rows(tmp_path: Path) -> None:
    assert read_lines(tmp_path) == ([], [])


def test_a_compressed_file_that_breaks_off_gives_the_rows_before(tmp_path: Path) -> None:
    lines = [row(f"N{n}", by=f"{n * 7919 % 104729}") for n in range(9000)]
    whole = write(tmp_path, *lines, name="log.csv.gz").read_bytes()
    rows, refused = read(open_log(make(tmp_path, whole[: len(whole) // 2], "half.csv.gz"), mapping()))
    assert 1000 < len(rows) < 9000
    assert len(refused) == 1 and refused[0].reason.startswith("the file is damaged from here on")
    spoilt = whole[:-8] + b"\0" * 8
    rows, refused = read(open_log(make(tmp_path, spoilt, "spoilt.csv.gz"), mapping()))
    assert 8000 < len(rows) < 9000 and (refused[0].line, refused[0].field) == (len(rows) + 2, "file")
