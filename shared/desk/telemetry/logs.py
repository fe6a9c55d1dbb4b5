"""Writes JSON log lines, of structlog and of the standard library, through the allow-list of fields."""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from collections.abc import Mapping, MutableMapping
from datetime import UTC, datetime
from types import TracebackType
from typing import IO, Any

import msgspec
import structlog
from opentelemetry import trace

from desk.telemetry.fields import WITHHELD, Dropped, allowed, event_text
from desk.telemetry.limits import LineLimit

TRUSTED = ("aiokafka", "uvicorn")
"""Libraries whose messages name hosts and topics but never content: their arguments are logged."""
LIMITED = ("aiokafka", "faststream", "kafka", "opentelemetry", "urllib3", "httpx", "httpcore")
QUIET = {
    "httpx": logging.WARNING,
    "httpcore": logging.WARNING,
    "uvicorn.access": logging.WARNING,
    "asyncio": logging.WARNING,
}
FRAMES = 3
MAX_FOREIGN = 300
Levels = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


class Logs:
    """The process's logging, configured once by `configure_logging`. `dropped` counts withheld fields; `close` restores
    the former configuration."""

    def __init__(self, stream: IO[bytes], level: int, limit: LineLimit) -> None:
        self.dropped = Dropped()
        self._stream, self._lock = stream, threading.Lock()
        self._handler = _Handler(self, limit)
        root = logging.getLogger()
        self._before = (root.handlers[:], root.level)
        root.handlers[:] = [self._handler]
        root.setLevel(level)
        self._own = route_libraries()
        self._levels = {name: logging.getLogger(name).level for name in QUIET}
        for name, quiet in QUIET.items():
            logging.getLogger(name).setLevel(max(quiet, level))
        structlog.configure(
            processors=[structlog.contextvars.merge_contextvars, self._structlog],
            wrapper_class=structlog.make_filtering_bound_logger(level),
            logger_factory=lambda *_: self,
            cache_logger_on_first_use=False,
        )

    def line(self, level: str, event: str, fields: Mapping[str, object]) -> None:
        """Write one line: time, level, event, the allowed fields, and the ids of the current span."""
        span = trace.get_current_span().get_span_context()
        ids = {"traceid": f"{span.trace_id:032x}", "spanid": f"{span.span_id:016x}"} if span.is_valid else {}
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        row = {"timestamp": now, "level": level, "event": event, **allowed(fields, self.dropped), **ids}
        with self._lock:
            self._stream.write(msgspec.json.encode(row) + b"\n")
            self._stream.flush()

    def _structlog(self, _logger: object, method: str, fields: MutableMapping[str, Any]) -> Any:
        event = event_text(fields.pop("event", ""), self.dropped)
        error = fields.pop("exc_info", None)
        if error:
            fields.update(described(error if isinstance(error, BaseException) else sys.exc_info()[1]))
        level = {"warn": "warning", "exception": "error"}.get(method, method)
        self.line(level, event, fields)
        raise structlog.DropEvent

    def close(self) -> None:
        """Restore the handlers of the standard library and the defaults of structlog."""
        root = logging.getLogger()
        root.handlers[:], level = self._before
        root.setLevel(level)
        for name, before in self._levels.items():
            logging.getLogger(name).setLevel(before)
        for name, (handlers, propagates) in self._own.items():
            logger = logging.getLogger(name)
            logger.handlers[:], logger.propagate = handlers, propagates
        structlog.reset_defaults()

    def __enter__(self) -> Logs:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()


def route_libraries() -> dict[str, tuple[list[logging.Handler], bool]]:
    """Make every library log through the root logger, which applies the allow-list; returns their former handlers.

    Some, such as FastStream, install a handler of their own when they are imported: call it after such an import.
    """
    found: dict[str, tuple[list[logging.Handler], bool]] = {}
    for name in LIMITED:
        logger = logging.getLogger(name)
        if logger.handlers or not logger.propagate:
            found[name] = (logger.handlers[:], logger.propagate)
            logger.handlers[:], logger.propagate = [], True
    return found


class _Handler(logging.Handler):
    def __init__(self, logs: Logs, limit: LineLimit) -> None:
        super().__init__()
        self._logs, self._limit = logs, limit

    def emit(self, record: logging.LogRecord) -> None:
        suppressed: int | None = 0
        if _under(record.name, LIMITED):
            suppressed = self._limit.admit((record.name, record.pathname, record.lineno))
        if suppressed is None:
            return
        fields = {"logger": record.name, "at": f"{record.module}:{record.lineno}", "suppressed": suppressed or None}
        if record.exc_info and record.exc_info[1]:
            fields |= described(record.exc_info[1])
        self._logs.line(record.levelname.lower(), _foreign_text(record, self._logs.dropped), fields)


def configure_logging(level: str = "info", stream: IO[bytes] | None = None, limit: LineLimit | None = None) -> Logs:
    """Route structlog and the standard library to JSON lines on `stream` (binary, default standard error)."""
    return Logs(stream or sys.stderr.buffer, Levels[level], limit or LineLimit())


def described(error: BaseException | None) -> dict[str, str]:
    """An exception as log fields: its class and place. Never its message, which may quote a ticket."""
    if error is None:
        return {}
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES:]
    places = "<".join(f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}" for frame in reversed(frames))
    return {"error": type(error).__name__} | ({"error_at": places} if places else {})


def _foreign_text(record: logging.LogRecord, dropped: Dropped) -> str:
    if _under(record.name, TRUSTED):
        return "".join(c if c.isprintable() else " " for c in record.getMessage()[:MAX_FOREIGN])
    return event_text(record.msg, dropped) if record.args else _unformatted(dropped)


def _unformatted(dropped: Dropped) -> str:
    dropped.add("event")
    return WITHHELD


def _under(name: str, roots: tuple[str, ...]) -> bool:
    return name.partition(".")[0] in roots
