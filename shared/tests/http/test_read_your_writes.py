"""Desk-Seen and paging: a reader never sees less than before."""

from __future__ import annotations

from itertools import chain
from typing import Annotated, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi import APIRouter, Depends

from desk.http.app.responses import JsonResponse
from desk.http.commands.command_answer import format_seen
from desk.http.problems.problem import Problem
from desk.http.reads.paging import Cursors, PageRequest, paging
from desk.http.reads.read_your_writes import LONGEST, parse_seen
from desk.testing.clock import START
from desk.testing.http import Bench


def test_a_vector_is_read_as_it_is_written() -> None:
    vector = {"docs": 7, "triage": 3}
    assert parse_seen(format_seen(vector)) == vector
    assert parse_seen(" triage = 3,docs=7 ") == vector
    assert parse_seen(None) == parse_seen("  ") == {}
    assert format_seen({"docs": 0}) == ""


@pytest.mark.parametrize(
    "header", ["docs", "docs=", "docs=-1", "docs=x", "sales=1", "docs=1,,triage=2", "docs=1;sla=2", "docs=" + "9" * 12]
)
def test_a_header_that_is_no_vector_is_refused_by_name(header: str) -> None:
    with pytest.raises(Problem) as refused:
        parse_seen(header)
    assert (refused.value.status, refused.value.members["field"]) == (422, "Desk-Seen")


def test_a_header_is_read_up_to_its_longest_and_refused_above_it() -> None:
    longest = "docs=1".ljust(LONGEST)
    assert parse_seen(longest) == {"docs": 1}
    with pytest.raises(Problem) as refused:
        parse_seen(longest + " ")
    assert (refused.value.status, refused.value.members["field"]) == (422, "Desk-Seen")
    assert refused.value.remedy == "Send the Desk-Seen of an earlier response, e.g. docs=7, triage=3."


def test_an_owner_named_twice_is_refused() -> None:
    with pytest.raises(Problem, match="twice"):
        parse_seen("docs=1, docs=2")


NAMES = [f"n{number // 3:02}" for number in range(25)]


class Rows:
    """A list of (name, id) by name; names repeat, so that the id decides inside a name."""

    def __init__(self) -> None:
        self.rows = [(name, number) for number, name in enumerate(NAMES)]
        self.bench = Bench([self.router()], settings={"cursor_key": "k" * 32})

    def router(self) -> APIRouter:
        router = APIRouter()

        @router.get("/names")
        async def names(page: Annotated[PageRequest, Depends(paging)], only: str = "") -> JsonResponse:
            rows = [row for row in sorted(self.rows) if only in row[0] and (page.after is None or row > page.after)]
            return page.answer(rows[: page.limit + 1], lambda row: row)

        return router

    async def walk(self, path: str, between: Any = None) -> list[list[Any]]:
        found: list[list[Any]] = []
        async with self.bench.client() as client:
            while path:
                body = (await client.get(path)).json()
                found.append(body["items"])
                path = body["next"]
                if between is not None:
                    between()
        return found


async def test_pages_give_every_row_once_in_order_and_end() -> None:
    pages = await Rows().walk("/names?limit=10")
    assert [len(page) for page in pages] == [10, 10, 5]
    assert list(chain(*pages)) == [[name, number] for number, name in enumerate(NAMES)]


async def test_an_exact_last_page_has_no_next() -> None:
    assert [len(page) for page in await Rows().walk("/names?limit=25")] == [25]


async def test_rows_added_and_removed_meanwhile_neither_double_nor_skip_others() -> None:
    rows = Rows()

    def between() -> None:
        rows.rows.insert(0, ("a", 1000 + len(rows.rows)))
        rows.rows.remove(min(row for row in rows.rows if row[0].startswith("n")))

    seen = chain(*await rows.walk("/names?limit=5", between))
    assert [number for _, number in seen] == list(range(25))


async def test_next_keeps_the_filters_and_the_limit() -> None:
    rows = Rows()
    async with rows.bench.client() as client:
        following = (await client.get("/names?limit=1&only=n0")).json()["next"]
    query = parse_qs(urlsplit(following).query)
    assert (urlsplit(following).path, query["only"], query["limit"]) == ("/names", ["n0"], ["1"])


@pytest.mark.parametrize(
    "change", [lambda c: c[:-2] + "AA", lambda c: "A" + c[1:], lambda c: "%", lambda c: "ä", lambda c: "AAAA"]
)
async def test_a_cursor_that_was_changed_is_refused(change: Any) -> None:
    rows = Rows()
    cursor = rows.bench.http_context.cursors.write("/names?", ("n01", 3))
    async with rows.bench.client() as client:
        good = await client.get("/names", params={"cursor": cursor})
        bad = await client.get("/names", params={"cursor": change(cursor)})
    assert good.status_code == 200
    assert (bad.status_code, bad.json()["field"]) == (422, "cursor")


async def test_a_cursor_of_other_filters_or_another_list_is_refused() -> None:
    rows = Rows()
    cursor = rows.bench.http_context.cursors.write("/names?", ("n01", 3))
    async with rows.bench.client() as client:
        answer = await client.get("/names", params={"cursor": cursor, "only": "n0"})
    assert (answer.status_code, answer.json()["remedy"]) == (422, "Start again without cursor.")


@pytest.mark.parametrize("limit", ["0", "501", "x"])
async def test_a_limit_out_of_bounds_is_refused(limit: str) -> None:
    async with Rows().bench.client() as client:
        assert (await client.get(f"/names?limit={limit}")).json()["field"] == "limit"


def test_a_cursor_keeps_the_types_of_its_key() -> None:
    cursors = Cursors(b"k" * 16)
    key = ("n", 7, 1.5, START)
    assert cursors.read("/x", cursors.write("/x", key)) == key


def test_a_short_cursor_key_is_refused() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        Cursors(b"short")
