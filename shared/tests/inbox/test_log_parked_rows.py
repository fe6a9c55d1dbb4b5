"""A row of the parking table that cannot be read hides no other."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from desk.inbox.parked_rows import NO_HEADERS, parked_of

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
HEADERS = (("source", b"intake"),)


@pytest.mark.parametrize(
    "packed", [b"\xff", b"", b"\xc1", msgspec.msgpack.encode((("source", None),)), b"\x91\x92\xa1\xff"]
)
def test_a_row_whose_headers_cannot_be_read_is_without_them_and_says_so(packed: bytes) -> None:
    row = (7, "T1", "topic", "T1", b"\xff", packed, "handler", "ValueError", "intake", 3, None, AT, 1, "waiting", "")
    found = parked_of(row)
    assert (found.id, found.record.headers, found.detail) == (7, (), NO_HEADERS + "ValueError")
    assert parked_of((*row[:5], msgspec.msgpack.encode(HEADERS), *row[6:])).record.headers == HEADERS
