"""Parts of the kit by themselves: routing, budgets, pages, cursors, alterations, webhook queue, state files."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from desk_simulators.kit import snapshot
from desk_simulators.kit.faults import Faults
from desk_simulators.kit.http.call import Reply
from desk_simulators.kit.http.routes import Router
from desk_simulators.kit.ledger import Ledger
from desk_simulators.kit.paging import CursorBook, after_id, numbered_links, page_of
from desk_simulators.kit.rate_limit import RateLimit
from desk_simulators.kit.scripts import Scripts
from desk_simulators.kit.state import Change, State
from desk_simulators.kit.table import Table
from desk_simulators.kit.webhooks.queue import Message, WebhookQueue

ROWS: list[dict[str, Any]] = [{"id": number} for number in (2, 3, 5, 8, 13)]


def router() -> Router[None, None]:
    shapes = ("things", "things/{}", "things/search", "things/{name}", "things/{}/parts/{name}")
    return Router({("GET", shape): lambda call: Reply(200) for shape in shapes})


@pytest.mark.parametrize(
    ("path", "shape", "ids", "names"),
    [
        ("things", "things", (), ()),
        ("Things/7/", "things/{}", (7,), ()),
        ("things/search", "things/search", (), ()),
        ("things/a-b", "things/{name}", (), ("a-b",)),
        ("things/7/parts/X1", "things/{}/parts/{name}", (7,), ("X1",)),
        ("things/7/parts/9", "things/{}/parts/{name}", (7,), ("9",)),
    ],
)
def test_a_path_finds_its_handler_with_ids_and_names(
    path: str, shape: str, ids: tuple[int, ...], names: tuple[str, ...]
) -> None:
    match = router().find("GET", path)
    assert (match.shape, match.ids, match.names, match.exists) == (shape, ids, names, True)
    assert match.handler is not None


def test_a_path_or_method_that_does_not_exist_has_no_handler() -> None:
    assert (router().find("GET", "other").exists, router().find("GET", "other").handler) == (False, None)
    assert (router().find("PUT", "things/7").exists, router().find("PUT", "things/7").handler) == (True, None)


def test_a_budget_is_a_sliding_window_for_each_key(clock: Any) -> None:
    limit = RateLimit(clock, lambda: 2, window_seconds=10)
    assert [limit.spend("a"), limit.spend("b"), limit.spend("a"), limit.spend("a")] == [None, None, None, 10]
    clock.advance(seconds=4)
    assert limit.spend("a") == 6
    clock.advance(seconds=6)
    assert limit.spend("a") is None


def test_a_budget_may_change_or_be_absent(clock: Any) -> None:
    budgets: list[int | None] = [None]
    limit = RateLimit(clock, lambda: budgets[0])
    assert [limit.spend() for _ in range(3)] == [None] * 3
    budgets[0] = 0
    assert limit.spend() == 60


def test_pages_by_number_link_to_the_others() -> None:
    assert numbered_links(5, 1, 2) == {"next": {"page": 2, "pageSize": 2}, "last": {"page": 3, "pageSize": 2}}
    assert numbered_links(5, 3, 2).keys() == {"first", "prev"}
    assert numbered_links(0, 1, 2) == {}
    assert page_of(ROWS, 2) == ([{"id": 2}, {"id": 3}], True)
    assert page_of(ROWS, 5) == (ROWS, False)


@pytest.mark.parametrize(
    ("after", "size", "overlap", "found"),
    [
        (0, 2, 0, [2, 3]),
        (3, 2, 0, [5, 8]),
        (4, 9, 0, [5, 8, 13]),
        (13, 2, 0, []),
        (5, 2, 1, [5, 8]),
        (0, 2, 1, [2, 3]),
    ],
)
def test_pages_after_an_id(after: int, size: int, overlap: int, found: list[int]) -> None:
    assert [row["id"] for row in after_id(ROWS, after, size, overlap=overlap)] == found


def test_a_cursor_reads_the_result_as_it_was_and_expires(clock: Any) -> None:
    rows = [1, 2, 3]
    book = CursorBook(clock, timedelta(minutes=1))
    cursor = book.open(list(rows))
    rows.clear()
    assert [book.read(cursor, 2), book.read(cursor, 2), book.read(cursor, 2)] == [[1, 2], [3], []]
    assert book.find(cursor.name) is cursor
    assert book.find("other") is None
    clock.advance(minutes=1)
    assert book.find(cursor.name) is None
    assert (book.open([]).name != cursor.name, len(book)) == (True, 1)


def test_an_alteration_reaches_records_in_lists_and_in_wrapped_lists() -> None:
    scripts = Scripts()
    scripts.alter("things", 3, {"name": None}, missing=["size"])
    rows = [{"id": 2, "size": 1}, {"id": 3, "size": 1}]
    expected = [{"id": 2, "size": 1}, {"id": 3, "name": None}]
    assert scripts.altered("things", Reply(200, rows)).body == expected
    assert scripts.altered("things", Reply(200, {"rows": rows, "count": 2})).body == {"rows": expected, "count": 2}
    assert scripts.altered("things/3", Reply(200, rows[1])).body == expected[1]
    assert scripts.altered("things/2", Reply(200, rows[0])).body == rows[0]
    assert scripts.altered("things", Reply(404, rows)).body == rows


@pytest.mark.parametrize("values", [{"times": 0}, {"times": True}, {"times": "2"}, {"skip": -1}, {"skip": 0.5}])
def test_a_script_takes_only_counts(values: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="must be a whole number"):
        Scripts().answer("html", **values)


def test_a_script_skips_calls_and_answers_a_number_of_them() -> None:
    scripts = Scripts()
    scripts.answer("html", "GET", "things*", times=2, skip=1)
    assert [scripts.meet("GET", "/things/1") for _ in range(4)] == [None, "html", "html", None]
    assert scripts.waiting() == {"answers": [], "alterations": []}


def test_messages_leave_the_queue_by_due_time(clock: Any) -> None:
    queue = WebhookQueue(Faults(), Ledger(), now=clock, monotonic=lambda: clock.now.timestamp())
    for number, delay in ((1, 5.0), (2, 1.0), (3, 1.0)):
        queue.put(Message(1, str(number), "t", "a", number, "https://h.example", b"{}"), delay)
    assert queue.next_due() == 1.0
    clock.advance(seconds=3)
    assert queue.next_due() == 0.0
    left = [message.record_id for message in iter(queue.pop, None)]
    assert (left, len(queue), queue.next_due()) == ([2, 3, 1], 0, None)


def test_a_state_is_kept_in_a_file_and_ids_are_not_given_again_after_a_crash(clock: Any, tmp_path: Path) -> None:
    def state() -> State[str]:
        return State({"things": Table(("name",))}, clock)

    first = state()
    seen: list[Change[str]] = []
    first.listeners.append(seen.append)
    first.table("things").put({"id": first.table("things").next_id(), "name": "A"})
    first.emit(Change("things", "added", 1, None, {"id": 1}, "me", first.stamp()))
    snapshot.save(first, tmp_path / "a" / "state.json")
    second, third = state(), state()
    assert snapshot.load(second, tmp_path / "a" / "state.json")
    assert second.table("things").first("name", "a") == {"id": 1, "name": "A"}
    assert (second.revision, second.table("things").next_id()) == (1, 1002)
    snapshot.save(first, tmp_path / "ended.json", ended=True)
    assert snapshot.load(third, tmp_path / "ended.json")
    assert third.table("things").next_id() == 2
    assert not snapshot.load(state(), tmp_path / "none.json")
    assert [change.actor for change in seen] == ["me"]
