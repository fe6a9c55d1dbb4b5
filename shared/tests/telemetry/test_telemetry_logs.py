"""Logs have ids and sizes: a text that a person wrote never gets out, however it reaches the logger."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
import structlog

from desk.telemetry import Logs, configure_logging
from desk.telemetry.fields import WITHHELD, Dropped
from desk.telemetry.limits import LineLimit

CANARY = "Canary Bird, +49 170 555 0199"


class Sink(io.BytesIO):
    @property
    def rows(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.getvalue().splitlines()]


@pytest.fixture
def sink() -> Sink:
    return Sink()


@pytest.fixture
def logs(sink: Sink) -> Iterator[Logs]:
    with configure_logging("info", sink) as logs:
        yield logs


def test_a_line_is_json_with_time_level_event_and_allowed_fields(logs: Logs, sink: Sink) -> None:
    structlog.get_logger().info("fact appended", service="triage", ticket=UUID(int=7), count=3, seconds=0.5)
    (row,) = sink.rows
    assert row.pop("timestamp").endswith("+00:00")
    assert row == {
        "level": "info",
        "event": "fact appended",
        "service": "triage",
        "ticket": "00000000-0000-0000-0000-000000000007",
        "count": 3,
        "seconds": 0.5,
    }


def test_fields_not_on_the_list_are_dropped_and_counted_by_name(logs: Logs, sink: Sink) -> None:
    structlog.get_logger().info("reply sent", body=CANARY, subject="t-1", note={"text": CANARY}, password="hunter2")
    assert "Canary" not in sink.getvalue().decode()
    assert "hunter2" not in sink.getvalue().decode()
    assert sink.rows[0]["subject"] == "t-1"
    assert logs.dropped.names() == {"body": 1, "note": 1, "password": 1}


@pytest.mark.parametrize(
    "value", [CANARY, "ann@example.com", "x" * 201, "line\nbreak", "\x1b[31mred", [CANARY], CANARY.encode()]
)
def test_text_under_an_allowed_name_is_dropped(logs: Logs, sink: Sink, value: object) -> None:
    structlog.get_logger().info("looked up", ticket=value)
    assert "ticket" not in sink.rows[0]
    assert logs.dropped.names() == {"ticket": 1}


def test_an_error_may_name_its_place_and_nothing_else(logs: Logs, sink: Sink) -> None:
    structlog.get_logger().error("effect failed", error="ValueError in settle:12")
    structlog.get_logger().error("effect failed", error=f"ValueError: {CANARY}")
    assert [row.get("error") for row in sink.rows] == ["ValueError in settle:12", None]


def test_a_message_that_is_not_plain_words_is_withheld(logs: Logs, sink: Sink) -> None:
    structlog.get_logger().warning(f'could not read "{CANARY}"')
    assert sink.rows[0]["event"] == WITHHELD


def test_an_exception_is_logged_by_class_and_place_without_its_message(logs: Logs, sink: Sink) -> None:
    try:
        raise ValueError(CANARY)
    except ValueError:
        structlog.get_logger().exception("append failed")
        logging.getLogger("faststream").exception("failed on %s", CANARY)
    assert "Canary" not in sink.getvalue().decode()
    assert [row["error"] for row in sink.rows] == ["ValueError", "ValueError"]
    assert sink.rows[0]["error_at"].startswith("test_telemetry_logs.py:")
    assert sink.rows[0]["level"] == "error"


def test_bound_context_appears_on_every_line(logs: Logs, sink: Sink) -> None:
    with structlog.contextvars.bound_contextvars(service="docs"):
        structlog.get_logger().info("heard")
    assert sink.rows[0]["service"] == "docs"


def test_lines_below_the_level_are_not_written(logs: Logs, sink: Sink) -> None:
    structlog.get_logger().debug("noise")
    logging.getLogger("faststream").debug("noise %s", 1)
    assert sink.rows == []


def test_a_librarys_template_is_shown_and_its_arguments_are_not(logs: Logs, sink: Sink) -> None:
    logging.getLogger("faststream.broker").warning("Message %s was skipped", CANARY)
    row = sink.rows[0]
    assert row["event"] == "Message %s was skipped"
    assert row["logger"] == "faststream.broker" and row["at"].startswith("test_telemetry_logs:")


def test_a_librarys_finished_text_is_withheld(logs: Logs, sink: Sink) -> None:
    logging.getLogger("faststream").error(f"invalid body {CANARY}")
    assert sink.rows[0]["event"] == WITHHELD


def test_a_library_with_a_handler_of_its_own_logs_nothing_past_the_allow_list(sink: Sink) -> None:
    library, past = logging.getLogger("faststream"), Sink()
    before = library.handlers[:], library.propagate
    library.handlers[:], library.propagate = [logging.StreamHandler(io.TextIOWrapper(past))], False
    try:
        with configure_logging("info", sink):
            library.error(f"invalid body {CANARY}")
        assert sink.rows[0]["event"] == WITHHELD
        assert past.getvalue() == b""
        assert not library.propagate
    finally:
        library.handlers[:], library.propagate = before


def test_the_brokers_client_may_name_the_host_it_misses(logs: Logs, sink: Sink) -> None:
    logging.getLogger("aiokafka.conn").error('Unable connect to "%s:%s"\n', "127.0.0.1", 9092)
    assert sink.rows[0]["event"] == 'Unable connect to "127.0.0.1:9092" '


def test_a_flood_from_one_place_is_cut_and_the_next_window_says_how_much() -> None:
    sink, now = Sink(), [0.0]
    with configure_logging("info", sink, LineLimit(lines=5, window=10, now=lambda: now[0])):
        for step in range(601):
            now[0] = 0.0 if step < 600 else 10.0
            logging.getLogger("aiokafka").warning("broker away")
    assert len(sink.rows) == 6
    assert sink.rows[-1]["suppressed"] == 595


def test_two_places_do_not_silence_each_other() -> None:
    sink = Sink()
    with configure_logging("info", sink, LineLimit(lines=1, window=10)):
        logging.getLogger("aiokafka").warning("first")
        logging.getLogger("aiokafka").warning("second")
    assert [row["event"] for row in sink.rows] == ["first", "second"]


def test_closing_gives_the_standard_library_its_handlers_back(sink: Sink) -> None:
    before = logging.getLogger().handlers[:]
    configure_logging("info", sink).close()
    assert logging.getLogger().handlers == before


def test_the_count_of_dropped_names_is_bounded() -> None:
    dropped = Dropped()
    for number in range(1_000):
        dropped.add(f"name{number}")
    assert dropped.total == 1_000
    assert len(dropped.names()) == 101
